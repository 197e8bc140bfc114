"""Who a quiz lets into which pool, and until when: the rule of the store, from the quiz's whole record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hitl_tui.model.quiz import QuizRecord
from hitl_tui.queue.qualifying import Qualified
from hitl_tui.queue.rules import Qualifying
from hitl_tui.stats.quizzes import scores


def qualified_by(
    record: QuizRecord, terms: Mapping[str, Qualifying], guideline: str | None, now: datetime
) -> list[Qualified]:
    """Who may judge each of the pools now because of this quiz; `guideline` is the latest version."""
    if record.quiz.mode == "training":
        return []
    under = {one.reviewer: one.guideline for one in record.sittings}
    last: dict[str, datetime] = {}
    for answer in record.answers:
        if answer.verdict is not None and answer.verdict.decided_at is not None:
            at = answer.verdict.decided_at
            last[answer.reviewer] = max(at, last.get(answer.reviewer, at))
    found = []
    for pool, asked in terms.items():
        for score in scores(record, asked.mark).scores:
            since = last.get(score.reviewer)
            if not score.passed or since is None:
                continue
            if asked.with_guideline and under[score.reviewer] != guideline:
                continue
            until = None if asked.valid_s is None else since + timedelta(seconds=asked.valid_s)
            if until is None or until > now:
                found.append(Qualified(score.reviewer, pool, since, until))
    return found
