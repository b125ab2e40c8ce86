"""From samples to fitted observables, with a held-out check of each in units of its error."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.compiler.fit import (
    FittedPolynomial,
    Fitter,
    Monomials,
    evaluate,
    fit_parts,
)
from muoquark.likelihood.compiler.form_recipe import FormTerm
from muoquark.likelihood.compiler.groups import AUXILIARY, ELSEWHERE, CompiledGroup
from muoquark.likelihood.compiler.recipes import recipe

__all__ = ["FittedObservable", "Samples", "fit_group", "load_samples"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Samples:
    """The samples of one group.

    Attributes
    ----------
    x, ckm
        The points: components (samples, n), CKM parameters (samples, 4).
    values
        Per observable, (samples, phases).
    taps
        What was recorded inside of flavio, per observable, (samples, phases, taps).
    labels
        The names of the taps, per observable.
    """

    x: Array
    ckm: Array
    values: list[Array]
    taps: list[Array]
    labels: list[list[str]]


@dataclass
class FittedObservable:
    """One observable: its polynomials, the products that build it, and the quality of the fit.

    Attributes
    ----------
    observable
        A name, or [name, arguments...].
    pieces
        The polynomials; a string names one of the shared auxiliary polynomials.
    products, constants
        The observable is the sum of constant times `FormTerm`.
    derived
        The name of a derived quantity (see `muoquark.likelihood.mixing`) if it is one.
    errors
        Errors of the fit at the held-out points, in total errors of the observable; the points are
        far outside of what data allow.
    deviations
        How far these points are from the SM, in the same unit.
    group
        The group that it was sampled in.
    logarithm
        Whether it is the logarithm of the sum of its products.
    """

    observable: Any
    pieces: list[FittedPolynomial | str]
    products: list[FormTerm]
    constants: list[float]
    derived: str = ""
    errors: Array = field(default_factory=lambda: np.zeros(0))
    deviations: Array = field(default_factory=lambda: np.zeros(0))
    group: str = ""
    logarithm: bool = False

    @property
    def name(self) -> str:
        """flavio's name, without arguments."""
        return self.observable if isinstance(self.observable, str) else self.observable[0]


def load_samples(group: CompiledGroup, files: Sequence[Path]) -> Samples:
    """Join the job results of a group."""
    loaded = [np.load(f) for f in files]
    x = np.concatenate([d["x"] for d in loaded])
    ckm = np.concatenate([d["ckm"] for d in loaded])
    table = np.concatenate([d["values"] for d in loaded])
    columns = json.loads(str(loaded[0]["columns"]))
    phases = len(group.phases)
    values, taps, labels = [], [], []
    for number in range(len(group.observables)):
        # A column is (observable, phase, label); the first one of an observable and a phase is its
        # value, the others are its taps.  An auxiliary quantity has taps alone.
        own = [k for k, c in enumerate(columns) if c[0] == number]
        auxiliary = group.observables[number] in AUXILIARY
        per_phase = [[k for k in own if columns[k][1] == p] for p in range(phases)]
        if not auxiliary:
            values.append(np.stack([table[:, ks[0]] for ks in per_phase], axis=1))
            per_phase = [ks[1:] for ks in per_phase]
        else:
            values.append(np.stack([table[:, ks[0]] for ks in per_phase], axis=1))
        taps.append(np.stack([table[:, ks] for ks in per_phase], axis=1))
        labels.append([columns[k][2] for k in per_phase[0]])
    return Samples(x, ckm, values, taps, labels)


def _loop_positions(group: CompiledGroup, observable: Any, tap: int) -> list[int]:
    """Return the positions of the b -> s l l components that one integral feels."""
    name = observable if isinstance(observable, str) else observable[0]
    scale = 5.0 if "Xs" in name else 4.8
    if name.startswith("<Rmue>"):
        lepton = "mumu" if tap == 1 else "ee"
    elif name.startswith("<Dmue"):
        lepton = "mumu" if tap <= 3 else "ee"
    else:
        found = re.search(r"(tautau|mumu|ee)", name)
        assert found is not None, name
        lepton = found.group(1)
    dipoles = ("C7_bs", "C7p_bs", "C8_bs", "C8p_bs")
    purely_leptonic = name.startswith(("BR(Bs->", "tau_"))
    return [
        k
        for k, c in enumerate(group.components)
        if c[2] == "sb"
        and c[3] == scale
        and (c[4].endswith("bs" + lepton) or (c[4] in dipoles and not purely_leptonic))
    ]


def _positions(
    group: CompiledGroup,
    explored: Mapping[str, Any],
    observable: Any,
    taps: Sequence[int],
    exclude: Sequence[str],
    include: Sequence[str] = (),
) -> list[int]:
    if group.name in ("bs", "bsphi"):
        return _loop_positions(group, observable, max(taps, default=0))
    name = observable if isinstance(observable, str) else observable[0]
    key = json.dumps(observable)
    # Components ``[eft, basis, sector, scale, name, part, size, taps]``: the taps that each moves.
    entry = explored[key] if key in explored else explored[name]
    index = {tuple(c[:6]): k for k, c in enumerate(group.components)}
    out = []
    for c in entry["components"]:
        # With a pinned mixing phase the coefficients of mixing move nothing.
        if c[4] in exclude or (group.phases[0] is not None and c[2] in ("sbsb", "dbdb")):
            continue
        if not taps or taps == (0,) or set(taps) & set(c[7]):
            out.append(index[tuple(c[:6])])
    if include:
        # components that act only together with another one, which the exploration cannot see
        keys = {tuple(c[:4]) for c in entry["components"]}
        ending = entry["components"][0][4].split("_", 1)[1]
        out += [
            k
            for c, k in index.items()
            if c[:4] in keys
            and c[4].startswith(tuple(include))
            and c[5] == "Re"
            and c[4].endswith("_" + ending)
            and k not in out
        ]
    return out


def fit_group(
    group: CompiledGroup,
    samples: Samples,
    explored: Mapping[str, Any],
    sigma: Mapping[str, float],
    centre: Array,
    phase_name: str,
    held_out: int = 25,
    allowed: Mapping[str, Monomials] | None = None,
) -> tuple[list[FittedObservable], dict[str, FittedPolynomial]]:
    """Fit all observables of a group.

    Parameters
    ----------
    explored
        The answer of ``probe/explore.py``: which components move which observable and tap.
    sigma
        Total error of each observable, by its JSON text.
    centre, phase_name
        The SM's CKM parameters (4,) and what the fourth is, see `ckm_products`.
    held_out
        Samples at the end that are kept for the check.
    allowed
        The monomials of observables that are known to have no others, by flavio's name.

    Returns
    -------
    The observables, and the auxiliary polynomials that the group holds, by name.

    Raises
    ------
    ValueError
        If there are fewer samples than coefficients of some polynomial.
    """
    products = ckm_products(samples.ckm, centre, phase_name)
    fitter = Fitter(group.components, samples.x, products, held_out)
    test = slice(len(samples.x) - held_out, len(samples.x))
    index = {tuple(c[:6]): k for k, c in enumerate(group.components)}
    phased = group.phases[0] is not None
    columns_of_x = {f"x:{c[4]}:{c[5]}": samples.x[:, k] for k, c in enumerate(group.components)}
    out: list[FittedObservable] = []
    shared: dict[str, FittedPolynomial] = {}
    for number, observable in enumerate(group.observables):
        name = observable if isinstance(observable, str) else observable[0]
        if any(name in names and group.name != other for other, names in ELSEWHERE.items()):
            continue
        values, taps, labels = samples.values[number], samples.taps[number], samples.labels[number]
        if name in AUXILIARY:
            shared.update(_auxiliary(fitter, group, explored, name, taps, labels))
            continue
        made = recipe(name, values, taps, labels, {**products, **columns_of_x})
        if made.derived:
            out.append(
                FittedObservable(observable, [], [], [1.0], derived=made.derived, group=group.name)
            )
            continue
        letter = "d" if name == "S_K*gamma" else "s"
        factors = (f"cos_{letter}", f"sin_{letter}") if phased else None
        polynomials: list[FittedPolynomial | str] = []
        for piece in made.pieces:
            if piece.shared:
                polynomials.append(piece.shared)
                continue
            parts = [
                (
                    part[0],
                    _positions(group, explored, observable, part[1], made.exclude, made.include),
                    part[2] if len(part) > 2 else piece.features,
                )
                for part in piece.parts
            ]
            try:
                own = None if allowed is None else allowed.get(name)
                polynomials.append(fit_parts(fitter, parts, factors, own)[0])
            except ValueError as error:
                raise ValueError(f"{observable}: {error}") from error
        truth = values if phased else values[:, 0]
        if made.logarithm:
            truth = np.exp(truth)
        # The pieces as they were sampled, not as fitted: errors of the fit stay out of the
        # constants.
        exact = [
            np.ones_like(truth) if p.shared else sum(part[0] for part in p.parts)
            for p in made.pieces
        ]
        if any(p.shared == "fermi" for p in made.pieces):
            exact = [
                (1 + columns_of_x["x:shift:Re"]) ** -2.0 if p.shared == "fermi" else e
                for p, e in zip(made.pieces, exact, strict=True)
            ]
        # A recipe knows the products, not what they are multiplied with: least squares of the
        # relative deviations, columns (samples, products) or (samples, phases, products).
        columns = np.stack([p.evaluate(exact) for p in made.products], axis=-1)
        good = np.isfinite(truth) & np.all(np.isfinite(columns), axis=-1)
        norm = np.abs(truth[good])[:, None] + 1e-300
        constants, *_ = np.linalg.lstsq(columns[good] / norm, truth[good] / norm[:, 0], rcond=None)
        fitted = FittedObservable(
            observable,
            polynomials,
            made.products,
            [float(c) for c in constants],
            group=group.name,
            logarithm=made.logarithm,
        )
        _check(
            fitted,
            samples,
            test,
            index,
            products,
            truth,
            exact,
            factors,
            sigma.get(json.dumps(observable), np.nan),
        )
        out.append(fitted)
    return out, shared


def _check(
    fitted: FittedObservable,
    samples: Samples,
    test: slice,
    index: Mapping[Any, int],
    products: Mapping[str, Array],
    truth: Array,
    exact: Sequence[Array],
    factors: tuple[str, str] | None,
    sigma: float,
) -> None:
    x = samples.x[test]
    here = {k: v[test] for k, v in products.items()}
    # Cosine and sine of the pinned phases 0, pi and pi/2 (``groups.PHASES``).
    phases = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0)] if factors else [(None, None)]
    errors, deviations = [], []
    for k, (cosine, sine) in enumerate(phases):
        context = dict(here)
        if factors:
            context[factors[0]] = np.full(len(x), cosine)
            context[factors[1]] = np.full(len(x), sine)
        values = [
            exact[n][test] if isinstance(p, str) else evaluate(p, index, x, context)
            for n, p in enumerate(fitted.pieces)
        ]
        total = sum(
            c * p.evaluate(values) for c, p in zip(fitted.constants, fitted.products, strict=True)
        )
        true = truth[test] if not factors else truth[test, k]
        standard = truth[0] if not factors else truth[0, k]
        if fitted.logarithm:
            total, true, standard = np.log(total), np.log(true), np.log(standard)
        errors.append(np.abs(total - true) / sigma)
        deviations.append(np.abs(true - standard) / sigma)
    fitted.errors = np.concatenate(errors)
    fitted.deviations = np.concatenate(deviations)


def _auxiliary(
    fitter: Fitter,
    group: CompiledGroup,
    explored: Mapping[str, Any],
    name: str,
    taps: Array,
    labels: Sequence[str],
) -> dict[str, FittedPolynomial]:
    components = _positions(group, explored, name, (), ())
    out = {}
    if name == "__fermi":
        out["fermi"], _ = fitter.fit(taps[:, 0, 0], components, [(("1",), 2)])
        return out
    from muoquark.likelihood.compiler.recipes import features

    meson = name.split(":")[1]
    transition = {"Bs": "bs", "B0": "bd", "D0": "uc"}[meson]
    for k, label in enumerate(labels):
        # Gamma12 is the SM's: it depends on the CKM matrix alone.
        positions = components if label.startswith("M12") else []
        listed = features(f"mixing:{transition}")
        if not positions:
            listed = [(f, 0) for f, d in listed]
        y = taps[:, 0, k]
        out[f"{meson}.{label}"], _ = fitter.fit(y, positions, listed)
    return out
