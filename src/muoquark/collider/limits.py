"""Published limits on leptoquarks (``data/limits.yaml``), each with its date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["DATES", "CoupledLimit", "MassLimit", "Projection", "PublishedLimits", "published"]

#: Until when limits count: the date of the paper's data, and today (no limit is later).
DATES: Mapping[str, str] = {"2021": "2021-07", "today": "9999"}


@dataclass(frozen=True)
class MassLimit:
    """A lower limit on the mass from pairs, at 95 % CL.

    Attributes
    ----------
    channels
        Final states of one leptoquark, ``b mu``; with two of them a pair decays to both.
    mass
        In GeV.
    exp, date, cite
        Experiment, when (``2021-01``, or a year) and where it was published.
    quarks
        What ``q`` in a channel may be.
    br
        Branching ratio into each channel.
    kappa
        Of a vector: its coupling to gluons.
    lumi
        In 1/fb, 0 if it is not listed.
    note
        What else there is to say.
    """

    channels: tuple[str, ...]
    mass: float
    exp: str
    date: str
    cite: str
    quarks: tuple[str, ...] = ()
    br: float = 1.0
    kappa: int | None = None
    lumi: float = 0.0
    note: str = ""

    @property
    def name(self) -> str:
        """The channels in words."""
        return " / ".join(self.channels)

    @property
    def source(self) -> str:
        """Experiment and reference."""
        return f"{self.exp}, {self.cite}"

    def known(self, date: str) -> bool:
        """Tell whether it was published until a date, ``2021-07``; a year counts as its end."""
        return (self.date if len(self.date) > 4 else f"{self.date}-12") <= date

    def share(self, branching: Mapping[str, float]) -> float:
        """Return which part of a leptoquark's decays the search sees, in units of its own.

        Of one channel BR/br.  Of two the smaller of both: then each final state has at least this
        share squared of the events that the limit is for.
        """
        return min(
            sum(branching.get(final, 0.0) for final in finals_of(channel, self.quarks)) / self.br
            for channel in self.channels
        )

    def record(self) -> dict[str, Any]:
        """Return what identifies the limit."""
        found: dict[str, Any] = {
            "channel": self.name, "mass": self.mass, "br": self.br, "experiment": self.exp,
            "date": self.date, "reference": self.cite,
        }  # fmt: skip
        if self.quarks:
            found["quarks"] = list(self.quarks)
        if self.kappa is not None:
            found["kappa"] = self.kappa
        if self.note:
            found["note"] = self.note
        return found


@dataclass(frozen=True)
class CoupledLimit:
    """A lower limit on the mass for a coupling; fields as in :class:`MassLimit`."""

    spin: str
    channel: str
    production: str
    coupling: float
    mass: float
    exp: str
    date: str
    cite: str
    note: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        note = f" ({self.note})" if self.note else ""
        return (
            f"{self.production} production, {self.channel}: M > {self.mass:g} GeV for a coupling "
            f"of {self.coupling:g}{note}; {self.exp}, {self.cite}"
        )


@dataclass(frozen=True)
class Projection:
    """A mass in GeV that HL-LHC is expected to exclude; fields as in :class:`MassLimit`."""

    channel: str
    mass: float
    exp: str
    cite: str
    quarks: tuple[str, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        note = f" ({self.note})" if self.note else ""
        return f"{self.channel}: {self.mass:g} GeV{note}; {self.exp}, {self.cite}"


@dataclass(frozen=True)
class PublishedLimits:
    """All that is listed."""

    scalar: tuple[MassLimit, ...]
    vector: tuple[MassLimit, ...]
    coupled: tuple[CoupledLimit, ...]
    projected: tuple[Projection, ...]


def finals_of(channel: str, quarks: tuple[str, ...]) -> tuple[str, ...]:
    """Return the final states that a channel stands for: ``q mu`` for several quarks.

    >>> finals_of("q mu", ("b", "c")), finals_of("t nu", ())
    (('b mu', 'c mu'), ('t nu',))
    """
    quark, _, lepton = channel.partition(" ")
    return tuple(f"{x} {lepton}" for x in quarks) if quark == "q" else (channel,)


@lru_cache(maxsize=1)
def published() -> PublishedLimits:
    """Return the content of the file."""
    import yaml

    text = resources.files("muoquark.collider").joinpath("data/limits.yaml").read_text("utf-8")
    table = yaml.safe_load(text)

    def frozen(row: Mapping[str, Any]) -> dict[str, Any]:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}

    return PublishedLimits(
        tuple(MassLimit(**frozen(row)) for row in table["scalar"]),
        tuple(MassLimit(**frozen(row)) for row in table["vector"]),
        tuple(CoupledLimit(**frozen(row)) for row in table["coupled"]),
        tuple(Projection(**frozen(row)) for row in table["projected"]),
    )
