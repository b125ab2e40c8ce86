"""Read and write compiled data snapshots; the layout is described in docs/snapshot.md.

A snapshot is one npz file.  Its entry ``metadata`` is JSON text, all other entries are arrays
that the metadata names.  Nothing in it is executable (no pickles).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common import kept
from muoquark.common.errors import Fault, InputError
from muoquark.common.files import write_arrays
from muoquark.likelihood.archive import Archive
from muoquark.likelihood.constraint import Constraint
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.forms import Bank, Forms
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import MomentsOnly, Pdf, stored

__all__ = ["FORMATS", "Snapshot", "read_snapshot", "write_snapshot"]

# What a file without an archive is, and one with: a reader that knows no archive would take
# measurements together that exclude each other.
PLAIN, ARCHIVED = 1, 2
FORMATS = (PLAIN, ARCHIVED)


@dataclass(frozen=True)
class Snapshot:
    """One compiled set of data and predictions.

    Attributes
    ----------
    metadata
        Name, versions of the stack, measurements with their references, accuracy of the
        predictions, what was pruned.
    forms
        Predictions as functions of low-scale Wilson coefficients and CKM parameters.
    data
        The measurements, in blocks.
    sm, measured, error
        For each observable: prediction in the SM, combined measurement and its uncertainty.
    sha256
        Hash of the file that was read, empty for a snapshot that was not read from one.
    archive
        Which of the measurements take part when; None if all do.
    whole
        The snapshot with all measurements that this one was taken from (:mod:`.edition`), if any.
    """

    metadata: Mapping[str, Any]
    forms: Forms
    data: DataSet
    sm: np.ndarray[Any, Any]
    measured: np.ndarray[Any, Any]
    error: np.ndarray[Any, Any]
    sha256: str = ""
    archive: Archive | None = None
    whole: Snapshot | None = None

    @property
    def observables(self) -> tuple[Observable, ...]:
        """All observables, in the order of the predictions."""
        return self.forms.observables


def write_snapshot(path: str | Path, snapshot: Snapshot) -> None:
    """Write a snapshot in one step, with all of its measurements; see `read_snapshot`.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    snapshot = snapshot.whole or snapshot
    arrays: dict[str, Any] = {}
    f = snapshot.forms
    for k, bank in enumerate(f.banks):
        for name in ("directions", "features", "left", "right"):
            arrays[f"bank{k}_{name}"] = np.asarray(getattr(bank, name), dtype=np.int32)
        arrays[f"bank{k}_weights"] = bank.weights
    for name in ("numerators", "denominators", "roots", "owner", "ckm_inputs", "logarithms"):
        arrays[name] = np.asarray(getattr(f, name), dtype=np.int32)
    for name in ("constants", "ckm_centre", "ckm_measured"):
        arrays[name] = np.asarray(getattr(f, name), dtype=float)
    listed = []
    for k, c in enumerate(snapshot.data.constraints):
        for name, value in c.pdf.arrays().items():
            arrays[f"constraint{k}_{name}"] = np.asarray(value)
        listed.append(
            {
                "block": c.block,
                "measurement": c.measurement,
                "kind": c.pdf.kind,
                "observables": list(c.observables),
                "moments": c.kept,
            }
        )
    for name, covariance in snapshot.data.theory.items():
        arrays[f"theory_{name}"] = covariance
    arrays.update(sm=snapshot.sm, measured=snapshot.measured, error=snapshot.error)
    metadata = {
        **snapshot.metadata,
        "format": PLAIN if snapshot.archive is None else ARCHIVED,
        "observables": [o.flavio for o in f.observables],
        "directions": [list(d) for d in f.directions],
        "features": [list(x) for x in f.features],
        "banks": [{"name": b.name, "stage": b.stage} for b in f.banks],
        "first": list(f.first),
        "ckm_phase": f.ckm_phase,
        "blocks": {k: list(v) for k, v in snapshot.data.blocks.items()},
        "constraints": listed,
        "theory": list(snapshot.data.theory),
    }
    if snapshot.archive is not None:
        metadata["archive"] = snapshot.archive.record()
    write_arrays(path, {"metadata": json.dumps(metadata), **arrays}, compressed=True)


def read_snapshot(path: str | Path) -> Snapshot:
    """Read a snapshot, with all measurements that it holds.

    Raises
    ------
    InputError
        If the file is absent, truncated, no snapshot, or of another format.
    """
    try:
        # Hash and content are of the same bytes, whatever happens to the file meanwhile.
        data = Path(path).read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()

        def unpacked() -> dict[str, np.ndarray]:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}

        arrays = kept.arrays(f"snapshot\n{sha256}", unpacked)
        metadata = json.loads(str(arrays.pop("metadata")))
        if metadata["format"] not in FORMATS:
            listed = " and ".join(map(str, FORMATS))
            raise InputError(
                Fault(
                    f"snapshot format {metadata['format']}, this version reads {listed}", str(path)
                )
            )
        return replace(_assemble(metadata, arrays), sha256=sha256)
    except FileNotFoundError as error:
        raise InputError(Fault("there is no such snapshot", str(path))) from error
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        TypeError,
        IndexError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise InputError(Fault(f"not a complete snapshot ({error})", str(path))) from error


def _constraint(listed: Mapping[str, Any], own: Mapping[str, Any]) -> Constraint:
    """Return a constraint with its own arrays."""
    moments = (listed["moments"][0], listed["moments"][1]) if listed["moments"] else None
    if moments is not None and listed["kind"] == "table" and "start" not in own:
        # A Gaussian block takes the moments alone: the table itself was not stored.
        pdf: Pdf = MomentsOnly(np.array([moments[0]]), np.array([[moments[1]]]))
    else:
        pdf = stored(listed["kind"], own)
    return Constraint(
        listed["block"], listed["measurement"], tuple(listed["observables"]), pdf, moments
    )


def _assemble(metadata: dict[str, Any], arrays: dict[str, Any]) -> Snapshot:
    banks = tuple(
        Bank(
            b["name"],
            b["stage"],
            *(
                arrays[f"bank{k}_{name}"]
                for name in ("directions", "features", "left", "right", "weights")
            ),
        )
        for k, b in enumerate(metadata["banks"])
    )
    forms = Forms(
        observables=tuple(
            Observable.of_flavio(o, metadata["arguments"]) for o in metadata["observables"]
        ),
        directions=tuple((d[0], d[1], d[2], d[3], d[4], d[5]) for d in metadata["directions"]),
        features=tuple(tuple(x) for x in metadata["features"]),
        banks=banks,
        first=tuple(metadata["first"]),
        ckm_phase=metadata["ckm_phase"],
        **{
            name: arrays[name]
            for name in (
                "numerators",
                "denominators",
                "roots",
                "constants",
                "owner",
                "ckm_centre",
                "ckm_inputs",
                "ckm_measured",
                "logarithms",
            )
        },
    )
    own: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        first, _, last = name.partition("_")
        own.setdefault(first, {})[last] = array
    data = DataSet(
        observables=forms.observables,
        constraints=tuple(
            _constraint(c, own.get(f"constraint{k}", {}))
            for k, c in enumerate(metadata["constraints"])
        ),
        blocks={k: tuple(v) for k, v in metadata["blocks"].items()},
        theory={k: arrays[f"theory_{k}"] for k in metadata["theory"]},
        info=metadata["measurements"],
    )
    return Snapshot(
        metadata=metadata,
        forms=forms,
        data=data,
        sm=arrays["sm"],
        measured=arrays["measured"],
        error=arrays["error"],
        archive=Archive.of(metadata["archive"]) if "archive" in metadata else None,
    )
