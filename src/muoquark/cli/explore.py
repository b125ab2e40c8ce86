"""``muoquark explore``: a live page of a card, or the same as one file without a server."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muoquark.cli.completion import cards
from muoquark.cli.data_options import DataChoice, data_options
from muoquark.cli.inputs import AT, FORCE, JSON, ORDER, ask, remarked
from muoquark.cli.progress import loudness, note, working, wrote
from muoquark.common.errors import InputError
from muoquark.common.output import save, to_json

if TYPE_CHECKING:
    from muoquark.explore.choices import Choices

# What the extra brings beside what every installation has.
NEEDED = ("bokeh",)
LOOPBACK = "127.0.0.1"
# Seconds after which one thread of Python makes way for another.
SWITCH = 0.0005


@click.command()
@click.argument("source", metavar="CARD_OR_RESULT", default="plane", shell_complete=cards)
@AT
@data_options
@ORDER
@click.option("--host", default=LOOPBACK, show_default=True, metavar="ADDRESS",
              help="Serve there; any other than a loopback address lets others in.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="PORT",
              help="Port of the page [default: a free one].")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--static", "file", type=click.Path(), metavar="FILE.html",
              help="Write one file that needs no server, from tables, and end.")  # fmt: skip
@click.option("--plane", nargs=2, metavar="X Y",
              help="Plane of --static [default: the two parameters that matter most].")  # fmt: skip
@JSON
@FORCE
def command(
    source: str,
    at: str | None,
    chosen: DataChoice,
    order: str,
    host: str,
    port: int,
    no_browser: bool,
    file: str | None,
    plane: tuple[str, str] | None,
    as_json: bool,
    force: bool,
) -> None:
    """Move the parameters of CARD and see ln L, pulls, bands and contours follow.

    The page is served to this machine alone.  Needs the extra muoquark[explore].
    """
    check_extra()
    if file is None and plane is not None:
        raise InputError("--plane is that of --static; on the page the axes are chosen there")
    if file is not None and Path(file).exists() and not force:
        raise InputError(f"{file} exists already: --force replaces it")
    choices = _choices(source, at, chosen, order)
    if file is not None:
        _static(choices, file, plane, as_json, force)
    else:
        _serve(choices, host, port, not no_browser, as_json)


def check_extra() -> None:
    """Raise InputError with what to install, if the extra is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"muoquark explore needs {' and '.join(missing)}: pip install 'muoquark[explore]'"
        )


def _choices(source: str, at: str | None, chosen: DataChoice, order: str) -> Choices:
    """Return what the page offers."""
    from muoquark.explore.choices import Choices, restarted
    from muoquark.inference.source import as_varied
    from muoquark.model.coefficient_card import CoefficientCard

    question = ask(source, order, chosen, at)
    chosen, order = question.chosen, question.order
    content = question.content
    # Of a result the card that it was made with, at the values that were asked for.
    if question.family is not None and question.family.free:
        content = restarted(question.family, question.values or {})
    card = as_varied(content)
    likelihood = chosen.likelihood()
    remarked(likelihood, card)
    title = Path(source).name if source != "-" else "the card of standard input"
    if isinstance(card, CoefficientCard) and not card.coefficients:
        raise InputError(f"{title}: there are no coefficients that could be moved")
    return Choices(card, title, lambda: likelihood, chosen.title, options_of(chosen), order)


def options_of(chosen: DataChoice) -> str:
    """Return the options of a command line that ask for the same data."""
    words: list[str] = []
    for name in chosen.data:
        words += ["--data", name]
    for name in chosen.measurements:
        words += ["--measurements", name]
    for option, value in (
        ("--until", chosen.until),
        ("--groups", chosen.groups),
        ("--theory-errors", chosen.theory_errors),
        ("--vcb", chosen.vcb),
    ):
        if value is not None:
            words += [option, str(value)]
    if chosen.chain != "full":
        words += ["--chain", chosen.chain]
    if chosen.fix_ckm:
        words.append("--fix-ckm")
    return shlex.join(words)


def _serve(choices: Choices, host: str, port: int, browser: bool, as_json: bool) -> None:
    """Serve the page until interrupted."""
    import logging
    import webbrowser

    from muoquark.explore.server import is_loopback, make_server
    from muoquark.explore.stock import Stock

    if not is_loopback(host):
        note(
            f"--host {host}: whoever reaches this address can use the page and see the card; "
            f"without it the page is served to this machine alone ({LOOPBACK})"
        )
    for name in ("bokeh", "tornado"):
        logging.getLogger(name).setLevel(logging.ERROR if loudness() < 1 else logging.INFO)
    server = make_server(Stock(choices), host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{server.port}/"
    if as_json:
        click.echo(to_json({"address": address}))
    else:
        click.echo(f"the page is at {address} (end with Ctrl+C)")
    sys.stdout.flush()
    # Numbers do not wait long for a thread that draws contours in Python.
    sys.setswitchinterval(SWITCH)
    server.start()
    if browser:
        server.io_loop.add_callback(lambda: webbrowser.open(address) and None)
    try:
        server.io_loop.start()
    except KeyboardInterrupt:
        click.echo("muoquark: the page has ended", err=True)
    finally:
        server.stop()


def _static(
    choices: Choices, file: str, plane: tuple[str, str] | None, as_json: bool, force: bool
) -> None:
    """Write the page as one file."""
    from muoquark.explore.static import static_page

    with working("reading the data") as status:
        made = static_page(choices, plane, status.update)
        save(Path(file), made.html, force)
    wrote([file])
    if as_json:
        click.echo(to_json({"file": file, **made.record()}))
    else:
        for sentence in made.sentences:
            click.echo(sentence)
