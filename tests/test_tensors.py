"""Sets of flavour tensors: the symmetries of the operators, products and sums."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import random_matrix
from muoquark.smeft.tensors import crossed, outer, scaled, symmetrise, total
from muoquark.smeft.warsaw import FAMILIES, from_tensors

WITH_INDICES = [name for name, family in FAMILIES.items() if family.rank]


def random_tensor(name, hermitian=False):
    """Return a tensor of a family without any symmetry, or Hermitian and without any other."""
    rank = FAMILIES[name].rank
    rng = np.random.default_rng(sum(map(ord, name)))
    c = rng.normal(size=(3,) * rank) + 1j * rng.normal(size=(3,) * rank)
    return c + conjugate(c) if hermitian else c


def conjugate(c):
    return c.conj().transpose((1, 0, 3, 2)[: c.ndim])


@pytest.mark.parametrize("name", WITH_INDICES)
def test_symmetrise_keeps_the_lagrangian(name):
    """Its independent coefficients, of which each is a sum over equal operators, stay."""
    raw = {name: random_tensor(name, FAMILIES[name].hermitian)}
    before, after = from_tensors(raw), from_tensors(symmetrise(raw))
    assert after.keys() == before.keys()
    for key, value in before.items():
        assert after[key] == pytest.approx(value, rel=1e-13, abs=1e-13), key


@pytest.mark.parametrize("name", WITH_INDICES)
def test_symmetrised_tensors_have_every_symmetry(name):
    """To the last bit, so that doing it again changes nothing."""
    family = FAMILIES[name]
    raw = random_tensor(name)
    found = symmetrise({name: raw})[name]
    assert np.array_equal(symmetrise({name: found})[name], found)
    for exchange in family.symmetries:
        assert np.array_equal(found, found.transpose(exchange))
    if family.hermitian:
        assert np.array_equal(found, conjugate(found))
        assert not np.allclose(found, raw, atol=1e-9)
    else:
        assert np.array_equal(found, raw)


def test_which_exchanges_there_are():
    """Two equal currents are exchanged; only of singlets of colour and isospin also the fields.

    uu and dd have a second way to contract colours, which Fierz identities exchange with the first.
    """
    same = {n for n, f in FAMILIES.items() if f.hermitian and f.rank == 4 and len({*f.fields}) == 2}
    assert same == {"ll", "qq1", "qq3", "ee", "uu", "dd"}
    for name in WITH_INDICES:
        c = symmetrise({name: random_tensor(name)})[name]
        pairs = c.ndim == 4 and np.allclose(c, c.transpose(2, 3, 0, 1), atol=1e-12)
        fields = c.ndim == 4 and np.allclose(c, c.transpose(0, 3, 2, 1), atol=1e-12)
        assert (pairs, fields) == (name in same, name == "ee"), name


def test_families_without_indices_and_unknown_names():
    assert symmetrise({"phiBox": 0.3, "W": np.float64(-0.1)}) == {"phiBox": 0.3, "W": -0.1}
    with pytest.raises(KeyError):
        symmetrise({"Yu": np.eye(3)})


def test_products():
    rng = np.random.default_rng(1)
    a, b = random_matrix(rng), random_matrix(rng)
    assert outer(a, b)[0, 1, 2, 0] == a[0, 1] * b[2, 0]
    assert crossed(a, b)[0, 1, 2, 0] == a[0, 0] * b[2, 1]


def test_sums():
    parts = [{"W": 1.0, "phie": np.eye(3)}, {"W": 0.5}]
    found = total([*parts, scaled(parts[1], 2.0)])
    assert found["W"] == 2.5
    assert np.array_equal(found["phie"], np.eye(3))
    assert parts[0]["W"] == 1.0
