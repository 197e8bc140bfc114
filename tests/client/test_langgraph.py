"""The adapter: a human interrupt becomes a case, its resolution the reply that the graph expects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hitl_tui.client import HitlInvalid, Resolution, from_langgraph, to_langgraph
from hitl_tui.client.langgraph import NOBODY_CAME, NOT_ALLOWED
from tests.queue.world import NINE

ARGS = {"order": "A-17", "amount": 240}


def request(*allowed: str, **parts: Any) -> dict[str, Any]:
    names = ("accept", "edit", "respond", "ignore")
    return {
        "action_request": {"action": "send_refund", "args": ARGS},
        "config": {f"allow_{name}": name in (allowed or names) for name in names},
        "description": "Broken headphones.",
        **parts,
    }


def resolution(decision: str, output: str | None = None, source: str = "reviewer") -> Resolution:
    parts = {"case_id": "c", "decision": decision, "output": output, "source": source}
    return Resolution.model_validate({**parts, "resolved_at": NINE})


def test_the_tool_call_is_the_action_and_its_description_the_question() -> None:
    case = from_langgraph(request(), case_id="call-1")
    assert (case.id, case.kind) == ("call-1", "action")
    assert case.action is not None
    assert (case.action.name, case.action.arguments) == ("send_refund", ARGS)
    assert [(turn.role, turn.content) for turn in case.input] == [("user", "Broken headphones.")]


def test_a_request_without_description_has_no_question_and_gets_an_id() -> None:
    case = from_langgraph(request(description=None))
    assert case.input == ()
    assert case.id != from_langgraph(request()).id


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"action_request": {"action": "send_refund", "args": {}}},
        request(action_request={"args": {}}),
        request(config={"allow_accept": "yes"}),
    ],
)
def test_what_is_no_interrupt_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(HitlInvalid, match="HumanInterrupt"):
        from_langgraph(broken)


def test_approve_is_accept() -> None:
    assert to_langgraph(resolution("approve"), request()) == {"type": "accept", "args": None}


def test_an_edit_repeats_the_action_with_the_new_arguments() -> None:
    reply = to_langgraph(resolution("edit", json.dumps({"amount": 24})), request())
    edited = {"action": "send_refund", "args": {"amount": 24}}
    assert reply == {"type": "edit", "args": edited}


@pytest.mark.parametrize("text", ["Ask for a photo first.", "[1]", '"x"', '{"a": 1, "a": 2}', "{"])
def test_an_edit_that_is_no_object_of_arguments_does_not_let_the_action_happen(text: str) -> None:
    assert to_langgraph(resolution("edit", text), request()) == {"type": "response", "args": text}


@pytest.mark.parametrize("decision", ["deny", "reject", "block", "escalate", "harmful"])
def test_every_other_decision_is_a_response(decision: str) -> None:
    reply = to_langgraph(resolution(decision), request())
    assert reply == {"type": "response", "args": NOT_ALLOWED}


def test_a_fallback_never_lets_the_action_happen() -> None:
    late = resolution("fallback", source="fallback")
    assert to_langgraph(late, request()) == {"type": "response", "args": NOBODY_CAME}
    worded = resolution("fallback", "We will write to you.", "fallback")
    assert to_langgraph(worded, request())["args"] == "We will write to you."


def test_a_graph_that_takes_no_response_gets_ignore() -> None:
    reply = to_langgraph(resolution("deny"), request("accept", "ignore"))
    assert reply == {"type": "ignore", "args": None}


@pytest.mark.parametrize(
    ("decision", "output", "allowed"),
    [("approve", None, "respond"), ("edit", "{}", "accept"), ("deny", None, "accept")],
)
def test_a_reply_that_the_graph_does_not_allow_is_refused(
    decision: str, output: str | None, allowed: str
) -> None:
    with pytest.raises(HitlInvalid, match="does not allow"):
        to_langgraph(resolution(decision, output), request(allowed))
