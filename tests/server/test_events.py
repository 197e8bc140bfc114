"""The stream of events: by role, numbered by the trail, resumed behind the last one that was read."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hitl_tui.model.ids import new_id
from tests.queue.world import NINE, FakeClock, fill
from tests.server.asgi import Site, code
from tests.server.processes import Server


@dataclass
class Told:
    place: str | None
    name: str
    data: dict[str, Any]


async def listen(site: Site, who: str, after: int | None = None, wait: int = 0) -> list[Told]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    answer = await site.ask(who, "GET", f"/v1/events?wait={wait}", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if "event" in fields:
            found.append(Told(fields.get("id"), fields["event"], json.loads(fields["data"])))
    return found


async def happened(site: Site, clock: FakeClock) -> None:
    await site.hand_over("c1", "app")
    await site.hand_over("c2", "other-app")
    fill(site.queue, "late", due=NINE + timedelta(minutes=1), pool="legal")
    first, second = await site.claim("alice", pools=["general"], batch=2)
    await site.decide("alice", first)
    await site.decide("alice", second, "escalate")
    clock.advance(60)
    await site.house.tick()


async def test_a_lead_hears_everything_in_order(site: Site, clock: FakeClock) -> None:
    await happened(site, clock)
    told = await listen(site, "lee", 0)
    assert [(one.name, one.data.get("case_id") or one.data.get("pool")) for one in told[:-1]] == [
        ("ready", "general"),
        ("ready", "general"),
        ("ready", "legal"),
        ("resolved", "c1"),
        ("ready", "lead"),
        ("fallback", "late"),
    ]
    assert (told[-1].name, told[-1].place, told[-1].data["pending"]) == ("stats", None, 1)


async def test_a_producer_hears_of_its_own_answers_only(site: Site, clock: FakeClock) -> None:
    await happened(site, clock)
    assert [(one.name, one.data["case_id"]) for one in await listen(site, "app", 0)] == [
        ("resolved", "c1")
    ]
    assert await listen(site, "other-app", 0) == []


async def test_a_reviewer_hears_of_work_but_not_of_answers_nor_of_numbers(
    site: Site, clock: FakeClock
) -> None:
    await happened(site, clock)
    secret = site.queue.create_token("reviewer", "rita", ["legal"])[1]
    told = await listen(site, secret, 0)
    assert [(one.name, one.place) for one in told] == [("ready", None), ("stats", None)]
    assert told[0].data["pool"] == "legal"


async def test_who_was_cut_off_goes_on_behind_what_they_read(site: Site, clock: FakeClock) -> None:
    await happened(site, clock)
    everything = [one for one in await listen(site, "lee", 0) if one.place]
    for number, one in enumerate(everything):
        rest = [later for later in await listen(site, "lee", int(one.place or 0)) if later.place]
        assert rest == everything[number + 1 :]
    assert [one.name for one in await listen(site, "lee")] == ["stats"]


def test_it_says_what_happens_while_somebody_listens(server: Server) -> None:
    """Each event as it comes, whoever else waits for the end of the stream."""
    app, alice = server.client("producer", "app"), server.client("reviewer", "alice")
    with server.client("lead", "lee").stream("GET", "/v1/events") as stream:
        said = (line.removeprefix("event: ") for line in stream.iter_lines() if "event: " in line)
        assert next(said) == "stats"
        app.post("/v1/cases", json={"id": "c1", "output": "o"})
        assert next(one for one in said if one != "stats") == "ready"
        [claim] = alice.post("/v1/claims").json()["claims"]
        body = {"token": claim["token"], "case_id": "c1", "decision": "approve"}
        alice.put(f"/v1/verdicts/{new_id()}", json=body)
        assert next(one for one in said if one != "stats") == "resolved"


async def test_a_server_that_stops_ends_the_stream(site: Site) -> None:
    listening = asyncio.create_task(listen(site, "lee", wait=60))
    while not len(site.house.streams):
        await asyncio.sleep(0.01)
    site.house.drain()
    async with asyncio.timeout(30):
        await listening


async def test_a_place_that_is_still_to_come_is_refused(site: Site, clock: FakeClock) -> None:
    """Else nothing would be heard up to there. To reviewers it says nothing of the numbers."""
    await happened(site, clock)
    end = await site.house.position()
    for who in ("lee", "app"):
        headers = {"Last-Event-ID": str(end + 1)}
        answer = await site.ask(who, "GET", "/v1/events", headers=headers)
        assert code(answer) == (422, "invalid")
        assert [one.name for one in await listen(site, who, end) if one.place] == []
    assert [one.name for one in await listen(site, "alice", end + 1)] == ["stats"]


async def test_what_is_no_place_is_refused(site: Site) -> None:
    for place in ("x", "-1", "1" * 30):
        answer = await site.ask("lee", "GET", "/v1/events", headers={"Last-Event-ID": place})
        assert code(answer) == (422, "invalid")
    pooled = site.queue.create_token("lead", "lou", ["legal"])[1]
    assert code(await site.ask(pooled, "GET", "/v1/events")) == (403, "forbidden")
