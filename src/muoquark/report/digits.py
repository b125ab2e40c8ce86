"""Numbers with as many digits as their uncertainty gives a meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["decimals_of", "interval_text", "rounded", "times_ten", "value_text"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimals_of(value: float, error: float) -> tuple[int, int]:
    """Return the power of ten and the decimals in which a value shows two digits of its error.

    >>> decimals_of(0.4123, 0.031), decimals_of(2.3e-8, 4e-10)
    ((0, 3), (-8, 3))
    """
    power = math.floor(math.log10(max(abs(value), error)))
    power = 0 if -3 < power < 4 else power
    return power, max(0, 1 + power - math.floor(math.log10(error)))


def rounded(value: float, power: int, decimals: int) -> str:
    """Return a value in units of a power of ten; zero has no sign.

    >>> rounded(-0.0004, 0, 2), rounded(2.345e-8, -8, 1)
    ('0.00', '2.3')
    """
    text = f"{value / 10.0**power:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def times_ten(text: str, power: int) -> str:
    """Return a text with a power of ten behind it, if there is one.

    >>> times_ten("1.2", -3), times_ten("1.2", 0)
    ('1.2 × 10⁻³', '1.2')
    """
    return f"{text} × 10{str(power).translate(_RAISED)}" if power else text


def value_text(value: float, down: float | None, up: float | None) -> str:
    """Return a value with its errors; None is an error that ends with the range of a parameter.

    Parameters
    ----------
    down, up
        To both sides, positive.

    >>> value_text(0.4123, 0.031, 0.031), value_text(0.4123, 0.031, 0.0412)
    ('0.412 ± 0.031', '0.412 +0.041 −0.031')
    >>> value_text(2.3e-5, None, 4e-7), value_text(0.5, None, None)
    ('(2.300 +0.040) × 10⁻⁵', '0.5')
    """
    sizes = [one for one in (down, up) if one is not None and 0 < one < math.inf]
    if not sizes:
        return f"{value:.4g}".replace("-", "−")
    power, decimals = decimals_of(value, min(sizes))
    low, high = (None if x is None else rounded(x, power, decimals) for x in (down, up))
    text = rounded(value, power, decimals).replace("-", "−")
    if low == high:
        text += f" ± {low}"
    else:
        text += "" if high is None else f" +{high}"
        text += "" if low is None else f" −{low}"
    return times_ten(f"({text})", power) if power else text


def interval_text(spans: Sequence[Sequence[float]], ends: tuple[float, float] | None = None) -> str:
    """Return intervals; a round bracket is the end of the range of a parameter, `ends`.

    >>> interval_text([(0.0, 0.12345), (0.3, 0.34)], (0.0, 1.0))
    '(0.000, 0.123] and [0.300, 0.340]'
    >>> interval_text([(-2.3e-5, 1e-6)])
    '[−2.3, 0.1] × 10⁻⁵'
    """
    found = []
    widths = [b - a for a, b in spans if b > a]
    if not widths:
        return " and ".join(f"[{a:.4g}, {b:.4g}]".replace("-", "−") for a, b in spans)
    power, decimals = decimals_of(max(abs(x) for span in spans for x in span), min(widths) / 2)
    near = 0.0 if ends is None else 1e-6 * (ends[1] - ends[0])
    for a, b in spans:
        left, right = "[", "]"
        if ends is not None:
            left = "(" if a <= ends[0] + near else left
            right = ")" if b >= ends[1] - near else right
        text = f"{rounded(a, power, decimals)}, {rounded(b, power, decimals)}".replace("-", "−")
        found.append(times_ten(f"{left}{text}{right}", power))
    return " and ".join(found)
