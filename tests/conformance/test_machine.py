"""Any sequence of operations leaves a store where a small model in memory says it must be."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim
from hitl_tui.queue import claims
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import LeaseLost, NotAvailable, UndoRefused
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.world import NINE, FakeClock, ids, item, verdict

REVIEWERS = st.sampled_from(["alice", "bob", "carol"])
POOLS = st.sampled_from(["p", "q"])
FAR = datetime.max.replace(tzinfo=NINE.tzinfo)


@dataclass
class MVerdict:
    given: Verdict
    standing: str
    kept: bool = False


@dataclass
class MLease:
    case: str
    reviewer: str
    until: datetime
    ended: bool = False


@dataclass
class MCase:
    order: tuple[int, datetime, int]
    pool: str
    home: str
    overlap: int
    verdicts: list[MVerdict] = field(default_factory=list)

    def counting(self) -> list[Verdict]:
        return [v.given for v in self.verdicts if v.standing == "counts"]

    @property
    def state(self) -> str:
        votes = [(v.decision, v.edited_output) for v in self.counting()]
        if len(votes) < self.overlap:
            return "pending"
        most = max(votes.count(vote) for vote in votes)
        return "resolved" if 2 * most > self.overlap else "disputed"


class QueueMachine(RuleBasedStateMachine):
    leased = Bundle("leased")
    given = Bundle("given")

    def __init__(self) -> None:
        super().__init__()
        # A cursor is saved at the first row stepped over: thirty steps must reach it.
        self.stepped_over, claims.STEPPED_OVER = claims.STEPPED_OVER, 1
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "hitl.db"
        self.clock = FakeClock()
        self.queue = SqliteQueue(self.path, clock=self.clock, create=True)
        self.cases: dict[str, MCase] = {}
        self.held: dict[int, MLease] = {}
        self.skips: dict[tuple[str, str], int] = {}
        self.snoozes: dict[tuple[str, str], datetime] = {}
        self.steps = 0

    def teardown(self) -> None:
        claims.STEPPED_OVER = self.stepped_over
        self.queue.close()
        try:
            assert violations(self.path) == []
        finally:
            self.directory.cleanup()

    def live(self, case: str, reviewer: str | None = None) -> list[int]:
        return [
            token
            for token, lease in self.held.items()
            if lease.case == case
            and reviewer in (None, lease.reviewer)
            and not lease.ended
            and lease.until > self.clock.now
        ]

    def open_slots(self, case: str) -> int:
        return self.cases[case].overlap - len(self.cases[case].counting()) - len(self.live(case))

    def judged(self, case: str, reviewer: str) -> bool:
        return any(
            v.given.reviewer == reviewer and v.standing in ("counts", "stands")
            for v in self.cases[case].verdicts
        )

    def may_have(self, case: str, reviewer: str) -> bool:
        return (
            self.cases[case].state == "pending"
            and self.open_slots(case) > 0
            and not self.judged(case, reviewer)
            and not self.live(case, reviewer)
        )

    def note(self, claim: Claim, reviewer: str) -> Claim:
        assert claim.token > max(self.held, default=0)
        assert claim.route.pool == self.cases[claim.case.id].pool
        self.held[claim.token] = MLease(claim.case.id, reviewer, claim.lease_until)
        self.skips.pop((claim.case.id, reviewer), None)
        self.snoozes.pop((claim.case.id, reviewer), None)
        return claim

    @rule(
        priority=st.integers(0, 2),
        due=st.none() | st.integers(0, 3),
        pool=POOLS,
        overlap=st.integers(1, 3),
    )
    def ingest(self, priority: int, due: int | None, pool: str, overlap: int) -> None:
        number = len(self.cases)
        when = None if due is None else NINE + timedelta(hours=due)
        route = {"priority": priority, "due": when, "pool": pool, "overlap": overlap}
        assert self.queue.admit([item(f"c{number}", **route)])[0].outcome == "queued"
        self.cases[f"c{number}"] = MCase((-priority, when or FAR, number), pool, pool, overlap)

    @rule(
        target=leased,
        reviewer=REVIEWERS,
        pools=st.lists(st.sampled_from(["p", "q", "lead"]), max_size=2),
    )
    def claim(self, reviewer: str, pools: list[str]) -> Any:
        wanted = self.expected(reviewer, pools, 1)
        found = self.queue.claim(reviewer, pools=pools)
        assert ids(found) == wanted
        return self.note(found[0], reviewer) if found else None

    @rule(reviewer=REVIEWERS, batch=st.integers(2, 4))
    def claim_batch(self, reviewer: str, batch: int) -> None:
        wanted = self.expected(reviewer, [], batch)
        found = self.queue.claim(reviewer, batch=batch, lease_s=60)
        assert ids(found) == wanted
        for claim in found:
            self.note(claim, reviewer)

    def expected(self, reviewer: str, pools: list[str], batch: int) -> list[str]:
        there = [
            case
            for case in self.cases
            if self.may_have(case, reviewer) and (not pools or self.cases[case].pool in pools)
        ]
        skipped = [case for case in there if (case, reviewer) in self.skips]
        asleep = [
            case for case in there if self.snoozes.get((case, reviewer), NINE) > self.clock.now
        ]
        fresh = [case for case in there if case not in skipped and case not in asleep]
        fresh.sort(key=lambda case: self.cases[case].order)
        skipped.sort(key=lambda case: self.skips[case, reviewer])
        return (fresh + skipped)[:batch]

    @rule(target=leased, reviewer=REVIEWERS, data=st.data(), unskip=st.booleans())
    def claim_named(self, reviewer: str, data: st.DataObject, unskip: bool) -> Any:
        if not self.cases:
            return None
        case = data.draw(st.sampled_from(sorted(self.cases)))
        may = self.may_have(case, reviewer)
        try:
            claim = (
                self.queue.unskip(reviewer, case)
                if unskip
                else self.queue.claim(reviewer, case_id=case)[0]
            )
        except NotAvailable:
            assert not may
            return None
        assert may
        return self.note(claim, reviewer)

    @rule(claim=leased)
    def heartbeat(self, claim: Claim | None) -> None:
        if claim is None:
            return
        lease = self.held[claim.token]
        alive = claim.token in self.live(lease.case)
        found = self.queue.heartbeat(lease.reviewer, [claim.token])
        assert list(found) == ([claim.token] if alive else [])
        if alive:
            lease.until = found[claim.token]

    @rule(reviewer=REVIEWERS)
    def resume(self, reviewer: str) -> None:
        old = [t for t, lease in self.held.items() if t in self.live(lease.case, reviewer)]
        found = self.queue.resume(reviewer)
        assert ids(found) == [self.held[token].case for token in sorted(old)]
        for token in old:
            self.held[token].ended = True
        for claim in found:
            self.note(claim, reviewer)

    @rule(claim=leased, hours=st.none() | st.integers(1, 2), leave=st.booleans())
    def put_off(self, claim: Claim | None, hours: int | None, leave: bool) -> None:
        if claim is None or (lease := self.held[claim.token]).ended:
            return
        until = self.clock.now + timedelta(hours=hours) if hours and not leave else None
        reason = "quit" if leave else "snooze" if hours else "skip"
        alive = claim.token in self.live(lease.case)
        try:
            self.queue.release(lease.reviewer, claim.token, reason=reason, until=until)  # type: ignore[arg-type]
        except LeaseLost:
            assert not alive
            return
        assert alive
        lease.ended = True
        if until is not None:
            self.snoozes[lease.case, lease.reviewer] = until
        elif not leave:
            self.steps += 1
            self.skips[lease.case, lease.reviewer] = self.steps
            self.clock.advance(0.001)

    @rule(
        target=given,
        claim=leased,
        decision=st.sampled_from(["approve", "reject", "edit", "escalate"]),
        text=st.sampled_from("xy"),
    )
    def submit(self, claim: Claim | None, decision: str, text: str) -> Any:
        if claim is None:
            return None
        lease = self.held[claim.token]
        case = self.cases[lease.case]
        fields = {"edited_output": text} if decision == "edit" else {}
        one = verdict(claim, lease.reviewer, decision, **fields)
        used = any(v.given.lease == claim.token for v in case.verdicts)
        alive = claim.token in self.live(lease.case)
        adopt = not alive and self.may_have(lease.case, lease.reviewer)
        try:
            receipt = self.queue.submit(one)
        except LeaseLost as lost:
            assert used or not (alive or adopt)
            assert lost.kept is not used
            if lost.kept:
                case.verdicts.append(MVerdict(one, "late", kept=True))
            return one if lost.kept else None
        assert not used and (alive or adopt) and receipt.adopted == adopt
        lease.ended = True
        case.verdicts.append(MVerdict(one, "stands" if decision == "escalate" else "counts"))
        if decision == "escalate":
            case.pool = "lead"
        assert receipt.case_state == case.state
        return one

    @rule(one=given)
    def replay(self, one: Verdict | None) -> None:
        if one is None:
            return
        known = next(v for v in self.cases[one.case_id].verdicts if v.given.id == one.id)
        try:
            assert self.queue.submit(one).id == one.id
            assert not known.kept
        except LeaseLost as lost:
            assert lost.kept and known.kept

    @rule(target=leased, one=given)
    def undo(self, one: Verdict | None) -> Any:
        if one is None:
            return None
        case = self.cases[one.case_id]
        known = next(v for v in case.verdicts if v.given.id == one.id)
        may = known.standing == "counts" or (
            known.standing == "stands" and self.open_slots(one.case_id) > 0
        )
        if may:
            known.standing = "undone"
            still = any(v.standing == "stands" for v in case.verdicts)
            case.pool = "lead" if still else case.home
        try:
            claim = self.queue.undo(one.reviewer, one.id)
        except UndoRefused:
            assert not may
            return None
        assert may
        return self.note(claim, one.reviewer)

    @rule(seconds=st.sampled_from([1, 59, 61, 301, 3600, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def reopen(self) -> None:
        self.queue.close()
        self.queue = SqliteQueue(self.path, clock=self.clock)

    @invariant()
    def the_counts_agree(self) -> None:
        status = self.queue.status()
        states = [case.state for case in self.cases.values()]
        assert status.pending == states.count("pending")
        assert status.resolved == states.count("resolved")
        assert status.disputed == states.count("disputed")
        assert status.leased == sum(bool(self.live(case)) for case in self.cases)
        standing = [
            v for c in self.cases.values() for v in c.verdicts if v.standing in ("counts", "stands")
        ]
        assert status.verdicts == len(standing)
        held = {(lease.token, lease.case_id, lease.reviewer) for lease in self.queue.leases()}
        assert held == {
            (token, lease.case, lease.reviewer)
            for token, lease in self.held.items()
            if token in self.live(lease.case)
        }

    @invariant()
    def the_records_agree(self) -> None:
        for record in self.queue.records():
            case = self.cases[record.case.id]
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
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
