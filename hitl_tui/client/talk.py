"""The conversation with the server, without any I/O: what to send, when to try again, when to give up.

A talk is a generator. It yields a Request or a Pause, is sent the Answer or the Failure that came of
it, and returns the result. So one description serves the blocking and the asynchronous client.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from hitl_tui.client.errors import (
    HitlError,
    HitlInvalid,
    HitlTimeout,
    HitlUnreachable,
    HitlWithdrawn,
    refused,
)
from hitl_tui.model.case import CaseId, Submission
from hitl_tui.model.clock import parse_duration
from hitl_tui.model.fields import Int, Record
from hitl_tui.model.load import Refused, load_json
from hitl_tui.model.work import CaseState, Resolution, Route

POLL_S = 50
"""One request waits so long at most: proxies cut a silent connection after a minute."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
_TRY_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses that may pass, of an answer without a problem of ours: a proxy's, say."""

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Monotonic = Callable[[], float]
"""Seconds that never go back, from any beginning."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. `wait_s` is how long the server may take on purpose, beyond an ordinary answer."""

    method: str
    path: str
    body: str | None = None
    prefer: str | None = None
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """How many seconds to let pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `retry_after` is in seconds, 0 when it did not say."""

    status: int
    body: bytes
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer came; `why` says what happened, in the library's words."""

    why: str


class Submitted(Record):
    """A case that the server has: where it went and, if it is decided already, its resolution."""

    id: CaseId
    state: CaseState
    route: Route
    version: Int
    resolution: Resolution | None = None


Heard = Answer | Failure | None
Talk = Generator[Request | Pause, Heard, T]


def submit(case: Submission, patience: float, now: Monotonic) -> Talk[Submitted]:
    """Hand the case over; `patience` is how many seconds failures are met with another attempt."""
    until = now() + patience
    answer = yield from _ask(lambda: _handing_over(case, 0), until, now)
    return _submitted(answer)


def review(case: Submission, wait: float, patience: float, now: Monotonic) -> Talk[Resolution]:
    """Hand the case over and wait for its answer, `wait` seconds long.

    A case without `review_within` gets `wait` as one. When the queue has promised an answer, or a
    fallback, within `wait`, that one is waited for `patience` seconds longer.
    """
    if case.review_within is None:
        case = case.model_copy(update={"review_within": as_duration(wait)})
    assert case.review_within is not None
    promised = parse_duration(case.review_within).total_seconds() <= wait
    until = now() + wait + (patience if promised else 0)
    answer = yield from _ask(lambda: _handing_over(case, _poll(until, now)), until, now)
    resolution = _submitted(answer).resolution
    if resolution is not None:
        return resolution
    return (yield from _await_answer(case.id, until, wait, now))


def wait_for(case_id: str, timeout: float, patience: float, now: Monotonic) -> Talk[Resolution]:
    """Wait for the answer of a case handed over before; with a `timeout` of 0, look once."""
    until = now() + max(timeout, 0)
    return (yield from _await_answer(case_id, until, timeout, now, patience))


def as_duration(seconds: float) -> str:
    """Seconds as a duration, such as `30s`; HitlInvalid for what is none."""
    text = f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"
    try:
        parse_duration(text)
    except ValueError as error:
        raise HitlInvalid("the wait is in seconds: {why}", why=error) from None
    return text


def _await_answer(
    case_id: str, until: float, seconds: float, now: Monotonic, patience: float = 0.0
) -> Talk[Resolution]:
    while True:
        tries_until = max(until, now() + patience)
        answer = yield from _ask(lambda: _looking(case_id, _poll(until, now)), tries_until, now)
        if answer.status == 200:
            return _known(Resolution, _object(answer))
        if _submitted(answer).state == "withdrawn":
            raise HitlWithdrawn(case_id)
        if now() >= until:
            raise HitlTimeout(case_id, seconds)
        # A server that is about to stop answers every wait at once.
        yield Pause(FIRST_PAUSE_S)


def _ask(make: Callable[[], Request], until: float, now: Monotonic) -> Talk[Answer]:
    """The answer to a request that may be repeated; repeated while failures pass and time is left."""
    pause = FIRST_PAUSE_S
    while True:
        heard = yield make()
        assert heard is not None
        if isinstance(heard, Answer) and 200 <= heard.status < 300:
            return heard
        if isinstance(heard, Answer):
            pause = max(pause, heard.retry_after)
        if not _passing(heard) or now() + pause >= until:
            raise _error(heard)
        yield Pause(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _poll(until: float, now: Monotonic) -> int:
    return min(POLL_S, max(0, math.ceil(until - now())))


def _handing_over(case: Submission, wait: int) -> Request:
    try:
        body = case.model_dump_json(exclude_defaults=True)
    except PydanticSerializationError:
        raise HitlInvalid("the case holds a value that JSON cannot carry") from None
    return Request("POST", "/v1/cases", body, f"wait={wait}" if wait else None, wait)


def _looking(case_id: str, wait: int) -> Request:
    query = f"wait={wait}&withdrawn=true"
    return Request("GET", f"/v1/cases/{_segment(case_id)}/resolution?{query}", wait_s=wait)


def _segment(case_id: str) -> str:
    if case_id in (".", ".."):
        return case_id.replace(".", "%2E")
    return quote(case_id, safe="")


def _passing(heard: Answer | Failure) -> bool:
    """Whether the same request may be answered later."""
    if isinstance(heard, Failure):
        return True
    problem = _problem(heard)
    return problem.get("retryable") is True if problem else heard.status in _TRY_AGAIN


def _error(heard: Answer | Failure) -> HitlError:
    if isinstance(heard, Failure):
        return HitlUnreachable("the server gave no answer: {why}", why=heard.why)
    problem = _problem(heard)
    if heard.status >= 500 and _passing(heard):
        words = problem.get("detail") or f"status {heard.status}"
        return HitlUnreachable("the server cannot take it now: {words}", words=words)
    if not problem and heard.status in (301, 302, 303, 307, 308, 404):
        return _misunderstood()
    return refused(heard.status, problem)


def _problem(answer: Answer) -> Mapping[str, Any]:
    try:
        found = load_json(answer.body)
    except Refused:
        return {}
    return found if isinstance(found, dict) and "code" in found else {}


def _submitted(answer: Answer) -> Submitted:
    found = _object(answer)
    parts: dict[str, Any] = {**found, "route": _known(Route, found.get("route"))}
    if found.get("resolution") is not None:
        parts["resolution"] = _known(Resolution, found["resolution"])
    return _known(Submitted, parts)


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        found = load_json(answer.body)
    except Refused:
        raise _misunderstood() from None
    if not isinstance(found, dict):
        raise _misunderstood()
    return found


def _known(shape: type[M], value: object) -> M:
    """`value` as `shape`, what a newer server says beyond it left out."""
    if not isinstance(value, Mapping):
        raise _misunderstood()
    try:
        return shape.model_validate({k: v for k, v in value.items() if k in shape.model_fields})
    except ValidationError:
        raise _misunderstood() from None


def _misunderstood() -> HitlUnreachable:
    return HitlUnreachable(
        "the answer is not that of a hitl server: check the address, and that no proxy or sign-in page "
        "stands before it"
    )
