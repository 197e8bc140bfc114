"""Kind `response`: one output beside the sources it was made from; may it go out?"""

from __future__ import annotations

from dataclasses import replace

from hitl_tui.model.text import reveal
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import EMPTY, conversation_document, output_document, sources_document
from hitl_tui.tui.kinds import Answer, Seat, View
from hitl_tui.tui.prepare import COMPARING, Prepared, Writable, asked_document


def _lay_out(claim: Claim, seat: Seat) -> Prepared:
    case = claim.case
    output = reveal(case.output or "")
    passages = tuple(reveal(passage.text) for passage in case.context)
    if passages:
        right, right_is = sources_document(case.context, passages), "sources"
    elif len(case.input) > 1:
        right, right_is = conversation_document(case.input), "conversation"
    else:
        right, right_is = EMPTY, ""
    return Prepared(
        claim=claim,
        output=output,
        passages=passages,
        grounding=COMPARING,
        asked=asked_document(case.input if passages else case.input[-1:]),
        left=output_document(output),
        right=right,
        right_is=right_is,
        titles=("Output", "Conversation" if right_is == "conversation" else "Sources"),
        writables=(Writable("edit", "output", output),),
    )


def _compare(prepared: Prepared) -> Prepared:
    """With what the output is found to be in its sources; each clause begins a line."""
    from hitl_tui.grounding import index_case  # noqa: PLC0415  (the first case is shown before)
    from hitl_tui.tui.grounded import grounded  # noqa: PLC0415

    index = index_case(prepared.case)
    grounding = grounded(prepared.case, index)
    starts = [clause.start for clause in grounding.clauses]
    left = output_document(prepared.output, starts)
    return replace(prepared, grounding=grounding, index=index, left=left)


KIND = View(
    answers={
        "approve": Answer("approve", "approve", "The output may go out as it is."),
        "reject": Answer(
            "reject", "reject", "The output must not go out; then the reason.", ("reason",)
        ),
        "edit": Answer(
            "edit", "edit", "Correct the output; the corrected text goes out.", (), True
        ),
    },
    lay_out=_lay_out,
    compare=_compare,
    spans=True,
)
