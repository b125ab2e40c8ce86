"""Predictions as POPxf 1.0, the exchange format of polynomial predictions (2511.17348)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.names import fitting, unknown
from muoquark.likelihood.smeft_polynomials import (
    REACH,
    SmeftPolynomials,
    refused,
    smeft_polynomials,
)

__all__ = ["SCHEMA", "choose_components", "choose_observables", "popxf"]

SCHEMA = "https://json.schemastore.org/popxf-1.0.json"
# More numbers than this make a file of hundreds of megabytes.
LARGEST = 10_000_000
# A monomial is left out if coefficients of 1/TeV^2 move every polynomial by less than this part
# of itself.
NEGLIGIBLE = 1e-14


def _matching(patterns: str, names: Sequence[str], what: str) -> list[str]:
    chosen: list[str] = []
    for pattern in (p.strip() for p in patterns.split(";")):
        fit = fitting(pattern, names)
        found = [n for n in names if n in fit]
        if not found and what == "observable":
            raise unknown(pattern, names)
        if not found:
            listed = sorted(set(names))
            hint = suggest(pattern, listed) if len(listed) < 40 else _closest(pattern, listed)
            raise InputError(f"no {what} fits '{pattern}'{hint and ': ' + hint}")
        chosen += [n for n in found if n not in chosen]
    return chosen


def _closest(pattern: str, names: Sequence[str]) -> str:
    import difflib

    close = difflib.get_close_matches(pattern, names, n=3, cutoff=0.4)
    return "did you mean " + " or ".join(f"'{c}'" for c in close) + "?" if close else ""


def choose_observables(likelihood: Likelihood, patterns: str | None) -> list[int]:
    """Return the positions of the observables whose flavio name fits one of the patterns.

    Parameters
    ----------
    patterns
        Names or shell patterns with semicolons between them; None for all.
    """
    names = [o.name for o in likelihood.snapshot.observables]
    if patterns is None:
        return list(range(len(names)))
    chosen = set(_matching(patterns, names, "observable"))
    return [k for k, name in enumerate(names) if name in chosen]


def choose_components(
    likelihood: Likelihood, mu_M: float, patterns: str
) -> tuple[list[str], dict[str, str]]:
    """Return the real components whose coefficient fits a pattern, and those refused with why."""
    names = [c.rpartition(":")[0] for c in likelihood.evolution.inputs]
    chosen = set(_matching(patterns, names, "coefficient"))
    components = [c for c, n in zip(likelihood.evolution.inputs, names, strict=True) if n in chosen]
    bad = refused(likelihood, mu_M, components)
    return [c for c in components if c not in bad], bad


def popxf(
    likelihood: Likelihood,
    mu_M: float,
    positions: Sequence[int],
    components: Sequence[str],
    inputs: Mapping[str, Any],
    left_out: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the POPxf document of some observables.

    Observables that are polynomials are written as such (single-polynomial mode); if one of them
    is not, all are written as functions of polynomials.

    Parameters
    ----------
    mu_M
        Scale of the coefficients, GeV.
    positions, components
        See :func:`choose_observables` and :func:`choose_components`.
    inputs
        The record of ``muoquark.common.provenance``, for ``misc``.
    left_out
        Components that were asked for and cannot be described, with why.

    Raises
    ------
    InputError
        If the file would be absurdly large.
    """
    if not components:
        raise InputError(
            "none of these coefficients can be exported: "
            + "; ".join(f"{k}: {v}" for k, v in (left_out or {}).items())
        )
    size = len(positions) * (len(components) + 1) * (len(components) + 2) // 2
    if size > LARGEST:
        raise InputError(
            f"{len(components)} components and {len(positions)} observables make about {size:,} "
            "numbers; choose fewer by --coefficients or --obs"
        )
    content = smeft_polynomials(likelihood, mu_M, positions, components)
    parameters = sorted({c.rpartition(":")[0] for c in components})
    metadata: dict[str, Any] = {
        "observable_names": [o.text for o in content.observables],
        "parameters": parameters,
        "basis": {"wcxf": {"eft": "SMEFT", "basis": "Warsaw"}},
        "scale": float(mu_M),
        "polynomial_degree": 2,
        "reproducibility": [_step(likelihood, content, inputs)],
        "misc": {
            "description": "predictions of flavio, compiled by muoquark, of Wilson coefficients "
            "in GeV^-2 at the scale given, non-redundant WCxf names",
            "ckm": "CKM parameters are fixed at those of the Standard Model (inputs); in a fit "
            "smelli and muoquark extract them from four observables at every point",
            "not_described": dict(left_out or {}),
            "muoquark_inputs": dict(inputs),
        },
    }
    errors = _theory_errors(likelihood, positions)
    if content.polynomial:
        order = [e.variables["p"] for e in content.expressions]
        data: dict[str, Any] = {"observable_central": _monomials(content, order)}
    else:
        metadata["polynomial_names"] = list(content.names)
        metadata["observable_expressions"] = [
            {
                "variables": {v: content.names[k] for v, k in e.variables.items()},
                "expression": e.text,
            }
            for e in content.expressions
        ]
        data = {"polynomial_central": _monomials(content, range(len(content.names)))}
    if errors is None:
        metadata["misc"]["uncertainties"] = (
            "not given: for some of these observables smelli neglects the theory error"
        )
    else:
        data["observable_uncertainties"] = {"SM theory": errors}
    return {"$schema": SCHEMA, "metadata": metadata, "data": data}


def _step(
    likelihood: Likelihood, content: SmeftPolynomials, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    names = ("Vus", "Vub", "Vcb", likelihood.snapshot.forms.ckm_phase)
    return {
        "description": "running from the scale to the weak scale and below, matching to the weak "
        "effective theory, predictions and CKM parameters of the snapshot",
        "tool": {
            "name": "muoquark",
            "version": str(inputs.get("versions", {}).get("muoquark", "")) or "unknown",
            "settings": {
                "snapshot": likelihood.name,
                "chain": likelihood.chain,
                "stack": dict(likelihood.snapshot.metadata["versions"]),
            },
        },
        "inputs": dict(zip(names, content.ckm, strict=True)),
    }


def _theory_errors(likelihood: Likelihood, positions: Sequence[int]) -> list[float] | None:
    """Return the SM theory error of every observable, None if one of them is not known."""
    snapshot = likelihood.snapshot
    known: dict[int, float] = {}
    for block, covariance in snapshot.data.theory.items():
        sizes = np.sqrt(np.diag(np.asarray(covariance)))
        known |= dict(zip(map(int, snapshot.data.blocks[block]), map(float, sizes), strict=True))
    if any(k not in known for k in positions):
        return None
    return [known[k] for k in positions]


def _monomials(content: SmeftPolynomials, order: Sequence[int]) -> dict[str, list[float]]:
    """Return {monomial key: coefficient of every polynomial}."""
    squares = content.coefficients[list(order)]
    labels = [("", "R"), *((c.rpartition(":")[0], c[-2]) for c in content.components)]
    size = np.array([1.0, *[REACH] * len(content.components)])
    largest = np.abs(squares * np.outer(size, size)).reshape(len(squares), -1).max(axis=1)
    found: dict[str, list[float]] = {}
    for i in range(len(labels)):
        for j in range(i, len(labels)):
            column = squares[:, i, j]
            effect = np.abs(column) * size[i] * size[j]
            if (i, j) != (0, 0) and not np.any(effect > NEGLIGIBLE * largest):
                continue
            # Real before imaginary of one coefficient, coefficients in the order of characters.
            first, second = sorted((labels[i], labels[j]), key=lambda x: (x[0], x[1] == "I"))
            key = str((first[0], second[0], first[1] + second[1]))
            found[key] = [float(v) for v in column]
    return found
