"""The global likelihood: predictions and ln L of any SMEFT point, made of parts, without flavio.

A :class:`Likelihood` joins parts (:mod:`muoquark.likelihood.part`), a data snapshot of flavio among
them mostly, with the evolution tables of a chain.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.document import read_text
from muoquark.common.errors import DomainError
from muoquark.common.provenance import hash_of_file
from muoquark.likelihood.archive import check_month
from muoquark.likelihood.dataset import DataSet, joined
from muoquark.likelihood.fastforms import FastForms
from muoquark.likelihood.forward import (
    LOGARITHM,
    STATUS,
    Channel,
    CkmScheme,
    Extras,
    FixedCkm,
    Forward,
)
from muoquark.likelihood.groups import grouped, read_groups
from muoquark.likelihood.judge import Judge, followed
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.overlaps import check_overlaps
from muoquark.likelihood.part import Part, Predictor
from muoquark.likelihood.parts import opened
from muoquark.likelihood.point_result import PointResult
from muoquark.likelihood.positivity import presented
from muoquark.likelihood.responses.roots import Root
from muoquark.likelihood.select import select
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshot_part import SnapshotPart, outputs_of
from muoquark.likelihood.specialise import (
    CUT,
    MARGIN,
    SampledRange,
    direction_sensitivity,
    sampled_range,
    specialise,
)
from muoquark.likelihood.terms import Terms
from muoquark.likelihood.theory_choice import (
    modes_of,
    read_vcb,
    resolved,
    roots_of,
    with_followed,
    with_vcb,
)
from muoquark.likelihood.user import told_apart, with_measurements
from muoquark.running import ckm_expansion
from muoquark.running.evolution import CHAINS, Evolution, Output, tables
from muoquark.running.linear_map import LinearMap
from muoquark.running.low_input import low_components, low_map, low_vector
from muoquark.running.term_map import TermMap
from muoquark.smeft.mediators import extras_of, split
from muoquark.smeft.wcxf import LARGE, WilsonCoefficients
from muoquark.smeft.wet import LowCoefficients

__all__ = ["CHAINS", "DATA", "STATUS", "Data", "Likelihood", "PointResult", "as_likelihood"]

#: The data of a likelihood for which nothing else is asked.
DATA = ("2026-11",)
# Maps of all coefficients take 200 MB each: those of so many scales are kept.
KEPT = 3
# What is kept of a likelihood and belongs to its choice of theory errors.
OF_ERRORS = (
    "_snapshot_part", "data", "terms", "shown", "error", "roots", "judge", "sm_theory",
    "sm_predictions",
)  # fmt: skip


class Likelihood:
    """The global likelihood of one or several parts.

    Parameters
    ----------
    data
        Parts, or what they are called (:func:`muoquark.likelihood.parts.opened`): the name of a
        shipped snapshot (``muoquark data`` lists them), with its revision (``2021-07.0``) or
        without (the newest), the path of a snapshot, of a POPxf file or of a Python file that
        makes a part; options behind a colon.
    chain
        ``full`` or ``smelli``, see :mod:`muoquark.running.evolution`.
    measurements
        File of measurements that are added or take the place of those of the parts; or names of
        sets of measurements that the snapshot holds beside those that take part by default.
    fix_ckm
        Whether the CKM matrix stays what it is in the SM.  Otherwise it follows from four
        observables at every point, as in smelli (1810.07698, Aebischer:2018iyb).
    groups
        Groups of observables beside those that there are: a file, or name to patterns of
        observables; see :mod:`muoquark.likelihood.groups`.
    theory_errors
        ``point``, ``relative`` or ``sm``, see docs/theory-errors.md; by default what the snapshot
        says.
    vcb
        What is known of V_cb: ``0.0391(5)``, ``drop`` or ``as-is``, the snapshot's own input.
    until
        A month, ``2024-01``: what was measured later is not known.  Predictions stay those of the
        snapshot, but for SM values that its archive knows an older one of (a_mu).

    Attributes
    ----------
    parts
        In the order of `data`.
    user
        Names of the measurements of the file.
    chosen
        Sets of measurements of the snapshot that were asked for.
    groups
        Positions of the observables of each group that the data have.

    Raises
    ------
    InputError
        For an unknown name, option or chain, a damaged file, a faulty file of measurements, parts
        of which the blocks have the same name, or a part without measurements.
    """

    def __init__(
        self,
        data: str | Path | Part | Sequence[str | Path | Part] = DATA,
        chain: str = "full",
        measurements: str | Path | Sequence[str | Path] | None = None,
        *,
        fix_ckm: bool = False,
        groups: str | Path | Mapping[str, Sequence[str]] | None = None,
        until: str | None = None,
        theory_errors: str | None = None,
        vcb: str | None = None,
    ) -> None:
        self.parts: tuple[Part, ...] = opened(data)
        asked = [data] if isinstance(data, str | Path | Part) else data
        self._named = all(isinstance(one, str | Path) for one in asked)
        self.user: tuple[str, ...] = ()
        self.until = until
        self._user_file: str | None = None
        self.chosen, file = told_apart(measurements, self.parts)
        if until is not None:
            check_month(until)
        self.parts = tuple(
            part.at(until, self.chosen if isinstance(part, SnapshotPart) else ())
            for part in self.parts
        )
        if file is not None:
            self._user_file, _ = read_text(file)
            self.parts, self.user = with_measurements(self.parts, file, until, self.chosen)
        check_overlaps(self.parts)
        self.vcb = read_vcb(vcb)
        self.theory_errors = resolved(theory_errors, self._snapshot_part, self.vcb)
        if self.vcb is not None:
            self.parts = tuple(
                with_vcb(part, self.vcb) if isinstance(part, SnapshotPart) else part
                for part in self.parts
            )
        self._measured = self.parts
        self._follow()
        self.chain = chain
        self.fix_ckm = fix_ckm
        self.evolution = Evolution.load(chain)
        for part in self.parts:
            part.check(self.evolution)
        self._own_groups = {} if groups is None else read_groups(groups)
        self.groups = grouped(self.observables, self.blocks, self._own_groups)
        self._forwards: OrderedDict[Any, Forward] = OrderedDict()

    @property
    def name(self) -> str:
        """What the data are called: the names of the parts, and the day."""
        names = " + ".join(part.name for part in self.parts)
        return names if self.until is None else f"{names} until {self.until}"

    def identity(self) -> dict[str, Any]:
        """Return which data these are, for ``muoquark.common.provenance``.

        Of the snapshot its name, revision (None for a file), the SHA-256 of the file as it was read
        and the versions of the stack that it was made from; the identities of all parts; chain, the
        SHA-256 of the chain's tables of running, and the text of the user's measurements.
        """
        none = dict.fromkeys(("snapshot", "revision", "sha256", "stack"))
        snapshot = self._snapshot_part
        return {
            **(none if snapshot is None else snapshot.identity()),
            "parts": [part.identity() for part in self.parts],
            "chain": self.chain,
            "evolution": hash_of_file(tables(self.chain)),
            "measurements": self._user_file,
            "user_measurements": list(self.user),
            **({"chosen": list(self.chosen)} if self.chosen else {}),
            **({"until": self.until} if self.until else {}),
            **({"fix_ckm": True} if self.fix_ckm else {}),
            **({"groups": self._own_groups} if self._own_groups else {}),
            "theory_errors": self.theory_errors,
            **({"vcb": self.vcb.text} if self.vcb is not None else {}),
        }

    @property
    def told_by_identity(self) -> bool:
        """Whether two likelihoods with the identity of this one are the same, whoever made them.

        So it is for snapshots asked for by their names, and theory errors of the SM.
        """
        ours = all(isinstance(part, SnapshotPart) for part in self.parts)
        return self._named and ours and not self.roots

    @cached_property
    def _snapshot_part(self) -> SnapshotPart | None:
        found = [part for part in self.parts if isinstance(part, SnapshotPart)]
        return found[0] if found else None

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot of flavio among the parts.

        Raises
        ------
        DomainError
            If there is none.
        """
        if self._snapshot_part is None:
            raise DomainError(f"there is no data snapshot among the data {self.name}")
        return self._snapshot_part.snapshot

    @property
    def snapshot_channel(self) -> int:
        """The position of the snapshot of flavio among the parts."""
        snapshot = self.snapshot
        found = [isinstance(p, SnapshotPart) and p.snapshot is snapshot for p in self.parts]
        return found.index(True)

    @property
    def stack(self) -> dict[str, str]:
        """The versions that the snapshot was compiled with; empty without one."""
        part = self._snapshot_part
        return {} if part is None else dict(part.snapshot.metadata["versions"])

    @cached_property
    def data(self) -> DataSet:
        """The measurements of all parts; positions are those of :attr:`observables`."""
        return joined([part.data for part in self.parts])

    @property
    def observables(self) -> tuple[Observable, ...]:
        """The observables of all parts, in the order of the predictions."""
        return self.data.observables

    @property
    def blocks(self) -> tuple[str, ...]:
        """Names of the blocks."""
        return tuple(self.data.blocks)

    @cached_property
    def terms(self) -> Terms:
        """ln L of the blocks, then of the groups, as functions of the predictions."""
        return self.data.terms(self.groups)

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured values and uncertainties (observables,), see `muoquark.likelihood.measured`."""
        value, error = zip(*(part.shown for part in self.parts), strict=True)
        return np.concatenate(value), np.concatenate(error)

    @cached_property
    def rates(self) -> np.ndarray:
        """Which of the observables are rates, that is never negative, (observables,)."""
        return np.concatenate([part.rates for part in self.parts])

    @cached_property
    def sm(self) -> np.ndarray:
        """The SM's predictions as the parts state them, (observables,)."""
        return np.concatenate([part.sm for part in self.parts])

    @cached_property
    def error(self) -> np.ndarray:
        """Uncertainties of all observables, with which effects are compared, (observables,)."""
        return np.concatenate([part.error for part in self.parts])

    def forward(
        self, mu_M: float, inputs: Sequence[str] | None = None, eft: str = "SMEFT"
    ) -> Forward:
        """Return the pass from real components at the scale `mu_M` (GeV) to ln L, for numpy.

        `inputs` restricts the components, in the naming of ``Evolution.inputs``, with
        :attr:`extras` behind them; by default they are all of both.  For another EFT than the SMEFT
        the naming is that of :func:`~muoquark.running.low_input.low_components`, and there are no
        extras.  The last few that were asked for are kept (:data:`KEPT`), however long a loop over
        scales is.
        """
        key = (float(mu_M), None if inputs is None else tuple(inputs), eft)
        if key not in self._forwards:
            while len(self._forwards) >= KEPT:
                self._forwards.popitem(last=False)
            self._forwards[key] = self._forward(*key)
        self._forwards.move_to_end(key)
        return self._forwards[key]

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """What of a model its parts can use beside coefficients (:attr:`Part.extras`)."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.extras))

    def _forward(self, mu_M: float, every: tuple[str, ...] | None, eft: str) -> Forward:
        inputs: tuple[str, ...] | None = None
        extras = self.extras if eft == "SMEFT" else ()
        if every is not None:
            inputs, extras = split(every)
        if inputs is not None:
            width = len(inputs)
        elif eft == "SMEFT":
            width = len(self.evolution.inputs)
        else:
            width = len(low_components(self.evolution, eft, mu_M))
        place = {name: width + k for k, name in enumerate(extras)}

        def led_to(outputs: Sequence[Output]) -> LinearMap:
            if eft == "SMEFT":
                return self.evolution.at(mu_M, outputs, inputs)
            return low_map(self.evolution, eft, mu_M, outputs, inputs)

        def channel(part: Part) -> Channel:
            linear = led_to(part.targets)
            own = tuple(name for name in part.extras if name in place)
            if not own:
                return Channel(linear, part.predictor_with(()))
            columns = np.array([place[name] for name in own])
            return Channel(linear, part.predictor_with(own), Extras(columns))

        channels = tuple(channel(part) for part in self.parts)
        scheme, linear = self._scheme, None
        if isinstance(scheme, CkmScheme):
            linear = led_to(outputs_of(scheme.forms))
        return Forward(channels, scheme, linear, self.judge, width)

    def compiled(
        self,
        mu_M: float,
        inputs: Sequence[str],
        samples: np.ndarray,
        made: tuple[np.ndarray, np.ndarray] | None = None,
        reverse: bool = False,
        eft: str = "SMEFT",
    ) -> Forward:
        """Return the pass for JAX, without what cannot matter within the reach of sampled points.

        Parameters
        ----------
        inputs
            The components that vary, in the naming of ``Evolution.inputs``, and extras behind.
        samples
            Their values at points that span what is to be evaluated, (points, inputs).
        made
            Weights (inputs, monomials), and the largest that each monomial becomes, (monomials,):
            the pass takes monomials m, with coefficients ``weights @ m``.  Otherwise it takes the
            coefficients.
        reverse
            Whether it is differentiated in reverse mode, and never in forward mode: gradients in
            many directions are faster then.
        eft
            Of the inputs, see :meth:`forward`.
        """
        full = self.forward(mu_M, inputs, eft)
        ckm, gamma, _ = full.ckm(samples, np)
        every, width = samples, full.width
        samples = samples[:, :width]
        size = MARGIN * np.abs(samples).max(axis=0)
        whole, made = made, None if made is None else (made[0][:width], made[1])

        def arranged(linear: LinearMap, reach: SampledRange, predictor: Predictor) -> TermMap:
            sensitivity = direction_sensitivity(predictor, reach)
            return TermMap.of(linear, size, sensitivity, CUT, made, reverse)

        channels = []
        for part, one in zip(self.parts, full.channels, strict=True):
            assert isinstance(one.map, LinearMap)
            # What was not measured needs no accuracy.
            error = np.where(np.isfinite(part.error), part.error, np.inf)
            low, extras = one.map.apply(samples, gamma), one.extras
            at: tuple[int, ...] = ()
            if extras is not None and extras.columns is not None:
                low = np.concatenate([low, extras.of(every)], axis=-1)
                at = tuple(part.extras.index(inputs[k]) for k in extras.columns)
                if whole is not None:
                    extras = Extras(weights=whole[0][extras.columns])
            reach = replace(sampled_range(low, ckm, error, reverse), extras=at)
            small = arranged(one.map, reach, one.predictor)
            channels.append(Channel(small, part.compiled(reach), extras))
        scheme, ckm_map = full.scheme, full.ckm_map
        if isinstance(scheme, CkmScheme) and isinstance(ckm_map, LinearMap):
            names = self.snapshot.observables
            positions = [names.index(o) for o in scheme.forms.observables]
            # The CKM inputs are needed to a small fraction of their errors.
            error = 0.05 * np.asarray(self.snapshot.error)[positions]
            reach = sampled_range(ckm_map.apply(samples, gamma), ckm, error, reverse)
            ckm_map = arranged(ckm_map, reach, scheme.forms)
            forms = FastForms.of(specialise(scheme.forms, reach), reverse)
            scheme = replace(scheme, forms=forms, reverse=reverse)
        judge = self.judge
        if judge.followed:
            one = full.channels[judge.channel]
            low = np.array([full.low(one, point) for point in every])
            predicted = np.array([full.predicted(point) for point in every])
            reach = sampled_range(low, ckm, self.parts[judge.channel].error, reverse)
            judge = judge.reduced(low, ckm, predicted, reach)
        # Of monomials every one belongs to the maps.
        judge = judge.arranged(self._sm_raw_predictions, reverse)
        return Forward(tuple(channels), scheme, ckm_map, judge, width if made is None else None)

    @cached_property
    def _scheme(self) -> CkmScheme | FixedCkm | None:
        """How the CKM parameters follow, with plain forms."""
        scheme = self._extraction
        if scheme is None or not self.fix_ckm:
            return scheme
        ckm = _of_sm(scheme)
        return FixedCkm(ckm, scheme.gamma(ckm))

    @cached_property
    def _extraction(self) -> CkmScheme | None:
        """How the snapshot extracts the CKM parameters, with plain forms."""
        part = self._snapshot_part
        if part is None:
            return None
        whole = part.snapshot.forms
        return CkmScheme(
            forms=select(whole, [int(k) for k in whole.ckm_inputs]),
            centre=np.asarray(whole.ckm_centre),
            delta=whole.ckm_phase == "delta",
            iterations=int(part.snapshot.metadata["ckm"]["iterations"]),
        )

    @cached_property
    def _sm_raw_predictions(self) -> np.ndarray:
        """The SM's predictions by the arithmetic of every point; no map is needed for that."""
        ckm = self._sm_ckm
        found = [
            p.predictor_with(()).evaluate(np.zeros(len(p.targets)), ckm)[0] for p in self.parts
        ]
        return np.concatenate(found)

    @cached_property
    def roots(self) -> dict[str, Root]:
        """Of the theory covariances that follow the point, by block; none for errors of the SM."""
        return roots_of(self.theory_errors, self._snapshot_part, self.vcb)

    @property
    def theory_modes(self) -> tuple[str, ...]:
        """The choices of theory errors that these data have, see docs/theory-errors.md."""
        return modes_of(self._snapshot_part, self.vcb)

    def _follow(self) -> None:
        """Take the measurements as the choice of theory errors has them."""
        self.parts = tuple(
            with_followed(self.theory_errors, part) if isinstance(part, SnapshotPart) else part
            for part in self._measured
        )
        for name in OF_ERRORS:
            self.__dict__.pop(name, None)

    def with_theory_errors(self, mode: str) -> Likelihood:
        """Return the same data with another choice of theory errors.

        Raises
        ------
        InputError
            For one that is not among :attr:`theory_modes`.

        Examples
        --------
        >>> likelihood = Likelihood("2026-06")
        >>> likelihood.theory_errors, likelihood.with_theory_errors("point").theory_errors
        ('sm', 'point')
        """
        if mode == self.theory_errors:
            return self
        other = copy(self)
        other.theory_errors = resolved(mode, self._snapshot_part, self.vcb)
        other._forwards = OrderedDict()
        other._follow()
        return other

    @cached_property
    def judge(self) -> Judge:
        """What is made of predictions."""
        return self.judge_of(self.groups, self.terms if not self.roots else None)

    def judge_of(self, groups: Mapping[str, Sequence[int]], terms: Terms | None = None) -> Judge:
        """Return what is made of predictions with other groups: positions of observables by name.

        `terms` are those of blocks and groups, if they are there.
        """
        if not self.roots:
            terms = self.data.terms(groups) if terms is None else terms
            raw = terms.log_likelihood(self._sm_raw_predictions)
            return Judge(self.data.terms(), terms, self.rates, self.sm, self.error, raw)
        judge = Judge(
            Terms.of(self.data, {}, tuple(self.roots)),
            Terms.of(self.data, groups, tuple(self.roots)),
            self.rates,
            self.sm,
            self.error,
            np.zeros(len(self.blocks) + len(groups)),
            self.roots,
            followed(self.data, groups, self.roots),
            self.snapshot_channel,
        )
        return judge.with_sm(self._sm_low, self._sm_ckm, self._sm_raw_predictions)

    def sm_response(self, block: str) -> np.ndarray:
        """Return J of a block (m, K) in the SM, of which the theory errors follow the point."""
        own = self._sm_low, self._sm_ckm, self._sm_raw_predictions
        return self.judge.response(block, *own)

    @cached_property
    def sm_theory(self) -> Mapping[str, np.ndarray]:
        """Theory covariances of the SM, by block, as the likelihood has them."""
        if not self.roots:
            return self.data.theory
        return {
            **self.data.theory,
            **self.judge.theory(self._sm_low, self._sm_ckm, self._sm_raw_predictions),
        }

    @cached_property
    def _sm_low(self) -> np.ndarray:
        return np.zeros(len(self.snapshot.forms.directions))

    @cached_property
    def _sm_ckm(self) -> np.ndarray:
        """The CKM parameters of the SM, (4,)."""
        if self._extraction is None:
            return np.asarray(ckm_expansion.REFERENCE)
        return _of_sm(self._extraction)

    @cached_property
    def sm_predictions(self) -> np.ndarray:
        """The SM's predictions (observables,), in powers of GeV, as every point has them."""
        noise = np.nan_to_num(self.error, nan=0.0)
        return np.asarray(presented(self._sm_raw_predictions, self.rates, noise, np))

    def vector(self, coefficients: WilsonCoefficients | LowCoefficients) -> np.ndarray:
        """Return the coefficients in the order of ``Evolution.inputs``, in GeV^-2, and extras.

        Those of the weak effective theory in the order of ``low_components``.

        Raises
        ------
        DomainError
            For a scale or a coefficient outside of the tables, or masses that a part refuses.
        """
        if isinstance(coefficients, LowCoefficients):
            eft, scale = coefficients.eft, coefficients.scale
            return low_vector(self.evolution, eft, scale, coefficients.values)
        self.evolution.check_scale(coefficients.scale)
        found = self.evolution.vector(coefficients.to_basis("Warsaw").values)
        self.check_mediators({m.field: m.mass for m in coefficients.mediators if m.tree})
        if not self.extras:
            return found
        return np.concatenate([found, extras_of(coefficients.mediators, self.extras)])

    def check_mediators(self, masses: Mapping[str, float]) -> None:
        """Check that all parts can speak about heavy fields of these masses in GeV, by field.

        Raises
        ------
        DomainError
            If one cannot.
        """
        for part in self.parts:
            part.check_mediators(masses)

    def remarks(self, fields: Sequence[str]) -> list[str]:
        """Return what is to be said about the parts for a model with these heavy fields."""
        said = [sentence for part in self.parts for sentence in part.remarks(fields)]
        return [*said, *([] if self.until is None else [self._as_of()])]

    def _as_of(self) -> str:
        """Return what is to be said about data of an earlier day."""
        moved = [
            f"{one.observable} ({one.inspire})"
            for part in self.parts
            if isinstance(part, SnapshotPart) and part.snapshot.archive is not None
            for one in part.snapshot.archive.inputs(self.until)
        ]
        but = f", but for the SM's {', '.join(moved)}" if moved else ""
        return (
            f"measurements as known in {self.until}; predictions and theory errors are today's{but}"
        )

    def __call__(self, coefficients: WilsonCoefficients | LowCoefficients) -> PointResult:
        """Return blocks, groups and predictions at one set of Wilson coefficients.

        Raises
        ------
        DomainError
            For a scale or a coefficient outside of the tables.
        """
        c = self.vector(coefficients)  # first: what is refused needs no map
        forward = self.forward(coefficients.scale, eft=coefficients.eft)
        parts, predictions, ckm, status = forward.evaluate(c)
        status = int(status) | LOGARITHM * (coefficients.logarithm > LARGE)
        blocks = dict(zip((*self.blocks, *self.groups), map(float, parts), strict=True))
        return PointResult(
            blocks={name: blocks[name] for name in self.blocks},
            groups={name: blocks[name] for name in self.groups},
            predictions=predictions,
            ckm=dict(zip(("Vus", "Vub", "Vcb", "gamma"), map(float, ckm), strict=True)),
            status=tuple(text for bit, text in STATUS.items() if status & bit),
            theory=forward.theory(c),
        )


#: What :func:`as_likelihood` takes.
Data = Likelihood | str | Path | Part | Sequence[str | Path | Part]


def as_likelihood(data: Data) -> Likelihood:
    """Return a likelihood for itself, or for the data that it is made of."""
    return data if isinstance(data, Likelihood) else Likelihood(data)


def _of_sm(scheme: CkmScheme) -> np.ndarray:
    """Return the CKM parameters (4,) that are extracted without new physics."""
    zero = np.zeros(len(scheme.forms.directions))
    ckm, _ = scheme.extracted(lambda given, gamma: given, zero, ())
    return np.asarray(ckm)
