"""The compiled Drell-Yan tails against an evaluation that shares no code with them."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np
import pytest

from highpt_points import COUPLINGS, HERMITIAN, coefficients, exchanged
from highpt_reference import (
    BLOCKS,
    Amplitudes,
    PackagedData,
    PartonLevel,
    Propagator,
    Reference,
    leptoquark,
    smeft,
)
from muoquark.likelihood.likelihood import Likelihood

TABLES = resources.files("muoquark.likelihood.highpt") / "data" / "tables.npz"


@lru_cache(maxsize=1)
def setup():
    return Likelihood("highpt"), Reference(PackagedData(TABLES))


def compare(point, amplitudes, rel):
    """Counts of new physics in all bins, relative to the largest one of each search."""
    likelihood, reference = setup()
    found = likelihood(point).predictions - likelihood.sm
    largest = 0.0
    for block, at in likelihood.data.blocks.items():
        expected = reference.events(BLOCKS[block], amplitudes)
        size = np.abs(expected).max()
        assert np.abs(found[list(at)] - expected).max() <= rel * size
        largest = max(largest, size)
    assert largest > 0.1


def random_matrix(rng, size=0.3):
    return size * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))


@pytest.mark.parametrize("seed", range(2))
def test_random_coefficients(seed):
    """All operators, all flavours, complex."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for family in (*HERMITIAN, "ledq", "lequ1", "lequ3"):
        one = 1e-8 * (rng.normal(size=(3,) * 4) + 1j * rng.normal(size=(3,) * 4))
        tensors[family] = one + one.transpose(1, 0, 3, 2).conj() if family in HERMITIAN else one
    compare(coefficients(tensors), smeft(tensors), 2e-5)


@pytest.mark.parametrize(
    "masses",
    [
        {"S3": 1500.0},
        {"S1": 1100.0},
        {"S1t": 900.0},
        {"R2": 2000.0},
        {"R2t": 1200.0},
        {"U1": 1800.0},
        {"S1": 2000.0, "S3": 2000.0},
        {"S1": 1000.0, "R2": 1700.0},
        {"S3": 1300.0, "U1": 2500.0},
        {"S1t": 1400.0, "U1": 900.0, "R2t": 4000.0},
    ],
    ids=lambda masses: "-".join(masses),
)
def test_random_leptoquarks(masses):
    """Ten points with tau and electron couplings, complex; the reference knows the couplings.

    So signs and conjugations of the matching take part in the comparison: those of R2 most of all.
    """
    rng = np.random.default_rng(len(masses) + sum(map(ord, "".join(masses))))
    couplings = {c: random_matrix(rng) for name in masses for c in COUPLINGS[name]}
    amplitudes = Amplitudes()
    for name, mass in masses.items():
        amplitudes.extend(leptoquark(name, mass, couplings))
    compare(exchanged(masses, couplings), amplitudes, 5e-5)


def test_the_reference_without_a_propagator_is_its_own_eft():
    """The couplings of the table and the Warsaw coefficients are two ways to one amplitude."""
    rng = np.random.default_rng(5)
    for name, needed in COUPLINGS.items():
        couplings = {c: random_matrix(rng) for c in needed}
        direct = leptoquark(name, 1000.0, couplings, full=False)
        point = exchanged({name: 1000.0}, couplings)
        through = smeft({k: np.asarray(v) for k, v in point.tensors().items()})
        for book in ("neutral", "charged"):
            one, two = getattr(direct, book), getattr(through, book)
            for key in two:
                first = sum((t for t, _ in one.get(key, [])), np.zeros((3,) * 4))
                second = sum(t for t, _ in two[key])
                size = max(np.abs(second).max(), 1e-12)
                if book == "neutral" and key[0] == "u" and key[1] in ("LL", "RL"):
                    first, second = first[:, :, :2, :2], second[:, :, :2, :2]
                assert np.abs(first - second).max() < 2e-3 * size


def test_closed_forms_of_the_propagator():
    """<P> and <P^2> of the weight 3 x^2, r = s/M^2."""
    x, w = np.polynomial.legendre.leggauss(80)
    x, w = (1 + x) / 2, w / 2
    for r in (0.01, 1.0, 20.0):
        p = Propagator(1000.0, "u")(1e6 * r, x - 1)
        first = 3 / r**3 * (r**2 / 2 - r + np.log1p(r))
        second = 3 / r**3 * (r + r / (1 + r) - 2 * np.log1p(r))
        assert np.sum(3 * w * x**2 * p) == pytest.approx(first, rel=1e-6, abs=0)
        assert np.sum(3 * w * x**2 * p**2) == pytest.approx(second, rel=1e-6, abs=0)


def test_the_reference_without_a_detector_meets_madgraph():
    """The first and the last bin of the spectrum of m_mumu (flavio 2.7.1, test_ppll.py)."""
    edges = np.logspace(np.log10(200), np.log10(1800), 10)
    for k, value in ((0, 2.66250518e-02), (8, 2.02974822e-06)):
        one = PartonLevel(PackagedData(TABLES), list(edges[k : k + 2]))
        found = one.cross_section("di-muon", None)[0] / (edges[k + 1] - edges[k])
        assert found == pytest.approx(value, rel=0.02, abs=0)
