"""Kind `action`: a tool call that an agent asks leave for; its arguments as a tree, what it would change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hitl_tui.grounding import Grounding
from hitl_tui.model.arguments import unfit_arguments
from hitl_tui.model.case import Case
from hitl_tui.model.load import load_json
from hitl_tui.model.text import Shown, message, reveal
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import (
    Mark,
    Part,
    conversation_parts,
    headed_document,
    output_document,
    source_parts,
)
from hitl_tui.tui.kinds import Answer, Seat, View
from hitl_tui.tui.prepare import Prepared, Writable, asked_document

_NOT_COMPARED = Grounding(0.0, 0.0, (), (), "check who, what, how much and when")
_NO_ARGUMENTS = Grounding(0.0, 0.0, (), (), "the call has no arguments")
_PLAIN_NAME = re.compile(r"[\w.-]+")


def _lay_out(claim: Claim, seat: Seat) -> Prepared:
    case = claim.case
    action = case.action
    assert action is not None, "the model asks for it"
    name = reveal(_name(action.name))
    tree = reveal("\n".join([name.raw, *tree_lines(action.arguments)]))
    right: list[Part] = []
    if case.output:
        right.append(Part(Shown("What it would change"), Shown(""), reveal(case.output)))
    right += source_parts(case.context, [reveal(passage.text) for passage in case.context])
    right += conversation_parts(case.input[:-1])
    arguments = json.dumps(action.arguments, ensure_ascii=False, indent=2)
    return Prepared(
        claim=claim,
        output=tree,
        passages=(),
        grounding=_NOT_COMPARED if action.arguments else _NO_ARGUMENTS,
        asked=asked_document(case.input[-1:]),
        left=replace(output_document(tree), marks=(Mark(0, len(name.text), "head"),)),
        right=headed_document(right),
        right_is="effect" if right else "",
        titles=("Tool call", "What it touches"),
        writables=(Writable("edit", "output", reveal(arguments), name="arguments"),),
    )


def tree_lines(value: Any, indent: str = "") -> Iterator[str]:
    """The members of a JSON value as lines of a tree, as raw text; values as JSON, long texts whole."""
    members = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
    entries = list(members)
    for place, (name, inner) in enumerate(entries):
        last = place == len(entries) - 1
        head = f"{indent}{'└' if last else '├'} {_name(name)}"
        if isinstance(inner, Mapping | list) and inner:
            yield head
            yield from tree_lines(inner, f"{indent}{'  ' if last else '│ '}")
        else:
            yield f"{head}: {json.dumps(inner, ensure_ascii=False)}"


def _name(name: object) -> str:
    """A name as it is, or quoted as JSON when it could pass for another line of the tree."""
    text = str(name)
    return text if _PLAIN_NAME.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _refused(text: str, case: Case) -> Shown | None:
    assert case.action is not None, "the model asks for it"
    unfit = unfit_arguments(text, case.action)
    if unfit is None and _written(load_json(text)) == _written(case.action.arguments):
        return message("the arguments are the same as before")
    return unfit


def _written(arguments: Any) -> str:
    """Arguments in one form, so that blanks and the order of members make no difference."""
    return json.dumps(arguments, sort_keys=True)


KIND = View(
    answers={
        "approve": Answer("approve", "approve", "The agent may do this."),
        "reject": Answer(
            "deny", "deny", "The agent must not do this; then the reason.", ("reason",)
        ),
        "edit": Answer(
            "edit",
            "edit arguments",
            "Correct the arguments; the corrected call is made.",
            (),
            True,
            "edit",
        ),
    },
    lay_out=_lay_out,
    refused=_refused,
)
