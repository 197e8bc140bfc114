"""The HTTP queue as an ASGI application: each request is named, admitted, answered, counted and logged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hitl_tui.model.case import Submission
from hitl_tui.model.clock import Clock
from hitl_tui.model.ids import new_id
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import Queue, QueueError
from hitl_tui.queue.tokens import TokenStore
from hitl_tui.routing.policy import PoolRule, default_route
from hitl_tui.server import (
    calibrating,
    exporting,
    hooking,
    leading,
    producing,
    records,
    reviewing,
    standing,
    streaming,
)
from hitl_tui.server.asking import Asked
from hitl_tui.server.auth import ALLOWED, OPEN, caller, permit
from hitl_tui.server.house import House, ServedQueue, Terms
from hitl_tui.server.logs import Log, failure, silent
from hitl_tui.server.paths import Paths
from hitl_tui.server.problems import Problem, refused

Handler = Callable[[Asked, House], Awaitable[Response]]
OpenHandler = Callable[[Request, House], Awaitable[Response]]

HANDLERS: Mapping[str, Handler] = {
    "POST /v1/cases": producing.hand_over,
    "POST /v1/cases:batch": producing.hand_over_many,
    "GET /v1/cases": leading.listing,
    "GET /v1/cases/{id}": producing.one_case,
    "PATCH /v1/cases/{id}": leading.change,
    "DELETE /v1/cases/{id}": producing.withdraw,
    "GET /v1/cases/{id}/resolution": producing.resolution,
    "POST /v1/cases/{id}/adjudication": leading.adjudicate,
    "GET /v1/cases/{id}/dispute": leading.dispute,
    "POST /v1/cases/{id}:unskip": reviewing.unskip,
    "POST /v1/cases/{id}:assign": leading.assign,
    "POST /v1/cases/{id}:requeue": leading.requeue,
    "POST /v1/cases/{id}:free": leading.free,
    "GET /v1/disputes": leading.disputes,
    "POST /v1/claims": reviewing.claim,
    "POST /v1/claims/{token}:heartbeat": reviewing.heartbeat,
    "POST /v1/claims/{token}:release": reviewing.release,
    "POST /v1/claims/{token}:reveal": reviewing.reveal,
    "GET /v1/upcoming": reviewing.upcoming,
    "PUT /v1/verdicts/{id}": reviewing.decide,
    "DELETE /v1/verdicts/{id}": reviewing.undo,
    "GET /v1/verdicts": records.verdicts,
    "GET /v1/resolutions": records.resolutions,
    "GET /v1/audit": records.audit,
    "GET /v1/events": streaming.events,
    "POST /v1/webhooks": hooking.add,
    "GET /v1/webhooks": hooking.listed,
    "DELETE /v1/webhooks/{id}": hooking.remove,
    "GET /v1/materials": exporting.materials,
    "GET /v1/basis": exporting.basis,
    "POST /v1/splits": exporting.assign,
    "POST /v1/exports": exporting.note,
    "POST /v1/quizzes/{id}:sit": calibrating.sit,
    "GET /v1/quizzes/{id}/feedback/{case}": calibrating.feedback,
    "GET /v1/quizzes/{id}": calibrating.quiz,
    "GET /v1/quizzes": calibrating.quizzes,
    "GET /v1/guideline": calibrating.guideline,
    "POST /v1/guideline:acknowledge": calibrating.acknowledge,
    "GET /v1/status": standing.status,
    "GET /v1/whoami": standing.whoami,
}
OPEN_HANDLERS: Mapping[str, OpenHandler] = {
    "GET /v1/meta": standing.meta,
    "GET /v1/openapi.json": standing.described,
    "GET /healthz": standing.alive,
    "GET /readyz": standing.ready,
    "GET /metrics": standing.measured,
}
assert set(HANDLERS) == set(ALLOWED)
assert set(OPEN_HANDLERS) == OPEN
_PATHS = Paths([*HANDLERS, *OPEN_HANDLERS])


def build(
    queue: ServedQueue,
    *,
    clock: Clock,
    route: Callable[[Submission], Route] | None = None,
    reader: Queue | None = None,
    gate: TokenStore | None = None,
    terms: Terms | None = None,
    log: Log = silent,
) -> Starlette:
    """The application that serves `queue`, which stays its caller's to close.

    `clock` is the one of the store. `route` is the policy; without one every case goes to a human.
    `reader` and `gate` may be further connections to the same store, so that reads and the check of
    tokens do not wait for the writer. The house is `app.state.house`.
    """
    house = House(
        queue=queue,
        clock=clock,
        route=route or _no_policy(clock),
        reader=reader or queue,
        tokens=gate or queue,
        terms=terms or Terms(),
        log=log,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await house.open()
        try:
            yield
        finally:
            await house.close()

    app = Starlette(lifespan=lifespan)
    # Not a route: routes are matched by patterns that do not fit every id, such as one with a newline.
    app.router.default = _Front(house)
    app.state.house = house
    return app


def _no_policy(clock: Clock) -> Callable[[Submission], Route]:
    return lambda submission: default_route(submission, {}, PoolRule(), clock())


class _Front:
    """Every request comes in here."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        house, request = self._house, Request(scope, receive)
        started, request_id = time.monotonic(), new_id()
        noted: dict[str, object] = {"endpoint": "unknown"}
        try:
            response = await _answered(house, request, noted)
        except Problem as problem:
            response = problem.response(scope["path"], request_id)
            noted["code"] = problem.code
        except QueueError as error:
            response = refused(error).response(scope["path"], request_id)
            noted["code"] = error.code
        except asyncio.CancelledError:
            # The server stops and waits no longer; what was asked for may or may not have been done.
            response = _stopped().response(scope["path"], request_id)
            noted["code"] = "draining"
        except Exception as error:  # noqa: BLE001  (whatever it is, the client gets a problem)
            response = _unexpected().response(scope["path"], request_id)
            noted |= failure(error)
        response.headers["X-Request-Id"] = request_id
        response.headers["Cache-Control"] = "no-store"
        _mark(house, response)
        await response(scope, receive, send)
        seconds = time.monotonic() - started
        house.metrics.answered(str(noted["endpoint"]), response.status_code, seconds)
        house.log(
            "request",
            request_id=request_id,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            **noted,
        )


async def _answered(house: House, request: Request, noted: dict[str, object]) -> Response:
    scope = request.scope
    raw_path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    path = raw_path.partition(b"?")[0].decode("ascii", "replace")
    endpoint, params = _PATHS.find(request.method, path)
    noted["endpoint"] = endpoint
    if endpoint in OPEN:
        return await OPEN_HANDLERS[endpoint](request, house)
    who = await caller(request, house.gate)
    noted["token"], noted["role"] = who.id, who.role
    house.buckets.spend(who.id)
    permit(who, endpoint)
    asked = Asked(request, who, params, house.terms.body_bytes)
    return await HANDLERS[endpoint](asked, house)


def _mark(house: House, response: Response) -> None:
    if house.draining:
        response.headers["Connection"] = "close"
    if house.terms.auto_reply is not None:
        response.headers["X-Hitl-Auto-Reply"] = house.terms.auto_reply


def _stopped() -> Problem:
    return Problem(
        "draining", "the server stops: send the same again", headers={"Retry-After": "2"}
    )


def _unexpected() -> Problem:
    return Problem("error", "something unexpected went wrong; the log has it under the request_id")
