r"""Write the beta functions of a model as formulae.

The general beta functions of :mod:`muoquark.theory.general` are evaluated with symbolic entries,
flavour matrices standing for themselves, along as few field directions as determine all
couplings.  The result is what :mod:`muoquark.theory.betas` evaluates: for every coupling and loop
order a list of terms (number, couplings, traces, product of matrices).  Symbols such as ``n_S1``
weigh the gauge loops of fields that can be decoupled: 1, or 0.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Complex

from muoquark.common.constants import KAPPA
from muoquark.common.progress import Tell
from muoquark.theory.components import Components, YukawaEntry
from muoquark.theory.general import GeneralTheory, beta_gauge, beta_potential, beta_yukawa
from muoquark.theory.symbolic import FlavourPolynomial, scalar
from muoquark.theory.tensors import direction, symbolic_theory

__all__ = ["Table", "generate"]

#: {loop order: {coupling or block: [terms]}}
Table = dict[str, dict[str, list[Any]]]

# A direction of field space: values of some complex scalars.
_Values = dict[int, complex]


def generate(components: Components, progress: Tell | None = None, highest: int = 2) -> Table:
    """Return the table of beta functions of a model at one and two loops.

    Parameters
    ----------
    components
        Of the model.
    progress
        Called with the share of the work that is done, and with what is being done.
    highest
        1: of one loop only, which is fast.

    Raises
    ------
    ArithmeticError
        If a coefficient is not rational: then there is a slip.
    """
    theory = symbolic_theory(components)
    tell = progress or (lambda share, text: None)
    table: Table = {}
    lower: dict[str, Any] = {}
    for loops, begin, share in ((1, 0.0, 0.05), (2, 0.05, 0.95))[:highest]:

        def note(part: float, begin: float = begin, share: float = share, n: int = loops) -> None:
            tell(begin + share * part, f"beta functions at {n} loop{'s' if n > 1 else ''}")

        note(0.0)
        betas: dict[str, Any] = {
            **_gauge(components, theory, loops),
            **_yukawas(components, theory, loops, lambda part: note(0.3 * part)),
            **_potential(components, theory, loops, lambda part: note(0.3 + 0.7 * part)),
        }
        order = {}
        for name, expression in betas.items():
            part = expression - lower.get(name, 0) if loops == 2 else expression
            terms: dict[Any, complex] = defaultdict(complex)
            for key, value in part.terms.items() if isinstance(part, FlavourPolynomial) else ():
                terms[key] += value / KAPPA**loops
            order[name] = [
                [_rational(v), list(s), [_text(w) for w in t], _text(w)]
                for (s, t, w), v in sorted(terms.items())
                if abs(v) > 1e-8
            ]
        lower = betas
        table[str(loops)] = order
    tell(1.0, "beta functions")
    return table


def _gauge(components: Components, theory: GeneralTheory, loops: int) -> dict[str, Any]:
    """Beta functions of the gauge couplings, [[g1, gYX], [0, gX]] kept triangular."""
    # The symmetric gamma would give B a coupling to X, gamma[B, X] gX.  The rotation of B and X
    # that undoes it adds the same again to gYX: 2 gamma[B, X] g1.
    gamma = beta_gauge(theory, loops)
    g1 = scalar("g1")
    out = {
        "g3": gamma[0, 0] * scalar("g3"),
        "g2": gamma[8, 8] * scalar("g2"),
        "g1": gamma[11, 11] * g1,
    }
    gauge = components.model.gauge
    if gauge is not None:
        out["gYX"] = g1 * gamma[11, 12] * 2 + gamma[12, 12] * scalar("gYX")
        out[gauge.coupling] = gamma[12, 12] * scalar(gauge.coupling)
    return out


def _yukawas(
    components: Components, theory: GeneralTheory, loops: int, note: Callable[[float], None]
) -> dict[str, Any]:
    """Beta functions of the blocks of the Yukawa matrices, powers of kappa included."""
    n = components.n_scalars
    # Each block is read off from one entry; those with the same scalar share a direction.
    by_scalar: dict[int, list[YukawaEntry]] = {}
    for entry in {entry.block: entry for entry in reversed(components.yukawas)}.values():
        by_scalar.setdefault(entry.scalar % n, []).append(entry)
    out: dict[str, Any] = {}
    for number, (component, entries) in enumerate(by_scalar.items()):
        note(number / len(by_scalar))
        matrix = beta_yukawa(theory, direction(components, {component: 1.0}), loops)
        for entry in entries:
            value = matrix[entry.row, entry.column]
            if not isinstance(value, FlavourPolynomial):
                continue
            value = value * (1 / entry.read)
            out[entry.block.name] = value.conjugate() if entry.conjugated else value
    return {block.name: out.get(block.name, FlavourPolynomial({})) for block in components.blocks}


def _potential(
    components: Components, theory: GeneralTheory, loops: int, note: Callable[[float], None]
) -> dict[str, Any]:
    """Beta functions of quartics and masses, powers of kappa included."""
    real = {term.coupling: term.real for term in components.potential_terms}
    quartics = [t.coupling for t in components.potential_terms if len(t.factors) == 4]
    masses = [t.coupling for t in components.potential_terms if len(t.factors) == 2]
    # The beta function of V in as many directions as there are unknowns is a linear system.  A
    # complex coupling is two unknowns: itself and its conjugate.
    unknowns = [(name, "") for name in quartics]
    unknowns += [(name, "*") for name in quartics if not real[name]]
    chosen = _directions(components, unknowns)
    inverse = np.linalg.inv(np.array([row for _, row in chosen]))
    values = []
    for number, (where, _) in enumerate(chosen):
        note(number / (len(chosen) + len(masses)))
        values.append(beta_potential(theory, direction(components, where), loops))
    out: dict[str, Any] = {}
    for k, (name, op) in enumerate(unknowns):
        if op:
            continue
        terms: dict[Any, complex] = defaultdict(complex)
        for n in np.flatnonzero(np.abs(inverse[k]) > 1e-12):
            if isinstance(values[n], FlavourPolynomial):
                for key, value in values[n].terms.items():
                    terms[key] += value * inverse[k, n]
        out[name] = FlavourPolynomial({key: v for key, v in terms.items() if abs(v) > 1e-13})
    symbols = [f"{name}{op}" for name in masses for op in ("", "+", "*")]
    mass_unknowns = [(name, "") for name in masses]
    mass_unknowns += [(name, "*") for name in masses if not real[name]]
    chosen = _directions(components, mass_unknowns)
    inverse = np.linalg.inv(np.array([row for _, row in chosen]))
    found = []
    for where, _ in chosen:
        value = beta_potential(theory, direction(components, where), loops, dummy=1.0)
        found.append(value.linear_in(symbols) if isinstance(value, FlavourPolynomial) else 0)
    for k, (name, op) in enumerate(mass_unknowns):
        if not op:
            total: Any = FlavourPolynomial({})
            for n in np.flatnonzero(np.abs(inverse[k]) > 1e-12):
                total = total + found[n] * complex(inverse[k, n])
            out[name] = total
    return out


def _directions(
    components: Components, unknowns: list[tuple[str, str]]
) -> list[tuple[_Values, Complex[np.ndarray, " unknowns"]]]:
    """Choose directions in which a potential determines its couplings, and what it is there.

    Directions with few fields come first: their expressions are short.
    """
    groups: dict[frozenset[str], int] = defaultdict(int)
    for name, _ in unknowns:
        groups[frozenset(f.name for f in components.model.term(name).fields)] += 1
    polynomials = [
        components.conjugate(components.potential[name]) if op else components.potential[name]
        for name, op in unknowns
    ]
    chosen: list[tuple[_Values, np.ndarray]] = []
    basis = np.zeros((0, len(unknowns)), complex)
    rng = np.random.default_rng(7)
    for fields, number in sorted(groups.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
        wanted = len(chosen) + number
        for values in _candidates(components, sorted(fields), rng):
            row = _evaluated(components, polynomials, values)
            rest = row - basis.T @ (basis.conj() @ row)
            rest = rest - basis.T @ (basis.conj() @ rest)
            size = np.linalg.norm(rest)
            if size > 0.02 * np.linalg.norm(row) > 0:
                basis = np.vstack([basis, rest / size])
                chosen.append((values, row))
                if len(chosen) == wanted:
                    break
    return chosen


def _candidates(
    components: Components, fields: list[str], rng: np.random.Generator
) -> Iterator[_Values]:
    """Yield directions in these fields, those with few components first, without end."""
    multiplets = [components.scalar(name) for name in fields]
    for extra in itertools.chain(range(3), itertools.repeat(3)):
        for _ in range(60):
            values: _Values = {}
            for k in range(len(multiplets) + extra):
                part = multiplets[k] if k < len(multiplets) else rng.choice(multiplets)  # type: ignore[arg-type]
                # a power of i: phases decide whether couplings of both kinds are seen
                values[int(part.start + rng.integers(part.size))] = 1j ** int(rng.integers(4))
            yield values


def _evaluated(
    components: Components, polynomials: list[Any], values: _Values
) -> Complex[np.ndarray, " unknowns"]:
    n = components.n_scalars
    full = {**values, **{k + n: complex(z).conjugate() for k, z in values.items()}}
    row = []
    for polynomial in polynomials:
        total = 0j
        for key, coefficient in polynomial.items():
            if all(k in full for k in key):
                total += coefficient * np.prod([full[k] for k in key])
        row.append(total)
    return np.array(row)


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


def _text(word: Any) -> str:
    return " ".join(name + {"n": "", "c": "*", "t": "^T", "h": "^+"}[op] for name, op in word)
