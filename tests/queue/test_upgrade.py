"""A queue file of the first schema opens as it is, loses nothing, and has what came since."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.store import APPLICATION_ID, SCHEMA_VERSION
from tests.queue.world import NINE, FakeClock, events, ids

FIRST_SCHEMA = Path(__file__).parents[1] / "data" / "queue_v1.sql"
"""The dump of a file that the first version wrote at 9:00, with cases in every state it knew."""


@pytest.fixture
def old(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(FIRST_SCHEMA.read_text("utf-8"))
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute("PRAGMA user_version = 1")
    return path


def test_everything_is_still_there(old: Path, clock: FakeClock) -> None:
    queue = SqliteQueue(old, clock=clock)
    assert {record.case.id: record.state for record in queue.records()} == {
        "open": "pending",
        "due": "resolved",
        "twice": "disputed",
        "allowed": "resolved",
        "gold": "pending",
    }
    assert queue.holders()[0].reviewer == "bob"
    assert queue.gold("gold") is not None
    assert queue.verify().differences == ()
    assert events(queue)[-1] == "queue.upgraded None"
    queue.close()
    assert violations(old) == []


def test_its_cases_get_what_came_since(old: Path, clock: FakeClock) -> None:
    queue = SqliteQueue(old, clock=clock)
    queue.adjudicate("lead", "twice", "reject", cause="error")
    clock.advance(timedelta(hours=2).total_seconds())
    assert queue.tick() == 2
    found = queue.resolution("gold")
    assert found is not None
    assert (found.source, found.output) == ("fallback", "Please wait.")
    queue.close()
    assert violations(old) == []


def test_it_is_upgraded_once(old: Path, clock: FakeClock) -> None:
    for _ in range(2):
        queue = SqliteQueue(old, clock=clock)
        assert ids(queue.claim("dave", lease_s=1)) in (["gold"], ["open"])
        count = events(queue).count("queue.upgraded None")
        queue.close()
        clock.advance(2)
    assert count == 1
    with closing(sqlite3.connect(old)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert clock.now > NINE
