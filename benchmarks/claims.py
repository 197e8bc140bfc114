"""Budget: a claim costs the same among a thousand and a million queued cases."""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import Cost, Series, against, note, plain, print_machine, print_table, timed
from stock import make_queue, short_cases

from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.open import open_queue
from hitl_tui.queue.protocol import Queue

FEW = 1_000
LOOPS_A_ROUND = 60


class Commits:
    """The floor of anything durable: one row inserted and committed, flushed to the disk."""

    def __init__(self, path: Path) -> None:
        self._conn = sqlite3.connect(path, isolation_level=None)
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)")

    def one(self) -> None:
        self._conn.execute("BEGIN IMMEDIATE")
        self._conn.execute("INSERT INTO rows (body) VALUES (?)", ("x" * 200,))
        self._conn.execute("COMMIT")

    def close(self) -> None:
        self._conn.close()


def loop(queue: Queue) -> tuple[Cost, Cost]:
    """The costs of a claim, and of the claim with the verdict on it."""
    claims = []
    claiming = timed(lambda: claims.extend(queue.claim("bench")))
    verdict = Verdict(
        id=new_id(),
        case_id=claims[0].case.id,
        reviewer="bench",
        decision="approve",
        lease=claims[0].token,
    )
    judging = timed(lambda: queue.submit(verdict))
    return claiming, Cost(claiming.wall + judging.wall, claiming.cpu + judging.cpu)


def rounds(count: int, floor: Callable[[], None], queues: dict[str, Queue]) -> dict[str, Series]:
    """The loops in turn, a few dozen of each a round."""
    costs: dict[str, list[Cost]] = {"floor": []}
    for _ in range(count):
        costs["floor"] += [timed(floor) for _ in range(LOOPS_A_ROUND)]
        for name, queue in queues.items():
            for _ in range(LOOPS_A_ROUND):
                claiming, whole = loop(queue)
                costs.setdefault(f"claim {name}", []).append(claiming)
                costs.setdefault(f"loop {name}", []).append(whole)
    return {name: Series(series) for name, series in costs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="in the large queue")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        few = open_queue(str(make_queue(home / "few" / "hitl.db", short_cases(FEW))))
        path = home / "many" / "hitl.db"
        making = timed(lambda: make_queue(path, short_cases(options.cases)))
        print(f"made a queue of {options.cases:,} cases in {making.wall:.0f} s", flush=True)
        many = open_queue(str(path))
        commits = Commits(home / "floor.db")
        found = rounds(options.rounds, commits.one, {"few": few, "many": many})
        for open_thing in (few, many, commits):
            open_thing.close()
    floor = found["floor"]
    many_words = f"{options.cases:,} queued"
    print_table(
        f"Claims, {options.rounds} rounds of {LOOPS_A_ROUND}",
        [
            plain("one row inserted and committed (floor)", floor),
            against(f"claim, {FEW:,} queued", found["claim few"], floor),
            against(f"claim, {many_words}", found["claim many"], floor),
            against(
                f"claim, {many_words} vs {FEW:,}",
                found["claim many"],
                found["claim few"],
                1.5,
                machine=floor,
            ),
            against(f"claim and verdict, {FEW:,} queued", found["loop few"], floor),
            against(f"claim and verdict, {many_words}", found["loop many"], floor),
            against(
                f"claim and verdict, {many_words} vs {FEW:,}",
                found["loop many"],
                found["loop few"],
                1.5,
                machine=floor,
            ),
            note(f"loops a second, {FEW:,} queued", f"{1 / found['loop few'].wall:,.0f} /s"),
            note(f"loops a second, {many_words}", f"{1 / found['loop many'].wall:,.0f} /s"),
        ],
    )


if __name__ == "__main__":
    main()
