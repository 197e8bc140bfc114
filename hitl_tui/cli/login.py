"""`hitl login`: keeps the token of a server, read from a prompt or standard input, never an argument."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, commands
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.credentials import TOKEN_VARIABLE, Credential, keep
from hitl_tui.model.text import message
from hitl_tui.queue.open import is_server

app = commands()
LONGEST_TOKEN = 200


@app.command()
def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server, https://...")],
    as_json: JsonOption = False,
) -> None:
    """Keep the token for the server at URL: asked for on a terminal, else read from standard input."""
    from hitl_tui.queue.http import HttpQueue  # noqa: PLC0415  (httpx: 0.1 s that help need not pay)
    from hitl_tui.queue.wire import Wire, checked  # noqa: PLC0415

    if not is_server(url):
        raise Stop("{url} is not the address of a server: it begins with https://", url=url)
    address = checked(url)
    token = _token()
    queue = HttpQueue(Wire(address, token))
    try:
        who = queue.whoami()
    finally:
        queue.close()
    path = keep(address, Credential(token, who.name, who.role))
    if as_json:
        expires = who.expires_at.isoformat() if who.expires_at else None
        say.emit_json({"url": address, "name": who.name, "role": who.role, "expires_at": expires})
        return
    say.say(
        message(
            "you are {name} ({role}) at {url}; the token is in {path}",
            name=who.name,
            role=who.role,
            url=address,
            path=path,
        )
    )


def _token() -> str:
    asked = sys.stdin.isatty()
    text = getpass.getpass("Token: ") if asked else sys.stdin.readline(LONGEST_TOKEN)
    if not text.strip():
        raise Stop(
            "no token was given: paste it at the prompt, pipe it in, or set {name} instead",
            name=TOKEN_VARIABLE,
        )
    return text.strip()
