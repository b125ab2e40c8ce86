"""What the tables are compiled from: a checkout of HighPT, or a folder of the same numbers.

The folder holds ``lumi/<SET>.csv``, ``searches.json`` and ``kernels/<search>.npz`` with an index;
the checkout is https://github.com/HighPT/HighPT, whose files are read as they are.
"""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.likelihood.highpt.searches import Search

__all__ = ["COMMIT", "PAIRS", "SETS", "Counts", "Source", "open_source"]

#: The commit of HighPT that the shipped tables are made from.
COMMIT = "756d68fec4e400fe8e2e6fd0dcb696773f39ef92"
SETS = ("PDF4LHC21", "PDF4LHC15", "NNPDF40", "NNPDF31", "CT18NNLO")
QUARKS = "duscb"
#: Quark, then antiquark.
PAIRS: tuple[tuple[str, str], ...] = tuple((q, a) for q in QUARKS for a in QUARKS)
SIMULATED = 50000


@dataclass(frozen=True)
class Counts:
    """What was counted, in the bins of the publication.

    Attributes
    ----------
    edges
        (n + 1,), GeV.
    observed, background, error
        (n,) events.
    luminosity
        1/fb.
    parton_edges
        The parton bins that HighPT uses, GeV.
    """

    edges: np.ndarray
    observed: np.ndarray
    background: np.ndarray
    error: np.ndarray
    luminosity: float
    parton_edges: np.ndarray


class Source(ABC):
    """Where the numbers are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def luminosity(self, pdf: str) -> tuple[np.ndarray, np.ndarray]:
        """Return masses (n,) in GeV and luminosities (25, n), in the order of :data:`PAIRS`."""

    @abstractmethod
    def counts(self, search: Search) -> Counts:
        """Return what a search counted."""

    @abstractmethod
    def response(
        self, search: Search, structure: str, exchange: str, quark: str, antiquark: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges (rows + 1,) of the parton bins and the response (rows, columns).

        In simulated events of :data:`SIMULATED`; columns as they are in the source.

        Parameters
        ----------
        structure
            ``VLL`` (also RR), ``VLR`` (also RL), ``S``, ``T`` or ``ST``.
        exchange
            ``A_A``, ``A_Z``, ``Z_Z``, ``A_Reg``, ``Z_Reg``, ``W_W``, ``W_Reg`` or ``Reg_Reg``.
        """

    @property
    @abstractmethod
    def licence(self) -> str:
        """The text of the licence of the numbers."""


def open_source(folder: str | Path) -> Source:
    """Return the source in a folder.

    Raises
    ------
    InputError
        If it is neither of the two.
    """
    path = Path(folder)
    if (path / "searches.json").is_file():
        return _Folder(path)
    if (path / "HighPT" / "LHC_searches").is_dir():
        return _Checkout(path)
    raise InputError(
        Fault(
            "neither a checkout of HighPT (HighPT/LHC_searches is not there) nor a folder with "
            "searches.json",
            str(folder),
        )
    )


class _Checkout(Source):
    """Files of HighPT itself."""

    def luminosity(self, pdf: str) -> tuple[np.ndarray, np.ndarray]:
        folder = self.folder / "HighPT" / "PartonLuminosities" / pdf
        tables = [_read(np.loadtxt, folder / f"{q}_{a}bar.dat") for q, a in PAIRS]
        mass = tables[0][:, 0]
        if any(t.shape != tables[0].shape or np.any(t[:, 0] != mass) for t in tables):
            raise InputError(Fault("its tables have different masses", str(folder)))
        return mass, np.array([t[:, 1] for t in tables])

    def counts(self, search: Search) -> Counts:
        folder = self.folder / "HighPT" / "LHC_searches" / search.folder
        path = folder / f"{search.folder}.csv"
        rows = _read(lambda p: list(csv.reader(p.read_text("utf-8-sig").splitlines())), path)
        named = {row[0]: [x for x in row[1:] if x.strip()] for row in rows if row and row[0]}
        numbers = []
        for row in rows:
            cells = [x.strip() for x in row[:6]]
            try:
                numbers.append([float(x) for x in cells])
            except ValueError:
                continue
        found = np.array(numbers)
        axis = "BINS_PT" if search.charged else "BINS_MLL"
        try:
            return Counts(
                edges=np.append(found[:, 0], found[-1, 1]),
                observed=found[:, 2],
                background=found[:, 4],
                error=found[:, 5],
                luminosity=float(named["LUMINOSITY"][0]),
                parton_edges=np.array([float(x) for x in named[axis]]),
            )
        except (KeyError, IndexError, ValueError) as error:
            raise InputError(Fault(f"no table of counts ({error})", str(path))) from error

    def response(
        self, search: Search, structure: str, exchange: str, quark: str, antiquark: str
    ) -> tuple[np.ndarray, np.ndarray]:
        name = f"F{structure}_00_{quark}{antiquark}_{search.code}_{exchange}.dat"
        folder = self.folder / "HighPT" / "LHC_searches" / search.folder / "SMEFT"
        path = folder / name
        if not path.exists() and structure == "VLR":  # some are called after the other order
            path = folder / name.replace("FVLR", "FVRL")
        rows = np.atleast_2d(_read(np.loadtxt, path))
        return np.append(rows[:, 1], rows[-1, 2]), rows[:, 3:] * SIMULATED

    @property
    def licence(self) -> str:
        for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
            if (self.folder / name).is_file():
                return (self.folder / name).read_text("utf-8")
        raise InputError(Fault("there is no LICENSE in it", str(self.folder)))


class _Folder(Source):
    """The same numbers, converted."""

    @cached_property
    def _searches(self) -> dict[str, Any]:
        path = self.folder / "searches.json"
        return dict(_read(lambda p: json.loads(p.read_text("utf-8")), path))

    @cached_property
    def _index(self) -> dict[tuple[str, str], int]:
        """Numbers of the responses, by search and name of HighPT's file."""

        def read(path: Path) -> dict[tuple[str, str], int]:
            with path.open(encoding="utf-8", newline="") as stream:
                return {
                    (row["search"], row["source"].rpartition("/")[2]): int(row["k"])
                    for row in csv.DictReader(stream)
                }

        return dict(_read(read, self.folder / "kernels" / "index.csv"))

    @cached_property
    def _arrays(self) -> dict[str, dict[str, np.ndarray]]:
        return {}

    def _of(self, search: Search) -> dict[str, np.ndarray]:
        def read(path: Path) -> dict[str, np.ndarray]:
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}

        if search.title not in self._arrays:
            path = self.folder / "kernels" / f"{search.title}.npz"
            self._arrays[search.title] = _read(read, path)
        return self._arrays[search.title]

    def luminosity(self, pdf: str) -> tuple[np.ndarray, np.ndarray]:
        def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
            table = np.genfromtxt(path, delimiter=",", names=True)
            return table["m_GeV"], np.array([table[f"{q}_{a}bar"] for q, a in PAIRS])

        mass, values = _read(read, self.folder / "lumi" / f"{pdf}.csv")
        return mass, values

    def counts(self, search: Search) -> Counts:
        try:
            info = self._searches[search.title]
            return Counts(
                edges=np.array(info["edges_GeV"], dtype=float),
                observed=np.array(info["observed"], dtype=float),
                background=np.array(info["background"], dtype=float),
                error=np.array(info["background_error"], dtype=float),
                luminosity=float(info["luminosity_fb"]),
                parton_edges=np.array(info["parton_edges_GeV"], dtype=float),
            )
        except (KeyError, TypeError, ValueError) as error:
            where = str(self.folder / "searches.json")
            raise InputError(Fault(f"no counts of {search.title} ({error})", where)) from error

    def response(
        self, search: Search, structure: str, exchange: str, quark: str, antiquark: str
    ) -> tuple[np.ndarray, np.ndarray]:
        name = f"F{structure}_00_{quark}{antiquark}_{search.code}_{exchange}.dat"
        other = name.replace("FVLR", "FVRL")
        found = [self._index[(search.title, n)] for n in (name, other)
                 if (search.title, n) in self._index]  # fmt: skip
        if not found:
            where = str(self.folder / "kernels" / "index.csv")
            raise InputError(Fault(f"no response {name} of {search.title}", where))
        arrays, k = self._of(search), found[0]
        counts = arrays["counts"][k].astype(float)
        at = np.nonzero(arrays["nonint_index"] == k)[0]
        if len(at):
            counts = arrays["nonint_counts"][at[0]].astype(float)
        edges = self._searches[search.title]["kernel_parton_edges_GeV"]
        return np.array(edges, dtype=float), counts

    @property
    def licence(self) -> str:
        path = self.folder / "LICENSE-HighPT.txt"
        return str(_read(lambda p: p.read_text("utf-8"), path))


def _read(how: Any, path: Path) -> Any:
    """Return what is in a file, or say which file is faulty."""
    try:
        return how(path)
    except FileNotFoundError:
        raise InputError(Fault("there is no such file", str(path))) from None
    except Exception as error:  # a damaged file fails in many ways; all mean the same
        raise InputError(Fault(f"cannot be read ({error})", str(path))) from error
