"""From the two-fermion Green's basis to the Warsaw basis: equations of motion as matrices.

Used to first order: P/ l = Ye e H, P/ e = Ye^dag H^dag l, P/ q = Yu u Htilde + Yd d H,
P/ u = Yu^dag Htilde^dag q, P/ d = Yd^dag H^dag q,
D^2 H_k = m2 H_k - lam |H|^2 H_k - ebar Ye^dag l_k - dbar Yd^dag q_k - qbar_j eps_jk Yu u.

Two identities carry most of the work.  For M linear in H and X a flavour matrix,
psibar X M^dag P/ M psi + h.c. = (current) + (1/2)(psibar X M^dag M P/ psi + h.c.), where
H (iD H^dag) - (iD H) H^dag = -(1/2)[(H^dag iD H) + (H^dag iD^I H) sigma^I] for doublets and
H^dag (iD H) - (iD H^dag) H = (H^dag iD H) for singlets; Htilde flips the sign of H^dag iD H.
"""

from __future__ import annotations

from muoquark.common.arrays import Matrix3, namespace
from muoquark.smeft.tensors import Coefficients, conjugate4, dagger, total

from .functions import Integrals
from .inputs import Inputs
from .twofermion import Chirality, Flip

# Weight of the terms with P/ on an external leg and two mass insertions: (1/4 + L/2) of
# P/ M M + M M P/ and -(1/2)(1 + L), which the identity above leaves of -(1 + L) M P/ M.  No
# logarithm is left.
_EOM_TWO_HIGGS = -0.25


def _around_doublet(x: Matrix3, sign: float, names: tuple[str, str]) -> Coefficients:
    """psibar_L M X P/ M^dag psi_L with M = H (sign = +1) or Htilde (-1): the currents."""
    return {names[0]: -0.25 * sign * x, names[1]: -0.25 * x}


def _hermitian(x: Matrix3) -> Matrix3:
    return 0.5 * (x + dagger(x))


def lepton_doublet(p: Inputs, f: Integrals, c: Chirality) -> Coefficients:
    """lbar ... l."""
    # P/^3 with one equation of motion on each side, P/ l = Ye e H: a current of e between two H
    k = dagger(p.Ye) @ c.cubic @ p.Ye
    r1, r3 = -(1.0 + f.L1), -(1.0 + f.L3)
    return total(
        [
            {"phie": 0.5 * k, "ephi": 0.5 * p.Ye @ k},
            {"eB": c.spinB @ p.Ye, "eW": c.spinW @ p.Ye},
            # sigma^A on both sides (S3) is 3 for what has no isospin and -1 for what has.
            # In ephi the internal Higgs fields meet the external H: H H^dag H = |H|^2 H and
            # Htilde^dag H = 0; for S3 sigma^A X sigma^A = 2 tr X - X leaves one of own3, two of
            # other3.
            {
                "phil1": 0.25 * (r1 * (c.other1 - c.own1) + 3.0 * r3 * (c.other3 - c.own3)),
                "phil3": 0.25 * (-r1 * (c.own1 + c.other1) + r3 * (c.own3 + c.other3)),
                "ephi": _EOM_TWO_HIGGS * (c.own1 + c.own3 + 2.0 * c.other3) @ p.Ye,
            },
            {"ephi": (c.portal + c.portal_h) @ p.Ye},
        ]
    )


def lepton_singlet(p: Inputs, f: Integrals, c: Chirality) -> Coefficients:
    """ebar ... e."""
    k = p.Ye @ c.cubic @ dagger(p.Ye)
    return total(
        [
            _around_doublet(k, +1.0, ("phil1", "phil3")),
            {"ephi": 0.5 * k @ p.Ye, "eB": p.Ye @ c.spinB},
            {"phie": -0.5 * (1.0 + f.L1) * c.own1},
            {"ephi": p.Ye @ (_EOM_TWO_HIGGS * c.own1 + c.portal)},
        ]
    )


def quark_doublet(p: Inputs, f: Integrals, c: Chirality) -> Coefficients:
    """qbar ... q."""
    uu = dagger(p.Yu) @ c.cubic @ p.Yu
    dd = dagger(p.Yd) @ c.cubic @ p.Yd
    r1, r3 = -(1.0 + f.L1), -(1.0 + f.L3)
    return total(
        [
            {"phiu": -0.5 * uu, "phid": 0.5 * dd, "phiud": dagger(p.Yu) @ c.cubic @ p.Yd},
            {"uphi": 0.5 * p.Yu @ uu, "dphi": 0.5 * p.Yd @ dd},
            {"uB": c.spinB @ p.Yu, "uW": c.spinW @ p.Yu, "uG": c.spinG @ p.Yu},
            {"dB": c.spinB @ p.Yd, "dW": c.spinW @ p.Yd, "dG": c.spinG @ p.Yd},
            {
                "phiq1": 0.25 * (r1 * c.own1 + 3.0 * r3 * c.own3),
                "phiq3": 0.25 * (-r1 * c.own1 + r3 * c.own3),
                # as in the lepton doublet; the internal mass is with Htilde here, so that u has
                # the part of e, and d what S3 alone gives
                "uphi": _EOM_TWO_HIGGS * (c.own1 + c.own3) @ p.Yu,
                "dphi": _EOM_TWO_HIGGS * 2.0 * c.own3 @ p.Yd,
            },
            # h^A sigma^A H = |H|^2 H, but h^A sigma^A Htilde = -|H|^2 Htilde
            {"uphi": (c.portal - c.portal_h) @ p.Yu, "dphi": (c.portal + c.portal_h) @ p.Yd},
        ]
    )


def up_singlet(p: Inputs, f: Integrals, c: Chirality) -> Coefficients:
    """ubar ... u."""
    k = p.Yu @ c.cubic @ dagger(p.Yu)
    return total(
        [
            _around_doublet(k, -1.0, ("phiq1", "phiq3")),
            {"uphi": 0.5 * k @ p.Yu, "uB": p.Yu @ c.spinB, "uG": p.Yu @ c.spinG},
            {"phiu": 0.5 * (1.0 + f.L1) * c.own1},
            {"uphi": p.Yu @ (_EOM_TWO_HIGGS * c.own1 + c.portal)},
        ]
    )


def lepton_flip(p: Inputs, c: Flip) -> Coefficients:
    """lbar ... e H."""
    z = c.kinetic
    right, left = _hermitian(dagger(p.Ye) @ z), _hermitian(z @ dagger(p.Ye))
    return total(
        [
            {"phie": 0.5 * right, "ephi": 0.5 * p.Ye @ right},
            _around_doublet(left, +1.0, ("phil1", "phil3")),
            {"ephi": 0.5 * left @ p.Ye - 0.5 * p.Ye @ dagger(z) @ p.Ye + c.cubic},
            {"eB": c.dipoleB, "eW": c.dipoleW},
        ]
    )


def up_flip(p: Inputs, c: Flip) -> Coefficients:
    """qbar ... u Htilde."""
    z = c.kinetic
    right, left = _hermitian(dagger(p.Yu) @ z), _hermitian(z @ dagger(p.Yu))
    return total(
        [
            {"phiu": -0.5 * right, "uphi": 0.5 * p.Yu @ right},
            {"phiud": 0.5 * dagger(z) @ p.Yd},
            _around_doublet(left, -1.0, ("phiq1", "phiq3")),
            {"uphi": 0.5 * left @ p.Yu - 0.5 * p.Yu @ dagger(z) @ p.Yu + c.cubic},
            {"uB": c.dipoleB, "uW": c.dipoleW, "uG": c.dipoleG},
        ]
    )


def higgs_equation(p: Inputs, lepton: Matrix3, up: Matrix3) -> Coefficients:
    """lbar Z_e (D^2 H) e + qbar Z_u (D^2 Htilde) u + h.c. for Z_e = lepton, Z_u = up."""
    einsum = namespace(p.Yu).einsum
    ye, yu, yd = p.Ye, p.Yu, p.Yd
    # Z[p, t] (lbar_p e_t) times Ye^*[r, s] (ebar_s l_r): the indices of the matrices are those of
    # the scalar currents, those of the tensor (p, r, s, t) of the vector currents
    le = 0.5 * einsum("pt,rs->prst", lepton, ye.conj())
    qu = einsum("pt,rs->prst", up, yu.conj())
    le_full = le + conjugate4(le)
    qu_full = qu + conjugate4(qu)
    return {
        "ephi": -p.lam * lepton,
        "uphi": -p.lam * up,
        # Fierz: (lbar_p e_t)(ebar_s l_r) = -1/2 (lbar_p gamma l_r)(ebar_s gamma e_t)
        "le": le_full,
        # the same for quarks, and their colours exchanged: 1/3 + 2 T^A x T^A
        "qu1": qu_full / 6.0,
        "qu8": qu_full,
        "ledq": -einsum("pr,ts->prst", lepton, yd.conj()),
        "lequ1": einsum("pr,st->prst", lepton, yu) + einsum("pr,st->prst", ye, up),
        "quqd1": -einsum("pr,st->prst", up, yd),
    }
