"""What a point gains with other theory errors than those it was found with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from muoquark.likelihood.forward import Forward
from muoquark.likelihood.likelihood import Likelihood

__all__ = ["MATTERS", "by_theory_errors", "theory_errors_sentence"]

# A difference in Delta chi2 that is worth a sentence.
MATTERS = 1.0


def by_theory_errors(
    likelihood: Likelihood, forward: Forward, inputs: np.ndarray
) -> dict[str, float]:
    """Return Delta chi2 of a point to the SM for every choice of theory errors that the data have.

    Parameters
    ----------
    forward, inputs
        The pass for numpy (``Likelihood.forward``) and what it takes, (n,).

    Returns
    -------
    dict
        By `muoquark.likelihood.theory_choice.MODES`; the choice of `likelihood` alone if there is
        no other.
    """
    found = {}
    for mode in likelihood.theory_modes:
        judge = likelihood.with_theory_errors(mode).judge
        found[mode] = 2 * float(replace(forward, judge=judge).total(inputs))
    return found


def theory_errors_sentence(found: dict[str, float], used: str) -> str:
    """Return what is to be said of the choice, empty if nothing.

    Examples
    --------
    >>> theory_errors_sentence({"point": 16.3, "relative": 16.1, "sm": 19.2}, "sm")
    'with theory errors of the point Delta chi2 of the best fit is 16.3 (--theory-errors point)'
    >>> theory_errors_sentence({"point": 18.9, "sm": 19.2}, "sm")
    ''
    """
    if used == "point" or "point" not in found or abs(found["point"] - found[used]) < MATTERS:
        return ""
    return (
        f"with theory errors of the point Delta chi2 of the best fit is {found['point']:.1f} "
        "(--theory-errors point)"
    )
