"""Which leptoquarks take part: the terms of S1 alone, of S3 alone, and of both.

A leptoquark is more than its couplings: its gauge loops are there without any.  It is absent where
its couplings vanish and its mass is infinite, which the loop functions say exactly: 1/M^2, the
functions of both masses and, what does not decouple, its logarithm are zero.
"""

from __future__ import annotations

from .functions import Integrals
from .inputs import Inputs

CONTENTS = ("all", "S1", "S3", "both")

_MIXED = {"F13": 0.0, "I113": 0.0, "I133": 0.0, "B13": 0.0, "dB13": 0.0}


def alone(p: Inputs, f: Integrals, content: str) -> tuple[Inputs, Integrals]:
    """Return couplings and loop functions with the other leptoquark absent, or as they are."""
    if content == "all":
        return p, f
    if content == "S1":
        without = p._replace(eta3L=0.0 * p.eta3L, lH3=0.0, leH3=0.0, lH13=0.0)
        return without, f._replace(x3=0.0, L3=0.0, **_MIXED)
    if content == "S3":
        without = p._replace(eta1L=0.0 * p.eta1L, eta1R=0.0 * p.eta1R, lH1=0.0, lH13=0.0)
        return without, f._replace(x1=0.0, L1=0.0, **_MIXED)
    raise ValueError(f"content is '{content}'; allowed: {', '.join(CONTENTS)}")


def together(p: Inputs, f: Integrals) -> tuple[Inputs, Integrals]:
    """Return portals and loop functions that leave the terms of both leptoquarks.

    Loop functions of one mass are zero.  The field normalisation is not described by them: it is a
    loop of one leptoquark times the exchange of the other.
    """
    return (
        p._replace(lH1=0.0, lH3=0.0, leH3=0.0),
        f._replace(x1=0.0, x3=0.0, L1=0.0, L3=0.0),
    )
