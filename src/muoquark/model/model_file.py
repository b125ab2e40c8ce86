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

Without charges ``fields`` may be a list of names.  Where it has none of q, u, d, l, e and H, and
nothing but known fields, these are there without charge.  ``charges: k=1/3 L=0,-3,0 Phi=3`` gives
charges to these, to nu and to Phi (:func:`~muoquark.symmetry.assignment.parse_assignment`);
``fields`` is then a list of leptoquarks, each with the charge that couples it to the muon.

Known fields bring their terms with them (``models/known.yaml``); a term of the file with such a
name, and the same fields, replaces it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from muoquark.common.document import Document, Node, read_document, read_text
from muoquark.common.errors import InputError, suggest
from muoquark.common.tex import formula_problem
from muoquark.model.fields import Gauge, Model
from muoquark.model.potential import AUTOMATIC, product_key
from muoquark.model.terms import Term, known_terms, terms_for
from muoquark.sm.parameters import SM_NAMES
from muoquark.symmetry.assignment import parse_assignment
from muoquark.symmetry.content import FIELD_STRENGTHS, REPRESENTATIONS, Field, with_charges
from muoquark.symmetry.content_file import fields_of_node
from muoquark.symmetry.contractions import RESERVED, Contraction, independent, parse_term
from muoquark.symmetry.operators import Factor, FieldProduct

__all__ = ["model_of_node", "parse_model", "read_model"]

#: Of a model.
MODEL_KEYS = ("name", "gauge", "charges", "fields", "terms", "names")
_PARTS = ("_re", "_im")
_LEPTOQUARKS = tuple(
    name
    for name, (spin, colour, *_) in REPRESENTATIONS.items()
    if spin in ("scalar", "vector") and colour != "1"
)
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
    """Validate the text of a model, see :func:`read_model`.

    Examples
    --------
    >>> import muoquark
    >>> muoquark.parse_model("{name: mine, fields: {R2: {}}}").name
    'mine'
    """
    document = read_document(text, source)
    model = model_of_node(document.root, document, source)
    document.finish()
    assert model is not None
    return model


def model_of_node(root: Node, document: Document, source: str) -> Model | None:
    """Return the model of a node of a document; None if it has faults, which are noted."""
    before = len(document.faults)
    # of charges alone: their boson is the only heavy field
    needed = () if root.entries is not None and "charges" in root.entries else ("fields",)
    top = root.mapping(MODEL_KEYS, required=needed)
    name = top["name"].text() if "name" in top else None
    gauge = _gauge(top["gauge"]) if "gauge" in top else None
    here = len(document.faults)
    if "charges" in top:
        fields, title = _charged(top["charges"], top.get("fields"))
        name = name or title
    else:
        fields = _fields(top["fields"], gauge or Gauge()) if "fields" in top else ()
    if not fields or len(document.faults) > here:
        return None  # terms of fields that are not known would be faults that are none
    known = {term.coupling for term in known_terms()}  # these can be written anew
    taken = {name: what for name, what in _known_names().items() if name not in known}
    taken |= _boson_names(gauge or Gauge()) | {field.name: "a field" for field in fields}
    terms = _terms(top["terms"], fields, taken) if "terms" in top else ()
    if gauge is None and any(charge for field in fields for charge in field.X):
        gauge = Gauge()
    model = Model(name or source, fields, gauge=gauge, own_terms=terms)
    names = _names(top["names"], model) if "names" in top else {}
    return None if len(document.faults) > before else replace(model, own_names=names)


def _known_names() -> dict[str, str]:
    """Return the names that mean the same in every model, with what they are."""
    out = {name: "a parameter of the Standard Model" for name in SM_NAMES}
    out |= {f"g{k}": "a gauge coupling" for k in (1, 2, 3)}
    return out | {term.coupling: f"the coupling of {term}" for term in known_terms()}


def _boson_names(gauge: Gauge) -> dict[str, str]:
    out = dict.fromkeys((gauge.coupling, gauge.mixing, "gYX"), "a coupling of U(1)_X")
    return out | {gauge.mass: "the mass of U(1)_X"}


def _gauge(node: Node) -> Gauge | None:
    top = node.mapping(("X",), required=("X",))
    if "X" not in top:
        return None
    entries = top["X"].mapping(("coupling", "mixing", "mass"))
    taken = _known_names() | dict.fromkeys(REPRESENTATIONS, "a field")
    values = {}
    for key, entry in entries.items():
        name = entry.text()
        if name is None or not _is_name(name, "name", entry):
            continue
        if name in taken:
            entry.fault(f"'{name}' is {taken[name]}: another name is needed")
        taken[name] = f"the {key} of U(1)_X"
        values[key] = name
    return Gauge(**values)


def _is_name(name: str, what: str, node: Node) -> bool:
    """Say so if a text is no name."""
    good = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None
    if not good:
        node.fault(f"a {what} begins with a letter and has letters, digits and _, found '{name}'")
    return good


def _charged(charges: Node, node: Node | None) -> tuple[tuple[Field, ...], str]:
    """Return the fields of a charge assignment with these leptoquarks, and what names it."""
    names = _listed(node, _LEPTOQUARKS) if node is not None else []
    text = charges.text()
    if text is None:
        return (), ""
    try:
        assignment, phi = parse_assignment(text)
    except InputError as error:
        charges.fault("; ".join(fault.message for fault in error.faults))
        return (), ""
    return assignment.fields(names, phi), assignment.text(phi)


def _listed(node: Node, allowed: Iterable[str]) -> list[str]:
    """Return the names in a list of fields; none if there are faults."""
    if node.items is None:
        node.fault(f"expected a list of leptoquarks, whose charges follow, found {node.kind}")
        return []
    names = [item.text(tuple(allowed)) for item in node.items]
    seen: set[str] = set()
    for item, name in zip(node.items, names, strict=True):
        if name in seen:
            item.fault(f"the field '{name}' stands twice")
        seen.add(name or "")
    if not node.items:
        node.fault("there are no fields")
    return [] if None in names else [name for name in names if name]


def _fields(node: Node, gauge: Gauge) -> tuple[Field, ...]:
    if node.items is not None:
        names = _listed(node, REPRESENTATIONS)
        if not names:
            return ()
        fields = with_charges(dict.fromkeys(names, 0))
    else:
        fields = fields_of_node(node)
        _check_new_fields(fields, node, gauge)
    if {field.name for field in fields}.isdisjoint(_STANDARD) and all(
        field.name in REPRESENTATIONS for field in fields
    ):
        return (*with_charges(dict.fromkeys(_STANDARD, 0)), *fields)
    return fields


def _check_new_fields(fields: Iterable[Field], node: Node, gauge: Gauge) -> None:
    """A field of the file's own must be one that terms can name."""
    taken = {name: "the factor i" if name == "i" else "a tensor" for name in RESERVED}
    taken |= dict.fromkeys((field.name for field in FIELD_STRENGTHS), "a field strength")
    taken |= _known_names() | _boson_names(gauge)
    for field in fields:
        if field.name in REPRESENTATIONS or node.entries is None:
            continue
        entry = node.entries[field.name]
        if not re.fullmatch("[A-Za-z][A-Za-z0-9]*", field.name):
            entry.fault("the name of a field is made of letters a to z and digits, a letter first")
        elif field.name in taken:
            entry.fault(f"a field cannot be called '{field.name}': that is {taken[field.name]}")
        if not field.fermion and len(field.X) > 1:
            entry.fault(
                f"a scalar has one charge, found {len(field.X)}: write each scalar as a field"
            )


def _terms(node: Node, fields: tuple[Field, ...], taken: Mapping[str, str]) -> tuple[Term, ...]:
    if node.entries == {} or node.kind == "nothing":
        node.fault("there are no terms: leave the key out")
        return ()
    known = {term.coupling: term for term in terms_for(fields)}
    found: dict[str, Term] = {}
    for coupling, entry in node.mapping().items():
        good = _check_coupling(coupling, taken, entry)
        text = entry.text()
        if text is None:
            continue
        try:
            contraction = parse_term(text, fields)
        except InputError as error:
            for fault in error.faults:
                entry.fault(fault.message)
            continue
        problem = _problem(contraction) or _misnamed(coupling, contraction)
        if problem is not None:
            entry.fault(problem)
            continue
        if not good:
            continue
        term = Term(coupling, contraction)
        rivals = {**known, **found}
        rivals.pop(coupling, None)
        if _is_new(term, rivals, entry):
            found[coupling] = term
    return tuple(found.values())


def _check_coupling(coupling: str, taken: Mapping[str, str], entry: Node) -> bool:
    """Say so if the name of a coupling is none, or another thing's."""
    if not _is_name(coupling, "coupling", entry):
        return False
    if coupling in taken:
        entry.fault(f"a coupling cannot be called '{coupling}': that is {taken[coupling]}")
    elif coupling.startswith(AUTOMATIC):
        entry.fault(
            "names that begin with m2_ or l_ belong to the terms of the potential that no file "
            "writes: another name is needed"
        )
    elif coupling.endswith(_PARTS):
        entry.fault(
            "names that end in _re or _im belong to the parts of a complex coupling: another name "
            "is needed"
        )
    else:
        return True
    return False


def _misnamed(coupling: str, contraction: Contraction) -> str | None:
    """A known coupling keeps its fields, whichever way these are contracted."""
    known = {term.coupling: term for term in known_terms()}
    if coupling not in known:
        return None
    term = known[coupling]
    if product_key(term.factors) == product_key(contraction.factors):
        return None
    fields = " ".join(contraction.factors)
    return f"'{coupling}' is the coupling of {term}, not of {fields}: another name is needed"


def _problem(contraction: Contraction) -> str | None:
    """Say why a contraction is no term of a Lagrangian."""
    product = _generations_apart(contraction)
    obstructions = product.obstructions()
    for group in ("SU(3)", "SU(2)"):
        if group in obstructions:
            return f"not invariant under {group}: no contraction of these fields is"
    broken = contraction.broken_by()
    if broken is not None:
        group, generator = broken.split()
        return f"not invariant under {group}: its generator {generator} changes the contraction"
    if contraction.hypercharge:
        return f"not invariant under U(1)_Y: the hypercharges add up to {contraction.hypercharge}"
    if "Lorentz" in obstructions:
        return (
            "no Lorentz scalar: two left-handed fermions make one, or two right-handed ones (+ "
            "turns the hand), or none"
        )
    if product.dimension > 4:
        return f"has the mass dimension {product.dimension}, allowed are four and less"
    if len(contraction.slots) == 1:
        return "is a single field, allowed are two and more"
    if not contraction.polynomial or not product.invariants():
        return (
            "vanishes: identical fields are contracted antisymmetrically"
            if not contraction.fermions
            else "vanishes: identical fermions anticommute, and nothing else tells them apart"
        )
    if not contraction.allowed:
        ranges = (range(len(field.X)) for field in contraction.fields)
        charges = sorted({contraction.charge(choice) for choice in itertools.product(*ranges)})
        return "forbidden by U(1)_X: the charges add up to " + ", ".join(map(str, charges))
    if contraction.self_conjugate and not contraction.fermions and not contraction.real:
        return (
            "not real: these fields are their own conjugate, so that the contraction must be, too "
            "(with a factor i where it changes sign)"
        )
    return None


def _generations_apart(contraction: Contraction) -> FieldProduct:
    """Return the product without X charges, equal fermions in different generations if any."""
    seen: Counter[str] = Counter()
    factors, fields = [], []
    for slot, field in zip(contraction.slots, contraction.fields, strict=True):
        flavours = field.flavours
        factors.append(Factor(slot.name, flavours[seen[slot.name] % len(flavours)], slot.dagger))
        fields.append(replace(field, X=(0,) * len(field.X)))
        seen[slot.name] += 1
    return FieldProduct(tuple(factors), tuple(fields))


def _is_new(term: Term, rivals: Mapping[str, Term], entry: Node) -> bool:
    """Say so if a contraction depends on the others of the same fields."""
    key = product_key(term.factors)
    others = [other for other in rivals.values() if product_key(other.factors) == key]
    contractions = [other.contraction for other in others]
    if independent([*contractions, term.contraction]) > independent(contractions):
        return True
    number = _generations_apart(term.contraction).invariants()
    names = ", ".join(other.coupling for other in others)
    verb = "is" if len(others) == 1 else "are"
    if len(others) == number:
        entry.fault(
            f"one contraction too many: {term} has {number}, and {names} {verb} there already"
        )
    else:
        entry.fault(f"nothing new: this is a combination of {names}, which {verb} there already")
    return False


def _names(node: Node, model: Model) -> dict[str, str]:
    allowed = [field.name for field in model.fields]
    allowed += [term.coupling for term in model.written]
    if model.gauge is not None:
        allowed += [model.gauge.coupling, model.gauge.mixing, model.gauge.mass]
    out = {}
    for name, entry in node.mapping().items():
        if name.startswith(AUTOMATIC):
            automatic = [term.coupling for term in model.potential.terms if term.automatic]
            if name not in automatic:
                entry.fault(f"unknown coupling '{name}': {suggest(name, automatic)}")
                continue
        elif name not in allowed:
            entry.fault(f"unknown field or coupling '{name}': {suggest(name, allowed)}")
            continue
        text = entry.text()
        if text is None:
            continue
        problem = formula_problem(text)
        if problem is not None:
            entry.fault(problem)
            continue
        out[name] = text
    return out
