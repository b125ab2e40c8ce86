"""The snapshot of November 2026: what takes part, what replaces what, and what was known when."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from closeness import close
from muoquark.common.errors import InputError
from muoquark.likelihood.contents import newest
from muoquark.likelihood.edition import edition
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.snapshots import find, load_snapshot
from muoquark.smeft.wet import LowCoefficients

SAMPLE = Path(__file__).parent / "data" / "snapshot_2026_11.npz"
DEFAULT = {
    "LHCb_BKstarmumu_2025", "CMS_BKstarmumu_2024", "CMS_BKmumu_2024", "LHCb_RK_high_q2_2025",
    "LHCb_RKstar_high_q2_2026", "RD_HFLAV_2025", "mW_2026", "BelleII_BKnunu_2023",
    "NA62_Kpinunu_2026", "KOTO_KLpinunu_2025", "MEGII_muegamma_2025", "tau3mu_2024_2026",
    "Belle_BKtautau_2026", "UT_angles_2026", "ATLAS_ZLFV_2021",
}  # fmt: skip
# Beyond the fifteen: the muon's electric dipole moment, and limits on lepton-flavour violation.
MORE = {"LFV_limits_2026", "muon_EDM_2009"}
OPTIONS = {
    "LHCb_BKstarmumu_2025_massless", "LHCb_BKstarmumu_2025_exclusive_bins", "RD_individual",
    "mW_individual", "mW_CDF_2022",
}  # fmt: skip


@pytest.fixture(scope="module")
def snapshot():
    return load_snapshot("2026-11")


@pytest.fixture(scope="module")
def whole(snapshot):
    return snapshot.whole


def names(snapshot):
    return {c.measurement for c in snapshot.data.constraints}


def sets_of(snapshot):
    return {snapshot.archive.entries[name].set for name in names(snapshot)} - {""}


def test_what_takes_part_by_default(snapshot):
    assert sets_of(snapshot) == DEFAULT | MORE
    roles = {name: one.role for name, one in snapshot.archive.sets.items()}
    assert {name for name, role in roles.items() if role == "default"} == DEFAULT | MORE


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_an_alternative_takes_the_place_of_what_it_excludes(snapshot, whole, name):
    other = edition(whole, chosen=(name,))
    excluded = set(snapshot.archive.sets[name].excludes)
    assert excluded & DEFAULT
    # What is of another time stays away; history comes back with the averages that held it.
    assert name in sets_of(other)
    assert not sets_of(other) & excluded
    assert DEFAULT - excluded <= sets_of(other)


def test_two_of_the_same_events_are_refused(whole):
    with pytest.raises(InputError, match="rest on the same events: choose one"):
        edition(whole, chosen=("RD_individual", "RD_HFLAV_2025"))
    pair = ("LHCb_BKstarmumu_2025_massless", "LHCb_BKstarmumu_2025_exclusive_bins")
    with pytest.raises(InputError, match="rest on the same events"):
        edition(whole, chosen=pair)
    with pytest.raises(InputError, match="rest on the same events"):
        edition(whole, chosen=("mW_CDF_2022", "mW_individual"))


# Pairs of measurements of one experiment and one quantity that rest on other events or on another
# part of the phase space, with the reason.
INDEPENDENT = [
    (r"CMS B->K\*mumu 201[357].*", r"CMS B->K\*mumu (2024 overlay|201[357]).*",
     "8 and 13 TeV; F_L, A_FB and P1, P5' of 8 TeV as smelli has them"),
    (r"CMS B->K\*mumu 2024.*", r"CMS B->K\*mumu 2024.*", "bins"),
    (r"LHCb B\+->K\*mumu 2020.*", r"LHCb B\+->K\*mumu 2020.*", "bins"),
    (r"LHCb B->K\*mumu 2025", r"LHCb B->K\*mumu 2020 P 0.1-0.98", "bins"),
    (r"LHCb B->K\*mumu 2015 A.*", r"LHCb B->K\*mumu 2015 A.*", "bins"),
    (r"LHCb Bs->phimumu 2021.*", r"LHCb Bs->phimumu 2021.*", "bins"),
    (r"LHCb RK RK\* 2022", r"LHCb RK\*? high q2.*", "below and above the charmonia"),
    (r"ATLAS B->K\*mumu 2017.*", r"ATLAS B->K\*mumu 2017.*", "one analysis, as flavio has it"),
    (r"Belle B->hnunu (SL|had).*", r"Belle B->hnunu (SL|had).*", "tags"),
    (r"BaBar B->Knunu (SL|had).*", r"BaBar B->Knunu (SL|had).*", "tags"),
    (r"ATLAS Run .*", r"ATLAS Run .*", "runs, final states"),
    (r"CMS Run .*", r"CMS Run .*", "runs, final states"),
    (r"Belle B->D\*lnu 2018 untagged", r"Belle Rmue\(B->D\*lnu\) 2017", "tags"),
    (r"(ATLAS|CMS) Run 2.*", r"LHC Run 1.*", "runs"),
]  # fmt: skip


def test_no_events_count_twice(snapshot):
    """Pairs of one experiment that measure the same quantity need a reason each."""
    data = snapshot.data
    quantities: dict[str, set[str]] = {}
    for c in data.constraints:
        for o in c.observables:
            quantities.setdefault(data.observables[o].name, set()).add(c.measurement)
    unexplained = set()
    for quantity, measured in quantities.items():
        for pair in combinations(sorted(measured), 2):
            experiments = [
                {one.strip() for one in data.info[n].get("experiment", "").split(",")} for n in pair
            ]
            shared = (experiments[0] & experiments[1]) - {"", "various", "PDG"}
            if shared and not _reason(*pair):
                unexplained.add((quantity, *pair))
    assert not unexplained


def _reason(a, b):
    return any(
        second
        and (
            (re.fullmatch(first, a) and re.fullmatch(second, b))
            or (re.fullmatch(first, b) and re.fullmatch(second, a))
        )
        for first, second, _ in INDEPENDENT
    )


def test_what_is_superseded_is_older(snapshot):
    entries = snapshot.archive.entries
    for name, entry in entries.items():
        for old in entry.supersedes:
            assert entries[old].date[:7] <= entry.date[:7], (name, old)
    # Nothing that a participant supersedes takes part beside it.
    taking = names(snapshot)
    assert not {old for name in taking for old in entries[name].supersedes} & taking


def test_newest_inputs_have_their_years(snapshot):
    found = {topic: one.year for topic, one in newest(snapshot.data).items()}
    assert found["R(D(*))"] == 2025
    assert found["R_K(*)"] == 2026
    assert found["b->smumu angular"] == 2025
    assert found["B->K(*)nunu"] == 2023
    assert found["m_W"] == 2026
    assert found["mu->egamma"] == 2025


LHCB, UT = "LHCb_BKstarmumu_2025", "UT_angles_2026"


def _quarks(likelihood, c9):
    point = LowCoefficients("WET", 4.8, {"C9_bsmumu": c9})
    return likelihood(point).blocks["quarks"]


def _part(snapshot, also):
    """Return the likelihood of 2026-06 with some of the sets of the snapshot."""
    from muoquark.likelihood.edition import _narrowed, restricted
    from muoquark.likelihood.snapshot_part import SnapshotPart

    whole = snapshot.whole
    entries = whole.archive.entries
    base = {n for n in names(load_snapshot("2026-06"))}
    new = {n for n, e in entries.items() if e.set in also}
    gone = {old for n in new for old in entries[n].supersedes}
    part = _narrowed(whole, restricted(whole.data, (base | new) - gone))
    return Likelihood(SnapshotPart("part", part, None))


def test_lhcb_2025_prefers_a_vector_coupling_more(snapshot):
    """At C9 = -0.8 LHCb 2025 moves the block by +2.5 and the UT angles by -0.3."""
    before = _quarks(_part(snapshot, ()), -0.8)
    assert _quarks(Likelihood("2026-06"), -0.8) == pytest.approx(before, abs=1e-6)
    lhcb = _quarks(_part(snapshot, (LHCB,)), -0.8) - before
    assert lhcb == pytest.approx(2.5, abs=0.3)


def test_old_predictions_are_those_of_2026_06(whole):
    old = load_snapshot("2026-06")
    rng = np.random.default_rng(3)
    count = len(old.observables)
    assert whole.observables[:count] == old.observables
    place = {d: k for k, d in enumerate(whole.forms.directions)}
    low = np.array(old.metadata["sizes"]) * rng.normal(size=(5, len(old.forms.directions)))
    wide = np.zeros((5, len(whole.forms.directions)))
    wide[:, [place[d] for d in old.forms.directions]] = low
    ckm = np.asarray(old.forms.ckm_centre) * (1 + 0.03 * rng.uniform(-1, 1, size=(5, 4)))
    mine, theirs = whole.forms.predict(wide, ckm)[:, :count], old.forms.predict(low, ckm)
    assert np.nanmax(np.abs(mine - theirs) / old.error) < 1e-9
    # The file holds the same numbers; only the order of a sum may be another one.
    theory = np.asarray(old.data.theory["quarks"])
    kept = np.asarray(whole.data.theory["quarks"])[: len(theory), : len(theory)]
    assert np.array_equal(kept, theory)


def test_new_predictions_are_flavios(whole):
    """Random points in all directions at once: within 0.02 of the error, and 0.001 of the way."""
    with np.load(SAMPLE) as stored:
        listed = json.loads(str(stored["observables"]))
        directions = [tuple(d) for d in json.loads(str(stored["directions"]))]
        x, ckm, truth = stored["x"], stored["ckm"], stored["values"]
    place = {d: k for k, d in enumerate(whole.forms.directions)}
    low = np.zeros((len(x), len(place)))
    for k, direction in enumerate(directions):
        if direction in place:  # what was pruned moves nothing
            low[:, place[direction]] = x[:, k]
    mine = whole.forms.predict(low, ckm)
    keys = [o.key for o in whole.observables]
    own = [o if isinstance(o, str) else json.dumps(o) for o in listed]
    assert len(listed) > 70
    for k, o in enumerate(listed):
        if own[k] not in keys:
            continue  # an ingredient of a sum
        n = keys.index(own[k])
        error = whole.error[n] or np.abs(truth[:, k]).max()
        allowed = 0.02 + 1e-3 * np.abs(truth[:, k] - truth[0, k]) / error
        assert np.all(np.abs(mine[:, n] - truth[:, k]) / error < allowed), o


def test_the_theory_covariance_is_one(snapshot, whole):
    for one in (snapshot, whole):
        covariance = np.asarray(one.data.theory["quarks"])
        width = np.sqrt(np.diag(covariance))
        width[width == 0] = 1.0
        correlation = covariance / np.outer(width, width)
        assert np.allclose(correlation, correlation.T, rtol=0, atol=1e-12)
        assert np.linalg.eigvalsh(correlation)[0] > -1e-9
    # Bins of one process are correlated.
    keys = [o.text for o in snapshot.observables]
    members = list(snapshot.data.blocks["quarks"])
    row = members.index(keys.index("<dBR/dq2>(B+->Kmumu) [q2min=16, q2max=17]"))
    column = members.index(keys.index("<dBR/dq2>(B+->Kmumu) [q2min=15, q2max=22]"))
    covariance = np.asarray(snapshot.data.theory["quarks"])
    size = np.sqrt(covariance[row, row] * covariance[column, column])
    assert covariance[row, column] > 0.9 * size


def test_a_mu_is_that_of_its_time(whole):
    then, now = (edition(whole, until) for until in ("2025-04", "2025-06"))
    for one, value, error in ((then, 116591810e-11, 43e-11), (now, 116592033e-11, 62e-11)):
        k = [o.name for o in one.observables].index("a_mu")
        assert one.sm[k] == close(value, 1e-12)
        assert one.forms.predict(np.zeros(len(one.forms.directions)))[k] == close(value, 1e-9)
        row = one.data.blocks["leptons"].index(k)
        assert np.sqrt(one.data.theory["leptons"][row, row]) == close(error, 0.02)
    assert "FNAL g-2 combination 2023" in names(then)
    assert "FNAL g-2 combination 2025" in names(now)


def test_the_electric_dipole_moment_is_the_imaginary_part_of_a_mu(snapshot):
    """d = -(e/2m) times what the imaginary part would be as a shift of a_mu."""
    likelihood = Likelihood("2026-11")
    names_of = [o.name for o in likelihood.observables]
    a, d = names_of.index("a_mu"), names_of.index("d_mu")
    low = np.zeros(len(snapshot.forms.directions))
    place = {x[4:]: k for k, x in enumerate(snapshot.forms.directions) if x[2] == "dF=0"
             and x[0] == "WET-3"}  # fmt: skip
    low[place["C7_mumu", "Re"]], low[place["C7_mumu", "Im"]] = 2e-3, 2e-3
    found = snapshot.forms.predict(low)
    shift = found[a] - snapshot.sm[a]
    hbar_c, mass = 1.973269804e-14, 0.1056583755  # GeV cm, GeV
    assert found[d] == close(-shift * hbar_c / (2 * mass), 1e-4)
    assert snapshot.sm[d] == 0.0


def test_a_day_acts_on_the_drell_yan_searches():
    found = Likelihood(["2026-11", "highpt"], until="2021-05")
    assert {"dimuon", "monomuon", "ditau"} <= set(found.blocks)
    assert not {"muontau", "monotau"} & set(found.blocks)
    assert found.name.endswith("until 2021-05")
    assert any("predictions and theory errors are today's" in s for s in found.remarks(()))
    with pytest.raises(InputError, match="nothing of 'highpt' was known in 2018-01"):
        Likelihood(["2026-11", "highpt"], until="2018-01")


def test_the_data_of_mid_2021_are_nearly_those_of_2021_07(snapshot):
    """All that smelli 2.3.2 used comes back, or what had superseded it by then."""
    archive = snapshot.archive
    then = archive.members("2021-07")
    absent = archive.absent(then)
    missing = names(load_snapshot("2021-07")) - then
    assert {name for name in missing if absent.get(name, "") not in then} == set()
    assert missing == {
        "ATLAS Z->taul 2020", "Ft(0+) Hardy/Towner 2014", "HFLAV rad 2018", "K+->pinunu NA62 2019",
    }  # fmt: skip


def test_a_file_may_measure_what_an_alternative_needs(tmp_path, snapshot):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "Mine:\n  values:\n"
        "    - {name: <FL>(B0->K*mumu), q2min: 15, q2max: 17, value: 0.35 ± 0.02}\n"
    )
    likelihood = Likelihood("2026-11", measurements=[path])
    keys = [o.text for o in likelihood.observables]
    assert "<FL>(B0->K*mumu) [q2min=15, q2max=17]" in keys
    assert likelihood.user == ("Mine",)


def test_a_file_cannot_bring_back_what_has_a_successor(tmp_path):
    path = tmp_path / "old.yaml"
    path.write_text("LHCb RD* 2023 overlay:\n  values:\n    Rtaul(B->D*lnu): 0.267 ± 0.02\n")
    with pytest.raises(InputError, match="rests on the same events as 'HFLAV RD"):
        Likelihood("2026-11", measurements=path)


def test_the_file_is_small(snapshot):
    assert find("2026-11").path.stat().st_size < 6e6


def test_the_table_of_what_replaces_what_is_that_of_the_file(snapshot):
    """docs/data.md has a row for everything that the snapshot added."""
    page = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
    for name in names(snapshot):
        entry = snapshot.archive.entries[name]
        if entry.set:
            old = "; ".join(entry.supersedes) or "nothing: new data"
            assert f"| `{entry.set}` | {name} | {entry.date} | {old} |" in page
