"""The bodies that travel over HTTP, as types: what is asked, what is answered; OpenAPI comes from here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel, TypeAdapter

from hitl_tui.model.case import Case, CaseId, RawText, Submission
from hitl_tui.model.fields import Boolean, Int, Name, Number, Record, Text, Time
from hitl_tui.model.ids import new_id
from hitl_tui.model.quiz import Quiz
from hitl_tui.model.verdict import DECISIONS, EvidenceRef, Span, Verdict
from hitl_tui.model.work import CaseState, Cause, ReleaseReason, Resolution, Route
from hitl_tui.queue.opinions import Opinion

LONGEST_WAIT_S = 120
LONGEST_LEASE_S = 86_400
LARGEST_BATCH = 100
LARGEST_PAGE = 1000
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_PORT = r":([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
HOOK_URL = rf"^https://{_LABEL}(\.{_LABEL}){{0,7}}\.?({_PORT})?(/[A-Za-z0-9/._~%=&?+-]{{0,1500}})?$"
LeaseSeconds = Annotated[Int, Field(ge=1, le=LONGEST_LEASE_S)]
Token = Annotated[Int, Field(ge=1)]
Count = Annotated[Int, Field(ge=0)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
SplitName = Literal["train", "validation", "test"]


def _new_case_id() -> CaseId:
    return TypeAdapter(CaseId).validate_python(new_id())


class Handed(Submission):
    """A case as a producer hands it over. Without an id of its own it gets a UUIDv7."""

    id: CaseId = Field(default_factory=_new_case_id)


class ClaimRequest(Record):
    """What a reviewer asks for. `resume`: the cases held already, under new tokens, and no others."""

    pools: tuple[Name, ...] = ()
    batch: Annotated[Int, Field(ge=1, le=LARGEST_BATCH)] = 1
    lease_s: LeaseSeconds = 300
    wait: Annotated[Number, Field(ge=0, le=LONGEST_WAIT_S)] = 0
    case_id: CaseId | None = None
    resume: Boolean = False


class Nothing(Record):
    """An empty body."""


class AcknowledgeRequest(Record):
    """Which version of the guideline was read."""

    version: Name


class QuizzesAnswer(Record):
    """The quizzes there are."""

    quizzes: tuple[Quiz, ...]


class GuidelineAnswer(Record):
    """A published version of the guideline: its text, and who made it known when."""

    version: Text
    text: Text
    by: Name
    at: Time


class HeartbeatRequest(Record):
    """For how long the lease is wanted from now on."""

    lease_s: LeaseSeconds = 300


class ReleaseRequest(Record):
    """Why a case is given back; `until` with a snooze, and only then."""

    reason: ReleaseReason = "quit"
    until: Time | None = None
    note: Text = ""


class UnskipRequest(Record):
    """For how long the case is wanted back."""

    lease_s: LeaseSeconds = 300


_DECISIONS = sorted({decision for known in DECISIONS.values() for decision in known})


def _known(decision: str) -> str:
    if decision not in _DECISIONS:
        raise ValueError(f"a decision is one of: {', '.join(_DECISIONS)}")
    return decision


Decision = Annotated[Name, AfterValidator(_known), Field(json_schema_extra={"enum": _DECISIONS})]
"""A decision of some kind of case; whether it fits the case at hand is for the store to say."""


class VerdictRequest(Record):
    """A verdict under a lease. The server adds the reviewer and the time of the decision."""

    token: Token
    case_id: CaseId
    decision: Decision
    labels: tuple[Name, ...] = ()
    spans: tuple[Span, ...] = ()
    edited_output: RawText | None = None
    rationale: RawText | None = None
    guidelines: tuple[Name, ...] = ()
    evidence: tuple[EvidenceRef, ...] = ()
    confidence: Annotated[Int, Field(ge=1, le=5)] | None = None
    strength: Annotated[Int, Field(ge=1, le=3)] | None = None
    severity: Annotated[Int, Field(ge=0, le=4)] | None = None
    harm: Name | None = None
    order: tuple[Name, ...] = ()
    opened_at: Time | None = None
    client_decided_at: Time | None = None
    active_ms: Annotated[Int, Field(ge=0)] | None = None
    revealed: Boolean = False
    first_decision: Name | None = None
    client: Text | None = None

    def verdict(self, verdict_id: str, reviewer: str) -> Verdict:
        """The verdict that the store records."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"token"}}
        return Verdict.model_validate(
            {**given, "id": verdict_id, "reviewer": reviewer, "lease": self.token}
        )


class AdjudicationRequest(Record):
    """How a dispute is settled, and what caused it."""

    decision: Decision
    cause: Cause
    output: RawText | None = None
    note: Text = ""


class ChangeRequest(Record):
    """What shall be different about an unresolved case; what is not named stays."""

    priority: Annotated[Int, Field(ge=0, le=1000)] | None = None
    due: Time | None = None
    pool: Name | None = None
    withdraw: Boolean = False
    note: Text = ""


class WithdrawRequest(Record):
    """Why a case is taken out of the queue."""

    note: Text = ""


class AssignRequest(Record):
    """The only reviewer who may claim the case; null for anybody again."""

    reviewer: Name | None = None


class OneReviewer(Record):
    """Whose leases, skips or snoozes are meant; null for everybody's."""

    reviewer: Name | None = None


class ClaimRoute(Record):
    """What a reviewer's screen says about a case's way."""

    pool: Name
    priority: Int
    overlap: Int
    due: Time | None


class ClaimAnswer(Record):
    """A leased case. `server_time` is the store's clock."""

    token: Token
    case: Case
    lease_until: Time
    server_time: Time
    route: ClaimRoute


class ClaimsAnswer(Record):
    """The leases of one claim."""

    claims: tuple[ClaimAnswer, ...]


class HeartbeatAnswer(Record):
    """Until when the lease runs now."""

    token: Token
    lease_until: Time
    server_time: Time


class ReceiptAnswer(Record):
    """What became of a verdict.

    To a reviewer `resolved` means that no more verdicts are wanted, whether the others agreed or not,
    and `resolution` is there only when no verdict but their own went into it.
    """

    id: Name
    accepted: bool
    adopted: bool
    case_state: CaseState
    resolution: Resolution | None


class CaseAnswer(Record):
    """A case that a producer handed over: where it is and, once there is one, its resolution."""

    id: CaseId
    state: CaseState
    route: Route
    version: Int
    resolution: Resolution | None = None


class StoredAnswer(Record):
    """A verdict with what the store knows of it."""

    seq: Count | None = None
    verdict: Verdict
    late: bool
    adopted: bool
    undone_at: Time | None


class RulingAnswer(Record):
    """What a lead decided about a case; `decision` and `cause` are null for a withdrawal."""

    actor: Name
    at: Time
    decision: Name | None
    cause: Cause | None
    output: RawText | None
    note: Text


class RecordAnswer(Record):
    """One case with as much as the caller's role may see.

    A reviewer who holds it gets `id`, `route` and `case`; its producer `id`, `state`, `version`,
    `route`, `case` and `resolution`; leads and auditors everything but gold.
    """

    id: CaseId
    route: Route | ClaimRoute
    case: Case
    state: CaseState | None = None
    version: Int | None = None
    queued_at: Time | None = None
    resolution: Resolution | None = None
    verdicts: tuple[StoredAnswer, ...] | None = None
    ruling: RulingAnswer | None = None


class MaterialAnswer(Record):
    """A record as an export needs it; `planted` is whether its right answer was known before."""

    seq: Count
    record: RecordAnswer
    planted: bool
    split: SplitName | None


class MaterialsAnswer(Record):
    """Some of them; `after` asks for the next ones, null when there are none."""

    materials: tuple[MaterialAnswer, ...]
    after: Count | None


class Pseudonym(Record):
    """Who somebody is in exports."""

    name: Name
    pseudonym: Name


class BasisAnswer(Record):
    """What an export made now rests on: events and cases there are, and who is called what in it."""

    events: Count
    cases: Count
    pseudonyms: tuple[Pseudonym, ...]


class SplitOf(Record):
    """The part of the data sets that a case belongs to."""

    case_id: CaseId
    split: SplitName


class SplitsRequest(Record):
    """Cases to be put into their splits, for good."""

    splits: Annotated[tuple[SplitOf, ...], Field(max_length=LARGEST_PAGE)]


class SplitsAnswer(Record):
    """Where each of them is now: one that was in a split before has stayed there."""

    splits: tuple[SplitOf, ...]


class FileNote(Record):
    """A file that left, and the SHA-256 of its bytes."""

    name: Name
    sha256: Digest


class ExportRequest(Record):
    """What left the queue, for the trail: `manifest` is the SHA-256 of the manifest's bytes."""

    format: Name
    rows: Count
    manifest: Digest
    files: Annotated[tuple[FileNote, ...], Field(max_length=LARGEST_PAGE)]


class Unanswered(RootModel[CaseAnswer | RecordAnswer]):
    """A case that has no answer yet: as its producer hears of it, or as who holds it sees it."""


class LineAnswer(Record):
    """What became of one line of a batch. `code` and `detail` are there when it was not taken."""

    line: Annotated[Int, Field(ge=1)]
    id: CaseId | None = None
    outcome: Literal["queued", "allowed", "blocked", "duplicate", "refused"]
    code: Name | None = None
    detail: Text | None = None


class BatchAnswer(Record):
    """The lines in their order, and how many there were of each outcome."""

    taken: Count
    duplicates: Count
    refused: Count
    lines: tuple[LineAnswer, ...]


class RowAnswer(Record):
    """One line of a listing; `holders` hold the case now."""

    case_id: CaseId
    kind: Name
    state: CaseState
    pool: Name
    priority: Int
    due: Time | None
    overlap: Int
    open_slots: Int
    version: Int
    queued_at: Time
    holders: tuple[Name, ...]


class PageAnswer(Record):
    """Some rows; `cursor` asks for those behind them, null when there are none."""

    cases: tuple[RowAnswer, ...]
    cursor: str | None


class VersionAnswer(Record):
    """A case after a change."""

    id: CaseId
    state: CaseState
    version: Int


class FreedAnswer(Record):
    """How many leases were ended."""

    freed: Count


class DisputeRow(Record):
    """A case whose verdicts disagree, since the last of them."""

    case_id: CaseId
    version: Int
    pool: Name
    since: Time


class DisputesAnswer(Record):
    """What waits for adjudication, oldest first."""

    disputes: tuple[DisputeRow, ...]


class DisputeAnswer(Record):
    """A dispute as its adjudicator sees it: the case and the verdicts, nobody's name."""

    case_id: CaseId
    version: Int
    case: Case
    verdicts: tuple[Opinion, ...]


class UpcomingRow(Record):
    """A case that a claim would give, and why it comes at this place."""

    case_id: CaseId
    pool: Name
    priority: Int
    due: Time | None
    why: str


class UpcomingAnswer(Record):
    """What a claim would give now, in that order."""

    cases: tuple[UpcomingRow, ...]


class HolderAnswer(Record):
    """How many cases a reviewer holds, and until when the last of these leases runs."""

    reviewer: Name
    cases: Count
    until: Time


class StatusAnswer(Record):
    """The counts of `hitl queue status --json`; `holders` for leads and auditors only.

    To a reviewer a disputed case counts as resolved: whether others agreed is not theirs to know.
    """

    pending: Count
    leased: Count
    snoozed: Count
    disputed: Count
    resolved: Count
    verdicts: Count
    oldest_pending_s: float | None
    holders: tuple[HolderAnswer, ...] | None = None


class VerdictsAnswer(Record):
    """Verdicts by order of acceptance; `after` asks for the next ones, null when there are none."""

    verdicts: tuple[StoredAnswer, ...]
    after: Count | None


class NumberedResolution(Record):
    """A resolution and its place."""

    seq: Count
    resolution: Resolution


class ResolutionsAnswer(Record):
    """Resolutions by place; `after` asks for the next ones, null when there are none."""

    resolutions: tuple[NumberedResolution, ...]
    after: Count | None


class TrailRow(Record):
    """One row of the trail: `entry` is the canonical text that was hashed, hashes are in hex."""

    seq: Count
    entry: str
    prev: str
    hash: str


class TrailAnswer(Record):
    """The audit trail by seq; `after` asks for the next rows, null when there are none."""

    events: tuple[TrailRow, ...]
    after: Count | None


class WhoAnswer(Record):
    """Whom the token stands for; no `pools` means all."""

    id: Name
    name: Name
    role: Name
    pools: tuple[Name, ...]
    expires_at: Time | None
    server_time: Time


class Limits(Record):
    """What a client has to keep to."""

    body_bytes: Count
    wait_s: Count
    batch: Count
    page: Count
    requests_per_s: Number
    burst: Count


class MetaAnswer(Record):
    """What this server is. `auto_reply` is null unless it answers its cases itself, for tests."""

    name: Literal["hitl"] = "hitl"
    version: str
    api: Literal["v1"] = "v1"
    auto_reply: Literal["approve", "reject"] | None
    limits: Limits


class HookRequest(Record):
    """Where messages are to be sent: a public https address."""

    url: Annotated[str, Field(pattern=HOOK_URL)]


class HookAnswer(Record):
    """A webhook without its secret. `owner`: whose cases it is told of, null for all."""

    id: Name
    url: Text
    owner: Name | None
    created_at: Time
    ended_at: Time | None = None
    why: Text | None = None


class NewHookAnswer(HookAnswer):
    """A webhook with its secret, which is not given again."""

    secret: Text


class HooksAnswer(Record):
    """Webhooks in the order they were made."""

    webhooks: tuple[HookAnswer, ...]


class HealthAnswer(Record):
    """Whether the process lives, or takes work."""

    status: Literal["ok", "ready", "draining"]


class FieldError(Record):
    """Where in the request (a JSON pointer) something is wrong, and what."""

    pointer: str
    detail: str


class ProblemAnswer(Record):
    """Problem details (RFC 9457). `kept` is there with `lease-lost`."""

    type: str
    title: str
    status: Int
    detail: str
    instance: str
    code: str
    retryable: bool
    request_id: str
    errors: tuple[FieldError, ...]
    kept: bool | None = None
