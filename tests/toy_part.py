"""A counting experiment in one coefficient: a part of the likelihood for the tests."""

from __future__ import annotations

from muoquark.likelihood.observable import Observable
from muoquark.likelihood.part import FunctionPart, measured, smeft
from muoquark.likelihood.pdfs import Poisson

EVENTS = Observable.of("N(pp->mumu)", m_min=1200.0)
NAME = "CMS pp->mumu 2021"
COUNTS = Poisson(74.0, 63.0, 6.0)


def counting(scale=1000.0, block="dimuon", name="counting"):
    """Signal events 12 c + 45 c^2 with c = lq1_2211 in TeV^-2 at `scale`."""

    def events(low, xp):
        c = 1e6 * low[..., 0]
        return xp.stack([12.0 * c + 45.0 * c**2], axis=-1)

    return FunctionPart(
        name=name,
        data=measured(block, {NAME: {EVENTS: COUNTS}}, {NAME: {"inspire": "CMS:2021ctt"}}),
        targets=(smeft("lq1_2211:Re", scale),),
        function=events,
        cited=[("CMS:2021ctt", "yields of dimuon events")],
    )


SOURCE = """
from typing import Literal

from muoquark.likelihood.observable import Observable
from muoquark.likelihood.part import FunctionPart, measured, smeft
from muoquark.likelihood.pdfs import Poisson


def part(luminosity: float = 140.0, order: Literal["linear", "quadratic"] = "quadratic",
         bins: int = 1, blind: bool = False):
    share = luminosity / 140.0
    counts = Poisson(round(74 * share), 63.0 * share, 6.0 * share)

    def events(low, xp):
        c = 1e6 * low[..., 0]
        return share * xp.stack([12.0 * c + 45.0 * (order == "quadratic") * c**2], axis=-1)

    events_of = Observable.of("N(pp->mumu)", m_min=1200.0)
    return FunctionPart(
        name="counting",
        data=measured("dimuon", {"CMS pp->mumu 2021": {events_of: counts}}),
        targets=(smeft("lq1_2211:Re", 1000.0),),
        function=events,
    )
"""
