"""kill -9 at the worst moments, and two terminals on one queue: nothing accepted is lost or doubled."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.open import open_queue
from tests.pty.terminal import Terminal, exported, fill, words_of

DIES_AT_A_COMMIT = """
import os, signal, sys
from hitl_tui.cli import main
from hitl_tui.queue import store

moment, last = sys.argv[1], int(sys.argv[2])
commits = 0

class Mortal(store.SqliteDatabase):
    def execute(self, sql, *values):
        global commits
        if sql != "COMMIT":
            return super().execute(sql, *values)
        commits += 1
        if commits == last and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = super().execute(sql, *values)
        if commits == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

store.SqliteDatabase = Mortal
sys.exit(main(sys.argv[3:]))
"""
"""The program, killed by itself `before` or `after` its n-th commit, as no other process could time it."""

SECOND_DECISION = 4
"""Its commit, after those of resuming, of claiming and of the first decision."""

NOTHING = "Nothing is waiting for you"

DECISIONS = {
    "approve": [("approve", [])],
    "reject": [("reject", ["unsupported"])],
    "edit": [("edit", [])],
    "escalate": [("escalate", [])],
    "skip": [],
}
"""What stands of a case after the decision."""


def cases(count: int, **fields: Any) -> list[dict[str, Any]]:
    """c1, c2, ... in the order in which they are offered."""
    return [
        {"id": f"c{n}", "output": f"Answer {n}.", "priority": 100 - n, "review_within": "1h"}
        | fields
        for n in range(1, count + 1)
    ]


def standing(home: Path) -> dict[str, list[tuple[str, list[str]]]]:
    """Standing decisions with their labels, by case, as they are on disk."""
    with closing(open_queue(str(home / "hitl.db"))) as queue:
        return {
            record.case.id: [
                (stored.verdict.decision, list(stored.verdict.labels))
                for stored in record.verdicts
                if stored.undone_at is None
            ]
            for record in queue.records()
        }


def held(home: Path) -> set[tuple[str, str]]:
    """Who holds which case."""
    with closing(open_queue(str(home / "hitl.db"))) as queue:
        return {(lease.reviewer, lease.case_id) for lease in queue.leases()}


def decide(terminal: Terminal, decision: str) -> None:
    """Press what makes the decision."""
    if decision == "reject":
        terminal.press("x")
        terminal.until_shows("reject, because")
        terminal.press("1")
    elif decision == "edit":
        terminal.press("e")
        terminal.until_shows("save and decide")
        terminal.press("Zebra ")
        terminal.until_shows("Zebra")
        terminal.press("F2")
    else:
        terminal.press({"approve": "a", "escalate": "!", "skip": "space", "undo": "u"}[decision])


def dies(home: Path, moment: str, decision: str) -> None:
    """Approve c1, then die before or after the commit of the next thing."""
    program = (sys.executable, "-c", DIES_AT_A_COMMIT, moment, str(SECOND_DECISION))
    with Terminal(home, "review", program=program) as terminal:
        terminal.until_shows("Answer 1.")
        terminal.press("a")
        terminal.until_shows("approved c1 ")
        terminal.until_shows("Answer 2.")
        decide(terminal, decision)
        assert terminal.end() == -9
        assert "c2" not in words_of(terminal.sent)


@pytest.mark.parametrize("decision", ["approve", "edit", "skip"])
def test_killed_before_the_commit_the_case_is_offered_again(tmp_path: Path, decision: str) -> None:
    fill(tmp_path, cases(4))
    dies(tmp_path, "before", decision)
    assert standing(tmp_path) == {"c1": [("approve", [])], "c2": [], "c3": [], "c4": []}
    assert violations(tmp_path / "hitl.db") == []
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("Answer 2.")
        terminal.press("a")
        terminal.until_shows("approved c2 ")
    once = [("approve", [])]
    assert standing(tmp_path) == {"c1": once, "c2": once, "c3": [], "c4": []}
    assert violations(tmp_path / "hitl.db") == []


@pytest.mark.parametrize("decision", sorted(DECISIONS))
def test_killed_after_the_commit_the_decision_stands_exactly_once(
    tmp_path: Path, decision: str
) -> None:
    fill(tmp_path, cases(4))
    dies(tmp_path, "after", decision)
    once, decided = [("approve", [])], DECISIONS[decision]
    assert standing(tmp_path) == {"c1": once, "c2": decided, "c3": [], "c4": []}
    assert violations(tmp_path / "hitl.db") == []
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("Answer 3.")
        terminal.press("a")
        terminal.until_shows("approved c3 ")
    assert standing(tmp_path) == {"c1": once, "c2": decided, "c3": once, "c4": []}
    assert violations(tmp_path / "hitl.db") == []


@pytest.mark.parametrize(
    ("moment", "stands", "at_hand"),
    [("before", [("approve", [])], ["c2", "c3", "c4"]), ("after", [], ["c1", "c2", "c3", "c4"])],
    ids=["before", "after"],
)
def test_an_undo_that_was_killed_happened_whole_or_not_at_all(
    tmp_path: Path, moment: str, stands: list[Any], at_hand: list[str]
) -> None:
    fill(tmp_path, cases(4))
    dies(tmp_path, moment, "undo")
    assert standing(tmp_path) == {"c1": stands, "c2": [], "c3": [], "c4": []}
    assert violations(tmp_path / "hitl.db") == []
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows(f" 1/{len(at_hand)} ")
    assert held(tmp_path) == {("alice", name) for name in at_hand}


def test_what_was_typed_a_second_ago_is_there_after_a_kill(tmp_path: Path) -> None:
    fill(tmp_path, cases(2))
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("Answer 1.")
        terminal.press("i")
        terminal.until_shows("keep the rationale")
        terminal.press("Because of the date.", "enter")
        terminal.until_shows("i Because of the date.")
        terminal.press("e")
        terminal.until_shows("save and decide")
        terminal.press("Zebra ")
        terminal.until_shows("Zebra")
        terminal.until_a_second_passed()
        terminal.kill()
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("a draft of your edit is here")
        terminal.press("e")
        terminal.until_shows("Zebra Answer 1.")
        terminal.press("F2")
        terminal.until_shows("edited c1 ")
    [verdict] = exported(tmp_path, "d")["c1"]["verdicts"]
    assert verdict["edited_output"] == "Zebra Answer 1."
    assert verdict["rationale"] == "Because of the date."


def test_after_a_kill_the_same_cases_are_back_at_once(tmp_path: Path) -> None:
    fill(tmp_path, cases(6))
    with Terminal(tmp_path, "review", "--batch", 3) as terminal:
        terminal.until_shows("Answer 1.")
        terminal.kill()
    mine = {("alice", "c1"), ("alice", "c2"), ("alice", "c3")}
    assert held(tmp_path) == mine
    with Terminal(tmp_path, "review", "--batch", 3, "--reviewer", "bob") as terminal:
        terminal.until_shows("Answer 4.")
    with Terminal(tmp_path, "review", "--batch", 3) as terminal:
        terminal.until_shows("Answer 1.")
        assert held(tmp_path) == mine | {("bob", "c4"), ("bob", "c5"), ("bob", "c6")}


def approve_until_nothing_is_left(terminals: Sequence[Terminal]) -> None:
    """Press `a` in all terminals at once, again and again, until none has a case."""
    for terminal in terminals:
        terminal.until(lambda one=terminal: at_hand(one) is not None, "a case")
    while sitting := {one: answer for one in terminals if (answer := at_hand(one)) != NOTHING}:
        for one in sitting:
            one.press("a")
        for one, last in sitting.items():
            one.until(lambda one=one, last=last: at_hand(one) not in (last, None), "the next case")


def at_hand(terminal: Terminal) -> str | None:
    """The case on the screen, that there is none, or None while the screen is being drawn."""
    match = re.search(rf"Answer \d+\.|{NOTHING}", terminal.screen)
    return match[0] if match else None


@pytest.mark.parametrize(
    ("overlap", "names"),
    [(1, ("alice", "bob")), (2, ("alice", "bob")), (2, ("alice", "alice"))],
    ids=["one verdict", "two verdicts", "one person twice"],
)
def test_two_terminals_never_give_more_verdicts_than_the_overlap(
    tmp_path: Path, overlap: int, names: tuple[str, str]
) -> None:
    fill(tmp_path, cases(9, overlap=overlap))
    people = [("review", "--batch", 2, "--reviewer", name) for name in names]
    with Terminal(tmp_path, *people[0]) as one:
        one.until_shows("Answer 1.")
        with Terminal(tmp_path, *people[1]) as two:
            approve_until_nothing_is_left([one, two])
            for terminal in (one, two):
                terminal.press("q")
                assert terminal.end() == 0
    given = Counter(
        (name, verdict["reviewer"])
        for name, row in exported(tmp_path, "d").items()
        for verdict in row["verdicts"]
    )
    people_a_case = min(overlap, len(set(names)))
    assert set(given.values()) == {1}
    assert Counter(name for name, _ in given) == {f"c{n}": people_a_case for n in range(1, 10)}
    assert violations(tmp_path / "hitl.db") == []
