"""The couplings of the SM at one scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Inexact

from muoquark.sm.ckm import CKMInput, ckm_parameters

__all__ = ["SM_NAMES", "SMParameters", "override"]


@dataclass(frozen=True, eq=False)
class SMParameters:
    """The couplings of the SM at one scale, in the conventions of wilson.

    Attributes
    ----------
    scale
        GeV.
    g1, g2, g3
        Gauge couplings; g1 = g' (hypercharge, not GUT-normalised).
    Yu, Yd, Ye
        Matrices of -L = qbar Yu Htilde u + qbar Yd H d + lbar Ye H e, [row][column]; real ones are
        taken, and held as complex ones that cannot be written to.
    lam, m2
        Of V = -m2 |H|^2 + (lam/2) |H|^4; m2 in GeV^2.
    """

    scale: float
    g1: float
    g2: float
    g3: float
    Yu: Inexact[np.ndarray, "3 3"]
    Yd: Inexact[np.ndarray, "3 3"]
    Ye: Inexact[np.ndarray, "3 3"]
    lam: float
    m2: float

    def __post_init__(self) -> None:
        for name in ("Yu", "Yd", "Ye"):
            matrix = np.array(getattr(self, name), dtype=complex)
            matrix.flags.writeable = False
            object.__setattr__(self, name, matrix)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SMParameters):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )

    @property
    def ckm(self) -> CKMInput:
        """The CKM parameters at this scale (from the misalignment of Yu and Yd)."""
        return ckm_parameters(_left(self.Yu).conj().T @ _left(self.Yd))


SM_NAMES = tuple(f.name for f in fields(SMParameters) if f.name != "scale")


def _left(matrix: Inexact[np.ndarray, "3 3"]) -> Inexact[np.ndarray, "3 3"]:
    """Left unitary matrix of the singular value decomposition, light to heavy."""
    return np.linalg.svd(matrix)[0][:, ::-1]


def override(sm: SMParameters, values: Mapping[str, float | np.ndarray]) -> SMParameters:
    """Return `sm` with some parameters replaced by the user's own (the card's ``sm:``)."""
    return replace(sm, **values)  # type: ignore[arg-type]
