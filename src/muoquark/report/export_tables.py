"""Tables as CSV, LaTeX and in HEPData's submission format.

HEPData: https://hepdata-submission.readthedocs.io, schema 1.1.1 of submission.yaml and data files.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from muoquark.model.coefficient_card import AnyCard
from muoquark.report.digits import decimals_of, rounded
from muoquark.report.labels import label_of
from muoquark.report.tables import Column, Table, Value, slug

__all__ = ["csv_text", "hepdata_files", "latex_text"]

# HEPData's limits on the name of a table.
NAME = 64
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"$<$", ">": r"$>$", "±": r"$\pm$",
}  # fmt: skip


def csv_text(table: Table) -> str:
    """Return a table as CSV with a line of column names; numbers have all digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heads = []
    for column in table.columns:
        heads += [_head(column), *(f"{column.name} {end}" for end in ("low", "high") if column.low)]
        heads += [f"{column.name} interval ends with the range at"] if column.ends else []
    writer.writerow(heads)
    for k in range(len(table.rows)):
        row: list[Any] = []
        for column in table.columns:
            row.append(_cell(column.values[k]))
            if column.low:
                row += [_cell(column.low[k]), _cell(column.high[k])]
            if column.ends:
                row.append(column.ends[k])
        writer.writerow(row)
    return stream.getvalue()


def _head(column: Column) -> str:
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def _cell(value: Value) -> Any:
    return "" if value is None else value


def latex_text(table: Table, card: AnyCard | None = None) -> str:
    """Return a table as a LaTeX ``tabular`` for the package booktabs.

    Values beside an uncertainty are written with it and have its digits, others have four digits;
    what is known by a symbol is written with it; `card` says how its parameters are called.
    """
    columns = [c for c in table.columns if c.name != _ERROR or not _with_error(table)]
    kinds = "".join("l" if _is_text(c) else "r" for c in columns)
    lines = [
        "% needs \\usepackage{booktabs}",
        f"% {table.name}: {table.description}",
        *(f"% {k}: {v}" for k, v in table.qualifiers.items()),
    ]
    if any(c.ends for c in columns):
        lines.append("% range: the interval ends with the range that was looked at")
    lines += [
        rf"\begin{{tabular}}{{{kinds}}}",
        r"\toprule",
        " & ".join(_tex(_head(c), card) for c in columns) + r" \\",
        r"\midrule",
    ]
    for k in range(len(table.rows)):
        cells = [_latex_cell(column, k, _error(table, column, k), card) for column in columns]
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


_ERROR = "uncertainty"


def _with_error(table: Table) -> bool:
    return {"measured", _ERROR} <= {c.name for c in table.columns}


def _error(table: Table, column: Column, k: int) -> float | None:
    """Return the uncertainty that gives the digits of a value of predictions, if there is one."""
    if not _with_error(table) or column.name not in ("measured", "sm", "value"):
        return None
    (errors,) = (c.values for c in table.columns if c.name == _ERROR)
    error = errors[k]
    return error if isinstance(error, float) and 0 < error < math.inf else None


def _tex(text: str, card: AnyCard | None = None) -> str:
    """Write a name or a text: by its symbol if it has one, decays with an arrow."""
    symbol = label_of(text, card)
    if symbol.startswith(("$", "Re $", "Im $")):
        return symbol
    parts = [_escaped(part) for part in text.split("->")]
    return r"$\to$".join(parts)


def _is_text(column: Column) -> bool:
    return any(isinstance(v, str) for v in column.values)


def _escaped(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text)


def _latex_cell(
    column: Column, k: int, error: float | None = None, card: AnyCard | None = None
) -> str:
    value = column.values[k]
    if isinstance(value, str):
        return _tex(value, card)
    if value is None or not math.isfinite(value):
        return "--"
    low = column.low[k] if column.low else None
    high = column.high[k] if column.high else None
    if error is not None:
        return _rounded(float(value), error, column.name == "measured")
    if low is None or high is None:
        return f"${_number(float(value))}$" if isinstance(value, float) else f"${value}$"
    up, down = high - value, value - low
    end = column.ends[k] if column.ends else ""
    # As many decimals as two digits of the smaller error need; the end of a range is no error.
    sizes = [x for x, name in ((down, "lower"), (up, "upper")) if name not in end and x > 0]
    decimals = max(0, 1 - math.floor(math.log10(min(sizes)))) if sizes else 4
    above = r"\mathrm{range}" if "upper" in end else f"+{up:.{decimals}f}"
    below = r"\mathrm{range}" if "lower" in end else f"-{down:.{decimals}f}"
    return f"${value:.{decimals}f}^{{{above}}}_{{{below}}}$"


def _rounded(value: float, error: float, with_error: bool) -> str:
    """Write a value with as many digits as two of its error need, with a common power of ten."""
    power, decimals = decimals_of(value, error)
    text = rounded(value, power, decimals)
    if with_error:
        text += rf" \pm {rounded(error, power, decimals)}"
        text = f"({text})" if power else text
    return rf"${text} \times 10^{{{power}}}$" if power else f"${text}$"


def _number(value: float) -> str:
    text = f"{value:.4g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}"


def hepdata_files(
    tables: Sequence[Table], comment: str, resources: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the files of a submission: ``submission.yaml`` and one data file for each table.

    Parameters
    ----------
    comment
        What holds for the whole submission.
    resources
        Further files of the submission and what they are.
    """
    first: dict[str, Any] = {"comment": comment}
    if resources:
        first["additional_resources"] = [
            {"location": name, "description": text} for name, text in resources.items()
        ]
    documents, files = [first], {}
    for number, table in enumerate(tables, start=1):
        name = f"{number:03d}_{slug(table.name)[:40]}.yaml"
        documents.append(
            {
                "name": f"Table {number}: {table.name}"[:NAME],
                "description": table.description,
                "keywords": [],
                "data_file": name,
            }
        )
        files[name] = _dump(_data(table))
    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, explicit_start=True)
    return {"submission.yaml": text, **files}


class _Plain(yaml.SafeDumper):
    """YAML without anchors, which people would have to resolve by eye."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dump(document: Any) -> str:
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True)


def _data(table: Table) -> dict[str, Any]:
    independent = [c for c in table.columns if c.independent]
    qualifiers = [{"name": k, "value": v} for k, v in table.qualifiers.items()]
    return {
        "independent_variables": [
            {"header": _header(c), "values": [{"value": _entry(v)} for v in c.values]}
            for c in independent
        ],
        "dependent_variables": [
            {
                "header": _header(c),
                **({"qualifiers": qualifiers} if qualifiers else {}),
                "values": [_point(c, k) for k in range(len(c.values))],
            }
            for c in table.columns
            if not c.independent
        ],
    }


def _header(column: Column) -> dict[str, str]:
    return {"name": column.name, **({"units": column.unit} if column.unit else {})}


def _entry(value: Value) -> float | int | str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    return value


def _point(column: Column, k: int) -> dict[str, Any]:
    value = column.values[k]
    point: dict[str, Any] = {"value": _entry(value)}
    low = column.low[k] if column.low else None
    high = column.high[k] if column.high else None
    # HEPData refuses points all of whose errors are zero.
    if isinstance(value, float) and low is not None and high is not None and high > low:
        label = "1 sigma"
        if column.ends and column.ends[k]:
            label += f"; {column.ends[k]} end: that of the range looked at, no error"
        point["errors"] = [
            {"asymerror": {"plus": high - value, "minus": low - value}, "label": label}
        ]
    return point
