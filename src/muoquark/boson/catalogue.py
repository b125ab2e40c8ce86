r"""Which :math:`Z'` explains :math:`b\to s\mu\mu`: every assignment on the same data, beside S3.

Of each charge assignment with another charge for the third quark family two numbers are fitted, gX
at fixed m_X and the angle t23 between the second and the third doublet (:math:`Q^q_{23} =
-(k_3-k_1)\sin t_{23}\cos t_{23}`; singlets are aligned).  One likelihood serves all of them: its
parameters are the products of gX with the charges, so that another assignment is another point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from muoquark.inference.bestfit import best_fit
from muoquark.inference.card_likelihood import CardLikelihood
from muoquark.likelihood.likelihood import Likelihood
from muoquark.matching.boson import current_tensors
from muoquark.matching.parametric import Parametric, assembled
from muoquark.model.card import Free
from muoquark.model.card_file import parse_card
from muoquark.model.rotation import Rotation
from muoquark.symmetry.assignment import Assignment
from muoquark.symmetry.catalogue import labelled, solutions

__all__ = [
    "MASS",
    "Candidate",
    "ZPrimes",
    "assignments",
    "candidates",
    "common",
    "leptoquark",
    "ranked",
    "zprimes",
]

#: m_X and the matching scale in GeV where nothing else is said.
MASS = 5000.0
#: Largest |gX X|: beyond, the width nears the mass.
LARGEST = 3.0
ANGLE = np.pi / 4
# Of the grid that a fit begins with, and of those around its best point.
GRID, ZOOM, ROUNDS = (16, 16), 7, 7
_TAILS = (
    "dimuon", "dielectron", "ditau", "monomuon", "monoelectron", "monotau",
    "muontau", "electrontau", "electronmuon",
)  # fmt: skip
_SHOWN = {"DeltaM_s": "DeltaM_s", "trident": "R_trident"}
S3_CARD = """\
model: generic
masses: {{S3: {mass}}}
mu_M: {mass}
couplings:
  eta3L: [0, {{free: [-2.0, 2.0], start: -0.05, name: eta3L_2}},
          {{free: [0.0, 3.0], start: 0.5, name: eta3L_3}}]
"""


@dataclass(frozen=True)
class Candidate:
    """One explanation at its best point.

    Attributes
    ----------
    name
        Charges as a card takes them, or S3.
    values
        Parameters: gX and t23, or couplings.
    ratio
        m_X/gX in GeV; None of S3.
    delta_chi2
        chi2 of the SM minus its own.
    parts
        The same by block and group.
    ratios
        Prediction over that of the SM of Delta M_s and trident.
    assignment
        The charges; None of S3.
    """

    name: str
    values: dict[str, float]
    ratio: float | None
    delta_chi2: float
    parts: dict[str, float]
    ratios: dict[str, float]
    assignment: Assignment | None = None

    @property
    def tails(self) -> float | None:
        """Delta chi2 of all tails of Drell-Yan, None if the data have none."""
        found = [self.parts[name] for name in _TAILS if name in self.parts]
        return sum(found) if found else None

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name, "values": self.values,
            "mX_over_gX_TeV": None if self.ratio is None else self.ratio / 1e3,
            "delta_chi2": self.delta_chi2, "tails": self.tails, "parts": self.parts,
            "ratios_to_SM": self.ratios,
        }  # fmt: skip


@dataclass(frozen=True)
class ZPrimes:
    """All candidates, best first, S3 among them.

    Attributes
    ----------
    ranked
        Sorted by Delta chi2.
    mass
        m_X and M_S3 in GeV.
    left_out
        Labelled assignments whose charges forbid the mass of a lepton.
    """

    ranked: tuple[Candidate, ...]
    mass: float
    left_out: int = 0
    notes: tuple[str, ...] = field(default=())

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "ranked": [one.record() for one in self.ranked], "mass": self.mass,
            "left_out": self.left_out, "notes": list(self.notes),
        }  # fmt: skip


def assignments(maximum: int) -> tuple[tuple[Assignment, ...], int]:
    """Return the assignments that differ below the mass of nu_R, and how many are left out.

    Labelled generations, e and tau in both orders; of equal charges of quarks and charged leptons
    one is kept, whatever those of nu_R.  Left out are those that forbid the mass of a lepton.
    """
    found: dict[tuple[Any, ...], Assignment] = {}
    chiral = 0
    for solution in solutions(maximum, third_family=True):
        for one in labelled(solution):
            if one.L != one.E:
                chiral += 1
                continue
            for order in ((0, 1, 2), (2, 1, 0)):
                L, N = (tuple(group[k] for k in order) for group in (one.L, one.N))
                # X and -X are the same
                key = max((one.k, L), (tuple(-x for x in one.k), tuple(-x for x in L)))
                if key not in found or N == L:  # that of nu_R equal to leptons names itself
                    found[key] = Assignment(one.k, L, L, N)  # type: ignore[arg-type]
    return tuple(found.values()), chiral


def common(likelihood: Likelihood, mass: float = MASS) -> CardLikelihood:
    """Return ln L as a function of gX k1, gX k3, gX L of e, mu and tau, and t23."""
    names = ("k1", "k3", "Le", "Lmu", "Ltau")
    free = (
        *(Free(name, -LARGEST, LARGEST, 0.1) for name in names),
        Free("t23", -ANGLE, ANGLE, 0.0),
    )
    rotation = Rotation({"t23": free[-1]})

    def tensors(theta: Any, xp: Any) -> dict[str, Any]:
        k1, k3, *leptons, angle = (theta[k] for k in range(6))
        U = rotation(lambda number: angle + 0j if isinstance(number, Free) else number + 0j, xp)
        one = xp.asarray(np.eye(3))
        units = [np.diag(row) for row in np.eye(3)]
        third = xp.asarray(units[2])
        singlet = (k1 * one + (k3 - k1) * third) / mass + 0j
        doublet = (k1 * one + (k3 - k1) * (xp.conj(U).T @ third @ U)) / mass
        lepton = sum(x * units[k] for k, x in enumerate(leptons)) / mass + 0j
        return current_tensors(
            {"q": doublet, "u": singlet, "d": singlet, "l": lepton, "e": lepton, "H": 0.0 * k1}
        )

    components, vector = assembled(tensors, free)
    return CardLikelihood(likelihood, Parametric(free, mass, components, vector))


def candidates(
    likelihood: Likelihood,
    chosen: Iterable[Assignment],
    mass: float = MASS,
    progress: Callable[[str], None] = lambda text: None,
) -> tuple[Candidate, ...]:
    """Fit gX and t23 of every assignment."""
    progress("compiling the likelihood of all assignments")
    objective = common(likelihood, mass)
    found = []
    every = list(chosen)
    for number, one in enumerate(every):
        progress(f"{number + 1} of {len(every)}: {one.text()}")
        found.append(_fitted(objective, likelihood, one, mass))
    return tuple(found)


def _points(one: Assignment, g: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return points of the common likelihood, (n, 6)."""
    charges = np.array([float(x) for x in (one.k[0], one.k[2], *one.L)])
    return np.column_stack([g[:, None] * charges, t])


def _fitted(
    objective: CardLikelihood, likelihood: Likelihood, one: Assignment, mass: float
) -> Candidate:
    """Look for the best point on a grid, and on finer and finer ones around it."""
    top = LARGEST / max(abs(float(x)) for x in (*one.k, *one.L))
    side = np.geomspace(1e-4, ANGLE, GRID[1])
    g = np.geomspace(1e-2, 1.0, GRID[0]) * top
    angles = np.concatenate([-side[::-1], [0.0], side])
    best, step = _best(objective, one, g, angles), np.array([np.log(g[1] / g[0]), 0.0])
    step[1] = np.log(side[1] / side[0])
    for _ in range(ROUNDS):
        x = np.linspace(-1.0, 1.0, ZOOM)
        near = np.minimum(best[0] * np.exp(step[0] * x), top)
        turned = np.clip(best[1] * np.exp(step[1] * x), -ANGLE, ANGLE)
        best = _best(objective, one, near, turned)
        step = step * 0.4
    point = _points(one, np.array([best[0]] * 2), np.array([best[1]] * 2))
    values = {"gX": float(best[0]), "t23": float(best[1])}
    # what fits no better than nothing is at its smallest coupling
    return _candidate(objective, likelihood, one.text(), values, point, mass / float(best[0]), one)


def _best(
    objective: CardLikelihood, one: Assignment, g: np.ndarray, t: np.ndarray
) -> tuple[float, float]:
    both = np.stack(np.meshgrid(g, t, indexing="ij"), axis=-1).reshape(-1, 2)
    total = objective.total(_points(one, both[:, 0], both[:, 1]))
    k = int(np.nanargmax(total))
    return float(both[k, 0]), float(both[k, 1])


def _candidate(
    objective: Any,
    likelihood: Likelihood,
    name: str,
    values: dict[str, float],
    point: np.ndarray,
    ratio: float | None,
    assignment: Assignment | None,
) -> Candidate:
    parts = dict(zip(objective.names, map(float, 2 * objective.parts(point)[0]), strict=True))
    predicted = np.asarray(objective.predictions(point))[0]
    sm = np.asarray(likelihood.sm_predictions)
    texts = [o.text for o in likelihood.observables]
    ratios = {
        key: float(predicted[texts.index(text)] / sm[texts.index(text)])
        for key, text in _SHOWN.items()
        if text in texts
    }
    total = sum(parts[block] for block in objective.blocks)
    return Candidate(name, values, ratio, total, parts, ratios, assignment)


def leptoquark(likelihood: Likelihood, mass: float = MASS, seed: int = 1) -> Candidate:
    """Fit S3 with real couplings of the muon to s and b, at one mass and scale."""
    card = parse_card(S3_CARD.format(mass=mass))
    objective = CardLikelihood.of(likelihood, card)
    best = best_fit(objective, starts=4, seed=seed)
    point = np.array([list(best.values.values())] * 2)
    return _candidate(objective, likelihood, "S3", dict(best.values), point, None, None)


def ranked(found: Sequence[Candidate], mass: float, left_out: int) -> ZPrimes:
    """Return candidates sorted, with what is to be said of all of them."""
    notes = (
        f"m_X = M_S3 = {mass:g} GeV, two parameters each; singlets aligned, no mixing with "
        "hypercharge",
        "V_cb, V_ub and V_td need other fields where the third family has a charge of its own "
        "(muoquark xboson says which entries)",
        "neither resonances in di-muons nor LEP-2 are in the data; X in the tails of Drell-Yan is "
        "a contact interaction",
    )
    return ZPrimes(tuple(sorted(found, key=lambda one: -one.delta_chi2)), mass, left_out, notes)


def zprimes(
    likelihood: Likelihood,
    maximum: int,
    mass: float = MASS,
    progress: Callable[[str], None] = lambda text: None,
) -> ZPrimes:
    """Fit every assignment with charges up to `maximum`, and S3, on the same data.

    Parameters
    ----------
    mass
        m_X and M_S3 in GeV.
    progress
        Is told in words what is being done.
    """
    chosen, chiral = assignments(maximum)
    progress("S3")
    found = (leptoquark(likelihood, mass), *candidates(likelihood, chosen, mass, progress))
    return ranked(found, mass, chiral)
