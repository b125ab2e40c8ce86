"""The global likelihood: predictions and ln L of any SMEFT point, made of parts, without flavio.

A :class:`Likelihood` joins parts (:mod:`muoquark.likelihood.part`), a data snapshot of flavio among
them mostly, with the evolution tables of a chain.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.document import read_text
from muoquark.common.errors import DomainError
from muoquark.common.provenance import hash_of_file
from muoquark.likelihood.dataset import DataSet, joined
from muoquark.likelihood.fastforms import FastForms
from muoquark.likelihood.forward import (
    LOGARITHM,
    STATUS,
    Channel,
    CkmScheme,
    Extras,
    Forward,
    Judge,
)
from muoquark.likelihood.groups import GROUPS, members
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.overlaps import check_overlaps
from muoquark.likelihood.part import Part, Predictor
from muoquark.likelihood.parts import opened
from muoquark.likelihood.positivity import presented
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
from muoquark.likelihood.user import with_measurements
from muoquark.running import ckm_expansion
from muoquark.running.evolution import CHAINS, Evolution, tables
from muoquark.running.linear_map import LinearMap
from muoquark.running.term_map import TermMap
from muoquark.smeft.mediators import extras_of, split
from muoquark.smeft.wcxf import LARGE, WilsonCoefficients

__all__ = ["CHAINS", "DATA", "STATUS", "Likelihood", "PointResult"]

#: The data of a likelihood for which nothing else is asked.
DATA = ("2026-06",)
# Maps of all coefficients take 200 MB each: those of so many scales are kept.
KEPT = 3


@dataclass(frozen=True)
class PointResult:
    """What the likelihood says of one point.

    Attributes
    ----------
    blocks, groups
        ln L - ln L_SM by name.
    predictions
        In the order of ``Likelihood.observables``, in powers of GeV.
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
            "versions": likelihood.stack,
            "user_measurements": list(likelihood.user),
        }


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
        File of measurements that are added or take the place of those of the parts.

    Attributes
    ----------
    parts
        In the order of `data`.
    user
        Names of the measurements of the file.

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
        measurements: str | Path | None = None,
    ) -> None:
        self.parts: tuple[Part, ...] = opened(data)
        self.user: tuple[str, ...] = ()
        self._user_file: str | None = None
        if measurements is not None:
            self._user_file, _ = read_text(measurements)
            self.parts, self.user = with_measurements(self.parts, measurements)
        check_overlaps(self.parts)
        self.chain = chain
        self.evolution = Evolution.load(chain)
        for part in self.parts:
            part.check(self.evolution)
        self._forwards: OrderedDict[Any, Forward] = OrderedDict()

    @property
    def name(self) -> str:
        """What the data are called: the names of the parts."""
        return " + ".join(part.name for part in self.parts)

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
        }

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
    def groups(self) -> dict[str, list[int]]:
        """Positions of the observables of each group that the data have."""
        found = {n: members(self.observables, p) for n, p in GROUPS.items()}
        return {name: positions for name, positions in found.items() if positions}

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

    def forward(self, mu_M: float, inputs: Sequence[str] | None = None) -> Forward:
        """Return the pass from real components at the scale `mu_M` (GeV) to ln L, for numpy.

        `inputs` restricts the components, in the naming of ``Evolution.inputs``, with
        :attr:`extras` behind them; by default they are all of both.  The last few that were asked
        for are kept (:data:`KEPT`), however long a loop over scales is.
        """
        key = (float(mu_M), None if inputs is None else tuple(inputs))
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

    def _forward(self, mu_M: float, every: tuple[str, ...] | None) -> Forward:
        inputs, extras = None, self.extras
        if every is not None:
            inputs, extras = split(every)
        width = len(self.evolution.inputs if inputs is None else inputs)
        place = {name: width + k for k, name in enumerate(extras)}

        def channel(part: Part) -> Channel:
            linear = self.evolution.at(mu_M, part.targets, inputs)
            own = tuple(name for name in part.extras if name in place)
            if not own:
                return Channel(linear, part.predictor_with(()))
            columns = np.array([place[name] for name in own])
            return Channel(linear, part.predictor_with(own), Extras(columns))

        channels = tuple(channel(part) for part in self.parts)
        scheme = self._scheme
        linear = None
        if scheme is not None:
            linear = self.evolution.at(mu_M, outputs_of(scheme.forms), inputs)
        return Forward(channels, scheme, linear, self.judge, width)

    def compiled(
        self,
        mu_M: float,
        inputs: Sequence[str],
        samples: np.ndarray,
        made: tuple[np.ndarray, np.ndarray] | None = None,
        reverse: bool = False,
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
        """
        full = self.forward(mu_M, inputs)
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
        if scheme is not None and isinstance(ckm_map, LinearMap):
            names = self.snapshot.observables
            positions = [names.index(o) for o in scheme.forms.observables]
            # The CKM inputs are needed to a small fraction of their errors.
            error = 0.05 * np.asarray(self.snapshot.error)[positions]
            reach = sampled_range(ckm_map.apply(samples, gamma), ckm, error, reverse)
            ckm_map = arranged(ckm_map, reach, scheme.forms)
            forms = FastForms.of(specialise(scheme.forms, reach), reverse)
            scheme = replace(scheme, forms=forms, reverse=reverse)
        # Of monomials every one belongs to the maps.
        return Forward(
            tuple(channels), scheme, ckm_map, self.judge, width if made is None else None
        )

    @cached_property
    def _scheme(self) -> CkmScheme | None:
        """How the snapshot fixes the CKM parameters, with plain forms."""
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
        ckm = np.asarray(ckm_expansion.REFERENCE)
        if (scheme := self._scheme) is not None:
            zero = np.zeros(len(scheme.forms.directions))
            ckm, _ = scheme.extracted(lambda given, gamma: given, zero, ())
        found = [
            p.predictor_with(()).evaluate(np.zeros(len(p.targets)), ckm)[0] for p in self.parts
        ]
        return np.concatenate(found)

    @cached_property
    def judge(self) -> Judge:
        """What is made of predictions."""
        raw = self.terms.log_likelihood(self._sm_raw_predictions)
        return Judge(self.data.terms(), self.terms, self.rates, self.sm, self.error, raw)

    @cached_property
    def sm_predictions(self) -> np.ndarray:
        """The SM's predictions (observables,), in powers of GeV, as every point has them."""
        noise = np.nan_to_num(self.error, nan=0.0)
        return np.asarray(presented(self._sm_raw_predictions, self.rates, noise, np))

    def vector(self, coefficients: WilsonCoefficients) -> np.ndarray:
        """Return the coefficients in the order of ``Evolution.inputs``, in GeV^-2, and extras.

        Raises
        ------
        DomainError
            For a scale or a coefficient outside of the tables, or masses that a part refuses.
        """
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
        return [sentence for part in self.parts for sentence in part.remarks(fields)]

    def __call__(self, coefficients: WilsonCoefficients) -> PointResult:
        """Return blocks, groups and predictions at one set of Wilson coefficients.

        Raises
        ------
        DomainError
            For a scale or a coefficient outside of the tables.
        """
        c = self.vector(coefficients)  # first: what is refused needs no map
        parts, predictions, ckm, status = self.forward(coefficients.scale).evaluate(c)
        status = int(status) | LOGARITHM * (coefficients.logarithm > LARGE)
        blocks = dict(zip((*self.blocks, *self.groups), map(float, parts), strict=True))
        return PointResult(
            blocks={name: blocks[name] for name in self.blocks},
            groups={name: blocks[name] for name in self.groups},
            predictions=predictions,
            ckm=dict(zip(("Vus", "Vub", "Vcb", "gamma"), map(float, ckm), strict=True)),
            status=tuple(text for bit, text in STATUS.items() if status & bit),
        )
