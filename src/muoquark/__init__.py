"""From a lepton-flavoured gauge symmetry to the global likelihood of its leptoquarks.

Importing this package is cheap: names are loaded from their rooms when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

# The one place of it; between releases that of the next one with .dev0 (docs/releasing.md).
__version__ = "0.2.0.dev0"

# public name -> module that defines it, with the name there where it is another one
_PUBLIC: dict[str, str] = {
    "Assignment": "muoquark.symmetry.assignment",
    "Card": "muoquark.model.card",
    "CoefficientCard": "muoquark.model.coefficient_card",
    "DomainError": "muoquark.common.errors",
    "FunctionPart": "muoquark.likelihood.part",
    "InputError": "muoquark.common.errors",
    "Likelihood": "muoquark.inference.global_likelihood:GlobalLikelihood",
    "LowCoefficients": "muoquark.smeft.wet",
    "Model": "muoquark.model.fields",
    "MuoquarkError": "muoquark.common.errors",
    "NestedSettings": "muoquark.inference.sample.nested",
    "NutsSettings": "muoquark.inference.sample.nuts",
    "Observable": "muoquark.likelihood.observable",
    "Part": "muoquark.likelihood.part",
    "Point": "muoquark.model.point",
    "Seesaw": "muoquark.neutrino.seesaw",
    "WilsonCoefficients": "muoquark.smeft.wcxf",
    "best_fit": "muoquark.inference.questions",
    "built_in_model": "muoquark.model.fields",
    "charges": "muoquark.symmetry.ladder",
    "check": "muoquark.model.verdicts",
    "exact_loglike": "muoquark.likelihood.referee",
    "exact_predictions": "muoquark.likelihood.referee",
    "figure": "muoquark.report.figure",
    "fit": "muoquark.inference.questions",
    "goodness": "muoquark.inference.goodness.goodness",
    "light_neutrinos": "muoquark.neutrino.seesaw",
    "low_coefficients": "muoquark.inference.low",
    "match": "muoquark.inference.questions",
    "measured": "muoquark.likelihood.part",
    "parse_model": "muoquark.model.model_file",
    "predict": "muoquark.inference.questions",
    "profile": "muoquark.inference.questions",
    "read": "muoquark.inference.source",
    "read_card": "muoquark.model.card_file",
    "read_wcxf": "muoquark.smeft.wcxf",
    "robustness": "muoquark.paper.robustness.robustness",
    "sample": "muoquark.inference.sample.sample",
    "scan": "muoquark.inference.scan.request",
    "scan_to_file": "muoquark.inference.scan.request",
    "sm_parameters": "muoquark.sm.running",
    "smeft_component": "muoquark.likelihood.part:smeft",
}

# rooms that are used by name: muoquark.theory.beta(...), muoquark.pdfs.Poisson(...)
_ROOMS = {"theory": "muoquark.theory", "pdfs": "muoquark.likelihood.pdfs"}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        module, _, own = _PUBLIC[name].partition(":")
        return getattr(importlib.import_module(module), own or name)
    if name in _ROOMS:
        return importlib.import_module(_ROOMS[name])
    raise AttributeError(f"module 'muoquark' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS])
