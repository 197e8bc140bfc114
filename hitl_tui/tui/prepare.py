"""Makes a claimed case ready to be shown: reveals, grounds, lays out. Pure, so it runs off the UI thread."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from hitl_tui.grounding import Grounding
from hitl_tui.model.case import Case, Message
from hitl_tui.model.text import ALARM_KINDS, Alarm, Revealed, Shown, message, reveal
from hitl_tui.model.work import Claim
from hitl_tui.tui.document import (
    EMPTY,
    Document,
    Layer,
    Mark,
    conversation_document,
    output_document,
)
from hitl_tui.tui.kinds import Seat, View, view_of
from hitl_tui.tui.layout import Layout

if TYPE_CHECKING:
    from hitl_tui.grounding import Flag, Index

ALARMS_SHOWN = 3
LARGE = 1_000_000
LARGE_OUTPUT = 60_000
"""Code points of context, and of output, from which the text is shown before it has been compared."""
COMPARING = Grounding(0.0, 0.0, (), (), "the text is still being compared")
NOBODY = Seat()


class Writable(NamedTuple):
    """A text that the reviewer may write over: saving it gives `decision`; `pane` is where it stands.

    `name` says what it is, above the editor. Without `compare` there is nothing that the new text differs from.
    """

    decision: str
    pane: str
    base: Revealed
    compare: bool = True
    name: str = "output"


class Change(NamedTuple):
    """Two texts of the case whose difference is worth a look, each with its name."""

    old_name: str
    old: Shown
    new_name: str
    new: Shown


Tie = tuple[int, int, int]
"""A half-open range of display offsets, and the index of the clause that it belongs to."""


@dataclass(frozen=True, eq=False, repr=False)
class Marked:
    """The clauses to check under one budget, by index: in the order of the text, and the worst first.

    `evidence` is where the nearest evidence of them stands; of many at one place the first two.
    """

    places: tuple[int, ...]
    worst: tuple[int, ...]
    evidence: Layer[Tie]

    def __contains__(self, clause: int) -> bool:
        at = bisect_left(self.places, clause)
        return at < len(self.places) and self.places[at] == clause

    def beside(self, clause: int, step: int) -> int:
        """The next (+1) or previous (-1) one seen from any clause, around the ends."""
        at = bisect_right(self.places, clause) if step > 0 else bisect_left(self.places, clause) - 1
        return self.places[at % len(self.places)]

    def worse(self, clause: int, step: int) -> int | None:
        """The one after (+1) or before (-1) a marked clause by how bad it is, around the ends."""
        at = self._ranks.get(clause)
        return None if at is None else self.worst[(at + step) % len(self.worst)]

    @cached_property
    def _ranks(self) -> Mapping[int, int]:
        return {clause: rank for rank, clause in enumerate(self.worst)}


@dataclass(frozen=True, eq=False, repr=False)
class Prepared:
    """A case with everything the screen needs to paint it, and nothing that depends on its size."""

    claim: Claim
    output: Revealed
    """What is judged; it is the first region of `left`, and spans of verdicts are offsets in it."""
    passages: tuple[Revealed, ...]
    grounding: Grounding
    asked: Document
    left: Document
    right: Document
    right_is: str
    """What the right pane holds: `sources`, `conversation`, another name, or `` for nothing."""
    titles: tuple[str, str] = ("Output", "Sources")
    """What the two panes are called."""
    writables: tuple[Writable, ...] = ()
    order: tuple[str, ...] = ()
    """The ids of the candidates in the order of the panes."""
    decisions: Mapping[str, str] = field(default_factory=dict)
    """What the decisions of this case's answers are called in its verdict, where it depends on the case."""
    change: Change | None = None
    index: Index | None = None
    """The index of the sources, kept so that an edited output can be compared at once."""
    _marked: dict[float, Marked] = field(default_factory=dict, init=False)

    def marked(self, budget: float) -> Marked:
        """The clauses to check within a share of the output; worked out once for each budget."""
        if (known := self._marked.get(budget)) is None:
            clauses, places = self.grounding.clauses, self.grounding.marked(budget)
            worst = sorted(places, key=lambda i: (i not in self.flags, -clauses[i].score, i))
            known = Marked(places, tuple(worst), self._evidence(places, most=2))
            self._marked[budget] = known
        return known

    def settle(self, budget: float) -> None:
        """Work out what the marks are found by, so that no key has to wait for it."""
        _ = self.marked(budget), self.flags, self.clauses_by_place, self.flags_by_place
        _ = self.evidence_by_place, self.left.alarms, self.right.alarms, self.warning

    @property
    def compared(self) -> bool:
        """Whether the marks are there; a large case is shown before they are."""
        return self.grounding is not COMPARING

    @property
    def case(self) -> Case:
        return self.claim.case

    @property
    def view(self) -> View:
        """How cases of this kind are worked on."""
        return view_of(self.case.kind)

    @property
    def gutter(self) -> int:
        """Cells before the text of output and sources: a margin, the clause's number, its sign."""
        if not self.compared and self.passages:
            return 4  # what most outputs will have: the text does not move when its marks come
        return len(str(len(self.grounding.clauses))) + 3 if self.grounding.clauses else 2

    @cached_property
    def flags(self) -> Mapping[int, tuple[Flag, ...]]:
        """The flags of each clause that has any."""
        found: dict[int, tuple[Flag, ...]] = {}
        for flag in self.grounding.flags:
            found[flag.clause] = (*found.get(flag.clause, ()), flag)
        return found

    @cached_property
    def clauses_by_place(self) -> Layer[Tie]:
        """Where each clause stands in the left pane, by display offsets, with its index."""
        return Layer(
            (*self.left.locate(0, clause.start, clause.end), number)
            for number, clause in enumerate(self.grounding.clauses)
        )

    @cached_property
    def flags_by_place(self) -> Layer[Tie]:
        """Where each flag stands in the left pane, with the index of its clause."""
        return Layer(
            (*self.left.locate(0, flag.start, flag.end), flag.clause)
            for flag in self.grounding.flags
        )

    @cached_property
    def evidence_by_place(self) -> Layer[Tie]:
        """Where nearest evidence stands in the sources, with the index of the first clause it is that of."""
        return self._evidence(range(len(self.grounding.clauses)), most=1)

    def _evidence(self, numbers: Iterable[int], most: int) -> Layer[Tie]:
        """The nearest evidence of clauses, at most so many of them at one place: many lean on the same."""
        known: dict[tuple[int, int, int], list[int]] = {}
        for number in numbers:
            for place in self.grounding.clauses[number].evidence[:1]:
                here = known.setdefault((place.passage, place.start, place.end), [])
                if len(here) < most:
                    here.append(number)
        return Layer(
            (*self.right.locate(*place), number) for place, here in known.items() for number in here
        )

    @cached_property
    def signals_by_place(self) -> Layer[Mark]:
        """Where the guardrails' spans stand in the left pane, as marks."""
        return Layer(
            Mark(*self.left.locate(0, *span), "flag")
            for signal in self.case.signals
            for span in signal.spans
        )

    @cached_property
    def alarms(self) -> tuple[tuple[str, Alarm], ...]:
        """Alarms of hidden or odd characters, with where they are: `output`, `source 2`, `question`."""
        return tuple(self._alarms())

    @cached_property
    def warning(self) -> Shown:
        """The alarms in one line: what was found where, and what was hidden, revealed; `` without any."""
        return _alarm_words(self.alarms)

    @cached_property
    def warning_folded(self) -> Shown:
        """The same of a case whose text is folded: what was hidden in it is not told."""
        return _alarm_words(
            [(where, Alarm(one.kind, one.start, one.end, one.note)) for where, one in self.alarms]
        )

    def _alarms(self) -> Iterator[tuple[str, Alarm]]:
        left, right = (title.lower() for title in self.titles)
        for region in self.left.regions:
            yield from ((left, alarm) for alarm in region.revealed.alarms)
        for region in self.right.regions:
            where = f"source {region.passage + 1}" if self.right_is == "sources" else right
            yield from ((where, alarm) for alarm in region.revealed.alarms)
        for region in self.asked.regions:
            yield from (("question", alarm) for alarm in region.revealed.alarms)

    def writable(self, decision: str | None, pane: str) -> Writable | None:
        """The text that `decision` is about; without one the text of the pane, or the only one."""
        if decision is not None:
            return next((one for one in self.writables if one.decision == decision), None)
        here = [one for one in self.writables if one.pane == pane]
        return next(iter(here or self.writables), None)


def is_large(case: Case) -> bool:
    """Whether comparing the output with the sources takes longer than a reviewer should wait."""
    context = sum(len(passage.text) for passage in case.context)
    return context > LARGE or (context > 0 and len(case.output or "") > LARGE_OUTPUT)


def prepare(
    claim: Claim,
    layout: Layout | None = None,
    *,
    compare: bool = True,
    seat: Seat = NOBODY,
    hurry: bool = False,
) -> Prepared:
    """Lay one case out as its kind wants it; with the `layout` that it is for, also break its lines.

    Without `compare` the text is ready at once and the marks are missing. In a `hurry` the lines of a long
    text are left to whoever shows it.
    """
    prepared = view_of(claim.case.kind).lay_out(claim, seat)
    if compare:
        return with_marks(prepared, layout, seat)
    return _settled(prepared, layout, seat, hurry=hurry)


def with_marks(prepared: Prepared, layout: Layout | None = None, seat: Seat = NOBODY) -> Prepared:
    """A case that is laid out already, with its marks; the texts and their lines are kept where they can be."""
    compare = prepared.view.compare
    return _settled(compare(prepared) if compare else prepared, layout, seat)


def completed(prepared: Prepared, layout: Layout | None = None, seat: Seat = NOBODY) -> Prepared:
    """A case that is on the screen already, with its marks; the lines that were left are broken before.

    Not both at once: the screen shares one interpreter with whoever computes.
    """
    _break_lines(prepared, layout)
    return with_marks(prepared, layout, seat)


def _settled(
    prepared: Prepared, layout: Layout | None, seat: Seat, *, hurry: bool = False
) -> Prepared:
    prepared.settle(seat.budget)
    _break_lines(prepared, layout, hurry=hurry)
    return prepared


def _break_lines(prepared: Prepared, layout: Layout | None, *, hurry: bool = False) -> None:
    if layout is None:
        return
    widths = layout.text_widths(prepared.gutter, bool(prepared.right_is))
    documents = (prepared.asked, prepared.left, prepared.right)
    for document, width in zip(documents, widths, strict=True):
        if not (hurry and document.long):
            document.lines(width)


def asked_document(turns: Sequence[Message]) -> Document:
    """What was asked: one turn as it is, several under their roles."""
    if len(turns) == 1:
        return output_document(reveal(turns[0].content))
    return conversation_document(turns) if turns else EMPTY


def _alarm_words(alarms: Sequence[tuple[str, Alarm]]) -> Shown:
    found: dict[str, dict[str, None]] = {}
    for where, alarm in alarms:
        found.setdefault(where, {})[ALARM_KINDS[alarm.kind]] = None
    words = " · ".join(
        f"{where}: {', '.join(kinds)}" for where, kinds in list(found.items())[:ALARMS_SHOWN]
    )
    if len(found) > ALARMS_SHOWN:
        words += f" · and in {len(found) - ALARMS_SHOWN} more places"
    hidden = dict.fromkeys(alarm.decoded for _, alarm in alarms if alarm.decoded)
    if not hidden:
        return message("{words}", words=words)
    return message(
        "it reads: {hidden} · {words}", words=words, hidden=" / ".join(list(hidden)[:ALARMS_SHOWN])
    )
