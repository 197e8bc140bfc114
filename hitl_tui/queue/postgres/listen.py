"""Listening: a thread that hears at once when another program has changed the queue."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable

import psycopg
from psycopg import errors

from hitl_tui.queue.postgres.line import Psycopg

RETRY_S = 1.0
ALIVE_S = 60.0
"""After so much silence the connection is tried, as a dead network is silent too."""


class Listener:
    """Calls `news` in its own thread for each change by another than `name`, until it is closed.

    After a lost connection it calls `news` too: nobody knows what happened meanwhile. On an engine
    that has no LISTEN it ends by itself.
    """

    def __init__(self, conninfo: str, name: str, news: Callable[[], None]) -> None:
        self._conninfo = conninfo
        self._name = name.encode()
        self._news = news
        self._ours, self._theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="hitl-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._ours.send(b"x")
        self._thread.join()
        self._ours.close()
        self._theirs.close()

    def _run(self) -> None:
        while True:
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as conn:
                    conn.execute("LISTEN hitl")
                    self._news()
                    if self._hear(conn):
                        return
            except (errors.FeatureNotSupported, errors.SyntaxError):
                return
            except psycopg.Error:
                if select.select([self._theirs], [], [], RETRY_S)[0]:
                    return

    def _hear(self, conn: Psycopg) -> bool:
        """Until the connection is lost, which raises, or the listener closed, which returns True."""
        while True:
            stop = self._theirs.fileno()
            readable, _, _ = select.select([conn.fileno(), stop], [], [], ALIVE_S)
            if stop in readable:
                return True
            if not readable:
                conn.execute("SELECT 1")
                continue
            conn.pgconn.consume_input()
            heard = False
            while (notice := conn.pgconn.notifies()) is not None:
                heard = heard or notice.extra != self._name
            if heard:
                self._news()
