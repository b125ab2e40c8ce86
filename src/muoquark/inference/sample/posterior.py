"""Draws from a posterior, what they say, how far they can be trusted, and their file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.netcdf import INPUTS, Group, Variable, writing
from muoquark.common.shown import Shown
from muoquark.inference.sample.nested import Evidence
from muoquark.inference.store import Arrays
from muoquark.inference.target import Layout

__all__ = ["Posterior", "from_chains"]

STATISTICS = ("lp", "energy", "n_steps", "diverging", "acceptance_rate", "step_size")
# Limits of A. Vehtari et al., Bayesian Anal. 16 (2021) 667 (1903.08008), and for the energy
# M. Betancourt, 1604.00695.
RHAT, ESS, BFMI = 1.01, 400, 0.3


@dataclass(frozen=True, repr=False)
class Posterior(Shown):
    """Draws with what the likelihood says at each.

    Attributes
    ----------
    layout
        Parameters, priors and names.
    theta
        (chains, draws, n).
    parts
        ln L - ln L_SM, (chains, draws, names).
    status
        Bits, (chains, draws).
    statistics
        Of the sampler, by name, (chains, draws); empty for nested sampling.
    evidence
        Of nested sampling.
    inputs
        What they were made with.
    """

    layout: Layout
    theta: np.ndarray
    parts: np.ndarray
    status: np.ndarray
    statistics: Mapping[str, np.ndarray]
    evidence: Evidence | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def headline(self) -> str:
        """Return how many draws there are, and what is wrong with them."""
        chains, draws = self.theta.shape[:2]
        return "; ".join((f"{chains} chains of {draws} draws", *self.troubles()))

    def to_dataframe(self) -> Any:
        """Return the summary of every parameter as a ``pandas.DataFrame``."""
        import pandas as pd

        table = pd.DataFrame.from_dict(self.summary(), orient="index")
        table.index.name = "parameter"
        return table

    def to_xarray(self) -> Any:
        """Return the draws as an ``xarray.Dataset`` with the axes ``chain`` and ``draw``."""
        import xarray

        arrays = {n: self.theta[..., k] for k, n in enumerate(self.layout.parameters)}
        arrays["loglike"] = self.loglike
        axes = ("chain", "draw")
        sizes = dict(zip(axes, map(np.arange, self.theta.shape), strict=False))
        return xarray.Dataset({n: (axes, x) for n, x in arrays.items()}, coords=sizes)

    @property
    def loglike(self) -> np.ndarray:
        """ln L - ln L_SM, shape (chains, draws)."""
        return self.layout.total(self.parts)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return mean, sd, quantiles and, for chains, R-hat and effective sample sizes.

        R-hat is rank-normalised and split; the sample sizes are those of the bulk and of the 5 %
        and 95 % quantiles (1903.08008, by arviz-stats).
        """
        table = {}
        for k, name in enumerate(self.layout.parameters):
            x = self.theta[..., k]
            low2, low, median, high, high2 = np.quantile(
                x, [0.02275, 0.15865, 0.5, 0.84135, 0.97725]
            )
            row = {
                "mean": x.mean(), "sd": x.std(ddof=1), "median": median,
                "low_1sigma": low, "high_1sigma": high, "low_2sigma": low2, "high_2sigma": high2,
            }  # fmt: skip
            if self.statistics:
                from arviz_stats.base import array_stats  # type: ignore[attr-defined]

                axes = {"chain_axis": 0, "draw_axis": 1}
                row["r_hat"] = array_stats.rhat(x, method="rank", **axes)
                row["ess_bulk"] = array_stats.ess(x, method="bulk", **axes)
                row["ess_tail"] = array_stats.ess(x, method="tail", prob=(0.05, 0.95), **axes)
            table[name] = {key: float(value) for key, value in row.items()}
        return table

    def notes(self) -> list[str]:
        """Return, in words, which parameters the data say nothing about, as far as draws can tell.

        That is where the distribution functions of posterior and prior differ by less than the 95 %
        limit of Kolmogorov and Smirnov for as many independent draws as there are effective ones.
        """
        from scipy.stats import ks_1samp, kstwo

        found, table = [], self.summary()
        for k, name in enumerate(self.layout.parameters):
            draws = self.theta[..., k].ravel()
            prior = partial(self.layout.priors.share_below, k)
            # Of the test only the distance is wanted: its own p-value is for independent draws.
            distance = float(ks_1samp(draws, prior, method="asymp").statistic)
            worth = table[name].get("ess_bulk", draws.size)
            if distance < kstwo.ppf(0.95, max(round(worth), 1)):
                found.append(
                    f"the posterior of {name} is its prior as far as {worth:.0f} independent draws "
                    f"can tell (distribution functions within {distance:.3f}): the data do not "
                    "constrain it"
                )
        return found

    def troubles(self) -> list[str]:
        """Return, in words, every reason not to trust the draws; empty if there is none."""
        found = []
        if self.statistics:
            for name, row in self.summary().items():
                # not (x < limit): a nan is a trouble as well
                if not row["r_hat"] < RHAT:
                    found.append(
                        f"the chains disagree on {name}: R-hat = {row['r_hat']:.3f} > {RHAT}; more "
                        "draws, or several maxima between which chains do not move (nested "
                        "sampling)"
                    )
                least = min(row["ess_bulk"], row["ess_tail"])
                if not least > ESS:
                    found.append(f"{name} has an effective sample size of {least:.0f} < {ESS}")
            divergent = int(self.statistics["diverging"].sum())
            if divergent:
                found.append(
                    f"{divergent} divergent trajectories: the sampler did not reach some region"
                )
            fraction = bfmi(self.statistics["energy"])
            if not fraction.min() > BFMI:
                found.append(
                    f"E-BFMI = {fraction.min():.2f} < {BFMI}: the energy is explored slowly"
                )
        for bit, text in self.layout.meanings.items():
            share = float(np.mean((self.status & bit) != 0))
            if share > 0:
                found.append(f"at {100 * share:.2g} % of the draws {text}")
        e = self.evidence
        if e is not None and len(e.runs) > 1 and e.scatter > 3 * e.error:
            found.append(
                f"ln Z of the runs scatters by {e.scatter:.2f}, more than its error {e.error:.2f}"
            )
        return found

    def record(self) -> dict[str, Any]:
        """Return what is to be said about the draws as plain data: what ``--json`` prints."""
        best = np.unravel_index(np.argmax(self.loglike), self.loglike.shape)
        e = self.evidence
        document: dict[str, Any] = {
            "summary": self.summary(),
            "warnings": self.troubles(),
            "notes": self.notes(),
            "priors": self.layout.priors.describe(),
            "draws": list(self.theta.shape[:2]),
            "best_draw": {
                "values": dict(zip(self.layout.parameters, self.theta[best], strict=True)),
                "loglike": float(self.loglike[best]),
            },
        }
        if self.statistics:
            s = self.statistics
            document["sampler"] = {
                "divergences": int(s["diverging"].sum()),
                "e_bfmi": bfmi(s["energy"]),
                "steps": int(s["n_steps"].sum()),
                "acceptance_rate": float(s["acceptance_rate"].mean()),
            }
        if e is not None:
            document["evidence"] = {
                "ln_Z": e.value,
                "error": e.error,
                "scatter_of_runs": e.scatter,
                "runs": list(e.runs),
                "calls": e.calls,
                "meaning": "ln of the Bayes factor of the model with these priors to the SM",
            }
        document["inputs"] = dict(self.inputs)
        return document

    def write(self, path: str | Path) -> None:
        """Write draws as NetCDF that ArviZ reads: posterior, sample_stats and derived quantities.

        Raises
        ------
        OutputError
            If the file cannot be written; a file that was there is then unchanged.
        """
        layout = self.layout
        pair = dict(zip(("chain", "draw"), map(np.arange, self.theta.shape), strict=False))

        def group(variables: Mapping[str, np.ndarray], **labels: Sequence[str]) -> Group:
            axes = pair | labels
            found = {}
            for name, values in variables.items():
                fill = np.nan if values.dtype.kind == "f" else None
                found[name] = Variable(tuple(axes)[: values.ndim], values, fill=fill)
            found |= {n: Variable((n,), values) for n, values in axes.items()}
            return Group({n: len(values) for n, values in axes.items()}, found)

        theta = {n: self.theta[..., k] for k, n in enumerate(layout.parameters)}
        derived = {"loglike": self.loglike, "parts": self.parts, "status": self.status}
        groups = {"posterior": group(theta), "derived": group(derived, part=layout.names)}
        if self.statistics:
            groups["sample_stats"] = group(self.statistics)
        said: dict[str, Any] = {INPUTS: self.inputs, "muoquark_priors": layout.priors.describe()}
        e = self.evidence
        if e is not None:
            said["muoquark_evidence"] = [e.value, e.error, e.scatter, e.calls]
        with writing(path, groups, said):
            pass


def from_chains(
    layout: Layout, outputs: Sequence[Sequence[Arrays]], warmup: int, draws: int
) -> Posterior:
    """Join the segments of every chain, `outputs[chain][segment]`, and leave out the warm-up."""

    def joined(name: str) -> np.ndarray:
        chains = [np.concatenate([o[name] for o in chain]) for chain in outputs]
        return np.stack([c[warmup : warmup + draws] for c in chains])

    statistics = {name: joined(name) for name in STATISTICS}
    return Posterior(layout, joined("theta"), joined("parts"), joined("status"), statistics)


def bfmi(energy: np.ndarray) -> np.ndarray:
    """Return the energy Bayesian fraction of missing information (1604.00695), (chains,).

    `energy` is (chains, draws).
    """
    from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    return np.asarray(array_stats.bfmi(energy, chain_axis=0, draw_axis=1))
