"""SM parameters as couplings of this room: V = (lam/2) |H|^4 + m2_H |H|^2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muoquark.sm.parameters import SM_NAMES, SMParameters

__all__ = ["of_sm", "renamed"]


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return some of the SM parameters, as :class:`SMParameters` names them, as couplings here.

    Only the Higgs mass has another sign: m2_H = - m2.
    """
    return {
        "m2_H" if name == "m2" else name: -float(value) if name == "m2" else value
        for name, value in values.items()
    }


def of_sm(sm: SMParameters) -> dict[str, Any]:
    """Return all SM parameters as couplings of the theory."""
    return renamed({name: getattr(sm, name) for name in SM_NAMES})
