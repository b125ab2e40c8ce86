"""Observables as functions of polynomials in Warsaw coefficients, at one CKM matrix.

For fixed CKM parameters the low-scale coefficients are linear in the Warsaw coefficients at mu_M,
and the pieces of every prediction (docs/snapshot.md) are at most quadratic in them.  What joins
the pieces (quotients, roots, meson mixing, the shift of the Fermi constant) is written as an
expression of real functions.  Only phases of charged leptons do not fit: see :func:`refused`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add, mul
from typing import Any

import numpy as np

from muoquark.common.errors import DomainError
from muoquark.common.expression import Expression, FunctionCall, Number, Symbol, sqrt
from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.likelihood import Likelihood
from muoquark.likelihood.mixing import DERIVED
from muoquark.likelihood.mixing_expressions import derived, half_angle, meson_of
from muoquark.likelihood.select import select
from muoquark.running.linear_map import LinearMap

__all__ = ["ObservableExpression", "SmeftPolynomials", "refused", "smeft_polynomials"]

# A polynomial is a constant if coefficients of 1/TeV^2 change it by less than this part of itself.
CONSTANT = 1e-13
REACH = 1e-6
# A phase of a charged lepton below this, for a coefficient of 1/TeV^2, is left out.
PHASE = 1e-4
MESONS = {"s": "Bs", "d": "B0"}


@dataclass(frozen=True)
class ObservableExpression:
    """An observable: a function of variables, each of which is the polynomial of that number."""

    expression: Expression
    variables: dict[str, int]

    @property
    def text(self) -> str:
        """The expression as POPxf writes it."""
        return str(self.expression)


@dataclass(frozen=True)
class SmeftPolynomials:
    """Observables of Warsaw coefficients at one scale and one CKM matrix.

    Attributes
    ----------
    observables
        flavio's observables, a name or a tuple (name, arguments...).
    components
        The R real components, such as ``lq1_2223:Im``, in the order of the polynomials' axes.
    names
        Of the K polynomials.
    coefficients
        (K, R + 1, R + 1), upper triangles: entry [k, i, j] belongs to x_i x_j with x_0 = 1, in
        GeV^2 or GeV^4 times the unit of the piece.
    expressions
        One for each observable.
    ckm
        Vus, Vub, Vcb and the phase (flavio's convention) that are kept fixed.
    mu_M
        The scale of the coefficients in GeV.
    """

    observables: tuple[Any, ...]
    components: tuple[str, ...]
    names: tuple[str, ...]
    coefficients: np.ndarray
    expressions: tuple[ObservableExpression, ...]
    ckm: tuple[float, ...]
    mu_M: float

    @property
    def polynomial(self) -> bool:
        """Whether every observable is a polynomial itself."""
        return all(e.expression == Symbol("p") for e in self.expressions)


def refused(likelihood: Likelihood, mu_M: float, components: Sequence[str]) -> dict[str, str]:
    """Return the components that no polynomial describes, and why.

    A chirality-flipping coefficient with a phase shifts the phase of a lepton's mass; every
    other such coefficient of that lepton is then rotated by it (docs/evolution.md, 4).
    """
    linear = likelihood.forward(mu_M).channels[likelihood.snapshot_channel].map
    assert isinstance(linear, LinearMap)
    asked = set(components)
    found: dict[str, str] = {}
    leptons = ("electron", "muon", "tau")
    for lepton, name in enumerate(leptons):
        for arrival in linear.arrivals:
            if not len(arrival.flips[lepton][0]):
                continue
            shift = np.abs(arrival.mass_shift[lepton].imag) * REACH
            for k in np.nonzero(shift > PHASE)[0]:
                if linear.inputs[k] in asked:
                    found[linear.inputs[k]] = (
                        f"it turns the phase of the {name} mass, by {shift[k]:.2g} rad for 1/TeV^2"
                    )
    return found


def smeft_polynomials(
    likelihood: Likelihood, mu_M: float, positions: Sequence[int], components: Sequence[str]
) -> SmeftPolynomials:
    """Return observables as functions of polynomials.

    Parameters
    ----------
    positions
        Of the observables in the snapshot.
    components
        Real components of the Warsaw basis, in the naming of ``Evolution.inputs``.

    Raises
    ------
    DomainError
        If one of the components cannot be described (:func:`refused`), or for a scale outside of
        the tables.
    """
    bad = refused(likelihood, mu_M, components)
    if bad:
        raise DomainError("\n".join(f"{name} is no polynomial: {why}" for name, why in bad.items()))
    forward = likelihood.forward(mu_M)
    linear = forward.channels[likelihood.snapshot_channel].map
    assert isinstance(linear, LinearMap)  # not multiplied out: this is the pass of numpy
    ckm, gamma, _ = forward.ckm(np.zeros(len(linear.inputs)))
    whole = likelihood.snapshot.forms
    forms = select(whole, positions)
    place = {d: k for k, d in enumerate(whole.directions)}
    column = {c: k for k, c in enumerate(linear.inputs)}
    rows = [place[d] for d in forms.directions]
    matrix = linear.derivative(gamma)
    low = matrix[rows][:, [column[c] for c in components]].toarray()
    work = _Work(forms, low, ckm)
    expressions = tuple(work.observable(k) for k in range(len(forms.observables)))
    return SmeftPolynomials(
        observables=forms.observables,
        components=tuple(components),
        names=tuple(work.names),
        coefficients=np.array(work.kept).reshape(-1, low.shape[1] + 1, low.shape[1] + 1),
        expressions=expressions,
        ckm=tuple(map(float, ckm)),
        mu_M=float(mu_M),
    )


@dataclass
class _Piece:
    """A piece while an expression is built: one of three.

    Attributes
    ----------
    value
        A number, or None.
    square
        The polynomial c^T square c over c = (1, coefficients), with its `name`, or None.
    function
        Of variables, or None.
    """

    value: float | None = None
    square: np.ndarray | None = None
    function: Expression | None = None
    name: str = ""


@dataclass
class _Work:
    """Turns the products of a snapshot's forms into expressions.

    Attributes
    ----------
    forms
        Of the observables that are wanted.
    low
        Derivatives of the low-scale vector with respect to the R components, (D, R).
    ckm
        The CKM parameters that are kept fixed.
    names, kept
        The polynomials that expressions have used so far, and their upper triangles.
    """

    forms: Forms
    low: np.ndarray
    ckm: np.ndarray
    names: list[str] = field(default_factory=list)
    kept: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.products = ckm_products(self.ckm, self.forms.ckm_centre, self.forms.ckm_phase)
        # Of x = (1, coefficients), for 1/TeV^2 in GeV^-2.
        self.size = np.concatenate([[1.0], np.full(self.low.shape[1], REACH)])
        # Polynomials by name: one that several observables use is written once.
        self.numbers: dict[str, int] = {}
        # Those of the observable that is being written.
        self.variables: dict[str, int] = {}
        self.pieces: list[tuple[Bank, int]] = []
        for bank in self.forms.banks:
            self.pieces += [(bank, k) for k in range(np.asarray(bank.weights).shape[1])]
        stage_one = [p for p in self.pieces if p[0].stage == 1]
        self.first = {n: stage_one[k] for k, n in enumerate(self.forms.first)}

    # --- polynomials

    def split(self, bank: Bank, column: int) -> dict[tuple[str, ...], np.ndarray]:
        """Return {factors that are not polynomial: upper triangle (R + 1, R + 1)} of a column."""
        n = self.low.shape[1] + 1
        fermi = len(self.forms.directions)
        own = np.asarray(bank.directions)
        # y_0 = 1, then the components as rows over (1, c); the Fermi constant's is a factor.
        rows = np.zeros((len(own) + 1, n))
        rows[0, 0] = 1.0
        for k, direction in enumerate(own):
            if direction == fermi:
                rows[k + 1, 0] = 1.0
            else:
                rows[k + 1, 1:] = self.low[int(direction)]
        weights = np.asarray(bank.weights)[:, column]
        found: dict[tuple[str, ...], np.ndarray] = {}
        for t in np.nonzero(weights)[0]:
            number, factors = float(weights[t]), []
            for name in self.forms.features[int(bank.features[t])]:
                if name in self.products:
                    number *= float(self.products[name])
                else:
                    factors.append(name)
            for side in (int(bank.left[t]), int(bank.right[t])):
                if side > 0 and own[side - 1] == fermi:
                    factors.append("fermi")
            key = tuple(sorted(factors))
            square = found.setdefault(key, np.zeros((len(own) + 1, len(own) + 1)))
            square[int(bank.left[t]), int(bank.right[t])] += number
        # From a form in y, the bank's components, to one in (1, c): y = rows @ (1, c).
        return {key: _upper(rows.T @ square @ rows) for key, square in found.items()}

    def constant(self, square: np.ndarray) -> bool:
        """Tell whether a polynomial is its constant term, for coefficients of 1/TeV^2."""
        sizes = np.abs(square) * np.outer(self.size, self.size)
        return float(sizes.sum() - sizes[0, 0]) <= CONSTANT * max(float(sizes[0, 0]), 1e-300)

    def variable(self, name: str, square: np.ndarray) -> Expression:
        """Return the variable that stands for a polynomial, or its value if it is constant."""
        if self.constant(square):
            return Number(float(square[0, 0]))
        if name not in self.numbers:
            self.numbers[name] = len(self.names)
            self.names.append(name)
            self.kept.append(square)
        variable = f"p{self.numbers[name]}"
        self.variables[variable] = self.numbers[name]
        return Symbol(variable)

    # --- pieces as expressions

    def piece(self, position: int) -> _Piece:
        """Return one of the pieces that the products are made of."""
        if position == 0:
            return _Piece(value=1.0)
        if position <= len(DERIVED):
            return _Piece(function=self.derived(DERIVED[position - 1]))
        return self.polynomial(*self.pieces[position - 1 - len(DERIVED)])

    def polynomial(self, bank: Bank, column: int) -> _Piece:
        """Return a bank's polynomial, with its factors folded in where they are constant."""
        name = f"{bank.name}/{column}" if bank.stage == 2 else self.forms.first[column]
        # By the factors that do depend on the coefficients; others become numbers.
        joined: dict[tuple[str, ...], np.ndarray] = {}
        for factors, square in self.split(bank, column).items():
            number, rest = 1.0, list[str]()
            for factor in factors:
                value = self.fixed(factor)
                number, rest = (
                    (number * value, rest) if value is not None else (number, [*rest, factor])
                )
            key = tuple(rest)
            joined[key] = joined.get(key, 0.0) + number * square
        if not joined:
            return _Piece(value=0.0)
        if set(joined) == {()}:
            square = joined[()]
            if self.constant(square):
                return _Piece(value=float(square[0, 0]))
            return _Piece(square=square, name=name)
        terms = [
            _product(
                [self.variable("*".join([name, *factors]), square), *map(self.factor, factors)]
            )
            for factors, square in joined.items()
        ]
        return _Piece(function=reduce(add, terms))

    def fixed(self, factor: str) -> float | None:
        """Return the value of a factor that does not depend on the coefficients."""
        needed = ["fermi"] if factor == "fermi" else self.mixing_names(MESONS[factor[-1]])
        if not all(self.constant(self.split(*self.first[n])[()]) for n in needed):
            return None
        return float(self.factor(factor).evaluate({}))

    @staticmethod
    def mixing_names(meson: str) -> list[str]:
        """Return the names of Re and Im of M12 and Gamma12."""
        return [f"{meson}.{which}.{part}" for which in ("M12", "G12") for part in ("re", "im")]

    def first_variables(self, names: Sequence[str]) -> list[Expression]:
        """Return variables, or numbers, for polynomials of the first stage."""
        return [self.variable(name, self.split(*self.first[name])[()]) for name in names]

    def factor(self, factor: str) -> Expression:
        """Return a factor: the Fermi constant's shift, or a mixing phase's cos or sin."""
        if factor == "fermi":
            (p,) = self.first_variables(["fermi"])
            return 1 / sqrt(p) - 1
        m = self.first_variables(self.mixing_names(MESONS[factor[-1]]))
        return half_angle(m)[factor.startswith("sin")]

    def derived(self, name: str) -> Expression:
        """Return a quantity of meson mixing, see `muoquark.likelihood.mixing`."""
        return derived(name, self.first_variables(self.mixing_names(meson_of(name))), self.products)

    # --- observables

    def observable(self, index: int) -> ObservableExpression:
        """Return the expression of one observable."""
        self.variables = {}
        forms = self.forms
        rows = np.nonzero(np.asarray(forms.owner) == index)[0]
        parts: list[_Piece] = [self.product(int(row)) for row in rows]
        logarithm = index in set(map(int, forms.logarithms))
        n = self.low.shape[1] + 1
        # A sum of numbers and polynomials is a polynomial: the observable is one itself.
        if all(p.function is None for p in parts) and not logarithm:
            total = np.zeros((n, n))
            for p in parts:
                if p.square is not None:
                    total += p.square
                else:
                    total[0, 0] += float(p.value or 0.0)
            number = len(self.names)
            observable = forms.observables[index]
            self.names.append(observable.text)
            self.kept.append(total)
            return ObservableExpression(Symbol("p"), {"p": number})
        terms = []
        for row, p in zip(rows, parts, strict=True):
            if p.square is not None:
                terms.append(self.variable(f"{forms.observables[index].text}/{row}", p.square))
            else:
                terms.append(self.function(p))
        function = reduce(add, terms)
        if logarithm:
            function = FunctionCall("log", (function,))
        return ObservableExpression(function, dict(self.variables))

    def product(self, row: int) -> _Piece:
        """Return constant n n / (d d sqrt(r r))."""
        forms = self.forms
        number = float(forms.constants[row])
        square: np.ndarray | None = None
        above: list[_Piece] = []
        below: list[Expression] = []
        for position in forms.numerators[row]:
            p = self.piece(int(position))
            if p.value is not None:
                number *= p.value
            else:
                above.append(p)
        for table, root in ((forms.denominators, False), (forms.roots, True)):
            inside = []
            for position in table[row]:
                p = self.piece(int(position))
                if p.value is not None:
                    number /= np.sqrt(p.value) if root else p.value
                else:
                    inside.append(self.function(p))
            if inside:
                below.append(sqrt(_product(inside)) if root else _product(inside))
        # A product of two polynomials would be of degree four: it is left as a function.
        if not below and len(above) <= 1 and all(p.square is not None for p in above):
            square = above[0].square if above else None
            return _Piece(value=float(number)) if square is None else _Piece(square=number * square)
        function = _product([Number(float(number)), *map(self.function, above)])
        return _Piece(function=function / _product(below) if below else function)

    def function(self, piece: _Piece) -> Expression:
        """Return a piece as an expression: a variable if it is one polynomial."""
        if piece.square is not None:
            return self.variable(piece.name, piece.square)
        return piece.function or Number(float(piece.value or 0.0))


def _product(factors: Sequence[Expression]) -> Expression:
    return reduce(mul, factors)


def _upper(square: np.ndarray) -> np.ndarray:
    """Return the upper triangle that belongs to the same quadratic form."""
    return np.asarray(np.triu(square) + np.tril(square, -1).T)
