"""The examples in the docstrings of the symmetry room and of what the model adds to it."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    *(f"symmetry.{n}" for n in ("anomalies", "assignment", "catalogue", "conditions", "content")),
    *(f"symmetry.{n}" for n in ("groups", "ladder", "operators", "remnant", "textures")),
    *(f"model.{n}" for n in ("fields", "invariance")),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(f"muoquark.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
