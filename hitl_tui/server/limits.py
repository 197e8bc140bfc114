"""What one client may take: bytes of a body, requests a second, time for a request, connections."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hitl_tui.server.problems import Problem

BODY_BYTES = 1024 * 1024
BODY_TIMEOUT_S = 20.0
HEADER_TIMEOUT_S = 10.0
IDLE_TIMEOUT_S = 60
CONNECTIONS = 2048
HEADER_BYTES = 64 * 1024
READ_PAST = 16
"""A body of up to so many times the limit is read past: its sender then reads the refusal, instead of
finding the connection reset."""
RATE = 200.0
BURST = 1000
_TOKENS_KEPT = 10_000


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; Problem when it has more than `limit` bytes or does not come in time."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > READ_PAST * limit:
        raise _too_large(limit, hang_up=True)
    try:
        return await asyncio.wait_for(_collect(request, limit), BODY_TIMEOUT_S)
    except (TimeoutError, ClientDisconnect):
        raise Problem(
            "invalid", "the body did not come in time", headers={"Connection": "close"}
        ) from None


async def _collect(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > READ_PAST * limit:
            raise _too_large(limit, hang_up=True)
        if size <= limit:
            chunks.append(chunk)
    if size > limit:
        raise _too_large(limit, hang_up=False)
    return b"".join(chunks)


def _too_large(limit: int, *, hang_up: bool) -> Problem:
    return Problem(
        "payload-too-large",
        f"a body has at most {limit} bytes",
        headers={"Connection": "close"} if hang_up else {},
    )


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Buckets:
    """A token bucket for each token: `RATE` requests a second, `BURST` at once."""

    def __init__(self, monotonic: Callable[[], float], rate: float, burst: int) -> None:
        """`monotonic` gives seconds that never go back."""
        self._monotonic = monotonic
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def spend(self, token_id: str) -> None:
        """Take one request out; Problem `rate-limited` when there is none."""
        now = self._monotonic()
        bucket = self._buckets.setdefault(token_id, _Bucket(self._burst, now))
        self._buckets.move_to_end(token_id)
        if len(self._buckets) > _TOKENS_KEPT:
            self._buckets.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.left < 1:
            raise Problem(
                "rate-limited",
                f"a token has {self._rate:g} requests a second",
                headers={"Retry-After": "1"},
            )
        bucket.left -= 1


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on headers that do not come, come endlessly, or come from too many."""

    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _in_headers = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            self._header_bytes += len(data)
            if self._deadline is None:
                self._expect_headers()
        super().data_received(data)
        if self._in_headers and self._header_bytes > HEADER_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._headers_came()
        self._in_headers = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(HEADER_TIMEOUT_S, self._too_slow)

    def _headers_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.abort()
