"""Budget: `hitl ingest` of 50,000 cases of 1 KB, beside plain json.loads and executemany."""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import Cost, Series, against, limit, plain, print_machine, print_table, timed
from stock import QUICK, lines_of_1_kb
from terminal import HITL, environment, whole_run

from hitl_tui.queue.open import open_queue

CASES = 50_000


def floor(source: Path, target: Path) -> Cost:
    """Each line parsed and inserted into one table, in one transaction."""

    def work() -> None:
        conn = sqlite3.connect(target)
        conn.execute("CREATE TABLE cases (id TEXT PRIMARY KEY, body TEXT)")
        with source.open(encoding="utf-8") as file, conn:
            rows = ((json.loads(line)["id"], line) for line in file)
            conn.executemany("INSERT INTO cases VALUES (?, ?)", rows)
        conn.close()

    return timed(work)


def ingest(source: Path, target: Path, home: Path, count: int) -> Cost:
    """The whole command, from its start to its end."""
    config = home / "hitl.toml"
    command = (HITL, "--config", str(config), "ingest", str(source), "--queue", str(target))
    cost = whole_run(command, environment(home))
    queue = open_queue(str(target))
    assert queue.status().pending == count, "not every case is in the queue"
    queue.close()
    return cost


def fresh(home: Path, work: Callable[[Path], Cost]) -> Cost:
    """The cost of a piece of work on a database that did not exist before and is removed after."""
    with tempfile.TemporaryDirectory(dir=home) as directory:
        return work(Path(directory) / "queue.db")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count: int = options.cases
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        (home / "hitl.toml").write_text(QUICK, "utf-8")
        source = lines_of_1_kb(home / "cases.jsonl", count)
        size = source.stat().st_size / count
        plains, ours = [], []
        for _ in range(options.rounds):
            plains.append(fresh(home, lambda target: floor(source, target)))
            ours.append(fresh(home, lambda target: ingest(source, target, home, count)))
        base, series = Series(plains), Series(ours)
    print_table(
        f"hitl ingest of {count:,} cases of {size:,.0f} bytes, {options.rounds} rounds",
        [
            plain("json.loads and executemany (floor)", base),
            against("hitl ingest", series, base),
            limit("cases a second of CPU", count / series.cpu, "/s", 4000, 8000, ">="),
            limit("cases a second of wall time", count / series.wall, "/s", 4000, 8000, ">="),
        ],
    )


if __name__ == "__main__":
    main()
