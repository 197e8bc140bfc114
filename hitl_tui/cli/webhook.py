"""`hitl webhook`: who is told what became of the cases of a queue."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.clock import rfc3339, utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.webhooks import Hook, HookStore, Letter

app = commands("Who is told what became of the cases, by Standard Webhooks.")

HookArgument = Annotated[str, typer.Argument(metavar="ID", help="The id, from the list.")]
FAILED = 1


@app.callback()
def _webhook() -> None:
    """Who is told what became of the cases, by Standard Webhooks."""


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the messages go: https://...")],
    owner: Annotated[
        str | None,
        typer.Option("--producer", metavar="NAME", help="Only of the cases of this producer."),
    ] = None,
    private: Annotated[
        bool,
        typer.Option("--allow-private", help="The URL may lead to this machine or its network."),
    ] = False,
    queue: QueueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a webhook and print its secret, this once; for a URL that is there a new secret."""
    config = configuration_of(ctx)
    if url.startswith("http://") and not private:
        raise Stop(
            "a webhook is https://...; --allow-private takes http:// too, for networks of your own"
        )
    with opened(config.queue_address(queue), config, create=True) as store:
        hook, secret = _keeper(store).add_hook(url, owner, private=private)
    if as_json:
        say.emit_json({**_as_json(hook), "secret": secret})
        return
    say.say(message("{secret}", secret=secret))
    say.note(
        message(
            "this is the secret of webhook {id}: keep it, it is not shown again; `hitl serve` sends",
            id=hook.id,
        )
    )


@app.command(name="list")
def list_hooks(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """List the webhooks, ended ones with the reason."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        found = _keeper(store).hooks()
    if as_json:
        say.emit_json({"webhooks": [_as_json(hook) for hook in found]})
        return
    say.say(*(_line(hook) for hook in found))
    if not found:
        say.say(message("there are no webhooks: `hitl webhook add URL` makes one"))


@app.command()
def test(ctx: typer.Context, hook_id: HookArgument, queue: QueueOption = None) -> int:
    """Send a signed message of the type webhook.test now; exits 1 when it is not taken in."""
    try:
        from hitl_tui.server.sending import send  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise Stop(
            "webhooks need {module}: install it with `pip install 'hitl-tui[server]'`",
            module=error.name,
        ) from None
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        hook, secrets = _keeper(store).hook_secrets(hook_id)
    if hook.ended_at is not None:
        raise Stop("webhook {id} has ended: {why}", id=hook.id, why=hook.why)
    now = utc_now()
    body = json.dumps({"type": "webhook.test", "timestamp": rfc3339(now), "data": {}})
    sent = asyncio.run(send(Letter(0, f"msg_{new_id()}", body, 1, hook, secrets), now))
    if not sent.ok:
        say.note(message("{url} did not take it in: {why}", url=hook.url, why=sent.why))
        return FAILED
    say.say(message("{url} took it in", url=hook.url))
    return 0


@app.command()
def remove(ctx: typer.Context, hook_id: HookArgument, queue: QueueOption = None) -> None:
    """End a webhook: it is told nothing any more."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        _keeper(store).remove_hook(hook_id)
    say.say(message("webhook {id} is removed", id=hook_id))


def _keeper(store: Queue) -> HookStore:
    if not isinstance(store, HookStore):
        raise Stop(
            "webhooks are kept in the queue: run this where the server runs, or POST /v1/webhooks"
        )
    return store


def _as_json(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "url": hook.url,
        "producer": hook.owner,
        "allow_private": hook.private,
        "created_at": rfc3339(hook.created_at),
        "ended_at": None if hook.ended_at is None else rfc3339(hook.ended_at),
        "why": hook.why,
    }


def _line(hook: Hook) -> Shown:
    state = "active" if hook.ended_at is None else f"ended ({hook.why})"
    of = "every case" if hook.owner is None else f"cases of {hook.owner}"
    return message("{id}  {url}  {of}  {state}", id=hook.id, url=hook.url, of=of, state=state)
