r"""Quartics of two leptoquarks and H^dag H: V = lambda H^dag_i H_j A^dag_B A'_C K_ijBC.

They are read off the terms of the known model.  For a background H they are a matrix U between the
components of the leptoquarks.  Group theory leaves two numbers for one leptoquark,
U = a |H|^2 + c (H^dag sigma^I H) T^I, and c alone between two of one charge (S1 and S3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Complex

from muoquark.model.terms import known_terms
from muoquark.symmetry.generators import SIGMA

from .vertices import SCALARS, generators, scalar_field

__all__ = ["Portal", "portal_terms"]


@dataclass(frozen=True, eq=False)
class Portal:
    """One term.

    Attributes
    ----------
    name
        Of its coupling.
    real
        Whether that is real.
    left, right
        A (conjugated) and A'.
    tensor
        K, [i, j, B, C].
    plain, triplet
        Of one leptoquark: a and c, in units of the coupling.
    """

    name: str
    real: bool
    left: str
    right: str
    tensor: Complex[np.ndarray, "2 2 B C"]
    plain: float = 0.0
    triplet: float = 0.0

    @property
    def mixes(self) -> bool:
        """Whether it joins two different leptoquarks."""
        return self.left != self.right

    def at(self, higgs: Complex[np.ndarray, " 2"]) -> Complex[np.ndarray, "B C"]:
        """Return U_BC for a background H, without the coupling and its conjugate term."""
        return np.asarray(np.einsum("i,j,ijBC->BC", higgs.conj(), higgs, self.tensor))


@cache
def portal_terms() -> tuple[Portal, ...]:
    """Return the quartics of H^dag H and two of the leptoquarks here."""
    out: list[Portal] = []
    for term in known_terms():
        slots, fields = term.contraction.slots, term.contraction.fields
        heavy = [k for k, field in enumerate(fields) if field.name in SCALARS]
        higgs = [k for k, field in enumerate(fields) if field.name == "H"]
        if len(slots) != 4 or len(heavy) != 2 or len(higgs) != 2:
            continue
        # conjugated ones first; colours alike and contracted
        order = [*sorted(higgs, key=lambda k: not slots[k].dagger)]
        order += sorted(heavy, key=lambda k: not slots[k].dagger)
        shape: list[int] = []
        index: list[Any] = []
        for field in fields:
            shape += [1 if field.colour == "1" else 3, field.isospin]
            index += [0, slice(None)]
        tensor = np.asarray(term.contraction.array.reshape(shape)[tuple(index)]).transpose(order)
        left, right = (slots[k].name for k in order[2:])
        plain, triplet = _numbers(left, tensor) if left == right else (0.0, 0.0)
        out.append(Portal(term.coupling, term.real, left, right, tensor, plain, triplet))
    return tuple(out)


def _numbers(name: str, tensor: Complex[np.ndarray, "2 2 n n"]) -> tuple[float, float]:
    """Return a and c of K = a delta_ij delta_BC + c sigma^I_ij T^I_BC; raises if there is more."""
    n = tensor.shape[-1]
    spins = generators(scalar_field(name).isospin, False)
    one = np.einsum("ij,BC->ijBC", np.eye(2), np.eye(n))
    turned = np.einsum("Iij,IBC->ijBC", SIGMA, spins)
    a = float(np.einsum("ijBC,ijBC->", one, tensor).real) / (2 * n)
    norm = float(np.einsum("ijBC,ijBC->", turned.conj(), turned).real)
    c = float(np.einsum("ijBC,ijBC->", turned.conj(), tensor).real) / norm if norm else 0.0
    if np.abs(tensor - a * one - c * turned).max() > 1e-12:
        raise ArithmeticError(f"a portal of {name} is no |H|^2 or H^dag sigma H")
    return a, c
