"""Command line of the compiler: ``python -m muoquark.likelihood.compiler --help``."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import click

from muoquark.common.errors import MuoquarkError
from muoquark.common.files import prepare_folder, write_atomic
from muoquark.common.output import check_output
from muoquark.likelihood.compiler.build import Settings, compile_snapshot
from muoquark.likelihood.compiler.extend import extend_snapshot
from muoquark.likelihood.compiler.jobs import PROBE, Stack
from muoquark.likelihood.compiler.source import FOLDER
from muoquark.likelihood.snapshot import write_snapshot

DESCRIPTIONS = {
    "2026-11": "data of November 2026, predictions of early 2026",
    "2026-06": "data and predictions of early 2026",
    "2021-07": "data and predictions of mid 2021",
}


def open_stack(python: str) -> Stack:
    """Ask an interpreter for its versions of flavio, smelli and wilson."""
    code = "import json, stack; print(json.dumps(stack.versions()))"
    result = subprocess.run([python, "-c", code], cwd=PROBE, capture_output=True, text=True)
    if result.returncode:
        raise click.ClickException(f"{python} holds no flavio and smelli: {result.stderr[-300:]}")
    return Stack(python, json.loads(result.stdout.splitlines()[-1]))


@click.command()
@click.option("--name", required=True, help="Name of the snapshot, such as 2026-06.")
@click.option("--revision", type=click.IntRange(0), help="Of a snapshot that is to be shipped.")
@click.option("--python", required=True, help="Interpreter that holds flavio and smelli.")
@click.option(
    "--cache",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of intermediate results; an interrupted compilation resumes from it.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The snapshot (npz).")
@click.option("--report", type=click.Path(path_type=Path), help="Accuracy table (Markdown).")
@click.option(
    "--quadrature",
    type=click.Choice(("converged", "flavio")),
    default="converged",
    show_default=True,
    help="Integrals over q2: converged, or with the rules of flavio.",
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True,
              help="Sampling processes on this machine.")  # fmt: skip
@click.option("--dask", help="Address of a Dask scheduler to sample on instead.")
@click.option("--extend", metavar="SNAPSHOT",
              help="A snapshot of the same stack whose predictions are taken over, with its "
              "revision; measurements, and what they need, come from the folder of --name in "
              "compiler/measurements. The integrals are flavio's.")  # fmt: skip
def main(
    name: str,
    revision: int | None,
    python: str,
    cache: Path,
    out: Path,
    report: Path | None,
    quadrature: str,
    workers: int,
    dask: str | None,
    extend: str | None,
) -> None:
    """Compile a data snapshot from an installed stack of flavio and smelli."""
    start = time.time()

    def say(text: str) -> None:
        click.echo(f"{time.time() - start:7.1f} s  {text}", err=True)

    try:  # before the hours of sampling, not after them
        prepare_folder(cache)
        for path in (out, report):
            if path is not None:
                check_output(path, force=True)
    except MuoquarkError as error:
        raise click.ClickException(str(error)) from error
    settings = Settings(
        name,
        DESCRIPTIONS.get(name, ""),
        open_stack(python),
        cache,
        workers,
        dask,
        say,
        quadrature if extend is None else "flavio",
        revision,
    )
    try:
        if extend is None:
            snapshot, table = compile_snapshot(settings)
        else:
            snapshot, table = extend_snapshot(settings, extend, FOLDER / name)
        write_snapshot(out, snapshot)
        if report is not None:
            write_atomic(report, table)
    except MuoquarkError as error:
        raise click.ClickException(str(error)) from error
    say(f"wrote {out}, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
