"""Compile the tables: ``python -m muoquark.likelihood.highpt SOURCE --out tables.npz``."""

from __future__ import annotations

from pathlib import Path

import click

from muoquark.common.errors import MuoquarkError
from muoquark.common.files import prepare_folder
from muoquark.common.output import check_output
from muoquark.likelihood.highpt.pack import compile_tables, write
from muoquark.likelihood.highpt.ratio import compile_ratios, write_ratios
from muoquark.likelihood.highpt.source import open_source


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The tables (npz).")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def main(source: Path, out: Path, force: bool) -> None:
    """Compile the tables of the Drell-Yan searches.

    SOURCE is a checkout of HighPT (github.com/HighPT/HighPT) or a folder of the same numbers; or
    flavio's measurements.yml, for the bins of method=ratio.
    """
    try:
        check_output(out, force)
        prepare_folder(out.parent)
        if source.suffix == ".yml":
            write_ratios(compile_ratios(source), out)
        else:
            write(compile_tables(open_source(source)), out)
    except MuoquarkError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{out}: {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
