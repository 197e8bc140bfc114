"""`hitl webhook add`: what it takes, and what it says when a URL is none it takes."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Hitl


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://app.example.org/hitl", "--allow-private takes http:// too"),
        ("ftp://app.example.org/hitl", "a webhook has a URL such as https://host/path"),
        ("app.example.org", "a webhook has a URL such as https://host/path"),
    ],
)
def test_a_url_that_is_not_taken_is_one_plain_sentence(hitl: Hitl, url: str, sentence: str) -> None:
    ran = hitl("webhook", "add", url)
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_http_is_taken_where_the_operator_allows_it(hitl: Hitl) -> None:
    ran = hitl("webhook", "add", "http://127.0.0.1:8400/x", "--allow-private", "--json")
    assert ran.json["allow_private"] is True
