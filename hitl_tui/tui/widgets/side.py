"""The column at the right of a wide screen: the cases at hand, and the guideline's section for this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Document
from hitl_tui.tui.paint import piece
from hitl_tui.tui.prose import list_entries
from hitl_tui.tui.widgets.listing import Entry, Listing
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane

MOST_ENTRIES = 12


class Side(Vertical):
    """Shows what it is given; it never has the focus."""

    def __init__(
        self, looks: Mapping[str, Style], ground: Style, key: Callable[[str], Shown]
    ) -> None:
        super().__init__(id="side")
        self._key = key
        self._batch_title = Rows(looks, ground, rows_id="side-batch-title", indent=0)
        self._batch = Listing(looks, ground, listing_id="side-batch")
        self._guide_title = Rows(looks, ground, rows_id="side-guide-title", indent=0)
        self._guide = TextPane(looks, ground, pane_id="side-guide")
        self._section: tuple[Shown, Shown] = (Shown(""), Shown(""))
        for title in (self._batch_title, self._guide_title):
            title.add_class("title")

    def compose(self) -> ComposeResult:
        yield self._batch_title
        yield self._batch
        yield self._guide_title
        yield self._guide

    def show_batch(self, entries: Sequence[Entry], at: int) -> None:
        """The cases at hand, the one at `at` being judged."""
        self._batch_title.set(
            Line(
                [piece(" "), piece("Batch", "dim")],
                [(self._key("batch"), "key"), piece(" ", "dim")],
            )
        )
        self._batch.styles.height = min(MOST_ENTRIES, max(1, len(entries)))
        self._batch.set(entries, at)

    def show_section(self, title: Shown, text: Shown) -> None:
        """The section of the guideline that belongs to the case."""
        if (title, text) == self._section:
            return
        self._section = title, text
        self._guide_title.set(
            Line([piece(" "), piece("Guideline  ", "dim"), (title, "strong")],
                 [(self._key("guideline"), "key"), piece(" ", "dim")])
        )  # fmt: skip
        self._guide.show(Document(text, hangs=list_entries(text)))
