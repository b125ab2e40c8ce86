"""Table 1 and eq. (3): what is printed, held against what group theory derives from it.

The printed entries stand here and nowhere else in the package, so that no list is compared with
itself: charges are solved for from the printed terms, and the printed terms are compared with an
enumeration of all operators.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from muoquark.model.invariance import judged_operators
from muoquark.paper.claims.record import Finding, Question, decide, question
from muoquark.paper.claims.symmetry import names
from muoquark.symmetry.anomalies import anomalies
from muoquark.symmetry.content import FIELD_STRENGTHS, REPRESENTATIONS, Field
from muoquark.symmetry.groups import COLOURS, su3_dimension
from muoquark.symmetry.operators import Factor, FieldProduct

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS"]

# Table 1 as printed: SU(3), SU(2) (1 where it is empty), hypercharge, X charges (one, or e, mu,
# tau).
_TABLE = {
    "q": ("3", 2, "1/6", "1/3"),
    "u": ("3", 1, "2/3", "1/3"),
    "d": ("3", 1, "-1/3", "1/3"),
    "l": ("1", 2, "-1/2", "0 -3 0"),
    "e": ("1", 1, "-1", "0 -3 0"),
    "nu": ("1", 1, "0", "0 -3 0"),
    "H": ("1", 2, "1/2", "0"),
    "S3": ("3bar", 3, "1/3", "8/3"),
    "S1": ("3bar", 1, "1/3", "8/3"),
    "Phi": ("1", 1, "0", "3"),
}
_E, _TAU, _MU = "e", "tau", "mu"
_GENERATIONS = (_E, _MU, _TAU)

# Eq. (3) as printed, V left out: the fields of each term, the generations of its leptons (each a
# tuple; quarks come in all families), the Yukawa couplings of L_SM included.  y_Phi fills what the
# charges forbid to M_R (section 2.2, condition vi): the entries with one muon.
_PRINTED: tuple[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    (("q^dag", "H^dag", "u"), ((),)),
    (("q^dag", "H", "d"), ((),)),
    (("l^dag", "H", "e"), tuple((g, g) for g in _GENERATIONS)),
    (("q", "l", "S3"), ((_MU,),)),
    (("q", "l", "S1"), ((_MU,),)),
    (("u", "e", "S1"), ((_MU,),)),
    (("d", "nu", "S1"), ((_MU,),)),
    (("l^dag", "H^dag", "nu"), tuple((g, g) for g in _GENERATIONS)),
    (("nu", "nu"), ((_E, _E), (_E, _TAU), (_TAU, _TAU))),
    (("Phi", "nu", "nu"), ((_E, _MU), (_MU, _TAU))),
    (("B", "X"), ((),)),
)
_LEPTONS = ("l", "e", "nu")


def _printed_fields() -> tuple[Field, ...]:
    """Return the fields of the table, by its entries alone (the spins are those of the names)."""
    made = []
    for name, (colour, isospin, y, x) in _TABLE.items():
        charges = tuple(Fraction(c) for c in x.split())
        if name in ("q", "u", "d"):
            charges *= 3
        made.append(Field(name, REPRESENTATIONS[name][0], colour, isospin, Fraction(y), charges))
    return tuple(made)


def _products(fields: tuple[Field, ...]) -> list[FieldProduct]:
    """Return every printed term for every printed choice of lepton generations."""
    content = (*fields, *FIELD_STRENGTHS)
    flavours = {f.name: f.flavours for f in content}
    found = []
    for term, choices in _PRINTED:
        for choice in choices:
            left = list(choice)
            factors = []
            for text in term:
                one = Factor.parse(text)
                # the families of quarks have equal charges: the first one stands for all
                flavour = left.pop(0) if one.name in _LEPTONS else flavours[one.name][0]
                factors.append(Factor(one.name, flavour, one.dagger))
            found.append(FieldProduct.of(factors, content))
    return found


def _solved(
    products: list[FieldProduct], fields: tuple[Field, ...], abelian: str
) -> dict[str, list[Fraction]]:
    """Solve for the charges of the Abelian group `abelian` (Y or X) from the printed terms.

    Invariance of every term and the anomaly SU(2)^2 are linear in the charges.  For Y, Phi is a
    singlet; for X, H is neutral.  What is left is one number, the unit; empty if more is left.
    """
    unknown = [(f.name, g) for f in fields for g in (f.flavours if f.name in _LEPTONS else ("",))]
    place = {key: k for k, key in enumerate(unknown)}
    rows = []
    for item in products:
        row = np.zeros(len(unknown))
        for factor, field in zip(item.factors, item.fields, strict=True):
            if field in FIELD_STRENGTHS:
                continue
            key = (factor.name, factor.flavour if factor.name in _LEPTONS else "")
            row[place[key]] += -1 if factor.dagger else 1
        rows.append(row)
    # SU(2)^2 anomaly: three colours of three families of q, and the three l.
    row = np.zeros(len(unknown))
    for field in fields:
        if field.fermion and field.isospin == 2:
            colours = su3_dimension(COLOURS[field.colour])
            for name, g in unknown:
                if name == field.name:
                    row[place[name, g]] += colours * (1 if g else 3)
    rows.append(row)
    neutral = np.zeros(len(unknown))
    neutral[place["Phi" if abelian == "Y" else "H", ""]] = 1
    rows.append(neutral)
    _, sizes, vectors = np.linalg.svd(np.array(rows))
    rank = int((sizes > 1e-9 * sizes[0]).sum())
    if len(unknown) - rank != 1:
        return {}
    vector = vectors[-1]
    unit = {"Y": (("e", _E), Fraction(-1)), "X": (("q", ""), Fraction(1, 3))}[abelian]
    if abs(vector[place[unit[0]]]) < 1e-9:
        return {}
    vector = vector * float(unit[1]) / vector[place[unit[0]]]
    charges: dict[str, list[Fraction]] = {}
    for (name, _), x in zip(unknown, vector, strict=True):
        charges.setdefault(name, []).append(Fraction(float(x)).limit_denominator(1000))
    return charges


@question(
    "symmetry.table1",
    "Table 1",
    "Representations, hypercharges and U(1)_X charges of the ten fields",
    "40 entries",
    "the 20 charges are the only ones that leave the printed terms of eq. (3) invariant, without "
    "SU(2)^2 anomaly (Phi without hypercharge, H neutral under X, units as printed); with the 20 "
    "representations every one of these terms has an invariant contraction",
    "muoquark reproduce --only symmetry.table1",
)
def table1(ws: Workspace) -> Finding:
    """Solve eq. (3) for the charges, and contract its terms."""
    fields = tuple(f for f in ws.model.fields if f.name in _TABLE)
    products = _products(_printed_fields())
    wrong: list[str] = []
    for abelian in ("Y", "X"):
        solved = _solved(products, _printed_fields(), abelian)
        for name, (_, _, y, x) in _TABLE.items():
            printed = [Fraction(c) for c in (y if abelian == "Y" else x).split()]
            found = solved.get(name, [])
            if not found or list(found) != printed * (len(found) // len(printed)):
                wrong.append(f"{name}: {abelian}")
    empty = [
        str(p)
        for p in products
        if {"SU(3)", "SU(2)", "Lorentz", "statistics"} & set(p.obstructions())
    ]
    other = [f.name for f in fields if f not in _printed_fields()]
    other += [name for name in _TABLE if name not in {f.name for f in fields}]
    return Finding(
        f"{20 - len(wrong)} of 20 charges follow from eq. (3); {len(products) - len(empty)} of its "
        f"{len(products)} terms have a contraction",
        decide(not wrong and not empty and not other),
        f"charges that differ: {names(wrong)}; terms without a contraction: {names(empty)}; fields "
        f"with which this package computes otherwise than printed: {names(other)}",
        value=float(len(wrong) + len(empty)),
        numbers={"wrong": wrong, "without_contraction": empty, "other_in_model": other},
    )


def _canonical(factors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the smaller of an operator and its conjugate, sorted."""
    other = [f.removesuffix("^dag") if f.endswith("^dag") else f"{f}^dag" for f in factors]
    return min(tuple(sorted(factors)), tuple(sorted(other)))


def _unprinted(ws: Workspace) -> list[str]:
    """Return the operators of dimension four and less, V left out, that eq. (3) does not print."""
    listed = {_canonical(term) for term, _ in _PRINTED}
    generations = {
        _canonical(term): {tuple(sorted(c)) for c in choices} for term, choices in _PRINTED
    }
    absent = []
    for operator in judged_operators(ws.model.fields, 4):
        if operator.kind == "potential" or operator.forbidden:
            continue
        key = _canonical(operator.factors)
        if key not in listed:
            absent.append(str(operator))
            continue
        for item, charge in operator.components:
            leptons = tuple(sorted(x.flavour for x in item.factors if x.name in _LEPTONS))
            # eq. (3) prints y_nu and the Yukawa matrix of L_SM with all their entries
            full = len(leptons) == 2 and "H" in {x.name for x in item.factors}
            if not charge and not full and leptons not in generations[key]:
                absent.append(str(item))
    return sorted(set(absent))


@question(
    "symmetry.eq3",
    "section 2.3, eq. (3)",
    "Eq. (3) is the full Lagrangian: its terms are invariant and there are no others",
    "no number",
    "every printed term is invariant under all groups; every operator of dimension four or less "
    "that the groups allow is printed (V, which the paper does not print, is left out)",
    "muoquark reproduce --only symmetry.eq3",
)
def eq3(ws: Workspace) -> Finding:
    """Test every printed term, then compare the printed list with an enumeration."""
    by_name = {f.name for f in ws.model.fields}
    fields = tuple(f for f in ws.model.fields if f.name in _TABLE)
    if not set(_TABLE) <= by_name:
        return Finding(
            f"the model lacks {names(n for n in _TABLE if n not in by_name)}",
            decide(False),
            "the terms of eq. (3) cannot be written without them",
        )
    products = _products(fields)
    bad = [str(p) for p in products if p.obstructions()]
    absent = _unprinted(ws)
    return Finding(
        f"{len(products) - len(bad)} of {len(products)} printed terms invariant, {len(absent)} "
        "allowed ones not printed",
        decide(not bad and not absent),
        f"not invariant: {names(bad)}; not printed: {names(absent)}; one lepton entry each counts "
        "as a term, the quark families as one",
        value=float(len(bad) + len(absent)),
        numbers={"terms": len(products), "not_invariant": bad, "not_printed": absent},
    )


@question(
    "symmetry.renormalisable",
    "section 2.5, first sentence",
    "The model is renormalisable",
    "no number",
    "no printed term of eq. (3) has a dimension above four, loops ask for no counterterm outside "
    "of it and of V, and all gauge anomalies vanish",
    "muoquark reproduce --only symmetry.renormalisable",
)
def renormalisable(ws: Workspace) -> Finding:
    """Count dimensions, counterterms and anomalies."""
    content = (*(f for f in ws.model.fields if f.name in _TABLE), *FIELD_STRENGTHS)
    dimension = {f.name: f.dimension for f in content}
    present = [t for t, _ in _PRINTED if {x.removesuffix("^dag") for x in t} <= set(dimension)]
    largest = max(sum(dimension[x.removesuffix("^dag")] for x in t) for t in present)
    counterterms = _unprinted(ws)
    anomalous = [a.name for a in anomalies(ws.model.fields) if not a.vanishes]
    return Finding(
        f"largest dimension {largest}; {len(counterterms)} counterterms outside of eq. (3); "
        f"{len(anomalous)} anomalies",
        decide(largest <= 4 and not counterterms and not anomalous),
        f"counterterms: {names(counterterms)}; anomalies: {names(anomalous)}. V is taken to be the "
        "general potential of dimension four",
        value=float(largest),
        numbers={"counterterms": counterterms, "anomalies": anomalous},
    )


CLAIMS: tuple[Question, ...] = (table1, eq3, renormalisable)
