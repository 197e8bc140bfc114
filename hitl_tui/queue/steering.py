"""Steering: what a lead does to a case that waits - its urgency, its pool, who may have it, who has it."""

from __future__ import annotations

from datetime import datetime

from hitl_tui.model.clock import from_micros, rfc3339, to_micros
from hitl_tui.queue import slots
from hitl_tui.queue.cases import CaseRow, find, settled
from hitl_tui.queue.choosing import may_serve
from hitl_tui.queue.decode import DISPUTED, PENDING
from hitl_tui.queue.protocol import Invalid, NotAvailable
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction


def change(
    tx: Transaction,
    actor: str,
    case_id: str,
    *,
    priority: int | None,
    due: datetime | None,
    pool: str | None,
    version: int | None,
) -> int:
    """Give an unresolved case another urgency or pool; the version that it has now."""
    case = find(tx, case_id, version)
    if case.state not in (PENDING, DISPUTED):
        raise settled(case)
    if due is not None and due <= tx.now:
        raise Invalid("{due} has passed: a due time lies ahead", due=rfc3339(due))
    wanted = _with(case, priority, due, pool)
    if wanted == case:
        return case.version
    slots.add_pool(tx, wanted.pool)
    tx.conn.execute(
        "UPDATE cases SET priority = ?, due = ?, deadline = ?, pool = ?, home = ?,"
        " version = version + 1 WHERE seq = ?",
        (wanted.priority, wanted.due, wanted.deadline, wanted.pool, wanted.home, case.seq),
    )
    slots.made_ready(tx, case.seq)
    data = {
        "priority": wanted.priority,
        "due": None if wanted.due is None else rfc3339(from_micros(wanted.due)),
        "pool": wanted.pool,
    }
    tx.event("case.changed", actor, case_id, data)
    return case.version + 1


def assign(tx: Transaction, actor: str, case_id: str, reviewer: str | None, rules: Rules) -> None:
    """Keep a case for one reviewer, who must be able to claim it, or for nobody in particular."""
    case = find(tx, case_id)
    if case.state != PENDING:
        raise settled(case)
    if case.assigned == reviewer:
        return
    if reviewer is not None:
        _check_can(tx, case, reviewer, rules)
    slots.assign(tx, case.seq, reviewer)
    tx.event("case.assigned", actor, case_id, {"reviewer": reviewer})


def requeue(tx: Transaction, actor: str, case_id: str, reviewer: str | None) -> None:
    """Forget that a reviewer, or anybody, put the case off."""
    case = find(tx, case_id)
    forgotten = tx.conn.execute(
        "DELETE FROM snoozes WHERE case_seq = ? AND reviewer = coalesce(?, reviewer)",
        (case.seq, reviewer),
    ).rowcount
    if forgotten:
        slots.made_ready(tx, case.seq)
        tx.event("case.requeued", actor, case_id, {"reviewer": reviewer})


def free(tx: Transaction, actor: str, case_id: str, reviewer: str | None) -> int:
    """End the live leases of a case, of one reviewer or of all; how many there were."""
    case = find(tx, case_id)
    held = tx.conn.execute(
        "SELECT token, reviewer FROM leases WHERE case_seq = ? AND state < 2 AND state = 0"
        " AND reviewer = coalesce(?, reviewer) ORDER BY token",
        (case.seq, reviewer),
    ).fetchall()
    for token, holder in held:
        slots.end_lease(tx, token, slots.EXPIRED)
        slots.give_slot(tx, case.seq)
        tx.event("lease.freed", actor, case_id, {"token": str(token), "reviewer": holder})
    return len(held)


def _with(case: CaseRow, priority: int | None, due: datetime | None, pool: str | None) -> CaseRow:
    if priority is not None:
        case = case._replace(priority=priority)
    if due is not None:
        case = case._replace(due=to_micros(due), deadline=to_micros(due))
    if pool is not None and pool != case.pool:
        case = case._replace(pool=pool, home=pool)
    return case


def _check_can(tx: Transaction, case: CaseRow, reviewer: str, rules: Rules) -> None:
    if not may_serve(tx.conn, rules, reviewer, case.pool, tx.now):
        raise NotAvailable(
            "{reviewer} does not serve the pool {pool} of case {id}: hitl.toml says who does, and by "
            "which quiz",
            reviewer=reviewer,
            pool=case.pool,
            id=case.id,
        )
    judged = tx.conn.execute(
        "SELECT 1 FROM leases WHERE case_seq = ? AND reviewer = ? AND state < 2 AND state = 1",
        (case.seq, reviewer),
    ).fetchone()
    if judged is not None or case.producer == reviewer:
        raise NotAvailable(
            "{reviewer} has judged case {id} or handed it over: assign it to somebody else",
            reviewer=reviewer,
            id=case.id,
        )
