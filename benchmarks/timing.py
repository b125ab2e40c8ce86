"""The stopwatch of the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def best(action: Callable[[], Any], repeat: int = 5) -> float:
    """Return the best wall time of `action` in seconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)
