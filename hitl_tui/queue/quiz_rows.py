"""Rows of the quiz tables into the model's types, and the digests that the trail holds of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.case import Gold
from hitl_tui.model.clock import from_micros
from hitl_tui.model.quiz import Outcome, Quiz, QuizItem
from hitl_tui.queue.protocol import NotFound
from hitl_tui.queue.refusals import stored

STANDING = (
    "SELECT v.body FROM verdicts v WHERE v.case_seq = q.case_seq AND v.reviewer = q.reviewer"
    " AND v.undone_at IS NULL ORDER BY v.late, v.seq LIMIT 1"
)
"""The verdict that stands on a copy `q`, a late one only when there is no other."""


def digest(key: bytes, *parts: str | Sequence[str]) -> str:
    """The digest of stored texts under a quiz's key."""
    flat = [part if isinstance(part, str) else "\n".join(part) for part in parts]
    return content_digest(key, "\n".join(flat).encode())


def sitting_digest(key: bytes, places: Sequence[tuple[int, str]]) -> str:
    """The digest of which copy stands for which item, in the reviewer's order."""
    return digest(key, json.dumps([list(place) for place in places]))


def gold_set_since(conn: sqlite3.Connection, name: str) -> dict[int, str | None]:
    """The right decisions that discussions have set, by item."""
    return {
        outcome.item: outcome.gold.decision
        for outcome in outcomes_of(conn, name)
        if outcome.gold is not None
    }


def gold_now(conn: sqlite3.Connection, name: str, item: int) -> Gold:
    """The right answer of an item as it is now."""
    for outcome in reversed(outcomes_of(conn, name)):
        if outcome.item == item and outcome.gold is not None:
            return outcome.gold
    (body,) = conn.execute(
        "SELECT body FROM quiz_items WHERE quiz = ? AND item = ?", (name, item)
    ).fetchone()
    return item_of(body).gold


def outcomes_of(conn: sqlite3.Connection, name: str) -> list[Outcome]:
    """What discussions of a quiz came to, in order."""
    rows = conn.execute("SELECT body FROM quiz_outcomes WHERE quiz = ? ORDER BY seq", (name,))
    return [outcome_of(body) for (body,) in rows.fetchall()]


def quiz_named(conn: sqlite3.Connection, name: str) -> Quiz:
    """A quiz; NotFound."""
    row = conn.execute("SELECT body, closed_at FROM quizzes WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise NotFound("there is no quiz {name}", name=name)
    return quiz_of(*row)


def key_of(conn: sqlite3.Connection, name: str) -> bytes:
    """The key of a quiz's digests."""
    key: bytes = conn.execute("SELECT key FROM quizzes WHERE name = ?", (name,)).fetchone()[0]
    return key


@stored()
def quiz_of(body: str, closed_at: int | None) -> Quiz:
    """The quiz of a stored body."""
    quiz = Quiz.model_validate_json(body)
    return quiz.model_copy(
        update={"closed_at": None if closed_at is None else from_micros(closed_at)}
    )


@stored()
def item_of(body: str) -> QuizItem:
    """The item of a stored body."""
    return QuizItem.model_validate_json(body)


@stored()
def outcome_of(body: str) -> Outcome:
    """The outcome of a stored body."""
    return Outcome.model_validate_json(body)
