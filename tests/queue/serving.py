"""A real server over a queue file for the tests, in a thread, and a network that can be cut."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from hitl_tui.model.clock import Clock
from hitl_tui.queue.http import HttpQueue
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.wire import Wire
from hitl_tui.server.app import build


class Served:
    """A queue file behind a server of its own; `store` is the file as the operator has it."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        rules: Rules | None = None,
        port: int = 0,
        secrets: dict[tuple[str, str], str] | None = None,
    ) -> None:
        """`secrets` are those of tokens that the file has already, by name and role."""
        self.path = path
        self.clock = clock
        self.rules = rules
        self.store = SqliteQueue(path, clock=clock, create=True, rules=rules)
        self._secrets = {} if secrets is None else secrets
        self.port = port
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the port that it had before if it had one."""
        self.served = SqliteQueue(self.path, clock=self.clock, rules=self.rules)
        app = build(self.served, clock=self.clock)
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(app, log_config=None, ws="none")
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and finish what was begun."""
        self._server.leave()
        self._thread.join()
        self._socket.close()
        self.served.close()

    def close(self) -> None:
        """The end of the test."""
        self.stop()
        self.store.close()

    def token(self, name: str, role: Any = "reviewer") -> str:
        """The secret of a token for this name and role, made when first asked for."""
        key = (name, role)
        if key not in self._secrets:
            self._secrets[key] = self.store.create_token(role, name)[1]
        return self._secrets[key]

    def client(self, name: str, role: Any = "reviewer") -> HttpQueue:
        """A client under that token."""
        return HttpQueue(Wire(self.url, self.token(name, role)))


class _Server(uvicorn.Server):
    """uvicorn that stops when it is told to, not at the next of its looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop.set_result(asyncio.get_running_loop())
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=1)
        await self.lifespan.shutdown()

    def leave(self) -> None:
        """Stop; from another thread."""
        self._loop.result().call_soon_threadsafe(self._told.set)


class Network:
    """A TCP proxy before a server. It can be cut, and can lose requests or answers by chance."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.port = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._loses: Callable[[str], bool] = lambda what: False
        self.lost: list[str] = []
        self._listener: socket.socket | None = None
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        listener, self._listener = self._listener, None
        if listener is not None:
            _hang_up(listener)
            self._thread.join()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)

    def mend(self) -> None:
        """Let everything through again."""
        self._loses = lambda what: False
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self.port = self._listener.getsockname()[1]
            self._thread = threading.Thread(
                target=self._accept, args=(self._listener,), daemon=True
            )
            self._thread.start()

    def lose_at_random(self, share: float, seed: int) -> None:
        """Lose this share of the requests, and of the answers, from now on."""
        chance = random.Random(seed)  # noqa: S311
        self._loses = lambda what: chance.random() < share

    def lose_next(self, what: str) -> None:
        """Lose the next `request` or `answer`."""

        def loses(kind: str) -> bool:
            if kind != what:
                return False
            self._loses = lambda kind: False
            return True

        self._loses = loses

    def close(self) -> None:
        """The end of the test."""
        self.cut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            for source, target, what in ((client, server, "request"), (server, client, "answer")):
                threading.Thread(
                    target=self._carry, args=(source, target, what), daemon=True
                ).start()

    def _carry(self, source: socket.socket, target: socket.socket, what: str) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 20):
                if self._loses(what):
                    self.lost.append(what)
                    break
                target.sendall(data)
        _hang_up(source)
        _hang_up(target)
        with self._lock:
            self._open -= {source, target}


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
