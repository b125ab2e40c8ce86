"""Putting the pieces of a chain together into the arrays of one package-data file."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.polynomial import chebyshev
from scipy.sparse import block_diag, csr_array, vstack

from muoquark.common.constants import M_Z
from muoquark.common.files import write_arrays
from muoquark.running.ckm_expansion import BOX, MONOMIALS, REFERENCE
from muoquark.running.tabulate import ckm, lowscale, phases, relevance, running
from muoquark.running.tabulate.components import smeft_inputs
from muoquark.running.tabulate.lowscale import TabulatedSector

__all__ = ["NODES", "PANELS", "build", "chebyshev_nodes", "targets"]

# Ranges of mu_M in GeV, each with an expansion of its own, and their numbers of nodes.
PANELS = ((M_Z, 500.0), (500.0, 1.0e5), (1.0e5, 1.0e6))
NODES = (6, 10, 6)
BITS = 23  # of the largest Chebyshev coefficient of an entry: 1e-7
CHAINS = {"full": 1, "smelli": 0}  # chain -> loop order of the matching at the Z mass

# cache(name, modules that determine the piece, function that makes it)
Cache = Callable[[str, tuple[str, ...], Callable[[], Any]], Any]


def targets() -> list[TabulatedSector]:
    """Read the low-energy sets of coefficients from ``layout.yaml``."""
    text = resources.files("muoquark.running.tabulate").joinpath("layout.yaml").read_text()
    out = []
    for eft, entry in yaml.safe_load(text).items():
        for sector, wanted in entry["sectors"].items():
            if not isinstance(wanted, dict):
                wanted = {"scales": wanted}
            only = tuple(wanted.get("only", ()))
            out += [
                TabulatedSector(eft, entry["basis"], sector, float(q), only)
                for q in wanted["scales"]
            ]
    return sorted(out)


def chebyshev_nodes(panel: int) -> np.ndarray:
    """Return values of mu_M, the Chebyshev nodes in ln(mu_M) of a panel, in increasing order."""
    low, high = np.log(PANELS[panel])
    n = NODES[panel]
    x = -np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return np.asarray(np.exp((low + high) / 2 + (high - low) / 2 * x))


@cache
def _smeft_scales() -> tuple[float, ...]:
    return tuple(sorted(t.scale for t in targets() if t.eft == "SMEFT"))


def _running(
    chain: str, panel: int, log: Callable[[str], None]
) -> tuple[list[list[csr_array]], np.ndarray]:
    """Maps [node][output scale] and mass shifts (node, output scale, 3, in) of one panel."""
    nodes, outs = list(chebyshev_nodes(panel)), list(_smeft_scales())

    def sparse(matrix: np.ndarray) -> csr_array:
        return csr_array(np.where(np.abs(matrix) > 1e-17, matrix, 0))

    maps = []
    if chain == "full":
        for mu, found in running.integrated(nodes, outs):
            maps.append([sparse(m) for m in found])
            log(f"  running from {mu:9.1f} GeV")
    else:
        for mu in nodes:
            maps.append([sparse(running.leading_log(mu, out)) for out in outs])
            log(f"  leading log from {mu:9.1f} GeV")
    shifts = phases.mass_shifts(nodes, outs, chain == "smelli")
    return maps, np.array([shifts[mu] for mu in nodes])


def _low_maps(wet: list[TabulatedSector]) -> tuple[list[csr_array], list[lowscale.Norm]]:
    reference = dict(zip(("Vus", "Vub", "Vcb", "gamma"), REFERENCE, strict=True))
    matrices, norms = [], []
    for target in wet:
        matrix = lowscale.low_map(target, reference)
        matrix[np.abs(matrix) < 1e-12 * np.abs(matrix).max(axis=1, keepdims=True)] = 0
        matrices.append(csr_array(matrix))
        found = lowscale.normalisations(target, reference)
        norms += [found[c.split(":")[0]] for c in target.components]
    return matrices, norms


def _join(matrices: list[csr_array], wet: list[TabulatedSector], sectors: list[str]) -> csr_array:
    """One matrix from the JMS components of all sectors to the components of all targets."""
    by_sector: dict[str, list[int]] = {s: [] for s in sectors}
    for i, target in enumerate(wet):
        by_sector[target.sector].append(i)
    order = [i for s in sectors for i in by_sector[s]]
    joined = block_diag([vstack([matrices[i] for i in by_sector[s]]) for s in sectors], "csr")
    sizes = [len(t.components) for t in wet]
    starts = np.concatenate([[0], np.cumsum([sizes[i] for i in order])])
    place = {i: range(starts[n], starts[n] + sizes[i]) for n, i in enumerate(order)}
    return csr_array(joined)[[r for i in range(len(wet)) for r in place[i]]]


def _sparse(prefix: str, matrix: csr_array) -> dict[str, np.ndarray]:
    matrix = csr_array(matrix)
    matrix.sort_indices()
    return {
        f"{prefix}_data": matrix.data.astype(np.float32),
        f"{prefix}_indices": matrix.indices.astype(np.uint16),
        f"{prefix}_count": np.diff(matrix.indptr).astype(np.uint16),
    }


def _expand(
    prefix: str, panel: int, values: np.ndarray, negligible: np.ndarray
) -> dict[str, np.ndarray]:
    """Chebyshev coefficients in ln mu_M of a matrix, entries below `negligible` left out."""
    n = len(values)
    low, high = np.log(PANELS[panel])
    x = (2 * np.log(chebyshev_nodes(panel)) - low - high) / (high - low)
    keep = csr_array(np.abs(values).max(axis=0) > negligible)  # in units of the coefficient
    rows, columns = keep.nonzero()
    fit = np.linalg.solve(chebyshev.chebvander(x, n - 1), values[:, rows, columns])
    fit[np.abs(fit) < 0.05 * np.broadcast_to(negligible, keep.shape)[rows, columns]] = 0
    arrays = _sparse(prefix, csr_array((np.ones(len(rows)), (rows, columns)), keep.shape))
    del arrays[f"{prefix}_data"]
    # Fixed-point numbers: the last places of a float32, which mean nothing here, would be half of
    # the file.  One exponent an entry; the bytes of the mantissae in planes, which pack better.
    exponent = np.frexp(np.abs(fit).max(axis=0))[1] - BITS
    mantissa = np.rint(np.ldexp(fit, -exponent)).astype(np.int32)
    folded = ((mantissa << 1) ^ (mantissa >> 31)).astype("<u4")
    planes = folded.view(np.uint8).reshape(*folded.shape, 4).transpose(2, 0, 1)
    arrays[f"{prefix}_planes"] = np.ascontiguousarray(planes)
    arrays[f"{prefix}_exponent"] = exponent.astype(np.int16)
    return arrays


def build(chain: str, cached: Cache, log: Callable[[str], None]) -> dict[str, np.ndarray]:
    """Return the arrays of the package-data file of a chain, "full" or "smelli"."""
    wet = [t for t in targets() if t.eft != "SMEFT"]
    smeft = [t for t in targets() if t.eft == "SMEFT"]
    sectors = sorted({t.sector for t in wet})
    jms = tuple(c for s in sectors for c in lowscale.jms_components(s))
    base = ("components", "dual")
    # One panel after the other: the steps of the integration depend on where it has to stop.
    panels = [
        cached(
            f"running-{chain}-{panel}",
            (*base, "running", "phases"),
            partial(_running, chain, panel, log),
        )
        for panel in range(len(PANELS))
    ]
    log("  matching")
    keep, fit, error = cached(
        f"matching-{chain}",
        (*base, "matching", "ckm", "../ckm_expansion"),
        lambda: ckm.fit_matching(CHAINS[chain], jms),
    )
    log(f"  matching fitted to {error:.1e}, {len(keep)} entries")
    matrices, norms = cached(
        "low", ("components", "lowscale", "../ckm_expansion"), lambda: _low_maps(wet)
    )
    low = _join(matrices, wet, sectors)
    eps = np.array([relevance.tolerance(t.sector) for t in wet for _ in t.components])

    shape = (len(jms), len(smeft_inputs()))
    match = np.zeros(shape)
    match.ravel()[keep] = np.abs(fit).sum(axis=0)
    block = np.repeat(np.arange(len(wet)), [len(t.components) for t in wet])
    negligible = eps * relevance.peaks(low, match, block)
    need_match = relevance.need_matching(low, negligible)
    need = relevance.need_running(low, match, negligible)

    out: dict[str, np.ndarray] = _sparse("low", low)
    rows, columns = np.divmod(keep, shape[1])
    used = []
    for k in range(len(MONOMIALS)):
        big = np.abs(fit[k]) * need_match[rows] > 1
        if big.any():
            used.append(k)
            matrix = csr_array((fit[k][big], (rows[big], columns[big])), shape)
            out.update(_sparse(f"match{k}", matrix))
    smeft_eps = relevance.tolerance("all")
    for i, target in enumerate(smeft):
        threshold = np.full(len(smeft_inputs()), 1 / smeft_eps)
        if target.scale == M_Z:
            threshold = np.maximum(threshold, need)
        for panel, (maps, mass) in enumerate(panels):
            values = np.stack([found[i].toarray() for found in maps])
            out.update(_expand(f"run{i}-{panel}", panel, values, 1 / threshold[:, None]))
            shift = np.concatenate([mass[:, i].real, mass[:, i].imag], axis=1)
            out.update(_expand(f"mass{i}-{panel}", panel, shift, np.full((6, 1), 10.0)))
    meta: dict[str, Any] = {
        "format": 2,
        "chain": chain,
        "loop_order": CHAINS[chain],
        "panels": PANELS,
        "smeft_scales": [t.scale for t in smeft],
        "ckm": {"reference": REFERENCE, "box": BOX, "terms": used, "fit_error": error},
        "inputs": smeft_inputs(),
        "targets": [[t.eft, t.basis, t.sector, t.scale] for t in [*smeft, *wet]],
        "components": [list(t.components) for t in wet],
        "norms": sorted({n for n in norms}),
        "versions": {p: importlib.metadata.version(p) for p in ("wilson", "ckmutil", "numpy")}
        | {"python": sys.version.split()[0]},
    }
    index = {n: i for i, n in enumerate(meta["norms"])}
    out["norm"] = np.array([index[n] for n in norms], np.uint8)
    # in the units of the target; 1e-6 GeV^-2 = 1/TeV^2
    out["negligible"] = (negligible * 1e-6).astype(np.float64)
    out["flips"] = np.concatenate([phases.flips(i) for i in range(3)]).astype(np.uint16)
    out["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    return out


def save(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write the arrays as a compressed npz archive, in one step."""
    write_arrays(path, arrays, compressed=True)
