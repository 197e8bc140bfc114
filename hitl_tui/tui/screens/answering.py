"""From keys to a decision: what the kind of case answers to, and what it asks before it is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hitl_tui.model.case import RawText
from hitl_tui.model.text import Shown, message
from hitl_tui.tui import face
from hitl_tui.tui.deciding import Choice
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.keymap import ACTIONS, Action, keys_of
from hitl_tui.tui.kinds import Question, answer_to
from hitl_tui.tui.menu import SNOOZES, STRENGTHS, Option, question_menu, snooze_menu
from hitl_tui.tui.paint import piece
from hitl_tui.tui.screens.marking import Marking
from hitl_tui.tui.widgets.rows import Line

if TYPE_CHECKING:
    from hitl_tui.tui.widgets.editor import Editor


class Answering(Marking, inherit_bindings=False):
    """Asks what a decision needs, one key a question, and gives it to whoever records it."""

    def __init__(self, handbook: Handbook, **fields: Any) -> None:
        super().__init__(**fields)
        self.handbook = handbook
        self._asking: list[Question] = []
        self._choice = Choice("")
        self._last: dict[str, str] = {}
        """Question -> what was answered the last time."""

    # -- decisions -----------------------------------------------------------------------------------

    def _answer(self, action: Action) -> None:
        """Act on a key that decides, as far as this kind of case knows it."""
        assert self.item is not None, "there is a case at hand"
        answer = answer_to(self.item.claim.case.kind, action.id)
        if answer is None:
            self._say(self._why_not(action), "dim")
        elif answer.writes:
            self._do_edit()
        else:
            self._choice = Choice(answer.decision)
            self._asking = list(answer.asks)
            self._go_on()

    def _why_not(self, action: Action) -> Shown:
        """Why an action decides nothing here, and which keys do; what each does stands in the line below."""
        assert self.item is not None, "there is a case at hand"
        kind = self.item.claim.case.kind
        pairs = [(keys_of(self.keymap, one.id), answer_to(kind, one.id)) for one in ACTIONS]
        known = " ".join(keys[0] for keys, found in pairs if keys and found)
        return message(
            "{name} is no answer to {a} {kind} case · these are: {known}",
            name=action.label,
            a="an" if kind[0] in "aeiou" else "a",
            kind=kind,
            known=known,
        )

    def _key_line(self) -> Line:
        if self.mode == "note":
            return face.note_keys(self._choice.decision)
        return super()._key_line()

    def _go_on(self) -> None:
        """Ask the next question, or record the decision when there is none left."""
        assert self.item is not None, "there is a case at hand"
        if not self._asking:
            self._decided(self._choice)
            return
        question = self._asking[0]
        self.menu = question_menu(
            question,
            self.settings.labels,
            self.item.claim.case.kind,
            self._choice.decision,
            self._last.get(question),
        )
        self._set_mode("menu")

    def _decided(self, choice: Choice) -> None:
        raise NotImplementedError

    def _put_away(self, option: Option) -> None:
        raise NotImplementedError

    # -- menus ---------------------------------------------------------------------------------------

    def _menu_key(self, key: str) -> None:
        menu = self.menu
        assert menu is not None, "a menu is open"
        option = menu.chosen(key)
        if option is not None:
            self._notice = None
            self._chosen[menu.name](self, option)
        elif key == "escape":
            self._notice = None
            self._leave_menu()
        elif key == "enter" and menu.note:
            self._open_note("note")
        else:
            self._say(Shown("none of the keys above; escape goes back"), "dim")

    def _leave_menu(self) -> None:
        """One question back, out of the menu at the first; nothing is decided."""
        if self.menu is not None and self.menu.name == "severity":
            self._asking = ["harm", "severity"]
            self._go_on()
        elif self.menu is not None and self.menu.name == "span":
            self._set_mode("mark")
        else:
            self._set_mode("read")

    def _answered(self, option: Option) -> None:
        """Take the answer to the present question over into the choice."""
        question = self._asking.pop(0)
        self._last[question] = option.value
        if question == "reason":
            cited = self.handbook.cite(option.value)
            self._choice = self._choice._replace(
                labels=(option.value,), cited=(cited,) if cited else ()
            )
        elif question == "harm":
            self._choice = self._choice._replace(harm=option.value)
        else:
            self._last.pop(question)
            self._choice = self._choice._replace(severity=int(option.value))
        if not self._asking:
            self._set_mode("read")
        self._go_on()

    def _span_chosen(self, option: Option) -> None:
        self._label_span(option.value)

    def _time_chosen(self, option: Option) -> None:
        self._set_mode("read")
        self._put_away(option)

    _chosen: dict[str, Callable[[Any, Option], None]] = {  # noqa: RUF012  (a table, never changed)
        "reason": _answered,
        "harm": _answered,
        "severity": _answered,
        "span": _span_chosen,
        "snooze": _time_chosen,
    }

    def _do_snooze(self) -> None:
        self.menu = snooze_menu()
        self._set_mode("menu")

    def _do_strength(self) -> None:
        assert self.item is not None and self.prepared is not None, "there is a case at hand"
        if not self.prepared.view.strength:
            self._say(Shown("only a preference can be slight or clear"), "dim")
            return
        after = (self.item.strength or 0) + 1
        self.item.strength = after if after in STRENGTHS else None
        self._save_draft_now()
        self._paint()

    # -- what was written ----------------------------------------------------------------------------

    def on_editor_submitted(self, event: Editor.Submitted) -> None:
        """Take a written text: keep it, search for it, or decide with it."""
        event.stop()
        assert self.item is not None and self.prepared is not None, "a field is open over a case"
        mode, words, writing = self.mode, event.editor.text, self.writing
        if mode == "edit" and (refusal := self._refusal(words)) is not None:
            event.editor.read_only = False
            self.keys.set(Line([piece("! ", "look-strong"), (refusal, "look-strong")]))
            return
        self._close_field()
        if mode == "search":
            self._search_for(words)
        elif mode == "note" and self.item.rationale:
            self._decided(self._choice)
        elif mode == "note":
            self._set_mode("menu")
        elif mode == "edit" and self.item.edited is None:
            self._say(Shown("nothing was changed, so nothing is decided"), "dim")
        elif mode == "edit" and writing is not None:
            self._decided(Choice(writing.decision, edited=RawText(self.item.edited or "")))

    def _refusal(self, words: str) -> Shown | None:
        assert self.prepared is not None, "there is a case at hand"
        return self.prepared.view.refused(words, self.prepared.claim.case)


def snooze_time(option: Option) -> timedelta:
    """For how long an option of the snooze menu puts a case away."""
    return next(away for key, _, away in SNOOZES if key == option.value)
