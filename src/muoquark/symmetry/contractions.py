r"""Terms with contractions: products of fields whose indices are contracted, written as text.

    q_i l_j S3_A      eps_ik sigma^A_kj

First the fields, a conjugate with ``+``, then named tensors and a factor (``i``, a fraction).  A
letter stands twice and is summed over; ``_`` and ``^`` mean the same.  The letters u to z and U to
Z are colour, all others isospin (it is usual to give capitals to the adjoint).  Colour may be left
out where it is unique: one colour and one anticolour, or three triplets alike, which ``eps3``
contracts.

A term becomes an array over the components of its fields, in which its invariance under every
generator is a sum of matrix products, and independence of several terms a rank.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Complex

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.symmetry.content import Charge, Field
from muoquark.symmetry.generators import EPS, EPS3, GELL_MANN, SIGMA, components, field_generators
from muoquark.symmetry.groups import COLOURS, su3_dimension

__all__ = ["LARGEST", "RESERVED", "TENSORS", "Contraction", "Slot", "independent", "parse_term"]

#: The tensors that a term may name; ``delta`` takes the dimension of its letters.
TENSORS: dict[str, np.ndarray | None] = {
    "delta": None,
    "eps": EPS,
    "sigma": SIGMA,
    "eps3": EPS3,
    "lambda": GELL_MANN,
}
#: How many entries the array of a term may have: four fields of 31 components each.
LARGEST = 10**6
#: What no field can be called: in a term it is a tensor or the factor i.
RESERVED: tuple[str, ...] = (*TENSORS, "i")
_TOKEN = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<dagger>\+?)(?P<letters>(?:[_^][A-Za-z]+)*)")
_FACTOR = re.compile(r"(?P<sign>-?)(?P<number>\d{1,9}(?:/[1-9]\d{0,8})?)?(?P<i>i?)")
_COLOUR_LETTERS = frozenset("uvwxyzUVWXYZ")
_TOLERANCE = 1e-12
# Of fields and tensors: numpy's einsum knows 52 indices.
_LONGEST = 16


@dataclass(frozen=True)
class Slot:
    """One field of a term and the letters of its indices.

    Attributes
    ----------
    name
        Of the field.
    dagger
        Whether it is conjugated.
    colour, isospin
        Letters of its indices, empty without one.
    """

    name: str
    dagger: bool
    colour: str
    isospin: str

    def __str__(self) -> str:
        """Return the factor as operators write it, ``S3^dag``."""
        return f"{self.name}^dag" if self.dagger else self.name


@dataclass(frozen=True)
class Contraction:
    """A term: fields, the tensors that contract them and a factor.

    Attributes
    ----------
    text
        The term as it was written.
    slots
        Its fields.
    fields
        The same as :class:`~muoquark.symmetry.content.Field`.
    tensors
        Name and letters of each tensor.
    factor
        Number in front.
    """

    text: str
    slots: tuple[Slot, ...]
    fields: tuple[Field, ...]
    tensors: tuple[tuple[str, str], ...]
    factor: complex

    @property
    def factors(self) -> tuple[str, ...]:
        """The product of fields, a conjugate with ``^dag``."""
        return tuple(map(str, self.slots))

    @cached_property
    def array(self) -> Complex[np.ndarray, "..."]:
        """The term over the components of its fields, one axis for each field.

        Components are in the order of :func:`~muoquark.symmetry.generators.components`.
        """
        # Each index of a field has a label of its own, two fields that share a letter a delta.
        sizes = _sizes(self.slots, self.fields, self.tensors)
        labels = itertools.count()
        known: dict[str, int] = {}
        output: list[int] = []
        shape: list[int] = []
        operands: list[Any] = []
        for slot, field in zip(self.slots, self.fields, strict=True):
            shape.append(su3_dimension(COLOURS[field.colour]) * field.isospin)
            for letter in (slot.colour, slot.isospin):
                label = next(labels)
                output.append(label)
                if not letter:
                    operands += [np.ones(1), [label]]
                elif letter in known:
                    operands += [np.eye(sizes[letter]), [known[letter], label]]
                else:
                    known[letter] = label
        for name, letters in self.tensors:
            tensor = TENSORS[name]
            for letter in letters:
                if letter not in known:
                    known[letter] = next(labels)
            operands += [
                np.eye(sizes[letters[0]]) if tensor is None else tensor,
                [known[letter] for letter in letters],
            ]
        result = np.einsum(*operands, output)
        return np.asarray(self.factor * result.reshape(shape), complex)

    def broken_by(self) -> str | None:
        """Name the first generator of SU(3) or SU(2) that does not leave the term invariant."""
        actions = [
            field_generators(field, slot.dagger)
            for slot, field in zip(self.slots, self.fields, strict=True)
        ]
        for name in actions[0]:
            change = sum(
                np.moveaxis(np.tensordot(self.array, action[name], (axis, 0)), -1, axis)
                for axis, action in enumerate(actions)
            )
            if np.abs(change).max() > _TOLERANCE:
                return name
        return None

    @property
    def hypercharge(self) -> Fraction:
        """Sum of the hypercharges."""
        pairs = zip(self.slots, self.fields, strict=True)
        return sum((-f.Y if s.dagger else f.Y for s, f in pairs), Fraction(0))

    def charge(self, generations: Sequence[int]) -> Charge:
        """Sum of the X charges for one generation of each factor (0 of a field with one)."""
        triples = zip(self.slots, self.fields, generations, strict=True)
        return sum((-f.X[g] if s.dagger else f.X[g]) for s, f, g in triples)

    @cached_property
    def fermions(self) -> tuple[int, ...]:
        """Positions of the fermions among the factors."""
        return tuple(k for k, field in enumerate(self.fields) if field.fermion)

    @cached_property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        """Generations of the fermions, in their order, for which the X charges add up to zero."""
        where = self.fermions
        found = []
        for choice in itertools.product(*(range(len(self.fields[k].X)) for k in where)):
            generations = [0] * len(self.slots)
            for position, generation in zip(where, choice, strict=True):
                generations[position] = generation
            if not self.charge(generations):
                found.append(choice)
        return tuple(found)

    @cached_property
    def polynomial(self) -> dict[tuple[tuple[str, int, bool], ...], complex]:
        """Monomials in components (field, component, conjugated?) and their coefficients.

        Scalars commute, so that monomials are sorted; fermions are sorted by name alone, since the
        generations of equal ones may differ.
        """
        out: dict[tuple[tuple[str, int, bool], ...], complex] = {}
        for index in zip(*np.nonzero(np.abs(self.array) > _TOLERANCE), strict=True):
            letters = [
                (slot.name, int(component), slot.dagger)
                for slot, component in zip(self.slots, index, strict=True)
            ]
            front = sorted((letters[k] for k in self.fermions), key=lambda letter: letter[0])
            rest = sorted(letters[k] for k in range(len(letters)) if k not in self.fermions)
            key = (*front, *rest)
            out[key] = out.get(key, 0) + complex(self.array[index])
        return {key: value for key, value in out.items() if abs(value) > _TOLERANCE}

    @property
    def conjugate_polynomial(self) -> dict[tuple[tuple[str, int, bool], ...], complex]:
        """The polynomial of the conjugate term."""
        n = len(self.fermions)
        out = {}
        for key, value in self.polynomial.items():
            flipped = [(name, component, not dagger) for name, component, dagger in key]
            out[(*flipped[:n], *sorted(flipped[n:]))] = value.conjugate()
        return out

    @property
    def self_conjugate(self) -> bool:
        """Whether the product of fields is its own conjugate."""
        return _fields(self) == sorted((slot.name, not slot.dagger) for slot in self.slots)

    @property
    def real(self) -> bool:
        """Whether the term is its own conjugate, so that its coupling is real."""
        return self.self_conjugate and _equal(self.polynomial, self.conjugate_polynomial)


def _fields(term: Contraction) -> list[tuple[str, bool]]:
    return sorted((slot.name, slot.dagger) for slot in term.slots)


def _equal(one: Mapping[Any, complex], other: Mapping[Any, complex]) -> bool:
    return all(abs(one.get(k, 0) - other.get(k, 0)) < _TOLERANCE for k in {*one, *other})


def independent(terms: Iterable[Contraction]) -> int:
    """Return how many of these terms are linearly independent.

    They have the same fields; one that is written as the conjugate of the first is turned round.
    """
    found = list(terms)
    polynomials = [
        term.polynomial if _fields(term) == _fields(found[0]) else term.conjugate_polynomial
        for term in found
    ]
    keys = sorted({key for polynomial in polynomials for key in polynomial})
    if not keys:
        return 0
    matrix = np.array([[p.get(key, 0) for key in keys] for p in polynomials])
    return int(np.linalg.matrix_rank(matrix, tol=1e-9))


def parse_term(text: str, fields: Iterable[Field]) -> Contraction:
    """Read a term.

    Parameters
    ----------
    text
        See the module's text.
    fields
        The fields that it may contain.

    Raises
    ------
    InputError
        With every fault: an unknown field or tensor, a field without its index, an index that does
        not stand twice or joins different dimensions, colour that is not unique, more components
        than :data:`LARGEST`.

    Examples
    --------
    >>> from muoquark.symmetry.content import with_charges
    >>> content = with_charges({"q": 0, "l": 0, "S3": 0})
    >>> term = parse_term("q_i l_j S3_A  eps_ik sigma^A_kj", content)
    >>> term.array.shape, term.broken_by()
    ((6, 2, 9), None)
    """
    by_name = {field.name: field for field in fields}
    faults: list[str] = []
    slots: list[Slot] = []
    tensors: list[tuple[str, str]] = []
    factor: complex = 1
    for token in text.split():
        number = _FACTOR.fullmatch(token)
        if number and (number["number"] or number["i"]):
            value = complex(Fraction(number["number"] or 1))
            if not value:
                faults.append("the factor is zero: leave the term out")
            factor *= value * (-1 if number["sign"] else 1) * (1j if number["i"] else 1)
            continue
        match = _TOKEN.fullmatch(token)
        if match is None:
            hint = "; a conjugate is written H+_i" if "+" in token else ""
            faults.append(
                f"'{token}' is neither a field, a tensor nor a factor such as 2, -1/2 or i{hint}"
            )
            continue
        name, letters = match["name"], re.sub(r"[_^]", "", match["letters"])
        if name in TENSORS:
            if match["dagger"]:
                faults.append(f"the tensor '{name}' takes no '+': only fields are conjugated")
            tensors.append((name, letters))
        elif name in by_name:
            if tensors:
                faults.append(f"the field '{name}' stands behind a tensor: fields come first")
            slots.append(_slot(by_name[name], bool(match["dagger"]), letters, faults))
        else:
            known = [*by_name, *TENSORS]
            faults.append(f"unknown field or tensor '{name}': {suggest(name, known)}")
    if not slots and not faults:
        faults.append("there is no field")
    if len(slots) + len(tensors) > _LONGEST:
        faults.append(
            f"{len(slots)} fields and {len(tensors)} tensors, allowed are {_LONGEST} together"
        )
    size = prod(len(components(by_name[slot.name])) for slot in slots)
    if size > LARGEST:
        faults.append(f"its fields have {size} products of components, allowed are {LARGEST}")
    if not faults:
        slots, tensors = _colour(slots, tensors, by_name, faults)
        _check_letters(slots, tensors, by_name, faults)
    if faults:
        raise InputError([Fault(fault) for fault in faults])
    return Contraction(
        " ".join(text.split()),
        tuple(slots),
        tuple(by_name[slot.name] for slot in slots),
        tuple(tensors),
        factor,
    )


def _slot(field: Field, dagger: bool, letters: str, faults: list[str]) -> Slot:
    """Sort the letters of a field into colour and isospin."""
    colour = "".join(x for x in letters if x in _COLOUR_LETTERS)
    isospin = "".join(x for x in letters if x not in _COLOUR_LETTERS)
    if len(isospin) != (field.isospin > 1):
        wanted = "one letter" if field.isospin > 1 else "no letter"
        faults.append(
            f"'{field.name}' has the isospin {field.isospin}: it takes {wanted} from a to t, "
            f"found '{isospin}'"
        )
    if len(colour) > (field.colour != "1"):
        wanted = "one letter" if field.colour != "1" else "no letter"
        faults.append(
            f"'{field.name}' has the colour {field.colour}: it takes {wanted} from u to z, "
            f"found '{colour}'"
        )
    return Slot(field.name, dagger, colour[:1], isospin[:1])


def _colour(
    slots: list[Slot],
    tensors: list[tuple[str, str]],
    fields: Mapping[str, Field],
    faults: list[str],
) -> tuple[list[Slot], list[tuple[str, str]]]:
    """Write the colour indices that were left out."""
    coloured = [k for k, slot in enumerate(slots) if fields[slot.name].colour != "1"]
    written = [k for k in coloured if slots[k].colour]
    if len(written) == len(coloured):
        return slots, tensors
    if written:
        missing = ", ".join(slots[k].name for k in coloured if k not in written)
        faults.append(f"colour is written for some fields only, not for {missing}")
        return slots, tensors
    kinds = sorted(_conjugated(fields[slots[k].name].colour, slots[k].dagger) for k in coloured)
    if len(kinds) == 2 and kinds[0] == _conjugated(kinds[1], True):
        letters, more = "xx", []
    elif kinds in (["3"] * 3, ["3bar"] * 3):
        letters, more = "xyz", [("eps3", "xyz")]
    elif len(kinds) < 3 or (len(kinds) == 3 and {k.removesuffix("bar") for k in kinds} == {"3"}):
        names = " ".join(map(str, slots))
        faults.append(f"{names} has no colour singlet ({', '.join(kinds)})")
        return slots, tensors
    else:
        faults.append(
            f"the colour of {len(coloured)} fields ({', '.join(kinds)}) is not unique: write it, "
            "with letters from u to z"
        )
        return slots, tensors
    out = list(slots)
    for k, letter in zip(coloured, letters, strict=True):
        out[k] = Slot(slots[k].name, slots[k].dagger, letter, slots[k].isospin)
    return out, tensors + more


def _conjugated(colour: str, dagger: bool) -> str:
    if not dagger or colour in ("1", "8"):
        return colour
    return colour.removesuffix("bar") if colour.endswith("bar") else f"{colour}bar"


def _check_letters(
    slots: Sequence[Slot],
    tensors: Sequence[tuple[str, str]],
    fields: Mapping[str, Field],
    faults: list[str],
) -> None:
    """Every letter stands twice, and both times with one dimension."""
    for name, letters in tensors:
        tensor = TENSORS[name]
        rank = 2 if tensor is None else tensor.ndim
        if len(letters) != rank:
            faults.append(f"'{name}' has {rank} indices, found '{letters}'")
    if faults:
        return  # the letters that are missing would be faults that are none
    for letter, found in _ends(slots, [fields[slot.name] for slot in slots], tensors).items():
        if len(found) == 1:
            faults.append(f"the index '{letter}' stands once: it is not contracted")
        elif len(found) > 2:
            faults.append(f"the index '{letter}' stands {len(found)} times, allowed: twice")
        elif 0 not in found and len(set(found)) > 1:
            faults.append(
                f"the index '{letter}' joins a dimension of {found[0]} with one of {found[1]}"
            )
    if faults:
        return
    sizes = _sizes(slots, [fields[slot.name] for slot in slots], tensors)
    for name, letters in tensors:
        if name != "delta":
            continue
        first, second = (sizes[letter] for letter in letters)
        if not first:
            faults.append(f"'delta_{letters}' is contracted with nothing but deltas")
        elif first != second:
            faults.append(f"'delta_{letters}' joins a dimension of {first} with one of {second}")


def _ends(
    slots: Sequence[Slot], fields: Sequence[Field], tensors: Sequence[tuple[str, str]]
) -> dict[str, list[int]]:
    """Return the dimensions wherever a letter stands, 0 for that of a delta."""
    out: dict[str, list[int]] = {}
    for slot, field in zip(slots, fields, strict=True):
        if slot.colour:
            out.setdefault(slot.colour, []).append(su3_dimension(COLOURS[field.colour]))
        if slot.isospin:
            out.setdefault(slot.isospin, []).append(field.isospin)
    for name, letters in tensors:
        tensor = TENSORS[name]
        for position, letter in enumerate(letters):
            out.setdefault(letter, []).append(0 if tensor is None else tensor.shape[position])
    return out


def _sizes(
    slots: Sequence[Slot], fields: Sequence[Field], tensors: Sequence[tuple[str, str]]
) -> dict[str, int]:
    """Return the dimension of every letter; a delta takes that of what it is contracted with."""
    sizes = {letter: max(found) for letter, found in _ends(slots, fields, tensors).items()}
    deltas = [tuple(letters) for name, letters in tensors if name == "delta"]
    for _ in deltas:  # along a chain of them
        for first, second in deltas:
            sizes[first] = sizes[first] or sizes[second]
            sizes[second] = sizes[second] or sizes[first]
    return sizes
