"""What the tests of quizzes share: gold cases, a queue with them, and somebody who answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hitl_tui.model.case import Gold, Submission
from hitl_tui.model.quiz import QuizItem, Sitting
from hitl_tui.model.work import Route
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.world import verdict

Judge = Callable[[QuizItem], str]


def gold_case(number: int, decision: str = "approve", labels: Sequence[str] = ()) -> Submission:
    gold = {"decision": decision, "labels": list(labels)}
    return Submission.model_validate(
        {
            "id": f"support-{number:05d}",
            "input": "How long?",
            "output": f"Answer number {number}.",
            "context": ["Thirty days."],
            "gold": gold,
        }
    )


def ingest_gold(queue: SqliteQueue, count: int = 12, **route: Any) -> list[QuizItem]:
    """Gold cases, every third to be rejected for its number; the items that they make."""
    cases = [
        gold_case(n, "reject", ["wrong_number"]) if n % 3 == 0 else gold_case(n)
        for n in range(count)
    ]
    queue.admit([(case, Route(**route)) for case in cases])
    return queue.gold_items()


def right(item: QuizItem) -> str:
    return str(item.gold.decision)


def wrong(item: QuizItem) -> str:
    return "approve" if item.gold.decision == "reject" else "reject"


def answer(queue: SqliteQueue, reviewer: str, quiz: str, judge: Judge = right) -> Sitting:
    """Sit down and answer everything that is open."""
    sitting = queue.sit(reviewer, quiz)
    record = queue.quiz(quiz)
    places = {a.case_id: a.item for a in record.answers if a.reviewer == reviewer}
    for seat in sitting.seats:
        if seat.answered:
            continue
        item = record.items[places[seat.case_id] - 1]
        (claim,) = queue.claim(reviewer, case_id=seat.case_id)
        decision = judge(item)
        labels = ["wrong_number"] if decision == "reject" else []
        queue.submit(verdict(claim, reviewer, decision, labels=labels))
    return queue.sit(reviewer, quiz)


def changed_gold(decision: str) -> Gold:
    return Gold(decision=decision)
