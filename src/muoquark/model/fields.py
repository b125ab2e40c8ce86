"""A model: fields with charges under a gauged U(1)_X, and the terms of their Lagrangian.

Built-in models are files in ``models/``, like those of a user (:mod:`muoquark.model.model_file`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources

from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.model.potential import CompletedPotential, complete_potential
from muoquark.model.terms import GAUGE_TERMS, Term, known_names, known_terms, terms_for
from muoquark.symmetry.content import REPRESENTATIONS, Charge, Field, with_charges

__all__ = [
    "BUILT_IN",
    "Gauge",
    "Model",
    "b_minus_3l_mu",
    "built_in_model",
    "every_known_field",
    "generic",
    "generic_model",
]


@dataclass(frozen=True)
class Gauge:
    """Names of what belongs to the gauge boson of U(1)_X.

    Attributes
    ----------
    coupling, mixing, mass
        Its coupling, its kinetic mixing with hypercharge, its mass.
    """

    coupling: str = "gX"
    mixing: str = "epsBX"
    mass: str = "mX"


@dataclass(frozen=True)
class Model:
    """Fields, charges and terms.

    Attributes
    ----------
    name
        Name of the model, as in the card's ``model:``.
    fields
        Its fields: fermions with three generations each, then scalars.
    muon
        Name of the lepton generation that the leptoquarks of a muoquark model couple to.
    gauge
        Names of the boson of U(1)_X; None without that group.
    own_terms
        Terms that the model's file writes, which replace known ones of the same name.
    own_names
        Names in TeX that the file gives.

    Examples
    --------
    >>> import muoquark
    >>> model = muoquark.built_in_model("B-3Lmu")
    >>> [field.name for field in model.heavy]
    ['S1', 'S3']
    """

    name: str
    fields: tuple[Field, ...]
    muon: str = "mu"
    gauge: Gauge | None = None
    own_terms: tuple[Term, ...] = ()
    own_names: Mapping[str, str] = field(default_factory=dict, hash=False)

    def field(self, name: str) -> Field:
        """Return the field called `name`.

        Raises
        ------
        InputError
            If the model has no such field.
        """
        for one in self.fields:
            if one.name == name:
                return one
        names = [one.name for one in self.fields]
        raise InputError(f"model {self.name} has no field '{name}': {suggest(name, names)}")

    @property
    def leptoquarks(self) -> tuple[Field, ...]:
        """The coloured scalars."""
        return tuple(f for f in self.fields if not f.fermion and f.colour != "1")

    @property
    def heavy(self) -> tuple[Field, ...]:
        """The fields that are integrated out: all bosons but H and Phi."""
        order = list(REPRESENTATIONS)
        found = [f for f in self.fields if not f.fermion and f.name not in ("H", "Phi")]
        # known ones in one order, whatever the file's: it is that of cards and results
        return tuple(
            sorted(found, key=lambda f: order.index(f.name) if f.name in order else len(order))
        )

    @cached_property
    def heavy_couplings(self) -> Mapping[str, Term]:
        """The couplings of heavy fields to two fermions, also those that the charges forbid."""
        names = {one.name for one in self.heavy}
        return {
            term.coupling: term
            for term in self.written
            if len(term.contraction.fermions) == 2 and {f.name for f in term.fields} & names
        }

    @cached_property
    def quartics(self) -> Mapping[str, Term]:
        """The quartics of the potential but the Higgs self-coupling ``lam``, which is the SM's."""
        return {
            term.coupling: term
            for term in self.potential.terms
            if len(term.factors) == 4 and term.coupling != "lam"
        }

    @property
    def phi_charge(self) -> Charge:
        """The X charge of Phi, whose vacuum expectation value breaks U(1)_X."""
        return self.field("Phi").X[0]

    @property
    def gauged(self) -> bool:
        """Whether there is a U(1)_X: a boson is named, or a field has a charge."""
        return self.gauge is not None or any(charge for one in self.fields for charge in one.X)

    @cached_property
    def written(self) -> tuple[Term, ...]:
        """The terms that known fields bring with them and those of the file; not all allowed."""
        own = {term.coupling: term for term in self.own_terms}
        known = terms_for(self.fields)
        kept = [own.get(term.coupling, term) for term in known]
        new = [term for term in self.own_terms if term.coupling not in {t.coupling for t in known}]
        return (*kept, *new)

    @cached_property
    def potential(self) -> CompletedPotential:
        """The scalar potential, and what of it cannot be written."""
        return complete_potential(self.fields, self._allowed)

    @cached_property
    def _allowed(self) -> tuple[Term, ...]:
        return tuple(term for term in self.written if term.contraction.allowed)

    @cached_property
    def written_terms(self) -> tuple[Term, ...]:
        """The Lagrangian as far as it can be written; all of it but for :attr:`potential`'s gaps.

        Kinetic terms and products of field strengths (:attr:`gauge_terms`) are not among them.
        """
        fermionic = [term for term in self._allowed if term.part != "potential"]
        return (*fermionic, *self.potential.terms)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The Lagrangian: the written terms that the charges allow, and the whole potential.

        Kinetic terms and products of field strengths (:attr:`gauge_terms`) are not among them.

        Raises
        ------
        DomainError
            If a part of the potential cannot be written.
        """
        gaps = self.potential.incomplete
        if gaps:
            more = "" if len(gaps) == 1 else f", and so on for {len(gaps)} products of fields"
            first = " ".join(gaps[0].factors)
            raise DomainError(
                f"the potential of {self.name} is out of reach: {first} has {gaps[0]}{more}"
            )
        return self.written_terms

    @property
    def gauge_terms(self) -> tuple[Term, ...]:
        """Products of field strengths, with the names of the boson's couplings."""
        if not self.gauged:
            return ()
        names = self.gauge or Gauge()
        pairs = zip((names.coupling, names.mixing), GAUGE_TERMS, strict=True)
        return tuple(Term(name, term.contraction) for name, term in pairs)

    def term_of(self, coupling: str) -> Term:
        """Return the term of a coupling of a heavy field to fermions, allowed or not."""
        return self.heavy_couplings[coupling]

    def term(self, coupling: str) -> Term:
        """Return the term of a coupling.

        Raises
        ------
        InputError
            If there is none.
        """
        for term in self.terms:
            if term.coupling == coupling:
                return term
        names = [term.coupling for term in self.terms]
        raise InputError(f"{self.name} has no coupling '{coupling}': {suggest(coupling, names)}")

    def plain(self) -> str | dict[str, object]:
        """Return what a card's ``model:`` says: the name of a built-in model, or all of it."""
        if self.name == "generic" and self == generic_model([one.name for one in self.heavy]):
            return self.name
        if self.name in BUILT_IN and self == built_in_model(self.name):
            return self.name
        fields: dict[str, object] = {}
        for one in self.fields:
            charges: list[object] = [str(x) if x.denominator > 1 else int(x) for x in one.X]
            short = charges[0] if len(set(charges)) == 1 else charges
            if one.name in REPRESENTATIONS:
                fields[one.name] = short
            else:
                fields[one.name] = {
                    "spin": one.spin, "colour": one.colour, "isospin": one.isospin,
                    "Y": str(one.Y), "X": short if len(charges) == 1 else charges,
                }  # fmt: skip
        document: dict[str, object] = {"name": self.name}
        if self.gauge is not None:
            names = {"coupling": self.gauge.coupling, "mixing": self.gauge.mixing}
            document["gauge"] = {"X": {**names, "mass": self.gauge.mass}}
        document["fields"] = fields
        if self.own_terms:
            document["terms"] = {term.coupling: term.text for term in self.own_terms}
        if self.own_names:
            document["names"] = dict(self.own_names)
        return document

    def label(self, name: str) -> str:
        """Return the name in TeX of a field or coupling, without dollars."""
        names = {**known_names(), **self.own_names}
        if name in names:
            return names[name]
        if name.startswith("m2_"):
            return f"m^2_{{{self.label(name[3:])}}}"
        if name.startswith("l_"):
            fields, _, number = name[2:].rpartition("_")
            return rf"\lambda^{{({number})}}_{{{_upright(fields)}}}"
        return _upright(name)


def _upright(name: str) -> str:
    escaped = name.replace("_", r"\_")
    return rf"\mathrm{{{escaped}}}"


def _file(name: str) -> str:
    return resources.files("muoquark.model").joinpath(f"models/{name}.yaml").read_text("utf-8")


#: Names of the built-in models.
BUILT_IN = ("B-3Lmu", "generic")


@lru_cache(maxsize=4)
def built_in_model(name: str) -> Model:
    """Return the built-in model called `name`.

    Raises
    ------
    InputError
        If there is none, with the closest name.

    Examples
    --------
    >>> [str(x) for x in built_in_model("B-3Lmu").field("l").X]
    ['0', '-3', '0']
    """
    from muoquark.model.model_file import parse_model

    if name not in BUILT_IN:
        raise InputError(f"unknown model '{name}': {suggest(name, BUILT_IN)}")
    return parse_model(_file(name), f"{name}.yaml")


def b_minus_3l_mu() -> Model:
    """Return the U(1)_{B-3L_mu} muoquark model of Table 1 of the paper."""
    return built_in_model("B-3Lmu")


def generic() -> Model:
    """Return S1 and S3 without a protecting symmetry."""
    return built_in_model("generic")


@lru_cache(maxsize=64)
def _generic(names: tuple[str, ...]) -> Model:
    fermions = ("q", "u", "d", "l", "e", "nu", "H")
    return Model("generic", with_charges(dict.fromkeys((*fermions, *names), 0)))


def every_known_field() -> Model:
    """Return the model without charges that has all fields known by name, vectors and Phi too."""
    return Model("all known fields", with_charges(dict.fromkeys(REPRESENTATIONS, 0)))


def generic_model(masses: Iterable[str], couplings: Iterable[str] = ()) -> Model:
    """Return the model without charges that contains these known heavy fields.

    Parameters
    ----------
    masses
        Names of the fields.  If there are none, the fields of `couplings` are taken, and without
        these S1 and S3.
    couplings
        Names of couplings.

    Raises
    ------
    InputError
        For a name that no known heavy field has.
    """
    heavy = [name for name, entry in REPRESENTATIONS.items() if entry[0] in ("scalar", "vector")]
    heavy = [name for name in heavy if name not in ("H", "Phi")]
    wanted = set(masses)
    for name in wanted:
        if name not in heavy:
            raise InputError(f"there is no heavy field '{name}': {suggest(name, heavy)}")
    if not wanted:
        for term in known_terms():
            if term.coupling in couplings:
                wanted |= {field.name for field in term.fields} & set(heavy)
    return _generic(tuple(name for name in heavy if name in (wanted or {"S1", "S3"})))
