"""Terms of known fields against the Lagrangian in components, and the shapes of couplings."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from muoquark.model.fields import Gauge, Model
from muoquark.model.terms import GAUGE_TERMS, Term, known_names, known_terms, terms_for
from muoquark.symmetry.content import FLAVOURS, REPRESENTATIONS, Field, with_charges
from muoquark.symmetry.contractions import parse_term
from muoquark.symmetry.generators import components

FIELDS = with_charges(dict.fromkeys(REPRESENTATIONS, 0))
TERMS = {term.coupling: term for term in known_terms()}


def values(seed=11):
    """A number for every component of every field, [colour, isospin]."""
    rng = np.random.default_rng(seed)
    out = {}
    for field in FIELDS:
        size = len(components(field))
        numbers = rng.normal(size=size) + 1j * rng.normal(size=size)
        out[field.name] = numbers.reshape(-1, field.isospin)
    return out


def value(term, v):
    """The term with numbers for its fields."""
    out = term.contraction.array
    for slot in reversed(term.contraction.slots):
        numbers = v[slot.name].ravel()
        out = out @ (numbers.conj() if slot.dagger else numbers)
    return complex(out)


class Components:
    """Names for components, colour as a vector; conjugates with a c."""

    def __init__(self, v):
        self.uL, self.dL = v["q"].T
        self.u, self.d = v["u"][:, 0], v["d"][:, 0]
        self.nuL, self.eL = v["l"][0]
        self.e, self.nu = v["e"][0, 0], v["nu"][0, 0]
        self.hp, self.h0 = v["H"][0]
        self.Phi = v["Phi"][0, 0]
        self.S1, self.S1t = v["S1"][:, 0], v["S1t"][:, 0]
        a, b, c = v["S3"].T
        self.S3 = v["S3"].T  # [isospin][colour]
        self.S43, self.S23, self.S13 = (a - 1j * b) / sqrt(2), (a + 1j * b) / sqrt(2), c
        self.R53, self.R23 = v["R2"].T
        self.Rt23, self.Rt13 = v["R2t"].T
        self.U1, self.U1t = v["U1"][:, 0], v["U1t"][:, 0]
        a, b, c = v["U3"].T
        self.U53, self.Um13, self.U23 = (a - 1j * b) / sqrt(2), (a + 1j * b) / sqrt(2), c
        self.V43, self.V13 = v["V2"].T
        self.Vt13, self.Vm23 = v["V2t"].T

    def __getattr__(self, name):
        if name.endswith("c") and name[:-1] in self.__dict__:
            return np.conj(self.__dict__[name[:-1]])
        raise AttributeError(name)


def fermionic(f):
    """The content of the brackets in -L, component by component (charges: Q = T3 + Y)."""
    return {
        "Yu": f.uLc @ f.u * f.h0c - f.dLc @ f.u * f.hpc,
        "Yd": f.uLc @ f.d * f.hp + f.dLc @ f.d * f.h0,
        "Ye": (f.nuLc * f.hp + f.eLc * f.h0) * f.e,
        "Ynu": (f.nuLc * f.h0c - f.eLc * f.hpc) * f.nu,
        "MR": f.nu**2,
        "yPhi": f.nu**2 * f.Phi,
        "yPhic": f.nu**2 * f.Phi.conj(),
        "eta1L": f.uL @ f.S1 * f.eL - f.dL @ f.S1 * f.nuL,
        "eta1R": f.u @ f.S1 * f.e,
        "etat1R": f.d @ f.S1 * f.nu,
        "eta1tR": f.d @ f.S1t * f.e,
        "eta3L": sqrt(2) * f.uL @ f.S23 * f.nuL
        - sqrt(2) * f.dL @ f.S43 * f.eL
        - (f.uL @ f.S13 * f.eL + f.dL @ f.S13 * f.nuL),
        "eta2L": f.uc @ f.R53 * f.eL - f.uc @ f.R23 * f.nuL,
        "eta2R": f.ec * (f.uL @ f.R53c + f.dL @ f.R23c),
        "eta2tL": f.dc @ f.Rt23 * f.eL - f.dc @ f.Rt13 * f.nuL,
        "eta2tR": (f.uLc @ f.Rt23 + f.dLc @ f.Rt13) * f.nu,
        "x1L": f.uLc @ f.U1 * f.nuL + f.dLc @ f.U1 * f.eL,
        "x1R": f.dc @ f.U1 * f.e,
        "x1tR": f.uc @ f.U1t * f.e,
        "x3L": sqrt(2) * f.uLc @ f.U53 * f.eL
        + sqrt(2) * f.dLc @ f.Um13 * f.nuL
        + (f.uLc @ f.U23 * f.nuL - f.dLc @ f.U23 * f.eL),
        "x2L": f.d @ f.V43 * f.eL - f.d @ f.V13 * f.nuL,
        "x2R": (f.uL @ f.V13 - f.dL @ f.V43) * f.e,
        "x2tL": f.u @ f.Vt13 * f.eL - f.u @ f.Vm23 * f.nuL,
    }


def quartic(f):
    """The potential, component by component; sums over colour are dot products."""
    up, down = abs(f.hp) ** 2, abs(f.h0) ** 2
    h2 = up + down
    s1, s1t = f.S1c @ f.S1, f.S1tc @ f.S1t
    s3 = f.S43c @ f.S43 + f.S13c @ f.S13 + f.S23c @ f.S23
    r2 = f.R53c @ f.R53 + f.R23c @ f.R23
    rt = f.Rt23c @ f.Rt23 + f.Rt13c @ f.Rt13
    phi = abs(f.Phi) ** 2
    m = f.S3.conj() @ f.S3.T  # S3^dag_A S3_B
    w = f.S3.conj() @ f.S1  # S3^dag_A S1
    # T3 and T+ of the triplet, on charge eigenstates
    third = f.S43c @ f.S43 - f.S23c @ f.S23
    plus = sqrt(2) * (f.S43c @ f.S13 * -1 + f.S13c @ f.S23)
    hr = f.hpc * f.R53 + f.h0c * f.R23
    ht = f.hpc * f.Rt23 + f.h0c * f.Rt13
    levi = np.zeros((3, 3, 3))
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        levi[a, b, c], levi[b, a, c] = 1, -1
    return {
        "lam": h2**2 / 2,
        "lP": phi**2,
        "l1": s1**2,
        "l3a": s3**2,
        "l3b": np.einsum("AB,BA", m, m),
        "l3c": np.einsum("AB,AB", m, m),
        "lHP": h2 * phi,
        "lH1": h2 * s1,
        "lH1t": h2 * s1t,
        "lH3": h2 * s3,
        # i eps_ABC S^dag_B S_C = - S^dag T^A S
        "leH3": -(up - down) * third - 2 * (f.hpc * f.h0 * plus.conj()).real,
        "lH2": h2 * r2,
        "lsH2": 2 * (hr.conj() @ hr) - h2 * r2,
        "lH2t": h2 * rt,
        "lsH2t": 2 * (ht.conj() @ ht) - h2 * rt,
        "lP1": phi * s1,
        "lP3": phi * s3,
        "l13a": s1 * s3,
        "l13b": (w.conj() @ w),
        "lH13": sqrt(2) * (f.hpc * f.h0 * (f.S23c @ f.S1) + f.h0c * f.hp * (f.S43c @ f.S1))
        + (up - down) * (f.S13c @ f.S1),
        "l13c": w @ w,
        "le13": 1j * np.einsum("ABC,A,BC", levi, w, m),
    }


@pytest.mark.parametrize("coupling", TERMS)
def test_terms_in_components(coupling):
    v = values()
    f = Components(v)
    wanted = {**fermionic(f), **quartic(f)}
    assert set(wanted) == set(TERMS)
    assert value(TERMS[coupling], v) == pytest.approx(complex(wanted[coupling]), rel=1e-12, abs=0)


def test_real_couplings_are_those_of_real_terms():
    v = values(5)
    for term in known_terms():
        if term.part == "potential":
            assert term.real == (abs(value(term, v).imag) < 1e-12 * abs(value(term, v))), term
        else:
            assert not term.real
    complex_ones = {t.coupling for t in known_terms() if t.part == "potential" and not t.real}
    assert complex_ones == {"lH13", "l13c", "le13"}


def test_electric_charge_is_conserved_component_by_component():
    """Every monomial of a term has charge zero, in a basis where T3 is diagonal."""
    for term in known_terms():
        array = term.contraction.array.copy()
        total = np.zeros(())
        for axis, (slot, field) in enumerate(
            zip(term.contraction.slots, term.contraction.fields, strict=True)
        ):
            charges = np.array([1, 0, -1] if field.isospin == 3 else [0.5, -0.5][: field.isospin])
            if field.isospin == 1:
                charges = np.zeros(1)
            if field.isospin == 3:  # to S3^(4/3), S3^(1/3), S3^(-2/3)
                rows = np.array([[1, -1j, 0], [0, 0, sqrt(2)], [1, 1j, 0]]) / sqrt(2)
                turn = np.kron(np.eye(3), rows)
                turn = turn if slot.dagger else turn.conj()  # what stands before the eigenstates
                array = np.moveaxis(np.tensordot(array, turn, (axis, 1)), -1, axis)
            q = np.tile(charges + float(field.Y), array.shape[axis] // field.isospin)
            total = np.add.outer(total, -q if slot.dagger else q)
        assert np.abs(total[np.abs(array) > 1e-12]).max() < 1e-12, term


# -- matrices of couplings -----------------------------------------------------------------------


def test_matrices_are_quark_before_lepton():
    """[quark][lepton] where a term has one of each, whichever way it is written."""
    leptoquarks = [t for t in known_terms() if t.part == "leptoquark"]
    assert len(leptoquarks) == 16
    for term in leptoquarks:
        first, second = (term.fields[k] for k in term.flavour_axes)
        assert first.name in ("q", "u", "d"), term
        assert second.name in ("l", "e", "nu"), term
        assert term.shape == (3, 3)
    turned = Term("x", parse_term("l_j q_i S3_A eps_ik sigma^A_kj", FIELDS))
    assert turned.flavour_axes == (1, 0)
    assert Term("x", parse_term("S1 e u", FIELDS)).flavour_axes == (2, 1)


def test_two_quarks_and_two_leptons_stand_as_written():
    for text, axes in (
        ("q+_i H_i d", (0, 2)),
        ("d H_i q+_i", (0, 2)),
        ("l+_i H_i e", (0, 2)),
        ("nu nu", (0, 1)),
        ("d u S1+", (0, 1)),
    ):
        term = Term("x", parse_term(text, FIELDS))
        assert term.flavour_axes == axes
        assert term.shape == (3, 3)
    assert TERMS["lH1"].flavour_axes == TERMS["lH1"].shape == ()


def test_fermions_of_the_users_own_are_quarks_if_they_have_colour():
    charges = with_charges({"l": [0, 0, 0], "q": 0, "S1": 0, "e": 0})
    half, sixth = -REPRESENTATIONS["H"][3], REPRESENTATIONS["q"][3]
    mine = (
        Field("L", "left", "1", 2, half, (0, 0)),
        Field("Q", "left", "3", 2, sixth, (0,)),
    )
    term = Term("x", parse_term("L_j q_i S1 eps_ij", (*charges, *mine)))
    assert (term.flavour_axes, term.shape) == ((1, 0), (3, 2))
    term = Term("x", parse_term("l_j Q_i S1 eps_ij", (*charges, *mine)))
    assert (term.flavour_axes, term.shape) == ((1, 0), (1, 3))


# -- the list ------------------------------------------------------------------------------------


def test_a_model_has_the_terms_whose_fields_it_has():
    few = with_charges({"q": 0, "l": 0, "H": 0, "S3": 0})
    assert [t.coupling for t in terms_for(few)] == [
        "eta3L",
        "lam",
        "l3a",
        "l3b",
        "l3c",
        "lH3",
        "leH3",
    ]
    charged = with_charges({"l": [1, 2, 3], "e": 0, "H": 0})
    (yukawa, _) = terms_for(charged)
    assert [str(x) for x in yukawa.fields[0].X] == ["1", "2", "3"]


def test_parts_and_dimensions():
    parts = {}
    for term in (*known_terms(), *GAUGE_TERMS):
        parts.setdefault(term.part, []).append(term.coupling)
    assert parts["gauge"] == ["gX", "epsBX"]
    assert parts["Yukawa"] == ["Yu", "Yd", "Ye"]
    assert parts["neutrino"] == ["Ynu", "MR", "yPhi", "yPhic"]
    assert len(parts["leptoquark"]) == 16
    assert len(parts["potential"]) == 22
    dimensions = {t.coupling: t.dimension for t in known_terms()}
    assert dimensions.pop("MR") == 3
    assert set(dimensions.values()) == {4}


def test_every_known_coupling_and_leptoquark_has_a_name_in_tex():
    assert set(TERMS) <= set(known_names())
    heavy = {name for name, (spin, *_) in REPRESENTATIONS.items() if spin in ("scalar", "vector")}
    boson = set(vars(Gauge()).values())
    assert set(known_names()) - set(TERMS) == heavy - {"H"} | boson
    assert set(FLAVOURS) | {"H"} == set(REPRESENTATIONS) - set(known_names())


FIVE = Model("five", tuple(f for f in FIELDS if f.spin != "vector"))


def test_labels_are_tex():
    """Those of all fields and couplings of all known fields, of terms that nobody wrote, too."""
    from matplotlib.mathtext import MathTextParser

    assert FIVE.label("eta3L") == r"\eta^{3L}"
    assert FIVE.label("m2_S1t") == r"m^2_{\tilde S_1}"
    assert FIVE.label("l_S3S3R2R2_4") == r"\lambda^{(4)}_{\mathrm{S3S3R2R2}}"
    assert FIVE.label("q") == r"\mathrm{q}"
    assert FIVE.label("my_own") == r"\mathrm{my\_own}"
    assert Model("x", FIELDS, own_names={"S3": "T"}).label("m2_S3") == "m^2_{T}"
    names = [field.name for field in FIVE.fields] + [t.coupling for t in FIVE.terms]
    names += ["gX", "epsBX", "mX", "my_own"]
    labels = {FIVE.label(name) for name in names}
    assert len(labels) == len(names)
    parser = MathTextParser("path")
    for label in labels:
        assert parser.parse(f"${label}$").width > 0
