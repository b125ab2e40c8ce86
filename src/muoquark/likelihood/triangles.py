"""Correlations and covariances as they are written: whole, or one triangle of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["SAME", "symmetric"]

# Two entries that differ by less, in units of the diagonal, are one number rounded twice.
SAME = 1e-5


def symmetric(rows: Sequence[Sequence[float]]) -> np.ndarray:
    """Return the symmetric matrix that its rows describe.

    Parameters
    ----------
    rows
        n rows of n numbers, the upper triangle (n, n-1, ..., 1 numbers, the diagonal first), or
        the lower one (1, 2, ..., n numbers, the diagonal last).  Of n rows of n numbers one
        triangle may be zero; rows of the upper triangle may stand among whole ones.

    Raises
    ------
    ValueError
        If the rows have other lengths, or if the two triangles say different things.

    Examples
    --------
    >>> symmetric([[1], [0.5, 1]]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    n = len(rows)
    lengths = [len(row) for row in rows]
    given = np.full((n, n), np.nan)
    if lengths == list(range(1, n + 1)):
        for i, row in enumerate(rows):
            given[i, : i + 1] = row
    else:
        for i, row in enumerate(rows):
            if len(row) not in (n, n - i):
                raise ValueError(
                    f"row {i + 1} has {len(row)} entries, allowed: {n} (a whole row), or "
                    f"{n - i} in an upper and {i + 1} in a lower triangle"
                )
            given[i, n - len(row) :] = row
    if not np.all(np.isfinite(np.diag(given))):
        raise ValueError("a number on the diagonal is not finite")
    unit = np.sqrt(np.abs(np.diag(given)))
    unit[unit == 0] = 1.0
    scaled = given / np.outer(unit, unit)
    upper, lower = np.triu_indices(n, 1), np.triu_indices(n, 1)[::-1]
    above, below = scaled[upper], scaled[lower]
    both = np.isfinite(above) & np.isfinite(below)
    differ = both & (np.abs(above - below) > SAME)
    if differ.any():
        if np.all(below[np.isfinite(below)] == 0):
            below = np.where(np.isfinite(above), np.nan, below)
        elif np.all(above[np.isfinite(above)] == 0):
            above = np.where(np.isfinite(below), np.nan, above)
        else:
            k = int(np.argmax(differ))
            i, j = upper[0][k], upper[1][k]
            raise ValueError(
                f"the matrix is not symmetric: {given[i, j]:g} in row {i + 1}, column {j + 1}, "
                f"{given[j, i]:g} in row {j + 1}, column {i + 1}"
            )
    result = np.diag(np.diag(given))
    value = np.where(np.isfinite(above), above, below) * np.outer(unit, unit)[upper]
    result[upper] = value
    result[lower] = value
    return result
