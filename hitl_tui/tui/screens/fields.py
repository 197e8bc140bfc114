"""Writing over a case: the rationale, the text that is edited or written, drafts that outlive a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, cast

from textual.timer import Timer

from hitl_tui.model.case import RawText
from hitl_tui.model.text import Shown, message, reveal, unreveal
from hitl_tui.tui.desk import Item
from hitl_tui.tui.diffview import NO_CHANGE, diff_document
from hitl_tui.tui.document import output_document, signed
from hitl_tui.tui.drafts import Draft, DraftBox
from hitl_tui.tui.editing import raw_after_edit
from hitl_tui.tui.prepare import Prepared
from hitl_tui.tui.screens.reading import Reading
from hitl_tui.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from hitl_tui.grounding import Grounding
    from hitl_tui.tui.widgets.editor import Editor

DRAFT_AFTER_S = 0.3
CHECK_AFTER_S = 0.2
"""How long nothing is typed before an edited output is compared with long sources again."""
CHECK_AT_ONCE = 30_000
CHECK_WEIGHT = 10
"""Code points of sources, and of the output so many times over, up to which that is done with each key."""
MAX_EDIT = 200_000
"""Code points of an output that the editor takes; longer ones are edited with `hitl verdict`."""


class Fields(Reading, inherit_bindings=False):
    """Opens and closes the text fields; whatever stands in one is in the draft within a moment."""

    def __init__(self, drafts: DraftBox, **view: Any) -> None:
        super().__init__(**view)
        self.drafts = drafts
        self._draft_timer: Timer | None = None
        self._unsaved: Shown | None = None
        """What was said when a draft could not be saved."""

    def _field(self, text: Shown, editor_id: str, *, one_line: bool = False) -> Editor:
        from hitl_tui.tui.widgets.editor import Editor  # noqa: PLC0415  (not before the first case)

        return Editor(text, editor_id=editor_id, one_line=one_line)

    def _fields(self, which: str = "Editor") -> Iterator[Editor]:
        """The open text fields, or the one of an id such as `#edit`."""
        return cast("Iterator[Editor]", self.query(which).results())

    def _open_note(self, mode: Literal["note", "rationale"]) -> None:
        assert self.item is not None, "there is a case at hand"
        editor = self._field(reveal(self.item.rationale).text, "note", one_line=True)
        self._set_mode(mode)
        self.mount(editor, before=self.keys)
        editor.focus()
        editor.move_cursor(editor.document.end)

    def _do_rationale(self) -> None:
        self._open_note("rationale")

    def _do_search(self) -> None:
        self._set_mode("search")
        editor = self._field(Shown(""), "query", one_line=True)
        self.mount(editor, before=self.keys)
        editor.focus()

    def _do_edit(self) -> None:
        assert self.prepared is not None and self.item is not None, "there is a case at hand"
        writing = self.prepared.writable(self.item.writes, self.focus_on)
        if writing is None:
            self._say(Shown("there is no text to edit in this kind of case"), "dim")
            return
        if self.looking.folded:
            self._say(
                message("the text is folded; {key} shows it", key=self._key("reveal")), "look"
            )
            return
        original = writing.base
        if len(original.text) > MAX_EDIT:
            self._say(
                message(
                    "longer than {most} characters: use hitl verdict --edited FILE", most=MAX_EDIT
                ),
                "look",
            )
            return
        text = original.text if self.item.edited is None else self._draft_shown()
        self.writing = writing
        self._set_mode("edit")
        self.zoomed = False
        self._close_difference()
        self._arrange()
        self.output.display = False
        editor = self._field(text, "edit")
        self.left.mount(editor)
        editor.focus()
        if not writing.compare:
            editor.move_cursor(editor.document.end)
            return
        diff = TextPane(self.looks, self.grounds["pane"], pane_id="diff")
        self.left.mount(diff)
        editor.place_cursor(self._first_doubt() if self.item.edited is None else 0)
        self._show_diff(diff, text)

    def _draft_shown(self) -> Shown:
        assert self.item is not None, "there is a case at hand"
        return reveal(self.item.edited or "").text

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
        assert self.writing is not None, "the editor is open"
        document, first = diff_document(self.writing.base.text, Shown(edited))
        top = diff.top
        diff.show(NO_CHANGE if first is None else document, gutter=3)
        diff.mark(signed(" ±"))
        if diff.size.height and first is not None:
            diff.show_line(top)
            diff.bring(first, first + 1)

    def on_text_area_changed(self, event: Editor.Changed) -> None:
        event.stop()
        if self.item is None or self.prepared is None:
            return
        for diff in self.query("#diff").results(TextPane):
            if self.mode == "edit":
                self._show_diff(diff, event.text_area.text)
        self._draft_soon()
        if self.mode == "edit":
            self.keys.set(self._key_line())  # in place of what was wrong with the text before
            self._check_soon()

    def _check_soon(self) -> None:
        """Compare the edited output with the sources: a short one at once, a long one away from the keys."""
        prepared = self.prepared
        if prepared is None or prepared.index is None or (raw := self._edited_now()) is None:
            return
        from hitl_tui.grounding import ground  # noqa: PLC0415  (not before the first case)

        size = sum(map(len, prepared.index.context)) + CHECK_WEIGHT * len(raw)
        if size <= CHECK_AT_ONCE:
            self._show_check(raw, ground(raw, prepared.index))
        else:
            self.run_worker(self._check(prepared), group="check", exclusive=True)

    async def _check(self, prepared: Prepared) -> None:
        from hitl_tui.grounding import ground  # noqa: PLC0415

        await asyncio.sleep(CHECK_AFTER_S)
        raw = self._edited_now()
        if raw is None or prepared.index is None or self.prepared is not prepared:
            return
        found = await asyncio.to_thread(ground, raw, prepared.index)
        if self.mode == "edit" and self.prepared is prepared:
            self._show_check(raw, found)

    def _edited_now(self) -> RawText | None:
        """The raw text that stands in the editor of an output."""
        field = next(self._fields("#edit"), None)
        if self.writing is None or self.writing.decision != "edit" or field is None:
            return None
        return raw_after_edit(self.writing.base, field.text)

    def _show_check(self, raw: RawText, found: Grounding) -> None:
        self.checked = (raw, found)
        self._paint_titles()

    def _typed(self) -> None:
        """Take over what stands in the open field."""
        if self.item is None or self.prepared is None:
            return
        if self.mode == "edit" and self.writing:
            for field in self._fields("#edit"):
                raw = raw_after_edit(self.writing.base, field.text)
                changed = raw != self.writing.base.raw
                self.item.edited = raw if changed else None
                self.item.writes = self.writing.decision if changed else None
        elif self.mode in {"note", "rationale"}:
            for field in self._fields("#note"):
                self.item.rationale = unreveal(field.text)

    def on_editor_left(self, event: Editor.Left) -> None:
        event.stop()
        note = self.mode == "note"
        self._close_field()
        if event.editor.id == "note" and note:
            self._set_mode("menu")
        kept = self.item is not None and self.item.edited is not None
        if kept and event.editor.id == "edit" and self._notice is None:
            self._say(
                message("the draft is kept · {key} opens it again", key=self._key("edit")), "dim"
            )

    def _close_field(self) -> None:
        self._typed()
        self._notice = None
        self._save_draft_now()
        for name in ("#edit", "#diff", "#note", "#query"):
            self.query(name).remove()
        self.output.display = True
        self.set_focus(None)
        self.writing = self.checked = None
        self.mode = "read"
        self._show_draft()
        self._arrange()
        self._paint()

    def _show_draft(self) -> None:
        """Where the text is the reviewer's own to write: show what there is of it."""
        if self.prepared is None or self.item is None or not self.prepared.view.drafts:
            return
        if self.item.edited is None:
            self.output.show(self.prepared.left, gutter=self.prepared.gutter)
        else:
            self.output.show(output_document(reveal(self.item.edited)), gutter=2)

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
            self.drafts.save(
                Draft(
                    item.case_id,
                    item.rationale,
                    item.edited,
                    item.writes,
                    tuple(item.spans),
                    item.strength,
                )
            )
        except OSError as error:
            self._unsaved = message(
                "the draft could not be saved: {why}", why=error.strerror or "unknown"
            )
            self._say(self._unsaved, "error")
            return
        if self._notice is not None and self._notice[0] is self._unsaved:
            self._notice = None
            self._paint_why()

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
        except OSError as error:
            why = error.strerror or "unknown"
            self._say(message("the draft of this case could not be read: {why}", why=why), "error")
            return
        if draft is None:
            return
        item.rationale, item.edited, item.writes = draft.rationale, draft.edited, draft.writes
        item.spans, item.strength = list(draft.spans), draft.strength
        if draft.edited is not None:
            self._say(
                message("a draft of your edit is here · {key} opens it", key=self._key("edit")),
                "look",
            )
