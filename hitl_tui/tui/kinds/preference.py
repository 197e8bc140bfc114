"""Kind `preference`: two answers side by side, in an order that is this reviewer's own.

Of three candidates or more the first two are asked about, whoever looks: what `a` and `b` mean is the same
for every reviewer, so that verdicts can be compared. The others are there to be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hitl_tui.grounding import Grounding
from hitl_tui.model.case import Candidate
from hitl_tui.model.text import Revealed, Shown, reveal
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import (
    EMPTY,
    Document,
    Part,
    conversation_parts,
    headed_document,
    output_document,
    source_parts,
)
from hitl_tui.tui.kinds import Answer, Seat, View
from hitl_tui.tui.prepare import Change, Prepared, Writable

_NOT_COMPARED = Grounding(
    0.0, 0.0, (), (), "{diff} shows the words in which the two answers differ"
)
_ASKED_ABOUT = 2
"""How many candidates a verdict chooses from: its decisions are `a` and `b`."""
_DECISIONS = ("a", "b")
"""What preferring the first and the second candidate of the case is called, wherever they stand."""


def swapped(case_id: str, reviewer: str) -> bool:
    """Whether this reviewer sees the second candidate first: a coin that falls the same way each time.

    It is a hash of both names: an undo, a restart or another terminal shows the same order, and over
    many cases each order comes up half of the time, so that nobody's habit of reading decides.
    """
    return bool(hashlib.sha256(f"{case_id}\0{reviewer}".encode()).digest()[0] & 1)


def _lay_out(claim: Claim, seat: Seat) -> Prepared:
    case = claim.case
    others = len(case.candidates) - _ASKED_ABOUT
    places = (1, 0) if swapped(case.id, seat.reviewer) else (0, 1)
    first, second = (reveal(case.candidates[place].text) for place in places)
    question = conversation_parts(case.input)
    if case.context:
        question += source_parts(case.context, [reveal(one.text) for one in case.context])
    if len(question) == 1:
        asked = output_document(question[0].body)
    else:
        asked = headed_document(question) if question else EMPTY
    return Prepared(
        claim=claim,
        output=first,
        passages=(),
        grounding=_what_to_see(first, second) if others == 0 else _more_than_two(others),
        asked=asked,
        left=output_document(first),
        right=_right(second, case.candidates[_ASKED_ABOUT:]),
        right_is="second",
        titles=("Answer 1", "Answer 2"),
        writables=(
            Writable(_DECISIONS[places[0]], "output", first, name="answer 1"),
            Writable(_DECISIONS[places[1]], "sources", second, name="answer 2"),
        ),
        order=tuple(case.candidates[place].id for place in places),
        decisions={"first": _DECISIONS[places[0]], "second": _DECISIONS[places[1]]},
        change=Change("answer 1", first.text, "answer 2", second.text),
    )


def _right(second: Revealed, others: Sequence[Candidate]) -> Document:
    """The second answer, and below it those that no verdict can choose, each under its heading."""
    if not others:
        return output_document(second)
    parts = [Part(Shown("Answer 2"), Shown(""), second)]
    parts += [
        Part(Shown(f"Answer {number}"), Shown("not asked about"), reveal(one.text))
        for number, one in enumerate(others, _ASKED_ABOUT + 1)
    ]
    return headed_document(parts)


def _what_to_see(first: Revealed, second: Revealed) -> Grounding:
    """Says what cannot be seen at once: that there is no difference, or no text."""
    if first.raw == second.raw:
        words = "the two answers are the same"
    elif not first.raw or not second.raw:
        words = f"answer {2 if first.raw else 1} is empty"
    else:
        return _NOT_COMPARED
    return Grounding(0.0, 0.0, (), (), words)


def _more_than_two(others: int) -> Grounding:
    """Says that a choice between two is asked for, and where the other candidates stand."""
    more = "a third stands" if others == 1 else f"{others} more stand"
    words = f"choose between answers 1 and 2; {more} below answer 2, to be read"
    return Grounding(0.0, 0.0, (), (), words)


KIND = View(
    answers={
        "first": Answer("first", "first is better", "Answer 1 is better.", short="better"),
        "second": Answer("second", "second is better", "Answer 2 is better.", short="better"),
        "tie": Answer("tie", "tie", "Both are equally good."),
        "neither": Answer("neither", "neither", "Both would be rejected alone."),
        "edit": Answer(
            "", "correct", "Prefer the answer of the pane, with your corrections.", (), True, "edit"
        ),
    },
    lay_out=_lay_out,
    strength=True,
)
