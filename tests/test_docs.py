"""The documentation does what it says: every block of code runs, every page is part of the site.

Of README.md and every page under docs/ all fenced blocks are executed, in a folder of their own,
in their order: ``python`` blocks of a page share their names; of ``console`` blocks the lines that
begin with ``$ muoquark`` are called, and what stands below is compared (``...`` stands for any
lines); blocks with a caption are written to that file first.  A block is only left out if the line
before it says so to the reader: ``*(not run in the tests: REASON)*``.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from muoquark.cli.data_options import DataChoice

LIKELIHOOD = DataChoice.likelihood
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# Pages that fit or sample: minutes.
SLOW = {"tutorial.md", "sampling.md", "scans.md", "goodness.md", "robustness.md", "claims.md"}
FENCE = re.compile(
    r"(?P<before>[^\n]*)\n(?:\n)?^(?P<ticks>```+)(?P<kind>[^\n]*)\n(?P<body>.*?)^(?P=ticks)\s*$",
    re.DOTALL | re.MULTILINE,
)
EXEMPT = re.compile(r"\*\(not run in the tests: (?P<reason>.+)\)\*$")
RUN = ("python", "console", "shell", "bash", "sh")


@dataclass(frozen=True)
class Block:
    """A fenced block: language, text, file name of its caption, why it is not run."""

    language: str
    text: str
    caption: str = ""
    exempt: str = ""


def blocks_of(text):
    """All fenced blocks of a page."""
    found = []
    for match in FENCE.finditer("\n\n" + text):
        kind, body = match["kind"].strip(), match["body"]
        caption = ""
        directive = re.fullmatch(r"\{code-block\}\s*(\w+)", kind)
        if directive:
            kind = directive[1]
            head = re.match(r"(?::\w+:[^\n]*\n)+\n?", body)
            if head:
                body = body[head.end() :]
                name = re.search(r"^:caption:\s*(.+)$", head[0], re.MULTILINE)
                caption = name[1].strip() if name else ""
        exempt = EXEMPT.search(match["before"].strip())
        found.append(Block(kind, body, caption, exempt["reason"] if exempt else ""))
    return found


def commands_of(text):
    """(command, expected lines) of a console block."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


def fits(found, expected):
    """Whether lines are as expected, where a line of three dots stands for any number of lines."""
    if not expected:
        return not found
    if expected[0] == "...":
        return any(fits(found[k:], expected[1:]) for k in range(len(found) + 1))
    return bool(found) and found[0] == expected[0] and fits(found[1:], expected[1:])


def page_id(path):
    return str(path.relative_to(ROOT))


MADE = {}


def shared(choice):
    """A likelihood, made once for all pages: what costs time is the map for each scale."""
    if choice.measurements or choice.groups or choice.fix_ckm or choice.recorded:
        return LIKELIHOOD(choice)
    if (choice.data, choice.chain) not in MADE:
        MADE[choice.data, choice.chain] = LIKELIHOOD(choice)
    return MADE[choice.data, choice.chain]


@pytest.fixture(scope="module", autouse=True)
def forget():
    """Give the memory back."""
    yield
    MADE.clear()


RUNNABLE = [
    pytest.param(path, id=page_id(path), marks=[pytest.mark.slow] if path.name in SLOW else [])
    for path in PAGES
    if any(b.language in RUN for b in blocks_of(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("path", RUNNABLE)
def test_blocks_run(path, tmp_path, monkeypatch, muoquark):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(DataChoice, "likelihood", shared)
    names = {"__name__": "docs"}
    for number, block in enumerate(blocks_of(path.read_text(encoding="utf-8"))):
        where = f"{page_id(path)}, block {number}"
        if block.caption:
            Path(block.caption).write_text(block.text, encoding="utf-8")
        if block.exempt or block.language not in RUN:
            continue
        if block.language == "python":
            exec(compile(block.text, where, "exec"), names)
            continue
        for command, expected in commands_of(block.text):
            call, _, target = command.partition(" > ")
            words = shlex.split(call)
            assert words[0] == "muoquark", f"{where}: {command} cannot be run here"
            outcome = muoquark(*words[1:])
            assert outcome.code == 0, f"{where}: {command}\n{outcome.err}"
            if target:
                Path(target.strip()).write_text(outcome.out, encoding="utf-8")
            elif any(expected):
                lines = [line.rstrip() for line in outcome.out.rstrip("\n").splitlines()]
                assert fits(lines, expected), f"{where}: {command}\n{outcome.out}"


def test_there_is_something_to_run():
    assert len(RUNNABLE) >= 9
    blocks = [b for p in PAGES for b in blocks_of(p.read_text(encoding="utf-8"))]
    assert sum(b.language in RUN for b in blocks) > 25
    exempt = [b for b in blocks if b.exempt]
    assert len(exempt) <= 6 and all(len(b.exempt) > 8 for b in exempt)


def test_the_finder_of_blocks_sees_what_it_has_to():
    remark = "*(not run in the tests: no network)*"
    text = f"a\n\n```python\nx = 1\n```\n\n{remark}\n\n```console\n$ b\n```\n"
    assert blocks_of(text) == [
        Block("python", "x = 1\n"),
        Block("console", "$ b\n", exempt="no network"),
    ]
    captioned = "```{code-block} yaml\n:caption: a.yaml\n\nx: 1\n```\n"
    assert blocks_of(captioned) == [Block("yaml", "x: 1\n", "a.yaml")]
    assert commands_of("$ a b\none\n...\n$ c\n") == [("a b", ["one", "..."]), ("c", [])]
    assert fits(["a", "b", "c"], ["a", "...", "c"]) and not fits(["a", "b"], ["a"])
    assert fits(["a"], ["...", "a"]) and not fits(["a"], ["b", "..."])


@pytest.mark.parametrize("path", [pytest.param(p, id=page_id(p)) for p in PAGES])
def test_python_blocks_parse_and_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for block in blocks_of(text):
        if block.language == "python":
            ast.parse(block.text)
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", outside):
        # Pictures of the gallery are drawn when the site is built (tests/test_gallery.py).
        if "://" not in target and not target.startswith("gallery/drawn/"):
            assert (path.parent / target).exists(), f"{page_id(path)} links to {target}"


def test_every_page_is_in_the_table_of_contents():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    entries = [
        line.strip()
        for body in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL)
        for line in body.splitlines()
        if line.strip() and not line.startswith(":")
    ]
    for path in DOCS.rglob("*.md"):
        name = str(path.relative_to(DOCS).with_suffix(""))
        if name != "index":
            assert any(Path(name).match(entry) for entry in entries), f"{name} is in no list"


def test_the_field_content_of_the_symmetry_page_is_read(tmp_path, muoquark):
    text = (DOCS / "symmetry.md").read_text(encoding="utf-8")
    start = text.index("    name: B-3Lmu with")
    end = text.index("\n\n", start)
    path = tmp_path / "content.yaml"
    path.write_text("\n".join(line[4:] for line in text[start:end].splitlines()))
    outcome = muoquark("check", path)
    assert outcome.code == 0, outcome.err
    assert "B-3Lmu with a vector-like quark" in outcome.out


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(find_spec, ("sphinx", "myst_nb", "furo"))), reason="needs sphinx, myst-nb, furo"
)
def test_the_site_builds_without_a_warning_and_asks_for_no_network(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    result = subprocess.run(
        [*command, str(DOCS), str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) >= len(PAGES) - 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for tag in re.findall(r"<(?:script|link|img)[^>]*>", text):
            assert not re.search(r"(?:src|href)=\"(?:https?:)?//", tag), f"{page.name}: {tag}"
        assert str(ROOT) not in text, f"{page.name} has a path of the machine that built it"
    physics = (tmp_path / "physics.html").read_text(encoding="utf-8")
    assert physics.count("<math ") > 20 and "\\eta" not in physics
    cli = (tmp_path / "cli.html").read_text(encoding="utf-8")
    assert "--coefficients" in cli and "muoquark.symmetry.assignment.Assignment" in (
        tmp_path / "api.html"
    ).read_text(encoding="utf-8")
