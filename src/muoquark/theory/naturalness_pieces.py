r"""What a heavy scalar does to the Higgs mass: portal, gauge and Yukawa loops, for any theory.

:math:`\delta m_h^2 = -2\,\delta m_H^2` (V = m_H^2 |H|^2), at the matching scale mu_M = M of the
field, M^2 above m_H^2; d is its number of complex components.

* Portal, one loop: :math:`\delta m_H^2 = -\kappa M^2\sum_k\lambda_k`, where :math:`\lambda_k` is
  what V has in front of |H|^2 |S_k|^2, k = 1 ... d, at H = (0, 1): a portal without a trace over
  the field's components, such as :math:`(H^\dagger\sigma^AH)(S^\dagger T^AS)`, gives nothing.
* Gauge loops, two loops: 1303.7244 (Farina:2013mla), the scalar in the section on dark matter,

  .. math::
      \delta m_h^2 = -\frac{d\,M^2}{(4\pi)^4}\Big(\tfrac{n^2-1}{4}g_2^4 + Y^2 g'^4\Big)
      \Big(\tfrac32\ln^2\tfrac{M^2}{\Lambda^2} + 2\ln\tfrac{M^2}{\Lambda^2} + \tfrac72\Big)

  in isospin n.  With U(1)_X, :math:`Y^2g'^4` is :math:`4(\sum_Aq_A^Sq_A^H)^2`, the sum over both
  Abelian gauge fields, whose charges q include their couplings and mixing (the mass of X is small
  beside M).  The logarithms are those of the beta functions, the 7/2 is the literature's.
* Yukawa loops, two loops (``tools/derivation/naturalness.py``):

  .. math::
      \delta m_H^2 = \kappa^2\,d\,M^2\big[N F(L) + 2\,\mathrm{Re}X\,G(L)\big],\qquad
      L = \ln\frac{\Lambda^2}{M^2},

  .. math::
      F = -(2+\tfrac{\pi^2}{3}) - 2L - L^2,\qquad G = -(5+\tfrac{\pi^2}{3}) - 4L - L^2 .

  The diagram has the scalar and two fermions.  Both Higgs bosons are on one fermion line in N, one
  is on either line in X.  In the two-loop effective potential (Martin, hep-ph/0111209),
  expanded in the fermion masses :math:`m = Y_H` of H = (0, 1), with real scalars a,

  .. math::
      d\,N = \sum_a\mathrm{tr}\,Y_aY_a^*\,mm^*,\qquad
      d\,\mathrm{Re}X = \tfrac14\mathrm{Re}\sum_a\mathrm{tr}\,Y_am^*Y_am^* .

  They are traces over components of the theory, written out once in flavour matrices.

Lambda is a cut-off at which the portal vanishes; without one it is M.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import log, pi, prod
from typing import Any

import numpy as np

from muoquark.common.constants import KAPPA
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.theory.betas import Theory
from muoquark.theory.components import Multiplet
from muoquark.theory.decoupling import check_alone, heavy_fields, higgs_background
from muoquark.theory.sparse import Sparse, contract
from muoquark.theory.symbolic import FlavourPolynomial, Word
from muoquark.theory.tensors import direction, gauge_fields, symbolic_yukawas

__all__ = [
    "gauge_piece",
    "heavy_scalar",
    "loop_functions",
    "portal_piece",
    "portal_sum",
    "yukawa_piece",
    "yukawa_traces",
]


def heavy_scalar(theory: Theory, couplings: Mapping[str, Any], field: str) -> Multiplet:
    """Return a heavy scalar of a theory.

    Raises
    ------
    InputError
        If there is none of this name.
    DomainError
        If it mixes with the light scalars, at tree level or in a loop, and so has more pieces than
        those of this module; if it mixes with a heavy one, and has another mass than is given.
    """
    names = heavy_fields(theory)
    if field not in names:
        raise InputError(f"unknown heavy scalar '{field}': {suggest(field, names)}")
    check_alone(theory, couplings, [field])
    masses, yukawas = _mixings(theory, field)
    for coupling, other in masses:
        if couplings[coupling] != 0:
            raise DomainError(f"{coupling} mixes {field} and {other}, and so changes the masses")
    if any(np.any(couplings[coupling]) for coupling in yukawas):
        raise DomainError(
            f"loops of fermions mix {field} with H, and that shifts m_h^2 as well: this is not here"
        )
    return theory.components.scalar(field)


@lru_cache(maxsize=64)
def _mixings(theory: Theory, field: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the masses that mix a field with others; its Yukawas if one of these is H."""
    masses = []
    for term in theory.components.potential_terms:
        names = [one.name for one in term.fields]
        if len(names) == 2 and field in names and names != [field, field]:
            masses.append((term.coupling, next(name for name in names if name != field)))
    yukawas = [
        term.coupling
        for term in theory.components.yukawa_terms
        if field in {one.name for one in term.fields}
    ]
    return tuple(masses), tuple(yukawas if "H" in dict(masses).values() else ())


def portal_sum(theory: Theory, couplings: Mapping[str, Any], field: str) -> float:
    r"""Return :math:`\sum_k\lambda_k` of the module's text; errors as :func:`heavy_scalar`."""
    heavy_scalar(theory, couplings, field)
    return sum(weight * float(couplings[name]) for name, weight in _portal(theory, field).items())


@lru_cache(maxsize=64)
def _portal(theory: Theory, field: str) -> dict[str, float]:
    """Return what multiplies each quartic in the sum."""
    components = theory.components
    part, n = components.scalar(field), components.n_scalars
    background = higgs_background(components)
    pairs = {(k, k + n) for k in range(part.start, part.start + part.size)}
    out: dict[str, float] = {}
    # |H|^2 |S_k|^2 is its own conjugate, and so is every term that it is in: of a real coupling
    for name in theory.space.quartics:
        if name in theory.space.complex:
            continue
        total = sum(
            number * prod(background[k] for k in key if k in background)
            for key, number in components.potential[name].items()
            if tuple(k for k in key if k not in background) in pairs
        )
        if abs(total) > 1e-12:
            out[name] = float(total.real)
    return out


def portal_piece(theory: Theory, couplings: Mapping[str, Any], field: str, mass: float) -> float:
    """Return the one-loop portal piece of delta m_h^2 in GeV^2.

    Parameters
    ----------
    theory
        The theory.
    couplings
        At the scale `mass`, complete.
    field
        A heavy scalar.
    mass
        Its mass in GeV.

    Raises
    ------
    InputError, DomainError
        See :func:`heavy_scalar`.
    """
    return 2 * KAPPA * portal_sum(theory, couplings, field) * mass**2


def gauge_piece(
    theory: Theory,
    couplings: Mapping[str, Any],
    field: str,
    mass: float,
    cutoff: float | None = None,
) -> float:
    """Return the two-loop gauge piece of delta m_h^2 in GeV^2.

    `cutoff` is Lambda in GeV, None the mass; the rest as for :func:`portal_piece`.
    """
    part = heavy_scalar(theory, couplings, field)
    higgs = theory.components.scalar("H")
    charges = [dict(zip(("Y", "X"), map(float, p.charges), strict=True)) for p in (part, higgs)]
    product = 0.0
    for mixture in gauge_fields(theory.components):
        if "Y" in mixture:
            one, two = (
                sum(couplings[coupling] * charge[name] for name, coupling in mixture.items())
                for charge in charges
            )
            product += one * two
    n = part.field.isospin
    group = (n * n - 1) / 4 * couplings["g2"] ** 4 + 4 * product**2
    ell = 0.0 if cutoff is None else 2 * log(mass / cutoff)
    return float(-part.size * mass**2 * KAPPA**2 * group * (1.5 * ell**2 + 2 * ell + 3.5))


def yukawa_piece(
    theory: Theory,
    couplings: Mapping[str, Any],
    field: str,
    mass: float,
    cutoff: float | None = None,
) -> float:
    """Return the two-loop Yukawa piece of delta m_h^2 in GeV^2; see :func:`gauge_piece`.

    Zero for a field without a Yukawa coupling.
    """
    one_line, two_lines = loop_functions(0.0 if cutoff is None else 2 * log(cutoff / mass))
    same, across = yukawa_traces(theory, couplings, field)
    size = theory.components.scalar(field).size
    return -2 * KAPPA**2 * size * mass**2 * (same * one_line + 2 * across * two_lines)


def loop_functions(ell: float) -> tuple[float, float]:
    """Return F and G of the module's text at L = `ell`."""
    return -(2 + pi**2 / 3) - 2 * ell - ell**2, -(5 + pi**2 / 3) - 4 * ell - ell**2


def yukawa_traces(theory: Theory, couplings: Mapping[str, Any], field: str) -> tuple[float, float]:
    r"""Return :math:`N` and :math:`\mathrm{Re}X` of the module's text.

    Errors as :func:`heavy_scalar`.
    """
    size = heavy_scalar(theory, couplings, field).size
    same, across = (
        sum((number * _trace(theory, couplings, word)).real for word, number in terms)
        for terms in _traces(theory, field)
    )
    return same / size, across / size


@lru_cache(maxsize=64)
def _traces(theory: Theory, field: str) -> tuple[tuple[tuple[Word, complex], ...], ...]:
    """Return d N and d X in flavour matrices: words, whose traces are summed, and numbers."""
    components = theory.components
    part, n = components.scalar(field), components.n_scalars
    own = {k + bar for k in range(part.start, part.start + part.size) for bar in (0, n)}
    every = symbolic_yukawas(components)
    y = Sparse("sff", {key: v for key, v in every.entries.items() if key[0] in own}, n)
    lower = max(k for k in higgs_background(components) if k < n)
    m = contract("a,aij->ij", direction(components, {lower: 1.0}), every)
    same = contract("aij,ajk,kl,li->", y, y.conj(), m, m.conj())
    across = contract("aij,jk,akl,li->", y, m.conj(), y, m.conj()) * 0.25
    return tuple(
        tuple((word, number) for (_, (word,), _), number in expression.traced().terms.items())
        if isinstance(expression, FlavourPolynomial)
        else ()
        for expression in (same, across)
    )


def _trace(theory: Theory, couplings: Mapping[str, Any], word: Word) -> complex:
    blocks = {block.name: block for block in theory.components.blocks}
    matrices = []
    for name, op in word:
        block = blocks[name]
        matrix = np.asarray(couplings[block.coupling])[np.ix_(block.rows, block.columns)]
        matrix = matrix.conj() if op in "ch" else matrix
        matrices.append(matrix.T if op in "th" else matrix)
    return complex(np.trace(np.linalg.multi_dot(matrices)))
