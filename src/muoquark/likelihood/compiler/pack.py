"""Put fitted polynomials and measurements into a snapshot: prune, share, arrange in banks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.compiler.assemble import FittedObservable
from muoquark.likelihood.compiler.fit import FittedPolynomial
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.forms import Bank, Direction, Forms
from muoquark.likelihood.mixing import DERIVED
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import MomentsOnly, Tabulated, stored

__all__ = ["build_constraints", "build_forms", "prune"]

Array = np.ndarray[Any, Any]
SHIFT: Direction = ("derived", "", "fermi", 0.0, "shift", "Re")

# A term is dropped if it moves no observable by this fraction of its error ...
PRUNE = 3e-4
# ... at coefficients this many times larger than those that move something by order one.
REACH = 3.0


def _value(polynomial: FittedPolynomial, products: Mapping[str, float]) -> float:
    """Return a polynomial at zero Wilson coefficients in the SM."""
    total = 0.0
    for (factors, i, j), coefficient in polynomial.items():
        if i is None and j is None:
            total += coefficient * float(np.prod([products.get(f, 0.0) for f in factors]))
    return total


def _tolerances(fitted: FittedObservable, values: Sequence[float], sigma: float) -> list[float]:
    """Return the change of each piece that moves the observable by one sigma."""
    out = [np.inf] * len(fitted.pieces)
    for constant, product in zip(fitted.constants, fitted.products, strict=True):

        def rest(skip: int, product: Any = product, constant: float = constant) -> float:
            total = abs(constant)
            for n, k in enumerate(product.numerators):
                if n != skip:
                    total *= abs(values[k])
            for k in product.denominators:
                total /= abs(values[k])
            for k in product.roots:
                total /= np.sqrt(abs(values[k]))
            return float(total)

        # What is divided by matters in proportion to the product; where that is small in the SM new
        # physics may raise it, and data would notice three sigma.
        size = max(rest(-1), 3 * sigma)
        for n, k in enumerate(product.numerators):
            out[k] = min(out[k], sigma / max(rest(n), 1e-300))
        for k in product.denominators:
            out[k] = min(out[k], sigma * abs(values[k]) / size)
        for k in product.roots:
            out[k] = min(out[k], 2 * sigma * abs(values[k]) / size)
    return out


def prune(
    polynomial: FittedPolynomial,
    tolerance: float,
    products: Mapping[str, float],
    sizes: Mapping[Any, float],
) -> FittedPolynomial:
    """Drop the terms that no observable notices."""
    kept: FittedPolynomial = {}
    for (factors, i, j), coefficient in polynomial.items():
        reach = abs(coefficient) * float(np.prod([abs(products.get(f, 1.0)) for f in factors]))
        for c in (i, j):
            if c is not None:
                reach *= REACH * sizes[c]
        # The constant terms are the SM: they stay.
        if reach > PRUNE * tolerance or (i is None and j is None):
            kept[(factors, i, j)] = coefficient
    return kept


def _bank_name(polynomial: FittedPolynomial) -> str:
    """Return the sectors of a polynomial; b -> s l l is split by lepton flavour."""
    sectors = set()
    for _, i, j in polynomial:
        for c in (i, j):
            if c is not None and c[0] != "derived":
                sectors.add(f"{c[2]}@{c[3]:g}")
    name = "+".join(sorted(sectors))
    if name == "sb@4.8":
        for lepton in ("ee", "mumu", "tautau"):
            if any(
                c is not None and c[4].endswith(f"bs{lepton}")
                for _, i, j in polynomial
                for c in (i, j)
            ):
                return f"{name}:{lepton}"
    return name or "constant"


def build_forms(
    observables: Sequence[Any],
    fitted: Mapping[str, FittedObservable],
    shared: Mapping[str, FittedPolynomial],
    sigma: Mapping[str, float],
    sizes: Mapping[Any, float],
    centre: Array,
    phase: str,
    ckm_inputs: Sequence[Any],
    ckm_measured: Sequence[float],
    arguments: Mapping[str, Sequence[str]],
) -> tuple[Forms, dict[str, int]]:
    """Arrange all polynomials; also return how many terms there were and are.

    Parameters
    ----------
    observables
        Everything to be predicted, in order; `ckm_inputs` must be among them.
    fitted, shared
        Observables by their JSON text, and the auxiliary polynomials.
    sizes
        For every component the size at which it was sampled.
    arguments
        The names of the arguments of each observable, by flavio's name.
    """
    products = {k: float(v) for k, v in ckm_products(centre, centre, phase).items()}
    # For pruning cosines and sines are as large as they can be; `at_sm` is for the pieces' own
    # size.
    products.update(cos_s=1.0, sin_s=1.0, cos_d=1.0, sin_d=1.0)
    at_sm = {**products, "sin_s": 0.0, "sin_d": 0.0}
    counts = {"before": 0, "after": 0}
    first = list(shared)
    unique: dict[str, int] = {}
    pool: list[FittedPolynomial] = []
    tolerances: list[float] = []
    leading = 1 + len(DERIVED)

    rows: list[tuple[Any, Any, Any, float, int]] = []
    for number, observable in enumerate(observables):
        item = fitted[json.dumps(observable)]
        error = sigma[json.dumps(observable)]
        if item.derived:
            names = {"DeltaM_d/DeltaM_s": ("DeltaM_d", "DeltaM_s")}.get(item.name, (item.name,))
            top = (1 + DERIVED.index(names[0]),)
            bottom = (1 + DERIVED.index(names[1]),) if len(names) > 1 else ()
            rows.append((top, bottom, (), item.constants[0], number))
            continue
        values = [_value(shared[p] if isinstance(p, str) else p, at_sm) for p in item.pieces]
        limits = _tolerances(item, values, error)
        places = []
        for piece, limit in zip(item.pieces, limits, strict=True):
            if isinstance(piece, str):
                places.append(leading + first.index(piece))
                continue
            # Polynomials that agree to twelve digits are one piece, with the smallest of its
            # tolerances.
            text = repr([(k, f"{v:.11e}") for k, v in piece.items()])
            if text not in unique:
                unique[text] = len(pool)
                pool.append(piece)
                tolerances.append(limit)
            place = unique[text]
            tolerances[place] = min(tolerances[place], limit)
            # Negative until the banks say where the pieces stand (`resolve`).
            places.append(-1 - place)
        for constant, product in zip(item.constants, item.products, strict=True):
            rows.append(
                (
                    tuple(places[k] for k in product.numerators),
                    tuple(places[k] for k in product.denominators),
                    tuple(places[k] for k in product.roots),
                    constant,
                    number,
                )
            )

    slim = []
    for piece, limit in zip(pool, tolerances, strict=True):
        kept = prune(piece, limit, products, sizes)
        counts["before"] += len(piece)
        counts["after"] += len(kept)
        slim.append(kept)
    by_bank: dict[str, list[int]] = {}
    for k, piece in enumerate(slim):
        by_bank.setdefault(_bank_name(piece), []).append(k)
    everything = [*shared.values(), *slim]
    directions = _directions(everything)
    index: dict[Any, int] = {c: k for k, c in enumerate(directions)}
    index[SHIFT] = len(directions)
    features = dict.fromkeys(factors for piece in everything for factors, _, _ in piece)
    feature_index = {factors: k for k, factors in enumerate(features)}
    banks = [_bank("first", 1, list(shared.values()), index, feature_index)]
    position: dict[int, int] = {}
    place = leading + len(first)
    for name in sorted(by_bank):
        members = by_bank[name]
        banks.append(_bank(name, 2, [slim[k] for k in members], index, feature_index))
        for k in members:
            position[k] = place
            place += 1

    def resolve(places: tuple[int, ...]) -> list[int]:
        out = [p if p >= 0 else position[-1 - p] for p in places]
        return out + [0] * (2 - len(out))

    # `Forms` looks for the first product of each observable: owners must ascend.
    rows.sort(key=lambda row: row[4])
    texts = [json.dumps(o) for o in observables]
    forms = Forms(
        observables=tuple(Observable.of_flavio(o, arguments) for o in observables),
        directions=tuple(directions),
        features=tuple(features),
        banks=tuple(banks),
        first=tuple(first),
        numerators=np.array([resolve(r[0]) for r in rows]),
        denominators=np.array([resolve(r[1]) for r in rows]),
        roots=np.array([resolve(r[2]) for r in rows]),
        constants=np.array([r[3] for r in rows]),
        owner=np.array([r[4] for r in rows]),
        ckm_centre=np.asarray(centre),
        ckm_phase=phase,
        ckm_inputs=np.array([texts.index(json.dumps(o)) for o in ckm_inputs]),
        ckm_measured=np.asarray(ckm_measured),
        logarithms=np.array(
            [k for k, o in enumerate(observables) if fitted[json.dumps(o)].logarithm], dtype=int
        ),
    )
    return forms, counts


def _directions(polynomials: Iterable[FittedPolynomial]) -> list[Any]:
    """Return the components that polynomials depend on, but for what is derived, in their order."""
    found = {
        c
        for p in polynomials
        for _, i, j in p
        for c in (i, j)
        if c is not None and c[0] != "derived"
    }
    return sorted(found, key=str)


def _bank(
    name: str,
    stage: int,
    polynomials: Sequence[FittedPolynomial],
    index: Mapping[Any, int],
    feature_index: Mapping[tuple[str, ...], int],
) -> Bank:
    own = sorted(
        {c for p in polynomials for _, i, j in p for c in (i, j) if c is not None},
        key=lambda c: index[c],
    )
    local = {c: k + 1 for k, c in enumerate(own)}
    terms: dict[tuple[int, int, int], int] = {}
    entries = []
    for column, polynomial in enumerate(polynomials):
        for (factors, i, j), value in polynomial.items():
            left = 0 if i is None else local[i]
            right = 0 if j is None else local[j]
            # x_i x_j and x_j x_i are one monomial.
            key = (feature_index[factors], min(left, right), max(left, right))
            entries.append((terms.setdefault(key, len(terms)), column, value))
    weights = np.zeros((len(terms), len(polynomials)))
    for row, column, value in entries:
        weights[row, column] += value
    table = np.array(list(terms), dtype=int).reshape(-1, 3)
    return Bank(
        name,
        stage,
        np.array([index[c] for c in own], dtype=int),
        table[:, 0],
        table[:, 1],
        table[:, 2],
        weights,
    )


def build_constraints(
    description: Mapping[str, Any], arrays: Mapping[str, Any], observables: Sequence[Any]
) -> list[Constraint]:
    """Return the constraints of ``probe/measure.py`` with tables made small."""
    index = {json.dumps(o): k for k, o in enumerate(observables)}
    out = []
    for number, entry in enumerate(description["constraints"]):
        own = {name: arrays[f"constraint{number}_{name}"] for name in entry["arrays"]}
        moments = own.pop("moments", None)
        pair = None
        if moments is not None and np.all(np.isfinite(moments)):
            pair = (float(moments[0]), float(moments[1]))
        if entry["kind"] != "table":
            pdf = stored(entry["kind"], own)
        elif entry["fast"]:
            # A Gaussian block takes its moments alone.
            assert pair is not None
            pdf = MomentsOnly(np.array([pair[0]]), np.array([[pair[1]]]))
        else:
            pdf = Tabulated.of(own["x"], own["pdf"])
        out.append(
            Constraint(
                entry["block"],
                entry["measurement"],
                tuple(index[json.dumps(o)] for o in entry["observables"]),
                pdf,
                pair,
            )
        )
    return out
