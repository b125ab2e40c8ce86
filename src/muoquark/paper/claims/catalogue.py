"""All questions in the order of the paper, and how they are answered."""

from __future__ import annotations

import fnmatch
import importlib
from collections.abc import Callable, Iterable, Sequence

from muoquark.common.errors import InputError, suggest
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


def answer(question: Question, workspace: Workspace) -> Answer:
    """Compute one claim, for every snapshot of the workspace if data enter."""
    from dataclasses import replace

    if not question.with_data:
        return Answer(question, (question.function(workspace),))
    findings: list[Finding] = []
    for data in workspace.data:
        findings.append(replace(question.function(workspace, data), data=data))
    return Answer(question, tuple(findings))


def answer_all(
    asked: Sequence[Question],
    workspace: Workspace,
    known: Iterable[Answer] = (),
    each: Callable[[Answer], None] = lambda one: None,
) -> tuple[Answer, ...]:
    """Compute all claims that are not `known` yet; `each` is called after every one."""
    there = {one.question.name: one for one in known}
    result = []
    for number, item in enumerate(asked, 1):
        if item.name not in there:
            workspace.progress(f"{number} of {len(asked)}: {item.name}")
            there[item.name] = answer(item, workspace)
            each(there[item.name])
        result.append(there[item.name])
    return tuple(result)
