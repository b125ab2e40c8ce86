"""The examples in the docstrings of every module of the package."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import muoquark

ROOT = Path(muoquark.__file__).parent


def names() -> list[str]:
    """Return the modules with an example in their text, by dotted name."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT.parent).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.mark.parametrize("name", names())
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0, "an example stands where doctest does not look"
    assert result.failed == 0


def test_there_are_examples():
    assert {"muoquark.theory", "muoquark.theory.betas", "muoquark.symmetry.groups"} < set(names())
