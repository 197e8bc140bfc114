"""The server dies again and again under its clients: nothing confirmed is lost, nothing is doubled."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.client.served import Served
from tests.proof.clients import produce, review
from tests.proof.sizes import SIZE
from tests.queue.places import violations

fork = multiprocessing.get_context("fork")


def confirmed(notes: Path) -> list[str]:
    """The whole lines that the clients have written."""
    return [line for file in notes.iterdir() for line in file.read_text("ascii").splitlines(True)]


def await_confirmed(notes: Path, count: int, clients: list[BaseProcess]) -> None:
    ends = time.monotonic() + 60
    while len(confirmed(notes)) < count:
        assert time.monotonic() < ends, "the clients make no progress"
        assert all(one.is_alive() for one in clients), "a client ended by itself"
        time.sleep(0.02)


def test_a_server_killed_under_its_clients_loses_and_doubles_nothing(served: Served) -> None:
    notes = served.home / "notes"
    notes.mkdir()
    stop = fork.Event()
    clients: list[BaseProcess] = []
    for number in range(SIZE.clients):
        name, file = f"client{number}", notes / f"client{number}"
        if number % 4 == 0:
            given = (served.url, served.token("producer", name), name, file, stop)
            clients.append(fork.Process(target=produce, args=given, daemon=True))
        else:
            asked = (served.url, served.token("reviewer", name), file, stop)
            clients.append(fork.Process(target=review, args=asked, daemon=True))
    for one in clients:
        one.start()
    enough = (SIZE.server_kills + 1) * SIZE.acknowledged_between_kills
    try:
        served.start()
        for kill in range(1, SIZE.server_kills + 1):
            await_confirmed(notes, kill * SIZE.acknowledged_between_kills, clients)
            served.kill()
            served.start()
        await_confirmed(notes, enough, clients)
    finally:
        stop.set()
        for one in clients:
            one.join(30)
    assert [one.exitcode for one in clients] == [0] * SIZE.clients
    assert served.stop() == 0

    assert violations(served.path) == []
    queue = served.open()
    records = list(queue.records())
    queue.close()
    cases = Counter(f"case {record.case.id}\n" for record in records)
    verdicts = Counter(
        f"verdict {stored.verdict.id}\n" for record in records for stored in record.verdicts
    )
    lines = confirmed(notes)
    assert len(lines) == len(set(lines)) >= enough
    stored = cases + verdicts
    assert [line for line in lines if stored[line] != 1] == []
    judged_twice = [
        record.case.id
        for record in records
        if len({one.verdict.reviewer for one in record.verdicts}) != len(record.verdicts)
    ]
    assert judged_twice == []
