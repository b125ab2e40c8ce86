"""Linear coordinates of a card: few numbers that its couplings are linear functions of.

The matching is a polynomial of degree four in the couplings, but a card may vary a product:
``{ansatz: U2, value: {free: ...}, light: {free: ...}}`` varies c2 and the coupling c2 V_ts eta.  In
the card's own parameters the degree is then eight or more, and the polynomial too long to be of
use.  In coordinates that the couplings are linear in, it is four again; the coordinates are
polynomials of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import Any

import numpy as np

from muoquark.model.boson import VEV_KEY, boson_names
from muoquark.model.card import Card, Free, factors, numbers_in, with_entry
from muoquark.model.point import DEFAULT_MASS
from muoquark.model.rotation import matrices

__all__ = ["LinearCard", "linear_coordinates", "without_products"]

# Relative to the largest entry of a coupling: below this a direction is rounding.
SMALL = 1e-12
SAMPLES = 64
# Up to this many parameters all corners of their box are looked at, of more as many.
CORNERS = 10


@dataclass(frozen=True)
class LinearCard(Card):
    """A card whose couplings and quartics are base + sum of coordinate times direction.

    Attributes
    ----------
    base
        By name, the real numbers of a coupling (18) or a quartic (2).
    directions
        By name, orthonormal, shape (coordinates, 18 or 2).
    ranges
        By name, the ends of each coordinate's range, shape (coordinates, 2).
    """

    base: Mapping[str, np.ndarray] = field(default_factory=dict)
    directions: Mapping[str, np.ndarray] = field(default_factory=dict)
    ranges: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def free(self) -> tuple[Free, ...]:
        """The coordinates, then what is free of the boson of U(1)_X."""
        return (
            *(
                Free(f"{name}:{k}", float(low), float(high), float(low + high) / 2)
                for name, ranges in self.ranges.items()
                for k, (low, high) in enumerate(ranges)
            ),
            *of_boson(self),
        )

    def arrays(self, values: Mapping[str, Any], xp: Any = np) -> dict[str, dict[str, Any]]:
        """Return masses, couplings (3x3) and quartics for values of the coordinates."""

        def at(name: str, shape: tuple[int, ...]) -> Any:
            numbers = xp.asarray(self.base[name])
            for k, direction in enumerate(self.directions[name]):
                numbers = numbers + values[f"{name}:{k}"] * direction
            half = len(self.base[name]) // 2
            return (numbers[:half] + 1j * numbers[half:]).reshape(shape)

        return {
            "masses": {f.name: self.masses.get(f.name, DEFAULT_MASS) for f in self.model.heavy},
            "couplings": {name: at(name, (3, 3)) for name in self.couplings},
            "quartics": {name: at(name, ()) for name in self.quartics},
            **boson_arrays(self, values, xp),
        }


def of_boson(card: Card) -> tuple[Free, ...]:
    """Return the free parameters of the boson of U(1)_X: they stay what they are."""
    numbers = numbers_in([card.gauge, card.rotations])
    return tuple({one.name: one for one in numbers if isinstance(one, Free)}.values())


def boson_arrays(card: Card, values: Mapping[str, Any], xp: Any = np) -> dict[str, dict[str, Any]]:
    """Return the numbers and the rotations of the boson of U(1)_X."""

    def at(number: Any) -> Any:
        return values[number.name] + 0j if isinstance(number, Free) else complex(number)

    return {
        "gauge": {name: at(number) for name, number in card.gauge.items()},
        "rotations": matrices(card.rotations, at, xp),
    }


def without_products(card: Card) -> tuple[Card, Callable[[Any, Any], Any]]:
    """Return a card with two free entries in the place of every product, and their values.

    The function takes parameters (..., n) of the card and numpy or ``jax.numpy``, and returns
    those of the new one.
    """
    couplings = dict(card.couplings)
    made: dict[str, tuple[str, bool]] = {}
    for each in card.products:
        p = each.product
        largest = max(abs(p.low), abs(p.high)) ** 0.5
        spans = (0.0, largest), (-(max(-p.low, 0.0) ** 0.5), max(p.high, 0.0) ** 0.5)
        for k, (entry, (low, high)) in enumerate(zip(each.entries, spans, strict=True)):
            name = f"{entry} of {p.name}"
            made[name] = (p.name, k == 0)
            free = Free(name, low, high, (low + high) / 2)
            old = couplings.get(entry.coupling, (0.0, 0.0, 0.0))
            couplings[entry.coupling] = with_entry(old, entry, free)
    plain = replace(card, couplings=couplings, products=())
    names = [p.name for p in card.free]

    def transform(theta: Any, xp: Any = np) -> Any:
        columns = []
        for parameter in plain.free:
            source, first = made.get(parameter.name, (parameter.name, None))
            value = theta[..., names.index(source)]
            if first is not None:
                value = factors(value)[0 if first else 1]
            columns.append(value)
        return xp.stack(columns, axis=-1)

    return plain, transform


def linear_coordinates(card: Card) -> tuple[Card, Callable[[Any, Any], Any] | None]:
    """Return a card in linear coordinates, and the function that gives them.

    Products are taken apart into their two entries first.

    The function takes parameters (..., n) of the card and numpy or ``jax.numpy``, and returns
    coordinates (..., m).  If the couplings are linear in the parameters as it is, or masses
    vary, the card itself is returned, and None.
    """
    if card.products:
        plain, split = without_products(card)
        linear, further = linear_coordinates(plain)
        if further is None:
            return plain, split
        return linear, lambda theta, xp=np: further(split(theta, xp), xp)
    n = len(card.free)
    kept = np.array([[p.name for p in card.free].index(b.name) for b in of_boson(card)], dtype=int)
    low, high = np.array([(p.low, p.high) for p in card.free]).T
    if any(isinstance(m, Free) for m in (*card.masses.values(), *_boson_masses(card))):
        return card, None
    rng = np.random.default_rng(0)
    samples = low + (high - low) * rng.uniform(size=(SAMPLES, n))
    numbers = _numbers(card, samples)
    middle = _numbers(card, (samples[::2] + samples[1::2]) / 2)
    if all(
        np.allclose(middle[k], (x[::2] + x[1::2]) / 2, rtol=0, atol=SMALL * np.abs(x).max())
        for k, x in numbers.items()
    ):
        return card, None
    # Products of parameters take their largest values at corners of the box.
    ends = np.array(list(product((0.0, 1.0), repeat=n)) if n <= CORNERS else [])
    ends = ends if len(ends) else rng.integers(0, 2, (2**CORNERS, n))
    extreme = _numbers(card, np.concatenate([samples, low + (high - low) * ends]))
    base, directions, ranges = {}, {}, {}
    for name, x in numbers.items():
        base[name] = x.mean(axis=0)
        _, size, vectors = np.linalg.svd(x - base[name], full_matrices=False)
        directions[name] = vectors[size > SMALL * max(1e-300, float(np.abs(x).max())) * SAMPLES]
        along = (extreme[name] - base[name]) @ directions[name].T
        ranges[name] = np.stack([along.min(axis=0), along.max(axis=0)], axis=1)
    linear = LinearCard(
        **{f.name: getattr(card, f.name) for f in fields(Card)},
        base=base,
        directions=directions,
        ranges=ranges,
    )

    def transform(theta: Any, xp: Any = np) -> Any:
        if xp is np:
            values = _numbers(card, np.reshape(theta, (-1, n)))
            parts = [(values[k] - base[k]) @ directions[k].T for k in base]
            found = np.concatenate([*parts, np.reshape(theta, (-1, n))[:, kept]], axis=1)
            return found.reshape(*np.shape(theta)[:-1], -1)
        import jax

        def one(point: Any) -> Any:
            parts = _real(card, point, xp)
            own = [directions[k] @ (parts[k] - base[k]) for k in base]
            return xp.concatenate([*own, point[kept]])

        return jax.vmap(one)(theta) if theta.ndim == 2 else one(theta)

    return linear, transform


def _boson_masses(card: Card) -> list[Any]:
    """Return what the mass of the boson is made of."""
    return [
        card.gauge[name] for name in (boson_names(card.model).mass, VEV_KEY) if name in card.gauge
    ]


def _real(card: Card, point: Any, xp: Any) -> dict[str, Any]:
    """Return the real numbers of every coupling and quartic at one point (n,)."""
    arrays = card.arrays({p.name: point[k] for k, p in enumerate(card.free)}, xp)
    flat = {
        name: xp.ravel(xp.asarray(x) + 0j)
        for group in ("couplings", "quartics")
        for name, x in arrays[group].items()
    }
    return {name: xp.concatenate([x.real, x.imag]) for name, x in flat.items()}


def _numbers(card: Card, points: np.ndarray) -> dict[str, np.ndarray]:
    """Return the real numbers of every coupling and quartic at points (N, n)."""
    rows = [_real(card, p, np) for p in points]
    return {name: np.array([r[name] for r in rows]) for name in rows[0]}
