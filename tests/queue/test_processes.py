"""Many processes on one queue file: never more than the overlap, and nothing acknowledged is lost."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.audit.chain import decode_entry
from hitl_tui.model.clock import utc_now
from hitl_tui.queue.invariants import violations
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
