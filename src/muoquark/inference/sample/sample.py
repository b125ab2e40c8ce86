"""Sampling from beginning to end: a card and settings in, draws out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from muoquark.common.errors import InputError
from muoquark.common.provenance import provenance
from muoquark.inference.sample.nested import NestedSettings, evidence, nested_unit
from muoquark.inference.sample.nuts import NutsSettings, nuts_unit
from muoquark.inference.sample.posterior import Posterior, from_chains
from muoquark.inference.source import as_varied, order_of
from muoquark.inference.store import Store
from muoquark.inference.target import Recipe
from muoquark.inference.workers import Maker, open_workers, run_streams
from muoquark.likelihood.likelihood import DATA, Likelihood, as_likelihood
from muoquark.matching.parametric import check_card
from muoquark.model.card import Card
from muoquark.model.coefficient_card import AnyCard

__all__ = ["Settings", "request", "sample"]

# What the axes of the file of draws are called.
RESERVED = ("chain", "draw", "part")

Settings = NutsSettings | NestedSettings


def request(
    source: AnyCard, settings: Settings, likelihood: Likelihood, order: str = "highest"
) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe of a posterior, and the record ``inputs`` of its result.

    Parameters
    ----------
    source
        A card with one or more free parameters.
    settings
        Of NUTS or of nested sampling, seed included.
    likelihood
        The data.
    order
        Of the matching, ``tree`` or ``loop``.

    Raises
    ------
    InputError
        If the card has no free parameter, varies masses without a fixed mu_M, or has a parameter
        whose name a NetCDF file cannot hold.
    """
    _check(source)
    order = order_of(source, order)
    text = source.to_yaml()
    identity = likelihood.identity()
    options: dict[str, Any]
    if isinstance(settings, NutsSettings):
        options = {"method": "nuts", **asdict(settings)}
    else:
        options = {
            "method": "nested", "chains": settings.runs, "live": settings.live,
            "seed": settings.seed, "dlogz": settings.dlogz,
        }  # fmt: skip
    inputs = provenance(
        "sample", {"order": order, **options}, text, identity, ("numpyro", "dynesty")
    )
    return Recipe.of(identity, text, order), inputs


def _check(card: AnyCard) -> None:
    """Say at once what would otherwise come up after the compilation, or in a worker."""
    if not card.free:
        raise InputError(
            "the card has no free parameter: {free: [min, max]} in the place of a number"
        )
    if isinstance(card, Card):
        check_card(card)
    for p in card.free:
        if p.name in RESERVED or "/" in p.name or p.name != p.name.strip():
            raise InputError(
                f"the free parameter '{p.name}' needs another name: {', '.join(RESERVED)} are the "
                "axes of the file of draws, and a name has no '/' and no blanks around it"
            )


def sample(
    source: Any = "plane",
    data: Any = DATA,
    settings: Settings | None = None,
    workers: int = 0,
    dask: str | None = None,
    store: Store | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    order: str = "highest",
    inputs: Mapping[str, Any] | None = None,
) -> Posterior:
    """Draw from the posterior of a card's free parameters, with the priors that it states.

    The draws are the same for any number of workers.

    Parameters
    ----------
    source
        A card of a model or of coefficients with one or more free parameters, as
        :func:`muoquark.read` takes it (or what makes a target in each worker: a ``Recipe``).
    settings
        :class:`NutsSettings` (default) for draws, or :class:`NestedSettings` for the evidence and
        draws; with the seed.
    workers, dask
        Number of processes (0: this one), or address of a Dask scheduler; see
        :func:`~muoquark.inference.workers.open_workers`.  Processes import the calling script:
        it needs the guard ``if __name__ == "__main__":``.
    store
        Where finished units are kept and found again, see
        :func:`~muoquark.inference.store.open_store`.
    progress
        Is told how many units are done, and how many there are.
    data, order
        For a card: a :class:`~muoquark.likelihood.likelihood.Likelihood` or the data of one, and
        the order of the matching, ``loop`` or ``tree``.
    inputs
        For a recipe: the record of what the result was made with.

    Returns
    -------
    Posterior
        Draws ``theta`` of shape (chains, draws, parameters) in the units of the card (couplings
        have none, masses are in GeV), ``loglike`` = ln L - ln L_SM of each, and methods
        ``summary()``, ``troubles()``, ``record()`` and ``write(path)``.

    Raises
    ------
    InputError
        If the card has no free parameter, or varies masses without a fixed mu_M.

    Examples
    --------
    >>> import muoquark
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> settings = muoquark.NutsSettings(chains=2, warmup=100, draws=100)
    >>> muoquark.sample(card, "2021-07", settings).theta.shape
    (2, 100, 1)

    Notes
    -----
    M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593 (1111.4246); J. Skilling,
    Bayesian Anal. 1 (2006) 833; J. S. Speagle, 1904.02180.
    """
    if isinstance(data, Settings):  # they stood here until version 0.1
        data, settings = DATA, data
    settings = settings or NutsSettings()
    maker: Maker
    if hasattr(source, "target"):
        maker = source
    else:
        maker, inputs = request(as_varied(source), settings, as_likelihood(data), order)
    layout = maker.layout()
    with open_workers(maker, workers, dask) as pool:
        function: Any
        if isinstance(settings, NutsSettings):
            lengths, function = [settings.segments] * settings.chains, nuts_unit
        else:
            lengths, function = [1] * settings.runs, nested_unit
        outputs = run_streams(pool, function, settings, lengths, store, progress)
    if isinstance(settings, NutsSettings):
        result = from_chains(layout, outputs, settings.warmup, settings.draws)
    else:
        found, draws = evidence([run[0] for run in outputs], settings)
        theta, parts, status = (draws[k][None] for k in ("samples", "parts", "status"))
        result = Posterior(layout, theta, parts, status, {}, found)
    return replace(result, inputs=dict(inputs or {}))
