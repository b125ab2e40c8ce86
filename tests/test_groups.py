"""Group theory: counting weights against explicit generators and textbook numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from muoquark.symmetry.groups import (
    COLOURS,
    Representation,
    _character,
    count_invariants,
    su2_index,
    su3_cubic_anomaly,
    su3_dimension,
    su3_index,
)

# Matrices of the complexified Lie algebra: enough to say what is invariant.
E = {(i, j): np.eye(3)[:, [i]] @ np.eye(3)[[j], :] for i in range(3) for j in range(3)}
SU3 = [E[0, 1], E[1, 0], E[1, 2], E[2, 1]]  # generates sl(3)
SU2 = [np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])]


def symmetrised(matrices, n):
    """The n-th symmetric power, as matrices on the symmetric subspace."""
    d = len(matrices[0])
    projector = np.zeros((d**n, d**n))
    for order in permutations(range(n)):
        swap = np.eye(d**n).reshape((d,) * 2 * n).transpose([*order, *range(n, 2 * n)])
        projector += swap.reshape(d**n, d**n)
    u, s, _ = np.linalg.svd(projector)
    basis = u[:, s > 1e-9]
    return [basis.T @ total(m, n) @ basis for m in matrices]


def total(matrix, n):
    eye = np.eye(len(matrix))
    terms = []
    for position in range(n):
        term = np.eye(1)
        for slot in range(n):
            term = np.kron(term, matrix if slot == position else eye)
        terms.append(term)
    return sum(terms)


def generators(rep: Representation):
    """Raising and lowering operators of SU(3) x SU(2) x Lorentz, built from fundamentals."""
    colour = {
        (0, 0): [np.zeros((1, 1))] * 4,
        (1, 0): SU3,
        (0, 1): [-m.T for m in SU3],
        (2, 0): symmetrised(SU3, 2),
        (0, 2): [-m.T for m in symmetrised(SU3, 2)],
    }[rep.colour]
    spins = [
        symmetrised(SU2, twice) if twice else [np.zeros((1, 1))] * 2
        for twice in (rep.isospin - 1, rep.left, rep.right)
    ]
    blocks = [colour, *spins]
    result = []
    for index, block in enumerate(blocks):
        for matrix in block:
            term = np.eye(1)
            for other, factor in enumerate(blocks):
                term = np.kron(term, matrix if other == index else np.eye(len(factor[0])))
            result.append(sparse.csr_array(term))
    return result


def on_product(gens, k, dims):
    """The k-th generator acting on a tensor product."""
    total_operator = 0
    for position in range(len(dims)):
        term = sparse.eye_array(1)
        for slot, d in enumerate(dims):
            term = sparse.kron(term, gens[slot][k] if slot == position else sparse.eye_array(d))
        total_operator = total_operator + term
    return sparse.csc_array(total_operator)


def brute_force(factors):
    """Dimension of the space of invariant tensors with the right exchange symmetry.

    Solves T v = 0 for all generators T and P v = +-v for all exchanges P of identical fields.
    """
    reps = [rep for rep, power in factors for _ in range(power)]
    gens = [generators(rep) for rep in reps]
    dims = [g[0].shape[0] for g in gens]
    operators = [on_product(gens, k, dims) for k in range(len(gens[0]))]
    # Weight zero under the Cartan generators [e, f] first: it makes the rest small.
    size = int(np.prod(dims))
    zero = np.ones(size, dtype=bool)
    for e, f in zip(operators[::2], operators[1::2], strict=True):
        zero &= np.abs((e @ f - f @ e).diagonal()) < 1e-9
    normal = sum((t[:, zero].T @ t[:, zero]).toarray() for t in operators)
    start = 0
    for rep, power in factors:
        for first in range(start, start + power - 1):
            axes = list(range(len(dims)))
            axes[first], axes[first + 1] = axes[first + 1], axes[first]
            order = np.arange(size).reshape(dims).transpose(axes).ravel()
            rows = np.flatnonzero(zero)
            position = {row: i for i, row in enumerate(rows)}
            swap = np.zeros((len(rows),) * 2)
            for i, row in enumerate(rows):
                swap[i, position[order[row]]] = 1
            constraint = swap - (-1 if rep.fermionic else 1) * np.eye(len(rows))
            normal = normal + constraint.T @ constraint
        start += power
    return int(np.sum(np.linalg.eigvalsh(normal) < 1e-9))


q = Representation((1, 0), 2, 1, 0)
u = Representation((1, 0), 1, 0, 1)
l = Representation((0, 0), 2, 1, 0)
H = Representation((0, 0), 2)
S1 = Representation((0, 1), 1)
S3 = Representation((0, 1), 3)
R2 = Representation((1, 0), 2)


@pytest.mark.parametrize(
    "factors",
    [
        ((q, 1), (l, 1), (S3, 1)),
        ((q, 1), (l, 1), (S1, 1)),
        ((q, 1), (q, 1), (S3.conjugate(), 1)),
        ((q, 2), (S1.conjugate(), 1)),
        ((u, 2), (S1.conjugate(), 1)),
        ((u, 1), (u, 1), (S1.conjugate(), 1)),
        ((u, 1), (l.conjugate(), 1), (R2.conjugate(), 1)),
        ((S3, 2), (S3.conjugate(), 2)),
        ((H, 2), (H.conjugate(), 2)),
        ((H, 1), (H.conjugate(), 1), (S3, 1), (S3.conjugate(), 1)),
        ((S3.conjugate(), 2), (S3, 1), (S1, 1)),
        ((S3.conjugate(), 2), (S1, 2)),
        ((R2, 3), (H.conjugate(), 1)),
        ((R2, 2), (S1.conjugate(), 1)),
        ((l, 2), (H, 2)),
        ((Representation((2, 0), 1), 1), (q.conjugate(), 1), (q.conjugate(), 1)),
    ],
)
def test_counting_weights_equals_solving_for_invariant_tensors(factors):
    assert count_invariants(factors) == brute_force(factors)


def test_di_quark_couplings_have_the_known_flavour_symmetry():
    # S1: symmetric in q q; S3 and S1t: antisymmetric, nothing within one generation.
    assert count_invariants(((q, 2), (S1.conjugate(), 1))) == 1
    assert count_invariants(((q, 2), (S3.conjugate(), 1))) == 0
    assert count_invariants(((u, 2), (S1.conjugate(), 1))) == 0


@pytest.mark.parametrize(
    ("name", "dimension", "index", "cubic"),
    [
        ("1", 1, 0, 0),
        ("3", 3, "1/2", 1),
        ("3bar", 3, "1/2", -1),
        ("6", 6, "5/2", 7),
        ("8", 8, 3, 0),
        ("10", 10, "15/2", 27),
        ("10bar", 10, "15/2", -27),
    ],
)
def test_textbook_numbers(name, dimension, index, cubic):
    labels = COLOURS[name]
    assert su3_dimension(labels) == dimension
    assert su3_index(labels) == Fraction(index)
    assert su3_cubic_anomaly(labels) == cubic


@given(st.integers(0, 4), st.integers(0, 4), st.integers(1, 5))
@settings(derandomize=True, deadline=None)
def test_characters_have_the_right_size_and_index(p, q_, isospin):
    character = _character(Representation((p, q_), isospin))
    assert character.total() == su3_dimension((p, q_)) * isospin
    # The index is the sum of the squares of the weights of T3, and likewise for SU(3).
    t3 = sum(Fraction(n * w[2] ** 2, 4) for w, n in character.items())
    assert t3 == su2_index(isospin) * su3_dimension((p, q_))
    i3 = sum(Fraction(n * w[0] ** 2, 4) for w, n in character.items())
    assert i3 == su3_index((p, q_)) * isospin


@given(st.lists(st.sampled_from([q, u, l, H, S1, S3, R2]), min_size=1, max_size=3))
@settings(derandomize=True, deadline=None, max_examples=30)
def test_conjugating_everything_changes_nothing(reps):
    plain = tuple((rep, 1) for rep in reps)
    assert count_invariants(plain) == count_invariants(tuple((r.conjugate(), 1) for r, _ in plain))
