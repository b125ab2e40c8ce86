"""The Drell-Yan tails as a part of the likelihood, ``--data highpt``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.highpt.amplitudes import components
from muoquark.likelihood.highpt.folding import CHANNELS, Folded
from muoquark.likelihood.highpt.integrals import PartonIntegrals
from muoquark.likelihood.highpt.options import NAME, Options
from muoquark.likelihood.highpt.pack import Binned, Tables, read_tables
from muoquark.likelihood.highpt.propagators import LIGHTEST
from muoquark.likelihood.highpt.source import SETS
from muoquark.likelihood.highpt.standard_model import drell_yan, shape
from muoquark.likelihood.highpt.yields import CompiledYields, Yields, extra_names
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.part import Part, Predictor, Reference, smeft
from muoquark.likelihood.pdfs import Normal
from muoquark.likelihood.specialise import SampledRange
from muoquark.running.evolution import Output

__all__ = ["MU", "HighPtPart", "growth_of", "highpt"]

#: The boson of U(1)_X, which quarks and leptons couple to alike.
S_CHANNEL = "X"
#: The scale of the coefficients in GeV.
MU = 1000.0
_PDF_KEYS: Mapping[str, str] = {
    "PDF4LHC21": "PDF4LHCWorkingGroup:2022cjn",
    "PDF4LHC15": "Butterworth:2015oua",
    "NNPDF40": "NNPDF:2021njg",
    "NNPDF31": "NNPDF:2017mvq",
    "CT18NNLO": "Hou:2019efy",
}


@dataclass(frozen=True, eq=False)
class Expectation:
    """What a search counts without new physics, and with what error.

    Attributes
    ----------
    observed, expected, sigma
        Events (bins,); sigma is the error of their difference.
    factor
        What yields at the luminosity of the data are multiplied with, (bins,).
    """

    observed: np.ndarray
    expected: np.ndarray
    sigma: np.ndarray
    factor: np.ndarray


@dataclass(frozen=True, eq=False)
class HighPtPart(Part):
    """Nine searches for two leptons, or a lepton and a neutrino; made by :func:`highpt`.

    Attributes
    ----------
    options
        See :class:`Options`.
    tables
        What it is computed from.
    folded
        The searches.
    expected
        Events without new physics, by search.
    """

    options: Options
    tables: Tables
    folded: tuple[Folded, ...]
    expected: tuple[np.ndarray, ...]
    data: DataSet

    @property
    def name(self) -> str:  # type: ignore[override]
        """``highpt`` and its options."""
        return self.options.name

    @cached_property
    def targets(self) -> tuple[Output, ...]:  # type: ignore[override]
        """The coefficients of quarks and leptons at 1 TeV."""
        return tuple(smeft(component, MU) for component in components())

    @property
    def extras(self) -> tuple[str, ...]:
        """1/M^2 and tree-level coefficients of the leptoquarks whose propagator is known."""
        return extra_names()

    @cached_property
    def sm(self) -> np.ndarray:
        """The background, (observables,)."""
        return np.concatenate(self.expected)

    @property
    def predictor(self) -> Predictor:
        """The yields with all extras."""
        return self.predictor_with(self.extras)

    def predictor_with(self, extras: Sequence[str]) -> Predictor:
        """Return the yields for coefficients followed by some of the extras."""
        return Yields(self.folded, self.expected, tuple(extras))

    def compiled(self, reach: SampledRange) -> CompiledYields:
        """Return the yields without what cannot matter within `reach`."""
        extras = tuple(self.extras[k] for k in reach.extras)
        return CompiledYields.of(Yields(self.folded, self.expected, extras), reach)

    def check_mediators(self, masses: Mapping[str, float]) -> None:
        """Check that the heavy fields are heavy enough; masses in GeV.

        Raises
        ------
        DomainError
            Below 800 GeV.
        """
        for field, mass in masses.items():
            if mass < 1000 * LIGHTEST:
                why = "it is a resonance there" if field == S_CHANNEL else "pairs of it would be"
                raise DomainError(
                    f"{field} of {mass:g} GeV is below {1000 * LIGHTEST:g} GeV: the Drell-Yan "
                    f"tails of '{NAME}' say nothing about it ({why}"
                    f"{'' if field == S_CHANNEL else ' produced'})"
                )

    def remarks(self, fields: Sequence[str]) -> list[str]:
        """Return what is to be said about a point with these heavy fields."""
        missing = "correlations between bins and theory errors of the signal"
        if self.options.method == "folded":
            missing += ", nor is the Poisson shape of bins with few events"
        found = [f"{NAME}: not included are {missing}"]
        if not fields and not self.options.mcut:
            found.append(
                f"{NAME}: coefficients alone are taken at all energies; mcut=2000 (GeV) shows what "
                "is left below a mass"
            )
        if S_CHANNEL in fields:
            found.append(
                f"{NAME}: {S_CHANNEL} as a contact interaction, without its s channel: below a "
                "resonance the true rate is larger, and within reach (6 TeV) a resonance decides, "
                "which is not here"
            )
        without = [field for field in fields if field not in (*CHANNELS, S_CHANNEL, "Phi")]
        if without:
            found.append(
                f"{NAME}: {', '.join(without)} in the EFT, without propagator; limits on light "
                "ones come out too strong"
            )
        if self.options.truncation == "linear":
            found.append(f"{NAME}: without squares of new physics, for information only")
        return found

    def with_data(self, data: DataSet, touched: set[int]) -> Self:
        """Return the part with other measurements."""
        return replace(self, data=data)

    def identity(self) -> dict[str, Any]:
        """Return options and the hash of the tables."""
        return {
            "name": self.name,
            "built_in": NAME,
            "options": self.options.given,
            "sha256": self.tables.sha256,
            "commit": self.tables.metadata["commit"],
        }

    def references(self) -> Sequence[Reference]:
        """Return whose simulation and partons these are."""
        if self.options.method == "ratio":
            return (
                ("Straub:2018kue", "flavio: pdfs of the Drell-Yan counts"),
                ("Allwicher:2022mcg", "parton luminosities (HighPT)"),
                (_PDF_KEYS[self.options.pdf], "parton distributions of the Drell-Yan searches"),
            )
        return (
            ("Allwicher:2022gkm", "response of the detectors in Drell-Yan searches"),
            ("Allwicher:2022mcg", "response of the detectors and parton luminosities (HighPT)"),
            (_PDF_KEYS[self.options.pdf], "parton distributions of the Drell-Yan searches"),
        )

    def variants(self) -> dict[str, Sequence[Part]]:
        """Return the part with other parton distributions, and normalised to the background."""
        others = [pdf for pdf in SETS if pdf != self.options.pdf]
        found: dict[str, Sequence[Part]] = {
            "parton distributions": [
                highpt(replace(self.options, pdf=pdf), self.tables) for pdf in others
            ]
        }
        if self.options.normalise == "none" and self.options.method == "folded":
            other = replace(self.options, normalise="background")
            found["K factors"] = [highpt(other, self.tables)]
        return found


def highpt(options: Options | None = None, tables: Tables | None = None) -> HighPtPart:
    """Return the part.

    Raises
    ------
    InputError
        If the tables are damaged.
    """
    options = options or Options()
    tables = tables or read_tables()
    if options.method == "ratio":
        from muoquark.likelihood.highpt.ratio import ratio_searches

        linear = options.truncation == "linear"
        searches, ratios, data = ratio_searches(tables, options.pdf, linear)
        return HighPtPart(options, tables, tuple(searches), tuple(ratios), data)
    folded, expectations = [], []
    for block in options.searches:
        binned = tables.searches[block]
        one = _expected(tables, binned, options)
        integrals = _integrals(tables, binned, options)
        folded.append(Folded(binned, integrals, options.truncation == "linear", one.factor))
        expectations.append(one)
    return HighPtPart(
        options,
        tables,
        tuple(folded),
        tuple(one.expected for one in expectations),
        _data(folded, expectations),
    )


def _integrals(
    tables: Tables, binned: Binned, options: Options, energy: str = ""
) -> PartonIntegrals:
    return PartonIntegrals(
        tables,
        binned,
        options.pdf,
        energy=float(energy or options.energy),
        cut=options.mcut / 1000 or np.inf,
        highpt=options.range == "highpt",
    )


def growth_of(tables: Tables, binned: Binned, options: Options) -> np.ndarray:
    """Return f_j, (bins,): the SM's yield at 14 TeV over that at 13 TeV, at equal luminosity.

    At leading order, folded with the same response; for lepton-flavour violation, which the SM does
    not have, that of a photon in its place.
    """
    both = [_integrals(tables, binned, options, energy) for energy in ("14", "13")]
    violating = drell_yan(both[0]) is None
    now, then = (shape(one) if violating else drell_yan(one) for one in both)
    return np.asarray(np.asarray(now) / np.asarray(then))


def _expected(tables: Tables, binned: Binned, options: Options) -> Expectation:
    """Return counts, errors and factors under the options."""
    plain = np.ones(len(binned.observed))
    whole = replace(options, mcut=0.0, range="full")
    factor, observed, expected = plain, binned.observed, binned.background
    error = binned.error
    if options.normalise == "background":
        own = drell_yan(_integrals(tables, binned, whole, "13"))
        if own is not None:
            factor = expected / own
    if options.lumi:
        share = options.lumi / binned.luminosity
        growth = growth_of(tables, binned, whole) if options.energy == "14" else plain
        # background and SM yield grow alike: a normalisation to it is that of 13 TeV
        factor = factor * share
        scale = np.sqrt(share * growth) if options.errors == "rescaled" else share * growth
        expected, error = expected * share * growth, error * scale
        observed = expected
    sigma = np.sqrt(error**2 + np.where(observed == 0, 1.0, observed))
    return Expectation(observed, expected, sigma, factor)


def _data(folded: Sequence[Folded], expectations: Sequence[Expectation]) -> DataSet:
    """Return counts as Gaussian measurements, a block for each search."""
    observables: list[Observable] = []
    constraints: list[Constraint] = []
    blocks: dict[str, tuple[int, ...]] = {}
    info: dict[str, dict[str, str]] = {}
    for one, expectation in zip(folded, expectations, strict=True):
        search, edges = one.binned.search, one.binned.edges
        title = f"{search.experiment} {search.observable[2:-1]} {search.inspire[-7:-3]}"
        info[title] = {
            "experiment": search.experiment,
            "inspire": search.inspire,
            "date": search.date,
            "url": f"https://doi.org/{search.doi}" if search.doi.startswith("10.") else search.doi,
        }
        start = len(observables)
        for k, (low, high) in enumerate(edges):
            bounds = {f"{search.axis}_min": float(low), f"{search.axis}_max": float(high)}
            observables.append(Observable.of(search.observable, **bounds))
            pdf = Normal(float(expectation.observed[k]), float(expectation.sigma[k]))
            constraints.append(Constraint(search.block, title, (start + k,), pdf))
        blocks[search.block] = tuple(range(start, len(observables)))
    return DataSet(tuple(observables), tuple(constraints), blocks, {}, info)
