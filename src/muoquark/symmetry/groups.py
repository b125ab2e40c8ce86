"""Invariants of SU(3) x SU(2) x Lorentz by counting weights, exactly.

A representation is known by its character: how often each weight occurs.  Products of fields
multiply characters, identical fields take the symmetric power (bosons) or the antisymmetric one
(fermions, which anticommute), and the number of invariants in the result is read off with Weyl's
formula, n(1) = sum over the Weyl group of sgn(w) mult(w rho - rho).  Integers throughout.

Weights are tuples of Dynkin labels (a, b | t | l, r): two of SU(3), one of SU(2) and one of each
factor of the Lorentz group's SU(2)_l x SU(2)_r.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import NamedTuple

__all__ = [
    "COLOURS",
    "Representation",
    "count_invariants",
    "su2_index",
    "su3_cubic_anomaly",
    "su3_dimension",
    "su3_index",
]

#: Names of SU(3) representations and their Dynkin labels (p, q).
COLOURS: dict[str, tuple[int, int]] = {
    "1": (0, 0),
    "3": (1, 0),
    "3bar": (0, 1),
    "6": (2, 0),
    "6bar": (0, 2),
    "8": (1, 1),
    "10": (3, 0),
    "10bar": (0, 3),
}

Weight = tuple[int, int, int, int, int]

# w rho - rho with the sign of w, for the Weyl groups of SU(3) and of SU(2).
_SU3_WEYL = (((0, 0), 1), ((-2, 1), -1), ((1, -2), -1), ((-3, 0), 1), ((0, -3), 1), ((-2, -2), -1))
_SU2_WEYL = ((0, 1), (-2, -1))


class Representation(NamedTuple):
    """An irreducible representation of SU(3) x SU(2) x Lorentz.

    Attributes
    ----------
    colour
        Dynkin labels (p, q) of SU(3): (1, 0) is the triplet, (0, 1) the antitriplet.
    isospin
        Dimension of the SU(2) representation.
    left, right
        Twice the two spins of the Lorentz group: (1, 0) is a left-handed Weyl spinor, (0, 1) a
        right-handed one, (1, 1) a vector, (2, 0) the self-dual part of a field strength.
    """

    colour: tuple[int, int] = (0, 0)
    isospin: int = 1
    left: int = 0
    right: int = 0

    def conjugate(self) -> Representation:
        """Return the representation of the conjugate field (SU(2) is real or pseudoreal)."""
        return Representation(self.colour[::-1], self.isospin, self.right, self.left)

    @property
    def fermionic(self) -> bool:
        """Whether fields in this representation anticommute."""
        return (self.left + self.right) % 2 == 1


def su3_dimension(colour: tuple[int, int]) -> int:
    """Return the dimension of the SU(3) representation with Dynkin labels (p, q)."""
    p, q = colour
    return (p + 1) * (q + 1) * (p + q + 2) // 2


def su3_index(colour: tuple[int, int]) -> Fraction:
    """Return the Dynkin index of an SU(3) representation, normalised to 1/2 for the triplet."""
    p, q = colour
    return Fraction(su3_dimension(colour) * (p * p + q * q + p * q + 3 * p + 3 * q), 24)


def su3_cubic_anomaly(colour: tuple[int, int]) -> Fraction:
    """Return the cubic anomaly coefficient of an SU(3) representation, 1 for the triplet."""
    p, q = colour
    return Fraction(su3_dimension(colour) * (p - q) * (p + 2 * q + 3) * (2 * p + q + 3), 60)


def su2_index(isospin: int) -> Fraction:
    """Return the Dynkin index of an SU(2) representation by dimension, 1/2 for the doublet."""
    return Fraction(isospin * (isospin**2 - 1), 12)


def _su3_weights(colour: tuple[int, int]) -> Counter[tuple[int, int]]:
    """Weights of SU(3) with multiplicity, from the Gelfand-Tsetlin patterns of (p+q, q, 0)."""
    p, q = colour
    weights: Counter[tuple[int, int]] = Counter()
    # The three rows of a pattern: (p + q, q, 0), (first, second) between them, (third) between
    # these.  Differences of their sums count the indices 1, 2 and 3; differences of these are
    # Dynkin labels.
    for first in range(q, p + q + 1):
        for second in range(q + 1):
            for third in range(second, first + 1):
                rest = p + 2 * q - first - second
                middle = first + second - third
                weights[third - middle, middle - rest] += 1
    return weights


def _su2_weights(dimension: int) -> range:
    return range(1 - dimension, dimension, 2)


@lru_cache(maxsize=256)
def _character(rep: Representation) -> Counter[Weight]:
    character: Counter[Weight] = Counter()
    for ((a, b), multiplicity), t, left, right in product(
        _su3_weights(rep.colour).items(),
        _su2_weights(rep.isospin),
        _su2_weights(rep.left + 1),
        _su2_weights(rep.right + 1),
    ):
        character[a, b, t, left, right] += multiplicity
    return character


def _multiply(one: Counter[Weight], other: Counter[Weight]) -> Counter[Weight]:
    result: Counter[Weight] = Counter()
    for (a, b, t, left, right), m in one.items():
        for (c, d, u, up, down), n in other.items():
            result[a + c, b + d, t + u, left + up, right + down] += m * n
    return result


@lru_cache(maxsize=1024)
def _power(rep: Representation, n: int) -> Counter[Weight]:
    """Character of n identical fields, by Newton's identities for the power sums chi(k w)."""
    if n == 0:
        return Counter({(0, 0, 0, 0, 0): 1})
    total: Counter[Weight] = Counter()
    # n h_n = sum of p_k h_(n-k), with p_k the character at k times each weight; for fermions the
    # sign of p_k alternates.
    for k in range(1, n + 1):
        sign = -1 if rep.fermionic and k % 2 == 0 else 1
        stretched: Counter[Weight] = Counter()
        for (a, b, t, left, right), m in _character(rep).items():
            stretched[k * a, k * b, k * t, k * left, k * right] = sign * m
        for weight, m in _multiply(stretched, _power(rep, n - k)).items():
            total[weight] += m
    # The sum is a multiple of n: nothing is rounded.
    return Counter({weight: m // n for weight, m in total.items() if m})


def count_invariants(factors: tuple[tuple[Representation, int], ...]) -> int:
    """Count the independent invariants in a product of fields without derivatives.

    Parameters
    ----------
    factors
        Pairs (representation, power).  A power n > 1 stands for n *identical* fields; distinct
        fields of the same representation (two generations, say) are separate pairs.

    Returns
    -------
    The number of linearly independent contractions that are invariant under SU(3), SU(2) and
    the Lorentz group and do not vanish by statistics.

    Examples
    --------
    A quark doublet, a lepton doublet and S3 have one contraction; q q S3^dag has one between two
    generations and none within a single one

    >>> q, l = Representation((1, 0), 2, 1, 0), Representation((0, 0), 2, 1, 0)
    >>> s3 = Representation((0, 1), 3)
    >>> count_invariants(((q, 1), (l, 1), (s3, 1)))
    1
    >>> s3_dagger = s3.conjugate()
    >>> count_invariants(((q, 1), (q, 1), (s3_dagger, 1)))
    1
    >>> count_invariants(((q, 2), (s3_dagger, 1)))
    0
    """
    # Sorted, so that the cache knows products that differ in order.
    return _count_sorted(tuple(sorted(factors)))


@lru_cache(maxsize=65536)
def _count_sorted(factors: tuple[tuple[Representation, int], ...]) -> int:
    character: Counter[Weight] = Counter({(0, 0, 0, 0, 0): 1})
    for rep, power in factors:
        character = _multiply(character, _power(rep, power))
    # Weyl's formula for the trivial representation, with the product of the four Weyl groups.
    return sum(
        s * x * y * z * character[a, b, t, left, right]
        for ((a, b), s), (t, x), (left, y), (right, z) in product(
            _SU3_WEYL, _SU2_WEYL, _SU2_WEYL, _SU2_WEYL
        )
    )
