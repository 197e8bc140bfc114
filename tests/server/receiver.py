"""A receiver of webhooks that takes in, fails, hangs, redirects or hangs up; it checks signatures."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Answer = Callable[["Receiver", int], int | None]
"""Told how many requests came before; a status, or None for hanging up without one."""


class Receiver:
    """Listens on this machine. `got` has every message that came, `taken` those that it answered with 2xx."""

    def __init__(self, answer: Answer = lambda receiver, before: 204) -> None:
        self.answer = answer
        self.got: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.signatures: list[str] = []
        self.secrets: list[str] = []
        self.hangs = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._receive(self)

            def do_GET(self) -> None:
                receiver.got.append({"type": "followed a redirect", "data": {}})
                self.send_error(404)

            def log_message(self, *words: Any) -> None:
                """Nothing is said."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self.hangs.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _receive(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in request.headers.items()}
        sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        for secret in self.secrets:
            # Not `verify`: that asks the clock on the wall, and these tests have their own.
            wanted = Webhook(secret).sign(headers["webhook-id"], sent, body)
            assert wanted in headers["webhook-signature"].split()
        found = json.loads(body)
        before = len(self.got)
        self.got.append(found)
        self.ids.append(headers["webhook-id"])
        self.signatures.append(headers["webhook-signature"])
        status = self.answer(self, before)
        if status is None:
            request.close_connection = True
            return
        if 200 <= status < 300:
            self.taken.append(found)
        request.send_response(status)
        if 300 <= status < 400:
            request.send_header("Location", self.url)
        request.send_header("Content-Length", "0")
        request.end_headers()
