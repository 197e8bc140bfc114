"""Budget: 32 processes on one queue file at a human's pace, beside plain SQLite with its own waiting."""

from __future__ import annotations

import argparse
import multiprocessing
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

from measure import Row, limit, note, print_machine, print_table
from stock import make_queue, short_cases

from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.open import open_queue

PROCESSES = 32
LOOPS_A_SECOND = 5
SECONDS = 10.0

Work = Callable[[], None]
fork = multiprocessing.get_context("fork")


def judging(path: Path, name: str) -> tuple[Work, Work]:
    """A claim, and the verdict on it."""
    queue, claims = open_queue(str(path)), []

    def claim() -> None:
        claims.extend(queue.claim(name))

    def judge() -> None:
        claim = claims.pop()
        fields = {"case_id": claim.case.id, "reviewer": name, "lease": claim.token}
        queue.submit(Verdict.model_validate({"id": new_id(), "decision": "approve", **fields}))

    return claim, judge


def inserting(path: Path, name: str) -> tuple[Work, Work]:
    """The floor: a row committed and flushed to the disk, twice, as the two of `judging` are."""
    conn = sqlite3.connect(path, timeout=60, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body TEXT)")

    def insert() -> None:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO rows (body) VALUES (?)", (name * 20,))
        conn.execute("COMMIT")

    return insert, insert


def work(make: Any, path: Path, place: int, seconds: float, opened: Any, found: Any) -> None:
    """Loop at the pace; how long each first half took goes into `found`, in seconds."""
    first, second = make(path, f"r{place}")
    opened.wait()
    waits, next_loop = [], monotonic() + place / PROCESSES / LOOPS_A_SECOND
    ends = monotonic() + seconds
    while next_loop < ends:
        sleep(max(0.0, next_loop - monotonic()))
        next_loop += 1 / LOOPS_A_SECOND
        began = monotonic()
        first()
        waits.append(monotonic() - began)
        second()
    found.put(waits)


def run(make: Any, path: Path, seconds: float) -> list[float]:
    """The waits of all processes; RuntimeError when one of them failed."""
    opened, found = fork.Barrier(PROCESSES), fork.SimpleQueue()
    workers = [
        fork.Process(target=work, args=(make, path, place, seconds, opened, found))
        for place in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    waits = [wait for _ in workers for wait in found.get()]
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a process failed")
    return sorted(waits)


def figures(name: str, waits: list[float]) -> list[Row]:
    p99 = waits[int(len(waits) * 0.99)]
    return [
        note(f"{name}: median, 99th percentile", f"{median(waits) * 1e3:.1f}, {p99 * 1e3:.1f} ms"),
        note(f"{name}: loops", f"{len(waits):,}"),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    seconds = parser.parse_args().seconds
    print_machine()
    with tempfile.TemporaryDirectory() as directory:
        path, plain = Path(directory) / "hitl.db", Path(directory) / "plain.db"
        make_queue(path, short_cases(round(PROCESSES * LOOPS_A_SECOND * (seconds + 1))))
        inserting(plain, "floor")
        floor, ours = run(inserting, plain, seconds), run(judging, path, seconds)
        broken = violations(path)
    rows = [
        *figures("plain SQLite, a commit", floor),
        note("plain SQLite: the worst commit", f"{floor[-1] * 1e3:.0f} ms"),
        *figures("hitl, a claim", ours),
        limit("hitl: the worst claim", ours[-1], "s", 1.0),
        note("invariants broken", str(len(broken))),
    ]
    title = f"{PROCESSES} processes x {LOOPS_A_SECOND} loops a second on one file, {seconds:g} s"
    print_table(title, rows)


if __name__ == "__main__":
    main()
