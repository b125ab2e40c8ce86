"""An observable: its name, its arguments, and every text that stands for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from muoquark.likelihood.units import unit

__all__ = ["Observable", "names_of"]

_ARGUMENTS = re.compile(r"^(?P<name>.*?)\s*\[(?P<listed>[^\[\]]*=[^\[\]]*)\]$")


@lru_cache(maxsize=1)
def _tex() -> Mapping[str, str]:
    """Return the TeX labels of flavio's names, see ``tools/labels``."""
    path = resources.files("muoquark.likelihood") / "data" / "labels.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Observable:
    """An observable and the values of its arguments, a bin of q2 for instance.

    Parameters
    ----------
    name
        flavio's name (1810.08132) where flavio has the observable.
    arguments
        Pairs of the name of an argument and its value, in the order in which they are written.

    Examples
    --------
    >>> o = Observable.of("<P5p>(B0->K*mumu)", q2min=1.1, q2max=2.5)
    >>> o.text
    '<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]'
    >>> o.key, o.flavio
    ('["<P5p>(B0->K*mumu)", 1.1, 2.5]', ('<P5p>(B0->K*mumu)', 1.1, 2.5))
    >>> Observable.parse(o.text) == o, Observable("a_mu").flavio
    (True, 'a_mu')
    """

    name: str
    arguments: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        pairs = tuple((str(k), float(v)) for k, v in self.arguments)
        object.__setattr__(self, "arguments", pairs)

    @classmethod
    def of(cls, name: str, **arguments: float) -> Observable:
        """Return an observable with its arguments by name."""
        return cls(name, tuple(arguments.items()))

    @classmethod
    def of_flavio(
        cls, observable: str | Sequence[Any], names: Mapping[str, Sequence[str]]
    ) -> Observable:
        """Return flavio's ``name`` or ``(name, value, ...)`` as an observable.

        `names` are the names of the arguments of each observable that has some.
        """
        if isinstance(observable, str):
            return cls(observable)
        name, values = str(observable[0]), [float(v) for v in observable[1:]]
        return cls(name, tuple(zip(names[name], values, strict=True)))

    @classmethod
    def parse(cls, text: str) -> Observable:
        """Return the observable that :attr:`text` stands for.

        What is not of that form is a name without arguments.
        """
        match = _ARGUMENTS.match(text)
        if match is None:
            return cls(text)
        pairs = [one.partition("=") for one in match["listed"].split(",")]
        try:
            return cls(match["name"], tuple((k.strip(), float(v)) for k, _, v in pairs))
        except ValueError:  # brackets that belong to the name
            return cls(text)

    @property
    def text(self) -> str:
        """Name and arguments for people; every table, file and figure writes it so."""
        listed = ", ".join(f"{name}={value:g}" for name, value in self.arguments)
        return f"{self.name} [{listed}]" if listed else self.name

    @property
    def key(self) -> str:
        """The text that identifies the observable, with all digits of its arguments."""
        return json.dumps([self.name, *self.values]) if self.arguments else self.name

    @property
    def flavio(self) -> str | tuple[Any, ...]:
        """The observable as flavio takes it: a name, or a tuple of name and values."""
        return (self.name, *self.values) if self.arguments else self.name

    @property
    def values(self) -> tuple[float, ...]:
        """The values of the arguments."""
        return tuple(value for _, value in self.arguments)

    @property
    def unit(self) -> str:
        """The power of GeV that a value is in; empty for a pure number."""
        return unit(self.name)

    @property
    def tex(self) -> str:
        r"""The label in TeX, with dollars, as flavio has it; the name where there is none.

        >>> Observable("BR(Bs->mumu)").tex
        '$\\overline{\\text{BR}}(B_s\\to \\mu^+\\mu^-)$'
        """
        return _tex().get(self.name, self.name)

    def __str__(self) -> str:
        return self.text


def names_of(observables: Sequence[Observable]) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the arguments of each observable, by its name."""
    return {o.name: tuple(name for name, _ in o.arguments) for o in observables}
