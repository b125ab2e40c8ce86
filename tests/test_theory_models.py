"""Theory of models that nobody had in mind: R2 + S3, S1 with all flavours, all five together."""

from __future__ import annotations

import json
from fractions import Fraction
from math import prod
from pathlib import Path

import numpy as np
import pytest

from closeness import close
from model_texts import B_3L_MU, STANDARD
from muoquark.common.constants import KAPPA, PLANCK_MASS
from muoquark.common.errors import DomainError, InputError
from muoquark.model.model_file import parse_model
from muoquark.sm.running import sm_parameters
from muoquark.theory import tables
from muoquark.theory.analysis import analyse_couplings
from muoquark.theory.betas import Theory, beta, theory_of
from muoquark.theory.components import Components
from muoquark.theory.flow import run
from muoquark.theory.general import beta_gauge, beta_potential, beta_yukawa
from muoquark.theory.names import of_sm
from muoquark.theory.potential import Potential
from muoquark.theory.search import search_quartics
from muoquark.theory.sm import run_sm
from muoquark.theory.tensors import numerical_theory
from muoquark.theory.vacuum import (
    copositive_minimum,
    exact_minimum,
    minimise,
    normal_form,
    stability,
    tree_minimum,
)

DATA = Path(__file__).parent / "data"

MUOQUARKS = f"""
name: R2 and S3 under B-3L_mu
fields:
{B_3L_MU}
  R2: 10/3
  S3: 8/3
  Phi: 3
"""

NAMED = """
name: R2 and S3
fields: [R2, S3]
terms:
  l2a: R2+_ix R2_ix R2+_jy R2_jy
  l2b: R2+_ix R2_jx R2+_jy R2_iy
  l23a: R2+_ix R2_ix S3+_Ay S3_Ay
  l23b: R2+_ix S3+_Ax R2_iy S3_Ay
  l23c: R2+_ix R2_jx S3+_By S3_Cy   i eps3^ABC sigma^A_ij
  l23d: R2+_ix S3+_Bx R2_jy S3_Cy   i eps3^ABC sigma^A_ij
"""

MODELS = {
    "R2 + S3, B-3L_mu": MUOQUARKS,
    "S1": "fields: [S1]",
    "R2t + S1t": "fields: [R2t, S1t]",
}
ALL_FIVE = "fields: [S1, S3, R2, R2t, S1t]"


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory):
    """Tables that are made here are kept for this file only."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MUOQUARK_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


def random_point(theory: Theory, seed: int, size: float = 0.3) -> dict:
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return size * (rng.normal(size=shape) + 1j * rng.normal(size=shape))

    space = theory.space
    out = {name: draw(*shape) * space.allowed[name] for name, shape in space.yukawas.items()}
    for name in (*space.quartics, *space.masses):
        value = complex(draw()) if name in space.complex else float(draw().real)
        out[name] = 0.0 if name in space.unclosed else value
    out |= {name: abs(float(draw().real)) + 0.2 for name in space.gauge}
    return theory.complete(out)


def decoded(value):
    if isinstance(value, dict):
        return np.array(value["Re"]) + 1j * np.array(value["Im"])
    return value


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize(("name", "text"), [("R2S3", NAMED), ("S1", "fields: [S1]")])
def test_against_an_independent_code(name, text, loops):
    """All beta functions at a random complex point, computed once with PyR@TE 3.

    Its quartics have names and contractions of their own: they are the terms of the model's file.
    """
    reference = json.loads((DATA / f"theory_reference_{name}.json").read_text())
    theory = theory_of(parse_model(text))
    point = {name: decoded(value) for name, value in reference["couplings"].items()}
    ours = beta(point, loops, theory.model)
    lower = beta(point, 1, theory.model) if loops == 2 else None
    for coupling, value in reference["beta"][str(loops)].items():
        found = ours[coupling] - (lower[coupling] if lower else 0.0)
        found, theirs = found / KAPPA**loops, decoded(value)
        # l3a of R2 + S3 is what is left of numbers forty times as large
        np.testing.assert_allclose(
            found, theirs, rtol=1e-10, atol=1e-11 * np.abs(theirs).max(), err_msg=coupling
        )
    # what was left out of the other model, a quartic without baryon number, is not made either
    others = {n for n in set(ours) - set(reference["beta"]["1"]) if not n.startswith("m2_")}
    assert [sorted(str(theory.model.term(n)).split()) for n in others] == {
        "S1": [],
        "R2S3": [["H", "R2^dag", "S3", "S3"]],
    }[name]
    assert all(ours[other] == 0 for other in others)


def dense_direction(theory: Theory, rng) -> tuple[np.ndarray, np.ndarray]:
    """A random direction of real fields, and as complex ones."""
    n = theory.components.n_scalars
    phi = rng.normal(size=2 * n)
    return phi, (phi[:n] + 1j * phi[n:]) / np.sqrt(2)


def check_against_the_dense_engine(theory: Theory, loops: int, directions: int) -> None:
    """beta(V), beta(Y) and the gauge matrix of the table are those of the tensors in numbers.

    Random directions see every coupling: what the table lacks would be missing.
    """
    rng = np.random.default_rng(3)
    components = theory.components
    point = random_point(theory, 3)
    dense = numerical_theory(components, point)
    found = theory.evaluate(point, loops)
    gamma = beta_gauge(dense, loops)
    assert found["g3"] == close(gamma[0, 0] * point["g3"], rel=1e-10)
    assert found["g2"] == close(gamma[8, 8] * point["g2"], rel=1e-10)
    assert found["g1"] == close(gamma[11, 11] * point["g1"], rel=1e-10)
    if "gX" in found:
        assert found["gX"] == close(gamma[12, 12] * point["gX"], rel=1e-10)
        mixed = 2 * gamma[11, 12] * point["g1"] + gamma[12, 12] * point["gYX"]
        assert found["gYX"] == close(mixed, rel=1e-9)
    potential = Potential(theory)
    matrix = potential.masses(found)
    rates = numerical_theory(components, {**found, **{g: 0.0 for g in theory.space.gauge}})
    for _ in range(directions):
        phi, z = dense_direction(theory, rng)
        along = beta_potential(dense, phi, loops)
        assert along == close(potential(found, z)[0], rel=1e-8)
        both = (
            beta_potential(dense, phi, loops, dummy=1.0),
            beta_potential(dense, phi, loops, dummy=np.sqrt(2)),
        )
        quadratic = (4 * (both[0] - along) - (both[1] - along)) / 2
        assert quadratic == pytest.approx((z.conj() @ matrix @ z).real, rel=1e-6, abs=1e-12)
        yukawa = beta_yukawa(dense, phi, loops)
        expected = np.tensordot(phi, rates.yukawa, 1)
        np.testing.assert_allclose(yukawa, expected, rtol=0, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_the_table_is_complete(text, loops):
    check_against_the_dense_engine(theory_of(parse_model(text)), loops, 2)


@pytest.mark.slow
def test_the_table_of_all_five_is_complete():
    """Two minutes for the table, and sixty real scalars in the dense engine."""
    theory = theory_of(parse_model(ALL_FIVE))
    check_against_the_dense_engine(theory, 1, 2)
    check_against_the_dense_engine(theory, 2, 1)


def unitary(rng, n: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n)))[0]


def rotations(theory: Theory, seed: int) -> dict[str, np.ndarray]:
    """A unitary matrix for the generations of each fermion, classes apart, a phase for scalars."""
    rng = np.random.default_rng(seed)
    out = {}
    for part in (*theory.components.fermions, *theory.components.scalars):
        matrix = out.setdefault(part.field.name, np.zeros((len(part.field.X),) * 2, complex))
        matrix[np.ix_(part.generations, part.generations)] = unitary(rng, len(part.generations))
    return out


def rotated(theory: Theory, values: dict, turn: dict[str, np.ndarray]) -> dict:
    """The couplings after psi -> U psi for every field of every term."""
    out = dict(values)
    terms = (*theory.components.yukawa_terms, *theory.components.potential_terms)
    for term in terms:
        value = np.asarray(values[term.coupling], complex)
        slots = term.contraction.slots
        phase = prod(
            turn[s.name][0, 0].conjugate() if s.dagger else turn[s.name][0, 0]
            for k, s in enumerate(slots)
            if k not in term.contraction.fermions
        )
        for axis, position in enumerate(term.flavour_axes):
            matrix = turn[slots[position].name]
            matrix = matrix.conj() if slots[position].dagger else matrix
            value = np.moveaxis(np.tensordot(value, matrix, (axis, 0)), -1, axis)
        value = value * phase
        out[term.coupling] = value if value.ndim else complex(value)
        if not value.ndim and term.coupling not in theory.space.complex:
            out[term.coupling] = value.real
    return out


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_flavour_rotations_and_rephasings(text, loops):
    theory = theory_of(parse_model(text))
    point = dict(random_point(theory, 8))
    turn = rotations(theory, 9)
    one = rotated(theory, theory.evaluate(point, loops), turn)
    other = theory.evaluate(theory.complete(rotated(theory, point, turn)), loops)
    scale = max(np.abs(value).max() for value in one.values())
    for name in theory.space.names:
        np.testing.assert_allclose(other[name], one[name], atol=1e-10 * scale, err_msg=name)


# Contributions to b of g1 = g' and g3, of g2: sums over complex scalars of Y^2/3 and T/3.
COEFFICIENTS = {
    "S1": ("1/9", "0", "1/6"),
    "S1t": ("16/9", "0", "1/6"),
    "S3": ("1/3", "2", "1/2"),
    "R2": ("49/18", "1/2", "1/3"),
    "R2t": ("1/18", "1/2", "1/3"),
}


@pytest.mark.parametrize("field", COEFFICIENTS)
def test_one_loop_gauge_coefficients(field):
    theory = theory_of(parse_model(f"fields: [{field}]"))
    sm = {"g1": Fraction(41, 6), "g2": Fraction(-19, 6), "g3": Fraction(-7)}
    for name, more in zip(sm, COEFFICIENTS[field], strict=True):
        rate = Theory(theory.model)
        rate.table = one_loop(field)
        found = rate.evaluate(rate.complete({name: 1.0}), 1)[name]
        assert found == close(KAPPA * float(sm[name] + Fraction(more)), rel=1e-12)
        alone = rate.evaluate(rate.complete({name: 1.0}), 1, frozenset({field}))[name]
        assert alone == close(KAPPA * float(sm[name]), rel=1e-12)


def test_fermions_of_the_users_own_run_and_decouple():
    """A vector-like top partner: 2/3 d Y^2 and 1/3 for each of its two Weyl fields."""
    top = "colour: 3, Y: 2/3, X: 0"
    text = f"fields: {{{STANDARD}, S1: 0, TL: {{spin: left, {top}}}, TR: {{spin: right, {top}}}}}"
    theory = theory_of(parse_model(text))
    check_against_the_dense_engine(theory, 2, 1)
    with_s1 = {"g1": Fraction(41, 6) + Fraction(1, 9), "g3": Fraction(-7) + Fraction(1, 6)}
    for name, more in (("g1", Fraction(8, 9)), ("g3", Fraction(1, 3))):
        couplings = theory.complete({name: 1.0})
        for absent, partners in (((), 2), (("TL",), 1), (("TL", "TR"), 0)):
            found = theory.evaluate(couplings, 1, frozenset(absent))[name]
            assert found == close(KAPPA * float(with_s1[name] + partners * more), rel=1e-12)


def one_loop(field: str) -> dict:
    """The gauge couplings' part of a table, at one loop."""
    from muoquark.theory import generate
    from muoquark.theory.tensors import symbolic_theory

    components = Components(parse_model(f"fields: [{field}]"))
    blank = {block.name: [] for block in components.blocks}
    blank |= {term.coupling: [] for term in components.potential_terms}
    table = {}
    for name, expression in generate._gauge(components, symbolic_theory(components), 1).items():
        table[name] = [
            [generate._rational(value / KAPPA), list(key[0]), [], ""]
            for key, value in expression.terms.items()
        ]
    return {"1": {**blank, **table}}


def start_of(theory: Theory, **couplings) -> dict:
    """SM couplings at 3 TeV and a few others."""
    sm = run_sm(3000.0)
    masses = {f"m2_{f.name}": 9e6 for f in theory.model.leptoquarks}
    return theory.complete({**sm, **masses, **couplings})


def test_a_flow_of_r2_and_s3_to_the_planck_scale():
    theory = theory_of(parse_model(MUOQUARKS))
    quartics = {"l3b": 0.03, "l_R2R2R2R2_2": 0.03, "lH2": 0.08, "lH3": 0.08, "lP": 0.05}
    start = start_of(
        theory, eta3L=[0, 0.01, 0.3], eta2L=[0, 0, 0.2], eta2R=[0, 0, 0.1], gX=0.03, **quartics
    )
    ends = []
    for loops in (1, 2):
        flow = run(start, 3e3, loops=loops, n_points=13)
        assert flow.mu[-1] == close(PLANCK_MASS)
        assert flow.pole is None and flow.nonperturbative is None
        assert stability(flow.points[-1]).bounded
        ends.append(flow.points[-1])
    # two loops are a correction; the lepton generations that the charges protect stay protected
    assert ends[1]["g1"] == pytest.approx(ends[0]["g1"], rel=0.05, abs=0)
    assert ends[1]["g1"] != ends[0]["g1"]
    for name in ("eta3L", "eta2L", "eta2R"):
        assert not ends[1][name][:, [0, 2]].any() and ends[1][name][:, 1].all()


def test_a_pole_of_r2_and_s3():
    theory = theory_of(parse_model(MUOQUARKS))
    flow = run(start_of(theory, eta3L=[0, 0, 1.2]), 3e3, loops=1, check_unitarity=False)
    assert flow.pole is not None and flow.pole.scale < PLANCK_MASS
    assert flow.nonperturbative.scale < flow.pole.scale
    assert flow.pole.coupling in theory.space.names


def test_generic_flavour_mixes_all_generations():
    """Without charges a coupling to e and mu makes those to tau run through the Yukawas alone."""
    theory = theory_of(parse_model("fields: [S1]"))
    eta = np.array([[0, 0, 0], [0.1, 0.2, 0], [0.3j, 0.4, 0]])
    start = start_of(theory, eta1L=eta, eta1R=eta[::-1])
    flow = run(start, 3e3, 1e10, n_points=3, check_unitarity=False)
    end = flow.points[-1]
    assert np.abs(end["eta1L"][:, 2]).max() == 0  # tau number is conserved
    assert abs(end["Ye"][0, 1]) > 1e-7  # the numbers of e and mu are not
    assert np.abs(end["eta1L"][0]).max() > 1e-7  # the first quark joins through the CKM matrix


@pytest.mark.parametrize("threshold", [1e5, 1e9])
def test_a_leptoquark_appears_at_its_own_mass(threshold):
    """Below, g2 runs without it: 1/g2^2 bends at the mass by 2 b kappa."""
    theory = theory_of(parse_model(MUOQUARKS))
    start = start_of(theory)
    low, high = (
        run(start, 3e3, 1e12, 1, thresholds={"S3": scale}, n_points=2, check_unitarity=False)
        for scale in (3e3, threshold)
    )
    gap = 1 / low.points[-1]["g2"] ** 2 - 1 / high.points[-1]["g2"] ** 2
    assert gap == close(-2 * 2 * KAPPA * np.log(threshold / 3e3), rel=0.01)


def quartics_of(theory: Theory, *fields: str) -> list[str]:
    """The couplings with these fields, in the order of the potential."""
    terms = theory.components.potential_terms
    return [term.coupling for term in terms if sorted(term.factors) == sorted(fields)]


def test_the_own_potential_of_a_coloured_doublet_is_bounded_where_its_form_is_copositive():
    """Singular values of a 3 x 2 matrix: a (s1 + s2)^2 + b (s1^2 + s2^2)."""
    theory = theory_of(parse_model(NAMED))
    rng = np.random.default_rng(2)
    signs = set()
    for k in range(40):
        a, b = rng.normal(size=2) * 0.3
        point = theory.complete({"lam": 0.2, "l3b": 0.1, "l2a": a, "l2b": b})
        form = normal_form(theory, point, "R2")
        np.testing.assert_allclose(form, [[a + b, a], [a, a + b]], rtol=0, atol=1e-14)
        lowest = copositive_minimum(form)[0]
        found, _ = minimise(theory, point, starts=32, seed=k)
        assert exact_minimum(theory, point)[0] == pytest.approx(found, abs=1e-6)
        signs.add(lowest > 0)
    assert signs == {True, False}


def test_copositivity_agrees_with_minimisation_for_norms_of_three_fields():
    theory = theory_of(parse_model(MUOQUARKS))
    rng = np.random.default_rng(5)
    (mixed, *_) = quartics_of(theory, "R2", "R2^dag", "S3", "S3^dag")
    names = ["lH2", "lH3", "lHP", mixed, "l3a", "l3b", "l3c", "l_R2R2R2R2_2"]
    for k in range(20):
        values = {name: rng.normal() * 0.2 for name in names}
        point = theory.complete({**values, "lam": 0.3, "lP": 0.2})
        exact = exact_minimum(theory, point)
        assert exact is not None
        assert minimise(theory, point, starts=64, seed=k)[0] == pytest.approx(exact[0], abs=3e-6)
    # a quartic that is no product of norms: nothing is claimed to be exact
    assert exact_minimum(theory, theory.complete({**point, "lsH2": 0.1})) is None
    assert stability({**point, "lsH2": 0.1}, model=theory.model).method == "minimisation"


def test_a_tachyonic_leptoquark_breaks_colour():
    theory = theory_of(parse_model(NAMED))
    quartics = {"lam": 0.26, "l2a": 0.1, "l2b": 0.02, "l3b": 0.1, "m2_H": -8000.0}
    calm = theory.complete({**quartics, "m2_R2": 9e6, "m2_S3": 9e6})
    assert not tree_minimum(calm, starts=6).breaks_colour
    found = tree_minimum(theory.complete({**quartics, "m2_R2": -9e6, "m2_S3": 9e6}), starts=12)
    assert found.breaks_colour and found.fields["R2"] > 1e3
    # V = -M^2 s + (a + b/2) s^2 with equal singular values
    assert found.deepest == close(-(9e6**2) / (4 * 0.11), rel=1e-2)


def test_a_search_knows_the_quartics_of_any_model():
    theory = theory_of(parse_model(MUOQUARKS))
    start = start_of(theory, eta3L=[0, 0, 0.3])
    found = search_quartics(start, 3e3, 1e8, loops=1, budget=4)
    assert found.found
    assert {"l_R2R2R2R2_2", "l3b", "lH2", "lH3"} <= set(found.quartics)


def test_the_whole_analysis_of_a_model_and_its_words():
    from muoquark.common.output import to_json
    from muoquark.report.theory_words import theory_lines

    theory = theory_of(parse_model(MUOQUARKS))
    quartics = {"l3b": 0.05, "l_R2R2R2R2_2": 0.05, "lH2": 0.1, "lH3": 0.1, "lP": 0.05}
    start = start_of(theory, eta3L=[0, 0.01, 0.3], eta2L=[0, 0, 0.2], **quartics)
    found = analyse_couplings(start, 3e3, loops=1, end=1e5)
    record = json.loads(to_json(found.record()))
    assert set(record["naturalness"]["limits_GeV"]) == {"R2", "S3"}
    assert set(record["start"]["couplings"]) == set(theory.space.names)
    text = "\n".join(theory_lines(found))
    assert "delta m_h^2 / m_h^2 of R2: portal" in text and "M(S3) <" in text
    with pytest.raises(InputError, match="has the dimension of a mass"):
        theory.complete({"MR": np.eye(3)})


def test_names_of_a_model_come_before_old_ones():
    """A coupling of one's own that is called as another one was."""
    text = "fields: [q, u, d, l, e, H, S1]\nterms: {e3L: u d S1+}\n"
    theory = theory_of(parse_model(text))
    matrix = np.arange(9.0).reshape(3, 3)
    assert np.array_equal(theory.complete({"e3L": matrix})["e3L"], matrix)


def test_a_massive_vector_has_no_running():
    with pytest.raises(DomainError, match=r"U1 of .* massive vector"):
        theory_of(parse_model("fields: [U1]"))


def test_a_table_is_made_once(monkeypatch, tmp_path):
    """Kept under a hash of what it depends on; damaged, it is made again."""
    monkeypatch.setenv("MUOQUARK_CACHE", str(tmp_path))
    calls, told = [], []
    make = tables.generate

    def counted(components, progress=None):
        calls.append(components)
        return make(components, progress)

    monkeypatch.setattr(tables, "generate", counted)
    components = Components(parse_model("fields: [q, u, d, l, e, nu, H]"))
    first = tables.beta_table(components, lambda share, text: told.append(share))
    assert tables.beta_table(components) == first
    (path,) = (tmp_path / "betas").iterdir()
    assert path.name == f"betas-{tables.table_key(components)}.json.gz"
    assert len(calls) == 1 and told == sorted(told) and told[-1] == 1.0
    path.write_bytes(path.read_bytes()[:100])
    assert tables.beta_table(components) == first
    assert len(calls) == 2
    monkeypatch.setenv("MUOQUARK_CACHE", "")
    assert tables.beta_table(components) == first
    assert len(calls) == 3


def test_the_hash_knows_what_matters():
    """The charges of another muon-specific symmetry are other numbers in the gauge loops."""
    key = tables.table_key(Components(parse_model(MUOQUARKS)))
    assert (
        tables.table_key(Components(parse_model(MUOQUARKS.replace("name: R2", "name: x")))) == key
    )
    for old, new in (("R2: 10/3", "R2: 1/3"), ("S3: 8/3", "S3: -1/3"), ("  Phi: 3\n", "")):
        assert tables.table_key(Components(parse_model(MUOQUARKS.replace(old, new)))) != key
    other = MUOQUARKS + "terms: {eta3L: q_i l_j S3_A  2 eps_ik sigma^A_kj}\n"
    assert tables.table_key(Components(parse_model(other))) != key


def test_a_quartic_that_would_make_diquark_couplings_is_refused():
    """H S3 S3 R2^dag with colour eps: with leptoquark couplings alone baryon number is violated."""
    theory = theory_of(parse_model(NAMED))
    (name,) = theory.space.unclosed
    assert sorted(str(theory.model.term(name)).split()) == ["H", "R2^dag", "S3", "S3"]
    with pytest.raises(InputError, match=f"'{name}' violates baryon number"):
        theory.complete({name: 0.1})
    theory.complete({name: 0.0})
    # with a diquark coupling in the Lagrangian it is one of its own terms
    text = NAMED + "  z3L: q_i q_j S3+_A  eps_ik sigma^A_kj\n"
    assert theory_of(parse_model(text)).space.unclosed == ()
    assert theory_of("B-3Lmu").space.unclosed == theory_of("generic").space.unclosed == ()


def test_a_normalisation_of_ones_own():
    """eta = 2 eta': the beta function of the other is the same over two."""
    text = "fields: [S1]\nterms: {eta1L: q_i l_j S1 2 eps_ij}\n"
    one, two = theory_of(parse_model("fields: [S1]")), theory_of(parse_model(text))
    point = dict(random_point(one, 1))
    half = {**point, "eta1L": point["eta1L"] / 2}
    first, second = one.evaluate(point, 2), two.evaluate(two.complete(half), 2)
    np.testing.assert_allclose(second["eta1L"], first["eta1L"] / 2, rtol=1e-12)
    np.testing.assert_allclose(second["Yu"], first["Yu"], rtol=1e-12)
    assert second["lH1"] == close(first["lH1"])


def test_majorana_yukawas_and_diquarks():
    """Symmetric and antisymmetric matrices of one field: nu nu phi, q q S1^dag."""
    text = """
fields: {q: 0, u: 0, d: 0, l: 0, e: 0, nu: 0, H: 0, S1: 0}
terms: {z1L: q_i q_j S1+  eps_ij, z1R: u d S1+}
"""
    theory = theory_of(parse_model(text))
    blocks = {block.coupling: block.symmetry for block in theory.components.blocks}
    assert blocks["z1L"] == 1 and blocks["z1R"] == 0  # eps of isospin times eps of colour
    check_against_the_dense_engine(theory, 1, 2)
    with pytest.raises(InputError, match="shape"):
        theory.complete({"z1L": np.ones((2, 2))})


def test_sm_couplings_of_the_room_are_those_of_the_sm():
    sm = of_sm(sm_parameters(3000.0))
    theory = theory_of(tables.standard_model())
    assert set(sm) == set(theory.space.names)
