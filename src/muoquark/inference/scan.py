"""Scans: the likelihood at many points, on a grid or spread by a Sobol sequence.

The points are cut into pieces of a fixed size; a piece knows its points from its number alone, so
that any worker can do it, and is evaluated in batches of a fixed size, so that not a bit depends
on who does.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.common.files import write_atomic
from muoquark.common.output import to_json
from muoquark.inference.priors import Priors
from muoquark.inference.store import Arrays, Store
from muoquark.inference.target import XLA, Layout, Recipe, Target, in_batches
from muoquark.inference.workers import Maker, open_workers, run_streams
from muoquark.likelihood.likelihood import Likelihood

if TYPE_CHECKING:
    from muoquark.model.card import Card

__all__ = ["PIECE", "Scan", "ScanSettings", "scan", "scan_with", "write"]

# Points of one piece: some tenths of a second of work.  Raising it changes no number.
PIECE = 1000
# A Sobol sequence in scipy has 2^30 points; a scan is held in memory before that.
MOST = 100_000_000


@dataclass(frozen=True)
class ScanSettings:
    """What points: `grid` numbers of points per parameter, or else `points` Sobol points.

    points: how many; grid: per parameter, in their order; seed: of the scrambling; observables:
    positions of the predictions that are kept.
    """

    points: int
    grid: tuple[int, ...] = ()
    seed: int = 1
    observables: tuple[int, ...] = ()

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return -(-self.points // PIECE)

    def piece(self, priors: Priors, number: int) -> np.ndarray:
        """Return the points of one piece, shape (up to PIECE, parameters)."""
        start = number * PIECE
        count = min(PIECE, self.points - start)
        if self.grid:
            places = np.unravel_index(np.arange(start, start + count), self.grid)
            axes = grid_axes(priors, self.grid)
            return np.stack([axis[k] for axis, k in zip(axes, places, strict=True)], axis=1)
        from scipy.stats.qmc import Sobol

        sobol = Sobol(len(priors.parameters), scramble=True, rng=np.random.default_rng(self.seed))
        if start:
            sobol.fast_forward(start)
        # A power of two, so that scipy does not warn of the balance of the first piece.
        return priors.from_cube(sobol.random(1 << (PIECE - 1).bit_length())[:count])


def grid_axes(priors: Priors, grid: Sequence[int]) -> list[np.ndarray]:
    """Return the points along each parameter: even over the range, or over its logarithm.

    The logarithm is taken of a parameter whose prior is flat in it.  One point is the middle.
    """
    axes = []
    for p, prior, n in zip(priors.parameters, priors.priors, grid, strict=True):
        t = np.linspace(0.0, 1.0, n) if n > 1 else np.array([0.5])
        ends = (np.log(p.low), np.log(p.high)) if prior.kind == "log" else (p.low, p.high)
        x = ends[0] + (ends[1] - ends[0]) * t
        x = np.exp(x) if prior.kind == "log" else x
        if n > 1:
            x[0], x[-1] = p.low, p.high  # not a rounding error away from them
        axes.append(x)
    return axes


def scan_unit(
    target: Target, settings: ScanSettings, stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Evaluate one piece: see ``workers.UnitFunction``."""
    points = settings.piece(target.priors, stream)
    chosen = list(settings.observables)

    def make() -> Any:
        import jax

        evaluate = target.objective.evaluate
        assert evaluate is not None

        def some(x: Any) -> tuple[Any, Any, Any]:
            parts, predictions, status = evaluate(x)
            return parts, predictions[:, np.array(chosen, dtype=int)], status

        return jax.jit(some, compiler_options=XLA)

    program = target.program(("scan", settings.observables), make)
    parts, predictions, status = in_batches(program, points)
    return {}, {"points": points, "parts": parts, "predictions": predictions, "status": status}


@dataclass(frozen=True)
class Scan:
    """What a scan found.

    layout: parameters, priors and names of the parts; grid: points per parameter, empty for Sobol
    points; points: (m, n); parts: ln L - ln L_SM, (m, names), blocks and then groups; status: bits,
    (m,); observables, predictions: names, and values (m, observables); inputs: how to repeat it.
    Grid points run with the last parameter fastest.
    """

    layout: Layout
    grid: tuple[int, ...]
    points: np.ndarray
    parts: np.ndarray
    status: np.ndarray
    observables: tuple[str, ...]
    predictions: np.ndarray
    inputs: Mapping[str, Any]

    @property
    def loglike(self) -> np.ndarray:
        """ln L - ln L_SM, shape (m,)."""
        return self.layout.total(self.parts)

    @property
    def best(self) -> dict[str, float]:
        """The point with the largest likelihood."""
        k = int(np.argmax(np.where(np.isfinite(self.loglike), self.loglike, -np.inf)))
        return dict(zip(self.layout.parameters, map(float, self.points[k]), strict=True))

    def dataset(self) -> Any:
        """Return an ``xarray.Dataset``: on a grid one dimension for each parameter."""
        import xarray as xr

        names = self.layout.parameters
        coords: dict[str, Any] = {"part": list(self.layout.names)}
        variables: dict[str, Any] = {}
        if self.grid:
            dims: tuple[str, ...] = names
            coords |= dict(zip(names, grid_axes(self.layout.priors, self.grid), strict=True))
        else:
            dims = ("point",)
            variables |= {n: (dims, self.points[:, k]) for k, n in enumerate(names)}
        shape = self.grid or (len(self.points),)
        variables["loglike"] = (dims, self.loglike.reshape(shape))
        variables["parts"] = ((*dims, "part"), self.parts.reshape(*shape, -1))
        variables["status"] = (dims, self.status.reshape(shape))
        if self.observables:
            coords["observable"] = list(self.observables)
            values = self.predictions.reshape(*shape, -1)
            variables["predictions"] = ((*dims, "observable"), values)
        attributes = {
            "muoquark_inputs": to_json(self.inputs),
            "muoquark_status": to_json(self.layout.meanings),
            "muoquark_priors": to_json(self.layout.priors.describe()),
        }
        dataset = xr.Dataset(variables, coords, attributes)
        dataset["loglike"].attrs["long_name"] = "ln L - ln L_SM, sum of the blocks"
        dataset["parts"].attrs["long_name"] = "ln L - ln L_SM of every block and group"
        return dataset


def write(path: str | Path, found: Scan) -> None:
    """Write a scan as NetCDF.

    Raises
    ------
    OutputError
        If the file cannot be written; a file that was there is then unchanged.
    """
    buffer = io.BytesIO()
    found.dataset().to_netcdf(buffer, engine="h5netcdf")
    write_atomic(path, buffer.getvalue())


def scan_with(
    maker: Maker,
    settings: ScanSettings,
    inputs: Mapping[str, Any],
    observables: Sequence[str] = (),
    workers: int = 0,
    dask: str | None = None,
    store: Store | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Scan:
    """Scan what `maker` makes; the numbers depend on neither `workers` nor `dask`.

    `observables` are the names of the positions in `settings`.  For the rest see
    :func:`~muoquark.inference.sample.sample`.
    """
    layout = maker.layout()
    with open_workers(maker, workers, dask) as pool:
        lengths = [1] * settings.pieces
        outputs = run_streams(pool, scan_unit, settings, lengths, store, progress)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([stream[0][name] for stream in outputs])

    return Scan(
        layout, settings.grid, joined("points"), joined("parts"), joined("status"),
        tuple(observables), joined("predictions"), inputs,
    )  # fmt: skip


def scan_settings(
    layout: Layout,
    points: int | None,
    grid: Sequence[int] | None,
    seed: int,
    patterns: Sequence[str] = (),
    known: Sequence[str] = (),
) -> tuple[ScanSettings, tuple[str, ...]]:
    """Check what is asked for; return the settings and the names of the observables.

    Raises
    ------
    InputError
        If both or neither of `points` and `grid` are given, if they fit not to the parameters, are
        too many or too few, or if a pattern fits no observable.
    """
    import difflib
    import fnmatch

    names = layout.parameters
    if not names:
        raise InputError(
            "the card has no free parameter: {free: [min, max]} in the place of a number"
        )
    if (points is None) == (grid is None):
        raise InputError("a scan needs either a number of points or a grid")
    if grid is not None and len(grid) != len(names):
        raise InputError(
            f"the grid has {len(grid)} numbers, the free parameters are {len(names)}: "
            f"{', '.join(names)}"
        )
    if grid is not None and min(grid) < 1:
        raise InputError("every parameter of a grid needs at least one point")
    total = int(np.prod(grid, dtype=object)) if grid is not None else int(points or 0)
    if not 1 <= total <= MOST:
        raise InputError(f"a scan has 1 to {MOST:,} points, asked for are {total:,}")
    chosen: list[int] = []
    for pattern in patterns:
        # flavio's names hold brackets, which fnmatch would read as character classes.
        escaped = pattern.replace("[", "[[]")
        fitting = [
            k for k, n in enumerate(known)
            if pattern == n or fnmatch.fnmatchcase(n.partition("[")[0], escaped)
        ]  # fmt: skip
        if not fitting:
            close = difflib.get_close_matches(pattern, known, n=3, cutoff=0.4)
            hint = f"; near are {', '.join(close)}" if close else ""
            raise InputError(f"no observable fits '{pattern}'{hint}: 'muoquark predict' lists them")
        chosen += [k for k in fitting if k not in chosen]
    settings = ScanSettings(total, tuple(grid or ()), seed, tuple(chosen))
    return settings, tuple(known[k] for k in chosen)


def observable_names(likelihood: Likelihood) -> list[str]:
    """Return flavio's names of all observables with arguments: ``<FL>(B0->K*mumu)[2, 4]``."""
    return [
        o if isinstance(o, str) else f"{o[0]}[{', '.join(f'{x:g}' for x in o[1:])}]"
        for o in likelihood.forms.observables
    ]


def scan(
    card: Card | str | None = None,
    *,
    points: int | None = None,
    grid: Sequence[int] | None = None,
    data: str = "2026-06",
    chain: str = "full",
    order: str = "loop",
    measurements: str | Path | None = None,
    observables: Sequence[str] = (),
    seed: int = 1,
    workers: int = 0,
    dask: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Scan:
    """Evaluate the global likelihood at many points of a card's free parameters.

    Parameters
    ----------
    card
        A card, or the path or built-in name of one; None for the paper's plane.
    points
        So many points of a scrambled Sobol sequence, spread as the card's priors say (flat over
        the range unless stated): their mean of L/L_SM is the evidence relative to the SM.
    grid
        Or points per free parameter, in the card's order; see :func:`grid_axes`.
    data, chain, measurements, order
        Snapshot, running, the user's measurements, order of the matching.
    observables
        Names or shell patterns of observables whose predictions are kept.
    seed
        Of the scrambling.
    workers, dask
        Processes, or the address of a Dask scheduler, that share the work.  The result does not
        depend on them.  A script that asks for processes needs ``if __name__ == "__main__":``.
    out, resume, force
        NetCDF file to write; whether to take up an interrupted scan; whether to replace the file.

    Returns
    -------
    Scan

    Raises
    ------
    InputError, OutputError
        For faulty input; for a file that is there already or cannot be written.
    """
    from muoquark.common.errors import OutputError
    from muoquark.common.provenance import provenance
    from muoquark.inference.store import open_store
    from muoquark.model.card import Card, read_card

    if resume and out is None:
        raise InputError("to resume a scan its file 'out' must be given")
    if out is not None and Path(out).exists() and not force:
        raise OutputError(f"{out} exists already and is left as it is; --force replaces it")
    if card is not None and not isinstance(card, Card):
        card = read_card(card)
    text = None if card is None else card.to_yaml()
    likelihood = Likelihood(data, chain, measurements)
    identity = likelihood.identity()
    recipe = Recipe.of(identity, text, order)
    known = observable_names(likelihood)
    settings, names = scan_settings(recipe.layout(), points, grid, seed, observables, known)
    arguments = {
        "order": order, "points": points, "grid": None if grid is None else list(grid),
        "seed": seed, "observables": list(observables),
    }  # fmt: skip
    inputs = provenance("scan", arguments, text, identity)
    store = None if out is None else open_store(out, inputs, resume, force)
    found = scan_with(recipe, settings, inputs, names, workers, dask, store, progress)
    if out is not None:
        write(out, found)
        assert store is not None
        store.remove()
    return found
