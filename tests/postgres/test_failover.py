"""The database crashes, comes back, or another takes over, under load: nothing confirmed is lost or doubled."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.postgres.queue import PostgresQueue, violations
from tests.postgres.cluster import Cluster
from tests.proof.clients import produce, review
from tests.queue.serving import Served
from tests.queue.world import fill, verdict

RECONNECTS_WITHIN_S = 5.0
BETWEEN = 60
"""Confirmed changes before the next blow."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as scope:
        yield scope


def cluster(stack: ExitStack, **options: Any) -> Cluster:
    made = Cluster(**options)
    stack.callback(made.remove)
    return made.start()


class Workers:
    """Reviewers in threads, each with a store of its own, who note what was confirmed."""

    def __init__(self, url: str, count: int) -> None:
        self.confirmed: list[str] = []
        self.errors: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(url, f"r{n}")) for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, url: str, name: str) -> None:
        try:
            queue = PostgresQueue(url, wait_s=30)
            while not self._stop.is_set():
                for claim in queue.claim(name):
                    given = verdict(claim, name)
                    queue.submit(given)
                    self.confirmed.append(given.id)
            queue.close()
        except BaseException as error:
            self.errors.append(error)
            raise

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def await_progress(count: Callable[[], int], by: int, within_s: float = 60) -> float:
    """Until so many more are confirmed; the seconds until the first of them."""
    began, before = time.monotonic(), count()
    first = None
    while count() < before + by:
        waited = time.monotonic() - began
        assert waited < within_s, "no progress"
        if first is None and count() > before:
            first = waited
        time.sleep(0.01)
    return 0.0 if first is None else first


def check(url: str, confirmed: list[str]) -> None:
    assert violations(url) == []
    queue = PostgresQueue(url)
    stored = Counter(one.verdict.id for record in queue.records() for one in record.verdicts)
    queue.close()
    assert [one for one in confirmed if stored[one] != 1] == []
    assert max(stored.values()) == 1


@pytest.mark.alone
def test_workers_on_a_database_that_crashes_and_comes_back(stack: ExitStack) -> None:
    primary = cluster(stack)
    url = primary.create("hitl")
    queue = PostgresQueue(url, create=True)
    fill(queue, *(f"c{n}" for n in range(3000)))
    queue.close()
    workers = Workers(url, 4)
    try:
        for _ in range(2):
            await_progress(lambda: len(workers.confirmed), BETWEEN)
            primary.kill()
            primary.start()
            waited = await_progress(lambda: len(workers.confirmed), BETWEEN)
            assert waited < RECONNECTS_WITHIN_S
    finally:
        workers.stop()
    assert workers.errors == []
    check(url, workers.confirmed)


@pytest.mark.alone
def test_workers_whose_primary_dies_and_whose_standby_takes_over(stack: ExitStack) -> None:
    primary = cluster(stack, settings=("fsync=off", "max_wal_senders=4"))
    url = primary.create("hitl")
    queue = PostgresQueue(url, create=True)
    fill(queue, *(f"c{n}" for n in range(3000)))
    queue.close()
    standby = cluster(stack, copy_of=primary)
    with primary.connect("postgres") as conn:
        # A commit is confirmed when the standby has it: only then may the primary die with it.
        conn.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        conn.execute("SELECT pg_reload_conf()")
        ends = time.monotonic() + 30
        while conn.execute("SELECT sync_state FROM pg_stat_replication").fetchall() != [("sync",)]:
            assert time.monotonic() < ends
            time.sleep(0.05)
    both = f"postgresql://hitl@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/hitl"
    workers = Workers(both, 4)
    try:
        await_progress(lambda: len(workers.confirmed), BETWEEN)
        primary.kill()
        standby.promote()
        waited = await_progress(lambda: len(workers.confirmed), BETWEEN)
        assert waited < RECONNECTS_WITHIN_S
    finally:
        workers.stop()
    assert workers.errors == []
    check(standby.url("hitl"), workers.confirmed)


@pytest.mark.alone
def test_two_servers_whose_database_crashes_and_comes_back(
    stack: ExitStack, tmp_path: Path
) -> None:
    primary = cluster(stack)
    url = primary.create("hitl")
    PostgresQueue(url, create=True).close()
    servers = [Served(url, None, wait_s=2.0) for _ in range(2)]
    for one in servers:
        stack.callback(one.close)
    stop = threading.Event()
    clients = []
    for n in range(6):
        served, name, notes = servers[n % 2], f"client{n}", tmp_path / f"client{n}"
        given: tuple[Any, ...] = (served.url, servers[0].token(name, "reviewer"), notes, stop)
        work: Callable[..., None] = review
        if n < 2:
            given = (served.url, servers[0].token(name, "producer"), name, notes, stop)
            work = produce
        clients.append(threading.Thread(target=work, args=given))

    def confirmed() -> list[str]:
        return [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]

    for client in clients:
        client.start()
    try:
        for _ in range(2):
            await_progress(lambda: len(confirmed()), BETWEEN)
            primary.kill()
            primary.start()
            waited = await_progress(lambda: len(confirmed()), BETWEEN)
            assert waited < RECONNECTS_WITHIN_S
    finally:
        stop.set()
        for client in clients:
            client.join(60)
    lines = confirmed()
    assert len(lines) == len(set(lines))
    check(url, [line.removeprefix("verdict ") for line in lines if line.startswith("verdict")])
    cases = Counter(record.case.id for record in servers[0].store.records())
    told = [line.removeprefix("case ") for line in lines if line.startswith("case")]
    assert [case for case in told if cases[case] != 1] == []
