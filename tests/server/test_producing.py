"""What a producer is promised: one case for an id, an answer in time, and nobody else's cases."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.protocol import Record
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.server.app import build
from tests.queue.world import FakeClock
from tests.server.asgi import Site, code

WAIT = {"Prefer": "wait=30"}


async def test_a_case_is_taken_once_and_a_replay_says_the_same(site: Site) -> None:
    first = await site.hand_over("c1", overlap=2, review_within="5m")
    again = await site.hand_over("c1", overlap=2, review_within="5m")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json() == {
        "id": "c1",
        "state": "pending",
        "version": 1,
        "route": {
            "action": "escalate",
            "rule": "default",
            "reasons": ["no policy: every case is reviewed"],
            "pool": "general",
            "priority": 50,
            "overlap": 2,
            "due": "2026-11-22T09:05:00.000000Z",
        },
    }
    assert first.headers["etag"] == '"1"'


async def test_the_same_id_with_other_content_is_a_conflict(site: Site) -> None:
    await site.hand_over("c1")
    assert code(await site.hand_over("c1", priority=3)) == (422, "idempotency-conflict")


async def test_a_case_without_an_id_gets_one(site: Site) -> None:
    answer = await site.ask("app", "POST", "/v1/cases", {"output": "o"})
    assert site.queue.case(answer.json()["id"]).output == "o"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"id": "c1", "output": "o", "surprise": 1}, "/surprise"),
        ({"id": "c1", "output": "o", "context": [{"text": "t", "a/b~c": 1}]}, "/context/0/a~1b~0c"),
        ({"id": "c1"}, ""),
        ({"id": "c1", "output": "o", "overlap": 0}, "/overlap"),
        ({"id": "c1", "output": "o", "overlap": "2"}, "/overlap"),
        ({"id": "c1", "output": "o", "review_within": "99999999d"}, "/review_within"),
        ({"id": "c1", "output": "o", "created_at": "0001-01-01T00:00:00+10:00"}, "/created_at"),
    ],
)
async def test_what_does_not_fit_is_refused_with_a_pointer_to_it(
    site: Site, body: dict[str, Any], pointer: str
) -> None:
    answer = await site.ask("app", "POST", "/v1/cases", body)
    assert code(answer) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert site.queue.status().pending == 0


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b'{"id":"a","id":"b"}', b'{"output":NaN}', b'"\\ud800"', b"\xff"]
)
async def test_what_is_no_json_of_ours_is_refused(site: Site, raw: bytes) -> None:
    answer = await site.ask("app", "POST", "/v1/cases", content=raw)
    assert code(answer) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [""]


async def test_an_answer_comes_to_the_one_who_waits_for_it(site: Site) -> None:
    waiting = asyncio.create_task(
        site.ask("app", "POST", "/v1/cases", {"id": "c1", "output": "o"}, headers=WAIT)
    )
    (claim,) = await site.claim("alice", wait=30)
    decided = await site.decide("alice", claim, "edit", edited_output="better")
    answer = await waiting
    assert answer.status_code == 201
    assert answer.json()["state"] == "resolved"
    assert answer.json()["resolution"] == decided.json()["resolution"]
    assert answer.json()["resolution"]["output"] == "better"


async def test_past_the_sla_the_one_who_waits_gets_the_fallback(
    site: Site, clock: FakeClock
) -> None:
    body = {"id": "c1", "output": "o", "review_within": "5m", "fallback": "call us"}
    waiting = asyncio.create_task(site.ask("app", "POST", "/v1/cases", body, headers=WAIT))
    assert await site.claim("alice", wait=30)
    clock.advance(301)
    await site.house.tick()
    answer = await waiting
    assert answer.status_code == 201
    resolution = answer.json()["resolution"]
    assert (resolution["source"], resolution["output"]) == ("fallback", "call us")


async def test_a_wait_that_runs_out_before_the_sla_is_no_error(site: Site) -> None:
    body = {"id": "c1", "output": "o", "review_within": "5m"}
    answer = await site.ask("app", "POST", "/v1/cases", body, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    again = await site.ask("app", "GET", "/v1/cases/c1/resolution?wait=0")
    assert (again.status_code, again.json()["state"]) == (202, "pending")


async def test_a_decision_made_beside_the_server_reaches_those_who_wait(site: Site) -> None:
    body = {"id": "c1", "output": "o"}
    waiting = asyncio.create_task(site.ask("app", "POST", "/v1/cases", body, headers=WAIT))
    (claim,) = await site.claim("alice", wait=30)
    from tests.queue.world import verdict

    beside = site.queue.resume("alice")[0]
    assert beside.token > claim["token"]
    site.queue.submit(verdict(beside, "alice", "reject"))
    await site.house.tick()
    assert (await waiting).json()["resolution"]["decision"] == "reject"


async def test_an_answer_that_comes_while_it_is_looked_for_ends_the_wait(
    path: Path, clock: FakeClock
) -> None:
    queue, reader = (SqliteQueue(path, clock=clock, create=True) for _ in range(2))
    loop = asyncio.get_running_loop()
    looked: list[str] = []

    class Reader:
        """Lets alice decide just when the one who waits looks at the case."""

        def __getattr__(self, name: str) -> Any:
            return getattr(reader, name)

        def record(self, case_id: str) -> Record:
            found = reader.record(case_id)
            looked.append(case_id)
            if len(looked) == 1:
                asyncio.run_coroutine_threadsafe(site.judge("alice"), loop).result()
            return found

    app = build(queue, clock=clock, reader=Reader())
    async with app.router.lifespan_context(app):
        site = Site(queue, app, clock)
        # What was done beside the server until here wakes nobody any more.
        await site.house.tick()
        body = {"id": "c1", "output": "o"}
        async with asyncio.timeout(10):
            answer = await site.ask("app", "POST", "/v1/cases", body, headers=WAIT)
        assert answer.json()["resolution"]["decision"] == "approve"
        await site.close()
    for opened in (queue, reader):
        opened.close()


async def test_a_batch_takes_the_good_lines_and_names_the_bad_ones(site: Site) -> None:
    await site.hand_over("c1", who="other-app")
    lines = [
        json.dumps({"id": "b1", "output": "o"}),
        "",
        "no json",
        json.dumps({"id": "b2", "output": "o", "surprise": 1}),
        json.dumps({"id": "b1", "output": "o"}),
        json.dumps({"id": "c1", "output": "the answer of c1"}),
    ]
    answer = await site.ask("app", "POST", "/v1/cases:batch", content="\n".join(lines))
    found = [(line["line"], line["outcome"], line["code"]) for line in answer.json()["lines"]]
    assert found == [
        (1, "queued", None),
        (3, "refused", "invalid"),
        (4, "refused", "invalid"),
        (5, "duplicate", None),
        (6, "refused", "idempotency-conflict"),
    ]
    assert [line["id"] for line in answer.json()["lines"]] == ["b1", None, "b2", "b1", "c1"]
    assert site.queue.status().pending == 2


async def test_a_batch_is_answered_line_by_line_when_that_is_asked_for(site: Site) -> None:
    lines = '{"id": "b1", "output": "o"}\n{"id": "b2"}\n'
    accept = {"Accept": "application/x-ndjson"}
    answer = await site.ask("app", "POST", "/v1/cases:batch", content=lines, headers=accept)
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [(one["line"], one["id"], one["outcome"]) for one in found] == [
        (1, "b1", "queued"),
        (2, "b2", "refused"),
    ]


async def test_anothers_case_looks_like_none(site: Site) -> None:
    await site.hand_over("c1", who="other-app")
    for method, path in (
        ("GET", "/v1/cases/{}"),
        ("GET", "/v1/cases/{}/resolution"),
        ("DELETE", "/v1/cases/{}"),
    ):
        foreign = await site.ask("app", method, path.format("c1"))
        missing = await site.ask("app", method, path.format("c2"))
        assert code(foreign) == code(missing) == (404, "not-found")
        assert foreign.json()["detail"] == missing.json()["detail"]


async def test_a_withdrawn_case_is_gone_unless_it_is_asked_for(site: Site) -> None:
    await site.hand_over("c1")
    answer = await site.ask("app", "DELETE", "/v1/cases/c1")
    assert answer.json() == {"id": "c1", "state": "withdrawn", "version": 2}
    assert code(await site.ask("app", "GET", "/v1/cases/c1")) == (404, "not-found")
    kept = await site.ask("app", "GET", "/v1/cases/c1?withdrawn=true")
    assert kept.json()["state"] == "withdrawn"
    assert await site.claim("alice") == []


async def test_a_case_that_changed_meanwhile_is_not_withdrawn(site: Site) -> None:
    await site.hand_over("c1", overlap=2)
    await site.judge("alice")
    stale = await site.ask("app", "DELETE", "/v1/cases/c1", headers={"If-Match": '"1"'})
    assert code(stale) == (412, "version-mismatch")
    fresh = (await site.ask("app", "GET", "/v1/cases/c1")).headers["etag"]
    done = await site.ask("app", "DELETE", "/v1/cases/c1", headers={"If-Match": fresh})
    assert done.status_code == 200


@pytest.mark.parametrize("case_id", ["a/b", "x:unskip", "a\nb", "ü?#%", "..", "c d", "\x00"])
async def test_any_id_can_be_asked_for(site: Site, case_id: str) -> None:
    from hitl_tui.queue.wire import segment

    await site.hand_over(case_id)
    answer = await site.ask("app", "GET", f"/v1/cases/{segment(case_id)}")
    assert answer.json()["id"] == case_id


async def test_a_token_of_some_pools_hands_over_to_these_only(site: Site) -> None:
    secret = site.queue.create_token("producer", "legal-app", ["legal"])[1]
    assert (await site.hand_over("c1", who=secret, pool="legal")).status_code == 201
    assert code(await site.hand_over("c2", who=secret)) == (403, "forbidden")
