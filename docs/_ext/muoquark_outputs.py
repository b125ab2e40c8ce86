"""What commands print, shown below them: the tutorial is executed when the site is built.

In the pages of :data:`EXECUTED` every line ``$ muoquark ...`` of a console block is called, in a
folder that holds the files which the page shows before, and its output takes the place of what
stands below it in the source (``...``, which the tests read as "any lines").
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

EXECUTED = ("tutorial",)
LINES = 64
FENCED = re.compile(
    r"^```(?:(?P<console>console)|\{code-block\} \w+\n:caption: (?P<file>[^\n]+)\n)\n"
    r"(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
SOURCES = Path(__file__).parents[2] / "src"


def printed(command: str, folder: str) -> list[str]:
    """Return what a command prints; one that fails is a warning of the build."""
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(
        [sys.executable, "-m", "muoquark", *shlex.split(command)[1:]],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        logging.getLogger(__name__).warning("%s ended with: %s", command, done.stderr)
    lines = [line.rstrip() for line in done.stdout.rstrip("\n").splitlines()]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], "..."]


def executed(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put outputs into the source of a page."""
    if docname not in EXECUTED:
        return
    with tempfile.TemporaryDirectory() as folder:

        def shown(match: re.Match[str]) -> str:
            if match["file"]:
                Path(folder, match["file"]).write_text(match["body"], encoding="utf-8")
                return match[0]
            lines = []
            for line in match["body"].splitlines():
                if line.startswith("$ "):
                    lines += [line, *printed(line[2:], folder)]
            return "\n".join(["```console", *lines, "```"])

        source[0] = FENCED.sub(shown, source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Execute before a page is parsed."""
    app.connect("source-read", executed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
