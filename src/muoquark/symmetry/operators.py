"""Products of fields: are they invariant, and which invariant ones exist at all?

A :class:`FieldProduct` is a list of fields or conjugates, each with its generation.  Its invariants
under colour, isospin and Lorentz are counted with :mod:`~muoquark.symmetry.groups`; the two
Abelian charges are sums.  :func:`enumerate_products` lists every product without derivatives up
to a given dimension, which is complete for operators of dimension five: with one derivative more
they vanish by the equations of motion, and the only others are dipoles of nu_R, which carry the
charges of nu_R nu_R.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, product

from muoquark.symmetry.content import Charge, Field
from muoquark.symmetry.groups import Representation, count_invariants

__all__ = ["Factor", "FieldProduct", "enumerate_products", "flavoured"]


@dataclass(frozen=True, order=True)
class Factor:
    """One field in a product.

    Attributes
    ----------
    name
        Of the field, ``l``.
    flavour
        Its generation, ``mu``; empty for a field without, or left open.
    dagger
        Whether it is conjugated.
    """

    name: str
    flavour: str = ""
    dagger: bool = False

    def conjugate(self) -> Factor:
        """Return the conjugate factor."""
        return Factor(self.name, self.flavour, not self.dagger)

    def __str__(self) -> str:
        """Return the factor as text, ``l_mu^dag``."""
        flavour = f"_{self.flavour}" if self.flavour else ""
        return f"{self.name}{flavour}" + ("^dag" if self.dagger else "")

    @classmethod
    def parse(cls, text: str) -> Factor:
        """Read ``"l_mu^dag"`` back into a factor.

        >>> Factor.parse("l_mu^dag")
        Factor(name='l', flavour='mu', dagger=True)
        """
        body, dagger, _ = text.partition("^dag")
        name, _, flavour = body.partition("_")
        return cls(name, flavour, bool(dagger))


@dataclass(frozen=True)
class FieldProduct:
    """A product of fields of a given content.

    Attributes
    ----------
    factors
        The factors, in the order in which they are written.
    fields
        The fields by factor, in the same order.
    """

    factors: tuple[Factor, ...]
    fields: tuple[Field, ...]

    def __str__(self) -> str:
        """Return the factors as text."""
        return " ".join(map(str, self.factors))

    @classmethod
    def of(cls, factors: Iterable[Factor], content: Iterable[Field]) -> FieldProduct:
        """Attach the fields of `content` to `factors`; a KeyError names a missing field."""
        by_name = {field.name: field for field in content}
        factors = tuple(factors)
        return cls(factors, tuple(by_name[factor.name] for factor in factors))

    def conjugate(self) -> FieldProduct:
        """Return the Hermitian conjugate product."""
        return FieldProduct(tuple(factor.conjugate() for factor in self.factors), self.fields)

    @property
    def dimension(self) -> Fraction:
        """Mass dimension: 3/2 for each fermion and 1 for each scalar."""
        return sum((field.dimension for field in self.fields), Fraction(0))

    @property
    def hypercharge(self) -> Fraction:
        """Sum of the hypercharges."""
        return sum((-f.Y if x.dagger else f.Y for x, f in self._pairs), Fraction(0))

    @property
    def charge(self) -> Charge:
        """Sum of the X charges; zero if the product is invariant under U(1)_X."""
        return sum(f.charge(x.flavour) * (-1 if x.dagger else 1) for x, f in self._pairs)

    @property
    def _pairs(self) -> Iterator[tuple[Factor, Field]]:
        return zip(self.factors, self.fields, strict=True)

    def _representations(self) -> list[tuple[Representation, Factor]]:
        return [
            (f.representation.conjugate() if x.dagger else f.representation, x)
            for x, f in self._pairs
        ]

    def invariants(self, distinct: bool = False) -> int:
        """Count the contractions that are invariant under SU(3), SU(2) and Lorentz.

        Parameters
        ----------
        distinct
            Treat equal factors as different generations, so that nothing vanishes by statistics.
        """
        powers: Counter[tuple[Representation, Factor | int]] = Counter()
        for position, (rep, factor) in enumerate(self._representations()):
            # Equal keys are identical fields, and their power is (anti)symmetrised.
            powers[rep, position if distinct else factor] += 1
        return count_invariants(tuple((rep, n) for (rep, _), n in powers.items()))

    def obstructions(self) -> tuple[str, ...]:
        """Name the groups under which the product is not invariant, empty if it is.

        Besides ``SU(3)``, ``SU(2)``, ``Lorentz``, ``U(1)_Y`` and ``U(1)_X`` there is
        ``statistics``: a singlet exists in each group but vanishes for identical fields.
        """
        found = []
        reps = [rep for rep, _ in self._representations()]
        projections = {
            "SU(3)": [Representation(colour=rep.colour) for rep in reps],
            "SU(2)": [Representation(isospin=rep.isospin) for rep in reps],
            "Lorentz": [Representation(left=rep.left, right=rep.right) for rep in reps],
        }
        for group, parts in projections.items():
            if not count_invariants(tuple((part, 1) for part in parts)):
                found.append(group)
        if self.hypercharge:
            found.append("U(1)_Y")
        if self.charge:
            found.append("U(1)_X")
        # Singlets in each group by itself need not combine to one that survives the statistics.
        if not {"SU(3)", "SU(2)", "Lorentz"} & set(found) and not self.invariants():
            found.append("statistics")
        return tuple(found)


def flavoured(names: Sequence[str], content: Iterable[Field]) -> Iterator[FieldProduct]:
    """Yield the product of the fields `names` for every choice of generations.

    Choices that differ by the order of equal fields are one; a trailing ``^dag`` conjugates.

    >>> from muoquark.symmetry.content import with_charges
    >>> content = with_charges({"nu": [0, -3, 0], "Phi": 3})
    >>> [str(p) for p in flavoured(["nu", "nu", "Phi"], content) if not p.charge]
    ['nu_e nu_mu Phi', 'nu_mu nu_tau Phi']
    """
    by_name = {field.name: field for field in content}
    plain = [Factor.parse(name) for name in names]
    seen = set()
    for flavours in product(*(by_name[factor.name].flavours for factor in plain)):
        factors = tuple(
            Factor(factor.name, flavour, factor.dagger)
            for factor, flavour in zip(plain, flavours, strict=True)
        )
        key = tuple(sorted(factors))
        if key not in seen:
            seen.add(key)
            yield FieldProduct.of(factors, by_name.values())


def enumerate_products(
    content: Iterable[Field], dimension: int, minimum: int = 1
) -> Iterator[tuple[str, ...]]:
    """Yield the products of fields that SU(3) x SU(2) x U(1)_Y x Lorentz allows.

    Generations are left open and X charges are not looked at: pass the result to
    :func:`flavoured`.  Of a product and its conjugate only one is given.

    Parameters
    ----------
    content
        The fields.
    dimension, minimum
        Largest and smallest mass dimension; no derivatives (see the module's text).
    """
    by_name = {field.name: field for field in content}
    letters = [Factor(name, "", dagger) for name in by_name for dagger in (False, True)]
    fermions = [x for x in letters if by_name[x.name].fermion]
    scalars = [x for x in letters if not by_name[x.name].fermion]
    seen = set()
    # Fermions have the dimension 3/2; an odd number of them is no Lorentz scalar.
    for n_fermions in range(0, 2 * dimension // 3 + 1, 2):
        for n_scalars in range(dimension - 3 * n_fermions // 2 + 1):
            if not max(minimum, 1) <= 3 * n_fermions // 2 + n_scalars:
                continue
            for some, others in product(
                combinations_with_replacement(fermions, n_fermions),
                combinations_with_replacement(scalars, n_scalars),
            ):
                factors = some + others
                if _hypercharge(factors, by_name) or tuple(sorted(factors)) in seen:
                    continue
                # One generation of each field at its first, since X is not looked at here.
                reps = [
                    by_name[x.name].representation.conjugate()
                    if x.dagger
                    else by_name[x.name].representation
                    for x in factors
                ]
                powers: Counter[tuple[Representation, Factor | int]] = Counter()
                for position, (x, rep) in enumerate(zip(factors, reps, strict=True)):
                    several = len(by_name[x.name].X) > 1
                    powers[rep, position if several else x] += 1
                if not count_invariants(tuple((rep, n) for (rep, _), n in powers.items())):
                    continue
                seen.add(tuple(sorted(factors)))
                # The conjugate is the same operator.
                seen.add(tuple(sorted(x.conjugate() for x in factors)))
                yield tuple(map(str, factors))


def _hypercharge(factors: Iterable[Factor], by_name: dict[str, Field]) -> Fraction:
    return sum(
        (by_name[x.name].Y * (-1 if x.dagger else 1) for x in factors),
        Fraction(0),
    )
