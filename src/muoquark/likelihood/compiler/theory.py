"""Theory covariances of further observables, with those that there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from muoquark.likelihood.forms import Forms

__all__ = ["ckm_response", "extended_covariance"]

# Of a standard deviation.
STEP = 0.1
# Of the variance, added to that of old observables where new ones are traced back to them: larger
# than the noise of shipped covariances, so that it is not blown up.
RIDGE = 0.1


def ckm_response(forms: Forms, covariance: np.ndarray) -> np.ndarray:
    """Return how predictions of the SM respond to the independent CKM directions.

    Parameters
    ----------
    covariance
        Of the CKM parameters (4, 4).

    Returns
    -------
    (observables, 4), for one standard deviation.
    """
    centre = np.asarray(forms.ckm_centre)
    width = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(width, width))
    low = np.zeros(len(forms.directions))
    before = forms.predict(low, centre)
    columns = [
        (forms.predict(low, centre + STEP * np.sqrt(value) * vector * width) - before) / STEP
        for value, vector in zip(values, vectors.T, strict=True)
    ]
    return np.asarray(np.nan_to_num(np.stack(columns, axis=1)))


def extended_covariance(
    shipped: np.ndarray, response: np.ndarray, kin: Sequence[int]
) -> np.ndarray:
    """Return the covariance of old and new observables of a block.

    Old with old it stays what was shipped, S, a matrix of random draws.  The linear response J to
    one standard deviation of each independent parameter gives J J^T for observables that are alike.
    Side by side the two are not positive: a new bin may be a sum of old ones, and S has noise.  So
    J J^T says how much of a new observable follows from old ones of its kin, n = B o + r with
    B = C_no (C_oo + ridge)^-1 in units of the widths, and old ones vary as shipped: C_no = B S,
    C_nn = B S B^T + (J J^T)_nn - B (J J^T)_oo B^T, which is positive for any S.  Correlations with
    all other observables of the block are inherited.  The widths of new ones are those of J J^T.

    Parameters
    ----------
    shipped
        (old, old).
    response
        (old and new, directions), old ones first.
    kin
        Positions of the old observables of which the whole response is known.
    """
    old, k = len(shipped), np.array(kin)
    linear = response @ response.T
    width = np.sqrt(np.diag(linear))
    k = k[width[k] > 0]
    new = np.arange(old, len(linear))
    unit = np.outer(width, width)
    between = linear[np.ix_(new, k)] / unit[np.ix_(new, k)]
    among = linear[np.ix_(k, k)] / unit[np.ix_(k, k)]
    slope = np.linalg.solve(among + RIDGE * np.eye(len(k)), between.T).T
    slope = slope * width[new][:, None] / width[k]
    rest = linear[np.ix_(new, new)] - slope @ linear[np.ix_(k, k)] @ slope.T
    cross = slope @ shipped[k]
    own = slope @ shipped[np.ix_(k, k)] @ slope.T + rest
    scale = width[new] / np.sqrt(np.diag(own))
    found: np.ndarray = np.zeros_like(linear)
    found[:old, :old] = shipped
    found[old:, :old] = scale[:, None] * cross
    found[:old, old:] = found[old:, :old].T
    block = np.outer(scale, scale) * own
    found[old:, old:] = (block + block.T) / 2
    return found
