"""SM parameters in the names and normalisation of this room, and back.

The Higgs potential is lH |H|^4 + mH2 |H|^2, and the charged leptons' Yukawa matrix falls into
blocks by the charges of B-3L_mu: Ye of electron and tau, ymu of the muon.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Complex

from muoquark.sm.parameters import SM_NAMES, SMParameters

__all__ = ["lepton_blocks", "lepton_matrix", "of_sm", "renamed"]

_ELECTRON_TAU = np.ix_([0, 2], [0, 2])


def lepton_blocks(matrix: Any) -> dict[str, np.ndarray]:
    """Return ``Ye`` (2, 2) and ``ymu`` (1, 1) of a Yukawa matrix (3, 3) of charged leptons."""
    matrix = np.asarray(matrix)
    return {"Ye": matrix[_ELECTRON_TAU], "ymu": matrix[1:2, 1:2]}


def lepton_matrix(couplings: Mapping[str, Any]) -> Complex[np.ndarray, "3 3"]:
    """Return the Yukawa matrix of the charged leptons, (3, 3), from its blocks."""
    matrix = np.zeros((3, 3), complex)
    matrix[_ELECTRON_TAU] = couplings["Ye"]
    matrix[1, 1] = couplings["ymu"][0][0]
    return matrix


def renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return some of the SM parameters, as :class:`SMParameters` names them, as couplings here."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if name == "Ye":
            out |= lepton_blocks(value)
        elif name == "lam":
            out["lH"] = float(value) / 2
        elif name == "m2":
            out["mH2"] = -float(value)
        else:
            out[name] = value
    return out


def of_sm(sm: SMParameters) -> dict[str, Any]:
    """Return all SM parameters as couplings of :func:`muoquark.theory.beta`."""
    return renamed({name: getattr(sm, name) for name in SM_NAMES})
