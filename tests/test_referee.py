"""The referee against smelli called by hand, and its manners."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from closeness import close
from conftest import random_point
from muoquark.common.errors import DomainError, InputError, MissingExtraError, OutputError
from muoquark.likelihood import referee
from muoquark.matching.match import match
from muoquark.model.card_file import read_card
from muoquark.model.point import Point
from muoquark.sm.inputs import INPUTS
from muoquark.smeft.wcxf import WilsonCoefficients

BLOCKS = (
    "quarks leptons ewpt eeww lept rd_rds lfu_fccc lfu_fcnc bcpv bqnunu lfv zlfv higgs"
).split()


@pytest.mark.exact
def test_no_global_option_of_wilson_is_changed(flavio):
    import wilson

    before = dict(wilson.Wilson._default_options)
    assert before["smeft_accuracy"] == "integrate"
    referee.global_likelihood()
    assert wilson.Wilson._default_options == before
    w = referee.wilson_instance(match(random_point(1)), "smelli")
    assert w.get_option("smeft_accuracy") == "leadinglog"
    assert wilson.Wilson._default_options == before
    with pytest.raises(InputError, match="did you mean 'smelli'"):
        referee.wilson_instance(match(random_point(1)), "smeli")


@pytest.mark.exact
def test_c9_and_c10_of_the_benchmark(flavio):
    """C9 = -C10 of muons at 4.8 GeV, sign and size of the tree formula.

    C9 = -C10 = (pi v^2/(alpha V_tb V_ts^*)) eta3L_b eta3L_s^*/M3^2: about -0.7 at 0.41, 3 TeV.
    """
    point = read_card("paper").point()
    w = referee.wilson_instance(match(point, "tree"))
    C = w.match_run(4.8, "WET", "flavio", sectors=("sb",)).dict
    from muoquark.sm.ckm import ckm_matrix

    V = ckm_matrix(INPUTS.ckm)
    size = np.pi * INPUTS.v**2 / ((1 / 133) * V[2, 2] * V[2, 1].conj())
    expected = size * point.eta3L[2, 1] * point.eta3L[1, 1].conj() / 3000.0**2
    assert expected.real < -0.3
    assert C["C9_bsmumu"] == close(expected, rel=0.1)
    assert C["C10_bsmumu"] == close(-expected, rel=0.1)
    literal = Point(eta3L=np.array([1, -1, 1]) * point.eta3L[:, 1])
    w = referee.wilson_instance(match(literal, "tree"))
    assert w.match_run(4.8, "WET", "flavio", sectors=("sb",)).dict["C9_bsmumu"].real > 0.3


@pytest.mark.exact
def test_a_mu_of_the_benchmark(flavio):
    """The chain against Delta a_mu = m_mu m_t/(4 pi^2 M^2) (ln(M^2/m_t^2) - 7/4) Re(...).

    physics.md section 5: the fixed order gives 4.3e-9 and chains 3.5e-9 to 5.0e-9.
    """
    point = read_card("paper").point()
    m_mu, M = 0.10566, point.M1
    y_t = point.sm_parameters.Yu[2, 2].real  # at mu_M; V_tb = 1 to 1e-3
    m_t = y_t * INPUTS.v / np.sqrt(2)
    product = (point.eta1L[2, 1].conj() * point.eta1R[2, 1]).real
    direct = m_mu * m_t / (4 * np.pi**2 * M**2) * (np.log(M**2 / m_t**2) - 7 / 4) * product
    assert direct == close(4.3e-9, rel=0.05)
    shift = {}
    for chain in referee.CHAINS:
        w = referee.wilson_instance(match(point), chain)
        shift[chain] = flavio.np_prediction("a_mu", w) - flavio.sm_prediction("a_mu")
    assert shift["full"] == close(3.72e-9, rel=0.05)
    assert shift["smelli"] == close(4.98e-9, rel=0.05)
    assert 0.8 < shift["full"] / direct < 1.0


@pytest.mark.exact
@pytest.mark.slow
def test_verbs(muoquark, tmp_path, flavio):
    """A WCxf file in place of a card, twice the same number, records as the interface says."""
    path = tmp_path / "point.json"
    path.write_text(match(Point(eta3L=np.array([0, 0.01, 0.3]))).to_json())
    outcome = muoquark("loglike", path, "--exact", "--chain", "smelli", "--json")
    assert outcome.code == 0
    result = json.loads(outcome.out)
    assert list(result["blocks"]) == BLOCKS
    assert result["total"] == close(sum(result["blocks"].values()))
    assert result["versions"]["smelli"] == "2.4.3"
    again = json.loads(muoquark("loglike", path, "--exact", "--chain", "smelli", "--json").out)
    assert again == result


@pytest.mark.exact
@pytest.mark.slow
def test_predictions(muoquark, flavio):
    records = json.loads(muoquark("predict", "paper", "--exact", "--json").out)
    assert len(records) == 568
    keys = "observable args sm value measured uncertainty pull_sm pull block".split()
    assert all(list(record) == keys for record in records)
    by_name = {record["observable"]: record for record in records if not record["args"]}
    w = referee.wilson_instance(match(read_card("paper").point()))
    a_mu = by_name["a_mu"]
    assert a_mu["value"] == close(flavio.np_prediction("a_mu", w), rel=1e-9)
    assert a_mu["sm"] == close(flavio.sm_prediction("a_mu"), rel=1e-9)
    assert a_mu["pull"] == close((a_mu["value"] - a_mu["measured"]) / a_mu["uncertainty"])
    chosen = json.loads(muoquark("predict", "paper", "--exact", "--obs", "BR(Bs*", "--json").out)
    assert chosen
    assert all(record["observable"].startswith("BR(Bs") for record in chosen)


def hierarchical_point(seed):
    """Random couplings with a quark hierarchy, at which the CKM matrix can be extracted."""
    point = random_point(seed, muons_only=True)
    couplings = {
        name: getattr(point, name) * np.array([[0.01], [0.05], [0.5]])
        for name in ("eta3L", "eta1L", "eta1R")
    }
    return replace(point, **couplings)


BY_HAND = """
import json, sys, warnings
warnings.simplefilter("ignore")
import smelli
likelihood = smelli.GlobalLikelihood(exp_cov_folder=sys.argv[1])
for point in json.load(sys.stdin):
    values = {k: complex(*v) if isinstance(v, list) else v for k, v in point["values"].items()}
    print(json.dumps(likelihood.parameter_point(values, point["scale"]).log_likelihood_dict()))
"""


@pytest.mark.exact
@pytest.mark.slow
def test_reproduces_smelli_by_hand(tmp_path, flavio):
    """Five points, block by block, to 1e-6, from a process that knows nothing of us."""
    points = [
        match(read_card("paper").point()),
        match(hierarchical_point(1)),
        match(hierarchical_point(2), "tree"),
        match(Point(eta3L=np.array([0, 0.01, 0.3]), M3=2000.0, mu_M=2000.0)),
        WilsonCoefficients(scale=1000.0, values={"lq1_2223": 1e-9 + 2e-10j, "phiWB": 1e-9}),
    ]
    referee.export_covariances(tmp_path)
    plain = [
        {"scale": p.scale, "values": {k: [v.real, v.imag] for k, v in p.values.items()}}
        for p in points
    ]
    result = subprocess.run(
        [sys.executable, "-c", BY_HAND, str(tmp_path)],
        input=json.dumps(plain), capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    for point, line in zip(points, result.stdout.splitlines(), strict=True):
        expected = json.loads(line)
        for _ in range(2):
            ours = referee.exact_loglike(point, "smelli")
            assert ours.total == pytest.approx(expected.pop("global", ours.total), abs=1e-6)
            for name, value in expected.items():
                block = ours.blocks[referee.block_name(name)]
                assert block == pytest.approx(value, abs=1e-6, rel=1e-9), name


def test_the_folder_of_covariances_is_checked_first(tmp_path, monkeypatch):
    """Before smelli is asked, which takes half a minute; a missing folder is made."""
    asked = []

    def no_likelihood():
        asked.append(True)
        return SimpleNamespace(fast_likelihoods={})

    monkeypatch.setattr(referee, "global_likelihood", no_likelihood)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match="is a file, a folder is needed"):
        referee.export_covariances(file)
    assert not asked
    referee.export_covariances(tmp_path / "new" / "folder")
    assert asked
    assert (tmp_path / "new" / "folder").is_dir()


@pytest.mark.exact
def test_a_point_that_smelli_cannot_evaluate(flavio):
    huge = WilsonCoefficients(scale=1000.0, values={"phiWB": 1e-4})
    with pytest.raises(DomainError, match="smelli cannot evaluate this point"):
        referee.exact_loglike(huge)


def test_missing_extra(monkeypatch, muoquark):
    """One sentence with the command that installs it."""
    monkeypatch.setitem(sys.modules, "smelli", None)
    referee._packages.cache_clear()
    referee.global_likelihood.cache_clear()
    try:
        with pytest.raises(MissingExtraError):
            referee.global_likelihood()
        outcome = muoquark("loglike", "paper", "--exact")
        assert outcome.code == 2
        assert "pip install 'muoquark[exact]'" in outcome.err
        assert len(outcome.err.strip().splitlines()) == 1
    finally:
        referee._packages.cache_clear()


def test_bad_arguments(muoquark):
    for arguments, message in (
        (("loglike", "nope", "--exact"), "no such file, nor a built-in card"),
        (("loglike", "paper", "--exact", "--chain", "x"), "'x' is not one of"),
        (("predict",), "Missing argument"),
    ):
        outcome = muoquark(*arguments)
        assert outcome.code == 2
        assert message in outcome.err
