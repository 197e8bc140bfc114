"""A way to the server on which the first answers, or the first requests, get lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Literal

Lost = Literal["request", "answer"]


@contextmanager
def cut_way(port: int, lost: Lost, times: int) -> Iterator[str]:
    """The address of a proxy to `port` that loses so many requests or answers, then none.

    A lost answer was made: the server has done what the request asked for.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        losing = iter([lost] * times)
        accepting = threading.Thread(target=_accept, args=(listener, port, losing), daemon=True)
        accepting.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        # A blocked accept is not woken by the close of its socket everywhere.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        accepting.join(10)


def _accept(listener: socket.socket, port: int, losing: Iterator[Lost]) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        lost = next(losing, None)
        if lost == "request":
            with closing(near):
                near.recv(1)
            continue
        far = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_pass_on, args=(near, far), daemon=True).start()
        back = _lose if lost == "answer" else _pass_on
        threading.Thread(target=back, args=(far, near), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


def _lose(source: socket.socket, target: socket.socket) -> None:
    source.recv(1)
    for end in (target, source):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
