"""What is cited is what entered: no more, no less; nothing in a record is made up."""

from __future__ import annotations

import json
import re

import pytest

from muoquark.common.errors import InputError
from muoquark.common.provenance import provenance
from muoquark.likelihood.snapshots import load_snapshot
from muoquark.model.card_file import read_card
from muoquark.report.bibtex import entries, entry
from muoquark.report.cite import all_keys, cite
from muoquark.report.inspire import Inspire, link
from muoquark.report.references import FIELDS, Reference, records, theory_keys

DATA = {"snapshot": "2026-06", "chain": "full", "measurements": None}


def keys(inputs, part=None):
    return {r.key for r in cite(inputs)[0] if part in (None, r.part)}


def fit_inputs(**changes):
    card = read_card("paper").to_yaml()
    inputs = {"verb": "fit", "order": "loop", "card": card, "data": DATA}
    return {**inputs, **changes}


def test_every_measurement_of_the_snapshot_and_no_other():
    for name in ("2021-07", "2026-06"):
        snapshot = load_snapshot(name)
        info = snapshot.metadata["measurements"]
        used = {c.measurement for c in snapshot.data.constraints}
        expected = {info[m]["inspire"] for m in used if info.get(m, {}).get("inspire")}
        inputs = fit_inputs(data={**DATA, "snapshot": name})
        assert keys(inputs, "measurements") | keys(inputs, "theory") >= expected
        assert keys(inputs, "measurements") <= expected
        without = {m for m in used if not info.get(m, {}).get("inspire")}
        remarks = cite(inputs)[1]
        assert all(any(m in remark for remark in remarks) for m in without)
        assert len(remarks) == len(without)


def test_wilson_coefficients_bring_neither_model_nor_matching():
    wcxf = "eft: SMEFT\nbasis: Warsaw\nscale: 3000.0\nvalues: {}\n"
    card = wcxf.replace("values: {}", "coefficients: {lq1_2223: {free: [0, 1e-8]}}")
    for verb, text in (("loglike", wcxf), ("goodness", wcxf), ("fit", card)):
        inputs = fit_inputs(verb=verb, card=text)
        assert keys(inputs, "model") == keys(inputs, "matching") == set()
        assert keys(inputs, "measurements") == keys(fit_inputs(), "measurements")


def test_methods_follow_the_verb_and_the_sampler():
    assert {"James:1975dr", "jax2018github"} <= keys(fit_inputs(), "methods")
    versions = {"numpyro": "1", "dynesty": "1", "iminuit": "1"}
    nuts = keys(fit_inputs(verb="sample", method="nuts", versions=versions), "methods")
    nested = keys(fit_inputs(verb="sample", method="nested", versions=versions), "methods")
    assert "jmlr:v15:hoffman14a" in nuts and "arXiv:1904.02180" not in nuts
    assert "arXiv:1904.02180" in nested and "jmlr:v15:hoffman14a" not in nested
    assert "James:1975dr" not in nuts | nested


def test_matching_and_running_follow_the_options():
    tree, loop = keys(fit_inputs(order="tree")), keys(fit_inputs())
    assert loop - tree == {
        "Gherardi:2020det", "Henning:2014wua", "Carmona:2021xtq", "arXiv:hep-ph/0005183"
    }  # fmt: skip
    leading = keys(fit_inputs(data={**DATA, "chain": "smelli"}))
    assert loop - leading == {"arXiv:1908.05295"}
    generic = fit_inputs(card="model: generic\n")
    assert "Greljo:2021xmg" in loop and "Greljo:2021xmg" not in keys(generic)


def test_measurements_of_the_user_enter_and_superseded_ones_leave():
    text = """\
Mine:
  inspire: Belle-II:2023esi
  supersedes: [Sindrum II Au 2006]
  values:
    BR(B+->Knunu): 2.3 ± 0.7 e-5
Unpublished:
  values:
    BR(B+->Knunu): 2.3 ± 0.9 e-5
"""
    before = keys(fit_inputs())
    inputs = fit_inputs(data={**DATA, "measurements": text})
    assert keys(inputs) - before == {"Belle-II:2023esi"}
    assert before - keys(inputs) == {"Bertl:2006up"}
    assert any("'Unpublished' has no INSPIRE key" in r for r in cite(inputs)[1])


def test_another_file_of_the_same_name_is_noticed():
    remarks = cite(fit_inputs(data={**DATA, "sha256": "0" * 64}))[1]
    assert any("is not the file that the result was made with" in r for r in remarks)


def test_theory_is_what_flavio_names():
    assert theory_keys("2.7.1", ["BR(Bs->mumu)"]) != []
    assert "Pich:2013lsa" not in theory_keys("2.7.1", ["BR(Bs->mumu)"])
    assert theory_keys("2.7.1", ["a_mu"]) == []


def test_records_hold_facts_and_where_they_were_read():
    for key, fields in records().items():
        assert fields["seen"], key
        assert set(fields) <= {*FIELDS, "seen"}, key
        assert fields.get("year", "2000").isdigit() and len(fields.get("year", "2000")) == 4
        eprint = fields.get("eprint", "2000.00000")
        assert re.fullmatch(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", eprint), key
        # INSPIRE's keys hold the year of first appearance, arXiv's numbers as well.
        stamp = re.search(r"^[A-Za-z0-9-]+:((?:19|20)\d\d)[a-z]{2,3}$", key)
        if stamp and "eprint" in fields:
            digits = re.sub(r"^[a-z-]+/", "", eprint)[:2]
            year = (1900 if int(digits) > 90 else 2000) + int(digits)
            assert abs(year - int(stamp[1])) <= 1, key
        if "author" in fields and re.fullmatch(r"[A-Z][a-z]+", key.split(":")[0]):
            assert "title" in fields
        assert "\\decay" not in fields.get("title", "") and "\\mbox" not in str(fields)
        text = Reference(key, "", "why", fields).bibtex()
        assert text.count("{") == text.count("}"), key
        assert entries(text)[key]["title"] == fields["title"] if "title" in fields else True


def test_coverage_is_what_the_documentation_says():
    from pathlib import Path

    known = records()
    complete = [k for k in all_keys() if Reference(k, "", "", known.get(k, {})).complete]
    text = (Path(__file__).parent.parent / "docs" / "citing.md").read_text(encoding="utf-8")
    assert f"{len(complete)} of {len(all_keys())}" in text


def test_bibtex_round_trip_and_nesting():
    fields = {"author": "A, B. and C, D.", "title": 'On {$B \\to K$} "x"', "year": "2021"}
    assert entries(entry("k:1", fields)) == {"k:1": fields}
    text = 'junk @article{a, Title = "{A {B} c}", year=2001, pages = {1-2}} @misc{b, note={x}}'
    assert entries(text) == {
        "a": {"title": "A {B} c", "year": "2001", "pages": "1-2"},
        "b": {"note": "x"},
    }


class Answer:
    def __init__(self, text):
        self.text = text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def read(self):
        return self.text.encode()


def test_online_completes_a_record(monkeypatch):
    asked = []

    def urlopen(url, timeout):
        asked.append(url)
        return Answer('@article{A:1999b, title = "{T}", journal="J", eprint="hep-ph/9901001"}')

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    plain = Reference("A:1999b", "theory", "why", {})
    assert not plain.complete and "texkeys:A:1999b" in plain.bibtex()
    full = plain.completed(Inspire())
    assert full.complete and full.fields["journal"] == "J"
    assert asked == ["https://inspirehep.net/api/literature?q=texkeys%3AA%3A1999b&format=bibtex"]
    assert full.completed(Inspire()) is full and len(asked) == 1


def test_offline_is_one_clear_message(muoquark, monkeypatch):
    def urlopen(url, timeout):
        raise OSError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    outcome = muoquark("cite", "2026-06", "--online")
    assert outcome.code == 2
    assert "INSPIRE cannot be reached (no route to host)" in outcome.err


def test_links():
    assert link("A:1999b", "2101.00001") == "https://inspirehep.net/arxiv/2101.00001"
    assert link("A:1999b", doi="10.1/x") == "https://doi.org/10.1/x"
    assert Inspire().url("arXiv:2101.00001").endswith("/arxiv/2101.00001?format=bibtex")


@pytest.mark.parametrize("form", ["bibtex", "keys", "json"])
def test_verb(muoquark, tmp_path, form):
    path = tmp_path / "fit.json"
    inputs = provenance("fit", {"order": "loop"}, read_card("paper").to_yaml(), DATA)
    path.write_text(json.dumps({"best_fit": {}, "inputs": inputs}))
    outcome = muoquark("cite", path, "--format", form)
    assert outcome.code == 0, outcome.err
    expected = keys(inputs)
    if form == "bibtex":
        assert set(entries(outcome.out)) == expected
    elif form == "keys":
        assert {k for k in outcome.out.split("\n") if k and k[0] != "%"} == expected
    else:
        assert {r["key"] for r in json.loads(outcome.out)["references"]} == expected
    assert "records are incomplete" in outcome.err or form == "json"


def test_netcdf(muoquark, tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "samples.nc"
    with h5py.File(path, "w") as file:
        file.attrs["muoquark_inputs"] = json.dumps(fit_inputs(verb="sample", method="nuts"))
    outcome = muoquark("cite", path, "--format", "keys")
    assert outcome.code == 0, outcome.err
    assert "jmlr:v15:hoffman14a" in outcome.out


def test_faults(muoquark, tmp_path):
    assert "no snapshot or built-in card" in muoquark("cite", "nowhere").err
    path = tmp_path / "a.json"
    for text, said in (("{", "not JSON"), ("[]", "neither a record"), ("{}", "no record")):
        path.write_text(text)
        outcome = muoquark("cite", path)
        assert outcome.code == 2 and said in outcome.err
    with pytest.raises(InputError, match="unknown snapshot"):
        cite(fit_inputs(data={**DATA, "snapshot": "1999-01"}))
