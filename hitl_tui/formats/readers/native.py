"""Reads the project's own format: one case a line, unknown fields kept under `metadata`.

An unknown field `page` of the second passage becomes `metadata["context[1].page"]`. The fields that
only an export has (`state`, `route`, `verdicts`, `resolution`) are left out, since others' verdicts in
a case's metadata would reach its reviewers; unknown fields inside `gold` are refused for that reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hitl_tui.formats.readers.read import Read
from hitl_tui.model.case import (
    Action,
    Attack,
    Candidate,
    Message,
    Passage,
    Signal,
    Submission,
)
from hitl_tui.model.ids import new_id
from hitl_tui.model.load import Refused
from hitl_tui.model.text import message

_CASE = frozenset(Submission.model_fields)
_EXPORT = frozenset({"state", "route", "verdicts", "resolution"})
_NESTED = {
    "input": frozenset(Message.model_fields),
    "context": frozenset(Passage.model_fields),
    "signals": frozenset(Signal.model_fields),
    "candidates": frozenset(Candidate.model_fields),
    "attack": frozenset(Attack.model_fields),
    "action": frozenset(Action.model_fields),
}
_JSON_NAMES = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
}


def recognise(value: Any) -> bool:
    """Whether `value` has something to judge under a name that a native case uses."""
    return isinstance(value, dict) and not value.keys().isdisjoint(
        {"output", "candidates", "action", "kind"}
    )


def read(value: Any) -> Read:
    """The submission in one native record; Refused or ValidationError when it is none."""
    if not isinstance(value, dict):
        mend = ": `jq -c '.[]'` makes lines of it" if isinstance(value, list) else ""
        raise Refused(
            message(
                "a case is a JSON object on one line, this is {what}{mend}",
                what=_JSON_NAMES[type(value)],
                mend=mend,
            )
        )
    known, extra, names = _split(value)
    dropped = tuple(sorted(_EXPORT)) if value.keys() >= _EXPORT else ()
    for name in dropped:
        del extra[name]
    fresh = "id" not in known
    if fresh:
        known["id"] = new_id()
    if extra:
        known["metadata"] = _merge(known.get("metadata", {}), extra)
    kept = tuple(name for name in names if name not in dropped)
    return Read(Submission.model_validate(known), kept, dropped, fresh)


def _split(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The record without unknown fields, these by their path, and their names with `[]` for places."""
    known = {name: item for name, item in value.items() if name in _CASE}
    extra = {name: item for name, item in value.items() if name not in _CASE}
    names = list(extra)
    for field, fields in _NESTED.items():
        found = list(_unknown(field, known.get(field), fields))
        if not found:
            continue
        known[field] = _without(known[field], fields)
        extra.update((path, item) for path, _, item in found)
        names.extend(dict.fromkeys(name for _, name, _ in found))
    return known, extra, names


def _unknown(field: str, value: Any, fields: frozenset[str]) -> Iterator[tuple[str, str, Any]]:
    """Each unknown field with its path, its name, and what stands there."""
    if isinstance(value, dict):
        for name in value:
            if name not in fields:
                yield f"{field}.{name}", f"{field}.{name}", value[name]
    elif isinstance(value, list):
        for place, element in enumerate(value):
            if isinstance(element, dict) and not element.keys() <= fields:
                for name in element:
                    if name not in fields:
                        yield f"{field}[{place}].{name}", f"{field}[].{name}", element[name]


def _without(value: Any, fields: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, fields) for item in value]
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name in fields}
    return value


def _merge(metadata: Any, extra: dict[str, Any]) -> Any:
    if not isinstance(metadata, dict):
        return metadata
    for name in extra:
        if name in metadata:
            raise Refused(message("{name} stands both in the case and in its metadata", name=name))
    return {**metadata, **extra}
