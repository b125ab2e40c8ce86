"""Section 2.4: U(2)^3 of the quark sector, and the structure it gives to the couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from muoquark.paper.claims.record import Finding, Question, decide, question

if TYPE_CHECKING:
    from muoquark.paper.claims.workspace import Workspace

__all__ = ["CLAIMS", "couplings_of_spurions"]


def _sizes(ws: Workspace) -> dict[str, float]:
    """Return what breaks U(2)^3: ratios of Yukawas and |V_cb|."""
    yu, yd = ws.yukawas()
    left_u, u, _ = np.linalg.svd(yu)
    left_d, d, _ = np.linalg.svd(yd)
    ckm = np.abs(left_u.conj().T @ left_d)
    return {
        "y_c/y_t": float(u[1] / u[0]),
        "y_s/y_b": float(d[1] / d[0]),
        "|V_cb|": float(ckm[1, 0]),
    }


@question(
    "flavour.u2-quarks",
    "section 2.4, first paragraph",
    "The quark sector of the Standard Model has an approximate U(2)^3 symmetry",
    "approximate",
    "the spurions that break it, y_c/y_t, y_s/y_b and |V_cb|, are all below 0.1",
    "muoquark reproduce --only flavour.u2-quarks",
)
def u2_quarks(ws: Workspace) -> Finding:
    """Singular values of the Yukawa matrices at 3 TeV."""
    sizes = _sizes(ws)
    worst = max(sizes, key=lambda n: sizes[n])
    return Finding(
        ", ".join(f"{n} = {v:.2g}" for n, v in sizes.items()),
        decide(sizes[worst] < 0.1),
        "Yukawa couplings of the Standard Model run to 3 TeV",
        value=sizes[worst],
        numbers=sizes,
    )


def couplings_of_spurions(
    rng: np.random.Generator, sizes: dict[str, float], spurions: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Build random Yukawas and couplings from the spurions of U(2)^3 (1105.2296).

    Y_u = y_t ((Delta_u, x_t V), (0, 1)), Y_d the same with x_b; the doublet's coupling is
    (a V^*, 1), the singlet's is (b V^dag Delta_u, 1), x and a, b of order one and complex.  With
    two `spurions` the coupling has another direction than the Yukawas.

    Returns
    -------
    Couplings of doublet and u_R in the mass bases (3,), and the last row of the CKM matrix (3,).
    """

    def number() -> complex:
        return complex(np.exp(rng.uniform(-1, 1) + 2j * np.pi * rng.uniform()))

    def unitary() -> np.ndarray:
        return np.linalg.qr(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))[0]

    v = unitary()[:, 0] * sizes["|V_cb|"]
    other = v if spurions == 1 else unitary()[:, 0] * sizes["|V_cb|"]
    left, delta_u = {}, np.zeros((2, 2), complex)
    right_u = np.eye(3)
    for kind, name in (("u", "y_c/y_t"), ("d", "y_s/y_b")):
        delta = unitary() @ np.diag([sizes[name] / 300, sizes[name]]) @ unitary()
        matrix = np.zeros((3, 3), complex)
        matrix[:2, :2], matrix[:2, 2], matrix[2, 2] = delta, number() * v, 1
        u, _, w = np.linalg.svd(matrix)
        left[kind] = u[:, ::-1]
        if kind == "u":
            delta_u, right_u = delta, w.conj().T[:, ::-1]
    doublet = np.append(number() * other.conj(), 1) @ left["d"]
    singlet = np.append(number() * (other.conj() @ delta_u), 1) @ right_u
    return doublet, singlet, (left["u"].conj().T @ left["d"])[2]


@question(
    "flavour.spurions",
    "section 2.4, first paragraph; Fig. 1, caption",
    "Minimal breaking of U(2)^3 gives couplings along (V_td, V_ts, 1), and (0, 0, 1) for u_R",
    "(V_td, V_ts, 1)",
    "random minimal breaking gives (c V_td, c V_ts, 1) with one number c up to 10 (y_s/y_b)^2, and "
    "entries below 10 y_c/y_t |V_cb| for u_R; with a change: c is not 1",
    "muoquark reproduce --only flavour.spurions",
)
def spurions(ws: Workspace) -> Finding:
    """Draw spurions, diagonalise the Yukawas and read off the coefficients."""
    sizes = _sizes(ws)
    rng = np.random.default_rng(ws.seed)
    unequal, right, coefficients = [], [], []
    for _ in range(200):
        doublet, singlet, top = couplings_of_spurions(rng, sizes, ws.spurions)
        c = (doublet[:2] / doublet[2]) / (top[:2] / top[2])
        coefficients.append(c[1])
        unequal.append(abs(c[0] / c[1] - 1))
        right.append(np.max(np.abs(singlet[:2])))
    small, tiny = float(np.median(unequal)), float(np.median(right))
    holds = small < 10 * sizes["y_s/y_b"] ** 2 and tiny < 10 * sizes["y_c/y_t"] * sizes["|V_cb|"]
    size = np.abs(coefficients)
    one = bool(np.all(np.abs(np.array(coefficients) - 1) < 0.1))
    negative = float(np.mean(np.real(coefficients) < 0))
    return Finding(
        f"c of V_td and V_ts equal to {small:.1e}; |c| from {np.percentile(size, 16):.2g} to "
        f"{np.percentile(size, 84):.2g}, Re c < 0 in {100 * negative:.0f} % of the draws",
        decide(holds and one, holds),
        f"the direction holds, c is free: a ratio of differences of order-one numbers, and either "
        f"sign is as good (fit.literal-caption); light entries of u_R {tiny:.1e}",
        value=small,
        numbers={"unequal": small, "singlet": tiny, "negative": negative},
    )


CLAIMS: tuple[Question, ...] = (u2_quarks, spurions)
