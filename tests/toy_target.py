"""Small likelihoods that go through the samplers as a card's does, worker processes too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from muoquark.inference.objective import Parameter
from muoquark.inference.priors import Priors
from muoquark.inference.target import Target
from muoquark.model.prior import Prior
from toy_objective import TracedToy

COVARIANCE = np.array([[0.04, 0.03], [0.03, 0.09]])
PARAMETERS = (Parameter("a", -5.0, 5.0, 0.0), Parameter("b", 0.01, 5.0, 1.0))


@dataclass(frozen=True)
class Toy:
    """Makes the target: mean of the data, and the kind of b's prior."""

    mean: tuple[float, float] = (0.5, 1.0)
    kind: str = "flat"

    def target(self) -> Target:
        """Return the target."""
        inverse = np.linalg.inv(COVARIANCE)

        def chi2(x):
            d = x - np.array(self.mean)
            return ((d @ inverse) * d).sum(-1)

        def evaluate(points):
            import jax.numpy as xp

            total = -0.5 * chi2(points)
            parts = xp.stack([0.25 * total, 0.75 * total, total], axis=-1)
            return parts, points, xp.where(points[:, 0] > 1.2, 1, 0)

        objective = TracedToy(
            PARAMETERS,
            ("one", "two", "group"),
            ("one", "two"),
            evaluate,
            lambda x: -0.5 * chi2(x),
            lambda x: (float(-0.5 * chi2(x)), -inverse @ (x - np.array(self.mean))),
            {1: "a is large"},
        )
        return Target(objective, Priors(PARAMETERS, (Prior("normal", 0.4, 0.5), Prior(self.kind))))

    def layout(self):
        """Return what its draws are."""
        return self.target().layout

    def grid(self, points=400):
        """Return the axes and the normalised posterior density times the evidence, [a, b]."""
        target = self.target()
        a = np.linspace(-0.6, 1.6, points)
        b = np.linspace(0.01, 2.5, points)
        mesh = np.stack(np.meshgrid(a, b, indexing="ij"), axis=-1)
        d = mesh - np.array(self.mean)
        chi2 = np.einsum("xyi,ij,xyj->xy", d, np.linalg.inv(COVARIANCE), d)
        return a, b, np.exp(-0.5 * chi2 + target.priors.log_density(mesh))


# a is normal, b is flat; data are a with the first error and b + a^2/2 with the second one.
ERRORS = np.array([0.8, 0.3])
NORMAL = Prior("normal", 0.5, 1.0)


@dataclass(frozen=True)
class Bananas:
    """Makes the target: the data (y1, y2) of every problem, and a factor on the errors."""

    data: tuple[tuple[float, float], ...]
    factor: float = 1.0

    @classmethod
    def drawn(cls, number: int, seed: int, factor: float = 1.0):
        """Return true parameters (number, 2), drawn from the priors, and the target of data."""
        rng = np.random.default_rng(seed)
        u = rng.uniform(size=(number, 2))
        truth = Priors(_parameters(1), (NORMAL, Prior())).from_cube(u)
        data = _mean(truth, np) + ERRORS * rng.standard_normal((number, 2))
        return truth, cls(tuple(map(tuple, data.tolist())), factor)

    def target(self) -> Target:
        """Return the target of all problems together: their parameters one after the other."""
        count = len(self.data)
        data = np.array(self.data)

        def total(x):
            import jax.numpy as xp

            pull = (_mean(x.reshape(count, 2), xp) - data) / (self.factor * ERRORS)
            return -0.5 * (pull**2).sum()

        def evaluate(points):
            import jax
            import jax.numpy as xp

            return jax.vmap(total)(points)[:, None], points, xp.zeros(len(points), int)

        objective = TracedToy(
            _parameters(count), ("all",), ("all",), evaluate, total, lambda x: (0.0, x)
        )
        return Target(objective, Priors(_parameters(count), (NORMAL, Prior()) * count))

    def layout(self):
        """Return what its draws are."""
        return self.target().layout


def _parameters(count):
    return tuple(
        Parameter(f"{name}{k}", low, high, 0.5 * (low + high))
        for k in range(count)
        for name, low, high in (("a", -3.0, 3.0), ("b", -2.0, 2.0))
    )


def _mean(x, xp):
    return xp.stack([x[..., 0], x[..., 1] + 0.5 * x[..., 0] ** 2], axis=-1)
