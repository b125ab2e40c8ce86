"""Real components of the coefficients of a WCxf basis and their arrays in wilson's conventions.

A component is written ``name:Re`` or ``name:Im``; real coefficients only have the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from wilson import wcxf
from wilson.util import smeftutil, wet_jms

from muoquark.running.tabulate.dual import Dual
from muoquark.smeft.warsaw import VIOLATING

__all__ = [
    "basis_components",
    "coefficient",
    "derivatives",
    "read_smeft",
    "read_wet",
    "smeft_directions",
    "smeft_inputs",
    "value_arrays",
]

# no observable of the likelihood feels them
_VIOLATING = {name.partition("_")[0] for name in VIOLATING}


def coefficient(component: str) -> tuple[str, str]:
    """Split a component into the name of its coefficient and the part, "Re" or "Im"."""
    name, _, part = component.partition(":")
    return name, part


@lru_cache(maxsize=64)
def basis_components(
    eft: str, basis: str, sectors: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    """Return the real components of a basis, sector by sector in the order of its WCxf file."""
    table = wcxf.Basis[eft, basis].sectors
    out = []
    for sector in table if sectors is None else sectors:
        for name, properties in table[sector].items():
            real = isinstance(properties, dict) and properties.get("real", False)
            out += [f"{name}:Re"] if real else [f"{name}:Re", f"{name}:Im"]
    return tuple(out)


@cache
def smeft_inputs() -> tuple[str, ...]:
    """Return the real components of the Warsaw basis that conserve B and L, class by class."""
    by_class = defaultdict(list)
    for component in basis_components("SMEFT", "Warsaw"):
        by_class[component.split("_")[0].split(":")[0]].append(component)
    return tuple(c for key, cs in by_class.items() if key not in _VIOLATING for c in sorted(cs))


@cache
def _directions() -> dict[str, np.ndarray]:
    """Derivatives of wilson's symmetrised arrays along each component, one block a class."""
    blocks: dict[str, list[np.ndarray]] = defaultdict(list)
    for component in smeft_inputs():
        name, part = coefficient(component)
        key = name.split("_")[0]
        arrays = smeftutil.wcxf2arrays_symmetrized({name: 1.0 if part == "Re" else 1j})
        blocks[key].append(np.asarray(arrays[key], dtype=complex))
    return {key: np.stack(block) for key, block in blocks.items()}


def smeft_directions() -> dict[str, Dual]:
    """Return the Warsaw arrays at zero with unit derivatives along every real component."""
    arrays = {
        k: Dual(np.zeros(b.shape[1:], complex), {k: b}, True) for k, b in _directions().items()
    }
    for key in _VIOLATING:
        arrays[key] = Dual(np.zeros(smeftutil.C_keys_shape[key], complex), {}, True)
    return arrays


def value_arrays(values: dict[str, complex]) -> dict[str, np.ndarray]:
    """Return wilson's symmetrised arrays of a dictionary of WCxf values."""
    arrays: dict[str, np.ndarray] = smeftutil.wcxf2arrays_symmetrized(values)
    return arrays


def _read(dual: Dual | None, index: tuple[int, ...], factor: float, part: str) -> Dual | None:
    if dual is None:
        return None
    entry = dual[index] if index else dual
    take = np.real if part == "Re" else np.imag
    return Dual(0.0, {k: take(b) * factor for k, b in entry.blocks.items()}, True)


def derivatives(rows: Sequence[Dual | None], dtype: type = complex) -> np.ndarray:
    """Return the derivatives of scalars along every Warsaw component, one row each."""
    start, offsets = 0, {}
    for key, block in _directions().items():
        offsets[key] = slice(start, start + len(block))
        start += len(block)
    out: np.ndarray = np.zeros((len(rows), start), dtype)
    for i, row in enumerate(rows):
        if row is not None:
            for key, block in row.blocks.items():
                out[i, offsets[key]] = block
    return out


def _index(name: str) -> tuple[int, ...]:
    return tuple(int(i) - 1 for i in name.split("_")[1]) if "_" in name else ()


def read_smeft(arrays: dict[str, Dual], components: tuple[str, ...]) -> np.ndarray:
    """Return d(components)/d(Warsaw components) of symmetrised Warsaw arrays."""
    rows = []
    for component in components:
        name, part = coefficient(component)
        key, index = name.split("_")[0], _index(name)
        factor = float(np.asarray(smeftutil._scale_dict[key])[index]) if index else 1.0
        rows.append(_read(arrays.get(key), index, factor, part))
    return derivatives(rows, float)


def read_wet(arrays: dict[str, Dual], components: tuple[str, ...]) -> np.ndarray:
    """Return d(components)/d(Warsaw components) of the arrays of the WET in the JMS basis."""
    rows = []
    for component in components:
        name, part = coefficient(component)
        key, index = name.split("_")[0], _index(name)
        scale = wet_jms._scale_dict.get(key, 1.0)
        factor = float(np.asarray(scale)[index]) if index else 1.0
        entry = arrays.get(key)
        rows.append(_read(entry if isinstance(entry, Dual) else None, index, factor, part))
    return derivatives(rows, float)
