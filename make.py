#!/usr/bin/env python3
"""Set up an environment of its own and run muoquark's main job, or its tests, in it.

    python3 make.py run       the main job
    python3 make.py test      the tests (further arguments go to pytest)

and for developers (CONTRIBUTING.md says when):

    python3 make.py check     lint, format, types, docs (or those that are named)
    python3 make.py lowest    a choice of tests with the oldest libraries that are allowed
    python3 make.py others    a choice of tests with the other Pythons that are found
    python3 make.py nightly   slow and exact tests, then all with 'lowest' and 'others': hours
    python3 make.py build     source distribution and wheel, into dist/
    python3 make.py lock      rewrite the lock files in requirements/

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
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OUT = "figure"
PYTHONS = ("3.11", "3.12", "3.13")
# The lowest bounds are those of the oldest Python: newer ones have no wheels of so old libraries.
LOWEST = PYTHONS[0]


def fail(message: str) -> None:
    """Print one sentence and stop with exit code 2."""
    print(f"make.py: {message}", file=sys.stderr)
    sys.exit(2)


def say(message: str) -> None:
    """Print one sentence, before what a process started later prints."""
    print(f"make.py: {message}", flush=True)


def environment(name: str, base: str = sys.executable, version: str = "") -> Path:
    """Return the Python of the environment NAME, installing it if it is not up to date.

    It is made by the Python `base`; with a `version` its folder is .venv-NAME-VERSION.
    """
    lock = ROOT / "requirements" / f"{name}.txt"
    build = ROOT / "requirements" / "build.txt"
    content = b"".join(p.read_bytes() for p in (lock, build, ROOT / "pyproject.toml"))
    made_by = sys.version if base == sys.executable else base
    key = hashlib.sha256(content + made_by.encode() + str(ROOT).encode()).hexdigest()
    folder = ROOT / "-".join([".venv", name, *([version] if version else [])])
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "complete"
    if stamp.exists() and stamp.read_text() == key:
        return python
    say(f"installing into {folder.name} (once)")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        subprocess.run([base, "-m", "venv", str(folder)], check=True)
    except subprocess.CalledProcessError:
        fail("this Python cannot make virtual environments (on Debian: apt install python3-venv)")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Python compiles what is imported; to compile all of it takes longer than to install it.
    pip += ["--no-compile"]
    # Some packages come as source only; they are built with the locked setuptools.
    exact = [*pip, "--require-hashes", "--no-build-isolation", "-r"]
    own = [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    for command in ([*exact, str(build)], [*exact, str(lock)], own):
        if subprocess.run(command).returncode != 0:
            fail("the installation failed, see above (no network, or no access to an index?)")
    stamp.write_text(key)
    return python


def candidates(version: str) -> Iterator[str]:
    """Yield where a Python of this version may be: here, in the path, of pyenv, of uv."""
    yield sys.executable
    yield from filter(None, [shutil.which(f"python{version}")])
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    for folder in (pyenv, home / ".local/share/uv/python"):
        # The newest patch first: by number, not by letter.
        found = folder.glob(f"*{version}.*/bin/python{version}")
        yield from map(str, sorted(found, key=lambda p: (len(str(p)), p), reverse=True))


def interpreter(version: str) -> str | None:
    """Return a Python of this version that can make virtual environments, None if there is none."""
    probe = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    for path in candidates(version):
        # What stands in the path may be a script that finds nothing (pyenv).
        done = subprocess.run([path, "-c", probe], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.strip() == version:
            return path
    return None


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
    say(f"figures and numbers are in the folder {OUT}/")
    return 0


def pytest(python: Path, arguments: list[str]) -> int:
    """Run the tests in one environment."""
    # One thread per process: the matrices here are small.
    environ = {"OMP_NUM_THREADS": "1", **os.environ}
    # Two processes at once; PYTEST_ADDOPTS or further arguments say otherwise.
    said = any(a.startswith("-n") for a in arguments)
    # Who has nothing left to do takes from the other: files differ in what they cost.
    parallel = [] if said else ["-n", "2", "--dist", "worksteal"]
    command = [str(python), "-m", "pytest", *parallel, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ).returncode


def chosen(arguments: list[str]) -> list[str]:
    """Return the arguments of pytest: with the choice of tests if they name no file or folder."""
    named = any((ROOT / argument.partition("::")[0]).exists() for argument in arguments)
    return arguments if named else [*CHOICE, *arguments]


def test(arguments: list[str]) -> int:
    """Run the tests."""
    return pytest(environment("test"), arguments)


def check(arguments: list[str]) -> int:
    """Lint, compare the format, check the types and build the documentation, warnings as errors."""
    unknown = sorted({*arguments} - {*CHECKS})
    if unknown:
        fail(f"no check is called {unknown[0]}; there are {', '.join(CHECKS)}")
    python = environment("test")
    failed = []
    for name in arguments or CHECKS:
        start = time.monotonic()
        code = subprocess.run([str(python), "-m", *CHECKS[name]], cwd=ROOT).returncode
        say(f"{name}: {'failed' if code else 'passed'} ({time.monotonic() - start:.0f} s)")
        failed += [name] if code else []
    return 1 if failed else 0


def lowest(arguments: list[str]) -> int:
    """Run a choice of the tests, or those named, with the oldest libraries of pyproject.toml."""
    base = interpreter(LOWEST)
    if base is None:
        say(f"no Python {LOWEST} was found: the lowest versions are not tested")
        return 0
    # Old libraries use what is deprecated by now, which is no fault of ours.
    old = [f"-Wdefault::{kind}" for kind in ("DeprecationWarning", "PendingDeprecationWarning")]
    return pytest(environment("lowest", base), [*old, *chosen(arguments)])


def others(arguments: list[str]) -> int:
    """Run a choice of the tests, or those named, with every other Python that is found."""
    codes = [0]
    for version in PYTHONS:
        if version == "{}.{}".format(*sys.version_info):
            continue
        base = interpreter(version)
        if base is None:
            say(f"no Python {version} was found: it is not tested")
            continue
        codes.append(pytest(environment("test", base, version), chosen(arguments)))
        say(f"Python {version}: {'failed' if codes[-1] else 'passed'}")
    return max(codes)


def nightly(arguments: list[str]) -> int:
    """Run what takes too long for every change, everything although something fails."""
    # Programs are compiled as they are for users, not in a hurry (tests/conftest.py).
    os.environ.setdefault("XLA_FLAGS", "")
    parts = {
        "slow and exact tests": lambda: test(["-m", "slow or exact", *arguments]),
        "all fast tests, lowest versions": lambda: lowest(["tests", *arguments]),
        "all fast tests, other Pythons": lambda: others(["tests", *arguments]),
    }
    verdicts = []
    for name, part in parts.items():
        start = time.monotonic()
        code = part()
        minutes = (time.monotonic() - start) / 60
        verdicts.append((code, f"{name}: {'failed' if code else 'passed'} ({minutes:.0f} min)"))
    for _, verdict in verdicts:
        say(verdict)
    return max(code for code, _ in verdicts)


def build(arguments: list[str]) -> int:
    """Build the source distribution, and from it the wheel."""
    python = environment("test")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    return subprocess.run([str(python), "-m", *BUILD, *arguments], cwd=ROOT).returncode


def lock(arguments: list[str]) -> int:
    """Resolve the dependencies of pyproject.toml for all supported Pythons at once."""
    python = environment("test")
    for name, options in LOCKS.items():
        command = [
            *(str(python), "-m", "uv", "pip", "compile", "--universal", "--generate-hashes"),
            *("--no-header", "--python-version", PYTHONS[0], "--quiet", "--no-emit-index-url"),
            *("pyproject.toml", "-o", f"requirements/{name}.txt", *options, *arguments),
        ]
        code = subprocess.run(command, cwd=ROOT).returncode
        if code != 0:
            return code
    return 0


# Lock file -> what it holds beside the dependencies.
LOCKS = {
    "run": (),
    "test": ("--extra", "test", "--extra", "docs", "--extra", "exact", "--group", "dev"),
    # Anew each time: pins that are there would be kept, although lower ones are allowed.
    "lowest": ("--extra", "test", "--resolution", "lowest-direct", "--upgrade"),
}
# Without isolation: with the locked setuptools, and without a network.
BUILD = ("uv", "build", "--no-build-isolation", "--quiet")
CHECKS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "docs": ("sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "site"),
}
# A few minutes that use every library the package depends on (tests/test_release.py).
CHOICE = [
    "tests/test_cache.py::test_two_processes_and_a_second_run",
    "tests/test_card.py",
    "tests/test_claims_page.py",
    "tests/test_cli_profile.py",
    "tests/test_cli_progress.py",
    "tests/test_export_tables.py",
    "tests/test_figures_style.py",
    "tests/test_goodness.py::test_contributions_are_positive_and_those_outside_add_up",
    "tests/test_likelihood_snapshot.py",
    "tests/test_match.py",
    "tests/test_netcdf.py",
    "tests/test_package.py::test_import_is_cheap_and_changes_nothing",
    "tests/test_package.py::test_every_public_name_is_there",
    "tests/test_questions.py::test_predictions_have_names",
    "tests/test_sample.py::test_nested_against_quadrature",
    "tests/test_sample.py::test_nuts_against_quadrature",
    "tests/test_sample_figures.py",
    "tests/test_scan.py",
    "tests/test_theory_betas.py",
]
COMMANDS = {
    **{"run": run, "test": test, "check": check, "lowest": lowest, "others": others},
    **{"nightly": nightly, "build": build, "lock": lock},
}

if __name__ == "__main__":
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        fail(f"Python 3.11, 3.12 or 3.13 is needed, this is {sys.version.split()[0]}")
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        fail(f"say what to do: {', '.join(COMMANDS)}\n{__doc__}")
    try:
        sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
    except KeyboardInterrupt:
        fail("interrupted; calling it again goes on from here")
