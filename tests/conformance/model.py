"""A queue in memory, as simple as can be: what any store must agree with after any sequence of steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim
from tests.queue.world import NINE, FakeClock

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
    number: int
    priority: int
    due: datetime | None
    pool: str
    home: str
    overlap: int
    deadline: datetime | None
    assigned: str | None = None
    delivered: bool = False
    closed: str | None = None
    ruling: tuple[str, str] | None = None
    verdicts: list[MVerdict] = field(default_factory=list)

    def order(self) -> tuple[int, datetime, int]:
        return -self.priority, self.due or FAR, self.number

    def counting(self) -> list[Verdict]:
        return [v.given for v in self.verdicts if v.standing == "counts"]

    @property
    def state(self) -> str:
        if self.closed is not None:
            return "withdrawn" if self.closed == "withdrawn" else "resolved"
        votes = [(v.decision, v.edited_output) for v in self.counting()]
        if len(votes) < self.overlap:
            return "pending"
        most = max(votes.count(vote) for vote in votes)
        return "resolved" if 2 * most > self.overlap else "disputed"


class Model:
    """What was done so far, and what follows from it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.cases: dict[str, MCase] = {}
        self.held: dict[int, MLease] = {}
        self.skips: dict[tuple[str, str], int] = {}
        self.snoozes: dict[tuple[str, str], datetime] = {}
        self.steps = 0

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
            and self.cases[case].assigned in (None, reviewer)
            and self.open_slots(case) > 0
            and not self.judged(case, reviewer)
            and not self.live(case, reviewer)
        )

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
        fresh.sort(key=lambda case: self.cases[case].order())
        skipped.sort(key=lambda case: self.skips[case, reviewer])
        return (fresh + skipped)[:batch]

    def note(self, claim: Claim, reviewer: str) -> Claim:
        assert claim.token > max(self.held, default=0)
        assert claim.route.pool == self.cases[claim.case.id].pool
        self.held[claim.token] = MLease(claim.case.id, reviewer, claim.lease_until)
        self.skips.pop((claim.case.id, reviewer), None)
        self.snoozes.pop((claim.case.id, reviewer), None)
        return claim

    def end_leases(self, case: str) -> int:
        tokens = self.live(case)
        for token in tokens:
            self.held[token].ended = True
        return len(tokens)

    def close(self, case: str, how: str) -> None:
        self.cases[case].closed = how
        self.end_leases(case)

    def time_passed(self) -> None:
        for name, case in self.cases.items():
            overdue = case.deadline is not None and case.deadline <= self.clock.now
            if overdue and case.state in ("pending", "disputed"):
                self.close(name, "fallback")

    def undo(self, case: MCase, known: MVerdict) -> None:
        overdue = case.deadline is not None and case.deadline <= self.clock.now
        if case.delivered or overdue:
            case.deadline = None
        if known.standing == "stands":
            others = [v for v in case.verdicts if v is not known]
            case.pool = "lead" if any(v.standing == "stands" for v in others) else case.home
        case.delivered, known.standing = False, "undone"
