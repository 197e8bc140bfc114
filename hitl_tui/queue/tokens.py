"""Tokens: who may speak to a queue over the network, as what; only their SHA-256 is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from hitl_tui.audit.facts import TokenFacts
from hitl_tui.model.clock import rfc3339, to_micros
from hitl_tui.model.ids import new_id
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import json_of, moment_of
from hitl_tui.queue.protocol import LOCAL, Invalid, NotFound
from hitl_tui.queue.transaction import Transaction

Role = Literal["reviewer", "lead", "producer", "auditor", "adjudicator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
PREFIX = "hitl_"
SECRET_BYTES = 32
_HINT = 4
_TOKENS = (
    "SELECT id, name, role, pools, expires_at, digest, revoked_at, created_at, hint FROM tokens"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token stands for. No `pools` means all; `expires_at` is None when it does not expire."""

    id: str
    name: str
    role: Role
    pools: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its list shows it: `hint` is the end of the secret, to tell one from another."""

    identity: Identity
    created_at: datetime
    revoked_at: datetime | None
    hint: str


@runtime_checkable
class TokenStore(Protocol):
    """A store that keeps the tokens of its own queue."""

    def create_token(
        self, role: Role, name: str, pools: Sequence[str] = (), expires_at: datetime | None = None
    ) -> tuple[Identity, str]:
        """A new token and its secret, which nobody can tell again. Raises Invalid."""

    def tokens(self) -> list[TokenRow]:
        """Every token, in the order they were made."""

    def revoke_token(self, token_id: str) -> None:
        """Let a token be worth nothing from now on; a repeat is a no-op. NotFound."""

    def identify(self, secret: str) -> Identity | None:
        """Whom a secret stands for; None when it is unknown, revoked or expired by the store's clock."""

    def identify_all(self, secrets: Sequence[str]) -> list[Identity | None]:
        """The same for several secrets, in one read."""


def create(
    tx: Transaction,
    role: Role,
    name: str,
    pools: Sequence[str],
    expires_at: datetime | None,
) -> tuple[Identity, str]:
    """Make a token; the secret leaves only here."""
    if role not in ROLES:
        raise Invalid("a role is one of: {roles}", roles=", ".join(ROLES))
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= tx.now):
        raise Invalid("a token expires at a time ahead, with its zone")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    identity = Identity(new_id(), name, role, tuple(dict.fromkeys(pools)), expires_at)
    digest = _digest(secret)
    expires = None if expires_at is None else to_micros(expires_at)
    row = (identity.id, digest, secret[-_HINT:], name, role, json.dumps(identity.pools))
    tx.conn.execute(
        "INSERT INTO tokens (id, digest, hint, name, role, pools, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, tx.micros, expires),
    )
    data = {
        "token": identity.id,
        "name": name,
        "role": role,
        "pools": list(identity.pools),
        "digest": digest.hex(),
        "expires": None if expires_at is None else rfc3339(expires_at),
    }
    tx.event("token.created", LOCAL, None, data)
    return identity, secret


def revoke(tx: Transaction, token_id: str) -> None:
    """Note that a token is worth nothing from now on; NotFound."""
    row = tx.conn.execute("SELECT revoked_at FROM tokens WHERE id = ?", (token_id,)).fetchone()
    if row is None:
        raise NotFound("there is no token {id}: `hitl token list` names them", id=token_id)
    if row[0] is None:
        tx.conn.execute("UPDATE tokens SET revoked_at = ? WHERE id = ?", (tx.micros, token_id))
        tx.event("token.revoked", LOCAL, None, {"token": token_id})


def rows(conn: Database) -> list[TokenRow]:
    """Every token in the order they were made."""
    found = conn.execute(_TOKENS + " ORDER BY seq").fetchall()
    return [
        TokenRow(_identity(*row), moment_of(created), _moment(revoked), hint)
        for *row, _, revoked, created, hint in found
    ]


def identify(conn: Database, secrets: Sequence[str], now: int) -> list[Identity | None]:
    """Whom each secret stands for at the moment `now`."""
    digests = [_digest(secret) for secret in secrets]
    marks = ",".join("?" * len(digests))
    rows = conn.execute(f"{_TOKENS} WHERE digest IN ({marks})", digests).fetchall()
    found = {bytes(row[5]): row for row in rows}
    return [_identified(digest, found.get(digest), now) for digest in digests]


def _identified(digest: bytes, row: Sequence[Any] | None, now: int) -> Identity | None:
    if row is None:
        return None
    *columns, stored, revoked, _, _ = row
    expires = columns[-1]
    lives = revoked is None and (expires is None or expires > now)
    return _identity(*columns) if hmac.compare_digest(stored, digest) and lives else None


def token_facts(conn: Database) -> list[TokenFacts]:
    """What the table says of every token, in the form that the trail's replay rebuilds."""
    facts = []
    for *row, digest, revoked, _, _ in conn.execute(_TOKENS + " ORDER BY seq"):
        it = _identity(*row)
        expires = None if it.expires_at is None else rfc3339(it.expires_at)
        gone = revoked is not None
        facts.append(TokenFacts(it.id, it.name, it.role, it.pools, digest.hex(), expires, gone))
    return facts


def _identity(token_id: str, name: str, role: Role, pools: str, expires: int | None) -> Identity:
    return Identity(token_id, name, role, tuple(json_of(pools)), _moment(expires))


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else moment_of(micros)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
