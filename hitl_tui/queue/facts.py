"""What the tables say of every case, in the form that the trail's replay rebuilds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from hitl_tui.audit.chain import content_digest
from hitl_tui.audit.facts import CaseFacts, Standing, VerdictFacts
from hitl_tui.model.clock import rfc3339
from hitl_tui.queue import statements as sql
from hitl_tui.queue.decode import (
    content_bytes,
    moment_of,
    resolution_bytes,
    resolution_of,
    state_of,
)
from hitl_tui.queue.reading import Following
from hitl_tui.queue.refusals import Damaged

_CASES = """
  SELECT c.seq, c.id, c.state, c.pool, c.priority, c.due, c.assigned, c.overlap, c.open_slots, b.body,
         b.wishes, ifnull(g.body, ''), b.key
  FROM cases c LEFT JOIN bodies b ON b.case_seq = c.seq LEFT JOIN gold g ON g.case_seq = c.seq
  ORDER BY c.seq"""
_VERDICTS = """
  SELECT case_seq, id, reviewer, decision, counts, late, adopted, undone_at, body FROM verdicts
  ORDER BY case_seq"""
_DELIVERED = """
  SELECT case_seq, delivered_at FROM resolutions WHERE revoked_at IS NULL ORDER BY case_seq"""
_LEASES = "SELECT case_seq, token, reviewer FROM leases WHERE state = 0 ORDER BY case_seq"


def facts(conn: sqlite3.Connection) -> Iterator[CaseFacts]:
    """Every case, streaming; all digests are computed again from what is stored now."""
    verdicts = Following(conn.execute(_VERDICTS))
    leases = Following(conn.execute(_LEASES))
    resolutions = Following(
        conn.execute(sql.RESOLUTION + " WHERE r.revoked_at IS NULL ORDER BY r.case_seq")
    )
    delivered = Following(conn.execute(_DELIVERED))
    rulings = Following(conn.execute(sql.RULING + " ORDER BY case_seq"))
    for row in conn.execute(_CASES):
        seq, case_id, state, pool, priority, due, assigned, overlap, open_slots, *texts, key = row
        key = key or b""
        body, wishes, gold = (text or "" for text in texts)
        yield CaseFacts(
            case_id,
            content_digest(key, content_bytes(body, wishes, gold)),
            overlap,
            state_of(state),
            pool,
            priority,
            None if due is None else rfc3339(moment_of(due)),
            assigned,
            open_slots,
            _resolution(key, resolutions.of(seq)),
            any(at is not None for _, at in delivered.of(seq)),
            _ruling(key, rulings.of(seq)),
            {one[1]: _verdict(key, one) for one in verdicts.of(seq)},
            {str(token): reviewer for _, token, reviewer in leases.of(seq)},
        )


def _ruling(key: bytes, found: list[tuple[Any, ...]]) -> str | None:
    return content_digest(key, found[0][3].encode()) if found else None


def _resolution(key: bytes, found: list[tuple[Any, ...]]) -> str | None:
    if not found:
        return None
    try:
        return content_digest(key, resolution_bytes(resolution_of(found[0][1:])))
    except Damaged:
        # No resolution of ours: as unlike the trail's digest as one that was changed.
        return "unreadable"


def _verdict(key: bytes, row: tuple[Any, ...]) -> VerdictFacts:
    _, _, reviewer, decision, counts, late, adopted, undone_at, body = row
    standing: Standing = "counts" if counts else "stands"
    if late:
        standing = "late"
    elif undone_at is not None:
        standing = "undone"
    digest = content_digest(key, body.encode())
    return VerdictFacts(reviewer, decision, digest, bool(adopted), standing)
