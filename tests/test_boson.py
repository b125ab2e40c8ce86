"""The boson of U(1)_X at tree level: exact diagonalisation, multiplicities, invariances, cards."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from closeness import close
from muoquark.boson.mixing import b_coefficients
from muoquark.common.errors import InputError
from muoquark.matching.boson import boson_tensors, breaking_tensors
from muoquark.matching.match import explain, left_out, match
from muoquark.matching.parametric import parametric
from muoquark.model.boson import Boson, Breaking
from muoquark.model.card import Card
from muoquark.model.card_file import parse_card
from muoquark.model.model_file import parse_model
from muoquark.model.point import Point
from muoquark.smeft.tensors import conjugate4, dagger, symmetrise
from muoquark.smeft.warsaw import FAMILIES, from_tensors

Y = {"q": 1 / 6, "u": 2 / 3, "d": -1 / 3, "l": -1 / 2, "e": -1.0}
FIELDS = tuple(Y)
G1, G2, V = 0.36, 0.64, 246.22


def unitary(rng):
    return np.linalg.qr(rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)))[0]


def model_of(charges, higgs=0, phi=3):
    """A model with these charges, by field; nu_R as the leptons."""
    rows = "\n".join(f"  {k}: [{', '.join(map(str, X))}]" for k, X in charges.items())
    return parse_model(f"name: test\nfields:\n{rows}\n  H: {higgs}\n  Phi: {phi}\n")


def random_charges(rng, higgs=Fraction(0)):
    """Charges that allow every diagonal Yukawa coupling."""
    q, lepton = ([Fraction(int(x), 7) for x in rng.integers(-9, 9, 3)] for _ in range(2))
    return {
        "q": q, "u": [x + higgs for x in q], "d": [x - higgs for x in q],
        "l": lepton, "e": [x - higgs for x in lepton], "nu": [x + higgs for x in lepton],
    }  # fmt: skip


def random_boson(seed, higgs=Fraction(0), rotated=True, mass=3000.0):
    rng = np.random.default_rng(seed)
    model = model_of(random_charges(rng, higgs), higgs)
    rotations = {name: unitary(rng) for name in FIELDS} if rotated else {}
    return Boson(model, 0.4, 0.15, mass, rotations)


# --- exact diagonalisation of (B, W3, X)


def exact(fermions, higgs, gX, eps, mass, q2):
    """Neutral-current amplitudes of fermions (T3, Y, X) at momentum squared q2, all pairs.

    Propagators (q^2 K - M^2)^-1 of the three fields, with their kinetic matrix K.
    """
    K = np.array([[1, 0, -eps], [0, 1, 0], [-eps, 0, 1]], dtype=float)
    n = np.array([G1 / 2, -G2 / 2, gX * higgs])
    M2 = V**2 * np.outer(n, n)
    M2[2, 2] += mass**2
    c = np.array([[G1 * y, G2 * t, gX * x] for t, y, x in fermions])
    return c @ np.linalg.inv(q2 * K - M2) @ c.T, K, M2


def effective(fermions, tensors, q2):
    """The same from the coefficients: shifted couplings and mass, and contact terms."""
    n = np.array([G1 / 2, -G2 / 2])
    M2 = V**2 * np.outer(n, n) + tensors["phiD"] * V**4 / 2 * np.outer(n, n)
    c = np.array([[G1 * y, G2 * t] for t, y, _ in fermions])
    shift = [tensors[name] for name in ("phil1", "phie")]
    # L = C (H^dag i D H)(fbar gamma f) has -v^2 n.V for the Higgs current, and L = -c.V fbar f
    for k, C in enumerate(shift):
        c[k] += C[1, 1].real * V**2 * n
    contact = np.array(
        [
            [2 * tensors["ll"][1, 1, 1, 1].real, tensors["le"][1, 1, 1, 1].real],
            [tensors["le"][1, 1, 1, 1].real, 2 * tensors["ee"][1, 1, 1, 1].real],
        ]
    )
    return c @ np.linalg.inv(q2 * np.eye(2) - M2) @ c.T + contact, M2


@pytest.mark.parametrize("eps", [0.0, 0.1, -0.3])
@pytest.mark.parametrize("higgs", [Fraction(0), Fraction(3, 7)])
def test_exact_diagonalisation(eps, higgs):
    """m_Z, couplings of the Z and four-fermion amplitudes; what is left falls as 1/m_X^4."""
    X = {name: [Fraction(0)] * 3 for name in ("q", "u", "d", "l", "e", "nu")}
    X |= {"q": [0, 0, 0], "u": [higgs] * 3, "d": [-higgs] * 3}
    X |= {"l": [0, -2, 0], "e": [-higgs, -2 - higgs, -higgs], "nu": [higgs, -2 + higgs, higgs]}
    model, gX = model_of(X, higgs), 0.4
    fermions = [(-0.5, -0.5, -2.0), (0.0, -1.0, float(-2 - higgs))]  # mu_L, mu_R
    left = []
    for mass in (2e3, 4e3, 8e3):
        tensors = boson_tensors(Boson(model, gX, eps, mass), G1)
        q2 = 70.0**2
        full, K, M2 = exact(fermions, float(higgs), gX, eps, mass, q2)
        found, light = effective(fermions, tensors, q2)
        z = np.sort(np.linalg.eigvals(np.linalg.solve(K, M2)).real)[1]
        heavy = np.trace(light) - z
        scale = 1 / mass**2
        left.append([abs(full - found).max() / scale, abs(heavy) / (scale * V**4)])
        # alpha T = a v^2 Q_H^2, and m_W is untouched
        a, Q = (gX / mass) ** 2, float(higgs) + eps * G1 / gX / 2
        assert z / (V**2 * (G1**2 + G2**2) / 4) == pytest.approx(
            1 - a * V**2 * Q**2, rel=0, abs=3 * (gX * V / mass) ** 4
        )
    first, second, third = np.array(left)
    for one, two in ((first, second), (second, third)):
        ratio = one / np.maximum(two, 1e-30)
        # one more power of 1/m_X^2 is a factor of four; nothing is left where nothing is there
        assert np.all((one < 1e-9) | ((ratio > 3.5) & (ratio < 4.6))), ratio


def test_universal_parameters_of_mixing_alone():
    """Without charges Y = eps^2 m_W^2/m_X^2 is all that is left: C = -(eps g' Y_a)(eps g' Y_b)."""
    model = parse_model("{name: dark, gauge: {X: {coupling: gX, mixing: epsBX, mass: mX}}, "
                        "fields: {q: 0, u: 0, d: 0, l: 0, e: 0, nu: 0, H: 0, Phi: 1}}")  # fmt: skip
    eps, mass = 0.2, 4000.0
    tensors = boson_tensors(Boson(model, 0.0, eps, mass), G1)
    universal = eps**2 * (G2 * V / 2) ** 2 / mass**2
    # L = -(Y g'^2/(2 m_W^2)) J_Y J_Y
    for family, (a, b) in {"lq1": "lq", "eu": "eu", "qe": "qe"}.items():
        expected = -universal * G1**2 / (G2 * V / 2) ** 2 * Y[a] * Y[b]
        assert tensors[family][0, 0, 1, 1] == close(expected, 1e-12)
    assert tensors["phiD"] == close(-2 * (eps * G1 / 2 / mass) ** 2, 1e-12)


# --- multiplicities


def contractions(values, family, out, into):
    """Sum coefficients times the number of ways in which their operators reach an amplitude.

    `out` are the generations of the two created fermions, `into` those of the annihilated; the
    second of each is distinguishable from the first (isospin or colour) unless the family is ee.
    """
    total = 0j
    for name, value in values.items():
        head, _, digits = name.partition("_")
        if head != family:
            continue
        p, r, s, t = (int(x) - 1 for x in digits)
        hermitian = FAMILIES[family].conjugate((p, r, s, t))
        terms = [((p, r, s, t), complex(value))]
        if hermitian not in FAMILIES[family].orbit((p, r, s, t)):
            terms.append((hermitian, complex(value).conjugate()))
        for (a, b, c, d), number in terms:
            for bars in itertools.permutations(((a, 0), (c, 1))):
                for fields in itertools.permutations(((b, 0), (d, 1))):
                    match_ = [x[0] for x in bars] == list(out) and [x[0] for x in fields] == list(
                        into
                    )
                    # distinguishable fermions follow their own line
                    line = [x[1] for x in bars] == [x[1] for x in fields]
                    if match_ and (family == "ee" or line):
                        total += number
    return total


@pytest.mark.parametrize("seed", range(3))
def test_multiplicities(seed):
    """Exchange amplitudes: t channel, and for equal singlets the u channel, equal by Fierz."""
    boson = random_boson(seed)
    values = from_tensors(boson_tensors(boson, G1))
    for family, name in (("ll", "l"), ("qq1", "q"), ("uu", "u"), ("dd", "d"), ("ee", "e")):
        G = boson.current(name, G1) / boson.mass
        for p, r, s, t in itertools.product(range(3), repeat=4):
            expected = -G[p, r] * G[s, t]
            if family == "ee":
                expected = expected - G[p, t] * G[s, r]
            found = contractions(values, family, (p, s), (r, t))
            assert found == pytest.approx(expected, rel=0, abs=1e-20), (family, p, r, s, t)


def test_diagonal_entries_are_those_of_the_specification():
    model = model_of(
        {k: [0, -3, 2] if k in ("l", "e", "nu") else [1, 1, 2] for k in "qudle"}
        | {"nu": [0, -3, 2]}
    )
    values = from_tensors(boson_tensors(Boson(model, 0.5, 0.0, 2000.0), G1))
    a = (0.5 / 2000) ** 2
    assert values["ll_2222"] == close(-a * 9 / 2, 1e-12)
    assert values["ll_2233"] == close(-a * -6, 1e-12)
    assert values["ee_2233"] == close(-a * -6, 1e-12)
    assert values["qq1_1133"] == close(-a * 2, 1e-12)
    assert values["lq1_2233"] == close(-a * -6, 1e-12)
    assert {"phil1_22", "phiD", "lq3_2233", "qq3_1111"}.isdisjoint(values)


@pytest.mark.exact
@pytest.mark.parametrize("seed", range(3))
def test_symmetrised_arrays_of_wilson(seed):
    from wilson.util import smeftutil

    boson = random_boson(seed, Fraction(2, 7))
    values = from_tensors(boson_tensors(boson, G1))
    arrays = smeftutil.wcxf2arrays_symmetrized(values)
    expected = symmetrise(boson_tensors(boson, G1))
    for name, tensor in expected.items():
        assert np.abs(arrays[name] - tensor).max() < 1e-20, name
    back = smeftutil.arrays2wcxf_nonred({**arrays, **expected})
    for name, value in values.items():
        assert back[name] == pytest.approx(value, rel=1e-12, abs=1e-22), name


# --- invariances


@pytest.mark.parametrize("seed", range(3))
def test_hermitian_and_covariant(seed):
    rng = np.random.default_rng(seed + 10)
    boson = random_boson(seed, Fraction(1, 7))
    tensors = boson_tensors(boson, G1)
    for name, tensor in tensors.items():
        if np.ndim(tensor):
            other = dagger(tensor) if tensor.ndim == 2 else conjugate4(tensor)
            assert np.abs(tensor - other).max() < 1e-20, name
    # mass eigenstates psi = W psi': G' = W^dag G W
    W = {name: unitary(rng) for name in FIELDS}
    turned = {name: boson.rotations[name] @ W[name] for name in FIELDS}
    other = boson_tensors(Boson(boson.model, 0.4, 0.15, boson.mass, turned), G1)
    for family, letters in {"lq1": "lq", "qe": "qe", "ll": "ll", "ud1": "ud"}.items():
        a, b = (W[x] for x in letters)
        expected = np.einsum(
            "pa,rb,sc,td,prst->abcd", a.conj(), a, b.conj(), b, tensors[family], optimize=True
        )
        assert np.abs(other[family] - expected).max() < 1e-20, family


@pytest.mark.parametrize("c", [Fraction(1, 7), Fraction(-5, 3)])
def test_hypercharge_is_redundant(c):
    """X -> X + c Y with eps -> eps - c gX/g': every coefficient to 1e-12 of its family."""
    boson = random_boson(4, Fraction(2, 7))
    exact_Y = {k: Fraction(y).limit_denominator(6) for k, y in Y.items()} | {"nu": Fraction(0)}
    charges = {f.name: [x + c * exact_Y[f.name] for x in f.X] for f in boson.model.fields
               if f.name in exact_Y}  # fmt: skip
    moved = model_of(charges, Fraction(2, 7) + c / 2)
    eps = boson.mixing - float(c) * boson.coupling / G1
    one = boson_tensors(boson, G1)
    two = boson_tensors(Boson(moved, boson.coupling, eps, boson.mass, boson.rotations), G1)
    for name, tensor in one.items():
        size = np.abs(tensor).max()
        assert np.abs(two[name] - tensor).max() < 1e-12 * size, name


# --- running of the mixing


@pytest.mark.exact
def test_penguins_run_the_mixing():
    """The part a*b of beta for (current f) x (third current) is that of eps from the current b."""
    from wilson.run.smeft.beta import beta
    from wilson.util import smeftutil

    components = {"q": 6, "u": 3, "d": 3, "l": 2, "e": 1}

    def rate(G):
        C = {k: np.array(v) for k, v in smeftutil.C_array2dict(np.zeros(9999)).items()}
        C.update({k: complex(0) for k in C if C[k].ndim == 0})
        C.update(gp=0.36 + 0j)
        tensors = {f: -np.einsum("pr,st->prst", G[a], G[b]) for f, (a, b) in PAIRS.items()}
        same = {f: -0.5 * np.einsum("pr,st->prst", G[a], G[a]) for f, a in SAME.items()}
        C.update(symmetrise({**tensors, **same}))
        return beta(C)

    PAIRS = {
        "lq1": "lq", "eu": "eu", "ed": "ed", "lu": "lu", "ld": "ld", "qe": "qe", "le": "le",
        "ud1": "ud", "qu1": "qu", "qd1": "qd",
    }  # fmt: skip
    SAME = {"ll": "l", "ee": "e", "uu": "u", "dd": "d", "qq1": "q"}
    zero = {name: np.zeros((3, 3), complex) for name in FIELDS}
    higgs = {"l": "phil1", "e": "phie", "q": "phiq1", "u": "phiu", "d": "phid"}
    checked = 0
    for f, b in itertools.permutations(FIELDS, 2):
        G = {name: x.copy() for name, x in zero.items()}
        G[f][1, 1] = 0.7
        H = {name: x.copy() for name, x in zero.items()}
        H[b][2, 2] = -1.3
        both = {name: G[name] + H[name] for name in FIELDS}
        parts = [rate(x) for x in (both, G, H)]
        # d(eps g')/dlnmu = 2 g'^2 (2/3) sum Y X
        running = 2 * 0.36**2 * (2 / 3) * components[b] * Y[b] * -1.3
        for family, (one, two) in PAIRS.items():
            if f not in (one, two) or b in (one, two):
                continue
            third = two if f == one else one
            index = (1, 1, 0, 0) if f == one else (0, 0, 1, 1)
            change = parts[0][family][index] - parts[1][family][index] - parts[2][family][index]
            assert change == pytest.approx(-0.7 * running * Y[third], rel=0, abs=1e-14), family
            checked += 1
        name = higgs[f]
        change = parts[0][name][1, 1] - parts[1][name][1, 1] - parts[2][name][1, 1]
        assert change == pytest.approx(-0.7 * running * 0.5, rel=0, abs=1e-14), name
        checked += 1
    assert checked == 80


def test_coefficients_of_the_running():
    from muoquark.model.fields import built_in_model

    model = built_in_model("B-3Lmu")
    light = ("q", "u", "d", "l", "e", "H")
    assert b_coefficients(model, light)[1] == close(16 / 3, 1e-12)
    assert b_coefficients(model)[1] == close(80 / 9, 1e-12)
    assert b_coefficients(model)[0] == close(131 / 18, 1e-12)
    assert b_coefficients(model)[2] == close(523 / 9, 1e-12)


# --- the radial mode


def test_radial_mode_against_the_general_singlet():
    """C_phiBox = -A^2/(2 m^4) of L = -A |H|^2 phi, with A = sqrt2 lHP v and m^2 = 4 lP v^2."""
    breaking = Breaking(portal=0.3, quartic=0.2, vev=5000.0)
    A, m2 = np.sqrt(2) * 0.3 * 5000.0, 4 * 0.2 * 5000.0**2
    assert breaking.mass**2 == close(m2, 1e-12)
    assert breaking_tensors(breaking)["phiBox"] == close(-(A**2) / (2 * m2**2), 1e-12)


# --- cards


ZPRIME = """
model: {charges: 'k=0,0,1 L=0,-3,0 Phi=3'}
gauge: {gX: 0.4, mX: 5000, epsBX: 0.05, rotations: {q: {t23: -0.1, d23: 0.3}, u: {t12: 0.2}}}
"""


def test_a_boson_alone():
    card = parse_card(ZPRIME)
    assert card.neutral == ("X",)
    assert card.model.heavy == ()
    found = match(card.point())
    assert found.scale == 5000.0
    assert found.metadata["content"] == "tree-level exchange of X, complete"
    Q = 0.4 * card.point().boson.charges("q") + 0.05 * card.point().sm_at(5000).g1 / 6 * np.eye(3)
    G = -3 * 0.4 + 0.05 * card.point().sm_at(5000).g1 * -0.5
    assert found["lq1_2223"] == close(-Q[1, 2] * G / 5000**2, 1e-10)
    assert explain(card.point(), "lq1_2223")["tree"] == close(found["lq1_2223"], 1e-12)


def test_text_and_point_of_a_card():
    for text in (ZPRIME, ZPRIME.replace("mX: 5000", "vPhi: 4000"),
                 ZPRIME.replace("{t23: -0.1, d23: 0.3}", "up"),
                 ZPRIME.replace("epsBX: 0.05", "epsBX: {free: [0, 0.1]}")):  # fmt: skip
        card = parse_card(text)
        assert parse_card(card.to_yaml()) == card
        point = card.point()
        assert parse_card(Card.of(point).to_yaml()).point() == point
        import pickle

        assert pickle.loads(pickle.dumps(point)) == point


def test_mass_from_the_vacuum_value():
    point = parse_card(ZPRIME.replace("mX: 5000", "vPhi: 4000")).point()
    assert point.mX == close(np.sqrt(2) * 3 * 0.4 * 4000, 1e-12)


MANY = {
    "alone": ZPRIME.replace("gX: 0.4", "gX: {free: [0.01, 1]}").replace(
        "t23: -0.1", "t23: {free: [-0.2, 0.2]}"),
    "masses": ZPRIME.replace("gauge:", "mu_M: 4000\ngauge:").replace(
        "mX: 5000", "mX: {free: [2000, 9000]}"),
    "vacuum": ZPRIME.replace("gauge:", "mu_M: 4000\nquartics: {lHP: {free: [0.1, 0.2]}, "
                             "lP: {free: [0.1, 0.4]}}\ngauge:").replace(
        "mX: 5000", "vPhi: {free: [3000, 9000]}").replace("gX: 0.4", "gX: {free: [0.2, 0.3]}"),
    "with S3": """
model: B-3Lmu
masses: {S1: 3000, S3: 2500}
couplings: {eta3L: {ansatz: U2, value: {free: [0.1, 0.5]}, light: {free: [-2, 0], name: c}}}
gauge: {gX: {free: [0.01, 0.3]}, mX: 4000, epsBX: {free: [-0.1, 0.1]}}
""",
    "equal masses": """
model: B-3Lmu
masses: {S1: 3000, S3: 3000}
mu_M: 3500
couplings: {eta1L: [0, 0, 0.1], eta1R: [0, 0, {free: [0, 1]}]}
gauge: {gX: {free: [0.01, 0.3]}, mX: 3000}
""",
    "chiral Higgs": """
model: {fields: {q: 1/7, u: 3/7, d: -1/7, l: [0, 2, 0], e: [-2/7, 12/7, -2/7],
        nu: [2/7, 16/7, 2/7], H: 2/7, R2: 0}}
masses: {R2: 2000}
mu_M: 2000
gauge: {gX: {free: [0.01, 0.8]}, mX: 3000}
""",
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_what_a_fit_sees_is_the_matching(name):
    from muoquark.model.coordinates import linear_coordinates

    card = parse_card(MANY[name])
    linear, transform = linear_coordinates(card)
    source = parametric(linear)
    rng = np.random.default_rng(3)
    theta = np.array([p.low + (p.high - p.low) * rng.uniform() for p in card.free])
    point = card.point(dict(zip([p.name for p in card.free], theta, strict=True)))
    expected = match(point)
    assert source.mu_M == close(expected.scale, 1e-12)
    found = source.vector(theta if transform is None else transform(theta, np))
    largest = max(abs(x) for x in expected.values.values())
    seen = dict(zip(source.components, found, strict=True))
    for key, value in expected.values.items():
        for part, number in (("Re", complex(value).real), ("Im", complex(value).imag)):
            assert seen.get(f"{key}:{part}", 0.0) == pytest.approx(
                number, rel=1e-9, abs=1e-12 * largest
            ), key


def test_mixing_of_heavy_fields_is_matched_at_each_mass():
    """S1 + S3 with X: parts at three masses, added up at the lowest; X is at tree level."""
    card = parse_card(MANY["with S3"])
    found = match(card.point())
    assert found.scale == 2500.0
    assert found.metadata["orders"] == {"S1": "loop", "S3": "loop", "X": "tree"}
    assert "X at 4000 GeV" in found.metadata["matched"]
    without = match(card.point().replace(mX=None))
    alone = match(Point(card.model, mX=4000.0, gX=card.point().gX, epsBX=card.point().epsBX,
                        masses={"S1": 3000.0, "S3": 2500.0}))  # fmt: skip
    none = match(Point(card.model, masses={"S1": 3000.0, "S3": 2500.0}))
    for key in ("ll_2222", "lq1_2233", "le_2222"):
        together = found[key] - without[key]
        assert together == pytest.approx(alone[key] - none[key], rel=1e-9, abs=1e-20), key


def test_notes_on_what_does_not_enter():
    decoupled = parse_card("{masses: {S3: 2000}, gauge: {gX: 0.1}, quartics: {lHP: 0.1}}")
    (note,) = left_out(decoupled)
    assert "gX, lHP of the card do not enter" in note
    text = "{masses: {S3: 2000}, gauge: {gX: 0.1, mX: 3000}, quartics: {lHP: 0.1, lP: 0.1}}"
    assert left_out(parse_card(text)) == ()
    (note,) = left_out(parse_card(text.replace("lP: 0.1", "lP: 0.1, lP3: 0.2")))
    assert "lP3 of the card does not enter" in note
    assert "decoupled" not in note


def test_forbidden_couplings_in_the_basis_of_charges():
    """S3 of the third family couples to s by the rotation alone."""
    text = """
model: {charges: 'k=0,0,1 L=0,-3,0 Phi=3', fields: [S3]}
masses: {S3: 3000}
couplings: {eta3L: [0, %s, 0.4]}
gauge: {gX: 0.4, mX: 5000, rotations: {q: {t23: 0.1}}}
"""
    # q_3 of the charge basis is -sin t q_2 + cos t q_3 of the mass basis
    good = parse_card(text % (-0.4 * np.tan(0.1)))
    assert match(good.point()).values
    with pytest.raises(InputError, match=r"eta3L: \[2\]\[mu\] is forbidden"):
        parse_card(text % 0.2)
    with pytest.raises(InputError, match="forbidden by"):
        good.point().replace(eta3L=[0, 0.2, 0.4])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mX": 400.0}, "expansion"),
        ({"epsBX": 0.95}, "near 1"),
        ({"gX": 3.9}, "width of X"),
        ({"rotations": {"q": np.ones((3, 3))}}, "no unitary 3x3 matrix"),
        ({"rotations": {"nu": np.eye(3)}}, "no rotation of 'nu'"),
        ({"quartics": {"lHP": 0.1}}, "lP above zero"),
        ({"quartics": {"lHP": 0.1, "lP": 1e-9}}, "m_phi"),
    ],
)
def test_bad_points(changes, words):
    with pytest.raises(InputError, match=words):
        parse_card(ZPRIME).point().replace(**changes)


@pytest.mark.exact
@pytest.mark.slow
@pytest.mark.parametrize(
    "gauge",
    [
        {"model": {"charges": "k=1/3 L=0,-3,0 Phi=3"}, "gauge": {"gX": 0.5, "mX": 2500.0,
                                                                 "epsBX": 0.1}},
        {"model": {"charges": "k=0,0,1/3 L=0,-1,0 Phi=1"},
         "gauge": {"gX": 0.6, "mX": 5000.0, "epsBX": 0.05,
                   "rotations": {"q": {"t23": -0.12, "d23": 0.2}}}},
    ],
)  # fmt: skip
def test_smelli_says_the_same(muoquark, tmp_path, gauge):
    """ln L of a Z' by our chain `smelli` and by smelli itself: electroweak shifts, b -> s mu mu."""
    import json

    import yaml

    path = tmp_path / "card.yaml"
    path.write_text(yaml.safe_dump(gauge))
    call = muoquark("loglike", path, "--exact", "--chain", "smelli", "--data", "2026-06", "--json")
    assert call.code == 0, call.err
    document = json.loads(call.out)
    assert abs(document["total"]) > 0.3
    assert document["compiled"]["total"] == pytest.approx(document["total"], abs=0.03)
