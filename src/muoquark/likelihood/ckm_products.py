"""The combinations of CKM elements that predictions are polynomials in."""

from __future__ import annotations

from typing import Any

import numpy as np

from muoquark.sm.ckm import CKMInput, ckm_matrix

__all__ = ["CKM_NAMES", "ckm_products"]

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
