"""What a user asks for in a scan: checked, run in memory or into a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muoquark.inference.scan.file import ScanSummary
from muoquark.inference.scan.scan import (
    Scan,
    ScanSettings,
    observable_names,
    scan_settings,
    scan_to_file_with,
    scan_with,
)
from muoquark.inference.source import as_varied, order_of
from muoquark.inference.target import Recipe
from muoquark.likelihood.likelihood import DATA, Data, as_likelihood

__all__ = ["scan", "scan_to_file"]


def scan(
    card: Any = "plane",
    data: Data = DATA,
    *,
    points: int | None = None,
    grid: Sequence[int] | None = None,
    order: str = "highest",
    observables: Sequence[str] = (),
    seed: int = 1,
    workers: int = 0,
    dask: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Scan:
    """Evaluate the global likelihood at many points of a card's free parameters.

    For more points than the memory holds (some 200 bytes each) there is :func:`scan_to_file`.

    Parameters
    ----------
    card
        A card of a model or of coefficients: what :func:`muoquark.read` takes.
    points
        So many points of a scrambled Sobol sequence, spread as the card's priors say (flat over
        the range unless stated): their mean of L/L_SM is the evidence relative to the SM.
    grid
        Or points per free parameter, in the card's order; see :func:`grid_axes`.
    data
        A :class:`~muoquark.likelihood.likelihood.Likelihood`, or the data of one.
    order
        Of the matching.
    observables
        Names or shell patterns of observables whose predictions are kept.
    seed
        Of the scrambling.
    workers, dask
        Processes, or the address of a Dask scheduler, that share the work.  The result does not
        depend on them.  A script that asks for processes needs ``if __name__ == "__main__":``.
    progress
        Is told how many pieces are done, and how many there are.

    Raises
    ------
    InputError
        For faulty input.

    Examples
    --------
    >>> import muoquark
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> found = muoquark.scan(card, "2021-07", grid=[7])
    >>> found.best
    {'C9_bsmumu': -1.0}
    """
    asked = _Request(card, points, grid, data, order, observables, seed)
    recipe, settings, names, inputs = asked.checked()
    return scan_with(recipe, settings, inputs, names, workers, dask, progress=progress)


def scan_to_file(
    out: str | Path,
    card: Any = "plane",
    data: Data = DATA,
    *,
    points: int | None = None,
    grid: Sequence[int] | None = None,
    order: str = "highest",
    observables: Sequence[str] = (),
    seed: int = 1,
    workers: int = 0,
    dask: str | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[ScanSummary, dict[str, Any]]:
    """Scan into the NetCDF file `out`, piece by piece; return it in short and its ``inputs``.

    Parameters that are not listed are those of :func:`scan`.

    Parameters
    ----------
    out
        The file; finished pieces are kept in ``OUT.partial`` until it is there.
    resume
        Whether to take up an interrupted scan.
    force
        Whether to replace the file, or to begin an interrupted scan anew.

    Raises
    ------
    InputError, OutputError
        For faulty input; for a file that is there already or cannot be written.

    Examples
    --------
    >>> import muoquark
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> low = {"C9_bsmumu": {"free": [-2, 1]}}
    >>> card = {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": low}
    >>> with TemporaryDirectory() as folder:
    ...     summary, inputs = muoquark.scan_to_file(
    ...         Path(folder) / "scan.nc", card, "2021-07", grid=[7]
    ...     )
    >>> summary.points, inputs["grid"]
    (7, [7])
    """
    from muoquark.common.output import check_output
    from muoquark.inference.store import open_store

    check_output(out, force)
    asked = _Request(card, points, grid, data, order, observables, seed)
    recipe, settings, names, inputs = asked.checked()
    store = open_store(out, inputs, resume, force)
    found = scan_to_file_with(recipe, settings, inputs, names, out, store, workers, dask, progress)
    store.remove()
    return found, inputs


@dataclass(frozen=True)
class _Request:
    """What a user asks for; for the fields see :func:`scan`."""

    card: Any
    points: int | None
    grid: Sequence[int] | None
    data: Data
    order: str
    observables: Sequence[str]
    seed: int

    def checked(self) -> tuple[Recipe, ScanSettings, tuple[str, ...], dict[str, Any]]:
        """Return likelihood, settings, names of the observables and the record ``inputs``."""
        from muoquark.common.provenance import provenance

        card = as_varied(self.card)
        order = order_of(card, self.order)
        text = card.to_yaml()
        likelihood = as_likelihood(self.data)
        identity = likelihood.identity()
        recipe = Recipe.of(identity, text, order)
        settings, names = scan_settings(
            recipe.layout(), self.points, self.grid, self.seed, self.observables,
            observable_names(likelihood),
        )  # fmt: skip
        arguments = {
            "order": order, "points": self.points,
            "grid": None if self.grid is None else list(self.grid),
            "seed": self.seed, "observables": list(self.observables),
        }  # fmt: skip
        return recipe, settings, names, provenance("scan", arguments, text, identity)
