"""Snapshot files: what is written is read, what is broken is one clear message."""

import dataclasses
import hashlib
import os

import numpy as np
import pytest

from muoquark.common.errors import DomainError, InputError, OutputError
from muoquark.common.files import protecting_inputs, refuse_inputs
from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.compiler.assemble import FittedObservable
from muoquark.likelihood.compiler.form_recipe import FormTerm
from muoquark.likelihood.compiler.pack import build_forms
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import MultivariateNormal
from muoquark.likelihood.snapshot import Snapshot, read_snapshot, write_snapshot
from muoquark.likelihood.snapshots import load_snapshot

CENTRE = np.array([0.2253, 0.00415, 0.0420, 1.088])
C9, C10 = (("WET", "flavio", "sb", 4.8, f"C{n}_bsmumu", "Re") for n in (9, 10))


def shared():
    one = (("1",), None, None)
    out = {"fermi": {one: 1.0}}
    for meson in ("Bs", "B0", "D0"):
        for part, value in (
            ("M12.re", 1e-12),
            ("M12.im", 1e-13),
            ("G12.re", -1e-15),
            ("G12.im", 0.0),
        ):
            out[f"{meson}.{part}"] = {one: value}
    return out


@pytest.fixture(scope="module")
def snapshot():
    rate = {
        (("bs.tt",), None, None): 16.0,
        (("bs.tt",), C9, None): 8.0,
        (("bs.tt",), C9, C9): 1.0,
        (("bs.tt",), C10, C10): 1e-12,
    }
    width = {(("bs.tt",), None, None): 4.0, (("bs.tt",), C10, None): 0.5}
    fitted = {
        '"rate"': FittedObservable("rate", [rate], [FormTerm((0,))], [2.0]),
        '["ratio", 1.0, 6.0]': FittedObservable(
            ("ratio", 1.0, 6.0), [rate, width], [FormTerm((0,), (1,)), FormTerm((1,))], [1.0, 100.0]
        ),
        '"DeltaM_s"': FittedObservable("DeltaM_s", [], [], [1.0], derived="DeltaM_s"),
    }
    observables = ["rate", ("ratio", 1.0, 6.0), "DeltaM_s"]
    sigma = {'"rate"': 1e-3, '["ratio", 1.0, 6.0]': 0.1, '"DeltaM_s"': 1e-13}
    forms, counts = build_forms(
        observables,
        fitted,
        shared(),
        sigma,
        {C9: 3.0, C10: 3.0},
        CENTRE,
        "gamma",
        ["rate"] * 4,
        [0.05] * 4,
        {"ratio": ("q2min", "q2max")},
    )
    assert counts["after"] < counts["before"]  # the tiny C10^2 was dropped
    normal = Constraint("a", "m", (0, 1), MultivariateNormal(np.array([0.05, 4.0]), np.eye(2)))
    info = {"m": {"inspire": "Some:2020abc"}}
    data = DataSet(forms.observables, (normal,), {"a": (0, 1, 2)}, {}, info)
    return Snapshot(
        {"name": "test", "measurements": info, "arguments": {"ratio": ["q2min", "q2max"]}},
        forms,
        data,
        forms.predict(np.zeros(2)),
        np.zeros(3),
        np.ones(3),
    )


def test_forms_are_what_was_fitted(snapshot):
    low = np.array([[0.5, -1.0], [0.0, 0.0]])
    ckm = CENTRE * np.array([[1, 1, 1.1, 1], [1, 1, 1, 0.9]])
    tt = ckm_products(ckm, CENTRE)["bs.tt"]
    position = snapshot.forms.directions.index(C9)
    c9, c10 = low[:, position], low[:, 1 - position]
    rate, width = tt * (4 + c9) ** 2, tt * (4 + 0.5 * c10)
    found = snapshot.forms.predict(low, ckm)
    assert np.allclose(found[:, 0], 2 * rate, atol=0)
    assert np.allclose(found[:, 1], rate / width + 100 * width, atol=0)
    assert np.allclose(found[:, 2], 2 * abs(1e-12 + 1e-13j), rtol=1e-3, atol=0)


def test_one_point_and_many_agree(snapshot):
    low = np.random.default_rng(0).normal(size=(5, 2))
    many = snapshot.forms.predict(low)
    assert np.allclose([snapshot.forms.predict(x) for x in low], many, rtol=1e-12, atol=0)


def test_wrong_length_is_an_error(snapshot):
    with pytest.raises(DomainError, match="2 expected"):
        snapshot.forms.predict(np.zeros(3))


def test_coefficient_that_nothing_feels(snapshot):
    known = snapshot.forms.low_vector({C9[:5]: 1.5})
    assert known[snapshot.forms.directions.index(C9)] == 1.5
    with pytest.raises(DomainError, match="C7_bs"):
        snapshot.forms.low_vector({("WET", "flavio", "sb", 4.8, "C7_bs"): 0.1})


def test_round_trip(snapshot, tmp_path):
    write_snapshot(tmp_path / "a.npz", snapshot)
    again = read_snapshot(tmp_path / "a.npz")
    low = np.array([0.3, 0.7])
    assert np.array_equal(again.forms.predict(low), snapshot.forms.predict(low))
    assert again.observables == again.data.observables == snapshot.forms.observables
    assert again.observables[1] == Observable.of("ratio", q2min=1.0, q2max=6.0)
    assert again.data.blocks == {"a": (0, 1, 2)}
    assert again.data.info == snapshot.data.info
    points = np.array([[0.1, 5.0, 1e-12]])
    assert np.array_equal(
        again.data.terms().log_likelihood(points), snapshot.data.terms().log_likelihood(points)
    )


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_a_shipped_snapshot_is_written_as_it_was_read(tmp_path, name):
    """Every pdf comes back with what a Gaussian block takes of it, to the last bit."""
    whole = load_snapshot(name)
    write_snapshot(tmp_path / "a.npz", whole)
    again = read_snapshot(tmp_path / "a.npz")
    assert len(again.data.constraints) == len(whole.data.constraints)
    for old, new in zip(whole.data.constraints, again.data.constraints, strict=True):
        assert type(old.pdf) is type(new.pdf)
        same = ("block", "measurement", "observables", "kept")
        assert [getattr(old, k) for k in same] == [getattr(new, k) for k in same]
        for ours, theirs in zip(old.gaussian(), new.gaussian(), strict=True):
            assert np.array_equal(ours, theirs)
    found, before = (one.data.terms().log_likelihood(whole.sm) for one in (again, whole))
    assert np.array_equal(found, before)


def test_a_replaced_file_is_read_anew(snapshot, tmp_path):
    """Numbers and hash are of the same file, also if size and time of change are kept."""
    path = tmp_path / "a.npz"
    hashes = set()
    for error in (1.0, 2.0, 3.0):
        write_snapshot(path, dataclasses.replace(snapshot, error=np.full(3, error)))
        os.utime(path, ns=(10**18, 10**18))
        found = load_snapshot(path)
        assert found.error[0] == error
        assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert load_snapshot(str(path)) is found  # unchanged, so not read again
        hashes.add(found.sha256)
    assert len(hashes) == 3


def test_a_relative_path_is_that_of_the_folder(snapshot, tmp_path, monkeypatch):
    for name, error in (("one", 1.0), ("two", 2.0)):
        folder = tmp_path / name
        folder.mkdir()
        write_snapshot(folder / "a.npz", dataclasses.replace(snapshot, error=np.full(3, error)))
        monkeypatch.chdir(folder)
        assert load_snapshot("a.npz").error[0] == error


def test_every_reading_protects_the_file(snapshot, tmp_path):
    """Also the second one, which finds the content in memory."""
    path = tmp_path / "a.npz"
    write_snapshot(path, snapshot)
    for _ in range(2):
        with protecting_inputs():
            load_snapshot(path)
            with pytest.raises(OutputError, match="was read by this command"):
                refuse_inputs(path)


@pytest.mark.parametrize("damage", ["absent", "truncated", "text", "empty", "no metadata"])
def test_broken_files(snapshot, tmp_path, damage):
    path = tmp_path / "a.npz"
    write_snapshot(path, snapshot)
    data = path.read_bytes()
    if damage == "absent":
        path.unlink()
    elif damage == "no metadata":
        np.savez(path, sm=np.zeros(3))
    else:
        path.write_bytes(
            {"truncated": data[: len(data) // 2], "text": b"snapshot", "empty": b""}[damage]
        )
    with pytest.raises(InputError, match=r"a\.npz"):
        read_snapshot(path)


def test_jax_agrees(snapshot):
    jax = pytest.importorskip("jax")
    low = np.random.default_rng(0).normal(size=(3, 2))
    with jax.enable_x64(True):
        import jax.numpy as jnp

        found = jax.jit(lambda x: snapshot.forms.predict(x, xp=jnp))(jnp.asarray(low))
        assert found.dtype == jnp.float64
        assert np.allclose(found, snapshot.forms.predict(low), rtol=1e-12, atol=0)


def test_snapshot_is_immutable(snapshot):
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot.forms = None
