"""Theory errors that follow the point: against flavio, plain versions, limits and differences."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muoquark.common.errors import InputError
from muoquark.inference.conditional import conditional
from muoquark.inference.global_likelihood import GlobalLikelihood
from muoquark.likelihood.theory_choice import read_vcb

DRAWS = json.loads((Path(__file__).parent / "data" / "theory_draws.json").read_text())
PLANE = np.array([0.328, 0.0021])

# Central value and theory error in the SM and at C9 = -1, J J^T from differences of flavio itself
# (one-sided, 0.1 sigma), made apart from this package.
FLAVIO = [
    (("<dBR/dq2>(B+->Kmumu)", 1.1, 2.0), 1e8, 3.553, 0.251, 2.815, 0.198),
    (("<dBR/dq2>(B+->Kmumu)", 15.0, 22.0), 1e8, 1.530, 0.099, 1.215, 0.077),
    (("<dBR/dq2>(B0->K*mumu)", 4.0, 6.0), 1e8, 4.970, 0.737, 4.099, 0.574),
    (("<dBR/dq2>(B0->K*mumu)", 15.0, 19.0), 1e8, 5.879, 0.676, 4.681, 0.528),
    (("<P5p>(B0->K*mumu)", 2.5, 4.0), 1, -0.499, 0.106, -0.181, 0.120),
    (("<P5p>(B0->K*mumu)", 4.0, 6.0), 1, -0.758, 0.073, -0.525, 0.111),
    (("<FL>(B0->K*mumu)", 2.5, 4.0), 1, 0.797, 0.035, 0.746, 0.042),
    (("<P2>(B0->K*mumu)", 4.0, 6.0), 1, 0.292, 0.075, 0.088, 0.100),
    (("<dBR/dq2>(Bs->phimumu)", 1.1, 2.5), 1e8, 5.443, 0.626, 4.744, 0.515),
    (("BR(Bs->mumu)",), 1e9, 3.651, 0.141, 3.651, 0.141),
    (("S_psiK",), 1, 0.772, 0.078, 0.772, 0.078),
    (("eps_K",), 1e3, 2.089, 0.269, 2.089, 0.269),
]
CORRELATIONS = [
    (("<dBR/dq2>(B+->Kmumu)", 1.1, 2.0), ("<dBR/dq2>(B+->Kmumu)", 15.0, 22.0), 0.389, 0.407),
    (("<dBR/dq2>(B+->Kmumu)", 1.1, 2.0), ("BR(Bs->mumu)",), 0.460, 0.470),
    (("<P5p>(B0->K*mumu)", 4.0, 6.0), ("<FL>(B0->K*mumu)", 2.5, 4.0), -0.295, -0.428),
    (("BR(Bs->mumu)",), ("eps_K",), 0.362, 0.362),
    (("BR(Bs->mumu)",), ("DeltaM_s",), 0.702, 0.702),
]


@pytest.fixture(scope="module")
def point():
    return GlobalLikelihood("2026-06", theory_errors="point")


@pytest.fixture(scope="module")
def point_of_today():
    return GlobalLikelihood("2026-11", theory_errors="point")


@pytest.fixture(scope="module")
def standard():
    return GlobalLikelihood("2026-06", theory_errors="sm")


def rows(likelihood):
    """Positions in the block `quarks` by name and arguments."""
    block = likelihood.data.blocks["quarks"]
    found = {}
    for row, k in enumerate(block):
        o = likelihood.observables[k]
        found[(o.name, *(float(v) for _, v in o.arguments))] = row
    return found


def low(**values):
    """Coefficients at 4.8 GeV."""
    written = {k: v if isinstance(v, float) else {"Re": v.real, "Im": v.imag}
               for k, v in values.items()}  # fmt: skip
    return {"eft": "WET", "basis": "flavio", "scale": 4.8, "values": written}


def test_errors_are_flavios(point):
    place, block = rows(point), point.data.blocks["quarks"]
    here = point(low(C9_bsmumu=-1.0))
    sigma = [np.sqrt(np.diag(t)) for t in (point.sm_theory["quarks"], here.theory["quarks"])]
    for key, unit, sm, error_sm, c9, error_c9 in FLAVIO:
        k = place[key]
        assert unit * point.sm_predictions[block[k]] == pytest.approx(sm, abs=1.5e-3 * abs(sm))
        assert unit * here.predictions[block[k]] == pytest.approx(c9, abs=2e-3)
        assert unit * sigma[0][k] == pytest.approx(error_sm, abs=0.05 * error_sm)
        assert unit * sigma[1][k] == pytest.approx(error_c9, abs=0.05 * error_c9)
    for one, other, sm, c9 in CORRELATIONS:
        for covariance, expected in ((point.sm_theory, sm), (here.theory, c9)):
            c = covariance["quarks"][np.ix_([place[one], place[other]], [place[one], place[other]])]
            assert c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("name", list(DRAWS["points"]))
def test_errors_are_those_of_flavios_draws(point, name):
    # 150 draws give a standard deviation to 6 % and a correlation to 0.08: three of these.
    one = DRAWS["points"][name]
    values = {k: complex(*v) for k, v in one["coefficients"].items()}
    here = point(low(**values)).theory["quarks"]
    place = rows(point)
    chosen = [
        place[tuple(o) if isinstance(o, list) else (o,)]
        for o in DRAWS["observables"]
    ]  # fmt: skip
    covariance = here[np.ix_(chosen, chosen)]
    sigma = np.sqrt(np.diag(covariance))
    scatter = 1 / np.sqrt(2 * DRAWS["draws"])
    ratio = sigma / np.array(one["sigma"])
    assert np.all(np.abs(np.log(ratio)) < 3 * scatter)
    assert np.exp(np.mean(np.log(ratio))) == pytest.approx(1.0, abs=0.06)
    correlation = covariance / np.outer(sigma, sigma)
    difference = np.abs(correlation - np.array(one["correlation"]))
    assert difference.max() < 3.5 / np.sqrt(DRAWS["draws"])


@pytest.mark.parametrize("name", ["point", "point_of_today"])
def test_the_sm_is_the_shipped_matrix(request, name):
    point = request.getfixturevalue(name)
    shipped = np.sqrt(np.diag(point.data.theory["quarks"]))
    mine = np.sqrt(np.diag(point.sm_theory["quarks"]))
    total = np.sqrt(np.diag(point.data.gaussian["quarks"].covariance))
    # Of some neutron correlations and CP asymmetries the shipped errors are zero, or rounding.
    matters = shipped > 1e-6 * total
    ratio = mine[matters] / shipped[matters]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.005)
    assert np.percentile(ratio, [16, 84]) == pytest.approx([0.99, 1.01], abs=0.01)
    # responses of second order are on the diagonal
    near = matters & (shipped > 0.01 * total)
    assert np.abs(np.log(mine[near] / shipped[near])).max() < 0.06
    assert point(low(C9_bsmumu=0.0)).total == pytest.approx(0.0, abs=1e-9)


def cards():
    free = {"free": [-1.5, 1.5]}
    primed = {"free": [-1.0, 1.0]}
    names = {"C9_bsmumu": free, "C10_bsmumu": free, "C9p_bsmumu": primed, "C10p_bsmumu": primed,
             "C9_bsee": free, "C7p_bs": {"free": [-0.2, 0.2]}}  # fmt: skip
    return {
        "plane": "plane",
        "r2": "plane-r2",
        "coefficients": {"eft": "WET", "basis": "flavio", "scale": 4.8, "coefficients": names},
    }


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("2026-11", "plane"),
        pytest.param("2026-06", "plane", marks=pytest.mark.slow),
        pytest.param("2026-11", "r2", marks=pytest.mark.slow),
        pytest.param("2026-11", "coefficients", marks=pytest.mark.slow),
    ],
)
def test_what_a_card_keeps_of_the_response(data, name):
    """At points that were not sampled, within what `FROZEN` promises of sampled ones, twice."""
    likelihood = GlobalLikelihood(data, theory_errors="point")
    function = likelihood.function(cards()[name])
    lower, upper = np.array(function.bounds).T
    points = lower + (upper - lower) * np.random.default_rng(5).uniform(size=(6, len(lower)))
    full = [function.full(likelihood, point) for point in points]
    exact = np.array([float(forward.total(inputs)) for forward, inputs in full])
    kept = np.ravel(function.forward.total(function._inputs(points, np), np))
    assert np.ptp(exact) > 5
    size = 1 + max(exact.max(), 0.0) - exact
    np.testing.assert_array_less(np.abs(kept - exact) / size, 4e-3)


@pytest.mark.slow
def test_finite_with_any_coefficients():
    """Positive definite: ln L is finite at 10^5 points of the domain; the worst is looked at."""
    likelihood = GlobalLikelihood("2026-11", theory_errors="point")
    function = likelihood.function(cards()["coefficients"])
    lower, upper = np.array(function.bounds).T
    rng = np.random.default_rng(8)
    least, where = np.inf, None
    for _ in range(25):
        points = lower + (upper - lower) * rng.uniform(size=(4096, len(lower)))
        parts = function.parts(points)
        assert np.all(np.isfinite(parts))
        total = parts[:, : len(function.blocks)].sum(axis=1)
        if total.min() < least:
            least, where = float(total.min()), points[total.argmin()]
    forward, inputs = function.full(likelihood, where)
    predictions, ckm, *_, lows = forward._predicted(np.asarray(inputs), np)
    theory = forward.judge.theory(lows[forward.judge.channel], ckm, predictions)["quarks"]
    total = theory + likelihood.data.measured["quarks"].covariance
    unit = np.sqrt(np.diag(total))
    assert np.linalg.eigvalsh(total / np.outer(unit, unit)).min() > 0


@pytest.mark.slow  # minutes, most of it XLA's
def test_the_plane(point, standard):
    """Delta chi2 of the paper's plane: 28.4 with errors of the SM, 27.6 with those of the point."""
    found = {}
    for name, likelihood in (("point", point), ("sm", standard)):
        function = likelihood.function("plane")
        forward, inputs = function.full(likelihood, PLANE)
        whole = float(forward.total(inputs))
        assert function(PLANE) == pytest.approx(whole, abs=2e-3 if name == "point" else 1e-3)
        found[name] = 2 * whole
        value, exact = function.value_and_gradient(PLANE)
        by_difference = function.differences(function.parts, PLANE)
        assert value == pytest.approx(function(PLANE), abs=1e-9)
        np.testing.assert_allclose(exact, by_difference[1], rtol=0, atol=2e-3)
    assert found["sm"] == pytest.approx(28.4, abs=0.1)
    assert found["point"] == pytest.approx(27.63, abs=0.5)


def test_a_plain_version(point):
    """ln L of a block and of groups by the covariance at the point itself."""
    source = low(C9_bsmumu=-1.0, C10p_bsmumu=0.3 + 0.2j)
    here = point(source)
    block = np.array(point.data.blocks["quarks"])
    fixed = point.data.measured["quarks"]

    def raw(rows, predictions, theory):
        c = (fixed.covariance + theory)[np.ix_(rows, rows)]
        unit = np.sqrt(np.diag(c))
        d = (predictions[block] - fixed.mean)[rows] / unit
        c = c / np.outer(unit, unit)
        log_det = np.linalg.slogdet(c)[1] + 2 * np.log(unit).sum()
        return -0.5 * (d @ np.linalg.solve(c, d) + log_det)

    for name, members in (("quarks", block), ("b->smumu", point.groups["b->smumu"])):
        inside = np.nonzero(np.isin(block, members))[0]
        expected = raw(inside, here.predictions, here.theory["quarks"])
        expected -= raw(inside, point.sm_predictions, point.sm_theory["quarks"])
        found = here.blocks[name] if name == "quarks" else here.groups[name]
        assert found == pytest.approx(expected, abs=1e-6)


def test_relative_scales_rates():
    relative = GlobalLikelihood("2026-06", theory_errors="relative")
    source = low(C9_bsmumu=-1.0)
    here = relative(source)
    shipped = np.asarray(relative.data.theory["quarks"])
    block = np.array(relative.data.blocks["quarks"])
    rates = (relative.rates & (relative.sm != 0))[block]
    scale = np.ones(len(block))
    scale[rates] = here.predictions[block][rates] / relative.sm[block][rates]
    # what is below 1e-4 of the variance stays as it is
    size = np.sqrt(np.diag(relative.data.gaussian["quarks"].covariance))
    difference = here.theory["quarks"] - np.outer(scale, scale) * shipped
    assert np.abs(difference / np.outer(size, size)).max() < 1e-3
    at_sm = (relative.sm_theory["quarks"] - shipped) / np.outer(size, size)
    assert np.abs(at_sm).max() < 1e-12
    assert relative(low(C9_bsmumu=0.0)).total == pytest.approx(0.0, abs=1e-9)


def test_what_is_given_for_v_cb(point):
    assert read_vcb("as-is") is None
    free = GlobalLikelihood("2026-06", vcb="drop")
    assert free.theory_errors == "point"
    other = GlobalLikelihood("2026-06", vcb="0.0391(5)")
    extracted = other(low(C9_bsmumu=0.0)).ckm
    assert extracted["Vcb"] == pytest.approx(0.0391, abs=2e-5)
    assert point(low(C9_bsmumu=0.0)).ckm["Vcb"] == pytest.approx(0.0420, abs=1e-4)
    root = {name: one.roots["quarks"].jacobian.ckm_root
            for name, one in (("as", point), ("other", other), ("drop", free))}  # fmt: skip
    errors = {name: np.sqrt((r**2).sum(axis=1)) for name, r in root.items()}
    assert errors["as"][2] == pytest.approx(7.24e-4, abs=1e-6)
    assert errors["other"][2] == pytest.approx(5e-4, abs=1e-9)
    assert errors["drop"][2] > 0.5
    # another error of V_cb is that of no other parameter
    np.testing.assert_allclose(errors["other"][:2], errors["as"][:2], rtol=1e-3, atol=0)
    for text in ("0.5(1)", "0.0391", "0.0391(0)", "none"):
        with pytest.raises(InputError, match="--vcb"):
            read_vcb(text)
    with pytest.raises(InputError, match="--vcb needs theory errors"):
        GlobalLikelihood("2026-06", theory_errors="sm", vcb="drop")
    with pytest.raises(InputError, match="no compiled responses"):
        GlobalLikelihood("2021-07", theory_errors="point")
    with pytest.raises(InputError, match="--theory-errors"):
        GlobalLikelihood("2026-06", theory_errors="nothing")


def test_what_hangs_on_correlations(standard):
    function = standard.function("plane")
    forward, inputs = function.full(standard, PLANE)
    found = conditional(standard, forward, inputs)
    total = 2 * float(forward.total(inputs))
    assert found.quiet == ("Delta F = 2",)
    one = found.groups["Delta F = 2"]
    assert abs(one.alone) < 0.1
    assert one.with_correlations + one.without == pytest.approx(total, abs=1e-9)
    assert found.without_quiet == pytest.approx(one.without, abs=1e-9)
    # R_K(*) is in a block of its own: no correlations
    ratios = found.groups["R_K(*)"]
    assert ratios.with_correlations == pytest.approx(ratios.alone, abs=1e-9)


def test_the_identity_says_which(point, standard):
    from muoquark.likelihood.recorded import likelihood_of

    assert standard.identity()["theory_errors"] == "sm"
    again = likelihood_of({**point.identity(), "vcb": "0.0391+-0.0005"})
    assert again.theory_errors == "point" and again.vcb == read_vcb("0.0391(5)")
    old = {k: v for k, v in standard.identity().items() if k != "theory_errors"}
    assert likelihood_of(old).theory_errors == "sm"


def test_other_measurements_and_the_same_theory(point, tmp_path):
    """An observable without measurements leaves the block; what is left has the same errors."""
    data = point.data
    block = data.blocks["quarks"]
    keep = [c for c in data.constraints if block[0] not in c.observables]
    part = point.parts[0].with_data(data.with_constraints(keep, {block[0]}, {}), {block[0]})
    less = GlobalLikelihood(part, theory_errors="point")
    gone = len(block) - len(less.data.blocks["quarks"])
    assert gone >= 1
    kept = np.isin(block, less.data.blocks["quarks"])
    expected = point.sm_theory["quarks"][np.ix_(kept, kept)]
    np.testing.assert_allclose(less.sm_theory["quarks"], expected, rtol=1e-9, atol=1e-30)


def test_a_response_by_differences_of_the_forms(point):
    """J is the derivative of predictions whose weights are moved by the responses."""
    root = point.roots["quarks"]
    jacobian = root.jacobian
    forms = jacobian.forms
    rng = np.random.default_rng(4)
    sizes = dict(zip(point.snapshot.forms.directions, point.snapshot.metadata["sizes"],
                     strict=True))  # fmt: skip
    small = 0.2 * np.array([sizes[d] for d in forms.directions])
    small = small * rng.normal(size=len(small))
    whole = np.zeros(len(point.snapshot.forms.directions))
    whole[jacobian.low] = small
    ckm = np.asarray(forms.ckm_centre) * (1 + 0.02 * rng.normal(size=4))
    j = jacobian.of_nuisances(whole, ckm)
    from muoquark.likelihood.responses.file import piece_rows

    where = piece_rows(forms)
    for k in rng.choice(jacobian.count, 6, replace=False):
        moved = []
        for sign in (1.0, -1.0):
            weights = [np.array(b.weights) for b in forms.banks]
            start = 0
            for bank in jacobian.banks:
                for column in range(bank.weights.shape[1]):
                    n = start + column
                    if jacobian.directions[n] == k:
                        b, c, _ = where[int(jacobian.pieces[n])]
                        weights[b][:, c] += sign * 1e-3 * bank.weights[:, column]
                start += bank.weights.shape[1]
            banks = tuple(replace(b, weights=w) for b, w in zip(forms.banks, weights, strict=True))
            moved.append(replace(forms, banks=banks).predict(small, ckm))
        expected = (moved[0] - moved[1]) / 2e-3 + jacobian.factors[:, k] * moved[0]
        # mixing phases in the features are not followed: only the derived quantities are
        scale = np.abs(forms.predict(small, ckm)) + 1e-300
        # a piece may belong to observables for which the direction was left out, too
        felt = jacobian.felt[:, k]
        assert not j[~felt, k].any()
        np.testing.assert_allclose(((j[:, k] - expected) / scale)[felt], 0, rtol=0, atol=2e-3)


@pytest.mark.slow
def test_positive_and_finite_everywhere(point):
    """At 1e5 random points of the domain of the paper's plane and of a general card."""
    for card in ("plane", "robustness"):
        function = point.function(card)
        lowest, highest = np.array(function.bounds).T
        rng = np.random.default_rng(6)
        points = lowest + (highest - lowest) * rng.uniform(size=(50_000, len(lowest)))
        assert np.isfinite(function(points)).all()
        values, gradients = function.values_and_gradients(points[:2000])
        assert np.isfinite(values).all() and np.isfinite(gradients).all()


@pytest.mark.parametrize("data", ["2026-06", "2026-11"])
def test_on_another_day_the_responses_are_the_same(data):
    """Of a day's edition the pieces have other numbers than in the file of responses."""
    today = GlobalLikelihood(data, theory_errors="point")
    then = GlobalLikelihood(data, until="2022-01", theory_errors="point")
    source = low(C9_bsmumu=-0.7 + 0.2j, C10p_bsmumu=0.4)
    block, before = (one.data.blocks["quarks"] for one in (today, then))
    names = [str(today.observables[k]) for k in block]
    rows = [names.index(str(then.observables[k])) for k in before]
    assert len(rows) < len(names)
    whole, part = today(source).theory["quarks"], then(source).theory["quarks"]
    sigma = np.sqrt(np.diag(part))
    own = whole[np.ix_(rows, rows)]
    np.testing.assert_allclose(
        (part - own)[sigma > 0][:, sigma > 0] / np.outer(sigma, sigma)[sigma > 0][:, sigma > 0],
        0, rtol=0, atol=1e-7,
    )  # fmt: skip


def test_what_was_not_compiled():
    """Other bins of the same events have no responses: said, and a fit does not offer `point`."""
    name = "LHCb_BKstarmumu_2025_exclusive_bins"
    other = GlobalLikelihood("2026-11", measurements=name)
    assert other.theory_modes == ("relative", "sm")
    with pytest.raises(InputError, match="not compiled for 45 observables"):
        GlobalLikelihood("2026-11", measurements=name, theory_errors="point")
    with pytest.raises(InputError, match="not compiled for 45 observables"):
        other.with_theory_errors("point")
    assert "point" in GlobalLikelihood("2026-11", measurements="mW_CDF_2022").theory_modes
