"""What goes wrong is said where the reviewer looks, as long as it is so, and no decision gets lost over it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.sqlite import SqliteQueue
from tests.tui.cases import CLEAN, HEADPHONES
from tests.tui.conftest import build, fill
from tests.tui.kinds import ACTION, DEMONSTRATION

SOON_S = 0.2
"""How long a queue in these tests waits for another program that writes."""


@pytest.fixture
def impatient(monkeypatch):
    """Queues that wait a moment only for another program."""

    def opened(path: str, *, create: bool = False) -> SqliteQueue:
        return SqliteQueue(Path(path), create=create, clock=utc_now, wait_s=SOON_S)

    monkeypatch.setattr("tests.tui.conftest.open_queue", opened)


def locked(path: Path) -> closing[sqlite3.Connection]:
    """Another program that writes until it is closed."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return closing(other)


def foot(bench) -> str:
    return "".join(text for line in bench.review.keys._lines for text, _ in line.left)


@pytest.mark.usefixtures("impatient")
class TestALockedQueue:
    async def test_who_leaves_over_a_decision_that_fails_is_told_and_may_decide_again(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            with locked(bench.path):
                await bench.pilot.press("a", "q", "q")
                await bench.until(lambda: "locked by another program" in bench.says())
            await bench.ready()
            assert not bench.app._exit and bench.case_id == "support-1"
            await bench.press("a")
            assert bench.decisions() == {"support-1": ["approve"], "support-2": []}
            await bench.leave()

    async def test_who_leaves_over_a_decision_that_is_kept_has_left(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.pilot.press("a", "q")
            await bench.until(lambda: bench.app._exit)
            assert bench.decisions() == {"support-1": ["approve"], "support-2": []}

    async def test_a_key_does_not_wipe_out_that_something_is_being_recorded(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            bench.review.busy = True
            bench.review._say_saving(bench.review._work)
            assert "one moment …" in bench.says()
            await bench.pilot.press("j", "x")
            assert "one moment …" in bench.says() and bench.review.mode == "read"
            bench.review.busy = False

    async def test_until_it_is_open_the_screen_says_what_is_waited_for(self, tmp_path, monkeypatch):
        monkeypatch.setattr("hitl_tui.tui.screens.review.FIRST_CASE_WITHIN_S", 0.0)
        path = tmp_path / "queue.db"
        fill(path, [CLEAN])
        with locked(path):
            app, _ = build(path, {}, "alice", 10)
            async with app.run_test() as pilot:
                while app.review._notice is None or not app._exit:
                    await pilot.pause(0.01)
                assert "being opened" in app.review._notice[0]
        app.review.desk.abandon()
        assert "locked by another program" in str(app.review.failure)


class TestADraftThatCannotBeSaved:
    @pytest.fixture
    def full(self, monkeypatch):
        """A disk that is full while this is set."""
        state, real = {"full": True}, os.open

        def opened(path, *rest, **more):
            if state["full"] and str(path).endswith(".new"):
                raise OSError(28, "No space left on device")
            return real(path, *rest, **more)

        monkeypatch.setattr("hitl_tui.tui.drafts.os.open", opened)
        return state

    async def test_is_said_while_one_types_and_afterwards(self, start, full):
        async with start([HEADPHONES]) as bench:
            await bench.press("i")
            await bench.pilot.press(*"late")
            await bench.until(lambda: "could not be saved: No space" in bench.says())
            await bench.press("enter")
            assert "could not be saved: No space" in bench.says()

    async def test_is_not_called_kept(self, start, full):
        async with start([HEADPHONES]) as bench:
            await bench.press("e", "Z", "escape")
            assert "could not be saved" in bench.says() and "is kept" not in bench.says()

    async def test_is_no_longer_said_once_it_could(self, start, full):
        async with start([HEADPHONES]) as bench:
            await bench.press("i", "l")
            await bench.until(lambda: "could not be saved" in bench.says())
            full["full"] = False
            await bench.press("a")
            await bench.until(lambda: "could not be saved" not in bench.says())

    async def test_nor_read_is_said_too(self, start, monkeypatch):
        def closed(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("hitl_tui.tui.drafts.Path.read_text", closed)
        async with start([HEADPHONES]) as bench:
            assert "could not be read: Permission denied" in bench.says()


class TestWhatIsWrongWithAnAnswer:
    @pytest.mark.parametrize("case", [DEMONSTRATION, ACTION], ids=lambda case: case["kind"])
    async def test_gives_way_to_the_keys_as_soon_as_it_is_mended(self, start, case):
        async with start([case]) as bench:
            await bench.press("e", "{" if case is ACTION else "space", "f2")
            assert "save and decide" not in foot(bench)
            await bench.press("x")
            assert "save and decide" in foot(bench)

    async def test_a_key_that_was_none_is_forgotten_with_its_question(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("x", "w")
            assert "none of the keys above" in bench.says()
            await bench.press("escape")
            assert "none of the keys above" not in bench.says()
