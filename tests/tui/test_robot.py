"""Random keys and resizes: no crash, no verdict that no key gave, none lost.

`HITL_ROBOT_KEYS=3400` presses 10,000 in three runs.
"""

from __future__ import annotations

import os
import random
from collections import Counter, deque

import pytest

from hitl_tui.tui.keymap import ACTIONS, key_name
from hitl_tui.tui.kinds import answer_to
from tests.tui.cases import ALL
from tests.tui.kinds import KINDS

KEYS = int(os.environ.get("HITL_ROBOT_KEYS", "240"))
SEEDS = range(1 if KEYS < 1000 else 3)
SIZES = [(80, 24), (120, 40), (200, 50), (60, 15), (59, 14), (100, 30), (160, 24), (40, 10)]
PRESSED = [
    *(key for action in ACTIONS if action.id != "quit" for key in action.keys),
    *"abcdehijklmnorstuvwxyz1234567890.?!+=/",
    *("a", "x", "1", "3", "space", "u", "ctrl+r") * 3,
    *["escape"] * 24,
    *("enter", "f2", "delete", "left", "space", "tab"),
]
NAMED = {"!": "exclamation_mark", "?": "question_mark", "/": "slash", "+": "plus", "=": "equals_sign",
         "[": "left_square_bracket", "]": "right_square_bracket", "{": "left_curly_bracket",
         "}": "right_curly_bracket", ".": "full_stop"}  # fmt: skip


def many_cases(count):
    """So many cases of every kind, with ids and priorities of their own."""
    some = [*ALL, *KINDS]
    return [{**some[n % len(some)], "id": f"c{n}", "priority": 500 - n % 400} for n in range(count)]


class Watcher:
    """Notes each key before it is pressed, and what the queue accepted because of it."""

    def __init__(self, bench):
        self.bench = bench
        self.looks = deque(maxlen=2)
        """The last key, and the one before: a panel closes a moment after its key."""
        self.cause = ()
        self.accepted = []
        self.undone = []
        desk = bench.review.desk
        submit, take_back, begin = desk._submit, desk._take_back, bench.review._start

        def begun(work):
            self.cause = tuple(self.looks)
            begin(work)

        def submitted(queue, verdict):
            receipt = submit(queue, verdict)
            self.accepted.append((verdict, self.cause))
            return receipt

        def taken(queue, done):
            claim = take_back(queue, done)
            self.undone.append(done.verdict_id)
            return claim

        desk._submit, desk._take_back, bench.review._start = submitted, taken, begun

    def look(self, key):
        """Note where the program stands when the key is pressed."""
        review = self.bench.review
        top = self.bench.app.screen
        kind = review.item.claim.case.kind if review.item else None
        self.looks.append((key_name(key), "over" if top is not review else review.mode, kind))


def given_by(verdict, key, mode, kind, keymap):
    """Whether this key, pressed in this mode on a case of this kind, gives this decision."""
    if mode in {"edit", "note", "search", "rationale"}:
        return (mode, key) in {("edit", "f2"), ("note", "f2"), ("note", "enter")}
    if mode == "menu":
        return key not in {"escape", "enter"} and len(key) == 1
    if mode == "over":
        return key == "enter"  # the palette: the action was chosen by its name
    action = keymap.get(key)
    if action is None:
        return False
    if action.id == "redo":
        return True
    answer = answer_to(kind, action.id)
    if answer is None or answer.asks or answer.writes:
        return False
    return answer.decision == verdict.decision or (
        answer.decision in {"first", "second"} and verdict.decision in {"a", "b"}
    )


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_is_pressed_only_deciding_keys_decide_and_nothing_is_lost(start, seed):
    chance = random.Random(seed)  # noqa: S311  (a robot, no secret)
    async with start(many_cases(max(120, KEYS // 3))) as bench:
        watcher = Watcher(bench)
        for _ in range(KEYS):
            if chance.random() < 0.03:
                await bench.pilot.resize_terminal(*chance.choice(SIZES))
            key = chance.choice(PRESSED)
            key = NAMED.get(key, key)
            watcher.look(key)
            await bench.pilot.press(key)
            if chance.random() < 0.4:
                await bench.until(lambda: not bench.review.busy)
        await bench.pilot.resize_terminal(120, 40)
        await bench.until(lambda: not bench.review.busy)
        assert not bench.app.crash
        stored = {
            one.verdict.id: one for record in bench.records().values() for one in record.verdicts
        }
    accepted = {verdict.id: verdict for verdict, _ in watcher.accepted}
    assert len(accepted) > KEYS // 60, "the robot has to decide something"
    assert set(stored) == set(accepted), "none lost, none invented"
    assert {one for one in stored if stored[one].undone_at} == set(watcher.undone) - {None}
    keymap = bench.review.keymap
    for verdict, cause in watcher.accepted:
        assert any(given_by(verdict, *look, keymap) for look in cause), (verdict.decision, cause)
    standing = Counter(one.verdict.case_id for one in stored.values() if not one.undone_at)
    assert max(standing.values()) == 1
