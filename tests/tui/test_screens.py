"""How every further screen looks at the three sizes, and how every theme does; clocks stand still.

`test_snapshots.py` has the review and its first panels. `pytest --snapshot-update` draws them anew on purpose.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.config.places import shipped
from hitl_tui.config.settings import Settings
from hitl_tui.model.case import Submission
from hitl_tui.model.verdict import Span, Verdict
from hitl_tui.queue.open import open_queue
from hitl_tui.routing.policy import PoolRule, default_route
from hitl_tui.tui.app import Workstation
from hitl_tui.tui.desk import Desk
from hitl_tui.tui.drafts import DraftBox
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.kinds import Seat
from hitl_tui.tui.theme import PALETTES
from tests.tui.cases import ALONE, CHAT, CLEAN, HEADPHONES
from tests.tui.conftest import QUICK
from tests.tui.kinds import ACTION, DEMONSTRATION, PREFERENCE, REDTEAM

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIZES = [(80, 24), (120, 40), (200, 50)]
TURNS = 1000

LAMPS: dict[str, Any] = {
    "id": "lamps-7",
    "input": "Which lamp should I take for the workshop, and what does it cost me in a year?",
    "output": "Take the Lumen 40: it gives 4,000 lumens and needs 38 watts. It costs 89 EUR. "
    "In a year of daily use it needs about 25 EUR of electricity. It is not dimmable. "
    "Fit it at least 2 metres above the bench. Your neighbours will envy you. "
    "东京的顾客也喜欢这盏灯。",
    "context": [
        {
            "id": "lumen.md#1",
            "title": "Lumen 40, technical data",
            "text": "Lumen 40: 4,000 lumens at 36 watts. Price 89 EUR. The lamp is dimmable from 10 to 100 "
            "percent. Mount it at least 2.5 metres above the working surface.",
            "score": 0.91,
        },
        {"id": "energy.md#4", "title": "Running costs", "text": "At 8 hours a day the Lumen 40 "
         "uses about 105 kWh a year, which is 31 EUR at the present tariff.", "score": 0.77},
    ],
    "signals": [
        {"name": "grounding", "score": 0.38, "threshold": 0.6, "label": "wrong_number"},
        {"name": "tone", "score": 0.21, "threshold": 0.5},
    ],
    "model": "gpt-4o-mini",
    "pool": "electrical",
    "priority": 95,
    "review_within": "90s",
}  # fmt: skip
"""An output with every grade and flag, in a pool of its own, and short of time."""
THREE: dict[str, Any] = {
    **PREFERENCE,
    "candidates": [
        *PREFERENCE["candidates"],
        {"id": "third", "text": "Because the sea is blue, and the sky is its mirror."},
    ],
    "context": ["Air scatters short waves more than long ones: by the fourth power of the ratio."],
}
TALK: dict[str, Any] = {**CHAT, "id": "talk-8", "context": ["Turn 30 agreed to meet at noon."]}


# -- what was done before -------------------------------------------------------------------------------


def admitted(path: Path, cases: Sequence[dict[str, Any]], hours_ago: int = 0) -> None:
    came = NOON - timedelta(hours=hours_ago)
    queue = open_queue(str(path), clock=lambda: came, create=True)
    submissions = [Submission.model_validate(case) for case in cases]
    queue.admit([(one, default_route(one, {}, PoolRule(), NOON)) for one in submissions])
    queue.close()


def judged(
    path: Path, reviewer: str, minutes: int, case_id: str, decision: str, **more: Any
) -> None:
    """A verdict so many minutes before noon, under an id that is always the same."""
    moment = NOON - timedelta(minutes=minutes)
    queue = open_queue(str(path), clock=lambda: moment)
    [claim] = queue.claim(reviewer, case_id=case_id, lease_s=3600)
    queue.submit(
        Verdict(
            id=f"{reviewer}-{case_id}", case_id=case_id, reviewer=reviewer, decision=decision,
            lease=claim.token, **more,
        )
    )  # fmt: skip
    queue.close()


def held(path: Path, reviewer: str, *case_ids: str) -> None:
    queue = open_queue(str(path), clock=lambda: NOON)
    for case_id in case_ids:
        queue.claim(reviewer, case_id=case_id, lease_s=1500)
    queue.close()


def busy_house(path: Path) -> None:
    """Disputes, another reviewer at work, cases that wait, and a morning of verdicts by alice."""
    day = [{**CLEAN, "id": f"delivery-{n:03}", "overlap": 1} for n in range(12)]
    odd = {**ALONE, "id": "tone-of-a-very-long-name-that-no-list-has-room-for", "overlap": 2}
    admitted(path, [{**HEADPHONES, "overlap": 2}, odd, *day, LAMPS, TALK, PREFERENCE], hours_ago=30)
    at = HEADPHONES["output"].index("60 days")
    judged(path, "anna", 200, "support-1", "approve")
    judged(
        path, "bert", 190, "support-1", "reject", labels=("contradicts", "wrong_number"),
        spans=(Span(start=at, end=at + len("60 days"), label="wrong_number"),),
        rationale="The policy says 30 days for opened items; 60 days is for unopened ones only.",
    )  # fmt: skip
    judged(path, "anna", 180, odd["id"], "edit", edited_output="Because it was answered on Monday.")
    judged(path, "bert", 170, odd["id"], "reject", labels=("tone",))
    judged(path, "alice", 95, "delivery-000", "approve", active_ms=4200)
    judged(
        path, "alice", 90, "delivery-001", "reject", labels=("contradicts", "wrong_number", "incomplete"),
        rationale="The table on the second page has two working days for islands, and the asker lives on "
        "one; three is right for the mainland only, so that the answer would send them to the door too late.",
        active_ms=38_000, first_decision="approve", revealed=True,
    )  # fmt: skip
    judged(
        path, "alice", 80, "delivery-002", "edit", active_ms=61_500,
        edited_output="Delivery takes three working days, on islands two more.",
    )  # fmt: skip
    judged(path, "alice", 75, "delivery-003", "approve", active_ms=5100)
    judged(path, "alice", 1500, "delivery-004", "approve", active_ms=3000)
    held(path, "bob", "delivery-010", "delivery-011")


def taken(path: Path) -> None:
    """A queue in which others hold what is left."""
    admitted(path, [HEADPHONES, CLEAN, ALONE])
    held(path, "bob", "support-1", "support-2")
    held(path, "carol", "tone-3")


# -- the screens ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """Cases, or what fills the queue; keys; `~words` waits until the words are on the screen."""

    name: str
    cases: Any
    steps: tuple[str, ...] = ()
    guideline_changed: bool = False


SCREENS = (
    Picture("every grade and flag", [LAMPS]),
    Picture("the next claim", [LAMPS], ("]", "]")),
    Picture("scores of a claim revealed", [LAMPS], ("v",)),
    Picture("marked by the reviewer", [LAMPS], ("m", "l", "enter", "3", "]", "]", "m", "enter", "1")),
    Picture("a stretch over the current flag", [HEADPHONES], ("m",)),
    Picture("a search", [HEADPHONES], ("tab", "/", *"days", "enter", "~1 of 2", "n")),
    Picture("a search being typed", [HEADPHONES], ("/", *"head")),
    Picture("a search in vain", [HEADPHONES], ("/", *"zebra", "enter", "~not in this pane")),
    Picture("a note for a reason", [HEADPHONES], ("x", "enter", *"wrong shop")),
    Picture("an unknown key in a menu", [HEADPHONES], ("x", "w")),
    Picture("snooze", [HEADPHONES], ("s",)),
    Picture("how grave", [REDTEAM], ("x", "1")),
    Picture("a chat with sources", [TALK]),
    Picture("three answers", [THREE], ("+", "+")),
    Picture("an answer being corrected", [PREFERENCE], ("e", *"Now: ")),
    Picture("an answer being written", [DEMONSTRATION], ("e", *"For four weeks, then renew it once.")),
    Picture("arguments that are no JSON", [ACTION], ("e", "{", "f2", "~not JSON")),
    Picture("folded", [{**HEADPHONES, "tags": ["graphic"]}]),
    Picture("the sources zoomed", [HEADPHONES], ("tab", "z")),
    Picture("an undone verdict", [HEADPHONES, CLEAN], ("a", "~approved", "u", "~took back")),
    Picture("the end of a batch", [HEADPHONES, CLEAN], ("a", "~approved", "x", "1", "~batch done")),
    Picture("nothing waits but others hold cases", taken, ("~carol holds",)),
    Picture("the queue", busy_house, ("O", "~The queue")),
    Picture("disputes", busy_house, ("A", "~Disputes")),
    Picture("a dispute", busy_house, ("A", "~Disputes", "enter", "~Verdict A")),
    Picture(
        "how a dispute is decided", busy_house,
        ("A", "~Disputes", "enter", "~settle it", "enter", "~How is it decided"),
    ),
    Picture(
        "why verdicts differ", busy_house,
        ("A", "~Disputes", "enter", "~settle it", "enter", "~How is it decided", "j", "enter", "~Why do they"),
    ),
    Picture("my history", busy_house, ("H", "~My latest verdicts", "down", "down")),
    Picture("my day", busy_house, ("D", "~My day")),
    Picture("every action", [HEADPHONES], ("ctrl+p", "~Do what", "down", "down")),
    Picture("the guideline has changed", [HEADPHONES], ("h", "~changed"), True),
)  # fmt: skip
THEMED = (
    Picture("marks", [LAMPS], ("m", "l", "enter", "3", "]")),
    Picture("an edit", [HEADPHONES], ("e", "delete", "delete", "3", "0")),
)
"""What is drawn in every theme: every grade, flag and mark; the cursor, the difference, the current pair."""
WITHOUT_COLOUR = (
    Picture("a search", [HEADPHONES], ("tab", "/", *"days", "enter", "~1 of 2", "n")),
    Picture("a stretch", [HEADPHONES], ("m",)),
    Picture("the batch", [HEADPHONES, CLEAN, ALONE], ("b", "~The cases at hand", "down")),
    Picture("a warning", [HEADPHONES], ("/", *"zebra", "enter", "~not in this pane")),
    Picture("the reasons", [HEADPHONES], ("x",)),
    Picture("a difference", [PREFERENCE], ("d",)),
)


class World:
    """Makes the workstation on a queue whose clock stands still, and drives it to a picture."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = directory / "queue.db"
        self.box = DraftBox.of(directory / "state", str(self.path), "alice")
        monkeypatch.setattr("hitl_tui.tui.desk.monotonic", lambda: 0.0)
        for module in ("panels", "review"):
            monkeypatch.setattr(f"hitl_tui.tui.screens.{module}.utc_now", lambda: NOON)

    def app(self, theme: str, *, guideline_changed: bool, batch: int = 3) -> Workstation:
        seen = self.box.directory / "read.json"
        guideline = shipped("guideline.md").read_text("utf-8")
        if guideline_changed:
            older = guideline.replace("Search before you believe it.", "Believe it.")
            Handbook(lambda: older, seen=seen).note_read()
        constitution = shipped("constitution.md").read_text("utf-8")
        book = Handbook(lambda: guideline, lambda: constitution, seen)
        desk = Desk(lambda: open_queue(str(self.path), clock=lambda: NOON), "alice", (), batch, 300)
        desk.seat = Seat("alice", book.principles)
        desk.open(resume_before=None)
        settings = Settings.model_validate({"review": {**QUICK["review"], "theme": theme}})
        return Workstation(desk, self.box, settings, handbook=book)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("house") / "queue.db"
    busy_house(path)
    return path


@pytest.fixture
def looks_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any, house: Path
) -> Any:
    def compare(picture: Picture, size: tuple[int, int], theme: str = "hitl-dark") -> bool:
        world = World(tmp_path, monkeypatch)
        if picture.cases is busy_house:
            shutil.copy(house, world.path)
        elif picture.cases is taken:
            taken(world.path)
        else:
            admitted(world.path, picture.cases)
        if theme == "none":
            monkeypatch.setenv("NO_COLOR", "1")
        app = world.app(
            "hitl-dark" if theme == "none" else theme, guideline_changed=picture.guideline_changed
        )

        async def drive(pilot: Any) -> None:
            await until(pilot, at_rest)
            for step in picture.steps:
                if step.startswith("~"):
                    await until(pilot, lambda app, words=step[1:]: words in words_on(app))
                else:
                    await pilot.press(step)
                    await until(pilot, at_rest)
            await pilot.pause()

        try:
            return bool(snap_compare(app, terminal_size=size, run_before=drive))
        finally:
            app.review.desk.abandon()

    return compare


def at_rest(app: Workstation) -> bool:
    """Whether everything that comes by itself is on the screen: the marks, the count, the column."""
    review = app.review
    side = review.side
    return (
        not review.busy
        and review._waiting is not None
        and (review.prepared is None or review.prepared.compared)
        and (side is None or not side.display or not review.item or bool(side._guide_title._lines))
    )


def words_on(app: Workstation) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Any, true: Any) -> None:
    for _ in range(TURNS):
        if true(pilot.app):
            await pilot.pause()
            return
        await pilot.pause(0.005)
    raise AssertionError(f"never came: {words_on(pilot.app)}")


def named(one: Any) -> str:
    return one.name if isinstance(one, Picture) else f"{one[0]}x{one[1]}"


@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("picture", SCREENS, ids=named)
def test_every_screen(looks_the_same, picture, size):
    assert looks_the_same(picture, size)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("picture", THEMED, ids=named)
def test_every_theme(looks_the_same, picture, size, theme):
    assert looks_the_same(picture, size, theme)


@pytest.mark.parametrize("theme", ["ansi", "none"])
@pytest.mark.parametrize("picture", WITHOUT_COLOUR, ids=named)
def test_what_a_colour_would_say_elsewhere(looks_the_same, picture, theme):
    assert looks_the_same(picture, (80, 24), theme)
