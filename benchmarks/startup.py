"""Budget: from `hitl review` to the first case on the screen, few or a million cases queued; `hitl --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from measure import Cost, Series, against, plain, print_machine, print_table, timed
from stock import make_queue, short_cases, tag
from terminal import HITL, MINIMAL, Seen, Terminal, environment, review, whole_run

FEW = 25
BARE = (sys.executable, "-c", "pass")
HELP = (HITL, "--help")


MARKED = "no claim stands out"
"""What is said of the first case once it has been compared with its sources."""

PEERS = {"posting": "Collection", "harlequin": "Data Catalog"}
"""Neighbours, each in an environment of its own, and what stands on their first screen."""


def first_paint(command: Sequence[str], home: Path, seen: Seen, leave: str = "q") -> Cost:
    """What it takes from the start until `seen` is painted; then the keys that leave, or its end."""
    with Terminal(command, environment(home)) as terminal:
        cost = terminal.wait(seen)
        if leave:
            terminal.leave(leave)
    return cost


def rounds(count: int, works: Mapping[str, Callable[[], Cost]]) -> dict[str, Series]:
    """Each work once a round, in turn, after a first round that only warms the caches."""
    for work in works.values():
        work()
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(count):
        for name, work in works.items():
            costs[name].append(work())
    return {name: Series(series) for name, series in costs.items()}


def workstation(home: Path, cases: int, count: int, peers: Mapping[str, str]) -> None:
    small = make_queue(home / "small" / "hitl.db", short_cases(FEW))
    large = home / "large" / "hitl.db"
    making = timed(lambda: make_queue(large, short_cases(cases)))
    print(f"made a queue of {cases:,} cases in {making.wall:.0f} s", flush=True)

    def case_seen(text: str) -> bool:
        return f"asked{tag(0)}" in text

    found = rounds(
        count,
        {
            "minimal": lambda: first_paint(MINIMAL, home, lambda text: "0 keys" in text),
            "small": lambda: first_paint(review(small), home, case_seen),
            "large": lambda: first_paint(review(large), home, case_seen),
            "marked": lambda: first_paint(review(large), home, lambda text: MARKED in text),
            **{name: partial(peer, name, command, home) for name, command in peers.items()},
        },
    )
    floor = found["minimal"]
    print_table(
        f"Start to first useful paint, {count} rounds",
        [
            plain("minimal Textual app (floor)", floor),
            against(f"hitl review, {FEW} cases", found["small"], floor, 2.0, 1.5),
            against(f"hitl review, {cases:,} cases", found["large"], floor, 2.0, 1.5),
            plain("the same until its claims are marked", found["marked"]),
            *(plain(name, found[name]) for name in peers),
            *(
                against(f"hitl review over {name}", found["large"], found[name], 0.5, 0.4)
                for name in peers
            ),
        ],
    )


def peer(name: str, command: str, home: Path) -> Cost:
    """The first paint of a neighbour."""
    return first_paint([command], home, lambda text: PEERS[name] in text, "")


def help_text(home: Path, count: int) -> None:
    around = environment(home)
    found = rounds(
        count,
        {"bare": lambda: whole_run(BARE, around), "help": lambda: whole_run(HELP, around)},
    )
    print_table(
        f"hitl --help, {count} rounds",
        [
            plain("python -c pass (floor)", found["bare"]),
            against("hitl --help", found["help"], found["bare"], 8.0, 4.0),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="in the large queue")
    parser.add_argument("--rounds", type=int, default=9)
    for name in PEERS:
        parser.add_argument(f"--{name}", help=f"the program {name}, in its own environment")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        help_text(home, options.rounds)
        peers = {name: getattr(options, name) for name in PEERS if getattr(options, name)}
        workstation(home, options.cases, options.rounds, peers)


if __name__ == "__main__":
    main()
