"""The couplings of a model: names, shapes, what they need, and one vector of real numbers.

Names are those of the card.  Gauge couplings ``g1`` (= g'), ``g2``, ``g3``, of U(1)_X ``gX`` and
the kinetic mixing ``gYX`` with the covariant derivative (Y, X) [[g1, gYX], [0, gX]] (B, X)^T;
Yukawa matrices, 3 x 3; quartics, some of them complex; masses ``m2_<field>`` in GeV^2 with
V = + m^2 |phi|^2.

The names that ``muoquark.theory.beta`` had first are understood wherever couplings are given
(:data:`ALIASES`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.model.terms import Term
from muoquark.theory.components import Block, Components

__all__ = ["ALIASES", "BLOCK_ALIASES", "CouplingSpace", "Couplings", "old_names"]

#: All couplings of a model as real numbers.
Packed = Float[np.ndarray, " couplings"]

#: Old name of a number or a muon column: the name of the coupling, and old over new.
ALIASES: dict[str, tuple[str, float]] = {
    "e3L": ("eta3L", 1.0),
    "e1L": ("eta1L", 1.0),
    "e1R": ("eta1R", 1.0),
    "e1t": ("etat1R", 1.0),
    "lH": ("lam", 0.5),
    "mH2": ("m2_H", 1.0),
    "mP2": ("m2_Phi", 1.0),
    "m12": ("m2_S1", 1.0),
    "m32": ("m2_S3", 1.0),
}
#: Old name of a block of a lepton matrix: the coupling, its rows and columns, and old over new.
BLOCK_ALIASES: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], float]] = {
    "Ye": ("Ye", (0, 2), (0, 2), 1.0),
    "ymu": ("Ye", (1,), (1,), 1.0),
    "Yn": ("Ynu", (0, 2), (0, 2), 1.0),
    "ynm": ("Ynu", (1,), (1,), 1.0),
    "yPhi": ("yPhi", (0, 2), (1,), 2.0),
}


class Couplings(Mapping[str, Any]):
    """The couplings of a model at one scale, complete; old names are understood as well.

    Iteration is over the model's own names, so that ``{**couplings, "gX": 0.1}`` changes one.
    """

    def __init__(self, space: CouplingSpace, values: Mapping[str, Any]) -> None:
        self.space = space
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        return self.space.old(self._values, name)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Couplings({self._values!r})"


class CouplingSpace:
    """What couplings a model has.

    Parameters
    ----------
    components
        Of the model.
    """

    def __init__(self, components: Components) -> None:
        self.components = components
        model = components.model
        extra = () if model.gauge is None else (model.gauge.coupling, "gYX")
        self.gauge: tuple[str, ...] = ("g1", "g2", "g3", *extra)
        terms = components.potential_terms
        self.quartics = tuple(t.coupling for t in terms if len(t.factors) == 4)
        self.masses = tuple(t.coupling for t in terms if len(t.factors) == 2)
        self.complex = tuple(t.coupling for t in terms if not t.real)
        self.yukawas: dict[str, tuple[int, ...]] = {
            term.coupling: term.shape for term in components.yukawa_terms
        }
        self.names: tuple[str, ...] = (*self.gauge, *self.yukawas, *self.quartics, *self.masses)

    @cached_property
    def blocks(self) -> dict[str, tuple[Block, ...]]:
        """The blocks of each Yukawa matrix."""
        found: dict[str, list[Block]] = {name: [] for name in self.yukawas}
        for block in self.components.blocks:
            found[block.coupling].append(block)
        return {name: tuple(blocks) for name, blocks in found.items()}

    @cached_property
    def allowed(self) -> dict[str, np.ndarray]:
        """For each Yukawa matrix, which entries the charges allow."""
        out = {}
        for name, shape in self.yukawas.items():
            mask = np.zeros(shape, bool)
            for block in self.blocks[name]:
                mask[np.ix_(block.rows, block.columns)] = True
                if block.symmetry:
                    mask[np.ix_(block.columns, block.rows)] = True
            out[name] = mask
        return out

    @cached_property
    def _places(self) -> dict[Block, tuple[Any, Any]]:
        """Index arrays of each block in its matrix, and of its mirror image."""
        return {
            block: (np.ix_(block.rows, block.columns), np.ix_(block.columns, block.rows))
            for block in self.components.blocks
        }

    def part(self, matrix: np.ndarray, block: Block) -> np.ndarray:
        """Return a block of a coupling's matrix."""
        return np.asarray(matrix[self._places[block][0]])

    def place(self, matrix: np.ndarray, block: Block, part: np.ndarray) -> None:
        """Write a block into a coupling's matrix, and its mirror image where it has one."""
        here, mirror = self._places[block]
        matrix[here] = part
        if block.symmetry:
            matrix[mirror] = block.symmetry * part.T

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """The couplings that exist only with a field, for each field that can be decoupled.

        ``LQ``, ``P`` and ``N`` stand for all leptoquarks, Phi and nu (:meth:`fields`).
        """
        terms = (*self.components.yukawa_terms, *self.components.potential_terms)
        return {
            name: tuple(t.coupling for t in terms if name in {field.name for field in t.fields})
            for name in self.components.removable
        }

    @cached_property
    def unclosed(self) -> tuple[str, ...]:
        """The quartics that violate baryon number although no Yukawa coupling here does.

        They would generate couplings of two quarks, which the Lagrangian leaves out.
        """
        fields = self.components.model.fields
        # In units of 1/3; a coloured scalar's follows from its Yukawa couplings, and is not known
        # if it has none.
        number = {f.name: 0 for f in fields if f.fermion or f.colour == "1"}
        number |= {"q": 1, "u": 1, "d": 1}

        def total(term: Term) -> int:
            slots = term.contraction.slots
            return sum((-1 if s.dagger else 1) * number.get(s.name, 0) for s in slots)

        for term in self.components.yukawa_terms:
            for slot, field in zip(term.contraction.slots, term.fields, strict=True):
                if field.name not in number:
                    number[field.name] = total(term) * (1 if slot.dagger else -1)
        if any(total(term) for term in self.components.yukawa_terms):
            return ()
        known = (
            t for t in self.components.potential_terms if {f.name for f in t.fields} <= {*number}
        )
        return tuple(term.coupling for term in known if total(term))

    def fields(self, names: frozenset[str]) -> frozenset[str]:
        """Write out ``LQ``, ``P`` and ``N`` in a set of fields to decouple."""
        model = self.components.model
        groups = {"LQ": tuple(f.name for f in model.leptoquarks), "P": ("Phi",), "N": ("nu",)}
        found = {field for name in names for field in groups.get(name, (name,))}
        return frozenset(found & set(self.needs))

    def complete(self, couplings: Mapping[str, Any]) -> Couplings:
        """Check names, shapes and values of `couplings`, and fill in zero for the absent ones.

        Raises
        ------
        InputError
            For unknown names, wrong shapes, entries that the charges forbid, and values that are
            not finite (or not real where they must be); all faults at once.
        """
        faults: list[str] = []
        out: dict[str, Any] = {name: 0.0 for name in self.names}
        out.update({name: 0j for name in self.complex})
        out.update({name: np.zeros(shape, complex) for name, shape in self.yukawas.items()})
        for name, value in couplings.items():
            try:
                array = np.asarray(value, complex)
            except (TypeError, ValueError):
                if self._knows(name):
                    faults.append(f"coupling '{name}' is not a number or a matrix: {value!r}")
                    continue
                array = np.zeros(())
            if name in self.unclosed and np.any(array):
                faults.append(
                    f"'{name}' violates baryon number: it would generate couplings of two quarks, "
                    "which this Lagrangian leaves out (write them as terms of the model)"
                )
            elif name in self._with_dimension:
                faults.append(
                    f"'{name}' has the dimension of a mass: it does not enter the running here, "
                    "which takes it to be zero"
                )
            elif not self._knows(name):
                faults.append(f"unknown coupling '{name}': {suggest(name, self.names)}")
            elif not np.all(np.isfinite(array)):
                faults.append(f"coupling '{name}' is not finite")
            else:
                self._set(out, name, array, faults)
        for name in self.yukawas:
            for block in self.blocks[name]:
                if block.symmetry:
                    out[name] = (out[name] + block.symmetry * out[name].T) / 2
                    break
        if faults:
            raise InputError([Fault(fault) for fault in faults])
        return Couplings(self, out)

    def _knows(self, name: str) -> bool:
        stem = name.removesuffix("_re").removesuffix("_im")
        if name in self.names:
            return True
        new = ALIASES.get(name, (name,))[0]
        block = BLOCK_ALIASES.get(name, (name,))[0]
        return bool({new, block} & set(self.names)) or (stem != name and stem in self.complex)

    def _set(self, out: dict[str, Any], name: str, array: np.ndarray, faults: list[str]) -> None:
        """Set one coupling, by its name or by an old one."""
        # a model's own name comes first; only Ye and yPhi are both, told apart by their shapes
        if name in BLOCK_ALIASES and (name not in self.names or name in ("Ye", "yPhi")):
            coupling, rows, columns, factor = BLOCK_ALIASES[name]
            full = self.yukawas.get(coupling)
            if array.shape != full:
                shape = (len(rows), len(columns))
                if array.size != len(rows) * len(columns) or array.ndim > 2:
                    faults.append(
                        f"coupling '{name}' has shape {array.shape}, expected {shape} or {full}"
                    )
                    return
                block = array.reshape(shape) / factor
                out[coupling] = out[coupling].copy()
                out[coupling][np.ix_(rows, columns)] = block
                if coupling == "yPhi":
                    out[coupling][np.ix_(columns, rows)] = block.T
                return
        own = name in self.names
        new, factor = (name, 1.0) if own else ALIASES.get(name, (name, 1.0))
        if new in self.yukawas:
            self._set_matrix(out, new, name, array, faults)
            return
        if array.size != 1:
            faults.append(f"coupling '{name}' has shape {array.shape}, expected ()")
            return
        number = complex(array.reshape(())) / factor
        stem, _, part = name.rpartition("_")
        if new in self.complex:
            out[new] = number
        elif number.imag:
            faults.append(f"coupling '{name}' must be real, found {complex(array.reshape(()))}")
        elif stem in self.complex and part in ("re", "im"):
            before = out[stem]
            out[stem] = (
                complex(number.real, before.imag)
                if part == "re"
                else complex(before.real, number.real)
            )
        else:
            out[new] = number.real

    def _set_matrix(
        self, out: dict[str, Any], name: str, given: str, array: np.ndarray, faults: list[str]
    ) -> None:
        shape = self.yukawas[name]
        if array.size == shape[0] and array.shape in ((shape[0],), (shape[0], 1)):
            full = np.zeros(shape, complex)  # three numbers are the muon column
            full[:, 1] = array.reshape(-1)
            array = full
        if array.shape != shape:
            faults.append(f"coupling '{given}' has shape {array.shape}, expected {shape}")
            return
        for row, column in np.argwhere((array != 0) & ~self.allowed[name]).tolist()[:1]:
            axes = self.components.model.term(name).flavour_axes
            fields = self.components.model.term(name).fields
            flavours = [fields[a].flavours[k] for a, k in zip(axes, (row, column), strict=True)]
            faults.append(
                f"coupling '{given}' has an entry that U(1)_X forbids: [{']['.join(flavours)}]"
            )
        out[name] = array

    def old(self, values: Mapping[str, Any], name: str) -> Any:
        """Return a coupling under its old name.

        Raises
        ------
        KeyError
            If it has none.
        """
        if name in ALIASES:
            new, factor = ALIASES[name]
            value = values[new]
            return value[:, 1:2] if np.ndim(value) else value * factor
        if name in BLOCK_ALIASES:
            coupling, rows, columns, factor = BLOCK_ALIASES[name]
            return values[coupling][np.ix_(rows, columns)] * factor
        stem, _, part = name.rpartition("_")
        if stem in self.complex and part in ("re", "im"):
            return values[stem].real if part == "re" else values[stem].imag
        raise KeyError(name)

    def pack(self, values: Mapping[str, Any]) -> Packed:
        """Write couplings as one real vector; entries that the charges forbid have no place."""
        reals = [np.array([values[name] for name in self._reals], float)]
        if self._complexes:
            numbers = np.array([values[name] for name in self._complexes], complex)
            reals += [numbers.real, numbers.imag]
        for name, mask in self.allowed.items():
            flat = values[name][mask]
            reals += [flat.real, flat.imag]
        return np.concatenate(reals)

    def unpack(self, vector: Packed) -> dict[str, Any]:
        """Invert :meth:`pack`."""
        out: dict[str, Any] = dict(zip(self._reals, vector.tolist(), strict=False))
        start = len(self._reals)
        n = len(self._complexes)
        parts = vector[start : start + 2 * n].tolist()
        for k, name in enumerate(self._complexes):
            out[name] = complex(parts[k], parts[k + n])
        start += 2 * n
        for name, mask in self.allowed.items():
            size = self._sizes[name]
            matrix = np.zeros(mask.shape, complex)
            block = vector[start : start + 2 * size]
            matrix[mask] = block[:size] + 1j * block[size:]
            out[name] = matrix
            start += 2 * size
        return out

    @cached_property
    def _with_dimension(self) -> frozenset[str]:
        """Cubic couplings of scalars and masses of fermions, which no beta function here knows."""
        terms = self.components.model.terms
        return frozenset(t.coupling for t in terms if t.coupling not in self.names)

    @cached_property
    def _reals(self) -> tuple[str, ...]:
        numbers = (*self.gauge, *self.quartics, *self.masses)
        return tuple(name for name in numbers if name not in self.complex)

    @cached_property
    def _complexes(self) -> tuple[str, ...]:
        return tuple(name for name in (*self.quartics, *self.masses) if name in self.complex)

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {name: int(mask.sum()) for name, mask in self.allowed.items()}


def old_names(values: Couplings) -> dict[str, Any]:
    """Return the couplings of the B-3L_mu model under their old names.

    Lepton matrices fall into the blocks of electron and tau, and of the muon; leptoquark couplings
    are muon columns, complex quartics two real numbers.
    """
    space = values.space
    out: dict[str, Any] = {name: values[name] for name in ("g1", "gX", "gYX", "g2", "g3")}
    out |= {name: values[name] for name in ("Yu", "Yd")}
    for name in ("Ye", "ymu", "Yn", "ynm", "e3L", "e1L", "e1R", "e1t", "yPhi", "lH"):
        out[name] = space.old(values, name)
    for name in space.quartics:
        if name in space.complex:
            out[f"{name}_re"], out[f"{name}_im"] = values[name].real, values[name].imag
        elif name != "lam":
            out[name] = values[name]
    for name in ("mH2", "mP2", "m12", "m32"):
        out[name] = space.old(values, name)
    return out
