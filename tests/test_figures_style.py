"""How axes are called, and what the figure of a plane says of the Standard Model."""

from __future__ import annotations

import numpy as np
import pytest

from muoquark.inference.profile import Plane
from muoquark.report.plane import plane_figure
from muoquark.report.style import label_of


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("eta3L", r"$\eta^{3L}$"),
        ("eta1R_3", r"$\eta^{1R}_{3}$"),
        ("eta1L[0]", r"$\eta^{1L}_{1}$"),
        ("eta3L[1].Im", r"Im $\eta^{3L}_{2}$"),
        ("M3", "$M_3$ [GeV]"),
        ("eta3L_4", "eta3L_4"),
        ("c$2", r"c\$2"),
    ],
)
def test_labels(name, label):
    assert label_of(name, {}) == label
    assert label_of(name, {name: "mine"}) == "mine"


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
