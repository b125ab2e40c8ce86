"""The Drell-Yan tails as a part of the likelihood: options, refusals, propagators, JAX, records."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from highpt_points import COUPLINGS, card, coefficients, exchanged, matrix, scaled, single
from muoquark.common.errors import DomainError, InputError
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.highpt.folding import CHANNELS
from muoquark.likelihood.highpt.options import Options, options_of
from muoquark.likelihood.highpt.pack import read_tables, shipped
from muoquark.likelihood.highpt.part import highpt
from muoquark.likelihood.highpt.propagators import basis, product_basis
from muoquark.likelihood.highpt.yields import TREE
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.parts import open_part
from muoquark.likelihood.recorded import likelihood_of, specs_of
from muoquark.matching.match import match
from muoquark.model.card_file import parse_card


@lru_cache(maxsize=8)
def likelihood(options=""):
    return Likelihood(f"highpt:{options}" if options else "highpt")


# --- options


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("highpt:pfd=NNPDF40", "no option 'pfd': did you mean 'pdf'?"),
        ("highpt:pdf=NNPDF4", "did you mean 'NNPDF40'?"),
        ("highpt:searches=dimuons", "no search 'dimuons': did you mean 'dimuon'?"),
        ("highpt:searches=dimuon+dimuon", "stands twice"),
        ("highpt:mcut=much", "mcut = 'much' is no number"),
        ("highpt:mcut=200", "allowed: more than 400 GeV"),
        ("highpt:lumi=3000", "errors=rescaled (optimistic) or errors=relative"),
        ("highpt:energy=14", "lumi=3000"),
        ("highpt:lumi=-1,errors=relative", "more than 0 1/fb"),
        ("highpt:truncation=cubic", "Allowed: quadratic, linear"),
    ],
)
def test_options_that_do_not_exist_are_refused(text, words):
    with pytest.raises(InputError) as caught:
        open_part(text)
    assert words in str(caught.value)
    assert len(caught.value.faults) == 1


def test_the_name_holds_what_is_not_default():
    assert Options().name == "highpt"
    found = options_of({"mcut": "2000", "searches": "ditau+dimuon", "pdf": "PDF4LHC21"})
    assert found.name == "highpt:mcut=2000,searches=dimuon+ditau"
    assert open_part(found.name).options == found


def test_linear_truncation_is_the_slope_at_zero():
    point = coefficients(single("lq1", (2, 2, 1, 1), 1.0))
    linear = likelihood("truncation=linear,searches=dimuon")
    whole = likelihood("searches=dimuon")
    slope = linear(point).predictions - linear.sm
    small = (whole(scaled(point, 1e-4)).predictions - whole.sm) / 1e-4
    assert np.abs(small / slope - 1).max() < 2e-2
    assert linear(scaled(point, -2.0)).predictions - linear.sm == pytest.approx(
        -2 * slope, rel=1e-12, abs=0
    )
    # with a propagator as well
    s1 = exchanged({"S1": 1200.0}, {"eta1R": matrix((1, 2, 0.5))})
    one = linear(s1).predictions - linear.sm
    two = linear(scaled(s1, 3.0)).predictions - linear.sm
    assert two == pytest.approx(3 * one, rel=1e-9, abs=0)


def test_a_cut_on_the_mass_of_the_partons():
    point = coefficients(single("lq3", (2, 2, 1, 1), 0.05))
    sums = []
    for options in ("mcut=1000", "mcut=2000", "mcut=13000", ""):
        one = likelihood(options)
        sums.append(np.abs(one(point).predictions - one.sm).sum())
    assert sums[0] < sums[1] < sums[2]
    assert sums[2] == pytest.approx(sums[3], rel=1e-9, abs=0)
    # the rows below a cut at their edge are the ones that stay
    one = likelihood("mcut=1000,searches=dimuon")
    signal = one(point).predictions - one.sm
    edges = one.parts[0].folded[0].binned.edges
    assert np.abs(signal[edges[:, 0] > 1400]).max() < 1e-3 * np.abs(signal).max()


def test_highpt_stops_at_lower_masses():
    point = coefficients(single("lq1", (3, 3, 3, 3), 0.4))
    ditau = [-2 * likelihood(o)(point).blocks["ditau"] for o in ("", "range=highpt")]
    assert 0 < ditau[1] < ditau[0]


def test_a_projection_expects_the_background():
    for options in ("lumi=3000,errors=relative", "lumi=3000,errors=rescaled,energy=14"):
        one = likelihood(options)
        assert one.shown[0] == pytest.approx(one.sm, rel=1e-12, abs=0)
    plain, more = likelihood(), likelihood("lumi=3000,errors=relative")
    at = list(plain.data.blocks["dimuon"])
    assert more.sm[at] == pytest.approx(plain.sm[at] * 3000 / 140, rel=1e-12, abs=0)
    growth = (likelihood("lumi=3000,errors=rescaled,energy=14").sm / more.sm)[at]
    assert np.all(growth > 1) and growth[-1] > growth[0]


# --- propagators

MASSES = {"S1": 1500.0, "S3": 2000.0, "S1t": 900.0, "R2": 1700.0, "R2t": 2500.0, "U1": 3000.0}


def random_couplings(seed, names, size=0.3):
    rng = np.random.default_rng(seed)
    return {
        c: size * (rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))
        for name in names
        for c in COUPLINGS[name]
    }


@pytest.mark.parametrize("name", CHANNELS)
def test_heavy_propagators_are_contact_terms(name):
    """The difference to the EFT falls with M^2 in every search, at fixed coefficients."""
    one = likelihood()
    couplings = random_couplings(7, [name])
    shares = []
    for mass in (20_000.0, 40_000.0):
        full = exchanged({name: mass}, couplings)
        full = scaled(full, (mass / 20_000.0) ** 2)
        eft = one(replace(full, mediators=())).predictions - one.sm
        shares.append(np.abs(one(full).predictions - one.sm - eft) / np.abs(eft).max())
    assert 0 < shares[0].max() < 0.05
    assert shares[1].max() == pytest.approx(shares[0].max() / 4, rel=0.05, abs=0)


def test_tree_level_reaches_the_families_of_the_table():
    for name, families in TREE.items():
        point = exchanged({name: 1000.0}, random_couplings(1, [name]))
        assert {n.partition("_")[0] for n in point.values} == set(families)


@pytest.mark.parametrize("pair", [("S1", "S3"), ("S1", "R2"), ("S3", "U1")])
def test_equal_masses_are_no_special_case(pair):
    one = likelihood("searches=dimuon+monotau")
    couplings = random_couplings(3, pair, 0.8)

    def at(other):
        return -2 * one(exchanged({pair[0]: 1500.0, pair[1]: other}, couplings)).total

    below, equal, above = at(1500.0 * (1 - 1e-6)), at(1500.0), at(1500.0 * (1 + 1e-6))
    assert np.isfinite(equal)
    assert below == pytest.approx(equal, rel=1e-4, abs=0)
    assert (below + above) / 2 == pytest.approx(equal, rel=1e-8, abs=0)


def test_relative_phases_of_r2_matter():
    """lequ1 is eta2L^* eta2R^* of R2 and eta1L^* eta1R of S1, and both interfere."""
    one = likelihood("searches=dimuon")

    def at(r2, s1=1.0):
        couplings = {
            "eta1L": matrix((1, 2, 0.8)),
            "eta1R": matrix((1, 2, 0.8 * s1)),
            "eta2L": matrix((1, 2, 0.8 * r2)),
            "eta2R": matrix((1, 2, 0.8)),
        }
        return one(exchanged({"S1": 2000.0, "R2": 1500.0}, couplings)).predictions - one.sm

    phase = np.exp(0.7j)
    assert np.abs(at(1) - at(-1)).max() > 0.1 * np.abs(at(1)).max()
    assert at(1j) == pytest.approx((at(1) + at(-1)) / 2, rel=1e-6, abs=0)
    # with the conjugation of the one and not of the other the phases cancel so, and only so
    assert at(phase, phase.conj()) == pytest.approx(at(1), rel=1e-9, abs=0)
    assert np.abs(at(phase, phase) - at(1)).max() > 0.01 * np.abs(at(1)).max()


def test_the_product_of_two_propagators_is_their_divided_difference():
    """One node of mass s x: the interpolation is then of 1/(1 + s x y) itself."""
    from muoquark.likelihood.highpt.propagators import coefficients as chebyshev
    from muoquark.likelihood.highpt.propagators import nodes

    for sx in (0.3, 2.0, 10.0):
        rho = chebyshev(1 / (1 + sx * nodes()) - 1)
        for y1, y2 in ((0.1, 0.4), (0.4, 0.4), (1.5, 0.01), (0.0, 0.7), (0.0, 0.0)):
            p1, p2 = 1 / (1 + sx * y1), 1 / (1 + sx * y2)
            assert rho @ basis(np.array(y1)) == pytest.approx(p1 - 1, abs=1e-5, rel=0)
            found = rho @ product_basis(np.array(y1), np.array(y2))
            assert found == pytest.approx((p1 - 1) * (p2 - 1), abs=1e-4, rel=0)


def test_light_mediators_are_refused():
    point = exchanged({"S3": 700.0}, {"eta3L": matrix((3, 2, 0.1))})
    with pytest.raises(DomainError, match="S3 of 700 GeV is below 800 GeV"):
        likelihood()(point)
    # one that couples to nothing is not there
    both = exchanged({"S3": 900.0, "S1": 700.0}, {"eta3L": matrix((3, 2, 0.1))})
    assert np.isfinite(likelihood()(both).total)
    text = """
model: B-3Lmu
masses: {S3: {free: [600, 3000], name: M}}
mu_M: 2000
couplings: {eta3L: [0, 0, 1]}
"""
    with pytest.raises(DomainError, match="S3 of 600 GeV is below 800 GeV"):
        CardLikelihood.of(likelihood(), parse_card(text), "tree")


def test_vectors_without_a_propagator_are_taken_in_the_eft():
    point = match(card({"U3": 2000.0}, {"x3L": matrix((2, 2, 0.5))}).point(), "tree")
    one = likelihood()
    assert one(point).total == one(replace(point, mediators=())).total != 0
    remarks = " ".join(one.remarks(["S3", "U3"]))
    assert "U3 in the EFT, without propagator" in remarks and "S3 in" not in remarks


# --- JAX

FREE = """
model: generic
masses: {S1: {free: [900, 4000], name: M1}, S3: 2000}
mu_M: 2000
couplings:
  eta1L: [0, {free: [-1, 1], name: a}, "0.2+0.4j"]
  eta1R: [0.3, 0.4, 0]
  eta3L: [0, 0.3, -0.5]
"""


def test_compiled_for_a_card_it_is_the_same_with_gradients():
    one = likelihood("searches=dimuon")
    free = parse_card(FREE)
    compiled = CardLikelihood.of(one, free, "tree")
    rng = np.random.default_rng(2)
    low, high = np.array(compiled.bounds).T
    points = low + (high - low) * rng.uniform(size=(6, len(low)))
    totals = compiled.total(points)
    names = [p.name for p in compiled.parameters]
    for point, total in zip(points, totals, strict=True):
        values = dict(zip(names, map(float, point), strict=True))
        expected = one(match(free.point(values), "tree")).total
        assert total == pytest.approx(expected, rel=1e-5, abs=1e-4)
    value, slope = compiled.value_and_gradient(points[0])
    assert value == pytest.approx(totals[0], rel=1e-9, abs=1e-9)
    for k, step in enumerate(1e-5 * (high - low)):
        move = np.eye(len(low))[k] * step
        ends = compiled.total(np.array([points[0] + move, points[0] - move]))
        assert slope[k] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-7)


# --- with other parts


def test_beside_a_snapshot_the_blocks_add():
    point = match(parse_card(FREE.replace("{free: [900, 4000], name: M1}", "1500")).point(), "tree")
    alone, snapshot = likelihood(), Likelihood("2026-06")
    both = Likelihood(("2026-06", "highpt"))
    assert both.blocks == (*snapshot.blocks, *alone.blocks)
    found = both(point)
    for one in (alone, snapshot):
        for block, value in one(point).blocks.items():
            assert found.blocks[block] == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_a_record_leads_to_the_same_likelihood():
    one = likelihood("pdf=NNPDF40,searches=dimuon")
    identity = json.loads(json.dumps(one.identity()))
    assert specs_of(identity) == ("highpt:pdf=NNPDF40,searches=dimuon",)
    again = likelihood_of(identity)
    point = coefficients(single("lq1", (2, 2, 1, 1), 0.05))
    assert again(point).total == one(point).total
    identity["parts"][0]["sha256"] = "0" * 64
    with pytest.raises(InputError, match="the part 'highpt:pdf=NNPDF40,searches=dimuon' has"):
        likelihood_of(identity)


def test_damaged_tables_are_one_message(tmp_path):
    whole = shipped().read_bytes()
    for name, content in (("short.npz", whole[:1000]), ("none.npz", b"no archive")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match="not the tables of the Drell-Yan searches") as caught:
            read_tables(path)
        assert len(caught.value.faults) == 1
    with np.load(shipped()) as stored:
        arrays = {key: stored[key] for key in stored.files}
    np.savez(tmp_path / "fewer.npz", **{**arrays, "dimuon_observed": np.ones(29)})
    with pytest.raises(InputError, match="not the tables"):
        read_tables(tmp_path / "fewer.npz")
    np.savez(tmp_path / "nan.npz", **{**arrays, "dimuon_observed": np.full(30, np.nan)})
    with pytest.raises(InputError, match="dimuon_observed holds numbers that are not finite"):
        read_tables(tmp_path / "nan.npz")
    with pytest.raises(InputError, match="there are no such tables"):
        read_tables(tmp_path / "absent.npz")
    shutil.copy(shipped(), tmp_path / "copy.npz")
    assert read_tables(tmp_path / "copy.npz").sha256 == read_tables().sha256


def test_the_tables_state_where_they_come_from():
    metadata = read_tables().metadata
    assert metadata["commit"] == "756d68fec4e400fe8e2e6fd0dcb696773f39ef92"
    assert "MIT License" in metadata["licence"] and "Felix Wilsch" in metadata["licence"]
    keys = [key for key, _ in highpt().references()]
    assert keys[:2] == ["Allwicher:2022gkm", "Allwicher:2022mcg"]
    assert shipped().stat().st_size < 450_000


# --- the command line


def test_loglike_prints_blocks_and_bands(muoquark, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("model: B-3Lmu\nmasses: {S3: 2000.0}\ncouplings: {eta3L: [0, 0, 1.0]}\n")
    name = "highpt:searches=dimuon+ditau+muontau"
    found = json.loads(muoquark("loglike", path, "--data", name, "--json").out)
    assert list(found["blocks"]) == ["dimuon", "ditau", "muontau"]
    for kind in ("parton distributions", "K factors"):
        low, high = found["bands"][name][kind]["total"]
        assert low <= found["total"] <= high and low < high
    assert any("correlations between bins" in note for note in found["notes"])
    outcome = muoquark("loglike", path, "--data", "highpt:searches=dimuon")
    assert "dimuon" in outcome.out and "ditau" not in outcome.out
    assert "with other parton distributions" in outcome.out
    assert "note: highpt: not included" in outcome.err


def test_coefficients_alone_are_taken_in_the_eft_and_it_is_said(muoquark, tmp_path):
    card_path, wcxf = tmp_path / "card.yaml", tmp_path / "point.json"
    card_path.write_text("model: B-3Lmu\nmasses: {S3: 1000.0}\ncouplings: {eta3L: [0, 0, 1.0]}\n")
    wcxf.write_text(muoquark("match", card_path, "--json").out)
    data = ("--data", "highpt:searches=dimuon", "--json")
    full = json.loads(muoquark("loglike", card_path, *data).out)
    eft = json.loads(muoquark("loglike", wcxf, *data).out)
    assert abs(eft["total"]) > 1.3 * abs(full["total"])
    assert any("mcut=2000" in note for note in eft["notes"])
    assert not any("mcut" in note for note in full["notes"])


def test_coefficients_below_the_weak_scale_leave_the_tails_alone(muoquark, tmp_path):
    path = tmp_path / "low.json"
    path.write_text(muoquark("wet", "paper", "--json").out)
    found = json.loads(muoquark("loglike", path, "--data", "highpt:searches=dimuon", "--json").out)
    assert found["total"] == 0.0 and "bands" not in found


def test_a_fit_says_what_is_taken_in_the_eft(muoquark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "model: generic\nmasses: {U3: 2000.0}\nmu_M: 2000\n"
    text += "couplings: {x3L: [0, 0, {free: [0, 0.5], name: x}]}\n"
    (tmp_path / "card.yaml").write_text(text)
    outcome = muoquark("fit", "card.yaml", "--data", "highpt:searches=dimuon", "--json")
    assert outcome.code == 0, outcome.err
    assert any("U3 in the EFT" in note for note in json.loads(outcome.out)["notes"])


def test_results_are_cited_and_made_again(muoquark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert muoquark("predict", "paper", "--data", "highpt", "--out", "p.json").code == 0
    keys = muoquark("cite", "p.json", "--format", "keys").out
    for key in ("Allwicher:2022gkm", "Allwicher:2022mcg", "CMS:2021ctt", "ATLAS:2019lsy"):
        assert key in keys
    assert muoquark("rerun", "p.json").code == 0
    listed = muoquark("data", "--data", "highpt", "--json").out
    assert json.loads(listed)[0]["blocks"]["dimuon"] == 30


# --- the same events


def test_the_same_events_do_not_count_twice(tmp_path):
    from toy_part import counting

    with pytest.raises(InputError, match="the block 'dimuon' is in two parts"):
        Likelihood(("highpt", counting()))
    with pytest.raises(InputError, match="count the same events, the CMS dileptons"):
        Likelihood(("highpt", counting(block="mine")))
    Likelihood(("highpt:searches=ditau", counting(block="mine")))
    with pytest.raises(InputError, match="the block 'dimuon' is in two parts"):
        Likelihood(("highpt", "highpt:pdf=NNPDF40"))
    path = tmp_path / "more.yaml"
    path.write_text(
        "dimuons again:\n  inspire: CMS:2021ctt\n  values:\n"
        "    - {name: N(pp->mumu), m_min: 209.63, m_max: 227.02, value: 49000 ± 1500}\n"
    )
    with pytest.raises(InputError, match="let one supersede the other"):
        Likelihood("highpt", measurements=path)
