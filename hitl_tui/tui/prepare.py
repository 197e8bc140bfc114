"""Makes a claimed case ready to be shown: reveals, grounds, lays out. Pure, so it runs off the UI thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from hitl_tui.grounding import Flag, Grounding
from hitl_tui.model.case import Case, Message
from hitl_tui.model.text import ALARM_KINDS, Alarm, Revealed, Shown, message, reveal
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import (
    EMPTY,
    Document,
    conversation_document,
    output_document,
    sources_document,
)
from hitl_tui.tui.grounded import grounded
from hitl_tui.tui.layout import Layout

ALARMS_SHOWN = 3
LARGE = 1_000_000
"""Code points of context from which the text is shown before it has been compared."""
COMPARING = Grounding(0.0, 0.0, (), (), "the sources are long and still being compared")


@dataclass(frozen=True)
class Prepared:
    """A case with everything the screen needs to paint it, and nothing that depends on its size."""

    claim: Claim
    output: Revealed
    passages: tuple[Revealed, ...]
    grounding: Grounding
    asked: Document
    left: Document
    right: Document
    right_is: str
    """What the right pane holds: `sources`, `conversation`, or `` for nothing."""

    @property
    def compared(self) -> bool:
        """Whether the marks are there; a large case is shown before they are."""
        return self.grounding is not COMPARING

    @property
    def case(self) -> Case:
        return self.claim.case

    @property
    def gutter(self) -> int:
        """Cells before the text of output and sources: a margin, the clause's number, its sign."""
        return len(str(len(self.grounding.clauses))) + 3 if self.grounding.clauses else 2

    @cached_property
    def flags(self) -> Mapping[int, tuple[Flag, ...]]:
        """The flags of each clause that has any."""
        found: dict[int, tuple[Flag, ...]] = {}
        for flag in self.grounding.flags:
            found[flag.clause] = (*found.get(flag.clause, ()), flag)
        return found

    @cached_property
    def alarms(self) -> tuple[tuple[str, Alarm], ...]:
        """Alarms of hidden or odd characters, with where they are: `output`, `source 2`, `question`."""
        found = [("output", alarm) for alarm in self.output.alarms]
        for number, passage in enumerate(self.passages, 1):
            found.extend((f"source {number}", alarm) for alarm in passage.alarms)
        for region in self.asked.regions:
            found.extend(("question", alarm) for alarm in region.revealed.alarms)
        return tuple(found)


def is_large(case: Case) -> bool:
    """Whether comparing the output with the sources takes longer than a reviewer should wait."""
    return sum(len(passage.text) for passage in case.context) > LARGE


def prepare(claim: Claim, layout: Layout | None = None, *, compare: bool = True) -> Prepared:
    """Reveal and ground one case; with the `layout` that it will be shown in, also break its lines.

    Without `compare` the text is ready at once and the marks are missing.
    """
    case = claim.case
    output = reveal(case.output or "")
    passages = tuple(reveal(passage.text) for passage in case.context)
    grounding = grounded(case) if compare else COMPARING
    starts = [clause.start for clause in grounding.clauses] if not grounding.note else []
    long_chat = len(case.input) > 1
    if passages:
        right, right_is = sources_document(case.context, passages), "sources"
    elif long_chat:
        right, right_is = conversation_document(case.input), "conversation"
    else:
        right, right_is = EMPTY, ""
    asked = case.input if passages else case.input[-1:]
    prepared = Prepared(
        claim=claim,
        output=output,
        passages=passages,
        grounding=grounding,
        asked=_asked(asked),
        left=output_document(output, starts),
        right=right,
        right_is=right_is,
    )
    if layout is not None:
        widths = layout.text_widths(prepared.gutter, bool(right_is))
        for document, width in zip((prepared.asked, prepared.left, right), widths, strict=True):
            document.lines(width)
    return prepared


def _asked(turns: tuple[Message, ...]) -> Document:
    if len(turns) == 1:
        return output_document(reveal(turns[0].content))
    return conversation_document(turns) if turns else EMPTY


def alarm_words(prepared: Prepared) -> Shown:
    """The alarms in one line: what was found where, and what was hidden, revealed."""
    found: dict[str, dict[str, None]] = {}
    for where, alarm in prepared.alarms:
        found.setdefault(where, {})[ALARM_KINDS[alarm.kind]] = None
    words = " · ".join(
        f"{where}: {', '.join(kinds)}" for where, kinds in list(found.items())[:ALARMS_SHOWN]
    )
    if len(found) > ALARMS_SHOWN:
        words += f" · and in {len(found) - ALARMS_SHOWN} more places"
    hidden = dict.fromkeys(alarm.decoded for _, alarm in prepared.alarms if alarm.decoded)
    if not hidden:
        return message("{words}", words=words)
    return message(
        "it reads: {hidden} · {words}", words=words, hidden=" / ".join(list(hidden)[:ALARMS_SHOWN])
    )
