"""Starter cards, and what a shell completes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import click
import pytest

from muoquark.cli.main import cli
from muoquark.inference.source import as_varied, coefficients_of, parse
from muoquark.model.card_file import starters


@pytest.mark.parametrize("name", sorted(starters()))
def test_starters_are_cards_with_a_point(name):
    text = starters()[name]
    assert text.startswith("#")
    assert coefficients_of(parse(text)).values
    assert bool(as_varied(parse(text)).free) == (name != "generic")
    # Every verb that its comments name is one, with options that it has.
    for line in text.splitlines():
        if line.startswith("#   muoquark "):
            command = cli.get_command(click.Context(cli), line.split()[2])
            assert command is not None, line
            options = {name for parameter in command.params for name in parameter.opts}
            assert {word for word in line.split() if word.startswith("--")} <= options, line


def test_command(muoquark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = muoquark("init")
    assert outcome.err == "muoquark: wrote plane.yaml\n"
    assert (tmp_path / "plane.yaml").read_text() == starters()["plane"]
    assert muoquark("init", "wilson", "--out", "mine.yaml", "-q").err == ""
    assert (tmp_path / "mine.yaml").read_text() == starters()["wilson"]
    (tmp_path / "plane.yaml").write_text("mine")
    outcome = muoquark("init", "plane")
    assert outcome.code == 2
    assert "exists already and is left as it is" in outcome.err
    assert (tmp_path / "plane.yaml").read_text() == "mine"
    assert muoquark("init", "plane", "--force").code == 0
    outcome = muoquark("init", "plan")
    assert outcome.code == 2
    assert "there is no starter card 'plan': did you mean 'plane'" in outcome.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("muoquark pre", {"predict"}),
        ("muoquark fit pla", {"plane"}),
        ("muoquark loglike paper --data 2021", {"2021-07"}),
        ("muoquark predict paper --obs R_K", set()),
        ("muoquark predict paper --obs DeltaM", {"DeltaM_s", "DeltaMs"}),
    ],
)
def test_completion(words, expected):
    environ = {
        **os.environ,
        "_MUOQUARK_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    found = subprocess.run(
        [sys.executable, "-m", "muoquark"], env=environ, capture_output=True, text=True, check=True
    )
    names = {line.partition(",")[2] for line in found.stdout.splitlines() if "plain," in line}
    assert expected <= names
    assert len(names) < 30


def test_tables_of_predictions(muoquark):
    def listed(*arguments):
        outcome = muoquark("predict", "paper", "--data", "2021-07", "--json", *arguments)
        assert outcome.code == 0, outcome.err
        return json.loads(outcome.out)

    everything = listed()
    assert {one["block"] for one in listed("--block", "ewpt")} == {"ewpt"}
    found = listed("--sort", "pull", "--min-pull", "2")
    pulls = [abs(one["pull"]) for one in found]
    assert pulls == sorted(pulls, reverse=True)
    assert len(found) == sum(abs(one["pull"]) >= 2 for one in everything) > 3
    kstar = listed("--process", "B->K*mumu")
    assert {"(B0->K*mumu)", "(B+->K*mumu)"} == {
        "(" + one["observable"].partition("(")[2] for one in kstar
    }
    assert {one["observable"] for one in listed("--obs", "P5'")} == {"<P5p>(B0->K*mumu)"}
    changes = [abs(one["pull"] - one["pull_sm"]) for one in listed("--sort", "change")]
    assert changes == sorted(changes, reverse=True)
    (one,) = listed("--obs", "BR(Bs->mumu)")
    assert any(":20" in source for source in one["sources"])
    for arguments, message in (
        (("--process", "B->Kmuu"), "no observable of 'B->Kmuu': did you mean"),
        (("--block", "quark"), "no block 'quark': did you mean 'quarks'"),
        (("--sort", "size"), "'size' is not one of"),
        (("--min-pull", "-1"), "--min-pull"),
        (("--obs", "R_X"), "no observable fits 'R_X'"),
    ):
        outcome = muoquark("predict", "paper", "--data", "2021-07", *arguments)
        assert outcome.code == 2
        assert message in outcome.err
