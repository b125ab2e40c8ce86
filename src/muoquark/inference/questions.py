"""The questions of a user, each one call: a card and data in, a result out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.inference import bestfit
from muoquark.inference import fit as fits
from muoquark.inference.bestfit import BestFit
from muoquark.inference.fit import Fit
from muoquark.inference.global_likelihood import asked
from muoquark.inference.objective import Objective
from muoquark.inference.profile.work import Profiles, ProfileSettings, profiles
from muoquark.inference.source import as_varied, read
from muoquark.inference.target import Recipe
from muoquark.likelihood.likelihood import DATA, Data
from muoquark.likelihood.predictions import Predictions
from muoquark.matching import match as matching
from muoquark.model.card import Card
from muoquark.smeft.wcxf import WilsonCoefficients

__all__ = ["best_fit", "fit", "match", "predict", "profile"]


def best_fit(
    card: Any = "plane",
    data: Data = DATA,
    *,
    order: str = "highest",
    starts: int = 8,
    seed: int = 1,
) -> BestFit:
    """Maximise the likelihood over the free parameters of a card.

    Parameters
    ----------
    card
        A card of a model or of coefficients, as :func:`muoquark.read` takes it, or what
        ``Likelihood.function`` returned.
    data
        A likelihood, or the data of one.
    order
        Of the matching.
    starts, seed
        Minimisations begin at so many points, drawn with the seed.

    Returns
    -------
    BestFit
        ``values`` and ``errors`` by name, ``loglike``, ``delta_chi2`` to the SM.

    Raises
    ------
    InputError
        For faulty input, or a card without free parameters.

    Examples
    --------
    >>> import muoquark
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> best = muoquark.best_fit(card, "2021-07")
    >>> -1.2 < best.values["C9_bsmumu"] < -0.5
    True
    """
    _at_least(1, starts=starts)
    return bestfit.best_fit(_objective(card, data, order), starts, seed)


def fit(
    card: Any = "plane",
    data: Data = DATA,
    *,
    order: str = "highest",
    starts: int = 8,
    seed: int = 1,
    points: int = 200,
    bands: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Fit:
    """Fit the free parameters of a card: best fit, intervals, contours and what groups say.

    Parameters
    ----------
    card, data, order, starts, seed
        As of :func:`best_fit`.
    points
        Per axis of the plane of two parameters.
    bands
        Groups and blocks whose own constraint is wanted; by default of one or two parameters all
        groups that vary.
    progress
        Is told in words what is being done.

    Returns
    -------
    Fit
        ``best``, ``profiles`` by name, ``plane``, ``bands``; :func:`muoquark.figure` draws it.

    Raises
    ------
    InputError
        For faulty input, or a card without free parameters.

    Examples
    --------
    >>> import muoquark
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> result = muoquark.fit(card, "2021-07")
    >>> ((low, high),) = result.profiles["C9_bsmumu"].intervals(1.0)
    >>> low < result.best.values["C9_bsmumu"] < high
    True
    """
    _at_least(1, starts=starts)
    _at_least(20, points=points)
    likelihood = None if isinstance(card, Objective) else asked(data)
    objective = _objective(card, data if likelihood is None else likelihood, order)
    return fits.fit(objective, starts, seed, points, progress, bands, likelihood)


def profile(
    card: Any = "plane",
    data: Data = DATA,
    *,
    parameters: Sequence[str] | None = None,
    pair: Sequence[str] = (),
    order: str = "highest",
    points: int = 31,
    seed: int = 1,
    workers: int = 0,
    dask: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Profiles:
    """Profile the parameters of a card, all others minimised in every point.

    Parameters
    ----------
    card, data, order, seed
        As of :func:`best_fit`.
    parameters
        Names; by default all that are free, or none beside `pair`.
    pair
        Two parameters that are profiled together.
    points
        Per axis.
    workers, dask
        Processes, or the address of a Dask scheduler, that share the work.
    progress
        Is told in words what is being done.

    Raises
    ------
    InputError
        For faulty input, or a card without free parameters.

    Examples
    --------
    >>> import muoquark
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> muoquark.profile(card, "2021-07", points=11).ones[0].name
    'C9_bsmumu'
    """
    content = as_varied(card)
    recipe = Recipe.of(asked(data).identity(), content.to_yaml(), order)
    known = [p.name for p in content.free]
    names = (() if pair else known) if parameters is None else parameters
    settings = ProfileSettings(tuple(names), tuple(pair), points, seed)
    settings.check(known)
    return profiles(recipe, settings, workers, dask, None, progress)


def predict(
    source: Any, data: Data = DATA, *, obs: str | None = None, order: str = "highest"
) -> Predictions:
    """Return every observable at a point beside the SM and the measurement.

    Parameters
    ----------
    source
        A card, a point or Wilson coefficients, as :func:`muoquark.read` takes them; free parameters
        are at their start.
    data
        A likelihood, or the data of one.
    obs
        Only those that a name, a part of one, a shell pattern or a short name fits.
    order
        Of the matching.

    Raises
    ------
    InputError
        For faulty input.

    Examples
    --------
    >>> import muoquark
    >>> (one,) = muoquark.predict("paper", obs="BR(Bs->mumu)")
    >>> one.value < one.sm
    True
    """
    return asked(data).predict(source, obs, order)


def match(
    source: Any, order: str = "highest", scheme: str = "greek", scale: float | None = None
) -> WilsonCoefficients:
    """Integrate out the heavy fields of a point: its Wilson coefficients.

    Parameters
    ----------
    source
        A point, or a card of a model, its file or built-in name; free parameters are at their
        start.
    order, scheme, scale
        See :func:`muoquark.matching.match.match`.

    Returns
    -------
    WilsonCoefficients
        In the ``Warsaw`` basis in GeV^-2, with the shifts of dimension-four parameters.

    Raises
    ------
    InputError
        For faulty input, an unknown order or scheme, or ``loop`` for a field that lacks it.
    DomainError
        For couplings or scales for which nothing is calculated.

    Examples
    --------
    >>> import muoquark
    >>> found = muoquark.match("paper", "tree")
    >>> abs(found["lequ3_2233"] + found["lequ1_2233"] / 4) < 1e-20
    True
    """
    found = read(source)
    if not isinstance(found, Card):
        raise InputError("match needs a card of a model or a point, not Wilson coefficients")
    return matching.match(found.point(), order, scheme, scale)


def _at_least(least: int, **numbers: int) -> None:
    """Check that numbers, by name, are whole and not too small."""
    for name, number in numbers.items():
        if not isinstance(number, int | np.integer) or number < least:
            raise InputError(f"{name}: expected a whole number from {least} on, found {number!r}")


def _objective(card: Any, data: Data, order: str) -> Objective:
    return card if isinstance(card, Objective) else asked(data).function(card, order)
