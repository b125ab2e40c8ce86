"""Which theory errors a likelihood has, and what is known of V_cb."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from muoquark.common.errors import InputError, suggest
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.responses.file import Responses, read_responses, responses_of
from muoquark.likelihood.responses.jacobian import Jacobian
from muoquark.likelihood.responses.roots import PointRoot, Root, root_of
from muoquark.likelihood.snapshot import Snapshot
from muoquark.likelihood.snapshot_part import SnapshotPart
from muoquark.likelihood.snapshots import load_snapshot

__all__ = [
    "MODES",
    "Vcb",
    "find_responses",
    "modes_of",
    "numbered_by",
    "read_vcb",
    "resolved",
    "roots_of",
    "with_followed",
    "with_vcb",
]

#: How theory errors depend on the point.
MODES = {
    "point": "they follow the point: the response of the predictions to flavio's parameters there",
    "relative": "those of the SM, with errors of rates in proportion to the rate",
    "sm": "those of the SM everywhere, as in smelli",
}
# An error of V_cb that stands for none: a hundred per cent of it.
UNKNOWN = 1.0
INPUT = "BR(B->Xcenu)"


@dataclass(frozen=True)
class Vcb:
    """What is known of V_cb beside the data of the likelihood.

    Attributes
    ----------
    value, error
        None: the value of the input that the snapshot has.  An infinite error is no input.
    """

    value: float | None
    error: float

    @property
    def text(self) -> str:
        """As it is written on the command line."""
        if self.value is None:
            return "drop"
        return f"{self.value!r}+-{self.error!r}"


_WRITTEN = re.compile(r"(?P<value>0?\.(?P<digits>\d+))\((?P<error>\d+)\)")
_PLUS_MINUS = re.compile(r"(?P<value>0?\.\d+)(\+-|±)(?P<error>0?\.\d+)")


def read_vcb(text: str | None) -> Vcb | None:
    """Return what ``--vcb`` says; None for the snapshot's own input.

    Raises
    ------
    InputError
        If it is none of ``0.0391(5)``, ``0.0391+-0.0005``, ``drop`` and ``as-is``.

    Examples
    --------
    >>> read_vcb("0.0391(5)")
    Vcb(value=0.0391, error=0.0005)
    >>> read_vcb("drop").error
    inf
    """
    if text is None or text == "as-is":
        return None
    if text == "drop":
        return Vcb(None, float("inf"))
    short, plain = _WRITTEN.fullmatch(text), _PLUS_MINUS.fullmatch(text)
    if short is not None:
        value = float(short["value"])
        error = float(f"{short['error']}e-{len(short['digits'])}")
    elif plain is not None:
        value, error = float(plain["value"]), float(plain["error"])
    else:
        raise InputError(
            f"--vcb '{text}' is neither a value with its error, such as 0.0391(5) or "
            "0.0391+-0.0005, nor 'drop' (no input), nor 'as-is' (the snapshot's)"
        )
    if not (0.02 <= value <= 0.06 and 0 < error <= 0.02):
        raise InputError(
            f"--vcb {text}: V_cb between 0.02 and 0.06 with an error up to 0.02 can be taken; the "
            "running is tabulated around 0.042"
        )
    return Vcb(value, error)


def find_responses(part: SnapshotPart) -> Mapping[str, tuple[Responses, Forms]]:
    """Return the responses of a snapshot by block, with the forms whose pieces they number.

    Nothing, if none were compiled.  On another day, or with other sets of measurements, the pieces
    of a snapshot have other numbers.
    """
    return _read(part.snapshot.sha256, part.name if part.shipped is None else part.shipped.title)


@lru_cache(maxsize=2)  # a fit asks for every choice of theory errors
def _read(sha256: str, name: str) -> Mapping[str, tuple[Responses, Forms]]:
    shipped = responses_of(sha256)
    if shipped is None:
        return {}
    usual = load_snapshot(name)
    found = {}
    for block, path in shipped.files.items():
        of = numbered_by(usual, block)
        found[block] = read_responses(path, of.forms, of.metadata["sizes"]), of.forms
    return found


def numbered_by(usual: Snapshot, block: str) -> Snapshot:
    """Return the snapshot whose pieces the responses of a block number.

    A block without a shipped covariance has the observables of all measurements, also of those that
    do not take part by default; for the others there is no covariance to compare with.
    """
    return usual if block in usual.data.theory or usual.whole is None else usual.whole


def resolved(mode: str | None, part: SnapshotPart | None, vcb: Vcb | None) -> str:
    """Return the mode that is meant.

    Raises
    ------
    InputError
        For an unknown mode, or one that the data do not have.
    """
    if mode is not None and mode not in MODES:
        raise InputError(f"--theory-errors '{mode}': {suggest(mode, list(MODES))}")
    shipped = None if part is None else responses_of(part.snapshot.sha256)
    if mode is None:
        default = "sm" if shipped is None else shipped.default
        mode = default if vcb is None else "point"
    if part is None:
        if mode != "sm" or vcb is not None:
            raise InputError(
                "theory errors and the input of V_cb are those of a snapshot of flavio, and there "
                "is none among the data"
            )
        return mode
    if mode == "point" and shipped is None:
        raise InputError(
            f"the snapshot '{part.name}' has no compiled responses, which theory errors of the "
            "point need: 'relative' and 'sm' are there (docs/theory-errors.md)"
        )
    if mode == "point":
        unknown = _unknown(part)
        if unknown:
            raise InputError(
                f"theory errors of the point were not compiled for {len(unknown)} observables that "
                f"are asked for here, the first being '{unknown[0]}': 'relative' and 'sm' are "
                "there (docs/theory-errors.md)"
            )
    if vcb is not None and mode != "point":
        raise InputError(
            f"--vcb needs theory errors that are made of parameters, --theory-errors point; found "
            f"'{mode}', a matrix in which the error of V_cb cannot be told from the others"
        )
    return mode


def modes_of(part: SnapshotPart | None, vcb: Vcb | None) -> tuple[str, ...]:
    """Return the modes that data have."""
    if part is None:
        return ("sm",)
    if vcb is not None:
        return ("point",)
    complete = bool(find_responses(part)) and not _unknown(part)
    return tuple(mode for mode in MODES if mode != "point" or complete)


def with_vcb(part: SnapshotPart, vcb: Vcb | None) -> SnapshotPart:
    """Return the part of which the input of the CKM scheme for V_cb is that of `vcb`.

    The value is what the SM would extract; new physics in the semileptonic decay shifts it as
    before.
    """
    if vcb is None or vcb.value is None:
        return part
    forms = part.snapshot.forms
    names = [forms.observables[int(k)].name for k in forms.ckm_inputs]
    measured = np.array(forms.ckm_measured, dtype=float)
    centre = float(np.asarray(forms.ckm_centre)[2])
    # The rate goes with V_cb^2.
    predicted = part.snapshot.sm[int(forms.ckm_inputs[names.index(INPUT)])]
    measured[names.index(INPUT)] = predicted * (vcb.value / centre) ** 2
    forms = replace(forms, ckm_measured=measured)
    return replace(part, snapshot=replace(part.snapshot, forms=forms))


def roots_of(mode: str, part: SnapshotPart | None, vcb: Vcb | None) -> dict[str, Root]:
    """Return the roots of the theory covariances that follow the point, by block."""
    if part is None or mode == "sm":
        return {}
    data = part.data
    found: dict[str, Root] = {}
    responses = find_responses(part) if mode == "point" else {}
    for block, theory in data.theory.items():
        positions = np.array(data.blocks[block], dtype=int)
        if mode == "relative":
            found[block] = root_of(
                np.asarray(theory),
                data.measured[block].covariance,
                part.rates[positions],
                part.sm[positions],
            )
        elif block in responses:
            found[block] = _point(*responses[block], part, positions, vcb)
    return found


def with_followed(mode: str, part: SnapshotPart) -> SnapshotPart:
    """Return the part of which every block is Gaussian whose theory errors follow the point.

    Where theory errors are neglected otherwise, measurements are normal, or nearly so: their
    combination says the same as they do one by one, up to a constant.  What was not measured leaves
    the block, as it does in other Gaussian ones.
    """
    data, found = part.data, find_responses(part) if mode == "point" else {}
    measured = {o for c in data.constraints for o in c.observables}
    blocks, theory = dict(data.blocks), dict(data.theory)
    low = np.zeros(len(part.snapshot.forms.directions))
    for block, (responses, forms) in found.items():
        kept = tuple(o for o in blocks.get(block, ()) if o in measured)
        if block in theory or not kept:
            continue
        root = _point(responses, forms, part, np.array(kept, dtype=int), None)
        j = root(low, np.asarray(part.snapshot.forms.ckm_centre), None)
        blocks[block], theory[block] = kept, j @ j.T + root.constant
    new = theory.keys() - data.theory.keys()
    if not new:
        return part
    touched = {o for block in new for o in blocks[block]}
    return part.with_data(replace(data, blocks=blocks, theory=theory), touched)


def _point(
    responses: Responses,
    forms: Forms,
    part: SnapshotPart,
    positions: np.ndarray,
    vcb: Vcb | None,
) -> PointRoot:
    place = {text: k for k, text in enumerate(responses.observables)}
    usual = {str(o): k for k, o in enumerate(forms.observables)}
    texts = [str(part.snapshot.observables[k]) for k in positions]
    jacobian = Jacobian.of(forms, responses, np.array([usual[text] for text in texts]))
    # Where the low-scale vector of this part has the directions of those forms.
    at = {d: k for k, d in enumerate(part.snapshot.forms.directions)}
    low = np.array([at[forms.directions[k]] for k in jacobian.low], dtype=int)
    jacobian = replace(jacobian, low=low)
    diagonal = np.diag([responses.diagonal[place[text]] for text in texts])
    if vcb is not None:
        jacobian = replace(jacobian, ckm_root=_with_error(responses.ckm_root, vcb))
    return PointRoot(jacobian, diagonal, responses.nuisances)


def _unknown(part: SnapshotPart) -> list[str]:
    """Return the observables of blocks with responses of which none were compiled."""
    unknown = []
    for block, (responses, forms) in find_responses(part).items():
        known = set(responses.observables) & {str(o) for o in forms.observables}
        texts = [str(part.snapshot.observables[k]) for k in part.data.blocks.get(block, ())]
        unknown += [text for text in texts if text not in known]
    return unknown


def _with_error(root: np.ndarray, vcb: Vcb, column: int = 2) -> np.ndarray:
    """Return a root of the covariance of the CKM parameters with another error of V_cb.

    The other parameters follow V_cb as before, and keep what of their errors it does not explain.
    """
    covariance = root @ root.T
    slope = covariance[:, column] / covariance[column, column]
    rest = covariance - np.outer(slope, slope) * covariance[column, column]
    error = vcb.error if np.isfinite(vcb.error) else UNKNOWN
    values, vectors = np.linalg.eigh(rest / np.outer(np.diag(root), np.diag(root)))
    kept = np.argsort(values)[1:]
    own = np.diag(root)[:, None] * vectors[:, kept] * np.sqrt(values[kept])
    return np.column_stack([own, slope * error])


def described(identity: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return mode and V_cb of a record; those of before this choice have errors of the SM."""
    return str(identity.get("theory_errors", "sm")), identity.get("vcb")
