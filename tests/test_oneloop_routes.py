"""Second routes to the one-loop matching of all five leptoquarks.

Nothing here reads a term of a model file or a group number of the package: the couplings stand in
components in `uv_leptoquarks.py`, as the definitions have them.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from broken_phase import smeft_mass
from broken_phase_sets import pole_mass
from muoquark.common.constants import KAPPA
from muoquark.matching.oneloop.exchange import tree
from muoquark.matching.oneloop.functions import Loops
from muoquark.matching.oneloop.match import one_loop
from muoquark.model.fields import generic_model
from muoquark.smeft.tensors import total
from muoquark.theory.betas import Theory
from muoquark.theory.decoupling import one_loop_shifts
from muoquark.theory.general import beta_yukawa
from muoquark.theory.tensors import numerical_theory, real_basis, yukawa_tensor
from oneloop_points import SETS, random_set
from uv_leptoquarks import SIGMA, Running, complex_yukawas, d, lep, q, u

FIVE = SETS[-1]
ZERO, ZERO4 = np.zeros((3, 3), complex), np.zeros((3, 3, 3, 3), complex)
E = 42


# ---- boxes -----------------------------------------------------------------------------------


def _pair_function(a: float, b: float) -> float:
    return 1 / a**2 if a == b else np.log(a**2 / b**2) / (a**2 - b**2)


def box_amplitude(p, states):
    """The boxes of two-component fermions and real scalars, psi^+ sigmabar psi psi^+ sigmabar psi.

    With -L = (1/2) Y^a_ij psi_i psi_j R_a + h.c. a fermion line is psi_i^+ (Y^a)^+_ik Y^b_kj psi_j,
    and L = -(kappa/8) sum_ab F_ab [A^ab A^ba - A^ab A^ab], the sign of the second term from
    fermion momenta that run in opposite directions.
    """
    ys, masses = [], []
    for (field, _), (plain, dag) in complex_yukawas(p).items():
        if field in p.masses:
            ys += [(plain + dag) / np.sqrt(2), 1j * (plain - dag) / np.sqrt(2)]
            masses += [p.masses[field]] * 2
    ys = np.array(ys)[:, :, states]
    lines = np.einsum("aki,bkj->abij", ys.conj(), ys)
    n, m = len(masses), len(states)
    weight = np.array([[_pair_function(x, y) for y in masses] for x in masses])
    other = lines.transpose(1, 0, 2, 3) - lines
    flat = lines.reshape(n * n, m * m) * weight.reshape(-1, 1)
    found = -KAPPA / 8 * (flat.T @ other.reshape(n * n, m * m))
    return symmetric(found.reshape(m, m, m, m))


def symmetric(tensor):
    """What Fermi statistics leaves: both psi^+ and both psi may be exchanged (Fierz)."""
    tensor = 0.5 * (tensor + tensor.transpose(2, 1, 0, 3))
    return 0.5 * (tensor + tensor.transpose(0, 3, 2, 1))


GELL_MANN = np.zeros((8, 3, 3), complex)
for _n, (_i, _j) in enumerate([(0, 1), (0, 2), (1, 2)]):
    GELL_MANN[2 * _n, _i, _j] = GELL_MANN[2 * _n, _j, _i] = 0.5
    GELL_MANN[2 * _n + 1, _i, _j], GELL_MANN[2 * _n + 1, _j, _i] = -0.5j, 0.5j
GELL_MANN[6] = np.diag([0.5, -0.5, 0])
GELL_MANN[7] = np.diag([1, 1, -2]) / np.sqrt(12)


def current(field, generations, weak=None, colour=None):
    """[p, r, i, j] of psibar_p gamma psi_r, with matrices on isospin and colour, in Weyl fields.

    Of the conjugate fields of u, d and e it is minus the transposed one.
    """
    weak = np.eye(2 if field in "ql" else 1) if weak is None else weak
    colour = np.eye(3 if field in "qud" else 1) if colour is None else colour
    index = {
        "q": lambda i, a, c: q(i, a, c),
        "l": lambda i, a, c: lep(i, a),
        "u": lambda i, a, c: u(i, c),
        "d": lambda i, a, c: d(i, c),
        "e": lambda i, a, c: E + i,
    }[field]
    out = np.zeros((3, 3, 45, 45), complex)
    for p in generations:
        for r in generations:
            for a, b in np.ndindex(weak.shape):
                for c, e in np.ndindex(colour.shape):
                    one, two = index(p, a, c), index(r, b, e)
                    number = weak[a, b] * colour[c, e]
                    if field in "ql":
                        out[p, r, one, two] += number
                    else:
                        out[p, r, two, one] -= number
    return out


OPERATORS = {
    **{"ll": "ll", "ee": "ee", "qq1": "qq", "uu": "uu", "dd": "dd", "lq1": "lq", "eu": "eu"},
    **{"ed": "ed", "ud1": "ud", "le": "le", "lu": "lu", "ld": "ld", "qe": "qe", "qu1": "qu"},
    **{"qd1": "qd"},
}


def warsaw_amplitude(c, states, generations):
    """Vector operators of the Warsaw basis in the same components."""
    out = 0.0
    keep = np.ix_(range(3), range(3), states, states)

    def add(name, left, right):
        return np.einsum("prst,prij,stkm->ijkm", c[name], left[keep], right[keep], optimize=True)

    for name, (a, b) in OPERATORS.items():
        if name in c:
            out = out + add(name, current(a, generations), current(b, generations))
    for name in ("lq3", "qq3"):
        if name in c:
            for s in SIGMA:
                out = out + add(name, *(current(x, generations, weak=s) for x in name[:2]))
    for name in ("ud8", "qu8", "qd8"):
        if name in c:
            for t in GELL_MANN:
                out = out + add(name, *(current(x, generations, colour=t) for x in name[:2]))
    return symmetric(out)


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_boxes_of_two_component_fermions(fields):
    """All families at once: no line, no Fierz identity and no group theory by hand.

    Outer fermions of the first generation, of the second for one set more; the flavour structure
    of four different indices follows from covariance.
    """
    p = random_set(fields, 3)
    generation = [1]
    states = [q(1, a, c) for a in range(2) for c in range(2)] + [u(1, c) for c in range(2)]
    states += [d(1, c) for c in range(2)] + [lep(1, a) for a in range(2)] + [E + 1]
    expected = box_amplitude(p, states)
    found = warsaw_amplitude(one_loop(p).pieces["boxes"], states, generation)
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


def test_boxes_with_all_generations():
    """Leptons and right-handed down quarks of one colour, three generations each."""
    p = random_set(FIVE, 4)
    states = [lep(i, 0) for i in range(3)] + [E + i for i in range(3)] + [d(i, 0) for i in range(3)]
    expected = box_amplitude(p, states)
    found = warsaw_amplitude(one_loop(p).pieces["boxes"], states, range(3))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())
    states = [q(i, 0, 0) for i in range(3)] + [u(i, 0) for i in range(3)]
    states += [lep(i, 1) for i in range(3)]
    expected = box_amplitude(p, states)
    found = warsaw_amplitude(one_loop(p).pieces["boxes"], states, range(3))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


# ---- pole masses in a Higgs background ---------------------------------------------------------

ONLY = np.diag([1.0, 0.0, 0.0]).astype(complex)
PORTALS = {
    **{"lH1": 0.7, "lH3": -0.4, "leH3": 0.5, "lH1t": 0.6, "lH2": -0.3, "lsH2": 0.8},
    **{"lH2t": 0.45, "lsH2t": -0.65},
}
MASSES = {"S1": 1.3, "S3": 0.9, "S1t": 1.1, "R2": 1.0, "R2t": 1.2}
ETAS = ("eta1L", "eta1R", "eta1tR", "eta3L", "eta2L", "eta2R", "eta2tL")


def one_generation(seed):
    """Numbers for one generation, and the same as inputs of the matching."""
    rng = np.random.default_rng(seed)
    z = lambda: complex(rng.normal(), rng.normal())  # noqa: E731
    numbers = {k: z() for k in (*ETAS, "Yu", "Yd", "Ye")}
    numbers |= {**PORTALS, "lH13": z(), "mu": 1.2, **{f"M_{k}": m for k, m in MASSES.items()}}
    inputs = random_set(FIVE, 1)._replace(
        couplings={k: numbers[k] * ONLY for k in ETAS},
        masses=MASSES,
        portals={**PORTALS, "lH13": numbers["lH13"]},
        **{k: numbers[k] * ONLY for k in ("Yu", "Yd", "Ye")},
        **{"g1": 0.0, "g2": 0.0, "g3": 0.0, "lam": 0.0, "mu": 1.2},
    )
    return numbers, inputs


@pytest.mark.parametrize("which", ["e", "u", "d"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pole_masses_in_a_higgs_background(which, seed):
    """ephi, uphi, dphi and the Yukawa shifts of all five together, portals and mixing on.

    As for S1 + S3 (test_oneloop_twofermion.py): the difference of the two pole masses is of order
    h^5 ln h, and |H|^2 |D H|^2 has no effect on a pole mass at fixed h.
    """
    numbers, p = one_generation(seed)
    result = one_loop(p)
    c = total(v for k, v in result.pieces.items() if k != "Higgs portals")
    f = Loops(p.masses, p.mu, np)
    lequ1 = sum(tree(p, f, name).get("lequ1", ZERO4) for name in FIVE)[0, 0, 0, 0]
    cubic = c[f"{which}phi"][0, 0]
    one = SimpleNamespace(**numbers)

    def miss(h, extra=0.0):
        full = pole_mass(numbers, h, which)
        eft = smeft_mass(one, h, which, result.shifts[f"Y{which}"][0, 0], cubic + extra, lequ1)
        return abs(full - eft) / h**3

    assert miss(0.004) < 4e-3 * abs(cubic)
    assert miss(0.0013) < 4e-4 * abs(cubic)
    own = numbers[f"Y{which}"]
    assert miss(0.004, extra=0.03 * abs(cubic) * own / abs(own)) > 2e-2 * abs(cubic)


# ---- dimension four --------------------------------------------------------------------------


@pytest.mark.parametrize("fields", SETS, ids="+".join)
def test_dimension_four_is_that_of_the_general_theory(fields):
    """`theory.decoupling`: real scalars and Weyl fermions in components, terms without m_H^2/M^2.

    That is for any theory and shares no line with the matching; the logarithms and constants of
    every Yukawa matrix, gauge coupling, m_H^2 and the quartic.
    """
    p = random_set(fields, 5, m2=0.0)
    theory = Theory(generic_model(fields))
    given = {**p.couplings, **p.portals, "lam": p.lam, "g1": p.g1, "g2": p.g2, "g3": p.g3}
    given |= {f"m2_{name}": mass**2 for name, mass in p.masses.items()}
    given |= {"Yu": p.Yu, "Yd": p.Yd, "Ye": p.Ye}
    found = one_loop_shifts(theory, theory.complete(given), p.mu)
    expected = one_loop(p).shifts
    for name in ("g1", "g2", "g3", "Yu", "Yd", "Ye", "lam"):
        np.testing.assert_allclose(expected[name], found[name], rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(expected["mH2"], found["m2_H"], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("fields", [("R2", "S3"), ("R2", "S1"), ("S1t", "R2t")], ids="+".join)
def test_running_that_the_matching_needs_is_that_of_the_theory_room(fields):
    """One-loop anomalous dimensions of all Yukawa-like couplings, in two ways.

    With those of `uv_leptoquarks.py` the matching is independent of mu for every coefficient
    (test_oneloop_sets.py); here `theory.general` gives the same, for the model that terms make.
    """
    p = random_set(fields, 6)
    theory = Theory(generic_model(fields))
    zero = {name: 0 * value for name, value in p.portals.items()}
    given = {**p.couplings, **zero, "Yu": p.Yu, "Yd": p.Yd, "Ye": p.Ye}
    given |= {"g1": p.g1, "g2": p.g2, "g3": p.g3}
    whole = numerical_theory(theory.components, theory.complete(given))
    running = Running(p)
    betas = theory.complete({**running.etas(), **running.yukawas()})
    expected = yukawa_tensor(theory.components, betas)
    u = real_basis(theory.components.n_scalars)
    rng = np.random.default_rng(1)
    for _ in range(3):
        phi = rng.normal(size=2 * theory.components.n_scalars)
        found = beta_yukawa(whole, phi, loops=1) / KAPPA
        want = np.einsum("zij,za,a->ij", expected, u, phi)
        np.testing.assert_allclose(found, want, rtol=0, atol=1e-10 * np.abs(want).max())
