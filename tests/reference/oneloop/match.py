"""The complete one-loop matching: every piece by name, and their sum."""

from __future__ import annotations

from typing import NamedTuple

from muoquark.common.arrays import Array
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, scaled, symmetrise, total

from . import boxes, currents, exchange, normalisation, reduction, scalars, twofermion
from .content import alone, together
from .functions import Integrals, integrals
from .inputs import Inputs


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


def _two_fermion(p: Inputs, f: Integrals) -> dict[str, Coefficients]:
    l, e = twofermion.lepton_doublet(p, f), twofermion.lepton_singlet(p, f)
    q, u = twofermion.quark_doublet(p, f), twofermion.up_singlet(p, f)
    flip_l, flip_u = twofermion.lepton_flip(p, f), twofermion.up_flip(p, f)
    penguins = total(
        [
            scaled(
                currents.hypercharge(
                    p,
                    {"l": l.penguinB, "e": e.penguinB, "q": q.penguinB, "u": u.penguinB},
                    0.0 * p.g1,
                ),
                p.g1**2,
            ),
            scaled(currents.isospin(p, l.penguinW, q.penguinW, 0.0 * p.g2), p.g2**2),
            scaled(currents.colour(p, {"q": q.penguinG, "u": u.penguinG}), p.g3**2),
        ]
    )
    two_fermion = total(
        [
            reduction.lepton_doublet(p, f, l),
            reduction.lepton_singlet(p, f, e),
            reduction.quark_doublet(p, f, q),
            reduction.up_singlet(p, f, u),
            reduction.lepton_flip(p, flip_l),
            reduction.up_flip(p, flip_u),
        ]
    )
    dipoles = ("eB", "eW", "uB", "uW", "uG", "dB", "dW", "dG")
    return {
        "gauge penguins": scaled(penguins, KAPPA),
        "dipoles": scaled({k: v for k, v in two_fermion.items() if k in dipoles}, KAPPA),
        "Higgs currents and Yukawa-like": scaled(
            {k: v for k, v in two_fermion.items() if k not in dipoles}, KAPPA
        ),
        "Higgs penguins": scaled(reduction.higgs_equation(p, flip_l.box, flip_u.box), KAPPA),
    }


def one_loop(p: Inputs, scheme: str = "greek", content: str = "all") -> OneLoop:
    """Match the leptoquark model to the SMEFT at one loop.

    Parameters
    ----------
    p
        Couplings, masses and scale.
    scheme
        ``"greek"`` (NDR with the Greek evanescent operators of the Warsaw basis) or ``"naive"``
        (four-dimensional Dirac algebra); only the gauge and Yukawa corrections of the tree-level
        operators and lu, ld, qe, ledq differ.
    content
        ``"all"``; or only the terms of one leptoquark (``"S1"``, ``"S3"``: what it gives if the
        other one did not exist); or those in which both take part (``"both"``).  The three add up
        to all.

    Returns
    -------
    OneLoop
        The pieces and the shifts of the dimension-four parameters.

    Raises
    ------
    ValueError
        For an unknown scheme or content.
    """
    if scheme not in exchange.SCHEMES:
        raise ValueError(f"scheme is '{scheme}'; allowed: {', '.join(exchange.SCHEMES)}")
    if content == "both":
        return _both(p)
    p, f = alone(p, integrals(p), content)
    pieces = {
        "gauge self-energies": scalars.gauge_self_energies(p, f),
        "triple gauge": scalars.triple_gauge(p, f),
        "Higgs portals": scalars.portals(p, f),
        **_two_fermion(p, f),
        "boxes": boxes.boxes(p, f),
        "gauge-dressed exchange": exchange.gauge(p, f, scheme),
        "Higgs-dressed exchange": exchange.higgs(p, f, scheme),
        "field normalisation": normalisation.normalisation(p, f),
    }
    shifts = {**scalars.dimension_four(p, f), **normalisation.yukawas(p, f)}
    return OneLoop(pieces, shifts)


def _both(p: Inputs) -> OneLoop:
    """The terms of `one_loop` in which both leptoquarks take part."""
    f = integrals(p)
    portals, only = together(p, f)
    pieces = {
        "Higgs portals": scalars.portals(p, only),
        **_two_fermion(p, only),
        "boxes": boxes.boxes(p, only),
        "field normalisation": normalisation.mixed(p, f),
    }
    return OneLoop(pieces, {"lam": scalars.dimension_four(portals, only)["lam"]})
