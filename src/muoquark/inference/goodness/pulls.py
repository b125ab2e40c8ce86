"""Pulls: by how much each observable disagrees, in the SM and at a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.inference.goodness.residuals import Residuals
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.predictions import theory_errors, uncertainties

__all__ = ["PULLS", "At", "Pull", "pulls"]

PULLS = {
    "pull": "(prediction - measurement)/uncertainty of the observable alone: in the Gaussian "
    "blocks the combined measurement with theory and experimental errors, elsewhere the mode and "
    "the 68.27 % width of the product of its measurements' pdfs, without theory error",
    "pull_conditional": "the same given all other data of its block and their correlations, "
    "(P d)_i / sqrt(P_ii) with P the inverse covariance; its square is chi2(all) - chi2(without "
    "the observable); null outside of the Gaussian blocks",
    "contribution": "chi2(all) - chi2(without the observable), over all its measurements; not "
    "additive where data are correlated",
    "share": "d_i (P d)_i, which adds up to chi2 but can be negative",
    "gain": "what the observable adds to ln L(point) - ln L(SM): half the difference of its "
    "contributions",
    "share_gain": "the same of the shares: adds up to ln L(point) - ln L(SM)",
}


@dataclass(frozen=True)
class At:
    """An observable in the SM or at a point; names as in :data:`PULLS`.

    Attributes
    ----------
    value
        The prediction, in the subsets of flavio.
    pull, pull_conditional
        In standard deviations; the second is nan outside of the Gaussian blocks.
    contribution, share
        To chi2.
    """

    value: float
    pull: float
    pull_conditional: float
    contribution: float
    share: float


@dataclass(frozen=True)
class Pull:
    """An observable: what was measured, and what the SM and the point say of it.

    Attributes
    ----------
    observable, arguments
        flavio's name, and values by the names of its arguments.
    label
        Both as text.
    block
        The block that it belongs to.
    measured, uncertainty
        Of all measurements combined (docs/likelihood.md), with the theory error in Gaussian blocks.
    sm, here
        Prediction, pulls and contributions in the SM and at the point.
    """

    observable: str
    arguments: Mapping[str, float]
    label: str
    block: str
    measured: float
    uncertainty: float
    sm: At
    here: At

    @property
    def gain(self) -> float:
        """What the observable adds to ln L(point) - ln L(SM)."""
        return (self.sm.contribution - self.here.contribution) / 2

    @property
    def share_gain(self) -> float:
        """The same of the shares, which adds up to ln L(point) - ln L(SM)."""
        return (self.sm.share - self.here.share) / 2

    def record(self) -> dict[str, Any]:
        """Return the observable as plain data, numbers of the SM with ``_sm``."""
        document: dict[str, Any] = {
            "observable": self.observable,
            "args": dict(self.arguments),
            "label": self.label,
            "block": self.block,
            "measured": self.measured,
            "uncertainty": self.uncertainty,
        }
        for at, value, suffix in ((self.sm, "sm", "_sm"), (self.here, "value", "")):
            document[value] = at.value
            document[f"pull{suffix}"] = at.pull
            document[f"pull_conditional{suffix}"] = at.pull_conditional
            document[f"contribution{suffix}"] = at.contribution
            document[f"share{suffix}"] = at.share
        return {**document, "gain": self.gain, "share_gain": self.share_gain}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Pull:
        """Return what :meth:`record` made plain; what is null there is not a number."""

        def number(name: str) -> float:
            value = record[name]
            return float("nan") if value is None else float(value)

        def at(value: str, suffix: str) -> At:
            names = ("pull", "pull_conditional", "contribution", "share")
            return At(number(value), *(number(f"{name}{suffix}") for name in names))

        own = {k: record[k] for k in ("observable", "label", "block")}
        return cls(
            **own, arguments=dict(record["args"]), measured=number("measured"),
            uncertainty=number("uncertainty"), sm=at("sm", "_sm"), here=at("value", ""),
        )  # fmt: skip


def pulls(
    likelihood: Likelihood,
    residuals: tuple[Residuals, Residuals],
    sm: np.ndarray,
    here: np.ndarray,
    theory: Mapping[str, np.ndarray] | None = None,
) -> tuple[Pull, ...]:
    """Return every observable, in the order of the blocks; predictions of shape (m,).

    Parameters
    ----------
    residuals
        With the theory errors of the SM, and of the point.
    theory
        Theory covariances at the point, by block, where they follow it.
    """
    measured, shipped = uncertainties(likelihood)
    _, total, total_sm = theory_errors(likelihood, theory or {}, shipped)
    errors = np.stack([shipped, shipped])
    for row, own in enumerate((total_sm, total)):
        for k, value in own.items():
            errors[row, k] = value
    both = np.stack([sm, here])
    tables = [one.observable_table(x) for one, x in zip(residuals, both, strict=True)]
    removed, share = (np.stack([table[k] for table in tables]) for k in (0, 1))
    given = np.full(both.shape, np.nan)
    for row, one in enumerate(residuals):
        for term in one.gaussian:
            if term.block in one.data.theory:
                given[row, term.observables] = term.gaussian.conditional_pulls(term.own(both[row]))

    def at(row: int, k: int) -> At:
        value = float(both[row, k])
        return At(
            value=value,
            pull=(value - float(measured[k])) / float(errors[row, k]),
            pull_conditional=float(given[row, k]),
            contribution=float(removed[row, k]),
            share=float(share[row, k]),
        )

    result = []
    for block, positions in likelihood.data.blocks.items():
        for k in positions:
            o = likelihood.observables[k]
            result.append(
                Pull(
                    observable=o.name,
                    arguments=dict(o.arguments),
                    label=o.text,
                    block=block,
                    measured=float(measured[k]),
                    uncertainty=float(errors[1, k]),
                    sm=at(0, k),
                    here=at(1, k),
                )
            )
    return tuple(result)
