"""The catalogue: counts, completeness against brute force, equivalences."""

from __future__ import annotations

from itertools import combinations_with_replacement, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.common.errors import DomainError, InputError
from muoquark.symmetry.anomalies import X_ANOMALIES, anomalies
from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.catalogue import Solution, canonical, labelled, solutions
from muoquark.symmetry.content import known_field

TEN = solutions(10)


def anomaly_free(k, L, E, N):
    """The six anomalies written out with multiplicities, for arrays of E and N.

    (fields: colour x isospin, hypercharge) q: 6, 1/6; u: -3, 2/3; d: -3, -1/3; l: 2, -1/2;
    e: -1, -1; nu: -1, 0.
    """
    q1, q2, q3 = sum(k), sum(x * x for x in k), sum(x**3 for x in k)
    powers = [[x.sum(-1), (x**2).sum(-1), (x**3).sum(-1)] for x in (L, E, N)]
    (l1, l2, l3), (e1, e2, e3), (n1, _, n3) = powers
    return (
        (2 * q1 - q1 - q1 == 0)
        & (3 * q1 + l1 == 0)
        # Y^2 X and Y X^2 times 36 and 6
        & ((6 * 1 - 3 * 16 - 3 * 4) * q1 + 2 * 9 * l1 - 36 * e1 == 0)
        & ((6 * 1 - 3 * 4 + 3 * 2) * q2 - 2 * 3 * l2 + 6 * e2 == 0)
        & ((6 - 3 - 3) * q3 + 2 * l3 - e3 - n3 == 0)
        & ((6 - 3 - 3) * q1 + 2 * l1 - e1 - n1 == 0)
    )


def brute_force(maximum, third_family=False):
    """Try every combination of integer charges."""
    triples = np.array(list(combinations_with_replacement(range(-maximum, maximum + 1), 3)))
    families = [
        (k, k, k3)
        for k in range(-maximum, maximum + 1)
        for k3 in (range(-maximum, maximum + 1) if third_family else [k])
        if (k3 != k) == third_family
    ]
    found = set()
    E, N = triples[:, None, :], triples[None, :, :]
    for k in families:
        for L in triples:
            if L.sum() != -3 * sum(k):
                continue
            for i, j in np.argwhere(anomaly_free(k, L, E, N)):
                found.add(canonical(k, L.tolist(), triples[i].tolist(), triples[j].tolist()))
    return found


def test_276_solutions_with_charges_up_to_ten():
    assert len(TEN) == 276
    assert sum(s.vector_like for s in TEN) == 255
    assert sum(not s.vector_like for s in TEN) == 21
    assert sum(s.trivial for s in TEN) == 1


def test_all_are_anomaly_free_by_the_field_content():
    for s in TEN + solutions(4, third_family=True):
        content = Assignment(s.k, s.L, s.E, s.N).fermions()
        assert all(anomaly.vanishes for anomaly in anomalies(content, X_ANOMALIES)), s


@pytest.mark.parametrize("maximum", [1, 2, 3, 4])
def test_complete_against_brute_force(maximum):
    assert set(solutions(maximum)) == brute_force(maximum)


@pytest.mark.parametrize("maximum", [1, 2, 3])
def test_third_family_complete_against_brute_force(maximum):
    assert set(solutions(maximum, third_family=True)) == brute_force(maximum, third_family=True)


def test_a_smaller_range_is_the_part_with_smaller_charges():
    def largest(s):
        return max(abs(x) for x in s.k + s.L + s.E + s.N)

    assert set(solutions(6)) == {s for s in TEN if largest(s) <= 6}


def test_number_of_solutions_up_to_thirty():
    assert len(solutions(30)) == 5608


@given(
    st.sampled_from(TEN),
    st.integers(-7, 7).filter(bool),
    st.tuples(*3 * [st.permutations([0, 1, 2])]),
)
def test_equivalence(solution, factor, orders):
    """Scale, sign and permutations within L, E and N lead back to the same solution."""
    groups = [
        [factor * group[i] for i in order]
        for group, order in zip((solution.L, solution.E, solution.N), orders, strict=True)
    ]
    assert canonical([factor * x for x in solution.k], *groups) == solution


@given(st.sampled_from(TEN), st.fractions(-3, 3, max_denominator=6))
def test_hypercharge_shifts_keep_anomalies_zero_and_are_undone_by_the_higgs(solution, shift):
    content = Assignment(solution.k, solution.L, solution.E, solution.N).fermions()
    moved = [known_field(f.name, [x + shift * f.Y for x in f.X]) for f in content]
    assert all(a.vanishes for a in anomalies(moved, X_ANOMALIES))
    higgs = shift / 2
    back = [known_field(f.name, [x - 2 * higgs * f.Y for x in f.X]) for f in moved]
    assert tuple(back) == content


def test_no_two_are_equivalent():
    """Against the orbits written out: every element's orbit has one representative."""
    seen = set()
    for s in TEN:
        orbit = {
            (tuple(sign * x for x in s.k), *(tuple(sorted(sign * x for x in g)) for g in rest))
            for sign in (1, -1)
            for rest in [(s.L, s.E, s.N)]
        }
        assert not orbit & seen
        seen |= orbit


@pytest.mark.parametrize("maximum", [0, -1, 2.5, "10", True, None])
def test_a_range_that_is_no_positive_integer(maximum):
    with pytest.raises(InputError, match="positive integer"):
        solutions(maximum)


def test_a_range_that_is_too_large():
    with pytest.raises(DomainError, match="at most"):
        solutions(1000)


@given(st.sampled_from([s for s in TEN if not s.trivial]))
def test_labels_keep_the_charges_and_name_each_muon_once(solution):
    found = labelled(solution)
    muons = [assignment.L[1] for assignment in found]
    assert len(muons) == len(set(muons))
    for a in found:
        assert canonical(a.k, a.L, a.E, a.N) == solution
        best = max(
            sum(x == y for x, y in zip(a.L, order, strict=True)) for order in permutations(a.E)
        )
        if a.L[1] in a.E:
            assert a.E[1] == a.L[1]
        if solution.vector_like:
            assert a.vector_like
            assert best == 3


def test_l_mu_minus_l_tau_has_one_labelling_for_either_sign():
    solution = canonical((0, 0, 0), *3 * [(0, 1, -1)])
    assert sorted(abs(a.L[1]) for a in labelled(solution)) == [0, 1]


def test_print():
    assert str(Solution((1,) * 3, *3 * [(-9, 0, 0)])).startswith("k = 1, L = (-9, 0, 0)")
    third = Solution((0, 0, 3), *3 * [(-9, 0, 0)])
    assert str(third).startswith("k = (0, 0, 3)")
    assert not third.universal
