"""The complete one-loop matching: every piece by name, and their sum."""

from __future__ import annotations

from typing import NamedTuple

from muoquark.common.arrays import Array
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, scaled, symmetrise, total

from . import boxes, currents, exchange, normalisation, reduction, scalars, twofermion
from .content import Content
from .dressing import SCHEMES
from .functions import Loops
from .inputs import Inputs
from .twofermion import Chirality

__all__ = ["SCHEMES", "OneLoop", "dimension_four", "one_loop"]


class OneLoop(NamedTuple):
    """The result of the matching at one loop (without the tree level).

    Attributes
    ----------
    pieces
        Physical piece -> coefficients; the Lagrangian is the sum of the pieces.
    shifts
        Parameter -> additive shift, SMEFT parameter minus leptoquark-model parameter: g1, g2, g3,
        lam, mH2 (of V = mH2 |H|^2, mH2 = -m2), Yu, Yd, Ye.
    """

    pieces: dict[str, Coefficients]
    shifts: dict[str, Array]

    @property
    def coefficients(self) -> Coefficients:
        """The sum of all pieces, symmetrised."""
        return symmetrise(total(self.pieces.values()))


_DIPOLES = ("eB", "eW", "uB", "uW", "uG", "dB", "dW", "dG")


def _penguins(p: Inputs, own: dict[str, Chirality]) -> Coefficients:
    """The operators with D F, by the equations of motion of the gauge fields."""
    none = 0.0 * p.Yu
    weak = {name: own[name].penguinW if name in own else none for name in ("l", "q")}
    return total(
        [
            scaled(currents.hypercharge(p, {k: c.penguinB for k, c in own.items()}, 0.0), p.g1**2),
            scaled(currents.isospin(p, weak["l"], weak["q"], 0.0), p.g2**2),
            scaled(
                currents.colour(p, {k: c.penguinG for k, c in own.items() if k in ("q", "u", "d")}),
                p.g3**2,
            ),
        ]
    )


def _two_fermion(p: Inputs, f: Loops, content: Content) -> dict[str, Coefficients]:
    own = twofermion.chirality(p, f, content)
    flips = twofermion.chirality_flip(p, f, content)
    if not own and not flips:
        return {}
    none = p.xp.zeros((3, 3), complex)
    lepton, up = (flips[key].box if key in flips else none for key in (("l", "e"), ("q", "u")))
    found = reduction.two_fermion(p, own, flips)
    return {
        "gauge penguins": scaled(_penguins(p, own), KAPPA),
        "dipoles": scaled({k: v for k, v in found.items() if k in _DIPOLES}, KAPPA),
        "Higgs currents and Yukawa-like": scaled(
            {k: v for k, v in found.items() if k not in _DIPOLES}, KAPPA
        ),
        "Higgs penguins": scaled(reduction.higgs_equation(p, lepton, up), KAPPA),
    }


def _loops(p: Inputs, content: str) -> tuple[Loops, Content]:
    return Loops(p.masses, p.mu, p.xp), Content.of(content, tuple(p.masses))


def one_loop(p: Inputs, scheme: str = "greek", content: str = "all") -> OneLoop:
    """Match the leptoquarks of a model to the SMEFT at one loop.

    Parameters
    ----------
    p
        Couplings, masses and scale.
    scheme
        ``"greek"`` (NDR with the Greek evanescent operators of the Warsaw basis) or ``"naive"``
        (four-dimensional Dirac algebra); only the gauge and Yukawa corrections of the tree-level
        operators differ, and what the latter lead to.
    content
        ``"all"``; or only the terms of one leptoquark (``"S1"``: what it gives if no other
        existed); or those in which two take part (``"S1+S3"``).  They add up to all.

    Returns
    -------
    OneLoop
        The pieces and the shifts of the dimension-four parameters.

    Raises
    ------
    ValueError
        For an unknown scheme or content.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme is '{scheme}'; allowed: {', '.join(SCHEMES)}")
    f, wanted = _loops(p, content)
    pieces = {
        "gauge self-energies": scalars.gauge_self_energies(p, f, wanted),
        "triple gauge": scalars.triple_gauge(p, f, wanted),
        "Higgs portals": scalars.portals(p, f, wanted),
        **_two_fermion(p, f, wanted),
        "boxes": boxes.boxes(p, f, wanted),
        "gauge-dressed exchange": exchange.gauge(p, f, wanted, scheme),
        "Higgs-dressed exchange": exchange.higgs(p, f, wanted, scheme),
        "leptoquark vertices": normalisation.vertex_corrections(p, f, wanted),
        "field normalisation": normalisation.normalisation(p, f, wanted),
    }
    return OneLoop(
        {name: piece for name, piece in pieces.items() if piece}, dimension_four(p, content)
    )


def dimension_four(p: Inputs, content: str = "all") -> dict[str, Array]:
    """Return the shifts of :class:`OneLoop` alone."""
    f, wanted = _loops(p, content)
    return {**scalars.dimension_four(p, f, wanted), **normalisation.yukawas(p, f, wanted)}
