"""What claims are computed from: models, fits and flows, each made once and shared.

A claim takes everything from here and nothing from anywhere else, so that a test can hand it
other inputs and see its verdict change.  Nothing is kept between runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from muoquark.inference.bestfit import BestFit, best_fit
from muoquark.inference.fit import Fit, fit
from muoquark.inference.objective import (
    Objective,
    Parameter,
    PartsObjective,
    Restricted,
    parameters_of,
)
from muoquark.inference.profile.bands import POINTS
from muoquark.inference.profile.grids import Profile, profile
from muoquark.likelihood.snapshots import labels
from muoquark.model.card import factors
from muoquark.model.card_file import builtin_card
from muoquark.paper.claims.model_inputs import MASS, ModelInputs
from muoquark.paper.plane import BANDS, PRODUCT

if TYPE_CHECKING:
    from muoquark.paper.robustness.robustness import Robustness
    from muoquark.theory.analysis import TheoryAnalysis

__all__ = ["DATA", "LIGHT", "MASS", "R2_PLANE", "R2_PRODUCT", "Workspace", "fixed"]

#: The data of the paper's day and of today.
DATA = ("2021-07", "2026-06")
#: Name of the order-one coefficient of the light entries in the fits here.
LIGHT = "light"
#: Running below mu_M and order of the matching: ours, and what the paper's tools come closest to.
VARIANTS = (("full", "loop"), ("smelli", "loop"), ("smelli", "tree"))
#: The built-in card with R2 in the place of S1, and its second parameter.
R2_PLANE, R2_PRODUCT = "plane-r2", "eta2L_3*eta2R_3"
#: Draws of the order-one coefficients: the fraction in question is then known to about 1 %.
DRAWS = 1000

# The paper's plane and, as a third parameter, the order-one coefficient of its ansatz.
_CARD = """\
masses: {S1: 3000.0, S3: 3000.0}
mu_M: 3000.0
couplings:
  eta3L: {ansatz: U2, value: {free: [0.0, 0.8], start: 0.4, name: eta3L_3},
          light: {free: [-1.5, 1.5], start: -1.0, name: light}}
  eta1L: {ansatz: U2, value: {free: [0.0, 0.25], start: 0.1, name: eta1L_3},
          light: {free: [-1.5, 1.5], start: -1.0, name: light}}
  eta1R: {ansatz: U2, value: {free: [-0.25, 0.25], start: 0.1, name: eta1R_3}}
"""

# S1 alone, its couplings to second and third family as large as perturbativity bears with.
_S1_CARD = """\
masses: {S1: 3000.0, S3: 3000.0}
mu_M: 3000.0
couplings:
  eta1L: [0, {free: [-2.5, 2.5], start: 0.01, name: eta1L_2},
          {free: [0.0, 2.5], start: 0.1, name: eta1L_3}]
  eta1R: [0, {free: [-1.5, 1.5], start: 0.0, name: eta1R_2},
          {free: [-2.5, 2.5], start: 0.1, name: eta1R_3}]
"""


def _plane_parameters() -> tuple[Parameter, ...]:
    """The two of the paper's plane and the order-one coefficient of its light entries."""
    return (*parameters_of(builtin_card("plane")), Parameter(LIGHT, -1.5, 1.5, -1.0))


def fixed(objective: Objective, values: dict[str, float]) -> Objective:
    """Return `objective` with the parameters in `values` held at these values."""
    return Restricted(objective, values)


class Workspace(ModelInputs):
    """Inputs of the claims, computed when they are first asked for.

    Parameters
    ----------
    data
        Names or files of snapshots; the first is the one that the verdicts are about.  Here a
        snapshot goes by its name without revision, unless two revisions of one are given.
    points
        Points per axis of the plane.
    seed
        Of the starting points of fits.
    progress
        Is told in words what is being done.
    """

    def __init__(
        self,
        data: Sequence[str] = DATA,
        points: int = 120,
        seed: int = 1,
        progress: Callable[[str], None] = lambda text: None,
    ) -> None:
        super().__init__()
        self._references = labels(data)
        self.data, self.points = tuple(self._references), points
        self.seed, self.progress = seed, progress

    # ------------------------------------------------------------------ data

    def year(self, data: str) -> int:
        """Return which dated inputs belong to a snapshot: 2021 or 2026."""
        stack = self.likelihood(data).snapshot.metadata["versions"]["flavio"]
        return 2021 if tuple(map(int, stack.split(".")[:2])) < (2, 4) else 2026

    def likelihood(self, data: str, chain: str = "full") -> Any:
        """Return the compiled likelihood of a snapshot."""
        from muoquark.likelihood.likelihood import Likelihood

        name = self._references.get(data, data)
        return self.keep(
            ("likelihood", data, chain),
            # as the paper's own software has them
            lambda: Likelihood(name, chain, theory_errors="sm"),
        )

    def _compiled(
        self, data: str, text: str, transform: Any, chain: str = "full", order: str = "loop"
    ) -> Any:
        from muoquark.inference.card_likelihood import CardLikelihood
        from muoquark.matching.parametric import parametric
        from muoquark.model.card_file import parse_card

        self.progress(f"compiling the likelihood of {data} ({chain}, {order})")
        source = parametric(parse_card(text), order)
        return CardLikelihood(self.likelihood(data, chain), source, transform)

    def _objective(self, data: str, compiled: Any, parameters: tuple[Parameter, ...]) -> Objective:
        return PartsObjective(parameters, compiled.names, compiled.blocks, compiled.parts, compiled)

    def _plane_likelihood(self, data: str, chain: str = "full", order: str = "loop") -> Any:
        def transform(theta: Any, xp: Any) -> Any:
            left, right = factors(theta[..., 1])
            return xp.stack([theta[..., 0], theta[..., 2], left, right], axis=-1)

        return self.keep(
            ("plane", data, chain, order),
            lambda: self._compiled(data, _CARD, transform, chain, order),
        )

    def general(self, data: str) -> Objective:
        """Return ln L of the plane with the order-one coefficient `light` as third parameter."""
        return self._objective(data, self._plane_likelihood(data), _plane_parameters())

    def variants(self, data: str) -> dict[str, BestFit]:
        """Return the best fit of the plane with each of :data:`VARIANTS`, by its name."""

        def make() -> dict[str, BestFit]:
            found = {}
            for chain, order in VARIANTS:
                if (chain, order) == VARIANTS[0]:
                    best = self.fit(data).best
                else:
                    compiled = self._plane_likelihood(data, chain, order)
                    objective = self._objective(data, compiled, _plane_parameters())
                    best = best_fit(fixed(objective, {LIGHT: -1.0}), starts=4, seed=self.seed)
                found[f"{chain}, {order}"] = best
            return found

        return self.keep(("variants", data), make)

    def products(self, data: str) -> dict[str, float]:
        """Return eta1L_3 * eta1R_3 of the best fit with each of :data:`VARIANTS`."""
        return {name: best.values[PRODUCT] for name, best in self.variants(data).items()}

    def without(self, data: str, group: str) -> BestFit:
        """Return the best fit of the plane without the observables of a group.

        In the Gaussian blocks what is left is the marginal distribution of the others.
        """

        def make() -> BestFit:
            likelihood = self.likelihood(data)
            observables = range(len(likelihood.observables))
            kept = [k for k in observables if k not in set(likelihood.groups[group])]
            terms = likelihood.data.terms({"others": kept})
            compiled = self._plane_likelihood(data)

            def others(predictions: np.ndarray) -> np.ndarray:
                return np.asarray(terms.log_likelihood(predictions, np))[..., -1:]

            sm = others(np.asarray(likelihood.sm)[None])

            def parts(points: np.ndarray) -> np.ndarray:
                return np.asarray(others(compiled.predictions(np.atleast_2d(points))) - sm)

            objective = PartsObjective(_plane_parameters(), ("others",), ("others",), parts)
            self.progress(f"{data}: best fit without {group}")
            return best_fit(fixed(objective, {LIGHT: -1.0}), starts=4, seed=self.seed)

        return self.keep(("without", data, group), make)

    def agreement(self, data: str) -> float:
        """Return the p-value of R_K(*), Bs -> mu mu and b -> s mu mu for one coefficient."""
        from muoquark.paper.claims.anomalies import agreement

        return agreement(self, data)[0]

    def plane(self, data: str) -> Objective:
        """Return ln L of the paper's plane."""
        return fixed(self.general(data), {LIGHT: -1.0})

    def fit(self, data: str) -> Fit:
        """Return the fit of the paper's plane, as ``muoquark fit`` makes it."""

        def make() -> Fit:
            objective = self.plane(data)
            return fit(
                objective,
                seed=self.seed,
                points=self.points,
                progress=lambda text: self.progress(f"{data}: {text}"),
            )

        return self.keep(("fit", data), make)

    def band(self, data: str, name: str) -> Profile:
        """Return the profile of one group of the paper's figure along the axis of its band."""

        def make() -> Profile:
            shown = self.fit(data).bands.get(name)
            curve = None if shown is None else shown.profiles.get(BANDS[name])
            return curve or profile(self.plane(data), BANDS[name], [name], points=POINTS)

        return self.keep(("band", data, name), make)

    def best(self, data: str) -> tuple[float, float]:
        """Return (eta3L_3, eta1L_3 * eta1R_3) of the best fit."""
        values = self.fit(data).best.values
        return values["eta3L_3"], values[PRODUCT]

    def product_interval(self, data: str) -> tuple[float, float]:
        """Return the 1 sigma interval of the product around its best value."""
        product = self.best(data)[1]
        spans = self.fit(data).profiles[PRODUCT].intervals()
        return next(((a, b) for a, b in spans if a <= product <= b), (product, product))

    def restricted(self, data: str, **values: float) -> BestFit:
        """Return the best fit of the plane with some of its three parameters held fixed.

        The product of the S1 couplings goes by the name ``product``.
        """
        held = {PRODUCT if k == "product" else k: v for k, v in values.items()}

        def make() -> BestFit:
            self.progress(f"{data}: best fit with {held}")
            return best_fit(fixed(self.general(data), held), starts=4, seed=self.seed)

        return self.keep(("restricted", data, *sorted(held.items())), make)

    def s1_alone(self, data: str) -> tuple[Objective, BestFit]:
        """Return ln L and best fit of S1 alone, couplings up to 2.5 to two families."""

        def make() -> tuple[Objective, BestFit]:
            from muoquark.model.card_file import parse_card

            free = parse_card(_S1_CARD).free
            parameters = tuple(Parameter(p.name, p.low, p.high, p.start) for p in free)
            compiled = self._compiled(data, _S1_CARD, None)
            objective = self._objective(data, compiled, parameters)
            self.progress(f"{data}: best fit of S1 alone")
            return objective, best_fit(objective, starts=12, seed=self.seed)

        return self.keep(("S1", data), make)

    def r2_plane(self, data: str) -> Any:
        """Return ln L of the plane with R2 in the place of S1, the built-in card ``plane-r2``."""

        def make() -> Any:
            from muoquark.inference.fit import objective_of

            self.progress(f"compiling the likelihood of {data} for R2 and S3")
            return objective_of(self.likelihood(data), builtin_card(R2_PLANE))

        return self.keep(("R2 plane", data), make)

    def r2_fit(self, data: str, **values: float) -> BestFit:
        """Return the best fit of :meth:`r2_plane`, with parameters held at `values`.

        The product of the R2 couplings goes by the name ``product``.
        """
        held = {R2_PRODUCT if k == "product" else k: v for k, v in values.items()}

        def make() -> BestFit:
            self.progress(f"{data}: best fit of R2 and S3 {held or ''}")
            objective = self.r2_plane(data)
            return best_fit(fixed(objective, held) if held else objective, starts=4, seed=self.seed)

        return self.keep(("R2 fit", data, *sorted(held.items())), make)

    def r2_predictions(self, data: str, points: Any) -> list[dict[str, float]]:
        """Return the predictions of all observables at points (eta3L_3, product of R2)."""
        rows = self.r2_plane(data).predictions(np.atleast_2d(np.asarray(points, float)))
        texts = [o.text for o in self.likelihood(data).observables]
        return [dict(zip(texts, map(float, row), strict=True)) for row in rows]

    def r2_yukawa_shift(self, eta3: float, product: float) -> float:
        """Return delta y_mu/y_mu (real part) of the plane with R2, SMEFT minus UV, at mu = M."""
        from muoquark.theory.naturalness import at_scale

        values = {"eta3L_3": eta3, R2_PRODUCT: product}
        there = at_scale(builtin_card(R2_PLANE).point(values), MASS)
        shift = np.asarray(self.matched(there).shifts["Ye"])[1, 1]
        return float((shift / there.sm_parameters.Ye[1, 1]).real)

    def z_prime(self, data: str) -> dict[str, float]:
        """Return Delta chi2 of the Z' of B3 - L_mu and of S3, both at 5 TeV, and its best point."""

        def make() -> dict[str, float]:
            from muoquark.boson.catalogue import candidates, leptoquark
            from muoquark.symmetry.assignment import parse_assignment

            self.progress(f"{data}: Z' and S3")
            likelihood = self.likelihood(data)
            assignment, _ = parse_assignment("k=0,0,1 L=0,-3,0")
            (one,) = candidates(likelihood, [assignment])
            assert one.ratio is not None
            return {
                "B3-Lmu": one.delta_chi2, "S3": leptoquark(likelihood).delta_chi2,
                "m_X/g_X": one.ratio, "t23": one.values["t23"],
                "DeltaM_s": one.ratios["DeltaM_s"],
            }  # fmt: skip

        return self.keep(("Z'", data), make)

    def chi2_of_tails(self, data: str) -> dict[str, float]:
        """Return chi2 of the Drell-Yan tails, relative to the SM, at two best fits.

        ``S1``: S1 alone; ``both``: the paper's plane.
        """

        def make() -> dict[str, float]:
            from muoquark.matching.match import match
            from muoquark.model.card_file import parse_card

            alone = match(parse_card(_S1_CARD).point(self.s1_alone(data)[1].values))
            both = self.matched(self.point(*self.best(data)))
            return {n: -2 * self.tails("", c) for n, c in (("S1", alone), ("both", both))}

        return self.keep(("tails", data), make)

    def parts(self, data: str, points: Any) -> list[dict[str, float]]:
        """Return ln L - ln L_SM of all blocks and groups at points of the plane (n, 2)."""
        objective = self.plane(data)
        values = np.asarray(objective.parts(np.atleast_2d(np.asarray(points, float))))
        return [dict(zip(objective.names, map(float, row), strict=True)) for row in values]

    def predictions(self, data: str, points: Any) -> list[dict[str, float]]:
        """Return the predictions of all observables, by their texts, at points (n, 2)."""
        compiled = self._plane_likelihood(data)
        points = np.atleast_2d(np.asarray(points, float))
        full = np.column_stack([points, np.full(len(points), -1.0)])
        names = [o.text for o in self.likelihood(data).observables]
        return [
            dict(zip(names, map(float, row), strict=True)) for row in compiled.predictions(full)
        ]

    def evaluate(self, data: str, coefficients: Any) -> Any:
        """Return the likelihood of a set of Wilson coefficients: blocks and predictions."""
        return self.likelihood(data)(coefficients)

    def measured(self, data: str) -> dict[str, tuple[float, float, float]]:
        """Return SM prediction, measurement and uncertainty of every observable."""
        from muoquark.likelihood.predictions import uncertainties

        likelihood = self.likelihood(data)
        value, error = uncertainties(likelihood)
        names = [o.text for o in likelihood.observables]
        columns = zip(likelihood.sm, value, error, strict=True)
        return {
            name: (float(a), float(b), float(c))
            for name, (a, b, c) in zip(names, columns, strict=True)
        }

    def theory_share(self, data: str) -> dict[str, float]:
        """Return the median share of theory in the variance of the groups that have theory errors.

        Zero where the likelihood neglects them.
        """
        likelihood = self.likelihood(data)
        measurements = likelihood.data
        variance = np.zeros(len(likelihood.observables))
        for block, matrix in measurements.theory.items():
            variance[list(measurements.blocks[block])] = np.diag(np.asarray(matrix))
        total = np.array([error**2 for _, _, error in self.measured(data).values()])
        share = variance / total
        return {
            name: float(np.median(share[list(members)]))
            for name, members in likelihood.groups.items()
            if name in ("R_K(*)", "Bs->mumu", "b->smumu BR", "b->smumu angular")
        }

    def tension(self, data: str, observable: str) -> float | None:
        """Return how many standard deviations the SM is off in one observable, signed.

        sqrt(2 (max ln L - ln L_SM)) of the measurements of this observable alone; in a block with
        theory errors the difference over the combined error.  None if it was not measured.
        """
        from muoquark.likelihood.constraint import marginal
        from muoquark.likelihood.terms import Terms

        likelihood = self.likelihood(data)
        names = [o.text for o in likelihood.observables]
        if observable not in names:
            return None
        k = names.index(observable)
        sm, value, error = self.measured(data)[observable]
        if self.blocks_of(data)[observable] in likelihood.data.theory:
            return (value - sm) / error
        own = Terms.alone_each(marginal(likelihood.data.constraints, [k], "own"))
        x = np.append(np.linspace(value - 4 * error, value + 4 * error, 4001), sm)
        predictions = np.tile(likelihood.sm, (len(x), 1))
        predictions[:, k] = x
        curve = np.asarray(own.log_likelihood(predictions, np)).sum(axis=-1)
        sigma = float(np.sqrt(2 * max(curve.max() - curve[-1], 0.0)))
        return sigma if x[int(np.argmax(curve))] > sm else -sigma

    def blocks_of(self, data: str) -> dict[str, str]:
        """Return the block of every observable."""
        likelihood = self.likelihood(data)
        names = [o.text for o in likelihood.observables]
        return {names[k]: b for b, ks in likelihood.data.blocks.items() for k in ks}

    def currents(self, data: str, names: Sequence[str], size: float, steps: int = 81) -> Any:
        """Scan single Wilson coefficients at 3 TeV between -size and size (GeV^-2).

        Returns the scan (steps,), and for each coefficient the array (steps, parts) of
        ln L - ln L_SM of all blocks and groups.
        """
        likelihood = self.likelihood(data)
        forward = likelihood.forward(MASS, tuple(f"{n}:Re" for n in names))
        x = np.linspace(-size, size, steps)
        return x, {
            name: forward.evaluate(x[:, None] * np.eye(len(names))[k]).parts
            for k, name in enumerate(names)
        }

    def part_names(self, data: str) -> tuple[str, ...]:
        """Return the names of blocks and groups, as :meth:`currents` orders them."""
        likelihood = self.likelihood(data)
        return (*likelihood.blocks, *likelihood.groups)

    def robustness(self, data: str) -> Robustness:
        """Return what varying the order-one coefficients does, see ``muoquark robustness``."""

        def make() -> Robustness:
            from muoquark.paper.robustness.robustness import robustness

            return robustness(
                self.likelihood(data), DRAWS, self.seed, verdict_only=True,
                progress=lambda text: self.progress(f"{data}, order-one coefficients: {text}"),
            )  # fmt: skip

        return self.keep(("robustness", data), make)

    # ------------------------------------------------------------------ theory

    def theory(self, data: str) -> TheoryAnalysis:
        """Return the theory side of the best fit, with a search for stabilising quartics."""

        def make() -> TheoryAnalysis:
            from muoquark.theory.analysis import analyse

            self.progress(f"{data}: flow to the Planck scale")
            return analyse(self.point(*self.best(data)), loops=2, search=6, seed=self.seed)

        return self.keep(("theory", data), make)

    def gauge_bounds(self, data: str) -> dict[str, float]:
        """Return the largest g_X(3 TeV) at the best fit: ``pole`` and ``unitarity``.

        ``pole``: no pole and no coupling above 4 pi below the Planck scale at two loops;
        ``unitarity``: no two-particle partial wave above 1/2 either.  Other quartics start at zero.
        """
        from scipy.optimize import bisect

        from muoquark.theory.flow import run
        from muoquark.theory.inputs import couplings_at_matching

        def lost(g: float, unitarity: bool) -> float:
            start = couplings_at_matching(self.point(*self.best(data), gX=g))
            flow = run(start, MASS, n_points=25, check_unitarity=unitarity)
            broken = flow.pole or flow.nonperturbative or (unitarity and flow.nonunitary)
            return 1.0 if broken else -1.0

        def make() -> dict[str, float]:
            self.progress(f"{data}: largest g_X")
            return {
                name: float(bisect(lost, 0.1, 0.2, args=(unitarity,), xtol=5e-4))
                for name, unitarity in (("pole", False), ("unitarity", True))
            }

        return self.keep(("gauge", data), make)
