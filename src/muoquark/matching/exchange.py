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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Num

from muoquark.common.arrays import namespace
from muoquark.common.errors import DomainError
from muoquark.matching.projection import (
    CHARGE_CONJUGATION,
    GAMMA,
    METRIC,
    Leg,
    contained,
    projected,
)
from muoquark.model.fields import Model
from muoquark.model.terms import Term
from muoquark.smeft.tensors import Coefficients

__all__ = ["Exchange", "ExchangeTable", "check_exchange", "exchange_table", "exchanged_alone"]

_TOLERANCE = 1e-10


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
    there = contained(legs)
    if there is None:  # the product in the other order is listed
        return []
    if not there:
        fields = " ".join(f"{leg.field}{'+' if leg.bar else ''}" for leg in legs)
        return (
            f"their exchange gives {fields}, which violates baryon or lepton number and is not "
            "calculated; set one of them to zero"
        )
    sign = -1.0 if len(one.dirac) > 1 else 1.0
    metric = METRIC if len(one.dirac) > 1 else np.eye(1)
    dirac = sign * np.einsum("mn,mab,ncd->abcd", metric, one.dirac, two.dirac)
    parts = projected(legs, dirac, np.einsum("abh,cdh->abcd", one.gauge, two.gauge))
    if parts is None:
        return "their exchange is not in the Warsaw basis; set one of them to zero"
    found = []
    for part in parts:
        letters, family, number = part.letters, part.family, part.number
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
