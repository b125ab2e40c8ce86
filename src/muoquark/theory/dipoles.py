r"""Scales of the dipole operators, eq. (1) of the paper, for any pair of charged leptons.

.. math::
    \mathcal{L} \supset -C_{ij}\,\bar\ell_L^i\sigma^{\mu\nu}\ell_R^j F_{\mu\nu} + \text{h.c.},\qquad
    C_{ij} = \frac{e\,v}{(4\pi)^2\Lambda_{ij}^2},\quad v = 174.1\ \text{GeV}.

Then :math:`\Delta a_i = 4 m_i\,\mathrm{Re}\,C_{ii}/e = 4 m_i v/((4\pi)^2\Lambda_{ii}^2)` and
:math:`\Gamma(\ell_i\to\ell_j\gamma) = m_i^3(|C_{ij}|^2+|C_{ji}|^2)/(4\pi)`.  Whether one of the two
chirality structures is there or both with the same scale changes a bound by :math:`2^{1/4}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

from muoquark.common.constants import ALPHA, HBAR, M_E, M_MU, M_TAU, TAU_MU, TAU_TAU, VEV_H
from muoquark.common.errors import InputError, suggest

__all__ = [
    "INPUTS",
    "PAIRS",
    "DipoleInput",
    "DipoleScale",
    "branching_ratio",
    "delta_a",
    "dipoles",
    "scale",
]

V = VEV_H  # GeV, the paper's v
MASS = {"e": M_E, "mu": M_MU, "tau": M_TAU}  # GeV
LIFETIME = {"mu": TAU_MU, "tau": TAU_TAU}  # s
PAIRS = ("ee", "mumu", "tautau", "emu", "etau", "mutau")
_ORDER = ("e", "mu", "tau")


@dataclass(frozen=True)
class DipoleInput:
    """One dated experimental input.

    Attributes
    ----------
    pair
        The two leptons, one of :data:`PAIRS`.
    year
        Of the set of inputs.
    source
        Where it was published.
    value, error
        Of a measured Delta a.
    limit, level
        Upper limit on a branching ratio or on |Delta a|, and its confidence level.
    note
        What else is to be said.
    """

    pair: str
    year: int
    source: str
    value: float | None = None
    error: float | None = None
    limit: float | None = None
    level: str = ""
    note: str = ""


# INSPIRE texkeys in brackets.  2021: what was there at the time of the paper (July 2021).
INPUTS: tuple[DipoleInput, ...] = (
    DipoleInput("mumu", 2021, "2104.03281 [Muong-2:2021ojo], SM 2006.04822 [Aoyama:2020ynm]",
                value=251e-11, error=59e-11),
    DipoleInput("ee", 2021,
                "Nature 588 (2020) 61 [Morel:2020dww] (Rb) with 0801.1134 [Hanneke:2008tm]",
                value=48e-14, error=30e-14, note="Cs (1812.04130) gives -88(36)e-14"),
    DipoleInput("tautau", 2021, "hep-ex/0406010 [DELPHI:2003nah]", limit=0.053, level="95%",
                note="-0.052 < a_tau < 0.013"),
    DipoleInput("emu", 2021, "1605.05081 [MEG:2016leq]", limit=4.2e-13, level="90%"),
    DipoleInput("etau", 2021, "0908.2381 [BaBar:2009hkt]", limit=3.3e-8, level="90%"),
    DipoleInput("mutau", 2021, "2103.12994 [Belle:2021ysv]", limit=4.2e-8, level="90%",
                note="before: BaBar 4.4e-8"),
    DipoleInput("mumu", 2026, "2506.03069 [Muong-2:2025xyk], SM 2505.21476 [Aliberti:2025beg]",
                value=38e-11, error=63e-11),
    DipoleInput("ee", 2026, "2209.13084 [Fan:2022eto] with alpha from Rb",
                value=34e-14, error=16e-14, note="with alpha from Cs: -101(27)e-14"),
    DipoleInput("tautau", 2026, "2406.03975 [CMS:2024qjo]", limit=0.0054, level="95%",
                note="-0.0042 < a_tau < 0.0062, SM 0.00118"),
    DipoleInput("emu", 2026, "2504.15711 [MEGII:2025gzr]", limit=1.5e-13, level="90%"),
    DipoleInput("etau", 2026, "0908.2381 [BaBar:2009hkt]", limit=3.3e-8, level="90%"),
    DipoleInput("mutau", 2026, "2103.12994 [Belle:2021ysv]", limit=4.2e-8, level="90%"),
)  # fmt: skip


def _split(pair: str) -> tuple[str, str]:
    if pair not in PAIRS:
        raise InputError(f"unknown pair of leptons '{pair}': {suggest(pair, PAIRS)}")
    for first in ("mu", "tau", "e"):
        if pair.startswith(first) and pair[len(first) :] in _ORDER:
            return first, pair[len(first) :]
    raise AssertionError(pair)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise InputError(f"{name} must be positive, found {value:g}")


def delta_a(lepton: str, scale: float) -> float:
    r"""Return :math:`|\Delta a|` of `lepton` for a scale in GeV.

    >>> round(delta_a("mu", 13.6e3) * 1e11)
    252
    """
    _positive(scale=scale)
    return 4 * MASS[lepton] * V / ((4 * pi) ** 2 * scale**2)


def branching_ratio(pair: str, scale: float, chiralities: int = 1) -> float:
    """Return BR(heavier -> lighter gamma) for a scale in GeV.

    `chiralities` is 1 if only one of C_ij and C_ji is there, 2 if both are, with the same scale.
    """
    light, heavy = _split(pair)
    if light == heavy:
        raise InputError(f"'{pair}' is a diagonal dipole: it has no decay")
    if chiralities not in (1, 2):
        raise InputError(f"chiralities must be 1 or 2, found {chiralities}")
    _positive(scale=scale)
    coefficient = sqrt(4 * pi * ALPHA) * V / ((4 * pi) ** 2 * scale**2)
    width = chiralities * MASS[heavy] ** 3 * coefficient**2 / (4 * pi)
    return width * LIFETIME[heavy] / HBAR


def scale(pair: str, rate: float, chiralities: int = 1) -> float:
    """Return the scale in GeV that gives `rate`: |Delta a| of a diagonal, BR of another pair.

    >>> round(scale("mumu", 251e-11) / 1e3, 1)
    13.6
    """
    light, heavy = _split(pair)
    _positive(rate=rate)
    if light == heavy:
        return sqrt(delta_a(light, 1.0) / rate)
    return float((branching_ratio(pair, 1.0, chiralities) / rate) ** 0.25)


PAPER = {"mumu": 14.0, "mutau": 30.0, "emu": 3e4}  # TeV, section 1


@dataclass(frozen=True)
class DipoleScale:
    """The scale of one dipole from one experimental input, in TeV.

    Attributes
    ----------
    input
        What was measured, or bounded.
    scale
        The preferred scale of a measured Delta a; of a limit, the lower bound.
    both_chiralities
        The bound if both chirality structures are there with the same scale; None for a diagonal
        dipole.
    interval
        Of a measurement: the scale's range at one sigma, an upper end of None where the
        measurement is compatible with zero.  None for a limit.
    """

    input: DipoleInput
    scale: float
    both_chiralities: float | None = None
    interval: tuple[float, float | None] | None = None

    @property
    def pair(self) -> str:
        """The two leptons."""
        return self.input.pair

    @property
    def year(self) -> int:
        """Year of the input."""
        return self.input.year

    @property
    def bound(self) -> bool:
        """Whether the scale is a lower bound."""
        return self.input.limit is not None

    @property
    def measured(self) -> float:
        """The limit, or the measured value."""
        value = self.input.value if self.input.limit is None else self.input.limit
        assert value is not None
        return value

    @property
    def paper(self) -> float | None:
        """What the paper has for this input, TeV."""
        return PAPER.get(self.pair) if self.year == 2021 else None

    @property
    def verdict(self) -> str | None:
        """How the paper's number compares, where it has one."""
        return None if self.paper is None else _verdict(self.paper / self.scale)

    def record(self) -> dict[str, Any]:
        """Return the scale and its input as plain data."""
        item = self.input
        document: dict[str, Any] = {
            "pair": self.pair,
            "year": self.year,
            "observable": "delta_a" if _diagonal(self.pair) else "BR",
            "source": item.source,
            "note": item.note,
            "kind": "lower bound" if self.bound else "preferred",
            "input": self.measured,
            **({"confidence": item.level} if self.bound else {"error": item.error}),
            "scale_TeV": self.scale,
        }
        if self.both_chiralities is not None:
            document["scale_both_chiralities_TeV"] = self.both_chiralities
        if self.interval is not None:
            document["scale_range_TeV"] = list(self.interval)
        if self.paper is not None:
            document |= {"paper_TeV": self.paper, "verdict": self.verdict}
        return document


def dipoles(year: int | None = None, pair: str | None = None) -> tuple[DipoleScale, ...]:
    """Return the scales of all inputs (of one `year`, 2021 or 2026; of one `pair`)."""
    if year is not None and year not in {i.year for i in INPUTS}:
        raise InputError(f"no inputs of {year}; allowed: 2021, 2026")
    if pair is not None:
        _split(pair)
    return tuple(
        _scale_of(item)
        for item in INPUTS
        if (not year or item.year == year) and (not pair or item.pair == pair)
    )


def _scale_of(item: DipoleInput) -> DipoleScale:
    if item.limit is not None:
        both = None if _diagonal(item.pair) else scale(item.pair, item.limit, 2) / 1e3
        return DipoleScale(item, scale(item.pair, item.limit) / 1e3, both_chiralities=both)
    assert item.value is not None and item.error is not None
    size = abs(item.value)
    low = size - item.error
    return DipoleScale(
        item,
        scale(item.pair, size) / 1e3,
        interval=(
            scale(item.pair, size + item.error) / 1e3,
            scale(item.pair, low) / 1e3 if low > 0 else None,
        ),
    )


def _diagonal(pair: str) -> bool:
    return len(set(_split(pair))) == 1


def _verdict(ratio: float) -> str:
    if abs(ratio - 1) < 0.05:
        return "agrees"
    if abs(ratio - 1) < 0.2:
        return f"agrees within the paper's one digit (paper/ours {ratio:.2f})"
    return f"differs: paper/ours = {ratio:.3g}"
