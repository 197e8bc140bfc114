"""What can keep a producer from its answer, as exceptions that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hitl_tui.model.text import Shown, message

LONGEST_SAYING = 300
"""Characters of a server's own words that go into a message."""


class HitlError(Exception):
    """Anything that kept an answer away. Whoever has a fallback of their own catches this one."""

    def __init__(self, template: str, /, **values: object) -> None:
        """`template` is in our own words; `values` are shown in a form that is safe on a terminal."""
        self.sentence: Shown = message(template, **values)
        super().__init__(self.sentence)


class HitlTimeout(HitlError, TimeoutError):
    """There is no answer yet. The case stays in the queue: `wait_for(case_id)` asks again."""

    def __init__(self, case_id: str, seconds: float) -> None:
        super().__init__(
            "case {case_id} has no answer after {seconds} s: it stays in the queue, wait_for asks again",
            case_id=case_id,
            seconds=f"{seconds:g}",
        )
        self.case_id = case_id


class HitlUnreachable(HitlError):
    """The server gave no answer in time, or none of ours. Whether it has the case is not known.

    The same call with the same case, id included, is safe to repeat.
    """


class HitlWithdrawn(HitlError):
    """The case was taken out of the queue: there will be no answer."""

    def __init__(self, case_id: str) -> None:
        super().__init__("case {case_id} was withdrawn: nobody will answer it", case_id=case_id)
        self.case_id = case_id


class HitlRefused(HitlError):
    """The server said no. `code` is stable; `request_id` finds the request in the server's log.

    `status` is the HTTP status, None when the case was refused before it was sent. `errors` are
    pairs of a JSON pointer into the case and what is wrong there.
    """

    code = "error"

    def __init__(
        self,
        template: str,
        /,
        *,
        code: str | None = None,
        status: int | None = None,
        request_id: str = "",
        errors: tuple[tuple[str, str], ...] = (),
        **values: object,
    ) -> None:
        super().__init__(template, **values)
        self.code = code or type(self).code
        self.status = status
        self.request_id = request_id
        self.errors = errors


class HitlUnauthenticated(HitlRefused):
    """The token is unknown, expired or revoked: a lead makes one with `hitl token create`."""

    code = "unauthenticated"


class HitlForbidden(HitlRefused):
    """The token may not do this; a producer's has the role `producer`."""

    code = "forbidden"


class HitlNotFound(HitlRefused):
    """There is no such case, or it is another producer's."""

    code = "not-found"


class HitlConflict(HitlRefused):
    """The id was used for a case with other content, review_within, pool and the like included."""

    code = "idempotency-conflict"


class HitlInvalid(HitlRefused):
    """The case does not fit its schema; `errors` say where."""

    code = "invalid"


_KINDS: Mapping[str, type[HitlRefused]] = {
    kind.code: kind
    for kind in (
        HitlUnauthenticated,
        HitlForbidden,
        HitlNotFound,
        HitlConflict,
        HitlInvalid,
    )
}


def refused(status: int, problem: Mapping[str, Any]) -> HitlRefused:
    """The exception for problem details (RFC 9457); an empty `problem` is an answer without them."""
    code = str(problem.get("code") or f"http-{status}")
    detail = str(problem.get("detail") or f"status {status}")[:LONGEST_SAYING]
    errors = _errors(problem)
    places = "; ".join(f"{pointer}: {what}" for pointer, what in errors[:5])[:LONGEST_SAYING]
    return _KINDS.get(code, HitlRefused)(
        "the server refused ({which}): {words}",
        which=code,
        code=code,
        status=status,
        request_id=str(problem.get("request_id") or ""),
        errors=errors,
        words=f"{detail} ({places})" if places else detail,
    )


def _errors(problem: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = problem.get("errors")
    if not isinstance(found, list):
        return ()
    named = [error for error in found if isinstance(error, dict)]
    return tuple((str(error.get("pointer")), str(error.get("detail"))) for error in named)
