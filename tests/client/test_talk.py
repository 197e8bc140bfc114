"""Whatever the network does, a talk says the same thing again, keeps its pauses, and ends in time."""

from __future__ import annotations

import json
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.client import HitlRefused, HitlUnreachable
from hitl_tui.client.errors import HitlError
from hitl_tui.client.talk import Answer, Failure, Heard, Pause, Request, Talk, review, wait_for
from hitl_tui.model.case import Submission
from hitl_tui.model.work import Resolution

CASE = Submission(id="c1", output="60 days")
ROUTE = {"action": "escalate", "rule": "default", "pool": "general", "priority": 50, "overlap": 1}
PENDING = {"id": "c1", "state": "pending", "route": ROUTE, "version": 1, "brand_new": True}
RESOLUTION = {
    "case_id": "c1",
    "decision": "approve",
    "output": "60 days",
    "source": "reviewer",
    "verdicts": ["v1"],
    "resolved_at": "2026-11-22T09:00:00Z",
    "version": 1,
    "brand_new": True,
}


def answer(status: int, body: object, retry_after: float = 0) -> Answer:
    return Answer(status, json.dumps(body).encode(), retry_after)


def problem(status: int, code: str, *, retryable: bool, retry_after: float = 0) -> Answer:
    return answer(status, {"code": code, "detail": "...", "retryable": retryable}, retry_after)


TROUBLE: list[Answer | Failure] = [
    Failure("connection refused"),
    problem(503, "draining", retryable=True, retry_after=1),
    problem(429, "rate-limited", retryable=True, retry_after=1),
    Answer(502, b"<h1>Bad gateway</h1>"),
]


class World:
    """A clock, and a network that gives these answers, each after some seconds, then the last."""

    def __init__(self, heard: list[Answer | Failure], seconds: float) -> None:
        self.now = 1000.0
        self.heard = heard
        self.seconds = seconds
        self.requests: list[Request] = []
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    def step(self, asked: Request | Pause) -> Heard:
        if isinstance(asked, Pause):
            self.pauses.append(asked.seconds)
            self.now += asked.seconds
            return None
        self.requests.append(asked)
        self.now += self.seconds
        return self.heard.pop(0) if len(self.heard) > 1 else self.heard[0]

    def hold(self, talk: Talk[Resolution]) -> Resolution:
        return run(talk, self)


def run(talk: Generator[Request | Pause, Heard, Resolution], world: World) -> Resolution:
    heard: Heard = None
    while True:
        try:
            asked = talk.send(heard)
        except StopIteration as end:
            found: Resolution = end.value
            return found
        heard = world.step(asked)


@given(
    st.lists(st.sampled_from(TROUBLE), max_size=40),
    st.floats(0, 3),
    st.floats(0.1, 40),
    st.floats(0, 5),
)
def test_a_review_ends_in_time_and_never_changes_its_case(
    trouble: list[Answer | Failure], seconds: float, wait: float, patience: float
) -> None:
    world = World([*trouble, answer(201, {**PENDING, "resolution": RESOLUTION})], seconds)
    try:
        assert world.hold(review(CASE, wait, patience, world.clock)).output == "60 days"
    except HitlError as error:
        assert isinstance(error, HitlUnreachable) or error.code == "rate-limited"  # type: ignore[attr-defined]
    assert world.now - 1000 <= wait + patience + seconds
    assert len({request.body for request in world.requests}) == 1
    assert {request.path for request in world.requests} == {"/v1/cases"}
    assert all(pause >= 0.1 for pause in world.pauses)


def test_a_server_that_asks_for_patience_gets_it() -> None:
    heard = [problem(429, "rate-limited", retryable=True, retry_after=3)]
    world = World([*heard, answer(201, {**PENDING, "resolution": RESOLUTION})], 0)
    world.hold(review(CASE, 30, 5, world.clock))
    assert world.pauses == [3]


@pytest.mark.parametrize(
    "final",
    [
        problem(422, "invalid", retryable=False),
        problem(507, "store-full", retryable=False),
        problem(500, "error", retryable=False),
        Answer(418, b""),
    ],
)
def test_what_will_not_pass_is_not_tried_again(final: Answer) -> None:
    world = World([final], 0)
    with pytest.raises(HitlRefused):
        world.hold(review(CASE, 30, 5, world.clock))
    assert len(world.requests) == 1


@pytest.mark.parametrize(
    "page",
    [
        Answer(200, b"<h1>"),
        Answer(200, b"[]"),
        Answer(200, b"{}"),
        Answer(302, b""),
        Answer(404, b""),
    ],
)
def test_what_is_no_answer_of_ours_is_said(page: Answer) -> None:
    world = World([page], 0)
    with pytest.raises(HitlUnreachable, match="not that of a hitl server"):
        world.hold(review(CASE, 30, 5, world.clock))


def test_a_long_wait_is_cut_into_polls_that_a_proxy_lets_through() -> None:
    still = answer(202, PENDING)
    world = World([still, still, still, answer(200, RESOLUTION)], 50)
    world.hold(wait_for("c1", 600, 5, world.clock))
    assert [request.wait_s for request in world.requests] == [50] * 4


def test_a_server_that_lets_every_wait_go_is_not_asked_without_a_pause() -> None:
    still = answer(202, PENDING)
    world = World([still, still, still, answer(200, RESOLUTION)], 0)
    world.hold(wait_for("c1", 600, 5, world.clock))
    assert world.pauses == [0.1] * 3
