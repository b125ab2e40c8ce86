"""Luminosities, couplings of the SM and propagators, integrated over the bins of partons.

Masses are in TeV here.  An antiquark i and a quark j go to l_a^- l_b^+ with z = t/s, and the
differential rate is (1/144 pi) L(s) {...} ds dz, where {...} is (2207.10714, section 2)

    3 (1+z)^2 |F|^2 of equal chiralities, 3 z^2 |F|^2 of different ones,
    3/4 |S|^2 + 12 (1+2z)^2 |T|^2 - 6 (1+2z) Re(S^* T).

The propagator of a heavy field is P = 1/(1 + s x y) in units of 1/M^2 = y, with x = 1 + z in the u
channel and x = -z in the t channel.  Ranges in z are symmetric about -1/2, so that only the form
of the weight in x matters: ``near`` is 3 x^2 (u channel of equal chiralities, t channel of
different ones), ``far`` is 3 (1-x)^2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import pi

import numpy as np

from muoquark.common.constants import GEV2_PB
from muoquark.likelihood.highpt.pack import Binned, Tables
from muoquark.likelihood.highpt.source import PAIRS

__all__ = ["ENERGY", "Nodes", "PartonIntegrals", "pair"]

PB_TEV2 = GEV2_PB / 1e6
ENERGY = 13.0  # TeV, of the tables
# Smallest mass of lepton and neutrino that the searches were simulated with, TeV.
WINDOW = 0.4
# Nodes of a panel between two masses of the tables, and nodes in the angle.
NODES_S, NODES_Z = 2, 16


@dataclass(frozen=True)
class Nodes:
    """A quadrature over one bin of partons.

    Attributes
    ----------
    s
        (S,) in TeV^2.
    x
        (S, Z); symmetric about 1/2.
    weight
        Of ds dx, (S, Z).
    """

    s: np.ndarray
    x: np.ndarray
    weight: np.ndarray


@lru_cache(maxsize=4)
def _gauss(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of Gauss and Legendre."""
    return np.polynomial.legendre.leggauss(count)


def _panels(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a composite Gauss-Legendre rule."""
    x, w = _gauss(NODES_S)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()


def _between(low: float, high: float, kinks: np.ndarray) -> np.ndarray:
    """Return the ends of a range with the kinks inside of it."""
    inside = kinks[(kinks > low) & (kinks < high)]
    return np.concatenate([[low], inside, [high]])


def of_mass(low: float, high: float, kinks: np.ndarray) -> Nodes:
    """Return the rule of a bin in sqrt(s), TeV; luminosities have kinks at some masses."""
    u, w = _panels(np.log(_between(low, high, kinks)))
    m = np.exp(u)
    x, wx = _gauss(NODES_Z)
    return Nodes(m**2, np.tile((1 + x) / 2, (len(m), 1)), np.outer(w * 2 * m**2, wx / 2))


def of_pt(low: float, high: float, end: float, kinks: np.ndarray, window: float) -> Nodes:
    """Return the rule of a bin in pT for s from `window`^2 up to `end`^2, TeV.

    pT^2 = s x (1 - x); with m = 2 pT cosh(eta) the square root of the threshold goes.
    """
    s, cosines, weights = [], [], []
    z, wz = _gauss(NODES_Z)
    for pt, begin, stop, upper in (
        (low, max(2 * low, window), min(2 * high, end), False),
        (high, max(2 * high, window), end, True),
    ):
        if begin >= stop:
            continue
        eta, w = _panels(np.arccosh(_between(begin, stop, kinks) / (2 * pt)))
        m = 2 * pt * np.cosh(eta)
        outer = np.sqrt(1 - np.minimum(1, (2 * low / m) ** 2))
        inner = np.tanh(eta) if upper else np.zeros_like(eta)
        half = (outer - inner)[:, None] / 2
        s.append(m**2)
        cosines.append(inner[:, None] + half * (1 + z))
        jacobian = w * 2 * m * 2 * pt * np.sinh(eta)
        weights.append(jacobian[:, None] * half * wz / 2)
    if not s:
        return NOTHING
    cosine, weight = np.concatenate(cosines), np.concatenate(weights)
    x = np.concatenate([(1 + cosine) / 2, (1 - cosine) / 2], axis=1)
    return Nodes(np.concatenate(s), x, np.concatenate([weight, weight], axis=1))


NOTHING = Nodes(np.zeros(0), np.zeros((0, 1)), np.zeros((0, 1)))


# Weights in x, as functions of x.
WEIGHTS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "near": lambda x: 3 * x**2,
    "far": lambda x: 3 * (1 - x) ** 2,
    "S": lambda x: np.full_like(x, 0.75),
    "T": lambda x: 12 * (2 * x - 1) ** 2,
    # with x = 1 + z; in the t channel the sign is the other one
    "ST": lambda x: -6 * (2 * x - 1),
}


@dataclass(frozen=True, eq=False)
class PartonIntegrals:
    """The integrals of one search.

    Parameters
    ----------
    tables, binned
        Of all, and of the search.
    pdf
        Name of the set.
    energy
        Of the collisions, TeV; luminosities are scaled in m/sqrt(S).
    cut
        Only masses below, TeV.
    highpt
        Whether masses that HighPT leaves out are left out.
    window
        Smallest mass of lepton and neutrino, TeV.
    """

    tables: Tables
    binned: Binned
    pdf: str
    energy: float = ENERGY
    cut: float = np.inf
    highpt: bool = False
    window: float = WINDOW

    @cached_property
    def rows(self) -> list[Nodes]:
        """The rules of the bins of partons; empty ones have no nodes."""
        edges = self.binned.rows / 1000
        end = min(self.energy, self.cut)
        kinks = self.tables.mass / 1000 * self.energy / ENERGY
        if self.highpt:
            edges = np.minimum(edges, self.binned.rows_highpt[-1] / 1000)
        found = []
        for low, high in pairwise(edges.tolist()):
            if low >= high:
                found.append(NOTHING)
            elif self.binned.search.charged:
                found.append(of_pt(low, high, end, kinks, self.window))
            else:
                found.append(of_mass(low, min(high, end), kinks) if low < end else NOTHING)
        return found

    @cached_property
    def _luminosity(self) -> list[np.ndarray]:
        """Of each row at its nodes, (25, S)."""
        logs = self.tables.luminosities[self.pdf]
        x = np.log(self.tables.mass / 1000)
        found = []
        for nodes in self.rows:
            at = np.log(np.sqrt(nodes.s) * ENERGY / self.energy)
            # beyond the table there are no partons
            inside = np.where(at > x[-1], 0.0, 1.0)
            found.append(np.array([np.exp(np.interp(at, x, one)) * inside for one in logs]))
        return found

    def of(self, function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
        """Return PB/(144 pi) int ds dx L(s) f(s, x), (25, rows, n) for f -> (n, S, Z).

        In pb TeV^4 for f of dimension zero: amplitudes are in TeV^-2.
        """
        found = []
        for nodes, lumi in zip(self.rows, self._luminosity, strict=True):
            values = function(nodes.s[:, None], nodes.x)
            found.append(lumi @ np.einsum("sz,nsz->sn", nodes.weight, values))
        return PB_TEV2 / (144 * pi) * np.stack(found, axis=1)

    def averaged(
        self,
        weight: str,
        factor: Callable[[np.ndarray], np.ndarray] | None = None,
        u: np.ndarray | None = None,
        t: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the integrals (25, rows, n) of a weight with what propagators leave of one.

        Parameters
        ----------
        weight
            One of :data:`WEIGHTS`.
        factor
            A function of s, such as 1/s; one by default.
        u, t
            1/M^2 in TeV^-2, (n,), of a propagator with x, and of another one with 1 - x, each as P
            - 1; none by default.
        """

        def value(s: np.ndarray, x: np.ndarray) -> np.ndarray:
            w = WEIGHTS[weight](x) * (1.0 if factor is None else factor(s))
            total = np.broadcast_to(w, x.shape)[None]
            if u is not None:
                sx = s * x * u[:, None, None]
                total = -total * sx / (1 + sx)
            if t is not None:
                sx = s * (1 - x) * t[:, None, None]
                total = -total * sx / (1 + sx)
            return np.asarray(total)

        return self.of(value)


def pair(quark: str, antiquark: str) -> int:
    """Return the position of a pair of partons."""
    return PAIRS.index((quark, antiquark))
