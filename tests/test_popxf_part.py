"""POPxf files as parts: what the package exported says the same ln L when it is read back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.common.arrays import double_precision
from muoquark.common.errors import InputError
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.parts import open_part
from muoquark.smeft.wcxf import WilsonCoefficients

MEASURED = """
mine:
  values:
    BR(Bs->mumu): 3.34 ± 0.27 e-9
    R_K: 0.95 ± 0.05
"""


def document(**changes):
    """A file of two observables of lq1_2223, one of them a ratio."""
    found = {
        "$schema": "https://json.schemastore.org/popxf-1.0.json",
        "metadata": {
            "observable_names": ["BR(Bs->mumu)", "R_K"],
            "parameters": ["lq1_2223"],
            "basis": {"wcxf": {"eft": "SMEFT", "basis": "Warsaw"}},
            "scale": 3000.0,
            "polynomial_degree": 2,
            "polynomial_names": ["a", "b"],
            "observable_expressions": [
                {"variables": {"p": "a"}, "expression": "p"},
                {"variables": {"n": "a", "d": "b"}, "expression": "1e9*n/(3.6*d)"},
            ],
        },
        "data": {
            "polynomial_central": {
                "('', '', 'RR')": [3.6e-9, 1.0],
                "('', 'lq1_2223', 'RR')": [2.0, 0.0],
                "('', 'lq1_2223', 'RI')": [-1.0, 3e7],
                "('lq1_2223', 'lq1_2223', 'RR')": [3e8, 1e15],
            },
        },
    }  # fmt: skip
    for path, value in changes.items():
        *folders, last = path.split("__")
        where = found
        for folder in folders:
            where = where[folder]
        if value is None:
            del where[last]
        else:
            where[last] = value
    return found


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a file with changes and return its path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.yaml").write_text(MEASURED)

    def make(**changes):
        path = tmp_path / "mine.popxf.json"
        path.write_text(json.dumps(document(**changes)))
        return path

    return make


def test_polynomials_and_functions_of_them(write):
    likelihood = Likelihood(write(), measurements="m.yaml")
    c = 2e-10 + 1e-10j
    found = likelihood(WilsonCoefficients(scale=3000.0, values={"lq1_2223": c}))
    a = 3.6e-9 + 2 * c.real - c.imag + 3e8 * c.real**2
    b = 1 + 3e7 * c.imag + 1e15 * c.real**2
    assert found.predictions == pytest.approx([a, 1e9 * a / (3.6 * b)], rel=1e-12, abs=0)
    expected = 0.0
    for value, sm, mean, error in (
        (a, 3.6e-9, 3.34e-9, 0.27e-9),
        (1e9 * a / (3.6 * b), 1.0, 0.95, 0.05),
    ):
        expected -= ((value - mean) ** 2 - (sm - mean) ** 2) / (2 * error**2)
    assert found.total == pytest.approx(expected, rel=1e-9, abs=0)
    assert likelihood.blocks == ("mine",) and likelihood.user == ("mine",)


def test_jax_says_the_same(write):
    import jax.numpy as xp

    part = open_part(write())
    low = 1e-9 * np.random.default_rng(1).normal(size=(7, len(part.targets)))
    with double_precision():
        found, _ = part.evaluate(xp.asarray(low), None, xp)
    assert np.allclose(found, part.evaluate(low, None)[0], rtol=1e-13, atol=0)


def test_errors_of_the_theory_make_the_block_gaussian(write):
    path = write(data__observable_uncertainties={"a": [3e-10, 0.03], "b": [4e-10, 0.04]})
    found = Likelihood(path, measurements="m.yaml")(
        WilsonCoefficients(scale=3000.0, values={"lq1_2223": 2e-10})
    )
    expected = 0.0
    for value, sm, mean, error in zip(
        found.predictions, (3.6e-9, 1.0), (3.34e-9, 0.95), (0.27e-9, 0.05), strict=True
    ):
        variance = error**2 + (25e-20 if error < 1e-5 else 0.0025)
        expected -= ((value - mean) ** 2 - (sm - mean) ** 2) / (2 * variance)
    assert found.total == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metadata__basis": {"wcxf": {"eft": "SMEFT", "basis": "Warsaw up"}}}, "SMEFT/Warsaw up"),
        ({"metadata__basis": {"wcxf": {"eft": "WET", "basis": "flavio"}}}, "WET/flavio, allowed"),
        ({"metadata__basis": {"custom": {}}}, "those of its own basis"),
        ({"metadata__scale": [3000.0, 1000.0]}, "several scales"),
        ({"metadata__polynomial_degree": 3}, "is no monomial of degree 3"),
        ({"metadata__observable_names": ["R_K", "R_K"]}, "stands in it twice"),
        ({"metadata": None}, "it lacks 'metadata'"),
        ({"data__polynomial_central": {"('', '', 'RR')": [1]}}, "needs 2 finite numbers"),
        (
            {"metadata__observable_expressions": [
                {"variables": {"p": "a"}, "expression": "p"},
                {"variables": {"p": "a"}, "expression": "p.real"}]},
            "not a POPxf file",
        ),
        (
            {"metadata__observable_expressions": [
                {"variables": {"p": "a"}, "expression": "p"},
                {"variables": {"p": "a"}, "expression": "p/q"}]},
            "has no variable q",
        ),
        (
            {"data__observable_uncertainties": {"NP": {"('', 'lq1_2223', 'RR')": [1, 1]}}},
            "'NP' depends on the coefficients",
        ),
        ({"data__observable_uncertainties": {"x": [1, -1]}}, "are not negative"),
    ],
)  # fmt: skip
def test_refused(write, changes, words):
    path = write(**changes)
    with pytest.raises(InputError, match=words) as found:
        open_part(path)
    assert str(path) in str(found.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metadata__scale": 90.0}, "mu_M = 90 GeV is outside"),
        (
            {
                "data__polynomial_central": {
                    "('', '', 'RR')": [3.6e-9, 1],
                    "('', 'nothing', 'RR')": [1, 2],
                }
            },
            "no component nothing:Re in SMEFT/Warsaw/all",
        ),
    ],
)
def test_what_the_running_does_not_reach_is_refused(write, changes, words):
    """Of any part, before anything is evaluated."""
    path = write(**changes)
    with pytest.raises(InputError, match=words) as found:
        Likelihood(path, measurements="m.yaml")
    assert str(path) in str(found.value)


def test_predictions_without_measurements_are_refused(write):
    with pytest.raises(InputError, match=r"nothing is measured of what .* --measurements FILE"):
        Likelihood(write())


def test_a_measurement_goes_to_the_part_that_predicts_it(write, tmp_path):
    """One that two parts predict is refused with both names, one that none predicts with a hint."""
    path = write()
    with pytest.raises(InputError, match=r"BR\(Bs->mumu\)' is predicted by several parts"):
        Likelihood(("2026-06", path), measurements="m.yaml")
    (tmp_path / "m.yaml").write_text("mine:\n  values:\n    R_K: 0.95 ± 0.05\n")
    likelihood = Likelihood(("2026-06", path), measurements="m.yaml")
    assert "mine" in likelihood.blocks and len(likelihood.parts[1].data.constraints) == 1
    # what is not measured of the file leaves its block
    assert [likelihood.observables[k].name for k in likelihood.data.blocks["mine"]] == ["R_K"]
    (tmp_path / "m.yaml").write_text("mine:\n  values:\n    R_Q: 0.95 ± 0.05\n")
    with pytest.raises(InputError, match="the observable 'R_Q' is not in the data"):
        Likelihood(("2026-06", path), measurements="m.yaml")


@pytest.mark.parametrize("obs", ["BR(Bs->mumu)", "<Rmue>(B+->Kll);<P5p>(B0->K*mumu)"])
def test_what_was_exported_is_read_back_to_the_same_ln_l(obs, tmp_path, monkeypatch, muoquark):
    """Beside the snapshot itself with the same measurements: S3 alone leaves the CKM inputs.

    The extraction moves the CKM parameters a little, which the file does not follow.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "card.yaml").write_text(
        "model: B-3Lmu\nmasses: {S3: 3000.0}\ncouplings: {eta3L: [0, 0.02, 0.3]}\n"
    )
    outcome = muoquark(
        "export",
        "card.yaml",
        "--format",
        "popxf",
        "--obs",
        obs,
        "--data",
        "2026-06",
        "--out",
        "my.popxf.json",
    )
    assert outcome.code == 0, outcome.err
    snapshot = Likelihood("2026-06")
    patterns = obs.split(";")
    chosen = [k for k, o in enumerate(snapshot.observables) if o.name in patterns]
    lines = ["mine:", "  values:"]
    rng = np.random.default_rng(2)
    for k in chosen:
        o, sm = snapshot.observables[k], float(snapshot.sm[k])
        args = "".join(f", {name}: {value!r}" for name, value in o.arguments)
        mean, error = sm * (1 + 0.1 * rng.normal()), abs(sm) * 0.1
        value = f"{{distribution: normal, central_value: {mean!r}, standard_deviation: {error!r}}}"
        lines.append(f"    - {{name: '{o.name}'{args}, value: {value}}}")
    (tmp_path / "m.yaml").write_text("\n".join(lines) + "\n")
    from muoquark.matching.match import match
    from muoquark.model.card_file import read_card

    point = match(read_card("card.yaml").point())
    read = Likelihood("my.popxf.json", measurements="m.yaml")(point)
    direct = snapshot(point)
    expected = [direct.predictions[k] for k in chosen]
    names = [snapshot.observables[k] for k in chosen]
    assert list(Likelihood("my.popxf.json", measurements="m.yaml").observables) == names
    assert read.predictions == pytest.approx(expected, rel=1e-4, abs=0)  # the CKM response
    # exact with the CKM matrix held at that of the SM, as in the file
    forward = snapshot.forward(3000.0)
    channel = forward.channels[snapshot.snapshot_channel]
    ckm, gamma, _ = forward.ckm(np.zeros(len(channel.map.inputs)))
    low = channel.map.apply(snapshot.vector(point), gamma)
    held = channel.predictor.evaluate(low, ckm)[0][chosen]
    assert read.predictions == pytest.approx(held, rel=1e-8, abs=0)
    assert any(abs(p / snapshot.sm[k] - 1) > 0.03 for p, k in zip(expected, chosen, strict=True))
    # ln L by hand, with the theory errors of the file in the Gaussian blocks
    errors = json.loads((tmp_path / "my.popxf.json").read_text())["data"].get(
        "observable_uncertainties", {"SM theory": np.zeros(len(chosen))}
    )["SM theory"]
    rng = np.random.default_rng(2)
    total = 0.0
    for k, theory, value in zip(chosen, errors, read.predictions, strict=True):
        sm = snapshot.sm[k]
        mean, error = sm * (1 + 0.1 * rng.normal()), np.hypot(abs(sm) * 0.1, theory)
        total -= ((value - mean) ** 2 - (sm - mean) ** 2) / (2 * error**2)
    assert read.total == pytest.approx(total, rel=1e-6, abs=1e-9)
