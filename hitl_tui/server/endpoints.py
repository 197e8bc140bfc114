"""What each endpoint takes and answers, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from hitl_tui.model.quiz import Feedback, QuizRecord, Sitting
from hitl_tui.model.work import Resolution
from hitl_tui.server import asking, shapes

TEXT = "text/plain"
NOTHING = None


@dataclass(frozen=True, slots=True)
class Takes:
    """What an endpoint takes and answers. `answers`: status -> shape, None for no body.

    `also` is said in words only: how long to be held and which version to insist on are nothing that
    a program which follows the schema should make up.
    """

    summary: str
    answers: Mapping[int, type[BaseModel] | str | None]
    body: type[BaseModel] | str | None = None
    query: type[asking.Query] = asking.Query
    also: str = ""
    codes: tuple[str, ...] = ()


_IF_MATCH = "`If-Match` with the ETag of the version that the caller knows; without it any version."
_WAIT = "`wait` (seconds, 120 at most) holds the request until there is something."
_CASE = {200: shapes.CaseAnswer, 201: shapes.CaseAnswer, 202: shapes.CaseAnswer}
_CLAIM = {200: shapes.ClaimAnswer}
_LINES = asking.NDJSON

ENDPOINTS: Mapping[str, Takes] = {
    "POST /v1/cases": Takes(
        "Hand over one case; with `Prefer: wait=N` wait for its answer, 202 when it did not come.",
        _CASE,
        shapes.Handed,
        also="`Prefer: wait=N` (RFC 7240) holds the request for up to N seconds, 120 at most.",
        codes=("contradiction", "idempotency-conflict"),
    ),
    "POST /v1/cases:batch": Takes(
        "Hand over many cases, one a line (NDJSON), in one transaction.",
        {200: shapes.BatchAnswer},
        _LINES,
        also="With `Accept: application/x-ndjson` the answer has a line for each line.",
    ),
    "GET /v1/cases": Takes(
        "List cases in order of arrival.", {200: shapes.PageAnswer}, query=asking.ListQuery
    ),
    "GET /v1/cases/{id}": Takes(
        "One case, as much of it as the role may see.",
        {200: shapes.RecordAnswer},
        also="A withdrawn one only with `withdrawn=true`.",
    ),
    "PATCH /v1/cases/{id}": Takes(
        "Give a case another urgency or pool, or withdraw it.",
        {200: shapes.VersionAnswer},
        shapes.ChangeRequest,
        also=_IF_MATCH,
        codes=("contradiction", "not-available", "version-mismatch"),
    ),
    "DELETE /v1/cases/{id}": Takes(
        "Withdraw an unresolved case. It stays on record.",
        {200: shapes.VersionAnswer},
        also=_IF_MATCH,
        codes=("not-available", "version-mismatch"),
    ),
    "GET /v1/cases/{id}/resolution": Takes(
        "The answer of a case, waited for; 202 while there is none.",
        {200: Resolution, 202: shapes.Unanswered},
        also=f"In the query, {_WAIT}",
    ),
    "POST /v1/cases/{id}/adjudication": Takes(
        "Settle a dispute and say what caused it.",
        {200: Resolution},
        shapes.AdjudicationRequest,
        also=_IF_MATCH,
        codes=("not-available", "version-mismatch"),
    ),
    "GET /v1/cases/{id}/dispute": Takes(
        "A disputed case with its verdicts, without names.",
        {200: shapes.DisputeAnswer},
        codes=("not-available",),
    ),
    "POST /v1/cases/{id}:unskip": Takes(
        "Take a skip or snooze back.",
        _CLAIM,
        shapes.UnskipRequest,
        codes=("not-available",),
    ),
    "POST /v1/cases/{id}:assign": Takes(
        "Let only one reviewer claim a case, or anybody again.",
        {204: NOTHING},
        shapes.AssignRequest,
        codes=("not-available",),
    ),
    "POST /v1/cases/{id}:requeue": Takes(
        "Forget who skipped or snoozed a case; a reviewer names themselves.",
        {204: NOTHING},
        shapes.OneReviewer,
    ),
    "POST /v1/cases/{id}:free": Takes(
        "End the leases on a case.", {200: shapes.FreedAnswer}, shapes.OneReviewer
    ),
    "GET /v1/disputes": Takes(
        "What waits for adjudication.", {200: shapes.DisputesAnswer}, query=asking.PoolQuery
    ),
    "POST /v1/claims": Takes(
        "Lease the next cases, one by name, or those held already; waits for work.",
        {200: shapes.ClaimsAnswer, 204: NOTHING},
        shapes.ClaimRequest,
        also=f"In the body, {_WAIT}",
        codes=("not-found", "not-available"),
    ),
    "POST /v1/claims/{token}:heartbeat": Takes(
        "Prolong a lease.",
        {200: shapes.HeartbeatAnswer},
        shapes.HeartbeatRequest,
        codes=("lease-lost",),
    ),
    "POST /v1/claims/{token}:release": Takes(
        "Give a case back: skip, snooze or quit.",
        {204: NOTHING},
        shapes.ReleaseRequest,
        codes=("lease-lost",),
    ),
    "POST /v1/claims/{token}:reveal": Takes(
        "Note in the trail that scores or folded text of the case were shown.",
        {204: NOTHING},
        shapes.Nothing,
        codes=("lease-lost",),
    ),
    "GET /v1/upcoming": Takes(
        "What a claim would give, and why.",
        {200: shapes.UpcomingAnswer},
        query=asking.UpcomingQuery,
    ),
    "PUT /v1/verdicts/{id}": Takes(
        "Record a verdict under a lease; idempotent by its id.",
        {200: shapes.ReceiptAnswer, 201: shapes.ReceiptAnswer},
        shapes.VerdictRequest,
        codes=("lease-lost", "contradiction", "idempotency-conflict"),
    ),
    "DELETE /v1/verdicts/{id}": Takes(
        "Take a verdict back and have its case again.",
        _CLAIM,
        query=asking.LeaseQuery,
        codes=("undo-refused",),
    ),
    "GET /v1/verdicts": Takes(
        "Verdicts by order of acceptance (NDJSON streams all), or the caller's own.",
        {200: shapes.VerdictsAnswer},
        query=asking.VerdictsQuery,
    ),
    "GET /v1/resolutions": Takes(
        "Standing resolutions by place (NDJSON streams all).",
        {200: shapes.ResolutionsAnswer},
        query=asking.AfterQuery,
    ),
    "GET /v1/audit": Takes(
        "The audit trail by place (NDJSON streams all).",
        {200: shapes.TrailAnswer},
        query=asking.AfterQuery,
    ),
    "GET /v1/events": Takes(
        "What happens, as server-sent events: ready, resolved, fallback, stats, by role.",
        {200: "text/event-stream"},
        query=asking.StreamQuery,
        also="`Last-Event-ID` with the id of the last event that was read: those behind it follow.",
    ),
    "POST /v1/webhooks": Takes(
        "Be told of answers by Standard Webhooks: own cases, or with a lead's token all of them.",
        {201: shapes.NewHookAnswer},
        shapes.HookRequest,
        also="Again for the same URL: a new secret; for a day the old one signs too.",
    ),
    "GET /v1/webhooks": Takes("The caller's webhooks.", {200: shapes.HooksAnswer}),
    "DELETE /v1/webhooks/{id}": Takes("End a webhook.", {204: NOTHING}),
    "GET /v1/materials": Takes(
        "Every case with its verdicts, resolution and split, for exports (NDJSON streams all).",
        {200: shapes.MaterialsAnswer},
        query=asking.MaterialsQuery,
    ),
    "GET /v1/basis": Takes(
        "What an export rests on, and the pseudonyms of those who decided.",
        {200: shapes.BasisAnswer},
    ),
    "POST /v1/splits": Takes(
        "Put cases into their splits, for good.",
        {200: shapes.SplitsAnswer},
        shapes.SplitsRequest,
        codes=("not-found",),
    ),
    "POST /v1/exports": Takes(
        "Note in the trail that data left.", {204: NOTHING}, shapes.ExportRequest
    ),
    "POST /v1/quizzes/{id}:sit": Takes(
        "Begin a quiz or go on with it: the ids of the caller's own cases, to be claimed as any other.",
        {200: Sitting},
        shapes.Nothing,
        codes=("not-available",),
    ),
    "GET /v1/quizzes/{id}/feedback/{case}": Takes(
        "The right answer to a case of a training quiz that the caller has judged.", {200: Feedback}
    ),
    "GET /v1/quizzes/{id}": Takes(
        "A quiz with its right answers and everybody's.", {200: QuizRecord}
    ),
    "GET /v1/quizzes": Takes("The quizzes there are.", {200: shapes.QuizzesAnswer}),
    "GET /v1/guideline": Takes(
        "The published guideline.", {200: shapes.GuidelineAnswer}, codes=("not-found",)
    ),
    "POST /v1/guideline:acknowledge": Takes(
        "Say that a version of the guideline was read.",
        {204: NOTHING},
        shapes.AcknowledgeRequest,
        codes=("not-found",),
    ),
    "GET /v1/status": Takes(
        "The counts of `hitl queue status --json`.",
        {200: shapes.StatusAnswer},
        query=asking.PoolQuery,
    ),
    "GET /v1/whoami": Takes("Whom the token stands for.", {200: shapes.WhoAnswer}),
    "GET /v1/meta": Takes("Version and limits.", {200: shapes.MetaAnswer}),
    "GET /v1/openapi.json": Takes("This document.", {200: "application/json"}),
    "GET /healthz": Takes("The process lives.", {200: shapes.HealthAnswer}),
    "GET /readyz": Takes(
        "The server takes work.", {200: shapes.HealthAnswer}, codes=("draining", "store-busy")
    ),
    "GET /metrics": Takes(
        "Prometheus metrics; counts of cases with a lead's, auditor's or admin's token.",
        {200: TEXT},
        codes=("unauthenticated",),
    ),
}
