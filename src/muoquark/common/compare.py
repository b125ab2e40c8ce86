"""Two results side by side: the same bits, or the largest difference and where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Comparison", "Difference", "compare_arrays", "compare_documents"]

# How much work was done: said when it differs, but no result.
EFFORT = frozenset({"minimisations", "calls", "steps"})


@dataclass(frozen=True)
class Difference:
    """One place where two results differ.

    Attributes
    ----------
    path
        As in JSON Path, or the name of an array.
    old, new
        What stands there.
    relative
        ``|new - old|`` over the larger of the two, or over the largest number of the list or array
        that they stand in; infinite for a word, a missing entry or another length.
    """

    path: str
    old: Any
    new: Any
    relative: float


@dataclass(frozen=True)
class Comparison:
    """All differences of two results.

    Attributes
    ----------
    numbers
        How many numbers were compared.
    differences
        Largest first.
    effort
        Differences in how much work was done, which are no result (:data:`EFFORT`).
    """

    numbers: int
    differences: tuple[Difference, ...]
    effort: tuple[Difference, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether no bit differs."""
        return not self.differences and not self.effort

    @property
    def largest(self) -> Difference | None:
        """The largest difference of a result."""
        return self.differences[0] if self.differences else None

    def within(self, tolerance: float) -> bool:
        """Tell whether no result differs by more than `tolerance`."""
        return self.largest is None or self.largest.relative <= tolerance


def compare_documents(
    old: Mapping[str, Any], new: Mapping[str, Any], skip: tuple[str, ...] = ("inputs", "notes")
) -> Comparison:
    """Compare two results as JSON gives them; `skip` are keys of the outermost level.

    Notes are words on what was read, not results: a record of inputs no longer has the rounding
    noise that was dropped from a file.
    """
    old = {key: value for key, value in old.items() if key not in skip}
    new = {key: value for key, value in new.items() if key not in skip}
    return _sorted(_count(old), _walk(old, new, "$"))


def compare_arrays(old: Mapping[str, np.ndarray], new: Mapping[str, np.ndarray]) -> Comparison:
    """Compare two sets of arrays of any shape by name, bit for bit."""
    found = []
    for name in sorted({*old, *new}):
        if name not in old or name not in new:
            found.append(Difference(name, _shape(old, name), _shape(new, name), np.inf))
            continue
        a, b = old[name], new[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            found.append(Difference(name, _shape(old, name), _shape(new, name), np.inf))
        elif a.tobytes() != b.tobytes():
            found.append(_worst(name, a, b))
    return _sorted(sum(a.size for a in old.values()), found)


def _shape(arrays: Mapping[str, np.ndarray], name: str) -> str:
    return f"{arrays[name].dtype}{arrays[name].shape}" if name in arrays else "absent"


def _worst(name: str, a: np.ndarray, b: np.ndarray) -> Difference:
    """Return the place where two arrays of one shape differ most."""
    if a.dtype.kind not in "fiub":
        where = np.unravel_index(int(np.argmax((a != b).ravel())), a.shape)
        return Difference(_place(name, where), a[where], b[where], np.inf)
    x, y = a.astype(float), b.astype(float)
    with np.errstate(invalid="ignore"):
        gap = np.abs(x - y)
    # Two nans, or two equal infinities, agree; a nan beside a number does not.
    gap = np.where(
        (x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.where(np.isnan(gap), np.inf, gap)
    )
    finite = np.concatenate([x[np.isfinite(x)], y[np.isfinite(y)], [0.0]])
    scale = float(np.abs(finite).max())
    where = np.unravel_index(int(np.argmax(gap)), a.shape)
    worst = float(gap[where])
    return Difference(_place(name, where), a[where], b[where], worst / scale if worst else 0.0)


def _place(name: str, where: tuple[Any, ...]) -> str:
    return f"{name}[{', '.join(str(int(k)) for k in where)}]"


def _sorted(numbers: int, found: Any) -> Comparison:
    rows = sorted(found, key=lambda d: -d.relative)
    effort = tuple(d for d in rows if d.path.rpartition(".")[2] in EFFORT)
    return Comparison(numbers, tuple(d for d in rows if d not in effort), effort)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_count(item) for item in value.values())
    if isinstance(value, list):
        return sum(_count(item) for item in value)
    return int(_is_number(value))


def _walk(old: Any, new: Any, path: str) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            here = f"{path}.{key}" if str(key).isidentifier() else f"{path}['{key}']"
            if key not in old or key not in new:
                yield Difference(here, old.get(key, "absent"), new.get(key, "absent"), np.inf)
            else:
                yield from _walk(old[key], new[key], here)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield Difference(path, f"{len(old)} entries", f"{len(new)} entries", np.inf)
            return
        pairs = list(zip(old, new, strict=True))
        if pairs and all(_is_number(x) for pair in pairs for x in pair):
            scale = max(abs(x) for pair in pairs for x in pair)
            for k, (a, b) in enumerate(pairs):
                if repr(a) != repr(b):
                    yield Difference(f"{path}[{k}]", a, b, _relative(a, b, scale))
            return
        for k, (a, b) in enumerate(pairs):
            yield from _walk(a, b, f"{path}[{k}]")
    elif _is_number(old) and _is_number(new):
        if repr(old) != repr(new):
            yield Difference(path, old, new, _relative(old, new, max(abs(old), abs(new))))
    elif repr(old) != repr(new):
        yield Difference(path, old, new, np.inf)


def _relative(a: float, b: float, scale: float) -> float:
    return abs(a - b) / scale if scale else 0.0
