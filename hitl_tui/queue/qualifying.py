"""Who may judge the cases of a pool: the pool's list, and the quiz that qualifies for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hitl_tui.model.clock import from_micros
from hitl_tui.queue import guidelines, quizzes
from hitl_tui.queue.database import Database
from hitl_tui.queue.rules import Qualifying
from hitl_tui.stats.intervals import wilson

_ANSWERS = """
  SELECT q.item, {gold}, v.decision, v.accepted_at
  FROM quiz_cases q JOIN quiz_items i ON i.quiz = q.quiz AND i.item = q.item
  LEFT JOIN verdicts v ON v.case_seq = q.case_seq AND v.reviewer = q.reviewer
    AND v.undone_at IS NULL AND v.late = 0
  WHERE q.quiz = ? AND q.reviewer = ?"""


@dataclass(frozen=True, slots=True)
class Passed:
    """A quiz that qualifies: since when, and until when if that is known."""

    quiz: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Qualified:
    """A reviewer is let into a pool by a quiz; `until` is None when that does not end by time."""

    reviewer: str
    pool: str
    since: datetime
    until: datetime | None


def passed(conn: Database, reviewer: str, terms: Qualifying, now: datetime) -> Passed | None:
    """The quiz by which a reviewer is qualified now, None when there is none.

    A quiz counts when it is a scored one, every item is answered, and the lower end of Wilson's
    interval of the right answers reaches the mark. It lapses with time and, if the terms say so, when
    another version of the guideline is published.
    """
    for quiz in terms.quizzes:
        found = _passed(conn, reviewer, quiz, terms, now)
        if found is not None:
            return found
    return None


def _passed(
    conn: Database, reviewer: str, quiz: str, terms: Qualifying, now: datetime
) -> Passed | None:
    row = conn.execute(
        f"SELECT s.guideline, {conn.dialect.mode_of_quiz} FROM sittings s JOIN quizzes z"  # noqa: S608
        " ON z.name = s.quiz WHERE s.quiz = ? AND s.reviewer = ?",
        (quiz, reviewer),
    ).fetchone()
    if row is None or row[1] == "training":
        return None
    if terms.with_guideline and row[0] != guidelines.latest(conn):
        return None
    rows = conn.execute(
        _ANSWERS.format(gold=conn.dialect.gold_of_item), (quiz, reviewer)
    ).fetchall()
    if not rows or any(decision is None for _, _, decision, _ in rows):
        return None
    changed = quizzes.gold_set_since(conn, quiz)
    right = sum(decision == changed.get(item, gold) for item, gold, decision, _ in rows)
    if wilson(right, len(rows))[0] < terms.mark:
        return None
    since = from_micros(max(at for *_, at in rows))
    until = None if terms.valid_s is None else since + timedelta(seconds=terms.valid_s)
    return None if until is not None and until <= now else Passed(quiz, since, until)
