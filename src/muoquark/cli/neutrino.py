"""``muoquark neutrino``: the prediction (m_nu^-1)_mumu = 0 against oscillation data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from muoquark.cli.inputs import console
from muoquark.cli.progress import wrote

if TYPE_CHECKING:
    from rich.console import Console

    from muoquark.neutrino.prediction import NeutrinoExample, NeutrinoPrediction

__all__ = ["neutrino"]


@click.command()
@click.option(
    "--ordering",
    type=click.Choice(("both", "NO", "IO")),
    default="both",
    show_default=True,
    help="Mass ordering.",
)
@click.option("--fit", "release", default="NuFIT-6.1", show_default=True, help="Or NuFIT-6.0.")
@click.option(
    "--out",
    "--figure",
    "figure_path",
    type=click.Path(),
    help="File for the figure (png, pdf, svg).",
)
@click.option("--csv", "csv_path", type=click.Path(), help="Write the intervals to a CSV file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--force", is_flag=True, help="Replace output files that are there already.")
def neutrino(
    ordering: str,
    release: str,
    figure_path: str | None,
    csv_path: str | None,
    as_json: bool,
    force: bool,
) -> None:
    """Work out what U(1)_{B-3L_mu} predicts for neutrinos.

    Its charges leave the (mu, mu) entry of M_R empty, so that (m_nu^-1)_mumu = 0: allowed
    lightest mass, sum of masses and m_ee, and a seesaw point with the measured mixings.
    """
    from muoquark.common.output import check_output, save, to_json
    from muoquark.neutrino.prediction import prediction

    if figure_path:
        _check_format(figure_path)
    for path in (figure_path, csv_path):
        if path is not None:
            check_output(path, force)
    found = prediction(release, ("NO", "IO") if ordering == "both" else (ordering,))
    if csv_path:
        save(csv_path, _csv(found), force)
        wrote([csv_path])
    if figure_path:
        _save_figure(figure_path, release, force)
        wrote([figure_path])
    if as_json:
        click.echo(to_json(found.record()))
    else:
        _print(found)


def _check_format(path: str) -> None:
    from muoquark.common.errors import InputError

    if path.rpartition(".")[2] not in ("png", "pdf", "svg"):
        raise InputError(f"{path}: the figure can be written as .png, .pdf or .svg")


def _save_figure(path: str, release: str, force: bool) -> None:
    import io

    from muoquark.common.files import write_atomic
    from muoquark.common.output import check_output
    from muoquark.report.neutrino import figure

    check_output(path, force)

    stream = io.BytesIO()
    figure(release).savefig(stream, format=path.rpartition(".")[2], dpi=200)
    write_atomic(path, stream.getvalue())


def _rows(found: NeutrinoPrediction) -> list[tuple[str, ...]]:
    """One row for each ordering, confidence level and window: lower and upper ends in meV."""
    rows: list[tuple[str, ...]] = []
    for ordering, one in found.orderings.items():
        for sigma, windows in one.allowed.items():
            level = f"{sigma:g} sigma"
            if not windows:
                rows.append((ordering, level, *6 * ("none",)))
            for window in windows:
                ends = (*window.lightest, *window.total, *window.m_ee)
                texts = ("" if end is None else f"{1e3 * end:.3g}" for end in ends)
                rows.append((ordering, level, *texts))
    return rows


def _csv(found: NeutrinoPrediction) -> str:
    import csv
    import io

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [f"{name}_{end}_meV" for name in ("lightest", "sum", "m_ee") for end in ("min", "max")]
    writer.writerow(["ordering", "level", *names])
    writer.writerows(_rows(found))
    return stream.getvalue()


def _print(found: NeutrinoPrediction) -> None:
    from rich.table import Table

    from muoquark.neutrino.prediction import BOUNDS, CONDITION

    terminal = console()
    terminal.print(f"{CONDITION} against {found.source}")
    table = Table(title="Allowed, in meV (no upper end: none below 1 eV)", title_justify="left")
    for column in ("ordering", "level", "lightest mass", "sum of masses", "m_ee"):
        table.add_column(column)
    for ordering, level, *ends in _rows(found):
        if ends[0] == "none":
            table.add_row(ordering, level, "nowhere", "", "")
            continue
        cells = []
        for low, high in zip(ends[::2], ends[1::2], strict=True):
            cells.append(f"{low} to {high}" if high else f"above {low}")
        table.add_row(ordering, level, *cells)
    terminal.print(table)
    for ordering, one in found.orderings.items():
        chi2 = one.fit.delta_chi2
        terminal.print(f"{ordering}: Delta chi2 of the ordering in the global fit {chi2}")
        if one.fit.carried:
            terminal.print(f"  intervals of the release before: {', '.join(one.fit.carried)}")
        _print_example(terminal, one.example)
    terminal.print("Bounds:")
    for name, bound in BOUNDS.items():
        value = bound.record()["value"]
        terminal.print(f"  {name}: {value} eV at {bound.cl:.0%} CL, {bound.source}")


def _print_example(terminal: Console, example: NeutrinoExample | None) -> None:
    from muoquark.neutrino.prediction import EXAMPLE_MASS

    mass = f"{1e3 * EXAMPLE_MASS:g} meV"
    if example is None:
        terminal.print(f"  no solution at the best fit with a lightest mass of {mass}")
        return
    light = example.light.summary()
    terminal.print(
        f"  example at the best fit, lightest mass {mass}: alpha21 = {light['alpha21']:.0f}, "
        f"alpha31 = {light['alpha31']:.0f} degrees, m_ee = {1e3 * float(light['m_ee']):.2g} meV, "
        f"sum = {1e3 * float(light['sum']):.3g} meV"
    )
    masses = ", ".join(f"{m / 1e3:.2g}" for m in example.light.heavy)
    point = example.seesaw
    terminal.print(
        f"  from y_nu = {abs(point.y_nu[0, 0]):.2g}, <Phi> = "
        f"{point.v_phi / 1e3:.3g} TeV: heavy masses {masses} TeV (--json has the matrices)"
    )
