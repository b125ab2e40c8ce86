"""Compiling the tables of the Drell-Yan tails: what is read, what is refused, the same again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from highpt_reference import BLOCKS, PackagedData, RawData, Reference
from muoquark.common.errors import InputError
from muoquark.likelihood.highpt.__main__ import main
from muoquark.likelihood.highpt.pack import compile_tables, keys_of, read_tables, shipped, write
from muoquark.likelihood.highpt.searches import SEARCHES
from muoquark.likelihood.highpt.source import SIMULATED, open_source

FOLDER = os.environ.get("MUOQUARK_HIGHPT", "")
needed = pytest.mark.skipif(not FOLDER, reason="MUOQUARK_HIGHPT is not set")


def test_bins_are_added_as_highpt_adds_them():
    sizes = {"dimuon": 41, "dielectron": 94, "ditau": 14, "monomuon": 38, "monoelectron": 48}
    sizes |= {"monotau": 14, "muontau": 25, "electrontau": 25, "electronmuon": 25}
    for search in SEARCHES:
        groups = search.groups(sizes[search.block])
        assert [k for group in groups for k in group] == list(range(sizes[search.block]))
        assert len(groups) == len(read_tables().searches[search.block].observed)
    assert SEARCHES[0].groups(41)[28:] == [[28, 29], list(range(30, 41))]


def test_tables_survive_a_file(tmp_path):
    tables = read_tables()
    write(tables, tmp_path / "again.npz")
    again = read_tables(tmp_path / "again.npz")
    for block, one in tables.searches.items():
        other = again.searches[block]
        assert np.array_equal(one.observed, other.observed)
        for key in keys_of(one.search):
            assert np.array_equal(one.response[key], other.response[key])
            # no more than was simulated, and mostly whole events
            assert one.response[key].min() >= 0 and one.response[key].sum(axis=1).max() <= 1
    assert np.array_equal(tables.luminosities["CT18NNLO"], again.luminosities["CT18NNLO"])


def test_what_is_no_source_is_refused(tmp_path):
    with pytest.raises(InputError, match="neither a checkout of HighPT"):
        open_source(tmp_path)
    (tmp_path / "searches.json").write_text("{}")
    with pytest.raises(InputError, match="there is no such file"):
        compile_tables(open_source(tmp_path))
    outcome = CliRunner().invoke(main, [str(tmp_path), "--out", str(tmp_path / "t.npz")])
    assert outcome.exit_code == 1 and "there is no such file" in outcome.output
    assert not (tmp_path / "t.npz").exists()


@pytest.mark.highpt
@needed
def test_the_shipped_tables_are_those_of_the_source(tmp_path):
    """From a checkout to the last bit, from rounded numbers to their rounding."""
    out = tmp_path / "tables.npz"
    outcome = CliRunner().invoke(main, [FOLDER, "--out", str(out)])
    assert outcome.exit_code == 0, outcome.output
    with np.load(out) as found, np.load(shipped()) as expected:
        assert set(found.files) == set(expected.files)
        for name in expected.files:
            if name == "metadata":
                continue
            assert found[name].shape == expected[name].shape
            assert np.allclose(found[name], expected[name], rtol=0, atol=1e-3), name


@pytest.mark.highpt
@needed
def test_damaged_sources_are_one_message(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(FOLDER, copy)
    path = next(iter(sorted(copy.rglob("*u_ubar.dat")) or [copy / "lumi" / "PDF4LHC21.csv"]))
    path.chmod(0o644)
    path.write_text("nothing here")
    with pytest.raises(InputError) as caught:
        compile_tables(open_source(copy))
    assert len(caught.value.faults) == 1 and path.name in str(caught.value)


@pytest.mark.highpt
@pytest.mark.skipif(not (Path(FOLDER) / "searches.json").is_file(), reason="no folder of numbers")
def test_the_reference_finds_the_same_in_raw_data_and_in_tables():
    one, two = Reference(RawData(FOLDER)), Reference(PackagedData(shipped()))
    for name in BLOCKS.values():
        assert one.chi2(name) == pytest.approx(two.chi2(name), abs=1e-9, rel=0)
        if name in ("di-muon", "mono-tau"):
            assert one.events(name, None) == pytest.approx(two.events(name, None), rel=1e-5, abs=0)
    assert SIMULATED == 50000
