r"""Do the order-one coefficients of the flavour ansatz matter?  Section 2.4 of the proceedings.

    "We find no strong constraints from any other flavor observables even when varying order-1
    coefficients in front of the spurion couplings of the muoquarks to lighter generation quarks."

Minimal U(2)^3 breaking (1105.2296) lets the doublet's light entries be

.. math:: \eta^{3L}_i = (c_1 V_{td}, c_2 V_{ts}, 1)\,\eta^{3L}_3, \quad
          \eta^{1L}_i = (d_1 V_{td}, d_2 V_{ts}, 1)\,\eta^{1L}_3, \quad
          \eta^{1R}_i = (0, 0, 1)\,\eta^{1R}_3

with complex numbers of order one.  With exactly one spurion V_q, c_1 = c_2 and d_1 = d_2 up to
(m_s/m_b)^2 (space ``U2``); independent ones (``independent``, the default) are the more general
and more severe test.  The singlet's light entries need two spurions, V_q and Delta Y_u: they are
of relative size y_c V_ts / y_t = 1e-4 and left out.

For every draw of the coefficients the leading couplings eta3L_3 and eta1L_3 * eta1R_3
(eta1L_3 = |eta1R_3|) are fitted anew, once to the anomalies alone (``anomalies``: where the other
observables have no say, so that what they object to is seen whole) and once to all data
(``subsets``); and they are kept where unit coefficients (c = d = -1) fit all data best (``fixed``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.common.errors import InputError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.paper.plane import PRODUCT
from muoquark.paper.robustness.constraints import Constraints, constraints
from muoquark.paper.robustness.draws import NAMES, draw
from muoquark.paper.robustness.leading import LeadingFit, fit_leading
from muoquark.paper.robustness.movers import Mover, movers
from muoquark.paper.robustness.varied import VariedLikelihood
from muoquark.paper.robustness.verdict import CRITERIA, RobustnessVerdict, verdict

__all__ = [
    "AllData",
    "AnomaliesAlone",
    "DrawnSubset",
    "Draws",
    "Robustness",
    "UnitFit",
    "robustness",
]

# Unit coefficients: the preferred c = d = -1, and the +1 of the figure's caption.
UNITS = {"preferred": -1.0, "caption": 1.0}


@dataclass(frozen=True)
class UnitFit:
    """The fit to all data with all four coefficients equal.

    Attributes
    ----------
    coefficient
        Their value.
    eta3L_3, product
        The leading couplings; the product is eta1L_3 * eta1R_3.
    delta_chi2
        To the SM.
    """

    coefficient: float
    eta3L_3: float
    product: float
    delta_chi2: float

    def record(self) -> dict[str, float]:
        """Return the fit as plain data."""
        return {
            "coefficients": self.coefficient,
            "eta3L_3": self.eta3L_3,
            PRODUCT: self.product,
            "delta_chi2": self.delta_chi2,
        }


@dataclass(frozen=True)
class DrawnSubset:
    """Fractions of some of the draws.

    Attributes
    ----------
    quantiles, largest
        Of Delta chi2 to the SM, by their percentage as text, and its largest value.
    kept_1sigma, kept_2sigma
        Fraction that keeps the fit to all data, see ``CRITERIA["kept"]``.
    constraints
        What the families of observables say.
    share
        Fraction of all draws that are in the subset.
    """

    quantiles: Mapping[str, float]
    largest: float
    kept_1sigma: float
    kept_2sigma: float
    constraints: Constraints
    share: float

    def record(self) -> dict[str, Any]:
        """Return the subset as plain data."""
        return {
            "delta_chi2_quantiles": dict(self.quantiles),
            "delta_chi2_largest": self.largest,
            "kept_1sigma": self.kept_1sigma,
            "kept_2sigma": self.kept_2sigma,
            **self.constraints.record(),
            "share": self.share,
        }


@dataclass(frozen=True, eq=False)
class Draws:
    """The draws and the fits to all data at them.

    Attributes
    ----------
    seed
        Of the draws.
    coefficients
        c1, c2, d1, d2, complex, shape (n, 4).
    leading
        eta3L_3 and eta1L_3 * eta1R_3, shape (n, 2).
    delta_chi2
        To the SM, shape (n,).
    not_converged, status_not_ordinary
        How many fits are not at their minimum, and how many points have a status.
    """

    seed: int
    coefficients: np.ndarray
    leading: np.ndarray
    delta_chi2: np.ndarray
    not_converged: int
    status_not_ordinary: int

    def record(self) -> dict[str, Any]:
        """Return the draws as plain data; complex numbers as pairs."""
        return {
            "number": len(self.coefficients),
            "seed": self.seed,
            "coefficients": {
                name: [[z.real, z.imag] for z in self.coefficients[:, k]]
                for k, name in enumerate(NAMES)
            },
            "eta3L_3": self.leading[:, 0],
            PRODUCT: self.leading[:, 1],
            "delta_chi2": self.delta_chi2,
            "not_converged": self.not_converged,
            "status_not_ordinary": self.status_not_ordinary,
        }


@dataclass(frozen=True)
class AllData:
    """The fits to all data.

    Attributes
    ----------
    reference
        With unit coefficients: ``preferred`` c = -1 and ``caption`` c = +1.
    fixed, subsets
        With the leading couplings kept where ``preferred`` has them, and fitted anew: all draws,
        those with Re c2 < 0 and those with Re c2 > 0.
    draws
        Every draw.
    """

    reference: Mapping[str, UnitFit]
    fixed: Mapping[str, DrawnSubset]
    subsets: Mapping[str, DrawnSubset]
    draws: Draws

    def record(self) -> dict[str, Any]:
        """Return the fits as plain data."""
        return {
            "reference": {name: one.record() for name, one in self.reference.items()},
            "fixed": {name: one.record() for name, one in self.fixed.items()},
            "subsets": {name: one.record() for name, one in self.subsets.items()},
            "samples": self.draws.record(),
        }


@dataclass(frozen=True)
class AnomaliesAlone:
    """The fits to the anomalies alone: where other observables have no say in the couplings.

    Attributes
    ----------
    delta_chi2_unit, delta_chi2_caption
        To the SM with c = d = -1 and with +1, anomalies only.
    explains, explains_negative
        Fraction of the draws, and of those with Re c2 < 0, that explain the anomalies.
    not_converged
        How many fits are not at their minimum.
    constraints
        What the families of observables say of the draws that explain the anomalies.
    """

    delta_chi2_unit: float
    delta_chi2_caption: float
    explains: float
    explains_negative: float
    not_converged: int
    constraints: Constraints

    def record(self) -> dict[str, Any]:
        """Return the fits as plain data."""
        return {
            "delta_chi2_unit": self.delta_chi2_unit,
            "delta_chi2_caption": self.delta_chi2_caption,
            "explains": self.explains,
            "explains_Re c2 < 0": self.explains_negative,
            "not_converged": self.not_converged,
            **self.constraints.record(),
        }


@dataclass(frozen=True)
class Robustness:
    """What varying the order-one coefficients does to the fit; made by :func:`robustness`.

    Attributes
    ----------
    space, moduli
        What was drawn from, see :func:`~muoquark.paper.robustness.draws.draw`.
    anomalies
        The fits to the anomalies alone, which decide.
    observables
        Those that move most where the anomalies are explained.
    verdict
        On the claim of section 2.4.
    all_data
        The fits to all data, which the verdict does not need.
    """

    space: str
    moduli: tuple[float, float]
    anomalies: AnomaliesAlone
    observables: tuple[Mover, ...]
    verdict: RobustnessVerdict
    all_data: AllData | None = None

    def record(self) -> dict[str, Any]:
        """Return everything as plain data, with the criteria of the verdict."""
        return {
            "space": self.space,
            "moduli": list(self.moduli),
            "criteria": CRITERIA,
            **({} if self.all_data is None else self.all_data.record()),
            "anomalies": self.anomalies.record(),
            "observables": [one.record() for one in self.observables],
            "verdict": self.verdict.record(),
        }


def robustness(
    likelihood: Likelihood,
    samples: int = 2000,
    seed: int = 1,
    *,
    space: str = "independent",
    low: float = 1 / 3,
    high: float = 3.0,
    order: str = "highest",
    verdict_only: bool = False,
    progress: Callable[[str], None] = lambda text: None,
) -> Robustness:
    """Return what varying the order-one coefficients does to the fit, with a verdict.

    Parameters
    ----------
    samples, seed
        Number of draws of the coefficients, and the seed.
    space, low, high
        See :func:`~muoquark.paper.robustness.draws.draw`.
    order
        Of the matching.
    verdict_only
        Leave out the fits to all data, which the verdict does not need: half the time.

    Examples
    --------
    >>> import muoquark
    >>> found = muoquark.robustness(muoquark.Likelihood("2021-07"), samples=10, verdict_only=True)
    >>> isinstance(found.verdict.word, str)
    True
    """
    if likelihood.theory_errors != "sm":
        raise InputError(
            "robustness compares families of observables by theory errors of the SM: it goes with "
            f"--theory-errors sm, not '{likelihood.theory_errors}'"
        )
    if samples < 10:
        raise InputError(f"{samples} draws are too few to speak of fractions: at least 10")
    progress("compiling the likelihood")
    varied = VariedLikelihood(likelihood, order)
    c = draw(samples, seed, space, low, high)
    everything = None
    if not verdict_only:
        progress("fitting the leading couplings to all data")
        everything = _all_data(varied, c, seed)
    progress("fitting the anomalies alone")
    alone = fit_leading(varied.target_chi2, _with_units(c))
    # What moves is counted from unit coefficients.
    leading = alone.leading[:1]
    if everything is not None:
        best = everything.reference["preferred"]
        leading = np.array([[best.eta3L_3, best.product]])
    unit = varied.predictions(leading, _with_units(c)[:1])[0]
    gain = float(varied.families.target_chi2(likelihood.sm_predictions)) - alone.chi2
    explains = gain[2:] > gain[0] - 4
    predictions = varied.predictions(alone.leading[2:], c)
    shown = explains if explains.any() else np.ones(samples, bool)
    anomalies = AnomaliesAlone(
        delta_chi2_unit=float(gain[0]),
        delta_chi2_caption=float(gain[1]),
        explains=float(explains.mean()),
        explains_negative=float(explains[c[:, 1].real < 0].mean()),
        not_converged=int(alone.not_converged[2:].sum()),
        constraints=constraints(varied.excess(predictions)[explains], varied.families),
    )
    return Robustness(
        space=space,
        moduli=(low, high),
        anomalies=anomalies,
        observables=movers(varied, predictions[shown], unit),
        verdict=verdict(anomalies.explains, anomalies.constraints, samples),
        all_data=everything,
    )


def _with_units(c: np.ndarray) -> np.ndarray:
    """Return the draws (n, 4) behind the two sets of unit coefficients, shape (n + 2, 4)."""
    units = np.array([[value] * 4 for value in UNITS.values()], dtype=complex)
    return np.concatenate([units, c])


def _all_data(varied: VariedLikelihood, c: np.ndarray, seed: int) -> AllData:
    """Fit the leading couplings to all data, for unit coefficients and for the draws (n, 4)."""
    fits = fit_leading(varied.chi2, _with_units(c))
    best = fits.leading[2:]
    reference = {name: _unit(fits, k, value) for k, (name, value) in enumerate(UNITS.items())}
    kept = reference["preferred"].delta_chi2
    return AllData(
        reference=reference,
        fixed=_subsets(varied, np.repeat(fits.leading[:1], len(c), axis=0), c, kept),
        subsets=_subsets(varied, best, c, kept),
        draws=Draws(
            seed=seed,
            coefficients=c,
            leading=best,
            delta_chi2=-fits.chi2[2:],
            not_converged=int(fits.not_converged[2:].sum()),
            status_not_ordinary=int(np.sum(varied.status(best, c) != 0)),
        ),
    )


def _unit(fits: LeadingFit, k: int, value: float) -> UnitFit:
    return UnitFit(
        coefficient=value,
        eta3L_3=float(fits.leading[k, 0]),
        product=float(fits.leading[k, 1]),
        delta_chi2=float(-fits.chi2[k]),
    )


def _subsets(
    varied: VariedLikelihood, leading: np.ndarray, c: np.ndarray, reference: float
) -> dict[str, DrawnSubset]:
    """Return all draws, those with Re c2 < 0 and > 0; reference: Delta chi2 of c = d = -1."""
    delta = -varied.chi2(leading, c)
    excess = varied.excess(varied.predictions(leading, c))
    negative = c[:, 1].real < 0
    quantiles = (2.5, 16, 50, 84, 97.5)

    def subset(where: np.ndarray) -> DrawnSubset:
        some = delta[where]
        values = map(float, np.percentile(some, quantiles))
        return DrawnSubset(
            quantiles=dict(zip(map(str, quantiles), values, strict=True)),
            largest=float(some.max()),
            kept_1sigma=float(np.mean(some > reference - 1)),
            kept_2sigma=float(np.mean(some > reference - 4)),
            constraints=constraints(excess[where], varied.families),
            share=float(where.mean()),
        )

    return {
        "all": subset(np.ones(len(c), bool)),
        "Re c2 < 0": subset(negative),
        "Re c2 > 0": subset(~negative),
    }
