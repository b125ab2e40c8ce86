"""Measured values as the field writes them: ``1.31 +0.66 -0.61 e-3``, ``< 4.2e-13 @ 90% CL``.

The grammar is that of flavio's measurement files (1810.08132), so that a file made for flavio
can be read here.  A value becomes a :class:`Pdf`: its kind and the arrays that define it, the same
form in which snapshots hold their measurements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

__all__ = ["Pdf", "convolve", "pdf_from_mapping", "pdf_from_text"]

NUMBER = r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?"
PLAIN = r"\d+\.?\d*"
POWER = r"\s*\*?\s*(?:(?:10\^|1?[eE])\(?(?P<power>[-+]?\d+)\)?)?\s*$"
LIMIT = re.compile(rf"^\s*<\s*(?P<limit>{NUMBER})\s*@\s*(?P<level>{PLAIN})\s*%\s*C\.?\s*L\.?\s*$")
BRACKETS = re.compile(
    rf"^\s*\(?\s*(?P<value>-?{PLAIN})\s*(?P<errors>(?:\(\s*{PLAIN}\s*\)\s*)+)\)?{POWER}"
)
SIGNS = re.compile(
    rf"^\s*\(?\s*(?P<value>-?{PLAIN})\s*(?P<errors>(?:(?:±|\\pm|[-+]+)\s*{PLAIN}\s*)+)\)?{POWER}"
)
SYMMETRIC = re.compile(rf"(?:±|\\pm|\+-)\s*({PLAIN})")
ASYMMETRIC = re.compile(rf"\+\s*({PLAIN})\s*-\s*({PLAIN})")

ALLOWED = (
    "such as '1.3 ± 0.2', '1.31 +0.66 -0.61 e-3', '(1.67 ± 0.3 ± 0.5) e-3', '1.67(3)(5) e-3' "
    "or '< 4.2e-13 @ 90% CL'"
)


@dataclass(frozen=True)
class Pdf:
    """The probability density of one or several measured numbers.

    kind and arrays are one of

    - ``normal``: mean (n,), covariance (n, n)
    - ``asymmetric``: centre, left, right: two half Gaussians, continuous at the mode
    - ``half_normal``: centre, width: zero below the centre (above it for a negative width)
    - ``table``: x, pdf, centre: linear between the points
    - ``gamma``: a, loc, scale, centre: a gamma distribution cut to positive numbers
    """

    kind: str
    arrays: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        arrays = {k: np.asarray(v, dtype=float) for k, v in self.arrays.items()}
        object.__setattr__(self, "arrays", arrays)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return one of the defining arrays."""
        return np.asarray(self.arrays[name])


def _normal(centre: float, width: float) -> Pdf:
    return Pdf("normal", {"mean": np.array([centre]), "covariance": np.array([[width**2]])})


def _upper_limit(limit: float, level: float) -> Pdf:
    """Return a half Gaussian at zero whose content below `limit` is `level`."""
    from scipy.special import erfinv

    if not 0 < level < 1:
        raise ValueError(f"the confidence level {100 * level:g} % is not between 0 and 100 %")
    if not limit > 0:
        raise ValueError("an upper limit must be positive")
    return Pdf("half_normal", {"centre": 0.0, "width": limit / (sqrt(2) * erfinv(level))})


def pdf_from_text(text: str) -> Pdf:
    """Return the pdf of one measured number; several errors are convolved.

    Raises
    ------
    ValueError
        With what was found and what is allowed.
    """
    text = text.replace("−", "-").strip()
    match = LIMIT.match(text)
    if match:
        return _upper_limit(float(match["limit"]), float(match["level"]) / 100)
    match = BRACKETS.match(text) or SIGNS.match(text)
    if not match:
        raise ValueError(f"found '{text}', allowed: values {ALLOWED}")
    factor = 10.0 ** int(match["power"] or 0)
    centre, errors = float(match["value"]) * factor, match["errors"]
    symmetric: list[float] = []
    asymmetric: list[tuple[float, float]] = []
    if errors.lstrip().startswith("("):
        decimals = len(match["value"].partition(".")[2])
        for digits in re.findall(PLAIN, errors):
            # 1.67(3) means 1.67 ± 0.03, but 1.67(0.3) means what it says.
            scale = 1.0 if "." in digits else 10.0**-decimals
            symmetric.append(float(digits) * scale * factor)
    else:
        rest = SYMMETRIC.sub("", errors)
        symmetric = [float(e) * factor for e in SYMMETRIC.findall(errors)]
        asymmetric = [(float(a) * factor, float(b) * factor) for a, b in ASYMMETRIC.findall(rest)]
        if ASYMMETRIC.sub("", rest).strip():
            raise ValueError(f"found '{text}', allowed: values {ALLOWED}")
    if 0.0 in symmetric or any(0.0 in pair for pair in asymmetric):
        raise ValueError(f"an error of '{text}' is zero")
    return convolve(centre, symmetric, asymmetric)


def convolve(centre: float, symmetric: list[float], asymmetric: list[tuple[float, float]]) -> Pdf:
    """Return the pdf of a number with independent errors; asymmetric ones are (right, left).

    Gaussian errors add in quadrature; with asymmetric ones among several the convolution is
    done on a grid of 4001 points over six standard deviations.  As in flavio nothing is shifted:
    the mode of the result lies a little beside `centre`.
    """
    if not asymmetric:
        return _normal(centre, sqrt(sum(e * e for e in symmetric)))
    if len(asymmetric) == 1 and not symmetric:
        right, left = asymmetric[0]
        return Pdf("asymmetric", {"centre": centre, "left": left, "right": right})
    reach_left = sqrt(sum(e * e for e in symmetric) + sum(b * b for _, b in asymmetric))
    reach_right = sqrt(sum(e * e for e in symmetric) + sum(a * a for a, _ in asymmetric))
    reach = 7 * max(reach_left, reach_right)
    x = np.linspace(-reach, reach, 4001)
    total = np.zeros_like(x)
    total[2000] = 1.0
    for right, left in [*asymmetric, *((e, e) for e in symmetric)]:
        density = np.exp(-0.5 * (x / np.where(x > 0, right, left)) ** 2)
        total = np.convolve(total, density / density.sum(), mode="same")
    keep = (x > -6 * reach_left) & (x < 6 * reach_right)
    density = total[keep] / np.trapezoid(total[keep], x[keep])
    return Pdf("table", {"x": centre + x[keep], "pdf": density, "centre": centre})


def pdf_from_mapping(entries: Mapping[str, Any]) -> Pdf:
    """Return the pdf that flavio's ``distribution: ...`` mapping describes.

    Raises
    ------
    ValueError
        For a distribution that is not supported, or arguments that do not fit it.
    """
    kinds = {
        "normal": ("central_value", "standard_deviation"),
        "asymmetric_normal": ("central_value", "right_deviation", "left_deviation"),
        "half_normal": ("central_value", "standard_deviation"),
        "gaussian_upper_limit": ("limit", "confidence_level"),
        "gamma_upper_limit": ("limit", "confidence_level", "counts_total", "counts_background"),
        "multivariate_normal": ("central_value", "covariance"),
        "numerical": ("x", "y"),
    }
    kind = entries.get("distribution")
    if kind not in kinds:
        raise ValueError(f"distribution '{kind}' is not supported, allowed: {', '.join(kinds)}")
    missing = [name for name in kinds[kind] if name not in entries]
    if missing:
        raise ValueError(f"distribution '{kind}' needs '{missing[0]}'")
    values = [np.asarray(entries[name], dtype=float) for name in kinds[kind]]
    if not all(np.all(np.isfinite(v)) for v in values):
        raise ValueError(f"distribution '{kind}': a number is not finite")
    if kind == "multivariate_normal":
        mean, covariance = values
        if covariance.shape != (mean.size, mean.size):
            raise ValueError(f"the covariance has the shape {covariance.shape}")
        if np.any(np.diag(covariance) <= 0):
            raise ValueError("the covariance has a variance that is not positive")
        # In units of the errors: branching ratios have covariances of 1e-20.
        unit = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(unit, unit)
        if np.abs(correlation - correlation.T).max() > 1e-6:
            raise ValueError("the covariance is not symmetric")
        if np.linalg.eigvalsh(correlation)[0] <= 1e-12:
            raise ValueError("the covariance is not positive definite")
        return Pdf("normal", {"mean": mean, "covariance": covariance})
    if kind == "numerical":
        x, y = values
        if x.ndim != 1 or x.shape != y.shape or np.any(np.diff(x) <= 0) or np.any(y < 0):
            raise ValueError("x must increase, and y be as long and not negative")
        if x.size < 2 or not np.trapezoid(y, x) > 0:
            raise ValueError("the integral of y over x is zero")
        centre = float(entries.get("central_value", x[np.argmax(y)]))
        return Pdf("table", {"x": x, "pdf": y / np.trapezoid(y, x), "centre": centre})
    numbers = [float(v) for v in values]
    if kind in ("normal", "asymmetric_normal", "half_normal") and 0.0 in numbers[1:]:
        raise ValueError(f"distribution '{kind}': a deviation is zero")
    if kind == "normal":
        return _normal(numbers[0], abs(numbers[1]))
    if kind == "asymmetric_normal":
        return Pdf(
            "asymmetric",
            {"centre": numbers[0], "right": abs(numbers[1]), "left": abs(numbers[2])},
        )
    if kind == "half_normal":
        return Pdf("half_normal", {"centre": numbers[0], "width": numbers[1]})
    if kind == "gaussian_upper_limit":
        return _upper_limit(*numbers)
    return _gamma_upper_limit(*numbers)


def _gamma_upper_limit(limit: float, level: float, total: float, background: float) -> Pdf:
    """Return the posterior of a counting experiment, scaled to have `level` below `limit`."""
    from scipy.special import gammainc, gammaincinv

    a = total + 1
    below_zero = gammainc(a, background)
    quantile = gammaincinv(a, below_zero + level * (1 - below_zero)) - background
    scale = limit / quantile
    centre = max(total - background, 0.0) * scale
    return Pdf("gamma", {"a": a, "loc": -background * scale, "scale": scale, "centre": centre})
