"""Reading a case: claims and their evidence, scrolling, searching, differences, folded text, copying."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hitl_tui.later import later
from hitl_tui.model.case import Signal
from hitl_tui.model.text import Shown, message
from hitl_tui.tui import face
from hitl_tui.tui.desk import Item
from hitl_tui.tui.diffview import LEGEND, diff_document
from hitl_tui.tui.document import Mark
from hitl_tui.tui.prepare import Change
from hitl_tui.tui.screens.case_view import CaseView
from hitl_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from hitl_tui.tui import search
    from hitl_tui.tui.search import Found
else:
    [search] = later("hitl_tui.tui", "search")

WIDER_BUDGET = 0.25


class Reading(CaseView, inherit_bindings=False):
    """Moves the eye through a case. Nothing in here changes what is decided."""

    found: Found | None = None
    """What was searched for last, in the pane that had the focus."""

    # -- claims and sources --------------------------------------------------------------------------

    def _do_next_claim(self) -> None:
        self._go_claim(+1)

    def _do_previous_claim(self) -> None:
        self._go_claim(-1)

    def _go_claim(self, step: int) -> None:
        assert self.prepared is not None, "there is a case at hand"
        severity = self.settings.review.claim_order == "severity"
        claim = face.step_claim(self.prepared, self.looking, step, severity=severity)
        if claim is None:
            self._say(self._no_claim(), "dim")
            return
        if claim == self.looking.claim:
            self._say(Shown("this is the only marked claim"), "dim")
        self.looking = self.looking._replace(claim=claim, evidence=0)
        self._close_difference()
        self._mark()
        self._bring_claim()
        self._paint()

    def _no_claim(self) -> Shown:
        assert self.prepared is not None, "there is a case at hand"
        if self.prepared.case.kind != "response":
            return Shown("only the claims of an output with sources are marked")
        if not self.prepared.grounding.clauses:
            return message("nothing is marked: {why}", why=self.prepared.grounding.note)
        return message("no claim is marked; {key} marks more", key=self._key("widen"))

    def _do_evidence(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if face.evidence_of(self.prepared, self.looking) is None:
            nowhere = Shown("nothing in the sources comes near this claim")
            self._say(self._no_claim() if self.looking.claim is None else nowhere, "dim")
            return
        self._close_difference()
        if self.sources.top == self._evidence_top():
            self.looking = self.looking._replace(evidence=self.looking.evidence + 1)
        self._mark()
        self._bring_claim()
        self._paint()

    def _evidence_top(self) -> int:
        """The first visible line of the sources once the evidence has been brought into view."""
        before = self.sources.top
        self._bring_claim()
        after = self.sources.top
        self.sources.show_line(before)
        return after

    def _do_next_source(self) -> None:
        self._go_source(+1)

    def _do_previous_source(self) -> None:
        self._go_source(-1)

    def _go_source(self, step: int) -> None:
        assert self.prepared is not None, "there is a case at hand"
        regions = self.prepared.right.regions
        if not regions:
            self._say(Shown("this case has no sources"), "dim")
            return
        self._close_difference()
        self._passage = max(0, min(len(regions) - 1, self._passage + step))
        lines = self.sources.lines
        self.sources.show_line(max(0, lines.line_of(regions[self._passage].start) - 1))
        self._paint()

    def _do_widen(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if not self.prepared.grounding.clauses:
            self._say(self._no_claim(), "dim")
            return
        usual = self.settings.review.mark_budget
        wider = usual if self.looking.budget > usual else max(WIDER_BUDGET, usual)
        self.looking = self.looking._replace(budget=wider)
        self._mark()
        self._say(message("marking up to {share} % of the output", share=round(wider * 100)), "dim")

    # -- scrolling and panes ---------------------------------------------------------------------------

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

    def _scrolled(self) -> None:
        if self.focus_on == "sources" and self.prepared is not None and not self._differing():
            self._passage = self.prepared.right.passage_at(self.sources.offset_in_view)
            self._paint_titles()

    def _do_pane(self) -> None:
        panes = ["output", "sources", "asked"] if self.two_panes else ["output", "asked"]
        at = panes.index(self.focus_on) if self.focus_on in panes else -1
        self.focus_on = panes[(at + 1) % len(panes)]
        self._rearranged()

    def _do_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._rearranged()

    def on_text_pane_clicked(self, event: TextPane.Clicked) -> None:
        """A click moves the focus, and on a claim or its evidence the eye; it never decides."""
        event.stop()
        if self.mode != "read" or self.prepared is None or event.pane.id is None:
            return
        if event.pane.id in {"output", "sources", "asked"} and event.pane.id != self.focus_on:
            self.focus_on = event.pane.id
        claim = None
        if not self._differing() or event.pane is self.output:
            claim = face.claim_at(self.prepared, event.pane.id, event.offset)
        if claim is not None:
            self.looking = self.looking._replace(claim=claim, evidence=0)
            self._mark()
        self._rearranged()

    # -- searching -------------------------------------------------------------------------------------

    def _search_for(self, words: str) -> None:
        """Find the words in the pane that has the focus and go to the first place behind its top."""
        pane = self._focused_pane()
        self._clear_search()
        folded = self._folded_in(pane)
        found = search.search(pane.document.text, words, pane.offset_in_view, folded)
        if found is None and folded:
            self._say(
                message(
                    "{words} is not in what is shown · {rest}", words=words, rest=self._unsearched()
                ),
                "look",
            )
            return
        if found is None:
            self._say(message("{words} is not in this pane", words=words), "look")
            return
        self.found = found._replace(pane=self.focus_on)
        self._show_hit()

    def _do_next_hit(self) -> None:
        self._go_hit(+1)

    def _do_previous_hit(self) -> None:
        self._go_hit(-1)

    def _go_hit(self, step: int) -> None:
        if self.found is None:
            self._say(
                message("nothing was searched; {key} searches", key=self._key("search")), "dim"
            )
            return
        self.found = self.found.step(step)
        self._show_hit()

    def _show_hit(self) -> None:
        found = self.found
        assert found is not None, "something was found"
        if found.pane != self.focus_on:
            self.focus_on = found.pane
            self._arrange()
        pane = self._focused_pane()
        hits = [Mark(*span, "hit") for span in found.places]
        hits.append(Mark(*found.now, "hit-now"))
        pane.overlay(hits, found.now[0])
        pane.bring(*found.now)
        self._scrolled()
        words = message("{at} of {all}", at=found.at + 1, all=found.count_words)
        if self._folded_in(pane):
            words = message("{words} · {rest}", words=words, rest=self._unsearched())
        self._say(words, "dim")

    def _folded_in(self, pane: TextPane) -> tuple[tuple[int, int], ...]:
        """What of a pane is folded, as display ranges."""
        if pane is self.output:
            return self.looking.folded
        if pane is self.sources and self.looking.folded_right and not self._differing():
            return tuple((region.start, region.end) for region in pane.document.regions)
        return ()

    def _unsearched(self) -> Shown:
        return message("folded text is not searched, {key} shows it", key=self._key("reveal"))

    def _clear_search(self) -> None:
        self.found = None
        for pane in (self.output, self.sources, self.asked):
            pane.overlay(())

    # -- differences -----------------------------------------------------------------------------------

    def _change(self) -> Change | None:
        """The two texts whose difference `d` shows: the reviewer's draft before the case's own."""
        assert self.prepared is not None and self.item is not None, "there is a case at hand"
        base = self.prepared.writable(self.item.writes, self.focus_on)
        if self.item.edited is not None and base is not None and base.compare:
            return Change("text", base.base.text, "your draft", self._draft_shown())
        return self.prepared.change

    def _draft_shown(self) -> Shown:
        raise NotImplementedError

    def _do_diff(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if self._differing():
            self._close_difference()
            self._mark()
            self._bring_claim()
            self._paint()
            return
        change = self._change()
        if self.looking.folded:
            self._say(
                message("the text is folded; {key} shows it", key=self._key("reveal")), "look"
            )
            return
        if change is None:
            self._say(
                Shown("there are no two texts to compare here before something is edited"), "dim"
            )
            return
        if not self.two_panes:
            self._say(
                Shown("the difference stands in the editor; there is no second pane here"), "dim"
            )
            return
        document, first = diff_document(change.old, change.new)
        self._clear_search()
        self.sources.show(document, gutter=self.prepared.gutter)
        if first is not None:
            self.sources.bring(first, first + 1)
        self._say(
            message(
                "from {old} to {new}: {legend}",
                old=change.old_name,
                new=change.new_name,
                legend=LEGEND,
            )
            if first is not None
            else Shown("the two texts are the same"),
            "dim",
        )

    def _close_difference(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if self._differing():
            self.sources.show(self.prepared.right, gutter=self.prepared.gutter)

    # -- what is hidden, what is copied ----------------------------------------------------------------

    def _do_reveal(self) -> None:
        assert self.item is not None and self.prepared is not None, "there is a case at hand"
        case = self.item.claim.case
        if not case.signals and not self.looking.folded:
            self._say(Shown("no guardrail gave a score to this case"), "dim")
            return
        first = not self.item.revealed
        self.item.revealed = True
        if self.looking.folded:
            self._clear_search()  # its hits are those of what was shown then
        self.looking = self.looking._replace(revealed=True, folded=(), folded_right=False)
        self._mark()
        width = self.app.size.width
        if case.signals and not face.all_scores_stand(
            self.prepared, self.looking, width, self._key
        ):
            pieces = face.signal_pieces(case.signals, True, len(case.signals))
            words = Shown("".join(text for text, _ in pieces))
            if face.fits_a_notice(words, width):
                self._say(words, "text")
            else:
                self._read_scores(case.signals)
        self._paint()
        if first:
            self._looked(self.item)

    def _read_scores(self, signals: Sequence[Signal]) -> None:
        """Open a list of what the guardrails found: more than the lines below the panes hold."""
        raise NotImplementedError

    def _looked(self, item: Item) -> None:
        """Note where the queue is that the reviewer looked, whatever becomes of the case."""
        raise NotImplementedError

    def _do_copy(self) -> None:
        assert self.prepared is not None, "there is a case at hand"
        if self.looking.folded:
            self._say(
                message("folded text is not copied; {key} shows it", key=self._key("reveal")),
                "look",
            )
            return
        pane = self._focused_pane()
        regions = pane.document.regions
        text = regions[0].revealed.raw if len(regions) == 1 else str(pane.document.text)
        self._say(self._send_to_clipboard(text), "dim")

    def _send_to_clipboard(self, text: str) -> Shown:
        raise NotImplementedError
