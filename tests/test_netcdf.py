"""Arrays in NetCDF: what is written is what xarray reads, and is there whole or not at all."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
import xarray

from muoquark.common.errors import InputError, OutputError
from muoquark.common.netcdf import (
    INPUTS,
    Group,
    Variable,
    is_netcdf,
    read_arrays,
    read_attribute,
    writing,
)

X = np.array([1.0, 2.0, 4.0])
TABLE = np.arange(6.0).reshape(3, 2)
ROOT = Group(
    {"x": 3, "part": 2, "point": 4},
    {
        "x": Variable(("x",), X),
        "part": Variable(("part",), ["one", "zwei, drü"]),
        "table": Variable(("x", "part"), attributes={"long_name": "a table"}),
        "count": Variable(("point",), kind=np.int64),
    },
)
FLAGS = Group(
    {"point": 4},
    {
        "flag": Variable(("point",), np.array([True, False, True, True])),
        "value": Variable(("point",), np.array([1.0, np.nan, 3.0, 4.0]), fill=np.nan),
    },
)


def written(path):
    groups, attributes = {"": ROOT, "more": FLAGS}, {INPUTS: {"verb": "x", "k": [1]}}
    with writing(path, groups, attributes) as put:
        put("table", (slice(0, 1), slice(0, 2)), TABLE[:1])
        put("table", (slice(1, 3), slice(0, 2)), TABLE[1:])
        put("count", (slice(0, 4),), np.arange(4))
    return path


def test_xarray_reads_it(tmp_path):
    path = written(tmp_path / "a.nc")
    assert is_netcdf(path)
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        root, more = tree.to_dataset(), tree["more"].to_dataset(inherit=False)
        assert json.loads(tree.attrs[INPUTS]) == {"verb": "x", "k": [1]}
        assert list(root.data_vars) == ["table", "count"]
        assert root.table.dims == ("x", "part")
        assert root.table.attrs == {"long_name": "a table"}
        assert np.array_equal(root.x, X)
        assert root.part.values.tolist() == ["one", "zwei, drü"]
        assert np.array_equal(root.table, TABLE)
        assert (root["count"].dtype, root["count"].values.tolist()) == (np.int64, [0, 1, 2, 3])
        assert (more.flag.dtype, more.flag.values.tolist()) == (bool, [True, False, True, True])
        assert np.array_equal(more.value, FLAGS.variables["value"].values, equal_nan=True)
        assert np.isnan(more.value.encoding["_FillValue"])
        xarray.testing.assert_identical(
            ROOT.dataset(
                {"table": TABLE.ravel(), "count": np.arange(4)}, {INPUTS: {"verb": "x", "k": [1]}}
            ),
            root.load(),
        )


def test_our_reader_gives_the_arrays(tmp_path):
    inputs, arrays = read_arrays(written(tmp_path / "a.nc"))
    assert inputs == {"verb": "x", "k": [1]}
    assert list(arrays) == ["/table", "/count", "more/flag", "more/value"]
    assert np.array_equal(arrays["/table"], TABLE)
    assert (arrays["more/flag"].dtype, arrays["/count"].dtype) == (bool, np.int64)


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    path = written(tmp_path / "a.nc")
    before = path.read_bytes()
    with pytest.raises(RuntimeError), writing(path, {"": ROOT}, {}) as put:
        put("count", (slice(0, 4),), np.ones(4, int))
        raise RuntimeError
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OutputError, match="cannot write"):
        written(tmp_path / "nowhere" / "a.nc")


def test_files_of_others(tmp_path):
    path = tmp_path / "a.nc"
    assert not is_netcdf(path)
    path.write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    assert is_netcdf(path)
    with pytest.raises(InputError, match=r"a.nc: not a file of draws or of a scan \("):
        read_arrays(path)
    with h5py.File(path, "w") as file:
        file["posterior/a"] = np.ones((2, 3))
    with pytest.raises(InputError, match=f"it has no attribute '{INPUTS}'"):
        read_arrays(path)
    with h5py.File(path, "a") as file:  # as ArviZ keeps attributes: with a group
        file["posterior"].attrs[INPUTS] = "{"
    assert read_attribute(path) == "{"
    with pytest.raises(InputError, match=f"the record '{INPUTS}' is no JSON"):
        read_arrays(path)
