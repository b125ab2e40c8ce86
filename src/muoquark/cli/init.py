"""``muoquark init``: a commented card to begin with."""

from __future__ import annotations

import click

from muoquark.cli.inputs import FORCE
from muoquark.cli.progress import wrote
from muoquark.common.errors import InputError, suggest
from muoquark.common.output import check_output, save


@click.command()
@click.argument("kind", metavar="[plane|generic|tau|zprime|wilson|wet]", default="plane")
@click.option("--out", "-o", type=click.Path(), help="File to write [default: KIND.yaml].")
@FORCE
def command(kind: str, out: str | None, force: bool) -> None:
    """Write a commented starter card.

    plane: two leptoquarks in a plane of couplings; generic: any leptoquarks, one point; tau: S1
    with taus and S3 with muons; zprime: the boson of U(1)_X in b -> s mu mu; wilson: Wilson
    coefficients of the SMEFT; wet: C9 and C10 at 4.8 GeV.
    """
    from muoquark.model.card_file import starters

    texts = starters()
    if kind not in texts:
        raise InputError(f"there is no starter card '{kind}': {suggest(kind, list(texts))}")
    path = out or f"{kind}.yaml"
    check_output(path, force)
    save(path, texts[kind], force)
    wrote([path])
