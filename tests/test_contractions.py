"""Terms as text: parsing, arrays, invariance, independence."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muoquark.common.errors import InputError
from muoquark.model.terms import known_terms
from muoquark.symmetry.content import REPRESENTATIONS, Field, with_charges
from muoquark.symmetry.contractions import RESERVED, TENSORS, independent, parse_term
from muoquark.symmetry.generators import SIGMA, field_generators

FIELDS = with_charges(dict.fromkeys(REPRESENTATIONS, 0))
OCTET = Field("O", "scalar", "8", 2, FIELDS[6].Y, (0,))
QUADRUPLET = Field("Q", "scalar", "1", 4, FIELDS[6].Y, (0,))
SEXTET = Field("S6", "scalar", "6", 1, FIELDS[6].Y, (0,))
ALL = (*FIELDS, OCTET, QUADRUPLET, SEXTET)
TEXTS = [term.text for term in known_terms()]


def term(text):
    return parse_term(text, ALL)


def same(one, other):
    """Whether two polynomials are one."""
    return all(abs(one.get(k, 0) - other.get(k, 0)) < 1e-12 for k in {*one, *other})


# -- what a text may be --------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_known_terms_are_invariant_under_every_generator(text):
    """Under finite transformations, too, which `broken_by` does not look at."""
    contraction = term(text)
    assert contraction.broken_by() is None
    assert contraction.hypercharge == 0
    rng = np.random.default_rng(3)
    angles = rng.normal(size=11)
    turned = contraction.array
    for axis, (slot, field) in enumerate(zip(contraction.slots, contraction.fields, strict=True)):
        action = field_generators(field, slot.dagger)
        phase = sum(a * t for a, t in zip(angles, action.values(), strict=True))
        values, vectors = np.linalg.eigh(phase)
        group = vectors * np.exp(1j * values) @ vectors.conj().T
        turned = np.moveaxis(np.tensordot(turned, group, (axis, 0)), -1, axis)
    assert turned == pytest.approx(contraction.array, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("q_i l_j S3_A eps_ik", "the index 'j' stands once"),
        ("q_i l_i S1_i", "'S1' has the isospin 1: it takes no letter from a to t, found 'i'"),
        ("H_i H_i H+_i", "the index 'i' stands 3 times, allowed: twice"),
        ("q_i l_j S3_j eps_ij", "the index 'j' stands 3 times"),
        ("q_i l_j S3_A sigma^i_Aj", "the index 'i' joins a dimension of 2 with one of 3"),
        ("q_i l_A S3_A", "the index 'A' joins a dimension of 2 with one of 3"),
        ("q l S1", "'q' has the isospin 2: it takes one letter from a to t, found ''"),
        ("H_u H+_u", "'H' has the colour 1: it takes no letter from u to z, found 'u'"),
        ("q_i l_j S4_A", "unknown field or tensor 'S4': did you mean 'S"),
        ("q_i l_j S3_A sgma^A_ij", "unknown field or tensor 'sgma': did you mean 'sigma'?"),
        ("H_i H+_i 1/0", "'1/0' is neither a field, a tensor nor a factor such as 2, -1/2 or i"),
        ("H_i H+_i 0.5", "'0.5' is neither"),
        ("H_i H+_i ii", "unknown field or tensor 'ii'"),
        ("H_i H+_i --2", "'--2' is neither"),
        ("H_i H+_i 0", "the factor is zero"),
        ("H_i H_i+", "'H_i+' is neither a field, a tensor nor a factor such as 2, -1/2 or i; a "
         "conjugate is written H+_i"),
        (f"H_i H+_i {'9' * 400}", "is neither a field"),
        ("eps_ij", "there is no field"),
        ("", "there is no field"),
        ("i 2", "there is no field"),
        ("H_i eps_ij H_j", "the field 'H' stands behind a tensor: fields come first"),
        ("H_i H_j eps+_ij", "the tensor 'eps' takes no '+'"),
        ("H_i H_j eps_i", "'eps' has 2 indices, found 'i'"),
        ("H_i H+_j sigma_ij", "'sigma' has 3 indices, found 'ij'"),
        ("u d Phi", "u d Phi has no colour singlet (3, 3)"),
        ("S1 Phi", "S1 Phi has no colour singlet (3bar)"),
        ("S1 S6", "S1 S6 has no colour singlet (3bar, 6)"),
        ("S1 S1 S6", "the colour of 3 fields (3bar, 3bar, 6) is not unique: write it"),
        ("q_ix q_j S1+ eps_ij", "colour is written for some fields only, not for q, S1"),
        ("S1 S1+ S3_A S3+_A", "the colour of 4 fields (3, 3, 3bar, 3bar) is not unique"),
        ("H_i H+_j delta_kk delta_ij", "'delta_kk' is contracted with nothing but deltas"),
        ("H_i S3_A S1+ delta_ik delta_kA", "joins a dimension of 2 with one of 3"),
        ("Phi " * 60, "60 fields and 0 tensors, allowed are 16 together"),
        ("H_i H+_i " + "eps_kl eps_kl " * 20, "2 fields and 40 tensors, allowed are 16"),
        ("q_i " * 9, "its fields have 10077696 products of components, allowed are 1000000"),
        ("Q_i H+_i", "the index 'i' joins a dimension of 4 with one of 2"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text, fault):
    with pytest.raises(InputError, match=re.escape(fault)):
        term(text)


def test_all_faults_of_a_text_at_once():
    with pytest.raises(InputError) as error:
        term("q_i p_j S9 1/0 tau_ij")
    found = [fault.message.split(":")[0] for fault in error.value.faults]
    assert found == [
        "unknown field or tensor 'p'",
        "unknown field or tensor 'S9'",
        "'1/0' is neither a field, a tensor nor a factor such as 2, -1/2 or i",
        "unknown field or tensor 'tau'",
    ]
    # a tensor without its letters hides which letters stand once
    with pytest.raises(InputError) as error:
        term("q_i l_j S3_A eps_i sigma^A")
    assert len(error.value.faults) == 2


def test_reserved_names_are_those_that_a_text_understands_otherwise():
    assert set(RESERVED) == {*TENSORS, "i"} == {"delta", "eps", "sigma", "eps3", "lambda", "i"}


@pytest.mark.parametrize(
    ("text", "factor"),
    [("2", 2), ("-1/2", -0.5), ("i", 1j), ("-i", -1j), ("3/4i", 0.75j), ("2 i i", -2), ("", 1)],
)
def test_factors_multiply(text, factor):
    assert term(f"H_i H+_i {text}").array == pytest.approx(factor * np.eye(2), rel=0, abs=0)
    assert term(f"{text} H_i H+_i").array == pytest.approx(factor * np.eye(2), rel=0, abs=0)


# -- arrays --------------------------------------------------------------------------------------


def test_arrays_have_one_axis_for_each_field_with_colour_first():
    array = term("q_i l_j S3_A  eps_ik sigma^A_kj").array.reshape(3, 2, 2, 3, 3)
    eps = np.array([[0, 1], [-1, 0]])
    wanted = np.einsum("xy,ik,Akj->xijyA", np.eye(3), eps, SIGMA)
    assert array == pytest.approx(wanted, rel=0, abs=0)
    octet = term("q+_ix O_iU d_y  lambda^U_xy").array
    assert octet.shape == (6, 16, 3)
    assert term("q+_ix O_iU d_y  lambda^U_xy").broken_by() is None
    assert term("q+_ix O_iU d_y  lambda^U_yx").broken_by() == "SU(3) T1"


def test_chains_of_deltas_are_one_delta():
    wanted = term("H_i H+_i").array
    for text in ("delta_ij", "delta_ik delta_kj", "delta_ik delta_lk delta_lm delta_mj"):
        assert term(f"H_i H+_j {text}").array == pytest.approx(wanted, rel=0, abs=0)
    # a trace: delta_kk of a doublet's index, closed by two sigmas
    trace = term("H_i H+_i S3_A S3+_B sigma^A_kl sigma^B_lk").array
    plain = term("H_i H+_i S3_A S3+_A 2").array
    assert trace == pytest.approx(plain, rel=0, abs=1e-15)


@pytest.mark.parametrize("text", ["S6+_x S6_x", "S6+ S6", "O+_i O_i", "Q+_i Q_i", "O_iU O+_iU"])
def test_larger_representations_have_their_masses(text):
    contraction = term(text)
    assert contraction.broken_by() is None
    assert contraction.real
    assert len(contraction.polynomial) == contraction.array.shape[0]


def test_which_generator_breaks_a_term():
    assert term("q_i l_j S3_A  sigma^A_ij").broken_by() == "SU(2) T1"
    assert term("H_i H_j  delta_ij").broken_by() == "SU(2) T1"
    assert term("S1_x S1t_x").broken_by() == "SU(3) T1"
    assert term("H_i H_j eps_ij").broken_by() is None
    assert term("H_i H_j eps_ij").hypercharge == 1


# -- the same term, written otherwise ------------------------------------------------------------


def renamed(text, swap):
    """The text with other letters, tensors in another order."""

    def letters(match):
        return match[0][0] + "".join(swap.get(x, x) for x in match[0][1:])

    return re.sub(r"[_^][A-Za-z]+", letters, text)


LOWER, UPPER, COLOUR = "abcdefghijklmnopqrst", "ABCDEFGHIJKLMNOPQRST", "uvwxyz"


@st.composite
def rewritten(draw):
    """A known term, and the same with its letters renamed and tensors and indices moved."""
    text = draw(st.sampled_from(TEXTS))
    swap = {}
    for family in (LOWER, UPPER, COLOUR):
        swap |= dict(zip(family, draw(st.permutations(list(family))), strict=True))
    words = renamed(text, swap).split()
    is_tensor = [re.split("[_^]", word)[0] in TENSORS for word in words]
    fields = [
        w for w, t in zip(words, is_tensor, strict=True) if not t and w[0].isalpha() and w != "i"
    ]
    factors = [w for w, t in zip(words, is_tensor, strict=True) if not t and w not in fields]
    tensors = draw(st.permutations([w for w, t in zip(words, is_tensor, strict=True) if t]))
    sign = 1
    out = []
    for word in tensors:
        name, letters = re.split("[_^]", word)[0], "".join(re.split("[_^]", word)[1:])
        if name in ("eps", "eps3"):
            order = draw(st.permutations(range(len(letters))))
            sign *= round(np.linalg.det(np.eye(len(letters))[list(order)]))
            letters = "".join(letters[k] for k in order)
        out.append(f"{name}{draw(st.sampled_from('_^'))}{letters}")
    if sign < 0:
        out.append("-1")
    return text, " ".join([*fields, *out, *factors]), draw(st.permutations(range(len(fields))))


@settings(max_examples=60, deadline=None)
@given(rewritten())
def test_letters_order_and_signs_of_a_text_do_not_matter(case):
    text, other, order = case
    one, two = term(text), term(other)
    assert two.array == pytest.approx(one.array, rel=0, abs=1e-14)
    # another order of the fields turns the axes, and scalars commute
    words = other.split()
    n = len(one.slots)
    moved = term(" ".join([*(words[k] for k in order), *words[n:]]))
    assert moved.array == pytest.approx(one.array.transpose(order), rel=0, abs=1e-14)
    if not one.fermions:
        assert same(moved.polynomial, one.polynomial)
    assert independent([one, moved]) == 1


CONJUGATES = {
    "q_i l_j S3_A eps_ik sigma^A_kj": "q+_i l+_j S3+_A eps_ik sigma^A_jk",
    "u+ l_j R2_i eps_ij": "u l+_j R2+_i eps_ij",
    "q+_i H+_j u eps_ij": "q_i H_j u+ eps_ij",
    "H+_i H_j S3+_A S1 sigma^A_ij": "H_i H+_j S3_A S1+ sigma^A_ji",
    "H+_i H_j S3+_B S3_C i eps3^ABC sigma^A_ij": "H_i H+_j S3_B S3+_C -i eps3^ABC sigma^A_ji",
    "S3+_Ax S3+_By S3_Cy S1_x i eps3^ABC": "S3_Ax S3_By S3+_Cy S1+_x -i eps3^ABC",
    "nu nu Phi": "nu+ nu+ Phi+",
}


@pytest.mark.parametrize("text", CONJUGATES)
def test_a_conjugate_that_is_written_is_the_conjugate(text):
    one, other = term(text), term(CONJUGATES[text])
    assert other.array == pytest.approx(one.array.conj(), rel=0, abs=1e-15)
    assert same(other.polynomial, one.conjugate_polynomial)
    assert same(other.conjugate_polynomial, one.polynomial)
    assert independent([one, other]) == 1
    assert one.real == (text.startswith("H+_i H_j S3+_B"))


def conjugated(text):
    """The conjugate of a text: matrices are Hermitian, so that theirs are transposed."""
    out = []
    for word in text.split():
        name, *letters = re.split("[_^]", word)
        if name in ("sigma", "lambda"):
            letters = "".join(letters)
            out.append(f"{name}_{letters[0]}{letters[2]}{letters[1]}")
        elif name in TENSORS or name.lstrip("-")[0].isdigit():
            out.append(word)
        elif name == "i":
            out.append("-i")
        else:
            turned = name.removesuffix("+") if name.endswith("+") else f"{name}+"
            out.append("_".join([turned, *letters]))
    return " ".join(out)


@settings(max_examples=40, deadline=None)
@given(rewritten())
def test_the_conjugate_of_a_text_is_the_conjugate_term(case):
    _, text, _ = case
    one, other = term(text), term(conjugated(text))
    assert other.array == pytest.approx(one.array.conj(), rel=0, abs=1e-14)
    assert same(other.polynomial, one.conjugate_polynomial)
    assert other.real == one.real
    assert independent([one, other]) == 1


WORDS = st.builds(
    "{}{}{}".format,
    st.sampled_from([*REPRESENTATIONS, *TENSORS, "O", "S6", "i", "2", "-1/2", "1/0", "x", "_"]),
    st.sampled_from(["", "", "+", "-"]),
    st.sampled_from(
        ["", "_i", "_j", "_A", "_ij", "_ix", "_Ax", "^A_ij", "^ABC", "_xy", "_ii", "__"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=6))
def test_any_text_is_a_term_or_says_why_not(words):
    """Never a traceback."""
    try:
        contraction = term(" ".join(words))
    except InputError as error:
        assert all(fault.message for fault in error.faults)
        return
    assert contraction.array.ndim == len(contraction.slots)
    contraction.broken_by()
    assert contraction.real in (True, False)


def test_independence_is_a_rank():
    singlet = term("S3+_Ax S3_Ax S3+_By S3_By")
    colour = term("S3+_Ax S3_Ay S3+_By S3_Bx")
    isospin = term("S3+_Ax S3_Bx S3+_Ay S3_By")
    both = term("S3+_Ax S3_Bx S3+_By S3_Ay")
    # S3 commutes with itself: exchanging isospin and exchanging colour are the same
    assert same(colour.polynomial, both.polynomial)
    assert independent([singlet, colour]) == 2
    assert independent([singlet, colour, both]) == 2
    assert independent([singlet, colour, isospin]) == 3
    assert independent([]) == 0
    # the Fierz identity of sigma: with a factor, the third is made of the others
    h = [
        "H+_i H_i R2+_k R2_k",
        "H+_i H_j R2+_k R2_m sigma^A_ij sigma^A_km",
        "H+_i R2_i R2+_k H_k",
        "H_i R2_j H+_k R2+_m eps_ij eps_km",
    ]
    assert [independent(map(term, some)) for some in itertools.combinations(h, 2)] == [2] * 6
    assert independent(map(term, h)) == 2


def test_charges_of_generations():
    fields = with_charges({"l": [0, -3, 0], "e": [0, -3, 1], "H": 0, "nu": [0, -3, 0], "Phi": 3})
    yukawa = parse_term("l+_i H_i e", fields)
    assert yukawa.allowed == ((0, 0), (1, 1), (2, 0))
    assert yukawa.charge([1, 0, 2]) == 4
    assert parse_term("nu nu Phi", fields).allowed == ((0, 1), (1, 0), (1, 2), (2, 1))
