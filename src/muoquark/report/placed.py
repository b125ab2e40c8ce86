"""A point of what is given: the best fit or a draw of a result, values of a card, the SM.

``best``, ``draw:17``, ``point:3``, ``start``, ``SM`` or ``name=value,...``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.common.netcdf import is_netcdf, read_arrays
from muoquark.inference.source import Source, parse, read
from muoquark.model.card import Card
from muoquark.model.coefficient_card import CoefficientCard
from muoquark.report.result import read_json
from muoquark.smeft.wcxf import WilsonCoefficients
from muoquark.smeft.wet import LowCoefficients

__all__ = ["PLACES", "Placed", "placed"]

#: What a place may be, for messages.
PLACES = "best, draw:K (samples), point:K (scans), start (cards), SM, or name=value,..."
_NUMBERED = re.compile(r"(draw|point):(\d+)")


@dataclass(frozen=True)
class Placed:
    """A point and where it comes from.

    Attributes
    ----------
    content
        A card without free parameters, or coefficients; a card as it was read where no place was
        asked for.
    inputs
        The record of the result, None for a card or a WCxf file.
    words
        What the point is, for a note; empty for what was read as it is.
    family
        The card with free parameters that a result was made with.
    values
        Of these parameters at the point, by name, as far as it has values of its own.
    """

    content: Source
    inputs: Mapping[str, Any] | None = None
    words: str = ""
    family: Card | CoefficientCard | None = None
    values: Mapping[str, float] = field(default_factory=dict)


def placed(source: str, at: str | None = None, leave_out: tuple[str, ...] = ()) -> Placed:
    """Read a card, a WCxf file or a result, and return a point of it.

    Parameters
    ----------
    source
        As :func:`muoquark.inference.source.read` takes it, or a JSON or NetCDF file of fit,
        profile, goodness, sample or scan.
    at
        Which point, see the module; by default the best one of a result, and all that is read of
        anything else.

    Raises
    ------
    InputError
        For faulty files, a place that is none, or one that the file does not have.
    """
    path = Path(source)
    if source != "-" and path.exists() and is_netcdf(path):
        return _of_arrays(source, at)
    if source != "-" and path.exists() and _is_result(path):
        return _of_result(source, at)
    content = read(source, leave_out)
    if at is None:
        return Placed(content)
    if at == "SM":
        return Placed(_sm(content), words="the SM", family=_varied(content))
    family = _varied(content)
    if at == "start" and family is not None:
        return _fixed(family, {}, None, "the start of its free parameters")
    if "=" in at and family is not None:
        return _fixed(family, _values(at, family), None, at)
    what = "a card" if family is not None else "a file of coefficients"
    raise InputError(f"--at {at}: of {what} it is {_allowed(family)}")


def _allowed(family: Any) -> str:
    return "SM" if family is None else "SM, start or name=value,..."


def _varied(content: Source) -> Card | CoefficientCard | None:
    return content if isinstance(content, Card | CoefficientCard) else None


def _is_result(path: Path) -> bool:
    """Tell whether a file is the JSON that a verb wrote."""
    if path.suffix != ".json":
        return False
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and isinstance(document.get("inputs"), dict)


def _of_result(source: str, at: str | None) -> Placed:
    """Return a point of a JSON file."""
    document = read_json(source)
    inputs = document["inputs"]
    family = _family(inputs, source)
    if family is None:
        raise InputError(Fault(f"a result of '{inputs.get('verb')}' holds no point", source))
    if at == "SM":
        return Placed(_sm(family), inputs, "the SM", _varied(family))
    if not isinstance(family, Card | CoefficientCard):
        return Placed(family, inputs)
    best = _best(document)
    if at is not None and "=" in at:
        return _fixed(family, {**(best or {}), **_values(at, family)}, inputs, at)
    if at == "start" or (at in (None, "best") and best is None and not family.free):
        return _fixed(family, {}, inputs, "the point of the result")
    if at in (None, "best"):
        if best is None:
            raise InputError(
                Fault(f"a result of '{inputs.get('verb')}' has no best fit: --at start is its card "
                      "at the start of the free parameters", source)
            )  # fmt: skip
        return _fixed(family, best, inputs, f"best fit of {Path(source).name}")
    if _NUMBERED.fullmatch(str(at)):
        raise InputError(
            Fault(f"--at {at}: draws and points stand in the file *.nc beside it", source)
        )
    raise InputError(Fault(f"--at {at}: expected {PLACES}", source))


def _best(document: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the values of the best fit that a record holds, by parameter."""
    for found in (
        document.get("best_fit"),
        (document.get("point") or {}).get("parameters") if "point" in document else None,
        (document.get("best") or {}).get("values") if "best" in document else None,
    ):
        if isinstance(found, Mapping) and found:
            inner = found.get("values", found)
            return {str(k): float(v) for k, v in inner.items() if isinstance(v, int | float)}
    return None


def _of_arrays(source: str, at: str | None) -> Placed:
    """Return a point of a file of draws or of a scan."""
    inputs, _ = read_arrays(source)
    family = _family(inputs, source)
    if not isinstance(family, Card | CoefficientCard):
        raise InputError(Fault("it holds no card of which a point could be taken", source))
    if at == "SM":
        return Placed(_sm(family), inputs, "the SM", family)
    if at == "start":
        return _fixed(family, {}, inputs, "the start of its free parameters")
    names = [p.name for p in family.free]
    table, loglike = _table(names, source)
    best = dict(zip(names, map(float, table[int(np.nanargmax(loglike))]), strict=True))
    found = _NUMBERED.fullmatch(at or "")
    if at in (None, "best"):
        return _fixed(family, best, inputs, f"largest ln L of {Path(source).name}")
    if found:
        row = int(found[2])
        if row >= len(table):
            raise InputError(Fault(f"--at {at}: there are {len(table)}, counted from 0", source))
        values = dict(zip(names, map(float, table[row]), strict=True))
        return _fixed(family, values, inputs, f"{found[1]} {row} of {Path(source).name}")
    if at is not None and "=" in at:
        return _fixed(family, {**best, **_values(at, family)}, inputs, at)
    raise InputError(Fault(f"--at {at}: expected {PLACES}", source))


def _table(names: Sequence[str], source: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (k, n) of a file and ln L - ln L_SM of each, (k,)."""
    import h5py
    import xarray

    with h5py.File(source) as file:
        drawn = "posterior" in file

    def opened(group: str | None) -> Any:
        return xarray.load_dataset(source, engine="h5netcdf", group=group)

    values = opened("posterior" if drawn else None)
    loglike = (opened("derived") if drawn else values)["loglike"]
    columns = xarray.broadcast(*(values[name] for name in names), loglike)
    flat = [np.asarray(c.transpose(*loglike.dims)).ravel() for c in columns]
    return np.stack(flat[:-1], axis=1), flat[-1]


def _family(inputs: Mapping[str, Any], source: str) -> Source | None:
    text = inputs.get("card")
    return parse(text, f"card of {Path(source).name}") if isinstance(text, str) else None


def _sm(content: Source) -> WilsonCoefficients | LowCoefficients:
    """Return no new physics, as coefficients of the same kind."""
    if isinstance(content, LowCoefficients) or (
        isinstance(content, CoefficientCard) and content.eft != "SMEFT"
    ):
        return LowCoefficients(content.eft, content.scale, {})
    if isinstance(content, WilsonCoefficients | CoefficientCard):
        return WilsonCoefficients(content.scale, {}, content.basis)
    return WilsonCoefficients(content.point().common_scale, {})


def _values(text: str, family: Card | CoefficientCard) -> dict[str, float]:
    """Return the values of ``name=value,...``."""
    names = [p.name for p in family.free]
    found: dict[str, float] = {}
    for piece in text.split(","):
        name, _, number = (part.strip() for part in piece.partition("="))
        if name not in names:
            known = suggest(name, names) if names else "it has no free parameter"
            raise InputError(f"--at {text}: '{name}' is not free in this card: {known}")
        try:
            found[name] = float(number)
        except ValueError:
            raise InputError(
                f"--at {text}: expected a number for {name}, found '{number}'"
            ) from None
        if not np.isfinite(found[name]):
            raise InputError(f"--at {text}: expected a finite number for {name}")
    return found


def _fixed(
    family: Card | CoefficientCard,
    values: Mapping[str, float],
    inputs: Mapping[str, Any] | None,
    words: str,
) -> Placed:
    """Return a card without free parameters."""
    if isinstance(family, CoefficientCard):
        content: Source = replace(family, coefficients=family.values(values))
    else:
        content = replace(Card.of(family.point(values)), notes=family.notes)
    return Placed(content, inputs, words, family, dict(values))
