"""Directives for pages made from the program itself: verbs, names, blocks and groups."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import click
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.nodes import nested_parse_with_titles

import muoquark
from muoquark.cli.main import VERBS, cli


class Generated(Directive):
    """A directive whose content is written by :meth:`lines`, in the Markdown of the page."""

    def lines(self) -> list[str]:
        """Return the text."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Parse the text."""
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(self.state, StringList(self.lines(), source="generated"), node)
        return node.children


class CommandLine(Generated):
    """Every verb: usage, help, arguments and options."""

    def lines(self) -> list[str]:
        """Return one section for each verb."""
        text: list[str] = []
        context = click.Context(cli, info_name="muoquark")
        for verb in VERBS:
            command = cli.get_command(context, verb)
            assert command is not None
            own = click.Context(command, info_name=verb, parent=context)
            usage = " ".join(["muoquark", verb, *command.collect_usage_pieces(own)])
            text += [f"## {verb}", "", "```text", usage, "```", ""]
            text += [escaped(inspect.cleandoc(command.help or VERBS[verb][1])), ""]
            for parameter in command.params:
                record = parameter.get_help_record(own)
                if record is not None and record[1]:
                    names, meaning = record
                    text.append(f"- `{names.strip()}`: {escaped(meaning)}")
            text.append("")
        return "\n".join(text).splitlines()


def escaped(text: str) -> str:
    """Return text without what Markdown would read as markup."""
    for mark in "\\*`_<$":
        text = text.replace(mark, "\\" + mark)
    # An option's two dashes would become one long one.
    return re.sub(r"(?<!\w)(--[a-z]+)", r"`\1`", text)


class Api(Generated):
    """Every public name of the package with its docstring."""

    def lines(self) -> list[str]:
        """Return autodoc directives."""
        text: list[str] = []
        for name, module in sorted(muoquark._PUBLIC.items(), key=lambda item: item[0].lower()):
            module, _, other = module.partition(":")
            value = getattr(importlib.import_module(module), other or name)
            kind = "autoclass" if inspect.isclass(value) else "autofunction"
            text += [f"## {name}", "", "```{eval-rst}", f".. {kind}:: {module}.{other or name}"]
            if kind == "autoclass":
                text += ["   :members:"]
            text += ["```", ""]
        return text


class Data(Generated):
    """Every block and group of the shipped data in a sentence."""

    def lines(self) -> list[str]:
        """Return a table of blocks and one of groups."""
        from muoquark.likelihood.likelihood import Likelihood
        from muoquark.likelihood.meanings import BLOCK_MEANINGS, GROUP_MEANINGS
        from muoquark.likelihood.snapshots import shipped

        data = {name: Likelihood(name) for name in (*shipped(), "highpt")}
        text: list[str] = []
        for title, meanings, kind in (
            ("Blocks", BLOCK_MEANINGS, "blocks"), ("Groups", GROUP_MEANINGS, "groups"),
        ):  # fmt: skip
            sizes = {name: getattr(one.data if kind == "blocks" else one, kind)
                     for name, one in data.items()}  # fmt: skip
            columns = [name for name, found in sizes.items() if found]
            text += [f"## {title}", "", f"| {kind[:-1]} | what | {' | '.join(columns)} |"]
            text += ["|---|---|" + "---:|" * len(columns)]
            for block, meaning in meanings.items():
                counts = [str(len(sizes[name].get(block, ())) or "-") for name in columns]
                text.append(f"| `{block}` | {escaped(meaning)} | {' | '.join(counts)} |")
            text.append("")
        return text


# Pages of verbs that may not be in yet.
OPTIONAL = ("sampling", "goodness", "robustness", "claims")


def without_missing(app: Sphinx, docname: str, source: list[str]) -> None:
    """Leave pages that are not there out of the list of contents."""
    if docname == "index":
        gone = [name for name in OPTIONAL if not (Path(app.srcdir) / f"{name}.md").exists()]
        source[0] = "\n".join(line for line in source[0].splitlines() if line not in gone)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directives known to Sphinx."""
    app.add_directive("cli-reference", CommandLine)
    app.add_directive("api-reference", Api)
    app.add_directive("data-reference", Data)
    app.connect("source-read", without_missing)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
