"""A queue moved into a database and back is the same queue: rows, trail, exports, and it goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hitl_tui.audit.facts import Audit
from hitl_tui.model.case import Gold, Submission
from hitl_tui.model.work import Route
from hitl_tui.queue import moving
from hitl_tui.queue.open import open_bare, open_queue
from hitl_tui.queue.postgres.queue import PostgresQueue
from hitl_tui.queue.protocol import NoQueue, Taken, Unreachable
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.stored import StoredQueue
from tests.queue.places import violations
from tests.queue.world import NINE, FakeClock, fill, ids, item, judge, verdict

HOSTILE = "\0 \x1a \x1a0 \x1a1 \u202e \U0010ffff '; DROP TABLE cases; --"


@pytest.fixture
def worked(tmp_path: Path, clock: FakeClock) -> SqliteQueue:
    """A file in which everything has happened at least once."""
    queue = SqliteQueue(tmp_path / "from.db", clock=clock, create=True)
    fill(queue, *(f"c{n}" for n in range(40)), overlap=2)
    fill(queue, "due", due=NINE + timedelta(minutes=1), pool="late")
    queue.admit([item(f"id {HOSTILE}"[:512], pool=f"pool {HOSTILE}")], producer=f"app {HOSTILE}")
    for name in ("alice", "bob", "carol"):
        judge(queue, name)
        judge(queue, name, "edit", edited_output=HOSTILE)
        queue.undo(name, judge(queue, name, "escalate").id)
        queue.release(name, queue.claim(name)[0].token, reason="skip", note=HOSTILE)
        queue.release(name, queue.claim(name)[0].token, reason="snooze", until=NINE + timedelta(1))
    late = queue.claim("dave", lease_s=1)[0]
    clock.advance(90)
    queue.tick()
    queue.withdraw("lead", "c39", note=HOSTILE)
    queue.submit(verdict(late, "dave"))
    queue.assign_splits("lead", {"c1": "train", "c2": "test"})
    gold = Gold(decision="approve")
    queue.admit([(Submission(id="gold", output="60 days", gold=gold), Route())])
    queue.publish_guideline("lead", "# How to judge\n\n## Tone\n\nBe kind.\n")
    queue.publish_guideline("lead", "# How to judge\n\n## Tone\n\nBe kinder.\n")
    queue.acknowledge("alice", queue.guidelines()[-1].version)
    queue.create_quiz("lead", "first", queue.gold_items())
    queue.sit("alice", "first")
    queue.settle_item("lead", "first", 1, section="tone", note=HOSTILE)
    queue.add_hook("https://example.org/hook", None, private=False)
    judge(queue, "erin")
    queue.create_token("reviewer", "alice", ["general"])
    queue.revoke_token(queue.create_token("lead", "boss")[0].id)
    yield queue
    queue.close()


def exported(queue: StoredQueue) -> object:
    """All that an export is made from, and who is called what in it."""
    return list(queue.records()), list(queue.stored()), list(queue.materials()), queue.basis()


def test_there_and_back_everything_is_the_same(
    worked: SqliteQueue, empty: str, tmp_path: Path, clock: FakeClock
) -> None:
    before = exported(worked), list(worked.trail()), worked.tokens(), worked.leases()
    there = PostgresQueue(empty, clock=clock, create=True, bare=True)
    first = moving.move(worked, there)
    back = SqliteQueue(tmp_path / "back.db", clock=clock, create=True, bare=True)
    second = moving.move(there, back)
    for queue in (there, back):
        assert (exported(queue), list(queue.trail()), queue.tokens(), queue.leases()) == before
    assert first.tables == second.tables
    assert first.tables["events"].rows == len(before[1])
    there.close()
    back.close()
    assert violations(empty) == violations(tmp_path / "back.db") == []


def test_it_goes_on_where_it_was(worked: SqliteQueue, empty: str, clock: FakeClock) -> None:
    """The same steps on the copy and on the original give the same trail, tokens included."""
    there = PostgresQueue(empty, clock=clock, create=True, bare=True)
    moving.move(worked, there)
    for queue in (worked, there):
        assert ids(queue.claim("erin", batch=3)) != []
        queue.admit([item("new")])
        judge(queue, "frank", id="01a21faa-0000-7000-8000-000000000000")
        queue.resume("alice")
    assert [row.entry for row in there.trail()][:-8] == [row.entry for row in worked.trail()][:-8]
    assert [one.token for one in there.leases()] == [one.token for one in worked.leases()]
    there.close()


def test_every_table_is_carried(worked: SqliteQueue, url: str) -> None:
    with closing(sqlite3.connect(worked._store.path)) as conn:
        tables = {
            name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
    assert tables - {"sqlite_sequence", "_sqlite_migrations"} == set(moving.TABLES)
    with psycopg.connect(url) as there:
        found = there.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'hitl'"
        ).fetchall()
    columns = {name: set() for name, _ in found}
    for name, column in found:
        columns[name].add(column)
    assert set(columns) - {"head", "migrations"} == set(moving.TABLES)
    for name, (listed, _) in moving.TABLES.items():
        assert columns[name] - {"n"} == set(listed.split(", "))


def test_a_queue_is_not_moved_onto_another(worked: SqliteQueue, url: str, tmp_path: Path) -> None:
    target = PostgresQueue(url)
    with pytest.raises(Unreachable, match="there is a queue already"):
        moving.move(worked, target)
    assert target.status().pending == 0
    with pytest.raises(Taken, match="there is a queue already"):
        moving.move(target, target)
    target.close()
    with pytest.raises(Unreachable, match="is there already"):
        open_bare(str(tmp_path / "from.db"))


def test_a_row_that_does_not_read_back_undoes_it_all(
    worked: SqliteQueue, empty: str, clock: FakeClock
) -> None:
    there = PostgresQueue(empty, clock=clock, create=True, bare=True)
    with psycopg.connect(empty) as conn:
        conn.execute(
            "CREATE FUNCTION hitl.spoil() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.body := NEW.body || ' '; RETURN NEW; END $$"
        )
        conn.execute(
            "CREATE TRIGGER spoil BEFORE INSERT ON hitl.bodies FOR EACH ROW"
            " EXECUTE FUNCTION hitl.spoil()"
        )
    with pytest.raises(Unreachable, match="bodies did not read back"):
        moving.move(worked, there)
    with pytest.raises(NoQueue):
        PostgresQueue(empty)


def test_a_source_that_is_written_to_meanwhile_is_refused(
    worked: SqliteQueue, empty: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the end of the lock and the end of the move: what comes then would be left behind."""
    there = PostgresQueue(empty, clock=clock, create=True, bare=True)
    verify = there.verify

    def meanwhile(head: bytes | None = None) -> Audit:
        fill(worked, "meanwhile")
        return verify(head)

    monkeypatch.setattr(there, "verify", meanwhile)
    with pytest.raises(Unreachable, match="was written to while it was carried over"):
        moving.move(worked, there)
    assert worked.record("meanwhile").state == "pending"
    with pytest.raises(NoQueue):
        PostgresQueue(empty)


@pytest.mark.parametrize("engine", ["file", "database"])
def test_a_move_that_was_cut_off_can_be_done_again(
    worked: SqliteQueue, empty: str, tmp_path: Path, engine: str
) -> None:
    """What a killed one leaves: the tables, and nothing in them."""
    target = {"file": str(tmp_path / "to.db"), "database": empty}[engine]
    open_bare(target).close()
    there = open_bare(target)
    moving.move(worked, there)
    assert exported(there) == exported(worked)
    there.close()


@pytest.mark.parametrize("engine", ["file", "database"])
def test_a_queue_that_came_first_is_not_removed(
    worked: SqliteQueue, empty: str, tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two moves at once to one place: the second finds it filled only when its turn has come."""
    target = {"file": str(tmp_path / "to.db"), "database": empty}[engine]
    first, second = open_bare(target), open_bare(target)
    held = worked.held

    def meanwhile(read: Any) -> Any:
        monkeypatch.undo()
        moving.move(worked, first)
        return held(read)

    monkeypatch.setattr(worked, "held", meanwhile)
    with pytest.raises(Taken, match="there is a queue already"):
        moving.move(worked, second)
    assert exported(first) == exported(worked)
    first.close()
    opened = open_queue(target)
    assert opened.record("c1").case.id == "c1"
    opened.close()
