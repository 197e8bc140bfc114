"""Any sequence of operations leaves a store where a small model in memory says it must be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim
from hitl_tui.queue import choosing
from hitl_tui.queue.protocol import (
    Forbidden,
    LeaseLost,
    NotAvailable,
    Record,
    UndoRefused,
)
from tests.conformance.model import MCase, Model, MVerdict
from tests.queue.places import a_place, store_at, violations
from tests.queue.world import FakeClock, ids, item, verdict

REVIEWERS = st.sampled_from(["alice", "bob", "carol"])
EXAMPLES, STEPS = (2000, 100) if os.environ.get("HITL_PROOF") == "long" else (200, 50)
POOLS = st.sampled_from(["p", "q"])
DECISIONS = st.sampled_from(["approve", "reject"])


class QueueMachine(RuleBasedStateMachine):
    engine = "sqlite"
    leased = Bundle("leased")
    given = Bundle("given")

    def __init__(self) -> None:
        super().__init__()
        # A cursor is saved at the first row stepped over: thirty steps must reach it.
        self.stepped_over, choosing.STEPPED_OVER = choosing.STEPPED_OVER, 1
        self.scope = ExitStack()
        directory = self.scope.enter_context(tempfile.TemporaryDirectory())
        self.path = self.scope.enter_context(a_place(self.engine, Path(directory)))
        self.clock = FakeClock()
        self.queue = self.opened()
        self.model = Model(self.clock)

    def opened(self) -> Any:
        """The store under test."""
        return store_at(self.path, self.clock)

    def teardown(self) -> None:
        choosing.STEPPED_OVER = self.stepped_over
        self.queue.close()
        try:
            assert violations(self.path) == []
        finally:
            self.scope.close()

    @initialize()
    def begin(self) -> None:
        for overlap in (1, 2, 2, 3):
            self.ingest(1, overlap, "p", overlap)

    @rule(
        priority=st.integers(0, 2),
        due=st.none() | st.integers(1, 4),
        pool=POOLS,
        overlap=st.integers(1, 3),
    )
    def ingest(self, priority: int, due: int | None, pool: str, overlap: int) -> None:
        number = len(self.model.cases)
        when = None if due is None else self.clock.now + timedelta(hours=due)
        route = {"priority": priority, "due": when, "pool": pool, "overlap": overlap}
        assert self.queue.admit([item(f"c{number}", **route)])[0].outcome == "queued"
        self.model.cases[f"c{number}"] = MCase(number, priority, when, pool, pool, overlap, when)

    @rule(
        target=leased,
        reviewer=REVIEWERS,
        pools=st.lists(st.sampled_from(["p", "q", "lead"]), max_size=2),
    )
    def claim(self, reviewer: str, pools: list[str]) -> Any:
        wanted = self.model.expected(reviewer, pools, 1)
        found = self.queue.claim(reviewer, pools=pools)
        assert ids(found) == wanted
        return self.model.note(found[0], reviewer) if found else multiple()

    @rule(reviewer=REVIEWERS, batch=st.integers(2, 4))
    def claim_batch(self, reviewer: str, batch: int) -> None:
        wanted = self.model.expected(reviewer, [], batch)
        found = self.queue.claim(reviewer, batch=batch, lease_s=60)
        assert ids(found) == wanted
        for claim in found:
            self.model.note(claim, reviewer)

    @rule(target=leased, reviewer=REVIEWERS, data=st.data(), unskip=st.booleans())
    def claim_named(self, reviewer: str, data: st.DataObject, unskip: bool) -> Any:
        case = self.any_case(data)
        may = self.model.may_have(case, reviewer)
        try:
            claim = (
                self.queue.unskip(reviewer, case)
                if unskip
                else self.queue.claim(reviewer, case_id=case)[0]
            )
        except NotAvailable:
            assert not may
            return multiple()
        assert may
        return self.model.note(claim, reviewer)

    @rule(claim=leased)
    def heartbeat(self, claim: Claim) -> None:
        lease = self.model.held[claim.token]
        alive = claim.token in self.model.live(lease.case)
        found = self.queue.heartbeat(lease.reviewer, [claim.token])
        assert list(found) == ([claim.token] if alive else [])
        if alive:
            lease.until = found[claim.token]

    @rule(reviewer=REVIEWERS)
    def resume(self, reviewer: str) -> None:
        old = [
            t for t, lease in self.model.held.items() if t in self.model.live(lease.case, reviewer)
        ]
        found = self.queue.resume(reviewer)
        cases = {self.model.held[token].case for token in old}
        assert ids(found) == sorted(cases, key=lambda case: self.model.cases[case].order())
        for token in old:
            self.model.held[token].ended = True
        for claim in found:
            self.model.note(claim, reviewer)

    @rule(claim=leased, hours=st.none() | st.integers(1, 2), leave=st.booleans())
    def put_off(self, claim: Claim, hours: int | None, leave: bool) -> None:
        lease = self.model.held[claim.token]
        if lease.ended:
            return
        until = self.clock.now + timedelta(hours=hours) if hours and not leave else None
        reason = "quit" if leave else "snooze" if hours else "skip"
        alive = claim.token in self.model.live(lease.case)
        try:
            self.queue.release(lease.reviewer, claim.token, reason=reason, until=until)  # type: ignore[arg-type]
        except LeaseLost:
            assert not alive
            return
        assert alive
        lease.ended = True
        if until is not None:
            self.model.snoozes[lease.case, lease.reviewer] = until
        elif not leave:
            self.model.steps += 1
            self.model.skips[lease.case, lease.reviewer] = self.model.steps
            self.clock.advance(0.001)

    @rule(
        target=given,
        claim=leased,
        decision=st.sampled_from(["approve", "reject", "edit", "escalate"]),
        text=st.sampled_from("xy"),
    )
    def submit(self, claim: Claim, decision: str, text: str) -> Any:
        lease = self.model.held[claim.token]
        case = self.model.cases[lease.case]
        fields = {"edited_output": text} if decision == "edit" else {}
        one = verdict(claim, lease.reviewer, decision, **fields)
        used = any(v.given.lease == claim.token for v in case.verdicts)
        alive = claim.token in self.model.live(lease.case)
        adopt = not alive and self.model.may_have(lease.case, lease.reviewer)
        try:
            receipt = self.queue.submit(one)
        except LeaseLost as lost:
            assert used or not (alive or adopt)
            assert lost.kept is not used
            if lost.kept:
                case.verdicts.append(MVerdict(one, "late", kept=True))
            if lost.kept and case.closed == "fallback":
                assert "fallback" in str(lost)
            return one if lost.kept else multiple()
        assert not used and (alive or adopt) and receipt.adopted == adopt
        lease.ended = True
        case.verdicts.append(MVerdict(one, "stands" if decision == "escalate" else "counts"))
        if decision == "escalate":
            case.pool = "lead"
        if case.assigned == lease.reviewer:
            case.assigned = None
        assert receipt.case_state == self.told(case.state)
        return one

    @rule(target=given, reviewer=REVIEWERS, decision=DECISIONS)
    def judge(self, reviewer: str, decision: str) -> Any:
        found = self.queue.claim(reviewer)
        if not found:
            return multiple()
        return self.submit(self.model.note(found[0], reviewer), decision, "x")

    @rule(one=given)
    def replay(self, one: Verdict) -> None:
        known = next(v for v in self.model.cases[one.case_id].verdicts if v.given.id == one.id)
        try:
            assert self.queue.submit(one).id == one.id
            assert not known.kept
        except LeaseLost as lost:
            assert lost.kept and known.kept

    @rule(target=leased, one=given)
    def undo(self, one: Verdict) -> Any:
        case = self.model.cases[one.case_id]
        known = next(v for v in case.verdicts if v.given.id == one.id)
        may = case.closed is None and (
            known.standing == "counts"
            or (known.standing == "stands" and self.model.open_slots(one.case_id) > 0)
        )
        if may:
            self.model.undo(case, known)
        try:
            claim = self.queue.undo(one.reviewer, one.id)
        except UndoRefused:
            assert not may
            return multiple()
        assert may
        return self.model.note(claim, one.reviewer)

    @rule(seconds=st.sampled_from([1, 59, 61, 301, 3600, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.model.time_passed()

    @rule(data=st.data(), who=st.sampled_from(["alice", "lead"]), decision=DECISIONS)
    def adjudicate(self, data: st.DataObject, who: str, decision: str) -> None:
        name = self.any_case(data)
        case = self.model.cases[name]
        judged = any(v.given.reviewer == who for v in case.verdicts)
        again = case.ruling == (who, decision)
        try:
            found = self.queue.adjudicate(who, name, decision, cause="error")
        except Forbidden:
            assert judged and not again
        except NotAvailable:
            assert not judged and not again and case.state != "disputed"
        else:
            assert again or (case.state == "disputed" and not judged)
            assert (found.source, found.decision) == ("adjudication", decision)
            case.ruling = (who, decision)
            self.model.close(name, "adjudicated")

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        name = self.any_case(data)
        state = self.model.cases[name].state
        try:
            self.queue.withdraw("lead", name)
        except NotAvailable:
            assert state == "resolved"
            return
        assert state != "resolved"
        self.model.close(name, "withdrawn")

    @rule(data=st.data(), priority=st.integers(0, 3), pool=POOLS, hours=st.none() | st.just(2))
    def change(self, data: st.DataObject, priority: int, pool: str, hours: int | None) -> None:
        name = self.any_case(data)
        case = self.model.cases[name]
        due = None if hours is None else self.clock.now + timedelta(hours=hours)
        try:
            self.queue.change("lead", name, priority=priority, pool=pool, due=due)
        except NotAvailable:
            assert case.state in ("resolved", "withdrawn")
            return
        assert case.state in ("pending", "disputed")
        case.priority = priority
        if case.pool != pool:
            case.pool = case.home = pool
        if due is not None:
            case.due = case.deadline = due

    @rule(data=st.data(), reviewer=st.none() | REVIEWERS)
    def assign(self, data: st.DataObject, reviewer: str | None) -> None:
        name = self.any_case(data)
        case = self.model.cases[name]
        can = reviewer in (None, case.assigned) or not self.model.judged(name, reviewer or "")
        try:
            self.queue.assign("lead", name, reviewer)
        except NotAvailable:
            assert case.state != "pending" or not can
            return
        assert case.state == "pending" and can
        case.assigned = reviewer

    @rule(data=st.data(), reviewer=st.none() | REVIEWERS)
    def requeue(self, data: st.DataObject, reviewer: str | None) -> None:
        name = self.any_case(data)
        self.queue.requeue("lead", name, reviewer=reviewer)
        for who in ("alice", "bob", "carol"):
            if reviewer in (None, who):
                self.model.skips.pop((name, who), None)
                self.model.snoozes.pop((name, who), None)

    @rule(data=st.data())
    def free(self, data: st.DataObject) -> None:
        name = self.any_case(data)
        wanted = self.model.end_leases(name)
        assert self.queue.free("lead", name) == wanted

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        name = self.any_case(data)
        case = self.model.cases[name]
        found = self.queue.resolution(name, deliver=True)
        assert (found is not None) == (case.state == "resolved")
        case.delivered = found is not None

    @rule(reviewer=REVIEWERS)
    def look_ahead(self, reviewer: str) -> None:
        found = self.queue.upcoming(reviewer, limit=3)
        assert [one.case_id for one in found] == self.model.expected(reviewer, [], 3)

    def any_case(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.model.cases)))

    @rule()
    def reopen(self) -> None:
        self.queue.close()
        self.queue = self.opened()

    @invariant()
    def the_counts_agree(self) -> None:
        status = self.queue.status()
        states = [case.state for case in self.model.cases.values()]
        assert status.pending == states.count("pending")
        assert status.resolved == states.count("resolved")
        assert status.disputed == states.count("disputed")
        assert status.leased == sum(bool(self.model.live(case)) for case in self.model.cases)
        standing = [
            v
            for c in self.model.cases.values()
            for v in c.verdicts
            if v.standing in ("counts", "stands")
        ]
        assert status.verdicts == len(standing)
        held = {(lease.token, lease.case_id, lease.reviewer) for lease in self.queue.leases()}
        assert held == {
            (token, lease.case, lease.reviewer)
            for token, lease in self.model.held.items()
            if token in self.model.live(lease.case)
        }

    @invariant()
    def the_records_agree(self) -> None:
        self.check(self.records())

    def told(self, state: str) -> str:
        """The state of a case as the receipt of a verdict names it."""
        return state

    def records(self) -> Iterable[Record]:
        """What the store has after a step."""
        return self.queue.records()  # type: ignore[no-any-return]

    def check(self, records: Iterable[Record]) -> None:
        """The records are those of the model."""
        for record in records:
            case = self.model.cases[record.case.id]
            assert (record.state, record.route.pool) == (case.state, case.pool)
            assert (record.resolution is not None) == (case.state == "resolved")
            stored = [
                (v.verdict.id, "late" if v.late else "undone" if v.undone_at else "there")
                for v in record.verdicts
            ]
            assert stored == [
                (v.given.id, v.standing if v.standing in ("late", "undone") else "there")
                for v in case.verdicts
            ]


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
