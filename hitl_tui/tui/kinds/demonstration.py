"""Kind `demonstration`: a question and its sources; the reviewer writes the ideal answer."""

from __future__ import annotations

from hitl_tui.grounding import Grounding
from hitl_tui.model.case import Case
from hitl_tui.model.text import Shown, message, reveal
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import (
    EMPTY,
    Document,
    Mark,
    conversation_document,
    sources_document,
)
from hitl_tui.tui.kinds import Answer, Seat, View
from hitl_tui.tui.prepare import Prepared, Writable, asked_document

_NOTHING_YET = Shown("Nothing is written yet.")
_EMPTY_PAGE = Document(_NOTHING_YET, (), (Mark(0, len(_NOTHING_YET), "faint"),))
_NOT_COMPARED = Grounding(0.0, 0.0, (), (), "the answer is yours to write")


def _lay_out(claim: Claim, seat: Seat) -> Prepared:
    case = claim.case
    passages = tuple(reveal(passage.text) for passage in case.context)
    if passages:
        right, right_is = sources_document(case.context, passages), "sources"
    elif len(case.input) > 1:
        right, right_is = conversation_document(case.input), "conversation"
    else:
        right, right_is = EMPTY, ""
    nothing = reveal("")
    return Prepared(
        claim=claim,
        output=nothing,
        passages=passages,
        grounding=_NOT_COMPARED,
        asked=asked_document(case.input if passages else case.input[-1:]),
        left=_EMPTY_PAGE,
        right=right,
        right_is=right_is,
        titles=("Your answer", "Sources" if passages else "Conversation"),
        writables=(Writable("write", "output", nothing, compare=False, name="your answer"),),
    )


def _refused(text: str, case: Case) -> Shown | None:
    return None if text.strip() else message("the answer is empty")


KIND = View(
    answers={"edit": Answer("write", "write", "Write the ideal answer.", (), True)},
    lay_out=_lay_out,
    refused=_refused,
    drafts=True,
)
