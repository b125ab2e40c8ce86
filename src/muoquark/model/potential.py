"""The whole scalar potential of a field content: what nobody wrote is found by group theory.

All products of two or four scalars that the groups and charges allow are enumerated.  Where fewer
contractions are written than there are invariants, more are taken from a list of candidates: pairs
of indices joined by ``delta`` and ``eps``, two doublets and a triplet by ``sigma``, three triplets
by ``eps3``, colours alike.  The first that are independent of what is there are kept, with the
fields in an order of their own, so that names and contractions are the same however a file lists
its fields.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from muoquark.common.errors import InputError
from muoquark.model.terms import Term
from muoquark.symmetry.content import Field
from muoquark.symmetry.contractions import LARGEST, Contraction, independent, parse_term
from muoquark.symmetry.generators import components
from muoquark.symmetry.groups import COLOURS
from muoquark.symmetry.operators import Factor, FieldProduct, enumerate_products

__all__ = [
    "AUTOMATIC",
    "CompletedPotential",
    "IncompleteProduct",
    "complete_potential",
    "product_key",
]

#: How the names of terms begin that nobody writes.
AUTOMATIC = ("m2_", "l_")

# In which the known scalars stand in names and contractions.
_ORDER = ("H", "S1", "S1t", "S3", "R2", "R2t", "Phi")
_COLOUR_LETTERS = "xyzw"
_ISOSPIN_LETTERS = "ijkm"
# with which tensors a block of isospin indices is contracted, by the dimensions in it; {0}, {1},
# ... are its letters in order, doublets first
_ISOSPIN_BLOCKS: dict[tuple[int, ...], str] = {
    (2, 2, 3): "sigma^{2}_{0}{1}",
    (3, 3, 3): "eps3^{0}{1}{2}",
    (2, 2, 3, 3): "eps3^{2}{3}P sigma^P_{0}{1}",
}


def product_key(factors: Iterable[str]) -> tuple[str, ...]:
    """Return what a product of fields and its conjugate have in common."""
    forward = sorted(factors)
    back = sorted(str(Factor.parse(name).conjugate()) for name in forward)
    return tuple(min(forward, back))


@dataclass(frozen=True)
class CompletedPotential:
    """A scalar potential.

    Attributes
    ----------
    terms
        Of dimension two and four, and the written ones of dimension three.
    incomplete
        Products of fields that have more invariants than could be written, as
        :class:`IncompleteProduct`.
    """

    terms: tuple[Term, ...]
    incomplete: tuple[IncompleteProduct, ...]


@dataclass(frozen=True)
class IncompleteProduct:
    """A product of scalars of which not all contractions could be written.

    Attributes
    ----------
    factors
        Its fields, a conjugate with ``^dag``.
    invariants, written
        How many contractions there are, and how many of them are terms.
    """

    factors: tuple[str, ...]
    invariants: int
    written: int

    def __str__(self) -> str:
        """Return what is missing, as a sentence without its subject."""
        tensors = "with delta, eps, sigma and eps3"
        if self.invariants == 1:
            return f"1 invariant contraction, which cannot be written {tensors}"
        return (
            f"{self.invariants} invariant contractions, of which {self.written or 'none'} can be "
            f"written {tensors}"
        )


def complete_potential(fields: Sequence[Field], written: Iterable[Term]) -> CompletedPotential:
    """Return the potential of dimension two and four, `written` terms first.

    Masses are called ``m2_<field>``; quartics without a name ``l_<fields>_<n>``, n counting the
    contractions of the same fields.  Names and contractions depend on which fields there are and
    on what is written, not on the order of `fields`: that is the order of the masses only.

    Raises
    ------
    InputError
        If two terms would have one name.
    """
    order = {field.name: k for k, field in enumerate(fields)}
    scalars = sorted((field for field in fields if field.scalar), key=_place)
    there: dict[tuple[str, ...], list[Term]] = {}
    for term in written:
        if term.part == "potential":
            there.setdefault(product_key(term.factors), []).append(term)
    masses, quartics, incomplete = [], [], []
    numbers: dict[str, int] = {}
    for item in _products(scalars):
        factors = tuple(map(str, item.factors))
        stem = "".join(_names(item))
        if item.charge:
            # counted all the same, so that charges do not change the name of what they allow
            numbers[stem] = numbers.get(stem, 0) + item.invariants()
            continue
        known = there.get(product_key(factors), [])
        found = _missing(item, known, scalars)
        rank = independent([term.contraction for term in known]) + len(found)
        if rank < item.invariants():
            incomplete.append(IncompleteProduct(factors, item.invariants(), rank))
        for contraction in found:
            if len(factors) == 2:
                name = f"m2_{_names(item)[0] if contraction.self_conjugate else stem}"
                masses.append(Term(name, contraction, automatic=True))
                continue
            numbers[stem] = numbers.get(stem, 0) + 1
            quartics.append(Term(f"l_{stem}_{numbers[stem]}", contraction, automatic=True))
    masses.sort(key=lambda term: [order[field.name] for field in term.fields])
    terms = (*itertools.chain(*there.values()), *masses, *quartics)
    _check_names(terms)
    return CompletedPotential(terms, tuple(incomplete))


def _products(scalars: Sequence[Field]) -> list[FieldProduct]:
    """Return the products of two and four; those that are their own conjugate, no charge forbids.

    These come first, so that charges do not change their names.
    """
    products = enumerate_products(scalars, 4, minimum=2)
    items = [FieldProduct.of(map(Factor.parse, f), scalars) for f in products if len(f) != 3]
    return sorted(items, key=lambda x: sorted(x.factors) != sorted(x.conjugate().factors))


def _place(field: Field) -> tuple[int, str]:
    """Known scalars in their own order, then others by name."""
    place = _ORDER.index(field.name) if field.name in _ORDER else len(_ORDER)
    return (place, field.name)


def _names(item: FieldProduct) -> list[str]:
    """Return the names of the fields in their order."""
    return [field.name for field in sorted(item.fields, key=_place)]


def _check_names(terms: Iterable[Term]) -> None:
    first: dict[str, Term] = {}
    for term in terms:
        other = first.setdefault(term.coupling, term)
        if other is not term:
            raise InputError(
                f"the terms {other} and {term} are both called {term.coupling}: "
                "give one of their fields another name"
            )


def _missing(
    item: FieldProduct, there: Sequence[Term], fields: Sequence[Field]
) -> list[Contraction]:
    """Return contractions that complete those of a product, as far as candidates go."""
    wanted = item.invariants()
    terms = [term.contraction for term in there]
    rank = independent(terms)
    out: list[Contraction] = []
    if rank == wanted or prod(len(components(field)) for field in item.fields) > LARGEST:
        return out
    for text in _candidates(item):
        contraction = parse_term(text, fields)
        if contraction.self_conjugate and not contraction.real:
            contraction = parse_term(f"{text} i", fields)
            if not contraction.real:
                continue
        if independent([*terms, contraction]) == rank + 1:
            terms.append(contraction)
            out.append(contraction)
            rank += 1
            if rank == wanted:
                break
    return out


def _candidates(item: FieldProduct) -> Iterator[str]:
    """Yield contractions of a product of scalars as text, simple ones first."""
    factors = _in_pairs(item)
    kinds = [
        "1" if field.colour == "1" else _flipped(field.colour) if factor.dagger else field.colour
        for factor, field in factors
    ]
    coloured = [k for k, kind in enumerate(kinds) if kind != "1"]
    turning = [k for k, (_, field) in enumerate(factors) if field.isospin > 1]
    for colour in _partitions(coloured, 3):
        colours = _colour(colour, kinds)
        if colours is None:
            continue
        for isospin in _partitions(turning, 4):
            spins = _isospin(isospin, factors)
            if spins is None:
                continue
            letters, tensors = spins
            words = []
            for k, (factor, _) in enumerate(factors):
                indices = letters.get(k, "") + colours[0].get(k, "")
                plus = "+" if factor.dagger else ""
                words.append(f"{factor.name}{plus}" + (f"_{indices}" if indices else ""))
            yield " ".join([*words, *tensors, *colours[1]])


def _in_pairs(item: FieldProduct) -> list[tuple[Factor, Field]]:
    """Return factors and fields, each field next to its conjugate: S3+ S3 S3+ S3."""
    out: list[tuple[Factor, Field]] = []
    for field in dict.fromkeys(item.fields):
        mine = [factor for factor in item.factors if factor.name == field.name]
        conjugates = [factor for factor in mine if factor.dagger]
        plain = [factor for factor in mine if not factor.dagger]
        for pair in itertools.zip_longest(conjugates, plain):
            out += [(factor, field) for factor in pair if factor is not None]
    return out


def _flipped(colour: str) -> str:
    p, q = COLOURS[colour]
    return next(name for name, labels in COLOURS.items() if labels == (q, p))


def _partitions(items: Sequence[int], largest: int) -> Iterator[list[tuple[int, ...]]]:
    """Yield the ways to divide items into blocks of two to `largest`, pairs first."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for size in range(1, largest):
        for others in itertools.combinations(rest, size):
            left = [k for k in rest if k not in others]
            for more in _partitions(left, largest):
                yield [(first, *others), *more]


def _colour(
    blocks: Sequence[tuple[int, ...]], kinds: Sequence[str]
) -> tuple[dict[int, str], list[str]] | None:
    letters: dict[int, str] = {}
    tensors: list[str] = []
    free = iter(_COLOUR_LETTERS)
    for block in blocks:
        found = sorted(kinds[k] for k in block)
        if len(block) == 2 and kinds[block[0]] == _flipped(kinds[block[1]]):
            letter = next(free)
            letters.update(dict.fromkeys(block, letter))
        elif len(block) == 3 and found in (["3"] * 3, ["3bar"] * 3):
            own = [next(free) for _ in block]
            letters.update(zip(block, own, strict=True))
            tensors.append(f"eps3^{''.join(own)}")
        else:
            return None
    return letters, tensors


def _isospin(
    blocks: Sequence[tuple[int, ...]], factors: Sequence[tuple[Factor, Field]]
) -> tuple[dict[int, str], list[str]] | None:
    letters: dict[int, str] = {}
    tensors: list[str] = []
    doublets, triplets = iter(_ISOSPIN_LETTERS), iter("ABCDEF")
    for block in blocks:
        size = {k: factors[k][1].isospin for k in block}
        if len(block) == 2:
            one, two = block
            if size[one] != size[two]:
                return None
            same = factors[one][0].dagger == factors[two][0].dagger
            if size[one] == 2 and same:
                own = [next(doublets), next(doublets)]
                letters.update(zip(block, own, strict=True))
                tensors.append(f"eps_{''.join(own)}")
            elif size[one] in (2, 3) or not same:
                letter = next(triplets if size[one] == 3 else doublets)
                letters.update(dict.fromkeys(block, letter))
            else:
                return None
            continue
        ordered = sorted(block, key=lambda k: (size[k], not factors[k][0].dagger))
        pattern = _ISOSPIN_BLOCKS.get(tuple(sorted(size.values())))
        if pattern is None:
            return None
        own = [next(doublets if size[k] == 2 else triplets) for k in ordered]
        letters.update(zip(ordered, own, strict=True))
        doublet = [k for k in ordered if size[k] == 2]
        if doublet and factors[doublet[0]][0].dagger == factors[doublet[1]][0].dagger:
            # sigma has one index of a doublet and one of a conjugate: eps turns the first
            spare = next(doublets)
            first, rest = own[0], own[1:]
            tensors.append(pattern.format(spare, *rest) + f" eps_{spare}{first}")
        else:
            tensors.append(pattern.format(*own))
    return letters, tensors
