"""No comparison has a floor that nobody wrote down, and the helper without one has none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from closeness import close

# What compares numbers, and the keyword of its absolute tolerance: left out it is 1e-12 in pytest,
# 1e-8 in numpy, and decides wherever numbers are that small.
FLOORS = {"approx": "abs", "allclose": "atol", "isclose": "atol"}
#: math.isclose has no floor unless asked for one.
WITHOUT = {"math"}


def unwritten(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of every comparison whose absolute tolerance is not written down."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        owner = getattr(getattr(function, "value", None), "id", "")
        wanted = FLOORS.get(name)
        if wanted and owner not in WITHOUT and wanted not in {k.arg for k in node.keywords}:
            yield node.lineno, name


def test_every_absolute_tolerance_is_written_down():
    found = [
        f"{path.name}:{line}: {name} without {FLOORS[name]}"
        for path in sorted(Path(__file__).parent.glob("**/*.py"))
        for line, name in unwritten(path.read_text(encoding="utf-8"))
    ]
    assert not found, "use closeness.close, or give the tolerance:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["pytest.approx(1.0)", "approx(x, rel=1e-3)", "np.allclose(a, b, rtol=1e-9)", "isclose(a, b)"],
)
def test_the_finder_sees_what_it_has_to(text):
    assert list(unwritten(f"assert x == {text}")) == [(1, text.split("(")[0].split(".")[-1])]
    keyword = FLOORS[text.split("(")[0].split(".")[-1]]
    assert not list(unwritten(f"assert x == {text[:-1]}, {keyword}=0)"))


@pytest.mark.parametrize("size", [1.0, 1e-9, 1e-20, 1e-300])
def test_close_is_relative_at_every_size(size):
    assert size * (1 + 5e-7) == close(size)
    assert size * (1 + 2e-6) != close(size)
    assert size * 1.01 == close(size, rel=0.02)
    assert [size, 0.0] == close([size, 0.0])
    assert [size, size] != close([size, 0.0])
    assert {"a": size} == close({"a": size * (1 - 1e-7)})
