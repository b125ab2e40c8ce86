"""How well a point describes the data, and which data decide.

Everything in it is computed at the SM and at one point: the best fit of a card's free parameters,
a fixed card, or a set of Wilson coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from muoquark.common.shown import Shown
from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.inference.conditional import Conditional, conditional
from muoquark.inference.fit import objective_of
from muoquark.inference.goodness.blocks import (
    DEFINITION,
    BlockGoodness,
    block_goodness,
    combination,
    p_value,
    pseudo_experiments,
)
from muoquark.inference.goodness.gains import Gains, gains
from muoquark.inference.goodness.influence import merged, subsets
from muoquark.inference.goodness.nuisances import Nuisances, pulled
from muoquark.inference.goodness.pulls import PULLS, Pull, pulls
from muoquark.inference.goodness.residuals import Residuals
from muoquark.inference.goodness.without import Influences, influences
from muoquark.inference.objective import Objective, twice
from muoquark.inference.source import coefficients_of, read
from muoquark.likelihood.forward import Forward
from muoquark.likelihood.likelihood import DATA, Likelihood, PointResult, as_likelihood
from muoquark.model.card import Card
from muoquark.model.coefficient_card import CoefficientCard

__all__ = ["Goodness", "Judged", "PseudoExperiments", "goodness"]


@dataclass(frozen=True)
class Judged:
    """The point that is judged: a best fit, or one that was given.

    Attributes
    ----------
    kind
        ``best fit`` or ``given``.
    parameters, errors, at_limit
        Of a best fit, by name, and those that end at the edge of their range.
    loglike
        ln L - ln L_SM.
    status
        What is to be said of the calculation, in words.
    """

    kind: str
    parameters: Mapping[str, float]
    errors: Mapping[str, float]
    at_limit: tuple[str, ...]
    loglike: float
    status: tuple[str, ...]

    @property
    def fitted_parameters(self) -> int:
        """How many parameters were fitted and are not at an edge of their range."""
        return len(self.parameters) - len(self.at_limit)

    @property
    def delta_chi2(self) -> float:
        """-2 ln L of the SM minus that of the point."""
        return 2 * self.loglike

    def record(self) -> dict[str, Any]:
        """Return the point as plain data."""
        return {
            "kind": self.kind,
            "parameters": dict(self.parameters),
            "errors": dict(self.errors),
            "fitted_parameters": self.fitted_parameters,
            "at_limit": list(self.at_limit),
            "loglike": self.loglike,
            "delta_chi2": self.delta_chi2,
            "status": list(self.status),
        }


@dataclass(frozen=True)
class PseudoExperiments:
    """p-values by counting pseudo-experiments with a larger chi2.

    Attributes
    ----------
    number, seed
        How many were drawn, and with which seed.
    sm, point
        p-values by block, in the SM and at the point.  The total of a fit is left out:
        pseudo-experiments are not fitted.
    """

    number: int
    seed: int
    sm: Mapping[str, float]
    point: Mapping[str, float]

    def record(self) -> dict[str, Any]:
        """Return the p-values as plain data."""
        return {
            "number": self.number,
            "seed": self.seed,
            "sm": dict(self.sm),
            "point": dict(self.point),
        }


@dataclass(frozen=True, repr=False)
class Goodness(Shown):
    """The goodness of fit at the SM and at a point; made by :func:`goodness`.

    Attributes
    ----------
    convention
        What counts as a degree of freedom, see
        :func:`~muoquark.inference.goodness.blocks.block_goodness`.
    point
        Parameters, Delta chi2, status.
    sm, here
        Block, or ``total``, to chi2, degrees of freedom and p-value, in the SM and at the point.
    combination
        How far the measurements that are combined in a block agree among themselves.
    pulls
        Every observable.
    gains
        The largest gains and losses of ln L, by ``observable`` and by ``measurement``.
    pseudo_experiments, influences
        p-values by counting, and the fits without a unit, where they were asked for.
    conditional
        Delta chi2 by group, with what comes through correlations.
    nuisances
        Of the blocks of which the theory errors are made of parameters: their pulls.
    """

    convention: str
    point: Judged
    sm: Mapping[str, BlockGoodness]
    here: Mapping[str, BlockGoodness]
    combination: Mapping[str, BlockGoodness]
    pulls: tuple[Pull, ...]
    gains: Mapping[str, Gains]
    pseudo_experiments: PseudoExperiments | None = None
    influences: Influences | None = None
    conditional: Conditional | None = None
    nuisances: tuple[Nuisances, ...] = ()

    def fitted(
        self,
        kind: str,
        parameters: Mapping[str, float],
        errors: Mapping[str, float],
        at_limit: Sequence[str],
    ) -> Goodness:
        """Return the same for a point that was judged as given but was found by a fit before.

        Parameters
        ----------
        kind
            What the point is called.
        parameters, errors, at_limit
            As in :class:`Judged`; parameters that are not at a limit lower the degrees of freedom
            of the total.
        """
        point = replace(
            self.point, kind=kind, parameters=dict(parameters), errors=dict(errors),
            at_limit=tuple(at_limit),
        )  # fmt: skip
        total = self.here["total"]
        dof = max(0, total.dof - point.fitted_parameters)
        total = replace(total, dof=dof, p_value=p_value(total.chi2 - total.chi2_limits, dof))
        return replace(self, point=point, here={**self.here, "total": total})

    def headline(self) -> str:
        """Return what the point is and how much better than the SM."""
        point = self.point
        said = f"{point.kind}, Delta chi2 = {point.delta_chi2:.2f} to the SM"
        return "; ".join((said, *point.status))

    def to_dataframe(self) -> Any:
        """Return chi2, degrees of freedom and p-value of every block as a ``pandas.DataFrame``."""
        import pandas as pd

        rows = [
            [number for one in (self.sm[n], self.here[n])
             for number in (one.chi2 - one.chi2_limits, one.dof, one.p_value)]
            for n in self.sm
        ]  # fmt: skip
        columns = pd.MultiIndex.from_product([("SM", "point"), ("chi2", "dof", "p")])
        return pd.DataFrame(rows, index=pd.Index(list(self.sm), name="block"), columns=columns)

    def record(self) -> dict[str, Any]:
        """Return everything as plain data, with the definitions of its numbers."""
        document: dict[str, Any] = {
            "definition": DEFINITION,
            "convention": self.convention,
            "point": self.point.record(),
            "goodness": {
                where: {name: asdict(one) for name, one in blocks.items()}
                for where, blocks in (("sm", self.sm), ("point", self.here))
            },
            "combination": {name: asdict(one) for name, one in self.combination.items()},
            "pull_definition": PULLS,
            "pulls": [one.record() for one in self.pulls],
            "gains": {
                "total": self.point.loglike,
                **{kind: table.record() for kind, table in self.gains.items()},
            },
        }
        if self.conditional is not None:
            document["conditional"] = self.conditional.record()
        if self.nuisances:
            document["nuisances"] = [one.record() for one in self.nuisances]
        if self.pseudo_experiments is not None:
            document["pseudo_experiments"] = self.pseudo_experiments.record()
        if self.influences is not None:
            document["influence"] = self.influences.record()
        return document


def goodness(
    source: Any = "plane",
    data: Any = DATA,
    order: str = "highest",
    *,
    seed: int = 1,
    top: int = 10,
    refits: int = 10,
    toys: int = 0,
    convention: str = "muoquark",
    fitted: tuple[Objective, BestFit] | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Goodness:
    """Judge the SM and a point: goodness of fit, pulls, gains and influences.

    Parameters
    ----------
    source
        A card, or Wilson coefficients, or the path or built-in name of such: what
        :func:`muoquark.read` takes.  A card with free parameters is fitted first, everything else
        is judged as it is.
    data
        A :class:`~muoquark.likelihood.likelihood.Likelihood`, or the data of one.  (Until version
        0.1 the likelihood stood first: that is understood.)
    order
        Of the matching of cards, ``tree`` or ``loop``.
    seed
        Of the starts of the fit and of the pseudo-experiments.
    top
        Length of the tables of gains and losses.
    refits
        How many fits without a unit are real minimisations.
    toys
        Number of pseudo-experiments that check the p-values; 0 for none.
    convention
        See :func:`~muoquark.inference.goodness.blocks.block_goodness`.
    fitted
        Objective and best fit, if they are there already (of ``objective_of(likelihood, source,
        order)``); the fit is then not repeated.

    Examples
    --------
    >>> import muoquark
    >>> found = muoquark.goodness("paper", "2021-07")
    >>> 0 < found.here["total"].p_value < 1
    True
    """
    if isinstance(source, Likelihood):
        source, data = ("plane" if data is DATA else data), source
    likelihood, content = as_likelihood(data), read(source)
    sm = likelihood.sm_predictions
    objective, best = fitted if fitted is not None else (None, None)
    if isinstance(content, Card | CoefficientCard) and content.free:
        if objective is None or best is None:
            progress("compiling the likelihood")
            objective = objective_of(likelihood, content, order)
            progress("looking for the best fit")
            best = best_fit(objective, seed=seed)
        point, forward, inputs = _at_best(likelihood, objective, best)
    else:
        coefficients = coefficients_of(content, order)
        point = likelihood(coefficients)
        forward = likelihood.forward(coefficients.scale, eft=coefficients.eft)
        inputs = likelihood.vector(coefficients)
    progress("judging")
    # Where theory errors follow the point, the SM and the point have each their own.
    shifted = replace(likelihood.data, theory={**likelihood.data.theory, **point.theory})
    standard = replace(likelihood.data, theory=likelihood.sm_theory)
    residuals = Residuals(standard), Residuals(shifted)
    here = Judged(
        kind="given" if best is None else "best fit",
        parameters={} if best is None else dict(best.values),
        errors={} if best is None else dict(best.errors),
        at_limit=() if best is None else tuple(best.at_limit),
        loglike=point.total,
        status=tuple(point.status),
    )
    everything = subsets(likelihood, data=shifted)
    if point.theory:
        everything = merged(subsets(likelihood, data=standard), everything, sm)
    result = Goodness(
        convention=convention,
        point=here,
        sm=block_goodness(residuals[0], sm, 0, convention),
        here=block_goodness(residuals[1], point.predictions, here.fitted_parameters, convention),
        combination=combination(likelihood.data),
        pulls=pulls(likelihood, residuals, sm, point.predictions, point.theory),
        gains={
            kind: gains(everything, kind, sm, point.predictions, top)
            for kind in ("observable", "measurement")
        },
        conditional=None if forward is None else conditional(likelihood, forward, inputs),
        nuisances=()
        if forward is None
        else pulled(likelihood, forward, inputs, point.predictions, objective, best),
    )
    if toys:
        progress("drawing pseudo-experiments")
        counted = _counted(likelihood, result, toys, seed)
        result = replace(result, pseudo_experiments=counted)
    # With every parameter at its limit there is no direction in which a fit could move.
    if objective is not None and best is not None and here.fitted_parameters:
        progress("fitting without each observable")
        found = influences(objective, best, everything, sm, top, refits)
        result = replace(result, influences=found)
    return result


def _at_best(
    likelihood: Likelihood, objective: Objective, best: BestFit
) -> tuple[PointResult, Forward | None, np.ndarray]:
    """Return what the likelihood says of the best fit, by the compiled functions of the card.

    Then the pass of which nothing is left out, and what it takes there; None if there is none.
    """
    forward, inputs = None, np.zeros(0)
    if isinstance(objective, CardLikelihood):
        forward, inputs = objective.full(likelihood, best.point)
    values = np.asarray(objective.parts(twice(best.point)))[0]
    parts = dict(zip(objective.names, map(float, values), strict=True))
    point = PointResult(
        blocks={name: parts[name] for name in likelihood.blocks},
        groups={name: parts[name] for name in likelihood.groups},
        predictions=np.asarray(objective.predictions(twice(best.point)))[0],
        ckm={},
        status=objective.sentences(best.point),
        theory={} if forward is None else forward.theory(inputs),
    )
    return point, forward, inputs


def _counted(likelihood: Likelihood, judged: Goodness, toys: int, seed: int) -> PseudoExperiments:
    drawn = pseudo_experiments(likelihood, toys, seed)
    drawn["total"] = np.sum(list(drawn.values()), axis=0)

    def shares(blocks: Mapping[str, BlockGoodness], total: bool) -> dict[str, float]:
        return {
            name: float(np.mean(drawn[name] >= one.chi2 - one.chi2_limits))
            for name, one in blocks.items()
            if one.dof > 0 and (total or name != "total")
        }

    return PseudoExperiments(toys, seed, shares(judged.sm, True), shares(judged.here, False))
