"""The proofs of tests/proof on PostgreSQL: a race, killed servers and workers, programs beside a server."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hitl_tui.queue.postgres.queue import PostgresQueue, violations
from hitl_tui.queue.protocol import QueueError
from tests.client.served import Served
from tests.proof import test_beside_the_server, test_race, test_server_killed
from tests.proof.clients import Notes
from tests.proof.sizes import LONG, SIZE
from tests.queue.world import fill, verdict

WORKERS = 4
KILLS = 200 if LONG else 25
SHORTER = (
    SIZE
    if LONG
    else replace(SIZE, races=40, clients=8, server_kills=2, acknowledged_between_kills=60)
)
"""The rounds of every run: each costs several times what it costs on a file."""

processes = multiprocessing.get_context("forkserver")


@pytest.fixture
def served(url: str, tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path, url)
    yield found
    found.close()


async def test_a_race_for_one_case(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_race, "SIZE", SHORTER)
    await test_race.test_of_all_who_claim_one_case_of_overlap_2_exactly_two_get_it(served)


def test_a_server_that_is_killed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_server_killed, "SIZE", SHORTER)
    test_server_killed.test_a_server_killed_under_its_clients_loses_and_doubles_nothing(served)


def test_programs_beside_a_server(served: Served) -> None:
    test_beside_the_server.test_programs_that_come_and_go_take_nothing_from_the_server(served)


def work_and_note(url: str, name: str, seed: int, notes: Path) -> None:
    """Judge, undo, skip and escalate at random; note each verdict once `submit` has returned."""
    chance, noted, queue = random.Random(seed), Notes(notes), PostgresQueue(url)  # noqa: S311
    while True:
        for claim in queue.claim(name, batch=2, lease_s=chance.choice([0.05, 0.3, 60])):
            given = verdict(claim, name, chance.choice(["approve", "reject", "escalate"]))
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


def test_workers_killed_at_random(url: str, tmp_path: Path) -> None:
    notes, chance, queue = tmp_path / "notes", random.Random(7), PostgresQueue(url)  # noqa: S311
    processes.set_forkserver_preload(["tests.postgres.test_proofs"])
    due = datetime.now(UTC) + timedelta(seconds=2)
    fill(queue, *(f"due{n}" for n in range(20)), overlap=2, priority=60, due=due)
    fill(queue, *(f"c{n}" for n in range(2000)), overlap=2)

    def started(place: int, seed: int) -> multiprocessing.process.BaseProcess:
        given = (url, f"r{place}", seed, notes)
        worker = processes.Process(target=work_and_note, args=given, daemon=True)
        worker.start()
        return worker

    def noted() -> int:
        return len(notes.read_text("ascii").splitlines()) if notes.exists() else 0

    workers = [started(place, place) for place in range(WORKERS)]
    for number in range(KILLS):
        before, ends = noted(), time.monotonic() + 60
        while noted() == before:
            assert time.monotonic() < ends, "nobody works"
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.03))
        place = chance.randrange(WORKERS)
        assert workers[place].is_alive(), "a worker ended by itself"
        workers[place].kill()
        workers[place].join()
        workers[place] = started(place, 100 + number)
    for worker in workers:
        worker.kill()
        worker.join()
    while datetime.now(UTC) < due:
        time.sleep(0.05)
    queue.tick()
    assert violations(url) == []
    records = list(queue.records())
    queue.close()
    assert len(records) == len({record.case.id for record in records}) == 2020
    stored = Counter(given.verdict.id for record in records for given in record.verdicts)
    acknowledged = [line for line in notes.read_text("ascii").splitlines() if len(line) == 36]
    assert len(acknowledged) >= KILLS
    assert [one for one in acknowledged if stored[one] != 1] == []
