"""The lowest operator that breaks baryon number."""

from __future__ import annotations

from fractions import Fraction

import pytest

from muoquark.model.fields import built_in_model
from muoquark.symmetry.baryon import lowest_baryon_violation
from muoquark.symmetry.content import LEPTOQUARKS, with_charges
from muoquark.symmetry.operators import enumerate_products

SM = ("q", "u", "d", "l", "e", "H")


def low_energy(model="B-3Lmu"):
    return [f for f in built_in_model(model).fields if f.name not in LEPTOQUARKS]


def test_the_model_of_the_paper():
    """(udd)^3 nu_mu: B changes by three, L_mu by one, no Phi needed; Z9 is B modulo 3."""
    found = lowest_baryon_violation(low_energy())
    assert (found.dimension, found.baryon_number) == (15, 3)
    names = [x.name for x in found.product.factors]
    assert (names.count("u"), names.count("d"), names.count("nu")) == (3, 6, 1)
    assert not found.product.charge and not found.product.hypercharge
    assert found.product.invariants() > 0
    assert str(found) == "u^3 d^6 nu_mu"


def test_right_handed_neutrinos_are_not_needed():
    """Nine quarks and l_mu or e_mu do it as well."""
    found = lowest_baryon_violation([f for f in low_energy() if f.name != "nu"])
    assert (found.dimension, found.baryon_number) == (15, 3)
    (lepton,) = (x for x in found.product.factors if x.name in ("l", "e"))
    assert lepton.flavour == "mu"


def test_without_a_symmetry_it_is_what_an_enumeration_finds():
    content = with_charges(dict.fromkeys(SM, 0))
    found = lowest_baryon_violation(content)
    assert (found.dimension, found.baryon_number) == (6, 1)

    def baryon(factors):
        return sum((-1 if x.endswith("^dag") else 1) for x in factors if x[0] in "qud")

    assert not [p for p in enumerate_products(content, 5) if baryon(p)]
    assert [p for p in enumerate_products(content, 6, minimum=6) if baryon(p)]


def test_a_gauged_baryon_number_without_phi_is_never_broken():
    third = Fraction(1, 3)
    content = with_charges({**dict.fromkeys(("q", "u", "d"), third), **dict.fromkeys("leH", 0)})
    assert lowest_baryon_violation(content) is None


@pytest.mark.parametrize("phi, dimension", [(1, 7), (2, 10)])
def test_phi_of_baryon_number_opens_it_again(phi, dimension):
    """B(Phi) = 1: one Phi and a dimension-six operator; B(Phi) = 2: n-nbar with one Phi."""
    third = Fraction(1, 3)
    charges = {**dict.fromkeys(("q", "u", "d"), third), **dict.fromkeys("leH", 0), "Phi": phi}
    assert lowest_baryon_violation(with_charges(charges)).dimension == dimension
