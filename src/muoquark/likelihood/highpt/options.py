"""What can be said behind ``highpt:`` in the name of the part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

from muoquark.common.errors import InputError, suggest
from muoquark.likelihood.highpt.searches import BLOCKS
from muoquark.likelihood.highpt.source import SETS

__all__ = ["NAME", "Options", "options_of"]

#: The name of the part.
NAME = "highpt"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "pdf": SETS,
    "truncation": ("quadratic", "linear"),
    "normalise": ("none", "background"),
    "method": ("folded", "ratio"),
    "range": ("full", "highpt"),
    "errors": ("measured", "rescaled", "relative"),
    "energy": ("13", "14"),
}
# (100 GeV)^2 < s: below the first parton bin nothing is left.
_LOWEST_CUT = 400.0


@dataclass(frozen=True)
class Options:
    """The options of the part; see docs/highpt.md.

    Attributes
    ----------
    pdf
        The set of parton distributions.
    truncation
        ``quadratic``, or ``linear``: without squares of new physics, for information.
    mcut
        Only partons with sqrt(s) below, GeV; 0 for all.
    normalise
        ``background``: yields times background over the SM's yield at leading order.
    method
        ``folded``, or ``ratio``: flavio's bins of ratios to the SM.
    range
        ``highpt``: without the masses that HighPT leaves out, to compare with it.
    lumi
        Projected luminosity in 1/fb; 0 for what was measured.
    errors
        Of a projection: the background's error grows as the root (``rescaled``), or as the
        background (``relative``).
    energy
        Of the collisions in TeV, 13 or 14 (projection).
    searches
        The blocks that take part.
    """

    pdf: str = SETS[0]
    truncation: str = "quadratic"
    mcut: float = 0.0
    normalise: str = "none"
    method: str = "folded"
    range: str = "full"
    lumi: float = 0.0
    errors: str = "measured"
    energy: str = "13"
    searches: tuple[str, ...] = BLOCKS

    @property
    def given(self) -> dict[str, Any]:
        """The options that are not the default ones, as text."""
        found = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                if one.name == "searches":
                    value = "+".join(value)
                found[one.name] = f"{value:g}" if isinstance(value, float) else str(value)
        return found

    @property
    def name(self) -> str:
        """The part as it is asked for."""
        text = ",".join(f"{key}={value}" for key, value in self.given.items())
        return f"{NAME}:{text}" if text else NAME


def options_of(given: Mapping[str, str]) -> Options:
    """Return the options of texts.

    Raises
    ------
    InputError
        For an option, a value or a search that does not exist, or options that exclude each other.
    """
    known = [one.name for one in fields(Options)]
    values: dict[str, Any] = {}
    for key, text in given.items():
        if key not in known:
            raise InputError(f"'{NAME}' has no option '{key}': {suggest(key, known)}")
        if key in _CHOICES:
            if text not in _CHOICES[key]:
                raise InputError(f"{NAME}: {key} = '{text}': {suggest(text, _CHOICES[key])}")
            values[key] = text
        elif key == "searches":
            values[key] = _searches(text)
        else:
            values[key] = _number(key, text)
    found = Options(**values)
    _check(found)
    return found


def _searches(text: str) -> tuple[str, ...]:
    wanted = [x.strip() for x in text.split("+")]
    for one in wanted:
        if one not in BLOCKS:
            raise InputError(f"{NAME}: there is no search '{one}': {suggest(one, BLOCKS)}")
    if len(set(wanted)) < len(wanted):
        raise InputError(f"{NAME}: a search stands twice in searches = '{text}'")
    return tuple(block for block in BLOCKS if block in wanted)


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{NAME}: {key} = '{text}' is no number") from None
    lowest = _LOWEST_CUT if key == "mcut" else 0.0
    if not isfinite(value) or value <= lowest:
        unit = "GeV" if key == "mcut" else "1/fb"
        raise InputError(f"{NAME}: {key} = {text}, allowed: more than {lowest:g} {unit}")
    return value


def _check(found: Options) -> None:
    """Refuse combinations without meaning."""
    if not found.lumi and (found.errors != "measured" or found.energy != "13"):
        raise InputError(
            f"{NAME}: errors and energy are those of a projection, which lumi=3000 (1/fb) asks for"
        )
    if found.lumi and found.errors == "measured":
        raise InputError(
            f"{NAME}: a projection needs errors=rescaled (optimistic) or errors=relative "
            "(pessimistic); both should be quoted"
        )
    if found.method == "ratio":
        for key in ("normalise", "range", "lumi", "energy", "searches", "mcut"):
            if key in found.given:
                raise InputError(f"{NAME}: method=ratio has no option '{key}'")
