"""The parameters of any result with values and intervals, in as many digits as they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from muoquark.model.coefficient_card import AnyCard
from muoquark.report.digits import interval_text, value_text
from muoquark.report.labels import label_of

__all__ = ["FittedTable", "fitted_table"]

EDGE = "a round bracket is the end of the range of the parameter, not of the interval"
_AT_LIMIT = "at the end of its range"


@dataclass(frozen=True)
class FittedTable:
    """Parameters as a table.

    Attributes
    ----------
    heads
        Of the columns behind the parameter.
    rows
        Name, label with TeX between dollars, and one text for each head.
    notes
        How the columns are to be read.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()


def fitted_table(
    verb: str,
    document: Mapping[str, Any],
    card: AnyCard | None,
    point: Mapping[str, float],
) -> FittedTable:
    """Return the parameters of a result.

    Parameters
    ----------
    verb
        What made it: fit, profile, goodness, sample or scan.
    document
        Its record; of samples what ``Posterior.record`` returns.
    card
        That it was made with.
    point
        Values of the best point, by name.
    """
    ranges = {} if card is None else {p.name: _ends(p) for p in card.free}
    make = {"fit": _fit, "profile": _profile, "goodness": _goodness, "sample": _sample}.get(verb)
    heads, cells, notes = _plain(point) if make is None else make(document, point, ranges)
    rows = tuple((name, label_of(name, card), tuple(texts)) for name, texts in cells.items())
    return FittedTable(heads, rows, notes)


_Cells = tuple[tuple[str, ...], dict[str, list[str]], tuple[str, ...]]
_Ranges = Mapping[str, tuple[float, float]]


def _ends(free: Any) -> tuple[float, float]:
    return float(free.low), float(free.high)


def _sides(
    value: float, spans: Sequence[Sequence[float]], ends: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    """Return the distances to the ends of the interval around a value; None for ends of ranges."""
    for a, b in spans:
        if a <= value <= b:
            near = 0.0 if ends is None else 1e-6 * (ends[1] - ends[0])
            open_low = ends is not None and a <= ends[0] + near
            open_high = ends is not None and b >= ends[1] - near
            return None if open_low else value - a, None if open_high else b - value
    return None, None


def _best(value: float, spans: Sequence[Sequence[float]], ends: tuple[float, float] | None) -> str:
    down, up = _sides(value, spans, ends)
    if down is None and up is None and ends is not None and len(spans) == 1:
        return f"{value:.2g}, not constrained".replace("-", "−")
    return value_text(value, down, up)


def _fit(document: Mapping[str, Any], point: Mapping[str, float], ranges: _Ranges) -> _Cells:
    cells = {}
    for name, value in point.items():
        own = document["profiles"][name]
        spans = [own[f"interval_{k}sigma"] for k in (1, 2)]
        best = _best(value, spans[0], ranges.get(name))
        if name in document.get("at_limit", ()):
            best += f", {_AT_LIMIT}"
        cells[name] = [best, *(interval_text(one, ranges.get(name)) for one in spans)]
    heads = ("best fit", "1 sigma (Delta chi2 < 1)", "2 sigma (Delta chi2 < 4)")
    said = (
        "Profiles: all other parameters are at their best in every point; errors of the best fit "
        f"are those of the 1 sigma interval, none towards the end of a range; {EDGE}."
    )
    return heads, cells, (said,)


def _profile(document: Mapping[str, Any], point: Mapping[str, float], ranges: _Ranges) -> _Cells:
    cells, lacking = {}, []
    for name, value in point.items():
        own = document["profiles"].get(name)
        if own is None:
            lacking.append(name)
            cells[name] = [value_text(value, None, None), "not profiled", "not profiled"]
            continue
        spans = [
            [(i["low"], i["high"]) for i in own["intervals"] if i["level"] == level]
            for level in (1.0, 4.0)
        ]
        best = _best(value, spans[0], ranges.get(name))
        cells[name] = [best, *(interval_text(one, ranges.get(name)) for one in spans)]
    heads = ("best fit", "1 sigma (Delta chi2 < 1)", "2 sigma (Delta chi2 < 4)")
    notes = [f"All other parameters are minimised in every point; {EDGE}."]
    if lacking:
        notes.append("'muoquark profile' without --parameter and --pair profiles all.")
    return heads, cells, tuple(notes)


def _goodness(document: Mapping[str, Any], point: Mapping[str, float], ranges: _Ranges) -> _Cells:
    found = document["point"]
    cells = {}
    for name, value in point.items():
        error = found["errors"].get(name)
        text = value_text(value, error, error)
        cells[name] = [f"{text}, {_AT_LIMIT}" if name in found["at_limit"] else text]
    return ("best fit",), cells, (
        "Errors are those of the curvature at the best fit; 'muoquark fit' finds intervals.",
    )  # fmt: skip


def _sample(document: Mapping[str, Any], point: Mapping[str, float], ranges: _Ranges) -> _Cells:
    cells = {}
    for name, row in document["summary"].items():
        median = row["median"]
        errors = median - row["low_1sigma"], row["high_1sigma"] - median
        spans = [[(row[f"low_{k}sigma"], row[f"high_{k}sigma"])] for k in (1, 2)]
        cells[name] = [value_text(median, *errors), *(interval_text(one) for one in spans)]
        cells[name].append(value_text(point[name], None, None))
    for name, row in document["summary"].items():
        if "r_hat" in row:
            least = min(row["ess_bulk"], row["ess_tail"])
            cells[name] += [f"{row['r_hat']:.3f}", f"{least:.0f}"]
    heads: tuple[str, ...] = ("median", "68.27 %", "95.45 %", "largest ln L of the draws")
    if any("r_hat" in row for row in document["summary"].values()):
        heads = (*heads, "R-hat", "effective draws")
    return heads, cells, (
        "Quantiles of the posterior with as much on either side; it depends on the priors: "
        + "; ".join(f"{name}: {text}" for name, text in document["priors"].items()) + ".",
    )  # fmt: skip


def _plain(point: Mapping[str, float]) -> _Cells:
    cells = {name: [value_text(value, None, None)] for name, value in point.items()}
    return ("best point",), cells, ("'muoquark fit' finds intervals.",)
