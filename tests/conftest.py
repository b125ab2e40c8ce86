"""Shared by all tests: how the command line is called, random points, the optional extra."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

import shape_checks

# The rooms whose shapes are checked at every call, and where a number may stand for a float.
# Not smeft/warsaw.py, theory/symbolic.py, theory/sparse.py,
# theory/potential.py and theory/vacuum.py: many calls that take microseconds.
CHECKED = (
    "muoquark.common.arrays",
    "muoquark.sm",
    "muoquark.smeft.tensors",
    "muoquark.matching",
    "muoquark.running.ckm_expansion",
    "muoquark.running.fermi",
    "muoquark.running.highscale",
    "muoquark.running.evolution",
    "muoquark.running.linear_map",
    "muoquark.running.second_order",
    "muoquark.theory.analysis",
    "muoquark.theory.betas",
    "muoquark.theory.components",
    "muoquark.theory.couplings",
    "muoquark.theory.decoupling",
    "muoquark.theory.dipoles",
    "muoquark.theory.flow",
    "muoquark.theory.general",
    "muoquark.theory.generate",
    "muoquark.theory.inputs",
    "muoquark.theory.names",
    "muoquark.theory.naturalness",
    "muoquark.theory.naturalness_pieces",
    "muoquark.theory.naturalness_theory",
    "muoquark.theory.naturalness_verdict",
    "muoquark.theory.search",
    "muoquark.theory.plan",
    "muoquark.theory.sm",
    "muoquark.theory.tables",
    "muoquark.theory.tensors",
    "muoquark.theory.thresholds",
    "muoquark.theory.unitarity",
)
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"

# Two workers and the processes that tests start import the same two thousand files.  Some machines
# are told to keep no byte code, which costs each of these processes two to four seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What one test compiles the next one finds, also in another process; the processes of one run share
# the folder.  JAX reads these when it is imported.
CACHE = Path(__file__).parents[1] / ".pytest_cache" / "xla"
CACHE.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", str(10**9))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")

# Most programs of a test run once: most of what LLVM does to make them fast takes longer than it
# gains.  The arithmetic is the same up to rounding.  In the nightly tests (make.py), or with an
# empty XLA_FLAGS, all is compiled as it is for users.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
)

# Before the package is imported, and for modules that are imported later as well.
shape_checks.install()
install_import_hook(CHECKED, CHECKER)

from muoquark.cli.main import main  # noqa: E402
from muoquark.model.point import Point  # noqa: E402

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")

HAS_EXACT = all(importlib.util.find_spec(name) for name in ("flavio", "smelli", "wilson"))


def pytest_collection_modifyitems(items):
    """Skip what needs flavio, smelli and wilson where they are not installed."""
    if HAS_EXACT:
        if any("exact" in item.keywords for item in items):
            # Imported here, with warnings allowed: they warn while they load, which under
            # "warnings are errors" ends inside pandas' extension modules in a crash.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module("wilson")
        return
    skip = pytest.mark.skip(reason="needs muoquark[exact]")
    for item in items:
        if "exact" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def flavio():
    """Return flavio, imported with smelli by the referee and so without side effects."""
    from muoquark.likelihood import referee

    return referee._packages()["flavio"]


class Outcome:
    """What a call of the command line left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def muoquark(capsys):
    """Call the command line in this process: ``muoquark("match", "paper").out``."""

    def call(*arguments: str) -> Outcome:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def random_matrix(rng: np.random.Generator, size: float = 1.0) -> np.ndarray:
    """Return a complex 3x3 matrix with entries of modulus up to about `size`."""
    return size * (rng.uniform(-1, 1, (3, 3)) + 1j * rng.uniform(-1, 1, (3, 3)))


def random_point(seed: int, muons_only: bool = False, **others) -> Point:
    """Return a point with random complex couplings and different masses."""
    rng = np.random.default_rng(seed)
    couplings = {name: random_matrix(rng) for name in ("eta3L", "eta1L", "eta1R")}
    if muons_only:
        couplings = {name: matrix[:, 1] for name, matrix in couplings.items()}
    masses = {"M1": rng.uniform(1500, 6000), "M3": rng.uniform(1500, 6000)}
    return Point(**{**masses, "mu_M": rng.uniform(1500, 6000), **couplings, **others})
