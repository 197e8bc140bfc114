"""Writing over a case: the rationale, the edit with its difference, and drafts that outlive a crash."""

from __future__ import annotations

from typing import Any, Literal

from textual.timer import Timer

from hitl_tui.model.text import Shown, message, reveal, unreveal
from hitl_tui.tui.desk import Item
from hitl_tui.tui.diffview import NO_CHANGE, diff_document
from hitl_tui.tui.document import Sign
from hitl_tui.tui.drafts import Draft, DraftBox
from hitl_tui.tui.editing import raw_after_edit
from hitl_tui.tui.screens.case_view import CaseView
from hitl_tui.tui.widgets.editor import Editor
from hitl_tui.tui.widgets.text_pane import TextPane

DRAFT_AFTER_S = 0.3
MAX_EDIT = 200_000
"""Code points of an output that the editor takes; longer ones are edited with `hitl verdict`."""


class Fields(CaseView, inherit_bindings=False):
    """Opens and closes the text fields; whatever stands in one is in the draft within a moment."""

    def __init__(self, drafts: DraftBox, **view: Any) -> None:
        super().__init__(**view)
        self.drafts = drafts
        self._draft_timer: Timer | None = None

    def _open_note(self, mode: Literal["note", "rationale"]) -> None:
        assert self.item is not None, "there is a case at hand"
        editor = Editor(reveal(self.item.rationale).text, editor_id="note", one_line=True)
        self._set_mode(mode)
        self.mount(editor, before=self.keys)
        editor.focus()
        editor.move_cursor(editor.document.end)

    def _do_rationale(self) -> None:
        self._open_note("rationale")

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
        note = self.mode == "note"
        self._close_field()
        if event.editor.id == "note" and note:
            self._set_mode("reasons")
        kept = self.item is not None and self.item.edited is not None
        if kept and event.editor.id == "edit":
            self._say(
                message("the draft is kept · {key} opens it again", key=self._key("edit")), "dim"
            )

    def _close_field(self) -> None:
        self._typed()
        self._save_draft_now()
        for name in ("#edit", "#diff", "#note"):
            self.query(name).remove()
        self.output.display = True
        self.set_focus(None)
        self.mode = "read"
        self._notice = None
        self._arrange()
        self._paint()

    # -- drafts --------------------------------------------------------------------------------------

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

    def _forget_draft(self, case_id: str) -> None:
        try:
            self.drafts.drop(case_id)
        except OSError as error:
            self._say(
                message("a draft could not be removed: {why}", why=error.strerror or "unknown"),
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
