"""Measured values as the field writes them: ``1.31 +0.66 -0.61 e-3``, ``< 4.2e-13 @ 90% CL``.

The grammar is that of flavio's measurement files (1810.08132), so that a file made for flavio
can be read here.  A value becomes one of :mod:`muoquark.likelihood.pdfs`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt

import numpy as np

from muoquark.likelihood.convolution import convolve_pdfs
from muoquark.likelihood.pdfs import Asymmetric, HalfNormal, Normal, Numerical, Pdf

__all__ = ["Errors", "errors_from_text", "pdf_from_text", "uniform", "upper_limit"]

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
RANGE = re.compile(rf"^\s*\[\s*(?P<low>{NUMBER})\s*,\s*(?P<high>{NUMBER})\s*\]{POWER}")
SYMMETRIC = re.compile(rf"(?:±|\\pm|\+-)\s*({PLAIN})")
ASYMMETRIC = re.compile(rf"\+\s*({PLAIN})\s*-\s*({PLAIN})")

ALLOWED = (
    "such as '1.3 ± 0.2', '1.31 +0.66 -0.61 e-3', '(1.67 ± 0.3 ± 0.5) e-3', '1.67(3)(5) e-3', "
    "'< 4.2e-13 @ 90% CL' or '[1, 5] e-3' (any value in the range)"
)


def uniform(low: float, high: float) -> Numerical:
    """Return a constant pdf between two numbers."""
    if not low < high:
        raise ValueError(f"the range from {low:g} to {high:g} is empty")
    return Numerical(np.array([low, high]), np.full(2, 1 / (high - low)), (low + high) / 2)


def upper_limit(limit: float, level: float) -> HalfNormal:
    """Return a half Gaussian at zero whose content below `limit` is `level`."""
    from scipy.special import erfinv

    if not 0 < level < 1:
        raise ValueError(f"the confidence level {100 * level:g} % is not between 0 and 100 %")
    if not limit > 0:
        raise ValueError("an upper limit must be positive")
    return HalfNormal(0.0, float(limit / (sqrt(2) * erfinv(level))))


@dataclass(frozen=True)
class Errors:
    """A central value and its independent errors, all in one unit.

    Attributes
    ----------
    centre
        The central value.
    symmetric
        Standard deviations.
    asymmetric
        Pairs (right, left), both positive.
    """

    centre: float
    symmetric: tuple[float, ...] = ()
    asymmetric: tuple[tuple[float, float], ...] = ()

    @property
    def width(self) -> float:
        """The Gaussian width that a correlated value has: sum of c^2 + right left, as in flavio."""
        return sqrt(sum(c * c for c in self.symmetric) + sum(a * b for a, b in self.asymmetric))


def errors_from_text(text: str) -> Errors:
    """Return central value and errors of one measured number, such as ``0.70 +0.05 -0.03 ± 0.02``.

    Raises
    ------
    ValueError
        With what was found and what is allowed.
    """
    text = text.replace("−", "-").strip()
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
    if any(symmetric) or asymmetric:
        symmetric = [e for e in symmetric if e]  # ±0.000 beside others: below the rounding
    if 0.0 in symmetric or any(0.0 in pair for pair in asymmetric):
        raise ValueError(f"an error of '{text}' is zero")
    return Errors(centre, tuple(symmetric), tuple(asymmetric))


def pdf_from_text(text: str) -> Pdf:
    """Return the pdf of one measured number; several errors are convolved.

    Raises
    ------
    ValueError
        With what was found and what is allowed.
    """
    plain = text.replace("−", "-").strip()
    match = LIMIT.match(plain)
    if match:
        return upper_limit(float(match["limit"]), float(match["level"]) / 100)
    match = RANGE.match(plain)
    if match:
        factor = 10.0 ** int(match["power"] or 0)
        return uniform(float(match["low"]) * factor, float(match["high"]) * factor)
    errors = errors_from_text(text)
    return convolve_pdfs(
        [
            *(Normal(errors.centre, e) for e in errors.symmetric),
            *(Asymmetric(errors.centre, left, right) for right, left in errors.asymmetric),
        ]
    )
