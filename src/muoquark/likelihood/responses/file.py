"""The responses of a snapshot, as they are compiled, kept and read.

A *direction* is one of the independent parameters of flavio, in standard deviations: a form factor,
a bag parameter, a mass, or a combination of such whose errors are correlated.  A *pair* is a piece
of the predictions (a polynomial of the snapshot) and a direction that it feels; it has a weight for
every monomial of the piece, which is the derivative of the piece's own weight.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.likelihood.ckm_products import ckm_products
from muoquark.likelihood.forms import Forms
from muoquark.likelihood.mixing import DERIVED

__all__ = ["FORMAT", "Nuisance", "Responses", "ShippedResponses", "piece_rows", "read_responses",
           "responses_of", "stored"]  # fmt: skip

FORMAT = 1
# Of the largest term of a pair: what is smaller is left out; and the bits of each number.
BITS, DIGITS = 22, 15
LEADING = 1 + len(DERIVED)


@dataclass(frozen=True)
class Nuisance:
    """One direction of the parameters.

    Attributes
    ----------
    constraint
        What it belongs to: a parameter, or the first of several that are correlated.
    parameters
        By how many of its own standard deviations each parameter moves.
    """

    constraint: str
    parameters: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Responses:
    """How the pieces of the observables of one block move with the parameters of the theory.

    Attributes
    ----------
    block
        Its observables.
    observables
        flavio's texts of those that were compiled, in the order of `diagonal`.
    nuisances
        The directions; those of the CKM matrix are not among them.
    pieces, directions
        (pairs,) each: position among the pieces of the snapshot, and of the direction.
    weights
        Of each pair, for the monomials of its piece in the order of the bank.
    factors
        (n, 3): observable (position among `observables`), direction, and by which share the
        constants of its products move.
    felt
        (observables, directions): which directions are kept for which observable.  A piece may
        belong to several of them.
    diagonal
        Variance of each observable that no linear response gives, (observables,).
    ckm_root
        (4, 4): ckm_root @ ckm_root.T is the covariance of the CKM parameters; column by column
        independent directions.
    metadata
        Snapshot and its hash, versions, thresholds, what was left out, the default.
    """

    block: str
    observables: tuple[str, ...]
    nuisances: tuple[Nuisance, ...]
    pieces: np.ndarray
    directions: np.ndarray
    weights: tuple[np.ndarray, ...]
    factors: np.ndarray
    felt: np.ndarray
    diagonal: np.ndarray
    ckm_root: np.ndarray
    metadata: Mapping[str, Any]


def piece_rows(forms: Forms) -> dict[int, tuple[int, int, np.ndarray]]:
    """Return for every piece that is a polynomial its bank, column and monomials there."""
    found, place = {}, LEADING
    for stage in (1, 2):
        for k, bank in enumerate(forms.banks):
            if bank.stage == stage:
                for column in range(bank.weights.shape[1]):
                    rows = np.nonzero(bank.weights[:, column])[0]
                    found[place + column] = (k, column, rows)
                place += bank.weights.shape[1]
    return found


def reaches(forms: Forms, sizes: Sequence[float]) -> list[np.ndarray]:
    """Return for every bank the size of each monomial at coefficients of size `sizes`, (T,)."""
    products = ckm_products(np.asarray(forms.ckm_centre), forms.ckm_centre, forms.ckm_phase)
    of = {name: abs(float(v)) for name, v in products.items()}
    feature = np.array(
        [np.prod([of.get(name, 1.0) or 1.0 for name in names]) for names in forms.features]
    )
    size = np.concatenate([np.where(np.asarray(sizes) > 0, sizes, 1.0), [1e-2]])
    out = []
    for bank in forms.banks:
        y = np.concatenate([[1.0], size[np.asarray(bank.directions, int)]])
        out.append(feature[bank.features] * y[bank.left] * y[bank.right])
    return out


def stored(responses: Responses, forms: Forms, sizes: Sequence[float]) -> dict[str, Any]:
    """Return the arrays of a file.

    Weights are kept to :data:`BITS` bits, relative to the largest term of their pair at
    coefficients of size `sizes`: terms of some pieces cancel to two digits.
    """
    rows, reach = piece_rows(forms), reaches(forms, sizes)
    scaled, units = [], []
    for piece, weight in zip(responses.pieces, responses.weights, strict=True):
        bank, _, own = rows[int(piece)]
        value = weight * reach[bank][own]
        unit = np.max(np.abs(value)) or 1.0
        scaled.append(_rounded(value / unit))
        units.append(unit)
    metadata = {
        **responses.metadata,
        "format": FORMAT,
        "block": responses.block,
        "observables": list(responses.observables),
        "nuisances": [[n.constraint, dict(n.parameters)] for n in responses.nuisances],
    }
    return {
        "metadata": json.dumps(metadata),
        "pieces": responses.pieces.astype(np.int32),
        "directions": responses.directions.astype(np.int32),
        "weights": np.concatenate([np.zeros(0, np.float32), *scaled]),
        "units": np.array(units),
        "factors": responses.factors,
        "felt": responses.felt,
        "diagonal": responses.diagonal,
        "ckm_root": responses.ckm_root,
    }


def _rounded(values: np.ndarray) -> np.ndarray:
    """Return numbers of at most one to so many bits, small ones as zero: they compress well."""
    steps = np.round(values * 2.0**BITS)
    kept = 2.0 ** np.clip(np.floor(np.log2(np.maximum(np.abs(steps), 1.0))) - DIGITS, 0, None)
    return np.asarray(np.round(steps / kept) * kept / 2.0**BITS, dtype=np.float32)


def read_responses(path: Path, forms: Forms, sizes: Sequence[float]) -> Responses:
    """Read a file; `forms` and `sizes` are those of the snapshot that it belongs to.

    Raises
    ------
    InputError
        If it is damaged, or of another format.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        metadata = json.loads(str(arrays.pop("metadata")))
        if metadata["format"] != FORMAT:
            raise ValueError(f"format {metadata['format']}, this version reads {FORMAT}")
        rows, reach = piece_rows(forms), reaches(forms, sizes)
        weights, start = [], 0
        flat = arrays["weights"].astype(float)
        for piece, unit in zip(arrays["pieces"], arrays["units"], strict=True):
            bank, _, own = rows[int(piece)]
            weights.append(flat[start : start + len(own)] * unit / reach[bank][own])
            start += len(own)
        if start != len(flat):
            raise ValueError("it belongs to another snapshot")
        return Responses(
            metadata["block"],
            tuple(metadata["observables"]),
            tuple(Nuisance(c, p) for c, p in metadata["nuisances"]),
            arrays["pieces"].astype(int),
            arrays["directions"].astype(int),
            tuple(weights),
            arrays["factors"],
            arrays["felt"],
            arrays["diagonal"],
            arrays["ckm_root"],
            metadata,
        )
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InputError(Fault(f"no complete file of responses ({error})", str(path))) from error


@dataclass(frozen=True)
class ShippedResponses:
    """The files of a snapshot.

    Attributes
    ----------
    files
        By block.
    default
        Which choice of theory errors is meant where nothing is said.
    """

    files: Mapping[str, Path]
    default: str


@lru_cache(maxsize=4)
def _shipped(folder: str) -> dict[str, ShippedResponses]:
    found: dict[str, ShippedResponses] = {}
    for path in sorted(Path(folder).glob("*.npz")):
        with np.load(path, allow_pickle=False) as file:
            metadata = json.loads(str(file["metadata"]))
        sha256, default = str(metadata["sha256"]), str(metadata["default"])
        before = found.get(sha256, ShippedResponses({}, default))
        assert before.default == default
        files = {**before.files, str(metadata["block"]): path}
        found[sha256] = ShippedResponses(files, default)
    return found


def responses_of(sha256: str) -> ShippedResponses | None:
    """Return the shipped files of the snapshot with this hash, or None."""
    folder = Path(str(resources.files("muoquark.likelihood"))) / "data" / "responses"
    return _shipped(str(folder)).get(sha256)
