"""Theory covariances of further observables, with those that there are."""

from __future__ import annotations

import numpy as np

from muoquark.likelihood.forms import Forms

__all__ = ["ckm_response", "extended_covariance"]

# Of a standard deviation.
STEP = 0.1


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


def extended_covariance(shipped: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Return the covariance of old and new observables of a block.

    Old with old it stays what it is.  The rest follows from the linear response J to one standard
    deviation of each independent parameter: J J^T.

    Parameters
    ----------
    shipped
        (old, old).
    response
        (old and new, directions), old ones first.
    """
    found: np.ndarray = response @ response.T
    found[: len(shipped), : len(shipped)] = shipped
    return found
