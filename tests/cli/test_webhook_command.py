"""`hitl webhook`: makes, lists, tries and ends webhooks; the secret is printed once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.running import Hitl
from tests.server.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


def test_a_webhook_from_its_making_to_its_end(hitl: Hitl, receiver: Receiver) -> None:
    made = hitl("webhook", "add", receiver.url, "--allow-private", "--producer", "shop", "--json")
    assert made.json["producer"] == "shop"
    receiver.secrets = [made.json["secret"]]
    tried = hitl("webhook", "test", made.json["id"])
    assert (tried.code, "took it in" in tried.out) == (0, True), tried.everything
    assert [one["type"] for one in receiver.taken] == ["webhook.test"]
    receiver.answer = lambda receiver, before: 302
    tried = hitl("webhook", "test", made.json["id"])
    assert (tried.code, "answered with 302" in tried.err) == (1, True)
    [listed] = hitl("webhook", "list", "--json").json["webhooks"]
    assert (listed["url"], "secret" in listed) == (receiver.url, False)
    assert hitl("webhook", "remove", made.json["id"]).code == 0
    ended = hitl("webhook", "test", made.json["id"])
    assert (ended.code, "has ended: removed" in ended.err) == (2, True)
    assert hitl("webhook", "remove", "nobody").code == 2


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://app.example.org/hitl", "--allow-private takes http:// too"),
        ("ftp://app.example.org/hitl", "a webhook has a URL such as https://host/path"),
        ("app.example.org", "a webhook has a URL such as https://host/path"),
        ("x", "a webhook has a URL such as https://host/path"),
        ("https://a..b/", "there is no host of that name"),
        ("https://127.0.0.1/", "leads to a public address"),
        ("https://0x7f.1/", "leads to a public address"),
    ],
)
def test_a_url_that_is_not_taken_is_one_plain_sentence(hitl: Hitl, url: str, sentence: str) -> None:
    kept = hitl("webhook", "add", "https://app.example.org/hitl", "--json").json["id"]
    refused = hitl("webhook", "add", url)
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert sentence in refused.err
    assert [one["id"] for one in hitl("webhook", "list", "--json").json["webhooks"]] == [kept]


def test_http_is_taken_where_the_operator_allows_it(hitl: Hitl) -> None:
    ran = hitl("webhook", "add", "http://127.0.0.1:8400/x", "--allow-private", "--json")
    assert ran.json["allow_private"] is True
