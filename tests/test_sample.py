"""Posteriors against quadrature, and the same bits however the work was done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from closeness import close
from muoquark.common.arrays import double_precision
from muoquark.common.errors import InputError, OutputError
from muoquark.common.netcdf import read_arrays
from muoquark.common.provenance import provenance
from muoquark.inference.objective import Parameter
from muoquark.inference.priors import Priors
from muoquark.inference.sample.nested import NestedSettings, evidence, nested_unit
from muoquark.inference.sample.nuts import NutsSettings
from muoquark.inference.sample.posterior import Posterior
from muoquark.inference.sample.sample import sample
from muoquark.inference.store import open_store
from muoquark.inference.target import Recipe
from muoquark.likelihood.likelihood import Likelihood
from muoquark.model.card_file import builtin_card, builtin_cards
from muoquark.model.prior import Prior
from toy_target import PARAMETERS, Toy

SETTINGS = NutsSettings(chains=3, warmup=200, draws=700, seed=3)
INPUTS = provenance("sample", {"seed": 3}, None, {}, ("numpyro",))


@pytest.fixture(scope="module")
def posterior():
    return sample(Toy(), SETTINGS, inputs=INPUTS)


def moments(toy):
    """Return evidence, means and standard deviations by quadrature."""
    a, b, density = toy.grid()

    def integral(f):
        return np.trapezoid(np.trapezoid(f, b, axis=1), a)

    z = integral(density)
    means = [integral(density * a[:, None]) / z, integral(density * b) / z]
    squares = [integral(density * a[:, None] ** 2) / z, integral(density * b**2) / z]
    return z, np.array(means), np.sqrt(np.array(squares) - np.array(means) ** 2)


def same(first: Posterior, second: Posterior) -> bool:
    pairs = [(getattr(first, n), getattr(second, n)) for n in ("theta", "parts", "status")]
    pairs += [(first.statistics[n], second.statistics[n]) for n in first.statistics]
    return all(x.tobytes() == y.tobytes() for x, y in pairs)


@pytest.mark.parametrize("prior", [Prior(), Prior("log"), Prior("normal", 0.3, 0.4)])
def test_priors_are_normalised_and_their_own_inverse(prior):
    from scipy.integrate import cumulative_trapezoid

    priors = Priors((PARAMETERS[1],), (prior,))
    x = np.geomspace(0.01, 5, 20_001)
    share = cumulative_trapezoid(np.exp(priors.log_density(x[:, None])), x, initial=0)
    assert share[-1] == pytest.approx(1, abs=1e-6)
    u = np.linspace(0.001, 0.999, 7)
    assert priors.from_cube(u[:, None])[:, 0] == pytest.approx(np.interp(u, share, x), abs=1e-5)
    assert np.all(np.diff(priors.from_normal(np.linspace(-9, 9, 50)[:, None])[:, 0]) >= 0)


# Where the range is in either tail, at the normal's centre, or far wider than it.
RANGES = [(0.01, 5.0, 0.3, 0.4), (0.01, 5.0, -1.7, 0.4), (0.01, 5.0, 6.9, 0.4), (-50, 50, 1, 0.5)]


@pytest.mark.parametrize(("low", "high", "mean", "sigma"), RANGES)
def test_cut_normal_priors_are_those_of_scipy(low, high, mean, sigma):
    """numpy and JAX, to rounding; and harmless far out, where the normal's CDF is 0 or 1."""
    import jax
    from scipy.stats import norm, truncnorm

    priors = Priors((Parameter("x", low, high, 1.0),), (Prior("normal", mean, sigma),))
    exact = truncnorm((low - mean) / sigma, (high - mean) / sigma, mean, sigma)
    z = np.linspace(-5, 5, 41)
    x = priors.from_normal(z[:, None])[:, 0]
    assert np.allclose(x, exact.ppf(norm.cdf(z)), rtol=0, atol=1e-9 * sigma)
    assert np.allclose(priors.log_density(x[:, None]), exact.logpdf(x), rtol=0, atol=1e-11)
    assert np.allclose(priors.share_below(0, x), exact.cdf(x), rtol=0, atol=1e-11)
    assert np.array_equal(priors.share_below(0, np.array([low - 1, high + 1])), [0, 1])
    with double_precision():

        def one(z):
            return priors.from_normal(z[None], jax.numpy)[0]

        points = np.array([*z, -40.0, -9.0, 9.0, 40.0])
        value, slope = map(np.asarray, jax.jit(jax.vmap(jax.value_and_grad(one)))(points))
    assert np.allclose(value[:-4], x, rtol=0, atol=1e-12)
    assert np.all((low <= value) & (value <= high))
    # dx/dz of the quantiles is the ratio of the densities; beyond |z| = 8.3 nothing moves.
    expected = norm.pdf(z) / exact.pdf(x)
    assert np.allclose(slope[:-4], expected, rtol=1e-7, atol=0)
    assert np.all((slope[-4:] >= 0) & (slope[-4:] < 1))


def test_nuts_against_quadrature(posterior):
    _, means, deviations = moments(Toy())
    table = posterior.summary()
    for k, row in enumerate(table.values()):
        error = row["sd"] / np.sqrt(row["ess_bulk"])
        assert abs(row["mean"] - means[k]) < 4 * error
        assert row["sd"] == close(deviations[k], rel=4 / np.sqrt(row["ess_bulk"]))
        assert row["low_1sigma"] < row["median"] < row["high_1sigma"]
        assert row["r_hat"] < 1.02
    total = posterior.parts[..., 2]
    assert np.allclose(posterior.loglike, total, rtol=1e-12, atol=0)
    assert np.array_equal(posterior.status, posterior.theta[..., 0] > 1.2)


def test_nested_against_quadrature():
    z, means, _ = moments(Toy(kind="log"))
    result = sample(Toy(kind="log"), NestedSettings(runs=3, live=100, seed=5))
    found = result.evidence
    assert found.value == pytest.approx(np.log(z), abs=4 * found.error)
    assert 0.03 < found.error < 0.3
    assert found.scatter < 4 * found.error
    draws = result.theta[0]
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - means) < 5 * error)
    assert "ln_Z" in result.record()["evidence"]


def test_runs_are_joined_in_any_order():
    """Evidence, error and calls are of all runs; one alone keeps what dynesty said of it."""
    settings = NestedSettings(runs=3, live=40, seed=2, dlogz=0.1)
    target = Toy().target()
    outputs = [nested_unit(target, settings, run, 0, {})[1] for run in range(3)]
    # A number for every point in the place of its status: parts and status stay with their points.
    for run, o in enumerate(outputs):
        o["status"] = 10_000 * run + np.arange(len(o["logl"]))
    joined, draws = evidence(outputs, settings)
    turned, _ = evidence(outputs[::-1], settings)
    assert turned.value == close(joined.value, rel=1e-9)
    assert turned.error == close(joined.error, rel=1e-9)
    assert turned.runs == joined.runs[::-1]
    assert joined.error == close(np.mean([o["logzerr"][-1] for o in outputs]) / 3**0.5, rel=0.2)
    assert joined.calls == sum(int(o["ncall"].sum()) for o in outputs)
    for name in ("samples", "parts"):
        run, place = np.divmod(draws["status"], 10_000)
        points = [outputs[r][name][k] for r, k in zip(run, place, strict=True)]
        assert np.array_equal(draws[name], points)
    assert set(run) == {0, 1, 2}
    alone, few = evidence(outputs[1:2], settings)
    assert (alone.value, alone.error) == (outputs[1]["logz"][-1], outputs[1]["logzerr"][-1])
    assert alone.runs == (alone.value,) == (joined.runs[1],)
    assert len(few["samples"]) < len(draws["samples"]) < sum(len(o["logl"]) for o in outputs)


def test_file_and_warnings(posterior, tmp_path):
    path = tmp_path / "draws.nc"
    posterior.write(path)
    inputs, arrays = read_arrays(path)
    assert inputs == json.loads(json.dumps(INPUTS))
    assert np.array_equal(arrays["posterior/a"], posterior.theta[..., 0])
    assert np.array_equal(arrays["derived/parts"], posterior.parts)
    assert arrays["sample_stats/diverging"].dtype == bool
    import arviz_stats
    import h5py
    import xarray

    with h5py.File(path) as file:
        axes = ["chain", "draw"]
        assert list(file["posterior"]) == ["a", "b", *axes]
        assert list(file["derived"]) == ["loglike", "parts", "status", *axes, "part"]
        names = ["lp", "energy", "n_steps", "diverging", "acceptance_rate", "step_size"]
        assert list(file["sample_stats"]) == [*names, *axes]
        kinds = {name: file[f"sample_stats/{name}"].dtype.str for name in names}
        assert kinds == dict.fromkeys(names, "<f8") | {"n_steps": "<i8", "diverging": "|i1"}
        assert file["sample_stats/diverging"].attrs["dtype"] == "bool"
        assert np.isnan(file["posterior/a"].attrs["_FillValue"])
        assert (file["derived/status"].dtype.str, file["posterior/draw"].dtype.str) == (
            "<i8",
            "<i8",
        )
        assert "muoquark_priors" in file.attrs

    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        assert float(arviz_stats.rhat(tree)["a"]) == posterior.summary()["a"]["r_hat"]
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a file of draws"):
        read_arrays(path)
    apart = posterior.theta.copy()
    apart[0] += 3
    bad = Posterior(
        posterior.layout, apart, posterior.parts, np.ones_like(posterior.status),
        {**posterior.statistics, "diverging": np.ones(posterior.theta.shape[:2], bool)},
    )  # fmt: skip
    text = " ".join(bad.troubles())
    for word in ("the chains disagree on a", "divergent", "sample size", "at 1e+02 % of the draws"):
        assert word in text


class Stop(Exception):
    """An interruption."""


def test_stopped_and_resumed_is_the_same(posterior, tmp_path):
    out = tmp_path / "draws.nc"

    def stop(done, total):
        if done == 7:
            raise Stop

    with pytest.raises(Stop):
        sample(Toy(), SETTINGS, store=open_store(out, INPUTS, False, False), progress=stop)
    seen = []
    store = open_store(out, INPUTS, resume=True, force=False)
    again = sample(Toy(), SETTINGS, store=store, progress=lambda done, total: seen.append(done))
    assert seen == list(range(7, 28))
    assert same(again, posterior)
    with pytest.raises(OutputError, match="--resume continues it, --force begins anew"):
        open_store(out, INPUTS, False, False)
    other = provenance("sample", {"seed": 4}, None, {}, ("numpyro",))
    with pytest.raises(OutputError, match="other inputs"):
        open_store(out, other, True, False)
    newer = {**INPUTS, "versions": {**INPUTS["versions"], "jax": "9"}}
    with pytest.raises(OutputError, match=r"jax .* -> 9"):
        open_store(out, newer, True, False)
    store.remove()
    assert not store.folder.exists()


@pytest.mark.slow
def test_two_workers_give_the_same(posterior, tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    assert same(sample(Toy(), SETTINGS, workers=2), posterior)


@pytest.mark.slow
def test_eight_workers_and_dask_give_the_same(posterior, tmp_path, monkeypatch):
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    assert same(sample(Toy(), SETTINGS, workers=8), posterior)
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        assert same(sample(Toy(), SETTINGS, dask=cluster.scheduler_address), posterior)


SCRIPT = """
from toy_target import Toy
from test_sample import INPUTS, SETTINGS
from muoquark.inference.sample.sample import sample
from muoquark.inference.store import open_store
import sys
if __name__ == "__main__":
    sample(Toy(), SETTINGS, workers=2, store=open_store(sys.argv[1], INPUTS, True, False))
"""


@pytest.mark.slow
def test_killed_and_resumed_is_the_same(posterior, tmp_path):
    script, out = tmp_path / "run.py", tmp_path / "draws.nc"
    script.write_text(SCRIPT)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, str(script), str(out)], env={**os.environ, "PYTHONPATH": path}
    )
    while len(list(Path(f"{out}.partial").glob("unit-*"))) < 3 and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.wait()
    done = len(list(Path(f"{out}.partial").glob("unit-*")))
    assert done >= 3
    store = open_store(out, INPUTS, resume=True, force=False)
    assert same(sample(Toy(), SETTINGS, store=store), posterior)


def test_no_number_is_cut_off_in_a_narrow_terminal(posterior, monkeypatch, capsys):
    from muoquark.cli.sample import _print

    monkeypatch.setenv("COLUMNS", "80")
    _print(posterior.record())
    out = capsys.readouterr().out
    assert "…" not in out
    row = posterior.summary()["b"]
    for key in ("mean", "sd", "median", "low_1sigma", "high_1sigma", "low_2sigma", "high_2sigma"):
        assert f"{row[key]:.4g}" in out
    lowest = min(posterior.record()["sampler"]["e_bfmi"])
    assert f"E-BFMI from {lowest:.2f}, 0 divergences" in " ".join(out.split())
    assert "prior of a: normal(0.4, 0.5) on [-5, 5]" in out


def test_energy_fraction_of_missing_information():
    """Of independent energies it is 2; of a random walk it goes to zero (1604.00695)."""
    from muoquark.inference.sample.posterior import bfmi

    steps = np.random.default_rng(1).standard_normal((2, 20_000))
    assert bfmi(steps) == close([2, 2], rel=0.03)
    assert np.all(bfmi(np.cumsum(steps, axis=1)) < 0.01)


INTERRUPTED = """
from toy_target import Toy
import muoquark.inference.sample.sample as module
from muoquark.cli.main import main
if __name__ == "__main__":
    request = module.request
    module.request = lambda *given: (Toy(), request(*given)[1])
    main()
"""


def test_command_refuses(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text("couplings: {eta1L: [0, 0, 0.1]}\n")
    outcome = muoquark("sample", card)
    assert outcome.code == 2
    assert "the card has no free parameter" in outcome.err
    assert "--resume continues the run of an --out" in muoquark("sample", "--resume").err
    (tmp_path / "x.nc").write_text("")
    assert "exists already" in muoquark("sample", "--out", tmp_path / "x.nc").err


def test_every_setting_is_in_the_record():
    """What changes the draws changes the hash, so that a run is not resumed with other settings."""
    from dataclasses import fields

    from muoquark.inference.sample.sample import request

    likelihood = Likelihood("2021-07", "smelli")
    for kind in (NutsSettings, NestedSettings):
        hashes = {request(builtin_card("plane"), kind(), likelihood)[1]["hash"]}
        for field in fields(kind):
            value = getattr(kind(), field.name)
            other = value + 1 if isinstance(value, int) else value / 2
            settings = kind(**{field.name: other})
            changed = request(builtin_card("plane"), settings, likelihood)[1]
            hashes.add(changed["hash"])
        assert len(hashes) == 1 + len(fields(kind))


def test_interrupted_at_the_keyboard(tmp_path):
    """Ctrl-C leaves the finished units, says how to go on, and the exit code is 130."""
    script, out = tmp_path / "run.py", tmp_path / "draws.nc"
    script.write_text(INTERRUPTED)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    arguments = ["sample", "--data", "2021-07", "--draws", "200000", "--out", str(out)]
    # A run of the tests in the background ignores the signal, which a child would inherit.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, str(script), *arguments], env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    partial = Path(f"{out}.partial")
    while len(list(partial.glob("unit-*"))) < 2 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert f"finished work is in {partial}: the same command with --resume" in err
    assert err.rstrip().endswith("muoquark: interrupted")
    assert "Traceback" not in err
    assert len(list(partial.glob("unit-*"))) >= 2
    assert not out.exists()


def marginals(target, points=241):
    """Return evidence, and for each parameter mean, sd, quantiles and densities there.

    By brute force on a grid over the whole range of both parameters; flat priors.
    """
    axes = [np.linspace(*bounds, points) for bounds in target.objective.bounds]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    loglike = target.loglike(mesh.reshape(-1, 2)).reshape(points, points)
    top = loglike.max()
    weight = np.exp(loglike - top)
    inner = np.trapezoid(np.trapezoid(weight, axes[1], axis=1), axes[0])
    area = np.prod([x[-1] - x[0] for x in axes])
    found = []
    for k, x in enumerate(axes):
        density = np.trapezoid(weight, axes[1 - k], axis=1 - k) / inner
        spline = CubicSpline(x, density)
        total = spline.antiderivative()
        mean = np.trapezoid(x * density, x)
        sd = np.sqrt(np.trapezoid((x - mean) ** 2 * density, x))
        quantiles = [float(total.solve(q, extrapolate=False)[0]) for q in LEVELS]
        found.append((mean, sd, np.array(quantiles), spline(quantiles)))
    return top + np.log(inner / area), found


LEVELS = (0.02275, 0.15865, 0.5, 0.84135, 0.97725)
KEYS = ("low_2sigma", "low_1sigma", "median", "high_1sigma", "high_2sigma")


@pytest.mark.slow
@pytest.mark.parametrize("data", ["2021-07", "2026-06"])
def test_nuts_and_nested_sampling_against_a_grid_in_the_plane(data):
    """The real likelihood on 241 x 241 points: moments, quantiles and the evidence."""
    recipe = Recipe.of(Likelihood(data).identity(), builtin_cards()["plane"])
    result = sample(recipe, NutsSettings(chains=4, warmup=400, draws=1000))
    assert result.troubles() == []
    log_z, exact = marginals(recipe.target())
    for (name, row), (mean, sd, quantiles, density) in zip(
        result.summary().items(), exact, strict=True
    ):
        print(data, name, row, mean, sd, quantiles)
        assert abs(row["mean"] - mean) < 4 * sd / np.sqrt(row["ess_bulk"])
        assert row["sd"] == close(sd, rel=4 / np.sqrt(row["ess_bulk"]))
        worth = min(row["ess_bulk"], row["ess_tail"])
        for key, level, value, height in zip(KEYS, LEVELS, quantiles, density, strict=True):
            error = np.sqrt(level * (1 - level) / worth) / height
            assert abs(row[key] - value) < 4 * error, key
    nested = sample(recipe, NestedSettings(runs=3, live=150))
    print(data, "ln Z", nested.evidence, log_z)
    assert nested.evidence.value == pytest.approx(log_z, abs=4 * nested.evidence.error)
    for k, (mean, sd, _, _) in enumerate(exact):
        x = nested.theta[..., k]
        assert abs(x.mean() - mean) < 5 * sd / np.sqrt(x.size)
