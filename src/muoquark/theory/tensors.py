r"""The tensors of a model at given couplings, for the general theory: numbers, or symbols.

Both are built here from the same components.  Numbers are dense, in real scalars
:math:`z = (\mathrm{Re} + i\,\mathrm{Im})/\sqrt2` of canonical norm and with one index for each
generation; symbols are sparse, in complex scalars, and their entries flavour matrices.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Complex, Float

from muoquark.theory.components import Components, Polynomial, multiplicity, symbol_value
from muoquark.theory.general import GeneralTheory
from muoquark.theory.sparse import Sparse
from muoquark.theory.symbolic import FlavourPolynomial, letter, scalar

__all__ = [
    "direction",
    "fermion_slices",
    "fields_from_vector",
    "gauge_fields",
    "numerical_theory",
    "presence",
    "real_basis",
    "symbolic_theory",
    "symbolic_yukawas",
    "yukawa_tensor",
]


def presence(field: str) -> str:
    """Return the symbol that is one where a field is there, zero where it is decoupled."""
    return f"n_{field}"


def _derivatives(polynomial: Polynomial) -> Iterator[tuple[tuple[int, ...], complex]]:
    """Yield the entries of the tensor of derivatives of a polynomial."""
    for key, coefficient in polynomial.items():
        for permutation in set(itertools.permutations(key)):
            yield permutation, coefficient * multiplicity(key)


def real_basis(n: int) -> Complex[np.ndarray, "n2 n2"]:
    """Return the unitary matrix U with (z, z^*) = U (Re, Im)."""
    one = np.eye(n)
    return np.asarray(np.block([[one, 1j * one], [one, -1j * one]]) / np.sqrt(2))


def fields_from_vector(
    components: Components, vector: Float[np.ndarray, " {2*components.n_scalars}"]
) -> dict[str, Complex[np.ndarray, "colour isospin"]]:
    """Return each scalar, [colour][isospin], of a vector of all real fields."""
    n = components.n_scalars
    z = (real_basis(n) @ vector)[:n]
    return {
        part.field.name: z[part.start : part.start + part.size].reshape(-1, part.field.isospin)
        for part in components.scalars
    }


def _families(components: Components) -> list[int]:
    """Return the number of generations of each component of a fermion."""
    return [len(part.generations) for part in components.fermions for _ in range(part.size)]


def fermion_slices(components: Components) -> tuple[slice, ...]:
    """Return where the generations of each component stand among all fermions."""
    start = np.cumsum([0, *_families(components)]).tolist()
    return tuple(slice(one, two) for one, two in itertools.pairwise(start))


def yukawa_tensor(
    components: Components, couplings: Mapping[str, Any]
) -> Complex[np.ndarray, "n2 F F"]:
    """Return Y of -L = Y_zij psi_i psi_j z/2 + h.c. for each complex scalar and conjugate z."""
    where = fermion_slices(components)
    size = where[-1].stop if where else 0
    yukawa = np.zeros((2 * components.n_scalars, size, size), complex)
    for entry in components.yukawas:
        block = np.asarray(couplings[entry.block.coupling])
        matrix = block[np.ix_(entry.block.rows, entry.block.columns)]
        matrix = entry.number * (matrix.conj() if entry.conjugated else matrix)
        yukawa[entry.scalar, where[entry.row], where[entry.column]] += matrix
        yukawa[entry.scalar, where[entry.column], where[entry.row]] += matrix.T
    return yukawa


def numerical_theory(components: Components, couplings: Mapping[str, Any]) -> GeneralTheory:
    """Return the tensors at `couplings`, complete and under their own names."""
    n = components.n_scalars
    yukawa = yukawa_tensor(components, couplings)
    size = yukawa.shape[-1]
    quartic = np.zeros((2 * n,) * 4, complex)
    mass = np.zeros((2 * n,) * 2, complex)
    for symbol, polynomial in components.symbols.items():
        number = symbol_value(couplings, symbol)
        for key, coefficient in _derivatives(polynomial):
            (quartic if len(key) == 4 else mass)[key] += number * coefficient
    u = real_basis(n)
    yukawa = np.einsum("zij,za->aij", yukawa, u)
    for axis in range(4):
        quartic = np.moveaxis(np.tensordot(u, quartic, (0, axis)), 0, axis)
    mass = u.T @ mass @ u

    # generations: a generator acts alike on all of a class
    families = _families(components)
    which = np.repeat(np.arange(len(families)), families)
    member = np.concatenate([np.arange(number) for number in families])
    lift = (member[:, None] == member[None, :]).astype(float)
    fermionic, scalars, casimir = [], [], []
    on_fermions = components.generators(components.fermions)
    on_scalars = components.generators(components.scalars)
    for mixture in gauge_fields(components):
        f, s = np.zeros((size, size), complex), np.zeros((2 * n, 2 * n), complex)
        for name, coupling in mixture.items():
            g = float(couplings[coupling])
            f += g * on_fermions[name][np.ix_(which, which)] * lift
            t = on_scalars[name]
            s += g * (u.conj().T @ np.block([[t, 0 * t], [0 * t, -t.conj()]]) @ u)
        fermionic.append(f)
        scalars.append(s)
        (coupling, *more) = mixture.values()
        casimir.append(0.0 if more else _ADJOINT.get(coupling, 0) * float(couplings[coupling]) ** 2)
    return GeneralTheory(
        yukawa,
        quartic.real,
        np.array(fermionic),
        np.array(scalars),
        np.diag(casimir),
        mass.real,
    )


# Casimir of the adjoint representation by coupling
_ADJOINT = {"g3": 3, "g2": 2}


def gauge_fields(components: Components) -> list[dict[str, str]]:
    """Return the gauge fields, each with the generators it couples to and their couplings.

    Eight gluons, three W, B with g1 Y, and X with gYX Y + gX X where there is one.
    """
    gauge = components.model.gauge
    out: list[dict[str, str]] = [{f"SU(3) T{n}": "g3"} for n in range(1, 9)]
    out += [{f"SU(2) T{n}": "g2"} for n in range(1, 4)]
    out.append({"Y": "g1"})
    if gauge is not None:
        out.append({"Y": "gYX", "X": gauge.coupling})
    return out


def symbolic_yukawas(components: Components) -> Sparse:
    """Return the Yukawa tensor with flavour matrices as symbols, sparse."""
    yukawa: dict[tuple[int, ...], Any] = {}
    for entry in components.yukawas:
        # the tensor is symmetric in the fermions together with their families, hence the transpose
        matrix = letter(entry.block.name, "c" if entry.conjugated else "n") * entry.number
        for key, value in (
            ((entry.scalar, entry.row, entry.column), matrix),
            ((entry.scalar, entry.column, entry.row), matrix.transposed()),
        ):
            yukawa[key] = yukawa[key] + value if key in yukawa else value
    return Sparse("sff", yukawa, components.n_scalars)


def symbolic_theory(components: Components) -> GeneralTheory:
    """Return the tensors with couplings as symbols, sparse and in complex scalars."""
    n = components.n_scalars
    quartic: dict[tuple[int, ...], Any] = {}
    mass: dict[tuple[int, ...], Any] = {}
    for name, polynomial in components.symbols.items():
        # a coupling that has a conjugate is marked as well
        symbol = scalar(f"{name}+" if f"{name}*" in components.symbols else name)
        for indices, coefficient in _derivatives(polynomial):
            target = quartic if len(indices) == 4 else mass
            value = symbol * coefficient
            target[indices] = target[indices] + value if indices in target else value
    on_fermions = components.generators(components.fermions)
    on_scalars = components.generators(components.scalars)
    families = _families(components)
    names = [p.field.name for p in components.fermions for _ in range(p.size)]
    scalar_names = [p.field.name for p in components.scalars for _ in range(p.size)]
    fermionic: dict[tuple[int, ...], Any] = {}
    scalars: dict[tuple[int, ...], Any] = {}
    casimir: dict[tuple[int, ...], Any] = {}
    for number, mixture in enumerate(gauge_fields(components)):
        for name, coupling in mixture.items():
            symbol = scalar(coupling)
            if coupling in _ADJOINT:
                casimir[number, number] = symbol * symbol * _ADJOINT[coupling]
            for i, j in np.argwhere(np.abs(on_fermions[name]) > 1e-14).tolist():
                entry = symbol * complex(on_fermions[name][i, j])
                where = (number, i, j)
                fermionic[where] = fermionic[where] + entry if where in fermionic else entry
            for i, j in np.argwhere(np.abs(on_scalars[name]) > 1e-14).tolist():
                # chi_a T_ab phi_b = chi^* t phi - chi t^* phi^*
                number_ = complex(on_scalars[name][i, j])
                for place, value in (
                    ((number, i + n, j), symbol * number_),
                    ((number, i, j + n), symbol * -number_.conjugate()),
                ):
                    scalars[place] = scalars[place] + value if place in scalars else value

    def counted(field: str, number: int) -> FlavourPolynomial:
        """How many fields an index stands for, with a symbol if the field is removable."""
        symbols = (presence(field),) if field in components.removable else ()
        return FlavourPolynomial({(symbols, (), ()): float(number)})

    weights = [counted(name, number) for name, number in zip(names, families, strict=True)]
    scalar_weights = [counted(name, 1) for name in scalar_names] * 2
    return GeneralTheory(
        symbolic_yukawas(components),
        Sparse("ssss", quartic, n),
        Sparse("gff", fermionic, n),
        Sparse("gss", scalars, n),
        Sparse("gg", casimir, n),
        Sparse("ss", mass, n),
        # Gauge loops count families, in numbers; with Yukawa matrices the trace does it.
        Sparse("gff", {key: v * weights[key[1]] for key, v in fermionic.items()}, n),
        Sparse("gss", {key: v * scalar_weights[key[1]] for key, v in scalars.items()}, n),
    )


def direction(components: Components, values: Mapping[int, complex]) -> Sparse:
    """Return a vector of scalars as a sparse tensor: z of some components, the others zero."""
    # phi_a psi_a = z w^* + z^* w: what multiplies w^* is z
    entries: dict[tuple[int, ...], complex] = {}
    n = components.n_scalars
    for k, z in values.items():
        entries[k + n,] = z
        entries[k,] = complex(z).conjugate()
    return Sparse("s", entries, n)
