"""Processes on one queue file are killed at random moments: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections import Counter
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from hitl_tui.model.clock import utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import QueueError
from tests.proof.clients import Notes
from tests.proof.sizes import SIZE
from tests.queue.test_processes import opened
from tests.queue.world import fill, verdict

fork = multiprocessing.get_context("fork")
WORKERS = 8
LINE = len(new_id()) + 1
"""Bytes of a note."""
LEAST_WAITING = 200
"""So many cases are handed over when fewer than this wait, so that nobody is without work."""


def work_and_note(path: Path, name: str, seed: int, notes: Path) -> None:
    """Judge, undo, skip and escalate at random; note each verdict once `submit` has returned."""
    chance = random.Random(seed)  # noqa: S311
    noted = Notes(notes)
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
                noted.write(given.id)
                if chance.random() < 0.3:
                    queue.undo(name, given.id, lease_s=0.05)
            except QueueError as refused:
                assert refused.code in ("lease-lost", "undo-refused"), refused


def started(path: Path, place: int, seed: int, notes: Path) -> BaseProcess:
    worker = fork.Process(target=work_and_note, args=(path, f"r{place}", seed, notes))
    worker.start()
    return worker


def await_noted(notes: Path, count: int) -> None:
    """Wait for so many verdicts: on a slow machine workers would be killed before they do anything."""
    ends = time.monotonic() + 60
    while not notes.exists() or notes.stat().st_size < count * LINE:
        assert time.monotonic() < ends, "the workers make no progress"
        time.sleep(0.005)


def kill(worker: BaseProcess) -> None:
    assert worker.is_alive(), "a worker ended by itself"
    worker.kill()
    worker.join()


def test_kill_9_at_random_loses_no_acknowledged_case_or_verdict_and_breaks_nothing(
    tmp_path: Path,
) -> None:
    path, notes = tmp_path / "hitl.db", tmp_path / "notes"
    queue, chance = opened(path), random.Random(7)  # noqa: S311
    handed: list[str] = []

    def hand_over(count: int) -> None:
        due = utc_now() + timedelta(seconds=chance.uniform(0.2, 2))
        late = [f"due{len(handed) + n}" for n in range(count // 20)]
        fill(queue, *late, overlap=2, priority=60, due=due)
        plain = [f"c{len(handed) + n}" for n in range(count)]
        fill(queue, *plain, overlap=2)
        handed.extend(late + plain)

    hand_over(400)
    workers = [started(path, place, place, notes) for place in range(WORKERS)]
    kills, ends = 0, time.monotonic() + SIZE.kill_s
    while time.monotonic() < ends or kills < SIZE.least_kills:
        await_noted(notes, kills + 2)
        time.sleep(chance.uniform(0.01, 0.06))
        place = chance.randrange(WORKERS)
        kill(workers[place])
        kills += 1
        workers[place] = started(path, place, 100 + kills, notes)
        if kills % 5 == 0 and queue.status().pending < LEAST_WAITING:
            hand_over(LEAST_WAITING)
    for worker in workers:
        kill(worker)
    assert violations(path) == []
    records = list(queue.records())
    queue.close()
    assert Counter(record.case.id for record in records) == Counter(handed)
    assert "fallback" in {record.resolution.source for record in records if record.resolution}
    stored = Counter(given.verdict.id for record in records for given in record.verdicts)
    acknowledged = [line for line in notes.read_text("ascii").splitlines() if len(line) == 36]
    assert len(acknowledged) > kills >= SIZE.least_kills
    assert [one for one in acknowledged if stored[one] != 1] == []
