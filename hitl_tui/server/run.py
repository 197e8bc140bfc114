"""The server as a process: listens, says where, and on SIGTERM finishes what it has begun within 10 s."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from hitl_tui.server.house import House
from hitl_tui.server.limits import IDLE_TIMEOUT_S, GuardedProtocol
from hitl_tui.server.logs import Funnel, Log

NOTICE_S = 0.5
"""For so long a stopping server still answers `/readyz`, so that a balancer sees it is not ready."""
GRACE_S = 6
"""For so long requests may still finish after that."""
LAST_S = 9.0
"""So long after the signal the process ends in any case, as when another program keeps the file locked.
Whatever was answered with success is on the disk; only the log is not written back then."""
BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and the certificate and key of TLS, if it is the server's own."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    def url(self, port: int) -> str:
        """The address that clients use."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.certificate is None else 'https'}://{host}:{port}"


def serve(app: Starlette, place: Place, log: Log, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `announce` gets the address once it is open; OSError if it cannot be."""
    raise_file_limit()
    for name in ("uvicorn.error", "uvicorn.access", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [Funnel(log)], False
        logger.setLevel(logging.WARNING)
    with _listening(place) as listener:
        config = uvicorn.Config(
            app,
            http=GuardedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_TIMEOUT_S,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=place.certificate,
            ssl_keyfile=place.key,
        )
        url = place.url(listener.getsockname()[1])
        _Server(config, app.state.house, log, lambda: announce(url)).run([listener])


def raise_file_limit() -> None:
    """Let the process have as many connections as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listening(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """uvicorn that tells the house first, and the balancer, before it closes the door."""

    def __init__(
        self, config: uvicorn.Config, house: House, log: Log, announce: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._house = house
        self._log = log
        self._announce = announce
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._house.draining or self._loop is None:
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT
            return
        self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._log("draining")
        self._house.drain()
        last = threading.Timer(LAST_S, self._end)
        last.daemon = True
        last.start()
        asyncio.get_running_loop().call_later(NOTICE_S, self._leave)

    def _leave(self) -> None:
        self.should_exit = True

    def _end(self) -> None:
        self._log("ended", why="the queue could not be closed in time")
        os._exit(1)
