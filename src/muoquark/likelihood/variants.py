"""How much a part's choices matter at a point: ln L with other ones, from the same coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.likelihood.likelihood import Likelihood
from muoquark.smeft.wcxf import WilsonCoefficients
from muoquark.smeft.wet import LowCoefficients

__all__ = ["bands"]


def bands(
    likelihood: Likelihood, coefficients: WilsonCoefficients | LowCoefficients
) -> dict[str, dict[str, Any]]:
    """Return ln L - ln L_SM of parts under other choices, by part.

    Of each part that has some (:meth:`Part.variants`) and each kind of choice the smallest and the
    largest value, that of the part itself included: of the part, and of its blocks.
    """
    if coefficients.eft != "SMEFT":
        return {}  # what is given below the weak scale says nothing about other choices above
    inputs = likelihood.vector(coefficients)
    forward = likelihood.forward(coefficients.scale)
    found: dict[str, dict[str, Any]] = {}
    for part, channel in zip(likelihood.parts, forward.channels, strict=True):
        variants = part.variants()
        if not variants:
            continue
        low = forward.low(channel, inputs)
        ckm = forward.ckm(inputs)[0]
        own = part.extras if channel.extras is not None else ()
        values: dict[str, list[np.ndarray]] = {}
        for kind, others in variants.items():
            for one in (part, *others):
                terms = one.data.terms()
                here = one.predictor_with(own).evaluate(low, ckm)[0]
                there = one.predictor_with(()).evaluate(np.zeros(len(one.targets)), ckm)[0]
                difference = terms.log_likelihood(here) - terms.log_likelihood(there)
                values.setdefault(kind, []).append(np.asarray(difference))
        found[part.name] = {
            kind: {
                "total": _ends([float(one.sum()) for one in rows]),
                "blocks": {
                    block: _ends([float(one[k]) for one in rows])
                    for k, block in enumerate(part.data.blocks)
                },
            }
            for kind, rows in values.items()
        }
    return found


def _ends(values: list[float]) -> list[float]:
    return [min(values), max(values)]
