"""The No-U-Turn Sampler on the JAX likelihood, cut in segments that can be taken up again.

M. D. Hoffman and A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593 (1111.4246), with the multinomial
trajectories of M. Betancourt (1701.02434) and Stan's window adaptation of step size and (dense)
mass matrix, as implemented in NumPyro (1912.11554).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.arrays import double_precision
from muoquark.common.programs import compiled
from muoquark.inference.store import Arrays
from muoquark.inference.target import BATCH, Target

__all__ = ["NutsSettings", "nuts_unit"]

SEGMENT = BATCH
# Step of the numerical gradient at the start of a chain, in standard deviations of the prior.
STEP = 1e-3


@dataclass(frozen=True)
class NutsSettings:
    """How to sample.

    Attributes
    ----------
    chains
        Their number.
    warmup, draws
        Iterations of each before and after its step size and mass matrix are fixed.
    seed
        Of the chains.
    accept
        Mean acceptance probability that the step size is tuned to.
    depth
        Trajectories have up to 2^depth - 1 steps.

    Examples
    --------
    >>> import muoquark
    >>> muoquark.NutsSettings(draws=500).chains
    4
    """

    chains: int = 4
    warmup: int = 500
    draws: int = 1000
    seed: int = 1
    accept: float = 0.9
    depth: int = 10

    @property
    def segments(self) -> int:
        """The number of units of each chain."""
        return -(-(self.warmup + self.draws) // SEGMENT)


def start_of_chain(target: Target, seed: int, chain: int) -> np.ndarray:
    """Return the best of BATCH draws of the chain's own from the prior, as z (n,).

    Chains so begin independently of each other: wherever the likelihood has several maxima
    of some weight, they find different ones and disagree visibly.
    """
    # z are quantiles of a standard normal, so that the prior of any parameter is one in z.
    rng = np.random.default_rng([seed, chain])
    z = rng.standard_normal((BATCH, target.size))
    best = np.argmax(target.loglike(target.priors.from_normal(z)))
    return np.asarray(z[best])


def _first_state(target: Target, settings: NutsSettings, kernel: Any, chain: int) -> Any:
    """Return NumPyro's state at the start of a chain.

    Its gradient is numerical: it serves until the first step is accepted, and to compile the
    exact one once more would take longer than the whole warm-up.
    """
    import jax

    z = start_of_chain(target, settings.seed, chain)
    step = STEP * np.eye(len(z))
    # (1 + 2 n, n), a fixed number of points in one call.
    points = np.concatenate([z[None], z + step, z - step])
    # ln of the posterior density in z: the likelihood, and the normal prior.
    density = target.loglike(target.priors.from_normal(points)) - 0.5 * (points**2).sum(axis=1)
    n = len(z)
    gradient = (density[1 : n + 1] - density[n + 1 :]) / (2 * STEP)
    key = jax.random.fold_in(jax.random.PRNGKey(settings.seed), chain)
    return _init(kernel, key, settings.warmup, z, -density[0], -gradient)


def _init(kernel: Any, key: Any, warmup: int, z: Any, potential: Any, gradient: Any) -> Any:
    """Return NumPyro's state with a known potential energy and gradient."""
    from jax.numpy import asarray
    from numpyro.infer.util import ParamInfo

    start = ParamInfo(asarray(z), asarray(potential), asarray(gradient))
    return kernel.init(key, warmup, start, (), {})


def _kernel(target: Target, settings: NutsSettings) -> Any:
    from numpyro.infer import NUTS

    return NUTS(
        potential_fn=lambda z: -target.log_posterior(z),
        dense_mass=True,
        target_accept_prob=settings.accept,
        max_tree_depth=settings.depth,
    )


def _segment(kernel: Any) -> Any:
    """Return the compiled function (state, iterations) -> (state, their records)."""
    import jax

    def step(state: Any, _: Any) -> Any:
        state = kernel.sample(state, (), {})
        record = {
            "z": state.z,
            "lp": -state.potential_energy,
            "energy": state.energy,
            "n_steps": state.num_steps,
            "diverging": state.diverging,
            "acceptance_rate": state.accept_prob,
            "step_size": state.adapt_state.step_size,
        }
        return state, record

    return compiled(
        lambda state: jax.lax.scan(step, state, length=SEGMENT), lasting=True, one_thread=True
    )


def nuts_unit(
    target: Target, settings: NutsSettings, chain: int, segment: int, state: Arrays
) -> tuple[Arrays, Arrays]:
    """Run one segment of a chain; see ``muoquark.inference.workers``."""
    import jax

    def make() -> tuple[Any, Any, Any]:
        kernel = _kernel(target, settings)
        zero = np.zeros(target.size)
        # As plain numbers, unlike jax.random.key: a checkpoint can hold them.
        key = jax.random.PRNGKey(0)
        # The third is a state to read others by: a checkpoint holds the leaves of its tree.
        return kernel, _segment(kernel), _init(kernel, key, settings.warmup, zero, 0.0, zero)

    with double_precision():
        # The seed and the number of draws are no part of the program.
        key = ("nuts", settings.warmup, settings.accept, settings.depth)
        kernel, run, template = target.program(key, make)
        if state:
            leaves, tree = jax.tree.flatten(template)
            arrays = [jax.numpy.asarray(state[str(k)]) for k in range(len(leaves))]
            first = jax.tree.unflatten(tree, arrays)
        else:
            first = _first_state(target, settings, kernel, chain)
        final, record = run(first)
        record = {name: np.asarray(x) for name, x in record.items()}
        plain = {str(k): np.asarray(x) for k, x in enumerate(jax.tree.leaves(final))}
    # The parts are evaluated again in a program of their own, which needs no gradient.
    theta = target.priors.from_normal(record.pop("z"))
    parts, status = target.evaluate(theta)
    return plain, {**record, "theta": theta, "parts": parts, "status": status}
