"""`hitl serve` as a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.sqlite import SqliteQueue
from tests.local import PLAIN


class Server:
    """A running server over the file `path`, which is made with the tokens that are asked for."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self.log = path.with_name("serve.log")
        queue = SqliteQueue(path, clock=utc_now, create=True)
        queue.close()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "hitl_tui",
                    "serve",
                    "--queue",
                    path,
                    "--port",
                    "0",
                    *options,
                ],
                cwd=path.parent,
                env={**os.environ, "XDG_CONFIG_HOME": str(path.parent)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().split()
        assert said, self.log.read_text()
        self.url = said[-1]
        self.port = int(self.url.rpartition(":")[2])

    def token(self, role: Any, name: str) -> str:
        """A new token's secret."""
        queue = SqliteQueue(self.path, clock=utc_now)
        try:
            return queue.create_token(role, name)[1]
        finally:
            queue.close()

    def client(self, role: Any, name: str) -> httpx.Client:
        """A client under a new token."""
        headers = {"Authorization": f"Bearer {self.token(role, name)}"}
        return httpx.Client(
            base_url=self.url, headers=headers, timeout=30, trust_env=False, verify=PLAIN
        )

    def stop(self, seconds: float = 10) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()


@contextmanager
def serving(path: Path, *options: str) -> Iterator[Server]:
    """A server for a block."""
    server = Server(path, *options)
    try:
        yield server
    finally:
        server.stop()
