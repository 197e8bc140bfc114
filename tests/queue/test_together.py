"""Many operations in one commit: each whole or not at all, the others undisturbed, one chain of events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import Invalid, LeaseLost, NotAvailable, Unreachable
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.transaction import Transaction
from tests.queue.world import NINE, FakeClock, events, fill, item, verdict


def commits(queue: SqliteQueue, call: Callable[[], Any]) -> int:
    """How many commits a call makes."""
    seen: list[str] = []
    queue._store._conn.set_trace_callback(seen.append)
    call()
    queue._store._conn.set_trace_callback(None)
    return seen.count("COMMIT")


def test_sixty_four_claims_are_one_commit_and_no_case_is_given_twice(queue: SqliteQueue) -> None:
    fill(queue, *(f"c{n}" for n in range(64)))
    do, results = queue.operations, []

    def all_of_them() -> None:
        results.extend(
            queue.together([lambda tx, n=n: do.claim(tx, f"r{n}") for n in range(64)])  # type: ignore[misc]
        )

    assert commits(queue, all_of_them) == 1
    assert len({leased[0].token for leased in results}) == 64
    assert queue.status().leased == 64
    assert queue.verify().differences == ()


def test_one_that_is_refused_leaves_nothing_and_the_chain_goes_on(
    queue: SqliteQueue, path: Path
) -> None:
    fill(queue, "c1", "c2")
    claim = queue.claim("alice")[0]
    do = queue.operations

    def half_done(tx: Transaction) -> None:
        do.withdraw(tx, "lead", "c2")
        raise Invalid("after all not")

    results = queue.together(
        [
            lambda tx: do.submit(tx, verdict(claim, "alice")),
            half_done,
            lambda tx: do.claim(tx, "bob", case_id="c1"),
            lambda tx: do.claim(tx, "bob", case_id="c2"),
        ]
    )
    assert [type(result) for result in results] == [
        type(results[0]),
        Invalid,
        NotAvailable,
        list,
    ]
    assert events(queue)[3:] == ["verdict.recorded c1", "lease.claimed c2"]
    assert queue.record("c2").state == "pending"
    assert violations(path) == []


def test_text_that_cannot_be_stored_disturbs_nobody(queue: SqliteQueue) -> None:
    fill(queue, "c1")
    do = queue.operations
    bad, good = queue.together(
        [lambda tx: do.claim(tx, "\ud800"), lambda tx: do.claim(tx, "alice")]
    )
    assert isinstance(bad, Invalid)
    assert isinstance(good, list)


def test_a_refusal_that_somebody_keeps_does_not_keep_the_file(
    queue: SqliteQueue, path: Path, clock: FakeClock
) -> None:
    """Its traceback holds what the change had asked for: no statement may be open in there."""
    fill(queue, "c1", "c2")
    claim = queue.claim("alice")[0]
    queue.submit(verdict(claim, "alice"))
    with pytest.raises(LeaseLost) as kept:
        queue.submit(verdict(claim, "alice", "reject"))
    beside = SqliteQueue(path, clock=clock)
    fill(beside, "c3")
    beside.close()
    assert queue.status().pending == 2
    assert [one.case.id for one in queue.claim("alice", batch=2)] == ["c2", "c3"]
    assert kept.value.__traceback__ is not None


def test_when_the_store_fails_nothing_of_all_is_there(queue: SqliteQueue) -> None:
    fill(queue, "c1")
    do = queue.operations
    before = list(queue.trail())
    with pytest.raises(Unreachable):
        queue.together(
            [
                lambda tx: do.claim(tx, "alice"),
                lambda tx: tx.conn.execute("SELECT * FROM nowhere"),
            ]
        )
    assert list(queue.trail()) == before


def test_what_time_has_brought_stays_when_the_change_is_refused(
    queue: SqliteQueue, clock: FakeClock
) -> None:
    fill(queue, "c1", due=NINE + timedelta(minutes=1))
    clock.advance(60)
    with pytest.raises(NotAvailable):
        queue.claim("alice", case_id="c1")
    assert events(queue)[-1] == "case.fallback c1"


def test_the_answer_says_how_many_fallbacks_there_were(
    queue: SqliteQueue, clock: FakeClock
) -> None:
    fill(queue, "c1", "c2", due=NINE + timedelta(minutes=1))
    clock.advance(60)
    do = queue.operations
    admitted, made = queue.together(
        [lambda tx: len(do.admit(tx, [item("c3")], producer="shop")), do.tick]
    )
    assert (admitted, made) == (1, 2)
