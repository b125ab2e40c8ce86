"""How axes are called, and what the figure of a plane says of the Standard Model."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.inference.profile.bands import Band
from muoquark.inference.profile.grids import Plane, Profile
from muoquark.matching.scales import Couples
from muoquark.report.looks import LOOKS, looks_of
from muoquark.report.plane import plane_figure
from muoquark.report.profiles import profile_figure
from muoquark.report.style import label_of, masses_text


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("eta3L", r"$\eta^{3L}$"),
        ("eta1R_3", r"$\eta^{1R}_{3}$"),
        ("eta1L[0]", r"$\eta^{1L}_{1}$"),
        ("eta3L[1].Im", r"Im $\eta^{3L}_{2}$"),
        ("M3", "$M_3$ [GeV]"),
        ("S1", "$M_1$ [GeV]"),
        ("eta3L_4", "eta3L_4"),
        ("eta1L_3*eta1R_3", r"$\eta^{1L}_{3}\,\eta^{1R}_{3}$"),
        ("eta1L_31", r"$\eta^{1L}_{31}$"),
        ("a*b", "a*b"),
        ("c$2", r"c\$2"),
    ],
)
def test_labels(name, label):
    assert label_of(name) == label


def test_masses_in_a_figure():
    """What is fixed and couples; nothing of what varies or has no effect."""
    both, one = Couples(True, True, True), Couples(False, True, False)
    assert masses_text({"S1": 3000.0, "S3": 3000.0}, both) == "$M_1 = M_3 = 3$ TeV"
    assert masses_text({"S1": 2000.0, "S3": 3500.0}, both) == "$M_1 = 2$ TeV, $M_3 = 3.5$ TeV"
    assert masses_text({"S1": 2000.0, "S3": 3500.0}, one) == "$M_3 = 3.5$ TeV"
    assert masses_text({"S1": object(), "S3": 3500.0}, both) == "$M_3 = 3.5$ TeV"
    assert masses_text({"S1": object()}, both) == ""


def drawn(figure):
    """Number of points of all contours."""
    return sum(len(p.vertices) for c in figure.axes[0].collections for p in c.get_paths())


def test_standard_model_only_where_it_is():
    x, y = np.linspace(-1, 1, 30), np.linspace(-1, 1, 20)
    chi2 = 20 * (x**2 + (y[:, None] - 0.3) ** 2) - 5.0
    plane = Plane("a", "b", x, y, {"global": chi2})
    for sm in (True, False):
        figure = plane_figure(plane, {"a": 0.0, "b": 0.3}, ("a", "b"), minimum=-5.0, sm=sm)
        (legend,) = figure.legends
        assert drawn(figure) > 0
        assert ("SM" in [text.get_text() for text in legend.get_texts()]) == sm
    # counted from the best fit, not from the lowest point of the grid
    far = plane_figure(plane, None, ("a", "b"), minimum=-30.0, sm=False)
    assert drawn(far) == 0


def parabola(name, centre, width):
    """A profile over (-1, 1) with Delta chi2 = 1 at centre - width and centre + width."""
    x = np.linspace(-1, 1, 81)
    spans = {1.0: [(centre - width, centre + width)]}
    return Profile(name, x, ((x - centre) / width) ** 2, centre, 0.0, np.zeros((81, 0)), spans)


def test_bands_in_the_plane():
    """Each is drawn where it is, also if the grid misses it; one that covers everything is not."""
    x, y = np.linspace(-1, 1, 30), np.linspace(-1, 1, 20)
    grid, here = np.meshgrid(x, y)
    chi2 = {
        "global": 20 * (grid**2 + here**2),
        "R_K(*)": (here / 0.3) ** 2,
        "Bs->mumu": ((grid - 0.51) / 1e-3) ** 2,
        "R(D(*))": (grid**2 + here**2 - 0.002) * 1e4,
        "(g-2)_mu": 0.1 * grid,
    }
    bands = {
        "R_K(*)": Band("R_K(*)", 11.0, 0.0, {"b": parabola("b", 0.0, 0.3)}),
        "Bs->mumu": Band("Bs->mumu", 1e6, 0.0, {"a": parabola("a", 0.51, 1e-3)}),
        "R(D(*))": Band("R(D(*))", 1e4, -20.0, {}),
        "(g-2)_mu": Band("(g-2)_mu", 0.2, -0.1, {}),
    }
    figure = plane_figure(Plane("a", "b", x, y, chi2), None, ("a", "b"), bands=bands, sm=False)
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [
        r"single groups, $\Delta\chi^2<1$", r"$R_{K^{(*)}}$", r"BR$(B_s\to\mu^{+}\mu^{-})$",
        "$R_{D^{(*)}}$\n(finer than the grid)", "all data, two parameters",
        r"1$\sigma$, $\Delta\chi^2=2.30$", r"2$\sigma$, $\Delta\chi^2=6.18$",
    ]  # fmt: skip
    (span,) = figure.axes[0].patches
    assert (span.get_x(), span.get_width()) == pytest.approx((0.509, 0.002), abs=1e-9)


def test_bands_beside_profiles():
    bands = {
        "quarks": Band("quarks", 9.0, 0.0, {"a": parabola("a", 0.1, 0.4)}),
        "leptons": Band("leptons", 9.0, 0.0, {"b": parabola("b", 0.1, 0.4)}),
        "(g-2)_mu": Band("(g-2)_mu", 0.2, 0.0, {}),
    }
    figure = profile_figure([parabola("a", 0, 0.2)], bands=bands)
    curves = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 100]
    others = [line for line in curves if line.get_color() != "black"]
    assert len(others) == 1
    x, delta = others[0].get_data()
    assert delta == pytest.approx(((x - 0.1) / 0.4) ** 2, abs=2e-3)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["all data", r"all data, $\Delta\chi^2<1$", "block quarks", "block leptons"]
    assert not profile_figure([parabola("a", 0, 0.2)]).legends


def test_no_two_bands_look_the_same():
    looks = looks_of([*LOOKS, "quarks", "leptons", "ewpt"])
    for part in ("label", "hatch", "line"):
        values = [str(getattr(look, part)) for name, look in looks.items() if name in LOOKS]
        assert len(set(values)) == len(values), part
    assert len({(look.colour, look.hatch) for look in looks.values()}) == len(looks)


def test_entries_of_matrices_have_symbols():
    from muoquark.report.style import label_of

    assert label_of("eta1L[2][1]") == r"$\eta^{1L}_{b\mu}$"
    assert label_of("eta1R[1][2].Im") == r"Im $\eta^{1R}_{c\tau}$"
    assert label_of("S1_c_tau") == "S1_c_tau"
