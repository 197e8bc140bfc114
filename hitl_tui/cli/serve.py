"""`hitl serve`: the queue of a file or a database, for reviewers and producers elsewhere."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import QueueOption, commands
from hitl_tui.cli.routes import router
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.clock import utc_now
from hitl_tui.model.hosts import is_loopback
from hitl_tui.model.text import message
from hitl_tui.queue.stored import StoredQueue

app = commands()

DEFAULT_PORT = 8321
_CLOSED = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})
LEAST_BODY = 1024
_A_STORE = "a server serves a file or a database: give --queue a path or postgresql://..."


@app.command()
def serve(
    ctx: typer.Context,
    queue: QueueOption = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help="The port; 0 takes a free one."),
    ] = DEFAULT_PORT,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate chain, PEM.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key, PEM.")
    ] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="Something before this server does the TLS.")
    ] = False,
    max_body: Annotated[
        int | None, typer.Option("--max-body", metavar="BYTES", help="Of a request; 1 MiB.")
    ] = None,
    auto_reply: Annotated[
        Literal["approve", "reject"] | None,
        typer.Option(
            "--auto-reply",
            metavar="approve|reject",
            help="TESTS ONLY: answer every case, nobody looks.",
        ),
    ] = None,
) -> None:
    """Serve the queue over HTTP until SIGTERM; `hitl token create` lets people in."""
    _check_place(host, tls_cert, tls_key, behind_proxy=behind_proxy)
    if max_body is not None and max_body < LEAST_BODY:
        raise Stop("--max-body is at least {least} bytes", least=LEAST_BODY)
    try:
        from hitl_tui.server.app import build  # noqa: PLC0415  (an extra that other commands lack)
        from hitl_tui.server.house import Terms  # noqa: PLC0415
        from hitl_tui.server.limits import BODY_BYTES  # noqa: PLC0415
        from hitl_tui.server.logs import timed  # noqa: PLC0415
        from hitl_tui.server.run import Place, serve  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Stop(
            "the server needs {module}: install it with `pip install 'hitl-tui[server]'`",
            module=error.name,
        ) from None
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    if address.startswith(("http://", "https://")):
        raise Stop(_A_STORE)
    log = timed(say.log_json, utc_now)
    terms = Terms(body_bytes=max_body or BODY_BYTES, auto_reply=auto_reply)
    with ExitStack() as stack:
        # One connection writes, one reads, one checks tokens: none waits for another.
        store, reader, gate = (
            stack.enter_context(opened(address, config, create=True)) for _ in range(3)
        )
        if not (isinstance(store, StoredQueue) and isinstance(gate, StoredQueue)):
            raise Stop(_A_STORE)
        application = build(
            store,
            clock=store.now,
            route=router(config.settings, store.now),
            reader=reader,
            gate=gate,
            terms=terms,
            log=log,
        )
        if auto_reply is not None:
            say.note(
                message(
                    "--auto-reply {tone}: NOBODY REVIEWS. Every case is answered at once; for tests "
                    "only",
                    tone=auto_reply,
                )
            )

        open_at = []

        def announce(url: str) -> None:
            open_at.append(url)
            say.say(message("serving {queue} at {url}", queue=store.address, url=url))
            say.finish()

        try:
            serve(application, Place(host, port, tls_cert, tls_key), log, announce)
        except OSError as error:
            if open_at or (error.errno not in _CLOSED and not isinstance(error, socket.gaierror)):
                raise
            raise Stop(
                "nobody can listen at {host} port {port}: {why}; give another --host or --port",
                host=host,
                port=port,
                why=(error.strerror or "").lower(),
            ) from None


def _check_place(host: str, cert: Path | None, key: Path | None, *, behind_proxy: bool) -> None:
    if (cert is None) != (key is None):
        raise Stop("--tls-cert and --tls-key go together")
    for file in (cert, key):
        if file is not None and not file.is_file():
            raise Stop("{file} is not there", file=file)
    if not (is_loopback(host) or cert is not None or behind_proxy):
        raise Stop(
            "{host} can be reached from elsewhere, so the tokens need TLS: give --tls-cert and "
            "--tls-key, or --behind-proxy when something before this server does it",
            host=host,
        )
