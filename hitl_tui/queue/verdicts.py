"""Verdicts: how one is recorded under its lease, adopted, kept as late, or found to be a replay."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.clock import from_micros
from hitl_tui.model.verdict import Verdict, misfit
from hitl_tui.model.work import Resolution
from hitl_tui.queue import slots
from hitl_tui.queue import statements as sql
from hitl_tui.queue.claims import no_case
from hitl_tui.queue.decode import (
    DISPUTED,
    PENDING,
    RESOLVED,
    STATES,
    resolution_bytes,
    resolution_of,
    verdict_body,
)
from hitl_tui.queue.outcome import released_text
from hitl_tui.queue.protocol import Conflict, Invalid, LeaseLost, Receipt
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.store import Transaction
from hitl_tui.stats.consensus import Ballot, Outcome, settle

_STATES = {"pending": PENDING, "disputed": DISPUTED, "resolved": RESOLVED}


@dataclass(frozen=True, slots=True)
class _Case:
    seq: int
    id: str
    kind: Any
    state: int
    priority: int
    due: int | None
    pool: str
    home: str
    overlap: int
    open_slots: int
    version: int
    output_length: int


def submit(tx: Transaction, verdict: Verdict, rules: Rules) -> Receipt:
    """Record a verdict; a receipt with `kept` means that it came too late to count.

    Raises Invalid, NotFound, Conflict, LeaseLost (nothing kept).
    """
    earlier = tx.conn.execute("SELECT body FROM verdicts WHERE id = ?", (verdict.id,)).fetchone()
    if earlier is not None:
        return _replay(tx, verdict, earlier[0])
    if verdict.lease is None:
        raise Invalid("a verdict needs the token of its lease: claim the case first")
    case = _case(tx, verdict.case_id)
    reason = misfit(verdict, case.kind, case.output_length)
    if reason is not None:
        raise Invalid("the verdict does not fit: {reason}", reason=reason)
    slots.expire(tx)
    lease_state = _lease_state(tx, verdict, case)
    case = _case(tx, verdict.case_id)
    if verdict.decided_at is None:
        verdict = verdict.model_copy(update={"decided_at": tx.now})
    if lease_state == slots.LIVE:
        return _record(tx, verdict, case, rules, adopted=False)
    if case.state == PENDING and case.open_slots > 0 and not _seated(tx, verdict, case):
        return _record(tx, verdict, case, rules, adopted=True)
    return _keep_late(tx, verdict, case)


def lost(receipt: Receipt) -> LeaseLost:
    """What the reviewer is told when a verdict was kept as late."""
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


def key_of(tx: Transaction, case_seq: int) -> bytes:
    """The key of a case's digests."""
    key: bytes = tx.conn.execute(
        "SELECT key FROM bodies WHERE case_seq = ?", (case_seq,)
    ).fetchone()[0]
    return key


def _case(tx: Transaction, case_id: str) -> _Case:
    row = tx.conn.execute(sql.CASE, (case_id,)).fetchone()
    if row is None:
        raise no_case(case_id)
    return _Case(*row)


def _replay(tx: Transaction, verdict: Verdict, earlier: str) -> Receipt:
    if verdict.decided_at is None:
        stored = Verdict.model_validate_json(earlier)
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


def _lease_state(tx: Transaction, verdict: Verdict, case: _Case) -> int:
    row = tx.conn.execute(
        "SELECT l.state, v.id FROM leases l LEFT JOIN verdicts v ON v.token = l.token"
        " WHERE l.token = ? AND l.reviewer = ? AND l.case_seq = ?",
        (verdict.lease, verdict.reviewer, case.seq),
    ).fetchone()
    if row is None:
        raise LeaseLost(
            "{reviewer} has no lease {token} on case {id}: claim it again",
            reviewer=verdict.reviewer,
            token=verdict.lease,
            id=case.id,
        )
    state: int = row[0]
    if row[1] is not None:
        raise LeaseLost(
            "the lease {token} was used for verdict {verdict}: claim the case again",
            token=verdict.lease,
            verdict=row[1],
        )
    return state


def _seated(tx: Transaction, verdict: Verdict, case: _Case) -> bool:
    seat = tx.conn.execute(
        "SELECT 1 FROM leases WHERE case_seq = ? AND reviewer = ? AND state < 2",
        (case.seq, verdict.reviewer),
    ).fetchone()
    return seat is not None


def _record(
    tx: Transaction, verdict: Verdict, case: _Case, rules: Rules, *, adopted: bool
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
    outcome, resolution = _settle(tx, case, rules)
    key = key_of(tx, case.seq)
    _conclude(tx, verdict, case, outcome, resolution)
    data = {
        "verdict": verdict.id,
        "token": str(verdict.lease),
        "decision": verdict.decision,
        "digest": content_digest(key, body.encode()),
        "counts": not escalates,
        "adopted": adopted,
        "state": outcome.state,
        "pool": pool,
        "resolution": resolution and content_digest(key, resolution_bytes(resolution)),
    }
    tx.event("verdict.recorded", verdict.reviewer, case.id, data)
    return Receipt(verdict.id, True, adopted, False, outcome.state, resolution)


def _keep_late(tx: Transaction, verdict: Verdict, case: _Case) -> Receipt:
    body = verdict_body(verdict)
    _insert(tx, verdict, case, body, counts=False, late=True, adopted=False)
    data = {
        "verdict": verdict.id,
        "token": str(verdict.lease),
        "decision": verdict.decision,
        "digest": content_digest(key_of(tx, case.seq), body.encode()),
    }
    tx.event("verdict.late", verdict.reviewer, case.id, data)
    return Receipt(verdict.id, False, False, True, STATES[case.state], None)


def _insert(
    tx: Transaction,
    verdict: Verdict,
    case: _Case,
    body: str,
    *,
    counts: bool,
    late: bool,
    adopted: bool,
) -> None:
    row = (verdict.id, case.seq, verdict.reviewer, verdict.lease, verdict.decision, counts, late)
    tx.conn.execute(sql.RECORD_VERDICT, (*row, adopted, tx.micros, case.state, None, body))


def _escalate(tx: Transaction, case: _Case, rules: Rules, *, adopted: bool) -> str:
    pool = rules.escalated(case.pool)
    slots.add_pool(tx, pool)
    tx.conn.execute("UPDATE cases SET pool = ? WHERE seq = ?", (pool, case.seq))
    if adopted:
        slots.made_ready(tx, case.seq)
    else:
        slots.give_slot(tx, case.seq)
    return pool


def _settle(tx: Transaction, case: _Case, rules: Rules) -> tuple[Outcome, Resolution | None]:
    rows = tx.conn.execute(
        "SELECT id, decision, body FROM verdicts WHERE case_seq = ? AND counts = 1"
        " AND undone_at IS NULL ORDER BY seq",
        (case.seq,),
    ).fetchall()
    ballots = [
        Ballot(decision, json.loads(body).get("edited_output")) for _, decision, body in rows
    ]
    outcome = settle(ballots, case.overlap, rules.consensus)
    if outcome.winner is None:
        return outcome, None
    stored = tx.conn.execute("SELECT body FROM bodies WHERE case_seq = ?", (case.seq,)).fetchone()[
        0
    ]
    earlier = tx.conn.execute(
        "SELECT count(*) FROM resolutions WHERE case_seq = ?", (case.seq,)
    ).fetchone()[0]
    winner = outcome.winner
    return outcome, Resolution.model_validate(
        {
            "case_id": case.id,
            "decision": winner.decision,
            "output": released_text(from_json(stored), winner.decision, winner.text),
            "source": "reviewer" if case.overlap == 1 else "consensus",
            "verdicts": tuple(row[0] for row in rows),
            "resolved_at": from_micros(tx.micros),
            "version": earlier + 1,
        }
    )


def _conclude(
    tx: Transaction, verdict: Verdict, case: _Case, outcome: Outcome, resolution: Resolution | None
) -> None:
    state, kept = _STATES[outcome.state], None
    if resolution is not None:
        ids = json.dumps(resolution.verdicts)
        row = (case.seq, resolution.version, resolution.decision, resolution.output)
        kept = tx.conn.execute(sql.RESOLVE, (*row, resolution.source, ids, tx.micros)).lastrowid
    tx.conn.execute(
        "UPDATE cases SET state = ?, version = version + 1 WHERE seq = ?", (state, case.seq)
    )
    tx.conn.execute(
        "UPDATE verdicts SET state_after = ?, resolution = ? WHERE id = ?",
        (state, kept, verdict.id),
    )
