"""Many programs on one queue file at a human's pace: nobody waits long, and nothing goes wrong.

How long a claim takes is the machine's doing too: a slow moment of the disk makes it longer, never shorter. So
another day is worked when one was slow, and the best counts; that nothing goes wrong holds for each.
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
DAYS = 4


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


def worked(path: Path) -> list[Day]:
    """The days of all workers on a new file, each of whom ended well, and nothing of it is lost."""
    found = fork.SimpleQueue()
    count = SIZE.processes_on_one_file
    ready = fork.Barrier(count)
    queue = opened(path)
    loops = round(count * LOOPS_A_SECOND * (SIZE.seconds_on_one_file + 1))
    for start in range(0, loops, 500):
        fill(queue, *(f"c{number}" for number in range(start, min(start + 500, loops))))
    queue.close()
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
    queue = opened(path)
    assert queue.status().verdicts == sum(day.loops for day in days)
    queue.close()
    assert violations(path) == []
    return days


@pytest.mark.alone
def test_many_processes_on_one_file_all_get_their_work_done(tmp_path: Path) -> None:
    least = LOOPS_A_SECOND * SIZE.seconds_on_one_file - 1
    worst: list[float] = []
    for number in range(DAYS):
        days = worked(tmp_path / f"{number}.db")
        worst.append(max(day.worst_s for day in days))
        if worst[-1] <= SIZE.worst_claim_s and min(day.loops for day in days) >= least:
            return
    raise AssertionError(f"the worst claims took {worst} s")
