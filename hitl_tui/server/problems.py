"""Refusals as the network sees them: problem details (RFC 9457) with stable codes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from starlette.responses import Response

from hitl_tui.model.fields import CONTRADICTION
from hitl_tui.queue.protocol import LeaseLost, QueueError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a code means: its status, its title, whether the same request may work later."""

    status: int
    title: str
    retryable: bool = False


KINDS: Mapping[str, Kind] = {
    "unauthenticated": Kind(401, "A valid token is needed"),
    "forbidden": Kind(403, "The token does not allow this"),
    "not-found": Kind(404, "Nothing of yours is here"),
    "method-not-allowed": Kind(405, "Not a method of this resource"),
    "contradiction": Kind(409, "The parts of the request do not fit each other, or the time"),
    "not-available": Kind(409, "The case cannot be had now"),
    "lease-lost": Kind(409, "The lease is not yours any more"),
    "undo-refused": Kind(409, "The verdict cannot be taken back"),
    "version-mismatch": Kind(412, "The case was changed meanwhile"),
    "payload-too-large": Kind(413, "The body is too large"),
    "idempotency-conflict": Kind(422, "The id was used for other content"),
    "invalid": Kind(422, "The request does not fit its schema"),
    "rate-limited": Kind(429, "Too many requests", retryable=True),
    "error": Kind(500, "Something unexpected went wrong"),
    "draining": Kind(503, "The server is stopping", retryable=True),
    "store-busy": Kind(503, "The queue cannot be used now", retryable=True),
    "store-full": Kind(507, "The disk of the queue is full"),
}
"""Code -> what it means. Whatever is not in here is `error`."""

_UNREACHABLE = "store-busy"
_HIDDEN = {
    "store-busy": "the queue is locked or cannot be read; nothing was accepted: try again",
    "store-full": "nothing was accepted: the operator has to make room",
}
"""Said instead of the store's own sentence, which names files of the server."""


@dataclass(eq=False)
class Problem(Exception):
    """A refusal under way to the client. `errors` are pairs of a JSON pointer and what is wrong."""

    code: str
    detail: str
    errors: Sequence[tuple[str, str]] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, instance: str, request_id: str) -> Response:
        """The answer; `instance` is the path that was asked for."""
        kind = KINDS.get(self.code, KINDS["error"])
        # What is wrong with the request as a whole has the pointer to the whole (RFC 6901).
        errors = self.errors or ([("", self.detail)] if self.code == "invalid" else ())
        body: dict[str, object] = {
            "type": f"urn:hitl:problem:{self.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "retryable": kind.retryable,
            "request_id": request_id,
            "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in errors],
            **self.extra,
        }
        return Response(json.dumps(body), kind.status, dict(self.headers), MEDIA_TYPE)


def refused(error: QueueError) -> Problem:
    """The problem that says what a store refused."""
    code = _UNREACHABLE if error.code == "unreachable" else error.code
    if code == "not-found":
        return not_found()
    if code not in KINDS:
        return Problem("error", "the queue refused this in a way that this server does not know")
    extra = {"kept": error.kept} if isinstance(error, LeaseLost) else {}
    headers = {"Retry-After": "1"} if KINDS[code].retryable else {}
    return Problem(code, _HIDDEN.get(code, str(error.sentence)), (), extra, headers)


def unauthenticated() -> Problem:
    """The one answer to a token that is missing, malformed, unknown, expired or revoked."""
    return Problem(
        "unauthenticated",
        "send `Authorization: Bearer hitl_...` with a token that is known and has not expired",
        headers={"WWW-Authenticate": "Bearer"},
    )


def not_found() -> Problem:
    """The one answer to what does not exist and to what is not the caller's."""
    return Problem("not-found", "there is nothing here for this token")


def unfit(error: ValidationError, at: str = "") -> Problem:
    """What does not fit a schema, pointer by pointer (RFC 6901), without the values sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:20]
    errors = [(at + _pointer(item["loc"]), _lower(item["msg"])) for item in found]
    if all(item["type"] == CONTRADICTION for item in found):
        return Problem("contradiction", "each field fits, but not to the others", errors)
    return Problem("invalid", f"{len(error.errors())} of its fields do not fit", errors)


def _pointer(steps: Sequence[int | str]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _lower(words: str) -> str:
    words = words.removeprefix("Value error, ")
    return words[:1].lower() + words[1:]
