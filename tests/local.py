"""Servers of this machine in processes of their own: a port for each, and how their clients do without TLS."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress
from itertools import count

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""`verify` of a client that speaks plain http: it reads no certificates, which takes 50 ms a client."""
_FIRST, _MANY = 20_000, 10_000
_NUMBERS = count(os.getpid() * 97)


def free_port() -> int:
    """A port at which nobody listens, for a server that begins to listen later.

    One that the system gave and that was closed again may be given to the next who asks for any, another
    test process for example. These are below those that it gives out, and each process has its own way
    through them.
    """
    while True:
        port = _FIRST + next(_NUMBERS) % _MANY
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
