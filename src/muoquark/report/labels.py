"""How figures and LaTeX tables call a parameter: by its own label, or by what it stands for.

Symbols are those of the model (:meth:`~muoquark.model.fields.Model.label`), so that no coupling is
known by name here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from muoquark.matching.parametric import couples_of_card
from muoquark.model.boson import VEV_KEY, boson_names
from muoquark.model.card import Ansatz, Card, Entry, Free, Parts
from muoquark.model.coefficient_card import AnyCard, CoefficientCard
from muoquark.model.fields import Gauge, Model, every_known_field
from muoquark.model.point import MASS_NAMES
from muoquark.model.terms import Term

__all__ = ["called", "label_of", "masses_text", "own_label", "setting_text"]

_UNIT = " [GeV]"
# Generations in an index of letters; u is in its mass basis, q in that of the down quarks.
_DOWN, _UP, _CHARGED = ("d", "s", "b"), ("u", "c", "t"), ("e", r"\mu", r"\tau")
_LETTERS = {
    "q": _DOWN,
    "d": _DOWN,
    "u": _UP,
    "l": _CHARGED,
    "e": _CHARGED,
    "nu": tuple(rf"\nu_{x}" for x in _CHARGED),
}
_PART = re.compile(r"(.+?)(?:\.|_)(Re|Im|re|im)")
_ENTRY = re.compile(r"(\w+?)(?:_([123])([123])?|\[([012])\](?:\[([012])\])?)")
_QUARTIC = re.compile(r"l_[A-Za-z0-9]+_[0-9]+")


# Names that a user gives, which count more than what is known of a parameter.
_CALLED: ContextVar[Mapping[str, str] | None] = ContextVar("called", default=None)


@contextmanager
def called(labels: Mapping[str, str]) -> Iterator[None]:
    """Call parameters, or groups of observables, as the user says."""
    token = _CALLED.set(labels)
    try:
        yield
    finally:
        _CALLED.reset(token)


def own_label(name: str) -> str | None:
    """Return what the user calls a parameter or a group, None if nothing was said."""
    return (_CALLED.get() or {}).get(name)


def label_of(name: str, of: AnyCard | Model | None = None) -> str:
    """Return how an axis or the head of a column calls a parameter.

    Parameters
    ----------
    name
        Of a free parameter of a card; or of a coupling, an entry of one, a product of entries, a
        mass.
    of
        The card, or the model.  Of a card the parameter's own label counts, without one the place
        where it stands.  Without a card the name says what is meant, and without a model the
        fields and couplings that are known by name.

    Returns
    -------
    Text with TeX between dollars and the unit; the name itself where there is no symbol for it.

    Examples
    --------
    >>> label_of("eta2L_3"), label_of("x1L_33"), label_of("R2t")
    ('$\\\\eta^{2L}_{3}$', '$x^{1L}_{33}$', '$M_{\\\\tilde R_2}$ [GeV]')
    """
    if (said := own_label(name)) is not None:
        return said
    plain = name.replace("$", r"\$")
    if isinstance(of, CoefficientCard):
        return _of_coefficients(name, of) or plain
    if isinstance(of, Card):
        own = next((free for free in of.free if free.name == name), None)
        if own is not None:
            places = [label for free, label in _places(of) if free.name == name]
            if own.label:
                masses = all(label.endswith(_UNIT) for label in places)
                return f"${own.label}$" + (_UNIT if masses else "")
            if len(places) == 1:
                return places[0] or plain
            named = _by_name(name, of.model)
            return named if named is not None and named in places else plain
    model = of.model if isinstance(of, Card) else of or _known()
    return _by_name(name, model) or plain


def masses_text(masses: Mapping[str, Any], couples: Any, model: Model | None = None) -> str:
    """Return the fixed masses of the heavy fields that couple, as a note in a figure.

    masses: GeV or something free, by field; couples: an object whose ``fields`` are those that
    couple; model: whose symbols are taken.
    """
    fixed = {
        _mass(name, model or _known()): f"{mass / 1000:.4g}"
        for name, mass in masses.items()
        if name in couples.fields and isinstance(mass, int | float)
    }
    if len(set(fixed.values())) == 1:
        ((value,), names) = set(fixed.values()), " = ".join(fixed)
        return f"${names} = {value}$ TeV"
    return ", ".join(f"${symbol} = {value}$ TeV" for symbol, value in fixed.items())


def setting_text(card: AnyCard) -> str:
    """Return what of a card is the same everywhere in a figure, as a note in it.

    The fixed masses of the heavy fields that couple and of the boson of U(1)_X, or the scale of
    coefficients.
    """
    if isinstance(card, CoefficientCard):
        scale = f"{card.scale:g} GeV" if card.scale < 1000 else f"{card.scale / 1000:g} TeV"
        return rf"{card.eft}, $\mu = {scale.replace(' ', '$ ')}"
    said = [masses_text(card.masses, couples_of_card(card), card.model)]
    boson = card.model.gauge or Gauge()
    mass = card.gauge.get(boson.mass)
    if isinstance(mass, int | float):
        said.append(f"${card.model.label(boson.mass)} = {mass / 1000:.4g}$ TeV")
    return ", ".join(text for text in said if text)


@lru_cache(maxsize=1)
def _known() -> Model:
    return every_known_field()


def _by_name(name: str, model: Model) -> str | None:
    """Return what the name of a parameter means; None if it means nothing in this model."""
    if "*" in name:
        factors = [_by_name(factor.strip(), model) for factor in name.split("*")]
        if all(factor is not None and re.fullmatch(r"\$[^$]*\$", factor) for factor in factors):
            return "$" + r"\,".join(str(factor).strip("$") for factor in factors) + "$"
        return None
    field = MASS_NAMES.get(name, name)
    if field in {heavy.name for heavy in model.heavy}:
        return f"${_mass(field, model)}${_UNIT}"
    symbol = _symbol(name, model)
    if symbol is not None:
        return f"${symbol}$"
    part = _PART.fullmatch(name)
    if part is not None:
        symbol = _symbol(part[1], model)
        return None if symbol is None else f"{part[2].capitalize()} ${symbol}$"
    return None


def _symbol(name: str, model: Model) -> str | None:
    """Return the symbol of a coupling or of an entry of one."""
    boson = model.gauge or Gauge()
    terms = {term.coupling: term for term in model.written}
    if name in terms or name in (boson.coupling, boson.mixing, boson.mass):
        return model.label(name)
    if _QUARTIC.fullmatch(name):
        return model.label(name)
    found = _ENTRY.fullmatch(name)
    if found is None or found[1] not in model.heavy_couplings:
        return None
    if found[2]:
        return _indexed(found[1], model, found[2] + (found[3] or ""))
    if found[5] is None:
        return _indexed(found[1], model, str(int(found[4]) + 1))
    return _of_matrix(found[1], model, int(found[4]), int(found[5]))


def _of_matrix(coupling: str, model: Model, row: int, column: int) -> str:
    return _indexed(coupling, model, _letters(model.heavy_couplings[coupling], row, column))


def _letters(term: Term, row: int, column: int) -> str:
    """Return the generations of an entry by the names of its fermions, or else by numbers."""
    names = [term.fields[axis].name for axis in term.flavour_axes]
    if not all(name in _LETTERS for name in names):
        return f"{row + 1}{column + 1}"
    return "".join(_LETTERS[name][k] for name, k in zip(names, (row, column), strict=True))


def _indexed(coupling: str, model: Model, index: str) -> str:
    symbol = model.label(coupling)
    if re.search(r"(?<!\\)_", symbol):  # TeX allows no second index
        symbol = f"({symbol})"
    return f"{symbol}_{{{index}}}"


def _mass(field: str, model: Model) -> str:
    return f"M_{{{model.label(field)}}}"


def _of_boson(name: str, model: Model) -> str:
    """Return the label of what has a unit: the mass of X and the value of Phi; else nothing."""
    if name == VEV_KEY:
        return rf"$v_\Phi${_UNIT}"
    if name != boson_names(model).mass:
        return ""
    return f"${model.label(name)}${_UNIT}"


def _places(card: Card) -> Iterator[tuple[Free, str]]:
    """Yield every place of a free parameter in a card, with its label; empty if it has none."""
    model = card.model
    number: Any
    for name, number in card.masses.items():
        yield from _free(number, f"${_mass(name, model)}${_UNIT}")
    for name, coupling in card.couplings.items():
        if isinstance(coupling, Ansatz):
            yield from _free(coupling.value, f"${_entry(Entry(name, 2), model)}$")
            for number in coupling.light:
                yield from _free(number, "")
            continue
        for row, item in enumerate(coupling):
            if isinstance(item, tuple):
                for column, number in enumerate(item):
                    yield from _free(number, f"${_of_matrix(name, model, row, column)}$")
            else:
                yield from _free(item, f"${_entry(Entry(name, row), model)}$")
    for name, number in (*card.quartics.items(), *card.gauge.items()):
        yield from _free(number, _of_boson(name, model) or f"${model.label(name)}$")
    for name, rotation in card.rotations.items():
        for key, number in rotation.angles.items():
            symbol = r"\theta" if key.startswith("t") else r"\delta"
            yield from _free(number, f"${symbol}^{{{name}}}_{{{key[1:]}}}$")
    for each in card.products:
        symbols = r"\,".join(_entry(entry, model) for entry in each.entries)
        yield each.product, f"${symbols}$"


def _of_coefficients(name: str, card: CoefficientCard) -> str | None:
    """Return the label of a parameter of a card of coefficients: its own, or its place."""
    own = next((free for free in card.free if free.name == name), None)
    unit = r" [GeV$^{-2}$]" if card.eft == "SMEFT" else ""
    if own is not None and own.label:
        return f"${own.label}$" + unit
    places = [
        label
        for coefficient, number in card.coefficients.items()
        for free, label in _free(number, f"${coefficient_symbol(coefficient, card.eft)}$")
        if free.name == name
    ]
    return places[0] + unit if len(places) == 1 else None


_ALIGNED = {"mu": r"\mu ", "tau": r"\tau ", "nu": r"\nu "}


def coefficient_symbol(name: str, eft: str) -> str:
    """Return a Wilson coefficient in TeX: lq1_2223 as C_{lq}^{(1) 2223}, C9_bsmumu as C_9^{bsmumu}.

    >>> coefficient_symbol("lq1_2223", "SMEFT"), coefficient_symbol("C9p_bsmumu", "WET")
    ('C_{lq}^{(1)\\\\,2223}', "C_{9'}^{bs\\\\mu \\\\mu }")
    """
    family, _, index = name.partition("_")
    if eft == "SMEFT":
        letters, number = re.fullmatch(r"([A-Za-z]+?)(\d*)", family).groups()  # type: ignore[union-attr]
        letters = letters.replace("phi", r"\phi ").replace("Box", r"\Box ")
        upper = rf"\,{index}" if number and index else index
        upper = (f"({number})" if number else "") + upper
        return f"C_{{{letters}}}" + (f"^{{{upper}}}" if upper else "")
    for word, letter in _ALIGNED.items():
        index = index.replace(word, letter)
    below = family.removeprefix("C").replace("p", "'")
    return f"C_{{{below}}}^{{{index}}}"


def _entry(entry: Entry, model: Model) -> str:
    _, _, index = str(entry).rpartition("_")
    return _indexed(entry.coupling, model, index)


def _free(number: Any, label: str) -> Iterator[tuple[Free, str]]:
    if isinstance(number, Free):
        yield number, label
    elif isinstance(number, Parts):
        for part, value in (("Re", number.re), ("Im", number.im)):
            if isinstance(value, Free):
                yield value, f"{part} {label}" if label else ""
