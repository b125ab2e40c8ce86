"""All anomaly-free U(1)_X of the Standard Model with three right-handed neutrinos.

With X_q = X_u = X_d = k for all quarks and X_H = 0 the six anomalies leave

    sum L = sum E = sum N = -9 k,   sum L^2 = sum E^2,   2 sum L^3 = sum E^3 + sum N^3

(SU(3)^2 X vanishes by itself).  With a third family of charge k3 they are the same with
9 k -> 3 (2 k + k3), since quarks of one family add nothing to Y X^2, X^3 and gravity^2 X.

Two assignments are equivalent if they differ by a common factor (and so by an overall sign), by
permutations within L, within E and within N, or by adding a multiple of hypercharge, which
X_H = 0 fixes.  Representatives are primitive integers, each triple in ascending order, and the
larger of the two signs.  The range counts integer charges, quarks included.

The solutions are found by looking up sums, not by trying combinations: triples are sorted into
groups of equal (sum, sum of squares) for L and E and of equal (sum, sum of cubes) for N.

Source: 2107.07518 (Greljo:2021npi), which counts 276 solutions up to 10; the method of the
lepton sums is that of 1812.04602 (Allanach:2018vjg).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations
from math import gcd

from muoquark.common.errors import DomainError, InputError
from muoquark.symmetry.assignment import Assignment

__all__ = ["LARGEST_RANGE", "Solution", "canonical", "labelled", "solutions"]

Triple = tuple[int, int, int]

#: Beyond this the catalogue takes minutes and hundreds of thousands of solutions.
LARGEST_RANGE = 40


@dataclass(frozen=True, order=True)
class Solution:
    """One solution up to equivalence: integers, generations not yet named.

    Attributes
    ----------
    k
        Charges of the three quark families; the first two are equal.
    L, E, N
        Charges of the lepton doublets, e_R and nu_R in ascending order.
    """

    k: Triple
    L: Triple
    E: Triple
    N: Triple

    @property
    def universal(self) -> bool:
        """Whether the quark families have one charge."""
        return self.k[0] == self.k[2]

    @property
    def vector_like(self) -> bool:
        """Whether L and E have the same charges, so that all charged leptons can get a mass."""
        return self.L == self.E

    @property
    def trivial(self) -> bool:
        """Whether all charges vanish."""
        return not any(self.k + self.L + self.E + self.N)

    def __str__(self) -> str:
        """Return the charges in one line."""
        return str(Assignment(self.k, self.L, self.E, self.N))


def canonical(k: Sequence[int], L: Sequence[int], E: Sequence[int], N: Sequence[int]) -> Solution:
    """Return the representative of the class of an assignment.

    >>> print(canonical((-2, -2, -2), (0, 18, 0), (0, 18, 0), (0, 18, 0)))
    k = 1, L = (-9, 0, 0), E = (-9, 0, 0), N = (-9, 0, 0)
    """
    divisor = gcd(*k, *L, *E, *N) or 1
    signs = []
    for sign in (divisor, -divisor):
        quarks = tuple(x // sign for x in k)
        leptons = (tuple(sorted(x // sign for x in triple)) for triple in (L, E, N))
        signs.append(Solution(quarks, *leptons))  # type: ignore[arg-type]
    return max(signs)


def solutions(maximum: int = 10, third_family: bool = False) -> tuple[Solution, ...]:
    """Return every solution with integer charges from -maximum to maximum, sorted.

    Parameters
    ----------
    maximum
        Largest absolute charge.
    third_family
        Return instead the solutions whose third quark family has another charge than the
        first two.

    Raises
    ------
    InputError
        If `maximum` is not a positive integer.
    DomainError
        If `maximum` is beyond :data:`LARGEST_RANGE`.

    Examples
    --------
    >>> found = solutions(10)
    >>> len(found), sum(s.vector_like for s in found)
    (276, 255)
    """
    if not isinstance(maximum, int) or isinstance(maximum, bool) or maximum < 1:
        raise InputError(f"the largest charge is {maximum!r}: it must be a positive integer")
    if maximum > LARGEST_RANGE:
        raise DomainError(f"the largest charge is {maximum}: at most {LARGEST_RANGE} is supported")
    found = set()
    for total, L, E, N in _lepton_solutions(maximum):
        for k in _quark_charges(-total, maximum, third_family):
            if gcd(*k, *L, *E, *N) <= 1:
                found.add(canonical(k, L, E, N))
    return tuple(sorted(found))


def _lepton_solutions(maximum: int) -> Iterator[tuple[int, Triple, Triple, Triple]]:
    """Yield (sum, L, E, N) with sum <= 0 for all sorted triples with the sums above."""
    squares: dict[tuple[int, int], list[Triple]] = defaultdict(list)
    cubes: dict[tuple[int, int], list[Triple]] = defaultdict(list)
    for triple in combinations_with_replacement(range(-maximum, maximum + 1), 3):
        total = sum(triple)
        if total <= 0 and total % 3 == 0:  # the other sign is equivalent; quarks are integer
            squares[total, sum(x * x for x in triple)].append(triple)
            cubes[total, sum(x**3 for x in triple)].append(triple)
    for (total, _), group in squares.items():
        with_cubes = [(triple, sum(x**3 for x in triple)) for triple in group]
        for L, cube_l in with_cubes:
            for E, cube_e in with_cubes:
                for N in cubes.get((total, 2 * cube_l - cube_e), ()):
                    yield total, L, E, N


def _quark_charges(minus_total: int, maximum: int, third_family: bool) -> Iterator[Triple]:
    """Yield (k, k, k3) with 3 (2 k + k3) = -sum L: one choice if k3 = k."""
    third = minus_total // 3
    if not third_family:
        if third % 3 == 0 and abs(third // 3) <= maximum:
            yield (third // 3,) * 3
        return
    for k in range(-maximum, maximum + 1):
        k3 = third - 2 * k
        if k3 != k and abs(k3) <= maximum:
            yield k, k, k3


def labelled(solution: Solution, singlet: bool = False) -> tuple[Assignment, ...]:
    """Name the generations of a solution in every inequivalent way.

    The muon is each distinct charge of L in turn (of E with `singlet`, for a leptoquark that
    couples to e_R only); e and tau play the same role, so that their order does not matter.  The
    charges of E and N are put next to equal charges of L as far as there are any.

    >>> found = labelled(canonical((1, 1, 1), *3 * [(0, -9, 0)]))
    >>> [assignment.L for assignment in found]
    [(-9, 0, 0), (0, -9, 0)]
    """
    first, second = (solution.E, solution.L) if singlet else (solution.L, solution.E)
    groups = (solution.k, solution.L, solution.E, solution.N)
    self_conjugate = all(sorted(-x for x in group) == sorted(group) for group in groups)
    result = []
    for muon in sorted(set(first), key=lambda charge: (-abs(charge), charge)):
        if self_conjugate and muon > 0:
            continue  # the overall sign turns it into the labelling with -muon
        rest = list(first)
        rest.remove(muon)
        leading = (rest[0], muon, rest[1])
        following = _aligned(second, leading)
        L, E = (following, leading) if singlet else (leading, following)
        result.append(Assignment(solution.k, L, E, _aligned(solution.N, L)))
    # e <-> tau of the same muon is one labelling; another muon charge is another.
    return tuple(result)


def _aligned(charges: Triple, target: Triple) -> Triple:
    """Return the order of `charges` that agrees with `target` in most places."""
    orders: list[Triple] = sorted(set(permutations(charges)))  # type: ignore[arg-type]
    return max(
        orders,
        key=lambda order: (
            # The muon's own charge first: it decides whether the muon has a mass.
            order[1] == target[1],
            sum(a == b for a, b in zip(order, target, strict=True)),
        ),
    )
