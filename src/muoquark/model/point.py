"""A point in the parameter space of the S1 + S3 model: an immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, pi, sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError, InputError
from muoquark.sm.parameters import SMParameters, override
from muoquark.sm.running import sm_parameters

__all__ = [
    "COMPLEX_QUARTICS",
    "COUPLINGS",
    "PERTURBATIVE_LIMIT",
    "QUARTICS",
    "REAL_QUARTICS",
    "Point",
]

COUPLINGS = ("eta3L", "eta1L", "eta1R", "etat1R")

# The quartics of the potential beside the Higgs self-coupling, which is the SM's `lam`.
REAL_QUARTICS = (
    "lP", "l1", "l3a", "l3b", "l3c", "lHP", "lH1", "lH3", "leH3", "lP1", "lP3", "l13a", "l13b",
)  # fmt: skip
COMPLEX_QUARTICS = ("lH13", "l13c", "le13")
QUARTICS = REAL_QUARTICS + COMPLEX_QUARTICS

PERTURBATIVE_LIMIT = sqrt(4 * pi)


def _frozen(matrix: Any) -> np.ndarray:
    array = np.array(matrix, dtype=complex)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class Point:
    """Masses and couplings of the leptoquarks S1 and S3 of eq. (3) of the paper.

    Parameters
    ----------
    M1, M3
        MS-bar masses of S1 and S3 in GeV.
    mu_M
        Scale in GeV at which both are integrated out, of all couplings here.  None, the default:
        each at its own mass, of which its couplings are MS-bar couplings (lH13 and terms with
        both: at `common_scale`).
    eta3L, eta1L, eta1R, etat1R
        Complex 3x3 matrices [quark][lepton] in the down-aligned basis, or three numbers, which
        are the muon column.
    quartics
        Leptoquark quartics by name (:data:`QUARTICS`); absent means 0.
    gX, epsBX
        Gauge coupling of U(1)_X and its kinetic mixing, + (eps/2) B_mn X^mn in L; 0 is the
        decoupling limit of the paper.
    sm
        SM couplings at mu_M that replace those run from the measured inputs; they hold at one
        scale, so that different masses need mu_M with them.
    model
        Name of the gauge symmetry.

    Raises
    ------
    InputError
        For a wrong shape, an unknown name, a number that is not finite, or SM couplings at no
        one scale.
    """

    M1: float = 3000.0
    M3: float = 3000.0
    mu_M: float | None = None
    eta3L: np.ndarray = field(default_factory=lambda: np.zeros((3, 3), complex))
    eta1L: np.ndarray = field(default_factory=lambda: np.zeros((3, 3), complex))
    eta1R: np.ndarray = field(default_factory=lambda: np.zeros((3, 3), complex))
    etat1R: np.ndarray = field(default_factory=lambda: np.zeros((3, 3), complex))
    quartics: Mapping[str, float | complex] = field(default_factory=dict)
    gX: float = 0.0
    epsBX: float = 0.0
    sm: Mapping[str, Any] = field(default_factory=dict)
    model: str = "B-3Lmu"

    def __post_init__(self) -> None:
        from muoquark.model.ansatz import muon_column

        for name in COUPLINGS:
            matrix = _frozen(getattr(self, name))
            if matrix.shape == (3,):
                matrix = _frozen(muon_column(matrix))
            if matrix.shape != (3, 3):
                raise InputError(f"{name} has the shape {matrix.shape}, allowed: (3,) or (3, 3)")
            if not np.all(np.isfinite(matrix)):
                raise InputError(f"{name} is not finite")
            object.__setattr__(self, name, matrix)
        for name in ("M1", "M3", "mu_M", "gX", "epsBX"):
            if name == "mu_M" and self.mu_M is None:
                continue
            value = float(getattr(self, name))
            if not isfinite(value) or (name in ("M1", "M3", "mu_M") and value <= 0):
                raise InputError(f"{name} = {value:g} is not a positive finite number")
            object.__setattr__(self, name, value)
        for name, number in self.quartics.items():
            if name not in QUARTICS:
                raise InputError(f"unknown quartic '{name}', allowed: {', '.join(QUARTICS)}")
            if not np.isfinite(number):
                raise InputError(f"the quartic {name} is not finite")
            if name in REAL_QUARTICS and complex(number).imag != 0:
                raise InputError(f"the quartic {name} = {number} must be real")
        object.__setattr__(self, "quartics", MappingProxyType(dict(self.quartics)))
        object.__setattr__(
            self,
            "sm",
            MappingProxyType(
                {k: _frozen(v) if k.startswith("Y") else float(v) for k, v in self.sm.items()}
            ),
        )

        if self.sm and self.mu_M is None and self.M1 != self.M3:
            raise InputError(
                "the SM couplings under 'sm' hold at one scale, but S1 and S3 of different masses "
                "are integrated out at two: set mu_M"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Point):
            return NotImplemented
        scalars = ("M1", "M3", "mu_M", "gX", "epsBX", "model")
        return (
            all(getattr(self, name) == getattr(other, name) for name in scalars)
            and all(np.array_equal(getattr(self, n), getattr(other, n)) for n in COUPLINGS)
            and {k: v for k, v in self.quartics.items() if v != 0}
            == {k: v for k, v in other.quartics.items() if v != 0}
            and self.sm.keys() == other.sm.keys()
            and all(np.array_equal(self.sm[k], other.sm[k]) for k in self.sm)
        )

    def quartic(self, name: str) -> complex:
        """Return a quartic by name, 0 if the point does not set it."""
        return complex(self.quartics.get(name, 0.0))

    @property
    def common_scale(self) -> float:
        """mu_M, without it the geometric mean of the masses: for what needs one scale for all."""
        if self.mu_M is not None:
            return self.mu_M
        return self.M1 if self.M1 == self.M3 else sqrt(self.M1 * self.M3)

    @property
    def sm_parameters(self) -> SMParameters:
        """The SM couplings at `common_scale`, see :meth:`sm_at`."""
        return self.sm_at(self.common_scale)

    def sm_at(self, scale: float) -> SMParameters:
        """The SM couplings at a scale: run from measured inputs, with the point's own on top."""
        return override(sm_parameters(scale), self.sm)

    def is_muoquark(self) -> bool:
        """Whether the leptoquarks couple to muons only."""
        return all(not np.any(getattr(self, name)[:, [0, 2]]) for name in COUPLINGS)

    def check_perturbative(self) -> None:
        """Raise :class:`DomainError` if a Yukawa or a quartic is beyond perturbativity."""
        for name in COUPLINGS:
            largest = float(np.max(np.abs(getattr(self, name))))
            if largest > PERTURBATIVE_LIMIT:
                raise DomainError(
                    f"|{name}| = {largest:.3g} is beyond perturbativity "
                    f"(sqrt(4 pi) = {PERTURBATIVE_LIMIT:.3g}): one-loop matching means nothing here"
                )
        for name, value in self.quartics.items():
            if abs(value) > 4 * pi:
                raise DomainError(f"|{name}| = {abs(value):.3g} is beyond perturbativity (4 pi)")
