"""The producer's side: cases come in, answers go out, in time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from hitl_tui.model.case import CaseId, Submission
from hitl_tui.model.load import Refused, load_json
from hitl_tui.model.work import Resolution, Route
from hitl_tui.queue.admit import contents
from hitl_tui.queue.protocol import Admission, Record
from hitl_tui.server import shapes
from hitl_tui.server.asking import (
    NDJSON,
    Asked,
    WaitQuery,
    WithdrawnQuery,
    as_shape,
    etag,
    shaped,
)
from hitl_tui.server.auth import BLIND, pools_of, sees
from hitl_tui.server.autoreply import reply
from hitl_tui.server.house import House
from hitl_tui.server.problems import Problem, not_found
from hitl_tui.server.views import (
    case_answer,
    record_for_holder,
    record_for_producer,
    whole_record,
)
from hitl_tui.server.waiting import hung_up, room_for

_TAKEN = "the id was handed over before with other content: give the new case another id"
_BEHIND_DUE_S = 0.01
_ID: TypeAdapter[CaseId] = TypeAdapter(CaseId)


async def hand_over(asked: Asked, house: House) -> Response:
    """`POST /v1/cases`, with `Prefer: wait=N` held open until there is an answer."""
    submission = await asked.body(shapes.Handed)
    route = _routed(asked, house, submission)
    (admission,) = await _admit(asked, house, [(submission, route)])
    if admission.outcome == "conflict":
        raise Problem("idempotency-conflict", _TAKEN)
    wait = asked.preferred_wait()
    if admission.outcome == "queued" and not wait and house.terms.auto_reply is None:
        return shaped(_just_queued(submission, route), 201, ETag=etag(1))
    resolution = await _answer_within(asked, house, submission.id, wait)
    record = await house.read(lambda queue: queue.record(submission.id))
    status = 200 if admission.outcome == "duplicate" else 201
    if wait and resolution is None and record.state != "withdrawn":
        status = 202
    return shaped(case_answer(record, resolution), status, ETag=etag(record.version))


async def hand_over_many(asked: Asked, house: House) -> Response:
    """`POST /v1/cases:batch`: one case a line, one transaction; what is bad is named, line by line."""
    lines = [line.strip() for line in (await asked.raw()).split(b"\n")]
    results: dict[int, shapes.LineAnswer] = {}
    good: list[tuple[int, Submission, Route]] = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            submission = as_shape(shapes.Handed, line)
            good.append((number, submission, _routed(asked, house, submission)))
        except Problem as problem:
            results[number] = _refused(number, _id_in(line), problem)
    admissions = await _admit(asked, house, [(one, route) for _, one, route in good])
    for (number, one, _), admission in zip(good, admissions, strict=True):
        if admission.outcome == "conflict":
            results[number] = _refused(number, one.id, Problem("idempotency-conflict", _TAKEN))
        else:
            taken = {"line": number, "id": one.id, "outcome": admission.outcome}
            results[number] = shapes.LineAnswer.model_validate(taken)
    told = [results[number] for number in sorted(results)]
    if asked.wants_lines:
        return Response("".join(line.model_dump_json() + "\n" for line in told), media_type=NDJSON)
    return shaped(_batch_answer(told))


async def one_case(asked: Asked, house: House) -> Response:
    """`GET /v1/cases/{id}`: as much of the case as the caller may see."""
    withdrawn = asked.query(WithdrawnQuery).withdrawn
    record = await _seen(asked, house, withdrawn=withdrawn)
    if asked.who.role in BLIND:
        return shaped(record_for_holder(record))
    if asked.who.role == "producer":
        return shaped(record_for_producer(record), ETag=etag(record.version))
    return shaped(whole_record(record), ETag=etag(record.version))


async def resolution(asked: Asked, house: House) -> Response:
    """`GET /v1/cases/{id}/resolution`, with `?wait=N` held open; 202 while there is none."""
    query = asked.query(WaitQuery)
    record = await _seen(asked, house, withdrawn=query.withdrawn)
    if asked.who.role in BLIND:
        # Whoever still holds the case may learn that it was answered without any verdict, no more.
        found = record.resolution
        if found is None or found.verdicts or found.source == "adjudication":
            return shaped(record_for_holder(record), 202)
        return shaped(found)
    answer = await _answer_within(asked, house, asked.id, query.wait)
    if answer is None:
        record = await house.read(lambda queue: queue.record(asked.id))
        return shaped(case_answer(record, None), 202, ETag=etag(record.version))
    return shaped(answer)


async def withdraw(asked: Asked, house: House) -> Response:
    """`DELETE /v1/cases/{id}`: takes an unresolved case back."""
    body = await asked.body(shapes.WithdrawRequest)
    version = asked.if_match()
    await _seen(asked, house, withdrawn=True)
    name = asked.who.name
    await house.change(
        lambda do, tx: do.withdraw(tx, name, asked.id, note=body.note, version=version)
    )
    return await changed(asked, house)


async def changed(asked: Asked, house: House) -> Response:
    """What a case is after a change, told to those who wait for it too."""
    house.resolutions.wake(asked.id)
    record = await house.read(lambda queue: queue.record(asked.id))
    answer = shapes.VersionAnswer(id=record.case.id, state=record.state, version=record.version)
    return shaped(answer, ETag=etag(record.version))


def _just_queued(submission: Submission, route: Route) -> shapes.CaseAnswer:
    answer = {"id": submission.id, "state": "pending", "route": route, "version": 1}
    return shapes.CaseAnswer.model_validate(answer)


def _routed(asked: Asked, house: House, submission: Submission) -> Route:
    route = house.route(submission)
    pools_of(asked.who, (route.pool,))
    return route


async def _admit(
    asked: Asked, house: House, batch: Sequence[tuple[Submission, Route]]
) -> list[Admission]:
    if not batch:
        return []
    name = asked.who.name
    texts = contents(batch)
    admissions = await house.change(lambda do, tx: do.admit(tx, batch, texts, producer=name))
    queued = [
        item for item, found in zip(batch, admissions, strict=True) if found.outcome == "queued"
    ]
    if house.terms.auto_reply is not None:
        for submission, route in queued:
            await reply(house, submission, route, house.terms.auto_reply)
    elif queued:
        house.work.ready(*{route.pool for _, route in queued})
    return admissions


async def _seen(asked: Asked, house: House, *, withdrawn: bool) -> Record:
    """The case, if the caller may know of it; else the one `not-found`, as for a withdrawn one."""
    case_id, who = asked.id, asked.who
    record = await house.read(lambda queue: queue.record(case_id))
    if who.role == "producer":
        owner = await house.read(lambda queue: queue.owner(case_id))
        known = owner == who.name
    elif who.role in BLIND:
        leases = await house.read(lambda queue: queue.leases())
        known = any(one.case_id == case_id and one.reviewer == who.name for one in leases)
    else:
        known = sees(who, record.route.pool)
    if not known or (record.state == "withdrawn" and not withdrawn):
        raise not_found()
    return record


async def _answer_within(
    asked: Asked, house: House, case_id: str, seconds: float
) -> Resolution | None:
    """The answer of a case, waited for at most so long; None without one.

    Past its due time the store makes the fallback when it is asked, so this asks again then.
    """
    deliver = asked.who.role in ("producer", "admin")
    found = await house.change(lambda do, tx: do.resolution(tx, case_id, deliver=deliver))
    if found is not None or not seconds:
        return found
    room_for(len(house.resolutions))
    deadline = time.monotonic() + seconds
    gone = asyncio.ensure_future(hung_up(asked.request))
    try:
        with house.resolutions.of(case_id) as news:
            while not gone.done():
                # Before the look, so that what comes while looking ends the wait that follows.
                news.clear()
                found = await house.change(
                    lambda do, tx: do.resolution(tx, case_id, deliver=deliver)
                )
                record = await house.read(lambda queue: queue.record(case_id))
                left = deadline - time.monotonic()
                if found is not None or record.state == "withdrawn" or house.draining or left <= 0:
                    return found
                await _until_news(news, gone, min(left, _to_due(record.route.due, house)))
    finally:
        gone.cancel()
    return None


async def _until_news(news: asyncio.Event, gone: asyncio.Future[None], seconds: float) -> None:
    heard = asyncio.ensure_future(news.wait())
    both: set[asyncio.Future[Any]] = {heard, gone}
    await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    heard.cancel()


def _to_due(due: datetime | None, house: House) -> float:
    left = float("inf") if due is None else (due - house.clock()).total_seconds()
    return left + _BEHIND_DUE_S if left > 0 else float("inf")


def _id_in(line: bytes) -> CaseId | None:
    """The id of a line that was refused, for whoever sent it; None when it cannot be told."""
    try:
        return _ID.validate_python(load_json(line)["id"])
    except (Refused, ValidationError, TypeError, KeyError):
        return None


def _refused(number: int, case_id: CaseId | None, problem: Problem) -> shapes.LineAnswer:
    where = "; ".join(f"{pointer}: {what}" for pointer, what in problem.errors)
    return shapes.LineAnswer(
        line=number,
        id=case_id,
        outcome="refused",
        code=problem.code,
        detail=where or problem.detail,
    )


def _batch_answer(lines: Sequence[shapes.LineAnswer]) -> shapes.BatchAnswer:
    counts = Counter(line.outcome for line in lines)
    return shapes.BatchAnswer(
        taken=len(lines) - counts["duplicate"] - counts["refused"],
        duplicates=counts["duplicate"],
        refused=counts["refused"],
        lines=tuple(lines),
    )
