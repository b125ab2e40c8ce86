r"""The tails of Drell-Yan for a point: search by search, propagators and EFT, now and later.

Limits on couplings are those on a common factor y of all couplings of one field (or of all of
them), at tree level.  Yields are then polynomials of second order in t = y^2,

.. math:: N_j(t) = n_j + a_j t + b_j t^2 ,

which three points fix, and chi2 is one of fourth order: its minimum and the t above where it has
risen by 3.84 (95 % CL for one parameter) are roots of polynomials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.likelihood.highpt.options import Options
from muoquark.likelihood.highpt.part import MU, HighPtPart, growth_of, highpt
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.model.point import Point
from muoquark.smeft.mediators import MASS
from muoquark.smeft.wcxf import WilsonCoefficients

__all__ = ["CASES", "LUMINOSITY", "RISE", "TailFit", "TailSearch", "Tails", "along", "limit"]

#: Luminosity of HL-LHC in 1/fb.
LUMINOSITY = 3000.0
#: What is compared: the data of Run 2, and HL-LHC with both treatments of the background's error.
CASES: Mapping[str, Options] = {
    "now": Options(),
    "rescaled": Options(lumi=LUMINOSITY, errors="rescaled", energy="14"),
    "relative": Options(lumi=LUMINOSITY, errors="relative", energy="14"),
}
#: Of chi2 above its minimum: 95 % CL for one parameter.
RISE = 3.84
# Values of t at which yields are taken; below one, so that couplings stay perturbative.
_POINTS = np.array([0.0, 0.5, 1.0])


@dataclass(frozen=True)
class TailSearch:
    """One search at a point.

    Attributes
    ----------
    chi2_sm
        Of the SM.
    full, eft
        What the point adds to it, with propagators and without.
    """

    chi2_sm: float
    full: float
    eft: float

    def record(self) -> dict[str, float]:
        """Return plain data."""
        return {
            "chi2_sm": self.chi2_sm, "delta_chi2_full": self.full, "delta_chi2_eft": self.eft
        }  # fmt: skip


@dataclass(frozen=True)
class TailFit:
    """Yields of some searches as polynomials in t, and what they are compared with.

    Attributes
    ----------
    counts
        n, a and b, (3, ..., bins).
    observed, sigma
        (bins,).
    blocks
        Positions of the bins of each search.
    """

    counts: np.ndarray
    observed: np.ndarray
    sigma: np.ndarray
    blocks: Mapping[str, tuple[int, ...]]

    def chi2(self, searches: Iterable[str] | None = None) -> np.ndarray:
        """Return the coefficients of chi2 in t, (..., 5), of some searches or all."""
        names = self.blocks if searches is None else searches
        where = np.array([k for name in names for k in self.blocks[name]], dtype=int)
        n, a, b = self.counts[..., where]
        n, a, b = (
            (x - y) / self.sigma[where] for x, y in ((n, self.observed[where]), (a, 0), (b, 0))
        )
        terms = ((n, n, 1), (n, a, 2), (a, a, 1), (n, b, 2), (a, b, 2), (b, b, 1))
        c = [factor * np.sum(x * y, axis=-1) for x, y, factor in terms]
        return np.stack([c[0], c[1], c[2] + c[3], c[4], c[5]], axis=-1)


def limit(chi2: np.ndarray, rise: float = RISE) -> tuple[float, float]:
    """Return where chi2(t), t >= 0, is smallest, and from where on it is larger by `rise`.

    Parameters
    ----------
    chi2
        Coefficients (n,) of powers of t.

    Returns
    -------
    tuple
        t of the minimum and the limit; infinity where chi2 never rises so much.

    Examples
    --------
    >>> limit(np.array([0.0, 0.0, 1.0, 0.0, 0.0]), 4.0)
    (0.0, 2.0)
    """
    size = np.abs(chi2[1:]).max(initial=0.0)
    if size < 1e-12:
        return 0.0, np.inf
    polynomial = np.polynomial.Polynomial(chi2)
    candidates = [0.0, *_positive_roots(polynomial.deriv())]
    best = min(candidates, key=polynomial)
    above = [t for t in _positive_roots(polynomial - (polynomial(best) + rise)) if t > best]
    return best, min(above, default=np.inf)


def _positive_roots(polynomial: Any) -> list[float]:
    """Return the real positive roots; the scale of t is made one first."""
    c = np.asarray(polynomial.coef, dtype=float)
    while len(c) > 1 and abs(c[-1]) <= 1e-30 * np.abs(c).max():
        c = c[:-1]
    if len(c) < 2:
        return []
    ratios = [abs(c[0] / x) ** (1 / k) for k, x in enumerate(c) if k and x and c[0]]
    unit = min(ratios, default=1.0)
    roots = np.polynomial.polynomial.polyroots(c * unit ** np.arange(len(c)))
    real = roots[np.abs(roots.imag) < 1e-7 * np.maximum(np.abs(roots), 1e-30)].real
    return sorted(float(x * unit) for x in real if x > 0)


def along(point: Point, t: float, fields: Sequence[str] | None = None) -> Point:
    """Return the point with the couplings of some fields (all by default) times the root of t."""
    scale = {
        name: matrix * np.sqrt(t) if _of(point, name, fields) else matrix
        for name, matrix in point.couplings.items()
    }
    return point.replace(couplings=scale)


def _of(point: Point, coupling: str, fields: Sequence[str] | None) -> bool:
    if fields is None:
        return True
    return any(field.name in fields for field in point.model.term_of(coupling).fields)


def _rest(point: Point, fields: Sequence[str] | None) -> bool:
    """Tell whether other fields couple."""
    return any(np.any(m) and not _of(point, n, fields) for n, m in point.couplings.items())


class Tails:
    """The searches, opened once."""

    def __init__(self) -> None:
        self.likelihood = Likelihood(highpt())

    @cached_property
    def cases(self) -> dict[str, HighPtPart]:
        """The part under each of :data:`CASES`."""
        (now,) = self.likelihood.parts
        assert isinstance(now, HighPtPart)
        others = {
            name: highpt(options, now.tables) for name, options in CASES.items() if name != "now"
        }
        return {"now": now, **others}

    @cached_property
    def growth(self) -> dict[str, np.ndarray]:
        """f_j of each search: the SM's yield at 14 TeV over that at 13 TeV, (bins,)."""
        part = self.cases["now"]
        searches = part.tables.searches
        return {b: growth_of(part.tables, searches[b], part.options) for b in part.options.searches}

    def low(self, coefficients: Sequence[WilsonCoefficients]) -> np.ndarray:
        """Return what predictions take, (points, n), for coefficients at 1 TeV."""
        forward = self.likelihood.forward(MU)
        (channel,) = forward.channels
        vectors = [self.likelihood.vector(_without_idle(one)) for one in coefficients]
        return np.asarray(forward.low(channel, np.array(vectors)))

    def counts(self, low: np.ndarray, case: str = "now", eft: bool = False) -> np.ndarray:
        """Return events (points, bins), with propagators or in the EFT."""
        part = self.cases[case]
        predictor = part.predictor_with(() if eft else part.extras)
        taken = low[..., : len(part.targets)] if eft else low
        ckm = self.likelihood.forward(MU).ckm(np.zeros((*low.shape[:-1], 1)))[0]
        return np.asarray(predictor.evaluate(taken, ckm)[0])

    def searches(
        self, coefficients: WilsonCoefficients, case: str = "now"
    ) -> dict[str, TailSearch]:
        """Return every search at a point, of which the coefficients are at 1 TeV."""
        low = self.low([coefficients])
        part = self.cases[case]
        observed, sigma = part.shown
        rows = {
            "sm": self.counts(np.zeros_like(low), case, True)[0],
            "full": self.counts(low, case)[0],
            "eft": self.counts(low, case, True)[0],
        }
        pulls = {name: ((row - observed) / sigma) ** 2 for name, row in rows.items()}
        found = {}
        for block, where in part.data.blocks.items():
            sm, full, eft = (
                float(pulls[name][list(where)].sum()) for name in ("sm", "full", "eft")
            )
            found[block] = TailSearch(sm, full - sm, eft - sm)
        return found

    def fit(
        self, points: Sequence[Point], case: str = "now", fields: Sequence[str] | None = None
    ) -> TailFit:
        """Return the yields along a common factor of the couplings, for several points.

        Parameters
        ----------
        fields
            Those whose couplings vary; all by default.
        """
        return self.fits(points, (case,), fields)[case]

    def fits(
        self,
        points: Sequence[Point],
        cases: Sequence[str] = tuple(CASES),
        fields: Sequence[str] | None = None,
        eft: bool = False,
    ) -> dict[str, TailFit]:
        """Return :meth:`fit` for several cases; matched at tree level."""
        low = self._along(points, fields)
        inverse = np.linalg.inv(_POINTS[:, None] ** np.arange(3))
        found = {}
        for case in cases:
            part = self.cases[case]
            rows = self.counts(low, case, eft).reshape(len(points), 3, -1)
            counts = np.einsum("kt,ptj->kpj", inverse, rows)
            observed, sigma = part.shown
            found[case] = TailFit(counts, observed, sigma, part.data.blocks)
        return found

    def _along(self, points: Sequence[Point], fields: Sequence[str] | None) -> np.ndarray:
        """Return :meth:`low` for each point and each t, (points * 3, n).

        At tree level coefficients are c_0 + t c_1, and so is what follows from them linearly.
        """
        whole = self.low([match(p, "tree", scale=MU) for p in points])
        rest = np.zeros_like(whole)
        if any(_rest(point, fields) for point in points):
            rest = self.low([match(along(p, 0.0, fields), "tree", scale=MU) for p in points])
        t = _POINTS[:, None]
        out = rest[:, None] + t * (whole - rest)[:, None]
        (part,) = self.likelihood.parts
        masses = [k for k, name in enumerate(part.extras) if name.endswith(f"/{MASS}")]
        columns = len(part.targets) + np.array(masses, dtype=int)
        out[:, :, columns] = whole[:, None, columns]  # masses stay
        return np.asarray(out.reshape(-1, whole.shape[-1]))

    def check(self, point: Point) -> None:
        """Raise DomainError for masses of fields that couple for which the tails say nothing."""
        there = {
            field.name: point.masses[field.name]
            for name, matrix in point.couplings.items() if np.any(matrix)
            for field in point.model.term_of(name).fields if not field.fermion
        }  # fmt: skip
        light = [name for name, mass in there.items() if mass < 800.0]
        if light:
            raise DomainError(
                f"{' and '.join(light)} below 800 GeV: the tails of Drell-Yan say nothing about "
                "it, pairs of it would be produced"
            )


def _without_idle(coefficients: WilsonCoefficients) -> WilsonCoefficients:
    """Return the coefficients without fields that exchange nothing: they take time, and no part."""
    return replace(coefficients, mediators=tuple(m for m in coefficients.mediators if m.tree))
