"""Reading what other verbs wrote: JSON, or samples in NetCDF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from muoquark.common.document import read_text
from muoquark.common.errors import Fault, InputError
from muoquark.common.netcdf import INPUTS, is_netcdf, read_attribute
from muoquark.likelihood.snapshots import find, load_snapshot, shipped
from muoquark.matching.orders import HIGHEST
from muoquark.model.card_file import builtin_cards, parse_card, read_card

__all__ = ["read_inputs", "read_json", "read_result"]


def read_result(path: str | Path) -> dict[str, Any] | list[Any]:
    """Return the content of a JSON file: a result, or a list of records.

    Raises
    ------
    InputError
        If it is no JSON, or a single value.
    """
    text, source = read_text(path)
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputError(
            Fault(f"not a result: not JSON ({error})", source, getattr(error, "lineno", None))
        ) from None
    if isinstance(document, dict) or (
        isinstance(document, list) and document and all(isinstance(d, dict) for d in document)
    ):
        return document
    raise InputError(Fault("not a result: neither a record nor a list of records", source))


def read_json(path: str | Path) -> dict[str, Any]:
    """Return the content of a result that says what it was made with.

    Raises
    ------
    InputError
        If it cannot be read, or is not what a verb of muoquark writes with its ``inputs``.
    """
    document = read_result(path)
    if isinstance(document, dict) and "inputs" not in document:
        document = _from_popxf(document)
    if isinstance(document, list) and "observable" in document[0]:
        raise InputError(
            Fault("records without what they were made with: 'muoquark predict --out FILE' writes "
                  "both", str(path))
        )  # fmt: skip
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), dict):
        raise InputError(
            Fault("not a result: it has no record 'inputs' of what it was made with", str(path))
        )
    return document


def _from_popxf(document: dict[str, Any]) -> dict[str, Any]:
    """Return a POPxf document with the record that it keeps under `misc` as its `inputs`."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return document
    misc = metadata.get("misc")
    if not isinstance(misc, dict) or INPUTS not in misc:
        return document
    rest = {key: value for key, value in misc.items() if key != INPUTS}
    return {**document, "metadata": {**metadata, "misc": rest}, "inputs": misc[INPUTS]}


def read_inputs(source: str) -> dict[str, Any]:
    """Return the record ``inputs`` of a result; of a card or a snapshot, a record made of it.

    Raises
    ------
    InputError
        If the source is none of these.
    """
    path = Path(source)
    if not path.exists() or (path.is_dir() and source in builtin_cards()):
        if find(source) is not None:
            return _of_snapshot(source)
        if source in builtin_cards():
            return {"verb": "match", "card": read_card(source).to_yaml(), "order": HIGHEST}
        known = ", ".join([*shipped(), *builtin_cards()])
        raise InputError(f"'{source}' is no file, and no snapshot or built-in card: {known}")
    if is_netcdf(path):
        return dict(json.loads(read_attribute(path)))
    if path.suffix == ".npz":
        return _of_snapshot(source)
    if path.suffix == ".json":
        return dict(read_json(path)["inputs"])
    text, name = read_text(path)
    return {"verb": "match", "card": parse_card(text, name).to_yaml(), "order": HIGHEST}


def _of_snapshot(name: str) -> dict[str, Any]:
    load_snapshot(name)
    return {"verb": "data", "data": {"snapshot": name, "chain": "full"}}
