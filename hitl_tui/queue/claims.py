"""Claims: which cases a reviewer gets next, and everything done to a lease until its verdict comes."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hitl_tui.later import later
from hitl_tui.model.clock import from_micros, rfc3339, to_micros
from hitl_tui.model.work import Claim, ReleaseReason
from hitl_tui.queue import naming, slots
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import CaseRow, find
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import PENDING, STATES, case_of, route_of
from hitl_tui.queue.protocol import LeaseLost, NotAvailable
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

if TYPE_CHECKING:
    from hitl_tui.queue import qualifying, quizzes
else:
    qualifying, quizzes = later("hitl_tui.queue", "qualifying", "quizzes")

STEPPED_OVER = 8
"""Rows a claim may step over at the head of a pool before it is worth a write to remember them."""

SPARE = 3
LARGEST_PAGE = 1024
"""Ready rows that are read ahead: a few more than wanted, then ever more while none of them will do."""

Turn = tuple[int, int, int]
"""A place in the order of claims: minus priority, due time, seq."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A fresh lease as stored: times in microseconds, the case and part of its route as JSON text."""

    token: int
    until: int
    now: int
    body: str
    route: str
    pool: str
    priority: int
    overlap: int
    due: int | None


def may_serve(conn: Database, rules: Rules, reviewer: str, pool: str, now: datetime) -> bool:
    """Whether a reviewer may judge the cases of a pool now."""
    if not rules.serves(reviewer, pool):
        return False
    terms = rules.qualifying.get(pool)
    return terms is None or qualifying.passed(conn, reviewer, terms, now) is not None


def claim(
    tx: Transaction, reviewer: str, pools: Sequence[str], batch: int, until: int, rules: Rules
) -> list[Leased]:
    """Lease the next cases; the skipped ones, oldest skip first, only when nothing else is left."""
    chosen = next_up(tx, reviewer, pools, batch, rules, leasing=True)
    return [_leased(tx, seq, reviewer, until) for seq in chosen]


def next_up(
    tx: Transaction,
    reviewer: str,
    pools: Sequence[str],
    wanted: int,
    rules: Rules,
    *,
    leasing: bool,
) -> list[int]:
    """The `seq` of the cases that a claim gives now, in its order.

    `leasing` says that they will be leased: only then may a cursor be moved behind them.
    """
    ripe = tx.conn.execute(sql.RIPE, (reviewer, tx.micros))
    known = None if pools else tx.conn.execute(sql.POOLS)
    for (seq,) in ripe.fetchall():
        slots.made_ready(tx, seq)
    asked = [name for (name,) in known] if known is not None else list(dict.fromkeys(pools))
    served = [pool for pool in asked if may_serve(tx.conn, rules, reviewer, pool, tx.now)]
    chosen = _take_ready(tx, reviewer, served, wanted, leasing=leasing)
    if len(chosen) < wanted:
        chosen += _skipped(tx.conn, reviewer, set(served), wanted - len(chosen))
    return chosen


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
    case = _available(tx, reviewer, (), case_id)
    seq = case.seq
    if not slots.forget(tx, seq, reviewer):
        return _leased(tx, seq, reviewer, until)
    token = slots.take_slot(tx, seq, reviewer, until)
    tx.event("skip.undone", reviewer, case.id, {"token": str(token)})
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
            case=case_of(one.body),
            route=route_of(one.route, one.pool, one.priority, one.overlap, one.due),
            lease_until=from_micros(one.until),
            server_time=from_micros(one.now),
        )
        for one in leased
    ]


def fetch(tx: Transaction, seq: int, token: int, until: int) -> Leased:
    """A lease with what its claim is made of."""
    _, *claimed = tx.conn.execute(sql.CLAIMED, (seq,)).fetchone()
    return Leased(token, until, tx.micros, *claimed)


def _available(tx: Transaction, reviewer: str, pools: Sequence[str], case_id: str) -> CaseRow:
    case = find(tx, naming.present(tx.conn, reviewer, case_id))
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
    taken = slots.ask_slot(tx, seq, reviewer, until)
    case_id, *claimed = tx.conn.execute(sql.CLAIMED, (seq,)).fetchone()
    token = slots.token_of(taken)
    tx.event("lease.claimed", reviewer, case_id, {"token": str(token)})
    return Leased(token, until, tx.micros, *claimed)


def _take_ready(
    tx: Transaction, reviewer: str, pools: Sequence[str], batch: int, *, leasing: bool
) -> list[int]:
    chosen: list[int] = []
    reached: dict[str, Turn] = {}
    stepped: dict[str, int] = dict.fromkeys(pools, 0)
    merged = heapq.merge(*(_ready(tx.conn, reviewer, pool, batch) for pool in pools))
    for turn, pool, blocked in merged:
        reached[pool] = turn
        if blocked:
            stepped[pool] += 1
            continue
        chosen.append(turn[2])
        if len(chosen) == batch:
            break
    for pool, (urgency, due, seq) in reached.items():
        if leasing and stepped[pool] >= STEPPED_OVER:
            tx.conn.execute(sql.SAVE_CURSOR, (reviewer, pool, -urgency, due, seq))
    return chosen


def _ready(
    conn: Database, reviewer: str, pool: str, wanted: int
) -> Iterator[tuple[Turn, str, bool]]:
    for seq, priority, due, blocked in _rows(conn, reviewer, pool, wanted):
        yield (-priority, due, seq), pool, bool(blocked)


def _rows(
    conn: Database, reviewer: str, pool: str, wanted: int
) -> Iterator[tuple[int, int, int, int]]:
    """What is ready in a pool behind the reviewer's cursor; an engine that reads ahead, by the page."""
    dialect = conn.dialect
    most = wanted + SPARE
    where: dict[str, object] = {"reviewer": reviewer, "pool": pool, "most": most}
    place = None
    if not dialect.in_pages:
        place = conn.execute(sql.CURSOR, (reviewer, pool)).fetchone()
    while True:
        if place is not None:
            where |= zip(("priority", "due", "seq"), place, strict=True)
        read = 0
        for statement in dialect.ready if place is None else dialect.ready_after:
            for row in conn.execute(statement, where):
                yield row
                read, last = read + 1, row
        if not dialect.in_pages or read < most:
            return
        place = (last[1], last[2], last[0])
        most = min(4 * most, LARGEST_PAGE)
        where["most"] = most


def _skipped(conn: Database, reviewer: str, pools: set[str], wanted: int) -> list[int]:
    rows = conn.execute(conn.dialect.skipped, (reviewer,))
    found = (seq for seq, pool in rows if pool in pools)
    return [seq for seq, _ in zip(found, range(wanted), strict=False)]
