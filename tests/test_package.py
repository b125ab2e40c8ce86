"""The package as a whole: what an import costs and changes, and who may import whom."""

from __future__ import annotations

import ast
import errno
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import muoquark
from module_state import state
from muoquark.cli import main as main_module

SOURCE = Path(muoquark.__file__).parent
# The package under test may be installed elsewhere (a wheel): these are the documents beside us.
DOCS = Path(__file__).parents[1] / "docs"
HEAVY = tuple(
    "numpy scipy jax jaxtyping flavio smelli wilson matplotlib pandas iminuit".split(),
)
# room -> the rooms to its left, from which it may import beside common and itself (docs/design.md)
ROOMS = {
    "common": "",
    "sm": "",
    "smeft": "sm",
    "running": "sm smeft",
    "likelihood": "sm smeft running",
    "symmetry": "",
    "model": "sm smeft symmetry",
    "neutrino": "sm symmetry model",
    "matching": "sm smeft running symmetry model",
    "theory": "sm smeft symmetry model matching",
    "inference": "sm smeft running likelihood symmetry model matching",
    "boson": "sm smeft running likelihood symmetry model matching theory inference",
    "collider": "sm smeft likelihood symmetry model matching",
    "paper": "sm smeft running likelihood symmetry model neutrino matching theory inference boson "
    "collider",
}
ROOMS["report"] = " ".join(ROOMS)
ROOMS["explore"] = " ".join(ROOMS)
ROOMS["cli"] = " ".join(ROOMS)


@pytest.mark.parametrize("code", ["import muoquark", "from muoquark.cli.main import cli"])
def test_import_is_cheap_and_changes_nothing(code):
    """No heavy library is imported; that is what keeps the import below 0.5 s."""
    program = (
        "import sys, os, warnings\n"
        "before = dict(os.environ), list(warnings.filters), sys.getrecursionlimit()\n"
        f"{code}\n"
        "assert before == (dict(os.environ), list(warnings.filters), sys.getrecursionlimit())\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_every_public_name_is_there():
    for name in muoquark.__all__:
        assert getattr(muoquark, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = muoquark.nothing


def imports_of(path: Path):
    """All modules of this package that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_from_the_left(room):
    """So the likelihood knows no model, and the matching no data."""
    files = sorted((SOURCE / room).rglob("*.py"))
    assert files
    for path in files:
        for module in imports_of(path):
            parts = module.split(".")
            if parts[0] == "muoquark" and len(parts) > 1:
                allowed = {"common", room, *ROOMS[room].split()}
                assert parts[1] in allowed, f"{path.name} imports {module}"
            if room != "likelihood" and "tabulate" not in path.parts:
                assert parts[0] not in ("flavio", "smelli"), f"{path.name} imports {module}"


def test_every_folder_is_a_room():
    assert {p.name for p in SOURCE.iterdir() if (p / "__init__.py").exists()} == set(ROOMS)


def test_every_class_has_a_name_of_its_own():
    """One word, one meaning (docs/glossary.md)."""
    places: dict[str, list[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(SOURCE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_the_glossary_names_what_is_there():
    """Every `Class` in the glossary is a class of the package."""
    page = DOCS / "glossary.md"
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", page.read_text())) - {"Warsaw"}
    classes = {
        node.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    assert named - classes == set()
    assert len(named) > 20


GOOGLE = re.compile(
    r"^ *(Args|Arguments|Attributes|Examples?|Notes?|Parameters|Raises|Returns|Yields):$", re.M
)
FIELDS = re.compile(r"^(?:Attributes|Parameters)\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", re.M | re.S)


def dialect(text: str) -> list[str]:
    """What is wrong with the sections of a docstring: Google's, or a colon behind a name."""
    found = [match.group().strip() for match in GOOGLE.finditer(text)]
    for section in FIELDS.findall(text):
        found += [line for line in section.splitlines() if re.match(r"\S.*:$", line)]
    return found


def test_docstrings_are_numpydoc():
    """A colon behind a name would announce its type."""
    found, sections = {}, 0
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Module):
                text = ast.get_docstring(node) or ""
                sections += len(FIELDS.findall(text))
                if faults := dialect(text):
                    where = f"{path.relative_to(SOURCE)} {getattr(node, 'name', 'module')}"
                    found[where] = faults
    assert found == {}
    assert sections > 200


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("A.\n\nAttributes\n----------\nx\n    One: two.\ny, z\n    Three:\n", []),
        ("A.\n\nArgs:\n    x: One.\n\nReturns:\n    Two.\n", ["Args:", "Returns:"]),
        ("A.\n\nParameters\n----------\nx:\n    One.\n\nReturns\n-------\ny:\n    Two.", ["x:"]),
        (
            "A.\n\nReturns\n-------\nTwo.\n\nAttributes\n----------\nx\n    One.\ny:\n    Two.",
            ["y:"],
        ),
    ],
)
def test_another_dialect_is_found(text, faults):
    assert dialect(text) == faults


def test_pages_name_files_that_are_there():
    """``room/file.py`` in the documentation, where `room` is one of ours."""
    named = 0
    for page in sorted(DOCS.rglob("*.md")):
        for path in re.findall(r"`((?:\w+/)+\w+\.py)`", page.read_text()):
            if path.split("/")[0] in ROOMS:
                named += 1
                assert (SOURCE / path).exists(), f"{page.name}: {path}"
    assert named > 10


def functions(tree: ast.AST, public: bool = True):
    """All functions below a node, each with whether it is public: nothing around it is private."""
    for node in ast.iter_child_nodes(tree):
        inside = public and not getattr(node, "name", "").startswith("_")
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            yield node, inside and isinstance(node, ast.FunctionDef)
            yield from functions(node, False)
        else:
            yield from functions(node, inside)


def test_numpy_or_jax_is_the_last_argument():
    """``xp``, by default numpy where the function is public (``common/arrays.py``)."""
    found = 0
    for path in sorted(SOURCE.rglob("*.py")):
        for node, public in functions(ast.parse(path.read_text())):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            named = [a.arg for a in node.args.kwonlyargs]
            if "xp" not in (*names, *named):
                continue
            found += 1
            where = f"{path.relative_to(SOURCE)}:{node.lineno}"
            assert names[-1] == "xp", where
            if public:
                assert node.args.defaults, where
                assert ast.unparse(node.args.defaults[-1]) == "np", where
    assert found > 40


def test_only_one_place_switches_jax_to_double_precision():
    for path in sorted(SOURCE.rglob("*.py")):
        if path != SOURCE / "common" / "arrays.py":
            assert "enable_x64" not in path.read_text(), path


def test_modules_keep_no_state():
    """What one call leaves behind must not reach the next one."""
    found = {
        str(path.relative_to(SOURCE)): faults
        for path in sorted(SOURCE.rglob("*.py"))
        if (faults := state(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("X = {}\ndef f(k): X[k] = 1", "2: changes X"),
        ("X: list[int] = []\nclass A:\n  def f(self): X.append(1)", "3: changes X"),
        ("X = {1}\nf = lambda k: X.discard(k)", "2: changes X"),
        ("X = [[0]]\ndef f():\n  del X[0][0]", "3: changes X"),
        ("X = {}\nfor k in range(3): X[k] = k", "2: changes X"),
        ("from muoquark.a import X\ndef f(): X.update(a=1)", "2: changes X"),
        ("def f():\n  from muoquark import a\n  a.X = 1", "3: changes a"),
        ("def f(): f.calls = 1", "1: changes f"),
        ("class A:\n  @classmethod\n  def f(cls): cls.x = 1", "3: changes cls"),
        ("x = 0\ndef f():\n  global x\n  x = 1", "3: global x"),
        ("X = itertools.count()", "1: keeps a count"),
        ("class A:\n  X: Any = Lock()", "2: keeps a Lock"),
        ("@cache\ndef f(x): ...", "2: cache of f without bound"),
        ("@lru_cache(maxsize=None)\ndef f(*x): ...", "2: cache of f without bound"),
    ],
)
def test_state_is_found(text, fault):
    assert state(text) == [fault]


@pytest.mark.parametrize(
    "text",
    [
        "X = {1: 2}\ndef f():\n  X = {}\n  X[1] = 2",
        "X = []\ndef f(X): X.append(1)",
        "X = []\ndef f(y):\n  for X in y: X.append(1)",
        "def f():\n  x = []\n  def g(): x.append(1)",
        "@cache\ndef f(): ...",
        "@lru_cache(maxsize=4)\ndef f(x): ...",
        "X = ContextVar('x')",
        "class A:\n  def f(self): self.x = Lock()",
    ],
)
def test_what_is_no_state_is_not_found(text):
    assert state(text) == []


def test_version_and_help(muoquark):
    assert muoquark("--version").out.startswith("muoquark")
    outcome = muoquark("--help")
    assert outcome.code == 0
    assert "match" in outcome.out
    assert "unknown verb 'x'" in muoquark("x").err


def test_incomplete_installation_is_one_message(muoquark, monkeypatch):
    def fail(*arguments, **options):
        raise ModuleNotFoundError("No module named 'h5py'", name="h5py")

    monkeypatch.setattr(main_module.cli, "main", fail)
    outcome = muoquark("data")
    assert outcome.code == 2
    assert "the installation is incomplete (No module named 'h5py')" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_device_is_one_message():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "muoquark", "charges", "--max", "1", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "muoquark: error: the output could not be written: No space left on device\n"
    )


def test_defects_of_ours_are_shown_whole(muoquark, monkeypatch):
    """A missing module of the package, or another error of the machine, is no fault of the user."""
    for error in (ModuleNotFoundError("x", name="muoquark.x"), OSError(errno.EIO, "broken")):

        def fail(*arguments, error=error, **options):
            raise error

        monkeypatch.setattr(main_module.cli, "main", fail)
        with pytest.raises(type(error)):
            muoquark("data")


def test_everything_beside_the_code_is_in_a_wheel():
    """A wheel holds what the patterns of the package data name, and nothing else."""
    settings = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["muoquark"]
    packed = {path for pattern in patterns for path in SOURCE.glob(pattern)}
    files = {p for p in SOURCE.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    data = {path for path in files if path.suffix != ".py"}
    assert any(path.name.endswith(".json.gz") for path in data)
    assert {str(path.relative_to(SOURCE)) for path in data - packed} == set()
