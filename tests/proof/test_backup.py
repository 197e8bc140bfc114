"""A copy of a queue that is taken while others write is a whole queue, with all that was acknowledged."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

from hitl_tui.queue.invariants import violations
from tests.proof.clients import Notes
from tests.proof.sizes import SIZE
from tests.queue.test_processes import opened
from tests.queue.world import fill, verdict

fork = multiprocessing.get_context("fork")
WRITERS = 3
BETWEEN = 30
"""So many verdicts are acknowledged between two backups."""


def write(path: Path, name: str, notes: Path, stop: Event) -> None:
    """Hand cases over and judge them; note each verdict once `submit` has returned."""
    noted, queue, number = Notes(notes), opened(path), 0
    while not stop.is_set():
        number += 1
        fill(queue, f"{name}-{number}")
        for claim in queue.claim(name, batch=2):
            given = verdict(claim, name)
            queue.submit(given)
            noted.write(given.id)
    queue.close()


def noted(notes: Path) -> list[str]:
    """The verdicts acknowledged so far, whole lines only."""
    lines = notes.read_text("ascii").splitlines(True) if notes.exists() else []
    return [line.strip() for line in lines if line.endswith("\n")]


def test_a_backup_taken_while_others_write_is_whole(tmp_path: Path) -> None:
    path, notes, stop = tmp_path / "hitl.db", tmp_path / "notes", fork.Event()
    opened(path).close()
    writers = [
        fork.Process(target=write, args=(path, f"r{number}", notes, stop), daemon=True)
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    try:
        for number in range(SIZE.backups):
            wanted = len(noted(notes)) + BETWEEN
            while len(noted(notes)) < wanted:
                assert all(writer.is_alive() for writer in writers), "a writer ended by itself"
            acknowledged = noted(notes)
            copy = tmp_path / f"backup{number}.db"
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            assert violations(copy) == []
            queue = opened(copy)
            there = {given.verdict.id for record in queue.records() for given in record.verdicts}
            fill(queue, "after")
            assert queue.verify().chain.fault is None
            queue.close()
            assert set(acknowledged) <= there
    finally:
        stop.set()
        for writer in writers:
            writer.join(30)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    assert violations(path) == []
