"""Tree-level exchange dressed by a gauge boson or by the Higgs doublet.

Only loops that contain the leptoquark survive (the others have no scale).  At zero external
momentum they are its self-energy, the loops of leptoquark, fermion and gauge boson, and the boxes
between the two vertices of the exchange.  Feynman gauge; t.t are products of generators on the
fields, so that their sum over all legs vanishes.

The tree operator, (qbar^c l)(lbar q^c) or (ubar l)(lbar u), equals its Warsaw form only in four
dimensions.  With the infrared poles of the hard region this leaves finite terms.  They are fixed by
the rule that an evanescent operator has vanishing matrix elements: the pole of every loop
multiplies the Dirac structure with the *Warsaw* operator inserted, and the loops inside one vertex,
which have no scale, contribute the difference of the two structures.  Which legs share a vertex
depends on the leptoquark: qbar and lbar for F = 2 (parallel), qbar and l for F = 0 (across).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from muoquark.common.arrays import Array, Scalar
from muoquark.common.constants import KAPPA
from muoquark.matching.exchange import Exchange, exchange_table
from muoquark.model.fields import generic_model
from muoquark.smeft.tensors import Coefficients, conjugate4, scaled, total
from muoquark.smeft.warsaw import FAMILIES

from .content import Content
from .dressing import GAUGE, HIGGS, constant, gauge_pairs, higgs_pairs, kind
from .functions import Loops
from .inputs import Inputs
from .sectors import fraction
from .vertices import SCALARS, applied, scalar_field

__all__ = ["Base", "bases", "entries", "gauge", "higgs", "higgs_terms", "inside", "tree"]

#: Two gamma matrices inside the leptoquark's own vertex: gamma^a gamma^m gamma_m gamma_a/d = d.
_OWN_VERTEX = -2.0


@dataclass(frozen=True)
class Base:
    """The exchange with one pair of couplings: one flavour tensor and its numbers by family.

    Attributes
    ----------
    couplings, conjugated
        The two couplings, and whether their conjugates enter.
    spec
        Of ``einsum``, from their indices to those of the operators.
    numbers
        Families and their numbers, in units of 1/M^2.
    """

    couplings: tuple[str, str]
    conjugated: tuple[bool, bool]
    spec: str
    numbers: tuple[tuple[str, float], ...]

    def there(self, first: Mapping[str, Array], second: Mapping[str, Array]) -> bool:
        """Whether both vertices have a coupling."""
        return self.couplings[0] in first and self.couplings[1] in second

    def tensor(
        self, p: Inputs, x: Scalar, first: Mapping[str, Array], second: Mapping[str, Array]
    ) -> Array:
        """Return the flavour tensor in units of 1/M^2 = x."""
        one, two = self.couplings
        a = applied(first[one], "*" if self.conjugated[0] else "")
        b = applied(second[two], "*" if self.conjugated[1] else "")
        return x * p.xp.einsum(self.spec, a, b)


@lru_cache(maxsize=16)
def entries(field: str) -> tuple[Exchange, ...]:
    """Return the tree level of one leptoquark."""
    table = exchange_table(generic_model(SCALARS)).entries
    return tuple(entry for entry in table if entry.field == field)


@lru_cache(maxsize=16)
def bases(field: str) -> tuple[Base, ...]:
    """Return the same, by pairs of couplings."""
    found: dict[tuple[tuple[str, str], tuple[bool, bool], str], list[tuple[str, float]]] = {}
    for entry in entries(field):
        key = (entry.couplings, entry.conjugated, entry.spec)
        found.setdefault(key, []).append((entry.family, float(entry.number)))
    return tuple(Base(*key, tuple(numbers)) for key, numbers in found.items())


def inside(entry: Exchange) -> str:
    """Return which kind of pairs of legs share a vertex, ``parallel`` or ``across``."""
    first = entry.spec.split(",")[0]
    return "parallel" if set(first) in ({"p", "s"}, {"r", "t"}) else "across"


@lru_cache(maxsize=16)
def _partition(field: str) -> str:
    (found,) = {inside(entry) for entry in entries(field)}
    return found


def tree(p: Inputs, f: Loops, field: str) -> Coefficients:
    """Return the tree level of one leptoquark."""
    return _exchanged(p, f, field, p.couplings, p.couplings)


def _exchanged(
    p: Inputs,
    f: Loops,
    field: str,
    first: Mapping[str, Array],
    second: Mapping[str, Array],
) -> Coefficients:
    """Return the exchange with other matrices for the couplings at either vertex."""
    parts: list[Coefficients] = []
    for base in bases(field):
        if base.there(first, second):
            tensor = base.tensor(p, f.x[field], first, second)
            parts.append({family: number * tensor for family, number in base.numbers})
    return total(parts)


def with_changed_couplings(
    p: Inputs, f: Loops, field: str, changes: Mapping[str, Array]
) -> Coefficients:
    """Return the first-order change of the tree level of a leptoquark by one of its couplings."""
    return total(
        [
            _exchanged(p, f, field, changes, p.couplings),
            _exchanged(p, f, field, p.couplings, changes),
        ]
    )


@dataclass(frozen=True)
class GaugeFactor:
    """What multiplies the tensor of a base: numbers of 1 + L and constants.

    Attributes
    ----------
    target
        Class of operators.
    log, constant
        For g'^2, g^2 and g_s^2.
    """

    target: str
    log: tuple[float, ...]
    constant: tuple[float, ...]


def _weights(
    name: str, within: str, source: str, target: str, scheme: str
) -> tuple[float, float] | None:
    """Return the number of 1 + L and the constant of a gauge boson between a pair of legs."""
    numbers = GAUGE[name].get((kind(source), kind(target)))
    if numbers is None:
        return None
    if name != within:
        return numbers[0], constant(numbers, scheme)
    if scheme != "greek":
        return None
    own = _OWN_VERTEX if kind(source) == kind(target) else 0.0
    return 0.0, numbers[1] - own


@lru_cache(maxsize=64)
def _gauge_factors(field: str, base: Base, scheme: str) -> tuple[GaugeFactor, ...]:
    """Return the gauge bosons on one exchange, all pairs of legs summed.

    Sums over families that have the same tensor are done here, so that what cancels is zero.
    """
    n, y = scalar_field(field).isospin, float(scalar_field(field).Y)
    within = _partition(field)
    casimirs = (y**2, (n * n - 1.0) / 4.0, 4.0 / 3.0)
    # self-energy -(1 + L), loops of leptoquark, fermion and gauge boson 2 (1 + L)
    logs = {family: [number * c for c in casimirs] for family, number in base.numbers}
    constants = {family: [0.0, 0.0, 0.0] for family, _ in base.numbers}
    for family, number in base.numbers:
        targets = tuple(t for t, _ in base.numbers if FAMILIES[t] == FAMILIES[family])
        for pair in gauge_pairs(family, targets):
            weights = _weights(pair.type, within, family, pair.target, scheme)
            if weights is None:
                continue
            for k, group in enumerate((pair.hypercharge, pair.isospin, pair.colour)):
                logs[pair.target][k] += number * group * weights[0]
                constants[pair.target][k] += number * group * weights[1]
    return tuple(
        GaugeFactor(
            family, tuple(map(fraction, logs[family])), tuple(map(fraction, constants[family]))
        )
        for family, _ in base.numbers
    )


def gauge(p: Inputs, f: Loops, content: Content, scheme: str = "greek") -> Coefficients:
    """Exchange dressed by a gauge boson."""
    parts: list[Coefficients] = []
    squares = (p.g1**2, p.g2**2, p.g3**2)
    for field in p.masses:
        if not content(field):
            continue
        log = 1.0 + f.L[field]
        for base in bases(field):
            if not base.there(p.couplings, p.couplings):
                continue
            tensor = base.tensor(p, f.x[field], p.couplings, p.couplings)
            for factor in _gauge_factors(field, base, scheme):
                weight: Scalar = 0.0
                for square, one, two in zip(squares, factor.log, factor.constant, strict=True):
                    if one or two:
                        weight = weight + square * (one * log + two)
                parts.append({factor.target: weight * tensor})
    return scaled(total(parts), KAPPA)


@dataclass(frozen=True)
class HiggsTerm:
    """A Higgs between two legs of one exchange.

    Attributes
    ----------
    target
        Class of operators.
    yukawas
        Name and treatment of the matrices, [new, old] index.
    spec
        Of ``einsum``, from the base's tensor and the two matrices.
    conjugate
        Whether the result is the conjugate of the target's operator.
    doubled
        Whether its Hermitian conjugate is another term.
    log, constant
        Numbers of 1 + L and without it.
    """

    target: str
    yukawas: tuple[tuple[str, str], tuple[str, str]]
    spec: str
    conjugate: bool
    doubled: bool
    log: float
    constant: float


# What a term is but its numbers.
_HiggsKey = tuple[str, tuple[tuple[str, str], tuple[str, str]], str, bool, bool]


@lru_cache(maxsize=64)
def higgs_terms(field: str, base: Base, scheme: str) -> tuple[HiggsTerm, ...]:
    """Return the Higgs on one exchange: all pairs of legs, families summed."""
    within = _partition(field)
    found: dict[_HiggsKey, tuple[float, float]] = {}
    for family, number in base.numbers:
        for pair in higgs_pairs(family):
            numbers = HIGGS[pair.type][kind(family), kind(pair.target)]
            if pair.type != within:
                weights = numbers[0], constant(numbers, scheme)
            elif scheme == "greek":
                weights = 0.0, numbers[1]
            else:
                continue
            hermitian = FAMILIES[family].hermitian, FAMILIES[pair.target].hermitian
            if hermitian == (True, False) and pair.conjugate:
                # its conjugate comes from the conjugate pair of legs
                continue
            letters, (a, b) = list("prst"), pair.pair
            new = list(letters)
            new[a], new[b] = "a", "b"
            out = "".join(new[k] for k in pair.order)
            spec = f"prst,a{letters[a]},b{letters[b]}->{out}"
            # a product that is not Hermitian comes with its conjugate
            doubled = hermitian == (False, True)
            key = (pair.target, pair.yukawas, spec, pair.conjugate, doubled)
            log, rest = found.get(key, (0.0, 0.0))
            number_here = number * pair.number
            found[key] = log + number_here * weights[0], rest + number_here * weights[1]
    terms = []
    for key, (log, rest) in found.items():
        term = HiggsTerm(*key, fraction(log), fraction(rest))
        if term.log or term.constant:
            terms.append(term)
    return tuple(terms)


def higgs(p: Inputs, f: Loops, content: Content, scheme: str = "greek") -> Coefficients:
    """Exchange dressed by the Higgs doublet."""
    parts: list[Coefficients] = []
    for field in p.masses:
        if not content(field):
            continue
        for base in bases(field):
            if not base.there(p.couplings, p.couplings):
                continue
            tensor = base.tensor(p, f.x[field], p.couplings, p.couplings)
            for term in higgs_terms(field, base, scheme):
                one, two = (applied(getattr(p, name), how) for name, how in term.yukawas)
                found = p.xp.einsum(term.spec, tensor, one, two)
                if term.conjugate:
                    found = found.conj()
                found = (term.log * (1.0 + f.L[field]) + term.constant) * found
                if term.doubled:
                    found = found + conjugate4(found)
                parts.append({term.target: found})
    return scaled(total(parts), KAPPA)
