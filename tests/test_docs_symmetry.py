"""The outputs that docs/symmetry.md shows are those of the program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

TEXT = (Path(__file__).parent.parent / "docs" / "symmetry.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n\$ muoquark ([^\n]*)\n(.*?)\n```", TEXT, re.DOTALL)


def test_there_are_examples():
    assert len(BLOCKS) >= 5


@pytest.mark.parametrize(("command", "shown"), BLOCKS)
def test_shown_output(command, shown, muoquark, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    outcome = muoquark(*shlex.split(command))
    assert outcome.code == 0, outcome.err
    lines = [line.rstrip() for line in outcome.out.rstrip("\n").splitlines()]
    expected = shown.splitlines()
    if expected[-1] == "...":
        expected = expected[:-1]
        lines = lines[: len(expected)]
    assert lines == expected


def test_the_field_content_of_the_docs_is_read(tmp_path, muoquark):
    start = TEXT.index("    name: B-3Lmu with")
    end = TEXT.index("\n\n", start)
    path = tmp_path / "content.yaml"
    path.write_text("\n".join(line[4:] for line in TEXT[start:end].splitlines()))
    outcome = muoquark("check", path)
    assert outcome.code == 0, outcome.err
    assert "B-3Lmu with a vector-like quark" in outcome.out
