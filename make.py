#!/usr/bin/env python3
"""Set up an environment of its own and run muoquark's main job, or its tests, in it.

    python3 make.py run     the main job
    python3 make.py test    the tests (further arguments go to pytest)
    python3 make.py lock    rewrite the lock files in requirements/ (for developers)

Needs nothing but Python 3.11 to 3.13 and access to a package index.  Every command makes a
virtual environment in the folder .venv-NAME of the checkout, with exactly the versions of the
lock file, and makes it anew when the lock file changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OUT = "figure"


def fail(message: str) -> None:
    """Print one sentence and stop with exit code 2."""
    print(f"make.py: {message}", file=sys.stderr)
    sys.exit(2)


def environment(name: str) -> Path:
    """Return the Python of the environment NAME, installing it if it is not up to date."""
    lock = ROOT / "requirements" / f"{name}.txt"
    build = ROOT / "requirements" / "build.txt"
    content = b"".join(p.read_bytes() for p in (lock, build, ROOT / "pyproject.toml"))
    key = hashlib.sha256(content + sys.version.encode() + str(ROOT).encode()).hexdigest()
    folder = ROOT / f".venv-{name}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "complete"
    if stamp.exists() and stamp.read_text() == key:
        return python
    print(f"make.py: installing into {folder.name} (once)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    except subprocess.CalledProcessError:
        fail("this Python cannot make virtual environments (on Debian: apt install python3-venv)")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Some packages come as source only; they are built with the locked setuptools.
    exact = [*pip, "--require-hashes", "--no-build-isolation", "-r"]
    own = [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    for command in ([*exact, str(build)], [*exact, str(lock)], own):
        if subprocess.run(command).returncode != 0:
            fail("the installation failed, see above (no network, or no access to an index?)")
    stamp.write_text(key)
    return python


def run(arguments: list[str]) -> int:
    """Do the main job: the paper's fit and figure, with the data that the package ships."""
    python = environment("run")
    # Each snapshot once: a name without its revision means the newest.
    files = (ROOT / "src/muoquark/likelihood/data").glob("*.npz")
    for name in sorted({p.stem.rpartition(".")[0] for p in files}):
        command = ["fit", "--data", name, "--out", f"{OUT}/{name}", "--force", *arguments]
        print("$ muoquark", *command, flush=True)
        code = subprocess.run([str(python), "-m", "muoquark", *command], cwd=ROOT).returncode
        if code != 0:
            return code
    print(f"make.py: figures and numbers are in the folder {OUT}/")
    return 0


def test(arguments: list[str]) -> int:
    """Run the tests."""
    python = environment("test")
    # One thread per process: the matrices here are small.
    environ = {"OMP_NUM_THREADS": "1", **os.environ}
    # Two processes at once; PYTEST_ADDOPTS or further arguments say otherwise.
    parallel = [] if any(a.startswith("-n") for a in arguments) else ["-n", "2"]
    command = [str(python), "-m", "pytest", *parallel, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ).returncode


def lock(arguments: list[str]) -> int:
    """Resolve the dependencies of pyproject.toml for all supported Pythons at once."""
    python = environment("test")
    for name, extras in (("run", RUN_EXTRAS), ("test", ("dev", "docs", "exact"))):
        command = [
            *(str(python), "-m", "uv", "pip", "compile", "--universal", "--generate-hashes"),
            *("--no-header", "--python-version", "3.11", "--quiet", "--no-emit-index-url"),
            *(item for extra in extras for item in ("--extra", extra)),
            *("pyproject.toml", "-o", f"requirements/{name}.txt", *arguments),
        ]
        code = subprocess.run(command, cwd=ROOT).returncode
        if code != 0:
            return code
    return 0


RUN_EXTRAS: tuple[str, ...] = ()
COMMANDS = {"run": run, "test": test, "lock": lock}

if __name__ == "__main__":
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        fail(f"Python 3.11, 3.12 or 3.13 is needed, this is {sys.version.split()[0]}")
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        fail(f"say what to do: {', '.join(COMMANDS)}\n{__doc__}")
    try:
        sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
    except KeyboardInterrupt:
        fail("interrupted; calling it again goes on from here")
