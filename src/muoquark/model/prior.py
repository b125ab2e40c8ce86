"""What was known of a free parameter beforehand: the prior that a card states beside its range."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt
from statistics import NormalDist
from typing import Any

from muoquark.common.document import Node

__all__ = ["FLAT", "KINDS", "Prior", "read_prior"]

KINDS = ("flat", "log", "normal")
# A range that holds less than this share of a normal prior is taken for a mistake.
LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class Prior:
    """A prior density of one parameter, zero outside of the parameter's range.

    Attributes
    ----------
    kind
        ``flat`` in the parameter; ``log``, flat in its logarithm; ``normal``, cut off at the ends
        of the range.
    mean, sigma
        Of the normal distribution before it is cut off.
    """

    kind: str = "flat"
    mean: float = 0.0
    sigma: float = 1.0

    def share(self, low: float, high: float) -> float:
        """Return which share of the uncut normal distribution the range holds."""
        a, b = ((x - self.mean) / (sqrt(2) * self.sigma) for x in (low, high))
        return (erf(b) - erf(a)) / 2

    def median(self, low: float, high: float) -> float:
        """Return the median of the prior on a range."""
        if self.kind == "flat":
            return (low + high) / 2
        if self.kind == "log":
            return sqrt(low * high)
        normal = NormalDist(self.mean, self.sigma)
        middle = (normal.cdf(low) + normal.cdf(high)) / 2
        return min(max(normal.inv_cdf(middle), low), high)

    def plain(self) -> Any:
        """Return what a card writes."""
        return {"normal": [self.mean, self.sigma]} if self.kind == "normal" else self.kind

    def describe(self, low: float, high: float) -> str:
        """Return the prior in words."""
        words = {
            "flat": "flat",
            "log": "flat in the logarithm",
            "normal": f"normal({self.mean:g}, {self.sigma:g})",
        }
        return f"{words[self.kind]} on [{low:g}, {high:g}]"


FLAT = Prior()


def read_prior(node: Node, low: float, high: float) -> Prior:
    """Read the value of the key `prior` of a parameter with the range [low, high].

    Every fault is noted at its line; the prior is then flat.
    """
    if node.entries is None:
        kind = node.text(("flat", "log", "{normal: [mean, sigma]}"))
        if kind == "log" and low <= 0:
            node.fault(f"a logarithmic prior needs a positive range, found [{low:g}, {high:g}]")
            return FLAT
        return Prior(kind) if kind in ("flat", "log") else FLAT
    entries = node.mapping(("normal",), required=("normal",))
    pair = entries["normal"].sequence(2) if "normal" in entries else None
    numbers = [x for item in pair or [] if (x := item.real()) is not None]
    if len(numbers) != 2:
        return FLAT
    mean, sigma = numbers
    if sigma <= 0:
        entries["normal"].fault(f"the width of a normal prior is positive, found {sigma:g}")
        return FLAT
    prior = Prior("normal", mean, sigma)
    if prior.share(low, high) < LEAST_SHARE:
        entries["normal"].fault(
            f"the range [{low:g}, {high:g}] holds less than {LEAST_SHARE:g} of this prior"
        )
        return FLAT
    return prior
