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

from muoquark.report.tables import Column, Table, Value, slug

__all__ = ["csv_text", "hepdata_files", "latex_text"]

# HEPData's limits on the name of a table.
NAME = 64
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "±": r"$\pm$",
}  # fmt: skip


def csv_text(table: Table) -> str:
    """Return a table as CSV with a line of column names; numbers have all digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heads = []
    for column in table.columns:
        heads += [_head(column), *(f"{column.name} {end}" for end in ("low", "high") if column.low)]
    writer.writerow(heads)
    for k in range(len(table.rows)):
        row: list[Any] = []
        for column in table.columns:
            row.append(_cell(column.values[k]))
            if column.low:
                row += [_cell(column.low[k]), _cell(column.high[k])]
        writer.writerow(row)
    return stream.getvalue()


def _head(column: Column) -> str:
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def _cell(value: Value) -> Any:
    return "" if value is None else value


def latex_text(table: Table) -> str:
    """Return a table as a LaTeX ``tabular``, without packages; numbers have four digits."""
    kinds = "".join("l" if _is_text(c) else "r" for c in table.columns)
    lines = [
        f"% {table.name}: {table.description}",
        *(f"% {k}: {v}" for k, v in table.qualifiers.items()),
        rf"\begin{{tabular}}{{{kinds}}}",
        r"\hline",
        " & ".join(_escaped(_head(c)) for c in table.columns) + r" \\",
        r"\hline",
    ]
    for k in range(len(table.rows)):
        cells = [_latex_cell(column, k) for column in table.columns]
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", ""])


def _is_text(column: Column) -> bool:
    return any(isinstance(v, str) for v in column.values)


def _escaped(text: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in text)


def _latex_cell(column: Column, k: int) -> str:
    value = column.values[k]
    if isinstance(value, str):
        return _escaped(value)
    if value is None or not math.isfinite(value):
        return "--"
    low = column.low[k] if column.low else None
    high = column.high[k] if column.high else None
    if low is None or high is None:
        return f"${_number(float(value))}$" if isinstance(value, float) else f"${value}$"
    # As many decimals as two digits of the smaller error need.
    size = min(high - value, value - low)
    decimals = max(0, 1 - math.floor(math.log10(size))) if size > 0 else 4
    up, down = high - value, value - low
    return f"${value:.{decimals}f}^{{+{up:.{decimals}f}}}_{{-{down:.{decimals}f}}}$"


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
        point["errors"] = [
            {"asymerror": {"plus": high - value, "minus": low - value}, "label": "1 sigma"}
        ]
    return point
