"""Anomalies of the Standard Model, of B-3L_mu and of planted errors."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muoquark.symmetry.anomalies import SM_ANOMALIES, X_ANOMALIES, anomalies
from muoquark.symmetry.content import Field, known_field, with_charges

MUON = [0, -3, 0]
B_3LMU = {"q": "1/3", "u": "1/3", "d": "1/3", "l": MUON, "e": MUON, "nu": MUON}
charge = st.fractions(-5, 5, max_denominator=6)


def values(charges):
    return {a.name: a.value for a in anomalies(with_charges(charges), X_ANOMALIES)}


def test_b_minus_3l_mu_is_free_of_all_anomalies():
    found = anomalies(with_charges(B_3LMU))
    assert [a.name for a in found] == [*X_ANOMALIES, *SM_ANOMALIES]
    assert all(a.vanishes for a in found)


@pytest.mark.parametrize(
    ("field", "value", "broken"),
    [
        ("q", "1", {"SU(3)^2 X", "SU(2)^2 X", "Y^2 X", "Y X^2", "X^3", "gravity^2 X"}),
        ("nu", 0, {"X^3", "gravity^2 X"}),
        ("e", [0, 3, 0], {"Y^2 X", "X^3", "gravity^2 X"}),
        ("l", [-3, 0, 0], set()),
    ],
)
def test_a_planted_charge_shows_up_in_its_anomalies(field, value, broken):
    found = {name for name, x in values({**B_3LMU, field: value}).items() if x}
    assert found == broken


@given(
    k=charge,
    l=st.tuples(charge, charge, charge),
    e=st.tuples(charge, charge, charge),
    n=st.tuples(charge, charge, charge),
)
@settings(derandomize=True, deadline=None)
def test_quark_universal_anomalies_are_the_sums_of_the_reference(k, l, e, n):
    """Written out by hand: an independent route to the six sums."""
    found = values({"q": k, "u": k, "d": k, "l": list(l), "e": list(e), "nu": list(n)})
    assert found["SU(3)^2 X"] == 0
    assert found["SU(2)^2 X"] == 9 * k + sum(l)
    assert found["Y^2 X"] == Fraction(-9, 2) * k + sum(l) / Fraction(2) - sum(e)
    assert found["Y X^2"] == -sum(x * x for x in l) + sum(x * x for x in e)
    assert found["X^3"] == sum(2 * x**3 for x in l) - sum(x**3 for x in (*e, *n))
    assert found["gravity^2 X"] == 2 * sum(l) - sum(e) - sum(n)


@given(shift=charge)
@settings(derandomize=True, deadline=None)
def test_adding_hypercharge_creates_no_anomaly(shift):
    """X -> X + c Y keeps a solution a solution since Y itself has no anomaly with X."""
    fields = [known_field(f.name, [x + shift * f.Y for x in f.X]) for f in with_charges(B_3LMU)]
    assert all(a.vanishes for a in anomalies(fields))


@given(scale=charge, order=st.permutations([0, 1, 2]))
@settings(derandomize=True, deadline=None)
def test_scaling_and_permuting_generations_creates_no_anomaly(scale, order):
    fields = [known_field(f.name, [scale * f.X[i] for i in order]) for f in with_charges(B_3LMU)]
    assert all(a.vanishes for a in anomalies(fields))


def test_a_vector_like_pair_changes_nothing_and_a_lone_doublet_is_a_witten_anomaly():
    pair = [Field("P", s, "3", 2, Fraction(1, 6), (Fraction(7),)) for s in ("left", "right")]
    assert all(a.vanishes for a in anomalies([*with_charges(B_3LMU), *pair]))
    lone = Field("D", "left", "1", 2, Fraction(0), (Fraction(0),))
    broken = {a.name for a in anomalies([*with_charges(B_3LMU), lone]) if not a.vanishes}
    assert broken == {"SU(2) Witten"}
