"""`hitl review --plain`: every kind of case line by line, the same verdicts as on the screen."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from hitl_tui.cli import main
from hitl_tui.queue.open import open_queue
from hitl_tui.queue.protocol import Record
from tests.tui.cases import CLEAN, HEADPHONES, HIDDEN
from tests.tui.conftest import fill
from tests.tui.kinds import ACTION, CRITIQUE, DEMONSTRATION, KINDS, PREFERENCE, REDTEAM


class Desk:
    """A queue and somebody who types lines at it."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
        self.path = place / "queue.db"
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def type(self, *lines: str) -> str:
        """Run the review on these lines; what it printed."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = main(["review", "--plain", "--queue", str(self.path), "--reviewer", "alice"])
        printed = self.capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    def record(self, case_id: str) -> Record:
        queue = open_queue(str(self.path))
        try:
            return queue.record(case_id)
        finally:
            queue.close()

    def verdict(self, case_id: str):
        (stored,) = [one for one in self.record(case_id).verdicts if one.undone_at is None]
        return stored.verdict


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Desk(tmp_path, monkeypatch, capsys)


def test_a_case_is_read_and_approved(desk: Desk) -> None:
    fill(desk.path, [HEADPHONES])
    printed = desk.type("approve")
    assert "within 60 days" in printed and "within 30 days" in printed
    assert "2! number differs" in printed
    assert "Nothing is waiting for you." in printed
    assert desk.verdict("support-1").decision == "approve"


def test_the_beginning_of_a_word_is_enough_when_it_can_be_one_only(desk: Desk) -> None:
    fill(desk.path, [HEADPHONES, REDTEAM])
    printed = desk.type("re", "rej", "3", "h", "", "harml")
    assert "re can be reject or reveal; nothing was decided" in printed
    assert "h can be harmful or harmless; nothing was decided" in printed
    assert "an empty line is none of these; nothing was decided" in printed
    assert desk.verdict("support-1").decision == "reject"
    assert desk.verdict("red-1").decision == "harmless"


def test_the_evidence_that_was_printed_goes_out_with_the_verdict(desk: Desk) -> None:
    folded = {**HEADPHONES, "id": "f", "tags": ["graphic"], "priority": 10}
    fill(desk.path, [HEADPHONES, folded])
    desk.type("approve", "approve")
    (place, *_) = desk.verdict("support-1").evidence
    passage = HEADPHONES["context"][place.passage]["text"]
    assert "30 days" in passage[place.start : place.end]
    assert desk.verdict("f").evidence == (), "what was folded was not shown"


def test_a_rejection_asks_for_its_reason(desk: Desk) -> None:
    fill(desk.path, [HEADPHONES, CLEAN])
    printed = desk.type("reject", "3", "reject", "note", "Because.", "quit")
    assert "3  A number, date or unit is wrong" in printed
    assert desk.verdict("support-1").labels == ("wrong_number",)
    assert desk.verdict("support-2").rationale == "Because."


@pytest.mark.parametrize(
    ("case", "lines", "decision"),
    [
        (PREFERENCE, ("tie",), "tie"),
        (PREFERENCE, ("neither",), "neither"),
        (DEMONSTRATION, ("write", "Four", "weeks.", "."), "write"),
        (REDTEAM, ("harmful", "2", "3"), "harmful"),
        (REDTEAM, ("harmless",), "harmless"),
        (REDTEAM, ("unclear",), "unclear"),
        (CRITIQUE, ("agree",), "agree"),
        (CRITIQUE, ("disagree", "2"), "disagree"),
        (CRITIQUE, ("revise", "Better.", "."), "revise"),
        (ACTION, ("approve",), "approve"),
        (ACTION, ("deny", "3"), "deny"),
        (ACTION, ("edit", '{"order": "H-2"}', "."), "edit"),
        *((case, ("escalate",), "escalate") for case in KINDS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_decision_of_every_kind(desk: Desk, case, lines, decision) -> None:
    fill(desk.path, [case])
    desk.type(*lines)
    assert desk.verdict(case["id"]).decision == decision


def test_what_a_decision_carries_goes_with_it(desk: Desk) -> None:
    fill(desk.path, [REDTEAM, DEMONSTRATION])
    desk.type("write", "Four", "weeks.", ".", "harmful", "2", "3")
    judged = desk.verdict("red-1")
    assert (judged.harm, judged.severity) == ("other_crimes", 3)
    assert desk.verdict("demo-1").edited_output == "Four\nweeks."


def test_a_preference_goes_to_the_answer_that_was_read_under_its_number(desk: Desk) -> None:
    fill(desk.path, [PREFERENCE])
    printed = desk.type("2", "3")
    second = printed.partition("Answer 2")[2]
    judged = desk.verdict("pref-1")
    chosen = {"a": "Sunlight is scattered", "b": "Blue light is scattered"}[judged.decision]
    assert chosen in second
    assert judged.strength == 3
    assert judged.order[1] == {"a": "long", "b": "short"}[judged.decision]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("nonsense", ""),
        ("reject", ""),
        ("reject", "note", ""),
        ("reject", "99"),
        ("edit", "."),
        ("edit", HEADPHONES["output"], "."),
        ("rationale", "why"),
        ("show",),
        ("reveal",),
        ("undo",),
        ("snooze", ""),
        ("quit",),
    ],
    ids=str,
)
def test_without_a_whole_decision_nothing_is_decided_and_the_case_is_given_back(
    desk: Desk, lines
) -> None:
    fill(desk.path, [HEADPHONES])
    desk.type(*lines)
    record = desk.record("support-1")
    assert (record.verdicts, record.state) == ((), "pending")
    queue = open_queue(str(desk.path))
    assert len(queue.claim("bob")) == 1
    queue.close()


def test_an_undo_brings_the_case_back_before_the_present_one(desk: Desk) -> None:
    fill(desk.path, [HEADPHONES, CLEAN])
    desk.type("approve", "undo", "reject", "1", "approve")
    assert desk.verdict("support-1").decision == "reject"
    assert desk.verdict("support-2").decision == "approve"


def test_arguments_that_are_no_json_are_not_taken(desk: Desk) -> None:
    fill(desk.path, [ACTION])
    printed = desk.type("edit", "{oops", ".")
    assert "not JSON" in printed
    assert desk.record("act-1").verdicts == ()


def test_a_whole_call_is_not_taken_as_its_arguments(desk: Desk) -> None:
    fill(desk.path, [ACTION])
    printed = desk.type("edit", '{"name": "refund_order", "arguments": {"order": "H-2"}}', ".")
    assert 'write its arguments alone, {"order": ...}; the call stays refund_order' in printed
    assert desk.record("act-1").verdicts == ()


def test_folded_text_is_printed_only_when_it_is_revealed(desk: Desk) -> None:
    fill(desk.path, [{**CLEAN, "tags": ["graphic"]}])
    assert "three working days" not in desk.type("edit", "quit")
    printed = desk.type("reveal", "reveal", "approve")
    assert "three working days" in printed
    assert desk.verdict("support-2").revealed is True
    queue = open_queue(str(desk.path))
    try:
        assert sum(b'"case.revealed"' in entry.entry for entry in queue.trail()) == 1
    finally:
        queue.close()


def test_hidden_characters_are_shown_and_never_sent(desk: Desk) -> None:
    fill(desk.path, [HIDDEN])
    printed = desk.type("quit")
    assert "\u202e" not in printed and "‹U+202E›" in printed


def test_without_a_terminal_the_screen_is_refused_and_plain_is_named(desk: Desk) -> None:
    fill(desk.path, [CLEAN])
    desk.monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["review", "--queue", str(desk.path)]) == 2
    assert "hitl review --plain" in desk.capsys.readouterr().err
