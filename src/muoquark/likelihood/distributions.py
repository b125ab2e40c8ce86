"""Distributions as mappings: ``{distribution: normal, central_value: 1, ...}``.

The names and arguments are those of flavio's measurement files (1810.08132); ``poisson`` is of
counted events whose prediction is the expected signal itself, of either sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.convolution import convolve_pdfs
from muoquark.likelihood.pdfs import (
    Asymmetric,
    Gamma,
    GeneralGamma,
    HalfNormal,
    MomentsOnly,
    MultivariateNormal,
    Normal,
    Numerical,
    Pdf,
    Poisson,
)
from muoquark.likelihood.pdfs.moments_only import grid_moments
from muoquark.likelihood.triangles import SAME, symmetric
from muoquark.likelihood.values import uniform, upper_limit

__all__ = ["pdf_from_distributions"]

# ln(pdf/maximum) at zero below which a gamma distribution is written as a table of so many nodes.
DEPTH, NODES = 25.0, 4001
COUNTS = ("counts_total", "counts_background", "counts_signal")


@dataclass(frozen=True)
class _Form:
    """How a distribution is read.

    Attributes
    ----------
    make
        Makes the pdf from the arguments by name; a ValueError says what is wrong.
    required, optional
        Names of the arguments that it must, and may have.
    """

    make: Callable[[Mapping[str, Any]], Pdf]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


def pdf_from_distributions(entries: Mapping[str, Any] | Sequence[Any]) -> Pdf:
    """Return the pdf of a mapping ``distribution: ...``, or the convolution of a list of them.

    Raises
    ------
    ValueError
        For a distribution that is not supported, or arguments that do not fit it.
    """
    if isinstance(entries, Mapping):
        return _one(entries)
    if not all(isinstance(one, Mapping) for one in entries):
        raise ValueError("a list of distributions holds mappings {distribution: ..., ...}")
    return convolve_pdfs([_one(one) for one in entries])


def _one(entries: Mapping[str, Any]) -> Pdf:
    kind = entries.get("distribution")
    if not isinstance(kind, str) or kind not in FORMS:
        raise ValueError(f"distribution '{kind}' is not supported, allowed: {', '.join(FORMS)}")
    form = FORMS[kind]
    given = {k: v for k, v in entries.items() if k != "distribution"}
    for name in form.required:
        if name not in given:
            raise ValueError(f"distribution '{kind}' needs '{name}'")
    for name in given:
        if name not in (*form.required, *form.optional):
            allowed = ", ".join((*form.required, *form.optional))
            raise ValueError(f"distribution '{kind}' takes no '{name}', allowed: {allowed}")
    for name, value in given.items():
        _check_finite(f"distribution '{kind}'", name, value)
    try:
        return form.make(given)
    except ValueError as error:
        raise ValueError(f"distribution '{kind}': {error}") from None


def _check_finite(where: str, name: str, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _check_finite(where, name, item)
    elif not isinstance(value, int | float):
        raise ValueError(f"{where}: '{name}' holds '{value}', which is no number")
    elif not np.isfinite(value):
        raise ValueError(f"{where}: a number of '{name}' is not finite")


def _number(given: Mapping[str, Any], name: str) -> float:
    if isinstance(given[name], list):
        raise ValueError(f"'{name}' must be one number")
    return float(given[name])


def _vector(given: Mapping[str, Any], name: str) -> np.ndarray:
    value = given[name]
    if not isinstance(value, list) or any(isinstance(item, list) for item in value):
        raise ValueError(f"'{name}' must be a list of numbers")
    return np.asarray(value, dtype=float)


def _width(given: Mapping[str, Any], name: str) -> float:
    value = _number(given, name)
    if value == 0:
        raise ValueError("a deviation is zero")
    if value < 0:
        raise ValueError(f"'{name}' is negative")
    return value


def _normal(given: Mapping[str, Any]) -> Pdf:
    return Normal(_number(given, "central_value"), _width(given, "standard_deviation"))


def _asymmetric(given: Mapping[str, Any]) -> Pdf:
    right, left = _width(given, "right_deviation"), _width(given, "left_deviation")
    return Asymmetric(_number(given, "central_value"), left, right)


def _half_normal(given: Mapping[str, Any]) -> Pdf:
    width = _number(given, "standard_deviation")
    if width == 0:
        raise ValueError("a deviation is zero")
    return HalfNormal(_number(given, "central_value"), width)


def _uniform(given: Mapping[str, Any]) -> Pdf:
    centre, half = _number(given, "central_value"), _width(given, "half_range")
    return uniform(centre - half, centre + half)


def _gaussian_limit(given: Mapping[str, Any]) -> Pdf:
    return upper_limit(_number(given, "limit"), _number(given, "confidence_level"))


def _numerical(given: Mapping[str, Any]) -> Pdf:
    x, y = _vector(given, "x"), _vector(given, "y")
    if x.shape != y.shape or np.any(np.diff(x) <= 0) or np.any(y < 0):
        raise ValueError("x must increase, and y be as long and not negative")
    if x.size < 2 or not np.trapezoid(y, x) > 0:
        raise ValueError("the integral of y over x is zero")
    centre = _number(given, "central_value") if "central_value" in given else x[np.argmax(y)]
    if not x[0] <= centre <= x[-1]:
        raise ValueError("the central value lies outside of the table")
    return Numerical(x, y / np.trapezoid(y, x), float(centre))


def _joint_normal(given: Mapping[str, Any]) -> Pdf:
    mean = _vector(given, "central_value")
    if ("covariance" in given) == ("standard_deviation" in given):
        raise ValueError("it takes either 'covariance' or 'standard_deviation'")
    if "covariance" in given:
        if "correlation" in given:
            raise ValueError("a covariance needs no 'correlation'")
        covariance = _matrix(given["covariance"], mean.size, "covariance")
        if np.any(np.diag(covariance) <= 0):
            raise ValueError("the covariance has a variance that is not positive")
    else:
        width = _vector(given, "standard_deviation")
        if width.size != mean.size or np.any(width <= 0):
            raise ValueError(f"it needs {mean.size} positive standard deviations")
        matrix = np.eye(mean.size)
        if isinstance(given.get("correlation"), list):
            matrix = _matrix(given["correlation"], mean.size, "correlation")
            if np.abs(np.diag(matrix) - 1).max() > SAME or np.abs(matrix).max() > 1 + SAME:
                raise ValueError("a correlation has ones on the diagonal and none larger")
            np.fill_diagonal(matrix, 1.0)
        elif "correlation" in given:
            matrix = matrix + (1 - matrix) * _number(given, "correlation")
        covariance = np.outer(width, width) * matrix
    # In units of the errors: branching ratios have covariances of 1e-20.
    unit = np.sqrt(np.diag(covariance))
    # Of the correlations, which have no unit.
    if np.linalg.eigvalsh(covariance / np.outer(unit, unit))[0] <= 1e-12:
        raise ValueError("the covariance is not positive definite")
    if mean.size == 1:
        return Normal.from_arrays({"mean": mean, "covariance": covariance})
    return MultivariateNormal(mean, covariance)


def _matrix(rows: Any, size: int, name: str) -> np.ndarray:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ValueError(f"the {name} must be a list of rows")
    if len(rows) != size:
        raise ValueError(f"the {name} has {len(rows)} rows for {size} values")
    try:
        return symmetric(rows)
    except ValueError as error:
        raise ValueError(f"the {name}: {error}") from None


def _joint_table(given: Mapping[str, Any]) -> Pdf:
    if not isinstance(given["xi"], list) or not all(isinstance(x, list) for x in given["xi"]):
        raise ValueError("'xi' must be a list of lists")
    try:
        y = np.asarray(given["y"], dtype=float)
        axes = [np.asarray(x, dtype=float) for x in given["xi"]]
    except ValueError:
        raise ValueError("the rows of 'y' have different lengths") from None
    if y.ndim != len(axes):
        raise ValueError(f"'y' has {y.ndim} dimensions, 'xi' {len(axes)}")
    # Two numbers are the ends of an axis.
    axes = [np.linspace(x[0], x[-1], n) if x.size == 2 else x
            for x, n in zip(axes, y.shape, strict=True)]  # fmt: skip
    if y.shape != tuple(x.size for x in axes) or min(y.shape) < 2:
        raise ValueError(f"'y' has the shape {y.shape}, 'xi' {tuple(x.size for x in axes)}")
    if any(np.any(np.diff(x) <= 0) for x in axes) or np.any(y < 0) or not y.max() > 0:
        raise ValueError("'xi' must increase, 'y' not be negative, nor zero everywhere")
    mean, covariance = grid_moments(axes, y)
    mode = [x[k] for x, k in zip(axes, np.unravel_index(int(y.argmax()), y.shape), strict=True)]
    centre = _vector(given, "central_value") if "central_value" in given else np.array(mode)
    if centre.shape != mean.shape:
        raise ValueError(f"the central value has {centre.size} numbers for {mean.size} axes")
    return MomentsOnly(mean, covariance, centre)


def _gamma_positive(given: Mapping[str, Any]) -> Pdf:
    a, loc, scale = (_number(given, name) for name in ("a", "loc", "scale"))
    return _gamma(a, loc, scale)


def _gamma(a: float, loc: float, scale: float) -> Pdf:
    from scipy.special import gammaincc, gammainccinv

    if a < 1 or loc > 0 or not scale > 0:
        raise ValueError("a gamma distribution needs a >= 1, loc <= 0 and a positive scale")
    if gammaincc(a, -loc / scale) < 1e-200:
        raise ValueError("the observed counts lie too far below the background to say anything")
    centre = max(loc + (a - 1) * scale, 0.0)
    start = -loc / scale
    # ln pdf = (a - 1) ln u - u with u = (x - loc)/scale: at the mode, u = a - 1, minus at x = 0, u
    # = start.
    depth = (a - 1) * np.log((a - 1) / start) + start - (a - 1) if 0 < start < a - 1 else 0.0
    if depth > DEPTH or (start == 0 and a > 1):
        # It vanishes at zero: a table ends where it is negligible, and is continued from there.
        # x in units of scale here; the density is relative to that at the mode.
        x = np.linspace(0.0, gammainccinv(a, np.exp(-DEPTH)) - start, NODES)
        u = np.maximum(x + start, 1e-300)
        density = np.exp((a - 1) * np.log(u / (a - 1)) - u + (a - 1))
        norm = scale * np.trapezoid(density, x)
        return Numerical(scale * x, density / norm, centre)
    return Gamma(a, loc, scale)


def _counts(given: Mapping[str, Any]) -> tuple[float, float]:
    """Return observed and background events; two of total, background and signal are given."""
    known = {name: _number(given, name) for name in COUNTS if name in given}
    if len(known) < 2:
        raise ValueError(f"it needs two of {', '.join(COUNTS)}")
    signal = known.get("counts_signal")
    total, background = known.get("counts_total"), known.get("counts_background")
    if total is None:
        assert background is not None and signal is not None
        total = background + signal
    if background is None:
        assert signal is not None
        background = total - signal
    if signal is not None and abs(total - background - signal) > 1e-9 * max(total, 1.0):
        raise ValueError("the total is not the sum of signal and background")
    if total < 0 or background < 0:
        raise ValueError("a number of counts is negative")
    return total, background


def _spread(given: Mapping[str, Any], *names: str) -> float:
    value = next((_number(given, name) for name in names if name in given), 0.0)
    if value < 0:
        raise ValueError(f"'{names[0]}' is negative")
    return value


def _counting(given: Mapping[str, Any]) -> Pdf:
    """Return the pdf of scale_factor times the expected number of signal events."""
    total, background = _counts(given)
    factor = _number(given, "scale_factor") if "scale_factor" in given else 1.0
    if not factor > 0:
        raise ValueError("'scale_factor' must be positive")
    width = _spread(given, "background_std")
    if width == 0:
        # With n observed events and a flat prior the expected total is gamma distributed with shape
        # n + 1; the signal is what lies above the background.
        return _gamma(total + 1, -background * factor, factor)
    return GeneralGamma(total + 1, -background * factor, factor, width)


def _counting_limit(given: Mapping[str, Any]) -> Pdf:
    """Return the same, scaled to have `confidence_level` below `limit`."""
    limit, level = _number(given, "limit"), _number(given, "confidence_level")
    if not (limit > 0 and 0 < level < 1):
        raise ValueError("a limit is positive and its confidence level between 0 and 1")
    total, background = _counts(given)
    # flavio calls the standard deviation "variance" in an older spelling.
    width = _spread(given, "background_std", "background_variance")
    if width == 0:
        from scipy.special import gammaincc, gammainccinv

        a = total + 1
        _gamma(a, -background, 1.0)
        # The signal below which `level` of the probability lies, normalised above zero signal;
        # scaled so that it becomes the limit.
        quantile = gammainccinv(a, (1 - level) * gammaincc(a, background)) - background
        return _gamma(a, -background * limit / quantile, limit / quantile)
    events = GeneralGamma(total + 1, -background, 1.0, width).density
    factor = limit / float(np.interp(level, events.cumulative(events.x), events.x))
    return GeneralGamma(total + 1, -background * factor, factor, width)


def _general_gamma(given: Mapping[str, Any]) -> Pdf:
    a, loc, scale = (_number(given, name) for name in ("a", "loc", "scale"))
    width = _spread(given, "gaussian_standard_deviation")
    if a < 1 or loc > 0 or not scale > 0:
        raise ValueError("a gamma distribution needs a >= 1, loc <= 0 and a positive scale")
    if width == 0:
        return _gamma(a, loc, scale)
    return GeneralGamma(a, loc, scale, width)


def _poisson(given: Mapping[str, Any]) -> Pdf:
    """Return the likelihood of the expected signal, which may be negative."""
    total, background = _counts(given)
    return Poisson(total, background, _spread(given, "background_std"))


_LIMIT = ("limit", "confidence_level")
_SHAPE = ("a", "loc", "scale")
FORMS: Mapping[str, _Form] = {
    "normal": _Form(_normal, ("central_value", "standard_deviation")),
    "asymmetric_normal": _Form(
        _asymmetric, ("central_value", "right_deviation", "left_deviation")
    ),
    "half_normal": _Form(_half_normal, ("central_value", "standard_deviation")),
    "uniform": _Form(_uniform, ("central_value", "half_range")),
    "gaussian_upper_limit": _Form(_gaussian_limit, _LIMIT),
    "gamma_positive": _Form(_gamma_positive, _SHAPE),
    "gamma_counting_process": _Form(_counting, (), (*COUNTS, "scale_factor")),
    "gamma_upper_limit": _Form(_counting_limit, _LIMIT, COUNTS),
    "general_gamma_positive": _Form(_general_gamma, (*_SHAPE, "gaussian_standard_deviation")),
    "general_gamma_counting_process": _Form(
        _counting, (), (*COUNTS, "scale_factor", "background_std")
    ),
    "general_gamma_upper_limit": _Form(
        _counting_limit, _LIMIT, (*COUNTS, "background_std", "background_variance")
    ),
    "poisson": _Form(_poisson, (), (*COUNTS, "background_std")),
    "numerical": _Form(_numerical, ("x", "y"), ("central_value",)),
    "multivariate_normal": _Form(
        _joint_normal, ("central_value",), ("covariance", "standard_deviation", "correlation")
    ),
    "multivariate_numerical": _Form(_joint_table, ("xi", "y"), ("central_value",)),
}  # fmt: skip
