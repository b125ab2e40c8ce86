"""YAML and JSON files as trees that remember their lines, read without stopping at a fault.

A reader asks a :class:`Node` for what it expects (a mapping with these keys, a number, ...).
What it does not find goes into the list of faults with its line, and reading goes on, so that
a user sees all faults of a file at once.
"""

from __future__ import annotations

import cmath
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from muoquark.common.errors import Fault, InputError, suggest
from muoquark.common.files import note_input

__all__ = ["Document", "Node", "read_document", "read_text"]

# A card or a WCxf file is a few hundred kilobytes at most; more is a mistaken path.
MAX_CHARACTERS = 20_000_000


def read_text(path: str | Path) -> tuple[str, str]:
    """Return the text of a file and the name to show for it; ``-`` is standard input.

    Raises
    ------
    InputError
        If the file is missing, a folder, unreadable, not UTF-8 text or absurdly large.
    """
    if str(path) == "-":
        return sys.stdin.read(), "<stdin>"
    path = Path(path)
    name = str(path)
    try:
        if path.stat().st_size > MAX_CHARACTERS:
            raise InputError(Fault("the file is too large to be a card or a WCxf file", name))
        text = path.read_text(encoding="utf-8-sig")
        note_input(path)
        return text, name
    except UnicodeDecodeError:
        raise InputError(Fault("not a text file (UTF-8 expected)", name)) from None
    except OSError as error:
        raise InputError(Fault(f"cannot be read: {error.strerror or error}", name)) from None


@dataclass
class Document:
    """A parsed file.

    Attributes
    ----------
    source
        Name of the file, for messages.
    root
        The outermost node, set by the parser.
    faults
        What readers have found so far; all are told together.
    """

    source: str
    root: Node = field(init=False)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: str, line: int | None = None) -> None:
        """Note a fault."""
        self.faults.append(Fault(message, self.source, line))

    def finish(self) -> None:
        """Raise :class:`InputError` with all faults in the order of their lines, if any."""
        if self.faults:
            raise InputError(sorted(self.faults, key=lambda fault: fault.line or 0))


class Node:
    """A value in a document: a scalar's text, a list of nodes or a mapping of nodes."""

    def __init__(self, document: Document, path: str, line: int | None) -> None:
        self.document = document
        self.path = path
        self.line = line
        self.scalar: str | None = None
        self.items: list[Node] | None = None
        self.entries: dict[str, Node] | None = None

    @property
    def kind(self) -> str:
        """What a user would call this value, for messages."""
        if self.entries is not None:
            return "a mapping"
        if self.items is not None:
            return f"a list of {len(self.items)}"
        if self.scalar is None:
            return "nothing"
        return f"'{self.scalar}'"

    def fault(self, message: str) -> None:
        """Note a fault at this value's line, with its path in the document."""
        self.document.fault(f"{self.path}: {message}" if self.path else message, self.line)

    def mapping(
        self, allowed: Sequence[str] | None = None, required: Sequence[str] = ()
    ) -> dict[str, Node]:
        """Return the entries; unknown and missing keys are faults and left out."""
        if self.entries is None:
            self.fault(f"expected a mapping, found {self.kind}")
            return {}
        for key in required:
            if key not in self.entries:
                self.fault(f"the key '{key}' is missing")
        if allowed is None:
            return self.entries
        known = {}
        for key, node in self.entries.items():
            if key in allowed:
                known[key] = node
            else:
                where = f"{self.path}: " if self.path else ""
                self.document.fault(
                    f"{where}unknown key '{key}': {suggest(key, allowed)}", node.line
                )
        return known

    def text(self, allowed: Sequence[str] | None = None) -> str | None:
        """Return the scalar as text, one of `allowed` if given."""
        if self.scalar is None:
            self.fault(f"expected text, found {self.kind}")
            return None
        if allowed is not None and self.scalar not in allowed:
            self.fault(f"found '{self.scalar}': {suggest(self.scalar, allowed)}")
            return None
        return self.scalar

    def real(self, low: float = -math.inf, high: float = math.inf) -> float | None:
        """Return a finite real number with low <= x <= high."""
        value = self.complex()
        if value is None:
            return None
        if value.imag != 0.0:
            self.fault(f"expected a real number, found {self.kind}")
            return None
        if not low <= value.real <= high:
            self.fault(f"found {value.real:g}, allowed: {low:g} to {high:g}")
            return None
        return value.real

    def value(self) -> complex | None:
        """Return a finite number, given as :meth:`complex` takes it or as ``{Re: x, Im: y}``."""
        if self.entries is None:
            return self.complex()
        numbers = {key: item.real() for key, item in self.mapping(("Re", "Im")).items()}
        return complex(numbers.get("Re") or 0.0, numbers.get("Im") or 0.0)

    def complex(self) -> complex | None:
        """Return a finite number, given as a number or as a Python complex literal in quotes."""
        if self.scalar is None:
            self.fault(f"expected a number, found {self.kind}")
            return None
        try:
            # complex() would accept "1_000", which no user of a card means.
            value = complex(self.scalar.replace(" ", "") if "_" not in self.scalar else "x")
        except ValueError:
            self.fault(
                f"expected a number such as 0.4, 1e-3 or '0.1-0.2j' (in quotes), found {self.kind}"
            )
            return None
        if not cmath.isfinite(value):
            self.fault(f"expected a finite number, found {self.kind}")
            return None
        return value

    def sequence(self, length: int | None = None) -> list[Node] | None:
        """Return the items of a list of the given length."""
        if self.items is None or (length is not None and len(self.items) != length):
            wanted = "a list" if length is None else f"a list of {length}"
            self.fault(f"expected {wanted}, found {self.kind}")
            return None
        return self.items


def read_document(text: str, source: str) -> Document:
    """Parse YAML (and so JSON) text; raise :class:`InputError` if it is neither."""
    document = Document(source)
    if not text.strip():
        raise InputError(Fault("the file is empty", source))
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        # JSON may be indented with tabs, which YAML refuses.
        try:
            document.root = _from_json(document, json.loads(text), "")
            return document
        except ValueError:
            pass
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not valid YAML"
        line = mark.line + 1 if mark is not None else None
        raise InputError(Fault(f"not valid YAML or JSON: {problem}", source, line)) from None
    except RecursionError:
        raise InputError(Fault("nested too deeply", source)) from None
    if tree is None:
        raise InputError(Fault("the file is empty", source))
    document.root = _from_yaml(document, tree, "", set())
    return document


def _from_yaml(document: Document, tree: yaml.Node, path: str, above: set[int]) -> Node:
    line = tree.start_mark.line + 1
    node = Node(document, path, line)
    if id(tree) in above:
        document.fault("an anchor refers to itself", line)
        return node
    above = above | {id(tree)}
    if isinstance(tree, yaml.MappingNode):
        node.entries = {}
        for key, value in tree.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else repr(key.tag)
            if name in node.entries:
                document.fault(
                    f"the key '{name}' stands twice (first in line {node.entries[name].line})",
                    key.start_mark.line + 1,
                )
                continue
            child = _from_yaml(document, value, _join(path, name), above)
            child.line = key.start_mark.line + 1
            node.entries[name] = child
    elif isinstance(tree, yaml.SequenceNode):
        node.items = [
            _from_yaml(document, item, f"{path}[{index}]", above)
            for index, item in enumerate(tree.value)
        ]
    elif tree.tag != "tag:yaml.org,2002:null":
        node.scalar = str(tree.value)
    return node


def _from_json(document: Document, value: Any, path: str) -> Node:
    node = Node(document, path, None)
    if isinstance(value, dict):
        node.entries = {k: _from_json(document, v, _join(path, k)) for k, v in value.items()}
    elif isinstance(value, list):
        node.items = [_from_json(document, v, f"{path}[{i}]") for i, v in enumerate(value)]
    elif value is not None:
        node.scalar = str(value)
    return node


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
