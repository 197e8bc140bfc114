"""The workstation behind a server: work goes on when the network does not, and the bar says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension

from hitl_tui.config.settings import Settings
from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.model.work import Route
from hitl_tui.queue.letters import Letters, outbox_path
from hitl_tui.queue.outbox import OutboxQueue
from hitl_tui.queue.protocol import Connection
from hitl_tui.queue.wire import Wire
from hitl_tui.tui.app import Workstation
from hitl_tui.tui.desk import Desk
from hitl_tui.tui.drafts import DraftBox
from hitl_tui.tui.face import connection_words
from tests.queue.serving import Network, Served
from tests.queue.world import FakeClock, events, fill
from tests.tui.conftest import QUICK, Bench


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def served(tmp_path: Path, clock: FakeClock) -> Iterator[Served]:
    served = Served(tmp_path / "queue.db", clock)
    fill(served.store, "c1", "c2", "c3")
    yield served
    served.close()


@pytest.fixture
def network(served: Served) -> Iterator[Network]:
    network = Network(served.port)
    yield network
    network.close()


Sit = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def sit(tmp_path: Path, served: Served, network: Network) -> Sit:
    """`async with sit() as bench`: alice's workstation at the server, through the network."""

    def open_queue() -> OutboxQueue:
        wire = Wire(network.url, served.token("alice"), timeout_s=5)
        letters = Letters(outbox_path(tmp_path / "state", wire.url), "alice", utc_now)
        return OutboxQueue(wire, letters, clock=utc_now, patience_s=5, pause=lambda n: 0.02)

    @asynccontextmanager
    async def run(**_: Any) -> Any:
        box = DraftBox.of(tmp_path / "state", network.url, "alice")
        desk = Desk(open_queue, "alice", (), 10, 60)
        desk.open(resume_before=utc_now())
        app = Workstation(desk, box, Settings.model_validate(QUICK))
        async with app.run_test(size=(120, 40)) as pilot:
            bench = Bench(app, pilot, served.path, box)
            await bench.ready()
            yield bench
            await bench.leave()
        desk.abandon()

    return run


def bar(bench: Bench) -> str:
    """The right end of the top line."""
    return "".join(text for text, _ in bench.review.bar._lines[0].right)


async def cut_off(bench: Bench, network: Network) -> None:
    """Cut the network and let the workstation notice."""
    network.cut()
    bench.review._refresh_status()
    await bench.until(lambda: bench.review.desk.connection.online is False)


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        (Connection(), "local"),
        (Connection(True), "online"),
        (Connection(True, 1), "online · 1 unsent"),
        (Connection(False, 3), "offline · 3 unsent"),
        (Connection(False, 3, 2), "offline · 3 unsent · 2 refused"),
    ],
)
def test_the_bar_says_where_the_work_is(connection: Connection, words: str) -> None:
    assert connection_words(connection) == words


async def test_behind_a_server_the_bar_says_online(sit: Sit) -> None:
    async with sit() as bench:
        assert "alice" in bar(bench)
        assert "online" in bar(bench)
        await bench.press("a")
        assert "approved c1" in bench.says()
        assert bench.decisions()["c1"] == ["approve"]


@pytest.mark.parametrize("tunnel", [False, True])
async def test_that_scores_were_shown_is_in_the_servers_trail_even_when_the_case_is_skipped(
    sit: Sit, served: Served, network: Network, tunnel: bool
) -> None:
    signal = {"name": "toxicity", "score": 0.7, "threshold": 0.5}
    flagged = Submission.model_validate({"id": "s1", "output": "No.", "signals": [signal]})
    served.store.admit([(flagged, Route(priority=90))])
    async with sit() as bench:
        assert bench.case_id == "s1"
        if tunnel:
            await cut_off(bench, network)
        await bench.press("v", "v", "space")
        network.mend()
        await bench.until(lambda: "lease.released s1" in events(served.store))
        about = [one for one in events(served.store) if one.endswith(" s1")]
        assert about == [f"{what} s1" for what in (
            "case.queued", "lease.claimed", "case.revealed", "lease.released"
        )]  # fmt: skip


async def test_in_the_tunnel_work_goes_on_and_arrives_afterwards(
    sit: Sit, network: Network
) -> None:
    async with sit() as bench:
        await cut_off(bench, network)
        await bench.press("a")
        assert "saved here, on its way" in bench.says()
        assert bench.case_id == "c2"
        await bench.press("x", "1")
        assert "offline · 2 unsent" in bar(bench)
        assert bench.decisions() == {"c1": [], "c2": [], "c3": []}
        network.mend()
        await bench.until(lambda: bench.review.desk.connection.unsent == 0)
        assert bench.decisions() == {"c1": ["approve"], "c2": ["reject"], "c3": []}
        bench.review._tick()
        assert "online" in bar(bench)


async def test_with_nothing_left_in_the_tunnel_the_screen_says_why_and_wakes_up(
    sit: Sit, network: Network, served: Served
) -> None:
    async with sit() as bench:
        await cut_off(bench, network)
        await bench.press("a", "a", "a")
        assert bench.case_id is None
        assert "cannot be reached" in bench.review.output.document.text
        network.mend()
        await bench.until(lambda: "Nothing is waiting" in bench.review.output.document.text)
        fill(served.store, "c4")
        await bench.until(lambda: bench.case_id == "c4")


async def test_an_undo_in_the_tunnel_brings_the_case_back(sit: Sit, network: Network) -> None:
    async with sit() as bench:
        await bench.press("a")
        await cut_off(bench, network)
        await bench.press("u")
        assert bench.case_id == "c1"
        await bench.press("x", "2")
        network.mend()
        await bench.until(lambda: bench.review.desk.connection.unsent == 0)
        assert bench.decisions()["c1"] == ["reject"]


async def test_a_lost_lease_is_said_and_the_text_stays(
    sit: Sit, served: Served, clock: FakeClock
) -> None:
    async with sit() as bench:
        await bench.press("i")
        await bench.pilot.press(*"why")
        await bench.press("enter")
        clock.advance(61)
        served.store.claim("bob")
        await bench.press("a")
        assert "kept as late" in bench.says()
        assert "your text is kept as a draft" in bench.says()
        draft = bench.box.load("c1")
        assert draft is not None and draft.rationale == "why"


async def test_what_the_server_said_late_is_told_too(
    sit: Sit, network: Network, served: Served, clock: FakeClock
) -> None:
    async with sit() as bench:
        await cut_off(bench, network)
        await bench.press("a")
        clock.advance(61)
        served.store.claim("bob")
        network.mend()
        await bench.until(lambda: "kept as late" in bench.says())


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (200, 50)], ids=lambda at: f"{at[0]}x{at[1]}"
)
async def test_how_the_tunnel_looks(
    sit: Sit, network: Network, snapshot: Any, size: tuple[int, int]
) -> None:
    async with sit() as bench:
        await bench.pilot.resize_terminal(*size)
        await cut_off(bench, network)
        await bench.press("a", "x", "1")
        await bench.until(lambda: "2 unsent" in bar(bench))
        await bench.pilot.pause()
        drawn = bench.app.export_screenshot().replace(
            bench.review.desk.address.rsplit(":")[-1], "00000"
        )
        network.mend()
        await bench.until(lambda: "unsent" not in bar(bench))
    assert drawn == snapshot(extension_class=SVGImageExtension)
