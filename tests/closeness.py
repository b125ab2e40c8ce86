"""Relative comparison without a floor: pytest.approx lets 1e-12 pass whatever the numbers are."""

from __future__ import annotations

from typing import Any

import pytest

__all__ = ["close"]


def close(expected: Any, rel: float = 1e-6) -> Any:
    """Return what equals numbers within `rel` of `expected`, however small these are.

    An expected zero is equal to zero alone; for another measure give ``abs`` to pytest.approx.
    """
    return pytest.approx(expected, rel=rel, abs=0.0)
