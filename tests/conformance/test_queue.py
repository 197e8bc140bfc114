"""What every store of cases promises."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.model.case import Gold, Submission
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import (
    Conflict,
    Invalid,
    LeaseLost,
    NotAvailable,
    NotFound,
    Queue,
    UndoRefused,
)
from hitl_tui.queue.rules import Rules
from tests.queue.world import NINE, FakeClock, events, fill, ids, item, judge, verdict

HOSTILE = [
    json.loads(line)["text"]
    for line in (Path(__file__).parents[1] / "data" / "hostile_dev.jsonl")
    .read_text("ascii")
    .splitlines()
]


def storable(text: str) -> bool:
    return text == text.encode("utf-8", "replace").decode("utf-8")


class TestAdmission:
    def test_the_same_content_again_is_a_duplicate_and_changes_nothing(self, queue: Queue) -> None:
        fill(queue, "c1")
        before = list(queue.trail())
        assert [a.outcome for a in queue.admit([item("c1")])] == ["duplicate"]
        assert list(queue.trail()) == before

    def test_the_order_of_keys_in_metadata_is_not_content(self, queue: Queue) -> None:
        one, other = ({"a": 1, "b": {"x": 1, "y": 2}}, {"b": {"y": 2, "x": 1}, "a": 1})
        queue.admit([(Submission(id="c1", output="o", metadata=one), Route())])
        again = queue.admit([(Submission(id="c1", output="o", metadata=other), Route())])
        assert again[0].outcome == "duplicate"

    @pytest.mark.parametrize(
        "other",
        [
            {"output": "other"},
            {"priority": 3},
            {"gold": {"decision": "approve"}},
            {"metadata": {"n": 1.0}},
            {"metadata": {"n": True}},
        ],
    )
    def test_other_content_is_a_conflict_that_names_the_id_and_the_arrival(
        self, queue: Queue, clock: FakeClock, other: dict[str, Any]
    ) -> None:
        first = {"id": "c1", "output": "o", "metadata": {"n": 1}}
        queue.admit([(Submission.model_validate(first), Route())])
        clock.advance(60)
        found = queue.admit([(Submission.model_validate(first | other), Route()), item("c2")])
        assert [a.outcome for a in found] == ["conflict", "queued"]
        assert "c1" in str(found[0].reason)
        assert "2026-11-22T09:00:00" in str(found[0].reason)
        assert queue.record("c1").case.output == "o"

    def test_an_id_twice_in_one_batch_is_judged_by_its_first(self, queue: Queue) -> None:
        other = (Submission(id="c1", output="other"), Route())
        found = queue.admit([item("c1"), item("c1"), other])
        assert [a.outcome for a in found] == ["queued", "duplicate", "conflict"]

    def test_what_the_policy_allowed_or_blocked_is_resolved_and_never_claimed(
        self, queue: Queue
    ) -> None:
        found = queue.admit([item("c1", action="allow"), item("c2", action="block")])
        assert [a.outcome for a in found] == ["allowed", "blocked"]
        assert queue.claim("alice") == []
        first, second = (record.resolution for record in queue.records())
        assert first is not None and second is not None
        assert (first.source, first.output) == ("policy", "the answer of c1")
        assert (second.source, second.output) == ("policy", None)

    def test_gold_is_kept_apart_from_the_case(self, queue: Queue) -> None:
        gold = Gold(decision="reject", labels=("tone",))
        queue.admit([(Submission(id="c1", output="o", gold=gold), Route()), item("c2")])
        assert queue.gold("c1") == gold
        assert queue.gold("c2") is None
        claim = queue.claim("alice")[0]
        assert "tone" not in claim.model_dump_json()
        with pytest.raises(NotFound):
            queue.gold("c3")

    def test_a_case_comes_back_exactly_as_it_went_in(self, queue: Queue) -> None:
        submission = Submission.model_validate(
            {
                "id": "c1",
                "kind": "preference",
                "input": [
                    {"role": "system", "content": "s\r\n\u2028"},
                    {"role": "user", "content": ""},
                ],
                "candidates": [{"id": "x", "text": "X", "model": None}, {"id": "y", "text": ""}],
                "context": ["p1", {"id": "a", "text": "p2", "score": 0.25}],
                "signals": [{"name": "g", "score": 1.5, "spans": []}],
                "created_at": "2026-11-22T10:00:00.000001+01:00",
                "metadata": {"none": None, "big": 2**62, "list": [1, 1.5, "x", {"y": []}]},
                "tags": ["t"],
                "review_within": "5m",
            }
        )
        due = NINE + timedelta(minutes=5)
        queue.admit([(submission, Route(reasons=("r1",), due=due))])
        claim = queue.claim("alice")[0]
        assert claim.case == submission.case()
        assert claim.route == Route(reasons=("r1",), due=due)
        assert queue.record("c1").case == submission.case()


class TestClaim:
    def test_order_is_priority_then_due_then_arrival_over_all_pools(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        soon, later = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
        fill(queue, "no-due", pool="a")
        fill(queue, "later", pool="b", due=later)
        fill(queue, "soon", pool="a", due=soon)
        fill(queue, "soon-2", pool="b", due=soon)
        fill(queue, "low", pool="a", priority=10, due=NINE + timedelta(minutes=1))
        fill(queue, "urgent", pool="c", priority=90)
        wanted = ["urgent", "soon", "soon-2", "later", "no-due", "low"]
        assert ids(queue.claim("alice", batch=10)) == wanted

    def test_a_case_is_given_to_as_many_reviewers_as_its_overlap(self, queue: Queue) -> None:
        fill(queue, "c1", overlap=2)
        given = [ids(queue.claim(name)) for name in ("alice", "alice", "bob", "carol")]
        assert given == [["c1"], [], ["c1"], []]

    def test_only_the_named_pools_are_claimed_from(self, queue: Queue) -> None:
        fill(queue, "c1", pool="medical")
        assert queue.claim("alice", pools=["legal", "unheard-of"]) == []
        assert ids(queue.claim("alice", pools=["legal", "medical", "medical"])) == ["c1"]

    def test_tokens_rise_and_the_lease_ends_by_the_stores_clock(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        first, second = queue.claim("alice", batch=2, lease_s=60)
        assert second.token > first.token
        assert first.lease_until == NINE + timedelta(seconds=60)
        assert first.server_time == NINE

    def test_an_expired_lease_gives_the_case_to_the_next(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1")
        queue.claim("alice", lease_s=60)
        clock.advance(59.9)
        assert queue.claim("bob") == []
        clock.advance(0.1)
        assert ids(queue.claim("bob")) == ["c1"]
        assert events(queue)[-2:] == ["lease.expired c1", "lease.claimed c1"]

    def test_an_expired_lease_does_not_bar_its_reviewer(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1")
        queue.claim("alice", lease_s=60)
        clock.advance(61)
        assert ids(queue.claim("alice")) == ["c1"]

    def test_a_named_case_is_claimed_out_of_turn(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        assert ids(queue.claim("alice", case_id="c2")) == ["c2"]

    def test_a_named_case_that_cannot_be_had_says_why(self, queue: Queue) -> None:
        fill(queue, "held", "judged", "mine", overlap=1)
        queue.admit([item("allowed", action="allow")])
        queue.claim("bob", case_id="held")
        claim = queue.claim("alice", case_id="judged")[0]
        queue.submit(verdict(claim, "alice", "escalate"))
        queue.claim("alice", case_id="mine")
        for case_id, words in {
            "held": "taken",
            "judged": "judged",
            "mine": "holds",
            "allowed": "resolved",
        }.items():
            with pytest.raises(NotAvailable, match=words):
                queue.claim("alice", case_id=case_id)
        with pytest.raises(NotFound, match="nowhere"):
            queue.claim("alice", case_id="nowhere")

    def test_a_claim_that_makes_no_sense_is_invalid(self, queue: Queue) -> None:
        for call in (
            lambda: queue.claim(""),
            lambda: queue.claim("\ud800"),
            lambda: queue.claim("alice", batch=0),
            lambda: queue.claim("alice", lease_s=0),
            lambda: queue.claim("alice", lease_s=float("nan")),
            lambda: queue.claim("alice", lease_s=1e12),
        ):
            with pytest.raises(Invalid):
                call()


class TestSkipAndSnooze:
    def test_a_skipped_case_comes_back_only_when_nothing_else_is_left_oldest_first(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2", "c3")
        for _ in range(2):
            claim = queue.claim("alice")[0]
            queue.release("alice", claim.token, reason="skip")
            clock.advance(1)
        assert ids(queue.claim("alice", batch=5)) == ["c3", "c1", "c2"]

    def test_a_skipped_case_is_there_for_others_at_once(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        queue.release("alice", queue.claim("alice")[0].token, reason="skip")
        assert ids(queue.claim("bob")) == ["c1"]

    def test_a_snoozed_case_is_hidden_from_its_reviewer_until_its_time(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2")
        until = NINE + timedelta(hours=1)
        queue.release("alice", queue.claim("alice")[0].token, reason="snooze", until=until)
        assert queue.status().snoozed == 1
        assert ids(queue.claim("alice", batch=2)) == ["c2"]
        clock.advance(3600)
        assert queue.status().snoozed == 0
        assert ids(queue.claim("alice")) == ["c1"]

    def test_a_case_given_back_on_leaving_is_first_again(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        queue.release("alice", queue.claim("alice")[0].token, reason="quit")
        assert ids(queue.claim("alice")) == ["c1"]

    def test_a_skip_is_taken_back(self, queue: Queue) -> None:
        fill(queue, "c1", "c2")
        queue.release("alice", queue.claim("alice")[0].token, reason="skip")
        claim = queue.unskip("alice", "c1")
        queue.submit(verdict(claim, "alice"))
        assert queue.record("c1").state == "resolved"
        with pytest.raises(NotAvailable):
            queue.unskip("alice", "c1")
        with pytest.raises(NotFound):
            queue.unskip("alice", "c9")

    def test_a_skip_cannot_be_taken_back_once_another_has_the_case(self, queue: Queue) -> None:
        fill(queue, "c1")
        queue.release("alice", queue.claim("alice")[0].token, reason="skip")
        queue.claim("bob")
        with pytest.raises(NotAvailable):
            queue.unskip("alice", "c1")

    def test_release_again_is_nothing_and_of_a_foreign_lease_is_refused(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1")
        token = queue.claim("alice", lease_s=60)[0].token
        with pytest.raises(LeaseLost):
            queue.release("bob", token, reason="skip")
        queue.release("alice", token, reason="quit")
        before = list(queue.trail())
        queue.release("alice", token, reason="quit")
        assert list(queue.trail()) == before
        token = queue.claim("alice", lease_s=60)[0].token
        clock.advance(61)
        for lost in (token, 0, -1, 2**70):
            with pytest.raises(LeaseLost):
                queue.release("alice", lost, reason="quit")

    def test_a_snooze_needs_a_time_and_nothing_else_has_one(self, queue: Queue) -> None:
        fill(queue, "c1")
        token = queue.claim("alice")[0].token
        with pytest.raises(Invalid):
            queue.release("alice", token, reason="snooze")
        with pytest.raises(Invalid):
            queue.release("alice", token, reason="skip", until=NINE)
        with pytest.raises(Invalid):
            queue.release("alice", token, reason="snooze", until=NINE.replace(tzinfo=None))


class TestLease:
    def test_a_heartbeat_prolongs_what_lives_and_leaves_out_what_is_lost(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2")
        mine = queue.claim("alice", lease_s=60)[0].token
        other = queue.claim("bob", lease_s=600)[0].token
        clock.advance(50)
        prolonged = queue.heartbeat("alice", [mine, other, 99, 2**70, -1], lease_s=60)
        assert prolonged == {mine: NINE + timedelta(seconds=110)}
        clock.advance(59)
        assert ids(queue.resume("alice")) == ["c1"]
        clock.advance(10_000)
        assert queue.heartbeat("alice", [mine]) == {}

    def test_a_heartbeat_never_shortens_a_lease(self, queue: Queue) -> None:
        fill(queue, "c1")
        claim = queue.claim("alice", lease_s=600)[0]
        assert queue.heartbeat("alice", [claim.token], lease_s=1) == {
            claim.token: claim.lease_until
        }

    def test_resume_gives_the_held_cases_under_new_tokens_and_voids_the_old(
        self, queue: Queue
    ) -> None:
        fill(queue, "c1", "c2", "c3")
        old = queue.claim("alice", batch=2)
        queue.claim("bob")
        new = queue.resume("alice")
        assert ids(new) == ["c1", "c2"]
        assert not {claim.token for claim in new} & {claim.token for claim in old}
        assert queue.heartbeat("alice", [claim.token for claim in old]) == {}
        with pytest.raises(LeaseLost):
            queue.release("alice", old[0].token, reason="skip")
        assert queue.submit(verdict(new[0], "alice")).accepted

    def test_resume_gives_the_cases_in_the_order_of_a_claim(self, queue: Queue) -> None:
        fill(queue, "c1")
        fill(queue, "c2", due=NINE + timedelta(days=1))
        fill(queue, "c3", priority=99)
        for case_id in ("c1", "c2", "c3"):
            queue.claim("alice", case_id=case_id)
        assert ids(queue.resume("alice")) == ["c3", "c2", "c1"]

    def test_leases_and_holders_tell_who_holds_what_until_when(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2", "c3")
        queue.claim("bob", lease_s=60)
        queue.claim("alice", batch=2, lease_s=120)
        assert [(h.reviewer, h.cases) for h in queue.holders()] == [("alice", 2), ("bob", 1)]
        assert [(lease.reviewer, lease.case_id) for lease in queue.leases()] == [
            ("bob", "c1"),
            ("alice", "c2"),
            ("alice", "c3"),
        ]
        clock.advance(60)
        assert [h.reviewer for h in queue.holders()] == ["alice"]


class TestVerdict:
    def test_a_single_verdict_resolves_a_case_of_overlap_1(self, queue: Queue) -> None:
        fill(queue, "c1")
        claim = queue.claim("alice")[0]
        receipt = queue.submit(verdict(claim, "alice"))
        assert receipt.case_state == "resolved"
        resolution = receipt.resolution
        assert resolution is not None
        assert (resolution.source, resolution.decision) == ("reviewer", "approve")
        assert resolution.output == "the answer of c1"
        assert resolution.verdicts == (receipt.id,)
        assert queue.record("c1").resolution == resolution

    def test_the_store_notes_when_it_was_decided_if_nobody_did(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2")
        judge(queue, "alice")
        judge(queue, "alice", decided_at=NINE - timedelta(minutes=5))
        times = [stored.verdict.decided_at for stored in queue.history("alice")]
        assert times == [NINE - timedelta(minutes=5), NINE]

    def test_every_field_of_a_verdict_is_stored_as_given(self, queue: Queue) -> None:
        fill(queue, "c1")
        given = verdict(
            queue.claim("alice")[0],
            "alice",
            "edit",
            edited_output="new\r\n\x00text",
            labels=["tone", "pii"],
            spans=[{"start": 0, "end": 3, "label": "tone"}],
            rationale="because",
            guidelines=["g@1"],
            evidence=[{"passage": 0, "start": 1, "end": 2}],
            confidence=4,
            active_ms=41200,
            revealed=True,
            first_decision="approve",
            opened_at=NINE,
            decided_at=NINE,
            client="hitl/0.1",
        )
        receipt = queue.submit(given)
        assert queue.record("c1").verdicts[0].verdict == given
        assert receipt.resolution is not None
        assert receipt.resolution.output == "new\r\n\x00text"

    def test_the_evidence_of_a_verdict_comes_back_in_its_order(self, queue: Queue) -> None:
        fill(queue, "c1")
        places = [{"passage": 2, "start": 5, "end": 9}, {"passage": 0, "start": 1, "end": 2}]
        given = verdict(queue.claim("alice")[0], "alice", evidence=places)
        queue.submit(given)
        (stored,) = queue.record("c1").verdicts
        assert [one.model_dump() for one in stored.verdict.evidence] == places
        assert queue.history("alice")[0].verdict.evidence == given.evidence
        (kept,) = queue.stored()
        assert [row["evidence"] for row, *_ in kept.verdicts] == [places]

    @pytest.mark.parametrize(
        ("decisions", "state", "decision", "output"),
        [
            (["approve", "approve", "reject"], "resolved", "approve", "the answer of c1"),
            (["reject", "approve", "reject"], "resolved", "reject", None),
            (["edit:x", "edit:x", "approve"], "resolved", "edit", "x"),
            (["edit:x", "edit:X", "approve"], "disputed", None, None),
            (["approve", "reject"], "disputed", None, None),
            (["approve", "approve"], "resolved", "approve", "the answer of c1"),
        ],
    )
    def test_consensus_is_a_strict_majority(
        self,
        queue: Queue,
        decisions: list[str],
        state: str,
        decision: str | None,
        output: str | None,
    ) -> None:
        fill(queue, "c1", overlap=len(decisions))
        for number, given in enumerate(decisions):
            name, _, text = given.partition(":")
            judge(queue, f"reviewer-{number}", name, **({"edited_output": text} if text else {}))
        record = queue.record("c1")
        assert record.state == state
        resolution = record.resolution
        assert (resolution and resolution.decision) == decision
        assert (resolution and resolution.output) == output
        assert resolution is None or resolution.source == "consensus"

    def test_a_store_may_ask_for_unanimity(self, make_queue: Any) -> None:
        queue = make_queue(rules=Rules(consensus="unanimous"))
        fill(queue, "c1", overlap=3)
        for name, decision in (("a", "approve"), ("b", "approve"), ("c", "reject")):
            judge(queue, name, decision)
        assert queue.record("c1").state == "disputed"

    def test_a_replay_gets_the_same_receipt_and_changes_nothing(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", overlap=2)
        given = verdict(queue.claim("alice")[0], "alice")
        receipt = queue.submit(given)
        judge(queue, "bob")
        before = list(queue.trail())
        clock.advance(1000)
        assert queue.submit(given) == receipt
        assert list(queue.trail()) == before
        resolving = queue.history("bob")[0].verdict
        again = queue.submit(resolving)
        assert again.resolution == queue.record("c1").resolution

    def test_the_same_id_with_other_content_is_a_conflict(self, queue: Queue) -> None:
        fill(queue, "c1")
        given = verdict(queue.claim("alice")[0], "alice")
        queue.submit(given)
        with pytest.raises(Conflict, match=given.id):
            queue.submit(given.model_copy(update={"rationale": "another"}))

    def test_a_verdict_that_does_not_fit_is_invalid_and_the_lease_stays(self, queue: Queue) -> None:
        fill(queue, "c1")
        claim = queue.claim("alice")[0]
        for wrong in (
            verdict(claim, "alice", "tie"),
            verdict(claim, "alice", "edit"),
            verdict(claim, "alice", edited_output="x"),
            verdict(claim, "alice", spans=[{"start": 0, "end": 99}]),
            verdict(claim, "alice", lease=None),
        ):
            with pytest.raises(Invalid):
                queue.submit(wrong)
        assert queue.submit(verdict(claim, "alice")).accepted

    def test_a_verdict_on_a_foreign_lease_or_case_is_refused_and_not_kept(
        self, queue: Queue
    ) -> None:
        fill(queue, "c1", "c2")
        claim = queue.claim("alice")[0]
        for wrong in (
            verdict(claim, "bob"),
            verdict(claim, "alice", case_id="c2"),
            verdict(claim, "alice", lease=999),
        ):
            with pytest.raises(LeaseLost) as refusal:
                queue.submit(wrong)
            assert refusal.value.kept is False
        with pytest.raises(NotFound):
            queue.submit(verdict(claim, "alice", case_id="c9"))
        assert queue.record("c1").verdicts == ()

    def test_a_lease_serves_for_one_verdict(self, queue: Queue) -> None:
        fill(queue, "c1", overlap=3)
        claim = queue.claim("alice")[0]
        queue.submit(verdict(claim, "alice"))
        with pytest.raises(LeaseLost) as refusal:
            queue.submit(verdict(claim, "alice"))
        assert refusal.value.kept is False
        assert len(queue.record("c1").verdicts) == 1


class TestLateVerdict:
    @pytest.fixture
    def stale(self, queue: Queue, clock: FakeClock) -> Any:
        """A verdict of alice on c1, whose lease has passed."""
        fill(queue, "c1")
        given = verdict(queue.claim("alice", lease_s=60)[0], "alice")
        clock.advance(60)
        return given

    def test_it_is_adopted_when_its_slot_is_still_open(self, queue: Queue, stale: Any) -> None:
        receipt = queue.submit(stale)
        assert (receipt.accepted, receipt.adopted, receipt.kept) == (True, True, False)
        assert receipt.case_state == "resolved"
        assert queue.submit(stale) == receipt
        assert queue.record("c1").verdicts[0].adopted

    def test_it_is_kept_when_another_holds_the_slot(self, queue: Queue, stale: Any) -> None:
        claim = queue.claim("bob")[0]
        for _ in range(2):
            with pytest.raises(LeaseLost) as refusal:
                queue.submit(stale)
            assert refusal.value.kept is True
        assert queue.submit(verdict(claim, "bob", "reject")).case_state == "resolved"
        record = queue.record("c1")
        assert [stored.late for stored in record.verdicts] == [True, False]
        assert record.resolution is not None
        assert record.resolution.decision == "reject"
        assert queue.status().verdicts == 1

    def test_it_is_kept_when_the_case_is_resolved(self, queue: Queue, stale: Any) -> None:
        judge(queue, "bob", "reject")
        with pytest.raises(LeaseLost) as refusal:
            queue.submit(stale)
        assert refusal.value.kept is True

    @pytest.mark.parametrize("overlap", [1, 2])
    def test_it_is_kept_when_its_reviewer_holds_the_case_anew(
        self, queue: Queue, clock: FakeClock, overlap: int
    ) -> None:
        fill(queue, "c1", overlap=overlap)
        stale = verdict(queue.claim("alice", lease_s=60)[0], "alice")
        clock.advance(60)
        claim = queue.claim("alice")[0]
        with pytest.raises(LeaseLost) as refusal:
            queue.submit(stale)
        assert refusal.value.kept is True
        assert queue.submit(verdict(claim, "alice", "reject")).accepted

    def test_it_is_kept_when_its_reviewer_has_judged_the_case_anew(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", overlap=2)
        stale = verdict(queue.claim("alice", lease_s=60)[0], "alice")
        clock.advance(60)
        judge(queue, "alice", "reject")
        with pytest.raises(LeaseLost) as refusal:
            queue.submit(stale)
        assert refusal.value.kept is True
        assert [stored.late for stored in queue.record("c1").verdicts] == [False, True]

    def test_it_cannot_be_undone(self, queue: Queue, stale: Any) -> None:
        judge(queue, "bob")
        with pytest.raises(LeaseLost):
            queue.submit(stale)
        with pytest.raises(UndoRefused):
            queue.undo("alice", stale.id)

    def test_a_released_case_can_still_be_judged_under_the_old_token(self, queue: Queue) -> None:
        fill(queue, "c1")
        claim = queue.claim("alice")[0]
        queue.release("alice", claim.token, reason="quit")
        assert queue.submit(verdict(claim, "alice")).adopted


class TestEscalation:
    def test_it_moves_the_case_to_the_lead_and_opens_its_slot_to_others_only(
        self, queue: Queue
    ) -> None:
        fill(queue, "c1", pool="general")
        receipt = queue.submit(verdict(queue.claim("alice")[0], "alice", "escalate", rationale="?"))
        assert (receipt.case_state, receipt.resolution) == ("pending", None)
        assert queue.claim("alice") == []
        assert queue.claim("bob", pools=["general"]) == []
        claim = queue.claim("bob", pools=["lead"])[0]
        assert claim.route.pool == "lead"
        assert queue.submit(verdict(claim, "bob")).case_state == "resolved"

    def test_the_target_pool_is_the_stores_to_say(self, make_queue: Any) -> None:
        queue = make_queue(rules=Rules(escalates_to={"medical": "chief"}))
        fill(queue, "c1", pool="medical")
        judge(queue, "alice", "escalate")
        assert ids(queue.claim("bob", pools=["chief"])) == ["c1"]

    def test_a_pool_with_named_reviewers_is_closed_to_others(self, make_queue: Any) -> None:
        queue = make_queue(rules=Rules(reviewers={"medical": frozenset({"alice"})}))
        fill(queue, "c1", pool="medical")
        fill(queue, "c2", pool="general")
        assert ids(queue.claim("bob", batch=5)) == ["c2"]
        assert queue.claim("bob", pools=["medical"]) == []
        with pytest.raises(NotAvailable, match="does not serve"):
            queue.claim("bob", case_id="c1")
        assert ids(queue.claim("alice", batch=5)) == ["c1"]

    def test_undone_it_brings_the_case_back_to_its_pool_and_its_reviewer(
        self, queue: Queue
    ) -> None:
        fill(queue, "c1", pool="general")
        given = judge(queue, "alice", "escalate")
        claim = queue.undo("alice", given.id)
        assert claim.route.pool == "general"
        assert queue.claim("bob") == []
        assert queue.submit(verdict(claim, "alice", "reject")).case_state == "resolved"

    @pytest.mark.parametrize("judged", [False, True])
    def test_it_cannot_be_undone_once_another_has_the_case(
        self, queue: Queue, judged: bool
    ) -> None:
        fill(queue, "c1")
        given = judge(queue, "alice", "escalate")
        claim = queue.claim("bob")[0]
        if judged:
            queue.submit(verdict(claim, "bob"))
        with pytest.raises(UndoRefused):
            queue.undo("alice", given.id)
        assert not queue.history("alice")[0].undone_at

    def test_late_it_is_adopted_and_escalates(self, queue: Queue, clock: FakeClock) -> None:
        fill(queue, "c1")
        given = verdict(queue.claim("alice", lease_s=1)[0], "alice", "escalate")
        clock.advance(1)
        assert queue.submit(given).adopted
        assert queue.claim("alice") == []
        assert ids(queue.claim("bob", pools=["lead"])) == ["c1"]

    def test_of_two_the_case_stays_escalated_when_one_is_undone(self, queue: Queue) -> None:
        fill(queue, "c1", overlap=2)
        given = judge(queue, "alice", "escalate")
        judge(queue, "bob", "escalate")
        assert queue.undo("alice", given.id).route.pool == "lead"


class TestUndo:
    def test_several_verdicts_are_taken_back_one_by_one(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", "c3")
        given = [judge(queue, "alice") for _ in range(3)]
        for one in reversed(given):
            assert queue.undo("alice", one.id).case.id == one.case_id
        assert queue.history("alice") == []
        assert [record.state for record in queue.records()] == ["pending"] * 3
        assert all(record.resolution is None for record in queue.records())
        stored = queue.record("c1").verdicts[0]
        assert stored.undone_at == NINE

    def test_the_case_can_be_judged_again_with_a_second_resolution(self, queue: Queue) -> None:
        fill(queue, "c1")
        given = judge(queue, "alice")
        claim = queue.undo("alice", given.id)
        receipt = queue.submit(verdict(claim, "alice", "reject"))
        assert receipt.resolution is not None
        assert receipt.resolution.version == 2
        assert receipt.resolution.verdicts == (receipt.id,)

    def test_a_replay_of_an_undone_verdict_does_not_bring_it_back(self, queue: Queue) -> None:
        fill(queue, "c1")
        given = verdict(queue.claim("alice")[0], "alice")
        receipt = queue.submit(given)
        queue.undo("alice", given.id)
        assert queue.submit(given) == receipt
        assert queue.record("c1").state == "pending"

    def test_it_takes_a_dispute_apart(self, queue: Queue) -> None:
        fill(queue, "c1", overlap=2)
        judge(queue, "alice", "approve")
        given = judge(queue, "bob", "reject")
        assert queue.status().disputed == 1
        claim = queue.undo("bob", given.id)
        assert queue.submit(verdict(claim, "bob", "approve")).case_state == "resolved"

    def test_twice_or_of_another_reviewer_it_is_refused(self, queue: Queue) -> None:
        fill(queue, "c1")
        given = judge(queue, "alice")
        with pytest.raises(NotFound):
            queue.undo("bob", given.id)
        with pytest.raises(NotFound):
            queue.undo("alice", "no-such-verdict")
        queue.undo("alice", given.id)
        with pytest.raises(UndoRefused):
            queue.undo("alice", given.id)

    def test_the_lease_it_gives_can_expire_like_any_other(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1")
        queue.undo("alice", judge(queue, "alice").id, lease_s=60)
        assert queue.claim("bob") == []
        clock.advance(60)
        assert ids(queue.claim("bob")) == ["c1"]


class TestReading:
    def test_status_counts_what_its_names_say(self, queue: Queue, clock: FakeClock) -> None:
        assert queue.status().oldest_pending_s is None
        fill(queue, "c1", "c2", pool="a")
        clock.advance(30)
        fill(queue, "c3", "c4", "c5", pool="b")
        fill(queue, "d1", pool="b", overlap=2, priority=99)
        judge(queue, "x", "approve")
        judge(queue, "y", "reject")
        judge(queue, "alice")
        queue.undo("alice", judge(queue, "alice").id)
        until = clock.now + timedelta(hours=1)
        queue.release("bob", queue.claim("bob")[0].token, reason="snooze", until=until)
        status = queue.status()
        assert (status.pending, status.leased, status.snoozed) == (4, 1, 1)
        assert (status.disputed, status.resolved, status.verdicts) == (1, 1, 3)
        assert status.oldest_pending_s == 30
        assert queue.status(["b"]).pending == 3
        assert queue.status(["b"]).verdicts == 2
        assert queue.status(["b"]).oldest_pending_s == 0
        assert queue.status(["nowhere"]).pending == 0

    def test_a_stream_of_records_is_one_snapshot_and_bars_no_writer(self, queue: Queue) -> None:
        fill(queue, *(f"c{n}" for n in range(50)))
        judge(queue, "alice")
        stream = queue.records()
        assert next(stream).state == "resolved"
        fill(queue, "more")
        judge(queue, "alice")
        rest = list(stream)
        assert len(rest) == 49
        assert {record.state for record in rest} == {"pending"}

    def test_records_and_record_say_the_same(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", overlap=2)
        judge(queue, "alice", "escalate", rationale="r")
        judge(queue, "bob")
        judge(queue, "bob", "reject")
        assert [queue.record(record.case.id) for record in queue.records()] == list(queue.records())
        with pytest.raises(NotFound):
            queue.record("c3")

    def test_history_is_newest_first_and_limited(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", "c3")
        given = [judge(queue, "alice") for _ in range(3)]
        assert [s.verdict.id for s in queue.history("alice", 2)] == [given[2].id, given[1].id]
        assert queue.history("bob") == []

    def test_a_late_verdict_takes_no_place_in_the_history(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1", "c2")
        counted = judge(queue, "alice")
        claim = queue.claim("alice", lease_s=60)[0]
        clock.advance(61)
        judge(queue, "bob")
        with pytest.raises(LeaseLost):
            queue.submit(verdict(claim, "alice"))
        assert [stored.late for stored in queue.record("c2").verdicts] == [False, True]
        assert [stored.verdict.id for stored in queue.history("alice", 1)] == [counted.id]


class TestTrail:
    def test_every_change_is_one_event_in_order(self, queue: Queue, clock: FakeClock) -> None:
        fill(queue, "c1")
        token = queue.claim("alice")[0].token
        queue.heartbeat("alice", [token])
        queue.release("alice", token, reason="skip")
        queue.unskip("alice", "c1")
        claim = queue.resume("alice")[0]
        given = verdict(claim, "alice")
        queue.submit(given)
        queue.undo("alice", given.id, lease_s=1)
        clock.advance(1)
        queue.claim("bob")
        assert events(queue) == [
            "case.queued c1",
            "lease.claimed c1",
            "lease.released c1",
            "skip.undone c1",
            "lease.resumed c1",
            "verdict.recorded c1",
            "verdict.undone c1",
            "lease.expired c1",
            "lease.claimed c1",
        ]

    def test_that_something_was_shown_is_an_event_of_whoever_has_or_had_the_lease(
        self, queue: Queue, clock: FakeClock
    ) -> None:
        fill(queue, "c1")
        token = queue.claim("alice", lease_s=60)[0].token
        queue.reveal("alice", token)
        queue.release("alice", token, reason="skip")
        queue.reveal("alice", token)
        for reviewer, other in (
            ("bob", token),
            ("alice", token + 1),
            ("alice", 0),
            ("alice", 2**70),
        ):
            with pytest.raises(LeaseLost):
                queue.reveal(reviewer, other)
        trail = [json.loads(entry.entry) for entry in queue.trail()]
        assert [(one["type"], one["actor"], one["case_id"]) for one in trail][-3:] == [
            ("case.revealed", "alice", "c1"),
            ("lease.released", "alice", "c1"),
            ("case.revealed", "alice", "c1"),
        ]

    def test_a_refused_change_leaves_no_trace(self, queue: Queue) -> None:
        fill(queue, "c1")
        claim = queue.claim("alice")[0]
        before = list(queue.trail())
        with pytest.raises(Invalid):
            queue.submit(verdict(claim, "alice", "tie"))
        with pytest.raises(NotAvailable):
            queue.claim("bob", case_id="c1")
        with pytest.raises(NotFound):
            queue.undo("alice", "none")
        assert list(queue.trail()) == before

    def test_it_holds_no_content(self, queue: Queue) -> None:
        words = "the words of the case"
        queue.admit([(Submission(id="c1", input=words, output=words, context=[words]), Route())])
        judge(queue, "alice", "edit", edited_output=words, rationale=words, labels=[words])
        assert not any(words.encode() in row.entry for row in queue.trail())

    def test_it_is_whole_and_the_tables_agree(self, queue: Queue) -> None:
        fill(queue, "c1", "c2", overlap=2)
        judge(queue, "alice")
        noted = list(queue.trail())[-1].hash
        queue.undo("bob", judge(queue, "bob", "reject").id)
        audit = queue.verify(noted)
        assert audit.chain.fault is None
        assert audit.differences == ()
        assert (audit.chain.anchored, audit.chain.tail) == (True, 3)
        assert [row.seq for row in queue.trail(after=2)] == [
            row.seq for row in queue.trail() if row.seq > 2
        ]


class TestExactText:
    @pytest.mark.parametrize("text", [t for t in HOSTILE if storable(t)])
    def test_hostile_text_is_stored_and_returned_identical(self, queue: Queue, text: str) -> None:
        name = text[:512] or "empty"
        submission = Submission(id=name, input=text, output=text, context=[text], tags=(text,))
        queue.admit([(submission, Route(pool=name, reasons=(text,), rule=text))])
        claim = queue.claim(name, pools=[name])[0]
        assert claim.case == submission.case()
        assert claim.route.reasons == (text,)
        given = verdict(
            claim, name, "edit", id=name, edited_output=text, rationale=text, labels=[name]
        )
        receipt = queue.submit(given)
        assert receipt.resolution is not None
        assert receipt.resolution.output == text
        assert queue.history(name)[0].verdict.labels == (name,)
        assert queue.record(name).verdicts[0].verdict.rationale == text
        assert queue.submit(given) == receipt
        assert queue.undo(name, name).case.id == name
        assert queue.verify().differences == ()

    def test_a_case_that_json_cannot_hold_is_refused_with_its_batch(self, queue: Queue) -> None:
        broken = Submission(id="c2", output="o", metadata={"x": "\ud800"})
        with pytest.raises(Invalid):
            queue.admit([item("c1"), (broken, Route())])
        assert list(queue.records()) == []


class TestTogether:
    def test_two_openings_of_one_queue_see_each_other(self, make_queue: Any) -> None:
        one, other = make_queue(), make_queue()
        fill(one, "c1", "c2")
        assert ids(one.claim("alice")) == ["c1"]
        assert ids(other.claim("alice")) == ["c2"]
        assert ids(other.resume("alice")) == ["c1", "c2"]

    def test_threads_share_one_queue(self, queue: Queue) -> None:
        fill(queue, *(f"c{n}" for n in range(40)), overlap=2)
        failures: list[BaseException] = []

        def work(name: str) -> None:
            try:
                while claims := queue.claim(name):
                    queue.submit(verdict(claims[0], name))
                    queue.status()
            except BaseException as error:  # noqa: BLE001  (told to the test's own thread)
                failures.append(error)

        threads = [threading.Thread(target=work, args=(f"r{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert queue.status().resolved == 40
        assert queue.status().verdicts == 80
