"""The review: shows the cases at hand, turns keys into decisions, and never loses what was typed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual.worker import Worker

from hitl_tui.later import later
from hitl_tui.model.clock import utc_now
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.protocol import (
    LeaseLost,
    QueueError,
    StoredVerdict,
    UndoRefused,
)
from hitl_tui.tui import face
from hitl_tui.tui.deciding import (
    Choice,
    again,
    done_words,
    lost_words,
    past_of,
    undone_words,
    verdict_of,
)
from hitl_tui.tui.desk import Done, Item
from hitl_tui.tui.face import Looking
from hitl_tui.tui.keymap import ACTIONS, Action, key_name
from hitl_tui.tui.keypage import ALWAYS
from hitl_tui.tui.layout import ASKED_GUTTER
from hitl_tui.tui.menu import Option
from hitl_tui.tui.prepare import Prepared
from hitl_tui.tui.screens.answering import snooze_time
from hitl_tui.tui.screens.background import PREFETCH_AFTER_S, Background
from hitl_tui.tui.screens.case_view import FIELDS

if TYPE_CHECKING:
    from hitl_tui.tui import pages
else:
    [pages] = later("hitl_tui.tui", "pages")

TELL_AFTER_S = 1.0
"""When it is said that the guideline has changed: after the first case, and once."""
FIRST_CASE_WITHIN_S = 0.3
SAY_SAVING_AFTER_S = 0.4
_ALWAYS_HEARD = frozenset({"help", "quit"})
"""Actions that do not wait for what is being recorded."""
BUSY_LOOK_S = 0.05


class Review(Background, inherit_bindings=False):
    """One screen for a whole shift. It talks to the queue through the desk only."""

    def __init__(self, when_shown: Callable[[], None], **fields: Any) -> None:
        super().__init__(**fields)
        self._when_shown = when_shown
        self.failure: QueueError | None = None
        self._judged: list[Verdict] = []
        """The verdicts of this batch, for its summary."""
        self._work = 0
        self._deciding: Worker[bool] | None = None
        """What was decided last, while it is being recorded and after."""
        self._leaving = False
        self._was_small = False
        self._shown_at = 0.0
        self._last_key: tuple[str, float] = ("", 0.0)

    # -- the way of a case ---------------------------------------------------------------------------

    def on_resize(self) -> None:
        small = self.layout_now.small
        if self._was_small and not small:
            self._shown_at = monotonic()
        self._was_small = small
        super().on_resize()
        if small:
            self.set_focus(None)  # nobody writes into a field that cannot be seen
        elif self.mode in FIELDS and self.focused is None:
            for field in self._fields():
                field.focus()

    async def on_mount(self) -> None:
        self._arrange()
        # Waiting for a moment here spares the painting of an empty screen before the first case.
        if await self.desk.warm(FIRST_CASE_WITHIN_S):
            await self._guarded(self._begin())
        else:
            self._say(Shown("the queue is being opened …"), "dim")
            self.run_worker(self._guarded(self._begin()), exclusive=False)

    async def _begin(self) -> None:
        try:
            await self.desk.begin()
        except QueueError as error:
            self.failure = error
            self.app.exit(return_code=3)
            return
        self._notice = None
        await self._show_current()
        self.set_interval(1.0, self._tick)
        self.set_interval(max(1.0, self.desk.lease_s / 3), self._heartbeat)
        self.set_timer(PREFETCH_AFTER_S, self._refresh_status)
        self.set_timer(TELL_AFTER_S, self._tell_of_changes)
        self.call_after_refresh(self._when_shown)

    async def _show_current(self, wanted: Item | None = None) -> None:
        """Show `wanted`, or the first case at hand, or that there is none."""
        if not self.desk.items:
            await self.desk.refill()
        if not self.desk.items:
            await self._show_nothing()
            return
        item = wanted if wanted in self.desk.items else self.desk.items[0]
        prepared = await self.desk.prepared(item)
        if item.edited is None and not item.rationale and not item.spans:
            self._restore_draft(item)
        self._show(item, prepared)
        # The painting comes first: two threads that both compute share one interpreter.
        if not prepared.compared:
            self.call_after_refresh(self._compare, item)
        self.set_timer(PREFETCH_AFTER_S, self._prefetch)
        if len(self.desk.items) <= 1:
            self.run_worker(self._guarded(self._claim_ahead()), exclusive=False)

    def _show(self, item: Item, prepared: Prepared) -> None:
        self.item, self.prepared = item, prepared
        budget = self.settings.review.mark_budget
        folded = () if item.revealed else face.folds(
            prepared.case, self.settings.review.fold, prepared.left
        )  # fmt: skip
        self.looking = Looking(
            budget,
            face.worst_claim(prepared, budget),
            revealed=item.revealed or not self.settings.review.scores_hidden,
            folded=folded,
            folded_right=bool(folded) and face.folds_all(prepared.case, self.settings.review.fold),
        )
        self.focus_on, self.zoomed, self._passage = "output", False, 0
        self.found = None
        self.mode, self.busy = "read", False
        item.opened(utc_now())
        self._shown_at = monotonic()
        self._arrange()
        gutter = prepared.gutter
        self.asked.show(prepared.asked, gutter=ASKED_GUTTER)
        self.output.show(prepared.left, gutter=gutter)
        self.sources.show(prepared.right, gutter=gutter)
        self._show_draft()
        if len(prepared.case.input) > 1:
            self.call_after_refresh(self._bring_newest_turn)
        self._mark()
        if self.sources.size.height:
            self._bring_claim()
        else:
            self.call_after_refresh(self._bring_claim)
        self._paint()

    def _compare(self, item: Item) -> None:
        self.run_worker(self._add_marks(item), group="marks", exclusive=True)

    async def _add_marks(self, item: Item) -> None:
        prepared = await self.desk.compared(item)
        while self.item is item and self.busy:
            await asyncio.sleep(BUSY_LOOK_S)
        if self.item is item:
            self._take_marks(prepared)

    def _take_marks(self, prepared: Prepared) -> None:
        """Put the marks on the case that stands there, whatever the reviewer is doing with it."""
        differing = self._differing()
        untouched = not (self.output.top or self.sources.top)
        self.prepared = prepared
        claim = face.worst_claim(prepared, self.looking.budget)
        self.looking = self.looking._replace(claim=claim)
        self._arrange()
        self.output.exchange(prepared.left, gutter=prepared.gutter)
        if not differing:
            self.sources.exchange(prepared.right, gutter=prepared.gutter)
        self._mark()
        if untouched:
            self._bring_claim()
        self._paint()
        if self.mode == "edit":
            self._check_soon()

    async def _claim_ahead(self) -> None:
        await self.desk.refill()
        self._prefetch()

    def _prefetch(self) -> None:
        self._fill_side()
        if self.item is not None:
            self.desk.prefetch(self.item)

    # -- decisions -----------------------------------------------------------------------------------

    def _decided(self, choice: Choice) -> None:
        self._start(self._decide(choice))

    async def _decide(self, choice: Choice) -> None:
        item, prepared = self.item, self.prepared
        assert item is not None and prepared is not None, "there is a case at hand"
        item.active()
        self.desk.undone.clear()
        if not choice.cited:
            choice = choice._replace(cited=self.handbook.under)
        await self._record(item, verdict_of(item, prepared, self.desk.reviewer, choice))

    async def _record(self, item: Item, verdict: Verdict) -> None:
        after = self._neighbour(item)
        try:
            receipt = await self.desk.submit(item, verdict)
        except LeaseLost as lost:
            self.desk.drop(item)
            self._say(lost_words(item, lost), "look")
        else:
            if receipt.sent:
                self._forget_draft(item.case_id)
            else:
                self._unsettled.add(item.case_id)
            if self._waiting and receipt.case_state == "resolved":
                self._waiting -= 1
            self._judged.append(verdict)
            words = done_words(item, verdict.decision, self._key("undo"), receipt, verdict)
            self._say(self._with_summary(words), "dim")
        await self._show_current(after)
        lesson = self.desk.lesson()
        if lesson is not None:
            self._read(Shown("Training"), pages.lesson_page(lesson), "guideline")

    def _with_summary(self, words: Shown) -> Shown:
        """At the end of a batch, what became of it beside what was just done."""
        if self.desk.items or not self._judged:
            return words
        summary = pages.summary_words(self._judged)
        self._judged.clear()
        return message("{words} · {summary}", words=words, summary=summary)

    async def _skip(self, item: Item, away: timedelta | None = None) -> None:
        after = self._neighbour(item)
        try:
            await self.desk.skip(item, item.rationale, away=away)
        except LeaseLost as lost:
            self.desk.drop(item)
            self._say(lost.sentence, "look")
        else:
            what = "skip" if away is None else "snooze"
            self._say(self._with_summary(done_words(item, what, self._key("undo"))), "dim")
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
        await self._took_back(*undone)

    async def _undo_that(self, stored: StoredVerdict) -> None:
        try:
            undone = await self.desk.take_back(stored.verdict)
        except UndoRefused as refused:
            self.busy = False
            self._say(refused.sentence, "look")
            return
        await self._took_back(*undone)

    async def _took_back(self, item: Item, done: Done) -> None:
        self._unsettled.discard(item.case_id)
        if done.verdict is not None and self._judged and self._judged[-1].id == done.verdict.id:
            self._judged.pop()
        if self._waiting is not None and done.verdict_id and done.decision != "escalate":
            self._waiting += 1
        self._say(undone_words(item, done.decision, done.verdict), "dim")
        await self._show_current(item)

    async def _redo(self) -> None:
        """Give once more what was taken back last, on the same case; nothing else is ever repeated."""
        done = self.desk.undone[-1] if self.desk.undone else None
        item = self.desk.at_hand(done.case_id) if done is not None else None
        if done is None or item is None or item not in self.desk.items:
            self.busy = False
            self._say(Shown("nothing to do again"), "dim")
            return
        if item is not self.item:
            await self._show_current(item)
            key = self._key("redo")
            self._say(
                message("{key} again: {what} this case", key=key, what=past_of(done.decision)),
                "look",
            )
            return
        item.active()
        if done.verdict is not None:
            await self._record(item, again(item, done.verdict))
        else:
            await self._skip(item, done.away)
        self.desk.undone.remove(done)

    def _neighbour(self, item: Item) -> Item | None:
        items = self.desk.items
        at = items.index(item) if item in items else 0
        following = [*items[at + 1 :], *items[:at]]
        return following[0] if following else None

    async def _guarded(self, work: Awaitable[None], *, decides: bool = False) -> bool:
        """Run a piece of work; a store that fails is said in one line and nothing is thrown away.

        Only the work that `decides` holds the keys, and only it lets them go again. False when it failed.
        """
        try:
            await work
        except QueueError as error:
            if decides:
                self.busy = False
            self._say(error.sentence, "error")
            return False
        return True

    # -- keys ----------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+z":
            event.stop()
            self.app.action_suspend_process()
            return
        event.stop()
        if self.layout_now.small and self.mode != "read":
            return  # nobody answers, or writes, what cannot be read
        if self.mode in FIELDS:
            for field in self._fields():
                field.take(event)
            return
        self._breaks.alive(monotonic())
        if self.item is not None:
            self.item.active()
        key = key_name(event.key, event.character)
        if self.mode == "menu":
            self._last_key = (key, monotonic())
            self._menu_key(key)
            return
        if self.mode == "mark":
            self._mark_key(key)
            return
        action = self.keymap.get(key)
        if action is None:
            if key == "escape":
                self._notice = None
                self._clear_search()
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
        if self.busy and action.id not in _ALWAYS_HEARD:
            return  # what is being done stands in the line below, or is done before it would be read
        self._notice = None
        self._act(action)
        self._paint_why()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self.layout_now.small:
            return
        for field in self._fields():
            field.post_message(events.Paste(event.text))

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
        handler: Callable[[], None] = getattr(
            self, "_do_" + action.id.replace("-", "_"), self._idle
        )
        if action.id in _ALWAYS_HEARD:
            handler()
        elif self.busy or self.layout_now.small:
            return
        elif self.item is None and not action.anywhere:
            self._say(message("{name}: there is no case at hand", name=action.label), "dim")
        elif action.group == "decide" and action.id not in ALWAYS:
            self._answer(action)
        else:
            handler()

    def _idle(self) -> None:
        raise AssertionError("every action has a handler")

    def _run(self, action_id: str) -> None:
        action = next(one for one in ACTIONS if one.id == action_id)
        self._notice = None
        self._act(action)
        self._paint_why()

    def _start(self, work: Awaitable[None]) -> None:
        self.busy = True
        self._work += 1
        self.set_timer(SAY_SAVING_AFTER_S, partial(self._say_saving, self._work))
        self._deciding = self.run_worker(self._guarded(work, decides=True), exclusive=False)

    def _say(self, words: Shown, style: str) -> None:
        self._work += 1  # what is said now is newer than that something is still being saved
        super()._say(words, style)

    def _say_saving(self, work: int) -> None:
        if self.busy and work == self._work:
            self._say(Shown("one moment …"), "dim")

    def _do_undo(self) -> None:
        self._start(self._undo())

    def _do_redo(self) -> None:
        self._start(self._redo())

    def _do_skip(self) -> None:
        assert self.item is not None, "there is a case at hand"
        self.desk.undone.clear()
        self._start(self._skip(self.item))

    def _put_away(self, option: Option) -> None:
        assert self.item is not None, "there is a case at hand"
        self.desk.undone.clear()
        self._start(self._skip(self.item, snooze_time(option)))

    def _take_back(self, stored: StoredVerdict) -> None:
        if not self.busy:
            self._start(self._undo_that(stored))

    def _go_to_case(self, item: Item) -> None:
        if not self.busy and item is not self.item and item in self.desk.items:
            self._save_draft_now()
            self._start(self._show_current(item))

    def _do_next_case(self) -> None:
        self._go_case(+1)

    def _do_previous_case(self) -> None:
        self._go_case(-1)

    def _go_case(self, step: int) -> None:
        items = self.desk.items
        if self.item not in items or len(items) < 2:
            self._say(Shown("this is the only case at hand"), "dim")
            return
        self._go_to_case(items[(items.index(self.item) + step) % len(items)])

    def _do_quit(self) -> None:
        if self._leaving:
            return
        self._save_draft_now()
        self.busy = self._leaving = True
        self.run_worker(self._leave(), exclusive=False)

    async def _leave(self) -> None:
        """Give the cases back and end; stay when what is just being decided turns out to have failed."""
        deciding = self._deciding
        if deciding is not None and not deciding.is_finished and not await deciding.wait():
            self._leaving = False
            return
        self._say(Shown("giving the cases back …"), "dim")
        try:
            await self.desk.close()
        except QueueError as error:
            self.failure = error
        self.app.exit(return_code=3 if self.failure else 0)
