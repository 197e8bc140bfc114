"""A damaged file or a full disk: a plain refusal, never another error, and what was acknowledged is there."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import QueueError, Unreachable
from hitl_tui.queue.sqlite import SqliteQueue
from tests.proof.sizes import SIZE
from tests.queue.test_opening import no_file_beyond
from tests.queue.test_processes import opened
from tests.queue.world import fill, verdict

Use = Callable[[SqliteQueue], object]
USES: tuple[Use, ...] = (
    lambda queue: queue.status(),
    lambda queue: queue.holders(),
    lambda queue: list(queue.records()),
    lambda queue: queue.listing(),
    lambda queue: queue.history("alice"),
    lambda queue: queue.resume("alice"),
    lambda queue: queue.claim("bob", batch=3),
    lambda queue: fill(queue, "new"),
    lambda queue: queue.submit(verdict(queue.claim("carl")[0], "carl")),
    lambda queue: queue.tick(),
    lambda queue: queue.verify(),
)


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    """A file of a few hundred pages, with work of every kind, and its log beside it."""
    path = tmp_path / "worked.db"
    queue = opened(path)
    fill(queue, *(f"c{number}" for number in range(150)), overlap=2)
    for name in ("alice", "bob"):
        for claim in queue.claim(name, batch=20):
            queue.submit(verdict(claim, name, rationale="because"))
        queue.claim(name, batch=5)
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", tmp_path / f"copy.db{suffix}")
    queue.close()
    return tmp_path / "copy.db"


def use(path: Path) -> list[str]:
    """Do everything with a file; the refusals, each a sentence. Any other error is one too many."""
    told: list[str] = []
    for act in (*USES, None):
        try:
            if act is None:
                told += violations(path)
                continue
            queue = SqliteQueue(path, clock=utc_now, wait_s=1)
            try:
                act(queue)
            finally:
                with suppress(QueueError):
                    queue.close()
        except QueueError as refused:
            told.append(str(refused))
    return told


def test_flipped_bytes_are_refused_in_plain_words_or_found(worked: Path, tmp_path: Path) -> None:
    told = 0
    whole = opened(worked)
    whole.close()
    for seed in range(SIZE.damages):
        chance = random.Random(seed)  # noqa: S311
        path = tmp_path / f"flipped{seed}.db"
        raw = bytearray(worked.read_bytes())
        for _ in range(chance.randint(1, 40)):
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        path.write_bytes(raw)
        told += bool(use(path))
    assert told > SIZE.damages // 2


def test_a_log_that_was_cut_is_a_shorter_queue_and_the_noted_head_tells(
    worked: Path, tmp_path: Path
) -> None:
    log = worked.with_name("copy.db-wal").read_bytes()
    shutil.copy(worked, tmp_path / "head.db")
    shutil.copy(f"{worked}-wal", tmp_path / "head.db-wal")
    whole = opened(tmp_path / "head.db")
    head, length = list(whole.trail())[-1].hash, len(list(whole.trail()))
    whole.close()
    for seed in range(SIZE.damages):
        chance = random.Random(seed)  # noqa: S311
        path = tmp_path / f"cut{seed}.db"
        shutil.copy(worked, path)
        path.with_name(f"{path.name}-wal").write_bytes(log[: chance.randrange(len(log))])
        try:
            queue = SqliteQueue(path, clock=utc_now)
        except Unreachable:
            continue
        there = len(list(queue.trail()))
        audit = queue.verify(head)
        queue.close()
        assert violations(path) == []
        assert (audit.chain.fault is None) == (there == length)


def test_a_disk_that_is_full_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "hitl.db"
    queue = opened(path)
    fill(queue, "first")
    acknowledged: list[str] = []
    refused = 0
    for seed in range(SIZE.damages):
        chance = random.Random(seed)  # noqa: S311
        log = path.with_name("hitl.db-wal")
        room = max(path.stat().st_size, log.stat().st_size) + chance.randint(1, 60_000)
        with no_file_beyond(room), suppress(Unreachable):
            for number in range(20):
                refused += 1
                fill(queue, f"c{seed}-{number}")
                (claim,) = queue.claim("alice")
                given = verdict(claim, "alice")
                queue.submit(given)
                acknowledged.append(given.id)
                refused -= 1
        for lease in queue.leases():
            queue.release("alice", lease.token, reason="quit")
    assert refused > 0
    stored = [one.verdict.id for record in queue.records() for one in record.verdicts]
    queue.close()
    assert sorted(stored) == sorted(acknowledged)
    assert violations(path) == []
