"""Groups of observables that cut through the blocks: the bands of a figure.

A group's likelihood is that of its observables alone: in a Gaussian block the marginal
distribution (the covariance's rows and columns), elsewhere the measurements of these
observables, marginal likewise.  Groups overlap with the blocks and with each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from muoquark.likelihood.observable import Observable

__all__ = ["GROUPS", "REPRESENTED", "members"]

_MUONIC = re.compile(
    r"^<(d?BR(/dq2)?|FL|AFB\w*|P\dp?|S\d)>\((B[+0]->K\*?mumu|Bs->phimumu|Lambdab->Lambdamumu)\)$"
)

# Name -> pattern of flavio's names.  Any name or pattern of a user's works the same way.
GROUPS: dict[str, re.Pattern[str]] = {
    "R_K(*)": re.compile(r"^<Rmue>\(B[+0]->K\*?ll\)$"),
    "Bs->mumu": re.compile(r"^BR\(Bs->mumu\)$"),
    "b->smumu": re.compile(_MUONIC.pattern + r"|^<BR>\(B->Xsmumu\)$"),
    "b->smumu BR": re.compile(
        r"^<dBR/dq2>\((B[+0]->K\*?mumu|Bs->phimumu|Lambdab->Lambdamumu)\)$|^<BR>\(B->Xsmumu\)$"
    ),
    "b->smumu angular": re.compile(
        r"^<(FL|AFB\w*|P\dp?|S\d)>\((B[+0]->K\*?mumu|Bs->phimumu|Lambdab->Lambdamumu)\)$"
    ),
    "(g-2)_mu": re.compile(r"^a_mu$"),
    "Delta F = 2": re.compile(r"^(DeltaM_[sd]|S_psi(K|phi)|eps_K|x12Im_D)$"),
    "R(D(*))": re.compile(r"^Rtau(l|mu)\(B->D\*?lnu\)$"),
    "b->cellnu": re.compile(r"^<?(BR|Rtaul|Rmue|FL)>?\w*\((B|B[+0]|Bc)->(D|D\*|X).*(nu)\)$"),
}

# Group -> the group that speaks for both where either could be shown: they share observables, and
# two bands of the same data would look like two pieces of evidence.
REPRESENTED = {
    "b->smumu BR": "b->smumu",
    "b->smumu angular": "b->smumu",
    "b->cellnu": "R(D(*))",
}


def members(observables: Sequence[Observable], pattern: re.Pattern[str]) -> list[int]:
    """Return the positions of the observables whose name fits the pattern."""
    return [k for k, o in enumerate(observables) if pattern.match(o.name)]
