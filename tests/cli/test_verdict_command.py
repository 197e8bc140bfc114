"""`hitl verdict`: one decision from a script, exact text, no lease left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitl_tui.queue.open import open_queue
from tests.cli.running import Hitl, Write

CASE = {"id": "a", "output": "Within 60 days."}


@pytest.fixture
def queued(hitl: Hitl, cases: Write) -> Hitl:
    hitl("ingest", cases(CASE, {"id": "two", "output": "x", "overlap": 2}))
    return hitl


def verdicts_of(hitl: Hitl, case: str) -> list[dict[str, object]]:
    verdicts: list[dict[str, object]] = hitl("show", case, "--reveal", "--json").json["verdicts"]
    return verdicts


def test_a_verdict_is_accepted_and_resolves_the_case(queued: Hitl) -> None:
    ran = queued("verdict", "a", "approve", "--reviewer", "alice", "--json")
    assert ran.code == 0
    assert list(ran.json) == ["id", "accepted", "adopted", "case_state", "resolution"]
    assert (ran.json["accepted"], ran.json["case_state"]) == (True, "resolved")
    assert ran.json["resolution"]["output"] == CASE["output"]


def test_everything_said_is_kept(queued: Hitl) -> None:
    queued(
        *("verdict", "a", "reject", "--reviewer", "alice", "--label", "wrong_number"),
        *("--label", "tone", "--rationale", "30, not 60", "--span", "7:14:wrong_number"),
        *("--confidence", 4),
    )
    [kept] = verdicts_of(queued, "a")
    assert kept["labels"] == ["wrong_number", "tone"]
    assert kept["spans"] == [{"start": 7, "end": 14, "label": "wrong_number", "note": None}]
    assert (kept["rationale"], kept["confidence"], kept["reviewer"]) == ("30, not 60", 4, "alice")


def test_evidence_is_a_place_in_the_sources(hitl: Hitl, cases: Write) -> None:
    hitl("ingest", cases({**CASE, "context": ["Within 30 days.", "Or not."]}))
    for wrong, sentence in (
        ("0:7", "--evidence takes PASSAGE:START:END"),
        (f"0:7:{'9' * 5000}", "--evidence takes PASSAGE:START:END"),
        ("2:0:1", "there is no passage 2: the case has 2, counted from 0"),
        ("1:3:8", "evidence ends outside the 7 characters of passage 1"),
        ("0:7:7", "evidence ends after it starts"),
    ):
        ran = hitl("verdict", "a", "reject", "--evidence", wrong, "--reviewer", "alice")
        assert (ran.code, sentence in ran.err) == (2, True), ran.err
    places = ("--evidence", "0:7:14", "--evidence", "1:0:7")
    assert hitl("verdict", "a", "reject", *places, "--reviewer", "alice").code == 0
    [kept] = verdicts_of(hitl, "a")
    assert kept["evidence"] == [
        {"passage": 0, "start": 7, "end": 14},
        {"passage": 1, "start": 0, "end": 7},
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfA byte order mark stays.",
        b"mixed\r\nline\nends\rstay\x0b\x0c\x1c",
        "NEL \u0085 LS \u2028 PS \u2029 NUL \0".encode(),
        b"",
    ],
)
def test_an_edited_text_is_taken_byte_for_byte(queued: Hitl, home: Path, text: bytes) -> None:
    (home / "new.txt").write_bytes(text)
    ran = queued("verdict", "a", "edit", "--edited", "new.txt", "--reviewer", "alice", "--json")
    assert ran.json["resolution"]["output"].encode() == text


def test_the_overlap_asks_for_a_second_reviewer(queued: Hitl) -> None:
    first = queued("verdict", "two", "approve", "--reviewer", "alice", "--json").json
    same = queued("verdict", "two", "approve", "--reviewer", "alice")
    second = queued("verdict", "two", "approve", "--reviewer", "bob", "--json").json
    third = queued("verdict", "two", "approve", "--reviewer", "carol")
    assert (first["case_state"], second["case_state"]) == ("pending", "resolved")
    assert (same.code, third.code) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a", "fly"], "takes one of: approve, reject, edit, escalate"),
        (["a", "edit"], "the decision edit needs the new text: --edited FILE gives it"),
        (["a", "approve", "--edited", "cases.jsonl"], "takes no edited text"),
        (["nope", "approve"], "there is no case nope"),
        (["a", "approve", "--span", "0:99:x"], "a span ends outside"),
        (["a", "approve", "--span", "3:3:x"], "a span ends after it starts"),
        (["a", "approve", "--span", "x"], "--span takes START:END:LABEL"),
        (["a", "approve", "--confidence", "9"], "confidence: "),
        (["a", "approve", "--confidence", "x"], "Invalid value for '--confidence'"),
        (["a", "approve", "--label", ""], "labels.0: "),
        (["a", "edit", "--edited", "nothere"], "nothere cannot be read"),
        (["a", "edit", "--edited", "binary"], "binary is not UTF-8 at byte 2"),
    ],
)
def test_what_cannot_be_a_verdict_is_refused_and_holds_no_case(
    queued: Hitl, home: Path, arguments: list[str], sentence: str
) -> None:
    (home / "binary").write_bytes(b"a\xff")
    ran = queued("verdict", *arguments, "--reviewer", "alice")
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
    assert queued("queue", "status", "--json").json["leased"] == 0
    assert queued("queue", "status", "--json").json["verdicts"] == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"name": "send", "arguments": {"to": "bob"}}', 'its arguments alone, {"to": ...}'),
        ('["bob"]', 'arguments are a JSON object, in braces: {"to": ...}'),
        ("Ask Bob first.", "not JSON"),
    ],
)
def test_an_edited_call_is_the_object_of_its_arguments(
    hitl: Hitl, home: Path, cases: Write, text: str, sentence: str
) -> None:
    action = {"name": "send", "arguments": {"to": "everyone"}}
    hitl("ingest", cases({"id": "call", "kind": "action", "action": action}))
    (home / "new.json").write_text(text)
    ran = hitl("verdict", "call", "edit", "--edited", "new.json", "--reviewer", "alice")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert sentence in ran.err
    assert hitl("queue", "status", "--json").json["leased"] == 0
    (home / "new.json").write_text('{"to": "bob"}')
    ran = hitl("verdict", "call", "edit", "--edited", "new.json", "--reviewer", "alice", "--json")
    assert ran.json["resolution"]["output"] == '{"to": "bob"}'


def test_a_label_outside_the_schema_is_taken_with_a_warning(queued: Hitl) -> None:
    ran = queued("verdict", "a", "reject", "--label", "odd", "--reviewer", "alice")
    assert ran.code == 0
    assert "odd: not in the label schema" in ran.err


def test_a_closed_schema_refuses_it(queued: Hitl, home: Path) -> None:
    (home / "hitl.toml").write_text("[labels]\nclosed = true\n")
    ran = queued("verdict", "a", "reject", "--label", "odd", "--reviewer", "alice")
    assert ran.code == 2
    assert queued("queue", "status", "--json").json["verdicts"] == 0


def test_a_lease_that_the_reviewer_holds_already_is_used(queued: Hitl) -> None:
    queue = open_queue("hitl.db")
    [held] = queue.claim("alice", case_id="a")
    queue.close()
    assert queued("verdict", "a", "approve", "--reviewer", "alice").code == 0
    [kept] = verdicts_of(queued, "a")
    assert kept["lease"] == held.token


def test_a_case_that_somebody_else_holds_is_refused(queued: Hitl) -> None:
    queue = open_queue("hitl.db")
    queue.claim("bob", case_id="a")
    queue.close()
    assert queued("verdict", "a", "approve", "--reviewer", "alice").code == 2
    assert queued("queue", "status", "--json").json["leased"] == 1


def test_the_reviewer_comes_from_the_option_the_environment_the_file_or_the_login(
    queued: Hitl, home: Path, monkeypatch: pytest.MonkeyPatch, cases: Write
) -> None:
    queued("ingest", cases(*({"id": i, "output": "."} for i in "1234"), name="more.jsonl"))
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    queued("verdict", "1", "approve")
    (home / "hitl.toml").write_text('[reviewer]\nname = "file"\n')
    queued("verdict", "2", "approve")
    monkeypatch.setenv("HITL_REVIEWER", "environment")
    queued("verdict", "3", "approve")
    queued("verdict", "4", "approve", "--reviewer", "option")
    who = [verdicts_of(queued, case)[0]["reviewer"] for case in "1234"]
    assert who == ["login", "file", "environment", "option"]
