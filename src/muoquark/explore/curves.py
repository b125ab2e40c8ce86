"""The only parameter of a card: Delta chi2 along it, of all data and of groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.explore.exploration import Exploration
from muoquark.explore.planes import chi2_of
from muoquark.inference.profile.bands import VARIES
from muoquark.likelihood.groups import REPRESENTED

__all__ = ["Curve", "curve"]

# Points of a curve.
ALONG = 201


@dataclass(frozen=True)
class Curve:
    """Delta chi2 along the only parameter of a card.

    Attributes
    ----------
    name
        The parameter.
    x, chi2
        Its values, and chi2 - minimum of all data (``global``) and of groups by themselves.
    minimum, best
        The lowest chi2, and where.
    """

    name: str
    x: np.ndarray
    chi2: Mapping[str, np.ndarray]
    minimum: float
    best: float

    def record(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": "curve",
            "x": self.name,
            "y": None,
            "view": [[float(self.x[0]), float(self.x[-1])], [-0.3, 10.0]],
            "points": len(self.x),
            "minimum": self.minimum,
            "best": [self.best, 0.0],
            "lines": [
                {"name": name, "xs": self.x.tolist(), "ys": values.tolist(),
                 "dash": "solid" if name == "global" else "dashed"}
                for name, values in self.chi2.items()
            ],
            "bands": [],
            "sm": False,
            "empty": "",
        }  # fmt: skip


def curve(explorer: Exploration, stop: Callable[[], bool] = lambda: False) -> Curve:
    """Return Delta chi2 along the only parameter of a card."""
    (only,) = explorer.function.parameters
    x = np.linspace(only.low, only.high, ALONG)
    names = explorer.function.names
    found = chi2_of(explorer, x[:, None], stop)
    blocks = [names.index(n) for n in explorer.function.blocks]
    total = found[:, blocks].sum(axis=1)
    k = int(np.argmin(total))
    close = np.linspace(x[max(k - 1, 0)], x[min(k + 1, len(x) - 1)], 41)
    near = chi2_of(explorer, close[:, None], stop)[:, blocks].sum(axis=1)
    minimum, best = float(near.min()), float(close[int(np.argmin(near))])
    chi2 = {"global": total - minimum}
    for name in explorer.likelihood.groups:
        own = found[:, names.index(name)]
        if np.ptp(own) > VARIES:
            chi2[name] = own - own.min()
    chi2 = {n: v for n, v in chi2.items() if REPRESENTED.get(n) not in chi2}
    return Curve(only.name, x, chi2, minimum, best)
