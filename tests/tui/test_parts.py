"""The parts of the workstation that need no screen: keys, drafts, the gate, documents, words."""

from __future__ import annotations

import json
import stat

import pytest

from hitl_tui.config.settings import LabelSettings
from hitl_tui.grounding import word_diff
from hitl_tui.model.case import Passage
from hitl_tui.model.text import reveal
from hitl_tui.tui import driver, face
from hitl_tui.tui.document import sources_document
from hitl_tui.tui.drafts import Draft, DraftBox, SeatLock
from hitl_tui.tui.keymap import ACTIONS, KeymapError, build_keymap, key_name
from hitl_tui.tui.menu import menu_lines, question_menu


class TestKeys:
    def test_no_default_key_does_two_things(self):
        keys = [key for action in ACTIONS for key in action.keys]
        assert len(keys) == len(set(keys))

    def test_every_decision_has_a_key_without_ctrl_or_alt(self):
        assert all(any("+" not in key for key in a.keys) for a in ACTIONS if a.group == "decide")

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"aprove": ("y",)}, "aprove is not an action"),
            ({"approve": ("x",)}, "x is given to both"),
            ({"approve": ("ctrl+y",)}, "without ctrl or alt"),
            ({"approve": ()}, "without ctrl or alt"),
            ({"quit": ("ctrl+s",)}, "terminals stop"),
            ({"help": ("escape",)}, "leaves a field"),
            ({"approve": ("hyper",)}, "approve cannot be hyper: no key has this name"),
            ({"help": ("esc",)}, "enter, home"),
            ({"help": ("ctrl+",)}, "no key has this name"),
        ],
    )
    def test_a_keymap_that_would_not_work_is_refused_with_the_reason(self, changes, says):
        with pytest.raises(KeymapError, match=says):
            build_keymap(changes)

    @pytest.mark.parametrize(
        "key", ["é", "f5", "ctrl+e", "shift+tab", "ctrl+shift+left", "ctrl+backslash"]
    )
    def test_a_key_may_be_whatever_a_terminal_sends(self, key):
        assert build_keymap({"help": (key,)})[key].id == "help"

    def test_a_changed_key_replaces_the_defaults_of_its_action(self):
        keymap = build_keymap({"approve": ("c", "C")})
        assert keymap["c"].id == keymap["C"].id == "approve"
        assert "a" not in keymap

    @pytest.mark.parametrize(
        ("key", "character", "name"),
        [
            ("exclamation_mark", "!", "!"),
            ("space", " ", "space"),
            ("G", "G", "G"),
            ("ctrl+h", "\x08", "backspace"),
            ("enter", "\r", "enter"),
            ("adiaeresis", "ä", "ä"),
        ],
    )
    def test_a_key_is_named_by_what_it_prints(self, key, character, name):
        assert key_name(key, character) == name


class TestDrafts:
    def test_a_draft_comes_back_exactly(self, tmp_path):
        box = DraftBox.of(tmp_path, "queue", "alice")
        draft = Draft("c\x1b1", rationale="why\u202e", edited="a\r\nb\x00")
        box.save(draft)
        assert box.load("c\x1b1") == draft
        assert box.load("c2") is None

    def test_an_empty_draft_leaves_no_file(self, tmp_path):
        box = DraftBox.of(tmp_path, "queue", "alice")
        box.save(Draft("c1", rationale="x"))
        box.save(Draft("c1"))
        assert list(box.directory.iterdir()) == []

    def test_a_broken_file_is_no_draft_and_no_crash(self, tmp_path):
        box = DraftBox.of(tmp_path, "queue", "alice")
        box.save(Draft("c1", rationale="x"))
        (file,) = box.directory.iterdir()
        for content in ("", "{", "[]", json.dumps({"case_id": "c1"}), json.dumps({"no": 1})):
            file.write_text(content)
            assert box.load("c1") in (None, Draft("c1"))

    def test_only_its_owner_reads_it_and_no_id_names_a_file(self, tmp_path):
        box = DraftBox.of(tmp_path, "queue", "../../alice")
        box.save(Draft("../../etc/passwd", rationale="x"))
        (file,) = box.directory.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert box.directory.parent == tmp_path / "drafts"

    def test_only_one_workstation_has_the_seat(self, tmp_path):
        first = SeatLock(tmp_path)
        second = SeatLock(tmp_path)
        assert (first.alone, second.alone) == (True, False)
        first.close()
        third = SeatLock(tmp_path)
        assert third.alone
        second.close()
        third.close()


class TestGate:
    @pytest.mark.parametrize(
        "clean",
        [
            "text ü 你",
            "\x1b[1;31mred\x1b[0m",
            "\x1b[?25l\x1b[2J\r\n",
            "\x1b[?2026$p",
            "\x1b[>1u",
            "\x1b7",
        ],
    )
    def test_textuals_own_output_passes_untouched(self, clean):
        before = driver.dropped
        assert driver.admitted(clean) == clean
        assert driver.dropped == before

    @pytest.mark.parametrize(
        "foul",
        [
            "\x1b]0;title\x07",
            "\x1bP+q\x1b\\",
            "\x9b31m",
            "\x07",
            "a\x00b",
            "\x1b_Gx\x1b\\",
            "\x7f",
            "\ud800",
            "\x1bc",
        ],
    )
    def test_everything_else_is_held_back_and_counted(self, foul):
        before = driver.dropped
        kept = driver.admitted(f"x{foul}y")
        assert driver.dropped > before
        assert not set(kept) & {"\x1b", "\x07", "\x00", "\x7f", "\x9b", "\ud800"}


class TestDocuments:
    def test_a_place_in_a_passage_is_found_in_the_document(self):
        texts = ["one\u200b two", "three\x1b four"]
        passages = [Passage(text=text, title=f"T{n}") for n, text in enumerate(texts)]
        document = sources_document(passages, [reveal(text) for text in texts])
        start, end = document.locate(1, texts[1].index("four"), len(texts[1]))
        assert document.text[start:end] == "four"
        assert document.passage_at(start) == 1
        assert document.passage_at(0) == 0

    def test_the_diff_of_an_edit_covers_both_texts(self):
        old, new = "Opened items within 60 days.", "Opened items within 30 days, please."
        ops = word_diff(old, new)
        assert "".join(old[op.old_start : op.old_end] for op in ops) == old
        assert "".join(new[op.new_start : op.new_end] for op in ops) == new


class TestWords:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(192, "SLA 03:12"), (7500, "SLA 2h05"), (-31, "late 00:31"), (0, "SLA 00:00")],
    )
    def test_the_clock(self, seconds, words):
        assert face.clock_words(seconds) == words

    @pytest.mark.parametrize("width", [60, 80, 120, 200])
    def test_every_reason_with_a_key_is_in_the_menu_at_every_width(self, width):
        reasons = [{"id": f"r{n}", "key": str(n), "text": f"reason {n} " * 3} for n in range(1, 10)]
        labels = LabelSettings.model_validate({"reason": reasons})
        lines = menu_lines(question_menu("reason", labels, "response", "reject", None), width)
        text = "\n".join("".join(part for part, _ in line.left) for line in lines)
        assert all(f"{n} reason {n}" in text for n in range(1, 10))
