"""-q and -v: what is said beside the result."""

from __future__ import annotations

import pytest

from muoquark.cli.main import VERBS, cli


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_both(verb):
    import click

    command = cli.get_command(click.Context(cli), verb)
    options = {name for p in command.params for name in p.opts}
    assert {"-q", "--quiet", "-v", "--verbose"} <= options
    assert sum("--quiet" in p.opts for p in command.params) == 1


def test_quiet_and_verbose(muoquark, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text("couplings: {eta3L: [[0, 0, 0], [0, 0, 0], [0.1, 0, 0]]}\n")
    said = muoquark("match", card, "--order", "tree")
    assert "note: the card couples leptoquarks to e or tau" in said.err
    quiet = muoquark("match", card, "--order", "tree", "-q")
    assert quiet.err == ""
    assert quiet.out == said.out
    faulty = muoquark("match", tmp_path / "none.yaml", "-q")
    assert "no such file" in faulty.err  # errors are never left out
    both = muoquark("match", card, "-q", "-v")
    assert both.code == 2
    assert "-q and -v exclude each other" in both.err
    verbose = muoquark("theory", "paper", "--loops", "1", "-v")
    assert "running" in verbose.err
    assert " s\n" in verbose.err
