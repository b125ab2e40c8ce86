"""Results as CSV, LaTeX and HEPData: the numbers survive, the files follow the formats' rules."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest
import yaml

from closeness import close
from muoquark.report.export_tables import csv_text, hepdata_files, latex_text
from muoquark.report.tables import Column, Table, slug, tables_of

FIT = {
    "best_fit": {"eta3L_3": 0.3275159894102716, "eta1L_3*eta1R_3": 0.002132600350875},
    "delta_chi2": 28.4,
    "errors": {"eta3L_3": 0.03, "eta1L_3*eta1R_3": 0.004},
    "parameters": [{"name": "eta3L_3", "low": 0}, {"name": "eta1L_3*eta1R_3", "low": -1}],
    "status": ["a note"],
    "sm": {"loglike": 0.0},
    "blocks": {"quarks": 17.831036, "lfu_fcnc": -3.90611385943},
    "profiles": {
        "eta3L_3": {
            "best": 0.33,
            "interval_1sigma": [[0.29389, 0.35823]],
            "interval_2sigma": [[-0.1, -0.05], [0.25612, 0.38725]],
        },
        "eta1L_3*eta1R_3": {
            "best": 0.002,
            "interval_1sigma": [[-0.0016, 0.0059]],
            "interval_2sigma": [[-0.0054, 0.0097]],
        },
    },
    "bands": {
        "R_K(*)": {"parameter": "eta3L_3", "best": 0.16, "interval_1sigma": [[0.0, 0.228]],
                   "delta_chi2": 0.97},
    },
    "contours": {"1 sigma": [[[0.3, 0.001], [0.31, 0.002]]], "2 sigma": [[[0, 1]], [[2, 3]]]},
    "inputs": {"verb": "fit", "order": "loop", "data": {"snapshot": "2026-06", "chain": "full"},
               "versions": {"muoquark": "0.1.0"}, "hash": "abc"},
}  # fmt: skip
# Bands of all shapes, as a fit writes them now; FIT has those of older files.
BANDS = FIT | {
    "bands": {
        "R_K(*)": {"shape": "interval", "parameter": "eta3L_3", "best": 0.16, "delta_chi2": 0.97,
                   "interval_1sigma": [[0.0, 0.228]], "variation": 30.0},
        "quarks": {"shape": "region", "parameter": None, "best": None, "interval_1sigma": None,
                   "delta_chi2": 36.0, "variation": 90.0,
                   "profiles": {"eta3L_3": {"best": 0.4, "interval_1sigma": [[0.3, 0.5]]},
                                "eta1L_3*eta1R_3": {"best": 0.0, "interval_1sigma": [
                                    [-0.01, -0.005], [0.005, 0.01]]}},
                   "contour": [[[0.1, 0.0], [0.2, 0.1]], [[0.5, 0.0], [0.6, 0.1]]]},
        "R(D(*))": {"shape": "region", "parameter": None, "best": None, "interval_1sigma": None,
                    "delta_chi2": 3.0, "variation": 4.0, "profiles": {},
                    "contour": [[[0.1, 0.0], [0.2, 0.1]]]},
        "lfv": {"shape": "everything", "parameter": None, "best": None, "interval_1sigma": None,
                "delta_chi2": 0.0, "variation": 0.1},
    },
    "variation": {"quarks": 90.0, "lfv": 0.1},
}  # fmt: skip
PREDICTIONS = [
    {"observable": "<P5p>(B0->K*mumu)", "args": {"q2min": 1.1, "q2max": 2.5}, "sm": 0.1,
     "value": 0.2, "measured": None, "block": "quarks"},
    {"observable": "BR(Bs->mumu)", "args": {}, "sm": 3.6e-9, "value": 3.5e-9, "measured": 3.4e-9,
     "block": "quarks"},
]  # fmt: skip
GOODNESS = {
    "definition": "text",
    "goodness": {"sm": {"quarks": {"chi2": 1.5, "dof": 2, "p": 0.4},
                        "lept": {"chi2": 2.5, "dof": 3, "p": 0.5}}},
    "pulls": [{"label": "a", "pull": 1.0, "at_limit": ["x", "y"]},
              {"label": "b", "pull": -2.0, "at_limit": []}],
    "gains": {"sm": {"total": 3.0, "gains": [{"name": "a", "gain": 1.0}]}},
    "number": 3,
    "inputs": {"verb": "goodness"},
}  # fmt: skip
PROFILE = {
    "best_fit": {"a": 1.0, "b": 2.0, "m": 3.0},
    "profiles": {
        "a": {"x": [0.5, 1.0, 1.5], "delta_chi2": [2.0, 0.0, 3.0], "minimum": -5.0,
              "points": {"a": [0.5, 1.0, 1.5], "b": [1.0, 2.0, 2.5], "m": [3, 3, 3]},
              "intervals": [{"level": 1.0, "low": 0.7, "high": None, "open_high": True}]},
    },
    "point": {"kind": "given", "x": {"a": 1.0, "b": 2.0}, "y": {"a": 1.0, "b": 2.0}, "n": 1},
    "words": {"definition": "what it means"},
    "inputs": {"verb": "profile"},
}  # fmt: skip
ALL = pytest.mark.parametrize("document", [FIT, BANDS, PREDICTIONS, GOODNESS, PROFILE])


def table(document, name):
    return next(t for t in tables_of(document) if t.name == name)


def test_fit_has_the_tables_that_a_paper_needs():
    names = [t.name for t in tables_of(FIT)]
    assert names == ["parameters", "bands", "contour 1 sigma", "contour 2 sigma 1",
                     "contour 2 sigma 2", "blocks", "numbers"]  # fmt: skip
    parameters = table(FIT, "parameters")
    heads = [c.name for c in parameters.columns]
    assert heads[:4] == ["parameter", "best fit", "1 sigma low", "1 sigma high"]
    assert heads[-2:] == ["2 sigma (2) low", "2 sigma (2) high"]
    assert parameters.rows[1][-2:] == (None, None)
    assert parameters.columns[1].low == (0.29389, -0.0016)
    assert parameters.qualifiers["data snapshot"] == "2026-06"
    contour = table(FIT, "contour 1 sigma")
    assert [c.name for c in contour.columns] == ["eta3L_3", "eta1L_3*eta1R_3"]
    assert contour.rows == [(0.3, 0.001), (0.31, 0.002)]


def test_bands_have_a_row_for_every_parameter_that_they_constrain():
    names = [t.name for t in tables_of(BANDS)]
    assert names[1:5] == ["bands", "band quarks 1", "band quarks 2", "band R(D(*))"]
    bands = table(BANDS, "bands")
    assert [c.name for c in bands.columns if c.independent] == ["group of observables", "parameter"]
    assert bands.rows == [
        ("R_K(*)", "eta3L_3", 0.16, 0.0, 0.228, None, None, 0.97),
        ("quarks", "eta3L_3", 0.4, 0.3, 0.5, None, None, 36.0),
        ("quarks", "eta1L_3*eta1R_3", 0.0, -0.01, -0.005, 0.005, 0.01, 36.0),
        ("R(D(*))", "combinations only", None, None, None, None, None, 3.0),
        ("lfv", "nothing in the ranges", None, None, None, None, None, 0.0),
    ]
    line = table(BANDS, "band R(D(*))")
    assert [c.name for c in line.columns] == ["eta3L_3", "eta1L_3*eta1R_3"]
    assert line.rows == [(0.1, 0.0), (0.2, 0.1)]
    old = table(FIT, "bands")
    assert old.rows == [("R_K(*)", "eta3L_3", 0.16, 0.0, 0.228, 0.97)]


def test_other_results_become_tables_by_their_shape():
    assert table(PREDICTIONS, "predictions").rows[0][:3] == (
        "<P5p>(B0->K*mumu)", "q2min=1.1, q2max=2.5", "quarks"
    )  # fmt: skip
    chi2 = table(GOODNESS, "goodness sm")
    assert chi2.rows == [("quarks", 1.5, 2, 0.4), ("lept", 2.5, 3, 0.5)]
    assert table(GOODNESS, "pulls").rows[0] == ("a", 1.0, "x, y")
    assert table(GOODNESS, "gains sm").rows == [("total", 3.0)]
    assert table(GOODNESS, "gains sm gains").rows == [("a", 1.0)]
    assert ("number", 3) in table(GOODNESS, "numbers").rows


def test_units_and_the_sign_of_pulls():
    rows = [
        {"observable": name, "args": {}, "measured": 1.0, "pull": 0.5}
        for name in ("<dBR/dq2>(B+->Kmumu)", "a_mu")
    ]
    (found,) = tables_of(rows)
    (units,) = [c for c in found.columns if c.name == "unit"]
    assert units.values == ("GeV^-2", "")
    assert units.independent
    assert "A pull is (prediction - measured)/uncertainty" in found.description


def test_profiles_are_curves_and_names_are_unique():
    names = [t.name for t in tables_of(PROFILE)]
    assert len(set(map(slug, names))) == len(names)
    curve = table(PROFILE, "profile a")
    assert [c.name for c in curve.columns] == ["a", "Delta chi2", "b", "m"]
    assert curve.rows[0] == (0.5, 2.0, 1.0, 3)
    assert table(PROFILE, "profiles a intervals").rows == [(1.0, 0.7, None, "yes")]
    assert {"point", "point 2"} <= set(names) and "words" not in names


@ALL
def test_csv_keeps_every_digit(document):
    for t in tables_of(document):
        lines = list(csv.reader(io.StringIO(csv_text(t))))
        assert len(lines) == len(t.rows) + 1
        assert len({len(line) for line in lines}) == 1
        wide = [c for column in t.columns for c in ([column.values, column.low, column.high]
                if column.low else [column.values])]  # fmt: skip
        for k, line in enumerate(lines[1:]):
            for text, values in zip(line, wide, strict=True):
                value = values[k]
                if isinstance(value, float):
                    assert float(text) == value
                else:
                    assert text == ("" if value is None else str(value))


@ALL
def test_latex_is_a_table_of_the_right_shape(document):
    for t in tables_of(document):
        text = latex_text(t)
        body = [line for line in text.splitlines() if not line.startswith("%")]
        kinds = re.fullmatch(r"\\begin\{tabular\}\{([lr]+)\}", body[0])
        names = {c.name for c in t.columns}
        # an uncertainty stands in the column of what was measured
        width = len(t.columns) - ({"measured", "uncertainty"} <= names)
        assert kinds and len(kinds[1]) == width and body[-1] == r"\end{tabular}"
        rows = [line for line in body if line.endswith(r"\\")]
        assert len(rows) == len(t.rows) + 1
        for row in rows:
            assert len(re.findall(r"(?<!\\)&", row)) == width - 1
            assert len(re.findall(r"(?<!\\)\$", row)) % 2 == 0
            outside = re.sub(r"(?<!\\)\$.*?(?<!\\)\$", "", row)
            assert not re.search(r"(?<!\\)[_^#%]", outside)
            assert not re.search(r"[<>]", outside)
            depth = 0
            for mark in re.findall(r"(?<!\\)[{}]", row):
                depth += 1 if mark == "{" else -1
                assert depth >= 0
            assert depth == 0


def test_latex_numbers():
    column = Column("x", (0.32752, 3.6e-9, 12, None), "GeV", (0.2939, None, None, None),
                    (0.35823, None, None, None))  # fmt: skip
    text = latex_text(Table("t", "d", (Column("a_b", ("R_K(*)", "b", "c", "d")), column)))
    assert r"R\_K(*) & $0.328^{+0.031}_{-0.034}$ \\" in text
    assert r"b & $3.6 \times 10^{-9}$ \\" in text
    assert r"c & $12$ \\" in text and r"d & -- \\" in text
    assert r"a\_b & x [GeV] \\" in text
    assert text.count("rule") == 3 and "usepackage{booktabs}" in text


def test_latex_writes_symbols_and_values_with_their_errors():
    """Digits come from the error; couplings are written by their symbol, decays with an arrow."""
    columns = (
        Column("observable", ("BR(Bs->mumu)", "eta3L_3"), independent=True),
        Column("sm", (3.6734e-9, -0.0)),
        Column("value", (2.7123e-9, -1e-9)),
        Column("measured", (2.9321e-9, 0.32752)),
        Column("uncertainty", (3.8e-10, 0.032)),
    )
    text = latex_text(Table("predictions", "d", columns))
    assert r"observable & sm & value & measured \\" in text
    assert (
        r"BR(Bs$\to$mumu) & $3.67 \times 10^{-9}$ & $2.71 \times 10^{-9}$ & "
        r"$(2.93 \pm 0.38) \times 10^{-9}$ \\"
    ) in text
    assert r"$\eta^{3L}_{3}$ & $0.000$ & $0.000$ & $0.328 \pm 0.032$ \\" in text


def test_an_interval_that_ends_with_its_range_says_so_everywhere():
    document = {
        "best_fit": {"x": -1.9999999926},
        "profiles": {"x": {"interval_1sigma": [[-2.0, -1.03]], "interval_2sigma": [[-2.0, 0.4]]}},
        "parameters": [{"name": "x", "low": -2.0, "high": 1.0}],
    }
    (table,) = (t for t in tables_of(document) if t.name == "parameters")
    assert r"$-2.00^{+0.97}_{\mathrm{range}}$" in latex_text(table)
    head, row = csv.reader(io.StringIO(csv_text(table)))
    assert row[head.index("best fit interval ends with the range at")] == "lower"
    (errors,) = re.findall(r"label: (.*)", "".join(hepdata_files([table], "c").values()))
    assert "lower end" in errors and "range" in errors
    document["profiles"]["x"]["interval_1sigma"] = [[-1.9999999926 - 1e-3, -1.03]]
    document["parameters"] = [{"name": "x", "low": -3.0, "high": 1.0}]
    (table,) = (t for t in tables_of(document) if t.name == "parameters")
    assert "range" not in latex_text(table) and "range" not in csv_text(table)


def follows_the_rules(files):
    """The rules of HEPData's schema 1.1.1 for submission.yaml and data files."""
    first, *tables = yaml.safe_load_all(files["submission.yaml"])
    assert set(first) <= {"comment", "additional_resources"}
    for resource in first.get("additional_resources", []):
        assert set(resource) == {"location", "description"}
    assert {t["data_file"] for t in tables} == set(files) - {"submission.yaml"}
    assert len({t["name"] for t in tables}) == len(tables)
    for entry in tables:
        assert set(entry) == {"name", "description", "keywords", "data_file"}
        assert 0 < len(entry["name"]) <= 64 and entry["description"]
        assert "&" not in files[entry["data_file"]].replace("& ", "")
        data = yaml.safe_load(files[entry["data_file"]])
        assert set(data) == {"independent_variables", "dependent_variables"}
        lengths = set()
        for kind, variables in data.items():
            allowed = {"header", "values"} | ({"qualifiers"} if kind[0] == "d" else set())
            for variable in variables:
                assert set(variable) <= allowed and {"header", "values"} <= set(variable)
                assert set(variable["header"]) <= {"name", "units"} and variable["header"]["name"]
                lengths.add(len(variable["values"]))
                for qualifier in variable.get("qualifiers", []):
                    assert set(qualifier) == {"name", "value"}
                for point in variable["values"]:
                    assert set(point) <= {"value", "errors"}
                    assert isinstance(point["value"], int | float | str)
                    assert point["value"] == point["value"]
                    assert kind[0] == "d" or "errors" not in point
                    for error in point.get("errors", []):
                        assert set(error) == {"asymerror", "label"}
                        assert error["asymerror"]["plus"] != 0 or error["asymerror"]["minus"] != 0
        assert len(lengths) == 1
        assert data["dependent_variables"], entry["name"]
    return tables


@ALL
def test_hepdata(document):
    tables = tables_of(document)
    files = hepdata_files(tables, "comment", {"fit.json": "all"})
    entries = follows_the_rules(files)
    for t, entry in zip(tables, entries, strict=True):
        data = yaml.safe_load(files[entry["data_file"]])
        for column in (c for c in t.columns if not c.independent):
            (found,) = [
                v for v in data["dependent_variables"] if v["header"]["name"] == column.name
            ]
            for value, point in zip(column.values, found["values"], strict=True):
                assert point["value"] == ("-" if value is None else value)


def test_verb(muoquark, tmp_path):
    path = tmp_path / "fit.json"
    path.write_text(json.dumps(FIT))
    folder = tmp_path / "hepdata"
    outcome = muoquark("export", path, "--format", "hepdata", "--out", folder, "--json")
    assert outcome.code == 0, outcome.err
    files = {p.name: p.read_text() for p in folder.iterdir()}
    assert json.loads(files.pop("fit.json")) == FIT
    follows_the_rules(files)
    assert {str(p) for p in folder.iterdir()} == set(json.loads(outcome.out)["files"])
    assert muoquark("export", path, "--format", "hepdata", "--out", folder).code == 2
    assert muoquark("export", path, "--format", "hepdata").code == 2
    outcome = muoquark("export", path, "--format", "csv", "--table", "blocks")
    assert outcome.out == "block,ln L - ln L_SM\nquarks,17.831036\nlfu_fcnc,-3.90611385943\n"
    outcome = muoquark("export", path, "--format", "latex", "--out", tmp_path / "tex")
    assert outcome.code == 0
    assert sorted(p.name for p in (tmp_path / "tex").iterdir())[0] == "bands.tex"
    assert "no table fits 'x'" in muoquark("export", path, "--format", "csv", "--table", "x").err
    assert "needs RESULT" in muoquark("export", "--format", "csv").err
    path.write_text("3")
    assert "neither a record nor a list" in muoquark("export", path, "--format", "csv").err
    path.write_text('{"inputs": {}}')
    assert "nothing in it is a table" in muoquark("export", path, "--format", "csv").err


def test_samples(muoquark, tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "samples.nc"
    rng = np.random.default_rng(0)
    draws = {"a": rng.normal(1.0, 0.1, (4, 500)), "b": rng.normal(size=(4, 500))}
    with h5py.File(path, "w") as file:
        file.attrs["muoquark_inputs"] = json.dumps(FIT["inputs"])
        for name, values in draws.items():
            file[f"posterior/{name}"] = values
        file["posterior/chain"] = np.arange(4)
    outcome = muoquark("export", path, "--format", "csv", "--table", "posterior")
    assert outcome.code == 0, outcome.err
    rows = {r["parameter"]: r for r in csv.DictReader(io.StringIO(outcome.out))}
    assert set(rows) == {"a", "b"}
    assert float(rows["a"]["mean"]) == close(draws["a"].mean(), rel=1e-12)
    assert float(rows["a"]["84 %"]) == close(np.quantile(draws["a"], 0.84), rel=1e-12)
    outcome = muoquark("export", path, "--format", "hepdata", "--out", tmp_path / "h")
    assert outcome.code == 0, outcome.err
    follows_the_rules({p.name: p.read_text() for p in (tmp_path / "h").iterdir()})
    with h5py.File(tmp_path / "empty.nc", "w") as file:
        file.attrs["muoquark_inputs"] = "{}"
    assert "no draws" in muoquark("export", tmp_path / "empty.nc", "--format", "csv").err
    with h5py.File(tmp_path / "other.nc", "w") as file:
        file["x"] = 1
    assert "no attribute" in muoquark("export", tmp_path / "other.nc", "--format", "csv").err


def test_file_names():
    assert slug("contour 1 sigma / R_K(*)") == "contour_1_sigma_r_k"


@pytest.mark.parametrize(
    "document",
    [{"contours": {"1 sigma": 5}}, {"best_fit": {"a": "b"}, "profiles": {"a": 1}, "errors": 3}],
)
def test_results_of_another_form(muoquark, tmp_path, document):
    path = tmp_path / "result.json"
    path.write_text(json.dumps(document))
    outcome = muoquark("export", path, "--format", "csv")
    assert outcome.code == 2
    assert "do not have the form in which verbs write them" in outcome.err
    path.write_text(json.dumps(FIT))
    outcome = muoquark("export", path, "--format", "csv", "--obs", "BR*")
    assert outcome.code == 2
    assert "--obs is for --format popxf" in outcome.err
