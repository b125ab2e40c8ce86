"""How well a point describes the data, and which data decide: one record of plain data.

Everything in it is computed at the SM and at one point: the best fit of a card's free parameters
(or of the paper's plane), a fixed card, or a set of Wilson coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.fit import objective_of
from muoquark.inference.goodness.blocks import (
    DEFINITION,
    block_goodness,
    combination,
    pseudo_experiments,
)
from muoquark.inference.goodness.influence import (
    Influence,
    Unit,
    labels,
    newton,
    refit,
    stencil,
    units,
)
from muoquark.inference.goodness.residuals import Residuals, conditional
from muoquark.inference.objective import Objective
from muoquark.likelihood.likelihood import Likelihood, PointResult
from muoquark.likelihood.tables import uncertainties
from muoquark.matching.match import match
from muoquark.model.card import Card
from muoquark.model.card_file import as_card
from muoquark.smeft.wcxf import WilsonCoefficients

__all__ = ["PULLS", "goodness"]

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
INFLUENCE = (
    "the fit without a unit (an observable, a measurement, a group): shift of the parameters in "
    "standard deviations of the fit to all data, Delta chi2 of the new best fit to the SM; one "
    "Newton step, the units with the largest effect and all that it moves by more than 0.6 sigma "
    "minimised anew"
)
#: Newton's steps above this many standard deviations are not believed: every one is a refit.
TRUSTED = 0.6


def goodness(
    likelihood: Likelihood,
    source: Card | WilsonCoefficients | str = "plane",
    order: str = "loop",
    *,
    seed: int = 1,
    top: int = 10,
    refits: int = 10,
    toys: int = 0,
    convention: str = "muoquark",
    fitted: tuple[Objective, BestFit] | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Return the goodness of fit at the SM and at a point, pulls, gains and influences.

    Parameters
    ----------
    source
        A card, or the path or built-in name of one, or Wilson coefficients.  A card with free
        parameters is fitted first, everything else is judged as it is.
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

    Returns
    -------
    dict
        ``definition``, ``convention``, ``point`` (parameters, Delta chi2, status), ``goodness``
        (``sm`` and ``point``: block to chi2, dof, p_value, ...), ``combination``, ``pulls`` (a
        list), ``gains`` (``gains`` and ``losses`` by observable and by measurement, sums) and, at
        a fitted point, ``influence``.
    """
    residuals = Residuals(likelihood.snapshot)
    sm = likelihood.sm_predictions
    if isinstance(source, str):
        source = as_card(source)
    objective, best = fitted if fitted is not None else (None, None)
    if isinstance(source, Card) and source.free:
        if objective is None or best is None:
            progress("compiling the likelihood")
            objective = objective_of(likelihood, source, order)
            progress("looking for the best fit")
            best = best_fit(objective, seed=seed)
        point = _at_best(likelihood, objective, best)
    else:
        point = likelihood(source if not isinstance(source, Card) else match(source.point(), order))
    progress("judging")
    number = len(best.values) - len(best.at_limit) if best is not None else 0
    judged = {
        "sm": block_goodness(residuals, sm, 0, convention),
        "point": block_goodness(residuals, point.predictions, number, convention),
    }
    everything = units(likelihood)
    record: dict[str, Any] = {
        "definition": DEFINITION,
        "convention": convention,
        "point": {
            "kind": "given" if best is None else "best fit",
            "parameters": {} if best is None else dict(best.values),
            "errors": {} if best is None else dict(best.errors),
            "fitted_parameters": number,
            "at_limit": [] if best is None else list(best.at_limit),
            "loglike": point.total,
            "delta_chi2": 2 * point.total,
            "status": list(point.status),
        },
        "goodness": {
            where: {name: asdict(one) for name, one in blocks.items()}
            for where, blocks in judged.items()
        },
        "combination": {k: asdict(v) for k, v in combination(likelihood.snapshot).items()},
        "pull_definition": PULLS,
        "pulls": pulls(likelihood, residuals, sm, point.predictions),
        "gains": gains(everything, sm, point, top),
    }
    if toys:
        progress("drawing pseudo-experiments")
        record["pseudo_experiments"] = _calibrated(likelihood, judged, toys, seed)
    if objective is not None and best is not None:
        progress("fitting without each observable")
        record["influence"] = influence(objective, best, everything, sm, top, refits)
    return record


def _at_best(likelihood: Likelihood, objective: Objective, best: BestFit) -> PointResult:
    """Return what the likelihood says of the best fit, by the compiled functions of the card."""
    assert objective.predictions is not None
    values = np.asarray(objective.parts(best.point[None]))[0]
    parts = dict(zip(objective.names, map(float, values), strict=True))
    return PointResult(
        blocks={name: parts[name] for name in likelihood.blocks},
        groups={name: parts[name] for name in likelihood.groups},
        predictions=np.asarray(objective.predictions(best.point[None]))[0],
        ckm={},
        status=objective.sentences(best.point),
    )


def pulls(
    likelihood: Likelihood, residuals: Residuals, sm: np.ndarray, here: np.ndarray
) -> list[dict[str, Any]]:
    """Return the record of every observable: values, pulls, contributions, shares.

    The names are those of :data:`PULLS`, with ``_sm`` for the SM; predictions (m,).
    """
    measured, error = uncertainties(likelihood)
    both = np.stack([sm, here])
    removed, share = residuals.observable_table(both)
    given = np.full(both.shape, np.nan)
    for term in residuals.gaussian:
        if term.block in residuals.snapshot.theory:
            given[:, term.observables] = conditional(term.residuals(both), term.precision)
    names = labels(likelihood)
    arguments = likelihood.snapshot.metadata["arguments"]
    result = []
    for block, positions in likelihood.snapshot.blocks.items():
        for k in positions:
            o = likelihood.forms.observables[k]
            name, values = (o, ()) if isinstance(o, str) else (o[0], o[1:])
            entry: dict[str, Any] = {
                "observable": name,
                "args": dict(zip(arguments.get(name, ()), values, strict=True)),
                "label": names[k],
                "block": block,
                "measured": float(measured[k]),
                "uncertainty": float(error[k]),
            }
            for row, suffix in ((0, "_sm"), (1, "")):
                value = float(both[row, k])
                entry["sm" if row == 0 else "value"] = value
                entry[f"pull{suffix}"] = (value - float(measured[k])) / float(error[k])
                entry[f"pull_conditional{suffix}"] = float(given[row, k])
                entry[f"contribution{suffix}"] = float(removed[row, k])
                entry[f"share{suffix}"] = float(share[row, k])
            entry["gain"] = (entry["contribution_sm"] - entry["contribution"]) / 2
            entry["share_gain"] = (entry["share_sm"] - entry["share"]) / 2
            result.append(entry)
    return result


def gains(everything: list[Unit], sm: np.ndarray, point: PointResult, top: int) -> dict[str, Any]:
    """Return the largest gains and losses of ln L between SM and point, and what they add up to.

    A gain is ln L(point) - ln L(SM) of all data minus the same without the unit.
    """
    result: dict[str, Any] = {"total": point.total}
    for kind in ("observable", "measurement"):
        rows: list[dict[str, Any]] = []
        for unit in everything:
            if unit.kind == kind:
                values = unit.contribution(np.stack([sm, point.predictions]))
                rows.append(
                    {
                        "name": unit.name,
                        "block": unit.block,
                        "gain": float(values[0] - values[1]) / 2,
                        "contribution_sm": float(values[0]),
                        "contribution": float(values[1]),
                    }
                )
        rows.sort(key=lambda row: -row["gain"])
        result[kind] = {
            "gains": [row for row in rows[:top] if row["gain"] > 0],
            "losses": [row for row in rows[: -top - 1 : -1] if row["gain"] < 0],
            "sum": sum(row["gain"] for row in rows),
        }
    return result


def influence(
    objective: Objective,
    best: BestFit,
    everything: list[Unit],
    sm: np.ndarray,
    top: int,
    refits: int,
) -> dict[str, Any]:
    """Return the fit without every unit; the `refits` of largest effect of each kind minimised.

    So is every unit that Newton's step moves by more than :data:`TRUSTED`.
    ``newton_check`` compares Newton's step with the minimisation where there are both.
    """
    around = stencil(objective, best, sm)
    chi2 = best.delta_chi2
    result: dict[str, Any] = {"definition": INFLUENCE}
    check = []
    for kind in ("observable", "measurement", "group"):
        found: list[tuple[Unit, Influence | None]] = [
            (unit, newton(objective, around, unit, chi2))
            for unit in everything
            if unit.kind == kind
        ]
        found.sort(key=lambda pair: -np.inf if pair[1] is None else -pair[1].distance)
        rows: list[dict[str, Any]] = []
        for k, (unit, step) in enumerate(found):
            final = step
            if step is None or k < refits or step.distance > TRUSTED:
                final = refit(objective, around, unit, chi2)
                if step is not None:
                    check.append({
                        "kind": kind, "name": unit.name,
                        "newton": step.distance, "refit": final.distance,
                        "delta_chi2_newton": step.delta_chi2, "delta_chi2_refit": final.delta_chi2,
                    })  # fmt: skip
            assert final is not None
            rows.append({
                "name": unit.name, "block": unit.block, "values": final.values,
                "shift": final.shift, "distance": final.distance,
                "delta_chi2": final.delta_chi2, "gain": final.gain, "method": final.method,
                "at_limit": list(final.at_limit),
            })  # fmt: skip
        rows.sort(key=lambda row: -row["distance"])
        result[kind] = rows if kind == "group" else rows[: max(top, refits)]
    result["newton_check"] = check
    return result


def _calibrated(
    likelihood: Likelihood, judged: dict[str, Any], toys: int, seed: int
) -> dict[str, Any]:
    """Return p-values by counting pseudo-experiments with a larger chi2."""
    drawn = pseudo_experiments(likelihood, toys, seed)
    drawn["total"] = np.sum(list(drawn.values()), axis=0)
    result: dict[str, Any] = {"number": toys, "seed": seed}
    for where, blocks in judged.items():
        result[where] = {
            # Fitted parameters are not in the pseudo-experiments: the total of a fit is left out.
            name: float(np.mean(drawn[name] >= one.chi2 - one.chi2_limits))
            for name, one in blocks.items()
            if one.dof > 0 and not (where == "point" and name == "total")
        }
    return result
