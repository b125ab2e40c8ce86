"""``muoquark report``: one HTML page that holds all of a result."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.inputs import FORCE
from muoquark.cli.progress import working, wrote
from muoquark.common.errors import MuoquarkError

if TYPE_CHECKING:
    from muoquark.report.page import Repeating

NAME = "report.html"


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--out", type=click.Path(), metavar="FILE",
              help=f"The page [default: {NAME} beside RESULT].")  # fmt: skip
@click.option("--title", help="At its head [default: the model and what was done].")
@click.option("--skip", type=click.Choice(("theory", "lhc")), multiple=True,
              help="What is not to be computed; may be repeated.")  # fmt: skip
@FORCE
def command(
    result: str, out: str | None, title: str | None, skip: tuple[str, ...], force: bool
) -> None:
    """Write one HTML page with all of RESULT, for a colleague or a referee.

    RESULT is the JSON file of fit, profile or goodness, or the NetCDF file of sample or scan.  On
    the page: where the data disagree, parameters, figures, Delta chi2 by group, goodness of fit,
    every observable with its pull and sources, the theory up to the Planck scale, the LHC, the
    card, how to make it again, and what to cite.  What the file does not hold is computed at its
    best point, in about half a minute; the page needs no network.
    """
    from muoquark.common.output import check_output, save

    path = Path(out) if out is not None else Path(result).parent / NAME
    check_output(path, force)
    from muoquark.report.findings import findings_of, understood
    from muoquark.report.page import as_page
    from muoquark.report.page_figures import page_figures

    with working("reading the result") as status:
        found = findings_of(result, skip, status.update)
        status.update("drawing")
        figures, no_figure = page_figures(found)
        status.update("writing")
        repeating = _repeating(found.inputs, result)
        with understood(result):
            text = as_page(found, figures, no_figure, repeating, title)
        save(path, text, force)
    wrote([path])


def _repeating(inputs: Mapping[str, Any], source: str) -> Repeating:
    """Return the command line that made a result, with names of files in the place of paths."""
    import shlex

    from muoquark.cli.rerun import command_line
    from muoquark.report.page import Repeating

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        try:
            arguments = command_line(inputs, source, place)
        except (MuoquarkError, KeyError):
            return Repeating()  # 'muoquark rerun' says why, and the page names it
        names = [Path(one).name if Path(one).parent == place else one for one in arguments]
        files = {
            one.name: one.read_text(encoding="utf-8")
            for one in sorted(place.iterdir())
            if one.name != "card.yaml"
        }
    return Repeating(shlex.join(["muoquark", str(inputs["verb"]), *names]), files)
