"""The notebooks of the documentation: they run, and what they show is what comes out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
NUMBER = re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def cells(path):
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if c["cell_type"] == "code"]  # fmt: skip


def outputs(path):
    """Texts and kinds of what the cells of a notebook print and show."""
    found = []
    for cell in cells(path):
        for output in cell["outputs"]:
            data = output.get("data", {"text/plain": output.get("text", "")})
            found.append((sorted(data), "".join(data["text/plain"])))
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_kept_and_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text and "/home/" not in text
    kinds = [output["output_type"] for cell in cells(path) for output in cell["outputs"]]
    assert "error" not in kinds and len(kinds) >= 6
    assert any("image/png" in kind for kind, _ in outputs(path))
    assert not any(cell["execution_count"] for cell in cells(path))  # small diffs
    links = re.findall(r"\]\(([^):]+)\)", text)
    assert links
    for link in links:
        assert (path.parent / link.partition("#")[0]).exists(), link
    for cell in cells(path):
        for line in "".join(cell["source"]).splitlines():
            assert len(line) <= 110, line


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} == {"own-leptoquark", "paper-to-today"}


@pytest.mark.slow
@pytest.mark.skipif(
    not all(map(find_spec, ("nbclient", "ipykernel"))), reason="needs nbclient and ipykernel"
)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_run_and_say_the_same(path, tmp_path):
    tool = ROOT / "tools" / "notebooks" / "execute.py"
    result = subprocess.run(
        [sys.executable, str(tool), path.stem, "--out", str(tmp_path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    then, now = outputs(path), outputs(tmp_path / path.name)
    assert [kind for kind, _ in then] == [kind for kind, _ in now]
    for (_, old), (_, new) in zip(then, now, strict=True):
        assert NUMBER.sub("#", old).split() == NUMBER.sub("#", new).split()
        for a, b in zip(NUMBER.findall(old), NUMBER.findall(new), strict=True):
            assert float(b) == pytest.approx(float(a), rel=0.01, abs=1e-11), (a, b)
