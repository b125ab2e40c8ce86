"""Models from YAML files, with every fault at once.

    name: B-3Lmu                        # optional
    gauge: {X: {coupling: gX, mixing: epsBX, mass: mX}}      # optional
    fields:
      q: 1/3                            # known fields: their X charge, for all generations,
      l: [0, -3, 0]                     # or one for each
      S3: {X: 8/3}
      psi: {spin: left, colour: 3, isospin: 2, Y: 1/6, X: [1, -1]}    # any other field
    terms:                              # of -L, + h.c. where not real
      eta3L: q_i l_j S3_A   eps_ik sigma^A_kj
    names: {eta3L: '\\eta^{3L}'}         # in TeX

Without charges ``fields`` may be a list of names.  If it has none of q, u, d, l, e and H, these
are there without charge.  Known fields bring their terms with them (``models/known.yaml``); a term
of the file with such a name replaces it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from muoquark.common.document import Document, Node, read_document, read_text
from muoquark.common.errors import InputError, suggest
from muoquark.model.fields import Gauge, Model
from muoquark.model.potential import product_key
from muoquark.model.terms import Term, terms_for
from muoquark.symmetry.content import REPRESENTATIONS, Field, with_charges
from muoquark.symmetry.content_file import fields_of_node
from muoquark.symmetry.contractions import Contraction, independent, parse_term
from muoquark.symmetry.operators import Factor, FieldProduct

__all__ = ["parse_model", "read_model"]

_KEYS = ("name", "gauge", "fields", "terms", "names")
_STANDARD = ("q", "u", "d", "l", "e", "H")


def read_model(path: str | Path) -> Model:
    """Read a model from a file or standard input (``-``).

    Raises
    ------
    InputError
        With every fault of the file, each with its line and what is allowed.
    """
    text, source = read_text(path)
    return parse_model(text, source)


def parse_model(text: str, source: str = "<model>") -> Model:
    """Validate the text of a model, see :func:`read_model`."""
    document = read_document(text, source)
    model = model_of_node(document.root, document, source)
    document.finish()
    assert model is not None
    return model


def model_of_node(root: Node, document: Document, source: str) -> Model | None:
    """Return the model of a node of a document; None if it has faults, which are noted."""
    before = len(document.faults)
    top = root.mapping(_KEYS, required=("fields",))
    name = top["name"].text() if "name" in top else None
    gauge = _gauge(top["gauge"]) if "gauge" in top else None
    fields = _fields(top["fields"]) if "fields" in top else ()
    if "fields" in top and len(document.faults) == before:
        terms = _terms(top["terms"], fields) if "terms" in top else ()
    else:
        return None  # terms of fields that are not known would be faults that are none
    names = _names(top["names"], fields, terms) if "names" in top else {}
    if gauge is None and any(charge for field in fields for charge in field.X):
        gauge = Gauge()
    if len(document.faults) > before:
        return None
    return Model(name or source, fields, gauge=gauge, own_terms=terms, own_names=names)


def _gauge(node: Node) -> Gauge | None:
    top = node.mapping(("X",), required=("X",))
    if "X" not in top:
        return None
    entries = top["X"].mapping(("coupling", "mixing", "mass"))
    values = {key: entry.text() for key, entry in entries.items()}
    return Gauge(**{key: value for key, value in values.items() if value})


def _fields(node: Node) -> tuple[Field, ...]:
    if node.items is not None:
        names = [item.text(tuple(REPRESENTATIONS)) for item in node.items]
        seen: set[str] = set()
        for item, name in zip(node.items, names, strict=True):
            if name in seen:
                item.fault(f"the field '{name}' stands twice")
            seen.add(name or "")
        if not node.items:
            node.fault("there are no fields")
        if None in names:
            return ()
        fields = with_charges(dict.fromkeys((name for name in names if name), 0))
    else:
        fields = fields_of_node(node)
    if {field.name for field in fields}.isdisjoint(_STANDARD) and all(
        field.name in REPRESENTATIONS for field in fields
    ):
        return (*with_charges(dict.fromkeys(_STANDARD, 0)), *fields)
    return fields


def _terms(node: Node, fields: tuple[Field, ...]) -> tuple[Term, ...]:
    known = {term.coupling: term for term in terms_for(fields)}
    found: dict[str, Term] = {}
    for coupling, entry in node.mapping().items():
        text = entry.text()
        if text is None:
            continue
        if not coupling.replace("_", "").isalnum():
            entry.fault("the name of a coupling is made of letters, digits and _")
            continue
        try:
            contraction = parse_term(text, fields)
        except InputError as error:
            for fault in error.faults:
                entry.fault(fault.message)
            continue
        problem = _problem(contraction)
        if problem is not None:
            entry.fault(problem)
            continue
        term = Term(coupling, contraction)
        rivals = {**known, **found}
        rivals.pop(coupling, None)
        _check_number(term, rivals, entry)
        found[coupling] = term
    return tuple(found.values())


def _problem(contraction: Contraction) -> str | None:
    """Say why a contraction is no term of a Lagrangian."""
    product = FieldProduct.of(map(Factor.parse, contraction.factors), _generic(contraction))
    broken = contraction.broken_by()
    if broken is not None:
        return f"not invariant under {broken}"
    if contraction.hypercharge:
        return f"not invariant under U(1)_Y: the hypercharges add up to {contraction.hypercharge}"
    if "Lorentz" in product.obstructions():
        return "no Lorentz scalar: two left-handed fields, or two right-handed, make one"
    if product.dimension > 4:
        return f"of dimension {product.dimension}: allowed are two to four"
    if not contraction.polynomial or not product.invariants(distinct=bool(contraction.fermions)):
        return "vanishes: the contraction of identical fields is antisymmetric"
    if not contraction.allowed:
        ranges = (range(len(field.X)) for field in contraction.fields)
        charges = sorted({contraction.charge(choice) for choice in itertools.product(*ranges)})
        return "forbidden by U(1)_X: the charges add up to " + ", ".join(map(str, charges))
    if contraction.self_conjugate and not contraction.fermions and not contraction.real:
        return "not real: a product that is its own conjugate needs a real contraction (factor i?)"
    return None


def _generic(contraction: Contraction) -> tuple[Field, ...]:
    """The fields without charges, so that only the other groups speak."""
    return tuple(replace(field, X=(0,)) for field in contraction.fields)


def _check_number(term: Term, rivals: Mapping[str, Term], entry: Node) -> None:
    """A contraction must be independent of the others of the same fields."""
    key = product_key(term.factors)
    others = [other for other in rivals.values() if product_key(other.factors) == key]
    if not others:
        return
    contractions = [other.contraction for other in others]
    before = independent(contractions)
    if independent([*contractions, term.contraction]) > before:
        return
    product = FieldProduct.of(map(Factor.parse, term.factors), _generic(term.contraction))
    number = product.invariants(distinct=bool(term.contraction.fermions))
    names = ", ".join(other.coupling for other in others)
    entry.fault(
        f"one contraction too many: {term} has {number}, and "
        f"{names} {'is' if len(others) == 1 else 'are'} there already"
    )


def _names(node: Node, fields: tuple[Field, ...], terms: tuple[Term, ...]) -> dict[str, str]:
    allowed = [field.name for field in fields]
    allowed += [term.coupling for term in (*terms_for(fields), *terms)]
    out = {}
    for name, entry in node.mapping().items():
        if name not in allowed and not name.startswith(("l_", "m2_")):
            entry.fault(f"unknown field or coupling '{name}': {suggest(name, allowed)}")
            continue
        text = entry.text()
        if text is not None:
            out[name] = text
    return out
