"""The record as leads and auditors read it: verdicts, resolutions and the trail, by page or as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import islice

from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from hitl_tui.queue.protocol import TrailEntry
from hitl_tui.server import shapes
from hitl_tui.server.asking import NDJSON, AfterQuery, Asked, VerdictsQuery, shaped
from hitl_tui.server.auth import BLIND, whole_record
from hitl_tui.server.house import House
from hitl_tui.server.problems import Problem
from hitl_tui.server.views import stored_answer

Numbered = tuple[int, BaseModel]
"""A line of the record and its place."""
NextPage = Callable[[int, int], Awaitable[Sequence[Numbered]]]
"""`(after, limit)` -> the lines behind a place."""


async def verdicts(asked: Asked, house: House) -> Response:
    """`GET /v1/verdicts`: by order of acceptance; with `mine=true` the caller's own, newest first."""
    query = asked.query(VerdictsQuery)
    name = asked.who.name
    if query.mine:
        own = await house.read(lambda queue: queue.history(name, query.limit))
        found = tuple(stored_answer(stored) for stored in own)
        return shaped(shapes.VerdictsAnswer(verdicts=found, after=None))
    if asked.who.role in BLIND:
        raise Problem("forbidden", "a reviewer sees their own verdicts: mine=true")

    async def page(after: int, limit: int) -> Sequence[Numbered]:
        rows = await house.read(lambda queue: queue.verdict_page(after, limit))
        return [(seq, stored_answer(stored, seq)) for seq, stored in rows]

    return await paged(asked, query, page, shapes.VerdictsAnswer, "verdicts")


async def resolutions(asked: Asked, house: House) -> Response:
    """`GET /v1/resolutions`: the standing ones in the order they were made."""

    async def page(after: int, limit: int) -> Sequence[Numbered]:
        rows = await house.read(lambda queue: queue.resolution_page(after, limit))
        return [(n, shapes.NumberedResolution(seq=n, resolution=one)) for n, one in rows]

    query = asked.query(AfterQuery)
    return await paged(asked, query, page, shapes.ResolutionsAnswer, "resolutions")


async def audit(asked: Asked, house: House) -> Response:
    """`GET /v1/audit`: the trail behind a place."""

    async def page(after: int, limit: int) -> Sequence[Numbered]:
        rows = await house.read(lambda queue: list(islice(queue.trail(after), limit)))
        return [(row.seq, _trail_row(row)) for row in rows]

    return await paged(asked, asked.query(AfterQuery), page, shapes.TrailAnswer, "events")


async def paged(
    asked: Asked, query: AfterQuery, page: NextPage, shape: type[BaseModel], name: str
) -> Response:
    """One page, or all lines as a stream when the caller wants NDJSON."""
    whole_record(asked.who)
    if asked.wants_lines:
        return StreamingResponse(_lines(query.after, page), media_type=NDJSON)
    rows = await page(query.after, query.limit)
    after = rows[-1][0] if len(rows) == query.limit else None
    return shaped(shape.model_validate({name: tuple(row for _, row in rows), "after": after}))


async def _lines(after: int, page: NextPage) -> AsyncIterator[str]:
    """All lines behind a place; whoever was cut off asks again behind the last `seq` they have."""
    while rows := await page(after, shapes.LARGEST_PAGE):
        yield "".join(row.model_dump_json() + "\n" for _, row in rows)
        after = rows[-1][0]


def _trail_row(row: TrailEntry) -> shapes.TrailRow:
    return shapes.TrailRow(
        seq=row.seq,
        entry=row.entry.decode("utf-8", "replace"),
        prev=row.prev.hex(),
        hash=row.hash.hex(),
    )
