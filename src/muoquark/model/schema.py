"""The JSON Schema of a card, for editors and for programs that write cards.

It is made from what the reader (:mod:`muoquark.model.card_file`) and the models themselves use:
keys, ranges, names of fields and couplings.  What only the reader can judge stays with it:
couplings that the charges forbid, empty ranges, free parameters of one name that differ.
``card.schema.json`` is the text of :func:`card_schema`; ``muoquark check --schema`` prints it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from math import isfinite, pi
from typing import Any

from muoquark.common.constants import M_Z
from muoquark.model import card_file as reader
from muoquark.model.ansatz import ANSAETZE, LEFT_HANDED
from muoquark.model.boson import VEV_KEY, boson_names
from muoquark.model.card import Ansatz, Card, Free
from muoquark.model.fields import (
    BUILT_IN,
    Gauge,
    Model,
    built_in_model,
    every_known_field,
    generic_model,
)
from muoquark.model.free_parameters import FREE_KEYS
from muoquark.model.gauge_reader import ROTATIONS_KEY, gauge_ranges
from muoquark.model.model_file import MODEL_KEYS
from muoquark.model.prior import KINDS
from muoquark.model.rotation import ALIGNED, ANGLES, PHASES, ROTATED
from muoquark.sm.parameters import SM_NAMES
from muoquark.sm.running import SCALE_MAX
from muoquark.symmetry.content import FLAVOURS, REPRESENTATIONS, SPINS, Field, known_field
from muoquark.symmetry.content_file import LARGEST_ISOSPIN, NEW_FIELD_KEYS
from muoquark.symmetry.groups import COLOURS

__all__ = ["card_schema"]

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What the reader takes in quotes: a Python literal, blanks anywhere but within numbers.
_DIGITS = r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_COMPLEX = rf"^ *([+-]? *{_DIGITS}|([+-]? *{_DIGITS} *[+-]|[+-])? *({_DIGITS})?[jJ]) *$"
_REAL = rf"^ *[+-]? *{_DIGITS} *([+-] *0*\.?0*[jJ])? *$"
_INTEGER = r"[+-]?[0-9]+"
_CHARGE = rf"^ *{_INTEGER} *(/ *[+-]?0*[1-9][0-9]* *)?$"
_NAME = "^[A-Za-z][A-Za-z0-9_]*$"
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_FILLED: Schema = {**_TEXT, "pattern": r"\S"}


def card_schema(model: Model | None = None) -> Schema:
    """Return the JSON Schema (draft 2020-12) of cards.

    Parameters
    ----------
    model
        The model whose fields, couplings and quartics a card may name.  By default all known
        ones; a card of a built-in model may name only those of that model, and a card with a
        model of its own any others, too.

    Examples
    --------
    >>> sorted(card_schema()["properties"])[:3]
    ['couplings', 'gauge', 'masses']
    """
    about = _attributes(Card)
    shown = every_known_field() if model is None else _widest(model)
    names = _names(shown)
    closed = model is not None
    keys: dict[str, Schema] = {
        "model": {
            "anyOf": [
                {"enum": list(BUILT_IN)},
                {"type": "string", "pattern": r"[./\\]", "description": "A file with a model."},
                _ref("model"),
            ]
        },
        "masses": _mapping(
            {name: _ref("mass") | _said(_of_field(shown.field(name))) for name in names["masses"]},
            None if closed else _ref("mass"),
        ),
        "mu_M": _real(M_Z, SCALE_MAX),
        "couplings": _mapping(
            {name: _coupling(name, shown) for name in names["couplings"]},
            None if closed else _ref("singlet"),
        ),
        "product": {
            "anyOf": [_ref("product"), {"type": "array", "items": _ref("product")}],
            **_entries_of(names["couplings"] if closed else None),
        },
        "quartics": _mapping(
            {
                name: _ref("varied" if term.real else "complex")
                | _said(f"{shown.label(name)} of {term.text}")
                for name, term in shown.quartics.items()
            },
            None if closed else _ref("complex"),
        ),
        "gauge": _gauge(shown, closed),
        "sm": _mapping({name: _sm(name) for name in SM_NAMES}, None),
    }
    for key, schema in keys.items():
        schema.setdefault("description", about[{"product": "products"}.get(key, key)])
    schema = {
        "$schema": _DIALECT,
        "title": "muoquark card" + ("" if model is None else f" of {model.name}"),
        "description": "A point of a model, or a family of points with free parameters.",
        **_mapping({key: keys[key] for key in reader.CARD_KEYS}, None),
        # not empty: one of its keys sets something
        "not": {"additionalProperties": {"type": "object", "maxProperties": 0}},
        "$defs": _definitions(),
    }
    if model is None:
        schema["allOf"] = [_built_in(name) for name in BUILT_IN]
    return schema


def _gauge(model: Model, closed: bool) -> Schema:
    """Return the schema of the boson of U(1)_X: numbers and rotations."""
    numbers = {name: _varied(*ends) for name, ends in gauge_ranges(model).items()}
    about = "From mass eigenstates to the basis of charges: angles, a unitary matrix"
    aligned: Schema = {"anyOf": [_ref("rotation"), {"enum": list(ALIGNED)}]}
    rotations: dict[str, Schema] = {name: _ref("rotation") | _said(f"{about}.") for name in ROTATED}
    rotations["q"] = aligned | _said(f"{about}, or down or up.")
    names = boson_names(model)
    found = _mapping(
        {**numbers, ROTATIONS_KEY: _object(rotations)}, None if closed else _ref("varied")
    )
    return {**found, "not": {"required": [names.mass, VEV_KEY]}}


def _names(model: Model) -> dict[str, list[str]]:
    return {
        "masses": [field.name for field in model.heavy],
        "couplings": list(model.heavy_couplings),
        "quartics": list(model.quartics),
        "gauge": [*gauge_ranges(model), ROTATIONS_KEY],
    }


def _widest(model: Model) -> Model:
    """Return a model; for ``generic``, which has every field that a card gives a mass, with all."""
    if model != built_in_model("generic"):
        return model
    return generic_model(one.name for one in every_known_field().heavy)


def _built_in(name: str) -> Schema:
    """Return what a card of a built-in model is held to: the names of that model."""
    names = _names(_widest(built_in_model(name)))
    chosen: Schema = {"properties": {"model": {"const": name}}}
    if name != Card().model.name:
        chosen["required"] = ["model"]
    held: Schema = {key: {"propertyNames": {"enum": known}} for key, known in names.items()}
    held["product"] = _entries_of(names["couplings"])
    return {"if": chosen, "then": {"properties": held}}


def _definitions() -> dict[str, Schema]:
    free, ansatz = _attributes(Free), _attributes(Ansatz)
    complex_number = {
        "anyOf": [
            {"type": "number"},
            {"type": "string", "pattern": _COMPLEX},
            _ref("free"),
            _object(dict.fromkeys(("Re", "Im"), _ref("varied")), ("Re", "Im")),
        ],
        "description": "A number, a complex one as a Python literal in quotes, a free parameter, "
        "or real and imaginary part each by itself.",
    }
    number = _ref("complex")
    light = {"anyOf": [number, _list(number, 2)], "description": ansatz["light"]}
    direction = {
        "ansatz": {"enum": list(ANSAETZE), "description": ansatz["kind"]},
        "value": number | _said(ansatz["value"]),
    }
    arrays = [_list(number, 3), _list(_list(number, 3), 3)]
    any_light = dict(zip(reader.ANSATZ_KEYS, (*direction.values(), light), strict=True))
    product = {"of": _list({"type": "string"}, 2), **_free(free), "name": _FILLED}
    return {
        "real": _real(),
        "varied": _varied(),
        "mass": _varied(reader.MASS_MIN, reader.MASS_MAX),
        "complex": complex_number,
        "fixed": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _COMPLEX}]},
        "free": _parameter(_free(free)),
        "prior": {
            "anyOf": [
                {"enum": [kind for kind in KINDS if kind != "normal"]},
                _object(
                    {
                        "normal": {
                            "type": "array",
                            "prefixItems": [
                                _ref("real"),
                                {"allOf": [_ref("real"), {"exclusiveMinimum": 0}]},
                            ],
                            "items": False,
                            "minItems": 2,
                            "description": "Mean and width.",
                        }
                    },
                    ("normal",),
                ),
            ]
        },
        "doublet": {"anyOf": [_object(any_light, tuple(direction)), *arrays]},
        "singlet": {"anyOf": [_object(direction, tuple(direction)), *arrays]},
        "product": _parameter({key: product[key] for key in reader.PRODUCT_KEYS}, ("of", "free")),
        "matrix": _list(_list(_ref("fixed"), 3), 3),
        "charge": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": _CHARGE}]},
        "angle": _varied(-2 * pi, 2 * pi),
        "rotation": {
            "anyOf": [
                {
                    **_object(dict.fromkeys((*ANGLES, *PHASES), _ref("angle"))),
                    "dependentRequired": {f"d{key[1:]}": [key] for key in ANGLES},
                },
                _ref("matrix"),
            ]
        },
        "model": _model(),
    }


def _model() -> Schema:
    """Return the schema of a model in place, docs/models.md."""
    about = _attributes(Gauge)["coupling"]
    named = {"type": "string", "pattern": _NAME}
    charge = _ref("charge")

    def known(name: str) -> Schema:
        lists = [_list(charge, 3 if name in FLAVOURS else 1)]
        charges = {"anyOf": [charge, *lists]}
        text = _of_field(known_field(name, (0,)))
        return {"anyOf": [charge, *lists, _object({"X": charges})], "description": text}

    new: dict[str, Schema] = {
        "spin": {"enum": list(SPINS)},
        "colour": {"enum": [*COLOURS, *(int(x) for x in COLOURS if x.isdecimal())]},
        "isospin": {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LARGEST_ISOSPIN},
                {"type": "string", "pattern": f"^[1-{LARGEST_ISOSPIN}]$"},
            ]
        },
        "Y": charge,
        "X": {"anyOf": [charge, {"type": "array", "items": charge, "minItems": 1}]},
    }
    fields = {
        "anyOf": [
            {
                "type": "array",
                "items": {"enum": list(REPRESENTATIONS)},
                "minItems": 1,
                "uniqueItems": True,
            },
            {
                "type": "object",
                "minProperties": 1,
                "properties": {name: known(name) for name in REPRESENTATIONS},
                "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9]*$"},
                "additionalProperties": _object(
                    {key: new[key] for key in NEW_FIELD_KEYS}, ("spin", "Y", "X")
                ),
            },
        ]
    }
    terms = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": {"type": "string"},
    }
    boson = _object(dict.fromkeys(("coupling", "mixing", "mass"), named | _said(about)))
    keys: dict[str, Schema] = {
        "name": _TEXT,
        "gauge": _object({"X": boson}, ("X",)),
        "charges": {"type": "string", "description": "As in k=1/3 L=0,-3,0 Phi=3."},
        "fields": fields,
        "terms": terms,
        "names": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
    }
    whole = _object({key: keys[key] for key in MODEL_KEYS})
    return {**whole, "anyOf": [{"required": ["fields"]}, {"required": ["charges"]}]}


def _coupling(name: str, model: Model) -> Schema:
    kind = "doublet" if name in LEFT_HANDED else "singlet"
    return _ref(kind) | _said(f"{model.label(name)} of {model.heavy_couplings[name].text}")


def _of_field(field: Field) -> str:
    return f"{field.spin}, ({field.colour}, {field.isospin}, {field.Y})"


def _entries_of(names: Iterable[str] | None) -> Schema:
    """Hold a product, or each of a list, to entries of these couplings; None: of any."""
    known = r"[A-Za-z]\w*?" if names is None else "|".join(map(re.escape, names))
    held: Schema = {"properties": {"of": {"items": {"pattern": f"^({known})_[123][123]?$"}}}}
    return {**held, "items": held}


def _free(about: Mapping[str, str], low: float = -float("inf"), high: float = float("inf")) -> Any:
    schemas = {
        "free": _list(_real(low, high), 2) | _said(about["low"]),
        "start": _real(low, high) | _said(about["start"]),
        "name": _FILLED | _said(about["name"]),
        "prior": _ref("prior") | _said(about["prior"]),
        "label": _TEXT | _said(about["label"]),
    }
    return {key: schemas[key] for key in FREE_KEYS}


def _real(low: float = -float("inf"), high: float = float("inf")) -> Schema:
    number: Schema = {"type": "number"}
    if isfinite(low):
        number["minimum"] = low
    if isfinite(high):
        number["maximum"] = high
    return {"anyOf": [number, {"type": "string", "pattern": _REAL}]}


def _varied(low: float = -float("inf"), high: float = float("inf")) -> Schema:
    free = _parameter(_free(_attributes(Free), low, high))
    return {"anyOf": [*_real(low, high)["anyOf"], free]}


def _parameter(keys: Mapping[str, Schema], required: tuple[str, ...] = ("free",)) -> Schema:
    """Return the schema of a free parameter; a logarithmic prior needs a positive range."""
    positive = {"properties": {"free": {"items": {"exclusiveMinimum": 0}}}}
    log = {"properties": {"prior": {"const": "log"}}, "required": ["prior"]}
    return {**_object(keys, required), "if": log, "then": positive}


def _sm(name: str) -> Schema:
    return _ref("matrix") if name.startswith("Y") else _real(*reader.sm_range(name))


def _mapping(properties: Mapping[str, Schema], others: Schema | None) -> Schema:
    more: Any = False if others is None else others
    return {"type": "object", "properties": dict(properties), "additionalProperties": more}


def _object(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    schema = _mapping(properties, None)
    return {**schema, "required": list(required)} if required else schema


def _list(item: Schema, length: int) -> Schema:
    return {"type": "array", "items": item, "minItems": length, "maxItems": length}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(text: str) -> Schema:
    return {"description": text}


def _attributes(of: type) -> dict[str, str]:
    """Return the attributes that a docstring describes, with their descriptions."""
    _, _, text = (inspect.getdoc(of) or "").partition("Attributes\n----------\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if not line:
            break
        if not line.startswith(" "):
            names = line.split(", ")
            continue
        for name in names:
            found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return found
