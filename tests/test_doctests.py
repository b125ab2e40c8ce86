"""The examples in the docstrings of every module of the package."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

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


class Finder(doctest.DocTestFinder):
    """Finds the examples of functions within the check of their shapes (``conftest.py``) too."""

    def _from_module(self, module: ModuleType, item: Any) -> bool:
        return super()._from_module(module, inspect.unwrap(item))


# These need the extra 'exact', and half a minute.
EXACT = ("muoquark.likelihood.referee",)
LONG = (*EXACT, "muoquark.paper.robustness.robustness")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[pytest.mark.exact] * (name in EXACT) + [pytest.mark.slow] * (name in LONG),
        )
        for name in names()
    ],
)
def test_examples(name):
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner()
    for test in Finder().find(module, name):
        runner.run(test)
    result = runner.summarize()
    assert result.attempted > 0, "an example stands where doctest does not look"
    assert result.failed == 0


def test_every_public_name_has_an_example():
    for name in muoquark.__all__:
        if name != "__version__":
            assert ">>> " in (inspect.getdoc(getattr(muoquark, name)) or ""), name


def test_there_are_examples():
    assert {"muoquark.theory", "muoquark.theory.betas", "muoquark.symmetry.groups"} < set(names())
