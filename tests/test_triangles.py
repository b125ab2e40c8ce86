"""Correlations written whole or as a triangle."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from muoquark.likelihood import triangles
from muoquark.likelihood.triangles import symmetric

WHOLE = np.array([[1, 0.1, -0.2], [0.1, 1, 0.3], [-0.2, 0.3, 1]])


@pytest.mark.parametrize(
    "rows",
    [
        WHOLE.tolist(),
        np.triu(WHOLE).tolist(),
        np.tril(WHOLE).tolist(),
        [[1, 0.1, -0.2], [1, 0.3], [1]],
        [[1], [0.1, 1], [-0.2, 0.3, 1]],
        [[1, 0.1, -0.2], [0.1, 1, 0.3], [1]],
        (WHOLE + np.array([[0, 1e-9, 0], [0, 0, 0], [0, 0, 0]])).tolist(),
    ],
)
def test_forms(rows):
    found = symmetric(rows)
    assert np.array_equal(found, found.T)
    assert np.allclose(found, WHOLE, atol=1e-8, rtol=0)


def test_units_do_not_matter():
    """A covariance of branching ratios: its entries are smaller than any absolute tolerance."""
    unit = np.outer([1e-9, 1e-10, 1e-4], [1e-9, 1e-10, 1e-4])
    assert np.allclose(symmetric(np.tril(WHOLE * unit).tolist()) / unit, WHOLE, atol=0)
    with pytest.raises(ValueError, match="not symmetric"):
        symmetric([[1e-18, 5e-20], [-5e-20, 1e-20]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 0.39], [-0.39, 1]], "not symmetric: 0.39 in row 1, column 2, -0.39 in row 2, col"),
        ([[1, 0.1, 0.2], [0, 1, 0.3], [0.2, 0, 1]], "not symmetric: 0.1 in row 1"),
        ([[1, 0.1, 0.2], [1], [1]], "row 2 has 1 entries, allowed: 3 .* 2 in an upper and 2 in a"),
    ],
)
def test_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        symmetric(rows)


def test_doctest():
    assert doctest.testmod(triangles).failed == 0
