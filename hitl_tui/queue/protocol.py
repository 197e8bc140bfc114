"""The Queue: what every store of cases promises, whether a file, a server or a database is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hitl_tui.audit.replay import Audit
from hitl_tui.model.case import Case, Gold, Submission
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import CaseState, Claim, Lease, ReleaseReason, Resolution, Route

DEFAULT_LEASE_S = 300


class QueueError(Exception):
    """What a store could not do, in one sentence that says what to do. `code` is stable."""

    code = "error"

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence: Shown = message(template, **values)
        super().__init__(self.sentence)


class Unreachable(QueueError):
    """The store cannot be opened, read or written: missing, locked, no permission, too new, corrupt."""

    code = "unreachable"


class NotFound(QueueError):
    """There is no such case or verdict."""

    code = "not-found"


class Conflict(QueueError):
    """The same id came again with other content."""

    code = "idempotency-conflict"


class Invalid(QueueError):
    """The verdict does not fit the case."""

    code = "invalid"


class NotAvailable(QueueError):
    """The case cannot be had now: resolved, withdrawn, judged by this reviewer, or all slots taken."""

    code = "not-available"


class LeaseLost(QueueError):
    """The lease is no longer this reviewer's. `kept` says whether the verdict was kept as late."""

    code = "lease-lost"

    def __init__(self, template: str, /, kept: bool = False, **values: object) -> None:
        super().__init__(template, **values)
        self.kept = kept


class UndoRefused(QueueError):
    """The verdict cannot be taken back any more; the sentence says why."""

    code = "undo-refused"


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of one submission: queued, allowed or blocked by its route, or the same again."""

    outcome: str  # "queued" | "allowed" | "blocked" | "duplicate" | "conflict"
    reason: Shown | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a verdict. `adopted`: it came after its lease and took a slot that was open.

    `kept`: it came too late for any slot; it is stored, marked late, and counts for training only.
    """

    id: str
    accepted: bool
    adopted: bool
    kept: bool
    case_state: CaseState
    resolution: Resolution | None


@dataclass(frozen=True, slots=True)
class Status:
    """The counts of `hitl queue status`, under the names that its JSON has.

    `pending` counts every unresolved case, leased and snoozed included (disputed ones are counted
    apart); `verdicts` counts standing ones. `oldest_pending_s` is in seconds, None when nothing waits.
    """

    pending: int
    leased: int
    snoozed: int
    disputed: int
    resolved: int
    verdicts: int
    oldest_pending_s: float | None


@dataclass(frozen=True, slots=True)
class Holder:
    """How many cases a reviewer holds, and until when the last of these leases runs."""

    reviewer: str
    cases: int
    until: datetime


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict with what the store knows of it."""

    verdict: Verdict
    late: bool
    adopted: bool
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one case except gold. `verdicts` are in the order of their acceptance."""

    case: Case
    route: Route
    state: CaseState
    version: int
    queued_at: datetime
    verdicts: tuple[StoredVerdict, ...]
    resolution: Resolution | None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One row of the audit trail as stored: `entry` is the canonical JSON (RFC 8785) that was hashed."""

    seq: int
    entry: bytes
    prev: bytes
    hash: bytes


class Queue(Protocol):
    """A store of cases. Safe to call from several threads; times come from the store's own clock.

    Every change is one transaction that also appends its event to the trail. Every method may raise
    `Unreachable`.
    """

    @property
    def address(self) -> Shown:
        """Where it is, fit to be shown."""

    def admit(self, batch: Sequence[tuple[Submission, Route]]) -> list[Admission]:
        """Take a batch in one transaction, all or nothing; one admission per item, in order.

        The same id with the same content is `duplicate`; with other content `conflict`, and that
        item is not taken.
        """

    def claim(
        self,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Claim]:
        """Lease up to `batch` cases atomically, the most urgent first: priority, due, arrival.

        Never a case whose slots are taken, nor one that this reviewer holds or has judged. A case
        that this reviewer skipped comes back only when nothing else is left; a snoozed one when its
        time has come. No `pools` means all. With `case_id` that case or NotFound / NotAvailable.
        """

    def resume(self, reviewer: str, *, lease_s: float = DEFAULT_LEASE_S) -> list[Claim]:
        """The cases that this reviewer still holds, under new tokens; the old tokens are void."""

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], *, lease_s: float = DEFAULT_LEASE_S
    ) -> dict[int, datetime]:
        """Prolong live leases; a token that is missing from the answer is lost."""

    def release(
        self,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        """Give a case back. `skip` and `snooze` are remembered for this reviewer, `quit` is not.

        Raises LeaseLost when the token is not this reviewer's live lease; a repeat is a no-op.
        """

    def submit(self, verdict: Verdict) -> Receipt:
        """Record a verdict durably. `verdict.lease` is the token; replays by id get the same receipt.

        Raises Invalid, NotFound, Conflict (the id with other content), LeaseLost with `kept` when
        the lease is gone and no slot is open: the verdict is then stored as late.
        """

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        """Take a verdict back by a compensating event and lease its case to the reviewer again.

        Raises NotFound, UndoRefused. A verdict that was undone already is UndoRefused.
        """

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        """Take a skip or snooze back: forget it and lease the case again. NotFound, NotAvailable."""

    def record(self, case_id: str) -> Record:
        """One case with everything but its gold; NotFound."""

    def gold(self, case_id: str) -> Gold | None:
        """The gold answer, for leads; never part of a claim."""

    def status(self, pools: Sequence[str] = ()) -> Status:
        """The counts, of these pools or of all."""

    def holders(self) -> list[Holder]:
        """Who holds cases now, by name."""

    def records(self) -> Iterator[Record]:
        """All cases with their verdicts, in order of arrival, from one snapshot, streaming."""

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        """This reviewer's latest verdicts, newest first, undone ones not."""

    def trail(self, after: int = 0) -> Iterator[TrailEntry]:
        """The audit trail behind `after`, in order, streaming."""

    def leases(self) -> list[Lease]:
        """Every live lease, by token."""

    def verify(self, head: bytes | None = None) -> Audit:
        """Check the whole trail and compare the tables with its replay, in one snapshot.

        `head` is the 32-byte hash of an entry that was noted outside the store at an earlier time.
        """

    def close(self) -> None:
        """Give the store's resources back; leases stay."""
