"""Families of observables: which quark transition or sector an observable is about.

Unlike the groups of a figure (:mod:`muoquark.likelihood.groups`) the families are a partition:
every observable is in exactly one, the first whose pattern fits, or else that of its block.
"""

from __future__ import annotations

import re

import numpy as np

from muoquark.inference.goodness.residuals import Residuals

__all__ = ["PATTERNS", "TARGETS", "Families"]

# What the paper's fit wants to explain; b -> s l l with muons, its ratios to electrons, g-2.
TARGETS = ("R_K(*)", "Bs->mumu", "b->smumu", "(g-2)_mu")
PATTERNS: dict[str, re.Pattern[str]] = {
    "R_K(*)": re.compile(r"^<(Rmue|D[A-Za-z0-9]*_?P?\d?p?)>\(B[+0s]->(K\*?|phi)ll\)|^<Rmue>.*ll"),
    "Bs->mumu": re.compile(r"\(Bs->mumu\)"),
    "b->smumu": re.compile(
        r"\((B[+0]?->K\*?mumu|B[+0]->K\*?ll|Bs->phimumu|Lambdab->Lambdamumu|B->Xsmumu)\)"
    ),
    "(g-2)_mu": re.compile(r"^a_mu$"),
    "b->dmumu": re.compile(r"\((B0->mumu|B[+0]->(pi|rho)mumu|Bs->K\*0mumu)\)"),
    "b->snunu": re.compile(r"\(B[+0]?->K\*?nunu\)"),
    "b->dnunu": re.compile(r"\(B[+0]?->(pi|rho)nunu\)"),
    "K->pinunu": re.compile(r"\(K[+LS]->pi\+?nunu\)"),
    "K->mumu": re.compile(r"\(K[LS]->mumu\)"),
    "eps_K": re.compile(r"^eps_K$"),
    "epsp/eps": re.compile(r"^epsp/eps$"),
    "Bs mixing": re.compile(r"^(DeltaM_s|S_psiphi|a_fs_s)$"),
    "Bd mixing": re.compile(r"^(DeltaM_d|S_psiK|a_fs_d)$"),
    "D mixing": re.compile(r"_D$"),
    "b->sgamma": re.compile(r"gamma|\(B->Xsee\)|K\*ee"),
    "b->clnu": re.compile(r"->(D|D\*|Xc)\w*nu\)|Bc->"),
    "b->ulnu": re.compile(r"\(B[+0]?->(pi|rho|omega|Xu)?\w*nu\)"),
    "c->d,s lnu": re.compile(r"\(D[+0s]?\w*->"),
    "s->ulnu": re.compile(r"K[+LS0]?\w*->|Kpi|\(pi"),
}


class Families:
    """The families of a data set.

    Attributes
    ----------
    names, targets
        Of all families that have an observable; those that the fit wants to explain.
    of
        Family of each observable, by its position.
    """

    def __init__(self, residuals: Residuals) -> None:
        self.residuals = residuals
        data = residuals.data
        self.of: dict[int, str] = {}
        for block, positions in data.blocks.items():
            for k in positions:
                name = data.observables[k].name
                found = next((f for f, p in PATTERNS.items() if p.search(name)), None)
                self.of[k] = found or block
        present = set(self.of.values())
        ordered = [*PATTERNS, *data.blocks]
        self.names: tuple[str, ...] = tuple(n for n in dict.fromkeys(ordered) if n in present)
        self.targets = tuple(n for n in TARGETS if n in present)
        self._number = {name: k for k, name in enumerate(self.names)}
        self._gaussian = []
        self._joint = []
        for term in residuals.gaussian:
            members: dict[str, list[int]] = {}
            for i, o in enumerate(term.observables):
                members.setdefault(self.of[int(o)], []).append(i)
            wanted = [i for i, o in enumerate(term.observables) if self.of[int(o)] in self.targets]
            if wanted:
                self._joint.append((term, wanted, term.gaussian.marginal(wanted)))
            for family, here in members.items():
                own = term.gaussian.marginal(here)
                self._gaussian.append((term, here, own, self._number[family]))
        self._other = [self._number[self.of[o.observables[0]]] for o in residuals.other]

    def target_chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return -2 ln(L/L_max) of all target families together, shape (...).

        Their joint marginal likelihood, correlations between the families included.
        """
        total = np.zeros(predictions.shape[:-1])
        for term, here, own in self._joint:
            total = total + own.chi2(term.own(predictions)[..., here])
        values = self.residuals.other_chi2(predictions)
        wanted = [j for j, k in enumerate(self._other) if self.names[k] in self.targets]
        return np.asarray(total + values[..., wanted].sum(axis=-1))

    def chi2(self, predictions: np.ndarray) -> np.ndarray:
        """Return -2 ln(L/L_max) of every family alone, shape (..., families).

        The likelihood of a family is the marginal one of its observables.
        """
        result = np.zeros((*predictions.shape[:-1], len(self.names)))
        for term, here, own, k in self._gaussian:
            result[..., k] += own.chi2(term.own(predictions)[..., here])
        values = self.residuals.other_chi2(predictions)
        for j, k in enumerate(self._other):
            result[..., k] += values[..., j]
        return result
