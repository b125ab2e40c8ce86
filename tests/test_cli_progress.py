"""What verbs say beside their results."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from muoquark.cli import progress


def test_an_interrupt_promises_only_what_resume_will_find(tmp_path, capsys):
    partial = tmp_path / "out.nc.partial"
    progress.interrupted(partial)
    assert "nothing was finished yet" in capsys.readouterr().err
    (partial / "a").mkdir(parents=True)
    progress.interrupted(partial)
    assert "--resume" not in capsys.readouterr().err
    (partial / "a" / "unit-0003.npz").write_bytes(b"")
    progress.interrupted(partial)
    assert f"finished work is in {partial}: the same command with --resume" in (
        capsys.readouterr().err
    )


def test_the_line_at_work_has_its_elapsed_time(monkeypatch):
    stream = io.StringIO()
    terminal = Console(file=stream, force_terminal=True, width=80)
    monkeypatch.setattr("rich.console.Console", lambda stderr: terminal)
    with progress.working("reading [the] data") as status:
        status.update("fitting [eta]")
    assert "fitting [eta]" in stream.getvalue()
    assert "0:00:00" in stream.getvalue()


def test_nothing_is_shown_in_a_pipe(capsys):
    with progress.working("reading the data") as status:
        status.update("fitting")
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


@pytest.mark.parametrize("paths", [["a.json"], ["a.json", "b.png"]])
def test_files_that_were_written_are_named(paths, capsys):
    progress.wrote(paths)
    assert capsys.readouterr().err == f"muoquark: wrote {', '.join(paths)}\n"
