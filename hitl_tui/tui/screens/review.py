"""The review screen: shows the case at hand, turns keys into decisions, never loses what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Literal

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.timer import Timer

from hitl_tui import __version__
from hitl_tui.config.settings import Reason, Settings
from hitl_tui.model.case import RawText
from hitl_tui.model.clock import utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.model.text import Shown, message, reveal, reveal_line, unreveal
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.protocol import (
    Connection,
    LeaseLost,
    QueueError,
    Receipt,
    UndoRefused,
    Unreachable,
)
from hitl_tui.tui import face
from hitl_tui.tui.desk import Desk, Item, until_words
from hitl_tui.tui.diffview import NO_CHANGE, diff_document
from hitl_tui.tui.document import EMPTY, Document, Sign
from hitl_tui.tui.drafts import Draft, DraftBox
from hitl_tui.tui.editing import raw_after_edit
from hitl_tui.tui.face import Looking
from hitl_tui.tui.keymap import Action, key_name, keys_of
from hitl_tui.tui.layout import ASKED_GUTTER, MIN_HEIGHT, MIN_WIDTH, Layout
from hitl_tui.tui.paint import Piece, piece
from hitl_tui.tui.prepare import Prepared, alarm_words
from hitl_tui.tui.screens.help import Help
from hitl_tui.tui.widgets.editor import Editor
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane

Mode = Literal["read", "reasons", "note", "rationale", "edit"]
WIDER_BUDGET = 0.25
DRAFT_AFTER_S = 0.3
STATUS_EVERY_S = 5.0
MAX_EDIT = 200_000
"""Code points of an output that the editor takes; longer ones are edited with `hitl verdict`."""

_PAST = {
    "approve": "approved",
    "reject": "rejected",
    "edit": "edited",
    "escalate": "escalated",
    "skip": "skipped",
}


class Review(Screen[None], inherit_bindings=False):
    """One screen for a whole shift. It talks to the queue through the desk only."""

    def __init__(
        self,
        desk: Desk,
        drafts: DraftBox,
        settings: Settings,
        keymap: Mapping[str, Action],
        looks: Mapping[str, Style],
        grounds: Mapping[str, Style],
    ) -> None:
        super().__init__()
        self.desk = desk
        self.drafts = drafts
        self.settings = settings
        self.keymap = keymap
        self.looks = looks
        self.grounds = grounds
        self.mode: Mode = "read"
        self.busy = True
        self.item: Item | None = None
        self.prepared: Prepared | None = None
        self.looking = Looking(settings.review.mark_budget)
        self.focus_on = "output"
        self.zoomed = False
        self.failure: QueueError | None = None
        self._notice: Piece | None = None
        self._idle_online: bool | None = None
        self._told = Shown("")
        self._unsettled: set[str] = set()
        self._waiting: int | None = None
        self._shown_at = 0.0
        self._last_key: tuple[str, float] = ("", 0.0)
        self._last_reason: Reason | None = None
        self._draft_timer: Timer | None = None
        self._passage = 0
        bar, pane, page = grounds["bar"], grounds["pane"], grounds["page"]
        self.bar = Rows(looks, bar, rows_id="bar")
        self.asked = TextPane(looks, page, pane_id="asked")
        self.output_title = Rows(looks, pane, rows_id="output-title", indent=0)
        self.output = TextPane(looks, pane, pane_id="output")
        self.right_title = Rows(looks, pane, rows_id="right-title", indent=0)
        self.sources = TextPane(looks, pane, pane_id="sources")
        self.why = Rows(looks, page, rows_id="why")
        self.keys = Rows(looks, bar, rows_id="keys")
        self.small = Rows(looks, page, rows_id="small")
        self.left = Vertical(self.output_title, self.output, id="left")
        self.right = Vertical(self.right_title, self.sources, id="right")
        self.main = Container(self.left, self.right, id="main")
        self.output_title.add_class("title")
        self.right_title.add_class("title")

    # -- building and sizes ---------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.bar
        yield self.asked
        yield self.main
        yield self.why
        yield self.keys
        yield self.small

    def on_mount(self) -> None:
        self.main.styles.layout = "horizontal"
        self._arrange()
        self.run_worker(self._guarded(self._begin()), exclusive=False)

    def on_resize(self) -> None:
        self._arrange()
        if self.prepared is not None:
            self.call_after_refresh(self._bring_claim)
        self._paint()

    @property
    def layout_now(self) -> Layout:
        """The arrangement for the terminal's present size."""
        return Layout(*self.app.size)

    def _arrange(self) -> None:
        layout = self.layout_now
        self.desk.layout = layout
        self.set_class(layout.small, "small")
        self.set_class(layout.stacked, "stacked")
        self.set_class(layout.airy, "airy")
        self.main.styles.layout = "vertical" if layout.stacked else "horizontal"
        self.small.set(
            Line([(message("hitl needs {w}x{h}", w=MIN_WIDTH, h=MIN_HEIGHT), "look-strong")]),
            Line([(message("this terminal has {w}x{h}", w=layout.width, h=layout.height), "dim")]),
        )
        two = self.prepared is None or bool(self.prepared.right_is)
        zoom_left = self.zoomed and self.focus_on == "output"
        zoom_right = self.zoomed and self.focus_on == "sources"
        zoom_asked = self.zoomed and self.focus_on == "asked"
        editing = self.mode == "edit"
        self.main.display = not zoom_asked
        self.left.display = not zoom_right or editing
        self.right.display = two and not zoom_left
        self.asked.display = not (zoom_left or zoom_right)
        if layout.stacked and two and not self.zoomed:
            room = max(8, layout.height - 4 - self._asked_height(layout))
            strip = layout.strip_lines(room)
            big_right = self.focus_on == "sources" and not editing
            self.left.styles.height = strip if big_right else "1fr"
            self.right.styles.height = "1fr" if big_right else strip
        else:
            self.left.styles.height = self.right.styles.height = "1fr"
        self.asked.styles.height = "1fr" if zoom_asked else self._asked_height(layout)

    def _asked_height(self, layout: Layout) -> int:
        if self.prepared is None:
            return 1
        width = layout.text_widths(self.prepared.gutter, bool(self.prepared.right_is))[0]
        return max(1, min(layout.asked_lines, len(self.prepared.asked.lines(width))))

    # -- the way of a case ----------------------------------------------------------------------------

    async def _begin(self) -> None:
        try:
            await self.desk.begin()
        except QueueError as error:
            self.failure = error
            self.app.exit(return_code=3)
            return
        await self._show_current()
        self.set_interval(1.0, self._tick)
        self.set_interval(max(1.0, self.desk.lease_s / 3), self._heartbeat)
        self._refresh_status()

    async def _show_current(self, wanted: Item | None = None) -> None:
        """Show `wanted`, or the first case at hand, or that there is none."""
        if not self.desk.items:
            await self.desk.refill()
        if not self.desk.items:
            await self._show_nothing()
            return
        item = wanted if wanted in self.desk.items else self.desk.items[0]
        prepared = await self.desk.prepared(item)
        if item.edited is None and not item.rationale:
            self._restore_draft(item)
        self._show(item, prepared)
        self.desk.prefetch(item)
        if len(self.desk.items) <= 1:
            self.run_worker(self._guarded(self._claim_ahead()), exclusive=False)

    def _show(self, item: Item, prepared: Prepared) -> None:
        self.item, self.prepared = item, prepared
        budget = self.settings.review.mark_budget
        self.looking = Looking(
            budget,
            face.worst_claim(prepared, budget),
            revealed=item.revealed or not self.settings.review.scores_hidden,
        )
        self.focus_on, self.zoomed, self._passage = "output", False, 0
        self.mode, self.busy = "read", False
        item.opened(utc_now())
        self._shown_at = monotonic()
        self._arrange()
        gutter = prepared.gutter
        self.asked.show(prepared.asked, gutter=ASKED_GUTTER)
        self.output.show(prepared.left, gutter=gutter)
        self.sources.show(prepared.right, gutter=gutter)
        if len(prepared.case.input) > 1:
            chat = self.asked if prepared.right_is == "sources" else self.sources
            self.call_after_refresh(lambda: chat.show_line(chat.last_top))
        self._mark()
        if self.sources.size.height:
            self._bring_claim()
        else:
            self.call_after_refresh(self._bring_claim)
        self._paint()

    async def _show_nothing(self) -> None:
        self.item = self.prepared = None
        self.mode, self.busy = "read", False
        self._idle_online = self.desk.connection.online
        if self._idle_online is False:
            lines = [
                Shown("The server cannot be reached, and no case is left on this machine."),
                Shown("What you decided is safe here. This screen wakes up by itself."),
            ]
        else:
            lines = await self._idle_lines()
        self._waiting = 0
        self._arrange()
        self.asked.show(EMPTY)
        self.sources.show(EMPTY)
        self.output.show(Document(Shown("\n\n".join(lines))))
        self.right.display = False
        self._paint()

    async def _idle_lines(self) -> list[Shown]:
        """Why there is nothing to do: who holds what, and what needs others."""
        holders = await self.desk.holders()
        status = await self.desk.status()
        others = [holder for holder in holders if holder.reviewer != self.desk.reviewer]
        lines = [Shown("Nothing is waiting for you. This screen wakes up by itself.")]
        lines += [
            message(
                "{name} holds {count} until {time}.",
                name=reveal_line(holder.reviewer, 40),
                count="1 case" if holder.cases == 1 else f"{holder.cases} cases",
                time=until_words(holder.until),
            )
            for holder in others[:5]
        ]
        left = status.pending - sum(holder.cases for holder in holders)
        if left > 0:
            lines.append(
                message("{count} unresolved in all need somebody else's eyes.", count=left)
            )
        return lines

    async def _claim_ahead(self) -> None:
        await self.desk.refill()
        if self.item is not None:
            self.desk.prefetch(self.item)

    async def _decide(
        self, decision: str, *, labels: Sequence[str] = (), edited: RawText | None = None
    ) -> None:
        item = self.item
        assert item is not None, "there is a case at hand"
        item.active()
        verdict = Verdict(
            id=new_id(),
            case_id=item.claim.case.id,
            reviewer=self.desk.reviewer,
            decision=decision,
            labels=tuple(labels),
            edited_output=edited,
            rationale=RawText(item.rationale) if item.rationale else None,
            opened_at=item.opened_at,
            active_ms=round(item.active_s * 1000),
            revealed=item.revealed,
            first_decision=item.first_decision,
            lease=item.claim.token,
            client=f"hitl/{__version__}",
        )
        after = self._neighbour(item)
        try:
            receipt = await self.desk.submit(item, verdict)
        except LeaseLost as lost:
            self.desk.drop(item)
            self._say(self._lost_words(item, lost), "look")
        else:
            if receipt.sent:
                self.drafts.drop(item.case_id)
            else:
                self._unsettled.add(item.case_id)
            if self._waiting and receipt.case_state == "resolved":
                self._waiting -= 1
            self._say(self._done_words(item, decision, receipt), "dim")
        await self._show_current(after)

    async def _skip(self) -> None:
        item = self.item
        assert item is not None, "there is a case at hand"
        after = self._neighbour(item)
        try:
            await self.desk.skip(item, "skip", item.rationale)
        except LeaseLost as lost:
            self.desk.drop(item)
            self._say(lost.sentence, "look")
        else:
            self._say(self._done_words(item, "skip", None), "dim")
        await self._show_current(after)

    async def _undo(self) -> None:
        try:
            undone = await self.desk.undo()
        except UndoRefused as refused:
            self.busy = False
            self._say(refused.sentence, "look")
            return
        if undone is None:
            self.busy = False
            self._say(Shown("nothing to undo"), "dim")
            return
        item, done = undone
        self._unsettled.discard(item.case_id)
        if self._waiting is not None and done.verdict_id and done.decision != "escalate":
            self._waiting += 1
        self._say(
            message(
                "took back: {id} was {what}",
                id=reveal_line(item.case_id, 40),
                what=_PAST.get(done.decision, done.decision),
            ),
            "dim",
        )
        await self._show_current(item)

    def _lost_words(self, item: Item, lost: LeaseLost) -> Shown:
        """What happened to a lease; what was written stays as a draft of the case."""
        if not item.rationale and item.edited is None:
            return lost.sentence
        return message("{why} · your text is kept as a draft", why=lost.sentence)

    def _neighbour(self, item: Item) -> Item | None:
        items = self.desk.items
        at = items.index(item) if item in items else 0
        following = [*items[at + 1 :], *items[:at]]
        return following[0] if following else None

    def _done_words(self, item: Item, decision: str, receipt: Receipt | None) -> Shown:
        words = message(
            "{what} {id} · {key} takes it back",
            what=_PAST.get(decision, decision),
            id=reveal_line(item.case_id, 40),
            key=self._key("undo"),
        )
        if receipt is not None and receipt.adopted:
            return message(
                "{words} · the lease had run out, the verdict was taken all the same", words=words
            )
        if receipt is not None and not receipt.sent:
            return message("{words} · saved here, on its way", words=words)
        return words

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Run a piece of work; a store that fails is said in one line and nothing is thrown away."""
        try:
            await work
        except QueueError as error:
            self.busy = False
            self._say(error.sentence, "error")

    # -- keys -------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+z":
            event.stop()
            self.app.action_suspend_process()
            return
        if self.mode in {"note", "rationale", "edit"}:
            return  # a field has the focus, and its own keys act when the event reaches the app
        event.stop()
        if self.item is not None:
            self.item.active()
        key = key_name(event.key, event.character)
        if self.mode == "reasons":
            self._reason_key(key)
            return
        action = self.keymap.get(key)
        if action is None:
            if key == "escape":
                self._notice = None
                self._paint()
            else:
                self._say(
                    message(
                        "{key} does nothing here · {help} shows all keys",
                        key=reveal_line(key, 12),
                        help=self._key("help"),
                    ),
                    "dim",
                )
            return
        if self._too_soon(action, key):
            return
        self._act(action)

    def _too_soon(self, action: Action, key: str) -> bool:
        moment = monotonic()
        last, self._last_key = self._last_key, (key, moment)
        if not action.verdict:
            return False
        if last[0] == key and moment - last[1] < self.settings.review.repeat_ms / 1000:
            return True
        if moment - self._shown_at < self.settings.review.guard_ms / 1000:
            self._say(Shown("too soon: this case has only just appeared"), "dim")
            return True
        return False

    def _act(self, action: Action) -> None:
        if action.id in {"help", "quit"}:
            getattr(self, f"_do_{action.id}")()
            return
        if self.busy:
            return
        if action.id == "undo":
            self._start(self._undo())
            return
        if self.item is None:
            self._say(Shown("there is no case at hand"), "dim")
            return
        handler: Callable[[], None] = getattr(self, "_do_" + action.id.replace("-", "_"))
        handler()

    def _start(self, work: Awaitable[None]) -> None:
        self.busy = True
        self.run_worker(self._guarded(work), exclusive=False)

    def _do_approve(self) -> None:
        self._start(self._decide("approve"))

    def _do_escalate(self) -> None:
        self._start(self._decide("escalate"))

    def _do_skip(self) -> None:
        self._start(self._skip())

    def _do_reject(self) -> None:
        self._set_mode("reasons")

    def _do_rationale(self) -> None:
        self._open_note("rationale")

    def _do_next_claim(self) -> None:
        self._go_claim(+1)

    def _do_previous_claim(self) -> None:
        self._go_claim(-1)

    def _do_evidence(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if face.evidence_of(self.prepared, self.looking) is None:
            self._say(Shown("nothing in the sources comes near this claim"), "dim")
            return
        if self.sources.top == self._evidence_top():
            self.looking = replace(self.looking, evidence=self.looking.evidence + 1)
        self._mark()
        self._bring_claim()
        self._paint()

    def _do_next_source(self) -> None:
        self._go_source(+1)

    def _do_previous_source(self) -> None:
        self._go_source(-1)

    def _do_down(self) -> None:
        self._focused_pane().scroll_lines(1)
        self._scrolled()

    def _do_up(self) -> None:
        self._focused_pane().scroll_lines(-1)
        self._scrolled()

    def _do_half_down(self) -> None:
        pane = self._focused_pane()
        pane.scroll_lines(max(1, pane.size.height // 2))
        self._scrolled()

    def _do_half_up(self) -> None:
        pane = self._focused_pane()
        pane.scroll_lines(-max(1, pane.size.height // 2))
        self._scrolled()

    def _do_top(self) -> None:
        self._focused_pane().show_line(0)
        self._scrolled()

    def _do_bottom(self) -> None:
        pane = self._focused_pane()
        pane.show_line(pane.last_top)
        self._scrolled()

    def _do_pane(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        panes = ["output", "sources", "asked"] if self.prepared.right_is else ["output", "asked"]
        at = panes.index(self.focus_on) if self.focus_on in panes else -1
        self.focus_on = panes[(at + 1) % len(panes)]
        self._rearranged()

    def _do_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._rearranged()

    def _do_widen(self) -> None:
        usual = self.settings.review.mark_budget
        wider = usual if self.looking.budget > usual else max(WIDER_BUDGET, usual)
        self.looking = replace(self.looking, budget=wider)
        self._mark()
        self._say(message("marking up to {share} % of the output", share=round(wider * 100)), "dim")

    def _do_reveal(self) -> None:
        assert self.item is not None, "there is a case at hand"
        if not self.item.claim.case.signals:
            self._say(Shown("no guardrail gave a score to this case"), "dim")
            return
        self.item.revealed = True
        self.looking = replace(self.looking, revealed=True)
        self._mark()
        if self.layout_now.stacked:
            pieces = face.signal_pieces(self.item.claim.case.signals, True)
            self._say(Shown("".join(text for text, _ in pieces)), "text")
        self._paint()

    def _do_next_case(self) -> None:
        self._go_case(+1)

    def _do_previous_case(self) -> None:
        self._go_case(-1)

    def _do_help(self) -> None:
        self.app.push_screen(Help(self.keymap, self.looks, self.grounds["pane"]))

    def _do_quit(self) -> None:
        self.busy = True
        self.run_worker(self._leave(), exclusive=False)

    async def _leave(self) -> None:
        try:
            await self.desk.close()
        except QueueError as error:
            self.failure = error
        self.app.exit(return_code=3 if self.failure else 0)

    # -- moving ------------------------------------------------------------------------------------------

    def _go_case(self, step: int) -> None:
        items = self.desk.items
        if self.item not in items or len(items) < 2:
            self._say(Shown("this is the only case at hand"), "dim")
            return
        at = (items.index(self.item) + step) % len(items)
        self._save_draft_now()
        self._start(self._show_current(items[at]))

    def _go_claim(self, step: int) -> None:
        assert self.prepared is not None, "there is a case at hand"
        claim = face.step_claim(self.prepared, self.looking, step)
        if claim is None:
            self._say(Shown("no claim is marked; w marks more"), "dim")
            return
        self.looking = replace(self.looking, claim=claim, evidence=0)
        self._mark()
        self._bring_claim()
        self._paint()

    def _go_source(self, step: int) -> None:
        assert self.prepared is not None, "there is a case at hand"
        regions = self.prepared.right.regions
        if not regions:
            self._say(Shown("this case has no sources"), "dim")
            return
        self._passage = max(0, min(len(regions) - 1, self._passage + step))
        lines = self.sources.lines
        self.sources.show_line(max(0, lines.line_of(regions[self._passage].start) - 1))
        self._paint()

    def _evidence_top(self) -> int:
        """The first visible line of the sources once the evidence has been brought into view."""
        before = self.sources.top
        self._bring_claim()
        after = self.sources.top
        self.sources.show_line(before)
        return after

    def _bring_claim(self) -> None:
        if self.prepared is None or self.looking.claim is None:
            return
        clause = self.prepared.grounding.clauses[self.looking.claim]
        self.output.bring(*self.prepared.output.span_to_display(clause.start, clause.end))
        place = face.evidence_of(self.prepared, self.looking)
        if place is not None:
            self.sources.bring(*self.prepared.right.locate(place.passage, place.start, place.end))
            self._passage = place.passage
        self._paint_titles()

    def _focused_pane(self) -> TextPane:
        return {"output": self.output, "sources": self.sources, "asked": self.asked}[self.focus_on]

    def _scrolled(self) -> None:
        if self.focus_on == "sources" and self.prepared is not None:
            self._passage = self.prepared.right.passage_at(self.sources.offset_in_view)
            self._paint_titles()

    def _rearranged(self) -> None:
        self._arrange()
        self._paint()
        self.call_after_refresh(self._bring_claim)

    # -- reasons, notes, edits -----------------------------------------------------------------------------

    def _reason_key(self, key: str) -> None:
        reasons = self._reasons()
        chosen = next((reason for reason in reasons if reason.key == key), None)
        if key == "." and self._last_reason in reasons:
            chosen = self._last_reason
        if chosen is not None:
            self._last_reason = chosen
            self._set_mode("read")
            self._start(self._decide("reject", labels=(chosen.id,)))
        elif key == "enter":
            self._open_note("note")
        elif key == "escape":
            self._set_mode("read")
        else:
            self._say(Shown("a digit gives the reason; escape goes back"), "dim")

    def _reasons(self) -> list[Reason]:
        return [
            reason
            for reason in self.settings.labels.reason
            if (not reason.kinds or "response" in reason.kinds)
            and (not reason.decisions or "reject" in reason.decisions)
        ]

    def _set_mode(self, mode: Mode) -> None:
        self.mode = mode
        self._paint()

    def _open_note(self, mode: Literal["note", "rationale"]) -> None:
        assert self.item is not None, "there is a case at hand"
        editor = Editor(reveal(self.item.rationale).text, editor_id="note", one_line=True)
        self._set_mode(mode)
        self.mount(editor, before=self.keys)
        editor.focus()
        editor.move_cursor(editor.document.end)

    def _do_edit(self) -> None:
        assert self.prepared is not None and self.item is not None, "there is a case at hand"
        original = self.prepared.output
        if len(original.text) > MAX_EDIT:
            self._say(
                message(
                    "longer than {most} characters: use hitl verdict --edited FILE", most=MAX_EDIT
                ),
                "look",
            )
            return
        text = original.text if self.item.edited is None else reveal(self.item.edited).text
        self._set_mode("edit")
        self.zoomed, self.focus_on = False, "output"
        self._arrange()
        self.output.display = False
        editor = Editor(text, editor_id="edit")
        diff = TextPane(self.looks, self.grounds["pane"], pane_id="diff")
        self.left.mount(editor, diff)
        editor.focus()
        editor.place_cursor(self._first_doubt() if self.item.edited is None else 0)
        self._show_diff(diff, text)

    def _first_doubt(self) -> int:
        """The display offset where an edit most likely begins: the flag or the current claim."""
        assert self.prepared is not None, "there is a case at hand"
        claim = self.looking.claim
        if claim is None:
            return 0
        flags = [flag.start for flag in self.prepared.grounding.flags if flag.clause == claim]
        start = min(flags, default=self.prepared.grounding.clauses[claim].start)
        return self.prepared.output.to_display(start)

    def _show_diff(self, diff: TextPane, edited: str) -> None:
        assert self.prepared is not None, "there is a case at hand"
        document, first = diff_document(self.prepared.output.text, Shown(edited))
        top = diff.top
        diff.show(NO_CHANGE if first is None else document, gutter=3)
        diff.mark((), (Sign(0, Shown(" ±"), "dim"),))
        if diff.size.height and first is not None:
            diff.show_line(top)
            diff.bring(first, first + 1)

    def on_text_area_changed(self, event: Editor.Changed) -> None:
        event.stop()
        if self.item is None or self.prepared is None:
            return
        if self.mode == "edit":
            self._show_diff(self.query_one("#diff", TextPane), event.text_area.text)
        self._draft_soon()

    def _typed(self) -> None:
        """Take over what stands in the open field."""
        if self.item is None or self.prepared is None:
            return
        if self.mode == "edit" and (fields := self.query("#edit")):
            raw = raw_after_edit(self.prepared.output, fields.first(Editor).text)
            self.item.edited = None if raw == self.prepared.output.raw else raw
        elif self.mode in {"note", "rationale"} and (fields := self.query("#note")):
            self.item.rationale = unreveal(fields.first(Editor).text)

    def on_editor_left(self, event: Editor.Left) -> None:
        event.stop()
        self._close_field()
        kept = self.item is not None and self.item.edited is not None
        if kept and event.editor.id == "edit":
            self._say(
                message("the draft is kept · {key} opens it again", key=self._key("edit")), "dim"
            )

    def on_editor_submitted(self, event: Editor.Submitted) -> None:
        event.stop()
        assert self.item is not None, "a field is open over a case"
        mode = self.mode
        self._close_field()
        if mode == "note" and self.item.rationale:
            self._start(self._decide("reject"))
        elif mode == "note":
            self._set_mode("reasons")
        elif mode == "edit" and self.item.edited is None:
            self._say(
                message(
                    "nothing was changed · {key} approves it as it is", key=self._key("approve")
                ),
                "dim",
            )
        elif mode == "edit":
            self._start(self._decide("edit", edited=RawText(self.item.edited or "")))

    def _close_field(self) -> None:
        self._typed()
        self._save_draft_now()
        for name in ("#edit", "#diff", "#note"):
            self.query(name).remove()
        self.output.display = True
        self.set_focus(None)
        self.mode = "read"
        self._arrange()
        self._paint()

    # -- drafts ------------------------------------------------------------------------------------------------

    def _draft_soon(self) -> None:
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(DRAFT_AFTER_S, self._save_draft_now)

    def _save_draft_now(self) -> None:
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None
        self._typed()
        item = self.item
        if item is None:
            return
        try:
            self.drafts.save(Draft(item.case_id, item.rationale, item.edited))
        except OSError as error:
            self._say(
                message("the draft could not be saved: {why}", why=error.strerror or "unknown"),
                "error",
            )

    def _restore_draft(self, item: Item) -> None:
        try:
            draft = self.drafts.load(item.case_id)
        except OSError:
            draft = None
        if draft is None:
            return
        item.rationale, item.edited = draft.rationale, draft.edited
        if draft.edited is not None:
            self._say(
                message("a draft of your edit is here · {key} opens it", key=self._key("edit")),
                "look",
            )

    # -- background --------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self.item is None:
            self.run_worker(self._guarded(self._wake()), group="wake", exclusive=True)
        self._hear(self.desk.connection)
        self._paint_bar()

    def _hear(self, connection: Connection) -> None:
        """Say what became of a delivery, and let go of the drafts of what has arrived."""
        if connection.note and connection.note != self._told:
            self._told = connection.note
            self._say(connection.note, "look")
        if connection.unsent == 0 and self._unsettled:
            if connection.parked == 0:
                for case_id in self._unsettled:
                    self.drafts.drop(case_id)
            self._unsettled.clear()

    async def _wake(self) -> None:
        if self.busy or self.item is not None:
            return
        if await self.desk.refill():
            self._notice = None
            await self._show_current()
        elif self.desk.connection.online is not self._idle_online:
            await self._show_nothing()

    def _refresh_status(self) -> None:
        self.run_worker(self._guarded(self._count()), group="status", exclusive=True)

    async def _count(self) -> None:
        before = monotonic()
        try:
            self._waiting = (await self.desk.status()).pending
            self._paint_bar()
        except Unreachable:
            if self.desk.connection.online is None:
                raise
            self._waiting = None  # behind a server the bar says it: offline
        finally:
            # Counting a million cases takes a while: it may use a hundredth of the time, no more.
            spent = monotonic() - before
            self.set_timer(max(STATUS_EVERY_S, 100 * spent), self._refresh_status)

    def _heartbeat(self) -> None:
        self.run_worker(self._guarded(self.desk.heartbeat()), group="heartbeat", exclusive=True)

    # -- painting ----------------------------------------------------------------------------------------------

    def _key(self, action_id: str) -> Shown:
        keys = keys_of(self.keymap, action_id)
        return reveal_line(keys[0] if keys else "")

    def _say(self, words: Shown, style: str) -> None:
        self._notice = (words, style)
        self._paint()

    def _mark(self) -> None:
        if self.prepared is None:
            return
        self.output.mark(*face.output_marks(self.prepared, self.looking))
        marks, signs = face.source_marks(self.prepared, self.looking)
        self.sources.mark(marks, signs)
        if len(self.prepared.asked.regions) == 1:
            self.asked.mark((), (Sign(0, Shown(" asked"), "dim"),))

    def _paint(self) -> None:
        self._paint_bar()
        self._paint_titles()
        self._paint_why()

    def _paint_bar(self) -> None:
        done = self.desk.finished
        at = self.desk.items.index(self.item) if self.item in self.desk.items else 0
        self.bar.set(
            face.bar_line(
                Shown(self.desk.address.rsplit("/", 1)[-1]),
                self.item,
                (done + at + 1, done + len(self.desk.items)),
                self._waiting,
                self.desk.reviewer,
                self.desk.connection,
                self.app.size.width,
            )
        )

    def _paint_titles(self) -> None:
        if self.prepared is None:
            self.output_title.set(Line([piece(" ")]))
            return
        if self.mode == "edit":
            title = [
                piece("▌", "link"),
                piece("Edit", "head"),
                piece("   the difference below", "dim"),
            ]
            self.output_title.set(Line(title))
        else:
            focused = self.focus_on == "output"
            self.output_title.set(face.output_title(self.prepared, self.looking, focused))
        if self.prepared.right_is:
            focused = self.focus_on == "sources" and self.mode != "edit"
            self.right_title.set(face.right_title(self.prepared, self._passage, focused))

    def _paint_why(self) -> None:
        lines: list[Line] = []
        if self.prepared is not None and self.item is not None:
            if self.mode == "reasons":
                lines = face.reason_menu(self._reasons(), self.app.size.width)
            else:
                lines = [
                    face.reason_line(self.prepared, self.looking, self.app.size.width),
                    face.rationale_line(self.item, self._key("rationale")),
                ]
                if words := alarm_words(self.prepared):
                    lines.append(Line([piece("! ", "look-strong"), (words, "look")]))
        if self._notice is not None and self.mode in {"read", "reasons"}:
            lines = (
                [*lines[:1], Line([self._notice]), *lines[2:]]
                if self.mode == "read"
                else [*lines, Line([self._notice])]
            )
        self.why.styles.height = max(2, len(lines))
        self.why.set(*lines)
        self.keys.set(self._key_line())

    def _key_line(self) -> Line:
        if self.mode == "reasons":
            again = self._last_reason
            pairs = [("1-9", "reject, because"), ("enter", "write a note")]
            pairs += [(".", f"again {reveal_line(again.id, 20)}")] if again else []
            return face.key_line(*pairs, ("escape", "back"))
        if self.mode == "edit":
            return face.key_line(("F2", "save the edit"), ("escape", "leave, the draft is kept"))
        if self.mode == "note":
            return face.key_line(("enter", "reject with this note"), ("escape", "back"))
        if self.mode == "rationale":
            return face.key_line(("enter", "keep the rationale"), ("escape", "back"))
        return face.hints(self.keymap, self.app.size.width, at_hand=self.item is not None)
