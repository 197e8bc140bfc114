"""Who sees what: roles x endpoints, and that a reviewer learns nothing of others' verdicts or of gold."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from hitl_tui.server.auth import ALLOWED, EVERYBODY
from tests.queue.world import FakeClock
from tests.server import asgi
from tests.server.asgi import Site, code

PERSON = {role: name for name, role in reversed(Site.PEOPLE)}
UUID = "01930000-0000-7000-8000-00000000000{}"
PLAY = Callable[[Site], Awaitable[None]]


def path_of(endpoint: str, case_id: str = "c1") -> tuple[str, str]:
    method, path = endpoint.split(" ")
    name = UUID.format(9) if "/verdicts/" in path else case_id
    path += "?wait=0" if path == "/v1/events" else ""
    return method, path.replace("{id}", name).replace("{token}", "1")


class TestRoles:
    @pytest.mark.parametrize("endpoint", ALLOWED)
    async def test_only_the_roles_of_the_table_are_let_in(self, site: Site, endpoint: str) -> None:
        method, path = path_of(endpoint)
        for role in EVERYBODY:
            answer = await site.ask(PERSON[role], method, path)
            refused = answer.status_code == 403
            if role in ALLOWED[endpoint]:
                own = "their own" in answer.text
                assert not refused or own, (role, answer.text)
            else:
                assert refused, (role, answer.text)

    @pytest.mark.parametrize("endpoint", ALLOWED)
    async def test_every_wrong_token_gets_one_answer(
        self, site: Site, clock: FakeClock, endpoint: str
    ) -> None:
        from datetime import timedelta

        queue = site.queue
        revoked, revoked_secret = queue.create_token("admin", "x")
        queue.revoke_token(revoked.id)
        _, expired = queue.create_token("admin", "y", (), clock() + timedelta(seconds=5))
        clock.advance(6)
        method, path = path_of(endpoint)
        headers: list[dict[str, str]] = [
            {},
            {"Authorization": "Basic aGk6aGk="},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer hitl_" + "A" * 43},
            {"Authorization": f"Bearer {revoked_secret}"},
            {"Authorization": f"Bearer {expired}"},
            {"Authorization": f"bearer  {site.secrets['root']}x"},
        ]
        found = set()
        for header in headers:
            answer = await site.ask(None, method, path, headers=header)
            assert code(answer) == (401, "unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"
            found.add(json.dumps({**answer.json(), "request_id": None}))
        assert len(found) == 1

    async def test_an_adjudicator_who_judged_the_case_does_not_settle_it(self, site: Site) -> None:
        await dispute(site, "reject")
        secret = site.queue.create_token("adjudicator", "alice")[1]
        for method, path in (("GET", "dispute"), ("POST", "adjudication")):
            body = {"decision": "approve", "cause": "error"} if method == "POST" else None
            answer = await site.ask(secret, method, f"/v1/cases/c1/{path}", body)
            assert code(answer) == (403, "forbidden")

    async def test_an_adjudicator_sees_opinions_without_names(self, site: Site) -> None:
        await dispute(site, "reject", rationale="because")
        answer = await site.ask("judy", "GET", "/v1/cases/c1/dispute")
        opinions = answer.json()["verdicts"]
        assert [one["name"] for one in opinions] == ["A", "B"]
        assert {one["decision"] for one in opinions} == {"approve", "reject"}
        assert "because" in answer.text
        for name in ("alice", "bob", UUID.format(1), UUID.format(2)):
            assert name not in answer.text
        await site.hand_over("c2")
        for path in ("/v1/cases/c2/dispute", "/v1/cases/nowhere/dispute"):
            assert code(await site.ask("judy", "GET", path)) == (404, "not-found")

    async def test_a_token_of_some_pools_sees_these_only(self, site: Site) -> None:
        await site.hand_over("c1", pool="medical")
        await site.hand_over("c2", pool="legal")
        reviewer = site.queue.create_token("reviewer", "rita", ["legal"])[1]
        lead = site.queue.create_token("lead", "lou", ["legal"])[1]
        named = await site.ask(reviewer, "POST", "/v1/claims", {"case_id": "c1"})
        missing = await site.ask(reviewer, "POST", "/v1/claims", {"case_id": "nowhere"})
        assert code(named) == code(missing) == (404, "not-found")
        assert code(await site.ask(reviewer, "POST", "/v1/cases/c1:unskip")) == (404, "not-found")
        for pool in ("medical", "unheard-of"):
            asked = await site.ask(reviewer, "POST", "/v1/claims", {"pools": [pool]})
            assert code(asked) == (403, "forbidden")
        assert asgi.case_ids(await site.claim(reviewer, batch=9)) == ["c2"]
        assert code(await site.ask(lead, "GET", "/v1/cases/c1")) == (404, "not-found")
        listed = (await site.ask(lead, "GET", "/v1/cases")).json()["cases"]
        assert [row["case_id"] for row in listed] == ["c2"]
        assert (await site.ask(lead, "GET", "/v1/status")).json()["pending"] == 1
        assert code(await site.ask(lead, "GET", "/v1/audit")) == (403, "forbidden")


async def dispute(site: Site, other: str, **fields: Any) -> None:
    """Bob judges c1, then alice approves it."""
    await site.hand_over("c1", overlap=2)
    (theirs,) = await site.claim("bob")
    await site.decide("bob", theirs, other, id=UUID.format(2), **fields)
    (mine,) = await site.claim("alice")
    await site.decide("alice", mine, "approve", id=UUID.format(1))


async def everything_alice_can_ask(site: Site) -> list[tuple[str, int, str]]:
    """What every endpoint answers alice, with the ETag; what differs by chance is blanked."""
    bodies: dict[str, Any] = {
        "POST /v1/cases": {"id": "c1", "output": "x"},
        "POST /v1/cases/{id}/adjudication": {"decision": "approve", "cause": "error"},
        "POST /v1/cases/{id}:requeue": {"reviewer": "alice"},
        "POST /v1/claims/{token}:release": {"reason": "skip"},
        "PUT /v1/verdicts/{id}": {"token": 2, "case_id": "c1", "decision": "reject"},
    }
    found = []
    asked = [(endpoint, *path_of(endpoint)) for endpoint in ALLOWED]
    asked += [
        ("mine", "GET", "/v1/verdicts?mine=true"),
        ("claim by name", "POST", "/v1/claims"),
        ("replay", "PUT", f"/v1/verdicts/{UUID.format(1)}"),
        ("another's", "DELETE", f"/v1/verdicts/{UUID.format(2)}"),
        ("own", "DELETE", f"/v1/verdicts/{UUID.format(1)}"),
    ]
    for name, method, path in asked:
        body = bodies.get(name)
        if name == "claim by name":
            body = {"case_id": "c1"}
        if name == "replay":
            body = {"token": 2, "case_id": "c1", "decision": "approve"}
        answer = await site.ask("alice", method, path, body)
        found.append((name, answer.status_code, seen(answer)))
    return found


def seen(answer: httpx.Response) -> str:
    body = re.sub(r'"request_id": "[^"]*"', "", answer.text)
    who = re.sub(r'"id":"[^"]*","name":"alice"', "", body)
    return f"{answer.headers.get('etag')} {who}"


async def agreed(site: Site) -> None:
    await dispute(site, "approve")


async def disagreed(site: Site) -> None:
    await dispute(site, "reject", rationale="MARK-rationale", labels=["MARK-label"])


async def edited(site: Site) -> None:
    places = [{"passage": 0, "start": 0, "end": 1}]
    await dispute(
        site, "edit", edited_output="MARK-edit", spans=[{"start": 0, "end": 1}], evidence=places
    )


async def outvoted(site: Site, other: str) -> None:
    """Two others say the same before alice says something else: the answer is theirs."""
    await site.hand_over("c1", overlap=3)
    text = {"edited_output": "MARK-theirs"} if other == "edit" else {}
    for number, name in ((2, "bob"), (3, "carl")):
        secret = site.secrets.setdefault(name, site.queue.create_token("reviewer", name)[1])
        (claim,) = await site.claim(secret)
        await site.decide(secret, claim, other, id=UUID.format(number), **text)
    (mine,) = await site.claim("alice")
    await site.decide("alice", mine, "approve", id=UUID.format(1))


async def outvoted_by_edits(site: Site) -> None:
    await outvoted(site, "edit")


async def joined_by_two(site: Site) -> None:
    await outvoted(site, "approve")


async def gold(site: Site) -> None:
    marks = {"decision": "reject", "labels": ["MARK-gold"], "spans": [{"start": 0, "end": 1}]}
    await site.hand_over("c1", gold=marks)
    (mine,) = await site.claim("alice")
    assert "MARK" not in json.dumps(mine)
    await site.decide("alice", mine, "approve", id=UUID.format(1))


async def no_gold(site: Site) -> None:
    await site.hand_over("c1")
    (mine,) = await site.claim("alice")
    await site.decide("alice", mine, "approve", id=UUID.format(1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (agreed, disagreed),
        (agreed, edited),
        (joined_by_two, outvoted_by_edits),
        (no_gold, gold),
    ],
)
async def test_two_queues_that_differ_in_what_is_hidden_look_the_same_to_a_reviewer(
    tmp_path: Path, one: PLAY, other: PLAY
) -> None:
    answers = []
    for number, play in enumerate((one, other)):
        clock = FakeClock()
        async with asgi.site(tmp_path / f"{number}.db", clock) as site:
            await play(site)
            answers.append(await everything_alice_can_ask(site))
    assert "MARK" not in json.dumps(answers)
    assert answers[0] == answers[1]


@pytest.mark.parametrize("play", [disagreed, edited, outvoted_by_edits, gold])
@pytest.mark.parametrize("who", ["other-app", "bob-after", "nobody"])
async def test_whoever_has_nothing_to_do_with_a_case_sees_nothing_of_it(
    site: Site, play: PLAY, who: str
) -> None:
    await play(site)
    secret = {
        "other-app": "other-app",
        "bob-after": site.queue.create_token("reviewer", "dora")[1],
        "nobody": "hitl_nobody",
    }[who]
    for endpoint in ALLOWED:
        method, path = path_of(endpoint)
        answer = await site.ask(secret, method, path)
        assert "MARK" not in answer.text
        assert "the answer of c1" not in answer.text


async def test_gold_reaches_nobody_over_the_network(site: Site) -> None:
    await gold(site)
    for person in ("app", "lee", "aud", "root", "judy"):
        for path in ("/v1/cases/c1", "/v1/cases", "/v1/verdicts", "/v1/audit", "/v1/resolutions"):
            assert "MARK" not in (await site.ask(person, "GET", path)).text


async def test_only_the_holder_sees_a_case_and_without_its_version(site: Site) -> None:
    await site.hand_over("c1", overlap=2)
    assert code(await site.ask("alice", "GET", "/v1/cases/c1")) == (404, "not-found")
    await site.claim("alice")
    answer = await site.ask("alice", "GET", "/v1/cases/c1")
    assert set(answer.json()) == {"id", "route", "case"}
    assert "etag" not in answer.headers


async def test_the_counts_of_cases_are_not_in_the_open_metrics(site: Site) -> None:
    await disagreed(site)
    assert "hitl_cases" not in (await site.ask(None, "GET", "/metrics")).text
    assert "hitl_cases" not in (await site.ask("alice", "GET", "/metrics")).text
    assert 'hitl_cases{state="disputed"} 1.0' in (await site.ask("lee", "GET", "/metrics")).text


async def test_the_log_has_no_content(path: Path, clock: FakeClock) -> None:
    from hitl_tui.queue.sqlite import SqliteQueue
    from hitl_tui.server.app import build

    lines: list[str] = []
    queue = SqliteQueue(path, clock=clock, create=True)
    app = build(queue, clock=clock, log=lambda event, **f: lines.append(json.dumps([event, f])))
    async with app.router.lifespan_context(app):
        site = Site(queue, app, clock)
        await site.hand_over("MARK-id", input="MARK-input", surprise="MARK-field")
        await site.hand_over("MARK-id", input="MARK-input")
        await site.judge("alice", "edit", edited_output="MARK-edit", rationale="MARK-why")
        await site.ask("hitl_MARK-secret", "GET", "/v1/cases/MARK-id?MARK=1")
        await site.close()
    queue.close()
    requests = [fields for event, fields in map(json.loads, lines) if event == "request"]
    assert [fields["status"] for fields in requests] == [422, 201, 200, 201, 401]
    assert "MARK" not in "".join(lines)
