"""A search for quartics that keep a point perturbative and stable up to the Planck scale.

Each trial is a full flow with boundedness checked along it.  It climbs: first a ladder of
multiples of a template (portals to the Higgs and self-couplings positive), then random steps
around the best so far.  Finding nothing proves nothing; the number of flows says how hard it
looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np

from muoquark.common.constants import PLANCK_MASS
from muoquark.model.fields import Model
from muoquark.model.terms import Term
from muoquark.theory.betas import Theory, theory_for
from muoquark.theory.flow import run
from muoquark.theory.vacuum import TOLERANCE, stability

__all__ = ["SearchResult", "margin", "search_quartics", "template"]


def template(theory: Theory) -> dict[str, float]:
    """Return quartics that stabilise most potentials: self-couplings and Higgs portals, positive.

    Of a field with several quartics of its own the second gets the number: tr G^2 of its Gram
    matrix G, which no direction makes zero.  The quartics left out are driven by the others and by
    the Yukawa couplings.
    """
    groups: dict[tuple[str, ...], list[Term]] = {}
    for term in theory.components.potential_terms:
        if len(term.factors) == 4 and term.real:
            groups.setdefault(tuple(sorted({f.name for f in term.fields})), []).append(term)
    out: dict[str, float] = {}
    for names, terms in groups.items():
        first = terms[0].coupling
        others = [theory.model.field(name) for name in names if name != "H"]
        if len(others) != 1:
            continue
        if len(names) == 1:
            out |= {first: 0.05} if len(terms) == 1 else {first: 0.0, terms[1].coupling: 0.03}
        elif "H" in names and others[0].colour != "1":
            out[first] = 0.10 if others[0].isospin == 1 else 0.08
    return out


@dataclass(frozen=True)
class SearchResult:
    """What the search found.

    Attributes
    ----------
    found
        Whether the quartics keep the point stable to the end.
    quartics
        The best quartics at the start of the flow.
    margin
        The smallest V4 on the unit sphere along their flow, or, if it ended early, minus one minus
        the decades missing over 16.
    reached
        The scale (GeV) up to which it is stable.
    tried
        Flows computed.
    """

    found: bool
    quartics: dict[str, float]
    margin: float
    reached: float
    tried: int

    def record(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return {
            "found": self.found,
            "quartics": self.quartics,
            "flows_tried": self.tried,
            "margin": self.margin,
            "reached_GeV": self.reached,
        }


def margin(
    couplings: Mapping[str, Any],
    start: float,
    end: float = PLANCK_MASS,
    loops: int = 2,
    thresholds: Mapping[str, float] | None = None,
    seed: int = 0,
    n_scales: int = 16,
    model: Model | str | None = None,
) -> tuple[float, float]:
    """Return the margin of a point (see :class:`SearchResult`) and the scale it is stable to."""
    result = run(
        couplings,
        start,
        end,
        loops,
        thresholds,
        n_points=n_scales,
        check_unitarity=False,
        model=model,
    )
    first = result.nonperturbative or result.pole
    if first is not None:
        return -1.0 - log10(end / first.scale) / 16, first.scale
    lowest, reached = np.inf, end
    for mu, state in zip(result.mu, result.points, strict=True):
        value = stability(state, 48, seed).minimum
        if value < -TOLERANCE and reached == end:
            reached = float(mu)
        lowest = min(lowest, value)
    return float(lowest), reached


def search_quartics(
    couplings: Mapping[str, Any],
    start: float,
    end: float = PLANCK_MASS,
    loops: int = 2,
    thresholds: Mapping[str, float] | None = None,
    budget: int = 40,
    seed: int = 0,
    model: Model | str | None = None,
) -> SearchResult:
    """Look for quartics that make `couplings` stable from `start` to `end` (GeV).

    Parameters
    ----------
    couplings
        At `start`; all leptoquark and Phi quartics are replaced by the trials (lam is kept).
    budget
        Largest number of flows.
    seed
        Of the random steps.
    model
        A model, or the name of a built-in one; that of the couplings, or the paper's, by default.
    """
    theory = theory_for(couplings, model)
    start_values, signed = template(theory), []
    for term in theory.components.potential_terms:
        name = term.coupling
        if len(term.factors) == 4 and term.real and name != "lam" and name not in start_values:
            signed.append(name)
    base = dict(theory.complete(couplings))
    rng = np.random.default_rng(seed)
    own = {k: base[k] for k in (*start_values, *signed)}
    for name in theory.space.quartics:
        if name != "lam":
            base[name] = 0.0 * base[name]
    ladder = [own] + [
        {k: v * factor for k, v in start_values.items()} for factor in (1.0, 0.6, 1.5, 2.2, 3.0)
    ]
    best: tuple[float, float, dict[str, float]] | None = None
    step = 0.5
    for trial in range(budget):
        if trial < len(ladder):
            quartics = ladder[trial]
        else:
            assert best is not None
            quartics = {
                k: best[2].get(k, 0.0) * float(np.exp(step * rng.normal()))
                + 0.02 * step * float(abs(rng.normal()))
                for k in start_values
            }
            quartics.update(
                {k: best[2].get(k, 0.0) + 0.03 * step * float(rng.normal()) for k in signed}
            )
        value, reached = margin(
            {**base, **quartics}, start, end, loops, thresholds, seed, model=theory.model
        )
        if best is None or value > best[0]:
            best = (value, reached, quartics)
        elif trial >= len(ladder):
            step = max(0.1, 0.93 * step)
        if value >= -TOLERANCE:
            return SearchResult(True, quartics, value, reached, trial + 1)
    assert best is not None
    return SearchResult(False, best[2], best[0], best[1], budget)
