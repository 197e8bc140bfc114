"""The wire to a queue server: one request in, one answer or one of the queue's own errors out."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from hitl_tui import __version__
from hitl_tui.model.hosts import is_loopback
from hitl_tui.model.load import Refused, load_json
from hitl_tui.queue.protocol import (
    Conflict,
    Forbidden,
    Invalid,
    LeaseLost,
    NotAvailable,
    NotFound,
    QueueError,
    StoreBusy,
    StoreFull,
    UndoRefused,
    Unreachable,
    VersionMismatch,
)

TIMEOUT_S = 10.0
"""How long a connection, or the silence in one, is waited for."""
LONGEST_SAYING = 300


class Unauthenticated(QueueError):
    """The server does not know the token, or does not know it any more."""

    code = "unauthenticated"


class Draining(Unreachable):
    """The server is about to stop and takes nothing new; another will answer soon."""

    code = "draining"


class RateLimited(Unreachable):
    """More requests than the server takes from one token."""

    code = "rate-limited"


class Unanswered(Unreachable):
    """A request was sent and no clear answer came: what it asked for may have been done."""


_ERRORS: dict[str, type[QueueError]] = {
    error.code: error
    for error in (
        Unauthenticated,
        Forbidden,
        NotFound,
        NotAvailable,
        UndoRefused,
        Conflict,
        VersionMismatch,
        Invalid,
        RateLimited,
        Draining,
        StoreBusy,
        StoreFull,
    )
}
_ERRORS["payload-too-large"] = Invalid


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: `body` is the bytes of its JSON, empty when it had nothing."""

    status: int
    body: bytes


class Wire:
    """A pool of connections to one server, under one token. Several threads may use it at once."""

    def __init__(self, url: str, token: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Check the address; nothing is sent yet. Raises Invalid, Unauthenticated."""
        self.url = checked(url)
        if not (token.isascii() and token.isprintable() and token):
            raise Unauthenticated("a token is `hitl_` and 43 letters and digits; this is not one")
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._reached = True
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "User-Agent": f"hitl/{__version__}"},
            timeout=timeout_s,
            # Plain http is for this machine: no proxy of the environment, no certificates to read.
            trust_env=self.url.startswith("https:"),
            verify=self.url.startswith("https:"),
        )

    @property
    def online(self) -> bool:
        """Whether the last request was answered; True before the first."""
        return self._reached

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        lines: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        version: int | None = None,
        wait_s: float = 0.0,
    ) -> Answer:
        """Send one request below `/v1`; any QueueError for a refusal, Unreachable without an answer.

        `lines` is a body of NDJSON, `version` goes into If-Match, `wait_s` is how long the server may
        take on purpose.
        """
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        if lines is not None:
            headers["Content-Type"] = "application/x-ndjson"
        if self._client.is_closed:
            raise Unreachable("the connection to {url} was closed: open it again", url=self.url)
        try:
            response = self._client.request(
                method,
                f"{self.url}/v1{path}",
                json=body,
                content=lines,
                params=query,
                headers=headers,
                timeout=self._timeout_s + wait_s,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            self._reached = False
            raise Unreachable(
                "{url} cannot be reached: {why}", url=self.url, why=_why(error)
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._reached = False
            raise Unanswered("{url} did not answer: {why}", url=self.url, why=_why(error)) from None
        self._reached = True
        if response.is_success:
            return Answer(response.status_code, response.content)
        raise self._refusal(response)

    def close(self) -> None:
        """Close every connection; a call after that is Unreachable."""
        self._client.close()

    def misunderstood(self) -> Unreachable:
        """The error for an answer that is none of ours."""
        return Unreachable(
            "{url} gave an answer that this hitl does not understand: is it a hitl server, and of "
            "this version?",
            url=self.url,
        )

    def _refusal(self, response: httpx.Response) -> QueueError:
        problem = _problem(response)
        code, detail = problem.get("code"), str(problem.get("detail") or "")[:LONGEST_SAYING]
        if response.status_code == 401:
            return Unauthenticated(
                "{url} does not accept the token: get another from whoever runs it and use "
                "`hitl login {url}`",
                url=self.url,
            )
        if not isinstance(code, str):
            return self._unlike_ours(response.status_code)
        if code == LeaseLost.code:
            return LeaseLost("{detail}", detail=detail, kept=problem.get("kept") is True)
        pointers = _pointers(problem)
        words = f"{detail} ({pointers})" if pointers else detail
        if code in _ERRORS:
            return _ERRORS[code]("{words}", words=words or code)
        return self._unlike_ours(response.status_code)

    def _unlike_ours(self, status: int) -> QueueError:
        """A status without a code of ours: a proxy's, or a fault inside the server."""
        if status == 404:
            return self.misunderstood()
        if status in (408, 425, 429) or status >= 500:
            return Unanswered("{url} failed with status {status}", url=self.url, status=status)
        if 300 <= status < 400:
            return Unreachable(
                "{url} points elsewhere, which is not followed: give the address itself",
                url=self.url,
            )
        return Invalid("{url} refused with status {status}", url=self.url, status=status)


def checked(url: str) -> str:
    """The address of a server, its scheme in small letters, without the slash at its end. Raises Invalid.

    Plain http is for this machine only: a token and the cases would be readable on the way.
    """
    try:
        parts = urlsplit(url)
        port_fits, host = parts.port is None or parts.port > 0, parts.hostname
    except ValueError:
        raise Invalid("this is no address of a server, such as https://hitl.example.org") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise Invalid("the address of a server has no name, password, ? or # in it")
    scheme, _, rest = url.partition(":")
    if scheme.lower() not in ("http", "https") or not host or not port_fits:
        raise Invalid("{url} is no address of a server, such as https://hitl.example.org", url=url)
    if parts.scheme == "http" and not is_loopback(host):
        raise Invalid(
            "{url} would send the token and the cases in the clear: use https://, plain http:// is "
            "for this machine only",
            url=url,
        )
    return f"{parts.scheme}:{rest}".rstrip("/")


def segment(value: str) -> str:
    """An id as one segment of a path, whatever is in it."""
    if value in (".", ".."):
        return value.replace(".", "%2E")
    return quote(value, safe="")


def _why(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return str(error)[:LONGEST_SAYING] or type(error).__name__


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    if "problem+json" not in response.headers.get("content-type", ""):
        return {}
    try:
        found = load_json(response.content)
    except Refused:
        return {}
    return found if isinstance(found, dict) else {}


def _pointers(problem: Mapping[str, Any]) -> str:
    """`/edited_output: what is wrong; ...` of a problem that names places."""
    errors = problem.get("errors")
    if not isinstance(errors, list):
        return ""
    found = [error for error in errors[:5] if isinstance(error, dict)]
    return "; ".join(f"{error.get('pointer')}: {error.get('detail')}" for error in found)[:300]
