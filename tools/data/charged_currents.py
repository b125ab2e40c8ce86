"""Draw docs/figures/rd-knunu-2026-11.png: R(D(*)) and B -> K nu nu of S1 and R2, with today's data.

    python tools/data/charged_currents.py docs/figures/rd-knunu-2026-11.png

S1 and R2 of 2 TeV with couplings to the tau (no muoquarks: those leave both alone).  Along the
curves one coupling varies; predictions are the likelihood's own.
"""

from __future__ import annotations

import sys
from typing import Any

import matplotlib
import numpy as np

import muoquark
from muoquark.report.style import STYLE, empty_figure

MASS = 2000.0
DATA, BEFORE = "2026-11", "2026-06"
D, DSTAR, KNUNU = "Rtaul(B->Dlnu)", "Rtaul(B->D*lnu)", "BR(B+->Knunu)"


def card(couplings: dict[str, dict[tuple[int, int], complex]]) -> dict[str, Any]:
    """Return a generic card with entries [quark][lepton] (from 0) of couplings."""
    listed = {}
    for name, entries in couplings.items():
        matrix: list[list[Any]] = [[0.0] * 3 for _ in range(3)]
        for (i, a), value in entries.items():
            matrix[i][a] = value.real if not complex(value).imag else f"{complex(value):.10g}"
        listed[name] = matrix
    field = "S1" if "eta1L" in couplings else "R2"
    return {"model": "generic", "masses": {field: MASS}, "couplings": listed}


def s1(z: float, s: float = 0.0) -> dict[str, Any]:
    """Return S1 with b tau (and t nu) of 0.5, c tau of z, s nu_tau of s."""
    left = {(2, 2): 0.5 + 0j}
    if s:
        left[1, 2] = complex(s)
    return card({"eta1L": left, "eta1R": {(1, 2): complex(z)}})


def r2(z: float) -> dict[str, Any]:
    """Return R2 with c nu_tau of 1.5 and b tau of i z."""
    return card({"eta2L": {(1, 2): 1.5 + 0j}, "eta2R": {(2, 2): 1j * z}})


def along(likelihood: muoquark.Likelihood, points: list[dict[str, Any]]) -> np.ndarray:
    """Return R(D), R(D*) and BR(B+ -> K+ nu nu), (points, 3)."""
    rows = []
    for one in points:
        found = likelihood.predict(one)
        rows.append([found[name].value for name in (D, DSTAR, KNUNU)])
    return np.array(rows)


def main(path: str) -> None:
    """Compute and draw."""
    likelihood, before = muoquark.Likelihood(DATA), muoquark.Likelihood(BEFORE)
    z = np.linspace(-2.0, 2.0, 13)
    curves = {
        "S1, real product": along(likelihood, [s1(x) for x in z]),
        "S1, and $s\\nu_\\tau$ = 0.2": along(likelihood, [s1(x, 0.2) for x in z]),
        "S1, and $s\\nu_\\tau$ = -0.2": along(likelihood, [s1(x, -0.2) for x in z]),
        "R2, imaginary product": along(likelihood, [r2(x) for x in z]),
    }
    measured = {}
    for one in (likelihood, before):
        found = one.predict(s1(0.0))
        measured[one] = {n: (found[n].measured, found[n].uncertainty) for n in (D, DSTAR, KNUNU)}
    (pdf,) = [c.pdf for c in likelihood.data.constraints if c.measurement.startswith("HFLAV RD")]
    mean, covariance = pdf.moments()
    with matplotlib.rc_context(STYLE):
        figure = empty_figure(9.2, 4.2)
        left, right = figure.subplots(1, 2)
        turn = np.linspace(0, 2 * np.pi, 200)
        circle = np.linalg.cholesky(covariance) @ np.stack([np.cos(turn), np.sin(turn)])
        for level, width in ((1.515, 1.6), (2.486, 0.8)):  # 68.3 and 95.4 %
            left.plot(*(mean[:, None] + level * circle), color="black", lw=width,
                      label="HFLAV spring 2025 (2026-11)" if width > 1 else None)  # fmt: skip
        (x, dx), (y, dy) = measured[before][D], measured[before][DSTAR]
        left.errorbar(x, y, dy, dx, color="0.55", capsize=2, lw=1, label="data of 2026-06")
        sm = likelihood.predict(s1(0.0))
        left.plot(sm[D].sm, sm[DSTAR].sm, "k*", ms=9, label="SM")
        right.plot(1e5 * sm[KNUNU].sm, sm[DSTAR].sm, "k*", ms=9)
        for k, (name, values) in enumerate(curves.items()):
            style = {"color": f"C{k}", "lw": 1.6, "marker": ".", "label": name}
            if k in (0, 3):
                left.plot(values[:, 0], values[:, 1], **style)
            right.plot(1e5 * values[:, 2], values[:, 1], **style)
        for one, colour in ((before, "0.85"), (likelihood, "tab:orange")):
            value, error = measured[one][KNUNU]
            right.axvspan(1e5 * (value - error), 1e5 * (value + error), color=colour, alpha=0.4,
                          label="data of " + (DATA if one is likelihood else BEFORE))  # fmt: skip
        right.axhspan(mean[1] - covariance[1, 1] ** 0.5, mean[1] + covariance[1, 1] ** 0.5,
                      color="0.7", alpha=0.4)  # fmt: skip
        left.set(xlabel="R(D)", ylabel="R(D*)", xlim=(0.2, 0.5), ylim=(0.22, 0.36))
        right.set(xlabel=r"$10^5\,$BR($B^+\to K^+\nu\bar\nu$)", ylabel="R(D*)",
                  xlim=(0, 4), ylim=(0.22, 0.36))  # fmt: skip
        for axes in (left, right):
            axes.legend(fontsize=7.5)
        figure.suptitle("S1 and R2 of 2 TeV with couplings to the tau, one bar is 1 sigma")
        figure.savefig(path)
    for name, values in curves.items():
        print(name, np.round(values[[0, 6, -1]], 4).tolist())
    print({one.name: found for one, found in measured.items()})


if __name__ == "__main__":
    main(sys.argv[1])
