"""The lead's side: the listing, changes to a case, disputes and their adjudication."""

from __future__ import annotations

from starlette.responses import Response

from hitl_tui.queue.protocol import Record
from hitl_tui.server import shapes
from hitl_tui.server.asking import Asked, ListQuery, PoolQuery, shaped
from hitl_tui.server.auth import BLIND, pools_of, sees
from hitl_tui.server.house import House
from hitl_tui.server.problems import Problem, not_found
from hitl_tui.server.producing import changed
from hitl_tui.server.reviewing import in_reach
from hitl_tui.server.views import dispute_answer


async def listing(asked: Asked, house: House) -> Response:
    """`GET /v1/cases`: cases in order of arrival, page by page, of one pool or of all."""
    query = asked.query(ListQuery)
    pools = pools_of(asked.who, () if query.pool is None else (query.pool,))
    if len(pools) > 1:
        raise Problem("invalid", "name one of the token's pools", [("/query/pool", "is missing")])
    pool = pools[0] if pools else None
    page = await house.read(
        lambda queue: queue.listing(
            state=query.state,
            pool=pool,
            cursor=query.cursor or None,
            limit=query.limit,
            copies=query.copies,
        )
    )
    rows = tuple(shapes.RowAnswer(**row._asdict()) for row in page.rows)
    return shaped(shapes.PageAnswer(cases=rows, cursor=page.cursor))


async def change(asked: Asked, house: House) -> Response:
    """`PATCH /v1/cases/{id}`: another urgency or pool, or out of the queue."""
    body = await asked.body(shapes.ChangeRequest)
    version, name, case_id = asked.if_match(), asked.who.name, asked.id
    wanted = body.model_dump(include={"priority", "due", "pool"}, exclude_none=True)
    if body.withdraw == bool(wanted):
        raise Problem("invalid", "name what shall be different: priority, due, pool; or withdraw")
    if body.due is not None and body.due <= house.clock():
        raise Problem("contradiction", "a due time lies ahead", [("/due", "has passed")])
    await _led(asked, house)
    if body.withdraw:
        await house.change(
            lambda do, tx: do.withdraw(tx, name, case_id, note=body.note, version=version)
        )
    else:
        pools_of(asked.who, () if body.pool is None else (body.pool,))
        await house.change(lambda do, tx: do.change(tx, name, case_id, **wanted, version=version))
        house.work.ready()
    return await changed(asked, house)


async def assign(asked: Asked, house: House) -> Response:
    """`POST /v1/cases/{id}:assign`: only this reviewer may claim it, or anybody again."""
    body = await asked.body(shapes.AssignRequest)
    await _led(asked, house)
    name, case_id = asked.who.name, asked.id
    await house.change(lambda do, tx: do.assign(tx, name, case_id, body.reviewer))
    house.work.ready()
    return Response(status_code=204)


async def requeue(asked: Asked, house: House) -> Response:
    """`POST /v1/cases/{id}:requeue`: skips and snoozes of the case are forgotten; a reviewer's own."""
    body = await asked.body(shapes.OneReviewer)
    name, case_id = asked.who.name, asked.id
    if asked.who.role in BLIND:
        if body.reviewer != name:
            raise Problem(
                "forbidden", "a reviewer takes back their own skips: name yourself as `reviewer`"
            )
        await in_reach(asked, house, case_id)
    else:
        await _led(asked, house)
    await house.change(lambda do, tx: do.requeue(tx, name, case_id, reviewer=body.reviewer))
    house.work.ready()
    return Response(status_code=204)


async def free(asked: Asked, house: House) -> Response:
    """`POST /v1/cases/{id}:free`: ends leases on the case."""
    body = await asked.body(shapes.OneReviewer)
    await _led(asked, house)
    name, case_id = asked.who.name, asked.id
    freed = await house.change(lambda do, tx: do.free(tx, name, case_id, reviewer=body.reviewer))
    house.work.ready()
    return shaped(shapes.FreedAnswer(freed=freed))


async def disputes(asked: Asked, house: House) -> Response:
    """`GET /v1/disputes`: what waits for adjudication."""
    pools = pools_of(asked.who, asked.query(PoolQuery).pool)
    found = await house.read(lambda queue: queue.disputes(pools))
    rows = tuple(shapes.DisputeRow(**row._asdict()) for row in found)
    return shaped(shapes.DisputesAnswer(disputes=rows))


async def dispute(asked: Asked, house: House) -> Response:
    """`GET /v1/cases/{id}/dispute`: the case and its verdicts, without names."""
    record = await _disputed(asked, house)
    return shaped(dispute_answer(record))


async def adjudicate(asked: Asked, house: House) -> Response:
    """`POST /v1/cases/{id}/adjudication`: settles a dispute, with its cause."""
    body = await asked.body(shapes.AdjudicationRequest)
    version, name, case_id = asked.if_match(), asked.who.name, asked.id
    await _led(asked, house)
    resolution = await house.change(
        lambda do, tx: do.adjudicate(
            tx,
            name,
            case_id,
            body.decision,
            cause=body.cause,
            output=body.output,
            note=body.note,
            version=version,
        )
    )
    house.resolutions.wake(case_id)
    return shaped(resolution)


async def _led(asked: Asked, house: House) -> Record:
    """The case, if it is in the caller's pools; else the one `not-found`.

    An adjudicator knows of disputes, those they settled included, and of nothing else.
    """
    case_id, who = asked.id, asked.who
    record = await house.read(lambda queue: queue.record(case_id))
    known = sees(who, record.route.pool)
    if who.role == "adjudicator" and record.state != "disputed":
        known = known and record.ruling is not None and record.ruling.actor == who.name
    if not known:
        raise not_found()
    return record


async def _disputed(asked: Asked, house: House) -> Record:
    record = await _led(asked, house)
    if record.state != "disputed":
        raise Problem("not-available", "the case is not disputed")
    if any(stored.verdict.reviewer == asked.who.name for stored in record.verdicts):
        raise Problem("forbidden", "whoever has judged a case does not adjudicate it")
    return record
