"""``muoquark loglike``: the global log-likelihood of a point, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from muoquark.cli.inputs import (
    CHAIN,
    JSON,
    MEASUREMENTS,
    ORDER,
    SNAPSHOT,
    console,
    input_argument,
    load,
    matched,
    told,
)
from muoquark.cli.progress import working
from muoquark.common.errors import InputError
from muoquark.common.output import signed, to_json

if TYPE_CHECKING:
    from muoquark.likelihood.likelihood import Likelihood
    from muoquark.smeft.wcxf import WilsonCoefficients


def refereed(data: str) -> bool:
    """Tell whether a snapshot, of whatever revision, holds the data of the referee."""
    from muoquark.likelihood.referee import REFEREED
    from muoquark.likelihood.snapshots import find

    known = find(data)
    return known is not None and known.name == REFEREED


@click.command()
@input_argument
@SNAPSHOT
@click.option("--exact", is_flag=True, help="Ask smelli itself too (needs the extra 'exact').")
@MEASUREMENTS
@CHAIN
@ORDER
@JSON
def command(
    source: str,
    data: str,
    exact: bool,
    measurements: str | None,
    chain: str,
    order: str,
    as_json: bool,
) -> None:
    """Log-likelihood of CARD_OR_WCXF relative to the SM, per block of the global likelihood."""
    from muoquark.common.provenance import provenance
    from muoquark.likelihood.likelihood import Likelihood

    content = load(source)
    notes = told(content)
    coefficients = matched(content, order)
    if exact:
        check_exact(data, measurements)
    likelihood = Likelihood(data, chain, measurements)
    likelihood.vector(coefficients)  # what is refused is refused at once
    record = compiled = compiled_record(coefficients, likelihood)
    if exact:
        record = exact_record(coefficients, chain, data)
        record["compiled"] = {k: compiled[k] for k in ("total", "blocks", "status")}
    record["notes"] = notes
    record["inputs"] = provenance(
        "loglike", {"order": order, "exact": exact}, content.to_yaml(), likelihood.identity()
    )
    if as_json:
        click.echo(to_json(record))
    else:
        _print(record, chain, data)


def compiled_record(coefficients: WilsonCoefficients, likelihood: Likelihood) -> dict[str, Any]:
    """Return what the compiled likelihood says."""
    result = likelihood(coefficients)
    return {
        "total": result.total,
        "blocks": result.blocks,
        "groups": result.groups,
        "ckm": result.ckm,
        "status": list(result.status),
        "data": likelihood.name,
        "chain": likelihood.chain,
        "exact": False,
        "versions": dict(likelihood.snapshot.metadata["versions"]),
        "user_measurements": list(likelihood.user),
    }


def check_exact(data: str, measurements: str | None) -> None:
    """Check that the referee has the data that are asked for."""
    from muoquark.likelihood.referee import REFEREED

    if not refereed(data) or measurements is not None:
        raise InputError(
            f"--exact asks the installed smelli, whose data are those of '{REFEREED}' and no others"
        )


def exact_record(coefficients: WilsonCoefficients, chain: str, data: str) -> dict[str, Any]:
    """Return what smelli itself says."""
    from muoquark.likelihood.referee import exact_loglike

    with working("asking smelli"):
        result = exact_loglike(coefficients, chain)
    return {
        "total": result.total,
        "blocks": result.blocks,
        "data": data,
        "chain": chain,
        "exact": True,
        "versions": result.versions,
    }


def _print(record: dict[str, Any], chain: str, data: str) -> None:
    from rich.table import Table

    table = Table(title=f"ln L - ln L_SM (data {data}, {chain} chain)", title_justify="left")
    table.add_column("block")
    compiled = record.get("compiled")
    titles = ["smelli", "compiled", "difference"] if compiled else ["ln L - ln L_SM"]
    for title in titles:
        table.add_column(title, justify="right")

    def row(name: str, exact: float, other: float | None) -> None:
        cells = [signed(exact, 3)]
        if other is not None:
            cells += [signed(other, 3), signed(other - exact, 4)]
        table.add_row(name, *cells)

    for name, value in record["blocks"].items():
        row(name, value, compiled["blocks"][name] if compiled else None)
    table.add_section()
    row("total", record["total"], compiled["total"] if compiled else None)
    if record.get("groups"):
        table.add_section()
        for name, value in record["groups"].items():
            table.add_row(name, signed(value, 3))
    terminal = console()
    terminal.print(table)
    for sentence in (compiled or record)["status"]:
        terminal.print(f"note: {sentence}")
    terminal.print(", ".join(f"{name} {version}" for name, version in record["versions"].items()))
