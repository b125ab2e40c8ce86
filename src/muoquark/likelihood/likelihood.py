"""The compiled global likelihood: predictions and ln L of any SMEFT point, without flavio.

A :class:`Likelihood` joins a data snapshot (predictions and pdfs) with the evolution tables of a
chain.  The order of evaluation is that of smelli: the CKM parameters are extracted from four
observables, which depend on the Wilson coefficients, by iterating from the SM; then all
predictions follow, then the pdfs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.document import read_text
from muoquark.common.provenance import hash_of_file
from muoquark.likelihood.ckm_scheme import ckm_step
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.groups import GROUPS, marginal, members
from muoquark.likelihood.measured import shown
from muoquark.likelihood.pdfs import Constraint, Likelihoods, unwhitened
from muoquark.likelihood.positivity import is_rate, negative, presented
from muoquark.likelihood.select import select
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshots import find, load_snapshot
from muoquark.likelihood.user import with_measurements
from muoquark.running.evolution import CHAINS, Evolution, LowSector, Output, tables
from muoquark.running.linear_map import LinearMap
from muoquark.sm.ckm import gamma_from_delta
from muoquark.smeft.wcxf import LARGE, LARGE_LOGARITHM, WilsonCoefficients

__all__ = ["CHAINS", "STATUS", "Likelihood", "PointResult", "with_groups"]

# The bit that is known of a point of the model only, not of coefficients at a scale.
LOGARITHM = 256
# Bits of a point's status; 0 is an ordinary point.
STATUS = {
    1: "a prediction lies outside the support of its pdf, which is continued by a parabola",
    2: "the CKM parameters could not be extracted, the nearest possible ones were taken",
    4: "the CKM parameters lie outside the range in which the running was tabulated",
    8: "ln L - ln L_SM is below -10^4: the point is excluded, the number is not accurate",
    16: "a lepton's mass is shifted by more than 2 %: its dipole is not accurate to 0.5 %",
    32: "beyond the linear regime: the coefficients shift couplings of the SM, and more than 0.5 %"
    " of ln L (and 0.05) may be missing",
    64: "a rate is negative, or one that is divided by, or has its root or logarithm taken, is "
    "below a thousandth of its value in the SM: it is continued from there",
    128: "a lepton's mass is shifted by -90 % or more: the sign of its dipole follows that of the "
    "shifted mass, and near -100 % it is undefined",
    LOGARITHM: LARGE_LOGARITHM,
}
EXCLUDED = -1e4
# Maps of all coefficients take 200 MB each: those of so many scales are kept.
KEPT = 3
MASS_SHIFT = 0.02
MASS_LEFT = 0.1
# The share of ln L - ln L_SM that may be missing, and the number.
SECOND_ORDER, SMALL = 0.005, 0.05


@dataclass(frozen=True)
class PointResult:
    """What the likelihood says of one point.

    Attributes
    ----------
    blocks, groups
        ln L - ln L_SM by name.
    predictions
        In the order of the snapshot's observables, in powers of GeV.
    ckm
        ``Vus``, ``Vub``, ``Vcb`` and ``gamma`` (rad).
    status
        Sentences, empty for an ordinary point.
    """

    blocks: dict[str, float]
    groups: dict[str, float]
    predictions: np.ndarray
    ckm: dict[str, float]
    status: tuple[str, ...]

    @property
    def total(self) -> float:
        """The sum over all blocks."""
        return float(sum(self.blocks.values()))

    def record(self, likelihood: Likelihood) -> dict[str, Any]:
        """Return the numbers as plain data, and which likelihood said them."""
        return {
            "total": self.total,
            "blocks": self.blocks,
            "groups": self.groups,
            "ckm": self.ckm,
            "status": list(self.status),
            "data": likelihood.name,
            "chain": likelihood.chain,
            "exact": False,
            "versions": dict(likelihood.snapshot.metadata["versions"]),
            "user_measurements": list(likelihood.user),
        }


class Likelihood:
    """The global likelihood of a snapshot.

    Parameters
    ----------
    snapshot
        Name of a shipped snapshot (``muoquark data`` lists them), with or without its revision
        (``2021-07.0``; without, the newest), or path of a file.
    chain
        ``full`` or ``smelli``, see :mod:`muoquark.running.evolution`.
    measurements
        File of measurements that are added or take the place of the snapshot's.

    Raises
    ------
    InputError
        For an unknown name or chain, a damaged file or a faulty file of measurements.
    """

    def __init__(
        self,
        snapshot: str | Path = "2026-06",
        chain: str = "full",
        measurements: str | Path | None = None,
    ) -> None:
        self.snapshot: Snapshot = load_snapshot(snapshot)
        self.shipped = find(snapshot)
        self.name = self.shipped.name if self.shipped else str(snapshot)
        self.user: tuple[str, ...] = ()
        self._user_file: str | None = None
        if measurements is not None:
            self._user_file, _ = read_text(measurements)
            self.snapshot, self.user = with_measurements(self.snapshot, measurements)
        self.chain = chain
        self.evolution = Evolution.load(chain)
        self._evaluators: OrderedDict[Any, Evaluator] = OrderedDict()

    def identity(self) -> dict[str, Any]:
        """Return which data these are, for ``muoquark.common.provenance``.

        Snapshot, its revision (None for a file), the SHA-256 of the file as it was read, the
        versions of the stack that it was made from, chain, the SHA-256 of the chain's tables of
        running, and the text of the user's measurements.
        """
        return {
            "snapshot": self.name,
            "revision": self.shipped.revision if self.shipped else None,
            "sha256": self.snapshot.sha256,
            "stack": dict(self.snapshot.metadata["versions"]),
            "chain": self.chain,
            "evolution": hash_of_file(tables(self.chain)),
            "measurements": self._user_file,
            "user_measurements": list(self.user),
        }

    @property
    def forms(self) -> Forms:
        """Predictions as functions of low-scale coefficients."""
        return self.snapshot.forms

    @cached_property
    def pdfs(self) -> Likelihoods:
        """ln L of the blocks, then of the groups, as functions of the predictions."""
        return with_groups(self.snapshot, self.groups)

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """Positions of the observables of each group that the snapshot has."""
        found = {n: members(self.forms.observables, p) for n, p in GROUPS.items()}
        return {name: positions for name, positions in found.items() if positions}

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured values and uncertainties (observables,), see `muoquark.likelihood.measured`."""
        return shown(self.snapshot)

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of the blocks."""
        return tuple(self.snapshot.blocks)

    @cached_property
    def rates(self) -> np.ndarray:
        """Which of the observables are rates, that is never negative, (observables,)."""
        return np.array([is_rate(o) for o in self.forms.observables])

    def evaluator(self, mu_M: float, inputs: Sequence[str] | None = None) -> Evaluator:
        """Return the likelihood as a function of real components at the scale `mu_M` (GeV).

        `inputs` restricts the components, in the naming of ``Evolution.inputs``.  The last few
        that were asked for are kept (:data:`KEPT`), however long a loop over scales is.
        """
        key = (float(mu_M), None if inputs is None else tuple(inputs))
        if key not in self._evaluators:
            while len(self._evaluators) >= KEPT:
                self._evaluators.popitem(last=False)
            self._evaluators[key] = Evaluator(self, *key)
        self._evaluators.move_to_end(key)
        return self._evaluators[key]

    @cached_property
    def sm_predictions(self) -> np.ndarray:
        """The SM's predictions (observables,), in powers of GeV.

        As every point has them, at zero coefficients; no map is needed for that.
        """
        early = ckm_forms(self.forms)
        ckm, _ = iterated_ckm(self.snapshot, early, lambda ckm: np.zeros(len(early.directions)))
        found = np.asarray(self.forms.predict(np.zeros(len(self.forms.directions)), ckm))
        return np.asarray(presented(found, self.rates, self.snapshot.error, np))

    def vector(self, coefficients: WilsonCoefficients) -> np.ndarray:
        """Return the coefficients in the order of ``Evolution.inputs``, in GeV^-2.

        Raises
        ------
        DomainError
            For a scale or a coefficient outside of the tables.
        """
        self.evolution.check_scale(coefficients.scale)
        return self.evolution.vector(coefficients.to_basis("Warsaw").values)

    def __call__(self, coefficients: WilsonCoefficients) -> PointResult:
        """Return blocks, groups and predictions at one set of Wilson coefficients.

        Raises
        ------
        DomainError
            For a scale or a coefficient outside of the tables.
        """
        c = self.vector(coefficients)  # first: what is refused needs no map
        evaluator = self.evaluator(coefficients.scale)
        parts, predictions, ckm, status = evaluator.evaluate(c)
        status = int(status) | LOGARITHM * (coefficients.logarithm > LARGE)
        blocks = dict(zip((*self.blocks, *self.groups), map(float, parts), strict=True))
        return PointResult(
            blocks={name: blocks[name] for name in self.blocks},
            groups={name: blocks[name] for name in self.groups},
            predictions=predictions,
            ckm=dict(zip(("Vus", "Vub", "Vcb", "gamma"), map(float, ckm), strict=True)),
            status=tuple(text for bit, text in STATUS.items() if status & bit),
        )


def with_groups(snapshot: Snapshot, groups: Mapping[str, list[int]]) -> Likelihoods:
    """Return the blocks' likelihoods with each group as one more block."""
    base = snapshot.likelihoods()
    blocks: dict[str, Sequence[int]] = {k: tuple(v) for k, v in snapshot.blocks.items()}
    constraints = constraints_of(snapshot)
    shares = list(base.fast)
    for name, positions in groups.items():
        blocks[name] = tuple(positions)
        constraints += marginal(constraints_of(snapshot), positions, name)
        for observables, white, offset, _ in base.fast:
            here = [k for k, o in enumerate(observables) if o in positions]
            if here:
                mean, covariance = unwhitened(white, offset)
                own = whitened(mean[here], covariance[np.ix_(here, here)])
                shares.append((observables[here], *own, len(blocks) - 1))
    joined = Likelihoods.from_constraints(constraints, blocks, {})
    return replace(joined, fast=tuple(shares))


def constraints_of(snapshot: Snapshot) -> list[Constraint]:
    """Return the constraints outside of the Gaussian blocks."""
    return [c for c in snapshot.constraints if c.block not in snapshot.theory]


def whitened(mean: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return W (n, n), upper triangular, and mean @ W with chi2 = |x @ W - mean @ W|^2."""
    unit = np.sqrt(np.diag(covariance))
    lower = np.linalg.cholesky(covariance / np.outer(unit, unit))
    white = (np.linalg.inv(lower) / unit).T
    return white, mean @ white


def status_bits(
    snapshot: Snapshot,
    pdfs: Likelihoods,
    linear: LinearMap,
    predictions: Any,
    inputs: Any,
    gamma: Any,
    failed: Any,
    continued: Any,
    blocks: Any,
    xp: Any = np,
) -> Any:
    """Return the status of points (bits of :data:`STATUS`), shape (...).

    Parameters
    ----------
    snapshot, pdfs, linear
        The data, the pdfs of blocks and groups, and the map to the low scales.
    predictions, inputs, gamma : array, shape (..., n)
        Predictions, what `linear` acts on, and the CKM parameters with gamma in the fourth place.
    failed, continued : array, shape (...)
        Whether the CKM extraction failed, and whether a rate was negative or continued.
    blocks : array, shape (..., n)
        ln L - ln L_SM of each block.
    xp : module
        ``numpy`` or ``jax.numpy``.
    """
    from muoquark.running import ckm_expansion

    missing = linear.second_order(inputs, xp)
    # What the point does to ln L: terms of either sign may cancel, squares of shifts do not.
    moved = (predictions - xp.asarray(snapshot.sm)) / xp.asarray(snapshot.error)
    size = xp.sum(xp.abs(blocks), axis=-1) + xp.sum(moved**2, axis=-1) / 2
    return (
        1 * pdfs.outside(predictions, xp)
        + 2 * failed
        + 4 * ~ckm_expansion.inside(gamma, xp)
        + 8 * (xp.sum(blocks, axis=-1) < EXCLUDED)
        + 16 * (linear.mass_shift(inputs, xp) > MASS_SHIFT)
        + 32 * ((missing > SECOND_ORDER) & (missing * size > SMALL))
        + 64 * continued
        + 128 * (linear.mass_left(inputs, xp) < MASS_LEFT)
    )


def ckm_forms(forms: Forms) -> Forms:
    """Return the forms of the observables that fix the CKM parameters."""
    return select(forms, [int(k) for k in forms.ckm_inputs])


def iterated_ckm(
    snapshot: Snapshot,
    forms: Forms,
    low_of: Callable[[Any], Any],
    shape: tuple[int, ...] = (),
    xp: Any = np,
) -> tuple[Any, Any]:
    """Extract the CKM parameters, beginning with those of the SM.

    Parameters
    ----------
    forms
        Those of :func:`ckm_forms`.
    low_of
        Function of CKM parameters (..., 4) that returns the low-scale coefficients of `forms`.
    shape
        Leading axes: of the points.

    Returns
    -------
    array, shape (*shape, 4), and bool array, shape `shape`
        The parameters, and whether the extraction failed.
    """
    ckm = xp.zeros((*shape, 4)) + xp.asarray(forms.ckm_centre)
    failed = xp.zeros(shape, dtype=bool)
    for _ in range(int(snapshot.metadata["ckm"]["iterations"])):
        ckm, bad = ckm_step(forms, low_of(ckm), ckm, xp)
        failed = failed | bad
    return ckm, failed


class Evaluator:
    """ln L as a function of the coefficients at one scale; made by `Likelihood.evaluator`."""

    def __init__(self, parent: Likelihood, mu_M: float, inputs: tuple[str, ...] | None) -> None:
        self.parent = parent
        forms = parent.forms
        self.all = forms
        self.ckm_forms = ckm_forms(forms)
        outputs = [Output(LowSector(*d[:4]), f"{d[4]}:{d[5]}") for d in forms.directions]
        early = [Output(LowSector(*d[:4]), f"{d[4]}:{d[5]}") for d in self.ckm_forms.directions]
        self.map: LinearMap = parent.evolution.at(mu_M, outputs, inputs)
        self.ckm_map: LinearMap = parent.evolution.at(mu_M, early, inputs)
        self.inputs = self.map.inputs
        # The SM's own parts, by the same arithmetic, so that the SM is exactly zero.
        zero = np.zeros(len(self.inputs))
        self.raw_sm = np.zeros(len(parent.blocks) + len(parent.groups))
        self.raw_sm = self.parts(zero, np)

    def ckm(self, low_of: Callable[[Any], Any], shape: Any, xp: Any = np) -> tuple[Any, Any]:
        """Iterate the CKM parameters; return them and whether the extraction failed."""
        return iterated_ckm(self.parent.snapshot, self.ckm_forms, low_of, shape, xp)

    def evaluate(self, c: Any, xp: Any = np) -> tuple[Any, Any, Any, Any]:
        """Return parts (..., blocks + groups), predictions, CKM parameters and status bits.

        The predictions are those to be shown, see :mod:`muoquark.likelihood.positivity`.
        """
        c = xp.asarray(c)

        def low(linear: LinearMap) -> Callable[[Any], Any]:
            return lambda ckm: linear.apply(c, self._gamma(ckm, xp), xp)

        ckm, failed = self.ckm(low(self.ckm_map), c.shape[:-1], xp)
        parent = self.parent
        predictions, continued = self.all.evaluate(low(self.map)(ckm), ckm, xp)
        raw = parent.pdfs.log_likelihood(predictions, xp)
        parts = raw - xp.asarray(self.raw_sm)
        blocks = parts[..., : len(parent.blocks)]
        gamma, errors = self._gamma(ckm, xp), (parent.rates, parent.snapshot.error)
        continued = continued | negative(predictions, *errors, xp)
        data, pdfs = parent.snapshot, parent.pdfs
        status = status_bits(
            data, pdfs, self.map, predictions, c, gamma, failed, continued, blocks, xp
        )
        return parts, presented(predictions, *errors, xp), ckm, status

    def parts(self, c: Any, xp: Any = np) -> Any:
        """Return ln L - ln L_SM of all blocks and groups."""
        return self.evaluate(c, xp)[0]

    def _gamma(self, ckm: Any, xp: Any) -> Any:
        """Return CKM parameters with gamma in the fourth place, as the evolution takes them."""
        return gamma_from_delta(ckm, xp) if self.all.ckm_phase == "delta" else ckm
