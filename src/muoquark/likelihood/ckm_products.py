"""The combinations of CKM elements that predictions are polynomials in."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.common.gather import once, points_first, points_last
from muoquark.sm.ckm import CKMInput, ckm_elements, ckm_matrix

__all__ = ["CKM_NAMES", "COLUMNS", "ckm_columns", "ckm_products"]

CKM_NAMES = CKMInput._fields

_UP = "uct"
_DOWN = "dsb"


def ckm_products(ckm: Any, centre: Any, phase: str = "gamma", xp: Any = np) -> dict[str, Any]:
    """Return the real combinations of CKM elements that predictions are built of.

    ``1``; ``Vij2`` = |Vij|^2; powers of Vus and Vcb; for the transitions bs, bd, sd (up-type
    loops) and uc (down-type) ``bs.t.re``, ``bs.t.im`` of lambda_t = Vtb Vts^* and so on;
    ``bs.tt`` = |lambda_t|^2, ``bs.tu.re``, ``bs.tu.im`` of lambda_t lambda_u^*, ``bs.uu``, and the
    same with c; ``bs.t^2``, ``bs.u/t``, ``bs.1/t`` of lambda_t^2, lambda_u/lambda_t, 1/lambda_t;
    ``d.Vus`` ... the relative shifts from `centre`.

    Parameters
    ----------
    ckm
        Array (..., 4): Vus, |Vub|, Vcb and the phase.
    centre
        Array (4,), the parameters of the SM.
    phase
        Whether the phase is ``gamma`` (flavio since 2.4) or ``delta`` (flavio 2.3), see
        :func:`muoquark.sm.ckm.ckm_matrix`.
    xp
        ``numpy`` or ``jax.numpy``.
    """
    matrix = ckm_matrix(ckm, phase, xp)
    v = {up + down: matrix[..., i, j] for i, up in enumerate(_UP) for j, down in enumerate(_DOWN)}
    out: dict[str, Any] = {"1": xp.ones_like(ckm[..., 0])}
    for name, value in v.items():
        out[f"V{name}2"] = value.real**2 + value.imag**2
    out["Vus^-2"] = 1 / out["Vus2"]
    out["Vud^-2"] = 1 / out["Vud2"]
    out["Vcb^-2"] = 1 / out["Vcb2"]
    out["Vus^4"] = out["Vus2"] ** 2
    out["Vus^6"] = out["Vus2"] ** 3
    loops = {"bs": _UP, "bd": _UP, "sd": _UP, "uc": _DOWN}
    for transition, flavours in loops.items():
        first, second = transition[0], transition[1]
        lam = {}
        for q in flavours:
            if transition == "uc":
                lam[q] = v[first + q] * xp.conj(v[second + q])
            else:
                lam[q] = v[q + first] * xp.conj(v[q + second])
            out[f"{transition}.{q}.re"] = lam[q].real
            out[f"{transition}.{q}.im"] = lam[q].imag
        if transition == "uc":
            continue
        square, ratio, inverse = lam["t"] ** 2, lam["u"] / lam["t"], 1 / lam["t"]
        for label, value in (("t^2", square), ("u/t", ratio), ("1/t", inverse)):
            out[f"{transition}.{label}.re"] = value.real
            out[f"{transition}.{label}.im"] = value.imag
        for q in flavours:
            out[f"{transition}.{q}{q}"] = lam[q].real ** 2 + lam[q].imag ** 2
            if q != "t":
                product = lam["t"] * xp.conj(lam[q])
                out[f"{transition}.t{q}.re"] = product.real
                out[f"{transition}.t{q}.im"] = product.imag
    for i, name in enumerate(CKM_NAMES):
        out[f"d.{name}"] = ckm[..., i] / centre[i] - 1
    return out


# Elements of the CKM matrix by their place, row by row.
_PLACE = {up + down: 3 * i + j for i, up in enumerate(_UP) for j, down in enumerate(_DOWN)}
# The pairs of elements of all lambda_q, transition by transition.
_LOOPS = [(f"{first}{second}", q) for first, second in ("bs", "bd", "sd") for q in _UP]
_LOOPS += [("uc", q) for q in _DOWN]
_FIRST = np.array([_PLACE[q + t[0] if t != "uc" else t[0] + q] for t, q in _LOOPS])
_SECOND = np.array([_PLACE[q + t[1] if t != "uc" else t[1] + q] for t, q in _LOOPS])
# Where lambda_t is divided by or multiplied with, and the lambda_q for that.
_TOP = [k for k, (t, q) in enumerate(_LOOPS) if t != "uc" and q == "t"]
_WITH = [(k - back, m) for m, k in enumerate(_TOP) for back in (2, 1)]


def _columns() -> list[str]:
    """Return the names of what `ckm_columns` makes, in its order."""
    names = ["1", *(f"V{name}2" for name in _PLACE)]
    names += ["Vus^-2", "Vud^-2", "Vcb^-2", "Vus^4", "Vus^6"]
    names += [f"{t}.{q}.re" for t, q in _LOOPS] + [f"{t}.{q}.im" for t, q in _LOOPS]
    tops = [_LOOPS[k][0] for k in _TOP]
    for label in ("t^2", "u/t", "1/t"):
        names += [f"{t}.{label}.re" for t in tops] + [f"{t}.{label}.im" for t in tops]
    names += [f"{t}.{q}{q}" for t, q in _LOOPS]
    pairs = [_LOOPS[k] for k, _ in _WITH]
    names += [f"{t}.t{q}.re" for t, q in pairs] + [f"{t}.t{q}.im" for t, q in pairs]
    return names + [f"d.{name}" for name in CKM_NAMES]


#: Names of the columns of `ckm_columns`: those of `ckm_products`, and |lambda|^2 of charm.
COLUMNS = {name: k for k, name in enumerate(_columns())}


def ckm_columns(ckm: Any, centre: Any, phase: str = "gamma", xp: Any = np) -> Any:
    """Return all of `ckm_products` at once, as columns (..., len(COLUMNS)).

    A tenth of the operations: a compiler takes long over many small ones, and so does numpy.
    """
    re, im = (points_last(x, xp) for x in ckm_elements(ckm, phase, xp))
    re, im, size = once((re, im, re**2 + im**2), xp)
    a, b, c, d = re[_FIRST], im[_FIRST], re[_SECOND], im[_SECOND]
    # lambda = V_first V_second^*
    x, y = a * c + b * d, b * c - a * d
    x, y, square = once((x, y, x**2 + y**2), xp)
    top = np.array(_TOP)
    tx, ty, norm = x[top], y[top], square[top]
    ux, uy = x[top - 2], y[top - 2]
    own, other = np.array(_WITH).T
    px, py, qx, qy = tx[other], ty[other], x[own], y[own]
    us, ud, cb = size[1:2], size[0:1], size[5:6]
    found = xp.concatenate(
        [
            xp.ones_like(us), size, 1 / us, 1 / ud, 1 / cb, us**2, us**3, x, y,
            tx**2 - ty**2, 2 * tx * ty,
            (ux * tx + uy * ty) / norm, (uy * tx - ux * ty) / norm,
            tx / norm, -ty / norm,
            square, px * qx + py * qy, py * qx - px * qy,
            points_last(ckm / xp.asarray(centre) - 1, xp),
        ],
        axis=0,
    )  # fmt: skip
    return points_first(found, xp)
