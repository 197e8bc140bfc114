"""The Queue: what every store of cases promises, whether a file, a server or a database is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from hitl_tui.model.case import Case, Gold, Kind, Submission
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import (
    CaseState,
    Cause,
    Claim,
    Lease,
    ReleaseReason,
    Resolution,
    Route,
)

if TYPE_CHECKING:
    from hitl_tui.audit.facts import Audit

DEFAULT_LEASE_S = 300
_SILENCE = Shown("")
LOCAL = "local"
"""The producer of what was handed over beside the store, not by a token."""


class QueueError(Exception):
    """What a store could not do, in one sentence that says what to do. `code` is stable."""

    code = "error"

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence: Shown = message(template, **values)
        super().__init__(self.sentence)


class Unreachable(QueueError):
    """The store cannot be opened, read or written: missing, locked, no permission, too new, corrupt."""

    code = "unreachable"


class NoQueue(Unreachable):
    """The database is there, and there is no queue in it."""


class Taken(Unreachable):
    """There is something already where a new queue was to be made."""


class StoreBusy(Unreachable):
    """Another program keeps the store locked beyond the deadline: the same call may work later."""

    code = "store-busy"


class StoreFull(Unreachable):
    """The disk of the store is full: nothing was written."""

    code = "store-full"


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


class VersionMismatch(QueueError):
    """The case was changed since the version that the caller names."""

    code = "version-mismatch"


class Forbidden(QueueError):
    """This person may not do that, whatever the state of the case."""

    code = "forbidden"


class NotOffered(QueueError):
    """This store does not tell that; the sentence says where it is to be had."""

    code = "not-offered"


class Admission(NamedTuple):
    """What became of one submission: queued, allowed or blocked by its route, or the same again."""

    outcome: str  # "queued" | "allowed" | "blocked" | "duplicate" | "conflict"
    reason: Shown | None = None


class Receipt(NamedTuple):
    """The answer to a verdict. `adopted`: it came after its lease and took a slot that was open.

    `kept`: it came too late for any slot; it is stored, marked late, and counts for training only.
    Then `resolution` is the fallback that was given in the meantime, or None. Without `sent` the
    verdict is safe on this machine and on its way: what the server makes of it is not known yet.
    """

    id: str
    accepted: bool
    adopted: bool
    kept: bool
    case_state: CaseState
    resolution: Resolution | None
    sent: bool = True


class Status(NamedTuple):
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


class Holder(NamedTuple):
    """How many cases a reviewer holds, and until when the last of these leases runs."""

    reviewer: str
    cases: int
    until: datetime


class StoredVerdict(NamedTuple):
    """A verdict with what the store knows of it."""

    verdict: Verdict
    late: bool
    adopted: bool
    undone_at: datetime | None


class Ruling(NamedTuple):
    """What a lead decided about a case: the adjudication of a dispute, or a withdrawal.

    `decision` and `cause` are None for a withdrawal; `output` is the adjudicator's own text.
    """

    actor: str
    at: datetime
    decision: str | None = None
    cause: Cause | None = None
    output: str | None = None
    note: str = ""


class Record(NamedTuple):
    """Everything about one case except gold. `verdicts` are in the order of their acceptance."""

    case: Case
    route: Route
    state: CaseState
    version: int
    queued_at: datetime
    verdicts: tuple[StoredVerdict, ...]
    resolution: Resolution | None
    ruling: Ruling | None = None


SPLITS = ("train", "validation", "test")
"""The parts of a data set that a case may belong to, for good once it was put there."""


class Material(NamedTuple):
    """A record as an export needs it, and its place in the order of arrival.

    `planted` is whether its right answer was known before: gold. `split` is one of SPLITS, None as
    long as no export has put the case anywhere.
    """

    seq: int
    record: Record
    planted: bool
    split: str | None


class Stored(NamedTuple):
    """A record as its store keeps it: JSON values in which fields that have their defaults may lack
    (not in `resolution`).

    `verdicts` are (verdict, late, adopted), the ones that stand, in the order of their acceptance;
    `taken` counts those that were undone too, `latest` is the time of the last change among them, in
    microseconds since 1970 as all stored times.
    """

    seq: int
    case: Mapping[str, Any]
    route: Mapping[str, Any]
    state: CaseState
    verdicts: tuple[tuple[Mapping[str, Any], bool, bool], ...]
    resolution: Mapping[str, Any] | None
    taken: int
    latest: int | None


class Basis(NamedTuple):
    """What an export rests on: how many events and cases there are, and who is called what in it.

    `pseudonyms` has everybody who decided something: HMAC-SHA256 under a secret that stays in the store.
    """

    events: int
    cases: int
    pseudonyms: Mapping[str, str]


class Exported(NamedTuple):
    """What left the queue: format, rows, the SHA-256 of the manifest, and that of each file by name."""

    format: str
    rows: int
    manifest: str
    files: Mapping[str, str]


class Row(NamedTuple):
    """One line of a listing. `holders` are the names of those who hold the case now."""

    case_id: str
    kind: Kind
    state: CaseState
    pool: str
    priority: int
    due: datetime | None
    overlap: int
    open_slots: int
    version: int
    queued_at: datetime
    holders: tuple[str, ...]


class Page(NamedTuple):
    """Some rows in order of arrival; `cursor` asks for those behind them, None when there are none."""

    rows: tuple[Row, ...]
    cursor: str | None


class Upcoming(NamedTuple):
    """A case that a claim would give, and in words why it comes at this place."""

    case_id: str
    pool: str
    priority: int
    due: datetime | None
    why: Shown


class Dispute(NamedTuple):
    """A case whose verdicts disagree, since the last of them."""

    case_id: str
    version: int
    pool: str
    since: datetime


class TrailEntry(NamedTuple):
    """One row of the audit trail as stored: `entry` is the canonical JSON (RFC 8785) that was hashed."""

    seq: int
    entry: bytes
    prev: bytes
    hash: bytes


class Connection(NamedTuple):
    """How a store stands with the place where its cases are.

    `online` is None for a store on this machine. `unsent` counts what waits here to be delivered,
    `parked` what the server refused for good and is kept here. `note` is the last thing that became
    of a delivery and that its reviewer has to know; empty when there is none.
    """

    online: bool | None = None
    unsent: int = 0
    parked: int = 0
    note: Shown = _SILENCE


class Queue(Protocol):
    """A store of cases. Safe to call from several threads; times come from the store's own clock.

    Every change is one transaction that also appends its event to the trail. Every method may raise
    `Unreachable`. Where a method takes a `version`, it raises VersionMismatch unless the case has it.
    `actor` is the name of whoever asks, for the trail.
    """

    @property
    def address(self) -> Shown:
        """Where it is, fit to be shown."""

    def connection(self) -> Connection:
        """Whether the place of the cases can be reached, and what waits to be sent; at once."""

    def admit(
        self, batch: Sequence[tuple[Submission, Route]], *, producer: str = LOCAL
    ) -> list[Admission]:
        """Take a batch in one transaction, all or nothing; one admission per item, in order.

        The same id with the same content is `duplicate`; with other content, or from another
        `producer`, `conflict`, and that item is not taken.
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

        Never a case whose slots are taken or that is assigned to another, nor one that this reviewer
        holds, has judged or handed over. A case that this reviewer skipped comes back only when
        nothing else is left; a snoozed one when its time has come. No `pools` means all. With
        `case_id` that case or NotFound / NotAvailable.
        """

    def upcoming(
        self, reviewer: str, *, pools: Sequence[str] = (), limit: int = 5
    ) -> list[Upcoming]:
        """What a claim would give this reviewer now, in that order, and why; leases nothing."""

    def tick(self) -> int:
        """End the leases whose time has passed and give each missed SLA its fallback, exactly once.

        Claims, verdicts and `resolution` do it too, so whichever process notices does it. Returns how
        many fallbacks it made.
        """

    def resume(
        self,
        reviewer: str,
        *,
        lease_s: float = DEFAULT_LEASE_S,
        claimed_before: datetime | None = None,
    ) -> list[Claim]:
        """The cases that this reviewer still holds, under new tokens; the old tokens are void.

        In the order of `claim`. With `claimed_before` only those leased before that moment: what
        another terminal of the same person has claimed since stays with it. A store behind a server
        does not look at it.
        """

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

    def reveal(self, reviewer: str, token: int) -> None:
        """Note in the trail that scores or folded text of a leased case were shown to its reviewer.

        A lease that has ended is as good: what was seen was seen. Raises LeaseLost when the token was
        never this reviewer's.
        """

    def submit(self, verdict: Verdict) -> Receipt:
        """Record a verdict durably. `verdict.lease` is the token; replays by id get the same receipt.

        Raises Invalid, NotFound, Conflict (the id with other content), LeaseLost with `kept` when
        the lease is gone and no slot is open: the verdict is then stored as late.
        """

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        """Take a verdict back by a compensating event and lease its case to the reviewer again.

        Once the resolution was delivered this is an amendment: the trail says so, and the next
        resolution has the next version. Raises NotFound, UndoRefused: undone before, late, the case
        withdrawn, adjudicated or answered by its fallback.
        """

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        """Take a skip or snooze back: forget it and lease the case again. NotFound, NotAvailable."""

    def resolution(self, case_id: str, *, deliver: bool = False) -> Resolution | None:
        """The answer of a case, None as long as there is none; NotFound.

        `deliver` notes that its producer has received it: from then on it is not taken back in
        silence.
        """

    def adjudicate(
        self,
        adjudicator: str,
        case_id: str,
        decision: str,
        *,
        cause: Cause,
        output: str | None = None,
        note: str = "",
        version: int | None = None,
    ) -> Resolution:
        """Settle a dispute. `output` is the new text for a decision that writes one, only then.

        Raises NotFound, NotAvailable (not disputed), Forbidden (the adjudicator has judged the case
        or handed it over), Invalid (the decision does not fit the case). The same again gets the same
        resolution.
        """

    def disputes(self, pools: Sequence[str] = ()) -> list[Dispute]:
        """What waits for adjudication, of these pools or of all, oldest first."""

    def withdraw(
        self, actor: str, case_id: str, *, note: str = "", version: int | None = None
    ) -> None:
        """Take an unresolved case out of the queue, with the leases on it. A repeat is a no-op.

        Raises NotFound, NotAvailable when the case is resolved.
        """

    def change(
        self,
        actor: str,
        case_id: str,
        *,
        priority: int | None = None,
        due: datetime | None = None,
        pool: str | None = None,
        version: int | None = None,
    ) -> int:
        """Give an unresolved case another urgency or pool; what is None stays. Its version now.

        Raises NotFound, NotAvailable when the case is resolved or withdrawn, Invalid.
        """

    def assign(self, actor: str, case_id: str, reviewer: str | None) -> None:
        """Let only this reviewer claim the case, or anybody again. Leases on it stay.

        Raises NotFound, NotAvailable: not pending, or the reviewer has judged it or may not have it.
        """

    def requeue(self, actor: str, case_id: str, *, reviewer: str | None = None) -> None:
        """Forget that this reviewer, or anybody, skipped or snoozed the case; NotFound."""

    def free(self, actor: str, case_id: str, *, reviewer: str | None = None) -> int:
        """End the leases on a case, of this reviewer or of all; how many there were. NotFound."""

    def case(self, case_id: str) -> Case:
        """One case as a reviewer may see it; NotFound."""

    def owner(self, case_id: str) -> str | None:
        """The producer who handed the case over, None when it was not a token's; NotFound."""

    def listing(
        self,
        *,
        state: CaseState | None = None,
        pool: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
        copies: bool = True,
    ) -> Page:
        """Cases in order of arrival, page by page. Invalid for a cursor that no page gave.

        Without `copies` those that quizzes gave to their takers are left out.
        """

    def verdict_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, StoredVerdict]]:
        """Verdicts in the order of their acceptance, each with its place, behind the place `after`."""

    def resolution_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Resolution]]:
        """Standing resolutions in the order they were made, each with its place, behind `after`."""

    def record(self, case_id: str) -> Record:
        """One case with everything but its gold; NotFound."""

    def gold(self, case_id: str) -> Gold | None:
        """The gold answer, for leads; never part of a claim."""

    def looked(self, actor: str, case_id: str) -> None:
        """Note in the trail that `actor` has scores, gold and verdicts of a case shown; NotFound."""

    def status(self, pools: Sequence[str] = ()) -> Status:
        """The counts, of these pools or of all."""

    def holders(self) -> list[Holder]:
        """Who holds cases now, by name."""

    def records(self) -> Iterator[Record]:
        """All cases with their verdicts, in order of arrival, from one snapshot, streaming.

        The copies that quizzes gave to their takers are left out.
        """

    def materials(self, after: int = 0, *, unplaced: bool = False) -> Iterator[Material]:
        """Cases behind the place `after` with what an export needs, in order of arrival, streaming.

        With `unplaced` only those that are in no split yet.
        """

    def stored(self, after: int = 0) -> Iterator[Stored]:
        """Cases behind the place `after` as they are kept, in order of arrival, streaming: the fastest."""

    def material_page(
        self, after: int = 0, limit: int = 1000, *, unplaced: bool = False
    ) -> list[Material]:
        """The next `limit` of them."""

    def basis(self) -> Basis:
        """What an export made now would rest on; for leads."""

    def assign_splits(self, actor: str, splits: Mapping[str, str]) -> dict[str, str]:
        """Put each case (by id) into its split, for good; where each of them is now.

        A case that is in one already stays there. Raises NotFound, Invalid for another split.
        """

    def exported(self, actor: str, exported: Exported) -> None:
        """Note in the trail that `actor` took data out."""

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        """This reviewer's latest verdicts, newest first, undone and late ones not."""

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
