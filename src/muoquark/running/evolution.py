"""Linear maps from the Warsaw coefficients at mu_M to the coefficients that observables ask for.

Two chains (docs/evolution.md): ``full``, integrated running in the SMEFT and one-loop matching at
the Z mass, and ``smelli``, the leading logarithm and tree-level matching that smelli uses.  Both
are tabulated from wilson 2.5.2 (1804.05033, Aebischer:2018bkb) for M_Z <= mu_M <= 1000 TeV and
every baryon- and lepton-number conserving coefficient of dimension six; running below the Z mass
and the translation to flavio's normalisation are part of the maps.

    evolution = Evolution.load("full")
    low = evolution.at(3000.0).apply(evolution.vector({"lq1_2223": 1e-8}), ckm)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Int

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.running.assemble import Chosen, Matching, assemble, below_of, stacked
from muoquark.running.fermi import BOTH, MUON_DECAY, TREE, FermiShift
from muoquark.running.linear_map import LinearMap

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:
    csr_array = Any  # scipy is loaded by what needs it

__all__ = ["CHAINS", "Evolution", "LowSector", "Output"]

CHAINS = ("full", "smelli")
# GeV^-2, (100 GeV)^-2: with v^2 C = 6 there is no expansion in v^2 C left, and particles so
# light would be on the wrong side of the weak scale.  Numbers beyond are slips of units.
LARGEST = 1e-4
# Rounding of scales at the ends of the tables.
EDGE = 1e-12
# Of the files.
FORMAT = 2
# Sets of outputs for which the part below the Z mass is kept.
KEPT = 4


class LowSector(NamedTuple):
    """A set of low-energy coefficients: EFT, basis, sector and scale in GeV."""

    eft: str
    basis: str
    sector: str
    scale: float


class Output(NamedTuple):
    """A real component of a low-energy coefficient, such as ``C9_bsmumu:Re``."""

    target: LowSector
    component: str


def tables(chain: str) -> Path:
    """Return the file of the shipped tables of a chain."""
    return Path(str(resources.files("muoquark.running"))) / "data" / f"evolution-{chain}.npz"


class _Arrays:
    """The arrays of a file, each read when it is first asked for and then kept.

    Those of the running from one range of scales are a third of the file, and a point needs one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: dict[str, np.ndarray] = {}
        with self._opened():
            pass  # a file that is none is found out here

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            with self._path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                yield archive
        except Exception as error:  # a damaged archive fails in many ways; all mean the same
            raise InputError(f"cannot read the evolution tables {self._path}: {error}") from error

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._read:
            # All of one matrix, or of the matching, are wanted together.
            family = "match" if name.startswith("match") else name.partition("_")[0]
            with self._opened() as archive:
                for other in archive.files:
                    if other.startswith(family):
                        self._read[other] = archive[other]
        return self._read[name]


def _open(path: Path, chain: str) -> tuple[_Arrays, dict[str, Any]]:
    """Open a file of tables, and read its description."""
    try:
        arrays = _Arrays(path)
        meta = json.loads(arrays["meta"].tobytes())
    except (KeyError, ValueError) as error:
        raise InputError(f"cannot read the evolution tables {path}: {error}") from error
    if meta.get("format") != FORMAT or meta.get("chain") != chain:
        raise InputError(
            f"{path}: expected format {FORMAT} of chain '{chain}', found format "
            f"{meta.get('format')} of chain '{meta.get('chain')}'"
        )
    return arrays, meta


def _csr(arrays: _Arrays, prefix: str, n_columns: int) -> csr_array:
    from scipy.sparse import csr_array

    count = arrays[f"{prefix}_count"].astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(count)])
    data = arrays[f"{prefix}_data"].astype(np.float64)
    indices = arrays[f"{prefix}_indices"].astype(np.int32)
    return csr_array((data, indices, indptr), shape=(len(count), n_columns))


@dataclass(frozen=True, eq=False)
class Evolution:
    """The tables of one chain; see :meth:`load` and :meth:`at`."""

    chain: str
    inputs: tuple[str, ...]
    layout: tuple[LowSector, ...]
    meta: Mapping[str, Any] = field(repr=False)
    _arrays: _Arrays = field(repr=False)
    as_wilson: bool = False
    _chosen: dict[tuple[Output, ...], Chosen | None] = field(repr=False, default_factory=dict)

    @classmethod
    def load(
        cls, chain: str = "full", path: str | Path | None = None, as_wilson: bool = False
    ) -> Evolution:
        """Read the tables of a chain, from the package or from the file `path`.

        With `as_wilson` the one-loop matching of ``full`` is left as wilson has it, which shifts
        muon decay although it measures G_F (:mod:`muoquark.running.fermi`): to compare with wilson.

        Raises
        ------
        InputError
            If the chain is unknown or the file is missing, damaged, or of another chain.
        """
        if chain not in CHAINS:
            raise InputError(f"unknown chain '{chain}': {suggest(chain, CHAINS)}")
        arrays, meta = _open(tables(chain) if path is None else Path(path), chain)
        layout = tuple(
            LowSector(str(e), str(b), str(s), float(q)) for e, b, s, q in meta["targets"]
        )
        return cls(chain, tuple(meta["inputs"]), layout, meta, arrays, as_wilson)

    @property
    def scales(self) -> tuple[float, float]:
        """Smallest and largest mu_M of the tables in GeV."""
        panels = self.meta["panels"]
        return float(panels[0][0]), float(panels[-1][1])

    def components(self, target: LowSector) -> tuple[str, ...]:
        """Return the real components of a low-energy set.

        Raises
        ------
        DomainError
            If the set is not part of the layout.
        """
        if target not in self.layout:
            near = [t for t in self.layout if t.sector == target.sector] or self.layout
            raise DomainError(
                f"no coefficients for {'/'.join(map(str, target))}; there are "
                + ", ".join("/".join(map(str, t)) for t in near)
            )
        if target.eft == "SMEFT":
            return self.inputs
        n_smeft = sum(t.eft == "SMEFT" for t in self.layout)
        return tuple(self.meta["components"][self.layout.index(target) - n_smeft])

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """Every real component of every low-energy set, in the order of the layout."""
        return tuple(Output(t, c) for t in self.layout for c in self.components(t))

    @cached_property
    def _position(self) -> dict[Output, int]:
        return {output: i for i, output in enumerate(self.outputs)}

    @cached_property
    def _fermi(self) -> FermiShift | None:
        """What keeps muon decay at its measured rate; none where the matching is at tree level."""
        if self.as_wilson or self.meta["loop_order"] == 0:
            return None
        tree = Evolution.load("smelli")
        if tree.meta["targets"] != self.meta["targets"] or tree.inputs != self.inputs:
            raise InputError("the evolution tables of the two chains do not have the same layout")
        columns = [self.inputs.index(operator) for operator in TREE]
        start = len(self.meta["smeft_scales"]) * len(self.inputs)

        def row(sector: str, component: str) -> int:
            """The coefficient at the Z mass that one at low energy is, but for QED running."""
            (at,) = (
                i - start
                for o, i in self._position.items()
                if (o.target.sector, o.component) == (sector, component)
            )
            return int(self._low[[at]].toarray().argmax())

        n_in = len(self.inputs)
        return FermiShift(
            {t: _csr(self._arrays, f"match{t}", n_in) for t in self._terms},
            {t: _csr(tree._arrays, f"match{t}", n_in)[:, columns].toarray() for t in tree._terms},
            row(*MUON_DECAY),
            [row(*name) for name in BOTH],
        )

    @property
    def _terms(self) -> Sequence[int]:
        """The monomials of the CKM parameters that the matching has."""
        return list(self.meta["ckm"]["terms"])

    def vector(self, values: Mapping[str, complex]) -> Float[np.ndarray, " inputs"]:
        """Return the input vector of WCxf Warsaw values (GeV^-2, non-redundant names).

        Raises
        ------
        DomainError
            If a non-zero value belongs to a coefficient outside of the table, has an imaginary
            part where the coefficient is real, or is larger than :data:`LARGEST`.
        """
        index = {component: i for i, component in enumerate(self.inputs)}
        out = np.zeros(len(self.inputs))
        unknown = []
        for name, value in values.items():
            value = complex(value)
            if not np.isfinite(value):
                raise DomainError(f"the coefficient {name} is not finite")
            if abs(value) > LARGEST:
                raise DomainError(
                    f"{name} = {value if value.imag else value.real:g} GeV^-2 is beyond every "
                    f"expansion, at most {LARGEST:g} GeV^-2 = (100 GeV)^-2 is allowed: WCxf wants "
                    "coefficients in GeV^-2, and 1/TeV^2 is 1e-6 GeV^-2"
                )
            for part, number in (("Re", value.real), ("Im", value.imag)):
                if number != 0:
                    if f"{name}:{part}" in index:
                        out[index[f"{name}:{part}"]] = number
                    else:
                        known = f"{name}:Re" in index
                        unknown.append(f"{name} (its imaginary part)" if known else name)
        if unknown:
            raise DomainError(
                "coefficients outside of the evolution tables (Warsaw basis, non-redundant "
                "names, baryon and lepton number conserved): " + ", ".join(dict.fromkeys(unknown))
            )
        return out

    def check_scale(self, mu_M: float) -> None:
        """Raise DomainError if `mu_M` (GeV) is outside of the tables."""
        low, high = self.scales
        if not low * (1 - EDGE) <= mu_M <= high * (1 + EDGE):
            raise DomainError(
                f"mu_M = {mu_M:g} GeV is outside of the evolution tables, {low:g} to {high:g} GeV"
            )

    def check_outputs(self, outputs: Iterable[Output]) -> None:
        """Raise DomainError for an output that :meth:`at` cannot lead to."""
        for target, component in outputs:
            if (target, component) in self._position:
                continue
            high = target[:2] == ("SMEFT", "Warsaw")
            if high and target.scale:
                self.check_scale(target.scale)
            if component not in (self.inputs if high else self.components(target)):
                where = "/".join(map(str, target[:3]))
                raise DomainError(f"no component {component} in {where}")

    def _panel(self, mu_M: float) -> int:
        """Return the number of the panel whose expansion holds at `mu_M`."""
        self.check_scale(mu_M)
        panels = self.meta["panels"]
        own = [
            k
            for k, (low, high) in enumerate(panels)
            if low * (1 - EDGE) <= mu_M <= high * (1 + EDGE)
        ]
        # Where two meet it is the wider one.
        return max(own, key=lambda k: float(panels[k][1] / panels[k][0]))

    def _interpolate(
        self,
        name: str,
        mu_M: float,
        rows: Int[np.ndarray, " rows"] | None = None,
        columns: Int[np.ndarray, " columns"] | None = None,
    ) -> csr_array:
        """Return a matrix of the tables at `mu_M`, or some of its rows (sorted) and columns."""
        from numpy.polynomial.chebyshev import chebvander
        from scipy.sparse import csr_array

        panel = self._panel(mu_M)
        prefix = f"{name}-{panel}"
        low, high = np.log(self.meta["panels"][panel])
        count = self._arrays[f"{prefix}_count"].astype(np.int64)
        column = self._arrays[f"{prefix}_indices"].astype(np.int32)
        row = np.repeat(np.arange(len(count), dtype=np.int32), count)
        entries: Any = slice(None)
        shape = [len(count), len(self.inputs)]
        if rows is not None or columns is not None:
            keep = np.ones(len(row), dtype=bool)
            for k, (chosen, number) in enumerate(((rows, row), (columns, column))):
                if chosen is not None:
                    place = np.full(shape[k], -1, dtype=np.int32)
                    place[chosen] = np.arange(len(chosen), dtype=np.int32)
                    number[:] = place[number]
                    keep &= number >= 0
                    shape[k] = len(chosen)
            entries = np.nonzero(keep)[0]
            row, column = row[entries], column[entries]
        planes = self._arrays[f"{prefix}_planes"]
        x = (2 * np.log(mu_M) - low - high) / (high - low)
        weights = chebvander(np.array([x]), planes.shape[1] - 1)[0]
        data = np.zeros(len(row))
        for order, weight in enumerate(weights):
            # four byte planes of a sign-folded integer mantissa
            folded = planes[0, order][entries].astype(np.int64)
            for byte in range(1, 4):
                folded |= planes[byte, order][entries].astype(np.int64) << (8 * byte)
            data += weight * ((folded >> 1) ^ -(folded & 1))
        data = np.ldexp(data, self._arrays[f"{prefix}_exponent"][entries].astype(int))
        start = np.searchsorted(row, np.arange(shape[0] + 1))
        return csr_array((data, column, start), shape=(shape[0], shape[1]))

    def _mass(
        self, scale: int, mu_M: float, columns: Int[np.ndarray, " columns"] | None = None
    ) -> Complex[np.ndarray, "3 columns"]:
        """Return d(delta m/m)/dC of the charged leptons at the weak scale of a number."""
        mass = self._interpolate(f"mass{scale}", mu_M, columns=columns).toarray()
        return np.asarray(mass[:3] + 1j * mass[3:])

    @cached_property
    def _mz(self) -> int:
        """The number of the weak scale that is the Z mass."""
        scales = self.meta["smeft_scales"]
        return min(range(len(scales)), key=lambda i: abs(scales[i] - M_Z))

    @cached_property
    def _low(self) -> csr_array:
        """From the WET at the Z mass to all low-energy coefficients."""
        return _csr(self._arrays, "low", len(self._arrays["match0_count"]))

    def low_rows(self, target: LowSector) -> Float[np.ndarray, "components wet"]:
        """Return the map from the WET at the Z mass to a low-energy set.

        In its normalisation at the tables' own CKM parameters.
        """
        first = len(self.meta["smeft_scales"]) * len(self.inputs)
        rows = [self._position[Output(target, c)] - first for c in self.components(target)]
        return np.asarray(self._low[rows].toarray())

    @cached_property
    def _matching(self) -> Matching:
        terms = {t: _csr(self._arrays, f"match{t}", len(self.inputs)) for t in self._terms}
        fermi = self._fermi
        return stacked(terms if fermi is None else fermi.corrected(terms))

    def _below(self, wanted: tuple[Output, ...]) -> Chosen | None:
        """Return what outputs need below the Z mass; the last few are kept."""
        if wanted not in self._chosen:
            while len(self._chosen) >= KEPT:
                self._chosen.pop(next(iter(self._chosen)))
            self._chosen[wanted] = below_of(self, wanted)
        return self._chosen[wanted]

    def running(self, mu_M: float) -> csr_array:
        """Return the map of :attr:`inputs` from `mu_M` (GeV) to the Z mass, a square matrix.

        The rephasing of leptons at the Z mass (docs/evolution.md) is not part of it.
        """
        return self._interpolate(f"run{self._mz}", mu_M)

    def mass_shift(self, mu_M: float) -> Complex[np.ndarray, "3 inputs"]:
        """Return d(delta m/m)/dC of the three charged leptons at the Z mass, (3, inputs)."""
        return self._mass(self._mz, mu_M)

    @property
    def flips(self) -> Int[np.ndarray, "3 flips"]:
        """Positions of what flips the chirality of each lepton, (3, n): Re at even places, Im."""
        return self._arrays["flips"].astype(int).reshape(3, -1)

    def at(
        self,
        mu_M: float,
        outputs: Iterable[Output] | None = None,
        inputs: Sequence[str] | None = None,
    ) -> LinearMap:
        """Return the map from coefficients at `mu_M` (GeV) to low-energy coefficients.

        Parameters
        ----------
        mu_M
            Scale of the input coefficients.
        outputs
            The components that are wanted; default: all of the tables.  Also components of the
            Warsaw basis, ``LowSector("SMEFT", "Warsaw", "all", scale)``, at any scale of the
            tables, or at `mu_M` itself, which a scale of zero means.
        inputs
            The components of :attr:`inputs` that the vectors will hold; default: all.

        Raises
        ------
        DomainError
            If `mu_M` is outside of the tables or an output or input is unknown.
        """
        self.check_scale(mu_M)
        wanted = self.outputs if outputs is None else tuple(outputs)
        columns = None
        if inputs is not None:
            index = {component: i for i, component in enumerate(self.inputs)}
            missing = [c for c in inputs if c not in index]
            if missing:
                raise DomainError(f"outside of the evolution tables: {', '.join(missing)}")
            columns = np.array([index[c] for c in inputs], dtype=int)
        self.check_outputs(wanted)
        chosen = self.inputs if inputs is None else tuple(inputs)
        return assemble(self, mu_M, wanted, columns, chosen)
