"""``muoquark loglike``: the global log-likelihood of a point, block by block."""

from __future__ import annotations

import click

from muoquark.cli.inputs import CHAIN, JSON, ORDER, input_argument, load_coefficients
from muoquark.common.output import to_json


@click.command()
@input_argument
@click.option("--exact", is_flag=True, help="Ask smelli itself (needs the extra 'exact', 20 s).")
@CHAIN
@ORDER
@JSON
def command(source: str, exact: bool, chain: str, order: str, as_json: bool) -> None:
    """Log-likelihood of CARD_OR_WCXF relative to the SM, per block of the global likelihood."""
    from rich.console import Console
    from rich.table import Table

    if not exact:
        raise click.UsageError("the compiled likelihood is not in yet: use --exact")
    from muoquark.likelihood.referee import exact_loglike

    coefficients = load_coefficients(source, order)
    with Console(stderr=True).status("asking smelli"):
        result = exact_loglike(coefficients, chain)
    if as_json:
        record = {
            "total": result.total,
            "blocks": result.blocks,
            "chain": result.chain,
            "exact": True,
            "versions": result.versions,
        }
        click.echo(to_json(record))
        return
    table = Table(title=f"ln L - ln L_SM ({chain} chain)", title_justify="left")
    table.add_column("block")
    table.add_column("ln L - ln L_SM", justify="right")
    for name, value in result.blocks.items():
        table.add_row(name, f"{value:+.3f}")
    table.add_section()
    table.add_row("total", f"{result.total:+.3f}")
    console = Console()
    console.print(table)
    console.print(", ".join(f"{name} {version}" for name, version in result.versions.items()))
