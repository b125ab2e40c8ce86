"""Which entries of the neutrino mass matrices the charges allow, and what they can give.

Dirac entries (i, j) need X_L_i = X_N_j; Majorana entries need X_N_i + X_N_j = 0, or = -+ X_Phi
to come from the vacuum expectation value of Phi.  Ranks are those for generic values of the
allowed entries.  That is decided by matching, without numbers: in the determinant of a generic
symmetric matrix two permutations give the same monomial only if they differ by the direction of
cycles, which leaves their sign unchanged, so that nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations

from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.content import Charge

__all__ = ["Pattern", "SeesawTexture", "connected", "generic_rank", "seesaw_texture"]

#: Rows of a matrix; True where an entry may be non-zero.
Pattern = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class SeesawTexture:
    """Patterns of the seesaw for one charge assignment and one charge of Phi.

    Attributes
    ----------
    dirac
        Entries of the Dirac matrix, rows L and columns N.
    bare, from_phi
        Entries of the Majorana matrix that are bare, and those that come from Phi.
    """

    dirac: Pattern
    bare: Pattern
    from_phi: Pattern

    @property
    def majorana(self) -> Pattern:
        """Entries of the Majorana matrix M_R."""
        return tuple(
            tuple(a or b for a, b in zip(*rows, strict=True))
            for rows in zip(self.bare, self.from_phi, strict=True)
        )

    @property
    def light(self) -> Pattern:
        """Entries of the light mass matrix m_D M_R^-1 m_D^T; all False if M_R is singular."""
        inverse = _inverse(self.majorana)
        return _times(_times(self.dirac, inverse), _transpose(self.dirac))

    @property
    def inverse_light(self) -> Pattern:
        """Entries of m_nu^-1 = m_D^-1T M_R m_D^-1; all False if m_D is singular."""
        inverse = _inverse(self.dirac)
        return _times(_times(_transpose(inverse), self.majorana), inverse)

    @property
    def masses(self) -> int:
        """Number of light neutrinos that the seesaw gives a mass (0 if M_R is singular)."""
        invertible = generic_rank(self.majorana) == len(self.majorana)
        return generic_rank(self.dirac) if invertible else 0

    @property
    def complete(self) -> bool:
        """Whether three masses and a PMNS matrix without a block of zeros come out."""
        return self.masses == 3 and connected(self.light)


def seesaw_texture(assignment: Assignment, phi: Charge | None = None) -> SeesawTexture:
    """Return the patterns of the neutrino mass matrices.

    Parameters
    ----------
    assignment
        The charges.
    phi
        Charge of Phi; without it the Majorana matrix has its bare entries only.

    Examples
    --------
    For B-3L_mu the (mu, mu) entry of M_R stays empty

    >>> x = Assignment((1, 1, 1), *3 * ((0, -9, 0),))
    >>> [[int(entry) for entry in row] for row in seesaw_texture(x, 9).majorana]
    [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    """
    dirac = tuple(tuple(left == right for right in assignment.N) for left in assignment.L)
    bare = tuple(tuple(a + b == 0 for b in assignment.N) for a in assignment.N)
    wanted = () if phi is None else (phi, -phi)
    from_phi = tuple(tuple(a + b in wanted for b in assignment.N) for a in assignment.N)
    return SeesawTexture(dirac, bare, from_phi)


@lru_cache(maxsize=65536)
def generic_rank(pattern: Pattern) -> int:
    """Return the rank of a matrix with generic entries where `pattern` allows any.

    For a symmetric pattern it is the rank of a generic symmetric matrix.
    """
    n = len(pattern)
    for size in range(n, 0, -1):
        for rows in combinations(range(n), size):
            for columns in combinations(range(len(pattern[0])), size):
                if _matched(pattern, rows, columns):
                    return size
    return 0


def connected(pattern: Pattern) -> bool:
    """Whether the non-zero entries of a symmetric pattern link all generations."""
    reached, grown = {0}, True
    while grown:
        more = {j for i in reached for j in range(len(pattern)) if pattern[i][j]} - reached
        reached, grown = reached | more, bool(more)
    return len(reached) == len(pattern)


def _matched(pattern: Pattern, rows: Sequence[int], columns: Sequence[int]) -> bool:
    return any(
        all(pattern[i][j] for i, j in zip(rows, order, strict=True))
        for order in permutations(columns)
    )


@lru_cache(maxsize=65536)
def _inverse(pattern: Pattern) -> Pattern:
    """Non-zero entries of the inverse, by cofactors; all False if it is singular."""
    n = len(pattern)
    if generic_rank(pattern) < n:
        return tuple((False,) * n for _ in range(n))
    without = [[i for i in range(n) if i != skip] for skip in range(n)]
    return tuple(
        tuple(_matched(pattern, without[column], without[row]) for column in range(n))
        for row in range(n)
    )


def _times(one: Pattern, other: Pattern) -> Pattern:
    columns = _transpose(other)
    return tuple(
        tuple(any(a and b for a, b in zip(row, column, strict=True)) for column in columns)
        for row in one
    )


def _transpose(pattern: Pattern) -> Pattern:
    return tuple(zip(*pattern, strict=True))
