"""The Warsaw basis: the list of coefficients, and symmetric tensors without loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closeness import close
from conftest import random_matrix
from muoquark.smeft import warsaw
from muoquark.smeft.warsaw import (
    FAMILIES,
    coefficient_names,
    from_tensors,
    gather_table,
    is_real,
    real_components,
    to_tensors,
)


@pytest.mark.exact
def test_names_and_reality_are_those_of_wcxf():
    from wilson import wcxf

    listed = {
        name: bool(entry and entry.get("real"))
        for sector in wcxf.Basis["SMEFT", "Warsaw"].sectors.values()
        for name, entry in sector.items()
    }
    assert listed.keys() == warsaw._known()
    assert all(is_real(name) == real for name, real in listed.items())


def test_counting():
    """2499 real parameters of dimension six conserve baryon and lepton number (1312.2014)."""
    names = coefficient_names()
    assert sum(1 if is_real(name) else 2 for name in names) == 2499


values = st.dictionaries(
    st.sampled_from(coefficient_names()),
    st.complex_numbers(max_magnitude=1, allow_nan=False, allow_infinity=False),
)


@given(values)
def test_round_trip(numbers):
    numbers = {k: complex(v.real) if is_real(k) else v for k, v in numbers.items()}
    numbers = {k: v for k, v in numbers.items() if v != 0}
    back = from_tensors(to_tensors(numbers))
    assert back.keys() == numbers.keys()
    assert all(back[k] == close(v, rel=1e-14) for k, v in numbers.items())


def full(name):
    """A random Hermitian tensor without any other symmetry."""
    rng = np.random.default_rng(len(name))
    if FAMILIES[name].rank == 2:
        matrix = random_matrix(rng)
        return matrix + matrix.conj().T
    tensor = np.multiply.outer(random_matrix(rng), random_matrix(rng))
    return tensor + tensor.conj().transpose(1, 0, 3, 2)


@pytest.mark.parametrize("name", [n for n, f in FAMILIES.items() if f.symmetries])
def test_symmetrised_tensor_is_the_average(name):
    """Redundant entries are averaged over equal permutations, and nothing is lost."""
    tensor = full(name)
    group = [(0, 1, 2, 3), *FAMILIES[name].symmetries]
    average = sum(tensor.transpose(p) for p in group) / len(group)
    assert np.allclose(to_tensors(from_tensors({name: tensor}))[name], average, atol=1e-14)


@pytest.mark.exact
def test_non_redundant_values_are_wilsons():
    from wilson.util import smeftutil

    tensors = {name: full(name) for name, f in FAMILIES.items() if f.hermitian and f.rank}
    tensors |= {
        name: np.random.default_rng(5).normal(size=(3,) * f.rank) + 0j
        for name, f in FAMILIES.items()
        if not f.hermitian
    }
    ours = from_tensors(tensors)
    symmetric = to_tensors(ours)
    C = smeftutil.C_array2dict(np.zeros(9999))
    C.update(symmetric)
    theirs = smeftutil.arrays2wcxf_nonred(C)
    for name, value in ours.items():
        assert theirs[name] == close(value, rel=1e-12), name


def test_wrong_shape():
    with pytest.raises(ValueError, match=r"lq1 has the shape \(3, 3\)"):
        from_tensors({"lq1": np.zeros((3, 3))})


def test_real_components():
    assert len(real_components()) == 2499
    assert len(set(real_components())) == 2499


def test_gather_table_reaches_every_member_of_an_orbit():
    (row,) = gather_table(("ll_1122:Re",), ("ll",))
    tensor = np.arange(81).reshape(3, 3, 3, 3)
    assert sorted(row) == sorted([tensor[0, 0, 1, 1], tensor[1, 1, 0, 0], 81, 81])
