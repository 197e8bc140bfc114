"""The review: shows the cases at hand, turns keys into decisions, and never loses what was typed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any

from textual import events

from hitl_tui.model.case import RawText
from hitl_tui.model.clock import utc_now
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.queue.protocol import Connection, LeaseLost, QueueError, UndoRefused, Unreachable
from hitl_tui.tui import face
from hitl_tui.tui.deciding import done_words, lost_words, undone_words, verdict_of
from hitl_tui.tui.desk import Desk, Item, until_words
from hitl_tui.tui.document import EMPTY, Document
from hitl_tui.tui.face import Looking
from hitl_tui.tui.keymap import Action, key_name
from hitl_tui.tui.layout import ASKED_GUTTER
from hitl_tui.tui.prepare import Prepared
from hitl_tui.tui.screens.fields import DRAFT_AFTER_S, Fields
from hitl_tui.tui.screens.help import Help
from hitl_tui.tui.widgets.editor import Editor

STATUS_EVERY_S = 5.0
PREFETCH_AFTER_S = 0.05
FIRST_CASE_WITHIN_S = 0.3
SAY_SAVING_AFTER_S = 0.4


class Review(Fields, inherit_bindings=False):
    """One screen for a whole shift. It talks to the queue through the desk only."""

    def __init__(self, desk: Desk, when_shown: Callable[[], None], **fields: Any) -> None:
        super().__init__(**fields)
        self.desk = desk
        self._when_shown = when_shown
        self.busy = True
        self.failure: QueueError | None = None
        self._idle_online: bool | None = None
        self._told = Shown("")
        self._unsettled: set[str] = set()
        self._waiting: int | None = None
        self._waking = False
        self._work = 0
        self._was_small = False
        self._shown_at = 0.0
        self._last_key: tuple[str, float] = ("", 0.0)

    # -- the way of a case ---------------------------------------------------------------------------

    def on_resize(self) -> None:
        if self._was_small and not self.layout_now.small:
            self._shown_at = monotonic()
        self._was_small = self.layout_now.small
        super().on_resize()

    async def on_mount(self) -> None:
        self._arrange()
        # Waiting for a moment here spares the painting of an empty screen before the first case.
        if await self.desk.warm(FIRST_CASE_WITHIN_S):
            await self._guarded(self._begin())
        else:
            self.run_worker(self._guarded(self._begin()), exclusive=False)

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
        self.set_timer(PREFETCH_AFTER_S, self._refresh_status)
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
        if item.edited is None and not item.rationale:
            self._restore_draft(item)
        self._show(item, prepared)
        if not prepared.compared:
            self.run_worker(self._add_marks(item), group="marks", exclusive=True)
        # The painting comes first: two threads that both compute share one interpreter.
        self.set_timer(PREFETCH_AFTER_S, self._prefetch)
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

    async def _add_marks(self, item: Item) -> None:
        prepared = await self.desk.compared(item)
        while self.item is item and (self.busy or self.mode != "read"):
            await asyncio.sleep(DRAFT_AFTER_S)
        if self.item is not item:
            return
        place, waited = self.sources.top, self._shown_at
        self._show(item, prepared)
        self._shown_at = waited
        if place:
            self.sources.show_line(place)

    async def _claim_ahead(self) -> None:
        await self.desk.refill()
        self._prefetch()

    def _prefetch(self) -> None:
        if self.item is not None:
            self.desk.prefetch(self.item)

    # -- decisions -----------------------------------------------------------------------------------

    async def _decide(
        self, decision: str, *, labels: Sequence[str] = (), edited: RawText | None = None
    ) -> None:
        item = self.item
        assert item is not None, "there is a case at hand"
        item.active()
        verdict = verdict_of(item, self.desk.reviewer, decision, labels, edited)
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
            self._say(done_words(item, decision, self._key("undo"), receipt), "dim")
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
            self._say(done_words(item, "skip", self._key("undo")), "dim")
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
        self._say(undone_words(item, done.decision), "dim")
        await self._show_current(item)

    def _neighbour(self, item: Item) -> Item | None:
        items = self.desk.items
        at = items.index(item) if item in items else 0
        following = [*items[at + 1 :], *items[:at]]
        return following[0] if following else None

    async def _guarded(self, work: Awaitable[None], *, decides: bool = False) -> None:
        """Run a piece of work; a store that fails is said in one line and nothing is thrown away.

        Only the work that `decides` holds the keys, and only it lets them go again.
        """
        try:
            await work
        except QueueError as error:
            if decides:
                self.busy = False
            self._say(error.sentence, "error")

    # -- keys ----------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+z":
            event.stop()
            self.app.action_suspend_process()
            return
        event.stop()
        if self.mode in {"note", "rationale", "edit"}:
            for field in self.query(Editor):
                field.take(event)
            return
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
        self._notice = None
        self._act(action)
        self._paint_why()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        for field in self.query(Editor):
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
        if action.id in {"help", "quit"}:
            getattr(self, f"_do_{action.id}")()
            return
        if self.busy or self.layout_now.small:
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
        self._work += 1
        self.set_timer(SAY_SAVING_AFTER_S, partial(self._say_saving, self._work))
        self.run_worker(self._guarded(work, decides=True), exclusive=False)

    def _say_saving(self, work: int) -> None:
        if self.busy and work == self._work:
            self._say(Shown("saving …"), "dim")

    def _do_approve(self) -> None:
        self._start(self._decide("approve"))

    def _do_escalate(self) -> None:
        self._start(self._decide("escalate"))

    def _do_skip(self) -> None:
        self._start(self._skip())

    def _do_reject(self) -> None:
        self._set_mode("reasons")

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

    def _do_next_case(self) -> None:
        self._go_case(+1)

    def _do_previous_case(self) -> None:
        self._go_case(-1)

    def _go_case(self, step: int) -> None:
        items = self.desk.items
        if self.item not in items or len(items) < 2:
            self._say(Shown("this is the only case at hand"), "dim")
            return
        at = (items.index(self.item) + step) % len(items)
        self._save_draft_now()
        self._start(self._show_current(items[at]))

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

    # -- background ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self.item is None:
            self._wake_up()
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
                    self._forget_draft(case_id)
            self._unsettled.clear()

    def _wake_up(self) -> None:
        if not self._waking:
            self._waking = True
            self.run_worker(self._guarded(self._wake()), exclusive=False)

    async def _wake(self) -> None:
        try:
            await self._look_again()
        finally:
            self._waking = False

    async def _look_again(self) -> None:
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

    def _arrange(self) -> None:
        self.desk.layout = self.layout_now
        super()._arrange()

    def _paint(self) -> None:
        self._paint_bar()
        super()._paint()

    def _paint_bar(self) -> None:
        done = self.desk.finished
        at = self.desk.items.index(self.item) if self.item in self.desk.items else 0
        self.bar.set(
            face.bar_line(
                Shown(self.desk.address.rsplit("/", 1)[-1]),
                self.item,
                self._pool_title(),
                (done + at + 1, done + len(self.desk.items)),
                self._waiting,
                self.desk.reviewer,
                self.desk.connection,
                self.app.size.width,
            )
        )

    def _pool_title(self) -> Shown:
        if self.item is None:
            return Shown("")
        pool = self.item.claim.route.pool
        known = self.settings.pools.get(pool)
        return reveal_line(known.title if known and known.title else pool, 24)
