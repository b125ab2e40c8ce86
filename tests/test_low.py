"""The low-scale coefficients of a point."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muoquark.common.errors import DomainError, InputError
from muoquark.inference.low import low_coefficients
from muoquark.inference.source import coefficients_of, read
from muoquark.likelihood.likelihood import Likelihood


def test_muon_column_of_s3_is_c9_equal_minus_c10():
    found = low_coefficients("paper", sectors=["sb"])
    assert (found.eft, found.basis, found.scale) == ("WET", "flavio", 4.8)
    c9, c10 = found["C9_bsmumu"], found["C10_bsmumu"]
    # S3 gives C9 = -C10; loops and running change it by some per cent.
    assert abs(c9 + c10) < 0.1 * abs(c9)
    tree = low_coefficients("paper", sectors=["sb"], order="tree", chain="smelli")
    assert abs(tree["C9_bsmumu"] / c9 - 1) < 0.2


def test_what_is_printed_is_what_the_likelihood_sees():
    """Given back at 4.8 GeV, the b -> s mu mu observables come out as from the high scale."""
    point = coefficients_of(read("paper"))
    likelihood = Likelihood("2026-06")
    high = likelihood(point)
    low = likelihood(low_coefficients(point))
    names = [k for k, o in enumerate(likelihood.observables) if o.name.startswith("<Rmue>(B")]
    assert len(names) > 5
    shift = high.predictions[names] - likelihood.sm_predictions[names]
    # The CKM parameters differ a little: the low scale holds one sector's worth of four inputs.
    found = low.predictions[names] - likelihood.sm_predictions[names]
    assert np.allclose(found, shift, rtol=3e-3, atol=0.0)
    assert np.abs(shift).min() > 0.01


def test_of_low_coefficients():
    given = read({"eft": "WET", "basis": "flavio", "scale": 4.8, "values": {"C9_bsmumu": -1.0}})
    assert low_coefficients(given)["C9_bsmumu"] == -1
    assert low_coefficients(given, scale=2.0)["C9_bsmumu"] == pytest.approx(-0.998, abs=2e-3)


def test_command(muoquark, tmp_path):
    outcome = muoquark("wet", "paper", "--sector", "sb", "--sector", "cbtaunu")
    document = json.loads(outcome.out)
    expected = low_coefficients("paper", sectors=["sb", "cbtaunu"])
    assert read(document) == expected
    path = tmp_path / "low.yaml"
    outcome = muoquark("wet", "paper", "--out", path, "--sector", "sb")
    assert f"wrote {path}" in outcome.err
    assert read(path) == low_coefficients("paper", sectors=["sb"])
    assert muoquark("wet", "paper", "--out", path).code == 2  # it is there
    outcome = muoquark("wet", "paper", "--scale", 2)
    assert "there is WET-3 at this scale too: --eft WET-3" in outcome.err
    for arguments, message in (
        (("--scale", 3), "nothing is asked for in WET at 3 GeV"),
        (("--sector", "xy"), "no sector 'xy' at 4.8 GeV"),
        (("--out", tmp_path / "x.txt"), "must end in .json"),
    ):
        outcome = muoquark("wet", "paper", *arguments)
        assert outcome.code == 2
        assert message in outcome.err


def test_faults():
    with pytest.raises(InputError, match=r"no sector 'bs' at 4.8 GeV: did you mean 'sb'"):
        low_coefficients("paper", sectors=["bs"])
    with pytest.raises(DomainError, match="nothing is asked for"):
        low_coefficients("paper", scale=17.0)
