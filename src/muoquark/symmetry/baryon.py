"""The lowest operator that breaks baryon number, whatever its dimension.

A symmetry that is exact at dimension four can be broken higher up, far beyond what an enumeration
reaches.  Which fields an operator needs is an integer linear programme: the numbers of each field
and of its conjugate are the unknowns, the dimension is what is minimised, and hypercharge, U(1)_X,
colour triality, integer isospin and integer spin are the conditions.  They are necessary; that the
fields found do contract to a singlet is then checked with characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from muoquark.symmetry.content import Field
from muoquark.symmetry.operators import Factor, FieldProduct

__all__ = ["BaryonViolation", "lowest_baryon_violation"]

_QUARKS = ("q", "u", "d")
_TRIALITY = {"1": 0, "3": 1, "3bar": -1}
#: Operators beyond this dimension are not looked for.
_LARGEST = 60


@dataclass(frozen=True)
class BaryonViolation:
    """An operator of lowest dimension that breaks baryon number.

    Attributes
    ----------
    product
        Its fields, generations included.
    baryon_number
        By how much it changes baryon number.
    """

    product: FieldProduct
    baryon_number: int

    @property
    def dimension(self) -> int:
        """Its mass dimension, derivatives left out."""
        return int(self.product.dimension)

    def __str__(self) -> str:
        """Return the fields without the families of the quarks, powers collected."""
        plain = [
            str(Factor(x.name, "" if x.name in _QUARKS else x.flavour, x.dagger))
            for x in self.product.factors
        ]
        count = {text: plain.count(text) for text in plain}
        return " ".join(text if n == 1 else f"{text}^{n}" for text, n in count.items())


def lowest_baryon_violation(fields: Iterable[Field]) -> BaryonViolation | None:
    """Find an operator of lowest dimension that breaks baryon number.

    Parameters
    ----------
    fields
        The content with its U(1)_X charges; baryon number is 1/3 for q, u and d and 0 for all
        else, so leptoquarks are to be left out (integrated out).

    Returns
    -------
    The operator, None if there is none up to dimension 60.

    Examples
    --------
    Without U(1)_X the four-fermion operators of proton decay

    >>> from muoquark.symmetry.content import with_charges
    >>> content = with_charges(dict.fromkeys(("q", "u", "d", "l", "e", "H"), 0))
    >>> lowest_baryon_violation(content).dimension
    6
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    content = tuple(fields)
    # Every fermion stands twice: the second of one generation is a little dearer than one of
    # another generation, with which less vanishes by statistics; three are never needed.
    letters = [
        (Factor(f.name, flavour, dagger), f)
        for f in content
        for flavour in f.flavours
        for dagger in (False, True)
        for _ in range(2 if f.fermion else 1)
    ]
    sign = np.array([-1 if x.dagger else 1 for x, _ in letters])
    unit = lcm(*(Fraction(x).denominator for f in content for x in (f.Y, *f.X)))

    def row(values: list[Fraction | int]) -> np.ndarray:
        return np.asarray(sign * np.array([int(v) for v in values]))

    # Each row is zero up to a multiple of the last column, an integer of its own.
    left = [int(f.chirality == (-1 if x.dagger else 1)) for x, f in letters]
    right = [int(f.chirality == (1 if x.dagger else -1)) for x, f in letters]
    rows = [
        (row([f.Y * unit for _, f in letters]), 0),
        (row([Fraction(f.charge(x.flavour)) * unit for x, f in letters]), 0),
        (row([_TRIALITY[f.colour] for _, f in letters]), 3),
        (np.array([f.isospin - 1 for _, f in letters]), 2),
        (np.array(left), 2),
        (np.array(right), 2),
        # three quarks are one unit of baryon number; its integer is at least one
        (row([int(x.name in _QUARKS) for x, _ in letters]), 3),
    ]
    n, extra = len(letters), [k for k, (_, modulus) in enumerate(rows) if modulus]
    matrix = np.zeros((len(rows), n + len(extra)))
    for k, (values, modulus) in enumerate(rows):
        matrix[k, :n] = values
        if modulus:
            matrix[k, n + extra.index(k)] = -modulus
    low = np.concatenate([np.zeros(n), np.full(len(extra), -_LARGEST)])
    low[-1] = 1
    second = [k > 0 and letters[k - 1][0] == x and f.fermion for k, (x, f) in enumerate(letters)]
    dimensions = np.array([float(f.dimension) for _, f in letters])
    # Of several operators of one dimension, the one with the fewest doublets: it reads best.
    doublets = np.array([f.isospin > 1 for _, f in letters])
    preference = 1e-3 * np.array(second) + 1e-2 * doublets
    cost = np.concatenate([dimensions + preference, np.zeros(len(extra))])
    high = np.concatenate(
        [[1 if f.fermion else _LARGEST for _, f in letters], np.full(len(extra), _LARGEST)]
    )
    found = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, 0, 0),
    )
    if found.status == 2 or (found.success and found.fun > _LARGEST):
        return None
    if not found.success:  # no fault of the input: the solver itself failed
        raise RuntimeError(f"the search for operators did not end: {found.message}")
    counts = np.rint(found.x).astype(int)
    factors = [x for (x, _), k in zip(letters, counts[:n], strict=True) for _ in range(k)]
    operator = FieldProduct.of(factors, content)
    if not operator.invariants():
        raise RuntimeError(f"{operator} has no contraction; the search has to go on from there")
    return BaryonViolation(operator, int(counts[-1]))
