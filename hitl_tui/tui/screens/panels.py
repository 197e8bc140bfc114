"""The panels over a case: guideline, batch, history, queue, disputes, my day, every action by name."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from hitl_tui.later import later
from hitl_tui.model.case import Signal
from hitl_tui.model.clock import utc_now
from hitl_tui.model.text import Shown, message, reveal, reveal_line
from hitl_tui.model.verdict import DECISIONS, WRITES_TEXT
from hitl_tui.model.work import Cause
from hitl_tui.queue.protocol import QueueError, Record, StoredVerdict
from hitl_tui.tui.deciding import past_of
from hitl_tui.tui.desk import Desk, Item, seconds_left
from hitl_tui.tui.document import EMPTY, Document
from hitl_tui.tui.face import clock_words, labelled
from hitl_tui.tui.keymap import ACTIONS, keys_of
from hitl_tui.tui.keypage import key_document, sentence_of
from hitl_tui.tui.page import Page
from hitl_tui.tui.paint import piece
from hitl_tui.tui.prose import flowing
from hitl_tui.tui.screens.answering import Answering
from hitl_tui.tui.widgets.rows import Line

if TYPE_CHECKING:
    from hitl_tui.tui import pages
    from hitl_tui.tui.widgets import listing
    from hitl_tui.tui.widgets.listing import Entry
else:
    [pages] = later("hitl_tui.tui", "pages")
    [listing] = later("hitl_tui.tui.widgets", "listing")

HISTORY = 200
"""Verdicts that the history lists."""
DAY = 5000
"""Verdicts that `my day` looks at."""
COMING = 10
CAUSES: dict[Cause, Shown] = {
    "ambiguous": Shown("the case can be read in more than one way"),
    "guideline_gap": Shown("the guideline does not say, or says two things"),
    "error": Shown("one of them overlooked something"),
    "values": Shown("they weigh the same facts differently"),
}


class Settling(NamedTuple):
    """How a dispute may be settled: a decision, and for one that writes a text, whose."""

    decision: str
    output: str | None
    words: Shown


class Panels(Answering, inherit_bindings=False):
    """Opens what lies over the review and acts on what was chosen there."""

    def __init__(self, desk: Desk, **fields: Any) -> None:
        super().__init__(**fields)
        self.desk = desk
        self.started: datetime = utc_now()
        self._acknowledged = ""
        """The version of the guideline that was acknowledged in this sitting."""

    def _go_to_case(self, item: Item) -> None:
        raise NotImplementedError

    def _take_back(self, stored: StoredVerdict) -> None:
        raise NotImplementedError

    def _run(self, action_id: str) -> None:
        raise NotImplementedError

    async def _guarded(self, work: Awaitable[None], *, decides: bool = False) -> bool:
        raise NotImplementedError

    def _send_to_clipboard(self, text: str) -> Shown:
        sent: Shown = cast(Any, self.app).send_out(text)
        return sent

    def _later(self, work: Awaitable[None]) -> None:
        """Do something that asks the store, and open a panel when it has answered."""
        self.run_worker(self._guarded(work), group="panel", exclusive=True)

    def _kind(self) -> Any:
        return self.item.claim.case.kind if self.item is not None else None

    # -- pages ---------------------------------------------------------------------------------------

    def _read(self, title: Shown, document: Document, opened_by: str, **more: Any) -> None:
        from hitl_tui.tui.screens.reader import Reader  # noqa: PLC0415  (not before the first case)

        self.app.push_screen(self._reader(Reader, title, document, opened_by, **more))

    def _reader(
        self, reader: Any, title: Shown, document: Document, opened_by: str, **more: Any
    ) -> Any:
        ground = self.grounds["pane"]
        return reader(title, document, self.keymap, self.looks, ground, opened_by=opened_by, **more)

    def _do_help(self) -> None:
        self._read(Shown("All keys"), key_document(self.keymap, self._kind()), "help")

    def _read_scores(self, signals: Sequence[Signal]) -> None:
        self._read(Shown("Why here"), pages.scores_page(signals), "reveal")

    def _do_guideline(self) -> None:
        try:
            guideline = self.handbook.guideline
            unread = self.handbook.unread()
        except (OSError, ValueError) as error:
            self._say(message("the guideline cannot be read: {why}", why=error), "look")
            return
        document, starts, title = pages.guideline_page(guideline, unread)
        section = self.handbook.section_for(self.item.claim.case) if self.item is not None else None
        start = starts.get(section.id, 0) if section is not None else 0
        self._read(title, document, "guideline", stops=tuple(starts.values()), start=start)
        try:
            self.handbook.note_read()
        except OSError as error:
            self._say(message("that you read it could not be noted: {why}", why=error), "look")
        if self._acknowledged != guideline.version:
            self._acknowledged = guideline.version
            self.run_worker(
                self._guarded(self._acknowledge(guideline.version)), group="acknowledge"
            )

    async def _acknowledge(self, version: str) -> None:
        if await self.desk.acknowledge(version):
            self._say(message("noted: you have read version {version}", version=version), "dim")

    def _tell_of_changes(self) -> None:
        """Say once that the guideline is another than the one this reviewer has read."""
        try:
            changed = len(self.handbook.unread())
        except (OSError, ValueError):
            return  # `h` says why it cannot be read
        if changed and self._notice is None:
            self._say(
                message(
                    "the guideline has changed since you read it, sections: {n} · {key} opens it",
                    n=changed,
                    key=self._key("guideline"),
                ),
                "look",
            )

    def _fill_side(self) -> None:
        """The batch with the case at hand, and the section of the guideline that it is about."""
        if self.side is None or not self.side.display:
            return
        at = self.desk.items.index(self.item) if self.item in self.desk.items else 0
        self.side.show_batch(self.batch_entries(), at)
        if self.item is None:
            return
        try:
            section = self.handbook.section_for(self.item.claim.case)
        except (OSError, ValueError) as error:
            self.side.show_section(message("no guideline"), message("{why}", why=error))
            return
        if section is not None:
            title = reveal_line(section.title, 60)
            self.side.show_section(title, reveal(flowing(section.text)).text)

    def _do_overview(self) -> None:
        self._later(self._overview())

    async def _overview(self) -> None:
        status, holders = await self.desk.status(), await self.desk.holders()
        try:
            coming: Any = await self.desk.upcoming(COMING)
        except QueueError as refused:
            coming = refused.sentence
        page = pages.overview_page(status, holders, coming, self.desk.reviewer)
        self._read(Shown("The queue"), page, "overview")

    def _do_my_day(self) -> None:
        self._later(self._my_day())

    async def _my_day(self) -> None:
        verdicts = await self.desk.latest(DAY)
        self._read(Shown("My day"), pages.day_page(verdicts, utc_now(), self.started), "my-day")

    # -- lists ---------------------------------------------------------------------------------------

    async def _choose(self, title: Shown, entries: list[Entry], **more: Any) -> Any:
        from hitl_tui.tui.screens.chooser import Chooser  # noqa: PLC0415  (not before the first case)

        ground = self.grounds["pane"]
        chooser = Chooser(title, entries, self.keymap, self.looks, ground, **more)
        return await self.app.push_screen_wait(chooser)

    def batch_entries(self) -> list[Entry]:
        """The cases at hand, one line each."""
        entries = []
        for place, item in enumerate(self.desk.items):
            case = item.claim.case
            asked = case.input[-1].content if case.input else ""
            left = [piece(f"{place + 1 + self.desk.finished:>3}  ", "dim")]
            left += [(reveal_line(case.id, 24), "strong"), piece("  ")]
            left += [piece(f"{case.kind}  ", "dim")] if case.kind != "response" else []
            left.append((reveal_line(asked, 100), "text"))
            right = [piece("draft  ", "look")] if item.rationale or item.edited is not None else []
            remaining = seconds_left(item)
            right += [piece(f"{clock_words(remaining)} ", "dim")] if remaining is not None else []
            entries.append(listing.Entry(Line(left, right), item.case_id))
        return entries

    def _do_batch(self) -> None:
        self._later(self._batch())

    async def _batch(self) -> None:
        at = self.desk.items.index(self.item) if self.item in self.desk.items else 0
        chosen = await self._choose(
            Shown("The cases at hand"), self.batch_entries(), at=at, opened_by="batch",
            verbs={"enter": "go there"}, empty=Shown("no case is at hand"),
        )  # fmt: skip
        item = self.desk.at_hand(chosen.value) if chosen else None
        if item is not None:
            self._go_to_case(item)

    def _do_history(self) -> None:
        self._later(self._history())

    async def _history(self) -> None:
        stored = {one.verdict.id: one for one in await self.desk.latest(HISTORY)}
        decided = [past_of(one.verdict.decision) for one in stored.values()]
        column = max(map(len, decided), default=0)
        entries = [_history_entry(one, column, utc_now()) for one in stored.values()]
        chosen = await self._choose(
            Shown("My latest verdicts"), entries, opened_by="history",
            verbs={"enter": "take it back", "u": "take it back"},
            empty=Shown("you have decided nothing yet"),
        )  # fmt: skip
        if chosen:
            self._take_back(stored[chosen.value])

    def _do_palette(self) -> None:
        self._later(self._palette())

    async def _palette(self) -> None:
        entries: list[Entry] = []
        useless: list[Entry] = []
        kind, wide = self._kind(), not self.layout_now.stacked
        for action in ACTIONS:
            label, sentence = labelled(action, kind), sentence_of(action, kind)
            keys = "  ".join(reveal_line(key) for key in keys_of(self.keymap, action.id))
            name = label or action.label
            words = sentence or f"decides nothing in a {kind} case"
            left = [piece(f"{name:<18} ", "strong" if label else "faint"), piece(words, "dim")]
            line = Line(left, [piece(f"{keys} ", "key")])
            whole = EMPTY if wide else Page().line(words, "dim").document()
            entry = listing.Entry(line, action.id, whole, f"{name} {action.id} {words}")
            (entries if label else useless).append(entry)
        chosen = await self._choose(
            Shown("Do what?"),
            [*entries, *useless], opened_by="palette", typing=True,
            verbs={"enter": "do it"}, empty=Shown("no action is called that"),
        )  # fmt: skip
        if chosen:
            self._run(chosen.value)

    # -- disputes ------------------------------------------------------------------------------------

    def _do_disputes(self) -> None:
        self._later(self._disputes())

    async def _disputes(self) -> None:
        found = await self.desk.disputes()
        entries = [
            listing.Entry(
                Line(
                    [(reveal_line(one.case_id, 40), "strong"), piece("  "), (reveal_line(one.pool, 24), "dim")],
                    [piece(f"since {pages.when(one.since, utc_now())} ", "dim")],
                ),
                one.case_id,
            )
            for one in found
        ]  # fmt: skip
        chosen = await self._choose(
            Shown("Disputes"), entries, opened_by="disputes",
            verbs={"enter": "look at it"}, empty=Shown("no case is in dispute"),
        )  # fmt: skip
        if chosen:
            await self._settle(await self.desk.record(chosen.value))

    async def _settle(self, record: Record) -> None:
        from hitl_tui.tui.screens.reader import Reader  # noqa: PLC0415

        mine = any(one.verdict.reviewer == self.desk.reviewer for one in record.verdicts)
        if mine:
            self._say(Shown("one of its verdicts is yours: somebody else settles it"), "look")
            return
        title = message("Dispute  {id}", id=reveal_line(record.case.id, 40))
        page, stops = pages.dispute_page(record)
        reader = self._reader(
            Reader, title, page, "disputes", stops=stops, extra={"enter": "settle it"}
        )
        if await self.app.push_screen_wait(reader) != "enter":
            return
        ways = {str(place): way for place, way in enumerate(_settlings(record), 1)}
        entries = [listing.Entry(Line([(way.words, "text")]), place) for place, way in ways.items()]
        chosen = await self._choose(
            Shown("How is it decided?"), entries, verbs={"enter": "this way"}, empty=Shown("")
        )
        if not chosen:
            return
        way = ways[chosen.value]
        causes = [
            listing.Entry(Line([piece(f"{cause:<14} ", "strong"), (words, "dim")]), cause)
            for cause, words in CAUSES.items()
        ]
        cause = await self._choose(
            Shown("Why do they differ?"),
            causes,
            verbs={"enter": "because of this"},
            empty=Shown(""),
        )
        if not cause:
            return
        resolution = await self.desk.adjudicate(
            record, way.decision, cast(Cause, cause.value), way.output
        )
        self._say(
            message(
                "settled: {id} is {what}",
                id=reveal_line(record.case.id, 40),
                what=past_of(resolution.decision),
            ),
            "dim",
        )


def _settlings(record: Record) -> list[Settling]:
    """Every decision of the kind; one that writes a text once for each text that a verdict wrote."""
    ways = []
    for decision in DECISIONS[record.case.kind]:
        if decision == "escalate":
            continue
        if decision not in WRITES_TEXT:
            ways.append(Settling(decision, None, message("{decision}", decision=decision)))
            continue
        for letter, verdict in pages.blind(record):
            if verdict.decision == decision:
                words = message(
                    "{decision}, with the text of {letter}", decision=decision, letter=letter
                )
                ways.append(Settling(decision, verdict.edited_output, words))
    return ways


def _history_entry(stored: StoredVerdict, column: int, now: datetime) -> Entry:
    verdict = stored.verdict
    at = pages.when(verdict.decided_at, now) if verdict.decided_at else ""
    left = [
        piece(f"{past_of(verdict.decision):<{column}}  ", "strong"),
        (reveal_line(verdict.case_id, 40), "text"),
    ]
    left += [piece("  "), (reveal_line(", ".join(verdict.labels), 60), "dim")]
    detail = Page()
    for name, text in (("because", verdict.rationale), ("new text", verdict.edited_output)):
        if text:
            detail.hang(len(name) + 1).add(f"{name} ", "dim").line(reveal_line(text, 400))
    return listing.Entry(Line(left, [piece(f"{at} ", "dim")]), verdict.id, detail.document())
