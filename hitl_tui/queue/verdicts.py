"""Verdicts: how one is recorded under its lease, adopted, kept as late, or found to be a replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.verdict import Verdict, misfit
from hitl_tui.model.work import Resolution, Source
from hitl_tui.queue import naming, quizzes, resolving, slots
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import CaseRow, key_of, no_case
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


_OF_A_CASE = len(CaseRow._fields)
_LEASE_STATE = -2
"""Where the columns of `statements.GROUND` have it."""


class _Ground(NamedTuple):
    """What a new verdict falls on: its case, those that count already, and what an answer is made from."""

    case: CaseRow
    given: Sequence[tuple[str, str, str]]
    basis: resolving.Basis


class _Standing(NamedTuple):
    """How a verdict is recorded; `state` is that of the case after it."""

    state: int
    counts: bool = False
    late: bool = False
    adopted: bool = False


def submit(tx: Transaction, verdict: Verdict, rules: Rules) -> Receipt:
    """Record a verdict; a receipt with `kept` means that it came too late to count.

    Raises Invalid, NotFound, Conflict, LeaseLost (nothing kept).
    """
    # All that is looked at is asked for at once: a database over a network then answers once.
    before = tx.conn.ask("SELECT body FROM verdicts WHERE id = ?", (verdict.id,))
    found = tx.conn.ask(sql.GROUND, (verdict.lease, verdict.reviewer, verdict.case_id))
    given = tx.conn.ask(sql.BALLOTS, (verdict.case_id,))
    earlier = before.fetchone()
    row = found.fetchone()
    if row is None or row[_LEASE_STATE] is None:
        renamed = naming.under_lease(tx.conn, verdict.reviewer, verdict.lease, verdict.case_id)
        if renamed is not None:
            return submit(tx, verdict.model_copy(update={"case_id": renamed}), rules)
    if earlier is not None:
        return _replay(tx, verdict, earlier[0])
    if verdict.lease is None:
        raise Invalid("a verdict needs the token of its lease: claim the case first")
    if row is None:
        raise no_case(verdict.case_id)
    *columns, lease_state, used_for = row
    # First the lease: whoever never had the case learns nothing of its kind or length.
    _check_lease(lease_state, used_for, verdict)
    case = CaseRow(*columns[:_OF_A_CASE])
    reason = misfit(verdict, case.kind, case.output_length)
    if reason is not None:
        raise Invalid("the verdict does not fit: {reason}", reason=reason)
    if verdict.decided_at is None:
        verdict = verdict.model_copy(update={"decided_at": tx.now})
    ground = _Ground(case, given.fetchall(), resolving.Basis(*columns[_OF_A_CASE:]))
    tx.keys[case.seq] = ground.basis.key
    if lease_state == slots.LIVE:
        return _record(tx, verdict, ground, rules, adopted=False)
    if _to_be_had(case, verdict.reviewer) and not _seated(tx, verdict, case):
        return _record(tx, verdict, ground, rules, adopted=True)
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


def _check_lease(state: int | None, used_for: str | None, verdict: Verdict) -> None:
    if state is None:
        raise LeaseLost(
            "{reviewer} has no lease {token} on case {id}: claim it again",
            reviewer=verdict.reviewer,
            token=verdict.lease,
            id=verdict.case_id,
        )
    if used_for is not None:
        raise LeaseLost(
            "the lease {token} was used for verdict {verdict}: claim the case again",
            token=verdict.lease,
            verdict=used_for,
        )


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
    tx: Transaction, verdict: Verdict, ground: _Ground, rules: Rules, *, adopted: bool
) -> Receipt:
    case, escalates = ground.case, verdict.decision == "escalate"
    slots.end_lease(tx, verdict.lease or 0, slots.DONE)
    if adopted and not escalates:
        tx.conn.execute(sql.TAKE_SLOT, (case.seq,))
    pool = case.pool
    if escalates:
        pool = _escalate(tx, case, rules, adopted=adopted)
    if case.assigned == verdict.reviewer:
        slots.assign(tx, case.seq, None)
    outcome, resolution = _settle(tx, verdict, ground, pool, rules)
    state = _STATES[outcome.state]
    if resolution is None:
        tx.conn.execute(
            "UPDATE cases SET state = ?, version = version + 1 WHERE seq = ?", (state, case.seq)
        )
    body = verdict_body(verdict)
    standing = _Standing(counts=not escalates, adopted=adopted, state=state)
    _insert(tx, verdict, case, body, standing, resolution)
    data = {
        "verdict": verdict.id,
        "token": str(verdict.lease),
        "decision": verdict.decision,
        "digest": content_digest(ground.basis.key, body.encode()),
        "counts": not escalates,
        "adopted": adopted,
        "state": outcome.state,
        "pool": pool,
        "resolution": resolution and resolving.digest_of(tx, case.seq, resolution),
    }
    tx.event("verdict.recorded", verdict.reviewer, case.id, data)
    free = case.assigned in (None, verdict.reviewer)
    if ground.basis.copy and state == PENDING and free:
        quizzes.keep_seat(tx, case.seq, case.id, verdict.reviewer)
    return Receipt(verdict.id, True, adopted, False, outcome.state, resolution)


def _keep_late(tx: Transaction, verdict: Verdict, case: CaseRow) -> Receipt:
    body = verdict_body(verdict)
    _insert(tx, verdict, case, body, _Standing(late=True, state=case.state), None)
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
    standing: _Standing,
    resolution: Resolution | None,
) -> None:
    row = (verdict.id, case.seq, verdict.reviewer, verdict.lease, verdict.decision)
    how = (int(standing.counts), int(standing.late), int(standing.adopted))
    led_to = (case.seq, None if resolution is None else resolution.version)
    tx.conn.execute(sql.RECORD_VERDICT, (*row, *how, tx.micros, standing.state, body, *led_to))


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
    tx: Transaction, verdict: Verdict, ground: _Ground, pool: str, rules: Rules
) -> tuple[Outcome, Resolution | None]:
    case, basis = ground.case, ground.basis
    ids = [verdict_id for verdict_id, _, _ in ground.given]
    ballots = [
        Ballot(decision, json_of(body).get("edited_output")) for _, decision, body in ground.given
    ]
    if verdict.decision != "escalate":
        ids.append(verdict.id)
        ballots.append(Ballot(verdict.decision, verdict.edited_output))
    outcome = settle(ballots, case.overlap, rules.consensus_of(pool))
    if outcome.winner is None:
        return outcome, None
    decision, written = outcome.winner.decision, outcome.winner.text
    output = resolving.text_after(tx, case.seq, decision, written, basis)
    source: Source = "reviewer" if case.overlap == 1 else "consensus"
    return outcome, resolving.resolve(tx, case.seq, case.id, decision, output, source, ids, basis)
