"""How a change goes to the database: few round trips, time first, each part whole, whatever fails."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from hitl_tui.queue.postgres.line import Line, numbered
from hitl_tui.queue.postgres.queue import PostgresQueue, violations
from hitl_tui.queue.protocol import Invalid, LeaseLost, NotAvailable
from hitl_tui.queue.transaction import Transaction
from tests.queue.world import FakeClock, events, fill, ids, judge, verdict


@pytest.fixture
def queue(url: str, clock: FakeClock) -> Iterator[PostgresQueue]:
    found = PostgresQueue(url, clock=clock)
    yield found
    found.close()
    assert violations(url) == []


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements of each round trip of a connection that writes."""
    made: list[list[str]] = []
    send = Line.send

    def counted(self: Line, statements: Any) -> Any:
        made.append([statement for statement, _ in statements])
        return send(self, statements)

    monkeypatch.setattr(Line, "send", counted)
    return made


@pytest.fixture
def line(url: str) -> Iterator[Line]:
    with psycopg.connect(url, autocommit=True) as conn:
        yield Line(conn)


@pytest.mark.parametrize("pools", [(), ("general",)], ids=["every pool", "one pool"])
def test_a_claim_and_a_verdict_are_two_round_trips_each(
    queue: PostgresQueue, trips: list[list[str]], pools: tuple[str, ...]
) -> None:
    fill(queue, "c1", "c2", "c3")
    trips.clear()
    claims = queue.claim("alice", pools=pools, batch=3)
    assert ids(claims) == ["c1", "c2", "c3"]
    assert len(trips) == 2
    queue.submit(verdict(claims[0], "alice"))
    assert len(trips) == 4
    assert [trip[-1] for trip in trips].count("COMMIT") == 2


def test_many_changes_together_are_one_round_trip_each_and_one_more(
    queue: PostgresQueue, trips: list[list[str]]
) -> None:
    fill(queue, *(f"c{n}" for n in range(8)))
    do = queue.operations
    trips.clear()
    leased = queue.together([lambda tx, n=n: do.claim(tx, f"r{n}") for n in range(8)])  # type: ignore[misc]
    assert len({one[0].token for one in leased}) == 8
    assert len(trips) == 9
    assert not any("SAVEPOINT" in statement for trip in trips for statement in trip)


def test_one_that_is_refused_after_it_wrote_leaves_nothing_and_disturbs_nobody(
    queue: PostgresQueue,
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
    assert [type(one) for one in results] == [type(results[0]), Invalid, NotAvailable, list]
    assert results[0].accepted
    assert events(queue)[3:] == ["verdict.recorded c1", "lease.claimed c2"]
    assert queue.record("c2").state == "pending"


def test_one_that_is_refused_before_it_wrote_costs_the_others_nothing(
    queue: PostgresQueue, trips: list[list[str]]
) -> None:
    fill(queue, "c1", "c2", "c3")
    do = queue.operations
    trips.clear()
    results = queue.together(
        [
            lambda tx: do.claim(tx, "alice"),
            lambda tx: do.release(tx, "alice", 4711, reason="quit"),
            lambda tx: do.claim(tx, "alice", lease_s=-1),
            lambda tx: do.claim(tx, "bob"),
        ]
    )
    assert [type(one) for one in results] == [list, LeaseLost, Invalid, list]
    assert len(trips) == 4
    assert not any("SAVEPOINT" in statement for trip in trips for statement in trip)
    assert events(queue)[3:] == ["lease.claimed c1", "lease.claimed c2"]


def unwritable(tx: Transaction) -> None:
    """A name that no index takes: the database says so when it is sent."""
    chance = random.Random(7)  # noqa: S311
    name = "".join(chance.choices(string.ascii_letters, k=9000))
    tx.conn.execute("INSERT INTO pools (name) VALUES (?)", (name,))


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "in the midst", "last"])
def test_what_the_database_refuses_disturbs_nobody_else(queue: PostgresQueue, place: int) -> None:
    fill(queue, "c1", "c2")
    do = queue.operations
    asked: list[Callable[[Transaction], Any]] = [
        lambda tx: do.claim(tx, "alice"),
        lambda tx: do.claim(tx, "bob"),
    ]
    asked.insert(place, unwritable)
    results = queue.together(asked)
    assert isinstance(results.pop(place), Invalid)
    assert [one[0].case.id for one in results] == ["c1", "c2"]
    assert events(queue)[2:] == ["lease.claimed c1", "lease.claimed c2"]


def test_what_time_brought_is_seen_by_the_change_and_stays_when_that_is_refused(
    queue: PostgresQueue, clock: FakeClock
) -> None:
    fill(queue, "c1")
    lost = queue.claim("alice", lease_s=1)[0]
    clock.advance(2)
    # What a claim looks at was asked for before the lease had ended.
    assert ids(queue.claim("bob", lease_s=1)) == ["c1"]
    clock.advance(2)
    with pytest.raises(LeaseLost):
        queue.submit(verdict(lost, "mallory"))
    assert events(queue)[1:] == [
        "lease.claimed c1",
        "lease.expired c1",
        "lease.claimed c1",
        "lease.expired c1",
    ]


def test_numbers_of_leases_go_on_whoever_takes_them(queue: PostgresQueue, url: str) -> None:
    """Servers of an earlier version, which may run beside, let the database number them."""
    fill(queue, "c1", "c2", "c3")
    first = queue.claim("alice")[0].token
    with psycopg.connect(url) as conn:
        conn.execute("SET search_path TO hitl")
        [(second,)] = conn.execute(
            "INSERT INTO leases (case_seq, reviewer, state, claimed_at, until)"
            " SELECT seq, 'old', 2, 0, 0 FROM cases WHERE id = 'c2' RETURNING token"
        ).fetchall()
    third = queue.claim("bob")[0].token
    assert (second, third) == (first + 1, first + 2)
    judge(queue, "bob")


def test_values_are_marked_as_the_server_has_them() -> None:
    assert numbered("SELECT :a, CAST(:b AS text), x::text, :a") == (
        b"SELECT $1, CAST($2 AS text), x::text, $1",
        ("a", "b"),
    )
    assert numbered("SELECT ?, ?")[0] == b"SELECT $1, $2"


def test_statements_behind_one_that_fails_are_not_carried_out(line: Line) -> None:
    insert = "INSERT INTO hitl.pools (name) VALUES (?)"
    twice = [("BEGIN", ()), (insert, ("a",)), (insert, ("a",)), ("COMMIT", ())]
    for _ in range(2):
        with pytest.raises(psycopg.errors.UniqueViolation):
            line.send(twice)
        line.roll_back()
    [answer] = line.send([("SELECT count(*) FROM hitl.pools WHERE name = ?", ("a",))])
    assert answer.rows == [(0,)]


def test_text_that_is_no_text_is_not_sent(line: Line, queue: PostgresQueue) -> None:
    with pytest.raises(UnicodeEncodeError):
        line.send([("BEGIN", ()), ("SELECT CAST(? AS text)", ("\ud800",))])
    assert line.send([("SELECT CAST(? AS text)", ("a",))])[0].rows == [("a",)]
    fill(queue, "c1")
    with pytest.raises(Invalid):
        queue.claim("\ud800")
    assert ids(queue.claim("alice")) == ["c1"]


def test_a_connection_that_ends_says_so_and_is_closed(line: Line, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (line.conn.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        for _ in range(100):
            line.send([("SELECT pg_sleep(0.01)", ())])
    assert line.conn.closed
    with pytest.raises(psycopg.OperationalError):
        line.roll_back()


def test_more_than_a_socket_holds_goes_both_ways(line: Line) -> None:
    text = "x" * 200_000
    answers = line.send([("SELECT CAST(? AS text)", (text,))] * 200)
    assert [answer.rows for answer in answers] == [[(text,)]] * 200
