"""The CKM matrix, the combinations of it that predictions are polynomials in, and the scheme.

Everything takes the array module as its first argument, so that the same lines run in NumPy and
in JAX, and works on arrays of shape ``(..., 4)`` with the parameters Vus, |Vub|, Vcb, phase.
"""

from __future__ import annotations

from typing import Any

from muoquark.sm.ckm import ckm_array

__all__ = [
    "CKM_NAMES",
    "angles_from_ratios",
    "ckm_matrix",
    "ckm_parameters",
    "ckm_products",
    "ckm_ratios",
]

CKM_NAMES = ("Vus", "Vub", "Vcb", "gamma")

_UP = "uct"
_DOWN = "dsb"


def ckm_matrix(xp: Any, ckm: Any, phase: str = "gamma") -> dict[str, Any]:
    """Return the CKM matrix in the standard phase convention, element by element.

    Parameters
    ----------
    ckm:
        Array ``(..., 4)``: Vus, |Vub|, Vcb and the phase.
    phase:
        ``"gamma"``: the phase is the angle of the unitarity triangle (flavio since 2.4);
        ``"delta"``: it is the phase of the standard parametrisation (flavio 2.3).

    Returns
    -------
    dict
        ``{"ud": ..., "us": ..., ...}``, complex arrays of shape ``(...)``.
    """
    matrix = ckm_array(ckm, phase, xp)
    return {
        up + down: matrix[..., i, j] for i, up in enumerate(_UP) for j, down in enumerate(_DOWN)
    }


def ckm_products(xp: Any, ckm: Any, centre: Any, phase: str = "gamma") -> dict[str, Any]:
    """Return the real combinations of CKM elements that predictions are built of.

    ``1``; ``Vij2`` = |Vij|^2; powers of Vus and Vcb; for the transitions bs, bd, sd (up-type
    loops) and uc (down-type) ``bs.t.re``, ``bs.t.im`` of lambda_t = Vtb Vts^* and so on;
    ``bs.tt`` = |lambda_t|^2, ``bs.tu.re``, ``bs.tu.im`` of lambda_t lambda_u^*, ``bs.uu``, and the
    same with c; ``bs.t^2``, ``bs.u/t``, ``bs.1/t`` of lambda_t^2, lambda_u/lambda_t, 1/lambda_t;
    ``d.Vus`` ... the relative shifts from `centre`.

    Parameters
    ----------
    centre:
        Array ``(4,)``, the parameters of the SM.
    """
    v = ckm_matrix(xp, ckm, phase)
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


def ckm_ratios(xp: Any, ckm: Any) -> Any:
    """Return |Vus/Vud|^2, |Vcb|^2, |Vub|^2, |Vtd/Vts|^2, the CKM factors of the four inputs.

    The inputs are RKpi(P+->munu), BR(B->Xcenu), BR(B+->taunu) and DeltaM_d/DeltaM_s.
    Source: arXiv:1812.07638 (the scheme); the phase is delta of the standard parametrisation.
    """
    v = ckm_matrix(xp, ckm, phase="delta")
    size = {k: value.real**2 + value.imag**2 for k, value in v.items()}
    return xp.stack(
        [size["us"] / size["ud"], size["cb"], size["ub"], size["td"] / size["ts"]], axis=-1
    )


def angles_from_ratios(xp: Any, ratios: Any) -> tuple[Any, Any, Any, Any]:
    """Return Vus, |Vub|, Vcb and cos(delta) of the CKM matrix with the given `ckm_ratios`.

    No CKM matrix has the ratios where |cos(delta)| comes out above one.
    """
    f1, f2, f3, f4 = (ratios[..., i] for i in range(4))
    vus = xp.sqrt(f1 * (1 - f3) / (1 + f1))
    vcb, vub = xp.sqrt(f2), xp.sqrt(f3)
    c13 = xp.sqrt(1 - f3)
    s12, s23 = vus / c13, vcb / c13
    c12, c23 = xp.sqrt(1 - s12**2), xp.sqrt(1 - s23**2)
    # |Vtd|^2 = a^2 + b^2 - 2 a b cos delta, |Vts|^2 = c^2 + d^2 + 2 c d cos delta
    a, b, c, d = s12 * s23, c12 * c23 * vub, c12 * s23, s12 * c23 * vub
    cosine = (a**2 + b**2 - f4 * (c**2 + d**2)) / (2 * a * b + 2 * f4 * c * d)
    return vus, vub, vcb, cosine


def ckm_parameters(xp: Any, ratios: Any) -> Any:
    """Return the CKM parameters that have the given `ckm_ratios`; its exact inverse.

    The result is not a number where no CKM matrix has these ratios (|cos delta| > 1).
    """
    vus, vub, vcb, cosine = angles_from_ratios(xp, ratios)
    return xp.stack([vus, vub, vcb, xp.arccos(cosine)], axis=-1)
