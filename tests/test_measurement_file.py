"""Measurement files in flavio's grammar: what is read and what is refused."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.likelihood import measurement_file
from muoquark.likelihood.measurement_file import observable_key, read_measurements

ARGUMENTS = {"a_mu": (), "BR(B+->Knunu)": (), "<Rmue>(B+->Kll)": ("q2min", "q2max")}
KNOWN = ["a_mu", "BR(B+->Knunu)", observable_key("<Rmue>(B+->Kll)", [14.3, 22.0])]

GOOD = """
Belle II B->Knunu 2023:
  experiment: Belle II
  inspire: Belle-II:2023esi
  date: 2023-11-24
  supersedes: [old]
  values:
    BR(B+->Knunu): 2.3 ± 0.7 e-5
two at once:
  values:
    - {name: "<Rmue>(B+->Kll)", q2min: 14.3, q2max: 22.0, value: 1.08 +0.11 -0.09}
    - {name: a_mu, value: "1.16592(1) e-3"}
  correlation: [[1, 0.3], [1]]
joint:
  observables: [a_mu, {name: "<Rmue>(B+->Kll)", q2min: 14.3, q2max: 22}]
  values:
    distribution: multivariate_normal
    central_value: [1.0e-3, 1.0]
    covariance: [[1.0e-12, 0], [0, 0.01]]
"""


def read(tmp_path, text):
    path = tmp_path / "measurements.yaml"
    path.write_text(text)
    return read_measurements(path, ARGUMENTS, KNOWN, ["old"])


def test_good_file(tmp_path):
    first, second, third = read(tmp_path, GOOD)
    assert first.info["inspire"] == "Belle-II:2023esi"
    assert first.supersedes == ("old",)
    assert first.constraints[0].observables == ("BR(B+->Knunu)",)
    assert first.constraints[0].pdf["mean"][0] == pytest.approx(2.3e-5)
    (pair,) = second.constraints
    assert pair.observables == (KNOWN[2], "a_mu")
    widths = np.sqrt(np.diag(pair.pdf["covariance"]))
    assert widths == pytest.approx([np.sqrt(0.11 * 0.09), 1e-8])
    assert pair.pdf["covariance"][0, 1] == pytest.approx(0.3 * widths[0] * widths[1])
    assert third.constraints[0].observables == ("a_mu", KNOWN[2])


def test_doctest():
    assert doctest.testmod(measurement_file).failed == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m:\n  value:\n    a_mu: 1 ± 1\n", "2: m: unknown key 'value': did you mean 'values'"),
        ("m:\n  inspire: x\n", "the key 'values' is missing"),
        ("m:\n  values:\n    a_m: 1 ± 1\n", "3: m.values.a_m: the observable 'a_m' is not in"),
        ("m:\n  values:\n    a_mu: 1\n", "3: m.values.a_mu: found '1', allowed"),
        ("m:\n  values:\n    <Rmue>(B+->Kll): 1 ± 1\n", "takes the arguments (q2min, q2max)"),
        (
            "m:\n  values:\n    - {name: <Rmue>(B+->Kll), q2min: 1, q2max: 6, value: 1 ± 1}\n",
            "only for other values of its arguments",
        ),
        ("m:\n  supersedes: [older]\n  values: {a_mu: 1 ± 1}\n", "'older' is not in the snapshot"),
        (
            "m:\n  values: {a_mu: 1 ± 1, BR(B+->Knunu): 1 ± 1}\n  correlation: 1\n",
            "not positive definite",
        ),
        (
            "m:\n  values: {a_mu: 1 ± 1, BR(B+->Knunu): 1 ± 1}\n  correlation: [[1, 0.1]]\n",
            "the correlation has 1 rows for 2 values",
        ),
        (
            "m:\n  observables: [a_mu]\n  values: {distribution: multivariate_normal, "
            "central_value: [1, 2], covariance: [[1, 0], [0, 1]]}\n",
            "1 observables, but a distribution of 2",
        ),
        ("m:\n  values: 3\n", "expected a mapping"),
        ("- 1\n", "expected a mapping, found a list"),
    ],
)
def test_bad_files(tmp_path, text, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m:\n  date: yesterday\n  values:\n    a_mu: 1 ± 1\n", ":2: m.date: a date is YYYY"),
        ("m:\n  values: {}\n", ":2: m.values: a measurement needs values"),
        ("m:\n  values: []\n", ":2: m.values: a measurement needs values"),
    ],
)
def test_dates_and_no_values(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)


def test_faulty_correlation_is_one_fault(tmp_path):
    text = GOOD.replace("[[1, 0.3], [1]]", "[[1, 1.5], [1.5, 1]]")
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert len(caught.value.faults) == 1


def test_all_faults_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "m:\n  values:\n    a_m: 1 ± 1\n    a_mu: 1\n")
    assert [fault.line for fault in caught.value.faults] == [3, 4]
