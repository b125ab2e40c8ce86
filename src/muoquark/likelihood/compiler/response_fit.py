"""From flavio's answers to derivatives of the pieces of a snapshot.

A piece is cut out of an observable by the same recipe that the snapshot was made with
(:mod:`.recipes`), once for shifted parameters and once for the centre.  The difference is a
polynomial in the piece's own monomials.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.compiler.recipes import recipe
from muoquark.likelihood.compiler.response_tasks import LEADING, MESONS, PieceOf, Task, piece_of
from muoquark.likelihood.forms import Forms

__all__ = ["Found", "fitted", "pieces_of"]

Array = np.ndarray[Any, Any]

# Singular values of a design below this share of the largest are left out, as in ``fit.Fitter``:
# terms of K_L -> l l cancel to a few digits.  With pinned mixing phases the points are no more than
# are needed, and monomials that they cannot tell apart would get large numbers that cancel.
CUT, PHASED = 1e-11, 1e-6
# The weight of the SM among the points.
OF_SM = 1e3
# Two rules of integration differ by less; a piece that vanishes in the SM is compared with nothing.
MISMATCH = 0.05


@dataclass(frozen=True)
class Found:
    """What flavio says of the observables of a task.

    Attributes
    ----------
    pieces
        By position: values at (points x phases), the phases running fastest.
    values
        By position of the observable: its values, and the same by the snapshot's formula without
        constants, at (points x phases).
    """

    pieces: Mapping[int, Array]
    values: Mapping[int, tuple[Array, Array]]


def _rows(answer: Mapping[str, Any], phases: int, number: int) -> tuple[Array, Array, list[str]]:
    """Return values (points, phases), taps (points, phases, taps) and the names of the taps."""
    columns = json.loads(str(answer["columns0"]))
    table = answer["values0"]
    own = [[k for k, c in enumerate(columns) if c[:2] == [number, p]] for p in range(phases)]
    first = np.stack([table[:, ks[0]] for ks in own], axis=1)
    taps = np.stack([table[:, ks[1:]] for ks in own], axis=1)
    return first, taps, [columns[k][2] for k in own[0]]


def pieces_of(
    forms: Forms, task: Task, answer: Mapping[str, Any], centre: Mapping[str, Any]
) -> Found:
    """Cut an answer into pieces.

    `centre` is the answer to the task without a shift, which has the points.
    """
    x, ckm = centre["x0"], centre["ckm0"]
    products = ckm_products(ckm, forms.ckm_centre, forms.ckm_phase)
    for k, c in enumerate(task.components):
        products[f"x:{c[4]}:{c[5]}"] = x[:, k]
    products.setdefault("x:shift:Re", np.zeros(len(x)))
    phases = len(task.phases)
    pieces: dict[int, Array] = {}
    values: dict[int, tuple[Array, Array]] = {}
    mixing: dict[str, dict[str, Array]] = {}
    for place, (observable, number) in enumerate(zip(task.observables, task.numbers, strict=True)):
        first, taps, labels = _rows(answer, phases, place)
        if number < 0:
            meson = observable.split(":")[1]
            every = np.concatenate([first[..., None], taps], axis=-1)[:, 0]
            mixing[meson] = {label: every[:, k] for k, label in enumerate(labels)}
            for label, column in mixing[meson].items():
                pieces[LEADING + forms.first.index(f"{meson}.{label}")] = column
            continue
        name = forms.observables[number].name
        if name in MESONS:
            values[number] = (first[:, 0], np.ones(len(x)))
            continue
        made = recipe(name, first, taps, labels[1:], products)
        rows = np.nonzero(forms.owner == number)[0]
        found = [
            (1 + products["x:shift:Re"]) ** -2.0
            if piece.shared
            else sum(part[0] for part in piece.parts)
            for piece in made.pieces
        ]
        if len(rows) != len(made.products):
            raise ValueError(f"{observable}: {len(made.products)} products, {len(rows)} compiled")
        total: Any = 0.0
        for row, product in zip(rows, made.products, strict=True):
            for table, listed in (
                (forms.numerators, product.numerators),
                (forms.denominators, product.denominators),
                (forms.roots, product.roots),
            ):
                for slot, k in enumerate(listed):
                    position = int(table[row, slot])
                    if position >= LEADING + len(forms.first):
                        pieces[position] = np.asarray(found[k], dtype=float).reshape(-1)
            total = total + forms.constants[row] * product.evaluate(found)
        truth = np.asarray(first[:, 0] if phases == 1 else first, dtype=float)
        values[number] = (
            (np.exp(truth) if made.logarithm else truth).reshape(-1),
            np.asarray(total).reshape(-1),
        )
    for number in task.numbers:
        if number >= 0 and forms.observables[number].name == "x12Im_D":
            # what the lifetime of the D0 and the like do to its constant
            d = mixing["D0"]
            m, g = d["M12.re"] + 1j * d["M12.im"], d["G12.re"] + 1j * d["G12.im"]
            values[number] = (values[number][0], 2 * (m * g.conj()).imag / abs(g))
    return Found(pieces, values)


def _to_compiled(forms: Forms, piece: PieceOf, design: Array, here: Array) -> float:
    """Return by what a piece of this rule of integration is multiplied to be the compiled one.

    In the SM; so that the relative change is right.  Numerator and denominator of P4' and the like
    cancel to a few per mille.
    """
    own = np.asarray(forms.banks[piece.bank].weights)[piece.rows, piece.column]
    compiled, rule = float(design[0] @ own), float(here[0])
    # Written with "not within" so that it finds what is not a number, too.
    if rule == 0 or not abs(compiled / rule - 1) <= MISMATCH:
        return 1.0
    return compiled / rule


def fitted(
    forms: Forms,
    tasks: Sequence[Task],
    centres: Sequence[Mapping[str, Any]],
    pieces: Sequence[Found],
    results: Mapping[int, Sequence[Found | None]],
    step: float,
) -> tuple[dict[int, dict[int, Array]], dict[int, dict[int, float]]]:
    """Return the derivatives of all pieces for one standard deviation of each direction.

    Returns
    -------
    by position of the piece and direction
        Weights of the piece's own monomials, (n,).
    by position of the observable and direction
        Relative change of the constants of its products.
    """
    weights: dict[int, dict[int, Array]] = {}
    factors: dict[int, dict[int, float]] = {}
    for t, (task, centre, base) in enumerate(zip(tasks, centres, pieces, strict=True)):
        width = len(forms.directions) + 1
        x = np.zeros((len(centre["x0"]) * len(task.phases), width))
        places = {d: k for k, d in enumerate(forms.directions)}
        for k, c in enumerate(task.components):
            at = places.get(tuple(c[:6]), width - 1)
            x[:, at] = np.repeat(centre["x0"][:, k], len(task.phases))
        products = task.products(forms, centre["ckm0"])
        for position, before in base.pieces.items():
            if position in weights:
                continue
            piece = piece_of(forms, position)
            changes = {
                k: (parts[t].pieces[position] - before) / step  # type: ignore[union-attr]
                for k, parts in results.items()
                if parts[t] is not None and position in parts[t].pieces  # type: ignore[union-attr]
            }
            # What is felt only through rounding is not felt.
            size = np.max(np.abs(before[np.isfinite(before)]), initial=0.0)
            changes = {k: y for k, y in changes.items() if np.nanmax(np.abs(y)) > 1e-10 * size}
            weights[position] = {}
            if not changes:
                continue
            y = np.stack(list(changes.values()), axis=1)
            design = piece.design(forms, x, products)
            good = np.isfinite(y).all(axis=1) & np.isfinite(design).all(axis=1)
            scale = np.sqrt(np.mean(design[good] ** 2, axis=0))
            scale[scale == 0] = 1.0
            unit = np.max(np.abs(y[good]), axis=0)
            # What was pruned of K_L -> mu mu far from the SM must not spoil the response in the SM.
            weight = np.ones((len(design), 1))
            weight[: len(task.phases)] = OF_SM
            design, y = design * weight, y * weight
            cut = CUT if len(task.phases) == 1 else PHASED
            solution, *_ = np.linalg.lstsq(design[good] / scale, y[good] / unit, rcond=cut)
            found = solution * unit / scale[:, None]
            found = found * _to_compiled(forms, piece, design / weight, before)
            weights[position] = {k: found[:, i] for i, k in enumerate(changes)}
        for number, (value, formula) in base.values.items():
            for k, parts in results.items():
                part = parts[t]
                if part is None or number not in part.values:
                    continue
                after, changed = part.values[number]
                name = forms.observables[number].name
                if name in MESONS and name != "x12Im_D":
                    continue
                # a constant is the same everywhere, and best seen where the observable is large
                at = int(np.nanargmax(np.abs(formula)))
                ratio = (after[at] / changed[at]) / (value[at] / formula[at]) - 1
                if abs(ratio) > 1e-9:
                    factors.setdefault(number, {})[k] = float(ratio / step)
    return weights, factors
