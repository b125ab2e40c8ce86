"""Formulae that a user writes: can they be drawn?"""

from __future__ import annotations

__all__ = ["formula_problem"]


def formula_problem(text: str) -> str | None:
    r"""Return what is wrong with a formula for figures, which do without LaTeX; None if nothing.

    Found where it is written: in a figure it would stop a verb after all of its work.

    >>> formula_problem(r"\eta^{3L}"), formula_problem("a$b")
    (None, "expected TeX without dollars, braces closed, found 'a$b'")
    """
    if not text.strip() or "$" in text or text.count("{") != text.count("}"):
        return f"expected TeX without dollars, braces closed, found '{text}'"
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(f"${text}$")
    except ValueError as error:
        # the parser draws an arrow to the place; its last line says what it found there
        reason = str(error).strip().splitlines()[-1]
        return f"figures cannot draw the TeX '{text}': {reason}"
    return None
