"""The shipped snapshots against flavio and smelli themselves."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from muoquark.likelihood import snapshot as module
from muoquark.likelihood.dataset import combine
from muoquark.likelihood.snapshots import load_snapshot, revisions

DATA = Path(module.__file__).parent / "data"

pytestmark = [pytest.mark.exact, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def stack():
    pytest.importorskip("smelli")
    folder = str(DATA.parent / "compiler" / "probe")
    sys.path.insert(0, folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import stack
    finally:
        sys.path.remove(folder)
    return stack


@pytest.fixture(scope="module")
def likelihood(stack):
    import wilson

    before = dict(wilson.Wilson._default_options)
    yield stack.open_likelihood()
    # smelli writes its own options into those of every Wilson
    wilson.Wilson._default_options.clear()
    wilson.Wilson._default_options.update(before)


@pytest.fixture(scope="module")
def snapshot(stack):
    for one in revisions():
        found = load_snapshot(one.title)
        # With converged integrals a snapshot differs from flavio's own, as its tests say.
        own = found.metadata.get("quadrature", "flavio") == "flavio"
        # What smelli says is compared with what it says, not with newer measurements.
        if own and found.archive is None and found.metadata["versions"] == stack.versions():
            return found
    pytest.skip("no snapshot was made from the installed flavio and smelli")


def test_sm_predictions(stack, likelihood, snapshot):
    forms = snapshot.forms
    rng = np.random.default_rng(5)
    for k in rng.choice(len(forms.observables), 40, replace=False):
        truth = stack.predict(
            forms.observables[k].flavio, likelihood.par_dict_sm, stack.LowScaleCoefficients()
        )
        assert abs(snapshot.sm[k] - truth) < 0.01 * snapshot.error[k], forms.observables[k]


def test_predictions_far_from_the_sm(stack, likelihood, snapshot):
    forms = snapshot.forms
    rng = np.random.default_rng(6)
    low = 0.3 * np.array(snapshot.metadata["sizes"]) * rng.normal(size=len(forms.directions))
    ckm = forms.ckm_centre * (1 + 0.05 * rng.uniform(-1, 1, size=4))
    values = {}
    for (eft, basis, sector, scale, name, part), x in zip(forms.directions, low, strict=True):
        entry = values.setdefault((eft, basis, sector, scale), {})
        entry[name] = entry.get(name, 0) + x * (1j if part == "Im" else 1)
    parameters = {**likelihood.par_dict_sm, **dict(zip(stack.CKM_NAMES, ckm, strict=True))}
    coefficients = stack.LowScaleCoefficients(values)
    mine = forms.predict(low, ckm)
    for k in rng.choice(len(forms.observables), 40, replace=False):
        truth = np.real(stack.predict(forms.observables[k].flavio, parameters, coefficients))
        allowed = 0.02 + 1e-3 * abs(truth - snapshot.sm[k]) / snapshot.error[k]
        assert abs(mine[k] - truth) / snapshot.error[k] < allowed, forms.observables[k]


def test_blocks_against_smelli(stack, likelihood, snapshot):
    """Pseudo-predictions around the measured values, for every block that is not fast."""
    rng = np.random.default_rng(7)
    measured, error = snapshot.measured, snapshot.error
    points = [measured + 1.2 * error * rng.normal(size=len(measured)) for _ in range(6)]
    points = [np.where(measured >= 0, np.abs(p), p) for p in points]
    mine = snapshot.data.terms()
    names = [o.flavio for o in snapshot.observables]
    found = mine.log_likelihood(np.array(points))
    for name, part in likelihood.likelihoods.items():
        block = stack.block_name(name)
        truth = []
        for p in points:
            predictions = dict(zip(names, p, strict=True))
            truth.append(
                float(part.measurement_likelihood.log_likelihood_pred(predictions, delta=True))
            )
        truth = np.array(truth)
        column = found[:, mine.blocks.index(block)]
        inside = np.isfinite(truth)
        assert inside.any(), block
        difference = (column - truth)[inside]
        assert np.ptp(difference) < 5e-3, block


@pytest.mark.slow
def test_fast_blocks_against_draws(stack, likelihood, snapshot):
    """smelli's resampled covariance scatters around ours."""
    for name, part in likelihood.fast_likelihoods.items():
        block = stack.block_name(name)
        measured = combine(snapshot.data.of_block(block), snapshot.data.blocks[block])
        mean, covariance = measured.mean, measured.covariance
        np.random.seed(1)
        drawn_mean, drawn = part.exp_covariance.compute(N=20000)
        unit = np.sqrt(np.diag(covariance))
        assert np.allclose(np.diag(drawn), unit**2, rtol=0.06, atol=0)
        assert np.max(np.abs(drawn_mean - mean) / unit) < 0.05
        theory = np.atleast_2d(part.sm_covariance.get(force=False))
        assert np.array_equal(theory, snapshot.data.theory[block])


def test_ckm_scheme_of_the_sm(likelihood, snapshot):
    forms = snapshot.forms
    low = np.zeros(len(forms.directions))
    ckm = np.array(snapshot.metadata["ckm"]["start"])
    for _ in range(10):
        ckm = forms.ckm_update(low, ckm)
    assert np.allclose(ckm, forms.ckm_centre, rtol=1e-6, atol=0)


def test_ckm_scheme_with_new_physics(stack, likelihood, snapshot):
    forms = snapshot.forms
    values = {
        ("WET", "flavio", "dbdb", 4.2): {"CVLL_bdbd": 2e-13 + 1e-13j},
        ("WET", "flavio", "ubtaunu", 4.8): {"CVL_butaunutau": 0.05 - 0.1j, "CSR_butaunumu": 0.02},
        ("WET", "flavio", "cbenu", 4.6): {"CVL_bcenue": 0.02},
        ("WET-3", "flavio", "nunumue", 1.0): {"CVLL_numunueemu": 2e-7},
        ("WET-3", "flavio", "usmunu", 0.7752600000000001): {"CVL_sumunumu": 3e-3},
    }
    coefficients = stack.LowScaleCoefficients(values)
    coefficients.set_option = lambda *args: None  # nothing runs, so that no option matters
    vus, vcb, vub, gamma = likelihood._ckm_scheme.ckm_np(coefficients)
    low = forms.low_vector(
        {(*key, name): value for key, entry in values.items() for name, value in entry.items()}
    )
    ckm = np.array(snapshot.metadata["ckm"]["start"])
    for _ in range(10):
        ckm = forms.ckm_update(low, ckm)
    assert np.allclose(ckm, [vus, vub, vcb, gamma], rtol=1e-6, atol=0)
    assert abs(ckm[3] / forms.ckm_centre[3] - 1) > 0.01


FILES = DATA.parent / "compiler" / "measurements" / "2026-11"


@pytest.fixture(scope="module")
def read_by_flavio(stack):
    """All files of measurements as flavio reads them; what it knew before is put back."""
    import flavio

    before = dict(flavio.Measurement.instances)
    found = {}
    for path in sorted(FILES.glob("*.yaml")):
        if path.stem not in ("sets", "dates", "LFV_limits_2026") and "muon_EDM" not in path.stem:
            for name in flavio.measurements.read_file(str(path)):
                found[name] = flavio.Measurement[name]
    yield found
    flavio.Measurement.instances.clear()
    flavio.Measurement.instances.update(before)


def test_newer_measurements_are_read_as_flavio_reads_them(read_by_flavio):
    """Point by point: ln pdf of every measurement of the files, relative to its first point."""
    whole = load_snapshot("2026-11").whole
    rng = np.random.default_rng(8)
    own = {}
    for c in whole.data.constraints:
        key = c.measurement, tuple(whole.observables[o].flavio for o in c.observables)
        own[key] = c.pdf
    sets = {e.set for e in whole.archive.entries.values()} - {""}
    seen = set()
    for name, measurement in read_by_flavio.items():
        for pdf, parameters in measurement._constraints:
            key = (
                name,
                tuple(
                    (p[0], *map(float, p[1:])) if isinstance(p, tuple) else p for p in parameters
                ),
            )
            mine = own[key]
            mean, covariance = mine.moments()
            draws = rng.normal(size=(20, len(mean))) @ np.linalg.cholesky(1.5 * covariance).T
            x = mean + draws
            if mine.one_sided:
                x = np.abs(x)
            x = x[:, 0] if len(mean) == 1 else x
            theirs = np.array([float(np.squeeze(pdf.logpdf(one))) for one in x])
            ours = np.asarray(mine.log_pdf(x))
            inside = np.isfinite(theirs)
            assert inside.sum() > 5, key
            difference = (ours - ours[inside][0]) - (theirs - theirs[inside][0])
            # What flavio convolves on a grid it moves by half a step (docs/upstream.md).
            grid = np.asarray(getattr(pdf, "x", []), dtype=float)
            half = (grid[1] - grid[0]) / 2 if len(grid) > 1 else 0.0
            moved = np.array([float(np.squeeze(pdf.logpdf(one + half))) for one in x]) - theirs
            slack = np.abs(moved - moved[inside][0])[inside].max() if half else 0.0
            assert np.abs(difference[inside]).max() < 2e-3 + slack, key
            seen.add(whole.archive.entries[name].set)
    assert seen == sets - {"LFV_limits_2026", "muon_EDM_2009", "muon_EDM_PSI"}
