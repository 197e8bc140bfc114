"""The cost of a claim does not grow with what is queued, finished, skipped or held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hitl_tui.queue import claims, verdicts
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.sqlite_dialect import SQLITE
from tests.queue.world import NINE, FakeClock, fill, ids, judge, verdict


def steps(queue: SqliteQueue, call: Callable[[], object]) -> int:
    """How many instructions of SQLite's virtual machine a call takes, in tens."""
    count = 0

    def counted() -> int:
        nonlocal count
        count += 1
        return 0

    queue._store._conn.set_progress_handler(counted, 10)
    call()
    queue._store._conn.set_progress_handler(None, 0)
    return count


def queued(queue: SqliteQueue, first: int, last: int, **route: object) -> None:
    for start in range(first, last, 500):
        fill(queue, *(f"c{n}" for n in range(start, min(start + 500, last))), **route)


@pytest.mark.parametrize("query", [*SQLITE.ready, *SQLITE.ready_after], ids=["all", "1", "2", "3"])
def test_the_plan_is_a_seek_of_the_ready_index_without_scan_or_sort(
    queue: SqliteQueue, query: str
) -> None:
    where = {"reviewer": "a", "pool": "p", "priority": 1, "due": 1, "seq": 1}
    with queue._store.reading() as conn:
        plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {query}", where)]
    assert "SEARCH c USING INDEX ready" in plan[0]
    assert not [line for line in plan if "SCAN" in line or "TEMP" in line]


def test_no_operation_reads_a_whole_table(queue: SqliteQueue) -> None:
    fill(queue, "c1", "c2", "c3", "c4")
    asked: set[str] = set()
    conn = queue._store._conn
    conn.set_trace_callback(asked.add)
    judge(queue, "alice")
    queue.undo("alice", judge(queue, "alice", "escalate").id)
    token = queue.resume("alice")[0].token
    queue.heartbeat("alice", [token])
    queue.release("alice", token, reason="snooze", until=NINE)
    queue.claim("alice", batch=9)
    queue.release("alice", queue.leases()[0].token, reason="skip")
    queue.claim("alice", pools=["general"], case_id=None)
    fill(queue, "c5", "c6")
    for read in (queue.status, queue.holders, lambda: queue.status(["general"])):
        read()
    queue.history("alice")
    queue.record("c1")
    conn.set_trace_callback(None)
    plans = {
        line: statement
        for statement in asked
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))
        for *_, line in conn.execute(f"EXPLAIN QUERY PLAN {statement}")
    }
    scans = {line for line in plans if line.startswith("SCAN") and "INDEX" not in line}
    assert scans <= {"SCAN pools", "SCAN events", "SCAN cases"}
    assert "LIMIT 1" in plans.get("SCAN events", "LIMIT 1")
    assert "max(seq)" in plans.get("SCAN cases", "max(seq)")


def test_a_claim_costs_the_same_among_300_and_30_000(queue: SqliteQueue) -> None:
    queued(queue, 0, 300)
    queue.claim("alice")
    few = steps(queue, lambda: queue.claim("alice"))
    queued(queue, 300, 30_000)
    many = steps(queue, lambda: queue.claim("alice"))
    assert many <= few * 1.1


def test_10_000_finished_cases_that_are_still_open_are_not_stepped_over_again(
    queue: SqliteQueue,
) -> None:
    queued(queue, 0, 10_200, overlap=2)
    few = steps(queue, lambda: queue.claim("bob"))
    held = queue.claim("alice", batch=10_000)
    with queue._store.writing() as tx:
        for claim in held:
            verdicts.submit(tx, verdict(claim, "alice"), Rules())
    queue.claim("alice")
    many = [steps(queue, lambda: queue.claim("alice")) for _ in range(20)]
    assert max(many) <= few * 3


def test_10_000_skipped_cases_are_not_stepped_over_again(queue: SqliteQueue) -> None:
    queued(queue, 0, 10_200)
    few = steps(queue, lambda: queue.claim("bob"))
    held = queue.claim("alice", batch=10_000)
    with queue._store.writing() as tx:
        for claim in held:
            claims.release(tx, "alice", claim.token, "skip", "", None)
    queue.claim("alice")
    many = [steps(queue, lambda: queue.claim("alice")) for _ in range(20)]
    assert max(many) <= few * 3


class TestCursor:
    """Cases that become ready in front of where a reviewer stands are found at once."""

    @pytest.fixture
    def stood(self, queue: SqliteQueue) -> SqliteQueue:
        """alice holds twenty cases of overlap 2 and stands behind them; c20 is left."""
        queued(queue, 0, 21, overlap=2)
        queue.claim("alice", batch=20, lease_s=600)
        queue.release("alice", queue.claim("alice")[0].token, reason="quit")
        with queue._store.reading() as conn:
            assert conn.execute("SELECT count(*) FROM cursors").fetchone() == (1,)
        return queue

    def test_a_new_urgent_case(self, stood: SqliteQueue) -> None:
        fill(stood, "urgent", priority=90)
        assert ids(stood.claim("alice")) == ["urgent"]

    def test_a_case_of_ones_own_that_was_given_back(self, stood: SqliteQueue) -> None:
        token = stood.leases()[3].token
        stood.release("alice", token, reason="quit")
        assert ids(stood.claim("alice")) == ["c3"]

    def test_a_case_that_another_gave_back(self, stood: SqliteQueue) -> None:
        fill(stood, "urgent", priority=90)
        token = stood.claim("bob")[0].token
        queued(stood, 100, 120, priority=80, overlap=2)
        stood.claim("alice", batch=20)
        stood.claim("alice")
        stood.release("bob", token, reason="skip")
        assert ids(stood.claim("alice")) == ["urgent"]

    def test_a_case_whose_lease_expired(self, stood: SqliteQueue, clock: FakeClock) -> None:
        clock.advance(600)
        assert ids(stood.claim("alice")) == ["c0"]

    def test_a_case_that_slept(self, stood: SqliteQueue, clock: FakeClock) -> None:
        lease = stood.leases()[5]
        until = lease.claimed_at + timedelta(seconds=60)
        stood.release("alice", lease.token, reason="snooze", until=until)
        assert ids(stood.claim("alice")) == ["c20"]
        clock.advance(60)
        assert ids(stood.claim("alice")) == ["c5"]


def test_a_claim_writes_no_more_than_it_must(queue: SqliteQueue, path: Path) -> None:
    queued(queue, 0, 50)
    queue.claim("alice")
    with queue._store.reading() as conn:
        assert conn.execute("SELECT count(*) FROM cursors").fetchone() == (0,)
