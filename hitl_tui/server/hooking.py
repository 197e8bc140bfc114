"""The endpoints of webhooks: a producer's own, a lead's for every case."""

from __future__ import annotations

from starlette.responses import Response

from hitl_tui.queue.protocol import NotFound
from hitl_tui.queue.webhooks import Hook
from hitl_tui.server import shapes
from hitl_tui.server.asking import Asked, Query, shaped
from hitl_tui.server.auth import whole_record
from hitl_tui.server.house import House
from hitl_tui.server.problems import not_found

_OWN = ("producer",)


async def add(asked: Asked, house: House) -> Response:
    """`POST /v1/webhooks`: a webhook and its secret, once; again for its URL: a new secret."""
    body = await asked.body(shapes.HookRequest)
    owner = _owner(asked)
    hook, secret = await house.change(lambda do, tx: do.add_hook(tx, body.url, owner))
    answer = {**_fields(hook), "secret": secret}
    house.post.look()
    return shaped(shapes.NewHookAnswer.model_validate(answer), 201)


async def listed(asked: Asked, house: House) -> Response:
    """`GET /v1/webhooks`: the caller's, without their secrets; those that have ended too."""
    asked.query(Query)
    owner = _owner(asked)
    found = await house.hooks()
    mine = [one for one in found if owner is None or one.owner == owner]
    return shaped(
        shapes.HooksAnswer(
            webhooks=tuple(shapes.HookAnswer.model_validate(_fields(one)) for one in mine)
        )
    )


async def remove(asked: Asked, house: House) -> Response:
    """`DELETE /v1/webhooks/{id}`: it is told nothing any more."""
    hook_id, owner = asked.id, _owner(asked)
    try:
        await house.change(lambda do, tx: do.remove_hook(tx, hook_id, owner))
    except NotFound:
        raise not_found() from None
    return Response(status_code=204)


def _owner(asked: Asked) -> str | None:
    """Whose cases the caller's webhooks are told of: their own, or everybody's."""
    if asked.who.role in _OWN:
        return asked.who.name
    whole_record(asked.who)
    return None


def _fields(hook: Hook) -> dict[str, object]:
    return {
        "id": hook.id,
        "url": hook.url,
        "owner": hook.owner,
        "created_at": hook.created_at,
        "ended_at": hook.ended_at,
        "why": hook.why,
    }
