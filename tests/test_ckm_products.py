"""The CKM combinations that predictions are polynomials in."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.likelihood.ckm_products import ckm_products
from muoquark.sm.ckm import ckm_matrix

CENTRE = np.array([0.2253, 0.00415, 0.0420, 1.088])


def test_products_of_loops():
    products = ckm_products(CENTRE[None], CENTRE)
    v = ckm_matrix(CENTRE)
    t, u = v[2, 2] * v[2, 1].conj(), v[0, 2] * v[0, 1].conj()
    assert products["bs.tt"][0] == close(abs(t) ** 2)
    assert products["bs.tu.im"][0] == close((t * u.conj()).imag)
    assert products["bs.u/t.re"][0] == close((u / t).real)
    assert products["Vcd2"][0] == close(abs(v[1, 0]) ** 2)
    total = sum(products[f"bs.{q}.re"] for q in "uct")
    assert total[0] == pytest.approx(0, abs=1e-15)
    assert products["d.Vcb"][0] == 0
