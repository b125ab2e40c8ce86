r"""Tree-level exchange of any heavy scalar or vector, from the terms of a model.

A field S with :math:`\mathcal L \supset -(J\,S + \text{h.c.})` leaves
:math:`+J^\dagger J/M^2` if it is a scalar and :math:`-J^\dagger_\mu J^\mu/M^2` if it is a vector
(the sign of the coupling drops out).  J is a sum of bilinears, one for each term with two fermions.
The product of two is written as a tensor over spinor, colour and isospin indices of its four
fermions, and that of every Warsaw operator with these fermions as well; a linear system gives the
coefficients, Fierz identities included.  They are fractions, are found once for a model, and say
with which flavour indices the two couplings enter.  A product that the Warsaw basis does not
contain is never dropped: it is told when both couplings are there.

Conventions: ``docs/matching.md``; :math:`\overline{\psi^c} = \psi^T C`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Num

from muoquark.common.arrays import namespace
from muoquark.common.errors import DomainError
from muoquark.model.fields import Model
from muoquark.model.terms import Term
from muoquark.smeft.tensors import Coefficients
from muoquark.smeft.warsaw import FAMILIES
from muoquark.symmetry.generators import EPS, GELL_MANN, SIGMA

__all__ = ["Exchange", "ExchangeTable", "check_exchange", "exchange_table", "exchanged_alone"]

# Dirac matrices in the chiral basis.
_ZERO, _ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array(
    [np.block([[_ZERO, _ONE], [_ONE, _ZERO]])]
    + [np.block([[_ZERO, s], [-s, _ZERO]]) for s in SIGMA]
)
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
CHARGE_CONJUGATION = 1j * GAMMA[2] @ GAMMA[0]
_SIGMA_MN = 0.5j * (
    np.einsum("mab,nbc->mnac", GAMMA, GAMMA) - np.einsum("nab,mbc->mnac", GAMMA, GAMMA)
)
# what stands between the two bilinears of an operator
_DIRAC = {
    "vector": np.einsum("mn,mab,ncd->abcd", METRIC, GAMMA, GAMMA),
    "scalar": np.einsum("ab,cd->abcd", np.eye(4), np.eye(4)),
    "tensor": np.einsum("mp,nq,mnab,pqcd->abcd", METRIC, METRIC, _SIGMA_MN, _SIGMA_MN),
}
_DOUBLETS, _QUARKS = "ql", "qud"
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Leg:
    """A fermion of an operator: its field, and whether it is barred."""

    field: str
    bar: bool


@dataclass(frozen=True)
class _Current:
    """A bilinear: J for the field as it stands, not its conjugate.

    Attributes
    ----------
    coupling
        Name of the coupling.
    conjugated
        Whether its conjugate multiplies the bilinear.
    legs
        Its two fermions.
    flavour
        Which leg each index of the coupling belongs to.
    dirac
        Matrices between the two spinors, one for each component of the heavy field's spin.
    gauge
        Over the components of both fermions and of the heavy field.
    """

    coupling: str
    conjugated: bool
    legs: tuple[Leg, Leg]
    flavour: tuple[int, int]
    dirac: Num[np.ndarray, "spin 4 4"]
    gauge: Num[np.ndarray, "one two heavy"]

    def dagger(self) -> _Current:
        """Return the Hermitian conjugate bilinear."""
        one, two = self.legs
        # (psibar G chi)^+ = chibar gamma0 G^+ gamma0 psi, and with psi^T in the place of psibar
        # (psi^T G chi)^+ = chibar gamma0 G^+ gamma0^T psibar^T; gamma0 is symmetric
        matrices = np.array([GAMMA[0] @ g.conj().T @ GAMMA[0] for g in self.dirac])
        return _Current(
            self.coupling,
            not self.conjugated,
            (Leg(two.field, not two.bar), Leg(one.field, not one.bar)),
            (1 - self.flavour[0], 1 - self.flavour[1]),
            matrices,
            self.gauge.conj().transpose(1, 0, 2),
        )


@dataclass(frozen=True)
class Exchange:
    """What one pair of couplings gives to one class of operators.

    Attributes
    ----------
    field
        The heavy field; its mass is M.
    family
        Warsaw operators, ``lq1``.
    number
        In front, in units of 1/M^2.
    couplings
        The two couplings, the first of the conjugate bilinear.
    conjugated
        Whether their conjugates enter.
    spec
        Of ``einsum``, from their indices to those of the operator.
    """

    field: str
    family: str
    number: Fraction
    couplings: tuple[str, str]
    conjugated: tuple[bool, bool]
    spec: str

    def __str__(self) -> str:
        """Return the entry as a formula."""
        indices = self.spec.split("->")[0].split(",")
        parts = [
            f"{name}{'*' if bar else ''}_{letters}"
            for name, bar, letters in zip(self.couplings, self.conjugated, indices, strict=True)
        ]
        return f"{self.family}_prst += {self.number} {' '.join(parts)} / M_{self.field}^2"


@dataclass(frozen=True)
class ExchangeTable:
    """The tree level of a model.

    Attributes
    ----------
    entries
        What is computed.
    outside
        Pairs of couplings whose product is not in the Warsaw basis, and why.
    """

    entries: tuple[Exchange, ...]
    outside: tuple[tuple[str, str, str], ...]

    def __call__(
        self,
        couplings: Mapping[str, Any],
        masses: Mapping[str, Any],
        fields: Iterable[str] | None = None,
    ) -> Coefficients:
        """Return the coefficients in GeV^-2, arrays of numpy or JAX.

        Parameters
        ----------
        couplings
            Complex 3x3 matrices by name; an absent one is zero.
        masses
            In GeV by field; a field without a mass is not there.
        fields
            Only the exchange of these.
        """
        wanted = set(masses if fields is None else fields) & set(masses)
        out: Coefficients = {}
        for entry in self.entries:
            if entry.field not in wanted or any(c not in couplings for c in entry.couplings):
                continue
            one, two = (
                couplings[name].conj() if bar else couplings[name]
                for name, bar in zip(entry.couplings, entry.conjugated, strict=True)
            )
            xp = namespace(one)
            value = xp.einsum(entry.spec, one, two) * float(entry.number)
            value = value / masses[entry.field] ** 2
            out[entry.family] = out[entry.family] + value if entry.family in out else value
        return out

    def check(self, nonzero: Iterable[str]) -> None:
        """Raise DomainError if couplings that are not zero give what no operator here describes."""
        there = set(nonzero)
        for one, two, why in self.outside:
            if {one, two} <= there:
                names = one if one == two else f"{one} and {two}"
                raise DomainError(f"{names}: {why}")


@lru_cache(maxsize=16)
def exchange_table(model: Model) -> ExchangeTable:
    """Return the tree level of all heavy fields of a model."""
    currents: dict[str, list[_Current]] = {}
    outside: list[tuple[str, str, str]] = []
    # of the terms only these: the potential may be out of reach, and takes no part
    for term in model.heavy_couplings.values():
        if not term.contraction.allowed:
            continue
        heavy = next(f for f in term.fields if not f.fermion)
        strange = [f.name for f in term.fields if f.fermion and f.name not in "qudle"]
        if strange:
            why = f"{strange[0]} is no field of the SMEFT; set the coupling to zero"
            outside.append((term.coupling, term.coupling, why))
            continue
        currents.setdefault(heavy.name, []).append(_current(term))
    entries: list[Exchange] = []
    for name, found in currents.items():
        for one, two in itertools.product(found, repeat=2):
            product = _product(name, one.dagger(), two)
            if isinstance(product, str):
                outside.append((one.coupling, two.coupling, product))
            else:
                entries += product
    return ExchangeTable(tuple(entries), tuple(outside))


def check_exchange(model: Model, couplings: Iterable[str], quartics: Iterable[str] = ()) -> None:
    """Raise DomainError for what is exchanged at tree level and not calculated.

    Parameters
    ----------
    couplings, quartics
        Names of those that are not zero.
    """
    exchange_table(model).check(couplings)
    for name in quartics:
        heavy = exchanged_alone(model.quartics[name])
        if heavy is not None:
            raise DomainError(
                f"{name}: the exchange of {heavy} with three H gives |H|^6 and Yukawa couplings "
                "with |H|^2 at tree level, which are not calculated; set it to zero"
            )


def exchanged_alone(quartic: Term) -> str | None:
    """Return the heavy field of a quartic of one such field and three H, else None.

    All others take two heavy fields, whose exchange is beyond dimension six.
    """
    heavy = [field.name for field in quartic.fields if field.name != "H"]
    return heavy[0] if len(heavy) == 1 and heavy != ["Phi"] else None


def _current(term: Term) -> _Current:
    """Return the bilinear of a term, for the heavy field as it stands."""
    contraction = term.contraction
    slots, fields = contraction.slots, contraction.fields
    (axis,) = (k for k, field in enumerate(fields) if not field.fermion)
    one, two = contraction.fermions
    array = np.moveaxis(contraction.array, (one, two, axis), (0, 1, 2))
    # as psibar chi or psi^T C chi; of two barred fields the conjugate term is taken
    legs = [Leg(slots[k].name, slots[k].dagger) for k in (one, two)]
    flavour = [(one, two).index(k) for k in term.flavour_axes]
    conjugated = bool(legs[0].bar and legs[1].bar) or (
        slots[axis].dagger and legs[0].bar != legs[1].bar
    )
    if conjugated:
        array = array.conj()
        legs = [Leg(leg.field, not leg.bar) for leg in legs]
    bar = slots[axis].dagger != conjugated
    if not legs[0].bar and legs[1].bar:
        legs, array = legs[::-1], array.transpose(1, 0, 2)
        flavour = [1 - k for k in flavour]
    matrices = GAMMA if fields[axis].spin == "vector" else np.eye(4)[None]
    if not legs[0].bar:
        matrices = np.array([CHARGE_CONJUGATION @ g for g in matrices])
    current = _Current(
        term.coupling,
        conjugated,
        (legs[0], legs[1]),
        (flavour[0], flavour[1]),
        matrices,
        array,
    )
    return current.dagger() if bar else current


def _product(name: str, one: _Current, two: _Current) -> list[Exchange] | str:
    """Write the product of two bilinears in Warsaw operators, or say why that cannot be done."""
    legs = (*one.legs, *two.legs)
    content = sorted((leg.field, leg.bar) for leg in legs)
    conjugate = sorted((leg.field, not leg.bar) for leg in legs)
    families = [f for f in _OPERATORS if sorted(_legs(f)) == content]
    if not families:
        # the product in the other order is listed
        if any(sorted(_legs(f)) == conjugate for f in _OPERATORS):
            return []
        fields = " ".join(f"{leg.field}{'+' if leg.bar else ''}" for leg in legs)
        return (
            f"their exchange gives {fields}, which violates baryon or lepton number and is not "
            "calculated; set one of them to zero"
        )
    sign = -1.0 if len(one.dirac) > 1 else 1.0
    metric = METRIC if len(one.dirac) > 1 else np.eye(1)
    dirac = sign * np.einsum("mn,mab,ncd->abcd", metric, one.dirac, two.dirac)
    target = _tensor(legs, dirac, np.einsum("abh,cdh->abcd", one.gauge, two.gauge))
    columns, patterns = [], []
    for family in families:
        for order in itertools.permutations(range(4)):
            # leg k of the product is leg order[k] of the operator
            wanted = _legs(family)
            if any(wanted[order[k]] != (leg.field, leg.bar) for k, leg in enumerate(legs)):
                continue
            columns.append(_parity(order) * _operator(family).transpose(_axes(order)))
            patterns.append((family, "".join("prst"[order[k]] for k in range(4))))
    matrix = np.array([column.ravel() for column in columns])
    # the normal equations are small; equal columns (Fierz) share a coefficient.  With einsum: a
    # threaded product of such matrices takes longer to start than to do
    gram = np.einsum("ak,bk->ab", matrix.conj(), matrix)
    overlap = np.einsum("ak,k->a", matrix.conj(), target.ravel())
    numbers, *_ = np.linalg.lstsq(gram, overlap, rcond=_TOLERANCE)
    if np.abs(np.einsum("a,ak->k", numbers, matrix) - target.ravel()).max() > _TOLERANCE:
        return "their exchange is not in the Warsaw basis; set one of them to zero"
    found = []
    for (family, letters), number in zip(patterns, numbers, strict=True):
        if abs(number) < _TOLERANCE:
            continue
        fraction = Fraction(float(number.real)).limit_denominator(576)
        if abs(number - float(fraction)) > _TOLERANCE:
            return "their exchange has coefficients that are no fractions"
        first = "".join(letters[k] for k in one.flavour)
        second = "".join(letters[2 + k] for k in two.flavour)
        spec = f"{first},{second}->prst"
        found.append(
            Exchange(
                name,
                family,
                fraction,
                (one.coupling, two.coupling),
                (one.conjugated, two.conjugated),
                spec,
            )
        )
    return found


# The four-fermion operators: Dirac structure, colour and isospin structure of the two bilinears.
_OPERATORS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(
        "ll lq1 qq1 ee uu dd eu ed ud1 le lu ld qe qu1 qd1".split(), ("vector", "delta", "delta")
    ),
    **dict.fromkeys(("lq3", "qq3"), ("vector", "delta", "sigma")),
    **dict.fromkeys(("ud8", "qu8", "qd8"), ("vector", "lambda", "delta")),
    "ledq": ("scalar", "delta", "across"),
    "quqd1": ("scalar", "delta", "eps"),
    "quqd8": ("scalar", "lambda", "eps"),
    "lequ1": ("scalar", "delta", "eps"),
    "lequ3": ("tensor", "delta", "eps"),
}


def _legs(family: str) -> list[tuple[str, bool]]:
    return [(letter.lower(), letter.isupper()) for letter in FAMILIES[family].fields]


@lru_cache(maxsize=64)
def _operator(family: str) -> Num[np.ndarray, "..."]:
    """Return a Warsaw operator over the spinor and gauge components of its four fermions."""
    dirac, colour, isospin = _OPERATORS[family]
    fields = [field for field, _ in _legs(family)]
    sizes = [3 if field in _QUARKS else 1 for field in fields]
    if colour == "lambda":
        colours = np.einsum("Axy,Azw->xyzw", GELL_MANN, GELL_MANN) / 4
    else:
        colours = np.multiply.outer(np.eye(sizes[0], sizes[1]), np.eye(sizes[2], sizes[3]))
    weak = [2 if field in _DOUBLETS else 1 for field in fields]
    if isospin == "sigma":
        spins = np.einsum("Aij,Akm->ijkm", SIGMA, SIGMA)
    elif isospin == "eps":  # between the two barred doublets
        spins = np.einsum("ik,jm->ijkm", EPS, np.ones((1, 1)))
    elif isospin == "across":  # (lbar^j e)(dbar q_j)
        spins = np.einsum("im,jk->ijkm", np.eye(2), np.ones((1, 1)))
    else:
        spins = np.multiply.outer(np.eye(weak[0], weak[1]), np.eye(weak[2], weak[3]))
    gauge = np.einsum("xyzw,ijkm->xiyjzkwm", colours, spins)
    gauge = gauge.reshape([c * w for c, w in zip(sizes, weak, strict=True)])
    legs = tuple(Leg(field, bar) for field, bar in _legs(family))
    return _tensor(legs, _DIRAC[dirac], gauge)


def _tensor(
    legs: Sequence[Leg], dirac: Num[np.ndarray, "4 4 4 4"], gauge: Num[np.ndarray, "..."]
) -> Num[np.ndarray, "..."]:
    """Return the tensor of an operator: four indices of Weyl spinors and four of components."""
    # The chiral basis: a left-handed field has the first two components, barred the last two.
    parts = [slice(0, 2) if (x.field in _DOUBLETS) != x.bar else slice(2, 4) for x in legs]
    return np.asarray(np.multiply.outer(dirac[tuple(parts)], gauge))


def _axes(order: Sequence[int]) -> tuple[int, ...]:
    return (*order, *(4 + k for k in order))


def _parity(order: Sequence[int]) -> float:
    return float(round(np.linalg.det(np.eye(4)[list(order)])))
