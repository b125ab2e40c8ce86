"""Pairs against published limits: how far a leptoquark is from exclusion, channel by channel.

For a limit M_lim on pairs that decay to one channel with a branching ratio br

    r = sum_k sigma(M_k) (BR_k/br)^2 / sigma(M_lim)

over the components k of a multiplet.  r = 1 is the limit; the cross section that a search excludes
is taken to be the same at all masses, as it nearly is where there is hardly any background.  Limits
of several channels are not combined.  With two channels BR/br is the smaller one of both, so that r
is a lower bound where the branching ratios are not those of the search.  Below 800 GeV, where
searches have background and r is too large, nothing with a BR below 0.3 is called excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.optimize import brentq

from muoquark.collider.decays import Decays
from muoquark.collider.limits import DATES, MassLimit, finals_of, published
from muoquark.collider.rates import pair_rate, table_range

__all__ = [
    "LIGHT",
    "PairRatio",
    "VectorLimit",
    "mass_limit",
    "pair_ratios",
    "uncovered",
    "vector_limits",
]

#: Below this mass in GeV a cross section that is excluded at all masses is no good approximation.
LIGHT = 800.0
_SHARE = 0.3
# A final state is worth mentioning from this branching ratio on.
_WORTH = 0.01


@dataclass(frozen=True)
class PairRatio:
    """How the pairs of one multiplet compare with one limit.

    Attributes
    ----------
    field
        The multiplet.
    limit
        What is published.
    r, low, high
        The ratio, and its range with the error of the cross section.
    shares
        BR/br of the components that decay so, by name.
    light
        Whether a component is below :data:`LIGHT`.
    bound
        Whether a mass lies above the table of rates: r is an upper bound then.
    """

    field: str
    limit: MassLimit
    r: float
    low: float
    high: float
    shares: dict[str, float]
    light: bool = False
    bound: bool = False

    @property
    def excluded(self) -> bool:
        """Whether the limit excludes the leptoquark."""
        return self.r > 1 and (not self.light or max(self.shares.values()) >= _SHARE)

    def known(self, date: str) -> bool:
        """Tell whether the limit counts at one of :data:`~muoquark.collider.limits.DATES`."""
        return self.limit.known(DATES[date])

    def record(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "field": self.field, **self.limit.record(),
            "r": self.r, "r_range": [self.low, self.high],
            "upper_bound": self.bound, "shares": dict(self.shares), "excluded": self.excluded,
            "known": {date: self.known(date) for date in DATES},
        }  # fmt: skip


@dataclass(frozen=True)
class VectorLimit:
    """A limit on vectors beside a vector; the rate depends on kappa and is not calculated.

    Attributes
    ----------
    component, mass, share
        Which component, its mass in GeV, and BR/br of the limit.
    limit
        What is published.
    """

    component: str
    mass: float
    share: float
    limit: MassLimit

    def record(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "component": self.component, "component_mass": self.mass, "share": self.share,
            **self.limit.record(), "below": self.mass < self.limit.mass,
        }  # fmt: skip


def pair_ratios(found: Sequence[Decays]) -> tuple[PairRatio, ...]:
    """Return the ratios of all limits that say something, the largest first.

    Components without a known rate (vectors, other colours, masses below the table) take no part.
    """
    ratios = []
    lowest = table_range()[0]
    for field in dict.fromkeys(one.component.field.name for one in found):
        own = [
            one for one in found
            if one.component.field.name == field and one.component.rated and one.mass >= lowest
        ]  # fmt: skip
        for limit in published().scalar:
            shares = {one.component.name: limit.share(one.branching) for one in own}
            shares = {name: share for name, share in shares.items() if share > 0}
            if not shares:
                continue
            there = [one for one in own if one.component.name in shares]
            rates = [(pair_rate(one.mass), shares[one.component.name] ** 2) for one in there]
            excluded = pair_rate(limit.mass).value
            r, low, high = (
                sum(getattr(rate, end) * share for rate, share in rates) / excluded
                for end in ("value", "low", "high")
            )
            ratios.append(
                PairRatio(
                    field, limit, r, low, high, shares,
                    light=any(one.mass < LIGHT for one in there),
                    bound=any(rate.bound for rate, _ in rates),
                )
            )  # fmt: skip
    return tuple(sorted(ratios, key=lambda one: -one.r))


def vector_limits(found: Sequence[Decays]) -> tuple[VectorLimit, ...]:
    """Return the limits on vectors in channels of the vector components, the highest first."""
    limits = [
        VectorLimit(one.component.name, one.mass, share, limit)
        for one in found
        if one.component.field.spin == "vector" and one.component.field.colour in ("3", "3bar")
        for limit in published().vector
        if (share := limit.share(one.branching)) >= _WORTH
    ]
    return tuple(sorted(limits, key=lambda one: (one.component, -one.limit.mass)))


def uncovered(one: Decays) -> dict[str, float]:
    """Return the branching ratios, from 1 % on, of final states for which no limit is listed."""
    table = published()
    limits = table.vector if one.component.field.spin == "vector" else table.scalar
    seen = {
        final for limit in limits if len(limit.channels) == 1
        for final in finals_of(limit.channels[0], limit.quarks)
    }  # fmt: skip
    return {c: br for c, br in one.branching.items() if br >= _WORTH and c not in seen}


def mass_limit(at: Callable[[float], Sequence[Decays]], date: str) -> float | None:
    """Return the mass in GeV below which pairs exclude a scalar; None if none above 800 GeV.

    Parameters
    ----------
    at
        The decays of its components for a common mass in GeV.
    date
        One of :data:`~muoquark.collider.limits.DATES`.
    """

    def largest(mass: float) -> float:
        return max((x.r for x in pair_ratios(at(mass)) if x.known(date)), default=0.0)

    highest = table_range()[1]
    if largest(LIGHT) < 1:
        return None
    return float(brentq(lambda mass: largest(mass) - 1, LIGHT, highest, xtol=0.1))
