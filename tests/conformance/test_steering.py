"""What every store promises to those who steer: disputes settled, cases moved, kept, freed, withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hitl_tui.model.case import Submission
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import (
    Forbidden,
    Invalid,
    LeaseLost,
    NotAvailable,
    NotFound,
    Queue,
    UndoRefused,
    VersionMismatch,
)
from hitl_tui.queue.rules import Rules
from tests.queue.world import NINE, FakeClock, events, fill, ids, item, judge, verdict

LATER = NINE + timedelta(hours=1)


@pytest.fixture
def dispute(queue: Queue) -> Queue:
    """A queue in which alice and bob disagree on c1."""
    fill(queue, "c1", overlap=2)
    judge(queue, "alice", "approve", rationale="fine")
    judge(queue, "bob", "reject")
    return queue


class TestAdjudication:
    def test_it_resolves_the_dispute_and_keeps_cause_and_note(
        self, dispute: Queue, clock: FakeClock
    ) -> None:
        clock.advance(60)
        found = dispute.adjudicate("lead", "c1", "edit", cause="error", output="new", note="why")
        assert (found.source, found.decision, found.output) == ("adjudication", "edit", "new")
        record = dispute.record("c1")
        assert (record.state, record.resolution) == ("resolved", found)
        assert found.verdicts == tuple(stored.verdict.id for stored in record.verdicts)
        ruling = record.ruling
        assert ruling is not None
        assert (ruling.actor, ruling.cause, ruling.note) == ("lead", "error", "why")
        assert ruling.at == NINE + timedelta(minutes=1)
        assert list(dispute.records()) == [record]
        assert events(dispute)[-1] == "case.adjudicated c1"

    def test_approve_lets_the_original_out_and_reject_nothing(self, dispute: Queue) -> None:
        assert dispute.adjudicate("lead", "c1", "approve", cause="values").output == (
            "the answer of c1"
        )
        fill(dispute, "c2", overlap=2)
        judge(dispute, "alice", "approve")
        judge(dispute, "bob", "reject")
        assert dispute.adjudicate("lead", "c2", "reject", cause="values").output is None

    @pytest.mark.parametrize("name", ["alice", "bob"])
    def test_nobody_settles_what_they_judged(self, dispute: Queue, name: str) -> None:
        with pytest.raises(Forbidden):
            dispute.adjudicate(name, "c1", "approve", cause="error")
        assert dispute.record("c1").state == "disputed"

    def test_nor_what_they_handed_over_nor_what_they_judged_and_undid(self, queue: Queue) -> None:
        queue.admit([item("c1", overlap=2)], producer="shop")
        queue.undo("carol", judge(queue, "carol").id, lease_s=1)
        queue.free("lead", "c1")
        judge(queue, "alice", "approve")
        judge(queue, "bob", "reject")
        for name in ("shop", "carol"):
            with pytest.raises(Forbidden):
                queue.adjudicate(name, "c1", "approve", cause="error")

    def test_the_same_ruling_again_gets_the_same_answer(self, dispute: Queue) -> None:
        found = dispute.adjudicate("lead", "c1", "reject", cause="error", version=3)
        before = list(dispute.trail())
        assert dispute.adjudicate("lead", "c1", "reject", cause="error", version=3) == found
        assert list(dispute.trail()) == before
        with pytest.raises(NotAvailable):
            dispute.adjudicate("lead", "c1", "approve", cause="error")
        with pytest.raises(NotAvailable):
            dispute.adjudicate("other", "c1", "reject", cause="error")

    def test_only_a_dispute_can_be_settled(self, queue: Queue) -> None:
        fill(queue, "c1")
        with pytest.raises(NotAvailable):
            queue.adjudicate("lead", "c1", "approve", cause="error")
        with pytest.raises(NotFound):
            queue.adjudicate("lead", "c2", "approve", cause="error")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"decision": "tie"},
            {"decision": "escalate"},
            {"decision": "edit"},
            {"output": "x"},
            {"cause": "weather"},
        ],
    )
    def test_a_ruling_that_does_not_fit_is_invalid(
        self, dispute: Queue, wrong: dict[str, Any]
    ) -> None:
        given = {"decision": "approve", "cause": "error", **wrong}
        with pytest.raises(Invalid):
            dispute.adjudicate("lead", "c1", given.pop("decision"), **given)
        assert dispute.record("c1").state == "disputed"

    def test_another_version_is_refused(self, dispute: Queue) -> None:
        [found] = dispute.disputes()
        with pytest.raises(VersionMismatch):
            dispute.adjudicate("lead", "c1", "approve", cause="error", version=found.version - 1)
        dispute.adjudicate("lead", "c1", "approve", cause="error", version=found.version)

    def test_after_it_no_verdict_is_undone(self, dispute: Queue) -> None:
        dispute.adjudicate("lead", "c1", "approve", cause="error")
        with pytest.raises(UndoRefused, match="adjudicated"):
            dispute.undo("bob", dispute.history("bob")[0].verdict.id)

    def test_disputes_are_listed_oldest_first_by_pool(self, queue: Queue, clock: FakeClock) -> None:
        for case_id, pool in (("c2", "p"), ("c1", "q")):
            fill(queue, case_id, overlap=2, pool=pool)
            judge(queue, "alice", "approve")
            clock.advance(60)
            judge(queue, "bob", "reject")
        assert [(d.case_id, d.pool, d.since) for d in queue.disputes()] == [
            ("c2", "p", NINE + timedelta(seconds=60)),
            ("c1", "q", NINE + timedelta(seconds=120)),
        ]
        assert [d.case_id for d in queue.disputes(["q"])] == ["c1"]

    def test_the_pool_of_a_case_may_ask_for_unanimity(self, make_queue: Any) -> None:
        queue = make_queue(rules=Rules(consensus_by_pool={"strict": "unanimous"}))
        for pool, state in (("strict", "disputed"), ("other", "resolved")):
            fill(queue, pool, overlap=3, pool=pool)
            for name, decision in (("a", "approve"), ("b", "approve"), ("c", "reject")):
                claim = queue.claim(name, case_id=pool)[0]
                queue.submit(verdict(claim, name, decision))
            assert queue.record(pool).state == state


class TestWithdrawal:
    def test_the_case_is_out_of_the_queue_with_its_leases(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", overlap=2)
        given = verdict(queue.claim("alice")[0], "alice")
        judge(queue, "bob")
        queue.withdraw("shop", "c1", note="sent twice")
        record = queue.record("c1")
        assert (record.state, record.resolution) == ("withdrawn", None)
        assert record.ruling is not None
        assert (record.ruling.actor, record.ruling.note) == ("shop", "sent twice")
        assert queue.leases() == []
        assert ids(queue.claim("carol", batch=9)) == ["c2"]
        with pytest.raises(LeaseLost) as refusal:
            queue.submit(given)
        assert refusal.value.kept is True
        with pytest.raises(UndoRefused, match="withdrawn"):
            queue.undo("bob", queue.history("bob")[0].verdict.id)

    def test_again_it_is_nothing_and_of_a_resolved_case_refused(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        queue.withdraw("shop", "c1")
        before = list(queue.trail())
        queue.withdraw("shop", "c1")
        assert list(queue.trail()) == before
        judge(queue, "alice")
        with pytest.raises(NotAvailable):
            queue.withdraw("shop", "c2")
        with pytest.raises(NotFound):
            queue.withdraw("shop", "c3")

    def test_a_withdrawn_case_gets_no_fallback(self, queue: Queue, clock: FakeClock) -> None:
        fill(queue, "c1", due=LATER)
        queue.withdraw("shop", "c1")
        clock.advance(7200)
        assert queue.tick() == 0
        assert queue.resolution("c1") is None

    def test_a_dispute_can_be_withdrawn(self, dispute: Queue) -> None:
        with pytest.raises(VersionMismatch):
            dispute.withdraw("lead", "c1", version=1)
        dispute.withdraw("lead", "c1", version=3)
        assert dispute.disputes() == []


class TestChange:
    def test_it_moves_the_case_in_the_order_of_claims(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", "c3")
        assert queue.change("lead", "c3", priority=90) == 2
        assert queue.change("lead", "c2", due=LATER) == 2
        assert ids(queue.claim("alice", batch=3)) == ["c3", "c2", "c1"]

    def test_in_front_of_where_a_reviewer_stands_it_is_found_at_once(self, queue: Queue) -> None:
        fill(queue, *(f"c{n}" for n in range(20)), overlap=2)
        fill(queue, "late", priority=1)
        for _ in range(20):
            judge(queue, "alice")
        queue.release("alice", queue.claim("alice")[0].token, reason="quit")
        fill(queue, "more", priority=5)
        queue.change("lead", "late", priority=90)
        assert ids(queue.claim("alice")) == ["late"]

    def test_to_another_pool_it_is_for_those_who_serve_that(self, queue: Queue) -> None:
        fill(queue, "c1", pool="p")
        queue.change("lead", "c1", pool="q")
        assert queue.claim("alice", pools=["p"]) == []
        assert ids(queue.claim("alice", pools=["q"])) == ["c1"]

    def test_undo_does_not_move_it_back(self, queue: Queue) -> None:
        fill(queue, "c1", pool="p", overlap=3)
        given = judge(queue, "alice")
        judge(queue, "bob", "escalate")
        queue.change("lead", "c1", pool="q")
        assert queue.undo("alice", given.id).route.pool == "q"

    def test_a_new_due_time_is_when_the_fallback_comes(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", due=NINE + timedelta(minutes=1))
        queue.change("lead", "c1", due=LATER)
        clock.advance(60)
        assert queue.tick() == 0
        clock.advance(3540)
        assert queue.tick() == 1

    def test_what_is_so_already_changes_nothing(self, queue: Queue) -> None:
        fill(queue, "c1", priority=50)
        before = list(queue.trail())
        assert queue.change("lead", "c1", priority=50) == 1
        assert list(queue.trail()) == before

    def test_it_is_refused_with_another_version_or_when_settled(self, queue: Queue) -> None:
        fill(queue, "c1")
        with pytest.raises(VersionMismatch):
            queue.change("lead", "c1", priority=1, version=2)
        for wrong in ({"priority": -1}, {"priority": 1001}, {"due": NINE}, {"pool": ""}):
            with pytest.raises(Invalid):
                queue.change("lead", "c1", **wrong)  # type: ignore[arg-type]
        judge(queue, "alice")
        with pytest.raises(NotAvailable):
            queue.change("lead", "c1", priority=1)
        with pytest.raises(NotFound):
            queue.change("lead", "c2", priority=1)


class TestAssignment:
    def test_only_the_assigned_reviewer_gets_the_case(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        queue.assign("lead", "c1", "bob")
        assert ids(queue.claim("alice", batch=2)) == ["c2"]
        with pytest.raises(NotAvailable, match="assigned"):
            queue.claim("alice", case_id="c1")
        assert ids(queue.claim("bob")) == ["c1"]

    def test_opened_again_it_is_for_anybody(self, queue: Queue) -> None:
        fill(queue, *(f"c{n}" for n in range(12)))
        for number in range(11):
            queue.assign("lead", f"c{number}", "bob")
        assert ids(queue.claim("alice")) == ["c11"]
        queue.assign("lead", "c3", None)
        assert ids(queue.claim("alice")) == ["c3"]

    def test_its_verdict_uses_it_up(self, queue: Queue) -> None:
        fill(queue, "c1", overlap=2)
        queue.assign("lead", "c1", "bob")
        judge(queue, "bob")
        assert ids(queue.claim("alice")) == ["c1"]

    def test_an_escalated_case_is_for_whoever_serves_its_new_pool(self, queue: Queue) -> None:
        fill(queue, "c1")
        queue.assign("lead", "c1", "bob")
        judge(queue, "bob", "escalate")
        assert ids(queue.claim("alice", pools=["lead"])) == ["c1"]

    def test_leases_of_others_stay_but_once_lost_they_are_not_adopted(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2")
        first, second = queue.claim("alice", batch=2, lease_s=60)
        queue.assign("lead", "c1", "bob")
        queue.assign("lead", "c2", "bob")
        assert queue.submit(verdict(first, "alice")).accepted
        clock.advance(60)
        with pytest.raises(LeaseLost) as refusal:
            queue.submit(verdict(second, "alice"))
        assert refusal.value.kept is True
        assert ids(queue.claim("bob")) == ["c2"]

    def test_to_one_who_may_not_have_it_it_is_refused(self, make_queue: Any) -> None:
        queue = make_queue(rules=Rules(reviewers={"p": frozenset({"alice", "shop"})}))
        queue.admit([item("c1", pool="p", overlap=2)], producer="shop")
        judge(queue, "alice")
        for name in ("alice", "bob", "shop"):
            with pytest.raises(NotAvailable):
                queue.assign("lead", "c1", name)
        with pytest.raises(NotFound):
            queue.assign("lead", "c2", "alice")

    def test_again_it_is_nothing(self, queue: Queue) -> None:
        fill(queue, "c1")
        for _ in range(2):
            queue.assign("lead", "c1", "bob")
        assert events(queue).count("case.assigned c1") == 1


class TestProducer:
    def test_it_never_judges_its_own_case(self, queue: Queue) -> None:
        queue.admit([item("c1")], producer="shop")
        fill(queue, "c2")
        assert ids(queue.claim("shop", batch=2)) == ["c2"]
        with pytest.raises(NotAvailable):
            queue.claim("shop", case_id="c1")
        assert ids(queue.claim("alice")) == ["c1"]

    def test_the_store_knows_whose_a_case_is(self, queue: Queue) -> None:
        queue.admit([item("c1")], producer="shop")
        fill(queue, "c2")
        assert (queue.owner("c1"), queue.owner("c2")) == ("shop", None)
        with pytest.raises(NotFound):
            queue.owner("c3")

    def test_the_id_of_anothers_case_is_a_conflict_even_with_the_same_content(
        self, queue: Queue
    ) -> None:
        for producer, outcome in (("shop", "queued"), ("shop", "duplicate"), ("bank", "conflict")):
            assert queue.admit([item("c1")], producer=producer)[0].outcome == outcome


class TestRequeueAndFree:
    def test_a_case_put_off_is_back_for_one_or_for_all(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", overlap=2)
        for name in ("alice", "bob"):
            queue.release(name, queue.claim(name)[0].token, reason="snooze", until=LATER)
        queue.requeue("lead", "c1", reviewer="alice")
        assert ids(queue.claim("alice")) == ["c1"]
        assert ids(queue.claim("bob")) == ["c2"]
        queue.requeue("lead", "c1")
        assert ids(queue.claim("bob")) == ["c1"]
        assert events(queue).count("case.requeued c1") == 2

    def test_with_nothing_to_forget_nothing_happens(self, queue: Queue) -> None:
        fill(queue, "c1")
        before = list(queue.trail())
        queue.requeue("lead", "c1")
        assert list(queue.trail()) == before
        with pytest.raises(NotFound):
            queue.requeue("lead", "c2")

    def test_leases_are_ended_one_or_all(self, queue: Queue) -> None:
        fill(queue, "c1", overlap=3)
        for name in ("alice", "bob", "carol"):
            queue.claim(name)
        assert queue.free("lead", "c1", reviewer="bob") == 1
        assert [lease.reviewer for lease in queue.leases()] == ["alice", "carol"]
        assert queue.free("lead", "c1") == 2
        assert queue.free("lead", "c1") == 0
        assert ids(queue.claim("dave")) == ["c1"]
        with pytest.raises(NotFound):
            queue.free("lead", "c2")

    def test_a_verdict_under_a_freed_lease_is_adopted_while_its_slot_is_open(
        self, queue: Queue
    ) -> None:
        fill(queue, "c1")
        given = verdict(queue.claim("alice")[0], "alice")
        queue.free("lead", "c1")
        assert queue.submit(given).adopted


class TestLists:
    def test_pages_hold_every_case_once_in_order(self, queue: Queue, clock: FakeClock) -> None:
        fill(queue, *(f"c{n}" for n in range(7)), pool="p", due=LATER)
        queue.claim("alice", lease_s=60)
        seen, cursor = [], None
        while True:
            page = queue.listing(cursor=cursor, limit=3)
            seen += page.rows
            if (cursor := page.cursor) is None:
                break
        assert [row.case_id for row in seen] == [f"c{n}" for n in range(7)]
        assert [row.holders for row in seen] == [("alice",)] + [()] * 6
        first = seen[0]
        assert (first.kind, first.state, first.pool, first.priority) == (
            "response",
            "pending",
            "p",
            50,
        )
        assert (first.due, first.overlap, first.open_slots) == (LATER, 1, 0)
        assert (first.version, first.queued_at) == (1, NINE)
        clock.advance(60)
        assert queue.listing(limit=1).rows[0].holders == ()

    def test_a_page_is_of_one_state_and_one_pool_if_asked(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", pool="p")
        fill(queue, "c3", pool="q")
        judge(queue, "alice")
        queue.withdraw("lead", "c3")

        def of(**wanted: Any) -> list[str]:
            return [row.case_id for row in queue.listing(**wanted).rows]

        assert of(state="pending") == ["c2"]
        assert of(state="resolved", pool="p") == ["c1"]
        assert of(state="withdrawn") == ["c3"]
        assert of(pool="nowhere") == []

    @pytest.mark.parametrize("wrong", [{"cursor": "x"}, {"limit": 0}, {"limit": 1001}])
    def test_a_page_that_nobody_can_give_is_invalid(
        self, queue: Queue, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(Invalid):
            queue.listing(**wrong)

    def test_upcoming_is_what_a_claim_would_give_and_says_why(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2")
        fill(queue, "c3", priority=90, due=LATER)
        queue.release("alice", queue.claim("alice", case_id="c1")[0].token, reason="skip")
        queue.assign("lead", "c2", "alice")
        before = list(queue.trail())
        found = queue.upcoming("alice")
        assert list(queue.trail()) == before
        assert [one.case_id for one in found] == ["c3", "c2", "c1"]
        assert "priority 90" in found[0].why
        assert "10:00" in found[0].why
        assert "assigned to you" in found[1].why
        assert "skipped" in found[2].why
        assert [one.case_id for one in queue.upcoming("alice", limit=1)] == ["c3"]
        assert ids(queue.claim("alice", batch=3)) == ["c3", "c2", "c1"]

    def test_verdicts_and_resolutions_are_paged_by_their_place(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", "c3")
        given = [judge(queue, "alice") for _ in range(3)]
        first = queue.verdict_page(limit=2)
        rest = queue.verdict_page(after=first[-1][0])
        assert [stored.verdict.id for _, stored in first + rest] == [one.id for one in given]
        queue.undo("alice", given[1].id)
        places = queue.resolution_page()
        assert [resolution.case_id for _, resolution in places] == ["c1", "c3"]
        assert [r.case_id for _, r in queue.resolution_page(after=places[0][0])] == ["c3"]

    def test_one_case_is_told_without_its_verdicts(self, queue: Queue) -> None:
        queue.admit([(Submission(id="c1", output="o"), Route())])
        assert queue.case("c1").output == "o"
        with pytest.raises(NotFound):
            queue.case("c2")


def test_the_trail_replays_to_the_tables_after_all_of_it(dispute: Queue, clock: FakeClock) -> None:
    dispute.adjudicate("lead", "c1", "reject", cause="guideline_gap", note="the words of a note")
    fill(dispute, "c2", "c3", "c4", due=LATER)
    dispute.change("lead", "c2", priority=7, pool="q", due=LATER + timedelta(hours=1))
    dispute.assign("lead", "c3", "carol")
    dispute.claim("carol")
    dispute.free("lead", "c3")
    dispute.withdraw("shop", "c4", note="the words of a note")
    dispute.resolution("c1", deliver=True)
    clock.advance(3600)
    dispute.tick()
    audit = dispute.verify()
    assert audit.chain.fault is None
    assert audit.differences == ()
    assert not any(b"words of a note" in row.entry for row in dispute.trail())
