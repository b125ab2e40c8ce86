"""The CKM scheme: CKM parameters extracted from four observables (arXiv:1812.07638).

Where smelli gives up, the iteration here stays finite and says by a flag that there is no CKM
matrix.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.common.gather import once, points_first, points_last
from muoquark.sm.ckm import ckm_elements

__all__ = [
    "angles_from_ratios",
    "ckm_ratios",
    "ckm_step",
    "nearest_ckm_parameters",
    "parameters_from_ratios",
]

# A prediction below this share of its measurement counts as zero.
NOTHING = 1e-12
# Elements of the CKM matrix, row by row, that `ckm_ratios` divides; behind the last stands 1.
_ABOVE, _BELOW = np.array([1, 5, 2, 6]), np.array([0, 9, 9, 7])


def ckm_ratios(ckm: Any, xp: Any = np) -> Any:
    """Return |Vus/Vud|^2, |Vcb|^2, |Vub|^2, |Vtd/Vts|^2, the CKM factors of the four inputs.

    The inputs are RKpi(P+->munu), BR(B->Xcenu), BR(B+->taunu) and DeltaM_d/DeltaM_s.
    Source: arXiv:1812.07638 (the scheme); the phase is delta of the standard parametrisation.
    """
    re, im = (points_last(x, xp) for x in ckm_elements(ckm, "delta", xp))
    size = re**2 + im**2
    # Vus, Vcb, Vub, Vtd over Vud, 1, 1, Vts
    below = xp.concatenate([size, xp.ones_like(size[:1])], axis=0)
    size, below = once((size, below), xp)
    return points_first(size[_ABOVE] / below[_BELOW], xp)


def angles_from_ratios(ratios: Any, xp: Any = np) -> tuple[Any, Any, Any, Any]:
    """Return Vus, |Vub|, Vcb and cos(delta) of the CKM matrix with the given `ckm_ratios`.

    No CKM matrix has the ratios where |cos(delta)| comes out above one.
    """
    f1, f2, f3, f4 = (ratios[..., i] for i in range(4))
    # f1 = tan^2(theta_12) and f3 = sin^2(theta_13).
    vus = xp.sqrt(f1 * (1 - f3) / (1 + f1))
    vcb, vub = xp.sqrt(f2), xp.sqrt(f3)
    c13 = xp.sqrt(1 - f3)
    s12, s23 = vus / c13, vcb / c13
    c12, c23 = xp.sqrt(1 - s12**2), xp.sqrt(1 - s23**2)
    # |Vtd|^2 = a^2 + b^2 - 2 a b cos delta, |Vts|^2 = c^2 + d^2 + 2 c d cos delta
    a, b, c, d = s12 * s23, c12 * c23 * vub, c12 * s23, s12 * c23 * vub
    # Solved for cos delta with |Vtd|^2 = f4 |Vts|^2.
    cosine = (a**2 + b**2 - f4 * (c**2 + d**2)) / (2 * a * b + 2 * f4 * c * d)
    return vus, vub, vcb, cosine


def parameters_from_ratios(ratios: Any, xp: Any = np) -> Any:
    """Return the CKM parameters that have the given `ckm_ratios`; its exact inverse.

    The result is not a number where no CKM matrix has these ratios (|cos delta| > 1).
    """
    vus, vub, vcb, cosine = angles_from_ratios(ratios, xp)
    return xp.stack([vus, vub, vcb, xp.arccos(cosine)], axis=-1)


def nearest_ckm_parameters(ratios: Any, xp: Any = np) -> tuple[Any, Any]:
    """Return the CKM parameters of `ckm_ratios`, always finite, and where there are none.

    Ratios that no CKM matrix has (|cos delta| > 1, or not positive) are moved to the edge of
    what one can have.
    """
    finite = xp.where(xp.isfinite(ratios), ratios, 1.0)
    # With |Vus/Vud|^2, |Vcb|^2 and |Vub|^2 below these every root in `angles_from_ratios` is of a
    # positive number: sin^2(theta_12) <= 4/5, sin^2(theta_23) <= 0.6/0.7.
    bounded = xp.minimum(xp.maximum(finite, 1e-12), xp.asarray([4.0, 0.6, 0.3, 1e3]))
    vus, vub, vcb, cosine = angles_from_ratios(bounded, xp)
    # At one the slope of arccos is infinite.
    limit = 1 - 1e-9
    clipped = xp.minimum(xp.maximum(cosine, -limit), limit)
    failed = xp.any(bounded != ratios, axis=-1) | (clipped != cosine)
    return points_first(xp.stack([vus, vub, vcb, xp.arccos(clipped)]), xp), failed


def ckm_step(forms: Any, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
    """Do one iteration of the CKM scheme; return the parameters and where there are none.

    Like ``Forms.ckm_update``, but finite everywhere.  `forms` are those of the four inputs,
    plain (``Forms``) or arranged (``FastForms``).
    """
    predicted = forms.predict(low, ckm, xp)[..., forms.ckm_inputs]
    # Below this the ratio is beyond any CKM matrix; a quotient that is never infinite has slopes.
    vanishing = predicted < NOTHING * xp.asarray(forms.ckm_measured)
    quotient = xp.asarray(forms.ckm_measured) / xp.where(vanishing, 1.0, predicted)
    ratios = ckm_ratios(ckm, xp) * xp.where(vanishing, 1 / NOTHING, quotient)
    parameters, failed = nearest_ckm_parameters(ratios, xp)
    return parameters, failed | xp.any(vanishing, axis=-1)
