"""-2 ln(L/L_max) of every measurement as a function of the predictions, and of what remains
when one observable is taken out.

The likelihood is a product of *terms*.  Each Gaussian block (``quarks``, ``leptons``) is one
term: the combined measurement of all its observables, with the theory covariance in the SM added.
Elsewhere each constraint of each measurement is one.  A term's chi2 is -2 ln L minus the same at
the predictions that the term likes best, so that it is zero at best and, for a Gaussian,
d^T P d with residuals d = prediction - measurement and P the inverse covariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.gaussian import GaussianBlock
from muoquark.likelihood.pdfs import MultivariateNormal, Normal, Pdf
from muoquark.likelihood.terms import Terms

__all__ = ["Gaussian", "Other", "Residuals"]

# A chi2 below this is the rounding of a zero.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian term of the likelihood.

    Attributes
    ----------
    block, measurement
        The measurement of a Gaussian block has the name of the block.
    observables
        Positions (n,) in the data set.
    gaussian
        Its mean and covariance.
    """

    block: str
    measurement: str
    observables: np.ndarray
    gaussian: GaussianBlock

    def own(self, predictions: np.ndarray) -> np.ndarray:
        """Return those of the predictions (..., m) that the term is of, (..., n)."""
        return np.asarray(predictions[..., self.observables])

    def residuals(self, predictions: np.ndarray) -> np.ndarray:
        """Return predictions - mean, shape (..., n)."""
        return self.gaussian.residuals(self.own(predictions))

    def chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return d^T P d, shape (...)."""
        return self.gaussian.chi2(self.own(predictions))


@dataclass(frozen=True)
class Other:
    """A term that is not Gaussian, of one observable mostly.

    Attributes
    ----------
    block, measurement
        Where it belongs.
    observables
        Their positions in the data set.
    pdf
        Its pdf.
    """

    block: str
    measurement: str
    observables: tuple[int, ...]
    pdf: Pdf

    @property
    def one_sided(self) -> bool:
        """Whether its pdf is largest at the edge of its support, as a limit's is."""
        return self.pdf.one_sided


class Residuals:
    """The terms of a data set.

    Attributes
    ----------
    data
        What it was made of.
    gaussian
        All Gaussian terms, those of the Gaussian blocks first.
    other
        The terms with asymmetric, one-sided, tabulated or any other pdfs.
    """

    def __init__(self, data: DataSet) -> None:
        self.data = data
        # One term for a Gaussian block: theory errors correlate its observables.
        gaussian = [
            Gaussian(block, block, np.array(data.blocks[block]), one)
            for block, one in data.gaussian.items()
        ]
        plain = [c for c in data.rest if isinstance(c.pdf, Normal | MultivariateNormal)]
        gaussian += [
            Gaussian(
                c.block, c.measurement, np.array(c.observables), GaussianBlock(*c.pdf.moments())
            )
            for c in plain
        ]
        self._odd = [c for c in data.rest if not isinstance(c.pdf, Normal | MultivariateNormal)]
        self.gaussian: tuple[Gaussian, ...] = tuple(gaussian)
        self.other: tuple[Other, ...] = tuple(
            Other(c.block, c.measurement, c.observables, c.pdf) for c in self._odd
        )

    @cached_property
    def _others(self) -> tuple[Terms, np.ndarray]:
        """Return ln L of the other terms, each as a block of its own, and their maxima."""
        return Terms.alone_each(self._odd), np.array([c.pdf.maximum for c in self._odd])

    def other_chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return -2 ln(L/L_max) of the terms in `other`, shape (..., len(other))."""
        if not self.other:
            return np.zeros((*predictions.shape[:-1], 0))
        terms, maxima = self._others
        values = -2 * (terms.log_likelihood(predictions) - maxima)
        return np.where(np.abs(values) < ROUNDING, 0.0, values)

    def gaussian_chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return the chi2 of the terms in `gaussian`, shape (..., len(gaussian))."""
        none = np.zeros((*predictions.shape[:-1], 0))
        columns = [term.chi2(predictions)[..., None] for term in self.gaussian]
        return np.concatenate([none, *columns], axis=-1)

    def blocks(self, predictions: np.ndarray) -> dict[str, np.ndarray]:
        """Return chi2 (...) of every block for predictions (..., m), one-sided terms included."""
        result = {name: np.zeros(predictions.shape[:-1]) for name in self.data.blocks}
        names = [term.block for term in self.gaussian] + [term.block for term in self.other]
        values = [self.gaussian_chi2(predictions), self.other_chi2(predictions)]
        for name, column in zip(names, np.moveaxis(np.concatenate(values, -1), -1, 0), strict=True):
            result[name] = result[name] + column
        return result

    def total(self, predictions: np.ndarray) -> np.ndarray:
        """Return the chi2 of all blocks, shape (...)."""
        return np.asarray(sum(self.blocks(predictions).values()))

    def observable_table(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return, per observable, chi2(all) - chi2(without it) and its additive share.

        Both have the shape (..., observables of the data set) and the first is not negative.
        Without an observable means without all its measurements; of a Gaussian measurement that
        has several observables the marginal Gaussian of the others stays, another joint pdf goes
        whole, and its chi2 is shared out evenly.
        """
        shape = (*predictions.shape[:-1], len(self.data.observables))
        removed, share = np.zeros(shape), np.zeros(shape)
        for term in self.gaussian:
            x = term.own(predictions)
            # chi2(all) - chi2(without i) in closed form; outside of the Gaussian blocks
            # measurements are independent, and an observable's terms add up.
            removed[..., term.observables] += term.gaussian.conditional_pulls(x) ** 2
            share[..., term.observables] += term.gaussian.shares(x)
        values = self.other_chi2(predictions)
        for k, other in enumerate(self.other):
            for o in other.observables:
                removed[..., o] += values[..., k]
                share[..., o] += values[..., k] / len(other.observables)
        return removed, share
