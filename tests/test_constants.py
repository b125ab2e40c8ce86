"""Constants of physics stand in one place, and agree among themselves."""

from __future__ import annotations

import ast
from dataclasses import asdict
from importlib import resources
from math import sqrt
from pathlib import Path

import pytest
import yaml

import muoquark
from closeness import close
from muoquark.common import constants
from muoquark.sm.inputs import INPUTS, TODAY

SOURCE = Path(muoquark.__file__).parent
# where numbers of physics are typed
HOMES = ("common/constants.py", "sm/inputs.py")
# a literal as close to a constant as 0.5 %, and what it is
CHANCE = {
    ("running/tabulate/reference.py", "125.0"): "scale of flavio's signal strengths",
    ("theory/naturalness.py", "1.75"): "7/4 of a loop function",
    ("collider/rates.py", "2500.0"): "a mass from which on partons are hardly known",
}

KNOWN = {name: getattr(constants, name) for name in constants.__all__}
for _inputs in (INPUTS, TODAY):
    KNOWN |= {f"{type(_inputs).__name__}.{k}": v for k, v in asdict(_inputs).items() if k != "ckm"}
KNOWN["1/alpha"] = 1 / constants.ALPHA
KNOWN["1/alpha(M_Z)"] = 1 / INPUTS.alpha_e


def literals(text: str):
    """Floats in a program with three or more significant digits, as they are written."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            written = ast.get_source_segment(text, node) or ""
            mantissa = written.lower().split("e")[0].replace(".", "").replace("_", "")
            if len(mantissa.lstrip("0")) >= 3:
                yield written, node.value


def named(value: float) -> list[str]:
    """The constants that a number is within half a percent of, in MeV within 0.2 %."""
    return [
        name
        for name, known in KNOWN.items()
        if abs(value / known - 1) < 0.005 or abs(value / known / 1e3 - 1) < 0.002
    ]


def test_no_constant_is_typed_elsewhere():
    met = set()
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        for written, value in literals(path.read_text(encoding="utf-8")):
            if name in HOMES or not value or not named(value):
                continue
            assert (name, written) in CHANCE, f"{name}: {written} is {named(value)}"
            met.add((name, written))
    assert met == set(CHANCE)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("x = 0.10566 * y", "M_MU"),
        ("x = 0.1057", "M_MU"),
        ("x = 105.66", "M_MU"),
        ("MZ = 91.19", "M_Z"),
        ("ALPHA = 1 / 137.035999", "1/alpha"),
        ("end = 1.22e19", "PLANCK_MASS"),
        ("kappa = 0.00633257", "KAPPA"),
        ("m_t = 173.0", "TopInputs.m_t"),
    ],
)
def test_the_search_finds_what_stood_in_the_code(line, name):
    ((_, value),) = literals(line)
    assert name in named(value)


def test_derived_values():
    assert pytest.approx(0.006332573977646110963, rel=1e-15, abs=0) == constants.KAPPA
    assert close((sqrt(2) * INPUTS.GF) ** -0.5, rel=5e-9) == constants.VEV
    assert close(constants.VEV / sqrt(2), rel=3e-4) == constants.VEV_H
    assert round(constants.M_MU, 5) == constants.M_MU_5
    assert round(constants.M_Z, 2) == constants.M_Z_4
    assert round(TODAY.m_w, 2) == constants.M_W_4


def test_every_constant_has_a_comment():
    text = (SOURCE / "common" / "constants.py").read_text(encoding="utf-8")
    lines = text.split("\n")
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.List):
            assert "#" in lines[node.lineno - 1], lines[node.lineno - 1]
    assert sorted(constants.__all__) == sorted(
        name.id
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and name.id != "__all__"
    )


def test_the_tables_of_running_end_at_the_same_z_mass():
    layout = resources.files("muoquark.running.tabulate") / "layout.yaml"
    text = layout.read_text(encoding="utf-8")
    assert constants.M_Z in yaml.safe_load(text)["SMEFT"]["sectors"]["all"]
