"""What the tests of every store cannot ask of one behind a server, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

KNOWN = ("alice", "bob", "carol", "x", "y")
"""Names that have their tokens before a test begins, so that no token is made in its midst."""

_BLIND = "a reviewer is not told why: tests/server has what each role may know"
_SERVER_SAYS = "the server says when a verdict was decided, and under which name"
_ID = "over a network the id of a verdict is a UUID"

OTHERWISE: dict[str, str] = {
    "test_a_case_comes_back_exactly_as_it_went_in": "a claim has the reviewer's part of the route",
    "test_a_named_case_that_cannot_be_had_says_why": _BLIND,
    "test_the_store_notes_when_it_was_decided_if_nobody_did": _SERVER_SAYS,
    "test_every_field_of_a_verdict_is_stored_as_given": _SERVER_SAYS,
    "test_a_replay_gets_the_same_receipt_and_changes_nothing": f"{_BLIND}; test_http_queue.py too",
    "test_a_verdict_on_a_foreign_lease_or_case_is_refused_and_not_kept": _BLIND,
    "test_a_pool_with_named_reviewers_is_closed_to_others": _BLIND,
    "test_twice_or_of_another_reviewer_it_is_refused": _ID,
    "test_a_stream_of_records_is_one_snapshot_and_bars_no_writer": "records come case by case",
    "test_a_refused_change_leaves_no_trace": _ID,
    "test_after_it_no_verdict_is_undone": _BLIND,
    "test_the_case_is_out_of_the_queue_with_its_leases": _BLIND,
    "test_only_the_assigned_reviewer_gets_the_case": _BLIND,
    "test_a_dispute_that_nobody_settled_gets_one_too": _BLIND,
    "test_one_that_counted_before_can_no_longer_be_undone": _BLIND,
    "test_hostile_text_is_stored_and_returned_identical": f"{_ID}; tests/queue/test_http_queue.py",
}
"""Test -> why it has another form over a network."""


def without_what_is_otherwise(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests that are to run: those over HTTP whose promise has another form there are not."""
    return [item for item in items if not _is_otherwise(item)]


def _is_otherwise(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    over_http = called is not None and str(called.params.get("make_queue")).startswith("http")
    return over_http and item.name.partition("[")[0] in OTHERWISE
