"""A calibration session: everyone's answers to one item side by side, as JSON and as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hitl_tui.model.clock import rfc3339
from hitl_tui.model.quiz import Answer, Outcome, QuizRecord
from hitl_tui.model.text import Shown, message, reveal
from hitl_tui.model.verdict import Verdict
from hitl_tui.reports.table import table
from hitl_tui.stats.quizzes import labels_of


def agenda(record: QuizRecord) -> list[Shown]:
    """The items to talk about: those with different answers first, then those with wrong ones."""
    rows = []
    for number in order(record):
        verdicts = [one.verdict for one in _answers(record, number) if one.verdict is not None]
        gold = record.gold(number)
        outcome = _last(record, number)
        rows.append(
            [
                number,
                record.items[number - 1].case.id,
                gold.decision,
                ", ".join(sorted(verdict.decision for verdict in verdicts)) or None,
                _said(outcome) if outcome else None,
            ]
        )
    return table(["item", "case", "gold", "answers", "outcome"], rows, left=5)


def order(record: QuizRecord) -> list[int]:
    """The numbers of the items, those worth most talk first: most different answers, most wrong ones."""

    def worth(number: int) -> tuple[int, int, int]:
        given = [
            one.verdict.decision for one in _answers(record, number) if one.verdict is not None
        ]
        wrong = sum(decision != record.gold(number).decision for decision in given)
        return (-len(set(given)), -wrong, number)

    return sorted(range(1, len(record.items) + 1), key=worth)


def as_json(record: QuizRecord, number: int) -> dict[str, Any]:
    """One item under stable names."""
    item = record.items[number - 1]
    return {
        "quiz": record.quiz.name,
        "item": number,
        "case": item.case.model_dump(mode="json", exclude_defaults=True),
        "gold": record.gold(number).model_dump(mode="json"),
        "answers": [
            {
                "reviewer": one.reviewer,
                "verdict": one.verdict and one.verdict.model_dump(mode="json", exclude_none=True),
            }
            for one in _answers(record, number)
        ],
        "outcomes": [
            {
                "actor": one.actor,
                "at": rfc3339(one.at),
                "gold": one.gold and one.gold.model_dump(mode="json"),
                "section": one.section,
                "note": one.note,
            }
            for one in record.outcomes
            if one.item == number
        ],
    }


def lines(record: QuizRecord, number: int) -> list[Shown]:
    """Everyone's answers to one item, and what was decided of it; the case itself is printed above."""
    gold = record.gold(number)
    rows = []
    remarks = []
    for one in _answers(record, number):
        verdict = one.verdict
        rows.append([one.reviewer, *_cells(verdict)])
        if verdict is not None and verdict.rationale:
            remarks.append(
                message("{who}: {text}", who=one.reviewer, text=reveal(verdict.rationale).text)
            )
    head = message(
        "item {n} of {all}; gold: {decision}{labels}",
        n=number,
        all=len(record.items),
        decision=gold.decision,
        labels=f" ({', '.join(gold.labels)})" if gold.labels else "",
    )
    header = ["reviewer", "decision", "labels", "confidence", "guideline"]
    shown = [head, *table(header, rows, left=5), *remarks]
    return shown + [
        message("decided by {who}: {what}", who=one.actor, what=_said(one))
        for one in record.outcomes
        if one.item == number
    ]


def _cells(verdict: Verdict | None) -> Sequence[object]:
    if verdict is None:
        return ["no answer yet", None, None, None]
    labels = ", ".join(sorted(labels_of(verdict))) or None
    cited = ", ".join(verdict.guidelines) or None
    return [verdict.decision, labels, verdict.confidence, cited]


def _answers(record: QuizRecord, number: int) -> list[Answer]:
    return sorted(
        (one for one in record.answers if one.item == number), key=lambda one: one.reviewer
    )


def _last(record: QuizRecord, number: int) -> Outcome | None:
    return next((one for one in reversed(record.outcomes) if one.item == number), None)


def _said(outcome: Outcome) -> Shown:
    if outcome.gold is not None:
        return message("gold is {decision}", decision=outcome.gold.decision)
    return message("guideline {section}: {note}", section=outcome.section, note=outcome.note)
