"""A quiz at the workstation: the same screen, one quiz and nothing else, a lesson only in training."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from pytest_textual_snapshot import SVGImageExtension

from hitl_tui.config.places import shipped
from hitl_tui.config.settings import Settings
from hitl_tui.model.clock import utc_now
from hitl_tui.model.guideline import parse
from hitl_tui.quality.sitting import QuizTable, SittingQueue, as_queue
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.tui.app import Workstation
from hitl_tui.tui.desk import Desk
from hitl_tui.tui.drafts import DraftBox
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.screens.reader import Reader
from tests.quality.quizzing import ingest_gold
from tests.queue.world import fill
from tests.tui.conftest import QUICK, Bench

GUIDELINE = shipped("guideline.md").read_text("utf-8")


@asynccontextmanager
async def taking(
    tmp_path: Path, mode: Literal["scored", "training"], items: int = 2
) -> AsyncIterator[Bench]:
    """Alice at a quiz of gold cases, with ordinary work waiting beside it."""
    path = tmp_path / "queue.db"
    store = SqliteQueue(path, clock=utc_now, create=True)
    fill(store, "ordinary-1", "ordinary-2")
    ingest_gold(store, items)
    store.create_quiz("lead", "cal", store.gold_items(), mode=mode)
    store.publish_guideline("lead", GUIDELINE)
    store.close()

    def open_queue() -> Queue:
        inner = SqliteQueue(path, clock=utc_now)
        sitting = SittingQueue(cast(QuizTable, inner), "alice", "cal", lambda: parse(GUIDELINE))
        return as_queue(sitting)

    box = DraftBox.of(tmp_path / "state", str(path), "alice")
    desk = Desk(open_queue, "alice", (), 10, 300)
    book = Handbook(lambda: GUIDELINE, seen=box.directory / "read.json")
    desk.open(resume_before=None)
    app = Workstation(desk, box, Settings.model_validate(QUICK), handbook=book)
    async with app.run_test(size=(120, 40)) as pilot:
        bench = Bench(app, pilot, path, box)
        await bench.ready()
        yield bench
    app.review.desk.abandon()


def answers(path: Path) -> list[str]:
    store = SqliteQueue(path, clock=utc_now)
    given = [answer.verdict for answer in store.quiz("cal").answers]
    store.close()
    return [verdict.decision for verdict in given if verdict is not None]


async def test_only_the_quiz_is_given_out_and_then_it_is_done(tmp_path: Path) -> None:
    async with taking(tmp_path, "scored", items=3) as bench:
        for _ in range(3):
            assert bench.case_id is not None
            assert bench.case_id.startswith("support-")
            await bench.press("a")
        assert bench.case_id is None
        await bench.until(lambda: "the quiz cal is done" in bench.says())
        await bench.leave()
    assert answers(tmp_path / "queue.db") == ["approve"] * 3
    assert bench.decisions()["ordinary-1"] == []


async def test_a_scored_quiz_says_nothing_of_what_was_right(tmp_path: Path) -> None:
    async with taking(tmp_path, "scored") as bench:
        await bench.press("a")
        assert not isinstance(bench.app.screen, Reader)
        assert "reject" not in bench.says()
        await bench.leave()


async def test_training_shows_the_right_answer_with_the_guidelines_words(tmp_path: Path) -> None:
    async with taking(tmp_path, "training", items=1) as bench:
        await bench.press("a")
        await bench.until(lambda: isinstance(bench.app.screen, Reader))
        page = cast(Reader, bench.app.screen)._document.text
        assert page.startswith("Not so: reject (wrong_number)")
        assert "Compare digit for digit" in page
        await bench.pilot.press("enter")
        await bench.until(lambda: not isinstance(bench.app.screen, Reader))
        await bench.leave()


async def test_an_answer_is_taken_back_and_given_anew(tmp_path: Path) -> None:
    async with taking(tmp_path, "scored", items=2) as bench:
        first = bench.case_id
        await bench.press("a", "u")
        assert bench.case_id == first
        await bench.press("x", "3", "a")
        await bench.leave()
    assert sorted(answers(tmp_path / "queue.db")) == ["approve", "reject"]


async def test_what_is_skipped_comes_again_after_the_others(tmp_path: Path) -> None:
    async with taking(tmp_path, "scored", items=3) as bench:
        first = bench.case_id
        await bench.press("space")
        assert bench.case_id != first
        await bench.press("a", "a")
        assert bench.case_id == first
        await bench.press("a")
        assert bench.case_id is None
        await bench.leave()
    assert answers(tmp_path / "queue.db") == ["approve"] * 3


async def test_who_opens_the_guideline_has_acknowledged_its_version(tmp_path: Path) -> None:
    async with taking(tmp_path, "scored") as bench:
        await bench.pilot.press("h")
        await bench.until(lambda: isinstance(bench.app.screen, Reader))
        await bench.until(lambda: "you have read version" in (bench.review._notice or ("",))[0])
        await bench.pilot.press("escape")
        await bench.until(lambda: not isinstance(bench.app.screen, Reader))
        await bench.leave()
    store = SqliteQueue(tmp_path / "queue.db", clock=utc_now)
    (read,) = store.acknowledgements()
    store.close()
    assert (read.reviewer, read.version) == ("alice", parse(GUIDELINE).version)


@pytest.mark.parametrize(
    ("keys", "cited"), [(("a",), ""), (("x", "3"), "wrong_number")], ids=["approve", "reject"]
)
async def test_every_verdict_names_the_guidelines_version(
    tmp_path: Path, keys: tuple[str, ...], cited: str
) -> None:
    async with taking(tmp_path, "scored") as bench:
        await bench.press(*keys)
        await bench.leave()
    store = SqliteQueue(tmp_path / "queue.db", clock=utc_now)
    (verdict,) = [answer.verdict for answer in store.quiz("cal").answers if answer.verdict]
    store.close()
    assert verdict.guidelines == (f"{cited}@{parse(GUIDELINE).version}",)


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (200, 50)], ids=lambda at: f"{at[0]}x{at[1]}"
)
async def test_how_a_lesson_looks(tmp_path: Path, snapshot: Any, size: tuple[int, int]) -> None:
    async with taking(tmp_path, "training", items=1) as bench:
        await bench.pilot.resize_terminal(*size)
        await bench.pilot.press("a")
        await bench.until(lambda: isinstance(bench.app.screen, Reader))
        await bench.until(lambda: "done" in bench.says() or bench.case_id is None)
        await bench.pilot.pause()
        assert bench.app.export_screenshot() == snapshot(extension_class=SVGImageExtension)
        await bench.pilot.press("enter")
        await bench.until(lambda: not isinstance(bench.app.screen, Reader))
        await bench.leave()
