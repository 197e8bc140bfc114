"""Undo: a verdict is marked undone, its resolution revoked, and its case leased to the reviewer again."""

from __future__ import annotations

from hitl_tui.queue import slots
from hitl_tui.queue.claims import Leased, fetch
from hitl_tui.queue.decode import WITHDRAWN
from hitl_tui.queue.protocol import NotFound, UndoRefused
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.store import Transaction
from hitl_tui.queue.verdicts import pool_after


def undo(tx: Transaction, reviewer: str, verdict_id: str, until: int, rules: Rules) -> Leased:
    """Take back a standing verdict of this reviewer; NotFound, UndoRefused with the reason."""
    slots.expire(tx)
    row = tx.conn.execute(
        "SELECT v.case_seq, c.id, c.home, c.state, c.open_slots, v.token, v.counts, v.late, v.undone_at"
        " FROM verdicts v JOIN cases c ON c.seq = v.case_seq WHERE v.id = ? AND v.reviewer = ?",
        (verdict_id, reviewer),
    ).fetchone()
    if row is None:
        raise NotFound("{reviewer} has given no verdict {id}", reviewer=reviewer, id=verdict_id)
    seq, case_id, home, state, open_slots, token, counts, late, undone_at = row
    if undone_at is not None:
        raise UndoRefused("verdict {id} was undone before", id=verdict_id)
    if late:
        raise UndoRefused("verdict {id} came too late to count: it stays on record", id=verdict_id)
    if state == WITHDRAWN:
        raise UndoRefused("case {id} was withdrawn meanwhile", id=case_id)
    if not counts and open_slots == 0:
        raise UndoRefused("case {id} went to others after the escalation", id=case_id)
    slots.end_lease(tx, token, slots.REPLACED)
    tx.conn.execute("UPDATE verdicts SET undone_at = ? WHERE id = ?", (tx.micros, verdict_id))
    tx.conn.execute(
        "UPDATE resolutions SET revoked_at = ? WHERE case_seq = ? AND revoked_at IS NULL",
        (tx.micros, seq),
    )
    pool = pool_after(tx, seq, home, rules)
    slots.add_pool(tx, pool)
    tx.conn.execute(
        "UPDATE cases SET state = 0, pool = ?, version = version + 1 WHERE seq = ?", (pool, seq)
    )
    new = _seat(tx, seq, reviewer, until, counts=bool(counts))
    data = {"verdict": verdict_id, "token": str(new), "pool": pool}
    tx.event("verdict.undone", reviewer, case_id, data)
    return fetch(tx, seq, new, until)


def _seat(tx: Transaction, seq: int, reviewer: str, until: int, *, counts: bool) -> int:
    if not counts:
        token = slots.take_slot(tx, seq, reviewer, until)
        slots.made_ready(tx, seq)
        return token
    # The slot of a verdict that counted goes straight back to its reviewer.
    return slots.lease(tx, seq, reviewer, until)
