"""Every pdf against routes of its own: integrals of exp(ln pdf), scipy's, and brute force."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import gamma as gamma_distribution
from scipy.stats import halfnorm, kstest, multivariate_normal, norm, poisson, truncnorm

from closeness import close
from muoquark.common.arrays import double_precision
from muoquark.likelihood.pdfs import (
    Asymmetric,
    Gamma,
    GeneralGamma,
    HalfNormal,
    MomentsOnly,
    MultivariateNormal,
    Normal,
    Numerical,
    Poisson,
    Tabulated,
    stored,
)
from muoquark.likelihood.pdfs.gamma import EDGE
from muoquark.likelihood.pdfs.moments_only import grid_moments
from muoquark.likelihood.pdfs.poisson import LEAST
from muoquark.likelihood.snapshots import load_snapshot

# Nodes 0.9 sigma apart: a Gaussian of 3.4e-9 +- 0.3e-9 that ends at three sigma.
X = np.array([2.5, 2.8, 3.1, 3.4, 3.7, 4.0, 4.3]) * 1e-9
Y = np.array([0.0111, 0.1353, 0.6065, 1.0, 0.6065, 0.1353, 0.0111])
GRID = np.linspace(-6, 9, 4000)
BUMP = np.exp(-(np.abs(GRID) ** 1.7)) + 0.3 * np.exp(-0.5 * (GRID - 3) ** 2)

CLOSED = {
    "normal": Normal(1.2, 0.3),
    "small normal": Normal(-2e-12, 3e-13),
    "asymmetric": Asymmetric(1.0, 0.3, 0.5),
    "small asymmetric": Asymmetric(3e-10, 1.1e-10, 0.2e-10),
    "half normal": HalfNormal(0.5, 0.4),
    "half normal below": HalfNormal(0.5, -0.4),
    "limit": HalfNormal(0.0, 2e-13),
    "gamma": Gamma(3.0, -1.2, 0.7),
    "gamma of no event": Gamma(1.0, -5e-5, 2e-5),
    "gamma far above": Gamma(3.0, -12.0, 1.0),
    "gamma without background": Gamma(4.0, 0.0, 1e-9),
    "one event": Gamma(2.0, -1e-9, 1.0),
}
TABLES = {
    "general gamma": GeneralGamma(4.0, -1.5 * 0.5, 0.5, 0.8),
    "general gamma of no event": GeneralGamma(1.0, -3e-6, 1e-6, 1.5),
    "numerical": Numerical(GRID, BUMP),
    "coarse numerical": Numerical(X, Y),
    "falling numerical": Numerical([0.0, 1.0, 4.0], [1.0, 0.5, 0.1]),
    "table": Tabulated.of(GRID, BUMP),
    "poisson": Poisson(5.0, 3.0, 1.5),
    "poisson of a known background": Poisson(5.0, 3.0),
    "poisson of no event": Poisson(0.0, 2.0, 0.7),
    "poisson of no event, known": Poisson(0.0, 2.0),
    "poisson without background": Poisson(3.0, 0.0),
    "many": Poisson(740.0, 700.0, 20.0),
    "a fraction": Poisson(0.4, 1.0, 0.3),
}
ALL = {**CLOSED, **TABLES}
# Tables are of 1024 nodes, densities linear between their points.
ACCURACY = {
    **dict.fromkeys(CLOSED, 1e-8),
    **dict.fromkeys(TABLES, 1e-4),
    "general gamma": 1e-3,
    "general gamma of no event": 1e-3,
    "falling numerical": 1e-3,
    "coarse numerical": 1e-3,
}
every = pytest.mark.parametrize("name", ALL)


def panels(pdf):
    """Edges of panels over the support, closer to its ends, and with a kink at the centre."""
    low, high = pdf.support()
    t = (1 - np.cos(np.linspace(0, np.pi, 1501))) / 2
    edges = np.append(low + (high - low) * t, pdf.centre)
    if isinstance(pdf, Numerical):
        edges = np.append(edges, pdf.x)
    return np.unique(edges)


@cache
def integrated(name):
    """Mean, variance, edges and probability below them, by Gauss-Legendre of exp(ln pdf)."""
    pdf = ALL[name]
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = panels(pdf)
    h = np.diff(edges)[:, None]
    x = edges[:-1, None] + h * (nodes + 1) / 2
    values = pdf.log_pdf(x)
    w = np.exp(values - pdf.maximum) * weights * h / 2
    total = w.sum()
    mean = (w * (x - edges[0])).sum() / total + edges[0]
    variance = (w * (x - mean) ** 2).sum() / total
    below = np.append(0.0, np.cumsum(w.sum(axis=1))) / total
    return mean, variance, edges, below


# --- what each says of itself


@every
def test_moments(name):
    pdf, accuracy = ALL[name], ACCURACY[name]
    mean, variance, _, _ = integrated(name)
    (found,), ((square,),) = pdf.moments()
    assert found - mean == pytest.approx(0, abs=accuracy * variance**0.5)
    assert square == close(variance, rel=2 * accuracy)
    assert pdf.moments()[0].shape == (1,) and pdf.moments()[1].shape == (1, 1)


@every
def test_cumulative(name):
    pdf = ALL[name]
    _, _, edges, below = integrated(name)
    assert pdf.cumulative(edges) == pytest.approx(below, abs=ACCURACY[name])
    low, high = pdf.support()
    beyond = np.array([low - 10 * (high - low), high + 10 * (high - low)])
    assert pdf.cumulative(beyond) == pytest.approx([0, 1], abs=1e-12)


@every
def test_draws(name):
    pdf = ALL[name]
    draws = pdf.draw(np.random.default_rng(11), 20_000)
    assert draws.shape == (20_000,)
    assert kstest(draws, pdf.cumulative).pvalue > 1e-3
    low, high = pdf.support()
    assert np.mean((draws < low) | (draws > high)) == 0


@every
def test_maximum(name):
    """Of the values within the support, and where the centre is the place of it."""
    pdf = ALL[name]
    low, high = pdf.support()
    x = np.linspace(low, high, 100_001)
    values = pdf.log_pdf(x)
    # Of a table it is the largest node, and the cubics between nodes go a little above.
    accuracy = 5e-4 if isinstance(pdf.compiled, Tabulated) else 1e-7
    assert values.max() == pytest.approx(pdf.maximum, abs=max(accuracy, 1e-6))
    assert values.max() < pdf.maximum + accuracy
    assert pdf.log_pdf(pdf.centre[0]) == pytest.approx(pdf.maximum, abs=accuracy)
    assert not pdf.outside(pdf.centre[0])
    assert pdf.size == 1 and pdf.centre.shape == (1,)


@every
def test_which_are_one_sided(name):
    """Those that are largest at a hard edge of their support."""
    expected = {
        "half normal", "half normal below", "limit", "gamma of no event", "gamma far above",
        "general gamma of no event", "falling numerical", "poisson of no event",
        "poisson of no event, known",
    }  # fmt: skip
    assert ALL[name].one_sided == (name in expected)


@every
def test_width(name):
    """Of the order of the standard deviation, which the continuation goes by."""
    pdf = ALL[name]
    assert 0.3 < pdf.width / integrated(name)[1] ** 0.5 < 4


@every
def test_one_number_has_no_others(name):
    assert ALL[name].marginal([0]) is ALL[name]
    with pytest.raises(ValueError, match="no others"):
        ALL[name].marginal([1])


def edges_of(pdf):
    """Where ln pdf goes over into its continuation, and a distance that is small there."""
    pdf = pdf.compiled
    if isinstance(pdf, HalfNormal):
        return [(pdf.edge, abs(pdf.error))]
    if isinstance(pdf, Gamma):
        start = max(-pdf.loc / pdf.scale, EDGE) if pdf.a > 1 else -pdf.loc / pdf.scale
        return [(pdf.loc + start * pdf.scale, min(start, 1.0) * pdf.scale)]
    if isinstance(pdf, Tabulated):
        return [(end, pdf.step) for end in pdf.support()]
    if isinstance(pdf, Poisson):
        if pdf.deviation:
            return [(pdf.deviation**2 - pdf.background, min(pdf.deviation, 1.0))]
        least = LEAST * pdf.counted if pdf.counted else 0.0
        return [(least - pdf.background, least or 1.0)]
    if isinstance(pdf, Asymmetric):
        return [(pdf.mode, min(pdf.left, pdf.right))]
    return []


@every
def test_value_and_slope_go_on_at_the_edge(name):
    import jax
    import jax.numpy as jnp

    pdf = ALL[name]
    with double_precision():
        slope = jax.vmap(jax.grad(lambda x: pdf.log_pdf(x, jnp)))
        for edge, small in edges_of(pdf):
            t = 1e-5 * small * np.array([-2, -1, 1, 2])
            values = pdf.log_pdf(edge + t)
            found = np.asarray(slope(jnp.asarray(edge + t)))
            # A step of the value or the slope would stand out from the change on either side.
            scale = 1e-3 * (np.abs(found * small).max() + 1)
            assert np.ptp(values) < 0.1 * scale + 1e-9 * np.abs(values).max()
            assert np.ptp(found) * small < scale


@every
def test_far_outside_it_is_finite(name):
    pdf = ALL[name]
    low, high = pdf.compiled.support()
    size = high - low
    x = np.array([low - 100 * size, low - size, low, high, high + size, high + 100 * size])
    values = pdf.log_pdf(x)
    assert np.all(np.isfinite(values))
    assert values[0] < values[1] < pdf.maximum - 0.1
    assert values[-1] < values[-2] < pdf.maximum - 0.1
    outside = pdf.outside(x)
    soft = isinstance(pdf, Normal | Asymmetric)
    below = isinstance(pdf, HalfNormal) and pdf.error < 0
    assert bool(outside[0]) == (not soft and not below)
    assert not outside[2] and not outside[3]
    tabulated = isinstance(pdf.compiled, Tabulated)
    assert bool(outside[-1]) == (tabulated or below)


@every
def test_shapes(name):
    """ln pdf and what is outside have the shape of x, also of no axis and of many."""
    pdf = ALL[name]
    x = pdf.centre[0] + pdf.width * np.linspace(-1, 1, 6)
    whole = pdf.log_pdf(x.reshape(2, 3))
    assert whole.shape == pdf.outside(x.reshape(2, 3)).shape == (2, 3)
    assert np.shape(pdf.log_pdf(float(x[4]))) == np.shape(pdf.outside(float(x[4]))) == ()
    assert pdf.log_pdf(float(x[4])) == whole[1, 1]


@every
def test_numpy_and_jax_agree(name):
    """Values, what is outside, and slopes that are finite everywhere and those of differences."""
    import jax
    import jax.numpy as jnp

    pdf = ALL[name]
    low, high = pdf.support()
    size = high - low
    low, high = low - 3 * size, high + 3 * size
    x = np.sort(np.append(np.random.default_rng(7).uniform(low, high, 400), pdf.centre))
    x = np.concatenate([x, [0.0, *pdf.support()], [edge for edge, _ in edges_of(pdf)]])
    values = pdf.log_pdf(x)
    with double_precision():
        found = np.asarray(jax.jit(lambda y: pdf.log_pdf(y, jnp))(jnp.asarray(x)))
        outside = np.asarray(pdf.outside(jnp.asarray(x), jnp))
        slope = np.asarray(jax.vmap(jax.grad(lambda y: pdf.log_pdf(y, jnp)))(jnp.asarray(x)))
    assert found == pytest.approx(values, rel=1e-11, abs=1e-11)
    assert np.array_equal(outside, pdf.outside(x))
    assert np.all(np.isfinite(slope))
    step = 1e-6 * pdf.width
    difference = (pdf.log_pdf(x + step) - pdf.log_pdf(x - step)) / 2e-6
    ordinary = np.arange(len(x)) < 401
    wrong = np.abs(slope * pdf.width - difference) > 1e-4 * (1 + np.abs(difference))
    # A kink, or a step of the curvature, within the step of a difference.
    assert np.sum(wrong & ordinary) <= 1


@every
def test_stored_and_back(name):
    pdf = ALL[name]
    arrays = {k: np.asarray(v) for k, v in pdf.arrays().items()}
    assert all(v.dtype == float for v in arrays.values())
    again = stored(pdf.kind, arrays)
    assert type(again) is type(pdf)
    x = np.linspace(*pdf.support(), 50)
    # An error is the root of the variance that is stored.
    assert again.log_pdf(x) == pytest.approx(pdf.log_pdf(x), rel=1e-14, abs=1e-14)
    for ours, theirs in zip(again.moments(), pdf.moments(), strict=True):
        assert np.array_equal(ours, theirs)
    assert np.array_equal(again.centre, pdf.centre)
    assert again.maximum == pdf.maximum


def test_an_unknown_kind():
    with pytest.raises(ValueError, match="unknown kind of pdf 'grid', allowed: normal, asymmetric"):
        stored("grid", {})


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("normal", norm(1.2, 0.3)),
        ("half normal", halfnorm(0.5, 0.4)),
        ("limit", truncnorm(0, np.inf, 0, 2e-13)),
        ("gamma without background", gamma_distribution(4.0, 0.0, 1e-9)),
    ],
)
def test_scipys(name, theirs):
    pdf = ALL[name]
    (mean,), ((variance,),) = pdf.moments()
    assert (mean, variance) == close((theirs.mean(), theirs.var()), rel=1e-12)
    x = theirs.ppf([0.01, 0.3, 0.5, 0.9, 0.999])
    assert pdf.cumulative(x) == close([0.01, 0.3, 0.5, 0.9, 0.999], rel=1e-9)
    assert np.diff(pdf.log_pdf(x)) == close(np.diff(theirs.logpdf(x)), rel=1e-9)
    assert kstest(pdf.draw(np.random.default_rng(1), 5000), theirs.cdf).pvalue > 1e-3


# --- values by hand


@pytest.mark.parametrize(
    ("pdf", "inside", "truth"),
    [
        (Normal(1.0, 0.5), [0.0, 1.5], [-2.0, -0.5]),
        (Asymmetric(1.0, 0.5, 2.0), [0.0, 3.0], [-2.0, -0.5]),
        (HalfNormal(0.0, 2.0), [2.0, 4.0], [-0.5, -2.0]),
        (HalfNormal(1.0, -2.0), [-1.0, -3.0], [-0.5, -2.0]),
        (Gamma(1.0, 0.0, 2.0), [2.0, 6.0], [-1.0, -3.0]),
        (Gamma(3.0, -1.0, 2.0), [1.0, 3.0], [-1.0, 2 * np.log(2) - 2.0]),
        (Poisson(2.0, 1.0), [1.0, 3.0], [2 * np.log(2) - 2.0, 2 * np.log(4) - 4.0]),
    ],
)
def test_values(pdf, inside, truth):
    assert pdf.log_pdf(np.array(inside)) == close(truth, rel=1e-12)


@pytest.mark.parametrize("a", [1.0, 3.0])
def test_a_gamma_distribution_goes_on_as_a_parabola(a):
    """Below its support: value and slope of its edge, and the curvature of one scale."""
    scale, start = 2.0, 0.7
    t = np.array([0.0, 0.5, 3.0, 20.0])
    found = Gamma(a, -start * scale, scale).log_pdf(-scale * t)
    slope = (a - 1) / start - 1  # d ln(u^(a-1) e^-u)/du at u = start
    assert found - found[0] == pytest.approx(-slope * t - t**2 / 2, abs=1e-12)


def test_a_normal_keeps_the_digits_of_its_variance():
    variance = 2.0e-22 / 3
    pdf = stored("normal", {"mean": np.array([1e-9]), "covariance": np.array([[variance]])})
    assert isinstance(pdf, Normal) and pdf.moments()[1] == variance
    assert pdf.arrays()["covariance"].shape == (1, 1)


# --- tables


def by_quad(density, points):
    """Mean and variance, integrated piece by piece."""

    def integral(power, centre=0.0):
        return sum(
            quad(lambda x: (x - centre) ** power * density(x), a, b, epsabs=0, epsrel=1e-11)[0]
            for a, b in pairwise(points)
        )

    norm = integral(0)
    mean = integral(1) / norm
    return mean, integral(2, mean) / norm


def moments(pdf):
    """Mean and variance as numbers."""
    return tuple(map(np.ndarray.item, pdf.moments()))


def test_coarse_table():
    """The pdf is linear between the nodes; the sum over the nodes alone gives 0.294e-9."""
    mean, variance = moments(Numerical(X, Y))
    assert (mean, variance) == close(by_quad(lambda x: np.interp(x, X, Y), X), rel=1e-9)
    assert np.sqrt(variance) == close(0.3172e-9, rel=3e-4)
    # A triangle of half width w has the variance w^2/6, whatever its height; a box w^2/3.
    assert moments(Numerical([1, 3, 5], [0, 7, 0])) == close((3, 4 / 6), rel=1e-12)
    assert moments(Numerical([1, 5], [2, 2])) == close((3, 4 / 3), rel=1e-12)


def test_more_nodes_change_nothing():
    nodes = np.union1d(X, np.linspace(X[0], X[-1], 777))
    assert moments(Numerical(nodes, np.interp(nodes, X, Y))) == close(
        moments(Numerical(X, Y)), rel=1e-11
    )


def test_scaled():
    pdf = Numerical(X, Y, 3.2e-9)
    found = pdf.scaled(1e9)
    assert found.x == close(1e9 * X) and found.mode == close(3.2)
    assert moments(found) == close((1e9 * moments(pdf)[0], 1e18 * moments(pdf)[1]), rel=1e-12)
    assert np.trapezoid(found.density, found.x) == close(np.trapezoid(Y, X), rel=1e-12)


def test_a_mode_is_where_its_author_says():
    assert Numerical(X, Y).centre[0] == X[3]
    found = Numerical(X, Y, 3.1e-9)
    assert found.centre[0] == stored("numerical", found.arrays()).centre[0] == 3.1e-9


def test_table_reproduces_its_pdf():
    points = np.linspace(-3, 7, 777)
    found = Tabulated.of(GRID, BUMP).log_pdf(points)
    truth = np.log(np.interp(points, GRID, BUMP / BUMP.max()))
    assert np.max(np.abs(found - truth)) < 2e-4


def test_table_has_a_continuous_slope_and_stays_finite():
    x = np.linspace(0, 1, 60)  # coarse: the pdf of the package is a polygon
    table = Tabulated.of(x, 1.2 - x)
    points = np.linspace(-4, 5, 90001)
    values = table.log_pdf(points)
    assert np.all(np.isfinite(values))
    slope = np.diff(values) / np.diff(points)
    assert np.max(np.abs(np.diff(slope))) < 0.02
    outside = table.outside(points)
    assert outside[0] and outside[-1] and not outside[45000]


def test_a_gaussian_table_goes_on_as_a_gaussian():
    """Beyond its ends a table has the slope of the end and the curvature of its width."""
    width = 0.3
    x = np.linspace(-6 * width, 6 * width, 20001)
    table = Tabulated.of(x, np.exp(-0.5 * (x / width) ** 2))
    for far in (-9 * width, 8 * width):
        found = table.log_pdf(np.array([far, 0.0]))
        assert table.outside(far)
        assert found[0] - found[1] == close(-0.5 * (far / width) ** 2, rel=1e-3)


def test_a_table_that_ends_at_its_maximum():
    """The next point, where the pdf has fallen to zero, is no part of the connected region."""
    x = np.append(np.linspace(0, 1, 401), 1 + 1e-9)
    for sign in (1, -1):
        order = slice(None, None, sign)
        pdf = np.append(1 + x[:-1], 0.0)
        points = np.array([0.0, 0.3, 0.99])
        found = Tabulated.of(sign * x[order], pdf[order]).log_pdf(sign * points)
        assert found == pytest.approx(np.log((1 + points) / 2), abs=1e-6)


# --- gamma distributions


@pytest.mark.parametrize(("a", "loc", "scale"), [(1, 0, 1e-5), (7, -4e-5, 1e-5), (1, -0.05, 0.01)])
def test_moments_of_a_gamma_distribution(a, loc, scale):
    own = gamma_distribution(a, loc / scale, 1.0)
    top = own.isf(1e-14)
    mean, variance = by_quad(own.pdf, np.linspace(0, top, 30))
    assert moments(Gamma(a, loc, scale)) == close((mean * scale, variance * scale**2), rel=1e-7)


@pytest.mark.parametrize(
    ("events", "background", "width"),
    [(0, 0.01, 0.01), (7, 5.0, 1.0), (0, 3.0, 1.5), (120, 100.0, 8.0)],
)
def test_general_gamma(events, background, width):
    """Against the integral, with what the Gaussian moves below -background reflected there."""
    pdf = GeneralGamma(events + 1.0, -background, 1.0, width).density

    def one(y):
        low, high = max(0.0, y - 9 * width), max(0.0, y + 9 * width)
        return quad(
            lambda t: gamma_distribution.pdf(t, events + 1) * norm.pdf(y - t, 0, width), low, high,
            epsabs=0, epsrel=1e-9, limit=200,
        )[0]  # fmt: skip

    z = np.linspace(0, 3 * (events + 1) ** 0.5, 6)
    expected = np.array([one(x + background) + one(-x - background) for x in z])
    ratio = np.interp(z, pdf.x, pdf.density) / expected
    assert ratio == pytest.approx(np.full(6, ratio[3]), rel=2e-3, abs=0)
    assert np.trapezoid(pdf.density, pdf.x) == pytest.approx(1, abs=1e-12)


def test_a_general_gamma_of_another_scale_is_the_same():
    one, other = GeneralGamma(6.0, -4.0, 1.0, 1.3), GeneralGamma(6.0, -4e-9, 1e-9, 1.3)
    x = np.linspace(-1, 20, 30)
    assert other.log_pdf(1e-9 * x) == close(one.log_pdf(x), rel=1e-9)
    assert moments(other) == close((1e-9 * moments(one)[0], 1e-18 * moments(one)[1]), rel=1e-9)


def test_a_general_gamma_of_nothing_is_refused():
    with pytest.raises(ValueError, match="too far below the background"):
        GeneralGamma(1.0, -90.0, 1.0, 1.0)


# --- two half Gaussians


@pytest.mark.parametrize("name", ["2021-07", "2026-06"])
def test_moments_are_those_of_the_compiler(name):
    """The compiler asks flavio's own draws, `moments` serves the measurements of a user."""
    kinds = set()
    for c in load_snapshot(name).data.constraints:
        if c.kept is not None and c.pdf.kind in ("asymmetric", "half_normal"):
            assert moments(c.pdf) == close(c.kept, rel=1e-12)
            kinds.add(c.pdf.kind)
    assert len(kinds) == 2


@pytest.mark.parametrize("size", [1.0, 1e-10])
def test_moments_of_two_half_gaussians(size):
    """By integration of the density, of any size; a half Gaussian is the case without a left."""
    x = size * np.linspace(-5, 12, 400001)
    for left, right in ((0.5, 1.1), (0.9, 0.2)):
        density = np.exp(
            -0.5 * ((x - 3 * size) / (size * np.where(x < 3 * size, left, right))) ** 2
        )
        mean = np.trapezoid(x * density, x) / np.trapezoid(density, x)
        square = np.trapezoid((x - mean) ** 2 * density, x) / np.trapezoid(density, x)
        found = moments(Asymmetric(3 * size, left * size, right * size))
        assert found == close((mean, square), rel=1e-6)
    positive = np.exp(-0.5 * (x / size) ** 2) * (x >= 0)
    mean = np.trapezoid(x * positive, x) / np.trapezoid(positive, x)
    square = np.trapezoid((x - mean) ** 2 * positive, x) / np.trapezoid(positive, x)
    assert moments(HalfNormal(0.0, size)) == close((mean, square), rel=1e-4)


@pytest.mark.parametrize(
    ("pdf", "density"),
    [
        (Asymmetric(1.0, 0.2, 0.5),
         lambda x: np.exp(-0.5 * ((x - 1) / (0.2 if x < 1 else 0.5)) ** 2)),
        (HalfNormal(1.0, -0.5), lambda x: np.exp(-0.5 * ((x - 1) / 0.5) ** 2) * (x < 1)),
    ],
)  # fmt: skip
def test_closed_forms(pdf, density):
    points = np.sort(np.append(np.linspace(-4, 7, 12), 1.0))
    assert moments(pdf) == close(by_quad(density, points), rel=1e-8)


# --- several numbers


def pair(kind=MultivariateNormal, **more):
    unit = np.array([1e-9, 1.0, 1e-4])
    correlation = np.array([[1.0, 0.3, -0.2], [0.3, 1.0, 0.5], [-0.2, 0.5, 1.0]])
    return kind(unit * [3.0, -1.0, 0.5], correlation * np.outer(unit, unit), **more), unit


@pytest.mark.parametrize("kind", [MultivariateNormal, MomentsOnly])
def test_several_numbers(kind):
    pdf, unit = pair(kind)
    mean, covariance = pdf.moments()
    theirs = multivariate_normal(mean / unit, covariance / np.outer(unit, unit))
    x = unit * np.random.default_rng(2).normal(size=(5, 3))
    expected = theirs.logpdf(x / unit) - theirs.logpdf(mean / unit)
    assert pdf.log_pdf(x) == close(expected, rel=1e-11)
    assert pdf.outside(x).shape == (5,) and not pdf.outside(x).any()
    assert pdf.size == 3 and pdf.maximum == 0 and not pdf.one_sided
    draws = pdf.draw(np.random.default_rng(3), 5000)
    assert draws.shape == (5000, 3)
    assert kstest(-2 * pdf.log_pdf(draws), "chi2", (3,)).pvalue > 1e-3
    again = stored(pdf.kind, pdf.arrays())
    assert type(again) is kind and np.array_equal(again.log_pdf(x), pdf.log_pdf(x))
    part = pdf.marginal([2, 0])
    assert type(part) is kind
    assert np.array_equal(part.moments()[1], covariance[np.ix_([2, 0], [2, 0])])
    alone = pdf.marginal([1])
    assert isinstance(alone, Normal)
    assert moments(alone) == (mean[1], covariance[1, 1])
    for ask in (pdf.support, lambda: pdf.cumulative(np.zeros(2))):
        with pytest.raises(ValueError, match="a Gaussian of 3 numbers has no interval"):
            ask()


def test_a_gaussian_of_one_number_in_either_class():
    one = MultivariateNormal(np.array([1.0]), np.array([[0.25]]))
    other = Normal(1.0, 0.5)
    x = np.array([0.3, 2.0])
    assert one.log_pdf(x[:, None]) == close(other.log_pdf(x), rel=1e-14)
    assert one.support() == other.support() and one.width == other.width
    assert np.array_equal(one.cumulative(x), other.cumulative(x))


def test_moments_only_keep_what_their_author_says():
    pdf, unit = pair(MomentsOnly, mode=np.array([1e-9, 2.0, 3.0]))
    assert np.array_equal(pdf.centre, [1e-9, 2.0, 3.0])
    assert np.array_equal(pair(MomentsOnly)[0].centre, unit * [3.0, -1.0, 0.5])


# --- joint tables


def test_grid():
    """A correlated Gaussian over six standard deviations, on a grid of a third of one."""
    covariance = np.array([[1.0, 0.3], [0.3, 0.25]])
    precision = np.linalg.inv(covariance)
    x, y = np.linspace(-6, 8, 41), np.linspace(-1, 5, 44)
    d = np.stack(np.meshgrid(x - 1, y - 2, indexing="ij"), axis=-1)
    pdf = np.exp(-0.5 * np.einsum("abi,ij,abj->ab", d, precision, d))
    mean, found = grid_moments([x, y], pdf)
    assert mean == pytest.approx([1, 2], abs=1e-9)
    assert found == pytest.approx(covariance, abs=1e-7)
    with pytest.raises(ValueError, match="too many points"):
        grid_moments([np.arange(100)] * 4, np.broadcast_to(1.0, (100,) * 4))


def test_grid_of_unequal_cells():
    """The pdf is exponential in every cell: products of truncated exponentials, in closed form.

    A Gaussian says nothing of the weights inside of a cell: every point of a cell alone gives its
    moments.  Four nodes are good to 2e-7 in the widest cell.
    """
    axes = [np.array([0, 0.4, 1.3, 1.9, 3.1]) * 1e-9, np.array([-1.0, 0.0, 0.3, 1.7])]
    rates = [1.1e9, -0.8]
    pdf = np.exp(-np.add.outer(*(r * x for r, x in zip(rates, axes, strict=True))))
    mean, covariance = grid_moments(axes, pdf)
    for k, (x, rate) in enumerate(zip(axes, rates, strict=True)):
        length = rate * (x[-1] - x[0])
        lost = length / np.expm1(length)  # exp(-u) of 0 < u < length
        assert mean[k] == close(x[0] + (1 - lost) / rate, rel=1e-6)
        variance = 1 - lost**2 * np.exp(length)
        assert covariance[k, k] == close(variance / rate**2, rel=1e-6)
    assert abs(covariance[0, 1]) < 1e-12 * np.sqrt(covariance[0, 0] * covariance[1, 1])


def test_grid_with_zeros():
    """Next to a zero the pdf vanishes: of a box only the cells with four corners are left."""
    pdf = np.zeros((5, 4))
    pdf[1:4, 1:3] = 3.0
    mean, covariance = grid_moments([np.arange(5.0), np.arange(4.0)], pdf)
    assert mean == pytest.approx([2, 1.5], rel=1e-12, abs=0)
    assert covariance == pytest.approx(np.diag([4 / 12, 1 / 12]), abs=1e-12)


# --- counted events


def profiled(n, b, sigma, s):
    """ln L(s) with the background found by brute force: a grid, then a search around its best."""

    def minus(total):
        event = n * np.log(total) if n else 0.0
        return total - event + (total - s - b) ** 2 / (2 * sigma**2)

    top = max(n, s + b, 0.0) + sigma + 1
    totals = np.geomspace(1e-12, 10 * top, 20_001)
    k = int(np.argmin([minus(t) for t in totals]))
    ends = totals[max(k - 1, 0)], totals[min(k + 1, len(totals) - 1)]
    found = minimize_scalar(minus, bounds=ends, method="bounded", options={"xatol": 1e-13 * top})
    return -min(found.fun, minus(totals[k]))


@pytest.mark.parametrize(
    ("n", "b", "sigma"),
    [(12.0, 9.0, 2.0), (3.0, 0.5, 0.4), (0.0, 2.0, 0.7), (0.0, 2.0, 3.0), (74.0, 63.0, 6.0),
     (0.4, 1.0, 0.3), (5.0, 8.0, 5.0)],
)  # fmt: skip
def test_poisson_profiles_its_background(n, b, sigma):
    pdf = Poisson(n, b, sigma)
    for s in (-b - 4 * sigma, -b - 0.5 * sigma, -b, -0.3 * b, 0.0, 0.7 * n, n + 3, 4 * n + 10):
        expected = profiled(n, b, sigma, s)
        assert pdf.log_pdf(s) == pytest.approx(expected, rel=1e-9, abs=1e-9), s
        assert not pdf.outside(s)
    assert pdf.outside(-b - 8.1 * sigma) and not pdf.outside(-b - 7.9 * sigma)


@pytest.mark.parametrize("sigma", [0.0, 2.0])
@pytest.mark.parametrize("n", [1e-4, 0.4, 1.0, 12.0, 3e4])
def test_the_maximum_of_poisson(n, sigma):
    """n ln n - n, where signal and background are what was counted."""
    pdf = Poisson(n, 9.0, sigma)
    assert pdf.maximum == close(n * np.log(n) - n, rel=1e-12)
    assert pdf.centre[0] == n - 9.0
    assert pdf.log_pdf(n - 9.0) == close(pdf.maximum, rel=1e-9)
    x = n - 9 + np.sqrt(n) * np.linspace(-0.9, 5, 400) + 1e-9
    assert pdf.log_pdf(x).max() <= pdf.maximum + 1e-9 * abs(pdf.maximum)


@pytest.mark.parametrize("n", [0.0, 0.4, 3.0, 74.0])
def test_a_background_that_is_nearly_known(n):
    """ln L of a small uncertainty approaches that of none, as its square."""
    b = 5.0
    s = np.array([-4.0, -1.0, 0.0, 3.0, 70.0, 200.0])
    exact = Poisson(n, b).log_pdf(s)
    poisson_term = n * np.log(s + b) - s - b
    assert exact == close(poisson_term, rel=1e-12)
    slope = n / (s + b) - 1
    for sigma in (1e-2, 1e-4, 1e-6):
        # To first order in the variance the best background moves by sigma^2 times the slope.
        near = Poisson(n, b, sigma).log_pdf(s)
        assert near - exact == pytest.approx(sigma**2 * slope**2 / 2, rel=0.05, abs=1e-11)
    # and it is scipy's
    if n == int(n):
        theirs = poisson.logpmf(int(n), s + b)
        assert np.diff(exact) == pytest.approx(np.diff(theirs), rel=1e-9, abs=1e-9)


def test_nothing_counted():
    """ln L = -s - b where the best total is positive, else what no background can explain."""
    known = Poisson(0.0, 2.0)
    assert known.log_pdf(np.array([-2.0, 0.0, 3.0])) == pytest.approx([0, -2, -5], abs=1e-12)
    assert known.maximum == 0 and known.one_sided
    assert known.outside(-2.1) and not known.outside(-1.9)
    free = Poisson(0.0, 2.0, 0.7)
    s = np.array([0.0, 3.0])
    assert free.log_pdf(s) == close(-s - 2 + 0.7**2 / 2, rel=1e-12)
    s = np.array([-5.0, -2.5, -1.7])
    assert free.log_pdf(s) == close(-((s + 2) ** 2) / (2 * 0.7**2), rel=1e-12)
    # Neither counts nor background: a limit.
    none = Poisson(0.0, 0.0)
    assert none.log_pdf(np.array([0.0, 1.0])) == pytest.approx([0, -1], abs=1e-12)


def test_signals_may_be_negative():
    """Interference takes events away: down to none at all, not to zero signal."""
    pdf = Poisson(3.0, 10.0)
    s = np.array([-9.0, -7.0, -5.0, 0.0])
    assert pdf.log_pdf(s) == close(3 * np.log(s + 10) - s - 10, rel=1e-12)
    assert not pdf.outside(s).any() and not pdf.outside(-10.0) and pdf.outside(-10.1)
    assert np.all(np.diff(pdf.log_pdf(np.linspace(-30, -7, 5000))) > 0)


@pytest.mark.parametrize(
    ("n", "b"), [(12, 9.0), (74, 63.0), (3, 0.0), (4000, 3000.0), (10**8, 9e7)]
)
def test_poisson_is_a_gamma_distribution_of_its_total(n, b):
    """L(s) of a known background is the density of shape n + 1: mean n + 1 - b, variance n + 1."""
    pdf = Poisson(float(n), b)
    mean, variance = moments(pdf)
    assert mean - (n + 1 - b) == pytest.approx(0, abs=1e-4 * np.sqrt(n + 1))
    assert variance == close(n + 1, rel=1e-4)
    theirs = gamma_distribution(n + 1, -b)
    x = theirs.ppf([0.01, 0.3, 0.5, 0.9, 0.999])
    assert pdf.cumulative(x) == pytest.approx([0.01, 0.3, 0.5, 0.9, 0.999], abs=1e-4)
    assert kstest(pdf.draw(np.random.default_rng(1), 5000), theirs.cdf).pvalue > 1e-3


def test_an_uncertain_background_adds_to_the_variance():
    """For many events both are Gaussian."""
    mean, variance = moments(Poisson(40_000.0, 30_000.0, 300.0))
    assert mean == close(10_000, rel=1e-3)
    assert variance == close(40_000 + 300**2, rel=1e-2)


@pytest.mark.parametrize(
    "numbers",
    [(-1.0, 2.0), (1.0, -2.0), (1.0, 2.0, -0.1), (np.nan, 1.0), (1.0, np.inf), (1.0, 2.0, np.nan)],
)
def test_counts_that_are_none(numbers):
    with pytest.raises(ValueError, match=r"must (not be negative|be finite)"):
        Poisson(*numbers)
