"""A house at work at noon, when the clocks stand still, and the way through its screens."""

from __future__ import annotations

from collections.abc import Sequence
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
from tests.tui.cases import ALONE, CHAT, CLEAN, HEADPHONES
from tests.tui.conftest import QUICK, TURNS
from tests.tui.kinds import PREFERENCE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

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
TALK: dict[str, Any] = {**CHAT, "id": "talk-8", "context": ["Turn 30 agreed to meet at noon."]}


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


async def walk(pilot: Any, *steps: str) -> None:
    """Press the keys, each when everything stands there; `~words` waits until the words do."""
    for step in steps:
        if step.startswith("~"):
            await until(pilot, lambda app, words=step[1:]: words in words_on(app))
        else:
            await pilot.press(step)
            await until(pilot, at_rest)


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
