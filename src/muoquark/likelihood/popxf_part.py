"""A POPxf file of polynomial predictions as a part of the likelihood (2511.17348).

The file predicts, a file of the user's measurements says what was measured.  Read are POPxf 1.0
files of the SMEFT in the Warsaw basis at one scale: polynomials and functions of polynomials.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from muoquark.common.errors import Fault, InputError
from muoquark.common.expression import Expression, parse_expression
from muoquark.common.files import note_input
from muoquark.likelihood.dataset import DataSet
from muoquark.likelihood.observable import Observable
from muoquark.likelihood.part import Part, Predictor, smeft
from muoquark.running.evolution import Output

__all__ = ["PopxfPart", "read_popxf"]

# Largest degree of a polynomial that is read.
DEGREE = 6


@dataclass(frozen=True, eq=False)
class PopxfPart(Part):
    """Predictions of a POPxf file; made by :func:`read_popxf`.

    Attributes
    ----------
    name
        The path of the file.
    data
        Its observables, in one block that is called like the file; without the user's
        measurements there are none.
    targets
        The real components at the scale of the file.
    sha256
        Of the file.
    factors, weights
        The monomials: positions (T, degree) in y = (1, targets), and their coefficients (T, P) in
        the polynomials.
    functions
        For each observable its variables, by the number of their polynomial, and the function of
        them; None where the polynomial itself is the observable.
    """

    name: str
    data: DataSet
    targets: tuple[Output, ...]
    sha256: str
    factors: np.ndarray
    weights: np.ndarray
    functions: tuple[tuple[Mapping[str, int], Expression], ...] | None

    @cached_property
    def sm(self) -> np.ndarray:
        """The predictions at zero coefficients."""
        zero = np.zeros(len(self.targets))
        return np.asarray(self.evaluate(zero, None)[0])

    @property
    def predictor(self) -> Predictor:
        """The part itself."""
        return self

    def evaluate(self, low: Any, ckm: Any, xp: Any = np) -> tuple[Any, Any]:
        """Return the predictions (..., observables); nothing is continued."""
        y = xp.concatenate([xp.ones((*low.shape[:-1], 1)), xp.asarray(low)], axis=-1)
        terms = y[..., self.factors].prod(axis=-1)
        found = terms @ xp.asarray(self.weights)
        if self.functions is not None:
            values = [
                function.evaluate({v: found[..., k] for v, k in variables.items()}, xp)
                for variables, function in self.functions
            ]
            found = xp.stack([xp.broadcast_to(v, low.shape[:-1]) for v in values], axis=-1)
        return found, xp.zeros(low.shape[:-1], dtype=bool)

    def with_data(self, data: DataSet, touched: set[int]) -> Self:
        """Return the part with other measurements."""
        return replace(self, data=data)

    def identity(self) -> dict[str, Any]:
        """Return the path of the file and its hash."""
        return {"name": self.name, "file": self.name, "sha256": self.sha256}


def read_popxf(path: Path) -> PopxfPart:
    """Read a POPxf file.

    Theory errors of the file that do not depend on the coefficients make its block a Gaussian one,
    to which they are added without correlations (the format has none).

    Raises
    ------
    InputError
        If it is none, of another EFT or basis, or of several scales.
    """
    if not path.is_file():
        raise InputError(Fault("there is no such file", str(path)))
    note_input(path)
    content = path.read_bytes()
    try:
        document = json.loads(content)
        return _part(document, path, hashlib.sha256(content).hexdigest())
    except _Refused as error:
        raise InputError(Fault(str(error), str(path))) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        missing = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(Fault(f"not a POPxf file: {missing}", str(path))) from error


class _Refused(Exception):
    """What is wrong with a file, in words."""


def _part(document: Mapping[str, Any], path: Path, sha256: str) -> PopxfPart:
    metadata, data = document["metadata"], document["data"]
    basis = metadata["basis"].get("wcxf") or {}
    if (basis.get("eft"), basis.get("basis")) != ("SMEFT", "Warsaw"):
        found = "/".join(str(basis.get(k)) for k in ("eft", "basis")) if basis else "its own basis"
        raise _Refused(f"its coefficients are those of {found}, allowed: SMEFT/Warsaw")
    scale = metadata["scale"]
    if not isinstance(scale, int | float) or isinstance(scale, bool):
        raise _Refused("its observables have several scales, allowed: one scale in GeV")
    names = [str(name) for name in metadata["observable_names"]]
    observables = tuple(Observable.parse(name) for name in names)
    if len(set(observables)) < len(names):
        raise _Refused("an observable stands in it twice")
    degree = int(metadata.get("polynomial_degree", 2))
    if not 1 <= degree <= DEGREE:
        raise _Refused(f"its polynomials are of degree {degree}, allowed: 1 to {DEGREE}")
    functions = None
    key, labels = "observable_central", names
    if "polynomial_names" in metadata:
        key, labels = "polynomial_central", [str(n) for n in metadata["polynomial_names"]]
        functions = tuple(_function(one, labels) for one in metadata["observable_expressions"])
        if len(functions) != len(names):
            raise _Refused(f"{len(names)} observables, but {len(functions)} expressions")
    components, factors, weights = _monomials(data[key], degree, len(labels), key)
    block = path.name.split(".")[0]
    errors = _errors(data.get("observable_uncertainties") or {}, len(names))
    return PopxfPart(
        name=str(path),
        data=DataSet(
            observables,
            (),
            {block: tuple(range(len(names)))},
            {block: np.diag(errors**2)} if np.any(errors > 0) else {},
        ),
        targets=tuple(smeft(c, float(scale)) for c in components),
        sha256=sha256,
        factors=factors,
        weights=weights,
        functions=functions,
    )


def _function(
    one: Mapping[str, Any], labels: Sequence[str]
) -> tuple[Mapping[str, int], Expression]:
    variables = {str(v): labels.index(str(name)) for v, name in one["variables"].items()}
    function = parse_expression(str(one["expression"]))
    missing = function.variables - set(variables)
    if missing:
        raise _Refused(f"the expression '{one['expression']}' has no variable {min(missing)}")
    return variables, function


def _monomials(
    given: Mapping[str, Any], degree: int, size: int, where: str
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return components, factors (T, degree) and weights (T, polynomials) of monomials.

    Keys are texts of tuples, ``('', 'lq1_2223', 'RI')``: names, one letter for each (real or
    imaginary part) at the end; without letters all are real.
    """
    components: list[str] = []
    factors, weights = [], []
    for text, numbers in given.items():
        found = ast.literal_eval(text)
        if not isinstance(found, tuple) or not all(isinstance(x, str) for x in found):
            raise _Refused(f"'{text}' in {where} is no monomial")
        letters = "R" * degree
        if len(found) == degree + 1:
            *found, letters = found
        bare = len(found) == degree and found[-1] and not set(found[-1]) - {"R", "I"}
        if bare or len(found) != degree or len(letters) != degree or set(letters) - {"R", "I"}:
            raise _Refused(f"'{text}' in {where} is no monomial of degree {degree}")
        values = np.asarray(numbers, dtype=float)
        if values.shape != (size,) or not np.all(np.isfinite(values)):
            raise _Refused(f"'{text}' in {where} needs {size} finite numbers")
        row = []
        for name, letter in zip(found, letters, strict=True):
            component = f"{name}:{'Re' if letter == 'R' else 'Im'}"
            if name and component not in components:
                components.append(component)
            row.append(1 + components.index(component) if name else 0)
        factors.append(row)
        weights.append(values)
    table = np.array(factors, dtype=int).reshape(-1, degree)
    return components, table, np.array(weights).reshape(-1, size)


def _errors(given: Mapping[str, Any], size: int) -> np.ndarray:
    """Return the errors of all sources in quadrature, (observables,)."""
    total = np.zeros(size)
    for source, numbers in given.items():
        values = numbers
        if isinstance(numbers, Mapping):
            varying = [k for k in numbers if any(x for x in ast.literal_eval(k)[:-1])]
            if varying:
                raise _Refused(
                    f"its uncertainty '{source}' depends on the coefficients; allowed are one "
                    "number for each observable"
                )
            (values,) = numbers.values()
        one = np.asarray(values, dtype=float)
        if one.shape != (size,) or np.any(one < 0) or not np.all(np.isfinite(one)):
            raise _Refused(f"its uncertainty '{source}' needs {size} numbers that are not negative")
        total = np.hypot(total, one)
    return total
