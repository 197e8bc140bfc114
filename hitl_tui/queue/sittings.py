"""Sittings: each taker's own copies of a quiz, put into the queue as ordinary cases and kept theirs.

A copy differs from any other case by nothing that its reviewer can see: its text, pool, priority,
overlap and due time are those of its source, its id has the form of the source's, and it counts where
cases count. The link to the quiz stands in `quiz_cases`, which no claim reads.
"""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta

from hitl_tui.model.case import Submission
from hitl_tui.model.clock import from_micros
from hitl_tui.model.quiz import Feedback, Quiz, Seat, Sitting
from hitl_tui.model.work import Route
from hitl_tui.queue import admit, slots
from hitl_tui.queue.decode import PENDING, verdict_of
from hitl_tui.queue.disguise import disguised
from hitl_tui.queue.protocol import LOCAL, NotAvailable, NotFound
from hitl_tui.queue.quiz_rows import STANDING, gold_now, item_of, key_of, quiz_named, sitting_digest
from hitl_tui.queue.store import Transaction

HOUSE = "hitl"
_LOOKED_AT = 20_000
"""Ids of one form that are looked at to find what a new one may look like."""


def sit(tx: Transaction, reviewer: str, name: str, guideline: str | None) -> Sitting:
    """The reviewer's sitting, begun now if it was not; NotFound, NotAvailable."""
    quiz = quiz_named(tx.conn, name)
    known = tx.conn.execute(
        "SELECT 1 FROM sittings WHERE quiz = ? AND reviewer = ?", (name, reviewer)
    ).fetchone()
    if known is None:
        if quiz.closed_at is not None:
            raise NotAvailable("the quiz {name} is closed", name=name)
        _begin(tx, reviewer, name, guideline)
    return sittings_of(tx.conn, quiz, reviewer)[0]


def feedback(conn: sqlite3.Connection, reviewer: str, name: str, case_id: str) -> Feedback:
    """The right answer to a copy that was judged, in training only; one NotFound for all else."""
    row = conn.execute(
        f"SELECT q.item, ({STANDING}) FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq"  # noqa: S608
        " WHERE q.quiz = ? AND q.reviewer = ? AND c.id = ?",
        (name, reviewer, case_id),
    ).fetchone()
    known = conn.execute("SELECT 1 FROM quizzes WHERE name = ?", (name,)).fetchone()
    if known is None or row is None or row[1] is None or quiz_named(conn, name).mode != "training":
        raise NotFound("the right answer is told in training, after the case was judged")
    gold = gold_now(conn, name, row[0])
    return Feedback(gold=gold, right=verdict_of(row[1]).decision == gold.decision)


def is_copy(conn: sqlite3.Connection, case_seq: int) -> bool:
    """Whether a case is somebody's copy of a quiz item."""
    return (
        conn.execute("SELECT 1 FROM quiz_cases WHERE case_seq = ?", (case_seq,)).fetchone()
        is not None
    )


def seated(conn: sqlite3.Connection, reviewer: str, case_id: str) -> bool:
    """Whether a case is this reviewer's copy."""
    found = conn.execute(
        "SELECT 1 FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq"
        " WHERE c.id = ? AND q.reviewer = ?",
        (case_id, reviewer),
    ).fetchone()
    return found is not None


def keep_seat(tx: Transaction, case_seq: int, case_id: str, reviewer: str) -> None:
    """After a verdict: a copy that is still pending stays its reviewer's, so that nobody else gets it."""
    row = tx.conn.execute("SELECT state, assigned FROM cases WHERE seq = ?", (case_seq,)).fetchone()
    if row == (PENDING, None) and is_copy(tx.conn, case_seq):
        slots.assign(tx, case_seq, reviewer)
        tx.event("case.assigned", HOUSE, case_id, {"reviewer": reviewer})


def _begin(tx: Transaction, reviewer: str, name: str, guideline: str | None) -> None:
    rows = tx.conn.execute(
        "SELECT item, body FROM quiz_items WHERE quiz = ? ORDER BY item", (name,)
    ).fetchall()
    random.SystemRandom().shuffle(rows)
    batch, placed = [], []
    minted: list[str] = []
    seen: dict[tuple[str, str], list[str]] = {}

    def around(before: str, after: str) -> list[str]:
        if (before, after) not in seen:
            like = tx.conn.execute(
                "SELECT id FROM cases WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?",
                (before, before + "\U0010ffff", _LOOKED_AT),
            )
            seen[before, after] = [one for (one,) in like if one.endswith(after)]
        return [*seen[before, after], *(one for one in minted if one.startswith(before))]

    def unused(case_id: str) -> str:
        while True:
            found = disguised(case_id, around)
            known = tx.conn.execute("SELECT 1 FROM cases WHERE id = ?", (found,)).fetchone()
            if known is None and found not in minted:
                minted.append(found)
                return found

    for number, body in rows:
        item = item_of(body)
        case_id = unused(item.case.id)
        due = None if item.due_s is None else tx.now + timedelta(seconds=item.due_s)
        fields = {field: getattr(item.case, field) for field in type(item.case).model_fields}
        submission = Submission.model_construct(**{**fields, "id": case_id, "gold": item.gold})
        route = Route(pool=item.pool, priority=item.priority, overlap=item.overlap, due=due)
        batch.append((submission, route))
        placed.append((number, case_id))
    admit.admit(tx, batch, admit.contents(batch), LOCAL)
    tx.conn.execute(
        "INSERT INTO sittings (quiz, reviewer, at, guideline) VALUES (?, ?, ?, ?)",
        (name, reviewer, tx.micros, guideline),
    )
    for place, (number, case_id) in enumerate(placed):
        (seq,) = tx.conn.execute("SELECT seq FROM cases WHERE id = ?", (case_id,)).fetchone()
        # A quiz has no answer to miss: the time is shown, nothing happens when it passes.
        tx.conn.execute("UPDATE cases SET deadline = NULL WHERE seq = ?", (seq,))
        tx.conn.execute(
            "INSERT INTO quiz_cases (case_seq, quiz, item, reviewer, place) VALUES (?, ?, ?, ?, ?)",
            (seq, name, number, reviewer, place),
        )
        slots.assign(tx, seq, reviewer)
        tx.event("case.assigned", HOUSE, case_id, {"reviewer": reviewer})
    data = {"quiz": name, "guideline": guideline}
    data["digest"] = sitting_digest(key_of(tx.conn, name), placed)
    tx.event("quiz.taken", reviewer, None, data)


def sittings_of(conn: sqlite3.Connection, quiz: Quiz, reviewer: str | None = None) -> list[Sitting]:
    """Everybody's sittings of a quiz in the order they began, or one reviewer's."""
    rows = conn.execute(
        "SELECT reviewer, at, guideline FROM sittings WHERE quiz = ?1 AND (?2 IS NULL OR reviewer = ?2)"
        " ORDER BY at, reviewer",
        (quiz.name, reviewer),
    ).fetchall()
    found = []
    for name, at, guideline in rows:
        seats = conn.execute(
            f"SELECT c.id, ({STANDING}) IS NOT NULL FROM quiz_cases q"  # noqa: S608  (our literals)
            " JOIN cases c ON c.seq = q.case_seq WHERE q.quiz = ? AND q.reviewer = ? ORDER BY q.place",
            (quiz.name, name),
        ).fetchall()
        found.append(
            Sitting(
                quiz=quiz.name,
                mode=quiz.mode,
                reviewer=name,
                started_at=from_micros(at),
                guideline=guideline,
                seats=tuple(Seat(case_id=one, answered=bool(done)) for one, done in seats),
            )
        )
    return found
