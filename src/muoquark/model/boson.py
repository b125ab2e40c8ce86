r"""The boson of U(1)_X and the scalar that breaks it, at a point.

.. math:: \mathcal L = -\tfrac14 X^2 + \tfrac{\epsilon}{2} B_{\mu\nu}X^{\mu\nu}
          + \tfrac12 m_X^2 X^2 - g_X X\cdot J_X, \qquad m_X = \sqrt2\,|X_\Phi|\, g_X v_\Phi

with :math:`D = \partial + i g' Y B + i g_X X X_\mu`, :math:`v_\Phi = \langle\Phi\rangle`, and the
radial mode of mass :math:`m_\phi^2 = 4\lambda_P v_\Phi^2` in
:math:`V \supset \lambda_P|\Phi|^4 + \lambda_{HP}|H|^2|\Phi|^2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import pi, sqrt
from typing import Any

from muoquark.common.arrays import namespace
from muoquark.common.errors import InputError
from muoquark.model.fields import Gauge, Model

__all__ = [
    "LIGHTEST",
    "MIXING_MAX",
    "NEUTRAL",
    "VEV_KEY",
    "Boson",
    "Breaking",
    "boson_names",
    "boson_of",
    "boson_problems",
    "breaking_of",
    "breaking_problems",
    "charge_of",
    "forbidden_masses",
    "mass_from_vev",
    "phi_charge",
    "vev_of",
    "width_over_mass",
]

#: The names of the boson and of the scalar among heavy fields.
NEUTRAL = ("X", "Phi")
#: The key of a card for the vacuum expectation value of Phi.
VEV_KEY = "vPhi"
#: Smallest mass in GeV of what is integrated out above the weak scale.
LIGHTEST = 500.0
#: Largest |eps|: beyond, mass and couplings of the eigenstate, with 1/sqrt(1 - eps^2), run away.
MIXING_MAX = 0.9
# Of the masses that charges must allow: left, right, sign of X_H in X_left = X_right + sign X_H.
_YUKAWAS = (("u", "q", "u", -1), ("d", "q", "d", 1), ("e", "l", "e", 1))


def boson_names(model: Model) -> Gauge:
    """Return what the boson's numbers are called in a model."""
    return model.gauge or Gauge()


def charge_of(model: Model, name: str) -> tuple[float, ...]:
    """Return the X charges of a field, zero if the model does not have it."""
    for one in model.fields:
        if one.name == name:
            return tuple(float(x) for x in one.X)
    return (0.0,) if name in ("H", "Phi") else (0.0, 0.0, 0.0)


def phi_charge(model: Model) -> float:
    """Return |X| of Phi, zero without it."""
    return abs(charge_of(model, "Phi")[0])


@dataclass(frozen=True)
class Boson:
    """The boson at a point; its numbers are of numpy, or traced by JAX.

    Attributes
    ----------
    model
        Whose charges it couples to.
    coupling, mixing
        gX and eps at the matching scale.
    mass
        m_X of the Lagrangian, in GeV.
    rotations
        From mass eigenstates to the basis of charges, by field; one where there is none.
    """

    model: Model
    coupling: Any
    mixing: Any
    mass: Any
    rotations: Mapping[str, Any] = field(default_factory=dict)

    def charges(self, name: str) -> Any:
        """Return U^dagger diag(X) U of a fermion, (3, 3)."""
        import numpy as np

        X = np.array(charge_of(self.model, name))
        if name not in self.rotations:
            return np.diag(X).astype(complex)
        U = self.rotations[name]
        xp = namespace(U)
        # differences of charges, so that a rotation of equal ones leaves no rounding
        return xp.asarray(X[0] * np.eye(3)) + xp.conj(U).T @ (xp.asarray(X - X[0])[:, None] * U)

    def current(self, name: str, g1: Any) -> Any:
        """Return gX Q of a fermion (3, 3), or of H, a number: gX X + eps g' Y."""
        import numpy as np

        from muoquark.symmetry.content import known_field

        Y = float(known_field(name, (0,) * (1 if name == "H" else 3)).Y)
        if name == "H":
            return self.coupling * charge_of(self.model, "H")[0] + self.mixing * g1 * Y
        return self.coupling * self.charges(name) + self.mixing * g1 * Y * np.eye(3)


@dataclass(frozen=True)
class Breaking:
    """The radial mode of Phi, where it mixes with the Higgs boson.

    Attributes
    ----------
    portal, quartic
        lHP and lP.
    vev
        v_Phi in GeV.
    """

    portal: Any
    quartic: Any
    vev: Any

    @property
    def mass(self) -> Any:
        """m_phi in GeV."""
        return 2 * namespace(self.quartic, self.vev).sqrt(self.quartic) * self.vev


def boson_of(model: Model, gauge: Mapping[str, Any], rotations: Mapping[str, Any]) -> Boson | None:
    """Return the boson of a card's numbers, None where it has no mass and is decoupled.

    Parameters
    ----------
    gauge
        Numbers by the names of the model; ``vPhi`` in the place of the mass.
    rotations
        Matrices by field.
    """
    names = boson_names(model)
    coupling, mixing = (
        namespace(gauge[n]).real(gauge[n]) if n in gauge else 0.0
        for n in (names.coupling, names.mixing)
    )
    if names.mass in gauge:
        mass = namespace(gauge[names.mass]).real(gauge[names.mass])
    elif VEV_KEY in gauge:
        mass = mass_from_vev(model, coupling, namespace(gauge[VEV_KEY]).real(gauge[VEV_KEY]))
    else:
        return None
    return Boson(model, coupling, mixing, mass, rotations)


def breaking_of(model: Model, boson: Boson, quartics: Mapping[str, Any]) -> Breaking:
    """Return the radial mode of Phi; its value follows from m_X and gX."""
    numbers = [quartics.get(name, 0.0) for name in ("lHP", "lP")]
    portal, quartic = (namespace(x).real(x) for x in numbers)
    return Breaking(portal, quartic, boson.mass / (sqrt(2) * phi_charge(model) * boson.coupling))


def forbidden_masses(model: Model) -> list[str]:
    """Return, in words, the fermion masses that the charges forbid."""
    higgs = next((one.X[0] for one in model.fields if one.name == "H"), 0)
    there = {one.name: one for one in model.fields}
    found = []
    for kind, left, right, sign in _YUKAWAS:
        if left not in there or right not in there:
            continue
        one, two = there[left], there[right]
        labels = {"u": "uct", "d": "dsb"}.get(kind) or ("e", "mu", "tau")
        for k, name in enumerate(labels):
            total = -one.X[k] + sign * higgs + two.X[k]
            if total != 0:
                found.append(
                    f"{name} (X of {left} is {one.X[k]}, of {right} {two.X[k]}, of H {higgs}: its "
                    f"Yukawa coupling has charge {total})"
                )
    return found


def width_over_mass(boson: Boson, g1: float) -> float:
    """Return Gamma/m_X of the decays into massless fields of the SM.

    m/(24 pi) for each Weyl fermion of unit coupling, and for H, which has two complex components
    of m/(48 pi).
    """
    import numpy as np

    total = abs(boson.current("H", g1)) ** 2
    for name, copies in (("q", 6), ("u", 3), ("d", 3), ("l", 2), ("e", 1)):
        total += copies * float(np.sum(np.abs(np.asarray(boson.current(name, g1))) ** 2))
    return float(total / (24 * pi) / (1 - boson.mixing**2))


def vev_of(model: Model, coupling: float, mass: float) -> float | None:
    """Return v_Phi in GeV, None if nothing is broken by Phi or gX is zero."""
    charge = phi_charge(model)
    if not charge or not coupling:
        return None
    return mass / (sqrt(2) * charge * coupling)


def mass_from_vev(model: Model, coupling: Any, vev: Any) -> Any:
    """Return m_X = sqrt2 |X_Phi| gX vPhi.

    Raises
    ------
    InputError
        Without a charged Phi.
    """
    charge = phi_charge(model)
    if not charge:
        raise InputError(f"{model.name} has no charged Phi, whose value vPhi would be: give mX")
    return sqrt(2) * charge * coupling * vev


def boson_problems(boson: Boson, g1: float) -> list[str]:
    """Return, in sentences, why a boson cannot be integrated out above the weak scale."""
    names = boson_names(boson.model)
    found = []
    if boson.mass < LIGHTEST:
        found.append(
            f"{names.mass} = {float(boson.mass):.4g} GeV is below {LIGHTEST:g} GeV: the expansion "
            "in v^2/m_X^2, which the matching to the SMEFT is, fails there"
        )
    if abs(boson.mixing) > MIXING_MAX:
        found.append(
            f"|{names.mixing}| = {abs(float(boson.mixing)):.4g} is near 1, where the mass "
            f"m_X/sqrt(1 - eps^2) and the couplings of X run away; allowed: up to {MIXING_MAX:g}"
        )
    elif (width := width_over_mass(boson, g1)) > 1:
        found.append(
            f"the width of X is {width:.3g} times its mass at {names.coupling} = "
            f"{float(boson.coupling):.4g}, {names.mixing} = {float(boson.mixing):.4g}: it is no "
            "particle; take smaller couplings"
        )
    masses = forbidden_masses(boson.model)
    if masses:
        found.append(f"the X charges of {boson.model.name} forbid the mass of {', '.join(masses)}")
    return found


def breaking_problems(breaking: Breaking | None) -> list[str]:
    """Return, in sentences, why the radial mode of Phi cannot be integrated out."""
    if breaking is None:
        return []
    if not breaking.quartic > 0:
        return ["lHP mixes H with Phi, whose mass needs lP above zero"]
    if breaking.mass < LIGHTEST:
        return [
            f"m_phi = 2 sqrt(lP) vPhi = {float(breaking.mass):.4g} GeV is below {LIGHTEST:g} GeV: "
            "the expansion in v^2/m_phi^2, which the matching to the SMEFT is, fails there"
        ]
    return []
