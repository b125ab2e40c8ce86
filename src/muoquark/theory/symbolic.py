r"""Formulae in flavour matrices: polynomials whose letters do not commute.

An expression is a sum of terms; a term is a number times commuting couplings, closed flavour traces
and one open product of Yukawa matrices.  It knows just enough arithmetic to stand in the tensors of
:mod:`muoquark.theory.general`, so that the general beta functions can be evaluated on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "FlavourPolynomial",
    "Letter",
    "Term",
    "Word",
    "add_product",
    "letter",
    "scalar",
    "tidied",
]

# a Yukawa matrix and what is done with it: "n" itself, "c" conjugate, "t" transpose, "h" adjoint
Letter = tuple[str, str]
Word = tuple[Letter, ...]
Term = tuple[tuple[str, ...], tuple[Word, ...], Word]

_CONJUGATE = {"n": "c", "c": "n", "t": "h", "h": "t"}
_TRANSPOSE = {"n": "t", "t": "n", "c": "h", "h": "c"}
_TINY = 1e-13


def _word_conj(word: Word) -> Word:
    return tuple((name, _CONJUGATE[op]) for name, op in word)


def _word_transpose(word: Word) -> Word:
    return tuple((name, _TRANSPOSE[op]) for name, op in reversed(word))


def _cyclic(word: Word) -> Word:
    """Representative of all cyclic permutations and transposes of a trace."""
    both = (word, _word_transpose(word))
    return min(w[k:] + w[:k] for w in both for k in range(len(w)))


class FlavourPolynomial:
    """A polynomial in couplings and Yukawa matrices: {(couplings, traces, word): number}."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Term, complex]) -> None:
        self.terms = terms

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, FlavourPolynomial):
            out = dict(self.terms)
            for key, value in other.terms.items():
                out[key] = out.get(key, 0) + value
            return FlavourPolynomial({k: v for k, v in out.items() if abs(v) > _TINY})
        if other == 0:
            return self
        return self + _number(other)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, FlavourPolynomial):
            out: dict[Term, complex] = {}
            add_product(out, self, other)
            return tidied(out)
        if other == 0:
            return 0
        return FlavourPolynomial({k: v * other for k, v in self.terms.items()})

    def __rmul__(self, other: Any) -> Any:
        return 0 if other == 0 else self * other

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + other * -1

    def __rsub__(self, other: Any) -> Any:
        return self * -1 + other

    def __truediv__(self, other: float) -> Any:
        return self * (1 / other)

    @property
    def real(self) -> FlavourPolynomial:
        """The expression itself: ``.real`` only drops rounding from what is real."""
        return self

    def conjugate(self) -> FlavourPolynomial:
        """Complex conjugate."""
        return FlavourPolynomial(
            {
                (
                    tuple(sorted(_conj_name(n) for n in s)),
                    tuple(sorted(_cyclic(_word_conj(t)) for t in traces)),
                    _word_conj(w),
                ): complex(v).conjugate()
                for (s, traces, w), v in self.terms.items()
            }
        )

    def transposed(self) -> FlavourPolynomial:
        """Transpose of the open product of matrices."""
        return FlavourPolynomial(
            {(s, t, _word_transpose(w)): v for (s, t, w), v in self.terms.items()}
        )

    def traced(self) -> FlavourPolynomial:
        """Return the trace of the open product."""
        out: dict[Term, complex] = {}
        for (s, t, w), v in self.terms.items():
            if not w:
                raise ValueError("a trace without a Yukawa matrix needs its multiplicity")
            key: Term = (s, tuple(sorted((*t, _cyclic(w)))), ())
            out[key] = out.get(key, 0) + v
        return FlavourPolynomial(out)

    def linear_in(self, names: Iterable[str]) -> FlavourPolynomial:
        """Keep the terms with exactly one of the couplings `names`."""
        names = set(names)
        return FlavourPolynomial(
            {k: v for k, v in self.terms.items() if sum(n in names for n in k[0]) == 1}
        )


def add_product(total: dict[Term, complex], left: Any, right: Any) -> None:
    """Add the product of two expressions or numbers to the terms in `total`, in place."""
    # A sum of thousands of products is made here: nothing is copied.
    if not isinstance(left, FlavourPolynomial):
        left = _number(left)
    if not isinstance(right, FlavourPolynomial):
        right = _number(right)
    others = right.terms.items()
    for (s1, t1, w1), v1 in left.terms.items():
        for (s2, t2, w2), v2 in others:
            key = (
                tuple(sorted(s1 + s2)) if s1 and s2 else s1 or s2,
                tuple(sorted(t1 + t2)) if t1 and t2 else t1 or t2,
                w1 + w2,
            )
            total[key] = total.get(key, 0) + v1 * v2


def tidied(terms: dict[Term, complex]) -> FlavourPolynomial:
    """Return the expression of these terms without those that cancel."""
    return FlavourPolynomial({key: value for key, value in terms.items() if abs(value) > _TINY})


def _number(value: complex) -> FlavourPolynomial:
    return FlavourPolynomial({((), (), ()): value} if value else {})


def _conj_name(name: str) -> str:
    """Conjugate a commuting coupling: only a complex one has a mark, ``+`` or ``*``."""
    flip = {"+": "*", "*": "+"}
    return name[:-1] + flip[name[-1]] if name[-1] in flip else name


def scalar(name: str, op: str = "") -> FlavourPolynomial:
    """Return the expression of a commuting coupling.

    `op` is empty for a real one; of a complex one ``+`` stands for itself, ``*`` for its conjugate.
    """
    return FlavourPolynomial({((name + op,), (), ()): 1.0})


def letter(name: str, op: str = "n") -> FlavourPolynomial:
    """Return the expression of a Yukawa matrix."""
    return FlavourPolynomial({((), (), ((name, op),)): 1.0})
