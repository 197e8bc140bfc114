"""The guideline's versions in the tables, and who has read which; what quizzes and these say to the audit."""

from __future__ import annotations

import hashlib

from hitl_tui.audit.calibration import CalibrationFacts, QuizFacts
from hitl_tui.model.clock import from_micros
from hitl_tui.model.guideline import version_of
from hitl_tui.queue import quizzes
from hitl_tui.queue.calibration import Acknowledged, Published
from hitl_tui.queue.database import Database
from hitl_tui.queue.protocol import NotFound
from hitl_tui.queue.transaction import Transaction


def publish(tx: Transaction, actor: str, text: str) -> Published:
    """Make a version known, once."""
    version = version_of(text)
    found = tx.conn.execute(
        "SELECT version, text, actor, at FROM guidelines WHERE version = ?", (version,)
    ).fetchone()
    if found is not None:
        version, text, by, at = found
        return Published(version, text, by, from_micros(at))
    tx.conn.execute(
        "INSERT INTO guidelines (version, text, actor, at) VALUES (?, ?, ?, ?)",
        (version, text, actor, tx.micros),
    )
    tx.event("guideline.published", actor, None, {"version": version, "digest": _digest(text)})
    return Published(version, text, actor, tx.now)


def published(conn: Database) -> list[Published]:
    """Every version, the latest last."""
    rows = conn.execute(
        f"SELECT version, text, actor, at FROM guidelines ORDER BY {conn.dialect.arrival}"  # noqa: S608
    )
    return [Published(version, text, by, from_micros(at)) for version, text, by, at in rows]


def latest(conn: Database) -> str | None:
    """The version that holds now, None when none was published."""
    row = conn.execute(
        f"SELECT version FROM guidelines ORDER BY {conn.dialect.arrival} DESC LIMIT 1"  # noqa: S608
    ).fetchone()
    return None if row is None else str(row[0])


def acknowledge(tx: Transaction, reviewer: str, version: str) -> None:
    """Note that a reviewer has read a version; NotFound."""
    known = tx.conn.execute("SELECT 1 FROM guidelines WHERE version = ?", (version,)).fetchone()
    if known is None:
        raise NotFound("no guideline of version {version} was published", version=version)
    new = tx.conn.execute(
        "INSERT INTO acknowledgements (version, reviewer, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (version, reviewer, tx.micros),
    ).rowcount
    if new:
        tx.event("guideline.acknowledged", reviewer, None, {"version": version})


def acknowledgements(conn: Database) -> list[Acknowledged]:
    """Who has read what, in order of time."""
    rows = conn.execute(
        f"SELECT version, reviewer, at FROM acknowledgements ORDER BY at, {conn.dialect.arrival}"  # noqa: S608
    )
    return [Acknowledged(version, reviewer, from_micros(at)) for version, reviewer, at in rows]


def calibration_facts(conn: Database) -> CalibrationFacts:
    """What the tables say of quizzes and guidelines; all digests are computed again."""
    facts = CalibrationFacts()
    for name, body, key, closed_at in conn.execute(
        "SELECT name, body, key, closed_at FROM quizzes"
    ):
        items = [
            text
            for (text,) in conn.execute(
                "SELECT body FROM quiz_items WHERE quiz = ? ORDER BY item", (name,)
            )
        ]
        facts.quizzes[name] = QuizFacts(
            quizzes.digest(key, body, items),
            len(items),
            closed_at is not None,
            {
                reviewer: _sitting(conn, key, name, reviewer)
                for (reviewer,) in conn.execute(
                    "SELECT reviewer FROM sittings WHERE quiz = ?", (name,)
                )
            },
            [
                quizzes.digest(key, text)
                for (text,) in conn.execute(
                    "SELECT body FROM quiz_outcomes WHERE quiz = ? ORDER BY seq", (name,)
                )
            ],
        )
    for version, text in conn.execute("SELECT version, text FROM guidelines"):
        facts.guidelines[version] = _digest(text)
    facts.acknowledged = set(conn.execute("SELECT version, reviewer FROM acknowledgements"))
    return facts


def _sitting(conn: Database, key: bytes, name: str, reviewer: str) -> str:
    places = conn.execute(
        "SELECT q.item, coalesce(q.former, c.id) FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq"
        " WHERE q.quiz = ? AND q.reviewer = ? ORDER BY q.place",
        (name, reviewer),
    ).fetchall()
    return quizzes.sitting_digest(key, places)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
