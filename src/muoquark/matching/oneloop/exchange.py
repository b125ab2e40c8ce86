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
from functools import lru_cache

from muoquark.common.arrays import Array, Scalar, namespace
from muoquark.common.constants import KAPPA
from muoquark.matching.exchange import Exchange, exchange_table
from muoquark.model.fields import generic_model
from muoquark.smeft.tensors import Coefficients, conjugate4, scaled, total
from muoquark.smeft.warsaw import FAMILIES

from .content import Content
from .dressing import GAUGE, HIGGS, constant, gauge_pairs, higgs_pairs, kind
from .functions import Loops
from .inputs import Inputs
from .vertices import SCALARS, applied, scalar_field

__all__ = ["entries", "gauge", "higgs", "inside", "tree"]

#: Two gamma matrices inside the leptoquark's own vertex: gamma^a gamma^m gamma_m gamma_a/d = d.
_OWN_VERTEX = -2.0


@lru_cache(maxsize=16)
def entries(field: str) -> tuple[Exchange, ...]:
    """Return the tree level of one leptoquark."""
    table = exchange_table(generic_model(SCALARS)).entries
    return tuple(entry for entry in table if entry.field == field)


def inside(entry: Exchange) -> str:
    """Return which kind of pairs of legs share a vertex, ``parallel`` or ``across``."""
    first = entry.spec.split(",")[0]
    return "parallel" if set(first) in ({"p", "s"}, {"r", "t"}) else "across"


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
    einsum = namespace(p.Yu).einsum
    out: Coefficients = {}
    for entry in entries(field):
        one, two = entry.couplings
        if one not in first or two not in second:
            continue
        a = applied(first[one], "*" if entry.conjugated[0] else "")
        b = applied(second[two], "*" if entry.conjugated[1] else "")
        value = einsum(entry.spec, a, b) * (float(entry.number) * f.x[field])
        out[entry.family] = out[entry.family] + value if entry.family in out else value
    return out


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


def _casimir(p: Inputs, field: str) -> Scalar:
    """g^2 times the Casimir operators of a leptoquark, summed over the groups."""
    n, y = scalar_field(field).isospin, float(scalar_field(field).Y)
    return p.g1**2 * y**2 + p.g2**2 * (n * n - 1.0) / 4.0 + p.g3**2 * 4.0 / 3.0


def _partition(field: str) -> str:
    (found,) = {inside(entry) for entry in entries(field)}
    return found


def gauge(p: Inputs, f: Loops, content: Content, scheme: str = "greek") -> Coefficients:
    """Exchange dressed by a gauge boson."""
    parts: list[Coefficients] = []
    for field in p.masses:
        if not content(field):
            continue
        c = tree(p, f, field)
        within, log = _partition(field), 1.0 + f.L[field]
        factors: dict[tuple[str, str], Scalar] = {}
        # self-energy -(1 + L), loops of leptoquark, fermion and gauge boson 2 (1 + L)
        for family in c:
            factors[family, family] = _casimir(p, field) * log
        for family in c:
            targets = tuple(name for name in c if FAMILIES[name] == FAMILIES[family])
            for pair in gauge_pairs(family, targets):
                group = p.g1**2 * pair.hypercharge + p.g2**2 * pair.isospin + p.g3**2 * pair.colour
                numbers = GAUGE[pair.type].get((kind(family), kind(pair.target)))
                if numbers is None:
                    continue
                if pair.type != within:
                    weight = numbers[0] * log + constant(numbers, scheme)
                elif scheme == "greek":
                    own = _OWN_VERTEX if kind(family) == kind(pair.target) else 0.0
                    weight = numbers[1] - own
                else:
                    continue
                key = (family, pair.target)
                factors[key] = factors.get(key, 0.0) + group * weight
        parts += [{target: factor * c[source]} for (source, target), factor in factors.items()]
    return scaled(total(parts), KAPPA)


def higgs(p: Inputs, f: Loops, content: Content, scheme: str = "greek") -> Coefficients:
    """Exchange dressed by the Higgs doublet."""
    einsum = namespace(p.Yu).einsum
    parts: list[Coefficients] = []
    for field in p.masses:
        if not content(field):
            continue
        c = tree(p, f, field)
        within, log = _partition(field), 1.0 + f.L[field]
        for family, value in c.items():
            for pair in higgs_pairs(family):
                numbers = HIGGS[pair.type].get((kind(family), kind(pair.target)))
                if numbers is None:
                    continue
                if pair.type != within:
                    weight = numbers[0] * log + constant(numbers, scheme)
                elif scheme == "greek":
                    weight = numbers[1]
                else:
                    continue
                hermitian = FAMILIES[family].hermitian, FAMILIES[pair.target].hermitian
                if hermitian == (True, False) and pair.conjugate:
                    # its conjugate comes from the conjugate pair of legs
                    continue
                letters = "prst"
                new = list(letters)
                (ya, yb), (a, b) = pair.yukawas, pair.pair
                new[a], new[b] = "a", "b"
                found = einsum(
                    f"{letters},a{letters[a]},b{letters[b]}->{''.join(new[k] for k in pair.order)}",
                    value,
                    applied(getattr(p, ya[0]), ya[1]),
                    applied(getattr(p, yb[0]), yb[1]),
                )
                if pair.conjugate:
                    found = found.conj()
                found = weight * pair.number * found
                if hermitian == (False, True):
                    # a product that is not Hermitian comes with its conjugate
                    found = found + conjugate4(found)
                parts.append({pair.target: found})
    return scaled(total(parts), KAPPA)
