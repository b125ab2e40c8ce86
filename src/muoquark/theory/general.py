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

Entries may also be symbolic (:class:`~muoquark.theory.sparse.Sparse` tensors of
:class:`~muoquark.theory.symbolic.FlavourPolynomial`): the same lines then write down the beta
functions of a model as formulae.  Products of matrices are therefore written in their order.

The symmetrisation over external scalars is done by contraction with a field direction: with
:math:`V(\phi)` known for every :math:`\phi`, so is every coupling.  It makes the dense evaluation
cheap enough for a theory of thirty real scalars and forty-eight fermions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from jaxtyping import Shaped

from muoquark.common.constants import KAPPA
from muoquark.theory.sparse import Sparse, contract

__all__ = ["GeneralTheory", "beta_gauge", "beta_potential", "beta_yukawa"]


# Numbers or symbols.  S counts real scalars, F Weyl fermions and A gauge fields; in contractions
# these are letters a to e, i to n and A to E.
# For mypy all of them are Any: arrays and sparse tensors have the same operations.
if TYPE_CHECKING:
    FermionMatrix: TypeAlias = Any
    ScalarMatrix: TypeAlias = Any
    GaugeMatrix: TypeAlias = Any
    Yukawas: TypeAlias = Any
    Direction: TypeAlias = Any
else:
    FermionMatrix = Shaped[np.ndarray, "F F"] | Sparse
    ScalarMatrix = Shaped[np.ndarray, "S S"] | Sparse
    GaugeMatrix = Shaped[np.ndarray, "A A"] | Sparse
    Yukawas = Shaped[np.ndarray, "S F F"] | Sparse
    Direction = Shaped[np.ndarray, " S"] | Sparse


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
    counted_fermions, counted_scalars
        The generators again, each row times the number of fields that its index stands for: for
        traces without Yukawa matrices where entries are flavour matrices.  Symbols in it make
        fields removable.  None: the generators themselves.
    """

    yukawa: Yukawas
    quartic: Shaped[np.ndarray, "S S S S"] | Sparse
    fermion_generators: Shaped[np.ndarray, "A F F"] | Sparse
    scalar_generators: Shaped[np.ndarray, "A S S"] | Sparse
    adjoint_casimir: GaugeMatrix
    scalar_mass: ScalarMatrix | None = None
    counted_fermions: Shaped[np.ndarray, "A F F"] | Sparse | None = None
    counted_scalars: Shaped[np.ndarray, "A S S"] | Sparse | None = None

    @cached_property
    def yukawa_conj(self) -> Yukawas:
        """Complex conjugate Yukawa tensors."""
        return self.yukawa.conj()

    @property
    def _fermions(self) -> Any:
        counted = self.counted_fermions
        return self.fermion_generators if counted is None else counted

    @property
    def _scalars(self) -> Any:
        counted = self.counted_scalars
        return self.scalar_generators if counted is None else counted

    @cached_property
    def c2f(self) -> FermionMatrix:
        """Quadratic Casimir of the fermions."""
        return contract("Aik,Akj->ij", self.fermion_generators, self.fermion_generators)

    @cached_property
    def c2s(self) -> ScalarMatrix:
        """Quadratic Casimir of the scalars."""
        return contract("Aac,Acb->ab", self.scalar_generators, self.scalar_generators).real

    @cached_property
    def s2f(self) -> GaugeMatrix:
        """Dynkin index of the fermions, doubled (2 Tr t t)."""
        return contract("Aij,Bji->AB", self._fermions, self.fermion_generators).real * 2

    @cached_property
    def s2s(self) -> GaugeMatrix:
        """Dynkin index of the real scalars."""
        return contract("Aab,Bba->AB", self._scalars, self.scalar_generators).real

    @cached_property
    def s2f_c2f(self) -> GaugeMatrix:
        """Dynkin index of the fermions weighted with their Casimir, doubled."""
        t = self.fermion_generators
        return contract("Aij,jk,Bki->AB", self._fermions, self.c2f, t).real * 2

    @cached_property
    def s2s_c2s(self) -> GaugeMatrix:
        """Dynkin index of the scalars weighted with their Casimir."""
        s = self.scalar_generators
        return contract("Aab,bc,Bca->AB", self._scalars, self.c2s, s).real

    @cached_property
    def y2f(self) -> FermionMatrix:
        """Y_a Y_a^*."""
        return contract("aij,ajk->ik", self.yukawa, self.yukawa_conj)

    @cached_property
    def y2s(self) -> ScalarMatrix:
        """Twice Re Tr Y_a Y_b^*."""
        return _closed(contract("aij,bji->ab", self.yukawa, self.yukawa_conj))

    @cached_property
    def y2s_c2f(self) -> ScalarMatrix:
        """Twice Re Tr Y_a C2F Y_b^*."""
        return _closed(contract("aij,jk,bki->ab", self.yukawa, self.c2f, self.yukawa_conj))

    @cached_property
    def y2s_y2f(self) -> ScalarMatrix:
        """Twice Re Tr Y2F Y_a Y_b^*."""
        return _closed(contract("ij,ajk,bki->ab", self.y2f, self.yukawa, self.yukawa_conj))

    @cached_property
    def y4s(self) -> ScalarMatrix:
        """Twice Re Tr Y_a Y_c^* Y_b Y_c^*."""
        y, yc = self.yukawa, self.yukawa_conj
        inner = contract("cij,bjk,ckl->bil", yc, y, yc)
        return _closed(contract("aij,bji->ab", y, inner))

    @cached_property
    def lambda2(self) -> ScalarMatrix:
        """lambda_acde lambda_bcde."""
        return contract("acde,bcde->ab", self.quartic, self.quartic)

    def casimir_with(self, matrix: GaugeMatrix, generators: Any) -> Any:
        """G^A G^B matrix_AB for the generators of scalars or fermions."""
        return contract("Aik,AB,Bkj->ij", generators, matrix, generators)


def beta_gauge(theory: GeneralTheory, loops: int = 2) -> GaugeMatrix:
    r"""Anomalous dimension :math:`\gamma_{AB}` of the gauge fields.

    :math:`dT^A/d\ln\mu = \gamma_{AB}T^B`, the coupling being part of the generator.

    It is the symmetric solution; an antisymmetric part is a rotation among the gauge fields, by
    which one keeps the matrix of abelian couplings triangular.
    Source: 1906.04625, gauge tensors and MS-bar coefficients.
    """
    # For one simple group with generators g T this is beta(g)/g = kappa (-11/3 C_2(G)
    # + 2/3 sum T(Weyl fermions) + 1/6 sum T(real scalars)); s2f is doubled.
    c2g = theory.adjoint_casimir
    gamma = (c2g * (-22 / 3) + theory.s2f * (2 / 3) + theory.s2s * (1 / 3)) * (KAPPA / 2)
    if loops >= 2:
        # Y_a Y_a^* has the indices of the conjugate representation (Y psi psi is invariant)
        tt = theory.fermion_generators.conj()
        s2f_y2f = _closed(contract("Aij,jk,Bki->AB", tt, theory.y2f, tt))
        two = (
            2 * theory.s2f_c2f
            + 4 * theory.s2s_c2s
            - 68 / 3 * (c2g @ c2g)
            + 10 / 3 * (c2g @ theory.s2f)
            + 2 / 3 * (c2g @ theory.s2s)
            - s2f_y2f
        )
        # c2g @ s2f is not symmetric by itself
        gamma = gamma + (two + two.T) * (KAPPA**2 / 4)
    return gamma


def beta_yukawa(theory: GeneralTheory, phi: Direction, loops: int = 2) -> FermionMatrix:
    r"""Return :math:`\phi_a\,dY_a/d\ln\mu`, a matrix of fermions, for the real direction `phi`.

    Source: 1906.04625, Yukawa tensors and MS-bar coefficients.
    """
    y, yc = theory.yukawa, theory.yukawa_conj

    def along(vector: Direction) -> Any:
        return contract("a,aij->ij", vector, y)

    yp = along(phi)
    ypc = yp.conj()
    c2f = theory.c2f
    # conjugate and transpose of a Hermitian matrix are the same; entries that are flavour matrices
    # can be conjugated without exchanging factors
    c2ft = c2f.conj()
    y2f = theory.y2f
    y2ft = y2f.conj()

    def on(matrix: ScalarMatrix) -> Any:
        return contract("ab,b->a", matrix, phi)

    def sym(matrix: Any) -> Any:
        return (matrix + _transposed(matrix)) / 2

    exchange = contract("aij,jk,akl->il", y, ypc, y)
    one = -6 * sym(c2ft @ yp) + 2 * exchange + sym(y2f @ yp) + along(on(theory.y2s)) / 2
    result = one * KAPPA
    if loops < 2:
        return result
    t, s = theory.fermion_generators, theory.scalar_generators
    tt = -t.conj()
    c2s, y2s, c2g = theory.c2s, theory.y2s, theory.adjoint_casimir

    crossed = contract("aij,cjk,kl,alm,cmn->in", y, yc, yp, yc, y)
    nested = contract("aij,bjk,kl,blm,amn->in", y, yc, yp, yc, y)
    gauged = contract("Aij,jk,akl,Alm,amn->in", tt, yp, yc, tt, y)
    y2f_c2s = contract("ab,bij,ajk->ik", c2s, y, yc)
    y2f_y2s = contract("ab,bij,ajk->ik", y2s, y, yc)
    y2f_c2f = contract("aij,jk,akl->il", y, c2f, yc)
    y2f_y2f = contract("aij,jk,akl->il", y, y2ft, yc)
    # lambda_abcd phi_a Y_b Y_c^* Y_d
    lam = contract("abcd,a->bcd", theory.quartic, phi)
    lam = contract("bcd,dkl->bckl", lam, y)
    lam = contract("bij,bjl->il", y, contract("cjk,bckl->bjl", yc, lam))
    two = (
        along(
            -21 / 2 * contract("ab,bc,c->a", c2s, c2s, phi)
            + 49 / 4 * on(theory.casimir_with(c2g, s).real)
            - 1 / 4 * on(theory.casimir_with(theory.s2s, s).real)
            - 1 / 2 * on(theory.casimir_with(theory.s2f, s).real)
            + 1 / 12 * on(theory.lambda2)
            + 5 / 2 * on(theory.y2s_c2f)
            - 1 / 2 * on(theory.y4s)
            - 3 / 4 * on(theory.y2s_y2f)
        )
        + 12 * sym(c2ft @ along(on(c2s)))
        + sym(
            (
                -3 * (c2ft @ c2ft)
                - 97 / 3 * theory.casimir_with(c2g, t).conj()
                + 11 / 6 * theory.casimir_with(theory.s2s, t).conj()
                + 5 / 3 * theory.casimir_with(theory.s2f, t).conj()
            )
            @ yp
        )
        + 12 * sym(gauged)
        + 6 * contract("ab,bij,jk,akl->il", c2s, y, ypc, y)
        - 12 * contract("aij,jk,akl->il", y, along(on(c2s)).conj(), y)
        + 10 * sym(contract("aij,jk,akl->il", y, c2f @ ypc, y))
        + 6 * sym(c2ft @ exchange)
        + sym(yp @ (9 * y2f_c2s.conj() - y2f_c2f.conj() / 2 - 7 / 2 * (y2ft @ c2f)))
        - 2 * lam
        + 2 * crossed
        - 2 * nested
        - 2 * sym(contract("aij,jk,akl->il", y, y2ft @ ypc, y))
        - sym(yp @ (y2f_y2f.conj() / 4 + 3 / 4 * y2f_y2s.conj()))
        - contract("ab,bij,jk,akl->il", y2s, y, ypc, y)
    )
    return result + two * KAPPA**2


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

    def along(vector: Direction) -> Any:
        return contract("a,aij->ij", vector, y)

    yp = along(phi)
    ypc = yp.conj()
    square = yp @ ypc
    # lambda contracted with phi once, twice and three times: l2 = 2 V'', l3 = 6 V'
    l1 = contract("abcd,d->abc", theory.quartic, phi)
    l2 = contract("abc,c->ab", l1, phi)
    l3 = contract("ab,b->a", l2, phi)
    if dummy and theory.scalar_mass is not None:
        l2 = l2 + 2 * theory.scalar_mass * dummy**2
        l3 = l3 + 6 * contract("ab,b->a", theory.scalar_mass, phi) * dummy**2
    v = contract("Aab,b->Aa", s, phi)  # T^A phi, imaginary
    m = -contract("Aa,Ba->AB", v, v).real  # (T^A T^B) between phi and phi: T is Hermitian

    def trace(matrix: Any) -> Any:
        return _closed(contract("ii->", matrix))

    def between(matrix: ScalarMatrix) -> Any:
        """Phi^T matrix l3."""
        return contract("a,ab,b->", phi, matrix, l3)

    one = (
        36 * contract("AB,AB->", m, m)
        - 12 * between(c2s)
        + 3 * contract("ab,ab->", l2, l2)
        + 2 * between(y2s)
        - 12 * trace(square @ square)
    )
    if loops < 2:
        return one * (KAPPA / 24)
    weighted = contract("AB,Aac,Bcb->ab", m, s, s)
    middle = contract("Ea,ab,Eb->", v, weighted, v)
    # T is antisymmetric: phi T^A = -T^A phi
    half = contract("Aa,Bab->ABb", -v, s)  # (phi T^A T^B)_b
    four = contract("ABb,ABc->bc", half, half).real
    phi_four = contract("ab,b->a", weighted, phi).real  # T^A T^B phi (T^A T^B)_phiphi
    # l_vv: lambda between two T^A phi
    l_vv = contract("ab,abcd->cd", contract("Aa,Ab->ab", v, v), theory.quartic).real
    gauge = (
        -324 * middle.real
        - 684 * contract("a,ab,b->", phi, c2s, phi_four)
        + contract("AB,BC,AC->", m, 646 * c2g - 28 * theory.s2s - 32 * theory.s2f, m)
        + 12 * contract("ab,ab->", four, l2)
        + 60 * contract("ab,ab->", weighted.real, l2)
        + 6 * contract("a,ab,bc,c->", phi, c2s, c2s, l3)
        + between(
            -143 / 3 * theory.casimir_with(c2g, s).real
            + 11 / 3 * theory.casimir_with(theory.s2s, s).real
            + 10 / 3 * theory.casimir_with(theory.s2f, s).real
        )
    )
    scalar = (
        -18 * contract("ab,ab->", l_vv, l2)
        + 24 * contract("ab,bc,ac->", l2, c2s, l2)
        - 18 * contract("bc,bc->", contract("ad,d,abc->bc", c2s, phi, l1), l2)
        + 1 / 3 * between(theory.lambda2)
        - 6 * contract("ab,ab->", contract("acd,bcd->ab", l1, l1), l2)
    )
    t_m = contract("AB,Aij,Bjk->ik", m, t, t)
    exchange = contract("aij,jk,akl->il", y, ypc, y)
    yukawa = (
        -144 * trace(yp @ t_m @ ypc)
        + 60 * contract("ab,b,a->", y2s, phi, phi_four)
        + between(10 * theory.y2s_c2f - 2 * theory.y4s - 3 * theory.y2s_y2f)
        - 3 * contract("ab,bc,ac->", l2, y2s, l2)
        + 24 * trace(along(contract("ab,b->a", c2s, phi)) @ ypc @ square)
        - 48 * trace(square @ square @ theory.c2f.conj())
        + 12 * _closed(contract("ij,ab,bjk,kl,ali->", yp, l2, yc, yp, yc))
        + 48 * trace(exchange @ ypc @ square)
        + 24 * trace(yp @ contract("aij,jk,akl->il", yc, square, y) @ ypc)
        + 24 * trace(square @ square @ theory.y2f)
    )
    return one * (KAPPA / 24) + (gauge + scalar + yukawa) * (KAPPA**2 / 24)


def _transposed(matrix: Any) -> Any:
    """Transpose a matrix and, if its entries are flavour matrices, these as well."""
    if isinstance(matrix, Sparse):
        return matrix.T.each(lambda entry: entry.transposed())
    return matrix.T


def _closed(trace: Any) -> Any:
    """Return twice the real part of a trace, or of each entry of a tensor of traces."""
    if isinstance(trace, Sparse):
        traces = trace.each(lambda entry: entry.traced())
        return traces + traces.conj()
    if hasattr(trace, "traced"):
        return trace.traced() + trace.traced().conjugate()
    return 2 * np.real(trace)
