"""What a release promises: one version, lock files that agree, archives without surprises."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import muoquark as package

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ROOT / "requirements"


@pytest.fixture
def make():
    """Return make.py as a module, anew for each test."""
    described = importlib.util.spec_from_file_location("make", ROOT / "make.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def pins(text: str, python: str = "3.11") -> dict[str, Version]:
    """Return the versions of a lock file for one Python, by name."""
    found = {}
    for line in re.findall(r"^[\w.-]+(?:\[[^]]*\])?==[^\n\\]+", text, re.M):
        needed = Requirement(line.strip())
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        if needed.marker is None or needed.marker.evaluate(environment):
            name = canonicalize_name(needed.name)
            assert name not in found, f"{name} stands twice"
            found[name] = Version(next(iter(needed.specifier)).version)
    return found


def needs(*extras: str) -> list[Requirement]:
    """Return what the package and some of its extras ask for."""
    optional = PROJECT["project"]["optional-dependencies"]
    lists = [PROJECT["project"]["dependencies"], *(optional[extra] for extra in extras)]
    return [Requirement(text) for each in lists for text in each]


# Versions


def test_the_version_stands_once():
    assert "version" not in PROJECT["project"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    settings = PROJECT["tool"]["setuptools"]["dynamic"]["version"]
    assert settings == {"attr": "muoquark.__version__"}
    texts = [(ROOT / "pyproject.toml").read_text(), (ROOT / "docs" / "conf.py").read_text()]
    assert not any(package.__version__ in text for text in texts)


def releases(text: str) -> list[tuple[str, str]]:
    """Return version and date of the headings of a changelog, the newest first."""
    return re.findall(r"^## \[([\d.]+)\] - (\d{4}-\d\d-\d\d)$", text, re.M)


def faults(version: str, changelog: str, citation: dict) -> list[str]:
    """Return what does not agree among version, changelog and citation."""
    found, known = [], releases(changelog)
    newest, date = known[0]
    ordered = sorted(known, key=lambda item: Version(item[0]), reverse=True)
    if known != ordered or len({v for v, _ in known}) < len(known):
        found.append("releases are not in their order")
    if "\n## [Unreleased]\n" not in changelog:
        found.append("no heading Unreleased")
    if (str(citation["version"]), str(citation["date-released"])) != (newest, date):
        found.append("citation is not of the newest release")
    ours = Version(version)
    if ours.is_devrelease:
        if Version(ours.base_version) <= Version(newest):
            found.append("a version in work is not above the newest release")
    elif version != newest:
        found.append("the version is not in the changelog")
    return found


def test_version_changelog_and_citation_agree():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert faults(package.__version__, changelog, citation) == []
    assert ("0.1.0", "2026-11-23") in releases(changelog)
    titles = set(re.findall(r"^### (.*)$", changelog, re.M))
    assert titles <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


LOG = "# x\n\n## [Unreleased]\n\n## [0.2.0] - 2027-01-02\n\n## [0.1.0] - 2026-11-23\n"
CITED = {"version": "0.2.0", "date-released": "2027-01-02"}


@pytest.mark.parametrize(
    ("version", "log", "citation", "expected"),
    [
        ("0.2.0", LOG, CITED, ""),
        ("0.3.0.dev0", LOG, CITED, ""),
        ("0.2.0.dev0", LOG, CITED, "a version in work is not above the newest release"),
        ("0.3.0", LOG, CITED, "the version is not in the changelog"),
        ("0.2.0", LOG, {**CITED, "version": "0.1.0"}, "citation is not of the newest release"),
        ("0.2.0", LOG, {**CITED, "date-released": "2027-01-03"}, "citation is not of the newest"),
        ("0.2.0", LOG.replace("Unr", "R"), CITED, "no heading Unreleased"),
        ("0.2.0", LOG + "\n## [0.1.1] - 2026-12-01\n", CITED, "releases are not in their order"),
    ],
)
def test_what_disagrees_is_found(version, log, citation, expected):
    found = faults(version, log, citation)
    assert len(found) == bool(expected) and "".join(found).startswith(expected)


# Lock files


def test_pins_are_those_of_the_python_that_is_asked_for():
    text = (
        "a==1.0 ; python_full_version < '3.12' \\\n    --hash=x\n"
        "a==2.0 ; python_full_version >= '3.12' \\\n    --hash=y\n    # via a==9\n"
        "B.c[d]==3.0 \\\n"
    )
    assert pins(text) == {"a": Version("1.0"), "b-c": Version("3.0")}
    assert pins(text, "3.13")["a"] == Version("2.0")


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("lock", "extras"), [("run", ()), ("test", ("test", "docs", "exact"))])
def test_lock_files_hold_what_the_project_asks_for(lock, extras, python):
    found = pins((LOCKS / f"{lock}.txt").read_text(encoding="utf-8"), python)
    wanted = needs(*extras)
    if lock == "test":
        wanted += map(Requirement, PROJECT["dependency-groups"]["dev"])
    for item in wanted:
        assert found[canonicalize_name(item.name)] in item.specifier, f"{item}: make.py lock"


def test_the_lowest_versions_are_the_bounds():
    """So what `make.py lowest` tests is what pyproject.toml says."""
    found = pins((LOCKS / "lowest.txt").read_text(encoding="utf-8"))
    compared = 0
    for item in needs("test"):
        bounds = [Version(s.version) for s in item.specifier if s.operator == ">="]
        if not item.specifier:  # arviz-stats[xarray]: its bound stands among the dependencies
            continue
        assert found[canonicalize_name(item.name)] == bounds[0], f"{item}: make.py lock"
        compared += 1
    assert compared > 20


def test_hooks_before_a_commit_have_the_locked_versions():
    locked = pins((LOCKS / "test.txt").read_text(encoding="utf-8"))
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    used = set()
    for hook in repository["hooks"]:
        # An environment without pins would be another one on every machine.
        assert bool(hook.get("additional_dependencies")) == (hook["language"] == "python")
        for text in hook.get("additional_dependencies", ()):
            (name, version) = text.split("==")
            assert locked[name] == Version(version), f"{hook['id']} has {text}"
            used.add(name)
    assert used == {"ruff", "pre-commit-hooks"}
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert "python3 make.py check types" in entries


# make.py


def test_pages_name_commands_and_files_that_are_there(make):
    pages = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "docs" / "releasing.md"]
    pages += [ROOT / "README.md", ROOT / ".pre-commit-config.yaml"]
    named = set()
    for page in pages:
        text = page.read_text(encoding="utf-8")
        named |= set(re.findall(r"make\.py (\w+)", text))
        if page.parent == ROOT:
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
                assert "://" in target or (ROOT / target).exists(), f"{page.name}: {target}"
    assert named == set(make.COMMANDS)
    for command in make.COMMANDS:
        assert re.search(rf"^    python3 make\.py {command} ", make.__doc__, re.M), command


def test_the_choice_of_tests_is_there_unless_files_are_named(make):
    for name in make.CHOICE:
        file, _, function = name.partition("::")
        assert f"def {function or 'test_'}" in (ROOT / file).read_text(encoding="utf-8"), name
    assert make.chosen([]) == make.CHOICE
    assert make.chosen(["-k", "x"]) == [*make.CHOICE, "-k", "x"]
    for named in ("tests", "tests/test_card.py", "tests/test_card.py::test_x"):
        assert make.chosen(["-x", named]) == ["-x", named]


def test_a_python_is_found_by_asking_it(make, monkeypatch, tmp_path):
    """A script of pyenv has the name of a Python that is not there."""
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\necho 3.12\nexit 127\n")
    broken.chmod(0o755)
    here = "{}.{}".format(*sys.version_info)
    monkeypatch.setattr(make, "candidates", lambda version: iter([str(broken), sys.executable]))
    assert make.interpreter(here) == sys.executable
    assert make.interpreter("3.9") is None
    monkeypatch.setattr(make, "candidates", lambda version: iter([str(broken)]))
    assert make.interpreter("3.12") is None


def test_a_python_that_is_not_there_is_one_line(make, monkeypatch, capsys):
    monkeypatch.setattr(make, "interpreter", lambda version: None)
    monkeypatch.setattr(make, "environment", lambda *a: pytest.fail("nothing to install"))
    assert make.lowest([]) == 0
    assert capsys.readouterr().out == (
        "make.py: no Python 3.11 was found: the lowest versions are not tested\n"
    )
    assert make.others([]) == 0
    lines = capsys.readouterr().out.splitlines()
    here = "{}.{}".format(*sys.version_info)
    expected = [v for v in ("3.11", "3.12", "3.13") if v != here]
    assert lines == [f"make.py: no Python {v} was found: it is not tested" for v in expected]


def test_every_part_of_the_night_runs_although_one_fails(make, monkeypatch, capsys):
    called = []

    def part(name, code):
        return lambda arguments: called.append((name, arguments)) or code

    for name, code in (("test", 1), ("lowest", 0), ("others", 0)):
        monkeypatch.setattr(make, name, part(name, code))
    assert make.nightly(["-x"]) == 1
    assert called == [
        ("test", ["-m", "slow or exact", "-x"]),
        ("lowest", ["tests", "-x"]),
        ("others", ["tests", "-x"]),
    ]
    verdicts = [line.split(": ", 2)[2].split()[0] for line in capsys.readouterr().out.splitlines()]
    assert verdicts == ["failed", "passed", "passed"]


def test_checks_that_are_unknown_and_checks_that_fail(make, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        make.check(["lint", "spelling"])
    assert "no check is called spelling; there are lint, format, types, docs" in (
        capsys.readouterr().err
    )
    called = []

    def run(command, **_):
        called.append(command[2])
        return subprocess.CompletedProcess(command, int(command[2] == "ruff"))

    monkeypatch.setattr(make, "environment", lambda name: Path("python"))
    monkeypatch.setattr(make.subprocess, "run", run)
    assert make.check([]) == 1
    assert called == ["ruff", "ruff", "mypy", "sphinx"]
    assert make.check(["types"]) == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("bad", "late", "code"), [("check", 99, 1), ("none", 99, 0), ("test", 0, 1)]
)
def test_the_machine_runs_everything_and_remembers_a_failure(tmp_path, bad, late, code):
    fake = tmp_path / "bin" / "python3"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "called $*"\n[ "$2" != {bad} ]\n')
    fake.chmod(0o755)
    environ = {**os.environ, "PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}"}
    environ["CI_LATE"] = str(late)
    command = ["bash", str(ROOT / ".ci" / "run")]
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == code
    called = re.findall(r"^called make\.py (\w+)$", done.stdout, re.M)
    left_out = re.findall(r"^\.ci/run: (\w+) left out, 0 minutes", done.stdout, re.M)
    assert (called, left_out) == (
        (["test", "check", "lowest", "others"], [])
        if late
        else (["test", "check"], ["lowest", "others"])
    )
    assert done.stderr == (f".ci/run: failed: {bad}\n" if code else "")


# Archives

# What git tracks for itself.
OF_GIT = {".gitignore"}
# What setuptools writes into a source distribution.
WRITTEN = {"PKG-INFO", "setup.cfg"}


def sources() -> list[str]:
    """Return the files of this checkout, or of this unpacked source distribution."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return sorted(n for n in done.stdout.splitlines() if (ROOT / n).is_file())
    hidden = re.compile(r"^(\.venv|\.\w+_cache|\.hypothesis|dist$|build$|site$|figure$)")
    kept = (
        path.relative_to(ROOT)
        for path in ROOT.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return sorted(
        path.as_posix()
        for path in kept
        if not hidden.match(path.parts[0])
        and path.name not in WRITTEN
        and not any(part.endswith(".egg-info") for part in path.parts)
    )


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Build both archives from a copy, without a network: (source distribution, wheel)."""
    pytest.importorskip("uv", reason="builds with uv, of the dependency group dev")
    folder = tmp_path_factory.mktemp("release")
    copy = folder / "checkout"
    for name in sources():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    # What lies about in a working copy, and must not be packed.
    (copy / "tests" / "__pycache__").mkdir()
    (copy / "tests" / "__pycache__" / "x.pyc").write_text("")
    (copy / "figure").mkdir()
    (copy / "figure" / "x.json").write_text("{}")
    spec = importlib.util.spec_from_file_location("make", ROOT / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    command = [sys.executable, "-m", *module.BUILD, "--offline", "--out-dir", str(folder / "dist")]
    environ = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr
    stem = f"muoquark-{package.__version__}"
    paths = folder / "dist" / f"{stem}.tar.gz", folder / "dist" / f"{stem}-py3-none-any.whl"
    assert {p.name for p in (folder / "dist").iterdir()} - {".gitignore"} == {p.name for p in paths}
    return paths


@pytest.mark.slow
def test_the_source_distribution_holds_what_git_tracks(archives):
    with tarfile.open(archives[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames() if "/" in name}
        files = {n for n in names if archive.getmember(f"{archive.getnames()[0]}/{n}").isfile()}
    made = WRITTEN | {n for n in files if n.startswith("src/muoquark.egg-info/")}
    assert files - made == set(sources()) - OF_GIT


@pytest.mark.slow
def test_the_wheel_holds_the_package_alone(archives):
    with zipfile.ZipFile(archives[1]) as archive:
        files = set(archive.namelist())
        folder = f"muoquark-{package.__version__}.dist-info"
        metadata = archive.read(f"{folder}/METADATA").decode()
    inside = {n.removeprefix("src/") for n in sources() if n.startswith("src/")}
    assert {n for n in files if not n.startswith(f"{folder}/")} == inside
    extras = re.findall(r"^Provides-Extra: (.*)$", metadata, re.M)
    assert sorted(extras) == ["dask", "docs", "exact", "test"]
    required = re.findall(r"^Requires-Dist: ([\w.-]+)", metadata, re.M)
    assert not {"ruff", "mypy", "uv", "pre-commit"} & set(required)
    assert f"\nVersion: {package.__version__}\n" in metadata


CARD = "model: generic\nmasses: {R2: 2000.0}\ncouplings: {eta2L: [0, 0.1, 0.2]}\n"
# Of the tests that run from the source distribution: what reads its files, and what calculates.
INSTALLED = [
    *("tests/test_package.py", "tests/test_card.py", "tests/test_cite.py", "tests/test_match.py"),
    *("tests/test_schema.py", "tests/test_likelihood_snapshot.py", "tests/test_release.py"),
    *("tests/test_oneloop_benchmark.py", "tests/test_constants.py", "tests/test_closeness.py"),
]


@pytest.mark.slow
def test_both_install_and_the_tests_of_the_source_distribution_pass(archives, tmp_path):
    """In an empty environment, with the locked versions, as a user would do it."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
    environ["OMP_NUM_THREADS"] = "1"

    def call(*command, folder=tmp_path, code=0):
        done = subprocess.run(
            [str(c) for c in command], cwd=folder, capture_output=True, text=True, env=environ
        )
        assert done.returncode == code, f"{command}\n{done.stdout[-5000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    call(sys.executable, "-m", "venv", tmp_path / "venv")
    bin = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = bin / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    locked = pins((LOCKS / "test.txt").read_text(), "{}.{}".format(*sys.version_info))
    lines = [f"{name}=={version}\n" for name, version in locked.items()]
    (tmp_path / "locked.txt").write_text("".join(lines))
    reachable = [*pip, "download", "--no-deps", "--dest", tmp_path, f"click=={locked['click']}"]
    if subprocess.run([str(c) for c in reachable], capture_output=True, env=environ).returncode:
        pytest.skip("no package index is reachable: an empty environment cannot be filled")

    source, wheel = archives
    install = [*pip, "install", "--no-compile", "--constraint", tmp_path / "locked.txt"]
    call(*install, f"{wheel}[test]")
    call(*pip, "check")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "card.yaml").write_text(CARD)
    muoquark = bin / "muoquark"
    version = call(muoquark, "--version", folder=folder)
    assert version.strip().endswith(package.__version__)
    shown = call(muoquark, "loglike", "card.yaml", folder=folder)
    # The same number as here, in another environment: code and data are all there.
    environ["PYTHONPATH"] = str(Path(package.__file__).parents[1])
    assert shown == call(sys.executable, "-m", "muoquark", "loglike", "card.yaml", folder=folder)
    del environ["PYTHONPATH"]
    assert len(re.findall(r"-?\d+\.\d+", shown)) > 5, shown

    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / source.name.removesuffix(".tar.gz")
    where = call(python, "-c", "import muoquark; print(muoquark.__file__)", folder=unpacked)
    assert Path(where.strip()).is_relative_to(tmp_path / "venv")
    report = call(python, "-m", "pytest", "-q", "-n", "0", *INSTALLED, folder=unpacked)
    passed = re.search(r"(\d+) passed", report)
    assert passed and int(passed[1]) > 150, report

    # The source distribution installs as well, and replaces the wheel.
    call(*install, "--no-deps", "--force-reinstall", source)
    assert call(muoquark, "--version", folder=folder) == version
