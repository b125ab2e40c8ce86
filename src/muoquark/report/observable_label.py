"""How figures call an observable: flavio's TeX label, in what matplotlib draws without LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from muoquark.common.tex import formula_problem
from muoquark.likelihood.observable import Observable

__all__ = ["observable_label"]


def observable_label(name: str, arguments: Mapping[str, float] | None = None) -> str:
    r"""Return the label of an observable, with a bin or whatever its arguments are in brackets.

    Parameters
    ----------
    name
        As flavio has it.
    arguments
        Values by name.

    Returns
    -------
    Text with TeX between dollars that matplotlib can draw; the name itself where there is no label,
    or none that can be drawn.

    Examples
    --------
    >>> observable_label("BR(Bs->mumu)")
    '$\\overline{\\mathrm{BR}}(B_s\\to \\mu^+\\mu^-)$'
    >>> observable_label("<P5p>(B0->K*mumu)", {"q2min": 4.0, "q2max": 6.0})[-7:]
    ' [4, 6]'
    """
    values = ", ".join(f"{value:g}" for value in (arguments or {}).values())
    return _drawable(name) + (f" [{values}]" if values else "")


@lru_cache(maxsize=4096)
def _drawable(name: str) -> str:
    """Return a label that matplotlib can draw."""
    label = Observable(name).tex.replace(r"\text{", r"\mathrm{")
    label = label.replace(r"\phantom k", "{}").replace(r"\phantom", "")
    formulae = re.findall(r"\$([^$]*)\$", label)
    if formulae and not any(formula_problem(formula) for formula in formulae):
        return label
    return name.replace("$", r"\$")
