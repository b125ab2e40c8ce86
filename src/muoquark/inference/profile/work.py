"""Profiles shared among workers: best fit, walks along one parameter, rows of a pair.

Every unit is done by itself, with programs of fixed batch sizes and one thread inside of XLA, so
that the result is the same bit for bit with any number of workers and after an interruption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.errors import InputError, suggest
from muoquark.common.programs import compiled
from muoquark.common.shown import Shown
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.objective import FEW, Objective
from muoquark.inference.profile.many import (
    Interval,
    ProfileOne,
    Solved,
    Valleys,
    finish,
    valleys,
    walk,
)
from muoquark.inference.profile.pair import ProfilePair, Row, join_rows, pair_rows, solve_row
from muoquark.inference.store import Arrays, Store
from muoquark.inference.target import Target
from muoquark.inference.workers import Maker, UnitFunction, open_workers, run_streams

__all__ = ["ProfileSettings", "Profiles", "Steady", "profiles"]


@dataclass(frozen=True)
class ProfileSettings:
    """What to profile.

    Attributes
    ----------
    names
        Parameters, one by one.
    pair
        Two parameters, or none.
    points
        Per axis.
    seed
        Of the starts of minimisations.
    """

    names: tuple[str, ...]
    pair: tuple[str, ...] = ()
    points: int = 31
    seed: int = 1

    def check(self, known: Sequence[str]) -> None:
        """Raise InputError for a parameter that is not free, or a pair of the same one twice."""
        for name in (*self.names, *self.pair):
            if name not in known:
                raise InputError(f"no free parameter '{name}': {suggest(name, known)}")
        if len(set(self.pair)) == 1:
            raise InputError(f"the two parameters of a pair must differ, both are '{self.pair[0]}'")


@dataclass(frozen=True, repr=False)
class Profiles(Shown):
    """Best fit and profiles.

    Attributes
    ----------
    best
        The best fit.
    status
        What is to be said of it, in sentences.
    ones
        Profiles of one parameter, in the order asked for.
    pair
        That of two, if asked for.
    """

    best: BestFit
    status: tuple[str, ...]
    ones: tuple[ProfileOne, ...]
    pair: ProfilePair | None

    def headline(self) -> str:
        """Return how much better than the SM the best fit is, and what there is to say of it."""
        return "; ".join((self.best.headline(), *self.status))

    def to_dataframe(self) -> Any:
        """Return best values and intervals as a ``pandas.DataFrame``, one row for each interval."""
        import pandas as pd

        rows = [
            (one.name, self.best.values[one.name], i.level, i.low, i.high)
            for one in self.ones
            for i in one.intervals
        ]
        columns = ["parameter", "best", "Delta chi2", "low", "high"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")


class Steady(Objective):
    """The target's objective with numbers that do not depend on where it is evaluated.

    Gradients are differences for a few parameters, exact for many, as of ``CardLikelihood``.
    """

    def __init__(self, target: Target) -> None:
        own = target.objective
        self.parameters, self.names, self.blocks = own.parameters, own.names, own.blocks
        self.target = target

    def _compiled(self, key: str, function: Callable[[Any], Any], x: Any) -> Any:

        with double_precision():
            return self.target.program(key, lambda: compiled(function, one_thread=True))(x)

    def parts(self, points: np.ndarray) -> np.ndarray:
        """Return the parts at points (k, n)."""
        return self.target.evaluate(np.atleast_2d(points))[0]

    def status(self, points: np.ndarray) -> np.ndarray:
        """Return the status of points (k, n)."""
        return self.target.evaluate(np.atleast_2d(points))[1]

    @property
    def meanings(self) -> Mapping[int, str]:
        """What the bits of a status mean."""
        return self.target.objective.meanings

    def gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the whole ln L - ln L_SM and its gradient at a point (n,)."""
        if len(self.parameters) <= FEW:
            # All points of the differences in one call, always as many: the same bits everywhere.
            evaluate = self.target.objective.evaluate
            return self.differences(
                lambda points: self._compiled("differences", lambda x: evaluate(x)[0], points),
                point,
            )
        one = self.target.objective.traceable

        def both(x: Any) -> Any:
            import jax

            return jax.value_and_grad(one)(x)

        value, slope = self._compiled("gradient", both, np.asarray(point, dtype=float))
        return float(value), np.asarray(slope)


def profiles(
    maker: Maker,
    settings: ProfileSettings,
    workers: int = 0,
    dask: str | None = None,
    store: Store | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Profiles:
    """Find the best fit and profile; the numbers depend on neither `workers` nor `dask`.

    Parameters
    ----------
    maker
        Makes the likelihood, in each worker: a ``Recipe``.
    workers, dask, store
        See :func:`~muoquark.inference.sample.sample.sample`.
    progress
        Is told in words what is being done.

    Raises
    ------
    InputError
        For a parameter that is none, or a pair of the same one twice.
    """
    layout = maker.layout()
    names = layout.parameters
    settings.check(names)
    with open_workers(maker, workers, dask) as pool:

        def run(
            part: str, function: UnitFunction, task: Any, number: int, words: str
        ) -> list[Arrays]:
            """Run so many independent units of one kind and return their outputs."""

            def told(done: int, total: int) -> None:
                progress(words if total == 1 else f"{words}: {done} of {total} done")

            # Every kind of unit has a folder of its own, in which streams count from zero.
            own = None if store is None else store.part(part)
            found = run_streams(pool, function, task, [1] * number, own, told)
            return [stream[0] for stream in found]

        (first,) = run("best", best_unit, settings, 1, "looking for the best fit")
        best = _best(names, first)
        bits = int(first["status"])
        (found,) = run("valleys", valleys_unit, (settings, best), 1, "looking for other minima")
        centres = Valleys(tuple(found["points"]), int(found["minimisations"]))
        # Upwards and downwards, from every minimum, along every parameter; see `walk_unit`.
        number = 2 * len(centres.points) * len(settings.names)
        walks = run("walks", walk_unit, (settings, centres), number, "profiles")
        task = (settings, best, centres, [_solved(w) for w in walks])
        ones = run("ones", one_unit, task, len(settings.names), "intervals")
        both = _pair(run, settings, best, centres) if settings.pair else None
    return Profiles(
        best,
        tuple(text for bit, text in layout.meanings.items() if bits & bit),
        tuple(_one(name, found) for name, found in zip(settings.names, ones, strict=True)),
        both,
    )


def _pair(run: Any, settings: ProfileSettings, best: BestFit, centres: Valleys) -> ProfilePair:
    words = f"profile of {settings.pair[0]} and {settings.pair[1]}"
    rows = run("rows", row_unit, (settings, best, centres), settings.points, words)
    task = (settings, best, centres, [_solved(row) for row in rows])
    (joined,) = run("columns", columns_unit, task, 1, words)
    x_name, y_name = settings.pair
    return ProfilePair(x_name, y_name, **_numbers(joined))


def _arrays(found: Any) -> Arrays:
    """Return a result's fields as arrays, without the names of parameters, which are known."""
    return {k: np.asarray(v) for k, v in vars(found).items() if not isinstance(v, str)}


def _numbers(found: Arrays) -> dict[str, Any]:
    """Return fields that `_arrays` made: those without axes as numbers of Python."""
    return {k: v if v.ndim else v.item() for k, v in found.items()}


def _kept(solved: Solved) -> Arrays:
    chi2, points, count = solved
    return {"chi2": chi2, "points": points, "minimisations": np.array(count)}


def _solved(found: Arrays) -> Solved:
    return found["chi2"], found["points"], int(found["minimisations"])


def best_unit(
    target: Target, settings: ProfileSettings, stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Find the best fit; for this and the next functions see ``workers.UnitFunction``."""
    objective = Steady(target)
    best = best_fit(objective, seed=settings.seed)
    return {}, {
        "point": best.point,
        "loglike": np.array(best.loglike),
        "errors": np.array(list(best.errors.values())),
        "agreement": np.array(best.agreement),
        "at_limit": np.array([name in best.at_limit for name in best.values]),
        "status": np.asarray(objective.status(best.point)[0]),
    }


def _best(names: Sequence[str], found: Arrays) -> BestFit:
    return BestFit(
        dict(zip(names, map(float, found["point"]), strict=True)),
        float(found["loglike"]),
        dict(zip(names, map(float, found["errors"]), strict=True)),
        float(found["agreement"]),
        tuple(n for n, at in zip(names, found["at_limit"], strict=True) if at),
    )


def walk_unit(
    target: Target, task: tuple[ProfileSettings, Valleys], stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Walk in one direction from one minimum along one parameter, in this order of speed."""
    settings, centres = task
    # The direction changes fastest, then the minimum, then the parameter.
    rest, downwards = divmod(stream, 2)
    name, centre = divmod(rest, len(centres.points))
    found = walk(
        Steady(target), settings.names[name], settings.points, centres.points[centre], not downwards
    )
    return {}, _kept(found)


def one_unit(
    target: Target, task: Any, stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Join the walks of one parameter."""
    settings, best, centres, walks = task
    # The walks of one parameter follow each other.
    each = 2 * len(centres.points)
    own = walks[each * stream : each * (stream + 1)]
    found = finish(Steady(target), settings.names[stream], settings.points, best, centres, own)
    rows = [(i.level, i.low, i.high, i.open_low, i.open_high) for i in found.intervals]
    return {}, _arrays(found) | {"intervals": np.array(rows, dtype=float).reshape(-1, 5)}


def _one(name: str, found: Arrays) -> ProfileOne:
    intervals = tuple(
        Interval(float(level), float(low), float(high), bool(open_low), bool(open_high))
        for level, low, high, open_low, open_high in found["intervals"]
    )
    return ProfileOne(name, **_numbers(found) | {"intervals": intervals})


def valleys_unit(
    target: Target, task: tuple[ProfileSettings, BestFit], stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Look for minima other than the best fit."""
    return {}, _arrays(valleys(Steady(target), task[1]))


def row_unit(
    target: Target, task: Any, stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Solve one row of a pair's grid."""
    settings, best, centres = task
    objective = Steady(target)
    row = _rows(objective, settings, best, centres)[stream]
    return {}, _kept(solve_row(objective, row))


def columns_unit(
    target: Target, task: Any, stream: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Join the rows of a pair's grid."""
    settings, best, centres, solved = task
    objective = Steady(target)
    rows = _rows(objective, settings, best, centres)
    x_name, y_name = settings.pair
    return {}, _arrays(join_rows(objective, x_name, y_name, best, rows, solved))


def _rows(
    objective: Objective, settings: ProfileSettings, best: BestFit, centres: Valleys
) -> list[Row]:
    x_name, y_name = settings.pair
    return pair_rows(objective, x_name, y_name, settings.points, best, centres)
