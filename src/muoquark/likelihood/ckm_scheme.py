"""The CKM scheme where smelli gives up: always finite, with a flag where there is no CKM matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.likelihood.ckm import angles_from_ratios, ckm_matrix, ckm_ratios

__all__ = ["ckm_step", "gamma_from_delta", "nearest_ckm_parameters"]

# A prediction below this share of its measurement counts as zero.
NOTHING = 1e-12


def nearest_ckm_parameters(xp: Any, ratios: Any) -> tuple[Any, Any]:
    """Return the CKM parameters of `ckm_ratios`, always finite, and where there are none.

    Ratios that no CKM matrix has (|cos delta| > 1, or not positive) are moved to the edge of
    what one can have.
    """
    finite = xp.where(xp.isfinite(ratios), ratios, 1.0)
    bounded = xp.minimum(xp.maximum(finite, 1e-12), xp.asarray([4.0, 0.6, 0.3, 1e3]))
    vus, vub, vcb, cosine = angles_from_ratios(xp, bounded)
    limit = 1 - 1e-9
    clipped = xp.minimum(xp.maximum(cosine, -limit), limit)
    failed = xp.any(bounded != ratios, axis=-1) | (clipped != cosine)
    return xp.stack([vus, vub, vcb, xp.arccos(clipped)], axis=-1), failed


def ckm_step(forms: Any, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
    """Do one iteration of the CKM scheme; return the parameters and where there are none.

    Like ``Forms.ckm_update``, but finite everywhere.  `forms` are those of the four inputs,
    plain (``Forms``) or arranged (``FastForms``).
    """
    predicted = forms.predict(low, ckm, xp)[..., forms.ckm_inputs]
    # Below this the ratio is beyond any CKM matrix; a quotient that is never infinite has slopes.
    vanishing = predicted < NOTHING * xp.asarray(forms.ckm_measured)
    quotient = xp.asarray(forms.ckm_measured) / xp.where(vanishing, 1.0, predicted)
    ratios = ckm_ratios(xp, ckm) * xp.where(vanishing, 1 / NOTHING, quotient)
    parameters, failed = nearest_ckm_parameters(xp, ratios)
    return parameters, failed | xp.any(vanishing, axis=-1)


def gamma_from_delta(xp: Any, ckm: Any) -> Any:
    """Return the parameters with the triangle's angle gamma for those with the phase delta."""
    v = ckm_matrix(xp, ckm, phase="delta")
    product = -v["ud"] * xp.conj(v["ub"]) * xp.conj(v["cd"]) * v["cb"]
    gamma = xp.arctan2(product.imag, product.real)
    return xp.stack([ckm[..., 0], ckm[..., 1], ckm[..., 2], gamma], axis=-1)
