"""The panes of a case: what stands where at which size, how the eye moves through it, how it is painted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.screen import Screen

from hitl_tui.config.settings import Reason, Settings
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.tui import face
from hitl_tui.tui.desk import Item
from hitl_tui.tui.document import Sign
from hitl_tui.tui.face import Looking
from hitl_tui.tui.keymap import Action, keys_of
from hitl_tui.tui.layout import MIN_HEIGHT, MIN_WIDTH, Layout
from hitl_tui.tui.paint import Piece, piece
from hitl_tui.tui.prepare import Prepared, alarm_words
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane

Mode = Literal["read", "reasons", "note", "rationale", "edit"]
WIDER_BUDGET = 0.25


class CaseView(Screen[None], inherit_bindings=False):
    """A case with its sources, for reading. It knows nothing of queues and decisions."""

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
        self.item: Item | None = None
        self.prepared: Prepared | None = None
        self.looking = Looking(settings.review.mark_budget)
        self.focus_on = "output"
        self.zoomed = False
        self._notice: Piece | None = None
        self._last_reason: Reason | None = None
        self._passage = 0
        self._arranged: tuple[object, ...] = ()
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
        self.main = Container(self.left, self.right, id="main")
        self.output_title.add_class("title")
        self.right_title.add_class("title")

    # -- building and sizes --------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
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

    def _arrange(self) -> None:
        layout = self.layout_now
        two = self.prepared is not None and bool(self.prepared.right_is)
        wanted = (
            layout,
            two,
            self._asked_height(layout),
            self.zoomed,
            self.focus_on,
            self.mode == "edit",
        )
        if wanted == self._arranged:
            return
        self._arranged = wanted
        self.set_class(layout.stacked, "stacked")
        self.set_class(layout.airy, "airy")
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

    # -- reading -------------------------------------------------------------------------------------

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

    def _go_claim(self, step: int) -> None:
        assert self.prepared is not None, "there is a case at hand"
        claim = face.step_claim(self.prepared, self.looking, step)
        if claim is None:
            self._say(Shown("no claim is marked; w marks more"), "dim")
            return
        if claim == self.looking.claim:
            self._say(Shown("this is the only marked claim"), "dim")
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

    # -- painting ------------------------------------------------------------------------------------

    def _reasons(self) -> list[Reason]:
        return [
            reason
            for reason in self.settings.labels.reason
            if (not reason.kinds or "response" in reason.kinds)
            and (not reason.decisions or "reject" in reason.decisions)
        ]

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
        self._paint_titles()
        self._paint_why()

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
            pairs = [("1-9 0 p f", "reject, because"), ("enter", "write a note")]
            pairs += [(".", f"again {reveal_line(again.id, 20)}")] if again else []
            return face.key_line(*pairs, ("escape", "back"))
        if self.mode == "edit":
            return face.key_line(("F2", "save the edit"), ("escape", "leave, the draft is kept"))
        if self.mode == "note":
            return face.key_line(("enter", "reject with this note"), ("escape", "back"))
        if self.mode == "rationale":
            return face.key_line(("enter", "keep the rationale"), ("escape", "back"))
        return face.hints(self.keymap, self.app.size.width, at_hand=self.item is not None)

    def _set_mode(self, mode: Mode) -> None:
        self.mode = mode
        self._paint()
