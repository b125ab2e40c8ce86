"""Linear maps from the Warsaw coefficients at mu_M to the coefficients that observables ask for.

Two chains (docs/evolution.md): ``full``, integrated running in the SMEFT and one-loop matching at
the Z mass, and ``smelli``, the leading logarithm and tree-level matching that smelli uses.  Both
are tabulated from wilson 2.5.2 (1804.05033, Aebischer:2018bkb) for 0.5 TeV <= mu_M <= 100 TeV and
every baryon- and lepton-number conserving coefficient of dimension six; running below the Z mass
and the translation to flavio's normalisation are part of the maps.

    evolution = Evolution.load("full")
    low = evolution.at(3000.0).apply(evolution.vector({"lq1_2223": 1e-8}), ckm)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Int

from muoquark.common.constants import M_Z
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.running.fermi import BOTH, MUON_DECAY, TREE, FermiShift
from muoquark.running.linear_map import Function, LinearMap
from muoquark.running.second_order import coupling_shifts

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:
    csr_array = Any  # scipy is loaded by what needs it

__all__ = ["CHAINS", "Evolution", "LowSector", "Output"]

CHAINS = ("full", "smelli")
# GeV^-2, (100 GeV)^-2: with v^2 C = 6 there is no expansion in v^2 C left, and particles so
# light would be on the wrong side of the weak scale.  Numbers beyond are slips of units.
LARGEST = 1e-4


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


def _open(
    path: Path | None, chain: str, only: tuple[str, ...] = ("",)
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the arrays whose names begin like one of `only`, and the description of the file."""
    source = tables(chain) if path is None else path
    try:
        with source.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {n: archive[n] for n in archive.files if n.startswith((*only, "meta"))}
        meta = json.loads(arrays.pop("meta").tobytes())
    except Exception as error:  # a damaged archive fails in many ways; all mean the same
        raise InputError(f"cannot read the evolution tables {source}: {error}") from error
    if meta.get("format") != 1 or meta.get("chain") != chain:
        raise InputError(
            f"{source}: expected format 1 of chain '{chain}', found format {meta.get('format')}"
            f" of chain '{meta.get('chain')}'"
        )
    return arrays, meta


def _csr(arrays: Mapping[str, np.ndarray], prefix: str, n_columns: int) -> csr_array:
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
    _arrays: Mapping[str, np.ndarray] = field(repr=False)
    as_wilson: bool = False

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
        arrays, meta = _open(None if path is None else Path(path), chain)
        layout = tuple(
            LowSector(str(e), str(b), str(s), float(q)) for e, b, s, q in meta["targets"]
        )
        return cls(chain, tuple(meta["inputs"]), layout, meta, arrays, as_wilson)

    @property
    def scales(self) -> tuple[float, float]:
        """Smallest and largest mu_M of the tables in GeV."""
        low, high = self.meta["scales"]
        return low, high

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
        tree, meta = _open(None, "smelli", ("match",))
        if meta["targets"] != self.meta["targets"] or meta["inputs"] != self.meta["inputs"]:
            raise InputError("the evolution tables of the two chains do not have the same layout")
        n_in = len(self.inputs)
        columns = [self.inputs.index(operator) for operator in TREE]
        low = _csr(self._arrays, "low", len(self._arrays["match0_count"]))
        start = len(self.meta["smeft_scales"]) * n_in

        def row(sector: str, component: str) -> int:
            """The coefficient at the Z mass that one at low energy is, but for QED running."""
            (at,) = (
                i - start
                for o, i in self._position.items()
                if (o.target.sector, o.component) == (sector, component)
            )
            return int(low[[at]].toarray().argmax())

        return FermiShift(
            {t: _csr(self._arrays, f"match{t}", n_in) for t in self.meta["ckm"]["terms"]},
            {t: _csr(tree, f"match{t}", n_in)[:, columns].toarray() for t in meta["ckm"]["terms"]},
            row(*MUON_DECAY),
            [row(*name) for name in BOTH],
        )

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
        if not low * (1 - 1e-12) <= mu_M <= high * (1 + 1e-12):
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

    def _interpolate(self, prefix: str, mu_M: float) -> csr_array:
        from numpy.polynomial.chebyshev import chebvander

        low, high = np.log(self.scales)
        x = (2 * np.log(mu_M) - low - high) / (high - low)
        planes = self._arrays[f"{prefix}_planes"]
        weights = chebvander(np.array([x]), planes.shape[1] - 1)[0]
        data = np.zeros(planes.shape[2])
        for order, weight in enumerate(weights):
            # four byte planes of a sign-folded integer mantissa
            folded = sum(planes[b, order].astype(np.int64) << (8 * b) for b in range(4))
            data += weight * ((folded >> 1) ^ -(folded & 1))
        data = np.ldexp(data, self._arrays[f"{prefix}_exponent"].astype(int))
        arrays = {**self._arrays, f"{prefix}_data": data}
        return _csr(arrays, prefix, len(self.inputs))

    def running(self, mu_M: float) -> csr_array:
        """Return the map of :attr:`inputs` from `mu_M` (GeV) to the Z mass, a square matrix.

        The rephasing of leptons at the Z mass (docs/evolution.md) is not part of it.
        """
        self.check_scale(mu_M)
        return self._interpolate(f"run{_mz_index(self.meta['smeft_scales'])}", mu_M)

    def mass_shift(self, mu_M: float) -> Complex[np.ndarray, "3 inputs"]:
        """Return d(delta m/m)/dC of the three charged leptons at the Z mass, (3, inputs)."""
        self.check_scale(mu_M)
        mass = self._interpolate(f"mass{_mz_index(self.meta['smeft_scales'])}", mu_M).toarray()
        return np.asarray(mass[:3] + 1j * mass[3:])

    @property
    def flips(self) -> Int[np.ndarray, "3 flips"]:
        """Positions of what flips the chirality of each lepton, (3, n): Re at even places, Im."""
        return self._arrays["flips"].astype(int).reshape(3, -1)

    def at(
        self,
        mu_M: float,
        outputs: Iterable[Output] | None = None,
        inputs: Sequence[str] | None = None,
        resolution: float = 1.0,
    ) -> LinearMap:
        """Assemble the map from coefficients at `mu_M` (GeV) to low-energy coefficients.

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
        resolution
            Terms below this multiple of the negligible contribution to an output (a ten-thousandth
            or less of what is measured, docs/evolution.md) are left out; larger is smaller and
            faster.

        Raises
        ------
        DomainError
            If `mu_M` is outside of the tables or an output or input is unknown.
        """
        self.check_scale(mu_M)
        wanted = self.outputs if outputs is None else tuple(outputs)
        columns: Any = slice(None)
        if inputs is not None:
            index = {component: i for i, component in enumerate(self.inputs)}
            missing = [c for c in inputs if c not in index]
            if missing:
                raise DomainError(f"outside of the evolution tables: {', '.join(missing)}")
            columns = np.array([index[c] for c in inputs], dtype=int)
        self.check_outputs(wanted)
        chosen = self.inputs if inputs is None else tuple(inputs)
        return _assemble(self, mu_M, wanted, columns, chosen, resolution)


def _assemble(
    evolution: Evolution,
    mu_M: float,
    wanted: tuple[Output, ...],
    columns: Any,
    inputs: tuple[str, ...],
    resolution: float,
) -> LinearMap:
    """Multiply running, matching and low-energy maps for the wanted rows."""
    from scipy.sparse import csr_array, vstack

    from muoquark.running.highscale import between  # which is made of these tables

    arrays, meta = evolution._arrays, evolution.meta
    n_in = len(evolution.inputs)
    scales = meta["smeft_scales"]
    n_smeft = len(scales)
    # -1: at a scale that the tables do not end at
    position = np.array([evolution._position.get(o, -1) for o in wanted], dtype=int)
    low_rows = position - n_smeft * n_in  # rows of `low`; negative for the SMEFT
    shifts: dict[int, np.ndarray] = {}
    couplings = np.zeros((0, len(inputs)))
    pieces: dict[Function, csr_array] = {}

    def add(function: Function, matrix: csr_array) -> None:
        if matrix.nnz:
            pieces[function] = pieces[function] + matrix if function in pieces else matrix

    def embed(matrix: csr_array, rows: np.ndarray) -> csr_array:
        place = csr_array(
            (np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(wanted), len(rows))
        )
        return place @ matrix

    def with_phases(
        left: csr_array, rows: np.ndarray, scale: int, term: int, norm: int, part: str, run: Any
    ) -> None:
        """Add left @ run, and what the rephasing of each lepton at the weak scale changes."""
        add(Function(term, norm, part), embed(left @ run, rows))
        flip = evolution.flips
        for lepton in range(3):
            re, im = flip[lepton, 0::2], flip[lepton, 1::2]
            turned, block = left[:, flip[lepton]], run[flip[lepton]]
            if not turned.nnz:
                continue
            # exp(-i phi) (x + i y) = (x cos + y sin) + i (y cos - x sin)
            swapped = csr_array(vstack([run[im], -run[re]]))
            order = np.argsort(np.concatenate([np.arange(len(re)) * 2, np.arange(len(im)) * 2 + 1]))
            add(Function(term, norm, part, "cos", scale, lepton), embed(turned @ block, rows))
            add(
                Function(term, norm, part, "sin", scale, lepton),
                embed(turned @ swapped[order], rows),
            )

    for i in range(n_smeft):
        rows = np.nonzero((position >= i * n_in) & (position < (i + 1) * n_in))[0]
        is_mz = i == _mz_index(scales)
        if len(rows) == 0 and not (is_mz and (low_rows >= 0).any()):
            continue
        run = evolution._interpolate(f"run{i}", mu_M)[:, columns]
        mass = evolution._interpolate(f"mass{i}", mu_M)[:, columns].toarray()
        shifts[i] = mass[:3] + 1j * mass[3:]
        if is_mz:
            couplings = coupling_shifts(evolution.inputs) @ run
        if len(rows):
            select = csr_array(
                (np.ones(len(rows)), (np.arange(len(rows)), position[rows] - i * n_in)),
                shape=(len(rows), n_in),
            )
            with_phases(select, rows, i, 0, -1, "one", run)
        rows = np.nonzero(low_rows >= 0)[0]
        if not is_mz or len(rows) == 0:
            continue
        norms = arrays["norm"][low_rows[rows]].astype(int)
        for left, at, norm, part in _normalised(evolution, wanted, low_rows, rows, norms):
            fermi = evolution._fermi.added(left) if evolution._fermi is not None else {}
            for term in meta["ckm"]["terms"]:
                matched = left @ _csr(arrays, f"match{term}", n_in)
                if term in fermi:
                    matched = csr_array(matched + fermi[term])
                if matched.nnz:
                    with_phases(matched, at, i, term, norm, part, run)

    elsewhere = np.nonzero(position < 0)[0]
    for i, scale in enumerate(sorted({wanted[k].target.scale for k in elsewhere}), n_smeft):
        rows = np.array([k for k in elsewhere if wanted[k].target.scale == scale], dtype=int)
        index = {name: k for k, name in enumerate(evolution.inputs)}
        chosen = np.array([index[wanted[k].component] for k in rows], dtype=int)
        run, shift = between(mu_M, scale or mu_M, chosen)
        shifts[i] = shift[:, columns]
        ones = np.ones(len(rows)), (np.arange(len(rows)), chosen)
        with_phases(
            csr_array(ones, shape=(len(rows), n_in)), rows, i, 0, -1, "one", run[:, columns]
        )
    negligible = np.full(len(wanted), 1e-13)
    negligible[low_rows >= 0] = arrays["negligible"][low_rows[low_rows >= 0]]
    return LinearMap.from_pieces(
        outputs=wanted,
        inputs=inputs,
        pieces=pieces,
        negligible=resolution * negligible,
        norms=tuple(tuple((int(i), int(j), bool(c)) for i, j, c in n) for n in meta["norms"]),
        mass_shifts=shifts,
        coupling_shifts=couplings,
    )


def _mz_index(scales: Sequence[float]) -> int:
    return min(range(len(scales)), key=lambda i: abs(scales[i] - M_Z))


def _normalised(
    evolution: Evolution,
    wanted: tuple[Output, ...],
    low_rows: Int[np.ndarray, " wanted"],
    rows: Int[np.ndarray, " chosen"],
    norms: Int[np.ndarray, " chosen"],
) -> Iterable[tuple[csr_array, Int[np.ndarray, " some"], int, str]]:
    """Split the rows of the low-energy map by CKM normalisation n(V)/n(reference).

    Re(n z) = Re n Re z - Im n Im z and Im(n z) = Re n Im z + Im n Re z: the rows of the partner
    component enter with the imaginary part of the normalisation.
    """
    n_jms = 1 + int(evolution._arrays["low_indices"].max())
    n_jms = max(n_jms, len(evolution._arrays["match0_count"]))
    low = _csr(evolution._arrays, "low", n_jms)
    trivial = [i for i, n in enumerate(evolution.meta["norms"]) if not n]
    for norm in sorted(set(norms)):
        at = rows[norms == norm]
        direct = low[low_rows[at]]
        if norm in trivial:
            yield direct, at, -1, "one"
            continue
        partner, sign = [], []
        for i in at:
            name, _, part = wanted[i].component.partition(":")
            other = Output(wanted[i].target, f"{name}:{'Im' if part == 'Re' else 'Re'}")
            partner.append(
                low_rows[i] + evolution._position[other] - evolution._position[wanted[i]]
            )
            sign.append(-1.0 if part == "Re" else 1.0)
        yield direct, at, int(norm), "re"
        yield low[np.array(partner)] * np.array(sign)[:, None], at, int(norm), "im"
