"""Over HTTP a reviewer cannot tell a quiz or gold case from any other: not by content, counts or ids."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.rules import Qualifying, Rules
from tests.quality.quizzing import ingest_gold
from tests.queue.world import FakeClock
from tests.server import asgi
from tests.server.asgi import Site, code


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    rules = Rules(qualifying={"medical": Qualifying(("cal",), mark=0.7)})
    async with asgi.site(tmp_path / "hitl.db", FakeClock(), rules=rules) as opened:
        yield opened
    assert violations(tmp_path / "hitl.db") == []


def shape(value: Any) -> Any:
    """What a value looks like without what it says."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str):
        plain = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", value)
        return re.sub(r"\d", "0", re.sub(r"number \d+", "number N", plain))
    return value if isinstance(value, bool) or value is None else type(value).__name__


async def status(site: Site) -> dict[str, int]:
    found: dict[str, int] = (await site.ask("alice", "GET", "/v1/status")).json()
    return found


@pytest.mark.parametrize("overlap", [1, 2])
async def test_a_copy_and_an_ordinary_case_look_and_count_alike_at_every_step(
    site: Site, overlap: int
) -> None:
    route = {"overlap": overlap, "pool": "general", "priority": 60}
    for number in range(900, 903):
        fields = {"input": "How long?", "context": ["Thirty days."], **route}
        output = f"Answer number {number}."
        await site.ask(
            "app", "POST", "/v1/cases", {"id": f"support-00{number}", "output": output, **fields}
        )
    ingest_gold(site.queue, 3, **route)
    site.queue.create_quiz("lead", "cal", site.queue.gold_items())
    sitting = (await site.ask("alice", "POST", "/v1/quizzes/cal:sit")).json()
    steps = []
    for case_id in ("support-00901", sitting["seats"][0]["case_id"]):
        before = await status(site)
        (upcoming,) = [
            row
            for row in (await site.ask("alice", "GET", "/v1/upcoming?limit=50")).json()["cases"]
            if row["case_id"] == case_id
        ]
        (claim,) = await site.claim("alice", case_id=case_id)
        held = await site.ask("alice", "GET", f"/v1/cases/{case_id}")
        receipt = await site.decide("alice", claim, "approve")
        answer = await site.ask("alice", "GET", f"/v1/cases/{case_id}/resolution")
        after = await status(site)
        mine = (await site.ask("alice", "GET", "/v1/verdicts?mine=true&limit=1")).json()
        undone = await site.ask("alice", "DELETE", f"/v1/verdicts/{receipt.json()['id']}")
        again = (
            await site.ask("alice", "POST", f"/v1/claims/{undone.json()['token']}:release")
        ).text
        moved = {name: after[name] - before[name] for name in before if name != "oldest_pending_s"}
        parts = [
            upcoming,
            claim,
            held.json(),
            receipt.json(),
            answer.text,
            mine,
            undone.json(),
            again,
        ]
        headers = sorted(set(receipt.headers) | set(held.headers))
        steps.append(
            json.dumps([[shape(part) for part in parts], moved, headers, receipt.status_code])
        )
    assert steps[0] == steps[1]
    assert (
        "quiz" not in steps[1]
        and "gold" not in steps[1]
        and "cal" not in re.findall(r"\w+", steps[1])
    )


async def test_sitting_down_tells_ids_and_nothing_of_the_answers(site: Site) -> None:
    ingest_gold(site.queue, 3)
    site.queue.create_quiz("lead", "cal", site.queue.gold_items())
    answer = await site.ask("alice", "POST", "/v1/quizzes/cal:sit")
    body = answer.json()
    assert set(body) == {"quiz", "mode", "reviewer", "started_at", "guideline", "seats"}
    assert all(set(seat) == {"case_id", "answered"} for seat in body["seats"])
    assert all(re.fullmatch(r"support-\d{5}", seat["case_id"]) for seat in body["seats"])
    assert "reject" not in answer.text and "wrong_number" not in answer.text


async def test_a_taker_learns_nothing_of_another_sitting_or_of_the_report(site: Site) -> None:
    ingest_gold(site.queue, 2)
    site.queue.create_quiz("lead", "cal", site.queue.gold_items())
    theirs = (await site.ask("bob", "POST", "/v1/quizzes/cal:sit")).json()["seats"][0]["case_id"]
    assert code(await site.ask("alice", "GET", "/v1/quizzes/cal")) == (403, "forbidden")
    named = await site.ask("alice", "POST", "/v1/claims", {"case_id": theirs})
    assert named.status_code == 409
    for quiz, case in (("cal", theirs), ("cal", "nowhere"), ("nowhere", theirs)):
        found = await site.ask("alice", "GET", f"/v1/quizzes/{quiz}/feedback/{case}")
        assert code(found) == (404, "not-found")
    assert code(await site.ask("alice", "POST", "/v1/quizzes/nowhere:sit")) == (404, "not-found")
    lead = (await site.ask("lee", "GET", "/v1/quizzes/cal")).json()
    assert [item["gold"]["decision"] for item in lead["items"]] == ["reject", "approve"]


async def test_a_scored_quiz_tells_no_answer_and_training_tells_one_after_the_verdict(
    site: Site,
) -> None:
    ingest_gold(site.queue, 1)
    for mode in ("scored", "training"):
        site.queue.create_quiz("lead", mode, site.queue.gold_items(), mode=mode)  # type: ignore[arg-type]
        (seat,) = (await site.ask("alice", "POST", f"/v1/quizzes/{mode}:sit")).json()["seats"]
        path = f"/v1/quizzes/{mode}/feedback/{seat['case_id']}"
        (claim,) = await site.claim("alice", case_id=seat["case_id"])
        assert (await site.ask("alice", "GET", path)).status_code == 404
        assert "reject" not in (await site.decide("alice", claim, "approve")).text
        told = await site.ask("alice", "GET", path)
        if mode == "scored":
            assert told.status_code == 404
        else:
            assert told.json()["gold"]["decision"] == "reject"
            assert told.json()["right"] is False


async def test_a_token_of_other_pools_cannot_sit_down(site: Site) -> None:
    ingest_gold(site.queue, 1, pool="medical")
    site.queue.create_quiz("lead", "cal", site.queue.gold_items())
    secret = site.queue.create_token("reviewer", "rita", ["legal"])[1]
    assert code(await site.ask(secret, "POST", "/v1/quizzes/cal:sit")) == (404, "not-found")


async def test_who_does_not_serve_a_pool_yet_can_take_the_quiz_for_it(site: Site) -> None:
    ingest_gold(site.queue, 12, pool="medical")
    site.queue.create_quiz("lead", "cal", site.queue.gold_items())
    assert await site.claim("alice", pools=["medical"]) == []
    for seat in (await site.ask("alice", "POST", "/v1/quizzes/cal:sit")).json()["seats"]:
        (claim,) = await site.claim("alice", case_id=seat["case_id"])
        number = int(claim["case"]["output"].split()[-1].rstrip("."))
        await site.decide("alice", claim, "reject" if number % 3 == 0 else "approve")
    assert len(await site.claim("alice", pools=["medical"], batch=2)) == 2


async def test_reviewers_read_and_acknowledge_the_guideline(site: Site) -> None:
    assert code(await site.ask("alice", "GET", "/v1/guideline")) == (404, "not-found")
    version = site.queue.publish_guideline("lead", "# Tone {#tone}\n").version
    assert (await site.ask("alice", "GET", "/v1/guideline")).json()["version"] == version
    unknown = await site.ask("alice", "POST", "/v1/guideline:acknowledge", {"version": "other"})
    assert code(unknown) == (404, "not-found")
    done = await site.ask("alice", "POST", "/v1/guideline:acknowledge", {"version": version})
    assert done.status_code == 204
    assert [one.reviewer for one in site.queue.acknowledgements()] == ["alice"]
