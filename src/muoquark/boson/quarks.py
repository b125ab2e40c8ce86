r"""What the charges leave of Yukawa matrices, and so of the CKM matrix.

In the basis of charges the Yukawa matrices are :math:`U_q \hat Y_d U_d^\dagger`,
:math:`U_q V^\dagger \hat Y_u U_u^\dagger` and :math:`U_l \hat Y_e U_e^\dagger`.  An entry whose
charge is not zero cannot come from a coupling of dimension four to H: it needs another field, a
second Higgs doublet of that charge, or vector-like fermions with a Phi of that charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from muoquark.model.fields import Model
from muoquark.model.point import Point
from muoquark.sm.inputs import sm_at_mz

__all__ = ["Forbidden", "forbidden_yukawas", "sentence"]

# Left field, right field, sign of X_H in the charge of the entry.
_TERMS = {"Yu": ("q", "u", -1), "Yd": ("q", "d", 1), "Ye": ("l", "e", 1)}
# Relative to the largest entry of the matrix: below, it is rounding.
_SMALL = 1e-10


@dataclass(frozen=True)
class Forbidden:
    """An entry of a Yukawa matrix that the masses and V need and the charges forbid.

    Attributes
    ----------
    matrix
        ``Yu``, ``Yd`` or ``Ye``.
    row, column
        Generations from 1, in the basis of charges.
    value
        Its modulus at M_Z.
    charge
        X of the operator without Phi.
    insertions
        How many Phi (or Phi^dagger, negative) make it neutral; None if no number does.
    """

    matrix: str
    row: int
    column: int
    value: float
    charge: Fraction | int
    insertions: int | None

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "matrix": self.matrix, "entry": [self.row, self.column], "value": self.value,
            "charge": str(self.charge), "phi_insertions": self.insertions,
        }  # fmt: skip

    def __str__(self) -> str:
        """Return it in words."""
        how = "no power of Phi makes it neutral"
        if self.insertions is not None:
            field = "Phi" if self.insertions > 0 else "Phi^dagger"
            count = abs(self.insertions)
            how = f"neutral with {count} {field}, dimension {4 + count}"
        entry = f"{self.matrix}[{self.row}][{self.column}] = {self.value:.2g}"
        return f"{entry}, X = {self.charge} ({how})"


def forbidden_yukawas(point: Point) -> tuple[Forbidden, ...]:
    """Return the entries that need other fields."""
    sm = sm_at_mz()
    found: list[Forbidden] = []
    higgs = _charges(point.model, "H")[0]
    phi = _charges(point.model, "Phi")[0]
    one = np.eye(3)
    for name, (left, right, sign) in _TERMS.items():
        U, W = (point.rotations.get(field, one) for field in (left, right))
        # with the singlets of up quarks in their mass basis Yu is V^dagger times a diagonal matrix
        matrix = np.abs(U @ getattr(sm, name) @ W.conj().T)
        L, R = _charges(point.model, left), _charges(point.model, right)
        for row in range(3):
            for column in range(3):
                charge = -L[row] + sign * higgs + R[column]
                value = float(matrix[row, column])
                if charge == 0 or value <= _SMALL * matrix.max():
                    continue
                needed = None
                if phi and Fraction(charge) / phi % 1 == 0:
                    needed = int(-Fraction(charge) / phi)
                found.append(Forbidden(name, row + 1, column + 1, value, charge, needed))
    return tuple(found)


def _charges(model: Model, name: str) -> tuple[Any, ...]:
    for one in model.fields:
        if one.name == name:
            return one.X
    return (0,) if name in ("H", "Phi") else (0, 0, 0)


def sentence(found: tuple[Forbidden, ...]) -> str:
    """Return what the charges leave of the CKM matrix, in words."""
    if not found:
        return "the charges allow every entry of the Yukawa matrices that masses and V need"
    return (
        "masses and V need entries of Yukawa matrices that the charges forbid, and so other fields "
        "(a second Higgs doublet, or vector-like fermions with a scalar, of that charge): "
        + "; ".join(map(str, found))
    )
