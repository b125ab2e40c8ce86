r"""Beta functions of any renormalisable theory, from numerical tensors, up to two loops.

The theory is given in real scalars :math:`\phi_a`, left-handed Weyl fermions :math:`\psi_i` and
gauge fields :math:`A^A`, with every gauge coupling absorbed into the generators, which makes
kinetic mixing of several U(1) factors nothing special:

.. math::
    -\mathcal{L} \supset \tfrac12 Y_{aij}\,\psi_i\psi_j\phi_a + \text{h.c.}
    + \tfrac1{24}\lambda_{abcd}\,\phi_a\phi_b\phi_c\phi_d + \tfrac12 m^2_{ab}\,\phi_a\phi_b,\qquad
    D_\mu = \partial_\mu + i\,T^A A^A_\mu .

The tensor structures and their MS-bar coefficients are those of Machacek and Vaughn
(Nucl. Phys. B222 (1983) 83, B236 (1984) 221, B249 (1985) 70) in the basis of Poole and Thomsen
(arXiv:1906.04625, INSPIRE Poole:2019kcm).  There fermions are doubled,
:math:`(\psi,\bar\psi)`; here a chain is its upper block, and a closed trace is twice its real part.

Entries may also be symbolic (object arrays of :class:`~muoquark.theory.symbolic.Expression`): the
same lines then write down the beta functions of a model as formulae.

The symmetrisation over external scalars is done by contraction with a field direction: with
:math:`V(\phi)` known for every :math:`\phi`, so is every coupling.  It makes the dense evaluation
cheap enough for a theory of thirty real scalars and forty-eight fermions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Shaped

from muoquark.common.constants import KAPPA

__all__ = ["GeneralTheory", "beta_gauge", "beta_potential", "beta_yukawa"]


# Numbers or symbols, hence of any element type.  S counts real scalars, F Weyl fermions and A gauge
# fields.
FermionMatrix = Shaped[np.ndarray, "F F"]
ScalarMatrix = Shaped[np.ndarray, "S S"]
GaugeMatrix = Shaped[np.ndarray, "A A"]
Yukawas = Shaped[np.ndarray, "S F F"]
Direction = Shaped[np.ndarray, " S"]


@dataclass(frozen=True)
class GeneralTheory:
    """The tensors of a renormalisable theory.

    Attributes
    ----------
    yukawa
        Complex, symmetric in the fermions.
    quartic
        Real, totally symmetric.
    fermion_generators
        Hermitian, gauge coupling included.
    scalar_generators
        Imaginary and antisymmetric, gauge coupling included.
    adjoint_casimir
        :math:`f^{ACD} f^{BCD}`, couplings included.
    scalar_mass
        Real, symmetric, GeV^2.
    multiplicity
        Weight of a fermion in traces without Yukawa matrices: the number of flavours that its index
        stands for, if entries are flavour matrices.
    scalar_multiplicity
        The same for scalars; symbols here make fields removable.
    """

    yukawa: Yukawas
    quartic: Shaped[np.ndarray, "S S S S"]
    fermion_generators: Shaped[np.ndarray, "A F F"]
    scalar_generators: Shaped[np.ndarray, "A S S"]
    adjoint_casimir: GaugeMatrix
    scalar_mass: ScalarMatrix | None = None
    multiplicity: Shaped[np.ndarray, " F"] | None = None
    scalar_multiplicity: Direction | None = None

    @cached_property
    def yukawa_conj(self) -> Yukawas:
        """Complex conjugate Yukawa tensors (real scalar basis)."""
        return self.yukawa.conj()

    @cached_property
    def c2f(self) -> FermionMatrix:
        """Quadratic Casimir of the fermions, (nF, nF)."""
        t = self.fermion_generators
        return np.asarray(np.einsum("Aik,Akj->ij", t, t))

    @cached_property
    def c2s(self) -> ScalarMatrix:
        """Quadratic Casimir of the scalars, (nS, nS)."""
        s = self.scalar_generators
        return np.asarray(np.einsum("Aac,Acb->ab", s, s).real)

    @cached_property
    def s2f(self) -> GaugeMatrix:
        """Dynkin index of the fermions, doubled (2 Tr t t), (nA, nA)."""
        t = self.fermion_generators
        return np.asarray(2 * np.einsum("Aij,Bji->AB", self.weighted(t), t, optimize=True).real)

    @cached_property
    def s2s(self) -> GaugeMatrix:
        """Dynkin index of the real scalars, (nA, nA)."""
        s = self.scalar_generators
        return np.asarray(np.einsum("Aab,Bba->AB", self.scalar_weighted(s), s, optimize=True).real)

    @cached_property
    def y2f(self) -> FermionMatrix:
        """Y_a Y_a^*, (nF, nF)."""
        # a matrix product, not einsum: einsum may exchange factors, and flavour matrices mind
        return _sandwich(self.yukawa, np.eye(self.yukawa.shape[1]), self.yukawa_conj)

    @cached_property
    def y2s(self) -> ScalarMatrix:
        """Twice Re Tr Y_a Y_b^*, (nS, nS)."""
        return self._trace_pair(self.yukawa, self.yukawa_conj)

    def weighted(self, matrices: Shaped[np.ndarray, "A F F"]) -> Shaped[np.ndarray, "A F F"]:
        """Multiply rows by the flavour multiplicity, for traces without a Yukawa matrix."""
        return matrices if self.multiplicity is None else matrices * self.multiplicity[:, None]

    def scalar_weighted(self, matrices: Shaped[np.ndarray, "A S S"]) -> Shaped[np.ndarray, "A S S"]:
        """Multiply rows by the weight of the scalar."""
        weights = self.scalar_multiplicity
        return matrices if weights is None else matrices * weights[:, None]

    @staticmethod
    def _trace_pair(
        left: Shaped[np.ndarray, "n F F"], right: Shaped[np.ndarray, "m F F"]
    ) -> Shaped[np.ndarray, "n m"]:
        """Twice Re Tr left_a right_b for stacks of matrices."""
        n, m = len(left), len(right)
        size = left.shape[1] ** 2
        return np.asarray(
            _closed(left.reshape(n, size) @ right.transpose(0, 2, 1).reshape(m, size).T)
        )

    @cached_property
    def y2s_c2f(self) -> ScalarMatrix:
        """Twice Re Tr Y_a C2F Y_b^*."""
        return self._trace_pair(self.yukawa @ self.c2f, self.yukawa_conj)

    @cached_property
    def y2s_y2f(self) -> ScalarMatrix:
        """Twice Re Tr Y_a Y_b^* Y2F."""
        return self._trace_pair(self.y2f @ self.yukawa, self.yukawa_conj)

    @cached_property
    def y4s(self) -> ScalarMatrix:
        """Twice Re Tr Y_a Y_c^* Y_b Y_c^*."""
        inner = np.stack([(self.yukawa_conj @ y @ self.yukawa_conj).sum(0) for y in self.yukawa])
        return self._trace_pair(self.yukawa, inner)

    @cached_property
    def lambda2(self) -> ScalarMatrix:
        """lambda_acde lambda_bcde."""
        flat = self.quartic.reshape(len(self.quartic), -1)
        return np.asarray(flat @ flat.T)

    def casimir_with(
        self, matrix: GaugeMatrix, generators: Shaped[np.ndarray, "A n n"]
    ) -> Shaped[np.ndarray, "n n"]:
        """G^A G^B matrix_AB for the generators of scalars or fermions."""
        return np.asarray(
            np.einsum("Aik,AB,Bkj->ij", generators, matrix, generators, optimize=True)
        )


def beta_gauge(theory: GeneralTheory, loops: int = 2) -> GaugeMatrix:
    r"""Anomalous dimension :math:`\gamma_{AB}` of the gauge fields.

    :math:`dT^A/d\ln\mu = \gamma_{AB}T^B`, the coupling being part of the generator.

    It is the symmetric solution; an antisymmetric part is a rotation among the gauge fields, by
    which one keeps the matrix of abelian couplings triangular.
    Source: 1906.04625, gauge tensors and MS-bar coefficients.
    """
    # For one simple group with generators g T this is beta(g)/g = kappa (-11/3 C_2(G)
    # + 2/3 sum T(Weyl fermions) + 1/6 sum T(real scalars)); s2f is doubled.
    t, s = theory.fermion_generators, theory.scalar_generators
    c2g = theory.adjoint_casimir
    gamma = KAPPA / 2 * (-22 / 3 * c2g + 2 / 3 * theory.s2f + 1 / 3 * theory.s2s)
    if loops >= 2:
        y2f = theory.y2f
        # Y_a Y_a^* has the indices of the conjugate representation (Y psi psi is invariant)
        tt = t.conj()
        s2f_c2f = 2 * np.einsum("Aij,Bji->AB", theory.weighted(t @ theory.c2f), t).real
        s2s_c2s = np.einsum("Aij,Bji->AB", theory.scalar_weighted(s @ theory.c2s), s).real
        s2f_y2f = _closed(np.einsum("Aij,Bji->AB", tt @ y2f, tt, optimize=True))
        two = (
            2 * s2f_c2f
            + 4 * s2s_c2s
            - 68 / 3 * c2g @ c2g
            + 10 / 3 * c2g @ theory.s2f
            + 2 / 3 * c2g @ theory.s2s
            - s2f_y2f
        )
        # c2g @ s2f is not symmetric by itself
        gamma = gamma + KAPPA**2 / 4 * (two + two.T)
    return gamma


def beta_yukawa(theory: GeneralTheory, phi: Direction, loops: int = 2) -> FermionMatrix:
    r"""Return :math:`\phi_a\,dY_a/d\ln\mu`, an (nF, nF) matrix, for the real direction `phi`.

    Source: 1906.04625, Yukawa tensors and MS-bar coefficients.
    """
    y, yc = theory.yukawa, theory.yukawa_conj
    yp = np.tensordot(phi, y, 1)
    ypc = yp.conj()
    c2f = theory.c2f
    # conjugate and transpose of a Hermitian matrix are the same; entries that are flavour matrices
    # can be conjugated without exchanging factors
    c2ft = c2f.conj()
    y2f = theory.y2f
    y2ft = y2f.conj()
    along = _along(y)

    def sym(matrix: FermionMatrix) -> FermionMatrix:
        return np.asarray((matrix + _transposed(matrix)) / 2)

    one = (
        -6 * sym(c2ft @ yp) + 2 * _sandwich(y, ypc, y) + sym(y2f @ yp) + along(theory.y2s @ phi) / 2
    )
    result = KAPPA * one
    if loops < 2:
        return np.asarray(result)
    t, s = theory.fermion_generators, theory.scalar_generators
    tt = -t.conj()
    c2s, y2s, c2g = theory.c2s, theory.y2s, theory.adjoint_casimir

    # the sums over two scalars, one at a time
    crossed = sum(_sandwich(y, yc[c] @ yp, yc) @ y[c] for c in range(len(y)))
    nested = _sandwich(y, _sandwich(yc, yp, yc), y)
    y2f_c2s = _sandwich(np.tensordot(c2s, y, 1), np.eye(len(c2f)), yc)
    y2f_y2s = _sandwich(np.tensordot(y2s, y, 1), np.eye(len(c2f)), yc)
    y2f_c2f = _sandwich(y, c2f, yc)
    y2f_y2f = _sandwich(y, y2ft, yc)
    quartic_phi = np.tensordot(theory.quartic, phi, 1)
    # lambda_abcd phi_a Y_b Y_c^* Y_d
    lam = sum(
        y[b] @ sum(yc[c] @ along(quartic_phi[b, c]) for c in range(len(y))) for b in range(len(y))
    )
    two = (
        along(
            -21 / 2 * c2s @ c2s @ phi
            + 49 / 4 * theory.casimir_with(c2g, s).real @ phi
            - 1 / 4 * theory.casimir_with(theory.s2s, s).real @ phi
            - 1 / 2 * theory.casimir_with(theory.s2f, s).real @ phi
            + 1 / 12 * theory.lambda2 @ phi
            + 5 / 2 * theory.y2s_c2f @ phi
            - 1 / 2 * theory.y4s @ phi
            - 3 / 4 * theory.y2s_y2f @ phi
        )
        + 12 * sym(c2ft @ along(c2s @ phi))
        + sym(
            (
                -3 * c2ft @ c2ft
                - 97 / 3 * theory.casimir_with(c2g, t).conj()
                + 11 / 6 * theory.casimir_with(theory.s2s, t).conj()
                + 5 / 3 * theory.casimir_with(theory.s2f, t).conj()
            )
            @ yp
        )
        + 12 * sym(sum((tA @ yp @ _sandwich(yc, tA, y) for tA in tt), np.zeros_like(yp)))
        + 6 * _sandwich(np.tensordot(c2s, y, 1), ypc, y)
        - 12 * _sandwich(y, along(c2s @ phi).conj(), y)
        + 10 * sym(_sandwich(y, c2f @ ypc, y))
        + 6 * sym(c2ft @ _sandwich(y, ypc, y))
        + sym(yp @ (9 * y2f_c2s.conj() - y2f_c2f.conj() / 2 - 7 / 2 * y2ft @ c2f))
        - 2 * lam
        + 2 * crossed
        - 2 * nested
        - 2 * sym(_sandwich(y, y2ft @ ypc, y))
        - sym(yp @ (y2f_y2f.conj() / 4 + 3 / 4 * y2f_y2s.conj()))
        - _sandwich(np.tensordot(y2s, y, 1), ypc, y)
    )
    return np.asarray(result + KAPPA**2 * two)


def beta_potential(
    theory: GeneralTheory, phi: Direction, loops: int = 2, dummy: float = 0.0
) -> Any:
    r"""Return :math:`dV/d\ln\mu` at fixed real `phi`, field anomalous dimensions excluded.

    That is :math:`\beta_{abcd}\phi_a\phi_b\phi_c\phi_d/24`.  With ``dummy`` = D, the masses enter
    as quartics :math:`\tfrac12 m^2_{ab}\phi_a\phi_b D^2` with a field D that never propagates
    (1809.06797): the coefficient of :math:`D^2` in the result is
    :math:`\tfrac12\beta(m^2)_{ab}\phi_a\phi_b`.

    Source: 1906.04625, quartic tensors and MS-bar coefficients.
    """
    y, yc, s, t = (
        theory.yukawa,
        theory.yukawa_conj,
        theory.scalar_generators,
        theory.fermion_generators,
    )
    c2s, y2s, c2g = theory.c2s, theory.y2s, theory.adjoint_casimir
    yp = np.tensordot(phi, y, 1)
    ypc = yp.conj()
    square = yp @ ypc
    # lambda contracted with phi once, twice and three times: l2 = 2 V'', l3 = 6 V'
    l1 = np.tensordot(theory.quartic, phi, 1)
    l2 = np.tensordot(l1, phi, 1)
    l3 = l2 @ phi
    if dummy and theory.scalar_mass is not None:
        l2 = l2 + 2 * theory.scalar_mass * dummy**2
        l3 = l3 + 6 * theory.scalar_mass @ phi * dummy**2
    v = s @ phi  # T^A phi, imaginary
    m = -(v @ v.T).real  # (T^A T^B) between phi and phi: T is Hermitian and v imaginary

    def trace(matrix: FermionMatrix) -> Any:
        return _closed(np.trace(matrix))

    one = (
        36 * np.sum(m * m)
        - 12 * phi @ c2s @ l3
        + 3 * np.sum(l2 * l2)
        + 2 * phi @ y2s @ l3
        - 12 * trace(square @ square)
    )
    if loops < 2:
        return KAPPA * one / 24
    weighted = np.einsum("AB,Aac,Bcb->ab", m, s, s, optimize=True)
    middle = np.einsum("Ea,ab,Eb->", v, weighted, v, optimize=True).real
    # T is antisymmetric: phi T^A = -T^A phi
    half = np.einsum("Aa,Bab->ABb", -v, s, optimize=True)  # (phi T^A T^B)_b
    four = np.einsum("ABb,ABc->bc", half, half, optimize=True).real
    phi_four = (weighted @ phi).real  # T^A T^B phi (T^A T^B)_phiphi
    l_vv = np.tensordot(v.T @ v, theory.quartic, 2).real
    gauge = (
        -324 * middle
        - 684 * phi @ c2s @ phi_four
        + np.sum((m @ (646 * c2g - 28 * theory.s2s - 32 * theory.s2f)) * m)
        + 12 * np.sum(four * l2)
        + 60 * np.sum(weighted.real * l2)
        + phi
        @ (
            6 * c2s @ c2s
            - 143 / 3 * theory.casimir_with(c2g, s).real
            + 11 / 3 * theory.casimir_with(theory.s2s, s).real
            + 10 / 3 * theory.casimir_with(theory.s2f, s).real
        )
        @ l3
    )
    scalar = (
        -18 * np.sum(l_vv * l2)
        + 24 * np.sum((l2 @ c2s) * l2)
        - 18 * np.sum(np.tensordot(c2s @ phi, l1, 1) * l2)
        + 1 / 3 * phi @ theory.lambda2 @ l3
        - 6 * np.sum(np.tensordot(l1, l1, ((1, 2), (1, 2))) * l2)
    )
    t_m = np.einsum("AB,Aij,Bjk->ik", m, t, t, optimize=True)
    along = _along(y)
    exchange = _sandwich(y, ypc, y)
    yukawa = (
        -144 * trace(yp @ t_m @ ypc)
        + 60 * (y2s @ phi) @ phi_four
        + phi @ (10 * theory.y2s_c2f - 2 * theory.y4s - 3 * theory.y2s_y2f) @ l3
        - 3 * np.sum((l2 @ y2s) * l2)
        + 24 * trace(along(c2s @ phi) @ ypc @ square)
        - 48 * trace(square @ square @ theory.c2f.conj())
        + 12 * trace(yp @ _sandwich(np.tensordot(l2, yc, 1), yp, yc))
        + 48 * trace(exchange @ ypc @ square)
        + 24 * trace(yp @ _sandwich(yc, yp @ ypc, y) @ ypc)
        + 24 * trace(square @ square @ theory.y2f)
    )
    return (KAPPA * one + KAPPA**2 * (gauge + scalar + yukawa)) / 24


def _along(stack: Yukawas) -> Callable[[Direction], FermionMatrix]:
    """Return the function that contracts `stack` with a vector of scalars."""
    return lambda vector: np.tensordot(vector, stack, 1)


def _sandwich(left: Yukawas, middle: FermionMatrix, right: Yukawas) -> FermionMatrix:
    """Sum over the scalar of left_a middle right_a."""
    # scalar and fermion index summed in one product of matrices, not in a loop over scalars
    n, size = len(left), left.shape[1]
    flat_left = (left @ middle).transpose(1, 0, 2).reshape(size, n * size)
    return np.asarray(flat_left @ right.reshape(n * size, size))


def _transposed(matrix: FermionMatrix) -> FermionMatrix:
    """Transpose a matrix and, if its entries are flavour matrices, these as well."""
    if matrix.dtype == object:
        return np.asarray(
            np.vectorize(lambda entry: entry.transposed() if entry else 0, [object])(matrix.T)
        )
    return matrix.T


def _closed(trace: Any) -> Any:
    """Return twice the real part of a trace, or of each entry of an array of traces."""
    if isinstance(trace, np.ndarray) and trace.dtype == object:
        return np.vectorize(lambda entry: entry.closed() if entry else 0, [object])(trace)
    return trace.closed() if hasattr(trace, "closed") else 2 * np.real(trace)
