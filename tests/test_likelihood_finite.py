"""ln L is finite everywhere: rates that come out negative, masses whose sign turns, wrong units."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muoquark.common.errors import DomainError
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.continuation import FLOOR, positive
from muoquark.likelihood.fastforms import FastForms
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import Gamma
from muoquark.likelihood.positivity import is_rate, violates_flavour
from muoquark.likelihood.predictions import predictions
from muoquark.likelihood.select import select
from muoquark.matching.parametric import Parametric
from muoquark.model.card import Free
from muoquark.running.evolution import CHAINS, LARGEST, Evolution, LowSector, Output
from muoquark.running.shifts import phase_of_mass
from muoquark.smeft.wcxf import WilsonCoefficients

MU = 3000.0
TURNED = "its dipole follows"
NEGATIVE = "a rate is negative"
INPUTS = Evolution.load("full").inputs
DIPOLE = LowSector("WET-3", "flavio", "dF=0", 1.0)


@cache
def likelihood(snapshot="2026-06", chain="full"):
    return Likelihood(snapshot, chain)


def point(**values):
    return WilsonCoefficients(scale=MU, values=values)


def change_of(name, result):
    k = likelihood().observables.index(Observable(name))
    return result.predictions[k] - likelihood().snapshot.sm[k]


def bits(result):
    return {
        bit
        for bit, text in (("turned", TURNED), ("negative", NEGATIVE))
        if any(text in sentence for sentence in result.status)
    }


# --- the mass of a lepton


@pytest.mark.parametrize(
    ("value", "moment", "turned"),
    [
        (-3.0e-9, -5.1702e-13, False),
        (-3.7e-9, -6.3766e-13, True),
        (-3.9e-9, 6.7212e-13, True),
        (-4e-9, 6.8936e-13, True),
        (-5e-9, 8.6170e-13, True),
    ],
)
def test_electron_beyond_minus_100_percent(value, moment, turned):
    """Delta a_e of flavio 2.7.1 with wilson 2.5.2, integrated running and one-loop matching.

    wilson rotates the mass to be positive at M_Z: the sign of the dipole turns with it.
    """
    result = likelihood()(point(lequ1_1133=value))
    assert change_of("a_e", result) == pytest.approx(moment, rel=1e-4, abs=0)
    assert ("turned" in bits(result)) == turned


def test_muon_beyond_minus_100_percent():
    """As for the electron; the number is wilson's and flavio's."""
    result = likelihood()(point(lequ1_2233=-1e-6))
    assert change_of("a_mu", result) == pytest.approx(3.5634e-8, rel=1e-4, abs=0)
    assert "turned" in bits(result)


@pytest.mark.parametrize("tiny", [1e-30, -1e-22, 1e-18, -1e-15])
def test_rounding_does_not_decide_the_sign(tiny):
    turned = likelihood()(point(lequ1_1133=-4e-9))
    beside = likelihood()(point(lequ1_1133=-4e-9 + 1j * tiny))
    assert beside.total == pytest.approx(turned.total, rel=1e-5, abs=0)


def test_phase_is_exact_on_both_sides():
    """cos - 1 and sin of arg(1 + delta m/m), for shifts from tiny to those around -1."""
    linear = Evolution.load("full").at(
        MU, outputs=[Output(DIPOLE, "C7_ee:Re"), Output(DIPOLE, "C7_ee:Im")]
    )
    shift = linear.shifts.masses[0]
    re, im = (linear.inputs.index(f"lequ1_1133:{part}") for part in ("Re", "Im"))
    for wanted in (1e-12j, -0.5 + 1e-9j, -1 + 1e-6j, -1.5 + 1e-14j, -1.5 - 1e-3j, -3.0, 2 - 1e-8j):
        c = np.zeros(len(linear.inputs))
        matrix = np.array([[shift[re].real, shift[im].real], [shift[re].imag, shift[im].imag]])
        c[[re, im]] = np.linalg.solve(matrix, [np.real(wanted), np.imag(wanted)])
        cosine, sine = phase_of_mass(shift, c)
        z = 1 + complex(c @ shift)
        half = np.sin(np.angle(z) / 2)
        assert cosine == pytest.approx(-2 * half**2, rel=1e-9, abs=0)
        assert sine == pytest.approx(np.sin(np.angle(z)), rel=1e-9, abs=1e-15)


def test_no_mass_at_all():
    """1 + delta m/m = 0 to the last bit: no phase, but a status."""
    forward = likelihood().forward(MU)
    linear = forward.channels[0].map
    k = linear.inputs.index("lequ1_1133:Re")
    c = np.zeros(len(linear.inputs))
    c[k] = -1 / linear.shifts.masses[0, k].real
    found = forward.evaluate(c)
    assert np.all(np.isfinite(found.parts))
    assert found.status & 128


# --- what must be positive


@given(st.floats(-1e6, 1e6), st.floats(1e-30, 1e3))
def test_positive_is_positive_and_smooth(x, floor):
    value = positive(np.array(x * floor), floor)
    assert value > 0
    assert value == x * floor if x >= 1 else value <= floor
    # 1/x goes on along its tangent
    if x < 1:
        assert 1 / value == pytest.approx((2 - x) / floor, rel=1e-12, abs=0)


def test_logarithm_of_a_negative_form_factor():
    """Scalar currents of s -> u mu nu turn the form factor of K -> pi mu nu: one nan spoiled all.

    The observable falls on, without a jump, where its argument has passed through zero.
    """
    forms = likelihood().snapshot.forms
    (one,) = map(int, forms.logarithms)
    alone = select(forms, [one])
    found = []
    for k, direction in enumerate(alone.directions):
        if direction[2] != "usmunu" or direction[5] != "Re":
            continue
        low = np.zeros((401, len(alone.directions)))
        low[:, k] = np.linspace(-1, 1, 401) * 2e3
        values, continued = alone.evaluate(low)
        assert np.all(np.isfinite(values[:, 0]))
        if np.ptp(values) > 0 and continued.any():
            found.append(direction)
            assert not continued[200]
            assert values[continued, 0].max() < np.log(FLOOR) + 1
    assert found


def test_forms_continue_along_tangents():
    """At random low-scale coefficients up to 10^4 times the usual, in both arrangements."""
    forms = likelihood().snapshot.forms
    sizes = np.asarray(likelihood().snapshot.metadata["sizes"])
    rng = np.random.default_rng(5)
    low = rng.normal(size=(30, len(sizes))) * sizes * 10 ** rng.uniform(-3, 4, size=(30, 1))
    low *= rng.uniform(size=low.shape) < 0.1
    ckm = np.broadcast_to(forms.ckm_centre, (30, 4))
    plain, continued = forms.evaluate(low, ckm)
    fast, also = FastForms.of(forms).evaluate(low, ckm)
    assert np.all(np.isfinite(plain))
    assert np.array_equal(continued, also)
    assert 0 < continued.sum() < 30
    scale = np.abs(plain) + np.asarray(likelihood().snapshot.error)
    assert np.all(np.abs(plain - fast) < 1e-6 * scale)


@pytest.mark.parametrize("snapshot", ["2026-06", "2021-07"])
def test_no_divisor_of_an_ordinary_point_is_continued(snapshot):
    forms = likelihood(snapshot, "full").snapshot.forms
    _, continued = forms.evaluate(np.zeros(len(forms.directions)))
    assert not continued
    assert FLOOR < 0.01


def test_several_counts_without_background():
    """The gamma distribution of two counts vanishes at zero, where its logarithm is -infinity."""
    x = np.array([2e-9, 1e-10, 1e-20, 0.0, -1e-12, -1e-9])
    found = Gamma(3.0, 0.0, 1e-9).log_pdf(x)
    assert np.all(np.isfinite(found))
    assert np.all(np.diff(found) < 0)
    assert found[1] - found[0] == pytest.approx(2 * np.log(0.05) + 1.9, rel=1e-9, abs=0)


# --- what is shown


@pytest.mark.parametrize("snapshot", ["2026-06", "2021-07"])
def test_forbidden_rates_vanish_in_the_sm(snapshot):
    """Lepton flavour is conserved there: exactly zero, and no minus in front of it."""
    one = likelihood(snapshot, "full")
    records = predictions(one, one(point()))
    names = {r.observable for r in records if violates_flavour(Observable(r.observable))}
    assert len(names) == 41
    for record in records:
        text = f"{record.sm:g} {record.value:g}"
        if record.observable in names:
            assert text == "0 0", record
        elif is_rate(Observable(record.observable)):
            assert record.value > 0 and record.sm > 0, record
        assert "-0 " not in text + " "
    signed = [r for r in records if r.observable in ("x12Im_D", "D_n", "R_n", "RT(K->pimunu)")]
    assert len(signed) == 4
    assert all(abs(r.value) == 0 for r in signed)


def test_what_is_cut_off_a_rate():
    """The bound of docs/likelihood.md: 1e-5 of an error at points without a status."""
    one, rng = likelihood(), np.random.default_rng(8)
    forward = one.forward(MU)
    c = np.zeros((120, len(INPUTS)))
    for row in c:
        k = rng.choice(len(INPUTS), rng.integers(1, 40), replace=False)
        row[k] = rng.choice([-1, 1], len(k)) * 10 ** rng.uniform(-12, -8, len(k))
    _, shown, ckm, status = forward.evaluate(c)
    low = forward.channels[0].map.apply(c, forward.scheme.gamma(ckm))
    raw = one.snapshot.forms.predict(low, ckm)
    assert np.array_equal(raw, forward.predicted(c))
    ordinary = status == 0
    assert ordinary.sum() > 20
    pulls = np.where(one.rates, raw / one.snapshot.error, 0.0)
    assert pulls[ordinary].min() > -1e-5
    assert pulls[status & 64 == 0].min() > -1e-3
    assert np.array_equal(shown[:, one.rates], np.maximum(raw[:, one.rates], 0.0))


@pytest.mark.parametrize(
    ("name", "rate", "forbidden"),
    [
        ("BR(B+->K*emu)", True, True),
        ("BR(tau->muemu)", True, True),
        ("BR(mu->egamma)", True, True),
        ("CR(mu->e, Au)", True, True),
        ("BR(KL->emu,mue)", True, True),
        ("BR(tau->mununu)", True, False),
        ("BR(B+->taunu)", True, False),
        ("BR(B+->Ktautau)", True, False),
        ("<dBR/dq2>(B0->K*mumu) [q2min=1, q2max=6]", True, False),
        ("<Rmue>(B+->Kll) [q2min=1, q2max=6]", True, False),
        ("GammaZ", True, False),
        ("ACP(B->Xgamma)", False, False),
        ("mu_gg(h->mumu)", False, False),
        ("R_n", False, False),
        ("RT(K->pimunu)", False, False),
        ("a_mu", False, False),
    ],
)
def test_names_of_rates(name, rate, forbidden):
    observable = Observable.parse(name)
    assert (is_rate(observable), violates_flavour(observable)) == (rate, forbidden)


# --- units


@pytest.mark.parametrize("value", [1.0, -0.3, 0.01j, 1e80, 1.1 * LARGEST])
@pytest.mark.parametrize("chain", CHAINS)
def test_slip_of_units(value, chain):
    evolution = Evolution.load(chain)
    with pytest.raises(DomainError, match=r"lq1_2223 = .* GeV\^-2 is beyond .* 1/TeV\^2 is 1e-6"):
        evolution.vector({"lq1_2223": value})
    assert evolution.vector({"lq1_2223": LARGEST}).any()


def test_slip_of_units_on_the_command_line(muoquark, tmp_path):
    path = tmp_path / "point.json"
    path.write_text(point(lq1_2223=0.05).to_json())
    for arguments in (("loglike",), ("loglike", "--exact"), ("predict",)):
        outcome = muoquark(*arguments, path)
        assert outcome.code == 2
        assert outcome.err.count("\n") <= 3
        assert "lq1_2223 = 0.05 GeV^-2" in outcome.err
        assert "Traceback" not in outcome.err


# --- the whole domain

# Mass shifts, currents that can interfere to nothing, mixing, the Fermi constant, CKM inputs.
DELICATE = (
    "lequ1_1133:Re lequ1_1133:Im lequ1_2233:Re lequ1_2233:Im lequ1_3333:Re ephi_11:Re ephi_22:Im "
    "ephi_33:Re ll_1221:Re phil3_11:Re phil3_22:Re ledq_2212:Re ledq_2221:Re lequ1_2212:Re "
    "lequ1_3313:Re ledq_3333:Re lq1_2223:Re lq3_2223:Im qd1_2323:Re qd1_1313:Im qq1_1212:Re "
    "phiq3_33:Re phiud_33:Im phi:Re phiBox:Re phiD:Re phiWB:Re dphi_33:Re uphi_33:Re"
).split()
NUMBERS = st.tuples(
    st.sampled_from([-1.0, 1.0]), st.floats(-12, -2), st.sampled_from(["any", "delicate"])
)


@st.composite
def sparse(draw):
    """Return a vector of few coefficients, from 1e-12 to 1e-2 GeV^-2 and of any sign and phase."""
    c = np.zeros(len(INPUTS))
    for sign, power, which in draw(st.lists(NUMBERS, min_size=1, max_size=6)):
        if which == "any":
            k = draw(st.integers(0, len(INPUTS) - 1))
        else:
            k = INPUTS.index(draw(st.sampled_from(DELICATE)))
        c[k] = sign * 10**power
    return c


def is_finite_or_named(one, c):
    parts, predictions, ckm, status = one.forward(MU).evaluate(c)
    for numbers in (parts, predictions, ckm):
        assert np.all(np.isfinite(numbers))
    assert np.all(predictions[one.rates] >= 0)
    if parts[: len(one.blocks)].sum() < -1e4:
        assert status & 8


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(sparse())
def test_finite_everywhere(c):
    is_finite_or_named(likelihood(), c)


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("snapshot", ["2026-06", "2021-07"])
def test_finite_everywhere_in_all_data_and_chains(snapshot, chain):
    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
    @given(sparse())
    def run(c):
        is_finite_or_named(likelihood(snapshot, chain), c)

    run()


def delicate_source(names):
    """Coefficients as their own parameters, in 1e-2 GeV^-2, to be differentiated by JAX."""
    free = tuple(Free(f"c{k}", -1.0, 1.0, 0.0) for k in range(len(names)))
    return Parametric(free, MU, tuple(names), lambda theta, xp=np: 1e-2 * xp.asarray(theta))


def compiled_is_plain(one, names, count):
    compiled = CardLikelihood(one, delicate_source(names))
    rng = np.random.default_rng(0)
    size = 10 ** rng.uniform(-10, 0, (count, len(names)))
    theta = size * rng.choice([-1, 0, 1], (count, len(names)))
    theta[0] = 0
    # The electron without mass, and beyond.
    forward = one.forward(MU, tuple(names))
    shift = forward.channels[0].map._mass_shifts[0][0, 0].real
    for row, part in ((1, -1.0), (2, -1.5)):
        theta[row] = 0
        theta[row, 0] = part / shift / 1e-2
    parts, status = compiled.parts(theta), compiled.status(theta)
    predictions = compiled.predictions(theta)
    values, gradients = compiled.values_and_gradients(theta)
    for found in (parts, predictions, values, gradients):
        assert np.all(np.isfinite(found))
    assert np.all(predictions[:, one.rates] >= 0)
    plain, _, _, expected = forward.evaluate(1e-2 * theta)
    alike = (status & 2 == 0) & (expected & 2 == 0)
    assert alike.sum() > 2
    # Bits at whose very edge a point may lie are compared by their number.
    assert np.mean(status[alike] == expected[alike]) > 0.9
    assert status[1] & 128 and status[2] & 128 and status[0] == 0
    # What the status calls excluded (8) or outside of the running's table (4) is not accurate.
    accurate = (status | expected) & (2 + 4 + 8) == 0
    # Where 1 + delta m/m is zero to rounding, rounding decides on its sign and so on the phase.
    accurate[1] = False
    assert accurate[2] and accurate.sum() > 2
    assert np.allclose(parts[accurate], plain[accurate], rtol=1e-2, atol=0.02)


@pytest.mark.slow
def test_finite_with_gradients():
    names = ("lequ1_1133:Re", "lequ1_1133:Im", "ledq_2221:Re", "ll_1221:Re")
    compiled_is_plain(likelihood(), names, 40)


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("snapshot", ["2026-06", "2021-07"])
def test_finite_with_gradients_in_all_data_and_chains(snapshot, chain):
    names = DELICATE
    compiled_is_plain(likelihood(snapshot, chain), names, 500)
