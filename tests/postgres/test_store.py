"""The database as a place: made once, upgraded once, sought by index, refused with a sentence."""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.postgres.database import marked
from hitl_tui.queue.postgres.dialect import PLACE, PLANNER, POSTGRES
from hitl_tui.queue.postgres.migrate import newest, steps
from hitl_tui.queue.postgres.queue import PostgresQueue, violations
from hitl_tui.queue.postgres.store import Engine, engine_of
from hitl_tui.queue.protocol import NoQueue, NotFound, StoreBusy, Unreachable
from hitl_tui.queue.sqlite import SqliteQueue
from tests.postgres.databases import server
from tests.queue.world import FakeClock, events, fill, ids, judge

ENGINES = [Engine(), Engine(notify=False, advisory=False)]


@pytest.mark.parametrize("engine", ENGINES, ids=["postgresql", "without advisory locks"])
def test_programs_that_open_an_empty_database_together_make_one_queue(
    empty: str, engine: Engine
) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def work(n: int) -> None:
        try:
            start.wait()
            queue = PostgresQueue(empty, create=True, engine=engine)
            fill(queue, f"c{n}")
            queue.close()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    queue = PostgresQueue(empty)
    assert queue.status().pending == 8
    first = next(queue.trail())
    assert b"queue.created" in first.entry
    assert not [event for event in events(queue) if event.startswith("queue.")]
    queue.close()
    assert violations(empty) == []


@pytest.mark.parametrize(
    ("version", "engine"),
    [
        ("PostgreSQL 18.6 on x86_64-pc-linux-gnu", Engine()),
        ("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", Engine(False, False, False)),
        ("PostgreSQL 15.2-YB-2.25.1.0-b0 on x86_64", Engine(False, False)),
    ],
)
def test_an_engine_is_known_by_what_it_says_of_itself(version: str, engine: Engine) -> None:
    assert engine_of(version) == engine


def test_a_database_without_a_queue_is_said_so(empty: str) -> None:
    with pytest.raises(NoQueue, match="no queue in"):
        PostgresQueue(empty)


def test_a_database_that_cannot_keep_every_text_is_refused() -> None:
    with server().connect("postgres") as conn:
        conn.execute("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with pytest.raises(Unreachable, match="LATIN1"):
            PostgresQueue(server().url("narrow"), create=True)
    finally:
        server().drop("narrow")


def test_who_made_the_tables_goes_on_after_a_refusal(empty: str, clock: FakeClock) -> None:
    """The connection that ran the migrations is the one that writes, and forgets nothing prepared."""
    queue = PostgresQueue(empty, clock=clock, create=True)
    fill(queue, "c1", "c2")
    for name in ("alice", "bob"):
        with pytest.raises(NotFound):
            queue.withdraw("lead", "missing")
        judge(queue, name)
    queue.close()
    assert violations(empty) == []


def test_a_standby_can_be_read_and_says_that_it_takes_no_changes(url: str) -> None:
    fill(owner := PostgresQueue(url), "c1")
    owner.close()
    read_only = f"{url}?options=-c%20default_transaction_read_only%3Don"
    queue = PostgresQueue(read_only, wait_s=0)
    assert queue.status().pending == 1
    with pytest.raises(Unreachable, match="can only be read: it is a standby"):
        queue.claim("alice")
    queue.close()


def test_a_newer_schema_asks_for_an_upgrade(url: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("INSERT INTO hitl.migrations VALUES (9999, '9999_future')")
    try:
        with pytest.raises(Unreachable, match="newer hitl"):
            PostgresQueue(url)
    finally:
        with psycopg.connect(url) as conn:
            conn.execute("DELETE FROM hitl.migrations WHERE number = 9999")


def test_an_older_schema_is_upgraded_once_and_noted(url: str, clock: FakeClock) -> None:
    """As if the last migrations had not been there when the queue was made."""
    with psycopg.connect(url) as conn:
        conn.execute("DROP TABLE hitl.deliveries, hitl.webhooks")
        conn.execute("ALTER TABLE hitl.quiz_cases DROP COLUMN former")
        conn.execute("DELETE FROM hitl.migrations WHERE number >= 5")
    for _ in range(2):
        queue = PostgresQueue(url, clock=clock)
        assert events(queue) == ["queue.upgraded None"]
        assert queue.hooks() == []
        queue.close()
    assert violations(url) == []


def test_both_engines_have_the_same_form(tmp_path: Path) -> None:
    """A queue that is moved keeps its form: what a file counts, the numbers of the SQL files say."""
    queue = SqliteQueue(tmp_path / "hitl.db", clock=utc_now, create=True)
    with queue._store.reading() as conn:
        rows = conn.execute("SELECT name FROM _sqlite_migrations ORDER BY id")
        applied = [name for (name,) in rows]
    queue.close()
    assert applied[-1] == steps()[-1][1]
    assert newest() == int(applied[-1].partition("_")[0])


@pytest.mark.parametrize(
    "query",
    [*POSTGRES.ready, POSTGRES.ready_everywhere, *POSTGRES.ready_after],
    ids=["first", "first of every pool", "more"],
)
def test_a_claim_is_a_seek_of_the_ready_index_without_scan_or_sort(url: str, query: str) -> None:
    where = {"reviewer": "a", "pool": "p", "priority": 1, "due": 1, "seq": 1, "most": 4}
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(PLACE)
        conn.execute(PLANNER)
        rows = conn.execute(f"EXPLAIN {marked(query)}", where).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Index Scan using ready on cases" in plan
    assert "(ROW((- priority), COALESCE(due," in plan, "the place is part of the seek"
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
    assert "one_seat" in plan


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE hitl.events SET entry = entry WHERE seq = 1",
        "DELETE FROM hitl.events",
        "TRUNCATE hitl.events",
        "INSERT INTO hitl.events SELECT seq + 7, entry, prev, hash FROM hitl.events WHERE seq = 1",
    ],
)
def test_the_trail_only_grows_at_its_end(url: str, attack: str) -> None:
    with (
        psycopg.connect(url, autocommit=True) as conn,
        pytest.raises(psycopg.errors.RaiseException, match="the audit trail"),
    ):
        conn.execute(attack)


def test_who_gets_around_that_is_found_out(url: str, clock: FakeClock) -> None:
    queue = PostgresQueue(url, clock=clock)
    fill(queue, "c1", "c2")
    judge(queue, "alice")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("DELETE FROM hitl.events WHERE seq = 3")
        assert "entry 3 is missing" in str(queue.verify().chain.fault)
        assert violations(url) != []
        conn.execute("DELETE FROM hitl.events WHERE seq > 1")
        conn.execute("DELETE FROM hitl.verdicts; DELETE FROM hitl.resolutions")
        conn.execute("DELETE FROM hitl.leases; DELETE FROM hitl.bodies; DELETE FROM hitl.cases")
    queue.close()


def test_a_lock_that_another_program_keeps_is_waited_for_and_then_refused(url: str) -> None:
    queue = PostgresQueue(url, wait_s=0.3)
    with psycopg.connect(url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(1751739500, 1)")
        with pytest.raises(StoreBusy):
            queue.claim("alice")
        assert queue.status().pending == 0
    fill(queue, "c1")
    assert ids(queue.claim("alice")) == ["c1"]
    queue.close()


def test_a_commit_whose_answer_is_lost_happened_once(
    url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection ends right after the commit was carried out: the trail says that it was."""
    from hitl_tui.queue.postgres import database

    queue = PostgresQueue(url, clock=clock)
    fill(queue, "c1", "c2")
    flush, blows = database.PostgresDatabase.flush, iter([True])

    def cut(self: database.PostgresDatabase) -> None:
        ends = any(later.statement == "COMMIT" for later in self._waiting)
        flush(self)
        if ends and next(blows, False):
            self._conn.close()
            raise psycopg.OperationalError("the network was cut")

    monkeypatch.setattr(database.PostgresDatabase, "flush", cut)
    assert ids(queue.claim("alice")) == ["c1"]
    assert events(queue)[2:] == ["lease.claimed c1"]
    queue.close()


def test_a_connection_lost_before_the_commit_is_tried_again(
    url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hitl_tui.queue.postgres import database

    queue = PostgresQueue(url, clock=clock)
    fill(queue, "c1", "c2")
    flush, blows = database.PostgresDatabase.flush, iter([True])

    def cut(self: database.PostgresDatabase) -> None:
        if any(later.statement == "COMMIT" for later in self._waiting) and next(blows, False):
            self._conn.close()
        flush(self)

    monkeypatch.setattr(database.PostgresDatabase, "flush", cut)
    assert ids(queue.claim("alice")) == ["c1"]
    assert events(queue)[2:] == ["lease.claimed c1"]
    queue.close()
