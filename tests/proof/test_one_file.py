"""Many programs on one queue file at a human's pace: nobody waits long, and nothing goes wrong.

How long a claim takes is the machine's doing too. So one program alone is timed before and after: a machine on
which the work of all does not fit into the time, because others use it, is allowed as much more time as it
lacks.
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.invariants import violations
from tests.proof.sizes import SIZE
from tests.queue.test_processes import opened
from tests.queue.world import fill, verdict

fork = multiprocessing.get_context("fork")
LOOPS_A_SECOND = 5
ALONE = 40
"""Cases that one program judges while it is timed."""


@dataclass(frozen=True, slots=True)
class Day:
    """How many cases a worker judged, and the longest that it waited for a claim."""

    loops: int
    worst_s: float


def work(path: Path, name: str, place: float, ready: Any, found: Any) -> None:
    """Claim and judge at this pace once all are ready; how it went is put into `found`."""
    queue, loops, worst = opened(path), 0, 0.0
    ready.wait()
    next_loop = time.monotonic() + place / LOOPS_A_SECOND
    ends = time.monotonic() + SIZE.seconds_on_one_file
    while next_loop < ends:
        time.sleep(max(0.0, next_loop - time.monotonic()))
        next_loop += 1 / LOOPS_A_SECOND
        began = time.monotonic()
        (claim,) = queue.claim(name)
        worst = max(worst, time.monotonic() - began)
        queue.submit(verdict(claim, name))
        loops += 1
    queue.close()
    found.put(Day(loops, worst))


def alone_s(path: Path) -> float:
    """The seconds that a claim and its verdict take when nobody else is at work."""
    queue = opened(path)
    began = time.monotonic()
    for _ in range(ALONE):
        (claim,) = queue.claim("alone")
        queue.submit(verdict(claim, "alone"))
    spent = time.monotonic() - began
    queue.close()
    return spent / ALONE


def worked(path: Path) -> tuple[list[Day], float]:
    """The days of all workers on a new file, each of whom ended well, and nothing of it is lost.

    With it how many times the seconds that there are their work would take, one after the other.
    """
    found = fork.SimpleQueue()
    count = SIZE.processes_on_one_file
    ready = fork.Barrier(count)
    queue = opened(path)
    loops = round(count * LOOPS_A_SECOND * (SIZE.seconds_on_one_file + 1)) + 2 * ALONE
    for start in range(0, loops, 500):
        fill(queue, *(f"c{number}" for number in range(start, min(start + 500, loops))))
    queue.close()
    before = alone_s(path)
    workers = [
        fork.Process(target=work, args=(path, f"r{number}", number / count, ready, found))
        for number in range(count)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SIZE.seconds_on_one_file + 60)
    assert [worker.exitcode for worker in workers] == [0] * count
    days = [found.get() for _ in workers]
    load = count * LOOPS_A_SECOND * max(before, alone_s(path))
    queue = opened(path)
    assert queue.status().verdicts == sum(day.loops for day in days) + 2 * ALONE
    queue.close()
    assert violations(path) == []
    return days, load


@pytest.mark.alone
def test_many_processes_on_one_file_all_get_their_work_done(tmp_path: Path) -> None:
    least = LOOPS_A_SECOND * SIZE.seconds_on_one_file - 1
    days, load = worked(tmp_path / "one.db")
    allowed = max(1.0, load)
    assert max(day.worst_s for day in days) <= SIZE.worst_claim_s * allowed
    assert min(day.loops for day in days) * allowed >= least
