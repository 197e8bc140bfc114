"""Webhooks: who is told what became of a case, and the messages on their way (Standard Webhooks).

A message is written in the transaction that decides, so it is there if and only if the decision is. It
is sent by whichever server takes it first; taking it moves its time ahead, so a server that dies with a
message in its hand lets another send it again, under the same id. Of one case no message is taken before
the one that came before it has arrived.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from hitl_tui.model.clock import from_micros, rfc3339, to_micros
from hitl_tui.model.ids import new_id
from hitl_tui.queue import statements as sql
from hitl_tui.queue.database import Database
from hitl_tui.queue.protocol import NotFound
from hitl_tui.queue.targets import checked_url
from hitl_tui.queue.transaction import Transaction

Kind = Literal["case.resolved", "case.reopened", "case.withdrawn"]
RETRIES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400)
"""After each failure but the last: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, each a little more or less."""
JITTER = 0.1
TAKEN_S = 60
"""For so long a message is one server's to send."""
BOTH_S = 86_400
"""For so long after a change of the secret the old one signs too."""
SECRET_BYTES = 24
PREFIX = "whsec_"

_COLUMNS = "seq, id, url, secret, old_secret, old_until, owner, private, created_at, ended_at, why"


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as its list shows it. `owner` is None when it is told of every case.

    `private` allows a target on this machine or in a private network. `why` says how it ended.
    """

    id: str
    url: str
    owner: str | None
    private: bool
    created_at: datetime
    ended_at: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is to be sent now, with all that is needed for it; `attempt` counts from 1."""

    seq: int
    id: str
    body: str
    attempt: int
    hook: Hook
    secrets: tuple[str, ...]


@runtime_checkable
class HookStore(Protocol):
    """A store that keeps webhooks and the messages for them."""

    def add_hook(self, url: str, owner: str | None, *, private: bool) -> tuple[Hook, str]:
        """A webhook and its secret; for a URL that is there already a new secret. Invalid, Forbidden."""

    def hooks(self) -> list[Hook]:
        """Every webhook, in the order they were made, ended ones too."""

    def remove_hook(self, hook_id: str, owner: str | None = None) -> None:
        """End a webhook, of this owner or of anybody; a repeat is a no-op. NotFound."""

    def hook_secrets(self, hook_id: str) -> tuple[Hook, tuple[str, ...]]:
        """A webhook and what signs for it now; NotFound."""

    def hooks_due(self) -> list[str]:
        """The ids of the webhooks for which a message is to be sent now."""


def add(tx: Transaction, url: str, owner: str | None, *, private: bool) -> tuple[Hook, str]:
    """Make a webhook, or give the one of this URL and owner a new secret; Invalid, Forbidden."""
    host = checked_url(url, private=private)
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    there = [row for row in _rows(tx.conn) if (row[2], row[6], row[9]) == (url, owner, None)]
    if there:
        seq, hook_id, _, old = there[0][:4]
        tx.conn.execute(
            "UPDATE webhooks SET secret = ?, old_secret = ?, old_until = ?, private = ?"
            " WHERE seq = ?",
            (secret, old, tx.micros + BOTH_S * 1_000_000, int(private), seq),
        )
        tx.event("webhook.rotated", owner or "hitl", None, {"webhook": hook_id})
    else:
        hook_id = new_id()
        tx.conn.execute(
            "INSERT INTO webhooks (id, url, secret, owner, private, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (hook_id, url, secret, owner, int(private), tx.micros),
        )
        data = {"webhook": hook_id, "host": host, "url": hashlib.sha256(url.encode()).hexdigest()}
        tx.event("webhook.created", owner or "hitl", None, data)
    return _find(tx.conn, hook_id)[0], secret


def hooks(conn: Database) -> list[Hook]:
    """Every webhook, in the order they were made."""
    return [_hook(row) for row in _rows(conn)]


def signing(conn: Database, hook_id: str, now: int) -> tuple[Hook, tuple[str, ...]]:
    """A webhook and what signs for it; NotFound."""
    hook, row = _find(conn, hook_id)
    return hook, _secrets(row[3], row[4], row[5], now)


def remove(tx: Transaction, hook_id: str, owner: str | None) -> None:
    """End a webhook; NotFound."""
    hook, _ = _find(tx.conn, hook_id)
    if owner is not None and hook.owner != owner:
        raise no_hook(hook_id)
    if hook.ended_at is None:
        _end(tx, hook_id, "removed")
        tx.event("webhook.removed", owner or "hitl", None, {"webhook": hook_id})


def tell(
    tx: Transaction,
    kind: Kind,
    case_seq: int,
    data: Mapping[str, Any],
    *,
    after: bool = False,
) -> None:
    """Write a message for every webhook that is to be told; `after`: only for who was told before."""
    message = f"msg_{new_id()}"
    envelope = {"type": kind, "timestamp": rfc3339(tx.now), "data": dict(data)}
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    values = (message, kind, body, tx.micros, tx.micros, case_seq)
    tx.conn.execute(sql.TELL_AGAIN if after else sql.TELL, values)


def take(tx: Transaction, room: Mapping[str, int]) -> list[Letter]:
    """Messages whose time has come, for each webhook of `room` at most so many.

    They are the caller's to send for `TAKEN_S`.
    """
    due = [tx.conn.execute(sql.LETTERS_DUE, (tx.micros, *one)) for one in room.items()]
    letters = []
    for seq, message, body, attempts, *row in [row for rows in due for row in rows.fetchall()]:
        tx.conn.execute(
            "UPDATE deliveries SET attempts = attempts + 1, next_at = ? WHERE seq = ?",
            (tx.micros + TAKEN_S * 1_000_000, seq),
        )
        keys = _secrets(row[3], row[4], row[5], tx.micros)
        letters.append(Letter(seq, message, body, attempts + 1, _hook(row), keys))
    return letters


def arrived(tx: Transaction, letter: Letter) -> int | None:
    """Note that a message was taken in; the case's row if it was an answer that still stands."""
    found = tx.conn.execute(
        "UPDATE deliveries SET done_at = ?, body = '' WHERE seq = ? AND done_at IS NULL"
        " RETURNING case_seq, kind",
        (tx.micros, letter.seq),
    ).fetchone()
    if found is None or found[1] != "case.resolved":
        return None
    case_seq: int = found[0]
    return case_seq


def failed(tx: Transaction, letter: Letter, why: str, luck: float, *, final: bool = False) -> bool:
    """Note that a message was not taken in; whether its webhook ended with that.

    `luck` in [-1, 1] makes the next attempt earlier or later; `final`: the receiver wants no more.
    """
    if not final and letter.attempt <= len(RETRIES_S):
        wait = RETRIES_S[letter.attempt - 1] * (1 + JITTER * luck)
        tx.conn.execute(
            "UPDATE deliveries SET next_at = ?, why = ? WHERE seq = ? AND done_at IS NULL",
            (to_micros(tx.now + timedelta(seconds=wait)), why, letter.seq),
        )
        return False
    hook, _ = _find(tx.conn, letter.hook.id)
    if hook.ended_at is None:
        _end(tx, hook.id, why)
        tx.event("webhook.disabled", "hitl", None, {"webhook": hook.id, "attempts": letter.attempt})
    return True


def due(conn: Database, now: int) -> list[str]:
    """The ids of the webhooks for which a message is to be sent."""
    return [hook_id for (hook_id,) in conn.execute(sql.HOOKS_DUE, (now,))]


def no_hook(hook_id: str) -> NotFound:
    """The refusal of an id that no webhook has."""
    return NotFound("there is no webhook {id}: `hitl webhook list` names them", id=hook_id)


def _end(tx: Transaction, hook_id: str, why: str) -> None:
    tx.conn.execute(
        "UPDATE webhooks SET ended_at = ?, why = ?, secret = '', old_secret = NULL WHERE id = ?",
        (tx.micros, why, hook_id),
    )


def _rows(conn: Database) -> list[tuple[Any, ...]]:
    query = f"SELECT {_COLUMNS} FROM webhooks ORDER BY seq"  # noqa: S608  (names of our own)
    return conn.execute(query).fetchall()


def _find(conn: Database, hook_id: str) -> tuple[Hook, tuple[Any, ...]]:
    for row in _rows(conn):
        if row[1] == hook_id:
            return _hook(row), row
    raise no_hook(hook_id)


def _hook(row: Sequence[Any]) -> Hook:
    _, hook_id, url, _, _, _, owner, private, created_at, ended_at, why = row
    ended = None if ended_at is None else from_micros(ended_at)
    return Hook(hook_id, url, owner, bool(private), from_micros(created_at), ended, why)


def _secrets(secret: str, old: str | None, until: int | None, now: int) -> tuple[str, ...]:
    if old is not None and until is not None and now < until:
        return secret, old
    return (secret,)
