"""Exported predictions are those of the likelihood, and the file is what the format asks for."""

from __future__ import annotations

import ast
import json
import re

import numpy as np
import pytest

from closeness import close
from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.smeft_polynomials import refused, smeft_polynomials
from muoquark.report.export_popxf import SCHEMA, choose_components, choose_observables, popxf
from muoquark.smeft.wcxf import WilsonCoefficients

MU = 3000.0
SOME = "lq1_2223;lq3_2223;lq1_2222;lequ1_2233;lequ3_2233;eu_2233;phil3_11;ll_1221;qq3_2323;phiq1_33"


@pytest.fixture(scope="module")
def likelihood():
    return Likelihood("2026-06")


def document(likelihood, obs, coefficients, mu=MU):
    components, left_out = choose_components(likelihood, mu, coefficients)
    return popxf(likelihood, mu, choose_observables(likelihood, obs), components, {}, left_out)


def monomial(key, values):
    *names, tags = ast.literal_eval(key)
    product = 1.0
    for name, tag in zip(names, tags, strict=True):
        number = values.get(name, 0.0) if name else 1.0
        product *= number.imag if tag == "I" else number.real
    return product


def evaluate(exported, values):
    """The predictions that a reader of the format gets: written from the specification alone."""
    data, meta = exported["data"], exported["metadata"]
    kind = "polynomial_central" if "polynomial_names" in meta else "observable_central"
    total = sum(monomial(key, values) * np.array(column) for key, column in data[kind].items())
    if kind == "observable_central":
        return total
    polynomials = dict(zip(meta["polynomial_names"], total, strict=True))
    functions = {"sqrt": np.sqrt, "log": np.log}
    return np.array(
        [
            eval(
                e["expression"], functions | {v: polynomials[n] for v, n in e["variables"].items()}
            )
            for e in meta["observable_expressions"]
        ]
    )


def random_values(exported, likelihood, rng, size=5e-8):
    complex_ones = {c[:-3] for c in likelihood.evolution.inputs if c.endswith(":Im")}
    left_out = exported["metadata"]["misc"]["not_described"]
    values = {}
    for name in exported["metadata"]["parameters"]:
        imaginary = name in complex_ones and f"{name}:Im" not in left_out
        values[name] = complex(rng.uniform(-1, 1), rng.uniform(-1, 1) if imaginary else 0) * size
    return values


def follows_the_specification(exported):
    """The rules of POPxf 1.0 for what we write, checked without the package."""
    assert set(exported) == {"$schema", "metadata", "data"} and exported["$schema"] == SCHEMA
    meta, data = exported["metadata"], exported["data"]
    assert {"observable_names", "parameters", "basis", "scale"} <= set(meta) <= {
        "observable_names", "parameters", "basis", "scale", "polynomial_names",
        "observable_expressions", "polynomial_degree", "reproducibility", "misc",
    }  # fmt: skip
    names = meta["observable_names"]
    assert names and len(set(names)) == len(names) and all(names)
    assert ("polynomial_names" in meta) == ("observable_expressions" in meta)
    assert set(data) <= {"polynomial_central", "observable_central", "observable_uncertainties"}
    lengths = {"observable_central": len(names)}
    if "polynomial_names" in meta:
        assert len(set(meta["polynomial_names"])) == len(meta["polynomial_names"])
        assert len(meta["observable_expressions"]) == len(names)
        for expression in meta["observable_expressions"]:
            assert set(expression) == {"variables", "expression"} and expression["variables"]
            assert set(expression["variables"].values()) <= set(meta["polynomial_names"])
            assert all(v.isidentifier() for v in expression["variables"])
            used = {
                n.id
                for n in ast.walk(ast.parse(expression["expression"]))
                if isinstance(n, ast.Name)
            }
            assert used <= set(expression["variables"]) | {"sqrt", "log"}
        lengths["polynomial_central"] = len(meta["polynomial_names"])
        assert "polynomial_central" in data
    for kind, length in lengths.items():
        for key, column in data.get(kind, {}).items():
            assert re.fullmatch(r"\('[^']*', '[^']*', '[RI]{2}'\)", key)
            first, second, _ = ast.literal_eval(key)
            assert first <= second and {first, second} - {""} <= set(meta["parameters"])
            assert len(column) == length and all(isinstance(x, float) for x in column)
    for source, errors in data.get("observable_uncertainties", {}).items():
        assert not source.startswith("(") and len(errors) == len(names) and min(errors) >= 0
    for step in meta["reproducibility"]:
        assert all(isinstance(x, float) for x in step["inputs"].values())


def test_round_trip_of_everything_at_random_points(likelihood):
    """All observables, mixing and the Fermi constant included, to 1e-9 of their errors."""
    exported = document(likelihood, None, SOME)
    follows_the_specification(exported)
    assert len(exported["metadata"]["observable_names"]) == len(likelihood.observables)
    rng = np.random.default_rng(7)
    error = np.asarray(likelihood.snapshot.error)
    ckm = np.array(list(exported["metadata"]["reproducibility"][0]["inputs"].values()))
    for size in (1e-9, 3e-8, 3e-7):
        values = random_values(exported, likelihood, rng, size)
        c = likelihood.evolution.vector(values)
        forward = likelihood.forward(MU)
        low = forward.channels[0].map.apply(c, forward.scheme.gamma(ckm))
        expected = likelihood.snapshot.forms.predict(low, ckm)
        found = evaluate(exported, values)
        # a_e is known to 1e-10 of itself, where doubles end at 1e-6 of its error
        limit = 1e-9 * error + 1e-14 * np.abs(expected)
        assert np.all(np.abs(found - expected) <= limit)
        assert not np.allclose(expected, likelihood.snapshot.sm, rtol=0, atol=1e-3 * error.min())


def test_round_trip_against_the_likelihood_itself(likelihood):
    """What does not move the four CKM inputs is predicted as `Likelihood` does, which fits them."""
    exported = document(likelihood, "BR(Bs->mumu);<Rmue>*;<P5p>(B0->K*mumu)", "lq1_2223;lequ1_2233")
    names = exported["metadata"]["observable_names"]
    assert "<P5p>(B0->K*mumu) [q2min=1.1, q2max=2.5]" in names
    positions = choose_observables(likelihood, "BR(Bs->mumu);<Rmue>*;<P5p>(B0->K*mumu)")
    values = random_values(exported, likelihood, np.random.default_rng(3), 2e-9)
    point = likelihood(WilsonCoefficients(MU, values))
    difference = np.abs(evaluate(exported, values) - point.predictions[positions])
    assert np.all(difference < 2e-3 * np.asarray(likelihood.snapshot.error)[positions])


def test_the_two_modes(likelihood):
    single = document(likelihood, "BR(Bs->mumu);a_mu", "lq1_2223;lequ1_2233")
    assert "observable_central" in single["data"] and "polynomial_names" not in single["metadata"]
    ratio = document(likelihood, "<Rmue>(B+->Kll)", "lq1_2223")
    assert "observable_central" not in ratio["data"]
    assert "/" in ratio["metadata"]["observable_expressions"][0]["expression"]
    for exported in (single, ratio):
        follows_the_specification(exported)
    sm = evaluate(single, {})
    assert sm == close([
        likelihood.snapshot.sm[k] for k in choose_observables(likelihood, "BR(Bs->mumu);a_mu")
    ], rel=1e-9)  # fmt: skip


def test_theory_errors_only_where_they_are_known(likelihood):
    fast = document(likelihood, "<P5p>(B0->K*mumu)", "lq1_2223")
    (errors,) = fast["data"]["observable_uncertainties"].values()
    assert min(errors) > 0
    mixed = document(likelihood, "<P5p>(B0->K*mumu);BR(tau->mugamma)", "lq1_2223")
    assert "observable_uncertainties" not in mixed["data"]
    assert "not given" in mixed["metadata"]["misc"]["uncertainties"]


def test_phases_of_the_muon_mass_are_refused_by_name(likelihood):
    components, left_out = choose_components(likelihood, MU, "lequ1_2233;lq1_2223")
    assert set(left_out) == {"lequ1_2233:Im"} and "muon mass" in left_out["lequ1_2233:Im"]
    assert "lequ1_2233:Re" in components and "lq1_2223:Im" in components
    assert refused(likelihood, MU, components) == {}
    with pytest.raises(DomainError, match="no polynomial"):
        smeft_polynomials(likelihood, MU, [0], ["lequ1_2233:Im"])


def test_the_package_that_reads_the_format_agrees(likelihood):
    """popxf 0.0.1 lacks the schema file: its own checks of lengths and keys run without it."""
    validator = pytest.importorskip("popxf.validator.validator")
    schema = "popxf-1.0.json"
    from jsonschema.validators import Draft7Validator

    before = dict(validator.schemas), dict(validator.validators)
    if schema not in validator.schemas:
        validator.schemas[schema] = {"type": "object", "required": ["$schema", "metadata", "data"]}
        validator.validators[schema] = Draft7Validator
    try:
        for obs in ("BR(Bs->mumu);a_mu", "<Rmue>(B+->Kll);DeltaM_s;S_psiK"):
            exported = document(likelihood, obs, "lq1_2223;lq1_2222;qq3_2323")
            read = validator.POPxfValidator(json.loads(json.dumps(exported)))
            assert read.mode == ("SP" if obs.startswith("BR") else "FOP")
            broken = json.loads(json.dumps(exported))
            broken["metadata"]["observable_names"].append("another")
            with pytest.raises(validator.POPxfValidationError):
                validator.POPxfValidator(broken)
    finally:
        validator.schemas.clear(), validator.validators.clear()
        validator.schemas.update(before[0]), validator.validators.update(before[1])


def test_faults(likelihood):
    with pytest.raises(InputError, match=r"near are BR\(Bs->mumu\)"):
        choose_observables(likelihood, "BR(Bs->mumumu)")
    with pytest.raises(InputError, match="no coefficient fits 'lq1_4444'"):
        choose_components(likelihood, MU, "lq1_4444")
    with pytest.raises(InputError, match="none of these coefficients"):
        popxf(likelihood, MU, [0], [], {}, {"lequ1_2233:Im": "why"})
    with pytest.raises(InputError, match="choose fewer"):
        document(likelihood, None, "*_2233;*_2223;*_22*;lq*;qq*")
    with pytest.raises(DomainError):
        document(likelihood, "a_mu", "lq1_2223", 10.0)


def test_verb(muoquark, tmp_path):
    path = tmp_path / "a.json"
    arguments = ("export", "--format", "popxf", "--obs", "BR(Bs->mumu)", "--out", path)
    outcome = muoquark(*arguments, "--coefficients", "lq1_2223;lequ1_2233", "--json")
    assert outcome.code == 0, outcome.err
    assert "left out: lequ1_2233:Im: it turns" in outcome.err
    exported = json.loads(path.read_text())
    follows_the_specification(exported)
    assert exported["metadata"]["misc"]["muoquark_inputs"]["verb"] == "export"
    assert json.loads(outcome.out) == {"format": "popxf", "files": [str(path)]}
    outcome = muoquark("export", "paper", "--format", "popxf", "--obs", "BR(Bs->mumu)")
    assert outcome.code == 0, outcome.err
    names = json.loads(outcome.out)["metadata"]["parameters"]
    assert "lq1_2223" in names and len(names) > 50
    assert "needs --coefficients" in muoquark("export", "--format", "popxf").err
    outcome = muoquark("export", "paper", "--format", "popxf", "--coefficients", "lq1_2223")
    assert "not both" in outcome.err
