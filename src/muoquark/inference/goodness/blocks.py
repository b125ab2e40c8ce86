"""Goodness of fit: chi2, degrees of freedom and p-value of every block and of all data.

Definition, stated in every result (:data:`DEFINITION`):

chi2
    -2 ln(L/L_max), where L_max is the maximum over the *predictions*, term by term
    (:mod:`muoquark.inference.goodness.residuals`).  Differences between two points are
    -2 Delta ln L.
dof
    In a Gaussian block the number of its observables: there all measurements of an observable
    are one combined measurement, and the covariance is experiment plus theory in the SM.  In the
    other blocks the number of measured numbers, every measurement of every observable.
limits
    Terms whose pdf is largest at the edge of its support.  Such a term does not say what was
    measured, only what is disfavoured; a good model has chi2 = 0 there whatever the data did.  It
    would raise dof without ever raising chi2, so it counts in neither number of the p-value, and
    its chi2 is given beside.
p-value
    Probability of a larger chi2 (without limits) under a chi2 distribution with dof degrees of
    freedom.  Exact for Gaussian and split-Gaussian pdfs; for tabulated ones Wilks'
    approximation, which pseudo-experiments check (:func:`pseudo_experiments`).
fitted parameters
    Lower dof of the total only, by one each: no block has been fitted by itself.
combination
    How well the measurements that were combined in a Gaussian block agree with each other, from
    experimental errors alone; does not depend on the point.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.inference.goodness.residuals import Residuals
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.pdfs import Pdf

__all__ = [
    "CONVENTIONS",
    "DEFINITION",
    "BlockGoodness",
    "block_goodness",
    "combination",
    "p_value",
    "pseudo_experiments",
]

CONVENTIONS = ("muoquark", "smelli")

DEFINITION = {
    "chi2": "-2 ln(L/L_max), the maximum over the predictions of each term of the likelihood",
    "dof": "observables in the Gaussian blocks (quarks, leptons; with theory errors of the point "
    "rd_rds and ewpt, too), where the measurements of an observable are one combined measurement "
    "with theory and experimental covariance; measured numbers in the other blocks",
    "limits": "terms whose pdf is largest at the edge of its support: in chi2, but neither in "
    "dof nor in the p-value",
    "p_value": "probability of a larger chi2 (without limits) for a chi2 distribution with dof",
    "fitted_parameters": "subtracted from dof in the total at a fitted point only",
    "combination": "chi2 of the individual measurements of a Gaussian block about their average, "
    "experimental errors only",
}


@dataclass(frozen=True)
class BlockGoodness:
    """The goodness of fit of a block, or of all (name ``total``); see the module's definition.

    Attributes
    ----------
    chi2, chi2_limits
        Of all terms, limits included, and the share of the limits.
    dof, p_value
        The probability of a larger chi2 - chi2_limits with `dof` degrees of freedom, nan for none.
    observables, numbers, limits
        How many observables, measured numbers that are no limit, and limits.
    """

    chi2: float
    chi2_limits: float
    dof: int
    p_value: float
    observables: int
    numbers: int
    limits: int


def p_value(chi2: float, dof: int) -> float:
    """Return the probability of a larger chi2 with `dof` degrees of freedom; nan for none.

    >>> round(p_value(4.0, 1), 4)
    0.0455
    """
    from scipy.stats import chi2 as distribution

    return float(distribution.sf(chi2, dof)) if dof > 0 else float("nan")


def _numbers(residuals: Residuals) -> tuple[Counter[str], Counter[str]]:
    """Return the measured numbers of every block that are two-sided, and those that are not."""
    two, one = Counter[str](), Counter[str]()
    for term in residuals.gaussian:
        two[term.block] += len(term.observables)
    for other in residuals.other:
        (one if other.one_sided else two)[other.block] += 1
    return two, one


def block_goodness(
    residuals: Residuals,
    predictions: np.ndarray,
    fitted: int = 0,
    convention: str = "muoquark",
) -> dict[str, BlockGoodness]:
    """Return the goodness of fit of every block and ``total`` at one point.

    Parameters
    ----------
    predictions
        Of all observables of the snapshot, shape (n,).
    fitted
        Number of parameters that were fitted to the same data.
    convention
        ``muoquark``, or ``smelli``: limits count as any measurement, and fitted parameters are
        taken off every block's dof as in ``GlobalLikelihoodPoint.pvalue_dict(n_par)``.

    Raises
    ------
    InputError
        For an unknown convention.
    """
    if convention not in CONVENTIONS:
        raise InputError(f"unknown convention '{convention}': {suggest(convention, CONVENTIONS)}")
    everything = residuals.blocks(predictions)
    limits = dict.fromkeys(everything, 0.0)
    for other, value in zip(residuals.other, residuals.other_chi2(predictions), strict=True):
        if other.one_sided:
            limits[other.block] += float(value)
    two, one = _numbers(residuals)
    sizes = {name: len(positions) for name, positions in residuals.data.blocks.items()}
    result = {}
    for name, value in everything.items():
        result[name] = _judged(
            float(value), limits[name], two[name], one[name], sizes[name],
            fitted if convention == "smelli" else 0, convention,
        )  # fmt: skip
    result["total"] = _judged(
        float(sum(everything.values())), sum(limits.values()), sum(two.values()),
        sum(one.values()), sum(sizes.values()), fitted, convention,
    )  # fmt: skip
    return result


def _judged(
    chi2: float, limits: float, two: int, one: int, observables: int, fitted: int, convention: str
) -> BlockGoodness:
    if convention == "smelli":
        dof = max(1, two + one - fitted)
        return BlockGoodness(chi2, limits, dof, p_value(chi2, dof), observables, two + one, one)
    dof = max(0, two - fitted)
    p = p_value(chi2 - limits, dof)
    return BlockGoodness(chi2, limits, dof, p, observables, two + one, one)


def combination(data: DataSet) -> dict[str, BlockGoodness]:
    """Return how well the measurements combined in each Gaussian block agree with each other.

    chi2 = sum over measurements of (m - average)^T W (m - average) with the experimental weights
    W; dof = measured numbers - observables.  Together with the block's own chi2 it is the chi2 of
    all individual measurements if there were no theory errors.
    """
    result = {}
    for block, average in data.measured.items():
        observables = list(data.blocks[block])
        place = {o: k for k, o in enumerate(observables)}
        chi2, numbers = 0.0, 0
        for c in data.of_block(block):
            own = GaussianBlock(*c.gaussian())
            chi2 += float(own.chi2(average.mean[[place[o] for o in c.observables]]))
            numbers += len(own.mean)
        dof = numbers - len(observables)
        result[block] = BlockGoodness(
            chi2, 0.0, dof, p_value(chi2, dof), len(observables), numbers, 0
        )
    return result


def pseudo_experiments(
    likelihood: Likelihood, number: int, seed: int, batch: int = 500
) -> dict[str, np.ndarray]:
    """Draw chi2 of every block (limits left out) as if the model were true, shape (number,).

    The difference between measurement and prediction is drawn from the pdf of each term, read as
    the density of prediction - measurement: what a measured value with its errors means.  The
    distribution does then not depend on the point.
    """
    residuals = Residuals(likelihood.data)
    rng = np.random.default_rng(seed)
    result = {name: np.zeros(number) for name in likelihood.blocks}
    for term in residuals.gaussian:
        # Draws of the numbers themselves: chi2 is then computed as for data, not assumed.
        for start in range(0, number, batch):
            stop = min(start + batch, number)
            drawn = term.gaussian.draws(rng, stop - start)
            result[term.block][start:stop] += term.gaussian.chi2(drawn)
    for other in residuals.other:
        if not other.one_sided:
            result[other.block] += _drawn(other.pdf, rng, number)
    return result


def _drawn(pdf: Pdf, rng: np.random.Generator, number: int) -> np.ndarray:
    """Return draws of -2 ln(L/L_max) of one term that is not Gaussian."""
    return np.asarray(-2 * (np.asarray(pdf.log_pdf(pdf.draw(rng, number))) - pdf.maximum))
