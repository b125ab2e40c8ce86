"""Ratios to the SM in the bins of flavio: the other method, ``highpt:method=ratio``.

Rates of partons in bins of m(ll) or m_T = 2 pT, over those of the SM, are compared with flavio's
pdfs of counts (1810.08132; ``R_13(pp->mumu)`` and others of flavio 2.7.1): K factors and
efficiencies cancel.  The CMS dileptons and the ATLAS leptons with missing momentum are events that
the folded method counts as well, so that one method takes the place of the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from muoquark.common.errors import Fault, InputError
from muoquark.common.files import write_arrays
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.distributions import pdf_from_distributions
from muoquark.likelihood.highpt.folding import Folded
from muoquark.likelihood.highpt.integrals import PartonIntegrals
from muoquark.likelihood.highpt.pack import Binned, Tables, keys_of
from muoquark.likelihood.highpt.searches import SEARCHES
from muoquark.likelihood.highpt.standard_model import drell_yan
from muoquark.likelihood.observable import Observable

__all__ = ["RATIOS", "RatioBins", "compile_ratios", "ratio_searches", "read_ratios", "write_ratios"]

RATIOS = "ratios.npz"
FLAVIO = "2.7.1"
# ATLAS 2016 is part of ATLAS 2019.
_LEFT_OUT = ("ATLAS pp->ee 2016", "ATLAS pp->mumu 2016")
_BLOCKS = {
    "R_13(pp->mumu)": "dimuon",
    "R_13(pp->ee)": "dielectron",
    "R_13(pp->munu)": "monomuon",
    "R_13(pp->enu)": "monoelectron",
}
_COUNTS = ("counts_total", "counts_background", "background_std", "scale_factor")


@dataclass(frozen=True, eq=False)
class RatioBins:
    """One measurement of flavio.

    Attributes
    ----------
    name, observable, info
        Of flavio; what is known of it (experiment, texkey, address).
    edges
        (n + 1,) in GeV.
    counts
        Total, background, its error, and the ratio for one event, (4, n).
    """

    name: str
    observable: str
    info: Mapping[str, str]
    edges: np.ndarray
    counts: np.ndarray


def compile_ratios(path: str | Path) -> list[RatioBins]:
    """Return the measurements in flavio's ``measurements.yml``.

    Raises
    ------
    InputError
        If they are not there.
    """
    try:
        document = yaml.safe_load(Path(path).read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(Fault(f"cannot be read ({error})", str(path))) from error
    found = []
    for name, entry in document.items():
        values = entry.get("values") if isinstance(entry, dict) else None
        bins = [
            v for v in (values if isinstance(values, list) else ())
            if isinstance(v, dict) and v.get("name") in _BLOCKS
        ]  # fmt: skip
        if not bins or name in _LEFT_OUT:
            continue
        axis = "q" if "qmin" in bins[0] else "mT"
        edges = [float(v[f"{axis}min"]) for v in bins] + [float(bins[-1][f"{axis}max"])]
        counts = [[float(v["value"].get(k, 0.0)) for v in bins] for k in _COUNTS]
        info = {k: str(entry[k]) for k in ("experiment", "inspire", "url") if k in entry}
        found.append(RatioBins(name, bins[0]["name"], info, np.array(edges), np.array(counts)))
    if not found:
        raise InputError(Fault("no ratios of Drell-Yan rates in it", str(path)))
    return found


def write_ratios(bins: list[RatioBins], path: str | Path) -> None:
    """Write measurements to a file (npz)."""
    listed = [{"name": b.name, "observable": b.observable, "info": dict(b.info)} for b in bins]
    arrays: dict[str, Any] = {"metadata": json.dumps({"flavio": FLAVIO, "bins": listed})}
    for k, one in enumerate(bins):
        arrays |= {f"edges{k}": one.edges, f"counts{k}": one.counts}
    write_arrays(path, arrays, compressed=True)


def read_ratios(path: str | Path | None = None) -> list[RatioBins]:
    """Read the measurements of the package, or of a file.

    Raises
    ------
    InputError
        If it is damaged.
    """
    where = Path(str(resources.files("muoquark.likelihood.highpt"))) / "data" / RATIOS
    where = where if path is None else Path(path)
    try:
        with np.load(where, allow_pickle=False) as stored:
            listed = json.loads(str(stored["metadata"]))["bins"]
            return [
                RatioBins(
                    one["name"],
                    one["observable"],
                    one["info"],
                    stored[f"edges{k}"],
                    stored[f"counts{k}"],
                )
                for k, one in enumerate(listed)
            ]
    except Exception as error:  # a damaged archive fails in many ways; all mean the same
        raise InputError(
            Fault(f"not the ratios of the Drell-Yan rates ({error})", str(where))
        ) from error


def ratio_searches(
    tables: Tables, pdf: str, linear: bool
) -> tuple[list[Folded], list[np.ndarray], DataSet]:
    """Return measurements as searches without a detector, the SM's ratios (one), and the data."""
    folded, expected = [], []
    observables: list[Observable] = []
    constraints: list[Constraint] = []
    blocks: dict[str, tuple[int, ...]] = {}
    info: dict[str, Mapping[str, str]] = {}
    for bins in sorted(read_ratios(), key=lambda one: list(_BLOCKS).index(one.observable)):
        block = _BLOCKS[bins.observable]
        search = tables.searches[block].search
        count = len(bins.edges) - 1
        rows = bins.edges / (2 if search.charged else 1)
        ends = np.stack([bins.edges[:-1], bins.edges[1:]], axis=1)
        ones, eye = np.ones(count), np.eye(count)
        response = {key: eye for key in keys_of(search)}
        binned = Binned(search, 1.0, ends, ones, ones, ones, rows, rows, response)
        integrals = PartonIntegrals(tables, binned, pdf, window=0.0)
        sm = drell_yan(integrals)
        assert sm is not None
        folded.append(Folded(binned, integrals, linear, 1 / sm))
        expected.append(ones)
        dates = {s.inspire: s.date for s in SEARCHES}
        own_date = dates.get(bins.info.get("inspire", ""))
        info[bins.name] = {**bins.info, **({"date": own_date} if own_date else {})}
        start = len(observables)
        axis = "mT" if search.charged else "q"
        for k, (low, high) in enumerate(ends.tolist()):
            bounds = {f"{axis}min": low, f"{axis}max": high}
            observables.append(Observable.of(bins.observable, **bounds))
            given = dict(zip(_COUNTS, bins.counts[:, k].tolist(), strict=True))
            given["distribution"] = "general_gamma_counting_process"
            pdf_of = pdf_from_distributions(given)
            constraints.append(Constraint(block, bins.name, (start + k,), pdf_of))
        own = tuple(range(start, len(observables)))
        blocks[block] = (*blocks.get(block, ()), *own)
    return folded, expected, DataSet(tuple(observables), tuple(constraints), blocks, {}, info)
