"""BibTeX: the entries of a text, and an entry as text.

>>> entries('@article{a:1, title = "{On $x$}", year = 2021}')
{'a:1': {'title': 'On $x$', 'year': '2021'}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["entries", "entry"]


def entries(text: str) -> dict[str, dict[str, str]]:
    """Return the fields (names in lower case, outer braces gone) of every entry of a text."""
    found = {}
    for start in re.finditer(r"@\w+\s*\{\s*([^,\s]+)\s*,", text):
        end = _closing(text, start.end())
        found[start[1]] = _fields(text[start.end() : end])
    return found


def _closing(text: str, start: int) -> int:
    """Return where the brace that was opened before `start` is closed."""
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)


def _fields(body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    position = 0
    while found := re.compile(r"([A-Za-z-]+)\s*=\s*").search(body, position):
        start = found.end()
        if body[start : start + 1] == "{":
            position = _closing(body, start + 1)
            value = body[start + 1 : position]
        elif body[start : start + 1] == '"':
            position = _quoted(body, start + 1)
            value = body[start + 1 : position]
        else:
            position = start + len(re.match(r"[^,\s]*", body[start:])[0])  # type: ignore[index]
            value = body[start:position]
        # The first of repeated fields counts: later ones are alternatives, as errata.
        fields.setdefault(found[1].lower(), _bare(value))
        position += 1
    return fields


def _quoted(body: str, start: int) -> int:
    """Return the quotation mark that ends a value; those inside of braces do not."""
    depth = 0
    for position in range(start, len(body)):
        depth += {"{": 1, "}": -1}.get(body[position], 0)
        if body[position] == '"' and depth == 0:
            return position
    return len(body)


def _bare(value: str) -> str:
    value = value.strip()
    while value.startswith("{") and _closing(value, 1) == len(value) - 1:
        value = value[1:-1].strip()
    return value


def entry(key: str, fields: Mapping[str, str]) -> str:
    """Return one entry as text: an article if there is a journal, else ``misc``."""
    kind = "article" if fields.get("journal") else "misc"
    lines = [f"  {name} = {{{_protected(name, value)}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _protected(name: str, value: str) -> str:
    # Braces keep the capitals of a title and the name of a collaboration as they are.
    return f"{{{value}}}" if name == "title" else value
