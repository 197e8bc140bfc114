"""Kind `critique`: an output, the model's own critique of it, its revision, the principles it cites."""

from __future__ import annotations

from hitl_tui.grounding import Grounding
from hitl_tui.model.text import Shown, message, reveal, reveal_line
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import Part, headed_document
from hitl_tui.tui.kinds import Answer, Seat, View
from hitl_tui.tui.prepare import Change, Prepared, Writable, asked_document
from hitl_tui.tui.prose import flowing, list_entries

_NOT_COMPARED = Grounding(0.0, 0.0, (), (), "{diff} shows what the revision changed")
_NO_REVISION = Grounding(0.0, 0.0, (), (), "the model wrote no revision")


def _lay_out(claim: Claim, seat: Seat) -> Prepared:
    case = claim.case
    output, critique = reveal(case.output or ""), reveal(case.critique or "")
    revision = None if case.revision is None else reveal(case.revision)
    right = [] if revision is None else [Part(Shown("Revision"), Shown(""), revision)]
    right += [_principle(name, seat) for name in case.principles]
    return Prepared(
        claim=claim,
        output=output,
        passages=(),
        grounding=_NOT_COMPARED if revision else _NO_REVISION,
        asked=asked_document(case.input),
        left=headed_document(
            [
                Part(Shown("Output"), reveal_line(case.model or "", 24), output),
                Part(Shown("Critique"), Shown(""), critique),
            ]
        ),
        right=headed_document(right),
        right_is="revision" if right else "",
        titles=("Output and critique", "Revision and principles"),
        writables=(Writable("revise", "output", revision or output, name="revision"),),
        change=Change("output", output.text, "revision", revision.text) if revision else None,
    )


def _principle(name: str, seat: Seat) -> Part:
    """A cited principle with its text; that it is not in the constitution is said, not hidden."""
    cited = message("principle {id}", id=name)
    known = seat.principles().get(name)
    if known is None:
        return Part(cited, Shown(""), reveal("not in the constitution"))
    title, text = known
    body = reveal(flowing(text))
    return Part(cited, reveal_line(title, 60), body, list_entries(body.text))


KIND = View(
    answers={
        "approve": Answer("agree", "agree", "The critique is right, and so is the revision."),
        "reject": Answer(
            "disagree", "disagree", "The critique is wrong; then the reason.", ("reason",)
        ),
        "edit": Answer("revise", "revise", "Write the revision as it should be.", (), True),
    },
    lay_out=_lay_out,
    spans=True,
)
