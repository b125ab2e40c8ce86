"""What the import of each package costs, side by side, in fresh processes.

python benchmarks/startup.py    (needs the extra 'exact' for the comparison)
"""

from __future__ import annotations

import subprocess
import sys
import time

PROGRAMS = {
    "muoquark": "import muoquark",
    "muoquark --help": "import sys; sys.argv = ['muoquark', '--help']; import muoquark.__main__",
    "wilson": "import wilson",
    "flavio": "import flavio",
    "smelli": "import smelli",
}


def seconds(program: str, repeat: int = 3) -> float:
    """Return the best wall time of a fresh Python that runs `program`, minus an empty one's."""

    def once(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True)
        return time.perf_counter() - start

    return min(once(program) for _ in range(repeat)) - min(once("") for _ in range(repeat))


if __name__ == "__main__":
    times = {name: seconds(program) for name, program in PROGRAMS.items()}
    for name, value in times.items():
        print(f"{name:18s} {value:7.3f} s   {value / times['muoquark']:7.1f} x muoquark")
