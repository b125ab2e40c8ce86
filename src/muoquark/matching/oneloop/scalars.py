"""Loops of leptoquarks alone: gauge-field two- and three-point functions and Higgs portals.

The universal one-loop action of complex scalars, S^dag (P^2 - M^2 - U) S (1412.1837; INSPIRE
Henning:2014wua), with U the matrix of the portals in the space of all components,
U = a |H|^2 + c h^A T^A for each leptoquark, h^A = H^dag sigma^A H, and lH13 h^A between S1 and S3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from muoquark.common.arrays import Scalar
from muoquark.common.constants import KAPPA
from muoquark.smeft.tensors import Coefficients, scaled, total

from .content import Content
from .currents import colour, higgs_derivative, hypercharge, isospin
from .functions import Loops
from .inputs import Inputs
from .portals import Portal, portal_terms
from .vertices import Y, scalar_field

__all__ = ["dimension_four", "gauge_self_energies", "portals", "triple_gauge"]

_COLOURS = 3.0


class Numbers(NamedTuple):
    """Traces over the components of a leptoquark, without couplings.

    Attributes
    ----------
    components
        Of isospin; times three with colour.
    y2
        tr Y^2.
    isospin
        tr T^A T^B without colour: the index of the isospin representation.
    colour
        tr T^A T^B of colour.
    Y
        Hypercharge.
    """

    components: float
    y2: float
    isospin: float
    colour: float
    Y: float


def numbers(name: str) -> Numbers:
    """Return the traces over one leptoquark."""
    field = scalar_field(name)
    n, y = float(field.isospin), float(field.Y)
    # n (n^2 - 1)/12 is 1/2 for a doublet and 2 for a triplet
    return Numbers(n, _COLOURS * n * y**2, n * (n * n - 1.0) / 12.0, 0.5 * n, y)


def _wanted(p: Inputs, content: Content) -> Iterator[tuple[str, Numbers]]:
    for name in p.masses:
        if content(name):
            yield name, numbers(name)


def gauge_self_energies(p: Inputs, f: Loops, content: Content) -> Coefficients:
    """The operators (D F)^2 of the three gauge groups, reduced: current times current."""
    one = p.xp.eye(3)
    parts: list[Coefficients] = []
    # -kappa/(60 M^2) tr(T T) g^2 (D F)^2, tr summed over colour and isospin
    b: Scalar = 0.0
    w: Scalar = 0.0
    g: Scalar = 0.0
    for name, n in _wanted(p, content):
        b = b - (p.g1**4) / 60.0 * n.y2 * f.x[name]
        w = w - (p.g2**4) / 60.0 * _COLOURS * n.isospin * f.x[name]
        g = g - (p.g3**4) / 60.0 * n.colour * f.x[name]
    if any(True for _ in _wanted(p, content)):
        parts = [
            hypercharge(p, {a: b * y * one for a, y in Y.items()}, 0.5 * b),
            isospin(p, 0.5 * w * one, 0.5 * w * one, 0.5 * w),
            colour(p, {a: g * one for a in ("q", "u", "d")}),
        ]
    return scaled(total(parts), KAPPA)


def triple_gauge(p: Inputs, f: Loops, content: Content) -> Coefficients:
    """O_W and O_G; the signs belong to D = d + i g A."""
    g: Scalar = 0.0
    w: Scalar = 0.0
    for name, n in _wanted(p, content):
        g = g + 2.0 * n.colour * f.x[name] / 360.0
        w = w + _COLOURS * n.isospin * f.x[name] / 180.0
    if not any(True for _ in _wanted(p, content)):
        return {}
    return {"G": -KAPPA * p.g3**3 * g, "W": -KAPPA * p.g2**3 * w}


class PortalSums(NamedTuple):
    """a and c of U = a |H|^2 + c h^A T^A of one leptoquark."""

    plain: Scalar
    triplet: Scalar


def _sums(p: Inputs) -> dict[str, PortalSums]:
    out = {name: PortalSums(0.0, 0.0) for name in p.masses}
    for term in portal_terms():
        if term.name in p.portals and not term.mixes and term.left in out:
            a, c = out[term.left]
            value = p.portals[term.name]
            out[term.left] = PortalSums(a + term.plain * value, c + term.triplet * value)
    return out


def _mixing(p: Inputs, content: Content) -> Iterator[tuple[Portal, Scalar]]:
    """Yield the portals between two leptoquarks that are there, and their absolute square."""
    for term in portal_terms():
        there = term.left in p.masses and term.right in p.masses
        if term.mixes and there and term.name in p.portals and content(term.left, term.right):
            yield term, abs(p.portals[term.name]) ** 2


def _derivative(p: Inputs, f: Loops, content: Content) -> tuple[Scalar, Scalar]:
    """Coefficients of -(d |H|^2)^2 and -(D h^A)^2 from kappa tr (D U)^2/12."""
    norm: Scalar = 0.0
    triplet: Scalar = 0.0
    sums = _sums(p)
    for name, n in _wanted(p, content):
        a, c = sums[name]
        norm = norm + _COLOURS * n.components * a**2 * f.x[name] / 12.0
        triplet = triplet + _COLOURS * n.isospin * c**2 * f.x[name] / 12.0
    for term, mix in _mixing(p, content):
        # two orders of the pair: dB is x/6 for equal masses
        triplet = triplet + _COLOURS * mix * f.pair(term.left, term.right).dB
    return norm, triplet


def portals(p: Inputs, f: Loops, content: Content) -> Coefficients:
    """Terms quadratic and cubic in the portals, and portal times two field strengths."""
    sums = _sums(p)
    parts: list[Coefficients] = []
    for name, n in _wanted(p, content):
        a, c = sums[name]
        x = f.x[name]
        parts.append(
            {
                # |H|^2 F F
                "phiB": p.g1**2 * n.y2 * a * x / 12.0,
                "phiW": p.g2**2 * _COLOURS * n.isospin * a * x / 12.0,
                "phiG": p.g3**2 * n.colour * a * x / 12.0,
                # one field strength of isospin takes the traceless part of U
                "phiWB": p.g1 * p.g2 * _COLOURS * n.Y * n.isospin * c * x / 6.0,
                # the cubic term of the Coleman-Weinberg potential; h^A h^A = |H|^4
                "phi": -_COLOURS * x / 6.0 * (n.components * a**3 + 3.0 * n.isospin * a * c**2),
            }
        )
    for term, mix in _mixing(p, content):
        both = f.pair(term.left, term.right)
        a, b = sums[term.left].plain, sums[term.right].plain
        # h^A h^A between the two, and either one once more; eps_ABC h^A h^B h^C vanishes
        parts.append({"phi": _COLOURS * mix * (a * both.Iaab + b * both.Iabb)})
    norm, triplet = _derivative(p, f, content)
    # (d|H|^2)^2 = -O_phiBox and (D h^A)^2 = -O_phiBox - 4 O_phiD + 4 |H|^2 |D H|^2
    if parts:
        parts += [
            {"phiBox": -norm - triplet, "phiD": -4.0 * triplet},
            higgs_derivative(p, 4.0 * triplet),
        ]
    return scaled(total(parts), KAPPA)


def dimension_four(p: Inputs, f: Loops, content: Content) -> dict[str, Scalar]:
    """Shifts of the gauge couplings, of the quartic and of m_H^2 in V = m_H^2 |H|^2 (= -m2)."""
    sums = _sums(p)
    b: Scalar = 0.0
    w: Scalar = 0.0
    g: Scalar = 0.0
    lam: Scalar = 0.0
    mass: Scalar = 0.0
    # c |H|^2 |D H|^2 leaves -c m2 |H|^4 behind; the isospin current of H squared has it too
    derivative: Scalar = 4.0 * _derivative(p, f, content)[1]
    for name, n in _wanted(p, content):
        a, c = sums[name]
        L, x = f.L[name], f.x[name]
        b = b + n.y2 * L / 6.0
        w = w + _COLOURS * n.isospin * L / 6.0
        g = g + n.colour * L / 6.0
        lam = lam + _COLOURS * (n.components * a**2 + n.isospin * c**2) * L
        mass = mass + _COLOURS * n.components * a * p.masses[name] ** 2 * (1.0 + L)
        derivative = derivative - (p.g2**4) / 60.0 * _COLOURS * n.isospin * x
    for term, mix in _mixing(p, content):
        lam = lam + 2.0 * _COLOURS * mix * f.pair(term.left, term.right).B
    # 0.0 - x where nothing shifts is 0.0; -x would be -0.0
    return {
        "g1": 0.0 - KAPPA * p.g1**3 * b,
        "g2": 0.0 - KAPPA * p.g2**3 * w,
        "g3": 0.0 - KAPPA * p.g3**3 * g,
        "lam": 0.0 - KAPPA * (lam - 2.0 * derivative * p.m2),
        "mH2": 0.0 - KAPPA * mass,
    }
