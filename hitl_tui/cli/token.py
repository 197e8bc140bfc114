"""`hitl token`: who may speak to the server of a queue, and as what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.clock import parse_duration, rfc3339, utc_now
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.tokens import ROLES, TokenRow, TokenStore

app = commands("Who may speak to the server of a queue, and as what.")


@app.callback()
def _token() -> None:
    """Who may speak to the server of a queue, and as what."""


@app.command()
def create(
    ctx: typer.Context,
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=", ".join(ROLES))],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Whose it is.")],
    pool: Annotated[
        list[str] | None,
        typer.Option("--pool", metavar="POOL", help="Only this pool; repeatable."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="How long it lasts, as in 90d.")
    ] = None,
    queue: QueueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    if role not in ROLES:
        raise Stop("a role is one of: {roles}", roles=", ".join(ROLES))
    until = _until(expires)
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config, create=True) as store:
        identity, secret = _keeper(store).create_token(role, name, pool or (), until)
    if as_json:
        say.emit_json(
            {
                "id": identity.id,
                "token": secret,
                "role": identity.role,
                "name": identity.name,
                "expires_at": _time(identity.expires_at),
            }
        )
        return
    say.say(message("{token}", token=secret))
    say.note(
        message(
            "this is the token of {name} ({role}): keep it, it is not shown again; "
            "`hitl token revoke {id}` ends it",
            name=name,
            role=role,
            id=identity.id,
        )
    )


@app.command(name="list")
def list_tokens(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """List the tokens with the end of each, never a whole one."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        rows = _keeper(store).tokens()
    if as_json:
        say.emit_json({"tokens": [_as_json(row) for row in rows]})
        return
    now = utc_now()
    say.say(*(_line(row, now) for row in rows))
    if not rows:
        say.say(message("there are no tokens: `hitl token create` makes one"))


@app.command()
def revoke(
    ctx: typer.Context,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The id, from `hitl token list`.")],
    queue: QueueOption = None,
) -> None:
    """Let a token be worth nothing from now on."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        _keeper(store).revoke_token(token_id)
    say.say(message("token {id} is revoked", id=token_id))


def _keeper(store: Queue) -> TokenStore:
    if not isinstance(store, TokenStore):
        raise Stop("tokens are kept in the queue file: run this where the server runs")
    return store


def _until(expires: str | None) -> datetime | None:
    if expires is None:
        return None
    try:
        return utc_now() + parse_duration(expires)
    except (ValueError, OverflowError) as error:
        raise Stop("--expires: {why}", why=error) from None


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _as_json(row: TokenRow) -> dict[str, Any]:
    identity = row.identity
    return {
        "id": identity.id,
        "role": identity.role,
        "name": identity.name,
        "pools": list(identity.pools),
        "hint": row.hint,
        "created_at": rfc3339(row.created_at),
        "expires_at": _time(identity.expires_at),
        "revoked_at": _time(row.revoked_at),
    }


def _line(row: TokenRow, now: datetime) -> Shown:
    identity = row.identity
    if row.revoked_at is not None:
        state = "revoked"
    elif identity.expires_at is None:
        state = "valid"
    else:
        word = "expired" if identity.expires_at <= now else "valid until"
        state = f"{word} {identity.expires_at:%Y-%m-%d %H:%M} UTC"
    return message(
        "{id}  {role}  {name}  {pools}  ...{hint}  {state}",
        id=identity.id,
        role=identity.role,
        name=identity.name,
        pools=", ".join(identity.pools) or "every pool",
        hint=row.hint,
        state=state,
    )
