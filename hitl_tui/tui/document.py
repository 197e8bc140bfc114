"""The documents that the panes show: revealed texts joined into one, with a way back to the raw."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from hitl_tui.model.case import Message, Passage
from hitl_tui.model.text import Revealed, Shown, message, reveal, reveal_line
from hitl_tui.tui.cells import edition
from hitl_tui.tui.wrap import Lines, sketch, wrap

AT_ONCE = 1_000_000
"""Display characters whose lines are broken at once; for more a thread does it."""


class Mark(NamedTuple):
    """A style on a half-open range of display offsets; later marks lie over earlier ones."""

    start: int
    end: int
    style: str


class Sign(NamedTuple):
    """A few cells in the gutter of the line that shows `offset`."""

    offset: int
    text: Shown
    style: str


Over = Callable[[int, int], tuple[Sequence[Mark], Sequence[Sign]]]
"""Gives the marks and signs that touch the text between two display offsets, for the lines in view."""


def unmarked(start: int, end: int) -> tuple[Sequence[Mark], Sequence[Sign]]:
    """Nothing lies over the text."""
    return (), ()


def signed(word: str) -> Over:
    """Our own word in the gutter of the first line, and nothing else."""
    sign = Sign(0, Shown(word), "dim")
    return lambda start, end: ((), (sign,))


Place = TypeVar("Place", bound=tuple[int, int, object])


class Layer(Generic[Place]):
    """Places of a text, each a tuple with its half-open range first; finds those that touch a range.

    Ranges may overlap and keep the order of their starts, of equal ones that in which they were given.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = sorted(places, key=lambda place: place[0])
        self._starts = [place[0] for place in self._places]
        self._reach = list(accumulate((place[1] for place in self._places), max))

    def between(self, start: int, end: int) -> list[Place]:
        """The places that share a character with a range; the cost is that of what is near it."""
        first = bisect_right(self._reach, start)
        last = bisect_left(self._starts, end)
        return [place for place in self._places[first:last] if place[1] > start]


class Region(NamedTuple):
    """Where one raw text stands in a document: `passage` is its place in it, display offsets half-open."""

    passage: int
    start: int
    end: int
    revealed: Revealed


@dataclass(frozen=True)
class Document:
    """One display text with the regions that came from raw texts and the marks of its own headings."""

    text: Shown
    regions: tuple[Region, ...] = ()
    marks: tuple[Mark, ...] = ()
    breaks: tuple[int, ...] = ()
    hangs: tuple[tuple[int, int], ...] = ()
    """Entries of lists: where each begins, and by how many cells it hangs where it is broken."""
    _lines: dict[tuple[int, int], Lines] = field(default_factory=dict, repr=False, compare=False)
    _sketches: dict[tuple[int, int], Lines] = field(default_factory=dict, repr=False, compare=False)
    _breaking: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def long(self) -> bool:
        """Whether breaking its lines takes longer than anybody should wait."""
        return len(self.text) > AT_ONCE

    def lines(self, width: int) -> Lines:
        """The line table at `width` cells, kept: the work is done once, where it is first asked."""
        if (known := self._lines.get((edition(), width))) is None:
            with self._breaking:
                known = self._lines.get((edition(), width))
                if known is None:
                    known = wrap(self.text, width, self.breaks, self.hangs)
                    self._lines[edition(), width] = known
                    self._sketches.clear()
        return known

    def ready(self, width: int) -> bool:
        """Whether `lines(width)` costs nothing."""
        return (edition(), width) in self._lines

    def nearest(self, width: int) -> Lines:
        """The table of the width that comes nearest, of those that are there; without any a sketch of one."""
        known = [place for place in self._lines if place[0] == edition()]
        if known:
            return self._lines[min(known, key=lambda one: abs(one[1] - width))]
        if (edition(), width) not in self._sketches:
            self._sketches.clear()
            made = sketch(self.text, width, self.breaks, self.hangs)
            self._sketches[edition(), width] = made
        return self._sketches[edition(), width]

    def locate(self, passage: int, start: int, end: int) -> tuple[int, int]:
        """Display offsets of the raw range of a passage; (0, 0) for a passage that is not here."""
        if not 0 <= passage < len(self.regions):
            return 0, 0
        region = self.regions[passage]
        first, last = region.revealed.span_to_display(start, end)
        return region.start + first, region.start + last

    @cached_property
    def own(self) -> Layer[Mark]:
        """Its `marks` by their place."""
        return Layer(self.marks)

    @cached_property
    def alarms(self) -> Layer[Mark]:
        """Where its raw texts have hidden or odd characters."""
        return Layer(
            Mark(*self.locate(number, alarm.start, alarm.end), "alarm")
            for number, region in enumerate(self.regions)
            for alarm in region.revealed.alarms
        )

    def passage_at(self, offset: int) -> int:
        """The index of the passage whose text or heading stands at a display offset."""
        at = bisect_right([region.end for region in self.regions], offset)
        return self.regions[min(at, len(self.regions) - 1)].passage if self.regions else 0


EMPTY = Document(Shown(""))


def output_document(revealed: Revealed, clause_starts: Sequence[int] = ()) -> Document:
    """The output, each clause (raw offsets of their starts) on a line of its own."""
    text = revealed.text
    wanted = sorted({revealed.to_display(start) for start in clause_starts if start > 0})
    breaks = tuple(at for at in wanted if not _begins_line(text, at))
    return Document(text, (Region(0, 0, len(text), revealed),), (), breaks)


def _begins_line(text: str, at: int) -> bool:
    """Whether nothing but an indentation stands before `at` in its line: a break there would make up a line."""
    while at > 0 and text[at - 1] in " ␉":
        at -= 1
    return at == 0 or text[at - 1] == "\n"


class Part(NamedTuple):
    """One raw text of a document, under a heading: a name, and details that matter less."""

    name: Shown
    details: Shown
    body: Revealed
    hangs: tuple[tuple[int, int], ...] = ()
    """Entries of lists in the body, as a document has them."""


def sources_document(passages: Sequence[Passage], revealed: Sequence[Revealed]) -> Document:
    """All passages in rank order, each under a heading with its title, id and retrieval score."""
    return headed_document(source_parts(passages, revealed))


def conversation_document(messages: Iterable[Message]) -> Document:
    """The turns of a chat, oldest first, each under its role."""
    return headed_document(conversation_parts(messages))


def source_parts(passages: Sequence[Passage], revealed: Sequence[Revealed]) -> list[Part]:
    """The passages with their headings."""
    parts = []
    for index, (passage, body) in enumerate(zip(passages, revealed, strict=True)):
        name = reveal_line(passage.title or passage.id or f"Source {index + 1}", 60)
        details = []
        if passage.title and passage.id:
            details.append(reveal_line(passage.id, 60))
        if passage.score is not None:
            details.append(message("score {score}", score=f"{passage.score:.2f}"))
        parts.append(Part(name, Shown(" · ".join(details)), body))
    return parts


def conversation_parts(messages: Iterable[Message]) -> list[Part]:
    """The turns with their roles."""
    return [
        Part(Shown(_ROLE_WORDS[turn.role]), Shown(""), reveal(turn.content)) for turn in messages
    ]


_ROLE_WORDS = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "model",
    "tool": "tool",
}


def headed_document(parts: Sequence[Part]) -> Document:
    """The parts one below the other, each under its heading; a region for each."""
    pieces: list[str] = []
    marks: list[Mark] = []
    regions: list[Region] = []
    hangs: list[tuple[int, int]] = []
    at = 0
    for index, part in enumerate(parts):
        head = f"{part.name}  {part.details}" if part.details else str(part.name)
        marks.append(Mark(at, at + len(part.name), "head"))
        marks.append(Mark(at + len(part.name), at + len(head), "dim"))
        start = at + len(head) + 1
        end = start + len(part.body.text)
        regions.append(Region(index, start, end, part.body))
        hangs += ((start + entry, cells) for entry, cells in part.hangs)
        closing = "" if index == len(parts) - 1 else "\n\n"
        pieces.extend((head, "\n", part.body.text, closing))
        at = end + len(closing)
    return Document(Shown("".join(pieces)), tuple(regions), tuple(marks), hangs=tuple(hangs))
