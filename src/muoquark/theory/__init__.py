"""Beta functions, the flow to the Planck scale, vacuum stability, naturalness, dipoles.

>>> from muoquark.theory import beta
>>> sorted(beta({"g3": 1.0}, loops=1))[:3]
['Yd', 'Ye', 'Yn']
"""

from __future__ import annotations

import importlib
from typing import Any

# public name -> module; a module and what it computes never share a name that is exported here
_PUBLIC = {
    "analyse": "muoquark.theory.analysis",
    "beta": "muoquark.theory.betas",
    "couplings_at_matching": "muoquark.theory.inputs",
    "finite_naturalness": "muoquark.theory.naturalness_verdict",
    "naturalness_of": "muoquark.theory.naturalness_theory",
    "one_loop_shifts": "muoquark.theory.decoupling",
    "run": "muoquark.theory.flow",
    "search_quartics": "muoquark.theory.search",
    "stability": "muoquark.theory.vacuum",
    "unitarity": "muoquark.theory.flow",
}

__all__ = [*_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'muoquark.theory' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
