r"""Unitary matrices from mass eigenstates to the basis in which U(1)_X charges are diagonal.

.. math:: \psi^{\rm charge}_i = \sum_j U_{ij}\,\psi^{\rm mass}_j

Phases of the fields on the left drop out of :math:`U^\dagger {\rm diag}(X)\, U`, so that three
angles and three phases are the most general rotation:
:math:`U = R_{23} R_{13} R_{12}` with

.. math:: R_{ij} = \begin{pmatrix} \cos t_{ij} & \sin t_{ij}\,e^{-i d_{ij}} \\
          -\sin t_{ij}\,e^{i d_{ij}} & \cos t_{ij} \end{pmatrix},

which is the CKM matrix in its standard parametrisation for :math:`d_{13} = \delta` and no other
phase.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["ALIGNED", "ANGLES", "PHASES", "ROTATED", "Rotation", "matrices", "not_unitary"]

#: Angles and phases by their keys in a card, in radians.
ANGLES, PHASES = ("t12", "t13", "t23"), ("d12", "d13", "d23")
#: Fields that have a rotation.
ROTATED = ("q", "u", "d", "l", "e")
#: Words for those of q: charges are diagonal in the basis of down or of up quarks.
ALIGNED = ("down", "up")


@dataclass(frozen=True)
class Rotation:
    """The rotation of one field as a card gives it.

    Attributes
    ----------
    angles
        By key, each a number or a free parameter; absent ones are zero.
    matrix
        The whole matrix, rows of the basis of charges.
    aligned
        ``up`` (the CKM matrix of the measured inputs) or ``down`` (one), of q.

    Examples
    --------
    >>> abs(Rotation({"t23": 0.1})(complex, np)[1, 2]).round(4)
    np.float64(0.0998)
    """

    angles: Mapping[str, Any] = field(default_factory=dict)
    matrix: tuple[tuple[complex, ...], ...] = ()
    aligned: str = ""

    @property
    def numbers(self) -> list[Any]:
        """The angles and phases, free parameters among them."""
        return list(self.angles.values())

    @property
    def trivial(self) -> bool:
        """Whether nothing is rotated, whatever the values of free parameters."""
        if self.matrix:
            return bool(np.array_equal(np.array(self.matrix), np.eye(3)))
        return self.aligned in ("", "down") and all(
            isinstance(x, int | float) and x == 0 for x in self.angles.values()
        )

    def __call__(self, at: Callable[[Any], Any], xp: Any = np) -> Any:
        """Return the matrix (3, 3); `at` gives the values of numbers and free parameters."""
        if self.matrix:
            return xp.asarray(np.array(self.matrix, dtype=complex))
        if self.aligned == "up":
            return xp.asarray(_ckm())
        result = xp.asarray(np.eye(3, dtype=complex))
        for first, second in ((0, 1), (0, 2), (1, 2)):
            pair = f"{first + 1}{second + 1}"
            if f"t{pair}" not in self.angles:
                continue
            angle = at(self.angles[f"t{pair}"]).real
            phase = at(self.angles.get(f"d{pair}", 0.0)).real
            result = _plane(first, second, angle, phase, xp) @ result
        return result

    def plain(self) -> Any:
        """Return what stands in a card."""
        from muoquark.model.card import plain

        if self.matrix:
            return plain(self.matrix)
        if self.aligned:
            return self.aligned
        return {key: plain(value) for key, value in self.angles.items()}


def _plane(first: int, second: int, angle: Any, phase: Any, xp: Any) -> Any:
    """Return the rotation in the plane of two generations."""
    cos, sin = xp.cos(angle), xp.sin(angle)
    turn = xp.cos(phase) + 1j * xp.sin(phase)
    one, here = np.eye(3), np.zeros((4, 3, 3))
    third = 3 - first - second
    here[0, third, third] = 1.0
    here[1] = one - here[0]
    here[2, first, second], here[3, second, first] = 1.0, 1.0
    return here[0] + cos * here[1] + sin * (xp.conj(turn) * here[2] - turn * here[3])


def _ckm() -> np.ndarray:
    from muoquark.sm.ckm import ckm_matrix
    from muoquark.sm.inputs import INPUTS

    return np.asarray(ckm_matrix(INPUTS.ckm))


def matrices(
    rotations: Mapping[str, Rotation], at: Callable[[Any], Any], xp: Any = np
) -> dict[str, Any]:
    """Return the matrices of all fields that are rotated."""
    return {name: one(at, xp) for name, one in rotations.items() if not one.trivial}


def not_unitary(matrix: Any) -> bool:
    """Whether a matrix is not unitary and 3x3, to 1e-6: numbers of six digits are taken."""
    U = np.asarray(matrix)
    return U.shape != (3, 3) or not np.allclose(U @ U.conj().T, np.eye(3), rtol=0, atol=1e-6)
