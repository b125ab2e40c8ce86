"""All questions in the order of the paper, and how they are answered."""

from __future__ import annotations

import fnmatch
import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from muoquark.common.errors import InputError, suggest
from muoquark.paper.claims.elsewhere import NOBODY, Elsewhere
from muoquark.paper.claims.record import Answer, Finding, Question
from muoquark.paper.claims.workspace import Workspace

__all__ = ["MODULES", "answer", "answer_all", "questions"]

#: The modules of this room that hold questions.
MODULES = (
    "anomalies", "anomalies_g2", "dipoles", "symmetry", "proton", "single", "symmetry_model",
    "symmetry_lagrangian", "neutrino", "flavour", "fit", "fit_constraints",
    "fit_boson", "theory_tails", "theory",
)  # fmt: skip


def questions(pattern: str | None = None) -> tuple[Question, ...]:
    """Return the questions whose name fits a shell pattern, or else has it as a part.

    Raises :class:`InputError` if none does.
    """
    every: list[Question] = []
    for name in MODULES:
        every += importlib.import_module(f"muoquark.paper.claims.{name}").CLAIMS
    if pattern is None:
        return tuple(every)
    chosen = tuple(q for q in every if fnmatch.fnmatchcase(q.name, pattern))
    chosen = chosen or tuple(q for q in every if pattern in q.name)
    if not chosen:
        names = [q.name for q in every]
        raise InputError(f"no claim fits '{pattern}': {suggest(pattern, names)}")
    return chosen


def answer(question: Question, workspace: Workspace, skip: Sequence[str] = ()) -> Answer:
    """Compute one claim, if data enter for every snapshot of the workspace but those of `skip`."""
    if not question.with_data:
        return Answer(question, (question.function(workspace),))
    findings: list[Finding] = []
    for data in workspace.data:
        if data not in skip:
            findings.append(replace(question.function(workspace, data), data=data))
    return Answer(question, tuple(findings))


def answer_all(
    asked: Sequence[Question],
    workspace: Workspace,
    known: Iterable[Answer] = (),
    each: Callable[[Answer], None] = lambda one: None,
    elsewhere: Elsewhere = NOBODY,
) -> tuple[Answer, ...]:
    """Compute all claims that are not `known` yet; `each` is called after every one.

    Parameters
    ----------
    elsewhere
        Processes that answer for some of the snapshots.  Claims are then told of to `each` in the
        order in which they are complete.
    """
    there = {one.question.name: one for one in known}
    missing = [item for item in asked if item.name not in there]
    found_by = elsewhere.ask(missing)
    incomplete = []
    for number, item in enumerate(asked, 1):
        if item.name in there:
            continue
        workspace.progress(f"{number} of {len(asked)}: {item.name}")
        skip = elsewhere.data if item.with_data else ()
        here = answer(item, workspace, skip)
        if skip:
            incomplete.append(here)
        else:
            there[item.name] = here
            each(here)
    for number, here in enumerate(incomplete, 1):
        name = here.question.name
        workspace.progress(f"{number} of {len(incomplete)} with data: {name}")
        found = {one.data: one for one in (*here.findings, *found_by(name))}
        there[name] = Answer(here.question, tuple(found[data] for data in workspace.data))
        each(there[name])
    return tuple(there[item.name] for item in asked)
