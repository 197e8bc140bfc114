"""Many processes on one queue file: never more than the overlap, and nothing acknowledged is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.audit.chain import decode_entry
from hitl_tui.model.clock import utc_now
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import QueueError
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.world import fill, ids, item, verdict

fork = multiprocessing.get_context("fork")


def opened(path: Path) -> SqliteQueue:
    return SqliteQueue(path, clock=utc_now, create=True, wait_s=60)


def started(target: Callable[..., None], *args: Any) -> BaseProcess:
    process = fork.Process(target=target, args=args)
    process.start()
    return process


def work_until_nothing_is_left(path: Path, name: str) -> None:
    queue = opened(path)
    while claims := queue.claim(name, batch=2):
        for claim in claims:
            queue.submit(verdict(claim, name))
    queue.close()


@pytest.mark.parametrize("overlap", [1, 2])
def test_eight_processes_judge_every_case_exactly_as_often_as_asked(
    tmp_path: Path, overlap: int
) -> None:
    path = tmp_path / "hitl.db"
    queue = opened(path)
    fill(queue, *(f"c{number}" for number in range(120)), overlap=overlap)
    queue.close()
    workers = [started(work_until_nothing_is_left, path, f"r{number}") for number in range(8)]
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 8
    queue = opened(path)
    for record in queue.records():
        assert record.state == "resolved"
        assert len({stored.verdict.reviewer for stored in record.verdicts}) == overlap
        assert len(record.verdicts) == overlap
    queue.close()
    assert violations(path) == []


def race_for_one_case(path: Path, barrier: Any, name: str, won: Any) -> None:
    queue = opened(path)
    for number in range(20):
        barrier.wait()
        if ids(queue.claim(name, case_id=None)) == [f"c{number}"]:
            with won.get_lock():
                won.value += 1
        barrier.wait()
        if name == "r0" and number < 19:
            fill(queue, f"c{number + 1}", overlap=2)


def test_eight_claimants_of_one_case_of_overlap_2_are_two_winners(tmp_path: Path) -> None:
    path, barrier, won = tmp_path / "hitl.db", fork.Barrier(8), fork.Value("i", 0)
    queue = opened(path)
    fill(queue, "c0", overlap=2)
    queue.close()
    workers = [started(race_for_one_case, path, barrier, f"r{n}", won) for n in range(8)]
    for worker in workers:
        worker.join()
    assert won.value == 40
    assert violations(path) == []


def open_together(path: Path, barrier: Any) -> None:
    barrier.wait()
    queue = opened(path)
    queue.admit([item(f"c{os.getpid()}")])
    queue.close()


def test_eight_processes_make_one_fresh_file_together(tmp_path: Path) -> None:
    for attempt in range(16):
        path, barrier = tmp_path / f"{attempt}.db", fork.Barrier(8)
        workers = [started(open_together, path, barrier) for _ in range(8)]
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0] * 8
        queue = opened(path)
        types = Counter(decode_entry(row.entry).type for row in queue.trail())
        queue.close()
        assert types == {"queue.created": 1, "case.queued": 8}
        assert violations(path) == []


def work_and_note(path: Path, name: str, seed: int, notes: Path) -> None:
    """Judge, undo, skip and escalate at random; note each verdict once `submit` has returned."""
    chance = random.Random(seed)  # noqa: S311
    noted = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    queue = opened(path)
    while True:
        claims = queue.claim(name, batch=2, lease_s=chance.choice([0.05, 0.3, 60]))
        if not claims:
            os.sched_yield()
        for claim in claims:
            given = verdict(
                claim, name, chance.choice(["approve", "approve", "reject", "escalate"])
            )
            try:
                if chance.random() < 0.2:
                    queue.release(name, claim.token, reason="skip")
                    continue
                queue.submit(given)
                os.write(noted, f"{given.id}\n".encode())
                if chance.random() < 0.3:
                    queue.undo(name, given.id, lease_s=0.05)
            except QueueError as refused:
                assert refused.code in ("lease-lost", "undo-refused"), refused


def test_kill_9_at_random_loses_no_acknowledged_verdict_and_breaks_nothing(tmp_path: Path) -> None:
    path, notes = tmp_path / "hitl.db", tmp_path / "notes"
    queue = opened(path)
    for start in range(0, 3000, 500):
        due = utc_now() + timedelta(seconds=start / 500)
        fill(queue, *(f"due{start + n}" for n in range(20)), overlap=2, priority=60, due=due)
        fill(queue, *(f"c{start + number}" for number in range(500)), overlap=2)
    queue.close()
    chance = random.Random(7)  # noqa: S311
    workers = [started(work_and_note, path, f"r{n}", n, notes) for n in range(8)]
    kills, ends = 0, time.monotonic() + 5
    while time.monotonic() < ends:
        time.sleep(chance.uniform(0.01, 0.06))
        place = chance.randrange(8)
        assert workers[place].is_alive(), "a worker ended by itself"
        kill(workers[place])
        kills += 1
        workers[place] = started(work_and_note, path, f"r{place}", 100 + kills, notes)
    for worker in workers:
        kill(worker)
    assert violations(path) == []
    queue = opened(path)
    sources = {record.resolution.source for record in queue.records() if record.resolution}
    assert "fallback" in sources
    stored = Counter(given.verdict.id for record in queue.records() for given in record.verdicts)
    queue.close()
    acknowledged = [line for line in notes.read_text("ascii").splitlines() if len(line) == 36]
    assert len(acknowledged) > kills > 20
    assert [one for one in acknowledged if stored[one] != 1] == []


def kill(worker: BaseProcess) -> None:
    worker.kill()
    worker.join()


POINTS = ["after BEGIN", "before COMMIT", "after COMMIT"]
CHANGES: dict[str, Callable[[SqliteQueue], object]] = {
    "admit": lambda queue: fill(queue, "c9"),
    "claim": lambda queue: queue.claim("carol", batch=2),
    "resume": lambda queue: queue.resume("alice"),
    "skip": lambda queue: queue.release("alice", token_of(queue), reason="skip"),
    "submit": lambda queue: queue.submit(verdict(queue.claim("dave")[0], "dave")),
    "undo": lambda queue: queue.undo("bob", queue.history("bob")[0].verdict.id),
    "deliver": lambda queue: queue.resolution("c2", deliver=True),
    "withdraw": lambda queue: queue.withdraw("lead", "c1"),
    "change": lambda queue: queue.change("lead", "c3", priority=90, pool="other"),
    "fallback": lambda queue: queue.tick(),
    "adjudicate": lambda queue: queue.adjudicate("lead", "d", "approve", cause="error"),
    "token": lambda queue: queue.create_token("reviewer", "alice"),
}


def token_of(queue: SqliteQueue) -> int:
    return queue.leases()[0].token


def die_at(path: Path, point: str, change: Callable[[SqliteQueue], object]) -> None:
    """Make the change, and be killed at the point of its last transaction."""
    queue = opened(path)
    store = queue._store

    def die(statement: str = "") -> None:
        wanted = "SELECT seq, hash FROM events" if point == "after BEGIN" else "COMMIT"
        if statement.startswith(wanted):
            os.kill(os.getpid(), signal.SIGKILL)

    if point == "after COMMIT":
        store._trim_log = lambda: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    else:
        store._conn.set_trace_callback(die)
    change(queue)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", CHANGES)
def test_killed_at_a_named_point_a_change_is_whole_or_not_at_all(
    tmp_path: Path, name: str, point: str
) -> None:
    path = tmp_path / "hitl.db"
    queue = opened(path)
    fill(queue, "c1", "c2", "c3", "c4")
    queue.claim("alice")
    queue.submit(verdict(queue.claim("bob")[0], "bob"))
    fill(queue, "d", overlap=2)
    for reviewer, decision in (("erin", "approve"), ("frank", "reject")):
        queue.submit(verdict(queue.claim(reviewer, case_id="d")[0], reviewer, decision))
    fill(queue, "overdue", due=utc_now())
    before = len(list(queue.trail()))
    worker = started(die_at, path, point, CHANGES[name])
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    grown = len(list(queue.trail())) - before
    assert (grown > 0) == (point == "after COMMIT")
    assert violations(path) == []
    fill(queue, "next")
    queue.close()


OPEN_AND_FILL = """
import sys
from pathlib import Path
from tests.queue.test_processes import opened
from tests.queue.world import fill
queue = opened(Path(sys.argv[1]))
fill(queue, sys.argv[2])
queue.close()
"""


def test_several_connections_of_one_process_share_the_file_with_other_processes(
    tmp_path: Path,
) -> None:
    path, root = tmp_path / "hitl.db", Path(__file__).parents[2]
    connections = [opened(path) for _ in range(3)]
    wanted = []
    for number in range(3):
        fill(connections[0], f"here{number}")
        # Not forked: a child of this process would inherit what SQLite knows of its locks.
        command = [sys.executable, "-c", OPEN_AND_FILL, path, f"there{number}"]
        subprocess.run(command, cwd=root, check=True)
        wanted += [f"here{number}", f"there{number}"]
        assert [record.case.id for record in connections[1].records()] == wanted
    for queue in connections:
        queue.close()
    assert violations(path) == []
