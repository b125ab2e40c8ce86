"""Points for the tests of the Drell-Yan tails."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from muoquark.matching.match import match
from muoquark.model.card_file import parse_card
from muoquark.smeft.tensors import symmetrise
from muoquark.smeft.warsaw import from_tensors
from muoquark.smeft.wcxf import WilsonCoefficients

COUPLINGS = {
    "S1": ("eta1L", "eta1R"),
    "S3": ("eta3L",),
    "S1t": ("eta1tR",),
    "R2": ("eta2L", "eta2R"),
    "R2t": ("eta2tL",),
    "U1": ("x1L", "x1R"),
}
HERMITIAN = ("lq1", "lq3", "eu", "ed", "lu", "ld", "qe")


def card(masses, couplings, mu=1000.0):
    """A card of the general model; without running if `mu` is 1 TeV."""

    def text(number):
        return f"{complex(number).real:.12g}{complex(number).imag:+.12g}j"

    document = {
        "model": "generic",
        "masses": dict(masses),
        "mu_M": mu,
        "couplings": {k: [[text(x) for x in row] for row in m] for k, m in couplings.items()},
    }
    return parse_card(json.dumps(document), "card")


def exchanged(masses, couplings, mu=1000.0):
    """Tree-level coefficients at `mu` with their propagators."""
    return match(card(masses, couplings, mu).point(), "tree")


def scaled(point, factor):
    """The same with all tree-level coefficients times a number: couplings times its root."""

    def times(values):
        return {name: factor * value for name, value in values.items()}

    mediators = tuple(replace(m, tree=times(m.tree)) for m in point.mediators)
    return replace(point, values=times(point.values), mediators=mediators)


def matrix(*entries):
    """A coupling from (quark, lepton, value), generations from 1."""
    found = np.zeros((3, 3), complex)
    for i, a, value in entries:
        found[i - 1, a - 1] = value
    return found


def coefficients(tensors):
    """Coefficients at 1 TeV."""
    return WilsonCoefficients(scale=1000.0, values=from_tensors(symmetrise(tensors)))


def single(family, index, value):
    """One coefficient in TeV^-2, as a tensor in GeV^-2; index from 1."""
    tensor = np.zeros((3, 3, 3, 3), complex)
    place = tuple(k - 1 for k in index)
    tensor[place] = value * 1e-6
    if family in HERMITIAN:
        p, r, s, t = place
        tensor[r, p, t, s] = np.conj(value) * 1e-6
    return {family: tensor}


def interval(chi2, reach=1.0, rise=3.84, steps=81):
    """The interval around the minimum of a function of one number."""
    grid = np.linspace(-reach, reach, steps)
    values = [chi2(x) for x in grid]
    k = int(np.argmin(values))
    low, high = grid[max(0, k - 1)], grid[min(steps - 1, k + 1)]
    best = minimize_scalar(chi2, bounds=(low, high), method="bounded", options={"xatol": 1e-7})
    target = best.fun + rise

    def end(sign):
        far = best.x
        while chi2(far) < target:
            far += sign * reach / 4
        return brentq(lambda x: chi2(x) - target, best.x, far)

    return end(-1), end(1)
