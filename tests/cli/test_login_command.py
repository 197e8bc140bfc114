"""`hitl login` and the commands that then speak to the server: the token is never an argument."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Hitl, Write
from tests.queue.serving import Served
from tests.queue.world import FakeClock, fill, verdict


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "served.db", FakeClock())
    yield served
    served.close()


@pytest.fixture
def logged_in(hitl: Hitl, served: Served, monkeypatch: pytest.MonkeyPatch) -> Hitl:
    monkeypatch.delenv("HITL_TOKEN", raising=False)
    assert hitl("login", served.url, stdin=served.token("alice").encode() + b"\n").code == 0
    return hitl


def test_a_token_from_standard_input_is_checked_and_kept(
    hitl: Hitl, served: Served, tmp_path: Path
) -> None:
    secret = served.token("alice")
    ran = hitl("login", served.url, stdin=f"{secret}\n".encode())
    assert ran.code == 0
    assert "you are alice (reviewer)" in ran.out
    assert secret not in ran.everything
    [kept] = (tmp_path / "config").rglob("credentials.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert secret in kept.read_text()


def test_a_token_that_the_server_does_not_know_is_not_kept(
    hitl: Hitl, served: Served, tmp_path: Path
) -> None:
    ran = hitl("login", served.url, stdin=b"hitl_wrong\n")
    assert ran.code == 2
    assert "does not accept the token" in ran.err
    assert list((tmp_path / "config").rglob("credentials.json")) == []


@pytest.mark.parametrize(
    ("url", "stdin", "code", "sentence"),
    [
        ("http://hitl.example.org", b"hitl_x", 2, "in the clear"),
        ("hitl.db", b"hitl_x", 2, "not the address of a server"),
        ("http://127.0.0.1:1", b"hitl_x", 3, "cannot be reached"),
        ("http://127.0.0.1:1", b"", 2, "no token was given"),
        ("http://127.0.0.1:1", b"hitl_\x1b[2J", 2, "this is not one"),
    ],
)
def test_what_cannot_be_a_login_is_one_sentence(
    hitl: Hitl, url: str, stdin: bytes, code: int, sentence: str
) -> None:
    ran = hitl("login", url, stdin=stdin)
    assert (ran.code, ran.err.count("\n")) == (code, 1)
    assert sentence in ran.err


def test_a_verdict_over_the_network_is_the_tokens(logged_in: Hitl, served: Served) -> None:
    fill(served.store, "c1")
    ran = logged_in("verdict", "c1", "approve", "--queue", served.url, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["case_state"] == "resolved"
    [given] = served.store.record("c1").verdicts
    assert given.verdict.reviewer == "alice"


def test_another_name_than_the_tokens_is_refused(logged_in: Hitl, served: Served) -> None:
    fill(served.store, "c1")
    ran = logged_in("verdict", "c1", "approve", "--queue", served.url, "--reviewer", "bob")
    assert ran.code == 2
    assert "alice's, not bob's" in ran.err


def test_a_verdict_that_cannot_be_leaves_no_lease(logged_in: Hitl, served: Served) -> None:
    fill(served.store, "c1")
    assert logged_in("verdict", "c1", "fly", "--queue", served.url).code == 2
    assert logged_in("verdict", "nope", "approve", "--queue", served.url).code == 2
    assert served.store.status().leased == 0


def test_a_producer_ingests_over_the_network(
    hitl: Hitl, served: Served, cases: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITL_TOKEN", served.token("app", "producer"))
    file = cases({"id": "c1", "output": "x"}, {"id": "c2", "output": "y"}, "{")
    ran = hitl("ingest", file, "--queue", served.url, "--json")
    assert ran.code == 0, ran.err
    assert served.store.status().pending == 2
    assert served.store.owner("c1") == "app"


def test_the_status_is_the_servers(logged_in: Hitl, served: Served) -> None:
    fill(served.store, "c1", "c2")
    ran = logged_in("queue", "status", "--queue", served.url, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["pending"] == 2


def test_a_server_that_is_gone_is_exit_code_3(logged_in: Hitl, served: Served) -> None:
    served.stop()
    ran = logged_in("queue", "status", "--queue", served.url)
    served.start()
    assert ran.code == 3
    assert "cannot be reached" in ran.err


def test_over_a_server_an_adjudicator_sees_a_dispute_without_names_and_settles_it(
    hitl: Hitl, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(served.store, "d", overlap=2)
    for name, decision in (("Aaron", "approve"), ("Zoe", "reject")):
        [claim] = served.store.claim(name, case_id="d")
        served.store.submit(verdict(claim, name, decision, rationale=f"because {decision}"))
    monkeypatch.setenv("HITL_TOKEN", served.token("judy", "adjudicator"))
    shown = hitl("adjudicate", "d", "--queue", served.url).out
    for word in ("the answer of d", "A  ", "B  ", "because approve", "because reject"):
        assert word in shown
    assert "Aaron" not in shown and "Zoe" not in shown
    ran = hitl("adjudicate", "d", "reject", "--cause", "values", "--queue", served.url)
    assert "case d is resolved: reject" in ran.out
    assert hitl("adjudicate", "d", "--queue", served.url).code == 2
