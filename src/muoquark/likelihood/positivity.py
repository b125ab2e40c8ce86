"""Numbers that cannot be negative: rates, and what enters a quotient, a root or a logarithm.

Rates are squares of amplitudes.  Compiled as polynomials that leave out what nobody can measure
they may come out below zero far outside of the expansion, and then a root or a logarithm has no
value.  Three things are done about it, all of them inert at ordinary points:

- a quantity that is divided by, or whose root or logarithm is taken, is continued below
  a share of its value in the SM (:mod:`~muoquark.likelihood.continuation`), and the point is
  reported;
- rates that violate lepton flavour have no constant and no linear part (:func:`as_squares`);
- predictions that are shown are never a negative rate, and no rounding error (:func:`presented`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from muoquark.likelihood.forms import Forms
    from muoquark.likelihood.observable import Observable

__all__ = [
    "as_squares",
    "is_rate",
    "negative",
    "presented",
    "violates_flavour",
]

# A rate may come out below zero by this share of its error before that is reported; ln L then
# changes by 5e-7.
NEGATIVE = 1e-3
# A signed prediction below this share of its error is a rounding error.
ROUNDING = 1e-12

# <BR>, <dBR/dq2>, <Rmue> and R_b are rates and quotients of rates; asymmetries, F_L, P5' are not.
_RATE = re.compile(
    r"<?(d?BR\b|BR_|CR\(|Gamma|R(mue|emu|taue|taul|taumu|Kpi)\b|R\(W|R_(b|c|e|mu|tau|uc|trident)$"
    r"|sigma_had)"
)
# Without (?!.*nu) leptonic decays such as tau -> mu nu nu would be among them.
_FLAVOUR = re.compile(
    r"BR\((mu|tau)->(?!.*nu)|CR\(mu->e|BR\(.*->.*(emu|mue|etau|taue|mutau|taumu)(,\w+)?\)$"
)


def is_rate(observable: Observable) -> bool:
    """Tell by flavio's name whether an observable is a rate or a quotient of rates.

    Branching ratios, widths, conversion rates and their quotients.  Signal strengths of the Higgs
    are left out: flavio expands them to first order, so that they are negative in earnest.
    """
    return bool(_RATE.match(observable.name))


def violates_flavour(observable: Observable) -> bool:
    """Tell by flavio's name whether an observable is the rate of a process that the SM forbids."""
    return bool(_FLAVOUR.match(observable.name))


def as_squares(forms: Forms) -> Forms:
    """Return forms in which rates that violate lepton flavour are purely quadratic.

    Their amplitudes are linear in coefficients that violate lepton flavour, which no other
    polynomial depends on: constant and linear terms are remainders of the fit of flavio's numbers.
    """
    from muoquark.likelihood.mixing import DERIVED

    forbidden = np.array([violates_flavour(o) for o in forms.observables])[forms.owner]
    tables = np.concatenate([forms.numerators, forms.denominators, forms.roots], axis=1)
    # Pieces of these rates that no other observable shares.
    mine = np.setdiff1d(forms.numerators[forbidden], tables[~forbidden])
    banks, start = list(forms.banks), 1 + len(DERIVED)
    # Pieces are numbered in this order: behind the derived ones the banks of stage 1, then of stage
    # 2.
    for k in sorted(range(len(banks)), key=lambda k: banks[k].stage):
        weights = np.asarray(banks[k].weights)
        columns = np.nonzero(np.isin(start + np.arange(weights.shape[1]), mine))[0]
        start += weights.shape[1]
        # Monomials with y_0 = 1: constant or linear.
        lower = np.nonzero((np.asarray(banks[k].left) == 0) | (np.asarray(banks[k].right) == 0))[0]
        if len(columns) and len(lower):
            weights = weights.copy()
            weights[np.ix_(lower, columns)] = 0.0
            banks[k] = replace(banks[k], weights=weights)
    return replace(forms, banks=tuple(banks))


def presented(predictions: Any, rates: Any, error: Any, xp: Any = np) -> Any:
    """Return predictions as they are shown, (..., observables): no negative rate, no noise.

    What is cut off a rate is below a thousandth of its error, or the point has a status
    (``likelihood.STATUS``, 64).  ln L is computed from the predictions as they are, so that it
    stays smooth.

    Parameters
    ----------
    rates, error : array, shape (observables,)
        Which of the predictions are rates, and the total errors.
    """
    least = np.where(rates, 0.0, -np.inf)
    noise = np.where(rates, 0.0, ROUNDING * np.asarray(error))
    small = (predictions <= least) | (xp.abs(predictions) <= noise)
    return xp.where(small, 0.0, predictions)


def negative(predictions: Any, rates: Any, error: Any, xp: Any = np) -> Any:
    """Tell whether a rate is below zero by more than a thousandth of its error, shape (...)."""
    least = np.where(rates, -NEGATIVE * np.asarray(error), -np.inf)
    return xp.any(predictions < least, axis=-1)
