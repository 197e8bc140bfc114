"""Marking stretches of the output: the reviewer's own spans, with a label, kept in the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hitl_tui.later import later
from hitl_tui.model.text import Shown, message
from hitl_tui.tui.document import Mark
from hitl_tui.tui.menu import span_menu
from hitl_tui.tui.screens.fields import Fields

if TYPE_CHECKING:
    from hitl_tui.tui import stretch
    from hitl_tui.tui.stretch import Stretch, Words
else:
    [stretch] = later("hitl_tui.tui", "stretch")


class Marking(Fields, inherit_bindings=False):
    """Chooses a stretch by words and lines, asks for its label, puts it on the item."""

    choosing: Stretch | None = None
    """The stretch that is being chosen, in display offsets of the left pane."""
    _words: Words
    """Those of the output, known once a stretch is being chosen."""

    def _do_mark(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if not self.prepared.view.spans:
            self._say(Shown("only an output can be marked, and this kind of case has none"), "dim")
            return
        if self.looking.folded:
            self._say(
                message("the text is folded; {key} shows it", key=self._key("reveal")), "look"
            )
            return
        region = self.prepared.left.regions[0]
        self._words = stretch.words_of(self.prepared.left.text, region.start, region.end)
        claim = self.looking.claim
        if claim is None:
            top = max(self.output.offset_in_view, region.start)
            near = (top, top)
        else:
            clause = self.prepared.grounding.clauses[claim]
            near = self.prepared.left.locate(0, clause.start, clause.end)
        self.choosing = stretch.begin(self._words, near)
        if self.choosing is None:
            self._say(Shown("there is no word to mark"), "dim")
            return
        self.focus_on = "output"
        self._set_mode("mark")
        self._arrange()
        self._show_choice()

    def _mark_key(self, key: str) -> None:
        chosen = self.choosing
        assert chosen is not None, "a stretch is being chosen"
        if key in {"l", "right"}:
            self.choosing = stretch.by_word(chosen, self._words, +1)
        elif key in {"h", "left"}:
            self.choosing = stretch.by_word(chosen, self._words, -1)
        elif key in {"j", "down"}:
            self.choosing = stretch.by_line(chosen, self._words, self.output.lines, +1)
        elif key in {"k", "up"}:
            self.choosing = stretch.by_line(chosen, self._words, self.output.lines, -1)
        elif key == "o":
            self.choosing = chosen.swapped()
        elif key in {"enter", "m"}:
            self._ask_label()
            return
        elif key == "x":
            self._take_mark_away()
            return
        elif key == "y":
            start, end = self._raw(chosen)
            assert self.prepared is not None, "there is a case at hand"
            self._end_marking()
            self._say(self._send_to_clipboard(self.prepared.output.raw[start:end]), "dim")
            return
        elif key == "escape":
            self._end_marking()
            return
        self._show_choice()

    def _show_choice(self) -> None:
        assert self.choosing is not None, "a stretch is being chosen"
        self.output.overlay([Mark(*self.choosing.span, "selecting")])
        self.output.bring(max(0, self.choosing.head - 1), max(1, self.choosing.head))

    def _ask_label(self) -> None:
        assert self.item is not None, "there is a case at hand"
        self.menu = span_menu(self.settings.labels, self.item.claim.case.kind)
        self._set_mode("menu")

    def _label_span(self, label: str) -> None:
        """Put the chosen stretch on the item under this label."""
        assert self.item is not None and self.choosing is not None, "a stretch is chosen"
        start, end = self._raw(self.choosing)
        kept = [span for span in self.item.spans if span[:2] != (start, end)]
        self.item.spans = sorted([*kept, (start, end, label)], key=lambda span: span[:2])
        self._end_marking()
        self._save_draft_now()
        self._say(message("marked as {label}; it goes out with the verdict", label=label), "dim")

    def _take_mark_away(self) -> None:
        assert self.item is not None and self.choosing is not None, "a stretch is chosen"
        start, end = self._raw(self.choosing)
        kept = [span for span in self.item.spans if span[1] <= start or span[0] >= end]
        gone = len(self.item.spans) - len(kept)
        self.item.spans = kept
        self._end_marking()
        self._save_draft_now()
        words = message("{n} marks taken away", n=gone) if gone else Shown("no mark stands there")
        self._say(words, "dim")

    def _raw(self, chosen: Stretch) -> tuple[int, int]:
        """The raw offsets of a stretch; a picture that is half chosen is chosen whole."""
        assert self.prepared is not None, "there is a case at hand"
        region = self.prepared.left.regions[0]
        first, last = (offset - region.start for offset in chosen.span)
        start = region.revealed.to_raw(first)
        end = region.revealed.to_raw(last)
        if region.revealed.to_display(end) < last:
            end += 1
        return start, max(end, start + 1)

    def _end_marking(self) -> None:
        self.choosing = None
        self.output.overlay(())
        self._set_mode("read")
        self._mark()
        self._arrange()
