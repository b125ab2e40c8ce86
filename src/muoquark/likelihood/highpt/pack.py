"""The compiled tables: what is stored, and how it is written and read."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.common.files import write_arrays
from muoquark.likelihood.highpt.searches import SEARCHES, Search
from muoquark.likelihood.highpt.source import COMMIT, PAIRS, SETS, SIMULATED, Source

__all__ = ["DOWN", "TABLES", "UP", "Binned", "Tables", "compile_tables", "read_tables", "write"]

FORMAT = 1
TABLES = "tables.npz"
UP, DOWN = "uc", "dsb"
# Luminosities are kept above the first parton bin; below this value they count as zero.
LOWEST, FLOOR = 50.0, 1e-30

# Structure, exchange, quark, antiquark.
Key = tuple[str, str, str, str]


@dataclass(frozen=True, eq=False)
class Binned:
    """The numbers of one search, in the bins of the likelihood.

    Attributes
    ----------
    search
        What it is.
    luminosity
        1/fb.
    edges
        Lower and upper ends of the bins, (bins, 2) in GeV.
    observed, background, error
        Events (bins,); the error is that of the background.
    rows
        Edges of the parton bins in GeV: of sqrt(s), or of pT for lepton and neutrino.
    rows_highpt
        Those that HighPT uses: it leaves out the highest masses of some searches.
    response
        The share of simulated events in each bin, (parton bins, bins), by structure (``VLL``,
        ``VLR``, ``S``, ``T``, ``ST``), exchange (``A_Reg``, ...), quark and antiquark.
    """

    search: Search
    luminosity: float
    edges: np.ndarray
    observed: np.ndarray
    background: np.ndarray
    error: np.ndarray
    rows: np.ndarray
    rows_highpt: np.ndarray
    response: Mapping[Key, np.ndarray]


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything; made by :func:`compile_tables` or read from the package.

    Attributes
    ----------
    searches
        By block.
    mass
        Of the luminosities, (n,) in GeV.
    luminosities
        ln of the luminosity by PDF set, (25, n) in the order of
        :data:`muoquark.likelihood.highpt.source.PAIRS`.
    metadata
        Sources, licence, citations.
    sha256
        Of the file.
    """

    searches: Mapping[str, Binned]
    mass: np.ndarray
    luminosities: Mapping[str, np.ndarray]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""


def keys_of(search: Search) -> list[Key]:
    """Return the responses that the likelihood needs."""
    pairs = [(q, a) for kind in (DOWN, UP) for q in kind for a in kind]
    if search.charged:
        pairs = [(q, a) for u in UP for d in DOWN for q, a in ((d, u), (u, d))]
        wanted = [("VLL", "W_W"), ("VLL", "W_Reg"), ("VLL", "Reg_Reg")]
        wanted += [(s, "Reg_Reg") for s in ("S", "T", "ST")]
        return [(s, e, q, a) for s, e in wanted for q, a in pairs]
    found: list[Key] = []
    for q, a in pairs:
        found += [(s, "Reg_Reg", q, a) for s in ("VLL", "VLR", "S")]
        if q in UP:
            found += [(s, "Reg_Reg", q, a) for s in ("T", "ST")]
        if q == a and search.leptons[0][0] == search.leptons[0][1]:
            found += [(s, e, q, a) for s in ("VLL", "VLR") for e in ("A_Reg", "Z_Reg", "Z_Z")]
            found += [("VLL", e, q, a) for e in ("A_A", "A_Z")]
    return found


def compile_tables(source: Source) -> Tables:
    """Return the tables of a source: bins are added, what is not needed is left out.

    Raises
    ------
    InputError
        If something is missing or damaged.
    """
    mass, luminosities = np.zeros(0), {}
    for pdf in SETS:
        masses, values = source.luminosity(pdf)
        keep = masses >= LOWEST
        if len(mass) and not np.array_equal(mass, masses[keep]):
            raise InputError(f"the masses of {pdf} are not those of {SETS[0]}")
        mass = masses[keep]
        luminosities[pdf] = np.log(np.maximum(values[:, keep], FLOOR))
    searches = {search.block: _binned(source, search) for search in SEARCHES}
    metadata = {
        "format": FORMAT,
        "source": "https://github.com/HighPT/HighPT",
        "commit": COMMIT,
        "licence": source.licence,
        "citations": ["Allwicher:2022gkm", "Allwicher:2022mcg"],
    }
    return Tables(searches, mass, luminosities, metadata)


def _binned(source: Source, search: Search) -> Binned:
    counts = source.counts(search)
    size = len(counts.observed)
    groups = search.groups(size)
    gather = np.zeros((size, len(groups)))
    for k, group in enumerate(groups):
        gather[group, k] = 1.0
    rows, response = np.zeros(0), {}
    for key in keys_of(search):
        edges, simulated = source.response(search, *key)
        if len(rows) and not np.array_equal(rows, edges):
            raise InputError(f"{search.title}: the response {key} has other parton bins")
        rows = edges
        own = simulated[:, search.skipped :][:, :size]
        if own.shape != (len(rows) - 1, size):
            raise InputError(f"{search.title}: the response {key} does not have {size} bins")
        response[key] = own @ gather / SIMULATED
    return Binned(
        search=search,
        luminosity=counts.luminosity,
        edges=np.array([(counts.edges[g[0]], counts.edges[g[-1] + 1]) for g in groups]),
        observed=counts.observed @ gather,
        background=counts.background @ gather,
        error=np.sqrt(counts.error**2 @ gather),
        rows=rows,
        rows_highpt=counts.parton_edges,
        response=response,
    )


_NUMBERS = ("edges", "observed", "background", "error", "rows", "rows_highpt")


def write(tables: Tables, path: str | Path) -> None:
    """Write tables to a file (npz), in one step."""
    arrays: dict[str, Any] = {
        "metadata": json.dumps(
            {
                **tables.metadata,
                "sets": list(tables.luminosities),
                "luminosity": {b: one.luminosity for b, one in tables.searches.items()},
                "pairs": PAIRS,
                "simulated": SIMULATED,
                "responses": {b: keys_of(one.search) for b, one in tables.searches.items()},
            }
        ),
        "mass": tables.mass,
    }
    for pdf, values in tables.luminosities.items():
        # What is too rare to be known is marked, the rest kept to 1e-6.
        arrays[f"lumi_{pdf}"] = values.astype(np.float32)
    for block, one in tables.searches.items():
        for name in _NUMBERS:
            arrays[f"{block}_{name}"] = getattr(one, name)
        events = np.array([one.response[key] * SIMULATED for key in keys_of(one.search)])
        whole = np.round(events)
        arrays[f"{block}_response"] = whole.astype(np.uint16)
        # A few were not simulated with that number: what is left to a whole number.
        left = events - whole
        at = np.nonzero(np.abs(left) > 1e-3)
        arrays[f"{block}_rest_at"] = np.array(at, dtype=np.uint16)
        arrays[f"{block}_rest"] = left[at].astype(np.float32)
    write_arrays(path, arrays, compressed=True)


def shipped() -> Path:
    """Return the file of the tables in the package."""
    return Path(str(resources.files("muoquark.likelihood.highpt"))) / "data" / TABLES


@lru_cache(maxsize=2)
def _parsed(content: bytes) -> Tables:
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    metadata = json.loads(str(arrays["metadata"]))
    if metadata["format"] != FORMAT:
        raise ValueError(f"format {metadata['format']}, this version reads {FORMAT}")
    searches = {}
    for search in SEARCHES:
        block, keys = search.block, keys_of(search)
        if [list(key) for key in keys] != metadata["responses"][block]:
            raise ValueError(f"other responses of {block} than this version needs")
        numbers = {name: arrays[f"{block}_{name}"] for name in _NUMBERS}
        events = arrays[f"{block}_response"].astype(float)
        bins = (len(numbers["rows"]) - 1, len(numbers["observed"]))
        if events.shape != (len(keys), *bins):
            raise ValueError(f"the response of {block} has the shape {events.shape}")
        events[tuple(arrays[f"{block}_rest_at"].astype(int))] += arrays[f"{block}_rest"]
        response = dict(zip(keys, events / SIMULATED, strict=True))
        luminosity = float(metadata["luminosity"][block])
        searches[block] = Binned(search, luminosity, response=response, **numbers)
        sizes = {numbers[n].shape for n in ("observed", "background", "error")}
        if sizes != {bins[1:]} or numbers["edges"].shape != (bins[1], 2):
            raise ValueError(f"the counts of {block} have different lengths")
    lumi = {pdf: arrays[f"lumi_{pdf}"].astype(float) for pdf in metadata["sets"]}
    mass = arrays["mass"]
    if any(values.shape != (len(PAIRS), len(mass)) for values in lumi.values()):
        raise ValueError("the luminosities have another shape")
    numbers = {name: values for name, values in arrays.items() if values.dtype.kind == "f"}
    if bad := [name for name, values in numbers.items() if not np.all(np.isfinite(values))]:
        raise ValueError(f"{bad[0]} holds numbers that are not finite")
    return Tables(searches, mass, lumi, metadata, hashlib.sha256(content).hexdigest())


def read_tables(path: str | Path | None = None) -> Tables:
    """Read the tables of the package, or of a file.

    Raises
    ------
    InputError
        If the file is absent, damaged, or of another format.
    """
    where = shipped() if path is None else Path(path)
    try:
        return _parsed(where.read_bytes())
    except FileNotFoundError:
        raise InputError(Fault("there are no such tables", str(where))) from None
    except Exception as error:  # a damaged archive fails in many ways; all mean the same
        raise InputError(
            Fault(f"not the tables of the Drell-Yan searches ({error})", str(where))
        ) from error
