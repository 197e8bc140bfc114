"""The workstation over a real SQLite queue, driven without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from hitl_tui.config.places import shipped
from hitl_tui.config.settings import Settings
from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.queue.open import open_queue
from hitl_tui.queue.protocol import Queue, Record
from hitl_tui.routing.policy import PoolRule, default_route
from hitl_tui.tui.app import Workstation
from hitl_tui.tui.desk import Desk
from hitl_tui.tui.drafts import DraftBox
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.kinds import Seat
from hitl_tui.tui.prepare import is_large
from tests.queue.places import a_file

TURNS = 3000
"""How often a test looks for what has to come, a hundredth of a second between: a disk may be slow."""
QUICK = {"review": {"guard_ms": 0, "repeat_ms": 0}}
"""Settings under which a test may press verdict keys without waiting."""


def fill(path: Path, cases: Sequence[dict[str, Any]]) -> None:
    """A queue at `path` with these cases, in this order."""
    if not path.exists():
        a_file(path, utc_now)
    queue = open_queue(str(path), create=True)
    submissions = [Submission.model_validate(case) for case in cases]
    queue.admit([(one, default_route(one, {}, PoolRule(), utc_now())) for one in submissions])
    queue.close()


class Bench:
    """A running workstation, its pilot, and the queue behind it."""

    def __init__(self, app: Workstation, pilot: Pilot[None], path: Path, box: DraftBox) -> None:
        self.app = app
        self.pilot = pilot
        self.path = path
        self.box = box

    @property
    def review(self):
        return self.app.review

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the program work until something holds; fails after plenty of turns."""
        for _ in range(TURNS):
            if true():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"never came true; the screen says {self.says()!r}")

    async def ready(self) -> None:
        """Until the screen waits for the reviewer."""
        await self.until(lambda: settled(self.app))
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the screen is ready for it."""
        for key in keys:
            await self.pilot.press(key)
            await self.ready()

    async def leave(self) -> None:
        """Press the key that leaves, and wait until the leases are given back."""
        await self.pilot.press("q")
        await self.until(lambda: self.app._exit)

    def says(self) -> str:
        """The notice, and the lines under the panes."""
        words = [self.review._notice[0]] if self.review._notice else []
        words += [
            "".join(text for text, _ in (*line.left, *line.right))
            for line in self.review.why._lines
        ]
        return "\n".join(words)

    @property
    def case_id(self) -> str | None:
        return self.review.item.case_id if self.review.item else None

    def records(self) -> dict[str, Record]:
        """Every case of the queue as it stands on disk now."""
        queue: Queue = open_queue(str(self.path))
        try:
            return {record.case.id: record for record in queue.records()}
        finally:
            queue.close()

    def decisions(self) -> dict[str, list[str]]:
        """Standing decisions by case."""
        return {
            case_id: [v.verdict.decision for v in record.verdicts if v.undone_at is None]
            for case_id, record in self.records().items()
        }


Start = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """`async with start(cases) as bench`: the workstation on these cases."""

    @asynccontextmanager
    async def run(
        cases: Sequence[dict[str, Any]] | None = None,
        *,
        size: tuple[int, int] = (120, 40),
        settings: dict[str, Any] | None = None,
        reviewer: str = "alice",
        batch: int = 10,
        resume: bool = False,
        ready: bool = True,
    ) -> AsyncIterator[Bench]:
        path = tmp_path / "queue.db"
        if cases is not None:
            fill(path, cases)
        app, box = build(path, settings or QUICK, reviewer, batch, resume=resume)
        async with app.run_test(size=size) as pilot:
            bench = Bench(app, pilot, path, box)
            if ready:
                await bench.ready()
            yield bench
        app.review.desk.abandon()

    return run


def build(
    path: Path, settings: dict[str, Any], reviewer: str, batch: int, *, resume: bool = False
) -> tuple[Workstation, DraftBox]:
    """The application over the queue at `path`, its desk already opening."""
    box = DraftBox.of(path.parent / "state", str(path), reviewer)
    desk = Desk(lambda: open_queue(str(path)), reviewer, (), batch, 300)
    book = Handbook(
        lambda: shipped("guideline.md").read_text("utf-8"),
        lambda: shipped("constitution.md").read_text("utf-8"),
        box.directory / "read.json",
    )
    desk.seat = Seat(reviewer, book.principles)
    desk.open(resume_before=utc_now() if resume else None)
    return Workstation(desk, box, Settings.model_validate(settings), handbook=book), box


def settled(app: Workstation) -> bool:
    """Whether the screen waits for the reviewer and has its marks, as far as they do not take long."""
    prepared = app.review.prepared
    marked = prepared is None or prepared.compared or is_large(prepared.case)
    return not app.review.busy and marked


async def shown(app: Workstation) -> None:
    """Until a case or the empty queue is on the screen."""
    for _ in range(TURNS):
        if settled(app):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no case was shown")
