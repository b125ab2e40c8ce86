"""Programs for one point and for many: batches of one shape, worked off in pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.programs import compiled, traced

__all__ = ["PIECE", "PIECE_WITH_GRADIENT", "Chunks", "in_pieces"]

# A batch is worked off in pieces of so many points: what one piece stores on its way stays in the
# cache of a core.  One program does up to BATCH points, by as many pieces as are needed.
PIECE, PIECE_WITH_GRADIENT, BATCH = 32, 16, 1024
# So many single points are done by the program of a batch, 2 ms each, if that is compiled: another
# takes seconds.
SINGLES = 1000


class Chunks:
    """Evaluates a function of points (k, n), for one point and for many.

    Each result depends on its own point only, to the last bit whatever the size of the batch.
    Single points have a program of their own, ten times as fast for one and different by rounding,
    but not before there are many of them (`SINGLES`) if that of a batch is there.

    Parameters
    ----------
    function
        Function of points (k, n) that JAX can trace and that returns a tuple of arrays (k, ...).
    size
        Points that are computed at once.
    key
        What the function depends on, if its program may be kept: see
        :func:`~muoquark.common.programs.traced`.
    """

    def __init__(self, function: Callable[[Any], Any], size: int, key: str | None = None) -> None:
        self.size = size
        self._function, self._key = function, key
        self._singles, self._ready = 0, False
        self._one = compiled(function)
        self._programs: dict[int, Any] = {}

    def _many(self, width: int) -> Any:
        """Return the program for batches of points with so many parameters."""
        if width not in self._programs:
            import jax

            # Traced once, for its shapes and for the loop.
            whole = in_pieces(jax.jit(self._function), self.size)
            if self._key is not None:
                shapes = (
                    jax.ShapeDtypeStruct((BATCH, width), np.dtype(float)),
                    jax.ShapeDtypeStruct((), np.dtype(np.int64)),
                )
                whole = traced(whole, shapes, f"{self._key}\n{self.size}")
            self._programs[width] = compiled(whole)
        return self._programs[width]

    def __call__(self, points: np.ndarray, wanted: Sequence[int] | None = None) -> list[np.ndarray]:
        """Return the outputs of the function as arrays with one row per point.

        Parameters
        ----------
        wanted
            Which of the outputs; all by default.
        """
        points = np.atleast_2d(np.asarray(points, dtype=float))
        with double_precision():
            if len(points) == 1 and not self._as_batch():
                single = self._one(points)
                return [np.asarray(single[k]) for k in wanted or range(len(single))]
            found: list[tuple[np.ndarray, ...]] = []
            for start in range(0, len(points), BATCH):
                batch = points[start : start + BATCH]
                count = len(batch)
                # A program is made for one shape: the batch is filled up, the pieces beyond are not
                # done.
                padded = np.concatenate([batch, np.repeat(batch[-1:], BATCH - count, axis=0)])
                pieces = np.int64(-(-count // self.size))
                outputs = self._many(points.shape[1])(padded, pieces)
                chosen = [outputs[k] for k in wanted or range(len(outputs))]
                found.append(tuple(np.asarray(x)[:count] for x in chosen))
        self._ready = True
        return [np.concatenate(column) for column in zip(*found, strict=True)]

    def _as_batch(self) -> bool:
        """Return whether a single point is worth no program yet; counts them."""
        self._singles += 1
        return self._ready and self._singles <= SINGLES


def in_pieces(function: Callable[[Any], Any], size: int) -> Callable[[Any, Any], Any]:
    """Return a function (points, count) that applies `function` to the first `count` pieces.

    The rows of the others are zero.
    """
    import jax
    import jax.numpy as xp

    def run(points: Any, count: Any) -> Any:
        def one(k: Any, whole: Any) -> Any:
            piece = function(jax.lax.dynamic_slice_in_dim(points, k * size, size))
            return jax.tree.map(
                lambda rows, new: jax.lax.dynamic_update_slice_in_dim(rows, new, k * size, 0),
                whole,
                piece,
            )

        shapes = jax.eval_shape(function, points[:size])
        empty = jax.tree.map(lambda x: xp.zeros((len(points), *x.shape[1:]), x.dtype), shapes)
        return jax.lax.fori_loop(0, count, one, empty)

    return run
