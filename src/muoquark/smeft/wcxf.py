"""Wilson coefficients as an immutable value, and their WCxf files (1712.05298)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from muoquark.common.document import Document, Node, read_document, read_text
from muoquark.common.errors import DomainError, InputError, suggest
from muoquark.sm.ckm import CKMInput, ckm_matrix
from muoquark.sm.inputs import INPUTS
from muoquark.smeft.mediators import Mediator
from muoquark.smeft.warsaw import (
    FAMILIES,
    VIOLATING,
    coefficient_names,
    from_tensors,
    is_real,
    known_name,
    to_tensors,
)

__all__ = [
    "BASES",
    "LARGE",
    "LARGE_LOGARITHM",
    "NOISE",
    "NOISE_OF_ALL",
    "WilsonCoefficients",
    "looks_like_wcxf",
    "parse_wcxf",
    "read_wcxf",
]

BASES = ("Warsaw", "Warsaw up")

# Imaginary parts of Hermitian operators' coefficients up to these fractions are rounding noise: of
# the largest coefficient of the same family, and of the largest of all, since sums over other
# families cancel (double precision leaves 1e-16; running with wilson left 2e-20 of the largest).
NOISE, NOISE_OF_ALL = 1e-12, 1e-16

# A logarithm is large where its term is more than this of what it corrects: at two loops, which are
# not calculated, its square is then about a per cent.
LARGE = 0.1
LARGE_LOGARITHM = (
    "the matching holds a logarithm of a leptoquark's mass that is worth more than 10 % of what it "
    "corrects; its powers at two loops and beyond are left out (docs/matching.md)"
)


@dataclass(frozen=True)
class WilsonCoefficients:
    """SMEFT coefficients at one scale, non-redundant as WCxf defines them.

    Parameters
    ----------
    scale
        Renormalisation scale in GeV.
    values
        Name to coefficient in GeV^-2; names that are absent are zero.  Imaginary rounding noise
        of Hermitian operators' coefficients, up to :data:`NOISE` of the largest coefficient of
        their family or :data:`NOISE_OF_ALL` of the largest of all, is dropped.
    basis
        ``Warsaw`` (down-aligned) or ``Warsaw up``.
    shifts
        Shifts of dimension-four parameters that belong to these coefficients, if known.
    metadata
        Free text beside the coefficients.
    notes
        What was dropped, in words; made here.
    logarithm
        The largest logarithm that their matching left, as `muoquark.matching.scales` measures
        it; it is not part of a file.
    mediators
        The heavy fields that were integrated out, with what each exchanges at tree level, always
        in the ``Warsaw`` basis; not part of a file.

    Raises
    ------
    InputError
        For an unknown name, a number that is not finite or a Hermitian operator's coefficient
        that is not real.

    Examples
    --------
    >>> import muoquark
    >>> muoquark.WilsonCoefficients(3000, {"lq1_2223": 1e-9})["lq1_2223"]
    (1e-09+0j)
    """

    scale: float
    values: Mapping[str, complex]
    basis: str = "Warsaw"
    shifts: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    eft: str = "SMEFT"
    logarithm: float = 0.0
    mediators: tuple[Mediator, ...] = ()
    notes: tuple[str, ...] = field(default=(), init=False, compare=False)

    def __post_init__(self) -> None:
        if self.eft != "SMEFT" or self.basis not in BASES:
            raise InputError(
                f"found EFT '{self.eft}' in basis '{self.basis}', allowed: SMEFT in "
                + " or ".join(BASES)
            )
        if not (isfinite(self.scale) and self.scale > 0):
            raise InputError(f"the scale {self.scale} is not a positive number")
        values, notes = without_noise(self.values)
        for name, value in values.items():
            problem = _problem(name, value)
            if problem:
                raise InputError(problem)
        object.__setattr__(self, "notes", notes)
        object.__setattr__(self, "scale", float(self.scale))
        object.__setattr__(self, "values", MappingProxyType(values))
        object.__setattr__(self, "shifts", MappingProxyType(dict(self.shifts)))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    def __getitem__(self, name: str) -> complex:
        """Return a coefficient, 0 if it is not listed; KeyError for a name that is none."""
        if not known_name(name):
            raise KeyError(name)
        return self.values.get(name, 0j)

    @classmethod
    def from_tensors(
        cls, scale: float, tensors: Mapping[str, np.ndarray], **others: Any
    ) -> WilsonCoefficients:
        """Return the non-redundant coefficients of flavour tensors in the ``Warsaw`` basis."""
        return cls(scale=scale, values=from_tensors(tensors), **others)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return symmetric flavour tensors of the families that occur.

        Raises :class:`DomainError` if baryon or lepton number is violated.
        """
        violating = sorted(VIOLATING & self.values.keys())
        if violating:
            raise DomainError(
                f"{violating[0]} violates baryon or lepton number, which is not calculated here"
            )
        return to_tensors(self.values)

    def to_basis(self, basis: str, ckm: CKMInput = INPUTS.ckm) -> WilsonCoefficients:
        """Return the same operators in the other flavour basis.

        q^up = V q^down, so that every index of q is rotated with V or its conjugate.  V is the
        CKM matrix of the measured inputs, also at high scales: this is the convention of WCxf
        files, which carry no matrix of their own, and wilson's.
        """
        if basis not in BASES:
            raise InputError(f"unknown basis '{basis}': {suggest(basis, BASES)}")
        if basis == self.basis:
            return self
        V = ckm_matrix(ckm)
        rotation = V if basis == "Warsaw up" else V.conj().T
        tensors = {name: _rotate(name, tensor, rotation) for name, tensor in self.tensors().items()}
        return WilsonCoefficients(
            scale=self.scale,
            values=from_tensors(tensors),
            basis=basis,
            metadata=self.metadata,
            logarithm=self.logarithm,
            mediators=self.mediators,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the WCxf document as plain data."""
        order = {name: position for position, name in enumerate(coefficient_names())}
        names = sorted(self.values, key=lambda name: (order.get(name, len(order)), name))
        document: dict[str, Any] = {
            "eft": self.eft,
            "basis": self.basis,
            "scale": self.scale,
            "values": {name: _plain(self.values[name]) for name in names},
        }
        if self.metadata:
            document["metadata"] = dict(self.metadata)
        if self.shifts:
            document["shifts"] = _plain_tree(self.shifts)
        return document

    def to_json(self) -> str:
        """Return the WCxf document as JSON; numbers keep all their digits."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"

    def to_yaml(self) -> str:
        """Return the WCxf document as YAML; numbers keep all their digits."""
        import yaml

        return yaml.safe_dump(self.to_dict(), sort_keys=False)


def _rotate(name: str, tensor: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Rotate every index of q: C^new = U C ... with U for qbar and U^* for q."""
    for axis, letter in enumerate(FAMILIES[name].fields):
        if letter in "Qq":
            matrix = rotation if letter == "Q" else rotation.conj()
            tensor = np.moveaxis(np.tensordot(matrix, tensor, axes=(1, axis)), 0, axis)
    return tensor


def without_noise(
    values: Mapping[str, complex],
) -> tuple[dict[str, complex], tuple[str, ...]]:
    """Return coefficients without imaginary rounding noise, and a note if some was dropped.

    Programs that rotate and run complex tensors leave such noise on coefficients that are real.
    """
    found = {name: complex(value) for name, value in values.items()}
    size = {name: abs(value) if np.isfinite(value) else 0.0 for name, value in found.items()}
    floor = NOISE_OF_ALL * max(size.values(), default=0.0)
    allowed: dict[str, float] = {}
    for name in found:
        family = name.partition("_")[0]
        allowed[family] = max(allowed.get(family, floor), NOISE * size[name])
    dropped: list[tuple[float, str]] = []
    for name, value in found.items():
        if value.imag == 0 or not np.isfinite(value) or not known_name(name) or not is_real(name):
            continue
        if abs(value.imag) <= allowed[name.partition("_")[0]]:
            dropped.append((abs(value.imag), name))
            found[name] = complex(value.real)
    if not dropped:
        return found, ()
    noise, name = max(dropped)
    many = "s" if len(dropped) > 1 else ""
    return found, (
        f"imaginary rounding noise of {len(dropped)} real coefficient{many} was dropped, at most "
        f"{noise:.1g} GeV^-2 ({name}): noise is what is below {NOISE:g} of the largest coefficient "
        f"of the same family or {NOISE_OF_ALL:g} of the largest of all",
    )


def _problem(name: str, value: complex) -> str | None:
    """Say what is wrong with a coefficient, if anything."""
    if not known_name(name):
        return f"unknown coefficient '{name}': {listed_name_hint(name)}"
    if not np.isfinite(value):
        return f"{name}: expected a finite number, found {value}"
    if is_real(name) and value.imag != 0:
        return f"{name}: the operator is Hermitian, its coefficient must be real, found {value}"
    return None


def listed_name_hint(name: str) -> str:
    """Point to the listed name of the same operator, or to the family."""
    family, _, digits = name.partition("_")
    if family in FAMILIES:
        rank = FAMILIES[family].rank
        if len(digits) == rank and set(digits) <= set("123"):
            index, conjugate = FAMILIES[family].representative(tuple(int(d) - 1 for d in digits))
            listed = f"{family}_{''.join(str(k + 1) for k in index)}"
            how = "complex conjugate of" if conjugate else "same operator as"
            return f"WCxf does not list it, it is the {how} {listed}"
        if not rank:
            return f"allowed: {family}, without indices"
        return f"allowed: {family}_ and {rank} indices from 1 to 3, such as {family}_{'1' * rank}"
    return suggest(family, [*FAMILIES, *sorted({n.partition("_")[0] for n in VIOLATING})])


def _plain(value: complex) -> float | dict[str, float]:
    if value.imag == 0:
        return float(value.real)
    return {"Re": float(value.real), "Im": float(value.imag)}


def _plain_tree(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain_tree(item) for key, item in value.items()}
    if isinstance(value, np.ndarray) and value.ndim:
        return [_plain_tree(item) for item in value]
    if isinstance(value, str | bool | list) or value is None:
        return value
    return _plain(complex(value))


def looks_like_wcxf(document: Document) -> bool:
    """Whether a parsed file is a WCxf file rather than a card."""
    return bool({"eft", "basis", "values"} & (document.root.entries or {}).keys())


def read_wcxf(path: str | Path) -> WilsonCoefficients:
    """Read a WCxf file (JSON or YAML); ``-`` is standard input.

    Raises
    ------
    InputError
        With every fault of the file: unknown coefficients, numbers, scale, EFT, basis.

    Examples
    --------
    >>> import muoquark
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "point.json"
    ...     _ = path.write_text(muoquark.WilsonCoefficients(3000, {"lq1_2223": 1e-9}).to_json())
    ...     muoquark.read_wcxf(path)["lq1_2223"]
    (1e-09+0j)
    """
    text, source = read_text(path)
    return parse_wcxf(read_document(text, source))


def parse_wcxf(
    document: Document, conserving: bool = False, leave_out: Sequence[str] = ()
) -> WilsonCoefficients:
    """Validate a parsed WCxf document, see :func:`read_wcxf`.

    With `conserving`, coefficients that violate baryon or lepton number are faults: nothing is
    calculated with them.  Those of them that `leave_out` names, by name or family, are left out
    with a note.
    """
    top = document.root.mapping(required=("eft", "basis", "scale", "values"))
    if "eft" in top and top["eft"].scalar is not None and top["eft"].scalar != "SMEFT":
        top["eft"].fault(
            f"found '{top['eft'].scalar}': coefficients of the SMEFT are needed, at the scale of "
            "heavy particles, from which they are run down here"
        )
        document.finish()
    if "eft" in top:
        top["eft"].text(("SMEFT",))
    basis = top["basis"].text(BASES) if "basis" in top else None
    if "basis" in top and basis is None:
        document.finish()  # the names of another basis are no faults
    scale = top["scale"].real(1.0, 1.3e19) if "scale" in top else None
    nodes = dict(top["values"].mapping()) if "values" in top else {}
    gone = _left_out(document, nodes, leave_out)
    values: dict[str, complex] = {}
    for name, node in nodes.items():
        value = node.value()
        if value is not None:
            values[name] = value
    for name, value in without_noise(values)[0].items():
        problem = _problem(name, value)
        if problem is None and conserving and name in VIOLATING and value != 0:
            problem = f"{name} violates baryon or lepton number, which is not calculated here"
        if problem:
            document.fault(f"values: {problem}", nodes[name].line)
    document.finish()
    assert basis is not None
    assert scale is not None
    found = WilsonCoefficients(scale=scale, values=values, basis=basis)
    if gone:
        note = f"left out as asked for: {', '.join(gone)}"
        object.__setattr__(found, "notes", (*found.notes, note))
    return found


def _left_out(document: Document, nodes: dict[str, Node], names: Sequence[str]) -> list[str]:
    """Take what is to be left out from the coefficients of a file, and return its names.

    Only what is not calculated with may be: leaving out more would answer another question.
    """
    gone: list[str] = []
    for wanted in names:
        own = [name for name in nodes if wanted in (name, name.partition("_")[0])]
        if not own:
            document.fault(f"values: there is no '{wanted}' that could be left out")
        for name in own:
            if name in VIOLATING:
                gone.append(name)
                del nodes[name]
            else:
                nodes[name].fault(
                    "cannot be left out, since it is calculated with; what can is what violates "
                    "baryon or lepton number"
                )
    return gone
