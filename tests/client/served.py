"""A real server in a process of its own: started, killed and started again on the same port."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.stored import StoredQueue
from hitl_tui.queue.tokens import Role
from tests.local import PLAIN, free_port
from tests.queue.places import Place, store_at

STARTS_WITHIN_S = 30.0


class Served:
    """`hitl serve` over the queue of a directory. Nothing runs until `start`."""

    def __init__(self, home: Path, place: Place | None = None) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        self.path = place or home / "hitl.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.open().close()

    def environment(self, **variables: str) -> dict[str, str]:
        """That of a user who has nothing configured."""
        kept = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        places = {name: str(self.home / name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME")}
        return {**kept, **places, "HOME": str(self.home), **variables}

    def open(self) -> StoredQueue:
        """The queue, beside the server."""
        clock = utc_now if isinstance(self.path, Path) else None
        return store_at(self.path, clock, wait_s=60)

    def token(self, role: Role, name: str) -> str:
        """The secret of a new token."""
        queue = self.open()
        _, secret = queue.create_token(role, name)
        queue.close()
        return secret

    def start(self, *options: str) -> Served:
        """Start the server and wait until it takes work."""
        self.launch(*options)
        self.await_ready()
        return self

    def launch(self, *options: str) -> None:
        """Start the server; it may take a while until it listens."""
        command = (sys.executable, "-m", "hitl_tui", "serve", "--queue", str(self.path))
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                (*command, "--port", str(self.port), *options),
                cwd=self.home,
                env=self.environment(),
                stdout=log,
                stderr=log,
            )

    def await_ready(self) -> None:
        """Wait until the server says that it takes work; AssertionError with its log when it ends."""
        ends = time.monotonic() + STARTS_WITHIN_S
        while True:
            assert self._process is not None
            assert self._process.poll() is None, (self.home / "server.log").read_text("utf-8")
            assert time.monotonic() < ends, "the server does not get ready"
            try:
                answer = httpx.get(f"{self.url}/readyz", trust_env=False, verify=PLAIN)
                if answer.status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The process of the server."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End the server as a power cut does."""
        self._end(signal_is_kill=True)

    def stop(self) -> int:
        """Ask the server to stop; its exit code."""
        return self._end(signal_is_kill=False)

    def close(self) -> None:
        """End the server if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _end(self, *, signal_is_kill: bool) -> int:
        assert self._process is not None
        if signal_is_kill:
            self._process.kill()
        else:
            self._process.terminate()
        return self._process.wait(timeout=STARTS_WITHIN_S)
