"""Claims: which cases a reviewer gets next, and everything done to a lease until its verdict comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from hitl_tui.later import later
from hitl_tui.model.clock import from_micros, rfc3339, to_micros
from hitl_tui.model.work import Claim, ReleaseReason
from hitl_tui.queue import slots
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import CaseRow, find
from hitl_tui.queue.choosing import may_serve, next_up
from hitl_tui.queue.database import Rows
from hitl_tui.queue.decode import PENDING, STATES, case_of, route_of
from hitl_tui.queue.protocol import LeaseLost, NotAvailable
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

if TYPE_CHECKING:
    from hitl_tui.queue import quizzes
else:
    [quizzes] = later("hitl_tui.queue", "quizzes")


class LeasedCase(NamedTuple):
    """The columns of `statements.CLAIMED`: the case and part of its route are JSON text."""

    id: str
    body: str
    route: str
    pool: str
    priority: int
    overlap: int
    due: int | None


class Leased:
    """A fresh lease as stored; times in microseconds. Its case is best looked at after the commit."""

    def __init__(self, token: int, until: int, now: int, claimed: Rows) -> None:
        self.token = token
        self.until = until
        self.now = now
        self._claimed = claimed

    @cached_property
    def case(self) -> LeasedCase:
        """What was leased."""
        return LeasedCase(*self._claimed.fetchone())


def claim(
    tx: Transaction,
    reviewer: str,
    pools: Sequence[str],
    batch: int,
    lasting: timedelta,
    rules: Rules,
) -> list[Leased]:
    """Lease the next cases; the skipped ones, oldest skip first, only when nothing else is left."""
    token = tx.conn.ask(sql.NEXT_NUMBER)
    chosen = next_up(tx, reviewer, pools, batch, rules, leasing=True)
    if not chosen:
        return []
    first, until = token.fetchone()[0], to_micros(tx.now + lasting)
    slots.take_slots(tx, [(case.seq, case.put_off) for case in chosen], reviewer, until, first)
    leased = []
    for number, case in enumerate(chosen, first):
        tx.event("lease.claimed", reviewer, case.id, {"token": str(number)})
        leased.append(fetch(tx, case.seq, number, until))
    return leased


def claim_one(
    tx: Transaction, reviewer: str, pools: Sequence[str], case_id: str, until: int, rules: Rules
) -> Leased:
    """Lease this very case, put off or not; NotFound, or NotAvailable with the reason."""
    case = _available(tx, reviewer, pools, case_id)
    if not quizzes.is_copy(tx.conn, case.seq):
        _must_serve(tx, reviewer, case, rules)
    return _leased(tx, case.seq, reviewer, until)


def _must_serve(tx: Transaction, reviewer: str, case: CaseRow, rules: Rules) -> None:
    names = {"id": case.id, "pool": case.pool, "reviewer": reviewer}
    if not rules.serves(reviewer, case.pool):
        raise NotAvailable(
            "case {id} is in the pool {pool}, which {reviewer} does not serve; hitl.toml says who does",
            **names,
        )
    if not may_serve(tx.conn, rules, reviewer, case.pool, tx.now):
        quizzes = ", ".join(rules.qualifying[case.pool].quizzes)
        raise NotAvailable(
            "case {id} is in the pool {pool}, for which {reviewer} is not qualified: `hitl quiz take` "
            "one of {quizzes}",
            quizzes=quizzes,
            **names,
        )


def unskip(tx: Transaction, reviewer: str, case_id: str, until: int) -> Leased:
    """Lease a case again that the reviewer put off, by `claim_one` when that was forgotten before."""
    seq = _available(tx, reviewer, (), case_id).seq
    if not slots.forget(tx, seq, reviewer):
        return _leased(tx, seq, reviewer, until)
    token = slots.take_slot(tx, seq, reviewer, until)
    tx.event("skip.undone", reviewer, case_id, {"token": str(token)})
    return fetch(tx, seq, token, until)


def resume(tx: Transaction, reviewer: str, until: int, before: int | None) -> list[Leased]:
    """Replace the reviewer's live leases, those claimed before a moment, by new ones on the same cases.

    In the order in which a claim would give the cases.
    """
    held = tx.conn.execute(
        "SELECT l.token, c.seq, c.id FROM leases l JOIN cases c ON c.seq = l.case_seq"
        " WHERE l.state = 0 AND l.reviewer = ? AND l.claimed_at < ?"
        " ORDER BY c.priority DESC, coalesce(c.due, ?), c.seq",
        (reviewer, sql.NEVER if before is None else before, sql.NEVER),
    ).fetchall()
    resumed = []
    for previous, seq, case_id in held:
        slots.end_lease(tx, previous, slots.REPLACED)
        token = slots.lease(tx, seq, reviewer, until)
        data = {"token": str(token), "previous": str(previous)}
        tx.event("lease.resumed", reviewer, case_id, data)
        resumed.append(fetch(tx, seq, token, until))
    return resumed


def heartbeat(
    tx: Transaction, reviewer: str, tokens: Sequence[int], until: int
) -> dict[int, datetime]:
    """Prolong those of the leases that live; never shortens one."""
    prolonged = {}
    for token in tokens:
        row = tx.conn.execute(
            "UPDATE leases SET until = CASE WHEN until < ? THEN ? ELSE until END"
            " WHERE token = ? AND reviewer = ? AND state = 0 AND until > ? RETURNING until",
            (until, until, token, reviewer, tx.micros),
        ).fetchone()
        if row is not None:
            prolonged[token] = from_micros(row[0])
    return prolonged


def release(
    tx: Transaction,
    reviewer: str,
    token: int,
    reason: ReleaseReason,
    note: str,
    until: datetime | None,
) -> None:
    """Give a case back and remember why; LeaseLost when there is nothing to give."""
    row = tx.conn.execute(
        "SELECT l.state, l.case_seq, c.id FROM leases l JOIN cases c ON c.seq = l.case_seq"
        " WHERE l.token = ? AND l.reviewer = ?",
        (token, reviewer),
    ).fetchone()
    if row is not None and row[0] == slots.RELEASED:
        return
    if row is None or row[0] != slots.LIVE:
        raise LeaseLost(
            "the lease {token} is not held by {reviewer}", token=token, reviewer=reviewer
        )
    _, seq, case_id = row
    tx.conn.execute(
        "UPDATE leases SET state = ?, reason = ?, note = ? WHERE token = ?",
        (slots.RELEASED, reason, note or None, token),
    )
    if reason != "quit":
        wakes = to_micros(until) if reason == "snooze" and until is not None else None
        slots.forget(tx, seq, reviewer)
        tx.conn.execute(
            "INSERT INTO snoozes (case_seq, reviewer, at, until) VALUES (?, ?, ?, ?)",
            (seq, reviewer, tx.micros, wakes),
        )
    slots.give_slot(tx, seq)
    data = {
        "token": str(token),
        "reason": reason,
        "until": None if until is None else rfc3339(until),
    }
    tx.event("lease.released", reviewer, case_id, data)


def claims_of(leased: Sequence[Leased]) -> list[Claim]:
    """The leases with their cases read from the stored JSON."""
    return [
        Claim(
            token=one.token,
            case=case_of(one.case.body),
            route=route_of(
                one.case.route, one.case.pool, one.case.priority, one.case.overlap, one.case.due
            ),
            lease_until=from_micros(one.until),
            server_time=from_micros(one.now),
        )
        for one in leased
    ]


def fetch(tx: Transaction, seq: int, token: int, until: int) -> Leased:
    """A lease with what its claim is made of."""
    return Leased(token, until, tx.micros, tx.conn.afterwards(sql.CLAIMED, (seq,)))


def _available(tx: Transaction, reviewer: str, pools: Sequence[str], case_id: str) -> CaseRow:
    case = find(tx, case_id)
    if case.state != PENDING:
        state = STATES[case.state]
        raise NotAvailable("case {id} is {state}, not waiting", id=case_id, state=state)
    if pools and case.pool not in pools:
        raise NotAvailable("case {id} is in the pool {pool}", id=case_id, pool=case.pool)
    seat = tx.conn.execute(
        "SELECT state FROM leases WHERE case_seq = ? AND reviewer = ? AND state < 2",
        (case.seq, reviewer),
    ).fetchone()
    if seat == (slots.LIVE,):
        raise NotAvailable("{reviewer} holds case {id} already", reviewer=reviewer, id=case_id)
    if seat is not None:
        raise NotAvailable("{reviewer} has judged case {id} before", reviewer=reviewer, id=case_id)
    if case.producer == reviewer:
        raise NotAvailable("{reviewer} handed case {id} over", reviewer=reviewer, id=case_id)
    if case.assigned not in (None, reviewer):
        raise NotAvailable("case {id} is assigned to another reviewer", id=case_id)
    if case.open_slots == 0:
        raise NotAvailable("all slots of case {id} are taken by others", id=case_id)
    return case


def _leased(tx: Transaction, seq: int, reviewer: str, until: int) -> Leased:
    token = slots.take_slot(tx, seq, reviewer, until)
    leased = fetch(tx, seq, token, until)
    tx.event("lease.claimed", reviewer, leased.case.id, {"token": str(token)})
    return leased
