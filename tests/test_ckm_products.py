"""The CKM combinations that predictions are polynomials in."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.likelihood.ckm_products import COLUMNS, ckm_columns, ckm_products
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


@pytest.mark.parametrize("phase", ["gamma", "delta"])
def test_columns_are_the_products(phase):
    ckm = CENTRE * (1 + 0.1 * np.random.default_rng(3).normal(size=(20, 4)))
    plain = ckm_products(ckm, CENTRE, phase)
    columns = ckm_columns(ckm, CENTRE, phase)
    assert columns.shape == (20, len(COLUMNS))
    assert set(COLUMNS) - set(plain) == {"uc.dd", "uc.ss", "uc.bb"}
    assert set(plain) < set(COLUMNS)
    for name, values in plain.items():
        # Real and imaginary parts round to what the modulus does, shifts to what one does.
        stem = name.removesuffix(".re").removesuffix(".im")
        scale = np.hypot(plain[f"{stem}.re"], plain[f"{stem}.im"]) if stem != name else values
        scale = 1.0 if name.startswith("d.") else scale
        assert columns[:, COLUMNS[name]] / scale == pytest.approx(values / scale, abs=1e-13), name


def test_columns_for_the_compiler():
    import jax.numpy as jnp

    from muoquark.common.arrays import double_precision

    with double_precision():
        found = np.asarray(ckm_columns(jnp.asarray(CENTRE[None]), CENTRE, "delta", jnp))
    expected = ckm_columns(CENTRE[None], CENTRE, "delta")
    assert found / expected.max() == pytest.approx(expected / expected.max(), abs=1e-12)
