"""Rules of integration of the compiler: converged where flavio's own are not."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from muoquark.likelihood import compiler
from muoquark.likelihood.compiler import build
from muoquark.likelihood.compiler.groups import CompiledGroup, make_jobs
from muoquark.likelihood.compiler.jobs import Stack, job_file
from muoquark.likelihood.observable import Observable

PROBE = Path(compiler.__file__).parent / "probe"
MUON = 0.10566**2


@pytest.fixture(scope="module")
def probe():
    """Modules of the probe, which import each other by their bare names."""
    sys.path.insert(0, str(PROBE))
    yield importlib.import_module
    sys.path.remove(str(PROBE))


@pytest.fixture(scope="module")
def quadratures(probe):
    return probe("quadratures")


def pole(q2, weight=1.0):
    """Photon pole and phase space of two muons, as in b -> s mu mu at small q2."""
    return 0.0 if q2 <= 4 * MUON else weight * np.sqrt(1 - 4 * MUON / q2) * (1 / q2 + 0.3)


def exact_pole(upper):
    """The integral of `pole` from threshold: with b = sqrt(1 - 4 m^2 / q2) elementary."""
    b = np.sqrt(1 - 4 * MUON / upper)
    logarithm = np.log((1 + b) / (1 - b))
    constant = upper * b - 2 * MUON * logarithm
    return logarithm - 2 * b + 0.3 * constant


def test_the_exact_integral_is_what_quadpack_finds(quadratures):
    for upper in (0.98, 2.0):
        found = quadratures.quad(pole, 4 * MUON, upper, epsrel=1e-10)
        assert exact_pole(upper) == pytest.approx(found, rel=1e-8, abs=0)


def test_square_roots_at_both_ends_do_no_harm(quadratures):
    value, modulus = quadratures.integrate(lambda x: np.sqrt(x * (1 - x)), 0, 1, order=12)
    assert value == modulus == pytest.approx(np.pi / 8, rel=2e-6, abs=0)
    value, modulus = quadratures.integrate(lambda x: x**3 - x, -2, 2, order=6)
    assert abs(value) < 1e-13
    assert modulus > 4


def test_the_end_of_phase_space_is_found(quadratures):
    assert quadratures.support(pole, 0, 2) == (pytest.approx(4 * MUON, rel=1e-9, abs=0), 2)
    assert quadratures.support(pole, 0.1, 2) == (0.1, 2)

    def above(x):
        return np.sqrt(18.9 - x) if x < 18.9 else 0.0

    def refuses(x):
        if x > 18.9:
            raise ValueError("math domain error")
        return 1.0

    for function in (above, refuses):
        low, high = quadratures.support(function, 15, 19)
        assert (low, high) == (15, pytest.approx(18.9, rel=1e-9, abs=0))
        low, high = quadratures.support(function, 18.8, 24)  # and in the first of many parts
        assert (low, high) == (18.8, pytest.approx(18.9, rel=1e-9, abs=0))
    assert quadratures.support(lambda x: 0.0, 1, 6) == (1, 6)


def predict(rule, *integrands):
    return [rule(function, low, high) for function, low, high in integrands]


def test_converged_where_flavio_2_3_stops_early(quadratures):
    """flavio 2.3 takes two orders that agree by chance for convergence."""
    finder = quadratures.RuleFinder()
    whole = (pole, 0.0, 2.0)
    parts = [(pole, 0.0, 0.98), whole]
    finder.start("ratio")
    predict(finder, *parts)
    finder.finish()
    rules = finder.rules("ratio")
    fixed, doubled = quadratures.FixedRules(), quadratures.FixedRules(refined=2)
    for rule in (fixed, doubled):
        rule.start(rules)
    once, twice = predict(fixed, *parts), predict(doubled, *parts)
    assert once == pytest.approx(twice, rel=quadratures.TOLERANCE, abs=0)
    assert once == pytest.approx([exact_pole(0.98), exact_pole(2.0)], rel=2e-5, abs=0)
    frozen = quadratures.FrozenQuadrature()
    frozen.start("ratio")
    off = np.array(predict(frozen, *parts)) / [exact_pole(0.98), exact_pole(2.0)] - 1
    assert max(abs(off)) > 0.005


def test_rules_at_new_points(quadratures):
    """Further points raise orders; an integral that vanishes in the SM is no noise to resolve."""
    finder = quadratures.RuleFinder()
    rng = np.random.default_rng(1)
    noise = {}

    def rounding(x):
        return noise.setdefault(x, 1e-17 * rng.normal())

    for function in (lambda x: 1.0, lambda x: np.exp(-40 * (x - 1.5) ** 2)):
        finder.start(("P6p", 1.1, 6.0))
        predict(finder, (rounding, 1.1, 6.0), (function, 1.1, 6.0))
        finder.finish()
        orders = [order for _, _, order in finder.rules(("P6p", 1.1, 6.0))]
        assert len(set(orders)) == 1  # integrals over one interval share their amplitudes
        assert orders[0] >= (6 if function(0) == 1 else 16)
    finder.start("wild")
    predict(finder, (lambda x: 1.0 + (x > 0.123), 0.0, 1.0))
    with pytest.raises(RuntimeError, match="an integral of wild does not converge"):
        finder.finish()
    assert finder.rules("without integrals") == []


def test_rules_are_part_of_a_job(tmp_path):
    """With flavio's own quadrature a job is what it was before there was a choice."""
    group = CompiledGroup("fast", ["a", "b"], [], 4, [None], [], 2)
    rules = [[[0.1, 0.98, 12]], []]
    plain, ruled = make_jobs(group)[0], make_jobs(group, rules)[0]
    assert "rules" not in plain
    assert ruled == {**plain, "rules": rules}
    stack = Stack("python", {"flavio": "2.3.1", "smelli": "2.3.2", "wilson": "2.2.1"})
    names = {job_file(tmp_path, stack, job) for job in (plain, ruled, {**ruled, "rules": [[], []]})}
    assert len(names) == 3


def test_a_probe_is_known_by_all_that_it_imports():
    text = build._source("converge.py")
    for name in ("converge", "quadratures", "sample", "stack", "taps"):
        assert (PROBE / f"{name}.py").read_text() in text
    assert (PROBE / "quadratures.py").read_text() not in build._source("stack.py")


@pytest.mark.parametrize("rules", [{}, {'"a"': [[0.1, 0.98, 12]], '"b"': []}])
def test_the_check_compares_like_with_like(tmp_path, monkeypatch, rules):
    """Converged predictions are held against flavio with the same rules, not against its own."""
    asked = []

    def run(stack, jobs, *rest):
        asked.extend(jobs)
        files = []
        for job in jobs:
            files.append(tmp_path / f"{job['first']}.npz")
            np.savez(files[-1], x=np.zeros((1, 1)), ckm=np.zeros((1, 4)), values=[[2.0, 5.0]])
        return files

    monkeypatch.setattr(build, "run_jobs", run)
    forms = SimpleNamespace(
        observables=(Observable("a"), Observable("b")),
        directions=(("WET", "flavio", "sb", 4.8, "C9_bsmumu", "Re"),),
        predict=lambda x, ckm=None: np.tile([2.0, 5.0], (len(x), 1)),
    )
    snapshot = SimpleNamespace(
        metadata={"name": "2021-07"}, forms=forms, sm=np.array([2.0, 5.0]), error=np.ones(2)
    )
    stack = Stack("python", {"flavio": "2.3.1"})
    quadrature = "converged" if rules else "flavio"
    settings = build.Settings("2021-07", "", stack, tmp_path, quadrature=quadrature, revision=1)
    arguments = (settings, snapshot, {forms.directions[0]: 1.0}, rules, {})
    own = {"sm_predictions": np.array([1.9])}  # flavio's own, a tenth of an error off
    if not rules:
        with pytest.raises(build.CompileError, match=r"a: 0 sigma .* at the SM 0.1"):
            build.check(*arguments, own)
        assert "rules" not in asked[0]
        return
    report = build.check(*arguments, own)
    assert report.startswith("# Accuracy of snapshot 2021-07.1\n")
    assert "| a | 0.0e+00 | 0.0e+00 | 0.0e+00 | 0 | +1.0e-01 |" in report
    assert "| b | 0.0e+00 | 0.0e+00 | 0.0e+00 | 0 | +0.0e+00 |" in report
    assert asked[0]["rules"] == [[[0.1, 0.98, 12]], []]
    assert len(asked) == build.CHECK_POINTS


def test_rules_are_found_by_value():
    """flavio's bins are whole numbers at times; observables have floats."""
    binned = Observable.of("x", q2min=1, q2max=6)
    forms = SimpleNamespace(observables=(binned, Observable("a")), directions=())
    rules = {'"a"': [], '["x", 1, 6]': [[1, 6, 12]]}
    job = build.check_job(SimpleNamespace(forms=forms), {}, rules)
    assert job["rules"] == [[[1, 6, 12]], []]
    assert json.loads(json.dumps(job))["observables"] == [["x", 1, 6], "a"]


@pytest.mark.exact
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_flavio_in_the_sm(probe, quadratures):
    """Twice the order changes nothing, and QUADPACK agrees."""
    pytest.importorskip("smelli")
    import flavio
    import wilson

    before = dict(wilson.Wilson._default_options)
    stack = probe("stack")
    observables = [(f"<{p}>(B0->K*mumu)", 0.1, 0.98) for p in ("P4p", "P5p", "FL")]
    observables += [("<dBR/dq2>(Bs->phimumu)", 15.0, 19.0), ("<Rmue>(B0->K*ll)", 0.045, 1.1)]
    rules = {"find": quadratures.RuleFinder(), "once": quadratures.FixedRules()}
    rules |= {"twice": quadratures.FixedRules(refined=2)}
    values = {}
    bvll = sys.modules["flavio.physics.bdecays.bvll.observables"]
    plain = flavio.math.integrate.nintegrate
    parameters = flavio.default_parameters.get_central_all()
    found = {}
    try:
        for kind in ("find", "once", "twice", "quadpack"):
            rule = rules.get(kind) or (
                lambda f, a, b, **_: quadratures.quad(f, a, b, epsrel=1e-8, limit=400)
            )
            flavio.math.integrate.nintegrate = rule
            for o in observables:
                if kind in rules:
                    rule.start(o if kind == "find" else found[o])
                values[kind, o] = stack.predict(o, parameters, stack.LowScaleCoefficients())
                if kind == "find":
                    rule.finish()
                    found[o] = rule.rules(o)
    finally:
        flavio.math.integrate.nintegrate = plain
        wilson.Wilson._default_options.clear()
        wilson.Wilson._default_options.update(before)
    assert bvll.flavio.math.integrate.nintegrate is plain
    for o in observables:
        assert found[o], o
        once = values["once", o]
        assert once == pytest.approx(values["twice", o], rel=3e-5, abs=0), o
        assert once == pytest.approx(values["quadpack", o], rel=3e-5, abs=0), o
