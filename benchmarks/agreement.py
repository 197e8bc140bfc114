"""Budget: agreement over a million verdicts costs no more than one alpha elsewhere, and streams from SQLite."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import krippendorff
import numpy as np
from measure import (
    Cost,
    Row,
    Series,
    against,
    limit,
    note,
    plain,
    print_machine,
    print_table,
    timed,
)
from sklearn.metrics import cohen_kappa_score

from hitl_tui.queue.open import open_queue
from hitl_tui.stats.analysis import analyse
from hitl_tui.stats.dawid_skene import dawid_skene
from hitl_tui.stats.pairs import pair_matrix
from hitl_tui.stats.ratings import Ratings, from_codes

REVIEWERS, PER_ITEM = 50, 3
LABELS = ("approve", "reject", "edit", "unclear", "other")
HERE = Path(__file__).parent

CROWD_KIT = """
import json, sys, time
import numpy as np, pandas as pd
from crowdkit.aggregation import DawidSkene
table = np.load(sys.argv[1])
frame = pd.DataFrame({"task": table["item"], "worker": table["reviewer"], "label": table["label"]})
model = DawidSkene(n_iter=int(sys.argv[2]), tol=0)
start = time.process_time()
model.fit(frame)
print(json.dumps({"cpu": time.process_time() - start, "steps": len(model.loss_history_)}))
"""
"""Run by the interpreter of an environment that has crowd-kit, which is no dependency of ours."""


class World:
    """A million verdicts: items with a true label, reviewers who are right four times in five."""

    def __init__(self, verdicts: int) -> None:
        random = np.random.default_rng(1)
        items = -(-verdicts // PER_ITEM)
        truth = random.choice(len(LABELS), items, p=[0.4, 0.25, 0.2, 0.1, 0.05])
        chosen = np.argpartition(random.random((items, REVIEWERS)), PER_ITEM, axis=1)[:, :PER_ITEM]
        self.item = np.repeat(np.arange(items), PER_ITEM)[:verdicts]
        self.reviewer = chosen.ravel()[:verdicts].astype(np.int64)
        wrong = random.integers(0, len(LABELS), len(self.item))
        right = random.random(len(self.item)) < 0.8
        self.label = np.where(right, truth[self.item], wrong)
        self.people = tuple(f"reviewer-{n:02d}" for n in range(REVIEWERS))

    def ratings(self) -> Ratings:
        return from_codes(
            self.item,
            self.reviewer,
            self.label,
            reviewers=self.people,
            labels=LABELS,
            declared=LABELS,
        )

    def table(self) -> np.ndarray[Any, Any]:
        """Reviewers by items, NaN where nothing was given: what krippendorff takes."""
        table = np.full((REVIEWERS, int(self.item[-1]) + 1), np.nan)
        table[self.reviewer, self.item] = self.label
        return table


def peak(work: Callable[[], object]) -> float:
    """The most memory that `work` holds at once beyond what was there, in MB."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def pairs_of_sklearn(table: np.ndarray[Any, Any]) -> None:
    for a in range(REVIEWERS):
        for b in range(a + 1, REVIEWERS):
            both = ~(np.isnan(table[a]) | np.isnan(table[b]))
            cohen_kappa_score(table[a, both], table[b, both])


def fill(path: Path, world: World) -> None:
    """The verdicts straight into the tables of a queue: through the store it would take an hour."""
    open_queue(str(path), create=True).close()
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute("BEGIN")
    conn.execute("INSERT INTO pools VALUES ('general')")
    items = int(world.item[-1]) + 1
    conn.executemany(
        "INSERT INTO cases VALUES (?, ?, 'response', 2, 50, NULL, 'general', 'general', 3, 0, 4, 400,"
        " 0, NULL, NULL, NULL)",
        ((seq, f"case-{seq:07d}") for seq in range(1, items + 1)),
    )
    body = json.dumps({"rationale": "x" * 120, "active_ms": 41200, "client": "hitl/0.1"})
    columns = zip(world.item.tolist(), world.reviewer.tolist(), world.label.tolist(), strict=True)
    conn.executemany(
        "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, 1, 0, 0, ?, NULL, 2, NULL, ?)",
        (
            (
                n,
                f"01930000-0000-7000-8000-{n:012d}",
                item + 1,
                world.people[who],
                n,
                LABELS[label],
                n * 1_000_000,
                body,
            )
            for n, (item, who, label) in enumerate(columns, 1)
        ),
    )
    conn.execute("COMMIT")
    conn.close()


REPORT = """
import sys
from pathlib import Path
from hitl_tui.cli import main
code = main(["agreement", "--queue", sys.argv[1]])
held = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
Path(sys.argv[2]).write_text(held[0].split()[1])
sys.exit(code)
"""
"""`hitl agreement`, and the most memory it held: what wait4 says counts the program that started it too."""


def report_from(path: Path) -> tuple[Cost, float]:
    """`hitl agreement` as a program: its CPU and wall, and its largest resident size in MB."""
    held = path.parent / "held"
    command = [sys.executable, "-c", REPORT, str(path), str(held)]
    start = perf_counter()
    with (path.parent / "report.txt").open("wb") as printed:
        child = subprocess.Popen(command, stdout=printed, stderr=printed, cwd=path.parent)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (path.parent / "report.txt").read_text("utf-8")
    wall = perf_counter() - start
    return Cost(wall, used.ru_utime + used.ru_stime), int(held.read_text()) / 1024


def crowd_kit(python: str, world: World, home: Path, steps: int) -> dict[str, float]:
    place = home / "verdicts.npz"
    np.savez(place, item=world.item, reviewer=world.reviewer, label=world.label)
    done = subprocess.run(
        [python, "-c", CROWD_KIT, str(place), str(steps)],
        check=True,
        capture_output=True,
        text=True,
        cwd=home,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--crowd-kit", metavar="PYTHON", help="an interpreter that has crowd-kit")
    options = parser.parse_args()
    print_machine()
    world = World(options.verdicts)
    table, ratings = world.table(), world.ratings()
    everything = lambda: analyse(world.ratings())  # noqa: E731
    alpha = lambda: krippendorff.alpha(reliability_data=table, level_of_measurement="nominal")  # noqa: E731
    cohen_kappa_score([0, 1], [0, 1])
    analyse(world.ratings())
    costs: dict[str, list[Cost]] = {}
    for _ in range(options.rounds):
        costs.setdefault("alpha", []).append(timed(alpha))
        costs.setdefault("all", []).append(timed(everything))
        costs.setdefault("pairs", []).append(timed(lambda: pair_matrix(ratings)))
    costs["sklearn"] = [timed(lambda: pairs_of_sklearn(table)) for _ in range(2)]
    fits = []
    costs["em"] = [
        timed(
            lambda: fits.append(
                dawid_skene(
                    world.item,
                    world.reviewer,
                    world.label,
                    n_items=ratings.n_items,
                    n_reviewers=REVIEWERS,
                    q=len(LABELS),
                )
            )
        )
        for _ in range(3)
    ]
    series = {name: Series(found) for name, found in costs.items()}
    memory = {"alpha": peak(alpha), "all": peak(everything)}
    rows: list[Row] = [
        plain("one krippendorff.alpha (floor)", series["alpha"]),
        against("everything, 1,000 replicates", series["all"], series["alpha"], 1.0),
        limit("memory of everything / of that alpha", memory["all"] / memory["alpha"], "x", 0.5),
        note("memory of everything", f"{memory['all']:.0f} MB"),
        plain("1,225 pair kappas by sklearn (floor)", series["sklearn"]),
        against("the pair matrix", series["pairs"], series["sklearn"], 0.2),
        plain(f"Dawid-Skene, {fits[0].steps} steps of EM to rest", series["em"]),
    ]
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        if options.crowd_kit:
            other = crowd_kit(options.crowd_kit, world, home, fits[0].steps)
            floor = Series([Cost(other["cpu"], other["cpu"])])
            rows += [
                plain(f"crowd-kit's, {other['steps']:.0f} steps (floor)", floor),
                against("Dawid-Skene vs crowd-kit's", series["em"], floor, 0.125),
            ]
        path = home / "hitl.db"
        fill(path, world)
        runs = [report_from(path) for _ in range(3)]
        queue = Series([cost for cost, _ in runs])
        rows += [
            plain("hitl agreement, from a SQLite queue to the printed report", queue),
            limit("its CPU", queue.least, "s", 5.0),
            note("its largest resident size", f"{max(size for _, size in runs):.0f} MB"),
        ]
    print_table(f"Agreement, {options.verdicts:,} verdicts", rows)


if __name__ == "__main__":
    main()
