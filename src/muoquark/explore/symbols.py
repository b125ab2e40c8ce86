"""Labels in TeX as MathML, which browsers draw themselves."""

from __future__ import annotations

import html
import re
from functools import lru_cache

__all__ = ["html_of"]


@lru_cache(maxsize=4096)
def html_of(label: str) -> str:
    """Return a text with TeX between dollars as HTML; what cannot be translated stays as it is."""
    pieces = re.split(r"(?<!\\)\$", label.replace("\n", " "))
    found = []
    for k, piece in enumerate(pieces):
        if k % 2 and k < len(pieces) - 1:
            found.append(_formula(piece))
        else:
            found.append(html.escape(piece.replace(r"\$", "$")))
    return "".join(found)


def _formula(tex: str) -> str:
    from latex2mathml.converter import convert

    try:
        return str(convert(tex.strip())).replace('xmlns="http://www.w3.org/1998/Math/MathML" ', "")
    except Exception:  # whatever the translator raises: the label is shown as it was written
        return f"<i>{html.escape(tex)}</i>"
