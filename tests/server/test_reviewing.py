"""What a reviewer is promised: work as soon as there is some, every verdict once, and the truth about it."""

from __future__ import annotations

import asyncio
import json

import pytest

from hitl_tui.model.ids import new_id
from tests.queue.world import FakeClock
from tests.server.asgi import Site, case_ids, code


async def test_a_claim_has_the_case_and_what_the_screen_needs(site: Site) -> None:
    await site.hand_over("c1", input="q", context=["p"], review_within="5m")
    (claim,) = await site.claim("alice", lease_s=60)
    assert claim == {
        "token": 1,
        "case": {
            "kind": "response",
            "id": "c1",
            "input": [{"role": "user", "content": "q"}],
            "output": "the answer of c1",
            "context": [{"text": "p"}],
        },
        "lease_until": "2026-11-22T09:01:00.000000Z",
        "server_time": "2026-11-22T09:00:00.000000Z",
        "route": {
            "pool": "general",
            "priority": 50,
            "overlap": 1,
            "due": "2026-11-22T09:05:00.000000Z",
        },
    }


async def test_nothing_to_do_is_204(site: Site) -> None:
    assert (await site.ask("alice", "POST", "/v1/claims")).status_code == 204


async def test_a_batch_is_leased_at_once_and_resumed_under_new_tokens(site: Site) -> None:
    for case_id in ("c1", "c2", "c3"):
        await site.hand_over(case_id)
    claims = await site.claim("alice", batch=2)
    resumed = await site.claim("alice", resume=True)
    assert case_ids(claims) == case_ids(resumed) == ["c1", "c2"]
    late = await site.decide("alice", claims[0])
    assert code(late) == (409, "lease-lost")
    assert (await site.decide("alice", resumed[0])).status_code == 201


async def test_a_case_that_comes_goes_to_exactly_one_of_those_who_wait(site: Site) -> None:
    waits = [asyncio.create_task(site.claim(name, wait=60)) for name in ("alice", "bob")]
    while len(site.house.work) < len(waits):
        await asyncio.sleep(0)
    await site.hand_over("c1")
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    assert len(site.queue.leases()) == 1
    site.house.drain()
    got = [case_ids(claims) for claims in await asyncio.gather(*waits)]
    assert sorted(got) == [[], ["c1"]]
    assert len(site.queue.leases()) == 1


async def test_who_waits_for_another_pool_is_not_given_it(site: Site) -> None:
    wait = asyncio.create_task(site.claim("alice", wait=1, pools=["legal"]))
    await site.hand_over("c1", pool="medical")
    assert await wait == []


async def test_a_lease_that_ends_wakes_whoever_waits(site: Site, clock: FakeClock) -> None:
    await site.hand_over("c1")
    await site.claim("alice", lease_s=60)
    wait = asyncio.create_task(site.claim("bob", wait=30))
    await asyncio.sleep(0)
    clock.advance(61)
    await site.house.tick()
    assert case_ids(await wait) == ["c1"]


async def test_a_heartbeat_prolongs_and_a_lost_lease_says_so(site: Site, clock: FakeClock) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice", lease_s=60)
    clock.advance(30)
    path = f"/v1/claims/{claim['token']}:heartbeat"
    answer = await site.ask("alice", "POST", path, {"lease_s": 60})
    assert answer.json()["lease_until"] == "2026-11-22T09:01:30.000000Z"
    assert code(await site.ask("bob", "POST", path)) == (409, "lease-lost")
    clock.advance(61)
    assert code(await site.ask("alice", "POST", path)) == (409, "lease-lost")


async def test_what_its_holder_had_shown_is_noted_and_nobody_else_can_note_it(site: Site) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice")
    path = f"/v1/claims/{claim['token']}:reveal"
    before = list(site.queue.trail())
    assert code(await site.ask("bob", "POST", path, {})) == (409, "lease-lost")
    assert code(await site.ask("lee", "POST", path, {})) == (403, "forbidden")
    assert code(await site.ask("alice", "POST", path, {"scores": [1]})) == (422, "invalid")
    assert list(site.queue.trail()) == before
    answer = await site.ask("alice", "POST", path)
    assert (answer.status_code, answer.content) == (204, b"")
    (new,) = [json.loads(entry.entry) for entry in site.queue.trail()][len(before) :]
    assert (new["type"], new["actor"], new["case_id"]) == ("case.revealed", "alice", "c1")


async def test_a_verdict_is_recorded_once_however_often_it_is_sent(site: Site) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice")
    verdict_id = new_id()
    answers = [await site.decide("alice", claim, id=verdict_id) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert answers[0].json() == {
        "id": verdict_id,
        "accepted": True,
        "adopted": False,
        "case_state": "resolved",
        "resolution": {
            "case_id": "c1",
            "decision": "approve",
            "output": "the answer of c1",
            "source": "reviewer",
            "verdicts": [verdict_id],
            "resolved_at": "2026-11-22T09:00:00.000000Z",
            "version": 1,
        },
    }
    other = await site.decide("alice", claim, "reject", id=verdict_id)
    assert code(other) == (422, "idempotency-conflict")


async def test_a_verdict_after_its_lease_is_adopted_while_its_place_is_free(
    site: Site, clock: FakeClock
) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice", lease_s=60)
    clock.advance(61)
    answer = await site.decide("alice", claim)
    assert (answer.status_code, answer.json()["adopted"]) == (201, True)


async def test_a_verdict_that_comes_too_late_is_kept_and_says_so(
    site: Site, clock: FakeClock
) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice", lease_s=60)
    clock.advance(61)
    await site.judge("bob")
    verdict_id = new_id()
    for _ in range(2):
        answer = await site.decide("alice", claim, "reject", id=verdict_id)
        assert code(answer) == (409, "lease-lost")
        assert answer.json()["kept"] is True
    assert site.queue.record("c1").verdicts[1].late


async def test_a_verdict_without_a_lease_says_the_same_of_any_case(site: Site) -> None:
    await site.hand_over("c1")
    await site.hand_over("p1", kind="preference", output=None, candidates=CANDIDATES)
    found = []
    for case_id in ("c1", "p1", "nowhere"):
        claim = {"token": 77, "case": {"id": case_id}}
        answer = await site.decide("alice", claim, "tie")
        found.append((code(answer), answer.json()["detail"], answer.json()["kept"]))
    assert found[0][0] == (409, "lease-lost")
    assert found[0] == found[1] == found[2]


async def test_a_decision_that_does_not_fit_the_kind_is_invalid(site: Site) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice")
    assert code(await site.decide("alice", claim, "tie")) == (422, "invalid")
    unheard_of = await site.decide("alice", claim, "perhaps")
    assert code(unheard_of) == (422, "invalid")
    assert [error["pointer"] for error in unheard_of.json()["errors"]] == ["/decision"]
    assert (await site.decide("alice", claim, "approve")).status_code == 201


async def test_undo_gives_the_case_back_and_the_next_verdict_counts(site: Site) -> None:
    await site.hand_over("c1")
    verdict_id = (await site.judge("alice", "reject")).json()["id"]
    answer = await site.ask("alice", "DELETE", f"/v1/verdicts/{verdict_id}")
    assert answer.json()["case"]["id"] == "c1"
    assert (await site.decide("alice", answer.json(), "approve")).status_code == 201
    resolution = site.queue.record("c1").resolution
    assert resolution is not None
    assert resolution.decision == "approve"
    gone = await site.ask("alice", "DELETE", f"/v1/verdicts/{verdict_id}")
    assert code(gone) == (409, "undo-refused")
    assert code(await site.ask("bob", "DELETE", f"/v1/verdicts/{verdict_id}")) == (404, "not-found")


async def test_a_skip_is_taken_back_by_whoever_skipped(site: Site) -> None:
    await site.hand_over("c1")
    await site.hand_over("c2")
    (claim,) = await site.claim("alice")
    path = f"/v1/claims/{claim['token']}:release"
    assert (await site.ask("alice", "POST", path, {"reason": "skip"})).status_code == 204
    assert case_ids(await site.claim("alice")) == ["c2"]
    answer = await site.ask("alice", "POST", "/v1/cases/c1:unskip", {})
    assert answer.json()["case"]["id"] == "c1"


async def test_a_reviewer_has_their_own_skip_forgotten_and_nobody_elses(site: Site) -> None:
    await site.hand_over("c1", overlap=2)
    await site.hand_over("c2")
    for name in ("alice", "bob"):
        (claim,) = await site.claim(name)
        await site.ask(name, "POST", f"/v1/claims/{claim['token']}:release", {"reason": "skip"})
    path = "/v1/cases/c1:requeue"
    for body in ({}, {"reviewer": "bob"}):
        assert code(await site.ask("alice", "POST", path, body)) == (403, "forbidden")
    nowhere = await site.ask("alice", "POST", "/v1/cases/x:requeue", {"reviewer": "alice"})
    assert code(nowhere) == (404, "not-found")
    assert (await site.ask("alice", "POST", path, {"reviewer": "alice"})).status_code == 204
    assert case_ids(await site.claim("alice")) == ["c1"]
    assert case_ids(await site.claim("bob")) == ["c2"]


@pytest.mark.parametrize(
    "body", [{"reason": "snooze"}, {"reason": "skip", "until": "2026-11-22T10:00:00Z"}, {"x": 1}]
)
async def test_a_release_that_makes_no_sense_is_refused(site: Site, body: object) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice")
    answer = await site.ask("alice", "POST", f"/v1/claims/{claim['token']}:release", body)
    assert code(answer) == (422, "invalid")


async def test_the_history_is_the_callers_own(site: Site) -> None:
    await site.hand_over("c1", overlap=2)
    await site.judge("alice", "approve")
    await site.judge("bob", "reject")
    answer = await site.ask("alice", "GET", "/v1/verdicts?mine=true")
    assert [one["verdict"]["reviewer"] for one in answer.json()["verdicts"]] == ["alice"]


async def test_a_stopping_server_gives_no_claims_and_lets_those_who_wait_go(site: Site) -> None:
    await site.hand_over("c1")
    (claim,) = await site.claim("alice")
    waits = [
        asyncio.create_task(site.ask("bob", "POST", "/v1/claims", {"wait": 60})),
        asyncio.create_task(site.ask("app", "GET", "/v1/cases/c1/resolution?wait=60")),
    ]
    while not (len(site.house.work) and len(site.house.resolutions)):
        await asyncio.sleep(0)
    site.house.drain()
    assert [answer.status_code for answer in await asyncio.gather(*waits)] == [204, 202]
    assert code(await site.ask("bob", "POST", "/v1/claims")) == (503, "draining")
    assert code(await site.ask(None, "GET", "/readyz")) == (503, "draining")
    assert (await site.ask(None, "GET", "/healthz")).status_code == 200
    assert (await site.decide("alice", claim)).status_code == 201


async def test_what_was_leased_for_somebody_who_went_away_is_free_again(site: Site) -> None:
    given_back: list[str] = []

    async def attempt() -> list[str]:
        gone.set()
        while len(site.house.work):
            await asyncio.sleep(0)
        return ["a lease"]

    async def give_back(leased: list[str]) -> None:
        given_back.extend(leased)
        done.set()

    gone, done = asyncio.Event(), asyncio.Event()
    got = await site.house.work.wait((), attempt, give_back, gone.wait(), 30)  # type: ignore[arg-type]
    await done.wait()
    assert (got, given_back) == ([], ["a lease"])


CANDIDATES = [{"id": "x", "text": "1"}, {"id": "y", "text": "2"}]
