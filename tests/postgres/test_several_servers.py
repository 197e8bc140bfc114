"""Several servers over one database: who waits at one hears of the other, and everything happens once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hitl_tui.audit.chain import decode_entry
from hitl_tui.model.ids import new_id
from hitl_tui.queue.postgres.queue import violations
from hitl_tui.queue.postgres.store import Engine
from tests.local import PLAIN
from tests.queue.serving import Served
from tests.queue.world import item

ENGINES = {
    "postgresql": Engine(),
    "without LISTEN and advisory locks": Engine(notify=False, advisory=False),
}


@pytest.fixture(params=ENGINES)
def servers(request: pytest.FixtureRequest, url: str) -> Iterator[tuple[Served, Served]]:
    """Two servers, on the database's own clock."""
    engine = ENGINES[request.param]
    pair = (Served(url, None, engine=engine), Served(url, None, engine=engine))
    yield pair
    for one in pair:
        one.close()
    assert violations(url) == []


def speaker(served: Served, secret: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.Client(
        base_url=f"{served.url}/v1", headers=headers, timeout=30, trust_env=False, verify=PLAIN
    )


def test_a_wait_at_one_server_ends_with_the_verdict_at_the_other(
    servers: tuple[Served, Served],
) -> None:
    here, there = servers
    producer = speaker(here, here.token("app", "producer"))
    reviewer = speaker(there, here.token("alice"))
    assert producer.post("/cases", json={"id": "c1", "output": "60 days"}).status_code == 201
    answers: list[httpx.Response] = []
    waiting = threading.Thread(
        target=lambda: answers.append(producer.get("/cases/c1/resolution", params={"wait": 20}))
    )
    waiting.start()
    [claim] = reviewer.post("/claims", json={"wait": 20}).json()["claims"]
    decision = {"token": claim["token"], "case_id": "c1", "decision": "approve"}
    assert reviewer.put(f"/verdicts/{new_id()}", json=decision).status_code == 201
    began = time.monotonic()
    waiting.join()
    assert answers[0].json()["decision"] == "approve"
    # Less than the wait that was asked for: it was woken, by news or at the next look.
    assert time.monotonic() - began < 10


def test_a_reviewer_who_waits_at_one_gets_the_case_that_the_other_takes(
    servers: tuple[Served, Served],
) -> None:
    here, there = servers
    producer, reviewer = (
        speaker(here, here.token("app", "producer")),
        speaker(there, here.token("alice")),
    )
    answers: list[httpx.Response] = []
    waiting = threading.Thread(
        target=lambda: answers.append(reviewer.post("/claims", json={"wait": 20}))
    )
    waiting.start()
    producer.post("/cases", json={"id": "c1", "output": "60 days"})
    waiting.join()
    assert answers[0].json()["claims"][0]["case"]["id"] == "c1"


def test_claims_verdicts_and_fallbacks_happen_once(
    servers: tuple[Served, Served], url: str
) -> None:
    """Eight reviewers at two servers, 120 cases, half of them with an SLA that passes meanwhile."""
    store = servers[0].store
    soon = datetime.now(UTC) + timedelta(seconds=1)
    store.admit([item(f"c{n}", overlap=1 + n % 2) for n in range(60)])
    store.admit([item(f"late{n}", due=soon, pool="nobody") for n in range(60)])
    people = [(servers[n % 2], servers[0].token(f"r{n}")) for n in range(8)]
    given: list[str] = []

    def work(served: Served, secret: str) -> None:
        with speaker(served, secret) as it:
            while True:
                found = it.post("/claims", json={"pools": ["general"], "batch": 2})
                if found.status_code == 204:
                    return
                for claim in found.json()["claims"]:
                    given.append(judged(it, claim))

    threads = [threading.Thread(target=work, args=one) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while store.status().pending:
        store.tick()
    records = {record.case.id: record for record in store.records()}
    assert all(records[f"c{n}"].state == "resolved" for n in range(60))
    assert sorted(given) == sorted(
        stored.verdict.id for record in records.values() for stored in record.verdicts
    )
    kinds = Counter(
        (event.type, event.case_id) for event in (decode_entry(row.entry) for row in store.trail())
    )
    assert all(kinds["case.fallback", f"late{n}"] == 1 for n in range(60))


def judged(it: httpx.Client, claim: dict[str, Any]) -> str:
    verdict_id = new_id()
    body = {"token": claim["token"], "case_id": claim["case"]["id"], "decision": "approve"}
    assert it.put(f"/verdicts/{verdict_id}", json=body).status_code == 201
    return verdict_id
