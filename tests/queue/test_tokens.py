"""Tokens: told once, kept as a hash, worth nothing when expired or revoked, and part of the trail."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import Invalid, NotFound
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.tokens import TokenStore
from tests.queue.world import NINE, FakeClock


def test_a_secret_stands_for_whom_it_was_made(queue: SqliteQueue) -> None:
    identity, secret = queue.create_token("reviewer", "alice", ["p", "q", "p"])
    assert (identity.name, identity.role, identity.pools) == ("alice", "reviewer", ("p", "q"))
    assert queue.identify(secret) == identity
    assert isinstance(queue, TokenStore)


def test_it_has_a_prefix_and_256_random_bits(queue: SqliteQueue) -> None:
    secrets = {queue.create_token("reviewer", "alice")[1] for _ in range(20)}
    assert len(secrets) == 20
    assert all(one.startswith("hitl_") and len(one) == 48 for one in secrets)


@pytest.mark.parametrize("wrong", ["", "hitl_", "hitl_" + "A" * 43, "\ud800", "Ω" * 1000])
def test_another_secret_stands_for_nobody(queue: SqliteQueue, wrong: str) -> None:
    queue.create_token("admin", "root")
    assert queue.identify(wrong) is None


def test_the_secret_is_nowhere_in_the_file(queue: SqliteQueue, path: Path) -> None:
    secret = queue.create_token("lead", "bob")[1]
    queue.close()
    stored = b"".join(one.read_bytes() for one in path.parent.glob("hitl.db*"))
    assert secret.encode() not in stored
    assert secret[5:].encode() not in stored


def test_it_ends_at_its_time_by_the_stores_clock(queue: SqliteQueue, clock: FakeClock) -> None:
    secret = queue.create_token("reviewer", "alice", (), NINE + timedelta(days=90))[1]
    clock.advance(90 * 86_400 - 1)
    assert queue.identify(secret) is not None
    clock.advance(1)
    assert queue.identify(secret) is None


def test_revoked_it_stands_for_nobody_and_again_is_nothing(queue: SqliteQueue) -> None:
    identity, secret = queue.create_token("reviewer", "alice")
    other = queue.create_token("reviewer", "alice")[1]
    queue.revoke_token(identity.id)
    before = list(queue.trail())
    queue.revoke_token(identity.id)
    assert list(queue.trail()) == before
    assert queue.identify(secret) is None
    assert queue.identify(other) is not None
    with pytest.raises(NotFound):
        queue.revoke_token("nobody")


def test_the_list_tells_one_from_another_and_no_secret(
    queue: SqliteQueue, clock: FakeClock
) -> None:
    first, secret = queue.create_token("reviewer", "alice")
    clock.advance(60)
    queue.create_token("producer", "shop")
    queue.revoke_token(first.id)
    one, other = queue.tokens()
    assert (one.identity, one.created_at, one.hint) == (first, NINE, secret[-4:])
    assert one.revoked_at == NINE + timedelta(minutes=1)
    assert (other.identity.role, other.revoked_at) == ("producer", None)
    assert secret not in repr([one, other])


def test_what_makes_no_sense_is_invalid(queue: SqliteQueue) -> None:
    for call in (
        lambda: queue.create_token("king", "alice"),  # type: ignore[arg-type]
        lambda: queue.create_token("lead", ""),
        lambda: queue.create_token("lead", "alice", [""]),
        lambda: queue.create_token("lead", "alice", (), NINE),
        lambda: queue.create_token("lead", "alice", (), NINE.replace(tzinfo=None, year=2030)),
    ):
        with pytest.raises(Invalid):
            call()


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE tokens SET revoked_at = NULL",
        "UPDATE tokens SET role = 'admin'",
        "UPDATE tokens SET expires_at = NULL",
        "UPDATE tokens SET digest = zeroblob(32)",
        "DELETE FROM tokens",
        "INSERT INTO tokens (id, digest, hint, name, role, pools, created_at)"
        " VALUES ('x', zeroblob(32), 'h', 'eve', 'admin', '[]', 0)",
    ],
)
def test_a_token_changed_by_hand_is_found_by_its_trail(
    queue: SqliteQueue, path: Path, forged: str
) -> None:
    identity, _ = queue.create_token("reviewer", "alice", (), NINE + timedelta(days=1))
    queue.revoke_token(identity.id)
    assert queue.verify().differences == ()
    assert violations(path) == []
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(forged)
        conn.commit()
    assert any("token" in sentence for sentence in queue.verify().differences)
    assert any("token" in sentence for sentence in violations(path))
