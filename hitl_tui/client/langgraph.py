"""LangGraph's human interrupts: a request becomes a case of kind `action`, its resolution the reply.

Shapes: `HumanInterrupt` and `HumanResponse` of langgraph.prebuilt.interrupt, as Agent Inbox uses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hitl_tui.client.errors import HitlInvalid
from hitl_tui.model.case import Submission
from hitl_tui.model.ids import new_id
from hitl_tui.model.load import Refused, explain, load_json
from hitl_tui.model.work import Resolution

NOT_ALLOWED = "The action was not approved."
NOBODY_CAME = "Nobody reviewed the action in time: it was not approved."


class _Action(BaseModel):
    action: str
    args: dict[str, Any] = Field(default_factory=dict)


class _Allowed(BaseModel):
    model_config = ConfigDict(strict=True)

    allow_accept: bool = False
    allow_edit: bool = False
    allow_respond: bool = False
    allow_ignore: bool = False


class _Interrupt(BaseModel):
    action_request: _Action
    config: _Allowed
    description: str | None = None


def from_langgraph(request: Mapping[str, Any], *, case_id: str | None = None) -> Submission:
    """A `HumanInterrupt` as a case: the tool call, and its description as the question.

    A node of a graph runs again when the graph resumes: a `case_id` that is the same then, such as
    the id of the tool call, makes it the same case. Raises HitlInvalid.
    """
    found = _read(request)
    case = {
        "id": case_id or new_id(),
        "kind": "action",
        "input": found.description or (),
        "action": {"name": found.action_request.action, "arguments": found.action_request.args},
    }
    try:
        return Submission.model_validate(case)
    except ValidationError as error:
        raise HitlInvalid("the request makes no case: {words}", words=explain(error)) from None


def to_langgraph(resolution: Resolution, request: Mapping[str, Any]) -> dict[str, Any]:
    """The resolution as a `HumanResponse`: `{"type": "accept" | "edit" | "response" | "ignore", "args"}`.

    approve is accept. edit is edit with the reviewer's text as the new arguments; a text that is no
    JSON object cannot be arguments and becomes the response. Everything else, a fallback too, does not
    let the action happen: a response with the text there is, or ignore when the graph takes no
    response. Raises HitlInvalid when `request` allows no such reply.
    """
    found = _read(request)
    if resolution.decision in ("approve", "allow"):
        return _reply("accept", None, found.config.allow_accept)
    if resolution.decision == "edit":
        args = _arguments(resolution.output)
        if args is not None:
            edited = {"action": found.action_request.action, "args": args}
            return _reply("edit", edited, found.config.allow_edit)
    if not found.config.allow_respond and found.config.allow_ignore:
        return _reply("ignore", None, allowed=True)
    silent = NOBODY_CAME if resolution.source == "fallback" else NOT_ALLOWED
    return _reply("response", resolution.output or silent, found.config.allow_respond)


def _reply(kind: str, args: object, allowed: bool) -> dict[str, Any]:
    if not allowed:
        raise HitlInvalid(
            "the reply would be {kind}, which the request does not allow: let its config allow it",
            kind=kind,
        )
    return {"type": kind, "args": args}


def _read(request: Mapping[str, Any]) -> _Interrupt:
    try:
        return _Interrupt.model_validate(request)
    except ValidationError as error:
        raise HitlInvalid(
            "that is no HumanInterrupt of LangGraph: {words}", words=explain(error)
        ) from None


def _arguments(text: str | None) -> dict[str, Any] | None:
    try:
        value = load_json(text or "")
    except Refused:
        return None
    return value if isinstance(value, dict) else None
