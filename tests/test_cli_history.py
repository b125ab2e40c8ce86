"""The best fit of a card against time: its numbers are those of fits to what was known then."""

from __future__ import annotations

import json

import pytest

LINE = """
eft: WET
basis: flavio
scale: 4.8
coefficients: {C9_bsmumu: {free: [-3, 1]}}
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "line.yaml"
    path.write_text(LINE)
    return path


def test_each_month_is_a_fit_of_its_own(muoquark, line, tmp_path):
    call = muoquark("history", line, "--since", "2025-10", "--until", "2026-04", "--out", tmp_path)
    assert call.code == 0, call.err
    assert "predictions and theory errors are today's" in call.err
    document = json.loads((tmp_path / "history.json").read_text())
    steps = document["steps"]
    months = [step["month"] for step in steps]
    assert months[0] == "2025-10" and "2025-12" in months and months == sorted(months)
    # LHCb's K* mu mu of 2025 takes the place of that of 2020 and wants more of C9
    december = next(step for step in steps if step["month"] == "2025-12")
    assert "LHCb B->K*mumu 2025" in december["entered"] and december["left"]
    before = steps[steps.index(december) - 1]
    assert december["delta_chi2"] > before["delta_chi2"] + 1.0
    fit = muoquark("fit", line, "--until", "2025-12", "--json")
    assert fit.code == 0, fit.err
    there = json.loads(fit.out)
    assert december["delta_chi2"] == pytest.approx(there["delta_chi2"], abs=2e-3)
    assert december["best_fit"]["C9_bsmumu"] == pytest.approx(
        there["best_fit"]["C9_bsmumu"], abs=2e-3
    )
    assert (tmp_path / "history.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "2019"), "2019"),
        (("--since", "2025-13"), "2025-13"),
        (("--data", "2026-06", "--theory-errors", "point"), "theory errors of the SM"),
        (("--data", "2026-06", "--theory-errors", "relative"), "theory errors of the SM"),
    ],
)
def test_one_message(muoquark, line, options, said):
    call = muoquark("history", line, *options)
    assert (call.code, said in call.err) == (2, True), call.err
    assert sum("error" in line for line in call.err.splitlines()) == 1
