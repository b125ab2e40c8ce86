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
from muoquark.eft.match import match
from muoquark.eft.warsaw import coefficient_names, is_real
from muoquark.eft.wcxf import WilsonCoefficients, parse_wcxf, read_wcxf
from muoquark.model.ckm import ckm_matrix
from muoquark.model.sm import INPUTS


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
    ({"eft": "WET"}, "eft: found 'WET'"),
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
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_invalid_files(change, message, tmp_path, muoquark):
    path = tmp_path / "point.json"
    path.write_text(json.dumps({**GOOD, **change}, indent=1))
    with pytest.raises(InputError) as caught:
        read_wcxf(path)
    assert message in str(caught.value)
    assert caught.value.faults[0].line is not None
    outcome = muoquark("loglike", path, "--exact")
    assert outcome.code == 2
    assert message in outcome.err


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
