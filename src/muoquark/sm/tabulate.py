"""``python -m muoquark.sm.tabulate``: the running of the SM as a table, so that no point waits.

The parameters of :func:`muoquark.sm.running.integrated` for the default inputs, as Chebyshev
expansions in ln mu between M_Z and the Planck scale, panel by panel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.polynomial import chebyshev

from muoquark.common.files import write_arrays
from muoquark.sm.inputs import INPUTS
from muoquark.sm.running import PANELS, TABLE, integrated

__all__ = ["tabulated"]

NODES = 24


def tabulated() -> np.ndarray:
    """Return the expansions, (panels, orders, parameters)."""
    x = -np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    found = []
    for low, high in zip(np.log(PANELS[:-1]), np.log(PANELS[1:]), strict=True):
        scales = np.exp((low + high) / 2 + (high - low) / 2 * x)
        values = np.array([integrated(float(mu), INPUTS) for mu in scales])
        found.append(np.linalg.solve(chebyshev.chebvander(x, NODES - 1), values))
    return np.array(found)


def main(path: Path = TABLE) -> None:
    """Write the table."""
    write_arrays(path, {"expansions": tabulated()}, compressed=True)


if __name__ == "__main__":
    main()
