"""Undo: a verdict is marked undone, its resolution revoked, and its case leased to the reviewer again."""

from __future__ import annotations

from hitl_tui.queue import resolving, slots, webhooks
from hitl_tui.queue.claims import Leased, fetch
from hitl_tui.queue.decode import WITHDRAWN
from hitl_tui.queue.protocol import NotFound, UndoRefused
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction
from hitl_tui.queue.verdicts import pool_after

_FINAL = {
    "fallback": "the time of case {id} was over and its fallback was given: the verdict stays",
    "adjudication": "case {id} was adjudicated meanwhile: the verdict stays",
}


def undo(tx: Transaction, reviewer: str, verdict_id: str, until: int, rules: Rules) -> Leased:
    """Take back a standing verdict of this reviewer; NotFound, UndoRefused with the reason.

    Who had their answer in time is not given a fallback for it: the case loses its deadline when its
    resolution was delivered, or stood when the deadline passed.
    """
    row = tx.conn.execute(
        "SELECT v.case_seq, c.id, c.pool, c.home, c.state, c.open_slots, v.token, v.counts, v.late, v.undone_at"
        " FROM verdicts v JOIN cases c ON c.seq = v.case_seq WHERE v.id = ? AND v.reviewer = ?",
        (verdict_id, reviewer),
    ).fetchone()
    if row is None:
        raise NotFound("{reviewer} has given no verdict {id}", reviewer=reviewer, id=verdict_id)
    seq, case_id, pool, home, state, open_slots, token, counts, late, undone_at = row
    if undone_at is not None:
        raise UndoRefused("verdict {id} was undone before", id=verdict_id)
    if late:
        raise UndoRefused("verdict {id} came too late to count: it stays on record", id=verdict_id)
    if state == WITHDRAWN:
        raise UndoRefused("case {id} was withdrawn meanwhile", id=case_id)
    answered = resolving.source_of(tx, seq)
    if answered is not None and answered[1] in _FINAL:
        raise UndoRefused(_FINAL[answered[1]], id=case_id)
    if not counts and open_slots == 0:
        raise UndoRefused("case {id} went to others after the escalation", id=case_id)
    slots.end_lease(tx, token, slots.REPLACED)
    tx.conn.execute("UPDATE verdicts SET undone_at = ? WHERE id = ?", (tx.micros, verdict_id))
    revoked = resolving.revoke(tx, seq)
    delivered = revoked is not None and revoked[1]
    if revoked is not None and delivered:
        tx.event("resolution.amended", reviewer, case_id, {"version": revoked[0]})
    if revoked is not None:
        told = {"case_id": case_id, "version": revoked[0]}
        webhooks.tell(tx, "case.reopened", seq, told, after=True)
    if not counts:
        pool = pool_after(tx, seq, home, rules)
    slots.add_pool(tx, pool)
    tx.conn.execute(
        "UPDATE cases SET state = 0, pool = ?, version = version + 1,"
        " deadline = CASE WHEN ? OR deadline <= ? THEN NULL ELSE deadline END WHERE seq = ?",
        (pool, delivered, tx.micros, seq),
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
