"""Errors, files, documents and output: what every room uses."""

from __future__ import annotations

import doctest
import json
import os

import numpy as np
import pytest

from muoquark.common import errors
from muoquark.common.arrays import double_precision, namespace
from muoquark.common.document import read_document, read_text
from muoquark.common.errors import Fault, InputError, OutputError
from muoquark.common.files import prepare_folder, protecting_inputs, write_arrays, write_atomic
from muoquark.common.output import to_json


def test_examples_of_the_docstrings():
    assert doctest.testmod(errors).failed == 0


def test_faults_read_well():
    assert str(Fault("no", "card.yaml", 3)) == "card.yaml:3: no"
    assert str(Fault("no")) == "no"
    assert str(InputError([Fault("a", "f", 1), Fault("b", "f", 2)])) == "f:1: a\nf:2: b"


def test_write_atomic_leaves_the_old_file_on_failure(tmp_path, monkeypatch):
    path = tmp_path / "result.json"
    write_atomic(path, "old")

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OutputError, match="No space left"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_arrays_are_what_numpy_writes(tmp_path):
    arrays = {"state/x": np.arange(3), "text": json.dumps({"a": 1}), "name": np.zeros((2, 0))}
    for compressed, save in ((False, np.savez), (True, np.savez_compressed)):
        write_arrays(tmp_path / "a.npz", arrays, compressed)
        save(tmp_path / "b.npz", **arrays)
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    before = (tmp_path / "a.npz").read_bytes()
    with pytest.raises(OutputError, match="cannot write"):
        write_arrays(tmp_path / "nowhere" / "a.npz", arrays)
    with pytest.raises(TypeError):
        write_arrays(tmp_path / "a.npz", 5)
    assert (tmp_path / "a.npz").read_bytes() == before


def test_prepare_folder(tmp_path):
    assert prepare_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file, a folder is needed"):
        prepare_folder(tmp_path / "file")


def test_what_was_read_is_not_written_over(tmp_path):
    """On the command line only: a program may read and write the same file."""
    path, other = tmp_path / "card.yaml", tmp_path / "other.yaml"
    path.write_text("old")
    with protecting_inputs():
        read_text(path)
        with protecting_inputs():  # a verb that another one calls
            pass
        write_atomic(other, "new")
        for name in (path, tmp_path / "." / "card.yaml"):
            with pytest.raises(OutputError, match=r"card.yaml was read by this command"):
                write_atomic(name, "new")
    assert path.read_text() == "old"
    with protecting_inputs():
        write_atomic(path, "new")
    read_text(path)
    write_atomic(path, "newer")
    assert path.read_text() == "newer"
    assert len(list(tmp_path.iterdir())) == 2


def test_documents_know_their_lines():
    document = read_document("a: 1\nb:\n  - x\n  - {c: 2}\n", "f")
    top = document.root.mapping()
    assert top["b"].items[1].entries["c"].line == 4
    assert top["b"].path == "b"
    assert top["a"].real() == 1.0
    assert top["b"].real() is None
    with pytest.raises(InputError, match="f:2: b: expected a number, found a list of 2"):
        document.finish()


def test_numbers():
    document = read_document("[1e-9, 1, '1-2j', 1_000, '', true, 0x10]", "f")
    values = [node.complex() for node in document.root.items]
    assert values == [1e-9, 1, 1 - 2j, None, None, None, None]


def test_nested_too_deeply():
    with pytest.raises(InputError):
        read_document("[" * 20000 + "]" * 20000, "f")


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_text(tmp_path / "nothing")


def test_json_output():
    value = {"a": np.float64(1.5), "b": [1j, np.nan, np.inf], "c": np.eye(2), 1: None}
    assert json.loads(to_json(value)) == {
        "a": 1.5,
        "b": [{"Re": 0.0, "Im": 1.0}, None, None],
        "c": [[1.0, 0.0], [0.0, 1.0]],
        "1": None,
    }


def test_namespace_is_that_of_the_arrays():
    jax = pytest.importorskip("jax")
    seen = []
    jax.jit(lambda x: seen.append(namespace(1.0, x)) or x)(1.0)
    assert seen == [jax.numpy]
    assert namespace(np.eye(2), jax.numpy.eye(2)) is jax.numpy
    assert namespace(np.eye(2), 1.0, np.float64(2)) is np
    assert namespace() is np


def test_double_precision_ends_with_its_block():
    jax = pytest.importorskip("jax")
    before = jax.numpy.asarray(1.0).dtype
    with double_precision():
        assert jax.numpy.asarray(1.0).dtype == np.float64
        assert (jax.numpy.asarray(1.0) + 1e-12) - 1.0 > 0
    assert jax.numpy.asarray(1.0).dtype == before
