r"""Decays of heavy bosons to two fermions, from the terms of a model, at tree level.

A component :math:`\phi` of a multiplet with
:math:`-\mathcal L \supset g\,\psi\chi\,\phi + \text{h.c.}` has

.. math::

    \Gamma = \frac{|g|^2 M}{16\pi}\,(1 - x_1 - x_2)\,\lambda^{1/2}(1, x_1, x_2), \qquad
    \Gamma = \frac{|g|^2 M}{24\pi}\,
        \Bigl(1 - \tfrac{x_1 + x_2}2 - \tfrac{(x_1 - x_2)^2}2\Bigr)\,\lambda^{1/2}

as a scalar and as a vector with :math:`g\,\bar\psi\gamma_\mu\chi\,\phi^\mu`, and
:math:`x_i = m_i^2/M^2`; with one top quark these are :math:`(1-x)^2` and :math:`(1-x)^2(1+x/2)`.
All fermions but the top are massless.  Final states of different chirality then do not interfere;
those of several terms with the same fermions do.  Not here: decays to bosons (through quartics
with one heavy field, or between split components), and the interference of chiralities in a pair
of tops.

Up quarks of a doublet are :math:`q_i = ((V^\dagger u_L)_i, d_i)` with the CKM matrix of the SM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import pi, sqrt
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.model.fields import Model
from muoquark.model.point import Point
from muoquark.model.terms import Term
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS, TODAY
from muoquark.symmetry.content import Field
from muoquark.symmetry.generators import isospin_generators

__all__ = ["Component", "Decays", "components_of", "decays"]

_UP, _DOWN = ("u", "c", "t"), ("d", "s", "b")
_CHARGED, _NEUTRAL = ("e", "mu", "tau"), ("nu", "nu", "nu")
#: What the components of the standard fermions are called, by generation.
NAMES: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("q", 0): _UP, ("q", 1): _DOWN, ("u", 0): _UP, ("d", 0): _DOWN,
    ("l", 0): _NEUTRAL, ("l", 1): _CHARGED, ("e", 0): _CHARGED,
}  # fmt: skip
_QUARKS = (*_UP, *_DOWN)
_NOISE = 1e-12
# A fermion of a final state: field, component, whether it is conjugated.
Leg = tuple[str, int, bool]


@dataclass(frozen=True)
class Component:
    """A component of a heavy multiplet with definite charge.

    Attributes
    ----------
    field
        The multiplet.
    charge
        Electric charge Q = T3 + Y of what the field annihilates.
    """

    field: Field
    charge: Fraction

    @property
    def name(self) -> str:
        """The field and the charge, ``S3(4/3)``."""
        return f"{self.field.name}({self.charge})"

    @property
    def rated(self) -> bool:
        """Whether it is a scalar colour triplet, of which pairs have a known rate."""
        return self.field.scalar and self.field.colour in ("3", "3bar")


@dataclass(frozen=True)
class DecayVertex:
    """What one coupling gives to the decays of a component.

    Attributes
    ----------
    coupling
        Its name.
    conjugated
        Whether the conjugate matrix enters.
    legs
        The fermions, in the order of the matrix's indices.
    numbers
        In front of the matrix, over the colours of both, for one colour of the component.
    """

    coupling: str
    conjugated: bool
    legs: tuple[Leg, Leg]
    numbers: np.ndarray


@dataclass(frozen=True)
class Decays:
    """The decays of one component at a point.

    Attributes
    ----------
    component
        Which one.
    mass
        In GeV.
    partial
        Width in GeV by final state, ``b mu``; neutrinos and chiralities are summed.
    closed
        Final states with a coupling that are heavier than the component.
    """

    component: Component
    mass: float
    partial: Mapping[str, float]
    closed: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """The total width in GeV."""
        return float(sum(self.partial.values()))

    @property
    def branching(self) -> dict[str, float]:
        """Branching ratios, the largest first; empty for a component without decays."""
        total = self.width
        if not total:
            return {}
        order = sorted(self.partial.items(), key=lambda one: -one[1])
        return {channel: width / total for channel, width in order}


def components_of(field: Field) -> tuple[tuple[Component, np.ndarray], ...]:
    """Return the components of a multiplet, the highest charge first, each with its direction.

    The direction e (isospin,) is that of the field's own basis: phi^A = sum_m e^A_m phi_m.
    """
    values, vectors = np.zeros(1), np.ones((1, 1))
    if field.isospin > 1:
        values, vectors = np.linalg.eigh(isospin_generators(field.isospin)[2])
    found = []
    for k in np.argsort(-values):
        t3 = Fraction(round(2 * float(values[k])), 2)
        found.append((Component(field, t3 + field.Y), vectors[:, k]))
    return tuple(found)


def decays(point: Point, masses: Mapping[str, float] | None = None) -> tuple[Decays, ...]:
    """Return the decays of all components of all heavy fields of a point.

    Parameters
    ----------
    masses
        Of components by name, in GeV, where they are not those of their fields.

    Raises
    ------
    DomainError
        For a coupling to fermions that are not those of the SM: a card has no mass for them.

    Examples
    --------
    >>> from muoquark.model.point import Point
    >>> point = Point("generic", {"S1": 2000.0}, {"eta1R": [0, 1.0, 0]})
    >>> [(one.component.name, one.branching) for one in decays(point)]
    [('S1(1/3)', {'c mu': 1.0})]
    """
    table = _vertices(point.model)
    rotation = ckm_matrix(INPUTS.ckm)
    found = []
    for field in point.model.heavy:
        for component, _ in components_of(field):
            mass = (masses or {}).get(component.name, point.masses[field.name])
            found.append(_decays_of(component, mass, point, table[component.name], rotation))
    return tuple(found)


def _decays_of(
    component: Component,
    mass: float,
    point: Point,
    vertices: tuple[DecayVertex, ...],
    rotation: np.ndarray,
) -> Decays:
    amplitudes: dict[tuple[Leg, Leg], np.ndarray] = {}
    for vertex in vertices:
        matrix = point.couplings[vertex.coupling]
        if not np.any(matrix):
            continue
        for name, component_number, _ in vertex.legs:
            if (name, component_number) not in NAMES:
                raise DomainError(
                    f"{vertex.coupling}: {component.field.name} couples to {name}, of which a card "
                    "has no mass: widths are not known; set the coupling to zero"
                )
        matrix = matrix.conj() if vertex.conjugated else matrix
        for axis, leg in enumerate(vertex.legs):
            if leg[:2] == ("q", 0):
                # q = V^dagger u, and its conjugate with the conjugate
                turn = rotation if leg[2] else rotation.conj()
                matrix = np.moveaxis(np.tensordot(turn, matrix, (1, axis)), 0, axis)
        amplitude = np.einsum("ij,xy->ixjy", matrix, vertex.numbers)
        legs = vertex.legs
        if legs[1] < legs[0]:
            legs, amplitude = (legs[1], legs[0]), amplitude.transpose(2, 3, 0, 1)
        amplitudes[legs] = amplitudes[legs] + amplitude if legs in amplitudes else amplitude
    partial: dict[str, float] = {}
    closed: set[str] = set()
    for (one, two), amplitude in amplitudes.items():
        same = one == two
        if same:
            amplitude = amplitude + amplitude.transpose(2, 3, 0, 1)
        squares = np.sum(np.abs(amplitude) ** 2, axis=(1, 3)) * (0.5 if same else 1.0)
        for i, j in np.argwhere(squares > 0).tolist():
            first, second = NAMES[one[:2]][i], NAMES[two[:2]][j]
            channel = _channel(first, second)
            share = _phase_space(component, mass, _mass(first), _mass(second))
            if share > 0:
                partial[channel] = partial.get(channel, 0.0) + share * float(squares[i, j])
            else:
                closed.add(channel)
    return Decays(component, mass, partial, tuple(sorted(closed)))


def _channel(first: str, second: str) -> str:
    """Return the name of a final state: quark before lepton, heavy before light."""
    order = ("t", "b", "c", "s", "d", "u", *_CHARGED[::-1], "nu")
    return " ".join(sorted((first, second), key=order.index))


def _mass(fermion: str) -> float:
    return TODAY.m_t if fermion == "t" else 0.0


def _phase_space(component: Component, mass: float, m1: float, m2: float) -> float:
    """Return Gamma/|g|^2 in GeV, 0 below threshold."""
    if m1 + m2 >= mass:
        return 0.0
    x, y = (m1 / mass) ** 2, (m2 / mass) ** 2
    momentum = sqrt((1 - x - y) ** 2 - 4 * x * y)
    if component.field.spin == "vector":
        return mass / (24 * pi) * momentum * (1 - (x + y) / 2 - (x - y) ** 2 / 2)
    return mass / (16 * pi) * momentum * (1 - x - y)


@lru_cache(maxsize=16)
def _vertices(model: Model) -> Mapping[str, tuple[DecayVertex, ...]]:
    """Return the vertices of the components of all heavy fields, by the components' names."""
    found: dict[str, list[DecayVertex]] = {
        component.name: [] for field in model.heavy for component, _ in components_of(field)
    }
    for term in model.heavy_couplings.values():
        if term.contraction.allowed:
            for name, vertex in _of_term(term):
                found[name].append(vertex)
    return {name: tuple(vertices) for name, vertices in found.items()}


def _of_term(term: Term) -> list[tuple[str, DecayVertex]]:
    contraction = term.contraction
    fields, slots = contraction.fields, contraction.slots
    (axis,) = (k for k, field in enumerate(fields) if not field.fermion)
    first, second = term.flavour_axes
    array = np.moveaxis(contraction.array, (first, second, axis), (0, 1, 2))
    shape: list[int] = []
    for k in (first, second, axis):
        isospin = fields[k].isospin
        shape += [contraction.array.shape[k] // isospin, isospin]
    array = array.reshape(shape)  # colour and isospin of each
    turned = slots[axis].dagger  # then the conjugate term holds the field as it stands
    if turned:
        array = array.conj()
    found = []
    for component, direction in components_of(fields[axis]):
        # one colour of the heavy field is like another
        numbers = np.einsum("xaybA,A->xayb", array[:, :, :, :, 0, :], direction)
        for a in range(shape[1]):
            for b in range(shape[3]):
                part = numbers[:, a, :, b]
                if np.abs(part).max() < _NOISE:
                    continue
                legs: list[Leg] = [
                    (fields[k].name, n, slots[k].dagger != turned)
                    for k, n in ((first, a), (second, b))
                ]
                vertex = DecayVertex(term.coupling, turned, (legs[0], legs[1]), part)
                found.append((component.name, vertex))
    return found


def is_quark(fermion: str) -> bool:
    """Whether a name of a channel is that of a quark."""
    return fermion in _QUARKS


def record(found: Any) -> dict[str, Any]:
    """Return decays of several components as plain data."""
    return {
        "widths": {one.component.name: one.width for one in found},
        "branching": {one.component.name: one.branching for one in found},
    }
