"""The figures of the gallery, drawn when the site is built, in colour and once in grey.

Each is what ``muoquark plot`` draws of a result in ``docs/gallery/results``; the page
``docs/gallery.md`` names the commands that make the results.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

from muoquark.report.redraw import redraw

FOLDER = "gallery/drawn"
DPI = 110


def draw(app: Sphinx) -> None:
    """Draw every result that changed since its pictures were made."""
    root = Path(app.srcdir)
    target = root / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((root / "gallery" / "results").glob("*.json")):
        new = target / f"{path.stem}.png"
        if new.exists() and new.stat().st_mtime > path.stat().st_mtime:
            continue
        # One picture stands for a result: the first.
        figure = next(iter(redraw(str(path)).values()))
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        picture = Image.open(buffer)
        picture.convert("RGB").save(new)
        picture.convert("L").save(target / f"{path.stem}-grey.png")


def setup(app: Sphinx) -> dict[str, Any]:
    """Draw before pages are read."""
    app.connect("builder-inited", draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
