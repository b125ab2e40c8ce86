"""From a lepton-flavoured gauge symmetry to the global likelihood of its leptoquarks.

Importing this package is cheap: names are loaded from their rooms when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# public name -> module that defines it
_PUBLIC: dict[str, str] = {
    "Assignment": "muoquark.symmetry.assignment",
    "Card": "muoquark.model.card",
    "NestedSettings": "muoquark.inference.sample.nested",
    "NutsSettings": "muoquark.inference.sample.nuts",
    "Point": "muoquark.model.point",
    "Seesaw": "muoquark.neutrino.seesaw",
    "WilsonCoefficients": "muoquark.smeft.wcxf",
    "built_in_model": "muoquark.model.fields",
    "charges": "muoquark.symmetry.ladder",
    "check": "muoquark.model.verdicts",
    "exact_loglike": "muoquark.likelihood.referee",
    "exact_predictions": "muoquark.likelihood.referee",
    "goodness": "muoquark.inference.goodness.goodness",
    "light_neutrinos": "muoquark.neutrino.seesaw",
    "match": "muoquark.matching.match",
    "read_card": "muoquark.model.card_file",
    "read_wcxf": "muoquark.smeft.wcxf",
    "robustness": "muoquark.paper.robustness.robustness",
    "sample": "muoquark.inference.sample.sample",
    "scan": "muoquark.inference.scan.request",
    "scan_to_file": "muoquark.inference.scan.request",
    "sm_parameters": "muoquark.sm.running",
}

# rooms that are used by name: muoquark.theory.beta(...)
_ROOMS = ("theory",)

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"muoquark.{name}")
    raise AttributeError(f"module 'muoquark' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
