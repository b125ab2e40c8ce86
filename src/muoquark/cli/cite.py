"""``muoquark cite``: BibTeX of what entered a result."""

from __future__ import annotations

import click

from muoquark.cli.inputs import JSON


@click.command()
@click.argument("result", metavar="RESULT")
@click.option(
    "--format",
    "form",
    type=click.Choice(("bibtex", "keys", "json")),
    default="bibtex",
    show_default=True,
    help="BibTeX, INSPIRE keys alone, or everything that is known.",
)
@click.option("--online", is_flag=True, help="Ask INSPIRE for records that are incomplete here.")
@JSON
def command(result: str, form: str, online: bool, as_json: bool) -> None:
    """List exactly what entered RESULT: data, theory inputs, methods, model.

    RESULT is a JSON file that a verb wrote with its inputs, a NetCDF file of samples, a card (the
    model and its matching), or the name of a data snapshot.
    """
    from muoquark.common.output import to_json
    from muoquark.report.cite import PARTS, bibtex_text, cite
    from muoquark.report.result import read_inputs

    references, remarks = cite(read_inputs(result))
    if online:
        from muoquark.report.inspire import Inspire

        client = Inspire()
        references = [reference.completed(client) for reference in references]
    if as_json or form == "json":
        records = [
            {
                "key": r.key,
                "part": r.part,
                "why": r.why,
                "complete": r.complete,
                "fields": r.fields,
                "bibtex": r.bibtex(),
            }
            for r in references
        ]
        click.echo(to_json({"references": records, "remarks": remarks}))
        return
    if form == "bibtex":
        click.echo(bibtex_text(references, remarks))
    else:
        for part in PARTS:
            own = [r.key for r in references if r.part == part]
            for line in [f"% {part}", *own] if own else []:
                click.echo(line)
        for remark in remarks:
            click.echo(f"% {remark}")
    missing = sum(not r.complete for r in references)
    if missing:
        click.echo(
            f"muoquark: note: {missing} of {len(references)} records are incomplete: a key and a "
            "link; --online asks INSPIRE for them",
            err=True,
        )
