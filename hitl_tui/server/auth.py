"""Who may do what: tokens into identities, and roles x endpoints as one table."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from hitl_tui.queue.tokens import Identity, Role
from hitl_tui.server.gate import Gate
from hitl_tui.server.problems import Problem, unauthenticated

EVERYBODY: frozenset[Role] = frozenset(
    ("reviewer", "lead", "producer", "auditor", "adjudicator", "admin")
)


def _roles(*names: Role) -> frozenset[Role]:
    return frozenset((*names, "admin"))


ALLOWED: Mapping[str, frozenset[Role]] = {
    "POST /v1/cases": _roles("producer"),
    "POST /v1/cases:batch": _roles("producer"),
    "GET /v1/cases": _roles("lead"),
    "GET /v1/cases/{id}": _roles("producer", "reviewer", "lead", "auditor"),
    "PATCH /v1/cases/{id}": _roles("lead"),
    "DELETE /v1/cases/{id}": _roles("producer", "lead"),
    "GET /v1/cases/{id}/resolution": _roles("producer", "reviewer", "lead", "auditor"),
    "POST /v1/cases/{id}/adjudication": _roles("lead", "adjudicator"),
    "GET /v1/cases/{id}/dispute": _roles("lead", "adjudicator"),
    "POST /v1/cases/{id}:unskip": _roles("reviewer"),
    "POST /v1/cases/{id}:assign": _roles("lead"),
    "POST /v1/cases/{id}:requeue": _roles("reviewer", "lead"),
    "POST /v1/cases/{id}:free": _roles("lead"),
    "GET /v1/disputes": _roles("lead", "adjudicator"),
    "POST /v1/claims": _roles("reviewer"),
    "POST /v1/claims/{token}:heartbeat": _roles("reviewer"),
    "POST /v1/claims/{token}:release": _roles("reviewer"),
    "POST /v1/claims/{token}:reveal": _roles("reviewer"),
    "GET /v1/upcoming": _roles("reviewer"),
    "PUT /v1/verdicts/{id}": _roles("reviewer"),
    "DELETE /v1/verdicts/{id}": _roles("reviewer"),
    "GET /v1/verdicts": _roles("reviewer", "lead", "auditor"),
    "GET /v1/resolutions": _roles("lead", "auditor"),
    "GET /v1/audit": _roles("lead", "auditor"),
    "GET /v1/events": _roles("producer", "reviewer", "lead", "auditor"),
    "POST /v1/webhooks": _roles("producer", "lead"),
    "GET /v1/webhooks": _roles("producer", "lead"),
    "DELETE /v1/webhooks/{id}": _roles("producer", "lead"),
    "GET /v1/materials": _roles("lead"),
    "GET /v1/basis": _roles("lead"),
    "POST /v1/splits": _roles("lead"),
    "POST /v1/exports": _roles("lead"),
    "POST /v1/quizzes/{id}:sit": _roles("reviewer"),
    "GET /v1/quizzes/{id}/feedback/{case}": _roles("reviewer"),
    "GET /v1/quizzes/{id}": _roles("lead", "auditor"),
    "GET /v1/quizzes": _roles("lead", "auditor"),
    "GET /v1/guideline": EVERYBODY,
    "POST /v1/guideline:acknowledge": _roles("reviewer"),
    "GET /v1/status": _roles("reviewer", "lead", "auditor"),
    "GET /v1/whoami": EVERYBODY,
}
"""Endpoint -> the roles that may call it. What they see of it is said where it is answered."""

OPEN = frozenset(
    ("GET /v1/meta", "GET /v1/openapi.json", "GET /healthz", "GET /readyz", "GET /metrics")
)
"""Endpoints that need no token: they say nothing about cases."""

BLIND: frozenset[Role] = frozenset(("reviewer",))
"""Roles that never learn what others decided, nor whether they decided alike."""


async def caller(request: Request, gate: Gate) -> Identity:
    """Whose request it is; every way in which a token can be wrong gets the same answer."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.isascii():
        raise unauthenticated()
    identity = await gate.identify(secret.strip())
    if identity is None:
        raise unauthenticated()
    return identity


def permit(identity: Identity, endpoint: str) -> None:
    """Problem `forbidden` unless the caller's role may call the endpoint."""
    if identity.role not in ALLOWED[endpoint]:
        raise Problem("forbidden", f"a token of the role {identity.role} may not do this")


def pools_of(identity: Identity, asked: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The pools a call is about: those asked for, else the token's; none at all means every pool.

    A pool outside the token's is refused in the same words whether it exists or not.
    """
    if identity.pools and not set(asked) <= set(identity.pools):
        raise Problem("forbidden", "the token does not serve all of these pools")
    return asked or identity.pools


def sees(identity: Identity, pool: str) -> bool:
    """Whether a pool is within the token's."""
    return not identity.pools or pool in identity.pools


def whole_record(identity: Identity) -> None:
    """Problem `forbidden` for a token of some pools only: the record is not cut by pool."""
    if identity.pools:
        raise Problem("forbidden", "the record of all pools needs a token that has no pools")
