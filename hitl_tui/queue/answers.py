"""What a queue server answers, as the client reads it: fields that it does not know are passed over."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from hitl_tui.model import work
from hitl_tui.model.case import Case
from hitl_tui.model.fields import Time
from hitl_tui.model.quiz import Quiz
from hitl_tui.model.text import reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue import protocol


class Answer(BaseModel):
    """A body of the server's. A newer server may say more."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Who(Answer):
    """Whom the token stands for."""

    name: str
    role: str
    pools: tuple[str, ...] = ()
    expires_at: Time | None = None


class ClaimRoute(Answer):
    """What a claim says of its case's way."""

    pool: str
    priority: int
    overlap: int
    due: Time | None = None


class Claim(Answer):
    """A leased case."""

    token: int
    case: Case
    route: ClaimRoute
    lease_until: Time
    server_time: Time

    def claim(self) -> work.Claim:
        """As the protocol has it."""
        return work.Claim(
            token=self.token,
            case=self.case,
            route=work.Route(**dict(self.route)),
            lease_until=self.lease_until,
            server_time=self.server_time,
        )


class Claims(Answer):
    """The leases of one claim."""

    claims: tuple[Claim, ...]


class Heartbeat(Answer):
    """Until when a lease runs now."""

    lease_until: Time


class Receipt(Answer):
    """What became of a verdict."""

    id: str
    accepted: bool
    adopted: bool = False
    case_state: work.CaseState
    resolution: work.Resolution | None = None

    def receipt(self) -> protocol.Receipt:
        """As the protocol has it; one that was kept as late comes as an error, not as this."""
        return protocol.Receipt(
            self.id, self.accepted, self.adopted, False, self.case_state, self.resolution
        )


class Stored(Answer):
    """A verdict with what the store knows of it."""

    seq: int | None = None
    verdict: Verdict
    late: bool
    adopted: bool
    undone_at: Time | None = None

    def stored(self) -> protocol.StoredVerdict:
        """As the protocol has it."""
        return protocol.StoredVerdict(self.verdict, self.late, self.adopted, self.undone_at)


class Verdicts(Answer):
    """Some verdicts."""

    verdicts: tuple[Stored, ...]


class Numbered(Answer):
    """A resolution and its place."""

    seq: int
    resolution: work.Resolution


class Resolutions(Answer):
    """Some resolutions."""

    resolutions: tuple[Numbered, ...]


class Ruling(Answer):
    """What a lead decided about a case."""

    actor: str
    at: Time
    decision: str | None = None
    cause: work.Cause | None = None
    output: str | None = None
    note: str = ""


class Record(Answer):
    """One case with as much as the token may see."""

    case: Case
    route: dict[str, Any]
    state: work.CaseState | None = None
    version: int | None = None
    queued_at: Time | None = None
    resolution: work.Resolution | None = None
    verdicts: tuple[Stored, ...] | None = None
    ruling: Ruling | None = None

    def record(self) -> protocol.Record | None:
        """As the protocol has it; None when a part of it was held back."""
        if (
            self.state is None
            or self.version is None
            or self.queued_at is None
            or self.verdicts is None
        ):
            return None
        return protocol.Record(
            self.case,
            work.Route.model_validate(self.route),
            self.state,
            self.version,
            self.queued_at,
            tuple(one.stored() for one in self.verdicts),
            self.resolution,
            None if self.ruling is None else protocol.Ruling(**dict(self.ruling)),
        )


class Material(Answer):
    """A record as an export needs it."""

    seq: int
    record: Record
    planted: bool
    split: str | None = None

    def material(self) -> protocol.Material | None:
        """As the protocol has it; None when a part of the record was held back."""
        record = self.record.record()
        if record is None:
            return None
        return protocol.Material(self.seq, record, self.planted, self.split)


class Materials(Answer):
    """Some of them."""

    materials: tuple[Material, ...]


class Pseudonym(Answer):
    """Who somebody is in exports."""

    name: str
    pseudonym: str


class Basis(Answer):
    """What an export rests on."""

    events: int
    cases: int
    pseudonyms: tuple[Pseudonym, ...] = ()

    def basis(self) -> protocol.Basis:
        """As the protocol has it."""
        names = {one.name: one.pseudonym for one in self.pseudonyms}
        return protocol.Basis(self.events, self.cases, names)


class SplitOf(Answer):
    """The split of a case."""

    case_id: str
    split: str


class Splits(Answer):
    """The splits of some cases."""

    splits: tuple[SplitOf, ...]


class Line(Answer):
    """What became of one line of a batch."""

    id: str | None = None
    outcome: str
    code: str | None = None
    detail: str | None = None


class Batch(Answer):
    """The lines of a batch in their order."""

    lines: tuple[Line, ...]


class Row(Answer):
    """One line of a listing."""

    case_id: str
    kind: Any
    state: work.CaseState
    pool: str
    priority: int
    due: Time | None = None
    overlap: int
    open_slots: int
    version: int
    queued_at: Time
    holders: tuple[str, ...] = ()


class Page(Answer):
    """Some rows of a listing."""

    cases: tuple[Row, ...]
    cursor: str | None = None


class Version(Answer):
    """A case after a change."""

    version: int


class Freed(Answer):
    """How many leases were ended."""

    freed: int


class DisputeRow(Answer):
    """A case whose verdicts disagree."""

    case_id: str
    version: int
    pool: str
    since: Time

    def dispute(self) -> protocol.Dispute:
        """As the protocol has it."""
        return protocol.Dispute(self.case_id, self.version, self.pool, self.since)


class Disputes(Answer):
    """What waits for adjudication."""

    disputes: tuple[DisputeRow, ...]


class UpcomingRow(Answer):
    """A case that a claim would give, and why."""

    case_id: str
    pool: str
    priority: int
    due: Time | None = None
    why: str

    def upcoming(self) -> protocol.Upcoming:
        """As the protocol has it; the server's words are revealed."""
        why = reveal_line(self.why)
        return protocol.Upcoming(self.case_id, self.pool, self.priority, self.due, why)


class UpcomingPage(Answer):
    """What a claim would give now."""

    cases: tuple[UpcomingRow, ...]


class Holder(Answer):
    """How many cases a reviewer holds."""

    reviewer: str
    cases: int
    until: Time


class Status(Answer):
    """The counts of the queue."""

    pending: int
    leased: int
    snoozed: int
    disputed: int
    resolved: int
    verdicts: int
    oldest_pending_s: float | None = None
    holders: tuple[Holder, ...] | None = None

    def status(self) -> protocol.Status:
        """As the protocol has it."""
        return protocol.Status(
            self.pending,
            self.leased,
            self.snoozed,
            self.disputed,
            self.resolved,
            self.verdicts,
            self.oldest_pending_s,
        )


class Quizzes(Answer):
    """The quizzes there are."""

    quizzes: tuple[Quiz, ...]


class Guideline(Answer):
    """A published version of the guideline."""

    version: str
    text: str
    by: str
    at: Time


class TrailRow(Answer):
    """One row of the trail; hashes are in hex."""

    seq: int
    entry: str
    prev: str
    hash: str

    def entry_of(self) -> protocol.TrailEntry:
        """As the protocol has it."""
        return protocol.TrailEntry(
            self.seq, self.entry.encode(), bytes.fromhex(self.prev), bytes.fromhex(self.hash)
        )


class Trail(Answer):
    """Some rows of the trail; `after` asks for the next ones, None when there are none."""

    events: tuple[TrailRow, ...]
    after: int | None = None
