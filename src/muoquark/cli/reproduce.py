"""``muoquark reproduce``: every claim of the paper, computed and judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from muoquark.cli.inputs import FORCE, JSON, SEEDS, console

FILES = ("reproduce.json", "reproduce.md", "reproduce.html")
PARTIAL = "claims.partial.json"


@click.command()
@click.option(
    "--data",
    multiple=True,
    metavar="SNAPSHOT",
    help="Data snapshot; may be given several times, the first is what verdicts are about "
    "[default: 2021-07 and 2026-06].",
)
@click.option("--only", metavar="PATTERN", help="Claims whose name fits, such as 'fit.*'.")
@click.option("--out", type=click.Path(), help="Folder for the report (JSON, Markdown, HTML).")
@click.option("--points", type=click.IntRange(20, 1000), default=120, show_default=True,
              help="Points per axis of the plane.")  # fmt: skip
@click.option("--seed", type=SEEDS, default=1, show_default=True, help="Of the starting points.")
@click.option("--workers", type=click.IntRange(1), metavar="INTEGER",
              help="Processes, one per snapshot at most [default: as many as cores].")  # fmt: skip
@FORCE
@JSON
def command(
    data: tuple[str, ...],
    only: str | None,
    out: str | None,
    points: int,
    seed: int,
    workers: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Compute every claim of the paper and judge it, with the data of its day and of today.

    Interrupted with --out, it goes on where it was when it is called again.
    """
    from muoquark.cli.progress import working, wrote
    from muoquark.common.files import write_atomic
    from muoquark.common.output import output_folder, save, to_json
    from muoquark.common.processes import cores
    from muoquark.common.provenance import provenance
    from muoquark.paper.claims.catalogue import answer_all, questions
    from muoquark.paper.claims.elsewhere import open_elsewhere
    from muoquark.paper.claims.record import Answer, restore
    from muoquark.paper.claims.workspace import DATA, Workspace

    asked = questions(only)
    folder = output_folder(out, FILES, force) if out else None
    with working("reading the data") as status:
        chosen = tuple(dict.fromkeys(data)) or DATA
        workspace = Workspace(chosen, points, seed, lambda text: status.update(text))
        inputs = provenance(
            "reproduce",
            {"snapshots": list(workspace.data), "only": only, "points": points, "seed": seed},
            None,
            {name: workspace.likelihood(name).identity() for name in workspace.data},
        )
        known = _read(folder, inputs["hash"])
        done: list[dict[str, Any]] = list(known)

        def each(one: Answer) -> None:
            done.append(one.record())
            if folder is not None:
                text = to_json({"hash": inputs["hash"], "claims": done})
                write_atomic(folder / PARTIAL, text)

        kept = restore(asked, known)
        there = {one.question.name for one in kept}
        left = [item for item in asked if item.name not in there]
        with open_elsewhere(left, workspace, chosen, workers or cores()) as elsewhere:
            answers = answer_all(asked, workspace, kept, each, elsewhere)
            records = [one.record() for one in answers]
            if folder is not None:
                from muoquark.report.claims import as_html, as_markdown
                from muoquark.report.claims_figures import figures

                drawn = figures(answers, workspace, elsewhere)
                document = {"claims": records, "inputs": inputs}
                save(folder / FILES[0], to_json(document) + "\n", force)
                save(folder / FILES[1], as_markdown(answers, workspace.data, inputs), force)
                save(folder / FILES[2], as_html(answers, workspace.data, inputs, drawn), force)
                (folder / PARTIAL).unlink(missing_ok=True)
    if folder is not None:
        wrote(folder / name for name in FILES)
    if as_json:
        click.echo(to_json([{**record, "inputs_hash": inputs["hash"]} for record in records]))
    else:
        _print(answers, workspace.data)


def _read(folder: Path | None, wanted: str) -> list[dict[str, Any]]:
    """Return the records of an interrupted run with the same inputs."""
    import json

    if folder is None or not (folder / PARTIAL).exists():
        return []
    try:
        document = json.loads((folder / PARTIAL).read_text(encoding="utf-8"))
    except ValueError:
        return []
    return list(document["claims"]) if document.get("hash") == wanted else []


def _print(answers: Any, data: tuple[str, ...]) -> None:
    from rich.table import Table

    from muoquark.report.claims import counts

    terminal = console()
    table = Table()
    for title in ("claim", "paper", *data, "verdict"):
        table.add_column(title, overflow="fold")
    for one in answers:
        found = [one.finding(name).text for name in data]
        if one.findings[0].data is None:
            found = [found[0], *("as before" for _ in found[1:])]
        verdicts = list(dict.fromkeys(one.finding(name).verdict for name in data))
        table.add_row(one.question.name, one.question.paper, *found, " / ".join(verdicts))
    terminal.print(table)
    for name in data:
        numbers = counts(answers, name)
        terminal.print(f"{name}: " + ", ".join(f"{n} {v}" for v, n in numbers.items()))
