"""The discrete remnant and the proton, against explicit searches."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.catalogue import labelled, solutions
from muoquark.symmetry.remnant import proton_decay_operators, proton_is_stable, remnant

B_3LMU = Assignment((1, 1, 1), *3 * ((0, -9, 0),))
THIRDS = Assignment((Fraction(1, 3),) * 3, *3 * ((0, -3, 0),))


def test_the_paper_model_keeps_z9_and_a_stable_proton():
    found = remnant(THIRDS.fields(("S1", "S3"), 3))
    assert found.order == 9
    assert dict(found.charges) == {
        "q": (1, 1, 1),
        "u": (1, 1, 1),
        "d": (1, 1, 1),
        "l": (0, 0, 0),
        "e": (0, 0, 0),
        "nu": (0, 0, 0),
        "H": (0,),
        "S1": (8,),
        "S3": (8,),
    }
    assert remnant(B_3LMU.fields(("S1", "S3"), 9)) == found
    assert proton_is_stable(THIRDS, 3)
    assert proton_is_stable(B_3LMU, 9)
    assert all(operator.insertions is None for operator in proton_decay_operators(B_3LMU, 9))


@pytest.mark.parametrize(
    ("phi", "stable"), [(9, True), (18, True), (6, False), (3, False), (1, False), (None, True)]
)
def test_other_charges_of_phi(phi, stable):
    assert proton_is_stable(B_3LMU, phi) == stable


def test_l_mu_minus_l_tau_leaves_nothing():
    charges = Assignment((0, 0, 0), *3 * ((0, 1, -1),))
    assert str(remnant(charges.fields((), 1))) == "none"
    assert not proton_is_stable(charges, 1)
    operators = {o.operator: o for o in proton_decay_operators(charges, 1)}
    assert operators["q q q l_e"].dimension == 6
    assert operators["q q q l_mu"].dimension == 7


def search(assignment, phi, reach=9):
    """Look for an odd number of leptons with the proton's charge, Phi included."""
    k = assignment.k
    charges = sorted({*assignment.L, *assignment.E, *assignment.N})
    for numbers in product(range(-reach, reach + 1), repeat=len(charges)):
        if sum(numbers) % 2 == 0:
            continue
        rest = 3 * k[0] - sum(n * x for n, x in zip(numbers, charges, strict=True))
        if rest == 0 or (phi and Fraction(rest) % Fraction(phi) == 0):
            return True
    return False


TWO_CHARGES = [a for s in solutions(10) for a in labelled(s) if len({*a.L, *a.E, *a.N}) <= 3]


@given(st.sampled_from(TWO_CHARGES), st.sampled_from([None, 1, 2, 3, 4, 5, 6, 9, 12, 18]))
def test_stability_agrees_with_a_search_over_final_states(assignment, phi):
    assert proton_is_stable(assignment, phi) == (not search(assignment, phi))


@given(st.sampled_from(TWO_CHARGES), st.integers(1, 6), st.sampled_from([2, 3, 6, 9]))
def test_stability_does_not_depend_on_the_units(assignment, factor, phi):
    scaled = Assignment(
        *(
            tuple(Fraction(x, factor) for x in group)
            for group in (assignment.k, assignment.L, assignment.E, assignment.N)
        )
    )
    assert proton_is_stable(scaled, Fraction(phi, factor)) == proton_is_stable(assignment, phi)
    one = remnant(assignment.fields(("S3",), phi)).order
    assert remnant(scaled.fields(("S3",), Fraction(phi, factor))).order == one


def test_a_stable_proton_has_no_decay_operator_at_any_order():
    for assignment in TWO_CHARGES[::7]:
        for phi in (3, 9):
            if proton_is_stable(assignment, phi):
                found = proton_decay_operators(assignment, phi)
                assert all(operator.insertions is None for operator in found)


def test_a_different_third_family_counts():
    """Mesons with b quarks carry k3 - k1: they can spoil the remnant."""
    assert proton_is_stable(Assignment((1, 1, 1), *3 * ((0, -9, 0),)), 9)
    assert not proton_is_stable(Assignment((0, 0, 3), *3 * ((0, -9, 0),)), 9)
