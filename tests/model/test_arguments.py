"""What may be written as the arguments of a tool call, and how a whole call is told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hitl_tui.model.arguments import call_within, unfit_arguments
from hitl_tui.model.case import Action

SEND = Action(name="send", arguments={"to": "everyone", "n": 1})
INNER = {"to": "bob", "n": 1}
CALLS: dict[str, Any] = {
    "as it is shown": {"name": "send", "arguments": INNER},
    "under another name": {"name": "send_all", "arguments": INNER},
    "OpenAI's": {"id": "c1", "type": "function", "function": {"name": "send", "arguments": "{}"}},
    "LangGraph's": {"action": "send", "args": INNER},
    "LangChain's": {"name": "send", "args": INNER, "id": "c1", "type": "tool_call"},
    "Anthropic's": {"type": "tool_use", "id": "c1", "name": "send", "input": INNER},
    "without its name": {"arguments": INNER},
}


@pytest.mark.parametrize("value", CALLS.values(), ids=CALLS)
def test_a_whole_call_is_refused_with_what_to_write(value: Any) -> None:
    assert unfit_arguments(json.dumps(value), SEND) == (
        'that is a whole call: write its arguments alone, {"to": ...}; the call stays send'
    )


@pytest.mark.parametrize(
    ("proposed", "value"),
    [
        ({"to": "everyone"}, {"to": "bob"}),
        ({"to": "everyone"}, {}),
        ({"to": "everyone"}, {"to": "bob", "name": "Bob"}),
        ({"name": "send", "arguments": {}}, {"name": "send", "arguments": {"to": "bob"}}),
        ({}, {"input": {"text": "x"}}),
        ({"function": {"name": "f"}}, {"function": {"name": "g", "arguments": {}}}),
    ],
)
def test_arguments_may_have_any_names_that_the_call_has(proposed: Any, value: Any) -> None:
    action = Action(name="send", arguments=proposed)
    assert unfit_arguments(json.dumps(value), action) is None
    assert call_within(value, action) is None


@pytest.mark.parametrize("text", ["[1]", '"x"', "null", "1"])
def test_what_is_no_object_is_refused_with_an_example(text: str) -> None:
    assert unfit_arguments(text, SEND) == 'arguments are a JSON object, in braces: {"to": ...}'
    assert unfit_arguments(text, Action(name="ping")) == (
        "arguments are a JSON object, in braces: {}"
    )


@pytest.mark.parametrize("text", ["", "{", '{"a": 1, "a": 2}', "Ask for a photo first."])
def test_what_is_no_json_is_refused_in_words(text: str) -> None:
    assert unfit_arguments(text, SEND)


def test_a_hostile_name_reaches_no_terminal() -> None:
    action = Action(name="a\x1b]0;x\x07\n", arguments={"\x1b[2J": 1})
    for text in ('{"name": "x", "arguments": {}}', "[]"):
        words = unfit_arguments(text, action)
        assert words is not None and words.isprintable()
