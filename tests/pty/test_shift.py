"""A robot works a shift at the real program: what it decided is what stands in the queue, and nothing else.

Seeded. It reads the screen as a person does, opens panels, searches, resizes, and now and then the program
is killed under it. `HITL_SHIFT_CASES=1000` is a long shift.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.pty.terminal import Terminal, exported, fill

CASES = int(os.environ.get("HITL_SHIFT_CASES", "200"))
SEED = int(os.environ.get("HITL_SHIFT_SEED", "1"))
SIZES = [(120, 40), (80, 24), (100, 30), (140, 45)]
KINDS = ("response", "preference", "demonstration", "redteam", "critique", "action")
PANELS = {
    "h": "Guideline", "?": "All keys", "b": "The cases at hand", "O": "The queue", "D": "My day",
    "H": "My latest verdicts", "\x10": "Do what?",
}  # fmt: skip
"""Key -> what the panel is called that it opens."""
LOOKS = ("j", "k", "]", "[", "}", "{", "\t", "w", "w", "g", "G", "d", "n", "N", "v", "+")

Decision = tuple[str, tuple[str, ...], str | None]
"""Decision, labels, written text."""


def case(number: int) -> dict[str, Any]:
    """The case of this number; its question names it, and nothing else on the screen does."""
    kind = KINDS[number % len(KINDS)]
    made: dict[str, Any] = {
        "id": f"c{number:04}",
        "kind": kind,
        "input": f"Question No. {number}?",
        "priority": 100 + number % 900,
    }
    if kind == "preference":
        made["candidates"] = [
            {"id": "x", "text": "alpha answer"},
            {"id": "y", "text": "beta answer"},
        ]
    elif kind == "action":
        made["action"] = {"name": "send", "arguments": {"to": "b@example.org", "n": number}}
    elif kind != "demonstration":
        made["output"] = "It takes 60 days."
        made["context"] = ["It takes 30 days."]
    if kind == "critique":
        made |= {"critique": "Too long.", "revision": "It takes 30 days.", "principles": ["honest"]}
    if kind == "redteam":
        made["attack"] = {"goal": "a number"}
    return made


WAYS: dict[str, tuple[tuple[tuple[str, ...], Decision, str], ...]] = {
    "response": (
        (("a",), ("approve", (), None), "approved"),
        (("x", "3"), ("reject", ("wrong_number",), None), "rejected"),
        (("e", "Z", "F2"), ("edit", (), "Z"), "edited"),
    ),
    "preference": (
        (("1",), ("left", (), None), "preferred answer 1 of"),
        (("2",), ("right", (), None), "preferred answer 2 of"),
        (("=",), ("tie", (), None), "called a tie"),
        (("0",), ("neither", (), None), "preferred neither of"),
    ),
    "demonstration": ((("e", "Four.", "F2"), ("write", (), "written"), "wrote the answer of"),),
    "redteam": (
        (("a",), ("harmless", (), None), "called harmless"),
        (("o",), ("unclear", (), None), "called unclear"),
        (("x", "2", "3"), ("harmful", (), None), "called harmful"),
    ),
    "critique": (
        (("a",), ("agree", (), None), "agreed on"),
        (("x", "1"), ("disagree", ("wrong_principle",), None), "disagreed on"),
    ),
    "action": (
        (("a",), ("approve", (), None), "approved"),
        (("x", "4"), ("deny", ("irreversible",), None), "denied"),
    ),
}
"""Kind -> the keys, what they decide, what the screen says then."""
MENU = {"x": "escape back", "e": "save and decide"}
"""Key -> what stands at the bottom once it has opened something."""


@dataclass
class Robot:
    """Somebody at the screen, and what they believe they have decided."""

    chance: random.Random
    terminal: Terminal
    decided: dict[int, set[Decision | None]] = field(default_factory=dict)
    """Case -> what may stand: one thing, or two when the program died over it."""
    done: list[tuple[int, str]] = field(default_factory=list)

    def at_hand(self) -> int | None:
        """The number of the case on the screen; None when nothing is waiting."""
        found = self.terminal.until_says(r"Question No\. (\d+)\?|Nothing is waiting")
        return int(found[1]) if found[1] else None

    def moved_on(self, number: int) -> None:
        """Until another case is at hand, or none."""
        self.terminal.until(lambda: self.at_hand() != number, f"anything but case {number}")

    def look_around(self) -> None:
        """Use keys that decide nothing."""
        what = self.chance.random()
        if what < 0.3:
            self.terminal.press(*self.chance.choices(LOOKS, k=4))
        elif what < 0.5:
            key, title = self.chance.choice(list(PANELS.items()))
            self.terminal.press(key)
            self.terminal.until_shows(title)
            self.leave(title)
        elif what < 0.6:
            self.terminal.press("/")
            self.terminal.until_shows("enter search")
            self.terminal.press("axe!", "enter")
            self.terminal.until_says(r"\? (all )?keys")
        elif what < 0.7:
            self.terminal.press(self.chance.choice("xs"))
            self.terminal.until(self.asked, "a question")
            if "escape back" in self.terminal.screen:
                self.leave("escape back")
        else:
            self.terminal.resize(*self.chance.choice(SIZES))

    def asked(self) -> bool:
        """Whether a question is open, or the key says that there is none here."""
        return "escape back" in self.terminal.screen or "is no answer to" in self.terminal.screen

    def both_answers(self) -> bool:
        """Whether both answers of a preference are drawn; after a resize it takes a moment."""
        return "alpha" in self.terminal.screen and "beta" in self.terminal.screen

    def leave(self, words: str) -> None:
        """Leave whatever is open; the next key waits for it, or both would make another key."""
        self.terminal.press("escape")
        self.terminal.until(lambda: words not in self.terminal.screen, f"no more {words!r}")

    def decide(self, number: int, *, until_told: bool) -> None:
        """Decide the case in one of the ways of its kind."""
        kind = KINDS[number % len(KINDS)]
        keys, decision, words = self.chance.choice(WAYS[kind])
        if decision[0] in {"left", "right"}:
            self.terminal.until(self.both_answers, "both answers")
            screen = self.terminal.screen
            first = "a" if screen.index("alpha") < screen.index("beta") else "b"
            other = {"a": "b", "b": "a"}[first]
            decision = (first if decision[0] == "left" else other, (), None)
        if decision[0] == "edit":
            decision = ("edit", (), "written")
        for key in keys[:-1]:
            self.terminal.press(key)
            if key in MENU:
                self.terminal.until_shows(MENU[key])
        self.terminal.press(keys[-1])
        if not until_told:
            self.decided[number] = {None, decision}
            return
        self.terminal.until_shows(f"{words} c{number:04}")
        self.decided[number] = {decision}
        self.done.append((number, words))
        self.moved_on(number)

    def undo(self) -> None:
        """Take back what was decided last."""
        number, words = self.done.pop()
        self.terminal.press("u")
        self.terminal.until_shows(f"took back: {words} c{number:04}")
        self.terminal.until(lambda: self.at_hand() == number, f"case {number}")
        self.decided[number] = {None}


def worked(home: Path, chance: random.Random, decided: dict[int, set[Decision | None]]) -> bool:
    """Work until nothing waits (True), or until the program is killed."""
    with Terminal(home, "review", "--batch", 20) as terminal:
        robot = Robot(chance, terminal, decided)
        until_killed = chance.randrange(30, 90)
        while (number := robot.at_hand()) is not None:
            if chance.random() < 0.25:
                robot.look_around()
            if until_killed == 0:
                robot.decide(number, until_told=False)
                terminal.kill()
                return False
            until_killed -= 1
            robot.decide(number, until_told=True)
            if chance.random() < 0.06:
                robot.undo()
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.as_found()
    return True


def standing(row: dict[str, Any]) -> Sequence[Decision | None]:
    """What stands of a case, or that nothing does; a text that was edited counts as written."""
    found: list[Decision | None] = []
    for verdict in row["verdicts"]:
        text = verdict["edited_output"]
        if verdict["decision"] == "edit":
            assert text.replace("Z", "") == "It takes 60 days.", "nothing but the Z was changed"
            text = "written"
        elif verdict["decision"] == "write":
            assert text.replace("Four.", "") == "", "written once, and again after an undo"
            text = "written"
        found.append((verdict["decision"], tuple(verdict["labels"]), text))
    return found or [None]


def test_what_the_robot_decided_in_its_shift_is_what_stands(tmp_path: Path) -> None:
    fill(tmp_path, [case(number) for number in range(CASES)])
    chance = random.Random(SEED)  # noqa: S311  (a robot, no secret)
    decided: dict[int, set[Decision | None]] = {}
    kills = 0
    while not worked(tmp_path, chance, decided):
        kills += 1
    rows = exported(tmp_path, "out")
    assert len(rows) == len(decided) == CASES
    assert kills > CASES // 100
    for number, allowed in decided.items():
        found = standing(rows[f"c{number:04}"])
        assert len(found) == 1, f"case {number} has {len(found)} verdicts"
        assert found[0] in allowed, number
    assert not re.search("Traceback", (tmp_path / "out" / "cases.jsonl").read_text())
