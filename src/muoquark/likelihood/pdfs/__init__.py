"""The probability densities of measured numbers, one class for each.

Each says of itself: its logarithm (also outside of its support), maximum, moments, draws, whether
it is one-sided, its marginals, and how it is stored.  One of the user's own is a subclass of
:class:`Pdf`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from muoquark.likelihood.pdfs.asymmetric import Asymmetric
from muoquark.likelihood.pdfs.gamma import Gamma
from muoquark.likelihood.pdfs.general_gamma import GeneralGamma
from muoquark.likelihood.pdfs.half_normal import HalfNormal
from muoquark.likelihood.pdfs.moments_only import MomentsOnly
from muoquark.likelihood.pdfs.multivariate import MultivariateNormal
from muoquark.likelihood.pdfs.normal import Normal
from muoquark.likelihood.pdfs.numerical import Numerical
from muoquark.likelihood.pdfs.pdf import Pdf
from muoquark.likelihood.pdfs.poisson import Poisson
from muoquark.likelihood.pdfs.table import Tabulated

__all__ = [
    "Asymmetric",
    "Gamma",
    "GeneralGamma",
    "HalfNormal",
    "MomentsOnly",
    "MultivariateNormal",
    "Normal",
    "Numerical",
    "Pdf",
    "Poisson",
    "Tabulated",
    "stored",
]

_KINDS: Mapping[str, type[Pdf]] = {
    one.kind: one
    for one in (
        Asymmetric, Gamma, GeneralGamma, HalfNormal, MomentsOnly, Numerical, Poisson, Tabulated,
    )
}  # fmt: skip


def stored(kind: str, arrays: Mapping[str, Any]) -> Pdf:
    """Return the pdf of a kind that a file has stored with its arrays.

    Raises
    ------
    ValueError
        For a kind that is not known.
    """
    if kind == "normal":
        one = np.size(arrays["mean"]) == 1
        return Normal.from_arrays(arrays) if one else MultivariateNormal.from_arrays(arrays)
    if kind not in _KINDS:
        raise ValueError(f"unknown kind of pdf '{kind}', allowed: normal, {', '.join(_KINDS)}")
    return _KINDS[kind].from_arrays(arrays)
