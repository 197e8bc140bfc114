"""The reviewer's side: claims that wait for work, leases, verdicts, and taking both back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import Response

from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.calibration import CalibrationStore
from hitl_tui.queue.claims import Leased
from hitl_tui.queue.protocol import (
    LeaseLost,
    NotAvailable,
    NotFound,
    Queue,
    Receipt,
    UndoRefused,
)
from hitl_tui.queue.verdicts import lost
from hitl_tui.server import shapes
from hitl_tui.server.asking import Asked, LeaseQuery, UpcomingQuery, json_answer, shaped
from hitl_tui.server.auth import BLIND, pools_of, sees
from hitl_tui.server.house import House
from hitl_tui.server.problems import Problem, not_found
from hitl_tui.server.views import claim_text, receipt_answer
from hitl_tui.server.waiting import hung_up, room_for

if TYPE_CHECKING:
    from hitl_tui.queue.operations import Operations
    from hitl_tui.queue.transaction import Transaction

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


async def claim(asked: Asked, house: House) -> Response:
    """`POST /v1/claims`: some cases under leases, 204 when there is nothing for this reviewer."""
    wanted = await asked.body(shapes.ClaimRequest)
    pools = pools_of(asked.who, wanted.pools)
    if house.draining:
        raise Problem("draining", "no new claims here", headers={"Retry-After": "2"})
    if wanted.resume:
        leased = await house.change(
            lambda do, tx: do.resume(tx, asked.who.name, lease_s=wanted.lease_s)
        )
    elif wanted.case_id is not None:
        leased = await _named(asked, house, wanted.case_id, wanted.lease_s)
    else:
        leased = await _next(asked, house, wanted, pools)
    if not leased:
        return Response(status_code=204)
    return json_answer(f'{{"claims":[{",".join(map(claim_text, leased))}]}}')


async def heartbeat(asked: Asked, house: House) -> Response:
    """`POST /v1/claims/{token}:heartbeat`: prolongs a live lease."""
    body = await asked.body(shapes.HeartbeatRequest)
    name, token = asked.who.name, asked.token
    live = await house.change(lambda do, tx: do.heartbeat(tx, name, [token], lease_s=body.lease_s))
    if token not in live:
        raise _no_lease()
    answer = {"token": token, "lease_until": live[token], "server_time": house.clock()}
    return shaped(shapes.HeartbeatAnswer.model_validate(answer))


async def release(asked: Asked, house: House) -> Response:
    """`POST /v1/claims/{token}:release`: gives a case back."""
    body = await asked.body(shapes.ReleaseRequest)
    name, token = asked.who.name, asked.token
    try:
        await house.change(
            lambda do, tx: do.release(
                tx, name, token, reason=body.reason, note=body.note, until=body.until
            )
        )
    except LeaseLost:
        raise _no_lease() from None
    house.work.ready()
    return Response(status_code=204)


async def reveal(asked: Asked, house: House) -> Response:
    """`POST /v1/claims/{token}:reveal`: notes that scores or folded text of the case were shown."""
    await asked.body(shapes.Nothing)
    name, token = asked.who.name, asked.token
    try:
        await house.change(lambda do, tx: do.reveal(tx, name, token))
    except LeaseLost:
        raise _no_lease() from None
    return Response(status_code=204)


async def decide(asked: Asked, house: House) -> Response:
    """`PUT /v1/verdicts/{id}`: records a verdict durably; a replay gets the same answer."""
    verdict_id = _verdict_id(asked.id)
    body = await asked.body(shapes.VerdictRequest)
    verdict = body.verdict(verdict_id, asked.who.name)

    def submit(do: Operations, tx: Transaction) -> tuple[Receipt, bool]:
        before = tx.caused
        receipt = do.submit(tx, verdict)
        # Whatever is new has its event; a replay adds none.
        return receipt, tx.caused == before

    try:
        receipt, replayed = await house.change(submit)
    except (NotFound, LeaseLost):
        raise _no_lease() from None
    if receipt.kept:
        raise lost(receipt)
    _tell(house, verdict, receipt)
    return shaped(receipt_answer(receipt, asked.who), 200 if replayed else 201)


async def undo(asked: Asked, house: House) -> Response:
    """`DELETE /v1/verdicts/{id}`: takes a verdict back and leases its case to the reviewer again."""
    name, verdict_id = asked.who.name, _verdict_id(asked.id)
    lease_s = asked.query(LeaseQuery).lease_s
    try:
        leased = await house.change(lambda do, tx: do.undo(tx, name, verdict_id, lease_s=lease_s))
    except UndoRefused:
        if asked.who.role not in BLIND:
            raise
        raise Problem("undo-refused", "the verdict cannot be taken back any more") from None
    return json_answer(claim_text(leased))


async def unskip(asked: Asked, house: House) -> Response:
    """`POST /v1/cases/{id}:unskip`: leases a case again that the reviewer had put off."""
    body = await asked.body(shapes.UnskipRequest)
    name, case_id = asked.who.name, asked.id
    await in_reach(asked, house, case_id)
    try:
        leased = await house.change(
            lambda do, tx: do.unskip(tx, name, case_id, lease_s=body.lease_s)
        )
    except NotAvailable:
        raise _not_available() from None
    return json_answer(claim_text(leased))


async def upcoming(asked: Asked, house: House) -> Response:
    """`GET /v1/upcoming`: what a claim would give now, and why."""
    query = asked.query(UpcomingQuery)
    pools = pools_of(asked.who, query.pool)
    name = asked.who.name
    found = await house.change(lambda do, tx: do.upcoming(tx, name, pools=pools, limit=query.limit))
    rows = [
        shapes.UpcomingRow(
            case_id=row.case_id, pool=row.pool, priority=row.priority, due=row.due, why=row.why
        )
        for row in found
    ]
    return shaped(shapes.UpcomingAnswer(cases=tuple(rows)))


async def _next(
    asked: Asked, house: House, wanted: shapes.ClaimRequest, pools: tuple[str, ...]
) -> list[Leased]:
    name = asked.who.name

    async def attempt() -> list[Leased]:
        return await house.change(
            lambda do, tx: do.claim(
                tx, name, pools=pools, batch=wanted.batch, lease_s=wanted.lease_s
            )
        )

    async def give_back(leased: list[Leased]) -> None:
        await house.give_back(name, leased)

    leased = await attempt()
    if leased or not wanted.wait:
        return leased
    room_for(len(house.work))
    gone = hung_up(asked.request)
    return await house.work.wait(pools, attempt, give_back, gone, wanted.wait)


async def _named(asked: Asked, house: House, case_id: str, lease_s: int) -> list[Leased]:
    await in_reach(asked, house, case_id)
    name, pools = asked.who.name, asked.who.pools
    try:
        return await house.change(
            lambda do, tx: do.claim(tx, name, pools=pools, case_id=case_id, lease_s=lease_s)
        )
    except NotAvailable:
        raise _not_available() from None


async def in_reach(asked: Asked, house: House, case_id: str) -> None:
    """One `not-found` for a case that is not there and for one whose pool the caller does not serve."""
    record = await house.read(lambda queue: queue.record(case_id))
    pool, rules = record.route.pool, house.queue.operations.rules
    if not (sees(asked.who, pool) and rules.serves(asked.who.name, pool)):
        # A quiz may lead into a pool that its taker does not serve yet.
        if sees(asked.who, pool) and await house.read(lambda queue: seated(queue, asked, case_id)):
            return
        raise not_found()


def seated(queue: Queue, asked: Asked, case_id: str) -> bool:
    """Whether the case is the caller's own copy in a quiz."""
    return isinstance(queue, CalibrationStore) and queue.seated(asked.who.name, case_id)


def _tell(house: House, verdict: Verdict, receipt: Receipt) -> None:
    if receipt.resolution is not None:
        house.resolutions.wake(verdict.case_id)
    if verdict.decision == "escalate":
        house.work.ready()


def _verdict_id(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise Problem("invalid", "the id of a verdict is a UUID", [("/path/id", "not a UUID")])
    return text.lower()


def _no_lease() -> Problem:
    detail = "there is no such lease of yours: claim the case again"
    return Problem("lease-lost", detail, extra={"kept": False})


def _not_available() -> Problem:
    detail = "it was decided, you judged or hold it, or others have all of its places"
    return Problem("not-available", detail)
