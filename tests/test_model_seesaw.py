"""The seesaw of any model, from its terms: against the one from charges alone."""

from __future__ import annotations

import pytest

from muoquark.common.errors import InputError
from muoquark.model.fields import built_in_model
from muoquark.model.model_file import parse_model
from muoquark.model.seesaw import seesaw_of
from muoquark.symmetry.assignment import assignment_of, parse_assignment
from muoquark.symmetry.textures import seesaw_texture


@pytest.mark.parametrize(
    "text",
    [
        "k=1/3 L=0,-3,0 Phi=3",
        "k=1 L=-9,9,-9 Phi=18",
        "k=1 L=0,-9,0 Phi=1",
        "k=0 L=1,-1,0 Phi=1",
        "k=1/3 L=0,-3,0 N=-3,0,0 Phi=3",
    ],
)
@pytest.mark.parametrize("leptoquarks", [["S3"], ["R2", "S3"], ["S1t", "R2t"]])
def test_textures_from_terms_and_from_charges(text, leptoquarks):
    assignment, phi = parse_assignment(text)
    names = {"q": assignment.k, "l": assignment.L, "e": assignment.E, "nu": assignment.N}
    rows = [f"  {name}: [{', '.join(map(str, x))}]" for name, x in names.items()]
    rows += [f"  {name}: [{', '.join(map(str, assignment.k))}]" for name in ("u", "d")]
    rows += ["  H: 0", f"  Phi: {phi}", *(f"  {name}: 7/5" for name in leptoquarks)]
    model = parse_model("fields:\n" + "\n".join(rows))
    assert seesaw_of(model) == seesaw_texture(assignment, phi)


def test_the_paper_and_a_model_without_charges():
    model = built_in_model("B-3Lmu")
    assert seesaw_of(model) == seesaw_texture(assignment_of(model.fields), model.phi_charge)
    assert seesaw_of(parse_model("fields: [q, u, d, l, e, nu, H, R2]")).complete


def test_what_does_not_apply_says_so():
    with pytest.raises(InputError, match="no right-handed neutrinos"):
        seesaw_of(parse_model("fields: [R2, S3]"))
    # quark charges that are not universal are no obstacle
    text = "fields: {q: [1, 1, 0], u: [1, 1, 0], d: [1, 1, 0], l: 0, e: 0, nu: 0, H: 0, S1: 1}"
    assert seesaw_of(parse_model(text)).masses == 3
