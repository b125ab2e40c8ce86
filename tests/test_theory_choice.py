"""Theory errors of the point in blocks that have no shipped covariance: R(D(*)), electroweak."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from muoquark.inference.global_likelihood import GlobalLikelihood
from muoquark.likelihood.theory_choice import find_responses, with_followed
from muoquark.model.card_file import starters

DATA = Path(__file__).parent / "data"
NEW = ("ewpt", "rd_rds")


@pytest.fixture(scope="module")
def standard():
    return GlobalLikelihood("2026-11", theory_errors="sm")


@pytest.fixture(scope="module")
def point(standard):
    return standard.with_theory_errors("point")


def source(where, values):
    """Coefficients at a scale."""
    eft, basis, _, scale = where
    written = {k: {"Re": complex(v).real, "Im": complex(v).imag} if complex(v).imag else
               complex(v).real for k, v in values.items()}  # fmt: skip
    return {"eft": eft, "basis": basis, "scale": scale, "values": written}


CHARGED = ("WET", "flavio", "cbtaunu", 4.8)
TAU = {"CVL_bctaunutau": 0.1}
TAU_CARD = yaml.safe_load(starters()["tau"])


def row(likelihood, block, name):
    """Position of an observable in its block."""
    names = [likelihood.observables[k].name for k in likelihood.data.blocks[block]]
    return names.index(name)


@pytest.mark.parametrize("name", ["charged", "electroweak"])
def test_errors_are_those_of_flavios_draws(point, name):
    found = json.loads((DATA / f"theory_draws_{name}.json").read_text())
    block = {"charged": "rd_rds", "electroweak": "ewpt"}[name]
    scatter = 1 / np.sqrt(2 * found["draws"])
    for one in found["points"].values():
        values = {k: complex(*v) for k, v in one["coefficients"].items()}
        covariance = point(source(found["where"], values)).theory[block]
        rows = [row(point, block, o) for o in found["observables"]]
        own = covariance[np.ix_(rows, rows)]
        sigma = np.sqrt(np.diag(own))
        ratio = sigma / np.array(one["sigma"])
        assert np.abs(np.log(ratio)).max() < 3 * scatter
        correlation = own / np.outer(sigma, sigma)
        difference = np.abs(correlation - np.array(one["correlation"]))
        assert difference.max() < 3.5 / np.sqrt(found["draws"])


def test_the_mass_of_the_w(point):
    """Its derivatives by the published formula, hep-ph/0311148, eq. (6) (Awramik:2003rn).

    Its coefficients c5, c6, c7, c8, c9 and c11, inputs and their errors are those of flavio 2.7.1
    (physics/wdecays/mw.py, data/parameters_uncorrelated.yml).
    """
    root = point.roots["ewpt"]
    j = point.sm_response("ewpt")[row(point, "ewpt", "m_W")]
    found = {n.constraint: abs(v) for n, v in zip(root.nuisances, j, strict=False)}
    top, higgs = 172.5, 125.25 / 100
    change = (top / 174.3) ** 2 - 1
    by_top = 0.5237 - 2 * 0.0679 * change - 0.00179 * np.log(higgs) + 0.0000664 * higgs**2
    expected = {
        "Delta_alpha_e_had": 1.070 * 0.000359 / 0.05907,
        "m_t": by_top * 2 * top / 174.3**2 * 0.7,
        "m_Z": 114.9 * 0.0021 / 91.1875,
    }
    assert {k: found[k] for k in expected} == pytest.approx(expected, abs=1e-6)


def test_a_plain_version(point):
    """ln L of a block, and of its group, by the covariance at the point itself."""
    here = point(source(CHARGED, {"CVL_bctaunutau": 0.1, "CSR_bctaunutau": 0.2}))
    block = np.array(point.data.blocks["rd_rds"])
    fixed = point.data.measured["rd_rds"]

    def raw(rows, predictions, theory):
        c = (fixed.covariance + theory)[np.ix_(rows, rows)]
        d = (predictions[block] - fixed.mean)[rows]
        return -0.5 * (d @ np.linalg.solve(c, d) + np.linalg.slogdet(c)[1])

    for name, members in (("rd_rds", block), ("R(D(*))", point.groups["R(D(*))"])):
        rows = np.nonzero(np.isin(block, members))[0]
        expected = raw(rows, here.predictions, here.theory["rd_rds"])
        expected -= raw(rows, point.sm_predictions, point.sm_theory["rd_rds"])
        found = here.blocks[name] if name == "rd_rds" else here.groups[name]
        assert found == pytest.approx(expected, abs=1e-9)
    assert abs(here.blocks["rd_rds"]) > 3


def test_gaussians_say_what_their_measurements_say(standard, point):
    """Without theory errors ln L of a followed block differs by nothing from that of its pdfs."""
    data = point.data
    theory = {b: 1e-12 * np.asarray(t) if b in NEW else t for b, t in data.theory.items()}
    joined = type(data)(data.observables, data.constraints, data.blocks, theory, data.info)
    rng = np.random.default_rng(2)
    sm = standard.sm_predictions
    predictions = sm * (1 + 1e-3 * rng.normal(size=(20, len(sm))))
    names = list(data.blocks)
    both = [one.terms().log_likelihood(np.vstack([sm, predictions])) for one in
            (standard.data, joined)]  # fmt: skip
    for block in NEW:
        k = names.index(block)
        one, other = (values[1:, k] - values[0, k] for values in both)
        assert np.abs(one).max() > 0.1
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-8)


def test_what_of_it_a_card_keeps(point):
    """R(D(*)) moves with S1 and taus, and gradients are right; with muons m_W rests."""
    function = point.function(TAU_CARD)
    lower, upper = np.array(function.bounds).T
    points = lower + (upper - lower) * np.random.default_rng(7).uniform(size=(5, len(lower)))
    exact, moves = [], []
    for one in points:
        forward, inputs = function.full(point, one)
        exact.append(float(forward.total(inputs)))
        moves.append(np.diag(forward.theory(inputs)["rd_rds"]))
    assert np.ptp(np.sqrt(moves), axis=0).max() > 1e-3
    kept = np.ravel(function.forward.total(function._inputs(points, np), np))
    size = 1 + max(np.max(exact), 0.0) - np.array(exact)
    np.testing.assert_array_less(np.abs(kept - exact) / size, 4e-3)
    _, slope = function.gradient(points[0])
    steps = 1e-4 * (upper - lower)
    for k, step in enumerate(steps):
        around = points[0] + np.outer([1.0, -1.0], np.eye(len(steps))[k] * step)
        difference = np.diff(function(around)[::-1])[0] / (2 * step)
        assert slope[k] == pytest.approx(difference, abs=1e-4 * max(1.0, abs(difference)))
    plane = point.function("plane")
    assert set(function.forward.judge.roots) >= {"quarks", "rd_rds"}
    assert "ewpt" not in plane.forward.judge.roots


def test_there_and_back(standard, point):
    where = source(CHARGED, TAU)
    again = point.with_theory_errors("sm")
    assert list(again.data.theory) == list(standard.data.theory)
    assert again(where).blocks == standard(where).blocks
    assert set(point.data.theory) == {"quarks", "leptons", *NEW}
    # what a smelli user compares with is not touched by the other choice
    relative = standard.with_theory_errors("relative")
    assert relative(where).blocks["rd_rds"] == standard(where).blocks["rd_rds"]
    # the errors of the point, and nothing else, make the difference
    gain = 2 * standard(where).blocks["rd_rds"], 2 * point(where).blocks["rd_rds"]
    assert gain[0] > 25 and 4 < gain[0] - gain[1] < 8


def test_measurements_of_another_day():
    """Of all measurements responses are there, also of those that the average has taken up."""
    likelihood = GlobalLikelihood("2026-11", until="2022-01", theory_errors="point")
    names = {likelihood.observables[k].name for k in likelihood.data.blocks["rd_rds"]}
    assert {"Rtaul(B->D*lnu)", "Rtaumu(B->D*lnu)"} <= names
    errors = np.sqrt(np.diag(likelihood.sm_theory["rd_rds"]))
    of = {name: errors[row(likelihood, "rd_rds", name)] for name in names}
    # theory does not tell light leptons apart
    assert of["Rtaumu(B->D*lnu)"] == pytest.approx(of["Rtaul(B->D*lnu)"], abs=2e-5)


def test_what_was_not_measured_leaves_the_block(standard):
    part = standard.parts[0]
    data = part.data
    (gone,) = [k for k in data.blocks["rd_rds"] if data.observables[k].name == "Rmue(B->D*lnu)"]
    constraints = tuple(c for c in data.constraints if gone not in c.observables)
    less = part.with_data(type(data)(data.observables, constraints, data.blocks, data.theory,
                                     data.info), set())  # fmt: skip
    followed = with_followed("point", less)
    assert gone not in followed.data.blocks["rd_rds"]
    assert len(followed.data.theory["rd_rds"]) == len(data.blocks["rd_rds"]) - 1
    assert with_followed("sm", less) is less
    assert set(find_responses(part)) == {"quarks", *NEW}
