"""What flavio is asked to find out how compiled predictions respond to its parameters.

The pieces of a snapshot are polynomials.  So are their derivatives by a parameter, in the same
monomials: what was pruned there moves nothing, and its response even less.  A task holds
observables that share their components, and as many points as the largest piece has monomials.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.compiler.groups import PHASES
from muoquark.likelihood.compiler.pack import SHIFT
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.mixing import DERIVED

__all__ = ["AUXILIARIES", "LEADING", "PieceOf", "Task", "make_tasks", "piece_of"]

Array = np.ndarray[Any, Any]

#: Pieces begin behind the constant one and the derived quantities.
LEADING = 1 + len(DERIVED)
# More points than monomials, for the check of what the fit did not see.
SPARE = 12
# Of the shift of the Fermi constant, which no snapshot has a size of.
SHIFT_SIZE = 0.01
# The polynomials of the first stage by what flavio calls the amplitudes.
AUXILIARIES = {"Bs": "__mixing:Bs", "B0": "__mixing:B0", "D0": "__mixing:D0"}
# What the derived quantities are made of.
MESONS = {
    "DeltaM_s": ("Bs",),
    "DeltaM_d": ("B0",),
    "S_psiK": ("B0",),
    "S_psiphi": ("Bs",),
    "x12Im_D": ("D0",),
}


@dataclass(frozen=True)
class PieceOf:
    """One polynomial of a snapshot.

    Attributes
    ----------
    bank, column
        Where its weights are.
    rows
        Positions of its monomials among those of the bank, (n,).
    """

    bank: int
    column: int
    rows: Array

    def design(self, forms: Forms, x: Array, products: Any) -> Array:
        """Return its monomials (points, n) at low-scale vectors, the shift behind, (points, D + 1).

        `products` are CKM combinations and phases by name, (points,) each.
        """
        bank = forms.banks[self.bank]
        y = np.concatenate([np.ones((len(x), 1)), x[:, np.asarray(bank.directions, int)]], axis=1)
        factors = {}
        for f in np.unique(bank.features[self.rows]):
            value = np.ones(len(x))
            for name in forms.features[f]:
                value = value * products[name]
            factors[f] = value
        feature = np.stack([factors[f] for f in bank.features[self.rows]], axis=1)
        return np.asarray(feature * y[:, bank.left[self.rows]] * y[:, bank.right[self.rows]])


@dataclass(frozen=True)
class Task:
    """Observables, and points at which they are asked.

    Attributes
    ----------
    observables
        flavio's.
    numbers
        Their positions in the snapshot; -1 for an auxiliary quantity.
    components
        As in a job of ``probe/sample.py``.
    phases
        At which the mixing phase of B mesons is pinned.
    count
        The number of points.
    """

    observables: tuple[Any, ...]
    numbers: tuple[int, ...]
    components: tuple[tuple[Any, ...], ...]
    phases: tuple[float | None, ...]
    count: int

    def job(self, chosen: Sequence[int], arrays: Sequence[int] | None) -> dict[str, Any]:
        """Return what ``probe/respond.py`` is asked of some of the observables."""
        return {
            "observables": [self.observables[k] for k in chosen],
            "components": [list(c) for c in self.components],
            "phases": list(self.phases),
            "count": self.count,
            "arrays": None if arrays is None else list(arrays),
        }

    def products(self, forms: Forms, ckm: Array) -> dict[str, Array]:
        """Return CKM combinations and phases at (points x phases), the phases running fastest."""
        found = ckm_products(np.repeat(ckm, len(self.phases), axis=0), forms.ckm_centre,
                             forms.ckm_phase)  # fmt: skip
        turns = np.tile([0.0 if p is None else p for p in self.phases], len(ckm))
        for meson in "sd":
            found[f"cos_{meson}"] = np.round(np.cos(turns), 15)
            found[f"sin_{meson}"] = np.round(np.sin(turns), 15)
        return found


def piece_of(forms: Forms, position: int) -> PieceOf:
    """Return the polynomial at a position among the pieces."""
    place = LEADING
    for stage in (1, 2):
        for k, bank in enumerate(forms.banks):
            if bank.stage != stage:
                continue
            if position < place + bank.weights.shape[1]:
                column = position - place
                return PieceOf(k, column, np.nonzero(bank.weights[:, column])[0])
            place += bank.weights.shape[1]
    raise IndexError(position)


def _positions(forms: Forms, number: int) -> list[int]:
    """Return the pieces of an observable that are polynomials of their own."""
    rows = np.nonzero(forms.owner == number)[0]
    listed = np.concatenate([t[rows].ravel() for t in (forms.numerators, forms.denominators,
                                                       forms.roots)])  # fmt: skip
    return sorted({int(p) for p in listed if p >= LEADING + len(forms.first)})


def phases_of(name: str) -> tuple[float | None, ...]:
    """Return at which mixing phases an observable was sampled, as ``groups.make_groups``."""
    mixes = any(part in name for part in ("phimumu", "Bs->phigamma", "Bs->K*0mumu"))
    if mixes or name in ("S_phigamma", "S_K*gamma"):
        return tuple(PHASES)
    return (None,)


def _components(
    forms: Forms, banks: Iterable[Bank], sizes: Sequence[float]
) -> tuple[tuple[Any, ...], ...]:
    used = sorted({int(d) for bank in banks for d in bank.directions})
    return tuple(
        (*forms.directions[d], float(sizes[d])) if d < len(sizes) else (*SHIFT, SHIFT_SIZE)
        for d in used
    )


def _largest_class(forms: Forms, piece: PieceOf) -> int:
    """Return how many points determine a piece.

    Terms without a mixing phase, with its cosine and with its sine come apart.
    """
    features = forms.banks[piece.bank].features[piece.rows]
    kinds = [
        tuple(name for name in forms.features[f] if name[:4] in ("cos_", "sin_")) for f in features
    ]
    return max(kinds.count(kind) for kind in set(kinds))


def make_tasks(forms: Forms, sizes: Sequence[float], numbers: Sequence[int]) -> list[Task]:
    """Return the tasks for the observables at these positions, and for the mixing amplitudes.

    `sizes` are those at which the directions were sampled.
    """
    grouped: dict[Any, list[int]] = {}
    mesons: dict[str, None] = {}
    for number in numbers:
        observable = forms.observables[number]
        own = MESONS.get(observable.name)
        if own is not None:
            mesons.update(dict.fromkeys(own))
            key: tuple[Any, ...] = (("first",), (None,))
        else:
            found = [piece_of(forms, p) for p in _positions(forms, number)]
            key = tuple(sorted({p.bank for p in found})), phases_of(observable.name)
        grouped.setdefault(key, []).append(number)
    tasks = []
    for (places, phases), members in grouped.items():
        if places == ("first",):
            banks = [b for b in forms.banks if b.stage == 1]
            largest = max(np.count_nonzero(b.weights, axis=0).max() for b in banks)
            extra: tuple[Any, ...] = tuple(AUXILIARIES[m] for m in mesons)
            splits = [members]
        else:
            banks = [forms.banks[k] for k in places]
            pieces = [piece_of(forms, p) for n in members for p in _positions(forms, n)]
            largest = max((_largest_class(forms, p) for p in pieces), default=1)
            extra = ()
            splits = list(_by_bin(forms, members).values())
        for own_members in splits:
            tasks.append(
                Task(
                    (*(forms.observables[n].flavio for n in own_members), *extra),
                    (*own_members, *(-1 for _ in extra)),
                    _components(forms, banks, sizes),
                    phases,
                    int(largest) + SPARE,
                )
            )
    return tasks


def _by_bin(forms: Forms, members: Sequence[int]) -> dict[Any, list[int]]:
    """Return observables by process and bin: those that share amplitudes, and no others."""
    found: dict[Any, list[int]] = {}
    for n in members:
        observable = forms.observables[n]
        process = re.search(r"\(.*\)", observable.name)
        key = (process[0] if process else observable.name, observable.arguments)
        found.setdefault(key, []).append(n)
    return found
