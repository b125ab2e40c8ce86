"""Observables that flavio does not have and that follow from what it has."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sqrt

from muoquark.common.constants import GEV2_PB, M_MU, VEV
from muoquark.likelihood.compiler.assemble import FittedObservable
from muoquark.likelihood.compiler.fit import FittedPolynomial
from muoquark.likelihood.compiler.form_recipe import FormTerm
from muoquark.likelihood.forms import Direction

__all__ = ["DIPOLE", "MUON_EDM", "SUMS", "ingredients", "own_observable"]

#: Sums of both charges, by their name: what is added.
SUMS: Mapping[str, tuple[str, ...]] = {
    "BR(Bs->phiemu,mue)": ("BR(Bs->phiemu)", "BR(Bs->phimue)"),
}
MUON_EDM = "d_mu"
# flavio's coefficient of the muon's dipole, at the scale at which it asks for it for a_mu.
DIPOLE: Direction = ("WET-3", "flavio", "dF=0", 1.0, "C7_mumu", "Im")


def muon_edm() -> float:
    """Return d_mu/(e cm) for an imaginary part of one of flavio's C7_mumu.

    With L = p (Re C7 mubar sigma mu + i Im C7 mubar sigma gamma5 mu) F and
    L = -(1/2) mubar sigma (mu_a + i d gamma5) mu F, mu_a = -e a/(2m) (D = d + i e Q A, Q = -1),
    d = -(e/2m) a with Im C7 in the place of Re C7: the sign is that of H = -d sigma.E.  a_mu is
    m^2 GF/(sqrt(2) pi^2) Re C7 in flavio, and GF = 1/(sqrt(2) v^2).
    """
    anomalous = M_MU**2 / (2 * VEV**2 * pi**2)
    in_cm = sqrt(GEV2_PB * 1e-36)  # hbar c, GeV cm
    return -anomalous / (2 * M_MU) * in_cm


def ingredients(name: str) -> tuple[str, ...]:
    """Return flavio's observables that one of these is made of; itself for flavio's own."""
    return () if name == MUON_EDM else SUMS.get(name, (name,))


def own_observable(name: str, fitted: Mapping[str, FittedObservable]) -> FittedObservable:
    """Return one of these observables, made of flavio's (`fitted`, by JSON text)."""
    if name == MUON_EDM:
        slope: FittedPolynomial = {(("1",), None, None): 0.0, (("1",), DIPOLE, None): muon_edm()}
        return FittedObservable(name, [slope], [FormTerm((0,))], [1.0], group="own")
    parts = [fitted[f'"{one}"'] for one in SUMS[name]]
    pieces = [piece for part in parts for piece in part.pieces]
    products, constants, start = [], [], 0
    for part in parts:
        for product in part.products:
            products.append(
                FormTerm(
                    tuple(start + k for k in product.numerators),
                    tuple(start + k for k in product.denominators),
                    tuple(start + k for k in product.roots),
                )
            )
        constants += part.constants
        start += len(part.pieces)
    return FittedObservable(name, pieces, products, constants, group="own")
