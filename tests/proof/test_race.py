"""A race over HTTP: all ask for one case of overlap 2 at the same moment, and exactly two get it."""

from __future__ import annotations

import asyncio

from hitl_tui.model.ids import new_id
from tests.client.served import Served
from tests.proof.clients import verdict_on
from tests.proof.line import Line
from tests.proof.sizes import SIZE
from tests.queue.places import violations


async def test_of_all_who_claim_one_case_of_overlap_2_exactly_two_get_it(served: Served) -> None:
    tokens = [served.token("reviewer", f"r{number}") for number in range(SIZE.racers)]
    secret = served.token("producer", "app")
    served.start()
    producer = await Line.open(served.port, secret)
    racers = [await Line.open(served.port, token) for token in tokens]
    for number in range(SIZE.races):
        case = {"id": f"c{number}", "output": "60 days", "overlap": 2}
        status, _ = await producer.ask("POST", "/cases", case)
        assert status == 201
        answers = await asyncio.gather(*(one.ask("POST", "/claims", {}) for one in racers))
        assert {status for status, _ in answers} == {200, 204}
        won = [
            (one, claim)
            for one, (status, body) in zip(racers, answers, strict=True)
            if status == 200
            for claim in body["claims"]
        ]
        assert len(won) == 2, f"round {number}: {len(won)} got the case"
        for one, claim in won:
            status, _ = await one.ask("PUT", f"/verdicts/{new_id()}", verdict_on(claim))
            assert status == 201
    for line in (producer, *racers):
        line.close()
    assert served.stop() == 0
    queue = served.open()
    assert queue.status().resolved == SIZE.races
    queue.close()
    assert violations(served.path) == []
