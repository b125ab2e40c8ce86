"""``python -m muoquark.running.tabulate``: regenerate the package data of the evolution."""

from __future__ import annotations

import hashlib
import importlib.metadata
import pickle
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import click

from muoquark.common.errors import MuoquarkError
from muoquark.common.files import prepare_folder, write_atomic
from muoquark.running.tabulate.tables import CHAINS, build, save


def _fingerprint(modules: tuple[str, ...]) -> str:
    """Versions and sources that determine a piece; part of the name of its file."""
    digest = hashlib.sha256(importlib.metadata.version("wilson").encode())
    folder = Path(str(resources.files("muoquark.running.tabulate")))
    for name in modules:
        digest.update((folder / f"{name}.py").read_bytes())
    digest.update((folder / "layout.yaml").read_bytes())
    return digest.hexdigest()[:12]


@click.command()
@click.option("--chain", "chains", multiple=True, type=click.Choice(list(CHAINS)))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Default: package.")
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), default=".evolution")
def main(chains: tuple[str, ...], out: Path | None, work: Path) -> None:
    """Tabulate the maps from mu_M to every low scale; resumes from finished pieces in WORK."""
    folder = out or Path(str(resources.files("muoquark.running"))) / "data"
    try:
        prepare_folder(folder)
        prepare_folder(work)
    except MuoquarkError as error:
        raise click.ClickException(str(error)) from error
    begin = time.monotonic()

    def log(message: str) -> None:
        click.echo(f"{time.monotonic() - begin:7.1f} s {message}", err=True)

    def cached(name: str, modules: tuple[str, ...], make: Callable[[], Any]) -> Any:
        path = (
            work / f"{name}-{_fingerprint(modules)}.pickle"
        )  # private, made and read by this command only
        if not path.exists():
            write_atomic(path, pickle.dumps(make(), protocol=5))
        return pickle.loads(path.read_bytes())

    for chain in chains or tuple(CHAINS):
        log(f"chain {chain}")
        path = folder / f"evolution-{chain}.npz"
        save(build(chain, cached, log), path)
        log(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB")


main()
