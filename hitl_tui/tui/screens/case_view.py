"""The panes of a case: what stands where at which size, and how it is painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen

from hitl_tui.config.settings import Settings
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.tui import face
from hitl_tui.tui.desk import Item
from hitl_tui.tui.document import Mark, Over, Sign, signed, unmarked
from hitl_tui.tui.face import Looking
from hitl_tui.tui.keymap import Action, keys_of
from hitl_tui.tui.layout import MIN_HEIGHT, MIN_WIDTH, Layout
from hitl_tui.tui.menu import Menu, menu_lines
from hitl_tui.tui.paint import Piece, piece
from hitl_tui.tui.prepare import Prepared, Writable
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from hitl_tui.grounding import Grounding
    from hitl_tui.tui.widgets.side import Side

Mode = Literal["read", "menu", "note", "rationale", "edit", "search", "mark"]
FIELDS = frozenset({"note", "rationale", "edit", "search"})
"""The modes in which a text field has the keys."""
USUALLY_BELOW = 2
"""Lines below the panes: why the claim is marked, and the rationale."""


def _name_of(named: bool) -> Over:
    """The name of a question of one turn; several have their roles."""
    return signed(" asked") if named else unmarked


class CaseView(Screen[None], inherit_bindings=False):
    """A case in its panes. It knows nothing of queues and decisions."""

    def __init__(
        self,
        settings: Settings,
        keymap: Mapping[str, Action],
        looks: Mapping[str, Style],
        grounds: Mapping[str, Style],
    ) -> None:
        super().__init__()
        self.settings = settings
        self.keymap = keymap
        self.looks = looks
        self.grounds = grounds
        self.mode: Mode = "read"
        self.menu: Menu | None = None
        self.item: Item | None = None
        self.prepared: Prepared | None = None
        self.looking = Looking(settings.review.mark_budget)
        self.focus_on = "output"
        self.zoomed = False
        self.writing: Writable | None = None
        """What the open editor writes over."""
        self.checked: tuple[str, Grounding] | None = None
        """While an output is edited: its text as it was last compared with the sources, and what came of it."""
        self._notice: Piece | None = None
        self._passage = 0
        self._asked_focused = False
        self._arranged: tuple[object, ...] = ()
        self._below = USUALLY_BELOW
        """Lines below the panes that the panes make room for: a notice comes and goes without moving them."""
        self._make_surfaces()

    def _make_surfaces(self) -> None:
        looks = self.looks
        bar, pane, page = (self.grounds[name] for name in ("bar", "pane", "page"))
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
        self.side: Side | None = None
        self.main = Container(self.left, self.right, id="main")
        self.output_title.add_class("title")
        self.right_title.add_class("title")

    # -- building and sizes --------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        self._classify(self.layout_now)  # before the panes are there, so that they are styled once
        yield self.bar
        yield self.asked
        yield self.main
        yield self.why
        yield self.keys
        yield self.small

    def on_resize(self) -> None:
        self._arrange()
        if self.prepared is not None:
            self.call_after_refresh(self._bring_claim)
        self._paint()

    @property
    def layout_now(self) -> Layout:
        """The arrangement for the terminal's present size."""
        return Layout(*self.app.size)

    @property
    def two_panes(self) -> bool:
        """Whether there is something to stand in the right pane."""
        return self.prepared is not None and bool(self.prepared.right_is)

    def _arrange(self) -> None:
        layout = self.layout_now
        two = self.two_panes
        wanted = (
            layout,
            two,
            self._asked_height(layout),
            self.zoomed,
            self.focus_on,
            self.mode == "edit",
            self._below,
        )
        if wanted == self._arranged:
            return
        self._arranged = wanted
        self._classify(layout)
        self._arrange_side(layout.wide and not self.zoomed)
        self.main.styles.layout = "vertical" if layout.stacked else "horizontal"
        self.small.set(
            Line([(message("hitl needs {w}x{h}", w=MIN_WIDTH, h=MIN_HEIGHT), "look-strong")]),
            Line([(message("this terminal has {w}x{h}", w=layout.width, h=layout.height), "dim")]),
        )
        zoom_left = self.zoomed and self.focus_on == "output"
        zoom_right = self.zoomed and self.focus_on == "sources"
        zoom_asked = self.zoomed and self.focus_on == "asked"
        editing = self.mode == "edit"
        for surface in (self.bar, self.why, self.keys):
            surface.display = not layout.small
        self.small.display = layout.small
        self.main.display = not (zoom_asked or layout.small)
        self.left.display = not zoom_right or editing
        self.right.display = two and not zoom_left
        self.asked.display = not (zoom_left or zoom_right or layout.small)
        if layout.stacked and two and not self.zoomed:
            taken = 2 + self._below + self._asked_height(layout)
            strip = layout.strip_lines(taken, even=self._even())
            big_right = self.focus_on == "sources" and not editing
            self.left.styles.height = strip if big_right else "1fr"
            self.right.styles.height = "1fr" if big_right else strip
        else:
            self.left.styles.height = self.right.styles.height = "1fr"
        self.asked.styles.height = "1fr" if zoom_asked else self._asked_height(layout)

    def _classify(self, layout: Layout) -> None:
        self.set_class(layout.stacked, "stacked")
        self.set_class(layout.airy, "airy")

    def _arrange_side(self, wanted: bool) -> None:
        """Show the column of a wide screen; it is made when it is first wanted."""
        if wanted and self.side is None:
            from hitl_tui.tui.widgets.side import Side  # noqa: PLC0415  (only a wide screen has it)

            self.side = Side(self.looks, self.grounds["pane"], self._key)
            self.main.mount(self.side)
            self._fill_side()
        if self.side is not None:
            self.side.display = wanted

    def _fill_side(self) -> None:
        """Put the batch and the guideline into the column; a case alone has neither."""

    def _even(self) -> bool:
        """Whether both panes matter alike: two answers to choose from."""
        return self.prepared is not None and self.prepared.right_is == "second"

    def _asked_height(self, layout: Layout) -> int:
        if self.prepared is None:
            return 1
        width = layout.text_widths(self.prepared.gutter, bool(self.prepared.right_is))[0]
        return max(1, min(layout.asked_lines, len(self.prepared.asked.lines(width))))

    # -- where the eye is ----------------------------------------------------------------------------

    def _focused_pane(self) -> TextPane:
        return {"output": self.output, "sources": self.sources, "asked": self.asked}[self.focus_on]

    def _bring_claim(self) -> None:
        if self.prepared is None or self.looking.claim is None:
            return
        clause = self.prepared.grounding.clauses[self.looking.claim]
        self.output.bring(*self.prepared.left.locate(0, clause.start, clause.end))
        place = face.evidence_of(self.prepared, self.looking)
        if place is not None and not self._differing():
            self.sources.bring(*self.prepared.right.locate(place.passage, place.start, place.end))
            self._passage = place.passage
            if self.item is not None and self._sources_seen():
                self.item.showed(place)
        self._paint_titles()

    def _bring_newest_turn(self) -> None:
        """Begin a conversation with its newest turn, in the pane that holds all of it, if one does."""
        if self.prepared is None:
            return
        chat = self.sources if self.prepared.right_is == "conversation" else self.asked
        turns = len(self.prepared.case.input)
        regions = chat.document.regions
        if chat.size.height and len(regions) >= turns:
            chat.show_line(chat.lines.line_of(regions[turns - 1].start) - 1)

    def _sources_seen(self) -> bool:
        """Whether what the right pane holds can be read now."""
        return self.main.display and self.right.display and not self.looking.folded_right

    def _differing(self) -> bool:
        """Whether the right pane shows a difference instead of its document."""
        assert self.prepared is not None, "there is a case at hand"
        return self.sources.document is not self.prepared.right

    def _rearranged(self) -> None:
        self._arrange()
        self._paint()
        self.call_after_refresh(self._bring_claim)

    # -- painting ------------------------------------------------------------------------------------

    def _key(self, action_id: str) -> Shown:
        keys = keys_of(self.keymap, action_id)
        return reveal_line(keys[0] if keys else "")

    def _say(self, words: Shown, style: str) -> None:
        self._notice = (words, style)
        self._paint()

    def _mark(self) -> None:
        if self.prepared is None or self.item is None:
            return
        looking = self.looking._replace(spans=tuple(self.item.spans))
        self.output.mark(partial(face.output_marks, self.prepared, looking))
        if not self._differing():
            self.sources.mark(partial(face.source_marks, self.prepared, looking))
        self._mark_asked()

    def _mark_asked(self) -> None:
        """In the gutter of the question, which has no title: its name, and whether it has the focus."""
        self._asked_focused = self.focus_on == "asked"
        named = len(self.asked.document.regions) == 1
        self.asked.mark(self._focused_question if self._asked_focused else _name_of(named))

    def _focused_question(self, start: int, end: int) -> tuple[Sequence[Mark], Sequence[Sign]]:
        lines, named = self.asked.lines, len(self.asked.document.regions) == 1
        numbers = range(lines.line_of(start), lines.line_of(max(start, end - 1)) + 1)
        signs = [Sign(lines.starts[number], Shown("▌"), "link") for number in numbers]
        return (), [Sign(0, Shown("▌asked"), "head"), *signs] if named else signs

    def _paint(self) -> None:
        self._paint_titles()
        self._paint_why()

    def _paint_titles(self) -> None:
        if self.prepared is None:
            self.output_title.set(Line([piece(" ")]))
            return
        if self._asked_focused != (self.focus_on == "asked"):
            self._mark_asked()
        if self.mode == "edit" and self.writing is not None:
            self.output_title.set(
                face.edit_title(self.writing.name, self.checked, self.looking.budget)
            )
        else:
            focused = self.focus_on == "output"
            self.output_title.set(
                face.output_title(self.prepared, self.looking, focused, self._key)
            )
        if self.prepared.right_is:
            focused = self.focus_on == "sources" and self.mode != "edit"
            if self._differing():
                self.right_title.set(face.difference_title(focused, self._key))
            else:
                self.right_title.set(face.right_title(self.prepared, self._passage, focused))

    def _paint_why(self) -> None:
        lines: list[Line] = []
        width = self.app.size.width
        if self.prepared is not None and self.item is not None:
            if self.mode == "menu" and self.menu is not None:
                lines = menu_lines(self.menu, width, self.app.size.height // 2)
            else:
                lines = [
                    self._reason_line(width),
                    face.rationale_line(self.item, self._key("rationale"), self.prepared.view),
                ]
                folded = bool(self.looking.folded)
                words = self.prepared.warning_folded if folded else self.prepared.warning
                if words:
                    lines += face.notice_lines(words, "look", width)
        if self._notice is not None and (self.mode not in FIELDS or self._notice[1] == "error"):
            notice = face.notice_lines(*self._notice, width)
            at = len(lines) if self.mode == "menu" else 1
            lines = [*lines[:at], *notice, *lines[at + 1 :]]
        self.why.styles.height = max(USUALLY_BELOW, len(lines))
        self.why.set(*lines)
        below = max(USUALLY_BELOW, len(lines)) if self.mode == "menu" else USUALLY_BELOW
        if below != self._below:
            self._below = below
            self._arrange()
        self.keys.set(self._key_line())

    def _reason_line(self, width: int) -> Line:
        assert self.prepared is not None, "there is a case at hand"
        if self.mode == "edit" and self.prepared.change is not None:
            # A key that shows a difference is a letter now.
            return Line([piece("what you change stands below the text", "dim")])
        return face.reason_line(self.prepared, self.looking, width, self._key)

    def _key_line(self) -> Line:
        if self.mode == "menu" and self.menu is not None:
            return face.menu_keys(self.menu)
        if self.mode == "mark":
            return face.marking_keys(self.app.size.width)
        if self.mode in FIELDS:
            return face.key_line(*face.FIELD_KEYS[self.mode])
        return face.hints(self.keymap, self.app.size.width, self.prepared)

    def _set_mode(self, mode: Mode) -> None:
        self.mode = mode
        self._paint()
