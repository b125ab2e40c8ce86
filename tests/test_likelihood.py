"""The compiled likelihood: against smelli, against itself in other forms, and its manners."""

from __future__ import annotations

import json
import subprocess
import sys
import weakref
from dataclasses import replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest

from closeness import close
from conftest import random_point
from muoquark.common.errors import DomainError, InputError
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.fastforms import FastForms
from muoquark.likelihood.groups import GROUPS, members
from muoquark.likelihood.likelihood import KEPT, Likelihood
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.predictions import predictions, uncertainties
from muoquark.likelihood.select import select
from muoquark.likelihood.snapshots import load_snapshot, shipped
from muoquark.matching.match import match
from muoquark.matching.parametric import parametric
from muoquark.model.card_file import read_card
from muoquark.model.point import Point
from muoquark.smeft.wcxf import WilsonCoefficients
from three_couplings import THREE

SNAPSHOT = "2026-06"


@cache
def likelihood(chain="smelli"):
    return Likelihood(SNAPSHOT, chain)


@cache
def card_likelihood():
    return CardLikelihood.of(likelihood(), read_card("plane"))


def hierarchical(seed, muons_only=True):
    """Random couplings with a quark hierarchy: a point that data do not exclude outright."""
    point = random_point(seed, muons_only=muons_only)
    scale = np.array([[0.01], [0.03], [0.3]])
    names = ("eta3L", "eta1L", "eta1R")
    return replace(point, **{n: getattr(point, n) * scale for n in names})


def test_the_sm_is_zero():
    result = likelihood()(WilsonCoefficients(scale=3000.0, values={}))
    assert result.total == 0
    assert result.status == ()
    sm = likelihood().snapshot.sm
    # ACP(B->Xgamma) cancels to a rounding error: what is small is so beside the error alone
    _, error = uncertainties(likelihood())
    assert np.all(np.abs(result.predictions - sm) < 1e-6 * np.abs(sm) + 1e-12 * error)


def test_predictions_of_the_sm_need_no_map():
    """They are those of a point without coefficients, to the last bit."""
    fresh = Likelihood(SNAPSHOT, "smelli")
    found = fresh.sm_predictions
    assert not fresh._forwards
    point = likelihood()(WilsonCoefficients(scale=3000.0, values={}))
    assert np.array_equal(found, point.predictions)


def test_a_loop_over_scales_does_not_fill_the_memory(monkeypatch):
    """A map of all coefficients takes 200 MB: only the last few are kept."""

    class Counted:
        alive: ClassVar[weakref.WeakSet] = weakref.WeakSet()

        def __init__(self, mu_M, inputs, eft):
            self.key = mu_M, inputs, eft
            # Those that are given up are gone before the next one is made.
            assert len(self.alive) < KEPT
            self.alive.add(self)

    monkeypatch.setattr(Likelihood, "_forward", lambda self, *key: Counted(*key))
    fresh = Likelihood(SNAPSHOT, "smelli")
    first = weakref.ref(fresh.forward(1000.0))
    for scale in np.linspace(1100.0, 9000.0, 40):
        assert fresh.forward(scale).key == (scale, None, "SMEFT")
        assert fresh.forward(1000.0) is first()  # in use, so never given up
        assert len(Counted.alive) <= KEPT
    assert fresh.forward(1000.0, ["lq1_2223:Re"]).key == (1000.0, ("lq1_2223:Re",), "SMEFT")
    assert {one.key[0] for one in Counted.alive} == {1000.0, 9000.0}


def test_what_is_refused_needs_no_map():
    """Scale and coefficients are looked at before the map is made, which takes seconds."""
    fresh = Likelihood(SNAPSHOT, "smelli")
    for scale, values, message in (
        (3000.0, {"llphiphi_11": 1e-15}, "llphiphi_11"),
        (3000.0, {"duql_1111": 1e-15}, "duql_1111"),
        (90.0, {"lq1_2223": 1e-9}, "mu_M = 90 GeV is outside"),
    ):
        with pytest.raises(DomainError, match=message):
            fresh(WilsonCoefficients(scale=scale, values=values))
    assert not fresh._forwards


LOOP = """
import resource
import numpy as np
from muoquark.likelihood.likelihood import Likelihood
from muoquark.smeft.wcxf import WilsonCoefficients
likelihood = Likelihood()
for scale in np.geomspace(91.1876, 1e6, 100):
    likelihood(WilsonCoefficients(scale=float(scale), values={"lq1_2223": 1e-9}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
def test_memory_over_a_hundred_scales():
    """Below 1 GB: maps are kept for a few scales, tables once; on Linux in MB."""
    found = subprocess.run([sys.executable, "-c", LOOP], check=True, capture_output=True, text=True)
    assert 50 < float(found.stdout) < 1000


@pytest.mark.exact
@pytest.mark.slow
def test_against_smelli_at_the_benchmark(flavio):
    """Every block within 0.02, the promise of the compiled likelihood."""
    from muoquark.likelihood.referee import exact_loglike

    point = match(read_card("paper").point())
    ours, theirs = likelihood()(point), exact_loglike(point, "smelli")
    assert ours.blocks.keys() == theirs.blocks.keys()
    for name, value in theirs.blocks.items():
        assert ours.blocks[name] == pytest.approx(value, abs=0.02), name


@pytest.mark.exact
@pytest.mark.slow
@pytest.mark.parametrize("chain", ["smelli", "full"])
@pytest.mark.parametrize("seed", range(4))
def test_against_smelli_at_random_points(seed, chain, flavio):
    from muoquark.likelihood.referee import exact_loglike

    point = match(hierarchical(seed))
    ours, theirs = likelihood(chain)(point), exact_loglike(point, chain)
    for name, value in theirs.blocks.items():
        assert ours.blocks[name] == pytest.approx(value, abs=0.02, rel=0.005), name


def test_card_in_jax_is_the_plain_likelihood():
    """Specialised, composed with the polynomial and compiled: within 1e-3 of ln L."""
    compiled, plain = card_likelihood(), likelihood()
    theta = np.array([[0.41, 0.023], [0.2, -0.01], [0.05, 0.04], [0.7, 0.0]])
    parts, status = compiled.parts(theta), compiled.status(theta)
    card = read_card("plane")
    for row, point in enumerate(theta):
        values = dict(zip(("eta3L_3", "eta1L_3*eta1R_3"), map(float, point), strict=True))
        expected = plain(match(card.point(values)))
        assert status[row] == 0
        for name, value in {**expected.blocks, **expected.groups}.items():
            found = parts[row, compiled.names.index(name)]
            assert found == pytest.approx(value, abs=1e-3, rel=1e-3), name


def test_six_iterations_of_the_ckm_scheme_are_ten():
    """The plain likelihood iterates as often as smelli; at the far corner of the plane's ranges."""
    from muoquark.likelihood.ckm_scheme import ckm_step
    from muoquark.likelihood.forward import ITERATIONS

    source = parametric(THREE)
    forward = likelihood().forward(source.mu_M, source.components)
    scheme = forward.scheme
    c, forms = source.vector(np.array([0.8, 0.25, 0.25])), scheme.forms
    ckm, steps = np.asarray(forms.ckm_centre), []
    for _ in range(10):
        low = forward.ckm_map.apply(c, scheme.gamma(ckm))
        ckm, failed = ckm_step(forms, low, ckm)
        assert not failed
        steps.append(ckm)
    assert np.allclose(steps[ITERATIONS - 1], steps[9], rtol=1e-9, atol=0)
    assert not np.allclose(steps[0], steps[9], rtol=1e-9, atol=0)


def test_batches_do_not_depend_on_their_size():
    theta = np.random.default_rng(1).uniform([0, -0.02], [0.8, 0.05], (70, 2))
    many = card_likelihood().parts(theta)
    assert many.shape == (70, len(card_likelihood().names))
    assert np.allclose(card_likelihood().parts(theta[3:4])[0], many[3], atol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("forward", [8, 0])
def test_gradients_forward_and_backward(forward, monkeypatch):
    """Through the predictions forward or backward, alone, in batches and for samplers.

    The anomalous moment of the electron is known to 1e-10 of itself, so that rounding moves ln L
    by 1e-6.
    """
    import jax

    from muoquark.inference import card_likelihood as runtime

    monkeypatch.setattr(runtime, "FORWARD", forward)
    compiled = card_likelihood.__wrapped__()
    theta = np.random.default_rng(2).uniform([0.1, 0.0], [0.5, 0.03], (40, 2))
    with jax.enable_x64(True):
        plain = jax.jit(jax.value_and_grad(compiled._total))
        expected = [plain(t) for t in theta[[0, 33]]]
        sampled = jax.jit(jax.value_and_grad(compiled.traceable))(theta[0])
    values, gradients = compiled.values_and_gradients(theta)
    for k, (value, gradient) in zip((0, 33), expected, strict=True):
        assert values[k] == pytest.approx(float(value), abs=3e-6)
        assert gradients[k] == close(np.asarray(gradient), rel=1e-6)
    single = compiled.value_and_gradient(theta[0])
    for value, gradient in (single, sampled):
        assert float(value) == pytest.approx(float(expected[0][0]), abs=3e-6)
        assert np.asarray(gradient) == close(np.asarray(expected[0][1]), rel=1e-6)


@pytest.mark.slow
def test_the_gradient_of_the_ckm_scheme_converges(monkeypatch):
    from muoquark.likelihood import forward as runtime

    theta = np.array([0.35, 0.01])
    _, found = card_likelihood().value_and_gradient(theta)
    monkeypatch.setattr(runtime, "ORDERS", 2 * runtime.ORDERS)
    _, full = card_likelihood.__wrapped__().value_and_gradient(theta)
    assert found == close(full, rel=1e-6)


@pytest.mark.slow
def test_gradient_is_that_of_differences():
    """Rounding noise of ln L is 2e-8 (the quark correlation has condition 7e4): a step of 1e-4
    leaves 1e-4 of it in a slope, and a truncation error of the same size."""
    theta = np.array([0.35, 0.01])
    value, gradient = card_likelihood().value_and_gradient(theta)
    blocks = len(likelihood().blocks)
    for k in range(2):
        h = np.eye(2)[k] * (1e-4, 1e-5)[k]
        total = card_likelihood().parts(np.stack([theta + h, theta - h]))[:, :blocks].sum(axis=1)
        slope = (total[0] - total[1]) / (2 * h[k])
        assert gradient[k] == close(slope, rel=3e-5)
    assert value == pytest.approx(card_likelihood().parts(theta)[0, :blocks].sum(), abs=1e-9)


def test_fast_forms_are_the_plain_forms():
    forms = likelihood().snapshot.forms
    rng = np.random.default_rng(2)
    low = rng.normal(size=(3, len(forms.directions))) * 1e-3
    low *= np.asarray(likelihood().snapshot.metadata["sizes"])
    ckm = np.asarray(forms.ckm_centre) * (1 + 0.01 * rng.normal(size=(3, 4)))
    plain, fast = forms.predict(low, ckm), FastForms.of(forms).predict(low, ckm)
    assert np.allclose(plain, fast, rtol=1e-9, equal_nan=True, atol=0)


def test_selected_observables():
    forms = likelihood().snapshot.forms
    positions = [7, 300, 2]
    part = select(forms, positions)
    assert part.observables == tuple(forms.observables[k] for k in positions)
    assert len(part.directions) < len(forms.directions)
    low = np.zeros(len(forms.directions))
    own = np.array([forms.directions.index(d) for d in part.directions])
    low[own] = 1e-3 * np.asarray(likelihood().snapshot.metadata["sizes"])[own]
    ckm = np.asarray(forms.ckm_centre)
    assert np.allclose(
        part.predict(low[own], ckm), forms.predict(low, ckm)[positions], rtol=1e-10, atol=0
    )


def test_groups():
    found = likelihood().groups
    assert set(found) == set(GROUPS)
    assert [likelihood().observables[k].text for k in found["(g-2)_mu"]] == ["a_mu"]
    assert len(found["b->smumu"]) > 100
    assert set(found["b->smumu BR"]) | set(found["b->smumu angular"]) == set(found["b->smumu"])
    pair = [Observable("a_mu"), Observable.of("<Rmue>(B+->Kll)", q2min=1, q2max=6)]
    assert members(pair, GROUPS["R_K(*)"]) == [1]


def test_a_group_of_one_observable_is_its_pull():
    """(g-2)_mu in the Gaussian block of leptons: -pull^2/2, theory error included."""
    result = likelihood()(match(read_card("paper").point()))
    (record,) = [r for r in predictions(likelihood(), result) if r.observable == "a_mu"]
    expected = (record.pull_sm**2 - record.pull**2) / 2
    assert result.groups["(g-2)_mu"] == close(expected, rel=1e-9)


def test_finite_where_smelli_gives_up():
    """Anarchic couplings of order one: no CKM matrix fits, and the status says so."""
    result = likelihood()(match(random_point(1, muons_only=True)))
    assert all(np.isfinite(v) for v in result.blocks.values())
    assert result.status
    assert result.total < -100


def test_refusals(tmp_path):
    with pytest.raises(InputError, match="unknown snapshot '2026': did you mean '2026-11'"):
        Likelihood("2026")
    with pytest.raises(InputError, match="unknown chain 'ful': did you mean 'full'"):
        Likelihood(SNAPSHOT, "ful")
    with pytest.raises(DomainError, match="mu_M = 90 GeV is outside"):
        likelihood()(WilsonCoefficients(scale=90.0, values={"lq1_2223": 1e-9}))
    with pytest.raises(DomainError, match="qqql_1112"):
        likelihood()(WilsonCoefficients(scale=1000.0, values={"qqql_1112": 1e-20}))
    broken = tmp_path / "broken.npz"
    broken.write_bytes(shipped()[SNAPSHOT].read_bytes()[:5000])
    with pytest.raises(InputError, match="not a complete snapshot"):
        load_snapshot(broken)


MEASUREMENT = """
wished for:
  inspire: Nobody:2030aa
  supersedes: [{old}]
  values:
    a_mu: 1.165923(1) e-3
"""


def test_measurements_of_the_user(tmp_path):
    """A measurement takes the place of another, and moves its block alone."""
    names = {c.measurement for c in likelihood().data.constraints}
    (old,) = [n for n in names if n.startswith("FNAL g-2")]
    path = tmp_path / "mine.yaml"
    path.write_text(MEASUREMENT.format(old=old))
    mine = Likelihood(SNAPSHOT, "smelli", path)
    assert mine.user == ("wished for",)
    point = match(read_card("paper").point())
    ours, before = mine(point), likelihood()(point)
    for name in mine.blocks:
        assert (ours.blocks[name] == pytest.approx(before.blocks[name], abs=1e-9)) == (
            name != "leptons"
        )
    (record,) = [r for r in predictions(mine, ours) if r.observable == "a_mu"]
    assert record.measured == close(1.165923e-3)
    path.write_text(MEASUREMENT.format(old="nothing"))
    with pytest.raises(InputError, match="'nothing' is not in the data"):
        Likelihood(SNAPSHOT, "smelli", path)


def test_verbs(muoquark, tmp_path):
    own = ("--data", SNAPSHOT)
    record = json.loads(muoquark("loglike", "paper", *own, "--json").out)
    assert set(record) >= {"total", "blocks", "status", "data", "chain"}
    assert record["total"] == close(sum(record["blocks"].values()))
    path = tmp_path / "point.json"
    path.write_text(match(read_card("paper").point()).to_json())
    again = json.loads(muoquark("loglike", path, *own, "--json").out)
    assert again["blocks"] == record["blocks"]
    records = json.loads(muoquark("predict", "paper", *own, "--json").out)
    assert len(records) == 568
    keys = "observable args sm value measured uncertainty theory pull_sm pull block sources".split()
    assert all(list(r) == keys for r in records)
    chosen = json.loads(muoquark("predict", "paper", "--obs", "a_mu", "--json").out)
    assert [r["observable"] for r in chosen] == ["a_mu"]
    assert "no observable fits" in muoquark("predict", "paper", "--obs", "nothing").err
    table = muoquark("loglike", "paper").out
    assert "lfu_fcnc" in table
    listed = json.loads(muoquark("data", "--json").out)
    assert SNAPSHOT in [item["name"] for item in listed]
    assert muoquark("data").code == 0
    assert "FNAL" in muoquark("data", "--snapshot", SNAPSHOT).out
    for arguments in (
        ("loglike", "paper", "--data", "1999"),
        ("loglike", "paper", "--measurements", "nothing.yaml"),
        ("loglike", "paper", "--exact", "--measurements", str(path)),
        ("fit", "paper"),
        ("fit", "--data", "1999"),
        ("fit", "--points", "1"),
    ):
        outcome = muoquark(*arguments)
        assert outcome.code == 2, arguments
        assert "Traceback" not in outcome.err


def test_predictions_are_told_apart(muoquark, monkeypatch):
    """Every row of a binned observable shows its bin and its unit; rich took them for markup."""
    monkeypatch.setenv("COLUMNS", "160")
    name = "<dBR/dq2>(B0->Kmumu)"
    bins = [
        o.values for k, o in enumerate(likelihood().observables)
        if o.name == name and any(k in m for m in likelihood().data.blocks.values())
    ]  # fmt: skip
    assert len(bins) > 3
    lines = muoquark("predict", "paper", "--obs", name).out.splitlines()
    for low, high in bins:
        label = f"{name} [q2min={low:g}, q2max={high:g} GeV^2] / GeV^-2"
        assert sum(label in line for line in lines) == 1, label


def test_couplings_beyond_perturbativity(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text("couplings: {eta3L: [0, 0, 5]}\n")
    outcome = muoquark("loglike", card)
    assert outcome.code == 2
    assert "beyond perturbativity" in outcome.err
    assert Point(eta3L=np.array([0, 0, 5.0])).is_muoquark()


@pytest.mark.slow
def test_a_spectators_mass_does_not_matter():
    """S3 at 20 TeV: b -> s l l as with both there, wherever S1 is, which couples to nothing."""
    observables = likelihood("full").observables
    here = [k for k, o in enumerate(observables) if o.arguments and o.name.startswith("<Rmue>(B")]
    assert here
    eta3L = 2.69 * np.array([0.0083, -0.04, 1.0])
    together = Point(M1=20000.0, M3=20000.0, eta3L=eta3L)
    apart = replace(together, M1=2000.0)
    at_s1 = replace(apart, mu_M=2000.0)
    expected, found, wrong = (
        likelihood("full")(match(point)) for point in (together, apart, at_s1)
    )
    assert found.predictions[here] == pytest.approx(expected.predictions[here], rel=1e-6, abs=0)
    assert abs(found.total - expected.total) < 1e-3  # gauge loops of S1 at 2 TeV
    assert np.abs(wrong.predictions[here] / expected.predictions[here] - 1).max() > 0.05
    # 2 ln 10 times the self-energy of the lepton doublet, and it is said
    assert (found.status, expected.status) == ((), ())
    assert any("logarithm of a leptoquark's mass" in sentence for sentence in wrong.status)


@pytest.mark.slow
def test_a_card_with_two_scales_in_jax():
    """The compiled card against the point by itself, also what it says of logarithms."""
    from muoquark.model.card_file import parse_card

    text = (
        "masses: {{S1: 1000, S3: 8000}}\n{}couplings:\n"
        "  eta3L: {{ansatz: U2, value: {{free: [0.1, 1.5], name: a}}}}\n"
        "  eta1R: [0, 0, {{free: [0, 0.2], name: b}}]\n"
    )
    points = np.array([[1.3, 0.1], [0.3, 0.02]])
    for scale, bits in (("", [0, 0]), ("mu_M: 3000\n", [256, 0])):
        card = parse_card(text.format(scale))
        compiled = CardLikelihood(likelihood("full"), parametric(card))
        parts = compiled.parts(points)
        for x, row in zip(points, parts, strict=True):
            point = card.point(dict(zip("ab", map(float, x), strict=True)))
            result = likelihood("full")(match(point))
            one = np.array([*result.blocks.values(), *result.groups.values()])
            assert np.abs(row - one).max() < 2e-3
        assert [int(s) & 256 for s in compiled.status(points)] == bits


def test_status_of_a_shifted_lepton_mass():
    """A chirality flip of the electron on the top: the linear maps say that they are not enough."""
    point = Point(
        eta1L=np.array([[0, 0, 0], [0, 0, 0], [0.5, 0, 0]]),
        eta1R=np.array([[0, 0, 0], [0, 0, 0], [0.1, 0, 0]]),
        model="generic",
    )
    result = likelihood()(match(point))
    assert any("mass is shifted" in sentence for sentence in result.status)


def test_a_users_value_outside_of_the_gaussian_blocks_is_shown(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "Belle II 2023:\n  values:\n    BR(B+->Knunu): 2.3 ± 0.7 e-5\n"
        "  supersedes: [BaBar B->Knunu SL 2010, BaBar B->Knunu had 2013, Belle B->hnunu SL 2017, "
        "Belle B->hnunu had 2013]\n"
    )
    mine = Likelihood(SNAPSHOT, "smelli", path)
    result = mine(WilsonCoefficients(scale=3000.0, values={}))
    (record,) = [r for r in predictions(mine, result) if r.observable == "BR(B+->Knunu)"]
    assert (record.measured, record.uncertainty) == close((2.3e-5, 0.7e-5))
    assert record.pull == close((record.value - 2.3e-5) / 0.7e-5)


def test_which_data_their_identity_tells():
    """Snapshots by name; not parts from a program, and not errors that follow the point."""
    named = Likelihood("2026-06")
    assert named.told_by_identity
    assert not Likelihood(named.parts).told_by_identity
    assert not named.with_theory_errors("point").told_by_identity
    assert named.with_theory_errors("point").with_theory_errors("sm").told_by_identity
