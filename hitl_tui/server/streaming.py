"""`GET /v1/events`: what happens, as it happens, as server-sent events numbered by the trail's positions.

| event | to | data |
|---|---|---|
| `ready` | reviewer, lead, auditor, admin | `pool`: a case of it came to be judged |
| `resolved` | lead, auditor, admin; a producer for their own | `case_id`: it has its answer |
| `fallback` | the same | `case_id`: nobody came in time |
| `stats` | all but producers | the counts of the caller's pools; it has no number |

A reviewer is not told of answers, and their events have no numbers: who sees when a case is answered, or
how much happens between two cases, sees who agreed. They ask for work again after a break anyway.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice

from starlette.responses import Response, StreamingResponse

from hitl_tui.audit.chain import decode_entry
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.work import Event
from hitl_tui.queue.protocol import NotFound, Queue, TrailEntry
from hitl_tui.queue.tokens import Identity
from hitl_tui.server.asking import Asked, StreamQuery
from hitl_tui.server.auth import BLIND, sees, whole_record
from hitl_tui.server.house import House
from hitl_tui.server.problems import Problem
from hitl_tui.server.views import status_answer
from hitl_tui.server.waiting import room_for

MEDIA_TYPE = "text/event-stream"
ALIVE_S = 15.0
"""A comment is sent after so much silence, so that proxies keep the connection."""
AT_ONCE = 1000
STATS_S = 5.0
_PLACE = re.compile(r"[0-9]{1,15}")
_ANSWERED = {"case.adjudicated": "resolved", "case.fallback": "fallback"}


@dataclass(frozen=True, slots=True)
class News:
    """One event for somebody. `pool` or `case_id` says of what."""

    seq: int
    name: str
    at: str
    pool: str | None = None
    case_id: str | None = None

    def text(self, *, numbered: bool) -> str:
        """It as the stream has it: names are in JSON, so no line break gets through."""
        about = {"pool": self.pool} if self.case_id is None else {"case_id": self.case_id}
        data = json.dumps({**about, "at": self.at})
        place = f"id: {self.seq}\n" if numbered else ""
        return f"{place}event: {self.name}\ndata: {data}\n\n"


async def events(asked: Asked, house: House) -> Response:
    """`GET /v1/events`: behind `Last-Event-ID`, or from now on."""
    seconds = asked.query(StreamQuery).wait
    if asked.who.role not in (*BLIND, "producer"):
        whole_record(asked.who)
    room_for(len(house.resolutions) + len(house.streams))
    place = asked.request.headers.get("last-event-id")
    if place is not None and not _PLACE.fullmatch(place):
        raise Problem("invalid", "Last-Event-ID takes the id of an event of this stream")
    now = await house.position()
    after = now if place is None else int(place)
    if after > now and asked.who.role not in BLIND:
        # As after a restore: whoever waited here would miss all that comes up to there.
        raise Problem("invalid", "Last-Event-ID is of no event yet: begin without one, or with 0")
    after = min(after, now)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(asked.who, house, after, seconds), 200, headers, MEDIA_TYPE)


async def _stream(
    who: Identity, house: House, after: int, seconds: int | None
) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    next_stats, ends = 0.0, math.inf if seconds is None else loop.time() + seconds
    # The numbers of the trail count what others do: a reviewer gets none.
    numbered = who.role not in BLIND
    with house.streams.listening() as news:
        yield ": hello\n\n"
        while not house.draining:
            news.clear()
            rows = await house.read(partial(_behind, after))
            told = [one for row in rows for one in news_of(decode_entry(row.entry))]
            for one in await _for(who, house, told):
                yield one.text(numbered=numbered)
            if who.role != "producer" and loop.time() >= next_stats:
                yield await _stats(who, house)
                next_stats = loop.time() + STATS_S
            if rows:
                after = rows[-1].seq
                if numbered:
                    # A client that is cut off then does not look through it once more.
                    yield f"id: {after}\n\n"
            left = ends - loop.time()
            if left <= 0:
                return
            if len(rows) < AT_ONCE and not await _heard(news, min(left, ALIVE_S)):
                yield ": alive\n\n"


def news_of(event: Event) -> list[News]:
    """What an entry of the trail says to those who listen."""
    at, case_id = rfc3339(event.at), event.case_id
    if event.type == "case.queued" and event.data["state"] == "pending":
        return [News(event.seq, "ready", at, pool=event.data["pool"])]
    if event.type in _ANSWERED:
        return [News(event.seq, _ANSWERED[event.type], at, case_id=case_id)]
    if event.type == "verdict.recorded":
        if event.data["state"] == "resolved":
            return [News(event.seq, "resolved", at, case_id=case_id)]
        if event.data["decision"] == "escalate":
            return [News(event.seq, "ready", at, pool=event.data["pool"])]
    return []


def _behind(after: int, queue: Queue) -> list[TrailEntry]:
    """The next entries of the trail."""
    return list(islice(queue.trail(after), AT_ONCE))


async def _for(who: Identity, house: House, told: Sequence[News]) -> list[News]:
    if who.role in BLIND:
        return [one for one in told if one.pool is not None and sees(who, one.pool)]
    if who.role != "producer":
        return list(told)
    asked = {one.case_id for one in told if one.case_id is not None}
    own = await house.read(partial(_owned, asked, who.name)) if asked else set()
    return [one for one in told if one.case_id in own]


def _owned(case_ids: Iterable[str], producer: str, queue: Queue) -> set[str]:
    """Those of the cases that this producer handed over."""
    own = set()
    for case_id in case_ids:
        with suppress(NotFound):
            if queue.owner(case_id) == producer:
                own.add(case_id)
    return own


async def _stats(who: Identity, house: House) -> str:
    counts = await house.read(lambda queue: queue.status(who.pools))
    answer = status_answer(counts, None, who)
    return f"event: stats\ndata: {answer.model_dump_json(exclude_none=True)}\n\n"


async def _heard(news: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return False
    return True
