"""Hitl and AsyncHitl: what an application holds to have its cases reviewed, over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from hitl_tui import __version__
from hitl_tui.client import talk
from hitl_tui.client.errors import HitlInvalid
from hitl_tui.client.talk import Answer, Failure, Heard, Pause, Request, Submitted, Talk
from hitl_tui.model.case import Case, Submission
from hitl_tui.model.hosts import is_loopback
from hitl_tui.model.ids import new_id
from hitl_tui.model.load import explain
from hitl_tui.model.work import Resolution

T = TypeVar("T")
AnyCase = Submission | Case | Mapping[str, Any]
"""A case as its types have it, or as the object of its JSON; without an id it gets a UUIDv7."""
TIMEOUT_S = 5.0


class Hitl:
    """A connection to the server of a queue, under a producer's token. Threads may share it.

    Failures of the network and a server that restarts are met with further attempts, under the same
    id, so a case is never queued twice. Every method raises subclasses of HitlError only.
    """

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_S) -> None:
        """`timeout`: seconds that a request may take beyond the time it waits for a reviewer.

        Raises HitlInvalid for an address that would send the token in the clear, or is none.
        """
        self._timeout = timeout
        self._client = httpx.Client(**_settings(url, token, timeout))

    def review(self, case: AnyCase, wait: float = 30) -> Resolution:
        """Have a case reviewed: its resolution, or the fallback when nobody came in `wait` seconds.

        A case without `review_within` gets `wait` as one, so an answer comes within `wait` plus the
        timeout. HitlTimeout: the case has a longer one of its own, and no answer yet.
        """
        return self._run(talk.review(submission(case), wait, self._timeout, time.monotonic))

    def submit(self, case: AnyCase) -> Submitted:
        """Hand a case over without waiting. The same case again changes nothing."""
        return self._run(talk.submit(submission(case), self._timeout, time.monotonic))

    def wait_for(self, case_id: str, timeout: float = 30) -> Resolution:
        """The resolution of a case handed over before; HitlTimeout after `timeout` seconds."""
        return self._run(talk.wait_for(case_id, timeout, self._timeout, time.monotonic))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, conversation: Talk[T]) -> T:
        heard: Heard = None
        while True:
            try:
                step = conversation.send(heard)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                heard = None
                continue
            try:
                heard = _answer(self._client.request(**_arguments(step, self._timeout)))
            except httpx.HTTPError as error:
                heard = _failure(error)


class AsyncHitl:
    """The twin of Hitl for asyncio: the same promises, and a wait costs no thread."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_S) -> None:
        """As for Hitl."""
        self._timeout = timeout
        self._client = httpx.AsyncClient(**_settings(url, token, timeout))

    async def review(self, case: AnyCase, wait: float = 30) -> Resolution:
        """As `Hitl.review`."""
        return await self._run(talk.review(submission(case), wait, self._timeout, time.monotonic))

    async def submit(self, case: AnyCase) -> Submitted:
        """As `Hitl.submit`."""
        return await self._run(talk.submit(submission(case), self._timeout, time.monotonic))

    async def wait_for(self, case_id: str, timeout: float = 30) -> Resolution:
        """As `Hitl.wait_for`."""
        return await self._run(talk.wait_for(case_id, timeout, self._timeout, time.monotonic))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run(self, conversation: Talk[T]) -> T:
        heard: Heard = None
        while True:
            try:
                step = conversation.send(heard)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                heard = None
                continue
            try:
                heard = _answer(await self._client.request(**_arguments(step, self._timeout)))
            except httpx.HTTPError as error:
                heard = _failure(error)


def submission(case: AnyCase) -> Submission:
    """The case as it is sent; HitlInvalid says where it does not fit, before anything is sent."""
    if isinstance(case, Submission):
        return case
    given = case.model_dump(exclude_unset=True) if isinstance(case, Case) else dict(case)
    if given.get("id") is None:
        given["id"] = new_id()
    try:
        return Submission.model_validate(given)
    except ValidationError as error:
        places = error.errors(include_url=False, include_input=False, include_context=False)
        raise HitlInvalid(
            "the case does not fit: {words}",
            words=explain(error),
            errors=tuple((_pointer(place["loc"]), place["msg"]) for place in places),
        ) from None


class _Settings(TypedDict):
    base_url: str
    headers: dict[str, str]
    timeout: float
    limits: httpx.Limits
    trust_env: bool
    verify: bool


def _settings(url: str, token: str, timeout: float) -> _Settings:
    address = _checked(url)
    if not (token.isascii() and token.isprintable() and token.strip()):
        raise HitlInvalid("a token is `hitl_` and 43 letters and digits; this is not one")
    return {
        "base_url": address,
        "headers": {"Authorization": f"Bearer {token}", "User-Agent": f"hitl/{__version__}"},
        "timeout": timeout,
        # Every wait holds a connection; the server has its own limit.
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=20),
        # A proxy of the environment may stand before a far server, never before this machine.
        "trust_env": address.startswith("https:"),
        # Plain http has no certificates, and to read whose count takes 50 ms.
        "verify": address.startswith("https:"),
    }


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        port_fits, host = parts.port is None or parts.port > 0, parts.hostname
    except ValueError:
        raise _no_address() from None
    scheme, _, rest = url.partition(":")
    if scheme.lower() not in ("http", "https") or not host or not port_fits:
        raise _no_address()
    if parts.username is not None or parts.query or parts.fragment:
        raise _no_address()
    if parts.scheme == "http" and not is_loopback(host):
        raise HitlInvalid(
            "http:// would send the token and the cases in the clear: use https://, plain http:// is "
            "for this machine only"
        )
    return f"{parts.scheme}:{rest}".rstrip("/")


def _no_address() -> HitlInvalid:
    return HitlInvalid(
        "that is no address of a server: it is https://, a host and perhaps a port and a path"
    )


def _arguments(request: Request, timeout: float) -> dict[str, Any]:
    headers = {} if request.prefer is None else {"Prefer": request.prefer}
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return {
        "method": request.method,
        "url": request.path,
        "content": request.body,
        "headers": headers,
        "timeout": httpx.Timeout(timeout, read=timeout + request.wait_s),
    }


def _answer(response: httpx.Response) -> Answer:
    after = response.headers.get("retry-after", "")
    seconds = float(after) if after.isascii() and after.isdigit() else 0.0
    return Answer(response.status_code, response.content, seconds)


def _failure(error: httpx.HTTPError) -> Failure:
    if isinstance(error, httpx.TimeoutException):
        return Failure("no answer in time")
    return Failure(str(error)[:200] or type(error).__name__)


def _pointer(steps: tuple[int | str, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
