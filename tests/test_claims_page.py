"""docs/claims.md: made from a result, and not older than the catalogue of claims."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

from claims_toy import Toy
from muoquark.paper.claims.catalogue import answer, questions

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
OURS = r"(?: \*\(a row of ours\)\*)?"
ROW = re.compile(rf"^\| `(?P<id>[^`]+)`{OURS} \| (?P<rest>.*) \|$", re.MULTILINE)


def rows():
    return {m["id"]: re.split(r" (?<!\\)\| ", m["rest"]) for m in ROW.finditer(PAGE)}


def test_the_page_has_every_claim_as_it_is_worded_now():
    there = rows()
    assert list(there) == [q.name for q in questions()]
    for q in questions():
        statement, paper, *found = there[q.name]
        assert statement.replace("\\|", "|") == q.statement, q.name
        assert paper.replace("\\|", "|") == q.paper, q.name
        assert len(found) == 2
        assert all(text[0] in "✓≈✗–" for text in found if not text.startswith("the same"))


def test_the_page_has_the_criterion_of_what_is_not_simply_reproduced():
    for match in re.finditer(r"^- (.) `([^`]+)` .*?Criterion: (.*?)\. Found: ", PAGE, re.MULTILINE):
        (q,) = questions(match[2])
        assert match[1] in "≈✗–"
        assert match[3] == q.criterion


def test_the_tool_takes_verdicts_and_numbers_from_the_result():
    page = runpy.run_path(str(ROOT / "tools" / "claims" / "page.py"))["page"]
    answers = [answer(q, Toy()) for q in (*questions("dipoles.*"), *questions("symmetry.eq2"))]
    records = json.loads(json.dumps([one.record() for one in answers]))
    inputs = {"data": {"toy": {}}, "hash": "abc"}
    text = page({"claims": records, "inputs": inputs})
    for one in answers:
        assert f"`{one.question.name}`" in text
        assert one.findings[0].text.replace("|", "\\|") in text
    changed = records[0] | {"findings": [records[0]["findings"][0] | {"verdict": "reproduced"}]}
    other = page({"claims": [changed, *records[1:]], "inputs": inputs})
    assert other.count("✗") == text.count("✗") - 2
