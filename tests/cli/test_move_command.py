"""`hitl queue move`, and the other commands on a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.sqlite import SqliteQueue
from tests.cli.running import Hitl, Write
from tests.postgres.databases import drop, new_database
from tests.queue.world import fill, judge


@pytest.fixture
def database() -> Iterator[str]:
    url = new_database()
    yield url
    drop(url)


def test_it_moves_and_says_what_it_moved(hitl: Hitl, home: Path, database: str) -> None:
    queue = SqliteQueue(home / "hitl.db", clock=utc_now, create=True)
    fill(queue, "c1", "c2")
    judge(queue, "alice")
    queue.close()
    there = hitl("queue", "move", "hitl.db", database)
    assert (there.code, "cases: 2 rows, sha256" in there.out) == (0, True), there.everything
    back = hitl("queue", "move", database, "back.db", "--json")
    assert (back.code, back.json["tables"]["cases"]["rows"]) == (0, 2)
    for place, queue_at in (("a", "hitl.db"), ("b", "back.db"), ("c", database)):
        assert hitl("export", "jsonl", "--out", place, "--queue", queue_at).code == 0
    exports = {(home / place / "cases.jsonl").read_bytes() for place in "abc"}
    assert len(exports) == 1


def test_it_refuses_what_it_cannot_do(hitl: Hitl, home: Path, database: str) -> None:
    SqliteQueue(home / "hitl.db", clock=utc_now, create=True).close()
    assert hitl("queue", "move", "hitl.db", database).code == 0
    again = hitl("queue", "move", "hitl.db", database)
    assert (again.code, "there is a queue already" in again.err) == (2, True)
    (home / "there.db").touch()
    for taken in ("hitl.db", "there.db"):
        onto = hitl("queue", "move", "hitl.db", taken)
        assert (onto.code, "is there already" in onto.err) == (2, True)
    assert (home / "there.db").read_bytes() == b""
    assert hitl("queue", "move", "hitl.db", "https://example.org").code == 2
    nowhere = hitl("queue", "move", "missing.db", "new.db")
    assert (nowhere.code, (home / "new.db").exists()) == (3, False)


def test_the_commands_work_on_a_database(hitl: Hitl, cases: Write, database: str) -> None:
    file = cases({"id": "c1", "output": "60 days"}, {"id": "c2", "output": "30 days"})
    at = ("--queue", database)
    assert hitl("queue", "status", *at).code == 3
    assert hitl("ingest", file, "--dry-run", *at).code == 0
    assert hitl("ingest", file, *at).code == 0
    assert hitl("ingest", file, "--dry-run", *at).code == 0
    judged = hitl("verdict", "c1", "approve", "--reviewer", "alice", *at)
    assert judged.code == 0, judged.err
    status = hitl("queue", "status", "--json", *at).json
    assert (status["pending"], status["resolved"], status["verdicts"]) == (1, 1, 1)
    assert hitl("token", "create", "--role", "lead", "--name", "boss", *at).code == 0
    assert hitl("audit", "verify", *at).code == 4
    assert [case["id"] for case in hitl("queue", "list", "--json", *at).json["cases"]] == [
        "c1",
        "c2",
    ]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://hitl:secret@127.0.0.1:1/x", 3),
        ("postgresql://hitl:secret@[x", 3),
        ("postgres://hitl:secret@127.0.0.1:1/x?nonsense=1", 3),
    ],
)
def test_a_database_that_is_not_there_is_said_so_without_its_password(
    hitl: Hitl, address: str, code: int
) -> None:
    said = hitl("queue", "status", "--queue", address)
    assert said.code == code
    assert "secret" not in said.everything
    assert len(said.err.splitlines()) == 1
