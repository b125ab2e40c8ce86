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

from collections.abc import Mapping

from muoquark.common.arrays import Matrix3
from muoquark.smeft.tensors import Coefficients, conjugate4, dagger, total

from .inputs import Inputs
from .twofermion import Chirality, ChiralityFlip

__all__ = ["higgs_equation", "two_fermion"]

#: The two currents of H with a doublet, and the one with a singlet.
_CURRENTS = {"l": ("phil1", "phil3"), "q": ("phiq1", "phiq3")}
_CURRENT = {"e": "phie", "u": "phiu", "d": "phid"}
#: Of each doublet its singlets: Yukawa matrix, and +1 if it comes with H, -1 with Htilde.
_PARTNERS = {"l": {"e": ("Ye", 1.0)}, "q": {"u": ("Yu", -1.0), "d": ("Yd", 1.0)}}
#: Of each singlet its doublet.
_DOUBLET = {"e": "l", "u": "q", "d": "q"}
_GLUON = ("u", "d")


def two_fermion(
    p: Inputs,
    own: Mapping[str, Chirality],
    flips: Mapping[tuple[str, str], ChiralityFlip],
) -> Coefficients:
    """Return psi^2 H^2 D, psi^2 H^3 and the dipoles."""
    parts: list[Coefficients] = []
    for name, c in own.items():
        parts.append(_doublet(p, name, c) if name in _PARTNERS else _singlet(p, name, c))
    parts += [_flip(p, left, right, c) for (left, right), c in flips.items()]
    return total(parts)


def _around_doublet(x: Matrix3, sign: float, doublet: str) -> Coefficients:
    """psibar_L M X P/ M^dag psi_L with M = H (sign = +1) or Htilde (-1): the currents."""
    one, three = _CURRENTS[doublet]
    return {one: -0.25 * sign * x, three: -0.25 * x}


def _doublet(p: Inputs, name: str, c: Chirality) -> Coefficients:
    """lbar ... l or qbar ... q."""
    one, three = _CURRENTS[name]
    parts: list[Coefficients] = [{one: c.current1, three: c.current3}]
    for partner, (yukawa, sign) in _PARTNERS[name].items():
        y = getattr(p, yukawa)
        # P/^3 with one equation of motion on each side: a current of the singlet between two H
        k = dagger(y) @ c.cubic @ y
        parts += [
            {_CURRENT[partner]: 0.5 * sign * k, f"{partner}phi": 0.5 * y @ k},
            # h^A sigma^A H = |H|^2 H, but h^A sigma^A Htilde = -|H|^2 Htilde
            {f"{partner}phi": (c.higgs1 + sign * c.higgs3) @ y},
            {f"{partner}B": c.spinB @ y, f"{partner}W": c.spinW @ y},
        ]
        if partner in _GLUON:
            parts.append({f"{partner}G": c.spinG @ y})
    if name == "q":
        parts.append({"phiud": dagger(p.Yu) @ c.cubic @ p.Yd})
    return total(parts)


def _singlet(p: Inputs, name: str, c: Chirality) -> Coefficients:
    """ebar ... e, ubar ... u or dbar ... d."""
    doublet = _DOUBLET[name]
    yukawa, sign = _PARTNERS[doublet][name]
    y = getattr(p, yukawa)
    k = y @ c.cubic @ dagger(y)
    parts: list[Coefficients] = [
        _around_doublet(k, sign, doublet),
        {_CURRENT[name]: c.current1},
        {f"{name}phi": 0.5 * k @ y + y @ c.higgs1, f"{name}B": y @ c.spinB},
    ]
    if name in _GLUON:
        parts.append({f"{name}G": y @ c.spinG})
    return total(parts)


def _hermitian(x: Matrix3) -> Matrix3:
    return 0.5 * (x + dagger(x))


def _flip(p: Inputs, doublet: str, name: str, c: ChiralityFlip) -> Coefficients:
    """lbar ... e H, qbar ... u Htilde or qbar ... d H."""
    yukawa, sign = _PARTNERS[doublet][name]
    y, z = getattr(p, yukawa), c.kinetic
    right, left = _hermitian(dagger(y) @ z), _hermitian(z @ dagger(y))
    parts: list[Coefficients] = [
        {_CURRENT[name]: 0.5 * sign * right, f"{name}phi": 0.5 * y @ right},
        _around_doublet(left, sign, doublet),
        {f"{name}phi": 0.5 * left @ y - 0.5 * y @ dagger(z) @ y + c.cubic},
        {f"{name}B": c.dipoleB, f"{name}W": c.dipoleW},
    ]
    if name in _GLUON:
        parts.append({f"{name}G": c.dipoleG})
    if name == "u":
        parts.append({"phiud": 0.5 * dagger(z) @ p.Yd})
    elif name == "d":
        parts.append({"phiud": 0.5 * dagger(p.Yu) @ z})
    return total(parts)


def higgs_equation(p: Inputs, lepton: Matrix3, up: Matrix3) -> Coefficients:
    """lbar Z_e (D^2 H) e + qbar Z_u (D^2 Htilde) u + h.c. for Z_e = lepton, Z_u = up."""
    einsum = p.xp.einsum
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
