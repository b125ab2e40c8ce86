r"""The boson as a narrow resonance in di-muons: an estimate.

For a pair of partons, in the normalisation of :mod:`muoquark.likelihood.highpt.integrals`,

.. math:: \sigma = \frac{L(m^2)}{144}\,\frac{1}{m\Gamma}\sum_{\rm chir} |G_q|^2 |G_\mu|^2,

the integral over the peak alone.  It is folded with the share of simulated events of the row of
partons that holds the mass, which knows neither the width nor the resolution within that row, and
stands beside the background of the bins where these events are: no limit, and published limits on
resonances are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.boson.decays import couplings_of, decays
from muoquark.common.constants import GEV2_PB
from muoquark.likelihood.highpt.pack import DOWN, UP, Tables, read_tables
from muoquark.likelihood.highpt.source import PAIRS
from muoquark.model.point import Point

__all__ = ["MASSES", "Resonance", "luminosity", "peak", "resonance"]

#: Masses in GeV for which the estimate is made.
MASSES = (300.0, 6000.0)
PDF = "PDF4LHC21"


@dataclass(frozen=True)
class Resonance:
    """The rate of a narrow peak in di-muons.

    Attributes
    ----------
    cross_section
        pp to X to mu mu at 13 TeV, leading order, in fb.
    luminosity
        Of the search, 1/fb.
    events, background
        In the bins that hold nine tenths of the events of the row: signal, and expected.
    window
        Ends of these bins, GeV.
    """

    cross_section: float
    luminosity: float
    events: float
    background: float
    window: tuple[float, float]

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "estimate": True, "cross_section_times_branching_fb": self.cross_section,
            "luminosity_per_fb": self.luminosity, "events": self.events,
            "background": self.background, "window_GeV": list(self.window),
        }  # fmt: skip


def luminosity(tables: Tables, mass: float, pdf: str = PDF) -> np.ndarray:
    """Return the luminosities of all pairs at a mass in GeV, (25,)."""
    logs = tables.luminosities[pdf]
    at = np.log(mass)
    return np.array([np.exp(np.interp(at, np.log(tables.mass), one)) for one in logs])


def peak(quark: np.ndarray, muon: float, mass: float, width: float) -> np.ndarray:
    """Return the integral over the peak divided by L, in pb, of squared couplings.

    Parameters
    ----------
    quark
        Sums of squared couplings over chiralities.
    muon
        That of the muon.
    mass, width
        GeV.
    """
    # dimensions: the luminosities stand for amplitudes in TeV^-2
    square = quark * muon / (mass * width)
    return np.asarray(GEV2_PB * square / 144)


def resonance(point: Point, tables: Tables | None = None) -> Resonance | None:
    """Return the rate at a point, None beyond the masses of the estimate."""
    boson = point.boson
    if boson is None:
        return None
    tables = tables or read_tables()
    found = decays(point)
    if not MASSES[0] <= found.mass <= MASSES[1] or not found.width:
        return None
    scale = boson.mass if point.mu_M is None else point.mu_M
    root = np.sqrt(1 - boson.mixing**2)
    G = {k: x / root for k, x in couplings_of(boson, point.sm_at(scale).g1).items()}
    muon = float(abs(G["eL"][1, 1]) ** 2 + abs(G["eR"][1, 1]) ** 2)
    binned = tables.searches["dimuon"]
    lumi = luminosity(tables, found.mass)
    row = int(np.searchsorted(binned.rows, found.mass)) - 1
    total, events = 0.0, np.zeros(len(binned.background))
    for kind, names in (("u", UP), ("d", DOWN)):
        for i, antiquark in enumerate(names):
            for j, quark in enumerate(names):
                square = float(abs(G[f"{kind}L"][i, j]) ** 2 + abs(G[f"{kind}R"][i, j]) ** 2)
                alone = peak(np.array(square), muon, found.mass, found.width)
                rate = float(alone * lumi[PAIRS.index((quark, antiquark))]) * 1e3
                total += rate
                if 0 <= row < len(binned.rows) - 1:
                    response = binned.response[("VLL", "Reg_Reg", quark, antiquark)][row]
                    events += rate * binned.luminosity * response
    kept = _window(events)
    low, high = (float(binned.edges[kept[0], 0]), float(binned.edges[kept[-1], 1]))
    return Resonance(
        total, float(binned.luminosity), float(events[kept].sum()),
        float(binned.background[kept].sum()), (low, high),
    )  # fmt: skip


def _window(events: np.ndarray) -> np.ndarray:
    """Return neighbouring bins around the fullest one that hold nine tenths of the events."""
    first = last = int(events.argmax())
    while events[first : last + 1].sum() < 0.9 * events.sum():
        below = events[first - 1] if first > 0 else -1.0
        above = events[last + 1] if last < len(events) - 1 else -1.0
        if below > above:
            first -= 1
        else:
            last += 1
    return np.arange(first, last + 1)
