"""Lists for those who steer and those who read along: cases, disputes, what comes next, pages by place."""

from __future__ import annotations

from collections.abc import Sequence

from hitl_tui.model.text import Shown, message
from hitl_tui.model.work import CaseState, Resolution
from hitl_tui.queue import statements as sql
from hitl_tui.queue.choosing import next_up
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import STATES, moment_of, resolution_of, state_of, stored_verdict
from hitl_tui.queue.protocol import Dispute, Invalid, Page, Row, StoredVerdict, Upcoming
from hitl_tui.queue.quizzes import is_copy
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

LONGEST_PAGE = 1000

_ROWS = """
  SELECT seq, id, kind, state, pool, priority, due, overlap, open_slots, version, queued_at FROM cases
  WHERE seq > :after AND state = coalesce(:state, state) AND pool = coalesce(:pool, pool)
    AND (:copies = 1 OR seq NOT IN (SELECT case_seq FROM quiz_cases))
  ORDER BY seq LIMIT :limit"""
_DISPUTES = """
  SELECT c.id, c.version, c.pool,
         (SELECT max(v.accepted_at) FROM verdicts v WHERE v.case_seq = c.seq AND v.counts = 1) AS since
  FROM cases c WHERE c.state > 0 AND c.state = 1 ORDER BY since, c.seq"""
_HOLDERS = """
  SELECT reviewer FROM leases WHERE case_seq = ? AND state < 2 AND state = 0 AND until > ?
  ORDER BY reviewer"""
_UPCOMING = """
  SELECT c.pool, c.priority, c.due, c.queued_at, c.assigned,
         EXISTS (SELECT 1 FROM snoozes s WHERE s.case_seq = c.seq AND s.reviewer = ?)
  FROM cases c WHERE c.seq = ?"""


def listing(
    conn: Database,
    state: CaseState | None,
    pool: str | None,
    cursor: str | None,
    limit: int,
    now: int,
    *,
    copies: bool,
) -> Page:
    """Cases in order of arrival behind the cursor, which is the place of the last one shown."""
    values = {
        "after": _place(cursor),
        "state": None,
        "pool": pool,
        "limit": limit + 1,
        "copies": int(copies),
    }
    if state is not None:
        values["state"] = STATES.index(state)
    rows = conn.execute(_ROWS, values).fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    shown = tuple(
        Row(
            case_id=case_id,
            kind=kind,
            state=state_of(state),
            pool=pool,
            priority=priority,
            due=None if due is None else moment_of(due),
            overlap=overlap,
            open_slots=open_slots,
            version=version,
            queued_at=moment_of(queued_at),
            holders=_holders(conn, seq, now),
        )
        for seq, case_id, kind, state, pool, priority, due, overlap, open_slots, version, queued_at in rows
    )
    return Page(shown, str(rows[-1][0]) if more else None)


def disputes(conn: Database, pools: Sequence[str]) -> list[Dispute]:
    """What waits for adjudication, oldest first."""
    found = conn.execute(_DISPUTES).fetchall()
    return [
        Dispute(case_id, version, pool, moment_of(since))
        for case_id, version, pool, since in found
        if not pools or pool in pools
    ]


def upcoming(
    tx: Transaction, reviewer: str, pools: Sequence[str], limit: int, rules: Rules
) -> list[Upcoming]:
    """What a claim would lease now, in its order, and why."""
    found = []
    for seq, case_id, _ in next_up(tx, reviewer, pools, limit, rules, leasing=False):
        pool, priority, due, queued_at, assigned, skipped = tx.conn.execute(
            _UPCOMING, (reviewer, seq)
        ).fetchone()
        parts = [message("priority {n}", n=priority), _when(due, queued_at, tx.micros)]
        if assigned is not None and not is_copy(tx.conn, seq):
            parts.append(Shown("assigned to you"))
        if skipped:
            parts.append(Shown("you skipped it, and nothing else is left"))
        when = None if due is None else moment_of(due)
        found.append(Upcoming(case_id, pool, priority, when, Shown(", ".join(parts))))
    return found


def verdict_page(conn: Database, after: int, limit: int) -> list[tuple[int, StoredVerdict]]:
    """Verdicts by the order of their acceptance."""
    rows = conn.execute(
        "SELECT seq, body, late, adopted, undone_at FROM verdicts WHERE seq > ?"
        " ORDER BY seq LIMIT ?",
        (after, limit),
    )
    return [(row[0], stored_verdict(*row[1:])) for row in rows.fetchall()]


def resolution_page(conn: Database, after: int, limit: int) -> list[tuple[int, Resolution]]:
    """Standing resolutions by the order in which they were made."""
    rows = conn.execute(sql.PLACED_RESOLUTION, (after, limit))
    return [(row[0], resolution_of(row[1:])) for row in rows.fetchall()]


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Invalid("no page gave this cursor: ask for the first page again")
    return int(cursor)


def _holders(conn: Database, case_seq: int, now: int) -> tuple[str, ...]:
    return tuple(name for (name,) in conn.execute(_HOLDERS, (case_seq, now)))


def _when(due: int | None, queued_at: int, now: int) -> Shown:
    if due is not None:
        return message("due {at} UTC", at=f"{moment_of(due):%Y-%m-%d %H:%M}")
    return message("no due time, here since {at} UTC", at=f"{moment_of(queued_at):%Y-%m-%d %H:%M}")
