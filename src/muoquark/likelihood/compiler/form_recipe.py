"""An observable as a sum of products of pieces, as :mod:`.recipes` builds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["FormRecipe", "FormTerm", "Piece"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Piece:
    """One polynomial: the sum of recorded arrays, each with the taps whose components it feels.

    Attributes
    ----------
    parts
        ``[(values, taps), ...]``: arrays over the samples and the positions (0 for the
        observable itself, 1 for the first tap, ...) whose dependence they inherit; an empty
        list of positions means every component of the observable.  A third entry overrides
        `features`.
    features
        Name of the CKM dependence, see `features`.
    shared
        Name of an auxiliary polynomial that is fitted elsewhere (``parts`` is then empty).
    """

    parts: tuple[tuple[Any, ...], ...] = ()
    features: str = "1"
    shared: str = ""


@dataclass(frozen=True)
class FormTerm:
    """numerators / denominators / sqrt(roots), positions in the recipe's list of pieces."""

    numerators: tuple[int, ...]
    denominators: tuple[int, ...] = ()
    roots: tuple[int, ...] = ()

    def evaluate(self, values: Sequence[Array]) -> Array:
        """Return the product for given values of the pieces, in their shape."""
        out = np.ones_like(values[0])
        for i in self.numerators:
            out = out * values[i]
        for i in self.denominators:
            out = out / values[i]
        for i in self.roots:
            out = out / np.sqrt(values[i])
        return out


@dataclass(frozen=True)
class FormRecipe:
    """The pieces of an observable, and the sum of products of them that it is.

    Attributes
    ----------
    pieces
        The polynomials to be fitted.
    products
        The terms of the sum; their constants are fitted, too.
    exclude, include
        Names of components that the pieces do not depend on though the observable does; beginnings
        of names of those that they depend on though the exploration did not see it.
    derived
        Name of a quantity of meson mixing, which has no pieces.
    logarithm
        Whether the observable is the logarithm of the sum.
    """

    pieces: list[Piece]
    products: list[FormTerm]
    exclude: tuple[str, ...] = ()
    derived: str = ""
    logarithm: bool = False
    include: tuple[str, ...] = ()
