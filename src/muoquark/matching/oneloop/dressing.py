"""Gauge bosons and the Higgs between two legs of a four-fermion operator: Dirac and group numbers.

At zero momentum a loop between two legs multiplies the operator's Dirac structure by gamma matrices
and 1/d; the pole times the terms of order eps of that product is what depends on the treatment of
evanescent operators.  In the scheme ``greek`` the products are reduced with the Greek projections
(NDR), in ``naive`` in four dimensions, where 1/d = (1 + eps/2)/4 is all that is left.
`tools/derivation/evanescent.py` derives the numbers.

A structure is a vector of equal (``VLL``) or opposite chiralities (``VLR``), scalar and tensor of
equal chirality (``ST``) or a scalar of opposite ones (``SLR``).  Legs are numbered as in
(1bar 2)(3bar 4): a pair is a *line* (1,2), (3,4), *parallel* (1,3), (2,4) or *across* (1,4), (2,3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Complex

from muoquark.smeft.warsaw import FAMILIES
from muoquark.symmetry.generators import EPS, GELL_MANN, SIGMA

from .sectors import fraction
from .vertices import DOUBLETS, QUARKS, Fermion, mass_terms

__all__ = [
    "GAUGE",
    "HIGGS",
    "SCHEMES",
    "GaugePair",
    "HiggsPair",
    "constant",
    "gauge_pairs",
    "higgs_pairs",
    "kind",
]

SCHEMES = ("greek", "naive")
PAIRS = ((0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2))
_TYPES = ("line", "line", "parallel", "parallel", "across", "across")

#: (pole, term of order eps) of two gamma matrices on either leg, over d: from, to -> numbers.
GAUGE: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    "line": {
        ("VLL", "VLL"): (1, -3 / 2),
        ("VLR", "VLR"): (1, -3 / 2),
        ("S", "S"): (4, -2),
        ("T", "T"): (0, 0),
    },
    "parallel": {
        ("VLL", "VLL"): (4, 1),
        ("VLR", "VLR"): (1, 3 / 2),
        ("S", "S"): (1, 0),
        ("S", "T"): (-1 / 4, -1 / 8),
        ("T", "S"): (-12, 14),
        ("T", "T"): (3, 0),
    },
    "across": {
        ("VLL", "VLL"): (1, -3 / 2),
        ("VLR", "VLR"): (4, -2),
        ("S", "S"): (1, 0),
        ("S", "T"): (1 / 4, 1 / 8),
        ("T", "S"): (12, -14),
        ("T", "T"): (3, -2),
    },
}
#: The same for one gamma matrix on either leg; the two momenta of parallel legs are opposite.
HIGGS: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    "line": {
        ("VLL", "VLR"): (-1 / 2, 1 / 4),
        ("VLR", "VLL"): (-1 / 2, 1 / 4),
        ("S", "SLR"): (1, 0),
        ("T", "SLR"): (0, 0),
    },
    "parallel": {
        ("VLL", "S"): (-1, 0),
        ("VLL", "T"): (1 / 4, 1 / 8),
        ("VLR", "SLR"): (-1, -3 / 2),
        ("S", "VLL"): (-1 / 4, -1 / 8),
        ("T", "VLL"): (3, 1),
    },
    "across": {
        ("VLL", "SLR"): (1, -3 / 2),
        ("VLR", "S"): (1, 0),
        ("VLR", "T"): (1 / 4, 1 / 8),
        ("S", "VLR"): (1 / 4, 1 / 8),
        ("T", "VLR"): (3, -2),
    },
}


def constant(numbers: tuple[float, float], scheme: str) -> float:
    """Return the term of order eps in a scheme."""
    return numbers[1] if scheme == "greek" else 0.5 * numbers[0]


def kind(family: str) -> str:
    """Return the Dirac structure of a class of operators, S and T for the two of ``ST``."""
    if family == "lequ3":
        return "T"
    legs = FAMILIES[family].fields.lower()
    left = [letter in DOUBLETS for letter in legs]
    if left[0] == left[1]:
        return "VLL" if left[0] == left[2] else "VLR"
    # (lbar e)(qbar u) against (lbar e)(dbar q)
    return "S" if left[0] == left[2] else "SLR"


def _fermions(family: str) -> list[Fermion]:
    return [Fermion(letter.lower()) for letter in FAMILIES[family].fields]


@lru_cache(maxsize=64)
def _isospin(family: str) -> Complex[np.ndarray, "i j k m"]:
    """Return the isospin tensor of an operator; that of colour is delta in every quark pair."""
    n = [2 if f.name in DOUBLETS else 1 for f in _fermions(family)]
    if family in ("lq3", "qq3"):
        return np.asarray(np.einsum("Aij,Akm->ijkm", SIGMA, SIGMA))
    if family in ("lequ1", "lequ3"):
        return np.asarray(np.einsum("ik,jm->ijkm", EPS, np.ones((1, 1))), complex)
    if family == "ledq":
        return np.asarray(np.einsum("im,jk->ijkm", np.eye(2), np.ones((1, 1))), complex)
    return np.asarray(np.einsum("ij,km->ijkm", np.eye(n[0], n[1]), np.eye(n[2], n[3])), complex)


def _on_leg(family: str, leg: int, generator: Complex[np.ndarray, "n n"]) -> np.ndarray:
    """Return the isospin tensor with a generator on one leg, -T^T on barred ones."""
    tensor = _isospin(family)
    # the coefficient of a field psi that turns with T turns from the right
    matrix = generator.T if leg % 2 else -generator
    return np.moveaxis(np.tensordot(matrix, tensor, (1, leg)), 0, leg)


@dataclass(frozen=True)
class GaugePair:
    """A gauge boson between two legs of one class of operators.

    Attributes
    ----------
    source, target
        Classes of operators.
    pair, type
        The two legs, and which kind of pair they are.
    hypercharge, isospin, colour
        t.t of the three groups, t the generators on the fields (the conjugate ones on barred ones).
    """

    source: str
    target: str
    pair: tuple[int, int]
    type: str
    hypercharge: float
    isospin: float
    colour: float


@lru_cache(maxsize=64)
def gauge_pairs(family: str, targets: tuple[str, ...]) -> tuple[GaugePair, ...]:
    """Return the gauge bosons between the legs of an operator, within some classes."""
    fermions = _fermions(family)
    out = []
    half = SIGMA / 2
    for pair, name in zip(PAIRS, _TYPES, strict=True):
        a, b = pair
        sign = 1.0 if a % 2 == b % 2 else -1.0
        y = sign * fermions[a].hypercharge * fermions[b].hypercharge
        both_quarks = fermions[a].name in QUARKS and fermions[b].name in QUARKS
        # quarks of an exchange are one colour singlet
        g = -_casimir_of_colour() if both_quarks else 0.0
        spin = np.zeros_like(_isospin(family))
        if fermions[a].name in DOUBLETS and fermions[b].name in DOUBLETS:
            for t in half:
                one = _on_leg(family, a, t)
                matrix = t.T if b % 2 else -t
                spin = spin + np.moveaxis(np.tensordot(matrix, one, (1, b)), 0, b)
        weak = _decomposed(spin, targets, kind(family))
        for target in targets:
            w = weak.get(target, 0.0)
            own = _isospin(target).shape == _isospin(family).shape and np.allclose(
                _isospin(target), _isospin(family), rtol=0, atol=1e-12
            )
            number = 1.0 if own else 0.0
            if w or number:
                out.append(GaugePair(family, target, pair, name, number * y, w, number * g))
    return tuple(out)


def _casimir_of_colour() -> float:
    half = GELL_MANN / 2
    return fraction(np.einsum("Axy,Ayx->", half, half) / 3)


def _decomposed(tensor: np.ndarray, targets: tuple[str, ...], own: str) -> dict[str, float]:
    """Write an isospin tensor in those of some classes; S and T have the same."""
    if not np.abs(tensor).max() > 1e-12:
        return {}
    # one tensor for S and T: the Dirac matrices say which is meant
    names = [t for t in targets if _isospin(t).shape == tensor.shape]
    kept: list[str] = []
    for name in names:
        if all(not np.allclose(_isospin(name), _isospin(k), rtol=0, atol=1e-12) for k in kept):
            kept.append(name)
    matrix = np.array([_isospin(name).ravel() for name in kept]).T
    numbers, *_ = np.linalg.lstsq(matrix, tensor.ravel(), rcond=None)
    if np.abs(matrix @ numbers - tensor.ravel()).max() > 1e-10:
        raise ArithmeticError(f"isospin leaves {', '.join(targets)}")
    found = {name: fraction(x) for name, x in zip(kept, numbers, strict=True)}
    return {
        name: value
        for name in names
        for k, value in found.items()
        if np.allclose(_isospin(name), _isospin(k), rtol=0, atol=1e-12) and value
    }


@dataclass(frozen=True)
class HiggsPair:
    """A Higgs between two legs of one class of operators.

    Attributes
    ----------
    source, target
        Classes of operators.
    pair, type
        The two legs, and which kind of pair they are.
    yukawas
        Name and treatment of the matrix on either leg: [new, old] index.
    order
        Position of each leg of the result in the target.
    conjugate
        Whether the result is the conjugate of the target's operator.
    number
        Isospin.
    """

    source: str
    target: str
    pair: tuple[int, int]
    type: str
    yukawas: tuple[tuple[str, str], tuple[str, str]]
    order: tuple[int, int, int, int]
    conjugate: bool
    number: float


@dataclass(frozen=True, eq=False)
class _Turn:
    """What a leg becomes by a Yukawa coupling: new field, matrix [new, old], and the Higgs."""

    new: Fermion
    yukawa: str
    how: str
    dagger: bool
    tensor: Complex[np.ndarray, "new old H"]


def _turns(field: Fermion, bar: bool) -> list[_Turn]:
    """Return what a leg may become."""
    out = []
    for term in mass_terms():
        # an unbarred leg psi ends at psibar M psi', a barred one at psi'bar M psi
        if not bar and term.left == field and not term.right.conjugated:
            turned = term.tensor.transpose(1, 0, 2)
            how = {"": "T", "H": "*"}[term.how]
            out.append(_Turn(term.right, term.yukawa, how, term.dagger, turned))
        elif bar and term.right == field and not term.left.conjugated:
            out.append(_Turn(term.left, term.yukawa, term.how, term.dagger, term.tensor))
    return out


@lru_cache(maxsize=64)
def higgs_pairs(family: str) -> tuple[HiggsPair, ...]:
    """Return all ways in which the Higgs joins two legs of an operator."""
    fermions = _fermions(family)
    out = []
    for pair, name in zip(PAIRS, _TYPES, strict=True):
        a, b = pair
        for one in _turns(fermions[a], a % 2 == 0):
            for two in _turns(fermions[b], b % 2 == 0):
                if one.dagger == two.dagger:
                    continue
                tensor = _isospin(family)
                letters = "ijkm"
                new = letters.replace(letters[a], "A").replace(letters[b], "B")
                tensor = np.einsum(
                    f"{letters},A{letters[a]}h,B{letters[b]}h->{new}", tensor, one.tensor,
                    two.tensor,
                )  # fmt: skip
                legs = list(fermions)
                legs[a], legs[b] = one.new, two.new
                yukawas = ((one.yukawa, one.how), (two.yukawa, two.how))
                out += _results(family, pair, name, yukawas, legs, tensor)
    return tuple(out)


def _results(
    family: str,
    pair: tuple[int, int],
    name: str,
    yukawas: tuple[tuple[str, str], tuple[str, str]],
    legs: list[Fermion],
    tensor: np.ndarray,
) -> list[HiggsPair]:
    """Find the classes of operators that a product of two bilinears is in."""
    if not np.abs(tensor).max() > 1e-12:
        return []
    names = [leg.name for leg in legs]
    for order in ((0, 1, 2, 3), (2, 3, 0, 1)):
        for conjugate in (False, True):
            # the conjugate of (1bar 2)(3bar 4) is (2bar 1)(4bar 3)
            p, r, s, t = (k ^ 1 if conjugate else k for k in order)
            place = (p, r, s, t)
            wanted = [names[k] for k in place]
            targets = tuple(
                other
                for other, entry in FAMILIES.items()
                if len(entry.fields) == 4 and list(entry.fields.lower()) == wanted
                and other not in ("ud8", "qu8", "qd8", "quqd8")
            )  # fmt: skip
            if not targets:
                continue
            turned = tensor.transpose(place)
            turned = turned.conj() if conjugate else turned
            numbers = _decomposed(turned, targets, "")
            return [
                HiggsPair(family, target, pair, name, yukawas, place, conjugate, number)
                for target, number in numbers.items()
            ]
    raise ArithmeticError(f"{' '.join(names)} is no operator of the Warsaw basis")
