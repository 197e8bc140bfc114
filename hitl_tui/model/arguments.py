"""The arguments of a tool call as a reviewer writes them: what they may be, and a whole call told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

from hitl_tui.model.case import Action
from hitl_tui.model.load import Refused, load_json
from hitl_tui.model.text import Shown, message

_NAMES = ("name", "action", "tool")
_INNER = ("arguments", "args", "input", "parameters")
_FORMS = frozenset((("name", "arguments"), ("name", "args"), ("action", "args")))
"""How calls are written here, by OpenAI and by LangGraph: meant as one whatever name is in it."""


def unfit_arguments(text: str, action: Action) -> Shown | None:
    """Why a written text cannot be the arguments of this call, and what to write; None when it can."""
    try:
        value = load_json(text)
    except Refused as refused:
        return refused.reason
    if not isinstance(value, dict):
        return message(
            "arguments are a JSON object, in braces: {example}", example=_example(action)
        )
    if call_within(value, action) is None:
        return None
    return message(
        "that is a whole call: write its arguments alone, {example}; the call stays {name}",
        example=_example(action),
        name=action.name,
    )


def call_within(value: Mapping[str, Any], action: Action) -> Any | None:
    """What stands for the arguments in `value` when it is a whole call of `action`, else None.

    A tool may have arguments with the names that calls have: what the proposed call has too is none.
    """
    proposed = action.arguments
    function = value.get("function")
    if isinstance(function, Mapping) and "function" not in proposed:
        return call_within(function, action)
    for name, inner in product(_NAMES, _INNER):
        if name not in value or inner not in value or (name in proposed and inner in proposed):
            continue
        if value[name] == action.name or (name, inner) in _FORMS:
            return value[inner]
    if len(value) == 1:
        [(name, found)] = value.items()
        if name in _INNER and name not in proposed and isinstance(found, Mapping):
            return found if found.keys() & proposed.keys() else None
    return None


def _example(action: Action) -> str:
    """An object with the first of the proposed arguments, in the form that is asked for."""
    first = next(iter(action.arguments), None)
    return "{}" if first is None else f"{{{json.dumps(first, ensure_ascii=False)}: ...}}"
