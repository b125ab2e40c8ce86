"""The scalar potential that group theory completes: numbers, independence, reality, names."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import pytest

from muoquark.common.errors import DomainError, InputError
from muoquark.model.fields import Model, b_minus_3l_mu
from muoquark.model.invariance import absent_products, check_terms
from muoquark.model.potential import complete_potential, product_key
from muoquark.model.terms import Term
from muoquark.symmetry.content import LEPTOQUARKS, REPRESENTATIONS, Field, with_charges
from muoquark.symmetry.contractions import independent, parse_term
from muoquark.symmetry.groups import count_invariants

SCALARS = ("H", *LEPTOQUARKS, "Phi")
CHARGED = {"q": "1/3", "u": "1/3", "d": "1/3", "l": [0, -3, 0], "e": [0, -3, 0], "nu": [0, -3, 0]}
NAMES = [name for name, (spin, *_) in REPRESENTATIONS.items() if spin != "vector"]
ALL = Model("all", with_charges(dict.fromkeys(NAMES, 0)))


def new(name, colour="1", isospin=1, Y="0", X=0):
    return Field(name, "scalar", colour, isospin, Fraction(Y), (X,))


def key(letters):
    """A product and its conjugate are one."""
    back = sorted(name.removesuffix("^dag") if "^" in name else f"{name}^dag" for name in letters)
    return tuple(min(sorted(letters), back))


def invariants(fields, size):
    """How many contractions each product of `size` scalars has, from characters alone."""
    letters = {}
    for field in fields:
        if not field.fermion:
            letters[field.name] = (field.representation, field.Y, field.X[0])
            letters[f"{field.name}^dag"] = (
                field.representation.conjugate(), -field.Y, -field.X[0]
            )  # fmt: skip
    found = {}
    for chosen in itertools.combinations_with_replacement(letters, size):
        if sum(letters[x][1] for x in chosen) or sum(letters[x][2] for x in chosen):
            continue
        powers = Counter(chosen)
        number = count_invariants(tuple((letters[x][0], n) for x, n in powers.items()))
        if number:
            found[key(chosen)] = number
    return found


def by_product(model, size):
    found = {}
    for term in model.terms:
        if term.part == "potential" and len(term.factors) == size:
            found.setdefault(key(term.factors), []).append(term)
    return found


@pytest.mark.parametrize("size", [2, 4])
def test_every_product_has_all_its_contractions(size):
    found = by_product(ALL, size)
    assert {k: len(terms) for k, terms in found.items()} == invariants(ALL.fields, size)
    for terms in found.values():
        contractions = [term.contraction for term in terms]
        assert independent(contractions) == len(terms)
        for term in terms:
            assert term.contraction.broken_by() is None
            assert term.contraction.hypercharge == 0


def test_the_numbers_are_those_of_the_literature():
    """Without Phi, by hand: mixed quartics with H of 1603.04993, self quartics of each field."""
    found = {k: len(v) for k, v in by_product(ALL, 4).items()}
    number = {name: found[key((name, f"{name}^dag") * 2)] for name in SCALARS}
    assert number == {"H": 1, "S1": 1, "S1t": 1, "S3": 3, "R2": 2, "R2t": 2, "Phi": 1}
    portal = {n: found[key(("H", "H^dag", n, f"{n}^dag"))] for n in LEPTOQUARKS}
    assert portal == {"S1": 1, "S1t": 1, "S3": 2, "R2": 2, "R2t": 2}
    one = ("H", "H")
    assert found[key((*one, "S1t^dag", "S3"))] == found[key((*one, "R2^dag", "R2t"))] == 1
    assert key((*one, "S1^dag", "S3")) not in found
    # three alike in a colour singlet would be antisymmetric in isospin: not of doublets, of S3
    assert key(("R2t", "R2t", "R2t", "H^dag")) not in found
    assert found[key(("R2t^dag", "S3", "S3", "H^dag"))] == 1
    assert key(("S1", "S1", "S3", "R2^dag")) not in found


def test_products_that_are_their_own_conjugate_are_real():
    complex_ones = 0
    for size in (2, 4):
        for terms in by_product(ALL, size).values():
            for term in terms:
                contraction = term.contraction
                one, other = contraction.polynomial, contraction.conjugate_polynomial
                same = all(abs(one.get(k, 0) - other.get(k, 0)) < 1e-12 for k in {*one, *other})
                assert term.real == same == contraction.self_conjugate, term
                complex_ones += not same
    assert complex_ones > 10


def test_nothing_is_left_but_cubics_and_di_quarks():
    """Terms and what is told to be absent are everything that the groups allow."""
    absent = {key(factors) for factors in absent_products(ALL)}
    cubic = set(invariants(ALL.fields, 3))
    quarks = {k for k in absent if any(x.removesuffix("^dag") in ("q", "u", "d") for x in k)}
    assert absent == cubic | quarks
    assert len(quarks) == 4
    assert not cubic & {key(term.factors) for term in ALL.terms}


# -- names ---------------------------------------------------------------------------------------


def test_names_do_not_depend_on_the_order_of_the_fields():
    wanted = [(t.coupling, t.text) for t in ALL.terms if t.automatic]
    masses = len(SCALARS)
    for fields in (tuple(reversed(ALL.fields)), tuple(sorted(ALL.fields, key=lambda f: f.name))):
        found = [(t.coupling, t.text) for t in Model("other", fields).terms if t.automatic]
        # masses are in the order of the fields, which tables of beta functions rely on
        assert sorted(found) == sorted(wanted)
        quartics = [x for x in found if x[0].startswith("l_")]
        assert quartics == [x for x in wanted if x[0].startswith("l_")]
    assert len({name for name, _ in wanted}) == len(wanted) > masses


def test_names_do_not_depend_on_charges():
    """What charges forbid is left out; the rest keeps its names."""
    fields = with_charges({**CHARGED, "H": 0, "Phi": 3, "R2": "10/3", "S3": "8/3"})
    charged = {t.coupling: t.text for t in Model("x", fields).terms if t.automatic}
    free = Model("y", tuple(f for f in ALL.fields if f.name in {g.name for g in fields}))
    texts = {t.coupling: t.text for t in free.terms}
    assert charged.items() <= texts.items()
    assert charged["l_R2R2PhiPhi_1"] == "R2+_ix R2_ix Phi+ Phi"
    assert sum(name.startswith("l_S3S3R2R2_") for name in charged) == 4
    assert "l_HS3S3R2_1" in texts.keys() - charged.keys()


def test_names_of_users_fields():
    fields = (*with_charges({"H": 0, "S1": 0}), new("Z2"), new("A", "3bar", Y="1/3"))
    names = [t.coupling for t in Model("x", fields).terms]
    back = [t.coupling for t in Model("x", fields[::-1]).terms]
    assert sorted(names) == sorted(back)
    assert len(set(names)) == len(names)
    # known fields first, then others by name; a mixed mass has both names
    assert {"m2_S1A", "m2_A", "l_HHAA_1", "m2_Z2Z2", "m2_Z2"} <= set(names)


def test_two_terms_of_one_name_are_refused():
    """Names of fields are put side by side, so that these meet."""
    fields = (new("A", Y=1), new("B", Y=1), new("AB", Y=3))
    with pytest.raises(InputError, match="are both called m2_AB: give one of their fields"):
        complete_potential(fields, ())


def test_the_built_in_potential_is_what_it_was():
    """Order and texts, on which the shipped tables of beta functions depend."""
    potential = [t for t in b_minus_3l_mu().terms if t.part == "potential"]
    assert [t.coupling for t in potential if t.automatic] == ["m2_H", "m2_S3", "m2_S1", "m2_Phi"]
    assert [t.coupling for t in potential[:4]] == ["lam", "lP", "l1", "l3a"]
    assert {t.coupling: t.text for t in potential}["m2_S3"] == "S3+_Ax S3_Ax"


# -- what is written -----------------------------------------------------------------------------


def test_what_is_written_is_kept_and_completed():
    fields = with_charges({"H": 0, "S3": 0, "R2": 0})
    text = "S3+_Ax S3_Ay R2+_iy R2_ix"
    mine = Term("mine", parse_term(text, fields))
    found = Model("x", fields, own_terms=(mine,)).terms
    same = [t for t in found if product_key(t.factors) == product_key(mine.factors)]
    assert [t.coupling for t in same] == ["mine"] + [f"l_S3S3R2R2_{k}" for k in (1, 2, 3)]
    assert independent([t.contraction for t in same]) == 4
    assert text not in [t.text for t in same[1:]]


def test_a_written_conjugate_counts():
    fields = with_charges({"H": 0, "S3": 0, "S1t": 0})
    mine = Term("mine", parse_term("H+_i H+_j S1t_x S3+_Ax sigma^A_jk eps_ki", fields))
    assert mine.contraction.broken_by() is None
    same = [
        t for t in Model("x", fields, own_terms=(mine,)).terms if "S1t" in str(t) and "S3" in str(t)
    ]
    assert [t.coupling for t in same if len({f.name for f in t.fields}) == 3] == ["mine"]


# -- beyond triplets -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "product", "number", "written"),
    [
        (new("O", "8", 2, "1/2"), "O O O^dag O^dag", 6, 3),
        (new("Q", "1", 4, "1/2"), "Q Q Q^dag Q^dag", 2, 1),
        (new("S6", "6", 1, "1/3"), "S6 S6 S6^dag S6^dag", 2, 1),
        (new("D", "10bar", 1, "1/3"), "D D D^dag D^dag", 2, 1),
    ],
)
def test_larger_representations_say_what_is_missing(field, product, number, written):
    model = Model("x", (*with_charges({"H": 0}), field))
    gaps = {" ".join(gap.factors): gap for gap in model.potential.incomplete}
    assert (gaps[product].invariants, gaps[product].written) == (number, written)
    assert f"{number} invariant contractions, of which {written} can be written" in str(
        gaps[product]
    )
    # what can be written is there: the mass, and the portal to H
    names = {t.coupling for t in model.written_terms}
    assert {f"m2_{field.name}", f"l_HH{field.name * 2}_1"} <= names
    with pytest.raises(DomainError, match="the potential of x is out of reach: ") as error:
        _ = model.terms
    assert str(error.value).count("\n") == 0
    # check judges what is there
    assert any(v.invariant for v in check_terms(model))


def test_a_triplet_and_a_second_doublet_are_within_reach():
    model = Model("x", (*with_charges({"H": 0}), new("D", "1", 3, 1), new("H2", "1", 2, "1/2")))
    for size in (2, 4):
        found = {k: len(v) for k, v in by_product(model, size).items()}
        assert found == invariants(model.fields, size)
    names = [t.coupling for t in model.terms]
    assert len(set(names)) == len(names)
    # the general two-Higgs-doublet model: seven quartics and a mixed mass
    two = Model("y", (*with_charges({"H": 0}), new("H2", "1", 2, "1/2")))
    assert len(by_product(two, 4)) == 6
    assert sum(map(len, by_product(two, 4).values())) == 7
    assert "m2_HH2" in names
