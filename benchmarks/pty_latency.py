"""Budget: key to paint in the workstation, on a real pseudo-terminal, and the memory it takes."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
)
from stock import long_case, make_queue, tag
from terminal import MINIMAL, Seen, Terminal, environment, review

from hitl_tui.queue.open import open_queue

DOCUMENTS = 16
SIZES = (4_000, 50_000, 500_000)
HUGE = 10_000_000
ANSWER, LONG_ANSWER = 12, 250
"""Sentences of an ordinary answer, and of one with hundreds of marks."""
DECIDING = {
    "120x40": (120, 40, ANSWER, 14.0),
    "80x24": (80, 24, ANSWER, 9.0),
    "120x40, long answers": (120, 40, LONG_ANSWER, 14.0),
    "80x24, long answers": (80, 24, LONG_ANSWER, 9.0),
}
"""Columns, lines, sentences of the answers, and the bar."""
RIGHT = "\x1b[C"


class Floor:
    """The minimal app, one key at a time."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._count = 0
        terminal.wait(lambda text: "0 keys" in text)

    def key(self) -> Cost:
        self._count += 1
        return self._terminal.press("x", lambda text: f"{self._count} keys" in text)


def shown(number: int) -> Seen:
    """Whether question, output and sources of a case have been painted."""
    words = [kind + tag(number) for kind in ("asked", "out", "src")]
    return lambda text: all(word in text for word in words)


@contextmanager
def floor_and(home: Path, **commands: Sequence[str]) -> Iterator[tuple[Floor, dict[str, Terminal]]]:
    """The minimal app and some workstations side by side, each with its first case painted."""
    with ExitStack() as stack:
        floor = Floor(stack.enter_context(Terminal(MINIMAL, environment(home))))
        terminals = {}
        for name, command in commands.items():
            terminals[name] = stack.enter_context(Terminal(command, environment(home)))
            terminals[name].wait(shown(0))
        yield floor, terminals
        for terminal in terminals.values():
            terminal.leave("q")


def queue_of(home: Path, name: str, size: int, count: int, length: int = LONG_ANSWER) -> Path:
    cases = (long_case(number, size, length) for number in range(count))
    return make_queue(home / name / "hitl.db", cases)


def another_case(home: Path, laps: int) -> None:
    """To the next case and the next: first with cases never shown, then around again."""
    names = {f"{size // 1000} KB": size for size in SIZES}
    queues = {name: queue_of(home, name, size, DOCUMENTS) for name, size in names.items()}
    commands = {name: review(queue, DOCUMENTS) for name, queue in queues.items()}
    first: dict[str, list[Cost]] = {name: [] for name in names}
    again: dict[str, list[Cost]] = {name: [] for name in names}
    keys: list[Cost] = []
    with floor_and(home, **commands) as (floor, terminals):
        floor.key()
        for step in range(1, DOCUMENTS * laps):
            keys.append(floor.key())
            for name, terminal in terminals.items():
                kept = first if step < DOCUMENTS else again
                kept[name].append(terminal.press(RIGHT, shown(step % DOCUMENTS)))
        memory = {name: terminal.resident_mb() for name, terminal in terminals.items()}
    floor_keys = Series(keys)
    rows = [plain("one key in a minimal app (floor)", floor_keys)]
    for what, costs in (("a new case", first), ("a case seen before", again)):
        series = {name: Series(costs[name]) for name in names}
        rows += [against(f"{what}, {n}", one, floor_keys, 8.0, 5.0) for n, one in series.items()]
        least, most = series["4 KB"], series["500 KB"]
        rows.append(against(f"{what}, 500 KB vs 4 KB", most, least, 1.3, machine=floor_keys))
    rows += [note(f"memory with {DOCUMENTS} seen, {n}", f"{mb:.0f} MB") for n, mb in memory.items()]
    print_table(f"Show another case (key to paint, 120x40, {DOCUMENTS} cases)", rows)


def scrolling(home: Path, steps: int) -> None:
    """One line down in the sources, from the top."""
    commands = {
        f"{size // 1000} KB": review(queue_of(home, f"scroll{size}", size, 2))
        for size in (SIZES[0], SIZES[-1])
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    keys: list[Cost] = []
    with floor_and(home, **commands) as (floor, terminals):
        for terminal in terminals.values():
            terminal.press("\t", lambda text: "Sources" in text)
            terminal.press("jg", lambda text: f"src{tag(0)}" in text)
        for _ in range(steps):
            keys.append(floor.key())
            for name, terminal in terminals.items():
                costs[name].append(terminal.press("j", lambda text: f"src{tag(0)}" in text))
    rows = [plain("one key in a minimal app (floor)", Series(keys))]
    rows += [
        against(f"one line down, {name}", Series(series), Series(keys), 6.0, 3.0)
        for name, series in costs.items()
    ]
    print_table("Scroll one line (120x40)", rows)


def deciding(home: Path, steps: int) -> None:
    """Approve, until the next case is painted; the verdict is on disk before that."""
    queues = {
        name: queue_of(home, f"decide{at}", SIZES[0], steps + 2, length)
        for at, (name, (_, _, length, _)) in enumerate(DECIDING.items())
    }
    costs: dict[str, list[Cost]] = {name: [] for name in DECIDING}
    keys: list[Cost] = []
    with floor_and(home) as (floor, _), ExitStack() as stack:
        terminals = {}
        for name, (columns, lines, _, _) in DECIDING.items():
            terminal = Terminal(
                review(queues[name]), environment(home), columns=columns, lines=lines
            )
            terminals[name] = stack.enter_context(terminal)
            terminal.wait(shown(0))
        for step in range(1, steps + 1):
            keys.append(floor.key())
            for name, terminal in terminals.items():
                costs[name].append(terminal.press("a", shown(step)))
        for terminal in terminals.values():
            terminal.leave("q")
    for name, queue in queues.items():
        store = open_queue(str(queue))
        assert store.status().verdicts == steps, f"{name}: not every verdict is in the queue"
        store.close()
    rows = [plain("one key in a minimal app (floor)", Series(keys))]
    rows += [
        against(f"approve, {name}", Series(costs[name]), Series(keys), bar, 8.0)
        for name, (_, _, _, bar) in DECIDING.items()
    ]
    print_table("Verdict committed and the next case painted (4 KB)", rows)


def large_cases(home: Path, repeats: int) -> None:
    """A case of 500 KB and one of 10 MB, each alone in its queue."""
    names = {"4 KB": SIZES[0], "500 KB": SIZES[-1], "10 MB": HUGE}
    queues = {name: queue_of(home, f"alone{size}", size, 1) for name, size in names.items()}
    starts: dict[str, list[Cost]] = {name: [] for name in names}
    keys: dict[str, list[Cost]] = {name: [] for name in names}
    memory: dict[str, float] = {}
    for _ in range(repeats):
        for name, queue in queues.items():
            with Terminal(review(queue), environment(home)) as terminal:
                starts[name].append(terminal.wait(shown(0)))
                terminal.settle()
                memory[name] = max(terminal.resident_mb(), memory.get(name, 0.0))
                for key in ("j", "]", "j", "]"):
                    keys[name].append(terminal.press(key, lambda text: f"out{tag(0)}" in text))
                terminal.leave("q")
    rows: list[Row] = []
    for name in names:
        rows.append(plain(f"start to paint, {name}", Series(starts[name])))
        rows.append(plain(f"one key (line, claim), {name}", Series(keys[name])))
        rows.append(note(f"memory, {name}", f"{memory[name]:.0f} MB"))
    more = Series(starts["10 MB"]).wall - Series(starts["4 KB"]).wall
    rows += [
        limit("memory, 500 KB", memory["500 KB"], "MB", 65, 55),
        limit("first paint, 10 MB over 4 KB", more, "s", 0.5),
        limit("key, 10 MB", Series(keys["10 MB"]).wall * 1000, "ms", 100),
        limit("memory, 10 MB", memory["10 MB"], "MB", 200),
    ]
    print_table("Large cases, each alone in its queue (120x40)", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laps", type=int, default=3, help="times around the cases, two at least")
    parser.add_argument("--steps", type=int, default=25, help="lines scrolled, verdicts given")
    options = parser.parse_args()
    if options.laps < 2:
        parser.error("--laps: on the first lap every case is new; two are the least")
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        another_case(home, options.laps)
        deciding(home, options.steps)
        scrolling(home, options.steps)
        large_cases(home, 3)


if __name__ == "__main__":
    main()
