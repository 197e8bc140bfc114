"""`hitl token`: makes, lists and revokes tokens; the secret is printed once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.open import open_queue
from hitl_tui.queue.sqlite import SqliteQueue
from tests.cli.running import Hitl


def stands_for(secret: str) -> str | None:
    queue = open_queue("hitl.db")
    assert isinstance(queue, SqliteQueue)
    identity = queue.identify(secret)
    queue.close()
    return identity and identity.name


def test_create_prints_what_a_script_needs(hitl: Hitl) -> None:
    ran = hitl(
        *("token", "create", "--role", "reviewer", "--name", "alice"),
        *("--pool", "p", "--pool", "q", "--expires", "90d", "--json"),
    )
    made = ran.json
    assert set(made) == {"id", "token", "role", "name", "expires_at"}
    assert (made["role"], made["name"]) == ("reviewer", "alice")
    assert hitl("token", "list", "--json").json["tokens"][0]["pools"] == ["p", "q"]
    left = datetime.fromisoformat(made["expires_at"]) - utc_now()
    assert timedelta(days=89) < left < timedelta(days=90)
    assert made["token"].startswith("hitl_")
    assert stands_for(made["token"]) == "alice"


def test_for_people_the_token_alone_is_on_standard_output(hitl: Hitl) -> None:
    ran = hitl("token", "create", "--role", "lead", "--name", "bob")
    assert ran.out.startswith("hitl_")
    assert ran.out.count("\n") == 1
    assert "not shown again" in ran.err
    assert stands_for(ran.out.strip()) == "bob"


def test_list_shows_ends_and_revoke_ends_it(hitl: Hitl) -> None:
    made = hitl("token", "create", "--role", "lead", "--name", "bob", "--json").json
    [row] = hitl("token", "list", "--json").json["tokens"]
    assert (row["id"], row["hint"]) == (made["id"], made["token"][-4:])
    assert (row["expires_at"], row["revoked_at"]) == (None, None)
    assert "every pool" in hitl("token", "list").out
    assert hitl("token", "revoke", made["id"]).code == 0
    assert "revoked" in hitl("token", "list").out
    assert made["token"] not in hitl("token", "list").everything
    assert stands_for(made["token"]) is None


def test_without_tokens_it_says_how_to_make_one(hitl: Hitl) -> None:
    open_queue("hitl.db", create=True).close()
    assert "`hitl token create` makes one" in hitl("token", "list").out


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["create", "--role", "king", "--name", "a"], 2, "a role is one of: reviewer, lead"),
        (["create", "--role", "lead", "--name", ""], 2, "a name is empty"),
        (["create", "--role", "lead", "--name", "a", "--expires", "soon"], 2, "--expires: a dura"),
        (["create", "--role", "lead", "--name", "a", "--expires", "999999999d"], 2, "--expires"),
        (["create", "--role", "lead"], 2, "Missing option '--name'"),
        (["revoke", "x"], 2, "there is no token x"),
        (["list", "--queue", "no.db"], 3, "there is no queue"),
    ],
)
def test_a_wrong_call_is_one_plain_sentence(
    hitl: Hitl, arguments: list[str], code: int, sentence: str
) -> None:
    open_queue("hitl.db", create=True).close()
    ran = hitl("token", *arguments)
    assert ran.code == code
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
