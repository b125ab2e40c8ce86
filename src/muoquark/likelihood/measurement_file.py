"""Measurements of the user's own: files in flavio's YAML grammar.

    Belle II B->Knunu 2023:
      experiment: Belle II
      inspire: Belle-II:2023esi
      date: 2023-11-24                  # beyond flavio's grammar
      supersedes: [BaBar B->Knunu 2013] # likewise: measurements that this one takes the place of
      values:
        BR(B+->Knunu): 2.3 ± 0.7 e-5

``values`` may also be a list of ``{name: ..., q2min: ..., q2max: ..., value: ...}``, with a
``correlation`` for correlated Gaussian values: a number, a matrix or one triangle of it;
``observables`` with ``values: {distribution: ..., ...}`` gives one joint distribution.  A list of
distributions is convolved.  A measurement of a name that the snapshot holds takes the place of
that one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from muoquark.common.document import Node, read_document, read_text
from muoquark.common.errors import suggest
from muoquark.likelihood.distributions import pdf_from_distributions
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.pdfs import (
    Asymmetric,
    MomentsOnly,
    MultivariateNormal,
    Normal,
    Pdf,
)
from muoquark.likelihood.triangles import symmetric
from muoquark.likelihood.values import Errors, errors_from_text, pdf_from_text

__all__ = ["MeasuredPdf", "UserMeasurement", "read_measurements"]

KEYS = (
    "experiment", "inspire", "hepdata", "url", "description", "date", "supersedes",
    "values", "observables", "correlation",
)  # fmt: skip


@dataclass(frozen=True)
class MeasuredPdf:
    """One pdf and the observables that it constrains, by their keys."""

    observables: tuple[str, ...]
    pdf: Pdf


@dataclass(frozen=True)
class UserMeasurement:
    """A measurement as read from a file.

    Attributes
    ----------
    name
        If the snapshot holds one of this name, it takes its place.
    constraints
        Its pdfs.
    info
        What the file says of it: experiment, texkey, address, date.
    supersedes
        Names of other measurements that it removes.
    """

    name: str
    constraints: tuple[MeasuredPdf, ...]
    info: Mapping[str, str]
    supersedes: tuple[str, ...]


def read_measurements(
    path: str | Path,
    arguments: Mapping[str, tuple[str, ...]],
    known: Sequence[str],
    measurements: Sequence[str] = (),
    refused: Mapping[str, str] | None = None,
    gaussian: Mapping[str, str] | None = None,
    part_of: Mapping[str, str] | None = None,
) -> list[UserMeasurement]:
    """Read and validate a file of measurements.

    Parameters
    ----------
    arguments
        The observables of the data: name to the names of its arguments.
    known
        The keys (:attr:`Observable.key`) of the observables of the data.
    measurements
        Names of the measurements in the data, which may be superseded.
    refused
        Names or keys of what is in the data and cannot be measured, with the reason.
    gaussian
        Keys of observables in blocks with a theory covariance, with the name of the block.
    part_of
        The part of the data that predicts each observable, by its key; by default all are in one.

    Raises
    ------
    InputError
        With every fault of the file and its line.
    """
    text, source = read_text(path)
    document = read_document(text, source)
    reader = _Reader(
        arguments, set(known), measurements, refused or {}, gaussian or {}, part_of or {}
    )
    result = [reader.measurement(name, node) for name, node in document.root.mapping().items()]
    document.finish()
    return result


class _Reader:
    """Turns nodes into measurements, noting every fault on the way."""

    def __init__(
        self,
        arguments: Mapping[str, tuple[str, ...]],
        known: set[str],
        measurements: Sequence[str],
        refused: Mapping[str, str],
        gaussian: Mapping[str, str],
        part_of: Mapping[str, str],
    ) -> None:
        self.arguments, self.known, self.measurements = arguments, known, measurements
        self.refused, self.gaussian, self.part_of = refused, gaussian, part_of
        self.seen: set[str] = set()  # in the measurement that is being read

    def measurement(self, name: str, node: Node) -> UserMeasurement:
        entries = node.mapping(KEYS, required=("values",))
        info: dict[str, str] = {
            str(key): entries[key].text() or ""
            for key in ("experiment", "inspire", "hepdata", "url", "description", "date")
            if key in entries
        }
        supersedes = []
        self.seen = set()
        for item in (entries["supersedes"].sequence() or []) if "supersedes" in entries else []:
            old = item.text()
            if old is not None and old not in self.measurements:
                item.fault(f"'{old}' is not in the data: {_near(old, self.measurements)}")
            supersedes.append(old or "")
        if "date" in info and not re.fullmatch(r"\d{4}(-\d\d){0,2}", info["date"]):
            entries["date"].fault(f"a date is YYYY, YYYY-MM or YYYY-MM-DD, found '{info['date']}'")
        constraints: list[MeasuredPdf] = []
        values = entries.get("values")
        if values is not None and (values.entries == {} or values.items == []):
            values.fault("a measurement needs values")
        elif "values" in entries:
            if "observables" in entries:
                constraints = self.joint(entries["observables"], entries["values"])
            elif "correlation" in entries:
                constraints = self.correlated(entries["values"], entries["correlation"])
            else:
                constraints = [
                    MeasuredPdf((key,), pdf)
                    for key, value in self.pairs(entries["values"])
                    if (pdf := self.pdf(value)) is not None and self.single(value, pdf)
                ]
        return UserMeasurement(name, tuple(constraints), info, tuple(supersedes))

    def pairs(self, values: Node) -> list[tuple[str, Node]]:
        """Return (observable key, value node) of both ways to write ``values``."""
        if values.items is None:
            found = values.mapping()
            return [(k, v) for name, v in found.items() if (k := self.key(v, name, {}))]
        pairs = []
        for item in values.items:
            entries = dict(item.mapping())
            name = entries.pop("name").text() if "name" in entries else None
            value = entries.pop("value", None)
            if name is None or value is None:
                item.fault("expected {name: ..., value: ...} with the observable's arguments")
                continue
            key = self.key(item, name, entries)
            if key:
                pairs.append((key, value))
        return pairs

    def key(self, node: Node, name: str, given: Mapping[str, Node]) -> str | None:
        """Identify an observable of the snapshot that this measurement has not named before."""
        if name in self.refused:
            node.fault(f"'{name}' {self.refused[name]}")
            return None
        if name not in self.arguments:
            node.fault(
                f"the observable '{name}' is not in the data: {_near(name, list(self.arguments))}"
            )
            return None
        wanted = self.arguments[name]
        if set(given) != set(wanted):
            node.fault(
                f"'{name}' takes the arguments ({', '.join(wanted)}), found ({', '.join(given)})"
            )
            return None
        numbers = [given[argument].real() for argument in wanted]
        if None in numbers:
            return None
        values = [float(x) for x in numbers if x is not None]
        key = Observable(name, tuple(zip(wanted, values, strict=True))).key
        if key in self.refused:
            node.fault(f"'{name}' {self.refused[key]}")
            return None
        if key not in self.known:
            node.fault(f"the data have '{name}' only for other values of its arguments")
            return None
        if key in self.seen:
            node.fault(f"'{name}' stands twice in this measurement")
            return None
        self.seen.add(key)
        return key

    def together(self, node: Node, keys: Sequence[str]) -> bool:
        """Check that correlated values are in one part, and in one Gaussian block or in none."""
        parts = sorted({self.part_of.get(key, "") for key in keys})
        if len(parts) > 1:
            node.fault(
                f"correlated values from several parts of the data, {' and '.join(parts)}: give "
                "the values without a correlation"
            )
            return False
        blocks = {self.gaussian.get(key, "") for key in keys}
        if len(blocks) > 1:
            named = sorted(blocks, reverse=True)
            names = " and ".join(f"'{name}'" if name else "the others" for name in named)
            node.fault(
                f"correlated values from {names}: a block with theory errors holds no correlation "
                "with observables outside of it; give the values without a correlation"
            )
        return len(blocks) == 1

    def pdf(self, node: Node) -> Pdf | None:
        """Read a value: text, a distribution or a list of them, which are convolved."""
        try:
            if node.entries is None and node.items is None:
                return pdf_from_text(node.scalar or "")
            return pdf_from_distributions(_plain(node))
        except (ValueError, TypeError) as error:
            node.fault(str(error))
            return None

    def single(self, node: Node, pdf: Pdf) -> bool:
        """Check that a pdf is that of one number."""
        if isinstance(pdf, MomentsOnly) or pdf.size != 1:
            node.fault("a joint distribution needs a list 'observables'")
            return False
        return True

    def joint(self, listed: Node, values: Node) -> list[MeasuredPdf]:
        """Read ``observables`` with one joint distribution."""
        keys = []
        for item in listed.sequence() or []:
            entries = dict(item.entries or {})
            node = entries.pop("name", None)
            name = item.scalar if item.entries is None else node.text() if node else None
            key = self.key(item, name or "", entries)
            if key:
                keys.append(key)
        pdf = self.pdf(values)
        if pdf is None or len(keys) != len(listed.items or []):
            return []
        if pdf.size != len(keys):
            values.fault(f"{len(keys)} observables, but a distribution of {pdf.size}")
            return []
        if not self.together(listed, keys):
            return []
        if isinstance(pdf, MomentsOnly) and keys[0] not in self.gaussian:
            values.fault(
                "a joint table needs a block that is Gaussian, which takes mean and covariance of "
                "it; give a table for each observable, or a multivariate_normal"
            )
            return []
        return [MeasuredPdf(tuple(keys), pdf)]

    def correlated(self, values: Node, correlation: Node) -> list[MeasuredPdf]:
        """Read Gaussian values with a correlation; the variance is the sum of c^2 + right left."""
        keys: list[str] = []
        found: list[Errors] = []
        pairs = self.pairs(values)
        for key, node in pairs:
            errors = self.errors(node)
            if errors is not None:
                keys.append(key)
                found.append(errors)
        if not keys or len(keys) != len(values.items or values.entries or ()):
            return []  # with a fault for each value that is missing
        matrix = _correlation(correlation, len(keys))
        if matrix is None or not self.together(values, keys):
            return []
        if np.linalg.eigvalsh(matrix)[0] <= 0:
            correlation.fault("the correlation matrix is not positive definite")
            return []
        widths = np.array([errors.width for errors in found])
        mean = np.array([errors.centre for errors in found])
        covariance = np.outer(widths, widths) * matrix
        if len(keys) == 1:
            return [MeasuredPdf(tuple(keys), Normal(float(mean[0]), float(widths[0])))]
        return [MeasuredPdf(tuple(keys), MultivariateNormal(mean, covariance))]

    def errors(self, node: Node) -> Errors | None:
        """Read a value that takes part in a correlation: text, or a Gaussian distribution."""
        if node.entries is None and node.items is None:
            try:
                return errors_from_text(node.scalar or "")
            except ValueError as error:
                node.fault(str(error))
                return None
        pdf = self.pdf(node)
        if pdf is None:
            return None
        if isinstance(pdf, Normal):
            return Errors(pdf.mean, (pdf.error,))
        if isinstance(pdf, Asymmetric):
            return Errors(pdf.mode, (), ((pdf.right, pdf.left),))
        node.fault("a correlated value needs Gaussian errors")
        return None


def _correlation(node: Node, size: int) -> np.ndarray | None:
    """Return the full matrix of a number, a full matrix or one of its triangles."""
    if node.items is None:
        value = node.real(-1, 1)
        return None if value is None else np.eye(size) + (1 - np.eye(size)) * value
    if len(node.items) != size:
        node.fault(f"the correlation has {len(node.items)} rows for {size} values")
        return None
    rows: list[list[float]] = []
    for row in node.items:
        numbers = [item.real(-1, 1) for item in row.sequence() or []]
        rows.append([x for x in numbers if x is not None])
        if len(rows[-1]) != len(numbers):
            return None  # its own fault has been noted
    try:
        matrix = symmetric(rows)
    except ValueError as error:
        node.fault(str(error))
        return None
    if np.any(np.diag(matrix) != 1):
        node.fault("the diagonal of the correlation must be 1")
        return None
    return matrix


def _plain(node: Node) -> Any:
    if node.items is not None:
        return [_plain(item) for item in node.items]
    if node.entries is not None:
        return {key: _plain(item) for key, item in node.entries.items()}
    try:
        return float(node.scalar or "")
    except ValueError:
        return node.scalar


def _near(word: str, allowed: Sequence[str]) -> str:
    """Suggest, but do not list hundreds of names."""
    text = suggest(word, allowed).partition("Allowed:")[0].strip()
    return text or "muoquark predict lists all observables, muoquark data all measurements"
