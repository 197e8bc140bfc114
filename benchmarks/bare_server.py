"""The smallest server that could speak to a reviewer: Starlette answers from memory, nothing is stored."""

from __future__ import annotations

import json
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_JSON = "application/json"
_TIME = "2026-11-22T09:00:00.000000Z"
_CASE = {
    "id": "c1",
    "kind": "response",
    "input": "x" * 40,
    "output": "x" * 200,
    "context": ["x" * 200],
}
_CLAIM = {"token": 1, "case": _CASE, "lease_until": _TIME, "server_time": _TIME}
_CLAIMS = json.dumps({"claims": [_CLAIM]})
_RECEIPT = json.dumps({"id": "0193", "accepted": True, "case_state": "resolved", "at": _TIME})


async def ready(request: Request) -> Response:
    return Response("ok")


async def claim(request: Request) -> Response:
    json.loads(await request.body())
    return Response(_CLAIMS, media_type=_JSON)


async def verdict(request: Request) -> Response:
    json.loads(await request.body())
    return Response(_RECEIPT, 201, media_type=_JSON)


app = Starlette(
    routes=[
        Route("/readyz", ready),
        Route("/v1/claims", claim, methods=["POST"]),
        Route("/v1/verdicts/{id}", verdict, methods=["PUT"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), http="httptools", loop="uvloop", access_log=False)
