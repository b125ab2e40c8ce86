"""Coupling against mass for one heavy field: pairs, Drell-Yan, perturbativity, a fit.

All couplings of the field keep their ratios; one entry stands for all of them on the axis.  Other
fields of the point stay as they are.  Limits of Drell-Yan are at tree level (:mod:`.tails`), those
of pairs do not depend on the coupling, and ln L of the fit is that of the data, matched as asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from muoquark.collider.decays import decays
from muoquark.collider.exclusion import mass_limit, vector_limits
from muoquark.collider.limits import DATES
from muoquark.collider.tails import Tails, along, limit
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.likelihood.highpt.part import MU
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.match import match
from muoquark.matching.orders import HIGHEST
from muoquark.model.card import Entry
from muoquark.model.point import PERTURBATIVE_LIMIT, Point

__all__ = ["FitBand", "MassPlane", "entries_of", "mass_plane", "requested"]

#: Below this mass in GeV the tails of Drell-Yan say nothing.
LOWEST = 800.0
# Masses at which tails and the fit are calculated.
_MASSES, _FIT_MASSES = 25, 8
# Couplings of the fit in units of the point's at equal y/M, before and after the first look.
_COARSE, _FINE = np.geomspace(1e-2, 1e2, 33), 61
_FAR = 12.0
# Points of the likelihood at once; accuracy of polynomials.
_PIECE, _EXACT = 64, 1e-4
_NODES, _CHECK = np.array([0.0, 0.5, 1.0]), 0.25
_ENTRY = re.compile(r"(?P<name>\w+)_(?P<quark>[123])(?P<lepton>[123]?)")


@dataclass(frozen=True)
class FitBand:
    """-2 ln L relative to the SM along the couplings of a field.

    Attributes
    ----------
    masses
        (k,) in GeV.
    shares
        y/M in units of the point's, (n,).
    chi2
        (k, n); beyond perturbativity too.
    data
        What the data are called.
    """

    masses: np.ndarray
    shares: np.ndarray
    chi2: np.ndarray
    data: str


@dataclass(frozen=True)
class MassPlane:
    """What the picture shows; couplings are those of the entry, masses in GeV.

    Attributes
    ----------
    field, entry
        The heavy field, and the entry of a coupling that stands for all of its couplings.
    mass, value
        Those of the point.
    masses
        (n,).
    tails
        Limits of Drell-Yan by case, (n,); infinity for none.
    searches
        Those of Run 2 of every search alone, (n,).
    pairs
        The mass that pairs exclude, by date; None for none.
    vectors
        Published limits by kappa for a vector.
    perturbative
        The entry where the largest coupling is sqrt(4 pi).
    band
        What a fit prefers, None without one.
    notes
        What is left out.
    """

    field: str
    entry: Entry
    mass: float
    value: float
    masses: np.ndarray
    tails: Mapping[str, np.ndarray]
    searches: Mapping[str, np.ndarray]
    pairs: Mapping[str, float | None]
    vectors: Mapping[int, float]
    perturbative: float
    band: FitBand | None
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return plain data."""
        band = self.band
        return {
            "field": self.field, "entry": str(self.entry), "mass": self.mass, "value": self.value,
            "masses": self.masses.tolist(),
            "drell_yan": {case: one.tolist() for case, one in self.tails.items()},
            "searches": {block: one.tolist() for block, one in self.searches.items()},
            "pairs": dict(self.pairs), "vectors": {str(k): m for k, m in self.vectors.items()},
            "perturbative": self.perturbative,
            "fit": None if band is None else {
                "masses": band.masses.tolist(), "shares": band.shares.tolist(),
                "chi2": band.chi2.tolist(), "data": band.data,
            },
            "notes": list(self.notes),
        }  # fmt: skip

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> MassPlane:
        """Return what :meth:`record` wrote; JSON has null for infinity."""

        def array(values: Sequence[Any]) -> np.ndarray:
            return np.array([np.inf if x is None else x for x in values], dtype=float)

        fit = record["fit"]
        band = None
        if fit is not None:
            rows = np.array([array(row) for row in fit["chi2"]])
            band = FitBand(array(fit["masses"]), array(fit["shares"]), rows, fit["data"])
        return cls(
            record["field"], _entry(record["entry"]), record["mass"], record["value"],
            array(record["masses"]),
            {case: array(values) for case, values in record["drell_yan"].items()},
            {block: array(values) for block, values in record["searches"].items()},
            record["pairs"], {int(k): m for k, m in record["vectors"].items()},
            record["perturbative"], band, tuple(record["notes"]),
        )  # fmt: skip


def entries_of(point: Point) -> dict[str, tuple[str, Entry, float]]:
    """Return the entries of couplings that are not zero: field, entry and absolute value."""
    found = {}
    for name, matrix in point.couplings.items():
        (field,) = (f.name for f in point.model.term_of(name).fields if not f.fermion)
        for i, a in np.argwhere(matrix != 0).tolist():
            entry = Entry(name, i, a)
            found[str(entry)] = field, entry, float(abs(matrix[i, a]))
    return found


def _entry(name: str) -> Entry:
    """Return the entry of a name, ``eta3L_3`` or ``eta1R_23``."""
    found = _ENTRY.fullmatch(name)
    assert found is not None
    return Entry(found["name"], int(found["quark"]) - 1, int(found["lepton"] or 2) - 1)


def _chosen(point: Point, name: str | None) -> tuple[str, Entry, float]:
    """Return the field, entry and value that are meant.

    Without a name: of the lightest field that couples the largest entry.
    """
    known = entries_of(point)
    if not known:
        boson = "; of the boson of U(1)_X: muoquark xboson" if point.boson is not None else ""
        raise InputError(
            "no leptoquark couples to quarks and leptons at this point: there is nothing to draw "
            f"against the mass{boson}"
        )
    if name is None:
        order = list(point.masses)
        return min(known.values(), key=lambda x: (point.masses[x[0]], order.index(x[0]), -x[2]))
    if _ENTRY.fullmatch(name) and str(_entry(name)) in known:
        return known[str(_entry(name))]
    raise InputError(f"--coupling {name}: no such entry is different from zero: "
                     f"{suggest(name, list(known))}")  # fmt: skip


def requested(
    point: Point, coupling: str | None = None, masses: tuple[float, float] | None = None
) -> tuple[str, Entry, float, tuple[float, float]]:
    """Return field, entry, its value and the range of masses that :func:`mass_plane` is asked for.

    Raises
    ------
    InputError
        As :func:`mass_plane`.
    """
    field, entry, value = _chosen(point, coupling)
    low, high = masses or (LOWEST, max(5000.0, 1.25 * point.masses[field]))
    if not LOWEST <= low < high:
        raise InputError(
            f"--masses {low:g} {high:g}: allowed are two masses in GeV, the first from "
            f"{LOWEST:g} on"
        )
    if high > 1e5:
        raise InputError(f"--masses {low:g} {high:g}: allowed are masses up to 100 TeV")
    return field, entry, value, (low, high)


def mass_plane(
    point: Point,
    likelihood: Likelihood | None = None,
    coupling: str | None = None,
    masses: tuple[float, float] | None = None,
    order: str = HIGHEST,
    progress: Callable[[str], None] = lambda text: None,
    tails: Tails | None = None,
) -> MassPlane:
    """Return coupling against mass for one field of a point.

    Parameters
    ----------
    likelihood
        Of the fit's band, without Drell-Yan; None for no band.
    coupling
        The entry on the axis, ``eta3L_3`` or ``eta1R_23``; by default of the lightest field that
        couples the largest one.
    masses
        Range in GeV, from 800 GeV on; by default to 5 TeV, or beyond the point.
    order
        Of the matching for the fit.
    progress
        Is told in words what is being done.

    Raises
    ------
    InputError
        For an entry that is zero or not there, or a range that is none.
    """
    field, entry, value, (low, high) = requested(point, coupling, masses)
    mass = point.masses[field]
    own = [m for n, m in point.couplings.items() if field in _fields(point, n)]
    perturbative = PERTURBATIVE_LIMIT / float(max(np.abs(m).max() for m in own)) * value
    unit = along(point, min(1.0, (0.9 * perturbative / value) ** 2), [field])
    scale = value * min(1.0, 0.9 * perturbative / value)
    at = partial(_at_mass, unit, field)
    grid = np.geomspace(low, high, _MASSES)
    notes: list[str] = []
    limits: dict[str, np.ndarray] = {}
    searches: dict[str, np.ndarray] = {}
    progress("Drell-Yan for many masses")
    try:
        _refuse_light(point, field)
        fits = (tails or Tails()).fits([at(m) for m in grid], fields=[field])
        for case, one in fits.items():
            limits[case] = scale * np.sqrt([limit(row)[1] for row in one.chi2()])
        for block in fits["now"].blocks:
            rows = fits["now"].chi2([block])
            searches[block] = scale * np.sqrt([limit(row)[1] for row in rows])
    except DomainError as error:
        notes.append(f"the picture has no Drell-Yan: {error}")
    pairs, vectors = _pairs(unit, field, at)
    band = None
    if likelihood is not None:
        progress("what the data prefer")
        try:
            band = _band(point, field, likelihood, (low, high), order)
        except DomainError as error:
            notes.append(f"the picture has no band of a fit: {error}")
    return MassPlane(
        field, entry, mass, value, grid, limits, searches, pairs, vectors, perturbative, band,
        tuple(notes),
    )  # fmt: skip


def _fields(point: Point, coupling: str) -> set[str]:
    return {f.name for f in point.model.term_of(coupling).fields if not f.fermion}


def _refuse_light(point: Point, field: str) -> None:
    """Raise DomainError if another field that couples is too light for the tails."""
    for name, matrix in point.couplings.items():
        for other in _fields(point, name) - {field}:
            if np.any(matrix) and point.masses[other] < LOWEST:
                raise DomainError(f"{other} is below {LOWEST:g} GeV")


def _at_mass(point: Point, field: str, mass: float) -> Point:
    """Return the point with another mass of a field; each field is matched at its own mass.

    SM couplings of the point's own hold at its matching scale, which then stays.
    """
    scale = point.common_scale if point.sm else None
    return point.replace(masses={**point.masses, field: float(mass)}, mu_M=scale)


def _pairs(
    point: Point, field: str, at: Callable[[float], Point]
) -> tuple[dict[str, float | None], dict[int, float]]:
    """Return masses that pairs exclude by date, and for a vector the published ones by kappa."""
    plain = at(point.masses[field])
    if plain.model.field(field).spin == "vector":
        found: dict[int, float] = {}
        for one in vector_limits([d for d in decays(plain) if d.component.field.name == field]):
            kappa = one.limit.kappa
            if kappa is not None and one.share >= 0.9:
                found[kappa] = max(found.get(kappa, 0.0), one.limit.mass)
        return dict.fromkeys(DATES), found

    def own(mass: float) -> Sequence[Any]:
        return [one for one in decays(at(mass)) if one.component.field.name == field]

    return {date: mass_limit(own, date) for date in DATES}, {}


def _band(
    point: Point, field: str, likelihood: Likelihood, ends: tuple[float, float], order: str
) -> FitBand:
    """Return chi2 on masses and y/M; the second grid is refined where the first is low."""
    masses = np.geomspace(*ends, _FIT_MASSES)
    forward = likelihood.forward(MU)
    largest = max(
        float(np.abs(m).max()) for n, m in point.couplings.items() if field in _fields(point, n)
    )

    def made(mass: float) -> CouplingPath:
        return CouplingPath.of(_at_mass(point, field, mass), field, likelihood, order, largest)

    known = {float(masses[len(masses) // 2]): made(float(masses[len(masses) // 2]))}
    fine = _FINE
    if not next(iter(known.values())).exact:
        # every point is matched by itself: fewer of them
        masses, fine = masses[[0, 2, 4, 5, 7]], _FINE // 2

    def chi2(mass: float, shares: np.ndarray, roughly: bool = False) -> np.ndarray:
        if mass not in known:
            known[mass] = made(mass)
        vectors = known[mass](shares * mass / point.masses[field], roughly)
        rows = [forward.total(vectors[k : k + _PIECE]) for k in range(0, len(vectors), _PIECE)]
        return np.asarray(-2 * np.concatenate(rows))

    first = chi2(next(iter(known)), _COARSE, roughly=True)
    near = np.flatnonzero(first < first.min() + _FAR)
    start = _COARSE[near[0] - 1] if near[0] else 0.0
    stop = _COARSE[min(near[-1] + 1, len(_COARSE) - 1)]
    shares = np.union1d(np.linspace(start, stop, fine), [0.0])
    rows = np.array([chi2(float(m), shares) for m in masses])
    return FitBand(masses, shares, rows, likelihood.name)


@dataclass(frozen=True)
class CouplingPath:
    """What the likelihood takes along the couplings of a field, as a function of their factor.

    Coefficients of one loop have up to four couplings: they are polynomials of second order in the
    factor's square, but for the phases that make the masses of leptons real.  A fourth point says
    whether these matter; where they do every point is matched by itself.  Beyond perturbativity the
    polynomials go on: only for the minimum, from which the picture counts.
    """

    one: Callable[[float], np.ndarray]
    polynomial: np.ndarray
    end: float
    exact: bool

    @classmethod
    def of(
        cls, point: Point, field: str, likelihood: Likelihood, order: str, largest: float
    ) -> CouplingPath:
        """Match at four points."""

        def one(factor: float) -> np.ndarray:
            found = match(along(point, factor**2, [field]), order, scale=MU)
            return np.asarray(likelihood.vector(found))

        end = (0.9 * PERTURBATIVE_LIMIT / largest) ** 2
        rows = np.array([one(np.sqrt(end * x)) for x in (*_NODES, _CHECK)])
        polynomial = np.linalg.solve(_NODES[:, None] ** np.arange(3), rows[:3])
        wrong = np.abs(_CHECK ** np.arange(3) @ polynomial - rows[3])
        # beside the whole complex coefficient, and beside rounding
        size = np.abs(rows).max(axis=0)
        names = [name.rpartition(":")[0] for name in likelihood.evolution.inputs]
        whole: dict[str, float] = {}
        for name, value in zip(names, size, strict=False):
            whole[name] = max(whole.get(name, 0.0), float(value))
        size = np.array([whole[name] for name in names]) + 1e-8 * size.max()
        return cls(one, polynomial, end, bool((wrong[: len(size)] / size).max() < _EXACT))

    def __call__(self, factors: np.ndarray, roughly: bool = False) -> np.ndarray:
        """Return the inputs (n, inputs) for factors (n,), `roughly` by the polynomials anyhow."""
        out = np.asarray((factors[:, None] ** 2 / self.end) ** np.arange(3) @ self.polynomial)
        if not self.exact and not roughly:
            for k in np.flatnonzero(factors**2 <= self.end):
                out[k] = self.one(float(factors[k]))
        return out
