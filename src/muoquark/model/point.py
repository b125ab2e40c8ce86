"""A point in the parameter space of a model: an immutable value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, pi, sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.model.boson import (
    Boson,
    Breaking,
    boson_problems,
    breaking_of,
    breaking_problems,
    phi_charge,
)
from muoquark.model.fields import Model, built_in_model, generic_model
from muoquark.model.rotation import ROTATED, not_unitary
from muoquark.sm.parameters import SMParameters, override
from muoquark.sm.running import SCALE_MAX, sm_parameters

__all__ = [
    "DEFAULT_MASS",
    "MASS_NAMES",
    "PERTURBATIVE_LIMIT",
    "Point",
    "forbidden_entry",
    "in_basis_of_charges",
]

PERTURBATIVE_LIMIT = sqrt(4 * pi)
#: Of a heavy field that a point or card gives no mass, GeV.
DEFAULT_MASS = 3000.0
#: Symbols of masses and their fields.
MASS_NAMES = {"M1": "S1", "M3": "S3", "M1t": "S1t", "M2": "R2", "M2t": "R2t"}


def _frozen(matrix: Any) -> np.ndarray:
    array = np.array(matrix, dtype=complex)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False, init=False)
class Point:
    """Masses and couplings of the heavy fields of a model.

    Parameters
    ----------
    model
        A model, or the name of a built-in one.  Without it B-3L_mu if its charges allow all
        couplings, else ``generic``, which contains the leptoquarks that have a mass or a coupling.
    masses
        MS-bar masses of the heavy fields in GeV; 3 TeV where none is given.
    couplings
        Complex 3x3 matrices by name, [quark][lepton] in the down-aligned basis, or three numbers,
        which are the muon column; absent means 0.
    mu_M
        Scale in GeV at which all are integrated out, of all couplings here.  None, the default:
        each at its own mass, of which its couplings are MS-bar couplings (terms with several: at
        `common_scale`).
    quartics
        Quartic couplings by name; absent means 0.  The Higgs self-coupling is the SM's ``lam``.
    gX, epsBX
        Gauge coupling of U(1)_X and its kinetic mixing, + (eps/2) B_mn X^mn in L.
    sm
        SM couplings at mu_M that replace those run from the measured inputs; they hold at one
        scale, so that different masses need mu_M with them.
    mX
        Mass of the boson of U(1)_X in the Lagrangian, GeV; None is the decoupling limit of the
        paper.
    rotations
        Of q, u, d, l, e: unitary matrices from mass eigenstates to the basis in which the charges
        are diagonal (:mod:`muoquark.model.rotation`); one where there is none.
    named
        Couplings and masses under their own names: ``Point(eta3L=[0, 0, 0.4], M3=2000.0)``.

    Raises
    ------
    InputError
        For a wrong shape, an unknown name, a number that is not finite, a coupling that the charges
        forbid, a coupling of U(1)_X where there is none, or SM couplings at no one scale.

    Examples
    --------
    >>> point = Point("generic", {"R2": 2000.0}, {"eta2L": [0, 0.1, 0.2]})
    >>> [field.name for field in point.model.heavy], complex(point["eta2L"][2, 1])
    (['R2'], (0.2+0j))
    """

    model: Model
    masses: Mapping[str, float]
    couplings: Mapping[str, np.ndarray]
    mu_M: float | None
    quartics: Mapping[str, float | complex]
    gX: float
    epsBX: float
    sm: Mapping[str, Any]
    mX: float | None
    rotations: Mapping[str, np.ndarray]

    def __init__(
        self,
        model: Model | str | None = None,
        masses: Mapping[str, float] | None = None,
        couplings: Mapping[str, Any] | None = None,
        mu_M: float | None = None,
        quartics: Mapping[str, float | complex] | None = None,
        gX: float = 0.0,
        epsBX: float = 0.0,
        sm: Mapping[str, Any] | None = None,
        mX: float | None = None,
        rotations: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> None:
        heavy = dict(masses or {})
        matrices = dict(couplings or {})
        for name, value in named.items():
            (heavy if name in MASS_NAMES else matrices)[MASS_NAMES.get(name, name)] = value
        matrices = {name: _matrix(name, value) for name, value in matrices.items()}
        found = _model(model, heavy, matrices)
        turned = {name: _frozen(matrix) for name, matrix in (rotations or {}).items()}
        _check_names(found, heavy, matrices, quartics or {}, turned)
        values: dict[str, Any] = {
            "model": found,
            "masses": MappingProxyType(_masses(found, heavy)),
            "couplings": MappingProxyType(
                {name: matrices.get(name, _ZERO) for name in found.heavy_couplings}
            ),
            "mu_M": None if mu_M is None else _positive("mu_M", mu_M),
            "quartics": MappingProxyType(dict(quartics or {})),
            "gX": _finite("gX", gX),
            "epsBX": _finite("epsBX", epsBX),
            "sm": MappingProxyType(
                {
                    name: _frozen(value) if name.startswith("Y") else float(value)
                    for name, value in (sm or {}).items()
                }
            ),
            "mX": None if mX is None else _positive("mX", mX),
            "rotations": MappingProxyType(turned),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not found.gauged and (self.gX or self.epsBX or self.mX):
            raise InputError(f"{found.name} has no U(1)_X: gX and epsBX must be 0")
        _check_boson(self)
        if self.sm and self.mu_M is None and len(set(self.integrated_masses.values())) > 1:
            names = " and ".join(self.integrated_masses)
            raise InputError(
                f"the SM couplings under 'sm' hold at one scale, but {names} of different masses "
                "are integrated out at several: set mu_M"
            )

    def __getattr__(self, name: str) -> Any:
        # couplings and masses by their own names; dunders are looked up by copy and pickle
        if not name.startswith("_"):
            if name in self.couplings:
                return self.couplings[name]
            if MASS_NAMES.get(name) in self.masses:
                return self.masses[MASS_NAMES[name]]
        raise AttributeError(f"this point has no '{name}'")

    def __getitem__(self, name: str) -> Any:
        """Return a coupling, a quartic or a mass by name."""
        for values in (self.couplings, self.masses):
            if name in values:
                return values[name]
        if name in self.model.quartics:
            return self.quartic(name)
        raise KeyError(name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Point):
            return NotImplemented
        scalars = ("mu_M", "gX", "epsBX", "mX", "model", "masses")
        return (
            all(getattr(self, name) == getattr(other, name) for name in scalars)
            and all(np.array_equal(self.couplings[n], other.couplings[n]) for n in self.couplings)
            and {k: v for k, v in self.quartics.items() if v != 0}
            == {k: v for k, v in other.quartics.items() if v != 0}
            and self.sm.keys() == other.sm.keys()
            and all(np.array_equal(self.sm[k], other.sm[k]) for k in self.sm)
            and self.rotations.keys() == other.rotations.keys()
            and all(np.array_equal(self.rotations[k], other.rotations[k]) for k in self.rotations)
        )

    def __reduce__(self) -> Any:
        # mapping proxies cannot be pickled
        return _restored, (
            self.model,
            dict(self.masses),
            {name: matrix for name, matrix in self.couplings.items() if np.any(matrix)},
            self.mu_M,
            dict(self.quartics),
            self.gX,
            self.epsBX,
            dict(self.sm),
            self.mX,
            dict(self.rotations),
        )

    def replace(self, **changes: Any) -> Point:
        """Return the point with other values; couplings and masses by their own names, too."""
        old = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return Point(**{**old, **changes})

    def coupling(self, name: str) -> np.ndarray:
        """Return a coupling's matrix, zero if the model does not have it."""
        return self.couplings.get(name, _ZERO)

    def quartic(self, name: str) -> complex:
        """Return a quartic by name, 0 if the point does not set it."""
        return complex(self.quartics.get(name, 0.0))

    @property
    def boson(self) -> Boson | None:
        """The boson of U(1)_X, None where it is decoupled or couples to nothing."""
        if self.mX is None or not (self.gX or self.epsBX):
            return None
        return Boson(self.model, self.gX, self.epsBX, self.mX, self.rotations)

    @property
    def breaking(self) -> Breaking | None:
        """The radial mode of Phi, None where it does not mix with H or is decoupled."""
        boson = self.boson
        if boson is None or not (self.gX and self.quartics.get("lHP") and phi_charge(self.model)):
            return None
        return breaking_of(self.model, boson, self.quartics)

    @property
    def integrated_masses(self) -> Mapping[str, float]:
        """Masses in GeV of all that is integrated out: the heavy fields, then X and Phi."""
        found = dict(self.masses)
        if self.boson is not None:
            found["X"] = self.boson.mass
        if self.breaking is not None:
            found["Phi"] = float(self.breaking.mass)
        return found

    @property
    def common_scale(self) -> float:
        """mu_M, without it the geometric mean of the masses: for what needs one scale for all.

        Those of the heavy fields of the model; without any that of X.
        """
        if self.mu_M is not None:
            return self.mu_M
        masses = list(self.masses.values()) or [self.mX or DEFAULT_MASS]
        if len(set(masses)) == 1:
            return masses[0]
        return float(np.prod(masses) ** (1 / len(masses)))

    @property
    def sm_parameters(self) -> SMParameters:
        """The SM couplings at `common_scale`, see :meth:`sm_at`."""
        return self.sm_at(self.common_scale)

    def sm_at(self, scale: float) -> SMParameters:
        """The SM couplings at a scale: run from measured inputs, with the point's own on top."""
        return override(sm_parameters(scale), self.sm)

    def is_muoquark(self) -> bool:
        """Whether the heavy fields couple to muons only."""
        return not any(np.any(matrix[:, [0, 2]]) for matrix in self.couplings.values())

    def check_perturbative(self) -> None:
        """Raise :class:`DomainError` if a Yukawa or a quartic is beyond perturbativity."""
        for name, matrix in self.couplings.items():
            largest = float(np.max(np.abs(matrix)))
            if largest > PERTURBATIVE_LIMIT:
                raise DomainError(
                    f"|{name}| = {largest:.3g} is beyond perturbativity "
                    f"(sqrt(4 pi) = {PERTURBATIVE_LIMIT:.3g}): one-loop matching means nothing here"
                )
        for name, value in self.quartics.items():
            if abs(value) > 4 * pi:
                raise DomainError(f"|{name}| = {abs(value):.3g} is beyond perturbativity (4 pi)")


_ZERO = _frozen(np.zeros((3, 3)))


def _restored(*arguments: Any) -> Point:
    return Point(*arguments)


def _matrix(name: str, value: Any) -> np.ndarray:
    from muoquark.model.ansatz import muon_column

    matrix = _frozen(value)
    if matrix.shape == (3,):
        matrix = _frozen(muon_column(matrix))
    if matrix.shape != (3, 3):
        raise InputError(f"{name} has the shape {matrix.shape}, allowed: (3,) or (3, 3)")
    if not np.all(np.isfinite(matrix)):
        raise InputError(f"{name} is not finite")
    return matrix


def _finite(name: str, value: Any) -> float:
    if not isfinite(float(value)):
        raise InputError(f"{name} = {float(value):g} is not a finite number")
    return float(value)


def _positive(name: str, value: Any) -> float:
    if not (isfinite(float(value)) and float(value) > 0):
        raise InputError(f"{name} = {float(value):g} is not a positive finite number")
    return float(value)


def _masses(model: Model, given: Mapping[str, float]) -> dict[str, float]:
    symbols = {field: symbol for symbol, field in MASS_NAMES.items()}
    return {
        field.name: _positive(
            symbols.get(field.name, f"the mass of {field.name}"),
            given.get(field.name, DEFAULT_MASS),
        )
        for field in model.heavy
    }


def _model(
    model: Model | str | None, masses: Iterable[str], couplings: Mapping[str, np.ndarray]
) -> Model:
    """Return the model that is meant; see the parameters of :class:`Point`."""
    if isinstance(model, Model):
        return model
    if model == "generic":
        return generic_model(masses, couplings)
    found = built_in_model(model or "B-3Lmu")
    if model is None:
        strange = set(masses) - {field.name for field in found.heavy}
        strange |= set(couplings) - set(found.heavy_couplings)
        if not strange and not any(forbidden_entry(found, n, c) for n, c in couplings.items()):
            return found
        return generic_model(masses, couplings)
    return found


def in_basis_of_charges(
    model: Model, name: str, matrix: np.ndarray, rotations: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return a coupling of mass eigenstates in the basis in which charges are diagonal."""
    term = model.term_of(name)
    found = np.asarray(matrix)
    for position, axis in enumerate(term.flavour_axes):
        U = rotations.get(term.fields[axis].name)
        if U is None:
            continue
        # psi_charge = U psi_mass; the field, or its conjugate, stands in the term
        turned = U if term.contraction.slots[axis].dagger else U.conj()
        found = np.moveaxis(np.tensordot(turned, found, axes=(1, position)), 0, position)
    return np.where(np.abs(found) > 1e-9 * np.abs(found).max(initial=1e-300), found, 0.0)


def forbidden_entry(
    model: Model,
    name: str,
    matrix: np.ndarray,
    rotations: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> tuple[str, str, Any] | None:
    """Return the first entry of a coupling that the charges forbid: its flavours and X charge."""
    term = model.term_of(name)
    if any(term.fields[axis].name in rotations for axis in term.flavour_axes):
        matrix = in_basis_of_charges(model, name, matrix, rotations)
    allowed = {
        tuple(choice[term.contraction.fermions.index(axis)] for axis in term.flavour_axes)
        for choice in term.contraction.allowed
    }
    for row, column in np.argwhere(np.asarray(matrix) != 0).tolist():
        if (row, column) not in allowed:
            generations = [0] * len(term.fields)
            for axis, generation in zip(term.flavour_axes, (row, column), strict=True):
                generations[axis] = generation
            one, two = (
                term.fields[axis].flavours[generation]
                for axis, generation in zip(term.flavour_axes, (row, column), strict=True)
            )
            return one, two, term.contraction.charge(generations)
    return None


def _check_boson(point: Point) -> None:
    """Raise InputError where the boson cannot be integrated out above the weak scale."""
    if point.boson is None:
        return
    scale = point.boson.mass if point.mu_M is None else point.mu_M
    g1 = point.sm_at(min(max(scale, M_Z), SCALE_MAX)).g1
    for sentence in (*boson_problems(point.boson, g1), *breaking_problems(point.breaking)):
        raise InputError(sentence)


def _check_names(
    model: Model,
    masses: Mapping[str, float],
    couplings: Mapping[str, np.ndarray],
    quartics: Mapping[str, float | complex],
    rotations: Mapping[str, np.ndarray],
) -> None:
    for name, matrix in rotations.items():
        if name not in ROTATED:
            raise InputError(f"there is no rotation of '{name}': {suggest(name, ROTATED)}")
        if not_unitary(matrix):
            raise InputError(f"the rotation of {name} is no unitary 3x3 matrix")
    heavy = [field.name for field in model.heavy]
    for name in masses:
        if name not in heavy:
            raise InputError(f"{model.name} has no heavy field '{name}': {suggest(name, heavy)}")
    for name, matrix in couplings.items():
        if name not in model.heavy_couplings:
            known = list(model.heavy_couplings)
            raise InputError(f"{model.name} has no coupling '{name}': {suggest(name, known)}")
        found = forbidden_entry(model, name, matrix, rotations)
        if found is not None:
            raise InputError(
                f"{name}[{found[0]}][{found[1]}] is forbidden by U(1)_X of {model.name}: the "
                f"charges of {model.term_of(name)} add up to {found[2]}"
            )
    for name, number in quartics.items():
        if name not in model.quartics:
            allowed = ", ".join(model.quartics)
            raise InputError(f"unknown quartic '{name}', allowed: {allowed}")
        if not np.isfinite(number):
            raise InputError(f"the quartic {name} is not finite")
        if model.quartics[name].real and complex(number).imag != 0:
            raise InputError(f"the quartic {name} = {number} must be real")
