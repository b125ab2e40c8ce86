"""Measurement files in flavio's grammar: what is read and what is refused."""

from __future__ import annotations

import doctest
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from closeness import close
from muoquark.common.errors import InputError
from muoquark.likelihood import measurement_file
from muoquark.likelihood.measurement_file import read_measurements
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.parts import open_part
from muoquark.likelihood.pdfs import MomentsOnly
from muoquark.likelihood.user import with_measurements

ARGUMENTS = {"a_mu": (), "BR(B+->Knunu)": (), "<Rmue>(B+->Kll)": ("q2min", "q2max")}
KNOWN = ["a_mu", "BR(B+->Knunu)", Observable.of("<Rmue>(B+->Kll)", q2min=14.3, q2max=22.0).key]

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
    assert first.constraints[0].pdf.mean == close(2.3e-5)
    (pair,) = second.constraints
    assert pair.observables == (KNOWN[2], "a_mu")
    widths = np.sqrt(np.diag(pair.pdf.covariance))
    assert widths == close([np.sqrt(0.11 * 0.09), 1e-8])
    assert pair.pdf.covariance[0, 1] == close(0.3 * widths[0] * widths[1])
    assert third.constraints[0].observables == ("a_mu", KNOWN[2])


def test_correlated_values_in_every_form(tmp_path):
    """Several errors: variance = sum of c^2 + right left; a distribution; one of three numbers."""
    text = (
        "m:\n  values:\n"
        "    - {name: a_mu, value: 0.70 +0.05 -0.03 ± 0.02}\n"
        "    - {name: BR(B+->Knunu), value: {distribution: normal, central_value: 1, "
        "standard_deviation: 2}}\n"
        "    - {name: <Rmue>(B+->Kll), q2min: 14.3, q2max: 22, value: {distribution: "
        "asymmetric_normal, central_value: 1, right_deviation: 4, left_deviation: 1}}\n"
        "  correlation: [[1], [0.2, 1], [0, 0, 1]]\n"
    )
    ((constraint,),) = [m.constraints for m in read(tmp_path, text)]
    widths = np.sqrt([0.05 * 0.03 + 0.02**2, 4, 4])
    expected = np.outer(widths, widths) * [[1, 0.2, 0], [0.2, 1, 0], [0, 0, 1]]
    assert constraint.pdf.covariance == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert constraint.pdf.mean == pytest.approx([0.7, 1, 1], rel=1e-12, abs=0)


def test_lists_of_distributions(tmp_path):
    """For one observable and for several."""
    normal = "{distribution: normal, central_value: 1, standard_deviation: "
    joint = "{distribution: multivariate_normal, central_value: [1, 1], standard_deviation: "
    first, second = read(
        tmp_path,
        f"one:\n  values:\n    a_mu:\n      - {normal}0.3}}\n      - {normal}0.4}}\n"
        "two:\n  observables: [a_mu, BR(B+->Knunu)]\n  values:\n"
        f"    - {joint}[0.3, 1]}}\n    - {joint}[0.4, 1], correlation: 0.5}}\n",
    )
    assert first.constraints[0].pdf.variance == pytest.approx(0.25, rel=1e-12, abs=0)
    expected = [[0.25, 0.2], [0.2, 2]]
    assert second.constraints[0].pdf.covariance == pytest.approx(
        np.array(expected), rel=1e-12, abs=0
    )


def test_an_unknown_observable_is_one_fault(tmp_path):
    """Not one more for a correlation that has a row for it."""
    text = "m:\n  values: {a_mu: 1 ± 1, b_mu: 1 ± 1}\n  correlation: [[1, 0], [0, 1]]\n"
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    (fault,) = caught.value.faults
    assert "'b_mu' is not in the data" in fault.message


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
        ("m:\n  supersedes: [older]\n  values: {a_mu: 1 ± 1}\n", "'older' is not in the data"),
        (
            "m:\n  values: {a_mu: 1 ± 1, BR(B+->Knunu): 1 ± 1}\n  correlation: 1\n",
            "not positive definite",
        ),
        (
            "m:\n  values: {a_mu: 1 ± 1, BR(B+->Knunu): 1 ± 1}\n"
            "  correlation: [[1, 0.39], [-0.39, 1]]\n",
            "3: m.correlation: the matrix is not symmetric: 0.39 in row 1, column 2",
        ),
        (
            "m:\n  values: {a_mu: 1 ± 1, BR(B+->Knunu): '< 1 @ 90% CL'}\n  correlation: 0.5\n",
            "2: m.values.BR(B+->Knunu): found '< 1 @ 90% CL', allowed",
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


def whole_file(flavio):
    """flavio's own file, and all of its observables: name to arguments, and keys."""
    import yaml

    path = Path(flavio.__file__).parent / "data" / "measurements.yml"
    text = path.read_text()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    arguments, keys = {}, []
    for content in yaml.load(text, Loader=loader).values():
        values = content.get("observables", content["values"])
        for item in values:
            item = {"name": item} if isinstance(item, str) else item
            wanted = tuple(flavio.Observable[item["name"]].arguments or ())
            arguments[item["name"]] = wanted
            keys.append(Observable.of(item["name"], **{a: float(item[a]) for a in wanted}).key)
    return text, arguments, keys


# The same bin twice with different numbers; flavio takes the last one (docs/upstream.md).
TWICE = "'<dBR/dq2>(B+->Kmumu)' stands twice in this measurement"


@pytest.mark.exact
@pytest.mark.slow
def test_flavios_whole_file(tmp_path, flavio):
    """Every measurement of it is read, and is what flavio reads, distribution by distribution."""
    text, arguments, keys = whole_file(flavio)
    path = tmp_path / "measurements.yml"
    path.write_text(text)
    gaussian = dict.fromkeys(keys, "all")
    with pytest.raises(InputError) as caught:
        read_measurements(path, arguments, keys, gaussian=gaussian)
    assert [f.message.partition(": ")[2] for f in caught.value.faults] == [TWICE]
    slip = "q2max: 2.00\n      value: 2.55"
    assert text.count(slip) == 1
    path.write_text(text.replace(slip, "q2max: 4.30\n      value: 2.55"))
    keys.append(Observable.of("<dBR/dq2>(B+->Kmumu)", q2min=0, q2max=4.3).key)
    gaussian[keys[-1]] = "all"
    found = read_measurements(path, arguments, keys, gaussian=gaussian)
    assert len(found) > 300
    kinds = Counter()
    for measurement in found:
        theirs = flavio.Measurement[measurement.name]._constraints
        for ours, (pdf, _) in zip(measurement.constraints, theirs, strict=True):
            kinds[ours.pdf.kind] += 1
            if isinstance(ours.pdf, MomentsOnly):
                continue  # tests/test_distributions.py
            if hasattr(pdf, "covariance"):
                unit = np.sqrt(np.diag(pdf.covariance))
                mean, covariance = ours.pdf.moments()
                assert np.abs((mean - pdf.central_value) / unit).max() < 1e-12
                difference = (covariance - pdf.covariance) / np.outer(unit, unit)
                assert np.abs(difference).max() < 2e-7, measurement.name
                continue
            mean, variance = map(np.ndarray.item, ours.pdf.moments())
            x = mean + np.sqrt(variance) * np.linspace(-1.5, 1.5, 13)
            step = 1e-5 * np.sqrt(variance)
            density = ours.pdf.cumulative(x + step) - ours.pdf.cumulative(x - step)
            with np.errstate(divide="ignore"):
                logarithm = np.log(density / (2 * step))
                expected = np.asarray(pdf.logpdf(x), dtype=float)
            # flavio's grids are coarse next to zero, where a convolved limit has its edge.
            ok = (expected > expected.max() - 4) & (np.abs(x) > 2 * step)  # not on an edge
            if "General" in type(pdf).__name__:
                ok &= x > 0.1 * np.sqrt(variance)
            assert ok.sum() > 3, measurement.name
            assert np.abs(logarithm[ok] - expected[ok]).max() < 0.03, measurement.name
    assert set(kinds) == {
        "normal", "asymmetric", "half_normal", "gamma", "general_gamma", "numerical", "moments",
    }  # fmt: skip


@pytest.mark.exact
@pytest.mark.slow
def test_what_a_snapshot_refuses_of_flavios_file(tmp_path, flavio):
    """Only observables that it lacks, beside the slip above."""
    text, _, _ = whole_file(flavio)
    path = tmp_path / "measurements.yml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        with_measurements((open_part("2026-06"),), path)
    allowed = re.compile(
        r"is not in the data|only for other values of its arguments|fixes the CKM matrix here|"
        + re.escape(TWICE)
    )
    rest = [f.message for f in caught.value.faults if not allowed.search(f.message)]
    assert rest == []
