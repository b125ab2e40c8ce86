r"""Beta functions of the muoquark model up to two loops, fast.

The formulae in ``betas.json`` were written by :mod:`muoquark.theory.generate` from the general
theory (Machacek-Vaughn; Poole and Thomsen, arXiv:1906.04625) and are evaluated here: each
product of flavour matrices once, then one weighted sum per coupling, in about a millisecond.

Conventions: see :func:`beta`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from jaxtyping import Float, Inexact, Int

from muoquark.common.constants import KAPPA
from muoquark.common.errors import Fault, InputError, suggest
from muoquark.theory.lagrangian import COMPLEX_QUARTICS, QUARTICS, YUKAWA_SHAPES

__all__ = ["GAUGE", "MASSES", "NAMES", "NEEDS", "beta", "complete", "evaluate", "pack", "unpack"]

# All couplings of the model as real numbers.
Packed = Float[np.ndarray, " couplings"]

GAUGE = ("g1", "gX", "gYX", "g2", "g3")
MASSES = ("mH2", "mP2", "m12", "m32")
_QUARTIC_NAMES = tuple(
    part
    for name in QUARTICS
    for part in ((f"{name}_re", f"{name}_im") if name in COMPLEX_QUARTICS else (name,))
)
REALS = (*GAUGE, *_QUARTIC_NAMES, *MASSES)
NAMES = (*GAUGE, *YUKAWA_SHAPES, *_QUARTIC_NAMES, *MASSES)

# which couplings exist only with a field
NEEDS: dict[str, tuple[str, ...]] = {
    "LQ": (
        *("e3L", "e1L", "e1R", "e1t", "m12", "m32"),
        *(n for n in _QUARTIC_NAMES if n not in ("lH", "lP", "lHP")),
    ),
    "P": ("yPhi", "lP", "lHP", "lP1", "lP3", "mP2"),
    "N": ("Yn", "ynm", "e1t", "yPhi"),
}
_PRESENT = {"nLQ": "LQ", "nP": "P", "nN": "N"}


def complete(couplings: Mapping[str, Any]) -> dict[str, Any]:
    """Check names, shapes and values of `couplings`, and fill in zero for the absent ones.

    Raises
    ------
    InputError
        For unknown names, wrong shapes, and values that are not finite (or not real where they
        must be); all faults at once.
    """
    faults: list[Fault] = []
    out: dict[str, Any] = {name: 0.0 for name in REALS}
    out.update({name: np.zeros(shape, complex) for name, shape in YUKAWA_SHAPES.items()})
    for name, value in couplings.items():
        if name not in out:
            faults.append(Fault(f"unknown coupling '{name}': {suggest(name, NAMES)}"))
            continue
        try:
            array = np.asarray(value, complex)
        except (TypeError, ValueError):
            faults.append(Fault(f"coupling '{name}' is not a number or a matrix: {value!r}"))
            continue
        shape = YUKAWA_SHAPES.get(name, ())
        if array.size != int(np.prod(shape)) or (array.ndim == 2 and array.shape != shape):
            faults.append(Fault(f"coupling '{name}' has shape {array.shape}, expected {shape}"))
        elif not np.all(np.isfinite(array)):
            faults.append(Fault(f"coupling '{name}' is not finite"))
        elif shape:
            out[name] = array.reshape(shape)
        elif abs(array.imag).max() > 0:
            faults.append(Fault(f"coupling '{name}' must be real, found {value}"))
        else:
            out[name] = float(array.real.reshape(()))
    if faults:
        raise InputError(faults)
    return out


def pack(couplings: Mapping[str, Any]) -> Packed:
    """Write complete couplings as one real vector."""
    reals = [np.array([couplings[name] for name in REALS])]
    for name in YUKAWA_SHAPES:
        flat = np.ravel(couplings[name])
        reals += [flat.real, flat.imag]
    return np.concatenate(reals)


def unpack(vector: Packed) -> dict[str, Any]:
    """Invert :func:`pack`."""
    out: dict[str, Any] = {name: float(v) for name, v in zip(REALS, vector, strict=False)}
    start = len(REALS)
    for name, shape in YUKAWA_SHAPES.items():
        size = shape[0] * shape[1]
        block = vector[start : start + 2 * size]
        out[name] = (block[:size] + 1j * block[size:]).reshape(shape)
        start += 2 * size
    return out


@dataclass(frozen=True)
class _Formula:
    """The terms of one coupling's beta function, as index arrays into the evaluated pieces."""

    numbers: Inexact[np.ndarray, " terms"]
    monomials: Int[np.ndarray, " terms"]
    traces: Int[np.ndarray, " terms"]
    words: Int[np.ndarray, " terms"]


@dataclass(frozen=True)
class _Plan:
    """What to multiply in which order to get all beta functions."""

    scalars: tuple[str, ...]
    letters: tuple[str, ...]
    products: tuple[tuple[int, int], ...]  # (prefix, letter); prefix -1 starts a word
    closed: tuple[tuple[int, int], ...]  # traces of prefix times letter
    monomials: Int[np.ndarray, "monomials factors"]
    trace_products: Int[np.ndarray, "products traces"]
    formulae: dict[str, _Formula]


def _padded(rows: list[tuple[int, ...]]) -> Int[np.ndarray, "rows longest"]:
    width = max((len(row) for row in rows), default=0)
    return np.array([(*row, *([-1] * (width - len(row)))) for row in rows], int).reshape(
        len(rows), width
    )


@lru_cache(maxsize=2)
def _plan(loops: int) -> _Plan:
    text = resources.files("muoquark.theory").joinpath("betas.json").read_text(encoding="utf-8")
    table = json.loads(text)
    scalars: dict[str, int] = {}
    letters: dict[str, int] = {}
    products: dict[tuple[int, int], int] = {}
    closed: dict[tuple[int, int], int] = {}
    monomials: dict[tuple[int, ...], int] = {}
    trace_products: dict[tuple[int, ...], int] = {}

    # Each table gives its keys numbers in the order of their first use.
    def number(store: dict[Any, int], key: Any) -> int:
        return store.setdefault(key, len(store))

    # A word is its prefix times one letter, so that words that begin alike share their products.
    def word(text: str) -> int:
        position = -1
        for symbol in text.split():
            position = number(products, (position, number(letters, symbol)))
        return position

    # The last letter of a trace needs no product: tr(A B) is a sum over the entries.
    def trace(text: str) -> int:
        *front, last = text.split()
        return number(closed, (word(" ".join(front)), number(letters, last)))

    formulae = {}
    for name in table["1"]:
        rows = []
        for order in range(1, loops + 1):
            for value, names, traces, text in table[str(order)].get(name, []):
                factor = value[0] / value[1] * (1j if len(value) == 3 else 1) * KAPPA**order
                monomial = tuple(sorted(number(scalars, n) for n in names))
                closing = tuple(sorted(trace(t) for t in traces))
                rows.append(
                    (
                        factor,
                        number(monomials, monomial),
                        number(trace_products, closing),
                        word(text),
                    )
                )
        columns = list(zip(*rows, strict=True))
        formulae[name] = _Formula(np.array(columns[0]), *(np.array(c, int) for c in columns[1:]))
    return _Plan(
        tuple(scalars),
        tuple(letters),
        tuple(products),
        tuple(closed),
        _padded(list(monomials)),
        _padded(list(trace_products)),
        formulae,
    )


def evaluate(
    couplings: Mapping[str, Any], loops: int, absent: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Beta functions of complete couplings with the fields `absent` decoupled.

    `absent` may hold ``LQ``, ``P`` (Phi) and ``N`` (nu_R); their couplings must be zero then, and
    do not run.
    """
    plan = _plan(loops)
    values = np.ones(len(plan.scalars) + 1, complex)  # the last entry pads
    for k, name in enumerate(plan.scalars):
        bare = name.rstrip("*")
        if bare in _PRESENT:
            values[k] = 0.0 if _PRESENT[bare] in absent else 1.0
        elif bare in COMPLEX_QUARTICS:
            value = couplings[f"{bare}_re"] + 1j * couplings[f"{bare}_im"]
            values[k] = value.conjugate() if name.endswith("*") else value
        else:
            values[k] = couplings[name]
    # A letter is a coupling with a mark: conjugate, transpose or adjoint.
    actions: dict[str, Any] = {"*": np.conj, "^T": np.transpose, "^+": lambda m: m.conj().T}
    letters = []
    for name in plan.letters:
        for mark, action in actions.items():
            if name.endswith(mark):
                letters.append(action(couplings[name[: -len(mark)]]))
                break
        else:
            letters.append(couplings[name])
    products: list[np.ndarray] = []
    for prefix, last in plan.products:
        products.append(letters[last] if prefix < 0 else products[prefix] @ letters[last])
    traces = np.ones(len(plan.closed) + 1, complex)
    for k, (prefix, last) in enumerate(plan.closed):
        # vdot conjugates its first argument: tr(product letter)
        traces[k] = np.vdot(letters[last].conj().T, products[prefix])
    # -1 in the padded tables points at the last entry, which is one
    monomials = values[plan.monomials].prod(axis=1)
    trace_products = traces[plan.trace_products].prod(axis=1)
    out: dict[str, Any] = {}
    for name, formula in plan.formulae.items():
        weights = formula.numbers * monomials[formula.monomials] * trace_products[formula.traces]
        if name in YUKAWA_SHAPES:
            stack = np.array([products[k] for k in formula.words])
            out[name] = np.tensordot(weights, stack, 1)
        elif name in COMPLEX_QUARTICS:
            total = weights.sum()
            out[f"{name}_re"], out[f"{name}_im"] = float(total.real), float(total.imag)
        else:
            out[name] = float(weights.sum().real)
    # couplings of a decoupled field are zero, but loops of the others would generate them
    for field in absent:
        for name in NEEDS[field]:
            out[name] = out[name] * 0.0
    return out


def beta(couplings: Mapping[str, Any], loops: int = 2) -> dict[str, Any]:
    r"""Return :math:`dg/d\ln\mu` of every coupling, summed up to `loops`, loop factors included.

    Parameters
    ----------
    couplings
        By name; an absent one is zero.  Gauge: ``g1`` (= g'), ``gX``, ``gYX``, ``g2``, ``g3`` with
        the covariant derivative (Y, X) [[g1, gYX], [0, gX]] (B, X)^T.  Yukawa matrices, in -L:
        ``Yu`` qbar Htilde u (3x3), ``Yd`` qbar H d (3x3), ``Ye`` lbar H e (2x2: e, tau), ``ymu``
        (1x1), ``Yn`` lbar Htilde nu_R (2x2), ``ynm`` (1x1), ``e3L`` q^T eps sigma^A l_mu S3_A,
        ``e1L`` q^T eps l_mu S1, ``e1R`` u^T mu_R S1, ``e1t`` d^T nu_mu S1 (each 3x1), ``yPhi``
        nu_{e,tau}^T nu_mu Phi (2x1).  Quartics: ``lH``, ``lP``, ``l1``, ``l3a``, ``l3b``,
        ``l3c``, ``lHP``, ``lH1``, ``lH3``, ``leH3``, ``lP1``, ``lP3``, ``l13a``, ``l13b`` and the
        complex ``lH13_re``, ``lH13_im``, ``l13c_re``, ..., of V4 = lH (H^+H)^2 + lP |Phi|^4 +
        l1 (S1^+S1)^2 + l3a (S3_A^+ S3_A)^2 + l3b (S3_A^+ S3_B)(S3_B^+ S3_A) +
        l3c (S3_A^+ S3_B)(S3_A^+ S3_B) + lHP H^+H |Phi|^2 + lH1 H^+H S1^+S1 + lH3 H^+H S3_A^+S3_A +
        leH3 i eps_ABC (H^+ sigma^A H)(S3_B^+ S3_C) + lP1 |Phi|^2 S1^+S1 + lP3 |Phi|^2 S3^+S3 +
        l13a S1^+S1 S3_A^+S3_A + l13b (S1^+ S3_A)(S3_A^+ S1) + [lH13 (H^+ sigma^A H)(S3_A^+ S1) +
        l13c (S3_A^+ S1)(S3_A^+ S1) + le13 i eps_ABC (S3_A^+ S1)(S3_B^+ S3_C) + h.c.].
        Masses ``mH2``, ``mP2``, ``m12``, ``m32`` in GeV^2, V = + m^2 |phi|^2.
    loops
        1 or 2.

    Returns
    -------
    dict
        The same names (all of them); Yukawa matrices are complex arrays of the shapes above.

    Raises
    ------
    InputError
        If a name is unknown, a shape is wrong, a value is not finite, or `loops` is not 1 or 2.

    Examples
    --------
    >>> rate = beta({"g1": 1.0}, loops=1)["g1"]
    >>> round(rate * 16 * 3.141592653589793**2 * 18, 6)
    131.0
    """
    if loops not in (1, 2):
        raise InputError(f"loops must be 1 or 2, found {loops!r}")
    return evaluate(complete(couplings), loops)
