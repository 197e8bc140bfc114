"""What goes on beside a review: the clock, the leases, the counts, the bar, waking up when work comes."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from hitl_tui.later import later
from hitl_tui.model.clock import parse_duration
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.queue.protocol import Connection, Unreachable
from hitl_tui.tui import face
from hitl_tui.tui.breaks import Breaks
from hitl_tui.tui.desk import Item, until_words
from hitl_tui.tui.document import EMPTY, Document
from hitl_tui.tui.screens.panels import Panels

if TYPE_CHECKING:
    from hitl_tui.tui import pages
else:
    [pages] = later("hitl_tui.tui", "pages")

STATUS_EVERY_S = 5.0
PREFETCH_AFTER_S = 0.05


class Background(Panels, inherit_bindings=False):
    """Keeps what is held, what is waiting and what is said about it up to date. Nothing in here decides."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self.busy = True
        """Whether the keys wait for a piece of work."""
        self._idle_online: bool | None = None
        self._told = Shown("")
        self._unsettled: set[str] = set()
        self._waiting: int | None = None
        self._waking = False
        after = self.settings.review.break_after
        self._breaks = Breaks(parse_duration(after).total_seconds() if after else None)

    async def _show_current(self, wanted: Item | None = None) -> None:
        raise NotImplementedError

    # -- nothing to do ---------------------------------------------------------------------------------

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

    # -- ticking ---------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self.item is None:
            self._wake_up()
        self._hear(self.desk.connection)
        worked = self._breaks.due(monotonic())
        if worked is not None and self.mode == "read":
            self._say(
                message("{time} without a break: make one", time=pages.duration(worked)), "look"
            )
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

    def _looked(self, item: Item) -> None:
        self.run_worker(self._guarded(self.desk.looked(item)), exclusive=False)

    # -- the bar ---------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.desk.layout = self.layout_now
        super()._arrange()

    def _paint(self) -> None:
        self._paint_bar()
        super()._paint()

    def _paint_bar(self) -> None:
        done = self.desk.finished
        here = self.item in self.desk.items
        at = self.desk.items.index(self.item) if self.item and here else 0
        self.bar.set(
            face.bar_line(
                Shown(self.desk.address.rsplit("/", 1)[-1]),
                self.item,
                self._pool_title(),
                (done + at + 1, done + len(self.desk.items)) if here else None,
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
