r"""The Warsaw basis (1008.4884) as arrays and as the non-redundant coefficients of WCxf.

A *tensor* C holds an entry for every flavour index; L = sum over all entries of C O, plus
Hermitian conjugate where O is not self-conjugate as a class.  WCxf (1712.05298) lists one name
for each independent operator instead.  Operators that are equal by a permutation of flavour
indices form an orbit; the coefficient of its name is the *sum* of the tensor's entries over the
orbit, which for a symmetric tensor is the entry times the number of equal permutations.
Entries whose operator is the Hermitian conjugate of a listed one are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

import numpy as np
from jaxtyping import Bool, Int

from muoquark.common.arrays import Array

__all__ = [
    "FAMILIES",
    "Family",
    "coefficient_names",
    "from_tensors",
    "gather_table",
    "is_real",
    "known_name",
    "real_components",
    "to_tensors",
]

Index = tuple[int, ...]

# Permutations of (p, r, s, t) that leave an operator unchanged, beside the identity.
SWAP = (2, 3, 0, 1)
FIERZ = (0, 3, 2, 1)
FIERZ_SWAP = (2, 1, 0, 3)


@dataclass(frozen=True)
class Family:
    """A class of operators: its fields per index and the symmetries of its tensor.

    Attributes
    ----------
    fields
        One letter per flavour index (q, u, d, l, e), upper case for the conjugate field.
    hermitian
        Whether the Hermitian conjugate is in the class (conjugation then exchanges the indices in
        pairs).
    symmetries
        Permutations of the indices, beside the identity, that leave the operator as it is.
    """

    fields: str
    hermitian: bool
    symmetries: tuple[tuple[int, ...], ...] = ()

    @property
    def rank(self) -> int:
        """The number of flavour indices."""
        return len(self.fields)

    def orbit(self, index: Index) -> tuple[Index, ...]:
        """All indices whose operator equals that of `index`, sorted."""
        images = {index, *(tuple(index[k] for k in p) for p in self.symmetries)}
        return tuple(sorted(images))

    def conjugate(self, index: Index) -> Index:
        """The index of the Hermitian conjugate operator: pairs exchanged."""
        # 0 <-> 1, 2 <-> 3: the conjugate of a current has its two fields exchanged
        return tuple(index[k ^ 1] for k in range(self.rank))

    def representative(self, index: Index) -> tuple[Index, bool]:
        """Return the listed index for `index` and whether it lists the conjugate operator."""
        # the first of its orbit is the one that WCxf lists
        own = self.orbit(index)[0]
        if not self.hermitian:
            return own, False
        other = self.orbit(self.conjugate(index))[0]
        return (other, True) if other < own else (own, False)


def _families() -> dict[str, Family]:
    bosonic = (
        "G Gtilde W Wtilde phi phiBox phiD phiG phiB phiW phiWB "
        "phiGtilde phiBtilde phiWtilde phiWtildeB"
    ).split()
    result = {name: Family("", True) for name in bosonic}
    for name, fields in {
        "uphi": "Qu", "dphi": "Qd", "ephi": "Le", "eW": "Le", "eB": "Le", "uG": "Qu", "uW": "Qu",
        "uB": "Qu", "dG": "Qd", "dW": "Qd", "dB": "Qd", "phiud": "Ud",
        "ledq": "LeDq", "quqd1": "QuQd", "quqd8": "QuQd", "lequ1": "LeQu", "lequ3": "LeQu",
    }.items():  # fmt: skip
        result[name] = Family(fields, False)
    for name, fields in {
        "phil1": "Ll", "phil3": "Ll", "phie": "Ee", "phiq1": "Qq", "phiq3": "Qq", "phiu": "Uu",
        "phid": "Dd", "lq1": "LlQq", "lq3": "LlQq", "eu": "EeUu", "ed": "EeDd", "ud1": "UuDd",
        "ud8": "UuDd", "le": "LlEe", "lu": "LlUu", "ld": "LlDd", "qe": "QqEe", "qu1": "QqUu",
        "qu8": "QqUu", "qd1": "QqDd", "qd8": "QqDd",
    }.items():  # fmt: skip
        result[name] = Family(fields, True)
    for name, fields in {
        "ll": "LlLl",
        "qq1": "QqQq",
        "qq3": "QqQq",
        "uu": "UuUu",
        "dd": "DdDd",
    }.items():
        result[name] = Family(fields, True, (SWAP,))
    # Singlets: exchanging the two fields of one kind gives the same operator (Fierz).
    result["ee"] = Family("EeEe", True, (SWAP, FIERZ, FIERZ_SWAP))
    return result


FAMILIES: dict[str, Family] = _families()

# Coefficients that violate baryon or lepton number: they are read, written and passed on, but
# no part of this package computes with them, so that no tensor is needed.
_TRIPLES_QQQL = (
    "111 112 113 121 122 123 131 132 133 212 213 222 223 231 232 233 313 323 333"
).split()
VIOLATING: frozenset[str] = frozenset(
    [f"{f}_{p}{r}{s}{t}" for f in ("duql", "duue") for p, r, s, t in product("123", repeat=4)]
    + [f"qque_{p}{r}{s}{t}" for p, r, s, t in product("123", repeat=4) if p <= r]
    + [f"qqql_{triple}{t}" for triple in _TRIPLES_QQQL for t in "123"]
    + [f"llphiphi_{p}{r}" for p, r in product("123", repeat=2) if p <= r]
)


def _name(family: str, index: Index) -> str:
    return f"{family}_{''.join(str(k + 1) for k in index)}" if index else family


@cache
def coefficient_names() -> tuple[str, ...]:
    """Return the names of all coefficients that conserve baryon and lepton number."""
    return tuple(name for family in FAMILIES for name in _names(family))


@lru_cache(maxsize=128)
def _names(family: str) -> tuple[str, ...]:
    one = FAMILIES[family]
    return tuple(
        _name(family, index)
        for index in product(range(3), repeat=one.rank)
        if one.representative(index) == (index, False)
    )


def _split(name: str) -> tuple[Family, Index]:
    family, _, digits = name.partition("_")
    return FAMILIES[family], tuple(int(k) - 1 for k in digits)


@cache
def _known() -> frozenset[str]:
    return frozenset(coefficient_names()) | VIOLATING


def known_name(name: str) -> bool:
    """Whether `name` is a coefficient of the WCxf basis ``Warsaw`` (any baryon number)."""
    return name in _known()


@lru_cache(maxsize=4096)
def is_real(name: str) -> bool:
    """Whether the operator of this name is Hermitian, so that its coefficient is real."""
    if name in VIOLATING:
        return False
    family, index = _split(name)
    return family.hermitian and family.conjugate(index) in family.orbit(index)


def real_components() -> tuple[str, ...]:
    """Return the real components of all coefficients: ``lq1_2222:Re``, ``lq1_2223:Im``, ..."""
    return tuple(
        f"{name}:{part}"
        for name in coefficient_names()
        for part in (("Re",) if is_real(name) else ("Re", "Im"))
    )


def gather_table(
    components: tuple[str, ...], families: tuple[str, ...]
) -> Int[np.ndarray, "components 4"]:
    """Return, per component, the positions of its orbit in the joined tensors, shape (n, 4).

    The tensors of `families` are flattened and joined, with a zero at the end for padding.
    """
    start, position = {}, 0
    for name in families:
        start[name] = position
        position += 3 ** FAMILIES[name].rank
    # every row starts with padding, whose entry is zero, so that a sum over a row needs no mask
    table = np.full((len(components), 4), position)
    for row, component in enumerate(components):
        name = component.partition(":")[0]
        family, index = _split(name)
        first = start[name.partition("_")[0]]
        for column, member in enumerate(family.orbit(index)):
            flat = np.ravel_multi_index(member, (3,) * family.rank) if member else 0
            table[row, column] = first + int(flat)
    return table


def from_tensors(tensors: Mapping[str, Array]) -> dict[str, complex]:
    """Return the non-redundant coefficients of the tensors; exact zeros are left out.

    `tensors` maps families to arrays of shape (3,) * rank; they need not be symmetrised, but a
    Hermitian family must be Hermitian.  Raises KeyError for an unknown family.
    """
    values: dict[str, complex] = {}
    for name, tensor in tensors.items():
        array = np.asarray(tensor, dtype=complex)
        if array.shape != (3,) * FAMILIES[name].rank:
            raise ValueError(f"{name} has the shape {array.shape}")
        names, table, real = _listed(name)
        # a sum over the different operators of the orbit: an entry that is its own image under
        # an exchange counts once
        totals = np.append(array.ravel(), 0.0)[table].sum(axis=1)
        # its imaginary part cancels in the sum but for rounding
        totals[real] = totals[real].real
        values.update((key, x) for key, x in zip(names, totals.tolist(), strict=True) if x != 0)
    return values


@lru_cache(maxsize=128)
def _listed(
    family: str,
) -> tuple[tuple[str, ...], Int[np.ndarray, "names 4"], Bool[np.ndarray, " names"]]:
    """Return the coefficients of a family, where their orbits lie, and which are real."""
    names = _names(family)
    return names, gather_table(names, (family,)), np.array([is_real(name) for name in names])


def to_tensors(values: Mapping[str, complex]) -> dict[str, np.ndarray]:
    """Return symmetric tensors for non-redundant coefficients; inverse of `from_tensors`.

    Only families that occur are returned.  Coefficients that violate baryon or lepton number
    have no tensor here and raise KeyError.
    """
    tensors: dict[str, np.ndarray] = {}
    for key, value in values.items():
        family, index = _split(key)
        name = key.partition("_")[0]
        array = tensors.setdefault(name, np.zeros((3,) * family.rank, complex))
        orbit = family.orbit(index)
        for k in orbit:
            array[k] = value / len(orbit)  # the sum over the orbit is the coefficient again
        if family.hermitian:
            for k in orbit:
                array[family.conjugate(k)] = np.conj(array[k])
    return tensors
