"""The queue over HTTP: who may be spoken to, what a stranger's answer is worth, and the user's commands."""

from __future__ import annotations

import json
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from hitl_tui.config.credentials import Credential, credentials, keep, token_for
from hitl_tui.config.load import ConfigError
from hitl_tui.model.case import Submission
from hitl_tui.model.work import Route
from hitl_tui.queue.http import HttpQueue
from hitl_tui.queue.open import name_at, open_queue
from hitl_tui.queue.protocol import (
    Forbidden,
    Invalid,
    NotOffered,
    QueueError,
    StoreFull,
    Unreachable,
)
from hitl_tui.queue.wire import Draining, Unanswered, Unauthenticated, Wire, checked, segment
from tests.queue.serving import Served
from tests.queue.world import FakeClock, fill, ids, item, judge, verdict

HOSTILE = [
    text
    for line in (Path(__file__).parents[1] / "data" / "hostile_dev.jsonl")
    .read_text("ascii")
    .splitlines()
    if (text := json.loads(line)["text"]) == text.encode("utf-8", "replace").decode("utf-8")
]


@pytest.fixture
def served(path: Path, clock: FakeClock) -> Iterator[Served]:
    served = Served(path, clock)
    yield served
    served.close()


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "https://hitl.example.org",
            "https://hitl.example.org:8443/queue",
            "http://127.0.0.1:8321",
            "http://127.9.9.9",
            "http://[::1]:8321",
            "http://localhost:8321",
        ],
    )
    def test_a_server_is_spoken_to_over_tls_or_on_this_machine(self, url: str) -> None:
        assert checked(url + "/") == url

    @pytest.mark.parametrize("scheme", ["https", "HTTPS", "Https"])
    def test_a_server_has_to_prove_who_it_is_however_its_address_is_written(
        self, scheme: str
    ) -> None:
        wire = Wire(f"{scheme}://Hitl.example.org/Q/", "hitl_x")
        transport = wire._client._transport
        assert isinstance(transport, httpx.HTTPTransport)
        context = transport._pool._ssl_context
        assert context is not None
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert wire.url == "https://Hitl.example.org/Q"
        wire.close()

    @pytest.mark.parametrize(
        "url",
        [
            "http://hitl.example.org",
            "HTTP://hitl.example.org",
            "http://10.0.0.1:8321",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://0.0.0.0:8321",
        ],
    )
    def test_plain_http_beyond_this_machine_is_refused(self, url: str) -> None:
        with pytest.raises(Invalid, match="in the clear"):
            checked(url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://alice:secret@host",
            "https://secret@host",
            "https://host/?token=secret",
            "https://host/#secret",
            "https://:8321",
            "https://host:99999",
            "https://[::1",
            "ftp://host",
            " https://host",
            "ht\ttps://host",
        ],
    )
    def test_what_is_no_address_is_refused_without_repeating_a_secret(self, url: str) -> None:
        with pytest.raises(Invalid) as refusal:
            checked(url)
        assert "secret" not in str(refusal.value)

    @pytest.mark.parametrize("value", ["a/b", "..", ".", "a?b#c", "%2F", "c:skip", "\x00\n", "ß"])
    def test_an_id_is_one_segment_of_a_path(self, value: str) -> None:
        from urllib.parse import unquote

        found = segment(value)
        assert unquote(found) == value
        assert not set(found) & set("/?#:")
        assert found not in (".", "..")


Stranger = Callable[..., str]


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """The address of some web server that answers everything in one way."""
    servers: list[HTTPServer] = []

    def make(status: int, body: bytes = b"", kind: str = "text/html", **headers: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}"

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


PROBLEM = "application/problem+json"


class TestStrangers:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "error"),
        [
            (200, b"<html>welcome</html>", "text/html", Unreachable),
            (200, b"[]", "application/json", Unreachable),
            (200, b"\xff{", "application/json", Unreachable),
            (404, b"", "text/html", Unreachable),
            (302, b"", "text/html", Unreachable),
            (502, b"<html>", "text/html", Unanswered),
            (500, b'{"code": "error"}', PROBLEM, Unanswered),
            (503, b'{"code": "draining", "detail": "x"}', PROBLEM, Draining),
            (507, b'{"code": "store-full", "detail": "x"}', PROBLEM, StoreFull),
            (401, b"", "text/html", Unauthenticated),
            (403, b'{"code": "forbidden", "detail": "x"}', PROBLEM, Forbidden),
            (422, b'{"code": "invalid", "errors": [1, {"pointer": "/a"}]}', PROBLEM, Invalid),
            (422, b'{"code": ["invalid"]}', PROBLEM, Invalid),
            (418, b"{", PROBLEM, Invalid),
        ],
    )
    def test_any_answer_is_one_of_the_queues_own_errors(
        self, stranger: Stranger, status: int, body: bytes, kind: str, error: type[QueueError]
    ) -> None:
        queue = HttpQueue(Wire(stranger(status, body, kind), "hitl_x"))
        with pytest.raises(error):
            queue.status()
        queue.close()

    def test_a_redirect_is_not_followed_with_the_token(self, stranger: Stranger) -> None:
        thief = stranger(200, b"{}", "application/json")
        queue = HttpQueue(Wire(stranger(307, Location=thief), "hitl_x"))
        with pytest.raises(Unreachable, match="not followed"):
            queue.status()
        queue.close()

    def test_words_of_a_server_cannot_drive_the_terminal(self, stranger: Stranger) -> None:
        body = b'{"code": "forbidden", "detail": "\\u001b]52;c;eA==\\u0007 no"}'
        queue = HttpQueue(Wire(stranger(403, body, PROBLEM), "hitl_x"))
        with pytest.raises(Forbidden) as refusal:
            queue.status()
        assert "\x1b" not in refusal.value.sentence
        queue.close()

    def test_nobody_there_is_unreachable_and_offline(self) -> None:
        queue = HttpQueue(Wire("http://127.0.0.1:1", "hitl_x"))
        with pytest.raises(Unreachable, match="cannot be reached"):
            queue.status()
        assert queue.connection().online is False
        queue.close()
        with pytest.raises(Unreachable, match="closed"):
            queue.status()


class TestTheClient:
    def test_a_name_is_the_tokens_and_not_claimed(self, served: Served) -> None:
        client = served.client("alice")
        assert client.name == "alice"
        with pytest.raises(Forbidden, match="alice's, not bob's"):
            client.claim("bob")
        client.close()

    def test_a_producers_batch_is_taken_line_by_line(self, served: Served) -> None:
        client = served.client("app", "producer")
        lines = [item(f"c{n}") for n in range(3)]
        assert [a.outcome for a in client.admit(lines)] == ["queued"] * 3
        other = (Submission(id="c1", output="other"), Route())
        found = client.admit([item("c0"), other, item("c9")])
        assert [a.outcome for a in found] == ["duplicate", "conflict", "queued"]
        client.close()

    def test_a_batch_larger_than_a_request_is_several(self, served: Served) -> None:
        client = served.client("app", "producer")
        big = [(Submission(id=f"c{n}", output="x" * 200_000), Route()) for n in range(9)]
        assert [a.outcome for a in client.admit(big)] == ["queued"] * 9
        assert served.store.status().pending == 9
        client.close()

    def test_a_token_that_is_none_is_refused_at_once(self, served: Served) -> None:
        with pytest.raises(Unauthenticated):
            Wire(served.url, "hitl_\nx")
        client = HttpQueue(Wire(served.url, "hitl_unknown"))
        with pytest.raises(Unauthenticated, match="hitl login"):
            client.status()
        client.close()

    def test_a_reviewer_is_not_told_what_only_the_machine_of_the_queue_knows(
        self, served: Served
    ) -> None:
        client = served.client("alice")
        for call in (client.leases, client.verify, lambda: client.gold("c1")):
            with pytest.raises(NotOffered):
                call()
        with pytest.raises(NotOffered, match="--reveal needs the queue's file"):
            client.looked("alice", "c1")
        client.close()

    def test_a_replay_gets_the_same_receipt(self, served: Served, clock: FakeClock) -> None:
        fill(served.store, "c1")
        client = served.client("alice")
        given = verdict(client.claim("alice")[0], "alice")
        receipt = client.submit(given)
        clock.advance(1000)
        assert client.submit(given) == receipt
        assert receipt.resolution == served.store.record("c1").resolution
        client.close()

    def test_hostile_text_is_carried_identical(self, served: Served) -> None:
        producer, client = served.client("app", "producer"), served.client("alice")
        lead = served.client("lee", "lead")
        for text in HOSTILE:
            name = text[:512] or "empty"
            wishes = {"overlap": 1, "pool": name}
            case = Submission(id=name, input=text, output=text, context=[text], **wishes)
            assert producer.admit([(case, Route())])[0].outcome == "queued"
            claim = client.claim("alice", pools=[name])[0]
            assert claim.case == case.case()
            assert claim.route.pool == name
            given = verdict(claim, "alice", "edit", edited_output=text, rationale=text)
            receipt = client.submit(given)
            assert receipt.resolution is not None and receipt.resolution.output == text
            assert client.submit(given) == receipt
            assert lead.record(name).verdicts[0].verdict.rationale == text
            again = client.undo("alice", given.id)
            client.release("alice", again.token, reason="skip", note=text)
            assert client.unskip("alice", name).case.id == name
        for each in (producer, client, lead):
            each.close()

    def test_a_lead_reads_every_record_page_by_page(self, served: Served) -> None:
        fill(served.store, "c1", "c2", overlap=2)
        judge(served.store, "alice")
        client = served.client("lee", "lead")
        assert list(client.records()) == list(served.store.records())
        assert [row.hash for row in client.trail()] == [row.hash for row in served.store.trail()]
        client.close()


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("HITL_TOKEN", "HITL_REVIEWER", "HITL_QUEUE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestCredentials:
    def test_a_token_is_kept_for_its_server_readable_by_nobody_else(self, at_home: Path) -> None:
        keep("https://One.example.org/", Credential("hitl_1", "alice", "reviewer"))
        path = keep("https://two.example.org", Credential("hitl_2", "alice", "lead"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert token_for("https://one.example.org") == "hitl_1"
        assert token_for("https://two.example.org/") == "hitl_2"
        assert token_for("https://three.example.org") is None

    def test_a_new_token_takes_the_place_of_the_old(self, at_home: Path) -> None:
        keep("https://host", Credential("hitl_1", "alice", "reviewer"))
        path = keep("https://host", Credential("hitl_2", "alice", "reviewer"))
        assert token_for("https://host") == "hitl_2"
        assert "hitl_1" not in path.read_text()

    def test_the_environment_comes_first(
        self, at_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep("https://host", Credential("hitl_1", "alice", "reviewer"))
        monkeypatch.setenv("HITL_TOKEN", "hitl_2")
        assert token_for("https://host") == "hitl_2"

    def test_a_damaged_file_is_said_and_not_overwritten(self, at_home: Path) -> None:
        path = keep("https://host", Credential("hitl_1", "alice", "reviewer"))
        path.write_text("{")
        with pytest.raises(ConfigError, match="damaged"):
            credentials()
        with pytest.raises(ConfigError):
            keep("https://host", Credential("hitl_2", "alice", "reviewer"))
        assert path.read_text() == "{"

    def test_without_a_token_the_sentence_says_how_to_get_one_in(self, at_home: Path) -> None:
        with pytest.raises(Forbidden, match="hitl login https://host"):
            open_queue("https://host")

    def test_the_name_is_the_tokens(
        self, at_home: Path, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HITL_TOKEN", served.token("alice"))
        assert name_at(served.url) == "alice"
        assert name_at(served.url, at_home / "state") == "alice"
        served.stop()
        assert name_at(served.url, at_home / "state") == "alice"
        with pytest.raises(Unreachable):
            name_at(served.url)
        served.start()

    def test_an_open_queue_is_the_servers(
        self, at_home: Path, served: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HITL_TOKEN", served.token("alice"))
        fill(served.store, "c1")
        queue = open_queue(served.url)
        claims = queue.claim("alice")
        assert ids(claims) == ["c1"]
        assert queue.submit(verdict(claims[0], "alice")).case_state == "resolved"
        queue.close()
