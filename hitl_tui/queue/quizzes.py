"""Quizzes in the tables: their items, each reviewer's copies as ordinary cases, what was decided of them.

A copy differs from any other case by nothing that its reviewer can see: its text, pool, priority,
overlap and due time are those of its source, its id has the form of the source's (`naming`), and it counts
where cases count. The link to the quiz stands in `quiz_cases`, which no claim reads.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from datetime import timedelta

from hitl_tui.audit.chain import KEY_BYTES, content_digest
from hitl_tui.model.case import Gold, Submission
from hitl_tui.model.clock import from_micros
from hitl_tui.model.quiz import (
    QUIZ_NAME,
    QUIZ_NAME_IS,
    Answer,
    Feedback,
    Mode,
    Outcome,
    Quiz,
    QuizItem,
    QuizRecord,
    Seat,
    Sitting,
)
from hitl_tui.model.work import Route
from hitl_tui.queue import admit, rulings, slots
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import case_of, gold_of, verdict_of
from hitl_tui.queue.naming import HOUSE, Unused
from hitl_tui.queue.protocol import LOCAL, Conflict, Invalid, NotAvailable, NotFound
from hitl_tui.queue.refusals import stored
from hitl_tui.queue.transaction import Transaction

_MOST_ITEMS = 1000

_STANDING = (
    "SELECT v.body FROM verdicts v WHERE v.case_seq = q.case_seq AND v.reviewer = q.reviewer"
    " AND v.undone_at IS NULL ORDER BY v.late, v.seq LIMIT 1"
)


def gold_items(conn: Database) -> list[QuizItem]:
    """The gold cases with a decision, in order of arrival, with the gold that holds now."""
    rows = conn.execute(
        "SELECT b.body, g.body, c.id, c.home, c.priority, c.overlap, c.due, c.queued_at"
        " FROM gold g JOIN cases c ON c.seq = g.case_seq JOIN bodies b ON b.case_seq = c.seq"
        " WHERE c.seq NOT IN (SELECT case_seq FROM quiz_cases) ORDER BY c.seq"
    ).fetchall()
    changed = _changed_gold(conn)
    found = []
    for body, gold, case_id, pool, priority, overlap, due, queued_at in rows:
        answer = changed.get(case_id) or gold_of(gold)
        if answer.decision is not None:
            wait = None if due is None else max(1.0, (due - queued_at) / 1_000_000)
            found.append(
                QuizItem(
                    case=case_of(body),
                    gold=answer,
                    source=case_id,
                    pool=pool,
                    priority=priority,
                    overlap=overlap,
                    due_s=wait,
                )
            )
    return found


def create(
    tx: Transaction,
    actor: str,
    name: str,
    items: Sequence[QuizItem],
    *,
    mode: Mode,
    stratified: bool,
    seed: int,
) -> Quiz:
    """A new quiz; Conflict, Invalid."""
    if not QUIZ_NAME.fullmatch(name):
        raise Invalid("{name} is no name for a quiz: it has {form}", name=name, form=QUIZ_NAME_IS)
    if not 1 <= len(items) <= _MOST_ITEMS:
        raise Invalid("a quiz has 1 to {most} items", most=_MOST_ITEMS)
    if any(item.gold.decision is None for item in items):
        raise Invalid("an item of a quiz needs the decision that is right")
    if tx.conn.execute("SELECT 1 FROM quizzes WHERE name = ?", (name,)).fetchone():
        raise Conflict("there is a quiz {name} already: choose another name", name=name)
    quiz = Quiz(
        name=name, mode=mode, stratified=stratified, seed=seed, created_by=actor, created_at=tx.now
    )
    body, key = quiz.model_dump_json(), os.urandom(KEY_BYTES)
    texts = [item.model_dump_json(exclude_defaults=True) for item in items]
    tx.conn.execute("INSERT INTO quizzes (name, body, key) VALUES (?, ?, ?)", (name, body, key))
    rows = [(name, number, text) for number, text in enumerate(texts, 1)]
    tx.conn.fill("quiz_items", "quiz, item, body", rows)
    data = {"quiz": name, "mode": mode, "items": len(items), "digest": digest(key, body, texts)}
    tx.event("quiz.created", actor, None, data)
    return quiz


def sit(tx: Transaction, reviewer: str, name: str, guideline: str | None) -> Sitting:
    """The reviewer's sitting, begun now if it was not; NotFound, NotAvailable."""
    quiz = _quiz(tx.conn, name)
    known = tx.conn.execute(
        "SELECT 1 FROM sittings WHERE quiz = ? AND reviewer = ?", (name, reviewer)
    ).fetchone()
    if known is None:
        if quiz.closed_at is not None:
            raise NotAvailable("the quiz {name} is closed", name=name)
        _begin(tx, reviewer, name, guideline)
    return _sittings(tx.conn, quiz, reviewer)[0]


def close(tx: Transaction, actor: str, name: str) -> int:
    """End a quiz and withdraw the copies that are pending."""
    if _quiz(tx.conn, name).closed_at is not None:
        return 0
    tx.conn.execute("UPDATE quizzes SET closed_at = ? WHERE name = ?", (tx.micros, name))
    tx.event("quiz.closed", actor, None, {"quiz": name})
    pending = tx.conn.execute(
        "SELECT c.id FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq"
        " WHERE q.quiz = ? AND c.state < 2 ORDER BY c.seq",
        (name,),
    ).fetchall()
    for (case_id,) in pending:
        rulings.withdraw(tx, actor, case_id, "", None)
    return len(pending)


def settle(
    tx: Transaction,
    actor: str,
    name: str,
    item: int,
    gold: Gold | None,
    section: str | None,
    note: str,
) -> Outcome:
    """Record an outcome; NotFound, Invalid."""
    _quiz(tx.conn, name)
    if (gold is None) == (section is None):
        raise Invalid("an outcome is either a gold answer or a section of the guideline")
    if gold is not None and gold.decision is None:
        raise Invalid("a gold answer has a decision")
    known = tx.conn.execute(
        "SELECT 1 FROM quiz_items WHERE quiz = ? AND item = ?", (name, item)
    ).fetchone()
    if known is None:
        raise NotFound("the quiz {name} has no item {n}", name=name, n=item)
    outcome = Outcome(item=item, actor=actor, at=tx.now, gold=gold, section=section, note=note)
    body = outcome.model_dump_json()
    tx.conn.execute("INSERT INTO quiz_outcomes (quiz, body) VALUES (?, ?)", (name, body))
    what = "gold" if gold is not None else "guideline"
    data = {"quiz": name, "item": item, "what": what, "digest": digest(_key(tx.conn, name), body)}
    tx.event("quiz.settled", actor, None, data)
    return outcome


def quizzes(conn: Database) -> list[Quiz]:
    """All of them."""
    rows = conn.execute(
        f"SELECT body, closed_at FROM quizzes ORDER BY {conn.dialect.arrival}"  # noqa: S608
    )
    return [_quiz_of(*row) for row in rows.fetchall()]


def record(conn: Database, name: str) -> QuizRecord:
    """Everything about one quiz; NotFound."""
    quiz = _quiz(conn, name)
    items = conn.execute("SELECT body FROM quiz_items WHERE quiz = ? ORDER BY item", (name,))
    answers = conn.execute(
        f"SELECT q.item, q.reviewer, c.id, ({_STANDING}) FROM quiz_cases q"  # noqa: S608  (our literals)
        " JOIN cases c ON c.seq = q.case_seq WHERE q.quiz = ? ORDER BY q.reviewer, q.place",
        (name,),
    ).fetchall()
    return QuizRecord(
        quiz=quiz,
        items=tuple(_item_of(body) for (body,) in items.fetchall()),
        sittings=tuple(_sittings(conn, quiz)),
        answers=tuple(
            Answer(
                item=item,
                reviewer=reviewer,
                case_id=case_id,
                verdict=None if body is None else verdict_of(body),
            )
            for item, reviewer, case_id, body in answers
        ),
        outcomes=tuple(_outcomes(conn, name)),
    )


def feedback(conn: Database, reviewer: str, name: str, case_id: str) -> Feedback:
    """The right answer to a copy that was judged, in training only; one NotFound for all else."""
    row = conn.execute(
        f"SELECT q.item, ({_STANDING}) FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq"  # noqa: S608
        " WHERE q.quiz = ? AND q.reviewer = ? AND ? IN (c.id, q.former)",
        (name, reviewer, case_id),
    ).fetchone()
    known = conn.execute("SELECT 1 FROM quizzes WHERE name = ?", (name,)).fetchone()
    if known is None or row is None or row[1] is None or _quiz(conn, name).mode != "training":
        raise NotFound("the right answer is told in training, after the case was judged")
    gold = _gold_now(conn, name, row[0])
    return Feedback(gold=gold, right=verdict_of(row[1]).decision == gold.decision)


def is_copy(conn: Database, case_seq: int) -> bool:
    """Whether a case is somebody's copy of a quiz item."""
    return (
        conn.execute("SELECT 1 FROM quiz_cases WHERE case_seq = ?", (case_seq,)).fetchone()
        is not None
    )


def seated(conn: Database, reviewer: str, case_id: str) -> bool:
    """Whether a case is this reviewer's copy."""
    found = conn.execute(
        "SELECT 1 FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq"
        " WHERE c.id = ? AND q.reviewer = ?",
        (case_id, reviewer),
    ).fetchone()
    return found is not None


def keep_seat(tx: Transaction, case_seq: int, case_id: str, reviewer: str) -> None:
    """A copy that is still pending after a verdict stays its reviewer's, so that nobody else gets it."""
    slots.assign(tx, case_seq, reviewer)
    tx.event("case.assigned", HOUSE, case_id, {"reviewer": reviewer})


def digest(key: bytes, *parts: str | Sequence[str]) -> str:
    """The digest of stored texts under a quiz's key."""
    flat = [part if isinstance(part, str) else "\n".join(part) for part in parts]
    return content_digest(key, "\n".join(flat).encode())


def sitting_digest(key: bytes, places: Sequence[tuple[int, str]]) -> str:
    """The digest of which copy stands for which item, in the reviewer's order."""
    return digest(key, json.dumps([list(place) for place in places]))


def _begin(tx: Transaction, reviewer: str, name: str, guideline: str | None) -> None:
    rows = tx.conn.execute(
        "SELECT item, body FROM quiz_items WHERE quiz = ? ORDER BY item", (name,)
    ).fetchall()
    random.SystemRandom().shuffle(rows)
    batch, placed = [], []
    unused = Unused(tx.conn)

    for number, body in rows:
        item = _item_of(body)
        case_id = unused.like(item.case.id)
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
    data["digest"] = sitting_digest(_key(tx.conn, name), placed)
    tx.event("quiz.taken", reviewer, None, data)


def _sittings(conn: Database, quiz: Quiz, reviewer: str | None = None) -> list[Sitting]:
    rows = conn.execute(
        "SELECT reviewer, at, guideline FROM sittings WHERE quiz = ?"
        " AND reviewer = coalesce(?, reviewer) ORDER BY at, reviewer",
        (quiz.name, reviewer),
    ).fetchall()
    found = []
    for name, at, guideline in rows:
        seats = conn.execute(
            f"SELECT c.id, ({_STANDING}) IS NOT NULL FROM quiz_cases q"  # noqa: S608  (our literals)
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


def _changed_gold(conn: Database) -> dict[str, Gold]:
    """The gold that discussions have set, by the case that the item was taken from."""
    found = {}
    for quiz, body in conn.execute("SELECT quiz, body FROM quiz_outcomes ORDER BY seq").fetchall():
        outcome = _outcome_of(body)
        (item,) = conn.execute(
            "SELECT body FROM quiz_items WHERE quiz = ? AND item = ?", (quiz, outcome.item)
        ).fetchone()
        source = _item_of(item).source
        if outcome.gold is not None and source is not None:
            found[str(source)] = outcome.gold
    return found


def gold_set_since(conn: Database, name: str) -> dict[int, str | None]:
    """The right decisions that discussions have set, by item."""
    return {
        outcome.item: outcome.gold.decision
        for outcome in _outcomes(conn, name)
        if outcome.gold is not None
    }


def _gold_now(conn: Database, name: str, item: int) -> Gold:
    for outcome in reversed(_outcomes(conn, name)):
        if outcome.item == item and outcome.gold is not None:
            return outcome.gold
    (body,) = conn.execute(
        "SELECT body FROM quiz_items WHERE quiz = ? AND item = ?", (name, item)
    ).fetchone()
    return _item_of(body).gold


def _outcomes(conn: Database, name: str) -> list[Outcome]:
    rows = conn.execute("SELECT body FROM quiz_outcomes WHERE quiz = ? ORDER BY seq", (name,))
    return [_outcome_of(body) for (body,) in rows.fetchall()]


def _quiz(conn: Database, name: str) -> Quiz:
    row = conn.execute("SELECT body, closed_at FROM quizzes WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise NotFound("there is no quiz {name}", name=name)
    return _quiz_of(*row)


def _key(conn: Database, name: str) -> bytes:
    key: bytes = conn.execute("SELECT key FROM quizzes WHERE name = ?", (name,)).fetchone()[0]
    return key


@stored
def _quiz_of(body: str, closed_at: int | None) -> Quiz:
    quiz = Quiz.model_validate_json(body)
    return quiz.model_copy(
        update={"closed_at": None if closed_at is None else from_micros(closed_at)}
    )


@stored
def _item_of(body: str) -> QuizItem:
    return QuizItem.model_validate_json(body)


@stored
def _outcome_of(body: str) -> Outcome:
    return Outcome.model_validate_json(body)
