"""``muoquark plot``: the figures of a result, drawn again from its file as one wants them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from muoquark.cli.inputs import FORCE
from muoquark.cli.progress import working, wrote
from muoquark.common.errors import Fault, InputError

FORMS = ("pdf", "png", "svg")


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--out", type=click.Path(), help="Folder for the figures [default: that of RESULT].")
@click.option("--format", "forms", default="pdf,png", show_default=True, metavar="FORM,...",
              help="pdf, png or svg.")  # fmt: skip
@click.option("--bands", metavar="NAME,...", help="Which of the bands in the file are shown.")
@click.option("--xlim", metavar="LOW,HIGH", help="Ends of the axes along x.")
@click.option("--ylim", metavar="LOW,HIGH", help="Ends of the axes along y.")
@click.option("--label", "labels", multiple=True, metavar="NAME=TEX",
              help="What a parameter or a group is called, such as 'eta3L_3=$\\lambda$'; may be "
              "repeated.")  # fmt: skip
@click.option("--title", help="Above the figure [default: the data; '' for nothing].")
@click.option("--style", "style_file", type=click.Path(), metavar="FILE",
              help="An mplstyle file of matplotlib, which counts more than ours.")  # fmt: skip
@click.option("--width", metavar="WIDTH",
              help="column (3.4 inches), page (7 inches), or inches.")  # fmt: skip
@click.option("--trace", is_flag=True, help="Of a sample, the chains as well.")
@FORCE
def command(
    result: str,
    out: str | None,
    forms: str,
    bands: str | None,
    xlim: str | None,
    ylim: str | None,
    labels: tuple[str, ...],
    title: str | None,
    style_file: str | None,
    width: str | None,
    trace: bool,
    force: bool,
) -> None:
    """Draw the figures of RESULT again: of fit, profile, goodness, theory, lhc, sample or scan.

    RESULT is the JSON file that the verb wrote, of sample and scan the NetCDF file.  Nothing is
    computed again but what takes seconds (theory).
    """
    from muoquark.common.output import output_folder
    from muoquark.report.redraw import Wishes, redraw
    from muoquark.report.style import save_figure

    wanted = _forms(forms)
    wishes = Wishes(
        bands=None if bands is None else tuple(n.strip() for n in bands.split(",") if n.strip()),
        xlim=_ends("--xlim", xlim),
        ylim=_ends("--ylim", ylim),
        labels=_labels(labels),
        title=title,
        settings=_settings(style_file),
        width=_width(width),
        trace=trace,
    )
    with working("drawing"):
        figures = redraw(result, wishes)
        names = [f"{name}.{form}" for name in figures for form in wanted]
        folder = output_folder(Path(result).parent if out is None else out, names, force)
        files = [
            file
            for name, figure in figures.items()
            for file in save_figure(figure, str(folder / name), wanted)
        ]
    wrote(files)


def _forms(text: str) -> tuple[str, ...]:
    forms = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for form in forms:
        if form not in FORMS:
            raise InputError(f"--format {form}: there are {', '.join(FORMS)}")
    if not forms:
        raise InputError(f"--format: expected one or more of {', '.join(FORMS)}")
    return forms


def _ends(option: str, text: str | None) -> tuple[float, float] | None:
    """Return the ends of an axis."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{option} {text}: expected two numbers, LOW,HIGH") from None
    if not (abs(low) < float("inf") and abs(high) < float("inf") and low != high):
        raise InputError(f"{option} {text}: expected two finite numbers that differ")
    return low, high


def _labels(given: tuple[str, ...]) -> dict[str, str]:
    from muoquark.common.tex import formula_problem

    found = {}
    for text in given:
        name, equals, label = text.partition("=")
        if not equals or not name.strip() or not label.strip():
            raise InputError(f"--label {text}: expected NAME=TEX")
        pieces = label.split("$")
        if len(pieces) % 2 == 0:
            raise InputError(f"--label {text}: a dollar is not closed")
        for formula in pieces[1::2]:
            problem = formula_problem(formula)
            if problem is not None:
                raise InputError(f"--label {text}: {problem}")
        found[name.strip()] = label.strip()
    return found


def _settings(path: str | None) -> Mapping[str, Any]:
    """Read a style file of matplotlib."""
    if path is None:
        return {}
    import warnings

    import matplotlib

    from muoquark.common.document import read_text

    text, source = read_text(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known: Any = matplotlib.rc_params_from_file(path, use_default_template=False)
    for number, line in enumerate(text.splitlines(), 1):
        key, colon, _ = line.partition("#")[0].partition(":")
        if not key.strip():
            continue
        if not colon or key.strip() not in known:
            raise InputError(
                Fault(f"not a setting of matplotlib with a value that it takes: '{line.strip()}'",
                      source, number)
            )  # fmt: skip
    return {key: known[key] for key in known}


def _width(text: str | None) -> float | None:
    from muoquark.report.redraw import WIDTHS

    if text is None or text in WIDTHS:
        return None if text is None else WIDTHS[text]
    try:
        width = float(text)
    except ValueError:
        width = float("nan")
    if not 2 <= width <= 30:
        raise InputError(
            f"--width {text}: expected {', '.join(WIDTHS)}, or 2 to 30 inches"
        ) from None
    return width
