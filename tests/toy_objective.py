"""An objective of plain functions, for tests."""

from __future__ import annotations

import numpy as np

from muoquark.inference.objective import Objective


class ToyObjective(Objective):
    """Says what its functions say; for what it has no function it does as any objective."""

    def __init__(self, parameters, names, blocks, parts, gradient=None, predictions=None):
        self.parameters, self.names, self.blocks = parameters, names, blocks
        self._parts, self._gradient, self._predictions = parts, gradient, predictions

    def parts(self, points):
        """Return the parts, (k, len(names))."""
        return np.asarray(self._parts(points))

    def gradient(self, point):
        """Return the whole and its gradient, by differences without a function for it."""
        return super().gradient(point) if self._gradient is None else self._gradient(point)

    def predictions(self, points):
        """Return the predictions."""
        if self._predictions is None:
            return super().predictions(points)
        return self._predictions(points)


class TracedToy(Objective):
    """Parts, predictions and status from one function for JAX, the whole from another."""

    def __init__(self, parameters, names, blocks, evaluate, total, gradient, meanings=()):
        self.parameters, self.names, self.blocks = parameters, names, blocks
        self._evaluate, self._total, self._gradient = evaluate, total, gradient
        self._meanings = dict(meanings)

    def parts(self, points):
        """Return the parts, (k, len(names))."""
        return np.asarray(self._evaluate(points)[0])

    def gradient(self, point):
        """Return the whole and its gradient."""
        return self._gradient(point)

    @property
    def meanings(self):
        """What the bits of a status mean."""
        return self._meanings

    @property
    def traceable(self):
        """The whole of one point."""
        return self._total

    def evaluate(self, points):
        """Return parts, predictions and status."""
        return self._evaluate(points)
