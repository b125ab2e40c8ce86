r"""What the parameters of the Standard Model lose when heavy scalars are integrated out, one loop.

Any theory of scalars: heavy is every scalar but H and Phi, each with its own mass.  Shifts are
those of dimension four and of m_H^2, effective theory minus full theory in MS-bar at a common
scale mu; terms of order m_H^2/M^2 are dropped.  With :math:`L_a = \ln(\mu^2/M_a^2)`, real heavy
scalars :math:`\phi_a` of mass :math:`M_a`, their Yukawa matrices
:math:`\mathcal L = -\tfrac12Y_{aij}\psi_i\psi_j\phi_a + \text{h.c.}` and generators T (couplings
included):

* Gauge couplings.  The vacuum polarisation of a scalar has no constant in MS-bar, and the logarithm
  is that of its part of the beta function (Machacek and Vaughn, Nucl. Phys. B222 (1983) 83):
  :math:`\delta g = -\tfrac{\kappa}{12}\,g\sum_aL_a(T^AT^A)_{aa}` for any one A.
* Higgs potential.  At a constant H the heavy scalars have the masses :math:`M^2 + U(H)`, and the
  potential of Coleman and Weinberg,
  :math:`\tfrac\kappa4\mathrm{Tr}\,\mathcal M^4(\ln\tfrac{\mathcal M^2}{\mu^2} - \tfrac32)`,
  expanded in U at its exact masses (universal one-loop effective action, 1512.03003) is

  .. math::
      \delta V = \frac\kappa2\sum_a f(M_a^2)\,U_{aa}
        + \frac\kappa4\sum_{ab}\frac{f(M_a^2)-f(M_b^2)}{M_a^2-M_b^2}\,|U_{ab}|^2,\qquad
      f(x) = x\Big(\ln\frac x{\mu^2}-1\Big),

  with the derivative of f where masses are equal.  U is quadratic in H, hence the first sum is the
  shift of m_H^2, the second that of the quartic.
* Fermions.  A heavy scalar and a massless fermion give
  :math:`\psi^\dagger(1+Z)\,i\bar\sigma D\psi` with
  :math:`Z = \kappa\sum_a(\tfrac14+\tfrac12L_a)Y_aY_a^*`, and a Higgs boson on the fermion line
  the vertex :math:`\int q^2/(q^4(q^2-M_a^2))`, so that

  .. math::
      \delta Y_H = -\kappa\sum_a(1+L_a)\,Y_aY_H^*Y_a - \tfrac12(ZY_H + Y_HZ^T).

H has no term of normalisation: that would take a trilinear coupling.  A heavy field that mixes with
the light ones would shift parameters at tree level, and have loops of heavy and light scalars; it
is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Int

from muoquark.common.constants import KAPPA
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.model.terms import Term
from muoquark.symmetry.content import Field
from muoquark.symmetry.contractions import Slot
from muoquark.theory.betas import Theory
from muoquark.theory.components import Components, Polynomial, symbol_value
from muoquark.theory.couplings import Couplings
from muoquark.theory.tensors import fermion_slices, real_basis, yukawa_tensor

__all__ = [
    "LIGHT",
    "VertexShift",
    "check_alone",
    "heavy_fields",
    "higgs_background",
    "one_loop_shifts",
    "yukawa_shifts",
]

#: The scalars that stay; all others are heavy.
LIGHT = ("H", "Phi")
# One of the eight gluons, one of the three W: the sum over components is the same for all.
_GENERATORS = {"g1": "Y", "g2": "SU(2) T1", "g3": "SU(3) T1"}


class VertexShift(NamedTuple):
    """The two parts of the shift of a Yukawa matrix.

    Attributes
    ----------
    vertex
        From the Higgs boson between two couplings of the heavy scalar.
    normalisation
        From the fields of the fermions, proportional to the Yukawa matrix itself.
    """

    vertex: Complex[np.ndarray, "n m"]
    normalisation: Complex[np.ndarray, "n m"]


@dataclass(frozen=True)
class _Heavy:
    """Heavy scalars with definite masses.

    Attributes
    ----------
    letters
        Numbers of the complex components and of their conjugates.
    squared
        Masses squared of the real fields, GeV^2.
    basis
        What each letter is in real fields of definite mass.
    """

    letters: Int[np.ndarray, " letters"]
    squared: Float[np.ndarray, " real"]
    basis: Complex[np.ndarray, "letters real"]


def heavy_fields(theory: Theory) -> tuple[str, ...]:
    """Return the scalars that :func:`one_loop_shifts` integrates out.

    Raises
    ------
    DomainError
        For a theory without H.
    """
    names = [part.field.name for part in theory.components.scalars]
    if "H" not in names:
        raise DomainError("the theory has no Higgs field H, whose parameters could shift")
    return tuple(name for name in names if name not in LIGHT)


def one_loop_shifts(theory: Theory, couplings: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """Return the shifts, effective theory minus full theory; see the module's text.

    Parameters
    ----------
    theory
        The theory.
    couplings
        At `scale`, with the masses ``m2_<field>`` = M^2 in GeV^2.
    scale
        Where the scalars are integrated out, GeV.

    Returns
    -------
    dict
        g1, g2, g3, the Yukawa matrices of H that the theory has, lam and m2_H (GeV^2), as the
        theory names them.

    Raises
    ------
    InputError
        For wrong couplings or a scale that is not positive.
    DomainError
        If the masses squared are not all positive, a heavy field mixes with the light ones, or
        there is no H.
    """
    values = _checked(theory, couplings, scale)
    fields = heavy_fields(theory)
    out: dict[str, Any] = dict.fromkeys(_GENERATORS, 0.0)
    out |= {"lam": 0.0, "m2_H": 0.0}
    if fields:
        heavy = _heavy(theory, values, fields)
        out |= _gauge(theory, values, heavy, scale)
        out |= _potential(theory, values, heavy, scale)
    found = yukawa_shifts(theory, values, scale, fields)
    return out | {name: shift.vertex + shift.normalisation for name, shift in found.items()}


def yukawa_shifts(
    theory: Theory, couplings: Mapping[str, Any], scale: float, fields: Iterable[str]
) -> dict[str, VertexShift]:
    """Return the shifts of the Yukawa matrices of H by loops of some heavy fields.

    Arguments and errors are those of :func:`one_loop_shifts`; `fields` are the heavy ones.
    """
    values = _checked(theory, couplings, scale)
    names = tuple(fields)
    unknown = [name for name in names if name not in heavy_fields(theory)]
    if unknown:
        raise InputError(
            f"unknown heavy scalar '{unknown[0]}': {suggest(unknown[0], heavy_fields(theory))}"
        )
    components, space = theory.components, theory.space
    tensor = yukawa_tensor(components, values)
    n = components.n_scalars
    size = tensor.shape[-1]
    around = np.zeros((0, size, size), complex)  # of real fields
    logarithms = np.zeros(0)
    if names:
        heavy = _heavy(theory, values, names)
        around = np.tensordot(heavy.basis.T, tensor[heavy.letters], 1)
        logarithms = np.log(scale**2 / heavy.squared)
    weighted = (1 + logarithms)[:, None, None] * around
    self_energy = np.einsum("a,aij,ajk->ik", 0.25 + 0.5 * logarithms, around, around.conj())
    vertices: dict[int, np.ndarray] = {}
    where = fermion_slices(components)
    higgs = components.scalar("H")
    out: dict[str, VertexShift] = {}
    for entry in {entry.block: entry for entry in reversed(components.yukawas)}.values():
        if not higgs.start <= entry.scalar % n < higgs.start + higgs.size:
            continue
        block = entry.block
        if block.coupling not in out:
            shape = space.yukawas[block.coupling]
            out[block.coupling] = VertexShift(np.zeros(shape, complex), np.zeros(shape, complex))
        if entry.scalar not in vertices:
            # what multiplies z in Y_H^* is the conjugate of what multiplies z^* in Y_H
            inner = tensor[(entry.scalar + n) % (2 * n)].conj()
            vertices[entry.scalar] = np.einsum("aij,ajk->ik", weighted @ inner, around)
        outer = self_energy @ tensor[entry.scalar]
        for target, matrix in (
            (out[block.coupling].vertex, -KAPPA * vertices[entry.scalar]),
            (out[block.coupling].normalisation, -KAPPA / 2 * (outer + outer.T)),
        ):
            part = matrix[where[entry.row], where[entry.column]] / entry.read
            space.place(target, block, part.conj() if entry.conjugated else part)
    return out


def _checked(theory: Theory, couplings: Mapping[str, Any], scale: float) -> Couplings:
    if not (scale > 0 and isfinite(scale)):
        raise InputError(f"a scale must be positive, found {scale}")
    return theory.complete(couplings)


def _heavy(theory: Theory, couplings: Couplings, fields: Iterable[str]) -> _Heavy:
    """Return these fields with definite masses."""
    components = theory.components
    parts = [components.scalar(name) for name in fields]
    check_alone(theory, couplings, [part.field.name for part in parts])
    numbers = np.concatenate([np.arange(p.start, p.start + p.size) for p in parts])
    letters = np.concatenate([numbers, numbers + components.n_scalars])
    unitary = real_basis(len(numbers))
    matrix = _quadratic(components, couplings, letters, {})
    squared, rotation = np.linalg.eigh((unitary.T @ matrix @ unitary).real)
    if not np.all(squared > 0):
        names = ", ".join(f"m2_{p.field.name}" for p in parts)
        raise DomainError(
            f"scalars are integrated out whose masses squared are positive ({names}), "
            f"found {squared.min():g} GeV^2"
        )
    return _Heavy(letters, squared, unitary @ rotation)


def check_alone(theory: Theory, couplings: Mapping[str, Any], fields: list[str]) -> None:
    """Raise DomainError if one of these heavy fields mixes with a light one.

    By a term in which it stands alone among light fields; or by one with a light field alone, where
    a loop of two heavy ones leaves the mixing behind.
    """
    for coupling, left in _mixings(theory):
        if left in fields and couplings[coupling] != 0:
            raise DomainError(
                f"{coupling} mixes {left} with the light scalars: such a field is not "
                "integrated out here"
            )


@lru_cache(maxsize=16)
def _mixings(theory: Theory) -> tuple[tuple[str, str], ...]:
    """Return the couplings that mix heavy fields with light ones, and these heavy fields."""
    found = ((term.coupling, _left_alone(term)) for term in theory.components.potential_terms)
    return tuple((coupling, left) for coupling, left in found if left is not None)


def _left_alone(term: Term) -> str | None:
    """Return the heavy field that a term joins with light ones, possibly in a loop."""
    heavy: list[tuple[Slot, Field]] = []
    light: list[tuple[Slot, Field]] = []
    for slot, field in zip(term.contraction.slots, term.fields, strict=True):
        (light if slot.name in LIGHT else heavy).append((slot, field))
    if len(heavy) == 1:
        return heavy[0][0].name
    if len(heavy) == 3:
        ((_, other),) = light
        for k, (slot, field) in enumerate(heavy):
            one, two = (rest for n, (rest, _) in enumerate(heavy) if n != k)
            closed = one.name == two.name and one.dagger != two.dagger
            if closed and (field.colour, field.isospin) == (other.colour, other.isospin):
                return slot.name
    return None


def _quadratic(
    components: Components,
    couplings: Mapping[str, Any],
    letters: Int[np.ndarray, " letters"],
    background: Mapping[int, complex],
) -> Complex[np.ndarray, "letters letters"]:
    """Return the second derivatives of V in the letters.

    Of monomials with two of them and otherwise letters of the background, these at their values:
    of the masses without a background, of quartics with one.
    """
    place = {int(letter): k for k, letter in enumerate(letters)}
    out = np.zeros((len(letters),) * 2, complex)
    for symbol, polynomial in components.symbols.items():
        value = symbol_value(couplings, symbol)
        if not value:
            continue
        for key, number in polynomial.items():
            inside = [place[k] for k in key if k in place]
            rest = [k for k in key if k not in place]
            if len(inside) != 2 or bool(rest) != bool(background):
                continue
            if any(k not in background for k in rest):
                continue
            size = value * number * np.prod([background[k] for k in rest])
            i, j = inside
            out[i, j] += size
            out[j, i] += size
    return out


def _gauge(theory: Theory, couplings: Couplings, heavy: _Heavy, scale: float) -> dict[str, float]:
    components = theory.components
    generators = components.generators(components.scalars)
    numbers = heavy.letters[: len(heavy.letters) // 2]
    logarithms = np.log(scale**2 / heavy.squared)
    out = {}
    for name, generator in _GENERATORS.items():
        square = generators[generator] @ generators[generator]
        square = square[np.ix_(numbers, numbers)]
        zero = np.zeros_like(square)
        doubled = np.block([[square, zero], [zero, square.conj()]])
        weights = np.einsum("za,zw,wa->a", heavy.basis.conj(), doubled, heavy.basis).real
        out[name] = float(-KAPPA / 12 * couplings[name] ** 3 * (logarithms @ weights))
    return out


def _potential(
    theory: Theory, couplings: Couplings, heavy: _Heavy, scale: float
) -> dict[str, float]:
    components = theory.components
    background = higgs_background(components)
    # U is that of |H|^2 = 1
    matrix = _quadratic(components, couplings, heavy.letters, background)
    u = (heavy.basis.T @ matrix @ heavy.basis).real
    x, y = heavy.squared, heavy.squared[:, None]
    ratio = np.log(x / y)
    # (f(x) - f(y))/(x - y), without cancellation where masses are nearly equal
    small = ratio == 0
    quotient = np.where(small, 1.0, ratio) / np.where(small, 1.0, -np.expm1(-ratio))
    slope = np.log(y / scale**2) - 1 + quotient
    one = KAPPA / 2 * float(np.sum(x * (np.log(x / scale**2) - 1) * np.diag(u)))
    two = KAPPA / 4 * float(np.sum(slope * u**2))
    return {
        "m2_H": one / _at(components.potential["m2_H"], background),
        "lam": two / _at(components.potential["lam"], background),
    }


def higgs_background(components: Components) -> dict[int, complex]:
    """Return the letters of H and their values where H = (0, 1)."""
    higgs = components.scalar("H")
    out: dict[int, complex] = {}
    for k in range(higgs.size):
        number = higgs.start + k
        out[number] = out[number + components.n_scalars] = complex(k == higgs.size - 1)
    return out


def _at(polynomial: Polynomial, background: Mapping[int, complex]) -> float:
    total = sum(v * np.prod([background[k] for k in key]) for key, v in polynomial.items())
    return float(np.real(total))
