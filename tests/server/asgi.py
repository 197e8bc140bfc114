"""The application without a network: requests by role, answers as values, on a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from hitl_tui.model.ids import new_id
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.server.app import build
from hitl_tui.server.house import House, Terms
from tests.queue.places import store_at
from tests.queue.world import FakeClock

AMPLE = Terms(rate=1e6, burst=10**6)


class Site:
    """A server in this process and everybody's tokens for it. Roles that matter have two people."""

    PEOPLE = (
        ("app", "producer"),
        ("other-app", "producer"),
        ("alice", "reviewer"),
        ("bob", "reviewer"),
        ("lee", "lead"),
        ("aud", "auditor"),
        ("judy", "adjudicator"),
        ("root", "admin"),
    )

    def __init__(self, queue: SqliteQueue, app: Starlette, clock: FakeClock) -> None:
        self.queue = queue
        self.app = app
        self.clock = clock
        transport = httpx.ASGITransport(app=app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://hitl")
        self.secrets = {name: queue.create_token(role, name)[1] for name, role in self.PEOPLE}

    @property
    def house(self) -> House:
        house: House = self.app.state.house
        return house

    async def ask(
        self, who: str | None, method: str, path: str, json: Any = None, **more: Any
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.secrets.get(who, who)}"
        if json is not None:
            more["json"] = json
        return await self._client.request(method, path, headers=headers, **more)

    async def hand_over(self, case_id: str, who: str = "app", **fields: Any) -> httpx.Response:
        body = {"id": case_id, "output": f"the answer of {case_id}", **fields}
        return await self.ask(who, "POST", "/v1/cases", body)

    async def claim(self, who: str, **body: Any) -> list[dict[str, Any]]:
        answer = await self.ask(who, "POST", "/v1/claims", body)
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.text
        claims: list[dict[str, Any]] = answer.json()["claims"]
        return claims

    async def decide(
        self, who: str, claim: dict[str, Any], decision: str = "approve", **fields: Any
    ) -> httpx.Response:
        verdict_id = fields.pop("id", None) or new_id()
        body = {"token": claim["token"], "case_id": claim["case"]["id"], "decision": decision}
        return await self.ask(who, "PUT", f"/v1/verdicts/{verdict_id}", {**body, **fields})

    async def judge(self, who: str, decision: str = "approve", **fields: Any) -> httpx.Response:
        (claim,) = await self.claim(who)
        return await self.decide(who, claim, decision, **fields)

    async def close(self) -> None:
        await self._client.aclose()


@asynccontextmanager
async def site(
    path: Path, clock: FakeClock, *, rules: Rules | None = None, terms: Terms = AMPLE
) -> AsyncIterator[Site]:
    """A running application over the queue file at `path`."""
    queue = store_at(path, clock, rules=rules)
    assert isinstance(queue, SqliteQueue)
    app = build(queue, clock=clock, terms=terms)
    async with app.router.lifespan_context(app):
        opened = Site(queue, app, clock)
        yield opened
        await opened.close()
    queue.close()


def case_ids(claims: Sequence[dict[str, Any]]) -> list[str]:
    return [claim["case"]["id"] for claim in claims]


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, body["code"]
