"""Quizzes in the tables: how one is made, ended, read, and what was decided of its items."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from hitl_tui.audit.chain import KEY_BYTES
from hitl_tui.model.case import Gold
from hitl_tui.model.quiz import Answer, Mode, Outcome, Quiz, QuizItem, QuizRecord
from hitl_tui.queue import rulings
from hitl_tui.queue.decode import case_of, gold_of, verdict_of
from hitl_tui.queue.protocol import Conflict, Invalid, NotFound
from hitl_tui.queue.quiz_rows import (
    STANDING,
    digest,
    item_of,
    key_of,
    outcome_of,
    outcomes_of,
    quiz_named,
    quiz_of,
)
from hitl_tui.queue.sittings import sittings_of
from hitl_tui.queue.store import Transaction

_MOST_ITEMS = 1000


def gold_items(conn: sqlite3.Connection) -> list[QuizItem]:
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
    tx.conn.executemany(
        "INSERT INTO quiz_items (quiz, item, body) VALUES (?, ?, ?)",
        [(name, number, text) for number, text in enumerate(texts, 1)],
    )
    data = {"quiz": name, "mode": mode, "items": len(items), "digest": digest(key, body, texts)}
    tx.event("quiz.created", actor, None, data)
    return quiz


def close(tx: Transaction, actor: str, name: str) -> int:
    """End a quiz and withdraw the copies that are pending."""
    if quiz_named(tx.conn, name).closed_at is not None:
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
    quiz_named(tx.conn, name)
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
    data = {"quiz": name, "item": item, "what": what, "digest": digest(key_of(tx.conn, name), body)}
    tx.event("quiz.settled", actor, None, data)
    return outcome


def quizzes(conn: sqlite3.Connection) -> list[Quiz]:
    """All of them."""
    rows = conn.execute("SELECT body, closed_at FROM quizzes ORDER BY rowid")
    return [quiz_of(*row) for row in rows.fetchall()]


def record(conn: sqlite3.Connection, name: str) -> QuizRecord:
    """Everything about one quiz; NotFound."""
    quiz = quiz_named(conn, name)
    items = conn.execute("SELECT body FROM quiz_items WHERE quiz = ? ORDER BY item", (name,))
    answers = conn.execute(
        f"SELECT q.item, q.reviewer, c.id, ({STANDING}) FROM quiz_cases q"  # noqa: S608  (our literals)
        " JOIN cases c ON c.seq = q.case_seq WHERE q.quiz = ? ORDER BY q.reviewer, q.place",
        (name,),
    ).fetchall()
    return QuizRecord(
        quiz=quiz,
        items=tuple(item_of(body) for (body,) in items.fetchall()),
        sittings=tuple(sittings_of(conn, quiz)),
        answers=tuple(
            Answer(
                item=item,
                reviewer=reviewer,
                case_id=case_id,
                verdict=None if body is None else verdict_of(body),
            )
            for item, reviewer, case_id, body in answers
        ),
        outcomes=tuple(outcomes_of(conn, name)),
    )


def _changed_gold(conn: sqlite3.Connection) -> dict[str, Gold]:
    """The gold that discussions have set, by the case that the item was taken from."""
    found = {}
    for quiz, body in conn.execute("SELECT quiz, body FROM quiz_outcomes ORDER BY seq").fetchall():
        outcome = outcome_of(body)
        (item,) = conn.execute(
            "SELECT body FROM quiz_items WHERE quiz = ? AND item = ?", (quiz, outcome.item)
        ).fetchone()
        source = item_of(item).source
        if outcome.gold is not None and source is not None:
            found[str(source)] = outcome.gold
    return found
