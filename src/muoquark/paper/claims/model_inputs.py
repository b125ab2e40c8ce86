"""What claims about the model are computed from: charges, couplings, matching; no snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from muoquark.model.ansatz import spurion
from muoquark.model.card import factors
from muoquark.model.fields import Model, built_in_model
from muoquark.model.point import Point
from muoquark.paper.claims.limits import Limits, read_limits
from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.content import Field, with_charges

if TYPE_CHECKING:
    from muoquark.theory.dipoles import DipoleScale

__all__ = ["MASS", "ModelInputs"]

T = TypeVar("T")

#: The benchmark mass of section 2.4, GeV.
MASS = 3000.0


class ModelInputs:
    """Inputs of the claims about the model, computed when they are first asked for."""

    def __init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """Return what `make` returns, from the second time on without calling it."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    @property
    def model(self) -> Model:
        """The B-3L_mu model of Table 1."""
        return built_in_model("B-3Lmu")

    #: Number of spurions V_q in the check of the flavour ansatz: one is minimal.
    spurions = 1

    @property
    def unprotected(self) -> Model:
        """S1 and S3 without U(1)_X."""
        return built_in_model("generic")

    def content(self, leptoquark: str) -> tuple[Field, ...]:
        """Return the fields of the Standard Model and one leptoquark, without U(1)_X."""
        names = ("q", "u", "d", "l", "e", "H", leptoquark)
        return with_charges(dict.fromkeys(names, 0))

    def protecting(self) -> tuple[Assignment, ...]:
        """Return the anomaly-free charges up to 10 that meet all conditions with S1 and S3."""
        from muoquark.symmetry.conditions import CONDITIONS
        from muoquark.symmetry.ladder import charges

        return tuple(j.assignment for j in charges(10, ("S1", "S3"), CONDITIONS))

    def point(self, eta3: float, product: float, light: float = -1.0, **others: Any) -> Point:
        """Return the point of the paper's plane, both masses 3 TeV."""
        left, right = factors(np.float64(product))
        pair = (light, light)
        return Point(
            M1=MASS,
            M3=MASS,
            mu_M=MASS,
            eta3L=eta3 * spurion("eta3L", pair),
            eta1L=left * spurion("eta1L", pair),
            eta1R=right * spurion("eta1R"),
            **others,
        )

    def up_coupling(self, column: np.ndarray) -> float:
        """Return |sum_i eta_i V_ui^*| for a column (3,): the coupling of the up quark."""
        from muoquark.sm.ckm import ckm_matrix
        from muoquark.sm.inputs import INPUTS

        return float(abs((column * ckm_matrix(INPUTS.ckm)[0].conj()).sum()))

    def oscillations(self, ordering: str = "NO") -> Any:
        """Return the measured oscillation parameters for a mass ordering."""
        from muoquark.neutrino.oscillations import global_fit

        return global_fit(ordering)

    def seesaw(self) -> Any:
        """Return an example of the neutrino sector of eq. (3) with the measured parameters."""
        from muoquark.neutrino.seesaw import example_seesaw

        return example_seesaw(self.oscillations(), 0.0025)

    def yukawas(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the SM's Yukawa matrices Y_u, Y_d at 3 TeV, down-aligned."""
        from muoquark.sm.running import sm_parameters

        sm = sm_parameters(MASS)
        return np.asarray(sm.Yu), np.asarray(sm.Yd)

    def tails(self, options: str, coefficients: Any) -> float:
        """Return ln L - ln L_SM of the Drell-Yan tails, with options as of ``--data highpt``."""
        from muoquark.likelihood.likelihood import Likelihood

        name = f"highpt:{options}" if options else "highpt"
        likelihood = self.keep(("tails", options), lambda: Likelihood(name))
        return float(likelihood(coefficients).total)

    def matched(self, point: Point, order: str = "loop") -> Any:
        """Return the Wilson coefficients of a point."""
        from muoquark.matching.match import match

        return match(point, order)

    def yukawa_shift(self, point: Point, mu: float) -> float:
        """Return eq. (4) over y_mu (real part), SMEFT minus UV theory, at mu_M = `mu`.

        The part of the complete matching that needs both chiralities: the field normalisation is
        proportional to y_mu itself and compensates nothing.
        """
        from muoquark.theory.naturalness import at_scale

        zero = np.zeros(3)
        there = at_scale(point, mu)
        points = (there, there.replace(eta1R=zero), there.replace(eta1L=zero))
        shift = [np.asarray(self.matched(p).shifts["Ye"])[1, 1] for p in points]
        return float(((shift[0] - shift[1] - shift[2]) / there.sm_parameters.Ye[1, 1]).real)

    def dipole_below(self, point: Point) -> complex:
        """Return C7_mumu at 1 GeV (WCxf flavio): Delta a_mu is a number times its real part.

        Chain ``full``: running and matching down to the scale at which a_mu is measured.
        """
        from muoquark.running.evolution import Evolution, LowSector, Output

        def make() -> Any:
            evolution = Evolution.load("full")
            where = LowSector("WET-3", "flavio", "dF=0", 1.0)
            outputs = [Output(where, f"C7_mumu:{part}") for part in ("Re", "Im")]
            return evolution, evolution.at(MASS, outputs)

        evolution, linear = self.keep("dipole below", make)
        found = self.matched(point)
        re, im = linear.apply(evolution.vector(found.values), self._ckm())
        return complex(re, im)

    def _ckm(self) -> np.ndarray:
        from muoquark.sm.inputs import INPUTS

        ckm = INPUTS.ckm
        return np.array([ckm.Vus, ckm.Vub, ckm.Vcb, ckm.gamma])

    def judged_charges(self) -> tuple[Any, ...]:
        """Return all anomaly-free charges up to 10 with the conditions that they meet with S3."""
        from muoquark.symmetry.ladder import charges

        return self.keep("charges", lambda: charges(10, ("S3",)))

    def limits(self) -> Limits:
        """Return the experimental limits that no snapshot holds, from ``limits.yaml``."""
        return self.keep("limits", read_limits)

    def dipoles(self, year: int | None = None, pair: str | None = None) -> tuple[DipoleScale, ...]:
        """Return the scales of eq. (1), see :func:`muoquark.theory.dipoles.dipoles`."""
        from muoquark.theory.dipoles import dipoles

        return dipoles(year, pair)
