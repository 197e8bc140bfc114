"""Verdicts: how one is recorded under its lease, adopted, kept as late, or found to be a replay."""

from __future__ import annotations

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.verdict import Verdict, misfit
from hitl_tui.model.work import Resolution, Source
from hitl_tui.queue import naming, quizzes, resolving, slots
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import CaseRow, key_of, row_of
from hitl_tui.queue.decode import (
    DISPUTED,
    PENDING,
    RESOLVED,
    STATES,
    json_of,
    resolution_of,
    verdict_body,
    verdict_of,
)
from hitl_tui.queue.protocol import Conflict, Invalid, LeaseLost, Receipt
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction
from hitl_tui.stats.consensus import Ballot, Outcome, settle

_STATES = {"pending": PENDING, "disputed": DISPUTED, "resolved": RESOLVED}


def submit(tx: Transaction, verdict: Verdict, rules: Rules) -> Receipt:
    """Record a verdict; a receipt with `kept` means that it came too late to count.

    Raises Invalid, NotFound, Conflict, LeaseLost (nothing kept).
    """
    # All that is looked at is asked for at once: a database over a network then answers once.
    before = tx.conn.execute("SELECT body FROM verdicts WHERE id = ?", (verdict.id,))
    found = tx.conn.execute(sql.CASE, (verdict.case_id,))
    lease = tx.conn.execute(sql.LEASE_OF, (verdict.lease, verdict.reviewer, verdict.case_id))
    earlier = before.fetchone()
    held = lease.fetchone()
    if held is None:
        renamed = naming.under_lease(tx.conn, verdict.reviewer, verdict.lease, verdict.case_id)
        if renamed is not None:
            return submit(tx, verdict.model_copy(update={"case_id": renamed}), rules)
    if earlier is not None:
        return _replay(tx, verdict, earlier[0])
    if verdict.lease is None:
        raise Invalid("a verdict needs the token of its lease: claim the case first")
    case = row_of(found, verdict.case_id)
    # First the lease: whoever never had the case learns nothing of its kind or length.
    lease_state = _lease_state(held, verdict)
    reason = misfit(verdict, case.kind, case.output_length)
    if reason is not None:
        raise Invalid("the verdict does not fit: {reason}", reason=reason)
    if verdict.decided_at is None:
        verdict = verdict.model_copy(update={"decided_at": tx.now})
    if lease_state == slots.LIVE:
        return _record(tx, verdict, case, rules, adopted=False)
    if _to_be_had(case, verdict.reviewer) and not _seated(tx, verdict, case):
        return _record(tx, verdict, case, rules, adopted=True)
    return _keep_late(tx, verdict, case)


def lost(receipt: Receipt) -> LeaseLost:
    """What the reviewer is told when a verdict was kept as late."""
    if receipt.resolution is not None:
        return LeaseLost(
            "the time of the case was over, its fallback was given: verdict {id} is kept as late and "
            "does not count",
            kept=True,
            id=receipt.id,
        )
    return LeaseLost(
        "the lease of verdict {id} had ended and no slot of its case was open: it is kept as late "
        "and does not count",
        kept=True,
        id=receipt.id,
    )


def pool_after(tx: Transaction, case_seq: int, home: str, rules: Rules) -> str:
    """The pool of a case: its own, moved on by each escalation that stands."""
    pool = home
    escalations = tx.conn.execute(
        "SELECT count(*) FROM verdicts WHERE case_seq = ? AND decision = 'escalate' AND late = 0"
        " AND undone_at IS NULL",
        (case_seq,),
    ).fetchone()[0]
    for _ in range(escalations):
        pool = rules.escalated(pool)
    return pool


def _replay(tx: Transaction, verdict: Verdict, earlier: str) -> Receipt:
    if verdict.decided_at is None:
        stored = verdict_of(earlier)
        verdict = verdict.model_copy(update={"decided_at": stored.decided_at})
    if verdict_body(verdict) != earlier:
        raise Conflict(
            "verdict {id} was recorded before with other content: give the new one another id",
            id=verdict.id,
        )
    late, adopted, state, resolution = tx.conn.execute(
        "SELECT late, adopted, state_after, resolution FROM verdicts WHERE id = ?", (verdict.id,)
    ).fetchone()
    found = tx.conn.execute(sql.RESOLUTION + " WHERE r.id = ?", (resolution,)).fetchone()
    return Receipt(
        verdict.id,
        accepted=not late,
        adopted=bool(adopted),
        kept=bool(late),
        case_state=STATES[state],
        resolution=None if found is None else resolution_of(found[1:]),
    )


def _lease_state(row: tuple[int, str | None] | None, verdict: Verdict) -> int:
    if row is None:
        raise LeaseLost(
            "{reviewer} has no lease {token} on case {id}: claim it again",
            reviewer=verdict.reviewer,
            token=verdict.lease,
            id=verdict.case_id,
        )
    state: int = row[0]
    if row[1] is not None:
        raise LeaseLost(
            "the lease {token} was used for verdict {verdict}: claim the case again",
            token=verdict.lease,
            verdict=row[1],
        )
    return state


def _to_be_had(case: CaseRow, reviewer: str) -> bool:
    free = case.assigned in (None, reviewer) and case.producer != reviewer
    return case.state == PENDING and case.open_slots > 0 and free


def _seated(tx: Transaction, verdict: Verdict, case: CaseRow) -> bool:
    seat = tx.conn.execute(
        "SELECT 1 FROM leases WHERE case_seq = ? AND reviewer = ? AND state < 2",
        (case.seq, verdict.reviewer),
    ).fetchone()
    return seat is not None


def _record(
    tx: Transaction, verdict: Verdict, case: CaseRow, rules: Rules, *, adopted: bool
) -> Receipt:
    escalates = verdict.decision == "escalate"
    slots.end_lease(tx, verdict.lease or 0, slots.DONE)
    if adopted and not escalates:
        tx.conn.execute(sql.TAKE_SLOT, (case.seq,))
    body = verdict_body(verdict)
    _insert(tx, verdict, case, body, counts=not escalates, late=False, adopted=adopted)
    pool = case.pool
    if escalates:
        pool = _escalate(tx, case, rules, adopted=adopted)
    if case.assigned == verdict.reviewer:
        slots.assign(tx, case.seq, None)
    outcome, made = _settle(tx, case, pool, rules)
    resolution = made and made[1]
    state = _STATES[outcome.state]
    if made is None:
        tx.conn.execute(
            "UPDATE cases SET state = ?, version = version + 1 WHERE seq = ?", (state, case.seq)
        )
    tx.conn.execute(
        "UPDATE verdicts SET state_after = ?, resolution = ? WHERE id = ?",
        (state, made and made[0], verdict.id),
    )
    data = {
        "verdict": verdict.id,
        "token": str(verdict.lease),
        "decision": verdict.decision,
        "digest": content_digest(key_of(tx, case.seq), body.encode()),
        "counts": not escalates,
        "adopted": adopted,
        "state": outcome.state,
        "pool": pool,
        "resolution": resolution and resolving.digest_of(tx, case.seq, resolution),
    }
    tx.event("verdict.recorded", verdict.reviewer, case.id, data)
    quizzes.keep_seat(tx, case.seq, case.id, verdict.reviewer)
    return Receipt(verdict.id, True, adopted, False, outcome.state, resolution)


def _keep_late(tx: Transaction, verdict: Verdict, case: CaseRow) -> Receipt:
    body = verdict_body(verdict)
    _insert(tx, verdict, case, body, counts=False, late=True, adopted=False)
    answered = resolving.source_of(tx, case.seq)
    if answered is not None and answered[1] == "fallback":
        tx.conn.execute(
            "UPDATE verdicts SET resolution = ? WHERE id = ?", (answered[0], verdict.id)
        )
    data = {
        "verdict": verdict.id,
        "token": str(verdict.lease),
        "decision": verdict.decision,
        "digest": content_digest(key_of(tx, case.seq), body.encode()),
    }
    tx.event("verdict.late", verdict.reviewer, case.id, data)
    return _replay(tx, verdict, body)


def _insert(
    tx: Transaction,
    verdict: Verdict,
    case: CaseRow,
    body: str,
    *,
    counts: bool,
    late: bool,
    adopted: bool,
) -> None:
    row = (verdict.id, case.seq, verdict.reviewer, verdict.lease, verdict.decision)
    how = (int(counts), int(late), int(adopted))
    tx.conn.execute(sql.RECORD_VERDICT, (*row, *how, tx.micros, case.state, None, body))


def _escalate(tx: Transaction, case: CaseRow, rules: Rules, *, adopted: bool) -> str:
    pool = rules.escalated(case.pool)
    slots.add_pool(tx, pool)
    tx.conn.execute("UPDATE cases SET pool = ? WHERE seq = ?", (pool, case.seq))
    if adopted:
        slots.made_ready(tx, case.seq)
    else:
        slots.give_slot(tx, case.seq)
    return pool


def _settle(
    tx: Transaction, case: CaseRow, pool: str, rules: Rules
) -> tuple[Outcome, tuple[int, Resolution] | None]:
    asked = tx.conn.execute(
        "SELECT id, decision, body FROM verdicts WHERE case_seq = ? AND counts = 1"
        " AND undone_at IS NULL ORDER BY seq",
        (case.seq,),
    )
    basis = resolving.ask(tx, case.seq)
    rows = asked.fetchall()
    ballots = [Ballot(decision, json_of(body).get("edited_output")) for _, decision, body in rows]
    outcome = settle(ballots, case.overlap, rules.consensus_of(pool))
    if outcome.winner is None:
        return outcome, None
    decision, written = outcome.winner.decision, outcome.winner.text
    output = resolving.text_after(tx, case.seq, decision, written, basis)
    source: Source = "reviewer" if case.overlap == 1 else "consensus"
    ids = [row[0] for row in rows]
    return outcome, resolving.resolve(tx, case.seq, case.id, decision, output, source, ids, basis)
