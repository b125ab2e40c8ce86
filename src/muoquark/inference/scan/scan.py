"""Scans: the likelihood at many points, on a grid or spread by a Sobol sequence.

The points are cut into pieces of a fixed size; a piece knows its points from its number alone, so
that any worker can do it, and is evaluated in batches of a fixed size, so that not a bit depends
on who does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.common.programs import compiled
from muoquark.common.shown import Shown
from muoquark.inference.priors import Priors
from muoquark.inference.scan.file import ScanSummary, attributes, contents, write_pieces
from muoquark.inference.store import Arrays, Store
from muoquark.inference.target import Layout, Target, in_batches
from muoquark.inference.workers import Maker, open_workers, run_streams
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.names import fitting, unknown

__all__ = ["PIECE", "Scan", "ScanSettings", "scan_to_file_with", "scan_with"]

# Points of one piece: some tenths of a second of work.  Raising it changes no number.
PIECE = 1000
# A Sobol sequence in scipy has 2^30 points.
MOST = 1 << 30


@dataclass(frozen=True)
class ScanSettings:
    """What points: `grid` numbers of points per parameter, or else `points` Sobol points.

    Attributes
    ----------
    points
        How many.
    grid
        Per parameter, in their order; empty for Sobol points.
    seed
        Of the scrambling.
    observables
        Positions of the predictions that are kept.
    """

    points: int
    grid: tuple[int, ...] = ()
    seed: int = 1
    observables: tuple[int, ...] = ()

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return -(-self.points // PIECE)

    def sobol(self, priors: Priors) -> SobolPoints:
        """Return the sequence that points off a grid are from."""
        return SobolPoints(len(priors.parameters), self.seed)

    def piece(self, priors: Priors, number: int, sobol: SobolPoints | None = None) -> np.ndarray:
        """Return the points of one piece, shape (up to PIECE, parameters).

        `sobol` is the sequence that the piece before was read from, if it is at hand.
        """
        start = number * PIECE
        count = min(PIECE, self.points - start)
        if self.grid:
            places = np.unravel_index(np.arange(start, start + count), self.grid)
            axes = grid_axes(priors, self.grid)
            return np.stack([axis[k] for axis, k in zip(axes, places, strict=True)], axis=1)
        return np.asarray(priors.from_cube((sobol or self.sobol(priors)).points(start, count)))


class SobolPoints:
    """A scrambled Sobol sequence that is read in pieces.

    To go on to the next piece costs nothing; from the start it takes half a second to reach 10^8
    points.

    Parameters
    ----------
    dimension, seed
        Of the points, and of the scrambling.
    """

    def __init__(self, dimension: int, seed: int) -> None:
        """Begin at the first point."""
        self.dimension, self.seed = dimension, seed
        self._sequence = self._new()

    def _new(self) -> Any:
        from scipy.stats.qmc import Sobol

        return Sobol(self.dimension, scramble=True, rng=np.random.default_rng(self.seed))

    def points(self, start: int, count: int) -> np.ndarray:
        """Return `count` points from number `start` on, shape (count, dimension)."""
        if self._sequence.num_generated > start:
            self._sequence = self._new()
        sobol = self._sequence
        if sobol.num_generated < start:
            sobol.fast_forward(start - sobol.num_generated)
        # The very first point by itself: scipy warns if the first points are no power of two.
        head = sobol.random(1)
        return np.concatenate([head, sobol.random(count - 1)]) if count > 1 else head


def grid_axes(priors: Priors, grid: Sequence[int]) -> list[np.ndarray]:
    """Return the points (grid[k],) along each parameter: even over its range or its logarithm.

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
    sobol = None
    if not settings.grid:
        sobol = target.program(("sobol", settings.seed), lambda: settings.sobol(target.priors))
    points = settings.piece(target.priors, stream, sobol)
    chosen = list(settings.observables)

    def make() -> Any:

        evaluate = target.objective.evaluate

        def some(x: Any) -> tuple[Any, Any, Any]:
            parts, predictions, status = evaluate(x)
            return parts, predictions[:, np.array(chosen, dtype=int)], status

        return compiled(some, lasting=True, one_thread=True)

    program = target.program(("scan", settings.observables), make)
    parts, predictions, status = in_batches(program, points)
    return {}, {"points": points, "parts": parts, "predictions": predictions, "status": status}


@dataclass(frozen=True, repr=False)
class Scan(Shown):
    """What a scan found.

    Attributes
    ----------
    layout
        Parameters, priors and names of the parts.
    grid
        Points per parameter, empty for Sobol points; the last parameter runs fastest.
    points
        (m, n).
    parts
        ln L - ln L_SM, (m, names), blocks and then groups.
    status
        Bits, (m,).
    observables, predictions
        Names, and values (m, observables).
    inputs
        How to repeat it.
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

    def headline(self) -> str:
        """Return how many points there are, and the best of them."""
        where = ", ".join(f"{n} = {x:.4g}" for n, x in self.best.items())
        largest = f"largest ln L - ln L_SM = {self.loglike.max():.3f}"
        return f"{len(self.points)} points, {largest} at {where}"

    def to_dataframe(self) -> Any:
        """Return a ``pandas.DataFrame``: one row for each point, with ln L - ln L_SM and status."""
        import pandas as pd

        columns = {n: self.points[:, k] for k, n in enumerate(self.layout.parameters)}
        columns |= {"ln L - ln L_SM": self.loglike, "status": self.status}
        columns |= {n: self.predictions[:, k] for k, n in enumerate(self.observables)}
        return pd.DataFrame(columns)

    def to_xarray(self) -> Any:
        """Return an ``xarray.Dataset``, as :meth:`dataset`."""
        return self.dataset()

    def dataset(self) -> Any:
        """Return an ``xarray.Dataset``: on a grid one dimension for each parameter."""
        axes = grid_axes(self.layout.priors, self.grid) if self.grid else []
        content = contents(self.layout, axes, len(self.points), self.observables)
        arrays = {n: self.points[:, k] for k, n in enumerate(self.layout.parameters)}
        arrays |= {"loglike": self.loglike, "parts": self.parts, "status": self.status}
        arrays["predictions"] = self.predictions
        return content.dataset(arrays, attributes(self.layout, self.inputs))


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
    :func:`~muoquark.inference.sample.sample.sample`.
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


def scan_to_file_with(
    maker: Maker,
    settings: ScanSettings,
    inputs: Mapping[str, Any],
    observables: Sequence[str],
    path: str | Path,
    store: Store,
    workers: int = 0,
    dask: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ScanSummary:
    """Scan as :func:`scan_with` does, into a file; no more than some pieces are in memory."""
    layout = maker.layout()
    with open_workers(maker, workers, dask) as pool:
        lengths = [1] * settings.pieces
        run_streams(pool, scan_unit, settings, lengths, store, progress, keep=False)

    def pieces() -> Iterator[Arrays]:
        for number in range(settings.pieces):
            found = store.load(number, 0)
            assert found is not None
            yield found[1]

    axes = grid_axes(layout.priors, settings.grid) if settings.grid else []
    return write_pieces(path, layout, axes, settings.points, observables, inputs, pieces())


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
    names = layout.parameters
    if not names:
        raise InputError(
            "the card has no free parameter: {free: [min, max]} in the place of a number"
        )
    if (points is None) == (grid is None):
        raise InputError("a scan needs either a number of points or a grid")
    for number in [points] if grid is None else grid:
        if not isinstance(number, int | np.integer):
            raise InputError(f"a scan needs whole numbers of points, found {number!r:.60}")
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
        names_of = [n.partition("[")[0] for n in known]
        named = fitting(pattern, names_of)
        found = [k for k, n in enumerate(known) if n == pattern or names_of[k] in named]
        if not found:
            raise unknown(pattern, known)
        chosen += [k for k in found if k not in chosen]
    settings = ScanSettings(total, tuple(grid or ()), seed, tuple(chosen))
    return settings, tuple(known[k] for k in chosen)


def observable_names(likelihood: Likelihood) -> list[str]:
    """Return the texts of all observables: ``<FL>(B0->K*mumu) [q2min=2, q2max=4]``."""
    return [o.text for o in likelihood.observables]
