"""Theory covariances of further observables, with those that there are."""

from __future__ import annotations

import numpy as np

__all__ = ["extended_covariance"]


def extended_covariance(shipped: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Return the covariance of old and new observables of a block.

    Old with old it stays what it is.  The rest follows from the linear response J to one standard
    deviation of each independent parameter: J J^T, with the standard deviations of old observables
    as they were shipped.

    Parameters
    ----------
    shipped
        (old, old).
    response
        (old and new, directions), old ones first.
    """
    linear = response @ response.T
    old = len(shipped)
    width = np.sqrt(np.diag(linear))
    inverse = np.divide(1.0, width, out=np.zeros_like(width), where=width > 0)
    scale = np.concatenate([np.sqrt(np.diag(shipped)), width[old:]])
    found: np.ndarray = linear * np.outer(inverse * scale, inverse * scale)
    found[:old, :old] = shipped
    return found
