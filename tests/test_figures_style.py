"""How axes are called, and what the figure of a plane says of the Standard Model."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from muoquark.common.errors import InputError
from muoquark.inference.profile.bands import Band
from muoquark.inference.profile.grids import Plane, Profile
from muoquark.matching.scales import Couples
from muoquark.model.card_file import parse_card
from muoquark.model.fields import every_known_field
from muoquark.model.model_file import parse_model
from muoquark.report.export_tables import latex_text
from muoquark.report.looks import LOOKS, looks_of
from muoquark.report.plane import plane_figure
from muoquark.report.profiles import profile_figure
from muoquark.report.style import label_of, masses_text
from muoquark.report.tables import Column, Table


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("eta3L", r"$\eta^{3L}$"),
        ("eta1R_3", r"$\eta^{1R}_{3}$"),
        ("eta1L[0]", r"$\eta^{1L}_{1}$"),
        ("eta3L[1].Im", r"Im $\eta^{3L}_{2}$"),
        ("M3", "$M_{S_3}$ [GeV]"),
        ("S1", "$M_{S_1}$ [GeV]"),
        ("R2t", r"$M_{\tilde R_2}$ [GeV]"),
        ("U1", "$M_{U_1}$ [GeV]"),
        ("eta2L_3", r"$\eta^{2L}_{3}$"),
        ("x1L_33", "$x^{1L}_{33}$"),
        ("x2tL[0][2]", r"$x^{\tilde 2L}_{u\tau}$"),
        ("eta2tR[1][2]", r"$\eta^{\tilde 2R}_{s\nu_\tau}$"),
        ("eta3L_1_re", r"Re $\eta^{3L}_{1}$"),
        ("lH1", r"$\lambda_{H1}$"),
        ("lH13.Im", r"Im $\lambda_{H13}$"),
        ("l_S3S3R2R2_4", r"$\lambda^{(4)}_{\mathrm{S3S3R2R2}}$"),
        ("gX", "$g_X$"),
        ("epsBX", r"$\epsilon_{BX}$"),
        ("eta3L_3*lH1", r"$\eta^{3L}_{3}\,\lambda_{H1}$"),
        ("S1*eta3L_3", "S1*eta3L_3"),
        ("eta3L[3]", "eta3L[3]"),
        ("c2", "c2"),
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
    both, one = Couples(frozenset({"S1", "S3"}), True), Couples(frozenset({"S3"}))
    assert masses_text({"S1": 3000.0, "S3": 3000.0}, both) == "$M_{S_1} = M_{S_3} = 3$ TeV"
    assert masses_text({"S1": 2000.0, "S3": 3500.0}, both) == (
        "$M_{S_1} = 2$ TeV, $M_{S_3} = 3.5$ TeV"
    )
    assert masses_text({"S1": 2000.0, "S3": 3500.0}, one) == "$M_{S_3} = 3.5$ TeV"
    assert masses_text({"S1": object(), "S3": 3500.0}, both) == "$M_{S_3} = 3.5$ TeV"
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
    (span,) = (one for one in figure.axes[0].patches if isinstance(one, Rectangle))
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


def test_every_symbol_of_every_known_field_can_be_drawn():
    """Entries of all couplings, quartics, masses: a formula each, and no two the same."""
    model = every_known_field()
    names = [field.name for field in model.heavy] + list(model.quartics) + ["gX", "epsBX"]
    for coupling in model.heavy_couplings:
        names.append(coupling)
        names += [f"{coupling}[{i}][{j}]" for i in range(3) for j in range(3)]
        names += [f"{coupling}_{i}" for i in (1, 2, 3)] + [f"{coupling}_{i}1" for i in (1, 2, 3)]
        names += [f"{coupling}[2][1].Re", f"{coupling}_3_im"]
    labels = {name: label_of(name) for name in names}
    assert len(set(labels.values())) == len(names)
    for name, label in labels.items():
        assert re.fullmatch(r"((Re|Im) )?\$[^$]+\$( \[GeV\])?", label), (name, label)
        drawable(label)


def drawable(label):
    """A label that mathtext cannot parse is an error."""
    from matplotlib.mathtext import MathTextParser

    assert MathTextParser("path").parse(label).width > 0


CARD = r"""
model: {fields: [S1, S3, R2], names: {eta2L: '\zeta_2'}}
masses: {R2: {free: [1000, 3000], name: heavy}}
mu_M: 3000
couplings:
  eta2L: [0, {free: [0, 1], label: 'x_2'}, {free: [0, 1]}]
  eta2R:
    - [0, 0, 0]
    - [0, {free: [0, 1]}, 0]
    - [0, 0, {Re: {free: [0, 1]}, Im: {free: [0, 1], name: z}}]
  eta3L: {ansatz: U2, value: {free: [0, 1], name: g}, light: [-1, {free: [-2, 0], name: c2}]}
quartics:
  lH2: {free: [0, 1], name: portal}
  lsH2: {free: [0, 1], name: twice}
  lH1: {free: [0, 1], name: twice}
product: {name: p, of: [eta1L_3, eta1R_21], free: [-1, 1]}
"""


def test_a_card_says_how_its_parameters_are_called():
    """By a label of their own, else by their place, whatever their name."""
    card = parse_card(CARD)
    labels = {free.name: label_of(free.name, card) for free in card.free}
    assert labels == {
        "heavy": "$M_{R_2}$ [GeV]",
        "eta2L[1]": "$x_2$",
        "eta2L[2]": r"$(\zeta_2)_{3}$",
        "eta2R[1][1]": r"$\eta^{2R}_{s\mu}$",
        "eta2R[2][2].Re": r"Re $\eta^{2R}_{b\tau}$",
        "z": r"Im $\eta^{2R}_{b\tau}$",
        "g": r"$\eta^{3L}_{3}$",
        "c2": "c2",
        "portal": r"$\lambda_{H2}$",
        "twice": "twice",  # in two places: neither is its symbol
        "p": r"$\eta^{1L}_{3}\,\eta^{1R}_{21}$",
    }
    for label in labels.values():
        drawable(label)
    # the unit of a mass stays
    heavy = parse_card("mu_M: 3000\nmasses: {S1: {free: [1000, 2000], label: m}}")
    assert label_of("S1", heavy) == "$m$ [GeV]"
    # a name that says something else than the place is not believed
    other = parse_card("couplings: {eta1L: [0, 0, {free: [0, 1], name: eta3L_3}]}")
    assert label_of("eta3L_3", other) == r"$\eta^{1L}_{3}$"
    both = "[0, 0, {free: [0, 1], name: eta1L_3}]"
    same = parse_card(f"couplings: {{eta1L: {both}, eta1R: {both}}}")
    assert label_of("eta1L_3", same) == r"$\eta^{1L}_{3}$"


def test_figures_use_the_labels_of_a_card():
    card = parse_card("couplings: {eta3L: [0, 0, {free: [-1, 1], name: a, label: '\\kappa'}]}")
    (axes,) = profile_figure([parabola("a", 0, 0.2)], card=card).axes
    assert axes.get_xlabel() == r"$\kappa$"
    (axes,) = profile_figure([parabola("a", 0, 0.2)]).axes
    assert axes.get_xlabel() == "a"
    table = Table("t", "d", (Column("parameter", ("a", "b"), independent=True),), {})
    assert r"$\kappa$" in latex_text(table, card)
    assert r"$\kappa$" not in latex_text(table)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (r"\notacommand", "figures cannot draw the TeX"),
        ("a$b", "expected TeX without dollars"),
        ("x_{1", "braces closed"),
        ("x_1_2", "figures cannot draw the TeX"),
    ],
)
def test_a_label_that_no_figure_can_draw_is_refused_where_it_stands(label, message):
    """Not after hours of work, when the figure is drawn."""
    text = f"couplings:\n  eta3L: [0, 0, {{free: [0, 1], label: '{label}'}}]\n"
    with pytest.raises(InputError) as caught:
        parse_card(text, "mine.yaml")
    (fault,) = caught.value.faults
    assert fault.line == 2
    assert message in fault.message
    model = f"fields: [S3]\nnames: {{S3: '{label}'}}\n"
    with pytest.raises(InputError, match=r"mine\.yaml:2"):
        parse_model(model, "mine.yaml")


def test_the_boson_of_a_model_has_a_name():
    text = "gauge: {X: {coupling: gD}}\nfields: {q: 0, l: 0, S3: 1}\nnames: {gD: g_D}\n"
    assert label_of("gD", parse_model(text)) == "$g_D$"
    assert label_of("gX", parse_model(text)) == "gX"
