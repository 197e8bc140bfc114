"""Budget: `hitl export` from a SQLite file, beside sqlite3 and json reading the same rows; its memory."""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from measure import Cost, Series, against, limit, note, plain, print_machine, print_table, timed
from stock import make_queue, short_cases
from terminal import HITL, environment, whole_run

from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.open import open_queue

NEIGHBOUR = 237
"""Rows a second that Label Studio 1.23 exported on one machine, from SQLite, when it was measured."""
JUDGED_AT_ONCE = 200
WATCH = (
    "import resource, subprocess, sys; "
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
FORMATS = ("jsonl", "verdicts", "sft", "kto")


def judged(path: Path, count: int) -> None:
    """Give the first `count` cases a verdict each: approved, rejected, edited in turn."""
    queue = open_queue(str(path))
    done = 0
    while done < count:
        claims = queue.claim("bench", batch=min(JUDGED_AT_ONCE, count - done))
        verdicts = [
            _verdict(done + at, claim.case.id, claim.token) for at, claim in enumerate(claims)
        ]
        _submit(queue, verdicts)
        done += len(claims)
    queue.close()


def _submit(queue: Any, verdicts: list[Verdict]) -> None:
    """Many verdicts in one commit, as a server does it."""
    queue.together([lambda tx, one=one: queue.operations.submit(tx, one) for one in verdicts])


def _verdict(number: int, case_id: str, token: int) -> Verdict:
    decision = ("approve", "reject", "edit")[number % 3]
    return Verdict.model_validate(
        {
            "id": new_id(),
            "case_id": case_id,
            "reviewer": "bench",
            "decision": decision,
            "labels": ["unsupported"] if decision == "reject" else [],
            "rationale": f"as the source says, number {number}",
            "edited_output": f"The corrected answer {number}." if decision == "edit" else None,
            "lease": token,
        }
    )


def floor(queue: Path, target: Path) -> Cost:
    """Each row read by sqlite3, parsed and written by json: one line a case, verdicts in it."""

    def rows(conn: sqlite3.Connection) -> Iterator[dict[str, Any]]:
        found = conn.execute(
            "SELECT b.body, c.state, v.body FROM cases c JOIN bodies b ON b.case_seq = c.seq"
            " LEFT JOIN verdicts v ON v.case_seq = c.seq ORDER BY c.seq"
        )
        for body, state, verdict in found:
            row = json.loads(body)
            row["state"], row["verdicts"] = state, [json.loads(verdict)] if verdict else []
            yield row

    def work() -> None:
        conn = sqlite3.connect(queue)
        with target.open("w", encoding="ascii") as file:
            for row in rows(conn):
                file.write(json.dumps(row) + "\n")
        conn.close()

    return timed(work)


def export(queue: Path, home: Path, format_: str) -> Cost:
    """The whole command, from its start to its end."""
    out = home / "out"
    command = (HITL, "export", format_, "--queue", str(queue), "--out", str(out), "--force")
    cost = whole_run(command, environment(home))
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["format"] == format_, "the export did not end well"
    return cost


def memory(queue: Path, home: Path) -> float:
    """The largest resident memory of an export, in MB, told by a small program that starts it.

    A program inherits the mark of whoever starts it, and this one has held a million cases.
    """
    out = str(home / "out")
    command = (HITL, "export", "jsonl", "--queue", str(queue), "--out", out, "--force")
    watched = [sys.executable, "-S", "-c", WATCH, *command]
    done = subprocess.run(watched, env=environment(home), check=True, capture_output=True)
    return int(done.stdout.split()[-1]) / 1024


def small_and_large(home: Path, few: int, many: int) -> list[Any]:
    """Rows of the table: the memory of `jsonl` with few cases and with many, and its speed with many."""
    rows = []
    for count in (few, many):
        path = make_queue(home / str(count) / "hitl.db", short_cases(count))
        rows.append(note(f"memory of jsonl, {count:,} cases", f"{memory(path, home):.0f} MB"))
        if count == many:
            cost = export(path, home, "jsonl")
            for name, seconds in (("CPU", cost.cpu), ("wall time", cost.wall)):
                words = f"jsonl, {count:,} cases: a second of {name}"
                rows.append(limit(words, many / seconds, "/s", 30_000, want=">="))
        path.unlink()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument(
        "--many", type=int, default=1_000_000, help="for the memory; 0 leaves it out"
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count: int = options.cases
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        large = small_and_large(home, 1_000, options.many) if options.many else []
        path = make_queue(home / "hitl.db", islice(short_cases(count), count))
        judged(path, count)
        costs: dict[str, list[Cost]] = {"floor": [], **{name: [] for name in FORMATS}}
        for _ in range(options.rounds):
            costs["floor"].append(floor(path, home / "floor.jsonl"))
            for name in FORMATS:
                costs[name].append(export(path, home, name))
    series = {name: Series(found) for name, found in costs.items()}
    base, ours = series["floor"], series["jsonl"]
    print_table(
        f"hitl export of {count:,} cases with a verdict each, {options.rounds} rounds",
        [
            plain("sqlite3 and json (floor)", base),
            *(against(f"hitl export {name}", series[name], base) for name in FORMATS),
            limit(
                "jsonl: cases a second of CPU",
                count / ours.cpu,
                "/s",
                30_000,
                want=">=",
                machine=base,
            ),
            limit(
                "jsonl: cases a second of wall time",
                count / ours.wall,
                "/s",
                30_000,
                want=">=",
                machine=base,
            ),
            note(
                "jsonl over the neighbour's rows a second", f"{count / ours.wall / NEIGHBOUR:.0f}x"
            ),
            *large,
        ],
    )


if __name__ == "__main__":
    main()
