"""Ratings as the database reads them out of stored JSON: those of a file, and those of the verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hitl_tui.model.case import Submission
from hitl_tui.model.work import Route
from hitl_tui.quality.ratings import What
from hitl_tui.queue.postgres.queue import PostgresQueue
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.stored import StoredQueue
from tests.queue.world import FakeClock, fill, judge

LABELS = (
    "tone",
    "töne \u202e",
    'it\'s "quoted"',
    r"\u0000",
    r"a\\u0000b",
    "%s :label ?",
    "a\0b",
    "a\x1ab",
    "a b",
)
RATHER = "a rationale with \0 and \x1a0 and \\u0000"
WHATS = [What(), What("severity"), *(What("label", label) for label in (*LABELS, "never given"))]


def worked(queue: StoredQueue) -> StoredQueue:
    """Every label and every severity at least once, and verdicts that do not count."""
    attack = {"goal": "g", "technique": "t", "probe": "p"}
    for number in range(5):
        case = Submission(id=f"red{number}", kind="redteam", output="o", attack=attack)
        queue.admit([(case, Route(overlap=2, priority=90))])
        judge(queue, "alice", "harmful", severity=number, harm="violence", rationale=RATHER)
        judge(queue, "bob", "harmless", labels=["tone"])
    fill(queue, *(f"c{number}" for number in range(len(LABELS))), overlap=2)
    for place, label in enumerate(LABELS):
        judge(queue, "alice", "reject", labels=[label], rationale=RATHER)
        judge(queue, "bob", "reject", labels=[label, LABELS[place - 1]], rationale=None)
    fill(queue, "undone", "escalated", priority=99)
    queue.undo("carol", judge(queue, "carol", "reject", labels=["tone"]).id)
    judge(queue, "dave", "escalate", labels=["tone"])
    return queue


@pytest.fixture
def database(url: str, clock: FakeClock) -> Iterator[StoredQueue]:
    queue = PostgresQueue(url, clock=clock)
    yield worked(queue)
    queue.close()


@pytest.fixture
def file(tmp_path: Path, clock: FakeClock) -> Iterator[StoredQueue]:
    queue = SqliteQueue(tmp_path / "hitl.db", clock=clock, create=True)
    yield worked(queue)
    queue.close()


@pytest.mark.parametrize("what", WHATS, ids=lambda what: ascii(f"{what.on} {what.label}".strip()))
def test_a_rating_is_what_the_verdict_says(
    database: StoredQueue, file: StoredQueue, what: What
) -> None:
    said = [
        (one.verdict.reviewer, what.of(one.verdict))
        for _, one in database.verdict_page()
        if one.undone_at is None and one.verdict.decision != "escalate"
    ]
    assert len(said) == 10 + 2 * len(LABELS)
    found = list(database.ratings(what.on, what.label))
    assert [(who, rating) for _, who, rating, _, _ in found] == said
    # SQLite reads a string out of JSON up to its first U+0000 only.
    if "\0" not in what.label:
        assert list(file.ratings(what.on, what.label)) == found


def test_pools_times_and_one_kind_are_the_same_in_a_file(
    database: StoredQueue, file: StoredQueue
) -> None:
    for on in ("decision", "severity"):
        of_both = [
            list(queue.ratings(on, kind="redteam", placed=True)) for queue in (database, file)
        ]
        assert of_both[0] == of_both[1]
        assert len(of_both[0]) == 10


def test_the_kinds_that_were_rated_are_known(database: StoredQueue) -> None:
    assert database.rated_kinds() == ["redteam", "response"]
