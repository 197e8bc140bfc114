"""What a lead and a reviewer learn of agreement, quizzes and each other through a server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hitl_tui.cli.documents import ServedGuideline
from hitl_tui.config.load import Configuration
from hitl_tui.config.settings import Settings
from hitl_tui.quality.ratings import What, copies, declared_labels, gather
from hitl_tui.quality.working import standing
from hitl_tui.queue.calibration import Published, Sittings
from hitl_tui.queue.http import HttpQueue
from hitl_tui.queue.protocol import Forbidden
from hitl_tui.queue.wire import Wire
from hitl_tui.stats.analysis import analyse
from tests.quality.quizzing import answer, ingest_gold
from tests.queue.serving import Served
from tests.queue.world import FakeClock, fill, judge


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "hitl.db", FakeClock())
    fill(server.store, *(f"c{n}" for n in range(6)), overlap=2)
    for who, decisions in (("ann", "aaarrr"), ("bob", "aarrrr")):
        for letter in decisions:
            judge(server.store, who, "approve" if letter == "a" else "reject")
    ingest_gold(server.store, 4)
    server.store.create_quiz("lea", "cal", server.store.gold_items())
    answer(server.store, "ann", "cal")
    yield server
    server.close()


def coefficients(queue: object) -> str:
    gathered = gather(queue, What())  # type: ignore[arg-type]
    labels = declared_labels(What(), gathered, "response")
    found = analyse(gathered.ratings(labels, "nominal")).coefficients
    return json.dumps({name: (one.value, one.ci, one.reason) for name, one in found.items()})


def test_a_lead_gets_the_same_figures_as_from_the_file(served: Served) -> None:
    lead = served.client("lea", "lead")
    assert isinstance(lead, Sittings)
    assert coefficients(lead) == coefficients(served.store)
    assert len(copies(lead)) == 4
    by_pool = gather(lead, What(), by="pool")
    assert by_pool.groups == ("general",)


def test_a_reviewer_gets_no_agreement_and_only_their_own_verdicts(served: Served) -> None:
    ann = served.client("ann", "reviewer")
    with pytest.raises(Forbidden):
        gather(ann, What())
    with pytest.raises(Forbidden):
        list(standing(ann))
    own = list(standing(ann, "ann"))
    assert len(own) == 10
    assert {verdict.reviewer for verdict, _ in own} == {"ann"}
    with pytest.raises(Forbidden):
        ann.quizzes()


def test_a_quiz_is_taken_and_read_through_the_client(served: Served) -> None:
    bob, lead = served.client("bob", "reviewer"), served.client("lea", "lead")
    sitting = bob.sit("bob", "cal")
    assert bob.sit("bob", "cal") == sitting
    assert [quiz.name for quiz in lead.quizzes()] == ["cal"]
    record = lead.quiz("cal")
    assert record == served.store.quiz("cal")
    with pytest.raises(Forbidden):
        bob.sit("ann", "cal")


def test_the_published_guideline_is_the_one_that_is_read(served: Served, tmp_path: Path) -> None:
    ann = served.client("ann", "reviewer")
    assert ann.guideline() is None
    text = "# Ours {#ours}\n"
    served.store.publish_guideline("lea", text)
    found = ann.guideline()
    assert isinstance(found, Published) and found.text == text
    ann.acknowledge("ann", found.version)
    assert [one.reviewer for one in served.store.acknowledgements()] == ["ann"]
    document = ServedGuideline(Configuration(Settings(), None))
    document.ask(ann)
    assert document() == text


def test_a_server_that_cannot_be_asked_leaves_the_guideline_unknown() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    document = ServedGuideline(Configuration(Settings(), None))
    document.ask(HttpQueue(Wire(f"http://127.0.0.1:{port}", "hitl_x")))
    with pytest.raises(OSError, match="could not be asked"):
        document()
