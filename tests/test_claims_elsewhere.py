"""Claims of the second snapshot from a process of their own."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import pytest

from claims_toy import Toy
from muoquark.common.errors import DomainError
from muoquark.common.processes import Pool, cores
from muoquark.paper.claims.catalogue import answer_all, questions
from muoquark.paper.claims.elsewhere import NOBODY, WORTH, Elsewhere, open_elsewhere
from muoquark.paper.claims.workspace import DATA, Workspace

# What needs no fit; enough for a process.
ASKED = tuple(
    q for q in questions("anomalies.*") if q.name.rpartition(".")[2] not in ("rk", "angular")
)


def test_the_same_answers_in_the_order_of_the_snapshots():
    workspace = Workspace(points=20)
    seen = []
    with open_elsewhere(ASKED, workspace, DATA, 2) as elsewhere:
        assert elsewhere.data == DATA[1:]
        found = answer_all(ASKED, workspace, (), seen.append, elsewhere)
    alone = answer_all(ASKED, Workspace(points=20))
    assert len(alone) > WORTH
    assert [one.record() for one in found] == [one.record() for one in alone]
    assert {one.question.name for one in seen} == {one.question.name for one in found}
    assert ("likelihood", DATA[1], "full") not in workspace._kept


def test_few_claims_and_one_process_start_nothing():
    workspace = Workspace(points=20)
    for asked, workers in ((ASKED[: WORTH - 1], 2), (ASKED, 1), (questions("theory.eq4"), 9)):
        with open_elsewhere(asked, workspace, DATA, workers) as elsewhere:
            assert elsewhere.data == ()
    with open_elsewhere(ASKED, Toy(), ("toy",), 2) as elsewhere:
        assert elsewhere == NOBODY
    assert cores() >= 1


def failing(error):
    def submit(function, *arguments):
        future = Future()
        future.set_exception(error)
        return future

    return Elsewhere({DATA[1]: Pool(submit, 1)})


def test_what_went_wrong_there_is_said_here():
    workspace = Workspace(points=20)
    seen = []
    with pytest.raises(DomainError, match="--workers 1"):
        answer_all(ASKED, workspace, (), seen.append, failing(BrokenProcessPool()))
    with pytest.raises(ValueError, match="this"):
        answer_all(ASKED[:1], workspace, (), seen.append, failing(ValueError("this")))
    assert not seen


def title(workspace, data):
    return data, len(workspace.data)


def test_figures_are_drawn_where_their_data_are():
    workspace = Workspace(points=20)
    assert NOBODY.run(DATA[1], title, workspace)() == (DATA[1], 2)
    called = []

    def submit(function, *arguments):
        called.append((function, arguments))
        future = Future()
        future.set_result("drawn")
        return future

    elsewhere = Elsewhere({DATA[1]: Pool(submit, 1)})
    assert elsewhere.run(DATA[1], title, workspace)() == "drawn"
    assert elsewhere.run(DATA[0], title, workspace)() == (DATA[0], 2)
    assert called == [(title, (DATA[1],))]
