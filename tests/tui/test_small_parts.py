"""The small parts behind the screen: stretches, searching, breaks, the clipboard's gate, the handbook."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from hitl_tui.model.case import Submission
from hitl_tui.model.text import Shown
from hitl_tui.tui import clipboard, driver, pasting, stretch
from hitl_tui.tui.breaks import AGAIN_S, PAUSE_S, Breaks
from hitl_tui.tui.document import Document
from hitl_tui.tui.drafts import Draft, DraftBox
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.pasting import PastingParser
from hitl_tui.tui.search import MOST, search
from hitl_tui.tui.stretch import Stretch

TEXT = "one two three four five"
WORDS = stretch.words_of(TEXT, 0, len(TEXT))


class TestStretch:
    def test_begins_over_the_words_of_a_claim_or_the_next_word(self):
        assert stretch.begin(WORDS, (4, 13)) == Stretch(4, 13)
        assert stretch.begin(WORDS, (5, 5)) == Stretch(4, 7)
        assert stretch.begin(WORDS, (len(TEXT), len(TEXT))) == Stretch(19, 23)
        assert stretch.begin(stretch.words_of(" ", 0, 1), (0, 0)) is None

    @given(st.lists(st.sampled_from(["right", "left", "swap", "down", "up"]), max_size=30))
    def test_however_it_is_moved_it_is_whole_words(self, moves):
        lines = Document(Shown(TEXT)).lines(8)
        chosen = stretch.begin(WORDS, (4, 7))
        assert chosen is not None
        for move in moves:
            if move == "swap":
                chosen = chosen.swapped()
            elif move in {"right", "left"}:
                chosen = stretch.by_word(chosen, WORDS, 1 if move == "right" else -1)
            else:
                chosen = stretch.by_line(chosen, WORDS, lines, 1 if move == "down" else -1)
            start, end = chosen.span
            assert start in {word[0] for word in WORDS} and end in {word[1] for word in WORDS}
            assert start < end

    @given(st.text(alphabet="ab \n\u00a0", max_size=40), st.data())
    def test_an_edge_is_found_as_if_every_word_had_been_looked_at(self, text, data):
        start = data.draw(st.integers(0, len(text)))
        # A region of a pane starts where a line does, so no word reaches into it.
        start += len(text[start:]) - len(text[start:].lstrip("ab")) if start else 0
        end = data.draw(st.integers(start, len(text)))
        words = stretch.words_of(text, start, end)
        known = [m.span() for m in re.finditer(r"\S+", text[:end]) if m.start() >= start]
        assert list(words) == known
        starts, ends = [word[0] for word in known], [word[1] for word in known]
        for at in range(-1, len(text) + 2):
            assert words.start_from(at) == next((one for one in starts if one >= at), None)
            assert words.end_behind(at) == next((one for one in ends if one > at), None)
            assert words.start_before(at) == max((o for o in starts if o < at), default=None)
            assert words.end_up_to(at) == max((one for one in ends if one <= at), default=None)


class TestSearch:
    @given(
        st.text(alphabet="aAb *.[", max_size=40), st.text(alphabet="aAb*.[", min_size=1, max_size=3)
    )
    def test_finds_what_stands_there_and_nothing_else(self, text, words):
        found = search(Shown(text), words, 0)
        small = words == words.lower()
        here = text.lower() if small else text
        assert (found is not None) == (words in here)
        for start, end in found.places if found else ():
            assert here[start:end] == words

    def test_goes_around_the_ends_and_starts_where_the_eye_is(self):
        found = search(Shown("ab ab ab"), "ab", 2)
        assert found is not None and found.now == (3, 5)
        assert found.step(1).step(1).now == (0, 2)
        assert found.step(-1).step(-1).now == (6, 8)

    def test_very_many_places_are_told_as_more(self):
        found = search(Shown("a" * (MOST + 10)), "a", 0)
        assert found is not None and found.count_words == "5,000+"

    def test_nothing_is_found_by_nothing(self):
        assert search(Shown("abc"), "", 0) is None


class TestBreaks:
    def test_it_is_due_after_so_much_work_and_again_later(self):
        breaks = Breaks(3000)
        for moment in range(0, 3100, 100):
            breaks.alive(moment)
        assert breaks.due(2999) is None
        assert breaks.due(3001) == 3001
        assert breaks.due(3002) is None
        breaks.alive(3001 + AGAIN_S)
        assert breaks.due(3001 + AGAIN_S) is None, "the silence before it was a break"

    def test_a_pause_starts_the_work_anew(self):
        breaks = Breaks(1000)
        for moment in (*range(0, 900, 100), *range(900 + int(PAUSE_S), 2000, 100)):
            breaks.alive(moment)
        assert breaks.due(2000) is None

    def test_who_never_asked_is_never_told(self):
        breaks = Breaks(None)
        breaks.alive(0)
        assert breaks.due(10**6) is None


class TestClipboard:
    @given(st.text())
    def test_only_base64_reaches_the_terminal(self, text):
        sequence = clipboard.sequence(text)
        assert driver._CLIPBOARD.fullmatch(sequence)
        assert driver.admitted("a") == "a"

    @pytest.mark.parametrize(
        "sequence",
        [
            "\x1b]52;c;?\x1b\\",
            "\x1b]52;c;YQ==\x07",
            "\x1b]0;title\x1b\\",
            "\x1b]52;c;YQ==\x1b\\x",
            "\x1b]52;p;YQ==\x1b\\",
        ],
    )
    def test_the_gate_knows_one_sequence_and_no_other(self, sequence):
        assert driver._CLIPBOARD.fullmatch(sequence) is None

    def test_a_file_that_cannot_be_written_is_said(self, tmp_path):
        words = clipboard.send("x", lambda _: None, tmp_path / "gone", {"TERM": "dumb"})
        assert "could not be written" in words


class TestHandbook:
    def book(self, text, tmp_path=None):
        seen = None if tmp_path is None else tmp_path / "read.json"
        return Handbook(lambda: text, lambda: "", seen)

    def case(self, **signal):
        return Submission.model_validate({"id": "c", "output": "x", "signals": [signal]}).case()

    def test_a_label_comes_before_a_name_and_a_known_name_before_the_kind(self):
        book = self.book("# A {#tone}\n# B {#unsupported}\n# C {#response}\n")
        assert book.section_for(self.case(name="toxicity", label="unsupported")).id == "unsupported"
        assert book.section_for(self.case(name="toxicity")).id == "tone"
        assert book.section_for(self.case(name="what")).id == "response"

    def test_an_empty_guideline_has_no_section(self):
        assert self.book("").section_for(self.case(name="what")) is None

    def test_who_never_read_it_is_told_of_no_change_then_of_each(self, tmp_path):
        book = self.book("# A {#a}\none\n# B {#b}\ntwo", tmp_path)
        assert book.unread() == frozenset()
        book.note_read()
        assert book.unread() == frozenset()
        assert self.book("# A {#a}\none\n# B {#b}\n2\n# C {#c}", tmp_path).unread() == {"b", "c"}
        assert book.seen.stat().st_mode & 0o777 == 0o600

    def test_a_note_that_is_damaged_is_no_note(self, tmp_path):
        book = self.book("# A {#a}", tmp_path)
        for text in ("{", "[1]", "null"):
            book.seen.write_text(text)
            assert book.unread() == frozenset()


class TestDrafts:
    def test_everything_that_was_done_comes_back(self, tmp_path):
        box = DraftBox.of(tmp_path, "queue", "alice")
        draft = Draft("c", "why", "text", "a", ((1, 3, "tone"), (4, 6, None)), 2)
        box.save(draft)
        assert box.load("c") == draft

    @pytest.mark.parametrize("field", [{"spans": [[1]]}, {"spans": 3}, {"spans": [["a", 1, "x"]]}])
    def test_a_draft_with_other_spans_is_none(self, tmp_path, field):
        box = DraftBox.of(tmp_path, "queue", "alice")
        box.save(Draft("c", "why"))
        (file,) = box.directory.iterdir()
        text = json.dumps({**json.loads(file.read_text()), **field})
        file.write_text(text)
        assert box.load("c") is None


class TestPasting:
    KEYS_BEHIND = "\x1b[9;9;9;9;9;9;9;9;9;9;9;9;9;9;9 aa \x1b\x1bx\x1b[A\x1b"

    def messages(self, *reads):
        parser = PastingParser()
        return [
            one.text if isinstance(one, events.Paste) else one.key
            for read in reads
            for one in parser.feed(read)
        ]

    def test_an_escape_in_a_paste_makes_no_keys(self):
        sent = f"j\x1b[200~{self.KEYS_BEHIND}\x1b[201~k"
        assert self.messages(sent) == ["j", self.KEYS_BEHIND, "k"]

    def test_it_does_not_matter_where_the_reads_end(self):
        start, end = "\x1b[200~", "\x1b[201~"
        sent = f"j{start}{self.KEYS_BEHIND}{end}k"
        for cut in range(1, len(sent)):
            if sent[:cut].endswith(("j\x1b", "j\x1b[")):
                continue  # a lone escape is a key, and waits for nothing
            assert self.messages(sent[:cut], sent[cut:]) == ["j", self.KEYS_BEHIND, "k"]

    def test_an_answer_of_the_terminal_that_comes_late_is_no_key_wherever_the_reads_end(self):
        sent = "j\x1b[24;7R\x1b[200~p\x1b[201~\x1b[1;3Rk\x1b[20~"
        try:
            for cut in range(1, len(sent)):
                if sent[:cut].endswith(("\x1b", "\x1b[")):
                    continue  # a lone escape is a key, and waits for nothing
                pasting.expect(2, "")
                assert self.messages(sent[:cut], sent[cut:]) == ["j", "p", "k", "f9"], cut
            pasting.expect(1, "\x1b[24")
            assert self.messages(";7", "Rj") == ["j"]
        finally:
            pasting.expect(0, "")

    def test_keys_and_other_sequences_are_read_as_before(self):
        assert self.messages("a\x1b[A\x1b[2~\x1b[20~b") == ["a", "up", "insert", "f9", "b"]
        assert self.messages("\x1b[2", "~a") == ["insert", "a"]
