r"""Write the beta functions of the model as formulae: ``python -m muoquark.theory.generate``.

The general beta functions of :mod:`muoquark.theory.general` are evaluated with symbolic entries,
flavour matrices standing for themselves, along as few field directions as determine all
couplings.  The result, ``betas.json``, is what :mod:`muoquark.theory.betas` evaluates: for every
coupling and loop order a list of terms (number, couplings, traces, product of matrices).  The
symbols nLQ, nP and nN weigh the gauge loops of the leptoquarks, of Phi and of nu_R: 1, or 0 once
decoupled.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Complex, Shaped

from muoquark.common.constants import KAPPA
from muoquark.theory import lagrangian as lag
from muoquark.theory.general import GeneralTheory, beta_gauge, beta_potential, beta_yukawa
from muoquark.theory.symbolic import Expression, letter, scalar

__all__ = ["generate", "symbolic_theory"]

# Mostly of expressions, hence of any element type.
Symbols = Shaped[np.ndarray, "..."]
MASSES = ("mH2", "mP2", "m12", "m32")
TABLE = Path(__file__).with_name("betas.json")


def symbolic_theory() -> GeneralTheory:
    """Return the tensors of the model with couplings as symbols, in the real scalar basis."""
    n = len(lag.scalar_components())
    comps = lag.fermion_components()
    u = lag._real_basis()
    # A component stands for all families of its field: entries are flavour matrices, and the tensor
    # is symmetric in the fermions together with their families, hence the transpose.
    y = _zeros((2 * n, len(comps), len(comps)))
    for name, conj, factor, index, left, right in lag.yukawa_terms():
        i, j = comps.index(left), comps.index(right)
        entry = letter(name, "c" if conj else "n") * factor
        y[index, i, j] = y[index, i, j] + entry
        y[index, j, i] = y[index, j, i] + entry.transposed()
    y = _real(y, u, 1)
    quartic, mass = _zeros((2 * n,) * 4), _zeros((2 * n,) * 2)
    for name, poly in lag.potential_terms().items():
        for key, coefficient in poly.items():
            # the tensor holds derivatives of V: k! for a field to the power k
            multiplicity = float(np.prod([np.prod(range(1, key.count(k) + 1)) for k in set(key)]))
            entry = scalar(name) * (coefficient * multiplicity)
            target = quartic if len(key) == 4 else mass
            for permutation in set(itertools.permutations(key)):
                target[permutation] = target[permutation] + entry
    quartic, mass = _real(quartic, u, 4), _real(mass, u, 2)
    fermionic, scalars = [], []
    abelian: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for (name, tf), (_, ts) in zip(
        lag.generators("fermions"), lag.generators("scalars"), strict=True
    ):
        both = u.conj().T @ np.block([[ts, 0 * ts], [0 * ts, -ts.conj()]]) @ u
        if name in ("Y", "X"):
            abelian[name] = (tf, both)
        else:
            fermionic.append(_times(tf, scalar(name)))
            scalars.append(_times(both, scalar(name)))
    # B with g1 Y, X with gYX Y + gX X: the mixing is in the generators (8 gluons, 3 W, B, X)
    g1, gyx, gx = scalar("g1"), scalar("gYX"), scalar("gX")
    for pair in ((g1, 0), (gyx, gx)):
        for k, out in enumerate((fermionic, scalars)):
            out.append(_times(abelian["Y"][k], pair[0]) + _times(abelian["X"][k], pair[1]))
    c2g = _zeros((13, 13))
    for a in range(11):
        g = scalar("g3" if a < 8 else "g2")
        c2g[a, a] = g * g * (3.0 if a < 8 else 2.0)
    # Gauge loops of fermions count families, in numbers; with Yukawa matrices the trace does it.
    present = {"nc": scalar("nN"), "nmc": scalar("nN")}
    weights = np.array([lag.FERMIONS[c.field][0] * present.get(c.field, 1) for c in comps], object)
    present = {"P": scalar("nP"), "S1": scalar("nLQ"), "S3": scalar("nLQ")}
    scalar_weights = np.array(
        [present.get(c.field, 1) for c in lag.scalar_components()] * 2, object
    )
    return GeneralTheory(
        y,
        quartic,
        np.array(fermionic),
        np.array(scalars),
        c2g,
        mass,
        weights,
        scalar_weights,
    )


def _zeros(shape: tuple[int, ...]) -> Symbols:
    out = np.empty(shape, object)
    out.fill(0)
    return out


def _times(matrix: Complex[np.ndarray, "n n"], symbol: Any) -> Shaped[np.ndarray, "n n"]:
    out = _zeros(matrix.shape)
    for index in np.argwhere(abs(matrix) > 1e-14):
        out[tuple(index)] = symbol * complex(matrix[tuple(index)])
    return out


def _real(tensor: Symbols, u: Complex[np.ndarray, "30 30"], axes: int) -> Symbols:
    """Change the first `axes` indices from complex to real scalars (sparsely)."""
    for axis in range(axes):
        moved = np.moveaxis(tensor, axis, 0)
        out = _zeros(moved.shape)
        for index in zip(*np.nonzero(moved), strict=True):
            for a in np.nonzero(abs(u[index[0]]) > 1e-14)[0]:
                out[(a, *index[1:])] = out[(a, *index[1:])] + moved[index] * complex(u[index[0], a])
        tensor = np.moveaxis(out, 0, axis)
    return tensor


def _unit(field: str, colour: int, isospin: int) -> Shaped[np.ndarray, " 30"]:
    vector = _zeros((30,))
    vector[lag.scalar_index(field, colour, isospin)] = 1.0
    return vector


# the direction in which a Yukawa coupling is read off, and the fermion components it joins
_READ = {
    "Yu": ("H", 1), "Yn": ("H", 1), "ynm": ("H", 1),
    "Yd": ("H", 0), "Ye": ("H", 0), "ymu": ("H", 0),
    "e1L": ("S1", 0), "e1R": ("S1", 0), "e1t": ("S1", 0), "e3L": ("S3", 2), "yPhi": ("P", 0),
}  # fmt: skip


def generate_yukawas(theory: GeneralTheory, loops: int) -> dict[str, Expression]:
    """Return the beta functions of the Yukawa matrices, powers of kappa included."""
    out: dict[str, Expression] = {}
    comps = lag.fermion_components()
    for field, isospin in sorted(set(_READ.values())):
        matrix = beta_yukawa(theory, _unit(field, 0, isospin), loops)
        # phi = (Re + i Im)/sqrt(2): along Re the tensor is the coupling times `factor` over sqrt(2)
        index = lag.scalar_index(field, 0, isospin)
        for name, conj, factor, z, left, right in lag.yukawa_terms():
            if name in out or z % 15 != index or _READ[name] != (field, isospin):
                continue
            entry = matrix[comps.index(left), comps.index(right)] * (np.sqrt(2) / factor)
            out[name] = entry.conjugate() if conj else entry
    return out


def generate_potential(theory: GeneralTheory, loops: int) -> dict[str, Expression]:
    """Return the beta functions of quartics and masses, powers of kappa included."""
    polynomials = lag.potential_terms()
    u = lag._real_basis()
    quartics = [k for k in polynomials if k not in MASSES]
    # The beta function of V in as many directions as there are quartics is a linear system for
    # those of all quartics.  Directions with few fields come first: their expressions are short.
    rng = np.random.default_rng(7)
    candidates = []
    for _ in range(3000):
        vector = np.zeros(30)
        for k in rng.choice(30, rng.integers(1, 5), replace=False):
            vector[k] = rng.choice([1.0, -1.0])
        z = u @ vector
        entries = [
            sum(c * np.prod(z[list(key)]) for key, c in polynomials[name].items())
            for name in quartics
        ]
        candidates.append((np.count_nonzero(vector), vector, np.array(entries)))
    candidates.sort(key=lambda item: item[0])
    chosen: list[tuple[np.ndarray, np.ndarray]] = []
    for _, vector, row in candidates:
        trial = np.array([*(r for _, r in chosen), row])
        if np.linalg.matrix_rank(trial, tol=1e-6) == len(trial):
            chosen.append((vector, row))
    inverse = np.linalg.inv(np.array([row for _, row in chosen]))
    assert len(chosen) == len(quartics)
    values = []
    for number, (vector, _) in enumerate(chosen):
        print(f"  direction {number + 1} of {len(chosen)}", file=sys.stderr, flush=True)
        values.append(beta_potential(theory, vector, loops, dummy=1.0))
    out: dict[str, Expression] = {}
    for k, name in enumerate(quartics):
        total: Any = 0
        for n, value in enumerate(values):
            if abs(inverse[k, n]) > 1e-12 and isinstance(value, Expression):
                total = total + value * complex(inverse[k, n])
        # without what the masses add at dummy = 1
        out[name] = Expression(
            {t: v for t, v in total.terms.items() if not set(t[0]) & set(MASSES)}
        )
    for name in MASSES:
        (key, _), *_ = polynomials[name].items()
        vector = np.zeros(30)
        vector[min(key)] = np.sqrt(2.0)  # |phi|^2 = 1, so that V is the mass itself
        value = beta_potential(theory, vector, loops, dummy=1.0)
        out[name] = value.linear_in(MASSES)
    return out


def generate_gauge(theory: GeneralTheory, loops: int) -> dict[str, Expression]:
    """Return the beta functions of the gauge couplings, [[g1, gYX], [0, gX]] kept triangular."""
    # The symmetric gamma would give B a coupling to X, gamma[B, X] gX.  The rotation of B and X
    # that undoes it adds the same again to gYX: 2 gamma[B, X] g1.
    gamma = beta_gauge(theory, loops)
    g1, gyx, gx = scalar("g1"), scalar("gYX"), scalar("gX")
    return {
        "g3": gamma[0, 0] * scalar("g3"),
        "g2": gamma[8, 8] * scalar("g2"),
        "g1": gamma[11, 11] * g1,
        "gYX": g1 * gamma[11, 12] * 2 + gamma[12, 12] * gyx,
        "gX": gamma[12, 12] * gx,
    }


def _rational(value: complex) -> Any:
    """Return an exact [numerator, denominator] or [.., .., "i"] of a generated number."""
    # The coefficients of 1906.04625 are rational, and so are group factors: else there is a slip.
    imaginary = abs(value.imag) > abs(value.real)
    number = value.imag if imaginary else value.real
    rest = value.real if imaginary else value.imag
    fraction = Fraction(number).limit_denominator(20000)
    if abs(rest) > 1e-8 or abs(float(fraction) - number) > 1e-9 * max(1, abs(number)):
        raise ArithmeticError(f"not a rational number: {value}")
    return [fraction.numerator, fraction.denominator] + (["i"] if imaginary else [])


def generate() -> dict[str, Any]:
    """Return the table of beta functions: {loop order: {coupling: [terms]}}."""
    theory = symbolic_theory()
    table: dict[str, Any] = {}
    lower: dict[str, Expression] = {}
    for loops in (1, 2):
        print(f"{loops} loop(s)", file=sys.stderr, flush=True)
        betas = {
            **generate_gauge(theory, loops),
            **generate_yukawas(theory, loops),
            **generate_potential(theory, loops),
        }
        order = {}
        for name, expression in betas.items():
            part = expression - lower.get(name, 0) if loops == 2 else expression
            terms: dict[Any, complex] = defaultdict(complex)
            for key, value in part.terms.items():
                terms[key] += value / KAPPA**loops
            order[name] = [
                [_rational(v), list(s), [_text(w) for w in t], _text(w)]
                for (s, t, w), v in sorted(terms.items())
                if abs(v) > 1e-8
            ]
        lower = betas
        table[str(loops)] = {k: v for k, v in order.items() if not k.endswith("*")}
    return table


def _text(word: Any) -> str:
    return " ".join(name + {"n": "", "c": "*", "t": "^T", "h": "^+"}[op] for name, op in word)


def main() -> None:
    """Write the table beside this file."""
    table = generate()
    lines = []
    for loops, betas in table.items():
        rows = [
            f"    {json.dumps(name)}: [\n"
            + ",\n".join("      " + json.dumps(term) for term in terms)
            + "\n    ]"
            for name, terms in betas.items()
        ]
        lines.append(f'  "{loops}": {{\n' + ",\n".join(rows) + "\n  }")
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
