"""From the WET at the Z mass to the basis and the scale in which an observable wants it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import ckmutil.ckm
import numpy as np
from wilson import Wilson

from muoquark.common.constants import M_Z
from muoquark.running.tabulate.components import basis_components, coefficient

__all__ = ["Norm", "TabulatedSector", "jms_components", "low_map", "normalisations"]

# 1/(V_ij^(*) V_kl^(*)), as ((i, j, conjugated), (k, l, conjugated)); () for no CKM factor
Norm = tuple[tuple[int, int, bool], ...]


@dataclass(frozen=True, order=True)
class TabulatedSector:
    """A set of low-energy coefficients: EFT, basis, sector and scale in GeV."""

    eft: str
    basis: str
    sector: str
    scale: float
    only: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Real components of the set, or of those coefficients in it that are wanted (`only`)."""
        whole = basis_components(
            self.eft, self.basis, None if self.sector == "all" else (self.sector,)
        )
        return tuple(c for c in whole if not self.only or coefficient(c)[0] in self.only)


def jms_components(sector: str) -> tuple[str, ...]:
    """Real components of a sector in the JMS basis of the five-flavour theory."""
    return basis_components("WET", "JMS", (sector,))


def _run(
    values: dict[str, complex], target: TabulatedSector, ckm: dict[str, float]
) -> dict[str, complex]:
    w = Wilson(values, M_Z, "WET", "JMS")
    w.set_option("parameters", ckm)
    w.set_option("qed_order", 1)
    w.set_option("qcd_order", 1)
    found = w.match_run(target.scale, target.eft, target.basis, sectors=(target.sector,))
    return dict(found.dict)


def _vector(values: dict[str, complex], components: tuple[str, ...]) -> np.ndarray:
    out = []
    for component in components:
        name, part = coefficient(component)
        value = complex(values.get(name, 0))
        out.append(value.real if part == "Re" else value.imag)
    return np.array(out)


def low_map(target: TabulatedSector, ckm: dict[str, float]) -> np.ndarray:
    """Return d(target components)/d(JMS components of its sector at the Z mass)."""
    columns = []
    for component in jms_components(target.sector):
        name, part = coefficient(component)
        unit = {name: 1.0 if part == "Re" else 1j}
        columns.append(_vector(_run(unit, target, ckm), target.components))
    return np.stack(columns, axis=1)


def _wilsons_ckm(ckm: dict[str, float]) -> np.ndarray:
    return np.asarray(ckmutil.ckm.ckm_tree(ckm["Vus"], ckm["Vub"], ckm["Vcb"], ckm["gamma"]))


def normalisations(target: TabulatedSector, reference: dict[str, float]) -> dict[str, Norm]:
    """Return the CKM factor 1/(V V) that wilson divides each coefficient of a target by.

    Found by comparing a random point at three sets of CKM parameters, not by reading names.

    Raises
    ------
    RuntimeError
        If no product of up to two CKM elements explains the dependence of a coefficient.
    """
    rng = np.random.default_rng(0)
    values: dict[str, complex] = {}
    for component in jms_components(target.sector):
        name, part = coefficient(component)
        values[name] = values.get(name, 0) + rng.normal() * (1.0 if part == "Re" else 1j)
    points = [reference]
    for _ in range(2):
        points.append({k: v * (1 + rng.uniform(-0.1, 0.1)) for k, v in reference.items()})
    results = [_run(values, target, p) for p in points]
    elements = [_wilsons_ckm(p) for p in points]
    singles = list(itertools.product(range(3), range(3), (False, True)))
    candidates: list[Norm] = [(), *((s,) for s in singles)]
    candidates += itertools.combinations_with_replacement(singles, 2)

    def factor(norm: Norm, V: np.ndarray) -> complex:
        product = 1.0 + 0j
        for i, j, conjugated in norm:
            product *= V[i, j].conj() if conjugated else V[i, j]
        return 1 / product

    out: dict[str, Norm] = {}
    for name in dict.fromkeys(coefficient(c)[0] for c in target.components):
        if name not in results[0]:
            out[name] = ()
            continue
        ratios = [r[name] / results[0][name] for r in results[1:]]
        real = f"{name}:Im" not in target.components
        for norm in candidates:
            guess = [factor(norm, V) / factor(norm, elements[0]) for V in elements[1:]]
            if np.allclose(ratios, guess, rtol=1e-9, atol=0) and not (real and norm):
                out[name] = norm
                break
        else:
            raise RuntimeError(f"unexplained CKM dependence of {name} in {target}: {ratios}")
    return out
