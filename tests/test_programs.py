"""What the compiler is told, and that it is told nothing that it does not know."""

from __future__ import annotations

import numpy as np
import pytest

from closeness import close
from muoquark.common import programs
from muoquark.common.arrays import double_precision
from muoquark.common.programs import ONE_THREAD, QUICK, compiled


@pytest.fixture
def anew():
    programs._known.cache_clear()
    yield
    programs._known.cache_clear()


def test_this_version_knows_all_options():
    assert programs._known() == QUICK
    assert programs._is_known(*next(iter(ONE_THREAD.items())))


@pytest.mark.usefixtures("anew")
def test_options_of_another_version_are_left_out(monkeypatch):
    monkeypatch.setattr(programs, "QUICK", {**QUICK, "xla_cpu_of_another_version": True})
    assert programs._known() == QUICK
    with double_precision():
        assert float(compiled(lambda x: x / 3)(1.0)) == close(1 / 3)


@pytest.mark.parametrize("options", [{}, {"lasting": True}, {"one_thread": True}])
def test_programs_can_be_within_others_and_differentiated(options):
    import jax

    def cube(x):
        return x**3

    with double_precision():
        program = compiled(jax.vmap(jax.grad(jax.jit(cube))), **options)
        found = program(np.array([1.0, 2.0]))
    assert [float(x) for x in found] == [close(3.0), close(12.0)]
