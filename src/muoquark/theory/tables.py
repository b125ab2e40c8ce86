"""Tables of beta functions: shipped for the built-in models, made and kept for any other.

A table is a file whose name is a hash of all that it depends on: components, terms, charges up to
which of them are equal, and the version of the formulae.  It is looked for in the package, then in
the cache folder (:func:`muoquark.common.cache.cache_root`), and made if it is in neither.

``python -m muoquark.theory.tables`` makes those that are shipped.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import sys
from importlib import resources
from pathlib import Path

from muoquark.common.cache import cache_root
from muoquark.common.errors import OutputError
from muoquark.common.files import write_atomic
from muoquark.common.progress import Tell, bar
from muoquark.model.fields import BUILT_IN, Model, built_in_model
from muoquark.symmetry.content import with_charges
from muoquark.theory.components import Components
from muoquark.theory.generate import Table, generate

__all__ = ["beta_table", "standard_model", "table_key"]

# Raised with every change of what generate() writes for the same model.
_VERSION = 1


def table_key(components: Components) -> str:
    """Return the hash of everything that the beta functions of a model depend on."""
    model = components.model
    terms = (*components.yukawa_terms, *components.potential_terms)
    content = {
        "version": _VERSION,
        "fields": [
            [p.field.name, p.field.spin, p.field.colour, p.field.isospin, p.generations,
             [str(charge) for charge in p.charges]]
            for p in (*components.fermions, *components.scalars)
        ],
        "gauge": None if model.gauge is None else model.gauge.coupling,
        "terms": [[term.coupling, term.text] for term in terms],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def beta_table(components: Components, progress: Tell | None = None) -> Table:
    """Return the table of a model's beta functions; see the module's text.

    Making one takes from seconds to minutes; `progress` is called with the share that is done, by
    default a bar on the terminal.
    """
    name = f"betas-{table_key(components)}.json.gz"
    shipped = resources.files("muoquark.theory").joinpath(f"tables/{name}")
    if shipped.is_file():
        return _unpacked(shipped.read_bytes())
    root = cache_root()
    path = None if root is None else root / "betas" / name
    if path is not None and path.exists():
        # a damaged file is made again
        with contextlib.suppress(OSError, EOFError, ValueError):
            return _unpacked(path.read_bytes())
    if progress is not None:
        table = generate(components, progress)
    else:
        with bar(components.model.name) as tell:
            table = generate(components, tell)
    if path is not None:
        # a cache that cannot be written is none
        with contextlib.suppress(OSError, OutputError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, _packed(table))
    return table


def _packed(table: Table) -> bytes:
    text = json.dumps(table, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)  # the same bytes from the same table


def _unpacked(content: bytes) -> Table:
    table: Table = json.loads(gzip.decompress(content))
    return table


def standard_model() -> Model:
    """Return the Standard Model without right-handed neutrinos and without U(1)_X."""
    return Model("SM", with_charges(dict.fromkeys(("q", "u", "d", "l", "e", "H"), 0)))


def main(folder: str | None = None) -> None:
    """Write the tables of the built-in models and of the Standard Model."""
    target = Path(folder or Path(__file__).with_name("tables"))
    target.mkdir(exist_ok=True)
    for model in (standard_model(), *map(built_in_model, BUILT_IN)):
        components = Components(model)

        def tell(share: float, text: str, name: str = model.name) -> None:
            print(f"{name}: {share:4.0%} {text}", file=sys.stderr, flush=True)

        path = target / f"betas-{table_key(components)}.json.gz"
        write_atomic(path, _packed(generate(components, tell)))


if __name__ == "__main__":
    main(*sys.argv[1:2])
