"""What a judged claim is: the paper's sentence, our numbers, a criterion and a verdict.

A :class:`Question` holds what the paper says and how it is judged; it is written down once and
knows no result.  Its function returns :class:`Finding` values, whose verdict code chose from
numbers; the two together are an :class:`Answer`, which is what the report shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "CHANGED",
    "NOT_REPRODUCED",
    "REPRODUCED",
    "UNTESTABLE",
    "VERDICTS",
    "Answer",
    "Finding",
    "Question",
    "decide",
    "question",
    "restore",
]

REPRODUCED = "reproduced"
CHANGED = "reproduced with a stated change"
NOT_REPRODUCED = "not reproduced"
UNTESTABLE = "not testable here"
VERDICTS = (REPRODUCED, CHANGED, NOT_REPRODUCED, UNTESTABLE)


@dataclass(frozen=True)
class Finding:
    """What is found, with one set of data or without any.

    Attributes
    ----------
    text
        Our value in words, numbers included.
    verdict
        One of :data:`VERDICTS`.
    reason
        Why this verdict: the comparison that was made, or what differs.
    value, interval
        The number that is compared with the paper's and its 68 % interval, where there are any.
    numbers
        All numbers that entered the verdict, by name.
    data
        The snapshot; None where no data enter.
    """

    text: str
    verdict: str
    reason: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    data: str | None = None


@dataclass(frozen=True)
class Question:
    """A claim of the paper and the function that judges it.

    Attributes
    ----------
    name
        Its identifier, ``theme.claim``.
    place
        Where it stands in the paper.
    statement
        What the paper says, in words of ours.
    paper
        The paper's value as printed, or ``no number``.
    criterion
        When it counts as reproduced.
    function
        Takes the workspace, and the name of a snapshot if `with_data`; returns a Finding.
    command
        The command line that gives the same numbers; ``{data}`` stands for the snapshot.
    value
        The paper's value as a number, if there is one.
    unit
        Of both values.
    with_data
        Whether the answer depends on the data.
    figure
        Name of the report's figure that shows it.
    ours
        Whether it is no sentence of the paper, but one of ours that explains another row.
    """

    name: str
    place: str
    statement: str
    paper: str
    criterion: str
    function: Callable[..., Finding]
    command: str
    value: float | None = None
    unit: str = ""
    with_data: bool = False
    figure: str | None = None
    ours: bool = False

    @property
    def theme(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]

    @property
    def call(self) -> str:
        """Where the computation is: ``module:function``."""
        return f"{self.function.__module__}:{self.function.__name__}"


@dataclass(frozen=True)
class Answer:
    """A claim with its findings: one for each snapshot, or one if no data enter."""

    question: Question
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        """The verdict with the first data: those of the paper's day unless others are asked for."""
        return self.findings[0].verdict

    def finding(self, data: str) -> Finding:
        """Return what is found with a snapshot, or without data if none enter."""
        return next((f for f in self.findings if f.data == data), self.findings[0])

    def record(self) -> dict[str, Any]:
        """Return the answer as plain data, the record of ``muoquark reproduce --json``."""
        q = self.question
        return {
            "id": q.name,
            "theme": q.theme,
            "place": q.place,
            "claim": q.statement,
            "paper": q.paper,
            "paper_value": q.value,
            "unit": q.unit,
            "criterion": q.criterion,
            "verdict": self.verdict,
            "findings": [
                {
                    "data": f.data,
                    "value": f.value,
                    "interval_68": None if f.interval is None else list(f.interval),
                    "text": f.text,
                    "verdict": f.verdict,
                    "reason": f.reason,
                    "numbers": dict(f.numbers),
                }
                for f in self.findings
            ],
            "ours": q.ours,
            "computed_by": q.call,
            "command": q.command,
            "figure": q.figure,
        }


def decide(holds: bool, with_change: bool = False) -> str:
    """Return the verdict: reproduced if it `holds`, else with a change if that is enough."""
    if holds:
        return REPRODUCED
    return CHANGED if with_change else NOT_REPRODUCED


def question(
    name: str, place: str, statement: str, paper: str, criterion: str, command: str, **others: Any
) -> Callable[[Callable[..., Finding]], Question]:
    """Make a :class:`Question` of the function below; for use as a decorator."""

    def wrap(function: Callable[..., Finding]) -> Question:
        return Question(name, place, statement, paper, criterion, function, command, **others)

    return wrap


def restore(asked: Sequence[Question], records: Sequence[Mapping[str, Any]]) -> tuple[Answer, ...]:
    """Return the answers of an interrupted run from their records, those still asked for."""
    by_name = {q.name: q for q in asked}
    found = []
    for record in records:
        item = by_name.get(record["id"])
        if item is None:
            continue
        findings = tuple(
            Finding(
                f["text"],
                f["verdict"],
                f["reason"],
                f["value"],
                None if f["interval_68"] is None else tuple(f["interval_68"]),
                f["numbers"],
                f["data"],
            )
            for f in record["findings"]
        )
        found.append(Answer(item, findings))
    return tuple(found)
