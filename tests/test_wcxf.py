"""WCxf files: in and out without loss, the other flavour basis, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import random_point
from muoquark.common.document import read_document
from muoquark.common.errors import DomainError, InputError
from muoquark.likelihood.likelihood import Likelihood, PointResult
from muoquark.matching.match import match
from muoquark.sm.ckm import ckm_matrix
from muoquark.sm.inputs import INPUTS
from muoquark.smeft.warsaw import coefficient_names, is_real
from muoquark.smeft.wcxf import WilsonCoefficients, parse_wcxf, read_wcxf


def random_coefficients(seed):
    rng = np.random.default_rng(seed)
    values = {
        name: complex(rng.normal(), 0 if is_real(name) else rng.normal()) * 1e-8
        for name in coefficient_names()
    }
    return WilsonCoefficients(scale=3000.0, values=values)


def parse(text):
    return parse_wcxf(read_document(text, "file"))


@given(
    st.dictionaries(
        st.sampled_from([n for n in coefficient_names() if not is_real(n)] + ["duql_1123"]),
        st.complex_numbers(allow_nan=False, allow_infinity=False),
    ),
    st.floats(100, 1e6),
)
def test_round_trip_without_loss(values, scale):
    coefficients = WilsonCoefficients(scale=scale, values=values)
    for text in (coefficients.to_json(), coefficients.to_yaml()):
        back = parse(text)
        assert back.values == coefficients.values
        assert back.scale == coefficients.scale


def test_json_is_what_the_interface_says():
    document = json.loads(match(random_point(1)).to_json())
    assert document["eft"] == "SMEFT"
    assert document["basis"] == "Warsaw"
    assert set(document["values"]["lequ1_2233"]) == {"Re", "Im"}
    assert isinstance(document["values"]["lq1_2222"], float)
    assert np.shape(document["shifts"]["Ye"]) in ((3, 3), (3, 3, 2))


def test_warsaw_up_there_and_back():
    coefficients = random_coefficients(1)
    back = coefficients.to_basis("Warsaw up").to_basis("Warsaw")
    assert back.values.keys() == coefficients.values.keys()
    for name, value in coefficients.values.items():
        assert back[name] == pytest.approx(value, rel=1e-12, abs=1e-22)


def test_warsaw_up_by_hand():
    """q^up = V q^down: lq1 rotates like V C V^dagger, uphi like V C."""
    V = ckm_matrix(INPUTS.ckm)
    down = random_coefficients(2)
    C, up = down.tensors(), down.to_basis("Warsaw up").tensors()
    assert np.allclose(up["uphi"], V @ C["uphi"], atol=1e-22)
    expected = np.einsum("ip,abpr,jr->abij", V, C["lq1"], V.conj())
    assert np.allclose(up["lq1"], expected, atol=1e-22)
    for name in ("eu", "le", "ll"):
        assert np.allclose(up[name], C[name], atol=1e-22)


@pytest.mark.exact
def test_warsaw_up_is_wilsons():
    from wilson import wcxf

    ours = random_coefficients(3)
    source = wcxf.WC("SMEFT", "Warsaw", 3000.0, wcxf.WC.dict2values(ours.values))
    theirs = source.translate("Warsaw up").dict
    up = ours.to_basis("Warsaw up")
    for name in coefficient_names():
        assert up[name] == pytest.approx(theirs[name], rel=1e-10, abs=1e-20), name


@pytest.mark.exact
def test_wilson_reads_our_files(tmp_path):
    from wilson import Wilson

    coefficients = match(random_point(2))
    for suffix, text in ((".json", coefficients.to_json()), (".yaml", coefficients.to_yaml())):
        path = tmp_path / f"point{suffix}"
        path.write_text(text)
        with path.open() as stream:
            theirs = Wilson.load_wc(stream).wc.dict
        assert theirs == {k: v if v.imag else v.real for k, v in coefficients.values.items()}


GOOD = {"eft": "SMEFT", "basis": "Warsaw", "scale": 1000, "values": {"lq1_2223": 1e-9}}
BAD = [
    ({"eft": "WET"}, "basis: found 'Warsaw'"),
    ({"eft": "LEFT"}, "eft: found 'LEFT'"),
    ({"basis": "Warsaw down"}, "basis: found 'Warsaw down': did you mean 'Warsaw'"),
    ({"scale": "high"}, "scale: expected a number"),
    ({"scale": -5}, "scale: found -5"),
    ({"values": {"lq1_2232": 1}}, "WCxf does not list it, it is the complex conjugate of lq1_2223"),
    ({"values": {"ll_2211": 1}}, "it is the same operator as ll_1122"),
    ({"values": {"lq1_22": 1}}, "allowed: lq1_ and 4 indices from 1 to 3"),
    ({"values": {"lq1_2224": 1}}, "allowed: lq1_ and 4 indices from 1 to 3"),
    ({"values": {"lq2_2223": 1}}, "unknown coefficient 'lq2_2223': did you mean 'lq"),
    ({"values": {"phiG_11": 1}}, "allowed: phiG, without indices"),
    ({"values": {"lq1_2222": {"Re": 1, "Im": 1}}}, "must be real"),
    ({"values": {"lq1_2223": {"Re": 1, "im": 1}}}, "unknown key 'im': did you mean 'Im'"),
    ({"values": {"lq1_2223": [1, 2]}}, "expected a number"),
    ({"values": {"lq1_2223": "nan"}}, "expected a finite number"),
    ({"values": 3}, "values: expected a mapping, found '3'"),
    # Nothing is calculated with these: said with its line before any data are read.
    ({"values": {"llphiphi_11": 1e-15}}, "llphiphi_11 violates baryon or lepton number"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_invalid_files(change, message, tmp_path, muoquark):
    path = tmp_path / "point.json"
    path.write_text(json.dumps({**GOOD, **change}, indent=1))
    if "violates" not in message and change.get("eft") != "WET":  # these pass elsewhere
        with pytest.raises(InputError) as caught:
            read_wcxf(path)
        assert message in str(caught.value)
        assert caught.value.faults[0].line is not None
    outcome = muoquark("loglike", path, "--exact")
    assert outcome.code == 2
    assert message in outcome.err


def noisy(values, basis="Warsaw"):
    """Return a WCxf file as programs that work with complex tensors write it."""
    listed = {k: {"Re": complex(v).real, "Im": complex(v).imag} for k, v in values.items()}
    return json.dumps({**GOOD, "basis": basis, "values": listed}, indent=1)


NOISY = {
    "phil1_22": 1e-9 + 3e-26j,
    "phil1_33": 1e-13 - 8e-26j,  # 1e-12 of itself, 1e-16 of its family
    "qq3_2332": 2e-20 - 8e-31j,
    "qq3_1111": 1e-11,
    "phiWtilde": -2e-46 + 1.6e-41j,  # noise from other families, itself included
    "phiB": 5e-21 - 6e-29j,
    "lq1_2223": 1e-9 + 1e-26j,  # a phase is possible here
}


def test_rounding_noise_is_dropped_with_one_note():
    found = parse(noisy(NOISY))
    assert found.values == {**{k: v.real for k, v in NOISY.items()}, "lq1_2223": 1e-9 + 1e-26j}
    (note,) = found.notes
    assert note == (
        "imaginary rounding noise of 5 real coefficients was dropped, at most 8e-26 GeV^-2 "
        "(phil1_33): noise is what is below 1e-12 of the largest coefficient of the same family "
        "or 1e-16 of the largest of all"
    )
    assert WilsonCoefficients(scale=1000, values=NOISY).values == found.values
    assert parse(found.to_json()).notes == ()


@pytest.mark.parametrize("share", [1.01e-12, 1e-6, 1.0])
def test_a_phase_is_no_noise(share):
    """Neither beside the largest of its own family nor beside what is larger."""
    values = {"phil1_22": 1e-9, "phil1_33": 1e-9j * share, "phiBox": 0.99e-5}
    with pytest.raises(InputError, match="phil1_33: the operator is Hermitian"):
        parse(noisy(values))
    with pytest.raises(InputError, match="phil1_33: the operator is Hermitian"):
        WilsonCoefficients(scale=1000, values=values)
    below = {**values, "phil1_33": 0.99e-21j}
    assert parse(noisy(below))["phil1_33"] == 0


def test_noise_in_the_other_basis_means_the_same():
    """A file in `Warsaw up` with the noise of a rotation is the one without."""
    clean = random_coefficients(4)
    up = clean.to_basis("Warsaw up")
    rng = np.random.default_rng(1)
    noise = {n: v + 1e-24j * rng.normal() * is_real(n) for n, v in up.values.items()}
    found = parse(noisy(noise, "Warsaw up"))
    assert found.values == up.values
    assert len(found.notes) == 1
    back = found.to_basis("Warsaw")
    for name, value in clean.values.items():
        assert back[name] == pytest.approx(value, rel=1e-12, abs=1e-22)


@pytest.mark.exact
def test_files_of_wilson_are_read(tmp_path):
    """Running and rotating with wilson leaves noise on what is real."""
    from wilson import Wilson, wcxf

    start = {"lq1_2223": 4e-9 + 1e-9j, "phil3_22": 1e-9, "qq3_1133": 2e-9}
    for basis in ("Warsaw", "Warsaw up"):
        ran = Wilson(start, 5000.0, "SMEFT", basis).match_run(3000.0, "SMEFT", basis)
        path = tmp_path / "ran.json"
        with path.open("w") as stream:
            ran.dump(stream, fmt="json")
        found = read_wcxf(path)
        assert len(found.notes) == 1
        assert found["phil3_22"] == pytest.approx(ran["phil3_22"].real, rel=1e-15, abs=0)
        assert isinstance(ran, wcxf.WC)


@pytest.fixture
def evaluated(monkeypatch):
    """Let every likelihood take any point; return the coefficients that it was asked for."""
    asked = []

    def answer(self, coefficients):
        asked.append(coefficients)
        return PointResult({"quarks": -1.0}, {}, self.snapshot.sm, {}, ())

    monkeypatch.setattr(Likelihood, "__call__", answer)
    return asked


def test_every_verb_that_evaluates_tells_of_noise_once(tmp_path, muoquark, evaluated):
    path = tmp_path / "noisy.json"
    path.write_text(noisy(NOISY))
    out = tmp_path / "predictions.json"
    for verb, *more in (
        ("loglike", "--json"),
        ("loglike",),
        ("predict", "--out", out),
        ("goodness", "--json"),
    ):
        outcome = muoquark(verb, path, *more)
        assert outcome.code == 0, outcome.err
        assert outcome.err.count("imaginary rounding noise") == 1
        assert evaluated[-1]["phil1_22"] == 1e-9
        if "--json" in more or "--out" in more:
            text = out.read_text() if "--out" in more else outcome.out
            document = json.loads(text)
            (note,) = document["notes"]
            assert f"note: {note}" in outcome.err


def test_verbs_that_need_a_card_say_so_in_one_sentence(tmp_path, muoquark):
    path = tmp_path / "point.json"
    path.write_text(json.dumps(GOOD))
    for verb, why, *more in (
        ("theory", "the couplings that run"),
        ("match", "its coefficients are there already"),
    ):
        outcome = muoquark(verb, path, *more)
        assert outcome.code == 2
        assert outcome.err.count("\n") == 1, outcome.err
        assert f"this is a WCxf file, 'muoquark {verb}' needs a card" in outcome.err
        assert why in outcome.err
    for verb, *more in (
        ("fit",),
        ("sample",),
        ("profile",),
        ("scan", "--points", 5, "--out", tmp_path / "scan.nc"),
    ):
        outcome = muoquark(verb, path, *more)
        assert outcome.code == 2
        assert outcome.err.count("\n") == 1, outcome.err
        assert "a WCxf file has no free parameters; a card of coefficients may have" in outcome.err


def test_a_file_of_another_eft_is_one_sentence():
    """The names of another theory's coefficients are not told one by one."""
    names = {f"C9_{q}{lepton}{lepton}": 1.0 for q in ("bs", "bd") for lepton in ("e", "mu", "tau")}
    for change in ({"eft": "WET", "basis": "flavio"}, {"eft": "SMEFT", "basis": "flavio"}):
        with pytest.raises(InputError) as caught:
            parse(json.dumps({**GOOD, **change, "values": names}))
        (fault,) = caught.value.faults
        assert ("SMEFT are needed" in fault.message) == (change["eft"] == "WET")


def test_violating_coefficients_are_passed_on_but_refused_where_one_calculates():
    text = json.dumps({**GOOD, "values": {"duql_1111": 1e-9, "llphiphi_12": 0}}, indent=1)
    assert parse(text)["duql_1111"] == 1e-9
    with pytest.raises(InputError, match="file:6: values: duql_1111 violates") as caught:
        parse_wcxf(read_document(text, "file"), conserving=True)
    assert len(caught.value.faults) == 1  # one that is zero does not matter


def test_missing_keys():
    with pytest.raises(InputError, match="the key 'scale' is missing"):
        parse('{"eft": "SMEFT", "basis": "Warsaw", "values": {}}')


def test_checks_of_the_value():
    with pytest.raises(InputError, match="must be real"):
        WilsonCoefficients(scale=1000, values={"phil1_22": 1j})
    with pytest.raises(InputError, match="not a positive number"):
        WilsonCoefficients(scale=0, values={})
    with pytest.raises(InputError, match="expected a finite number"):
        WilsonCoefficients(scale=1000, values={"lq1_2223": complex("nan")})
    with pytest.raises(TypeError):
        WilsonCoefficients(scale=1000, values={}).values["lq1_2223"] = 1
    coefficients = WilsonCoefficients(scale=1000, values={"lq1_2223": 1e-9})
    assert coefficients["lq1_2233"] == 0
    with pytest.raises(KeyError):
        coefficients["lq1_2232"]
    with pytest.raises(InputError, match="did you mean 'Warsaw up'"):
        coefficients.to_basis("Warsaw-up")


def test_baryon_number_violation_is_not_rotated_in_silence():
    coefficients = WilsonCoefficients(scale=1000, values={"qqql_1112": 1e-20})
    with pytest.raises(DomainError, match="qqql_1112 violates baryon or lepton number"):
        coefficients.to_basis("Warsaw up")
