"""What every store promises about time: one fallback for each missed SLA, whoever notices, and no later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hitl_tui.model.case import Submission
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Resolution, Route
from hitl_tui.queue.protocol import LeaseLost, NotAvailable, Queue, UndoRefused
from hitl_tui.queue.rules import Rules
from tests.queue.world import NINE, FakeClock, events, fill, ids, judge, verdict

SOON = NINE + timedelta(minutes=5)


def late(queue: Queue, given: Verdict) -> LeaseLost:
    with pytest.raises(LeaseLost) as refusal:
        queue.submit(given)
    assert refusal.value.kept is True
    return refusal.value


def answer(queue: Queue, case_id: str) -> Resolution:
    found = queue.record(case_id).resolution
    assert found is not None
    return found


NOTICERS: dict[str, Callable[[Queue, Verdict], object]] = {
    "tick": lambda queue, given: queue.tick(),
    "claim": lambda queue, given: queue.claim("bob"),
    "verdict": late,
    "resolution": lambda queue, given: queue.resolution("c1"),
    "delivery": lambda queue, given: queue.resolution("c1", deliver=True),
    "status": lambda queue, given: queue.status(),
    "listing": lambda queue, given: queue.listing(),
    "resume": lambda queue, given: queue.resume("alice"),
    "upcoming": lambda queue, given: queue.upcoming("bob"),
}


class TestFallback:
    @pytest.mark.parametrize("name", NOTICERS)
    def test_whoever_notices_gives_it_and_only_once(
        self, queue: Queue, clock: FakeClock, name: str
    ) -> None:
        fill(queue, "c1", due=SOON)
        given = verdict(queue.claim("alice", lease_s=3600)[0], "alice")
        clock.advance(300)
        NOTICERS[name](queue, given)
        assert queue.tick() == 0
        found = answer(queue, "c1")
        assert (found.source, found.decision, found.version) == ("fallback", "fallback", 1)
        assert (found.output, found.verdicts, found.resolved_at) == (None, (), SOON)
        assert [event for event in events(queue) if "fallback" in event] == ["case.fallback c1"]

    def test_not_before_its_time(self, queue: Queue, clock: FakeClock) -> None:
        fill(queue, "c1", due=SOON)
        clock.advance(299.9)
        assert queue.tick() == 0
        assert queue.resolution("c1") is None
        assert ids(queue.claim("alice")) == ["c1"]

    def test_every_case_that_is_overdue_gets_one_at_once(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2", due=SOON)
        fill(queue, "c3", due=SOON + timedelta(hours=1))
        fill(queue, "c4")
        clock.advance(301)
        assert queue.tick() == 2
        assert [record.state for record in queue.records()] == ["resolved"] * 2 + ["pending"] * 2

    @pytest.mark.parametrize(
        ("own", "pools", "house", "text"),
        [
            ("own", {"p": "pool's"}, "house", "own"),
            (None, {"p": "pool's"}, "house", "pool's"),
            (None, {"q": "other"}, "house", "house"),
            (None, {}, None, None),
            ("", {"p": "pool's"}, "house", ""),
        ],
    )
    def test_its_text_is_the_cases_own_else_the_pools_else_the_houses(
        self,
        make_queue: Any,
        clock: FakeClock,
        own: str | None,
        pools: dict[str, str],
        house: str | None,
        text: str | None,
    ) -> None:
        queue = make_queue(rules=Rules(fallbacks=pools, fallback=house))
        case = Submission(id="c1", output="o", fallback=own)
        queue.admit([(case, Route(pool="p", due=SOON))])
        clock.advance(300)
        assert queue.resolution("c1").output == text

    def test_an_escalated_case_keeps_the_fallback_of_the_pool_it_came_from(
        self, make_queue: Any, clock: FakeClock
    ) -> None:
        queue = make_queue(rules=Rules(fallbacks={"p": "ask your doctor"}))
        fill(queue, "c1", pool="p", due=SOON)
        judge(queue, "alice", "escalate")
        clock.advance(300)
        assert queue.resolution("c1").output == "ask your doctor"

    def test_a_dispute_that_nobody_settled_gets_one_too(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", overlap=2, due=SOON)
        judge(queue, "alice", "approve")
        given = judge(queue, "bob", "reject")
        clock.advance(300)
        assert queue.disputes() == []
        assert answer(queue, "c1").source == "fallback"
        with pytest.raises(UndoRefused, match="fallback"):
            queue.undo("bob", given.id)

    def test_a_case_that_was_answered_in_time_gets_none(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", due=SOON)
        judge(queue, "alice")
        clock.advance(3600)
        assert queue.tick() == 0
        assert answer(queue, "c1").source == "reviewer"

    def test_it_ends_the_leases_and_frees_nothing_for_others(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", overlap=3, due=SOON)
        token = queue.claim("alice", lease_s=3600)[0].token
        judge(queue, "bob")
        clock.advance(300)
        assert queue.heartbeat("carol", [token]) == {}
        queue.tick()
        assert queue.heartbeat("alice", [token]) == {}
        assert queue.leases() == []
        assert queue.claim("carol") == []
        with pytest.raises(NotAvailable):
            queue.claim("carol", case_id="c1")

    def test_two_openings_give_one_between_them(self, make_queue: Any, clock: FakeClock) -> None:
        one, other = make_queue(), make_queue()
        fill(one, "c1", due=SOON)
        clock.advance(300)
        assert one.tick() + other.tick() == 1


class TestVerdictAfterTheFallback:
    def test_it_is_kept_late_and_its_reviewer_is_told_why(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", due=SOON)
        given = verdict(queue.claim("alice", lease_s=3600)[0], "alice", "reject")
        clock.advance(300)
        for _ in range(2):
            assert "fallback" in str(late(queue, given))
        assert answer(queue, "c1").source == "fallback"
        assert [stored.late for stored in queue.record("c1").verdicts] == [True]
        assert queue.status().verdicts == 0
        assert events(queue)[-1] == "verdict.late c1"

    def test_one_that_counted_before_can_no_longer_be_undone(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", overlap=2, due=SOON)
        given = judge(queue, "alice")
        clock.advance(300)
        with pytest.raises(UndoRefused, match="fallback"):
            queue.undo("alice", given.id)
        assert answer(queue, "c1").source == "fallback"


class TestUndoAndTime:
    def test_undone_in_time_the_case_still_gets_its_fallback(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", due=SOON)
        queue.undo("alice", judge(queue, "alice").id)
        clock.advance(300)
        assert queue.tick() == 1
        assert answer(queue, "c1").version == 2

    @pytest.mark.parametrize("delivered", [False, True])
    def test_who_was_answered_in_time_gets_no_fallback_for_an_undo(
        self, queue: Queue, clock: FakeClock, delivered: bool
    ) -> None:
        fill(queue, "c1", due=SOON)
        given = judge(queue, "alice")
        if delivered:
            queue.resolution("c1", deliver=True)
        else:
            clock.advance(300)
        claim = queue.undo("alice", given.id, lease_s=3600)
        clock.advance(300)
        assert queue.tick() == 0
        receipt = queue.submit(verdict(claim, "alice", "reject"))
        assert receipt.resolution is not None
        assert (receipt.resolution.version, receipt.resolution.source) == (2, "reviewer")


class TestDelivery:
    def test_there_is_no_answer_before_there_is_one(self, queue: Queue) -> None:
        fill(queue, "c1")
        assert queue.resolution("c1", deliver=True) is None
        judge(queue, "alice")
        assert queue.resolution("c1") == answer(queue, "c1")

    def test_it_is_noted_once(self, queue: Queue) -> None:
        fill(queue, "c1")
        judge(queue, "alice")
        first = queue.resolution("c1", deliver=True)
        assert queue.resolution("c1", deliver=True) == first
        assert events(queue)[-2:] == ["verdict.recorded c1", "resolution.delivered c1"]

    def test_an_undo_before_it_is_silent_and_after_it_an_amendment(self, queue: Queue) -> None:
        fill(queue, "c1")
        claim = queue.undo("alice", judge(queue, "alice").id)
        again = verdict(claim, "alice", "reject")
        queue.submit(again)
        queue.resolution("c1", deliver=True)
        claim = queue.undo("alice", again.id)
        assert queue.resolution("c1") is None
        queue.submit(verdict(claim, "alice"))
        found = queue.resolution("c1", deliver=True)
        assert found is not None
        assert found.version == 3
        assert [event.split()[0] for event in events(queue)][4:] == [
            "verdict.recorded",
            "resolution.delivered",
            "resolution.amended",
            "verdict.undone",
            "verdict.recorded",
            "resolution.delivered",
        ]

    def test_what_the_policy_allowed_is_delivered_too(self, queue: Queue) -> None:
        queue.admit([(Submission(id="c1", output="o"), Route(action="allow", due=SOON))])
        found = queue.resolution("c1", deliver=True)
        assert found is not None
        assert (found.output, found.source) == ("o", "policy")
