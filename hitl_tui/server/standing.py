"""What the server says of itself and of its queue as a whole: health, meta, status, metrics."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hitl_tui import __version__
from hitl_tui.server import metrics, shapes
from hitl_tui.server.asking import Asked, PoolQuery, Query, json_answer, shaped
from hitl_tui.server.auth import BLIND, caller, pools_of
from hitl_tui.server.house import House
from hitl_tui.server.openapi import document
from hitl_tui.server.problems import Problem
from hitl_tui.server.views import status_answer

_SEES_COUNTS = ("lead", "auditor", "admin")


async def status(asked: Asked, house: House) -> Response:
    """`GET /v1/status`: the counts of the caller's pools; who holds what for leads and auditors."""
    pools = pools_of(asked.who, asked.query(PoolQuery).pool)
    counts = await house.read(lambda queue: queue.status(pools))
    holders = None
    if asked.who.role not in BLIND and not asked.who.pools:
        holders = await house.read(lambda queue: queue.holders())
    return shaped(status_answer(counts, holders, asked.who))


async def whoami(asked: Asked, house: House) -> Response:
    """`GET /v1/whoami`: whom the token stands for."""
    asked.query(Query)
    who = asked.who
    answer = {"id": who.id, "name": who.name, "role": who.role, "pools": who.pools}
    times = {"expires_at": who.expires_at, "server_time": house.clock()}
    return shaped(shapes.WhoAnswer.model_validate({**answer, **times}))


async def meta(request: Request, house: House) -> Response:
    """`GET /v1/meta`: the version and the limits of this server."""
    terms = house.terms
    limits = shapes.Limits(
        body_bytes=terms.body_bytes,
        wait_s=shapes.LONGEST_WAIT_S,
        batch=shapes.LARGEST_BATCH,
        page=shapes.LARGEST_PAGE,
        requests_per_s=terms.rate,
        burst=terms.burst,
    )
    answer = {
        "name": "hitl",
        "version": __version__,
        "api": "v1",
        "auto_reply": terms.auto_reply,
        "limits": limits,
    }
    return shaped(shapes.MetaAnswer.model_validate(answer))


async def alive(request: Request, house: House) -> Response:
    """`GET /healthz`: the process answers."""
    return shaped(shapes.HealthAnswer(status="ok"))


async def ready(request: Request, house: House) -> Response:
    """`GET /readyz`: the store can be read, and the server is not about to stop."""
    if house.draining:
        raise Problem("draining", "the server is about to stop", headers={"Retry-After": "2"})
    await house.read(lambda queue: queue.holders())
    return shaped(shapes.HealthAnswer(status="ready"))


async def measured(request: Request, house: House) -> Response:
    """`GET /metrics`: of the server for everybody; of its cases with a lead's or auditor's token."""
    counts = None
    if "authorization" in request.headers:
        who = await caller(request, house.gate)
        if who.role in _SEES_COUNTS and not who.pools:
            counts = await house.read(lambda queue: queue.status())
    waits = len(house.resolutions) + len(house.work)
    return Response(house.metrics.text(waits, counts), media_type=metrics.MEDIA_TYPE)


async def described(request: Request, house: House) -> Response:
    """`GET /v1/openapi.json`: all of this for programs."""
    return json_answer(document())
