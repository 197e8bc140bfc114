"""`hitl ingest`: every line is taken or named, nothing half-happens."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.cli.running import Hitl, Write

GOOD = {"id": "a", "output": "Yes."}


def test_cases_are_queued_and_a_second_time_are_no_operation(hitl: Hitl, cases: Write) -> None:
    file = cases(GOOD, {"id": "b", "output": "No."})
    first = hitl("ingest", file, "--json").json
    again = hitl("ingest", file, "--json").json
    assert first == {
        "read": 2,
        "queued": 2,
        "allowed": 0,
        "blocked": 0,
        "duplicates": 0,
        "rejected": 0,
        "rejects_file": None,
    }
    assert (again["queued"], again["duplicates"]) == (0, 2)
    assert hitl("queue", "status", "--json").json["pending"] == 2


BAD_LINES = [
    ('{"id":"x","output":"1","output":"2"}', "output stands twice"),
    ('{"id":"x","output":NaN}', "NaN is not a JSON number"),
    ('{"id":"x","output":"o","priority":1e999}', "too large"),
    ('{"id":"x","output":"o","priority":9223372036854775808}', "64 bits"),
    ('{"id":"x","output":"\\ud800"}', "surrogate"),
    ("not json", "not JSON"),
    ("[1]", "this is a list"),
    ('"text"', "this is a string"),
    ("null", "this is null"),
    ('{"id":"x"}', "needs `output`"),
    ('{"id":7,"output":"o"}', "id: "),
    ('{"id":"","output":"o"}', "id: "),
    ('{"id":"x","output":"o","overlap":2.0}', "overlap: "),
    ('{"id":"x","output":"o","overlap":true}', "overlap: "),
    ('{"id":"x","output":"o","created_at":"2026-11-22T09:00:00"}', "needs its zone"),
    ('{"id":"x","output":"o","review_within":"soon"}', "review_within: "),
    ('{"id":"x","output":"o","kind":"poem"}', "kind: "),
    ('{"id":"x","output":"o","signals":[{"name":"g","spans":[[0,9]]}]}', "outside the output"),
    ('{"id":"x","output":"o","gold":{"spans":[{"start":0,"end":9}]}}', "outside the output"),
    ('{"id":"x","output":"o","gold":{"decision":"reject","why":"secret"}}', "gold.why"),
    (b'{"id":"x","output":"\xff"}', "not UTF-8 at byte 21"),
    ("[" * 100 + "]" * 100, "nested deeper"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_named_and_the_others_are_loaded(
    hitl: Hitl, cases: Write, home: Path, line: str | bytes, reason: str
) -> None:
    ran = hitl("ingest", cases(GOOD, line, {"id": "c", "output": "."}), "--json")
    assert ran.code == 0
    assert (ran.json["read"], ran.json["queued"], ran.json["rejected"]) == (3, 2, 1)
    assert "cases.jsonl:2: " in ran.err
    assert reason in ran.err
    assert "Traceback" not in ran.everything
    [row] = [json.loads(row) for row in Path(ran.json["rejects_file"]).read_text().splitlines()]
    assert row["line"] == 2
    assert row["file"].endswith("cases.jsonl")
    assert reason in row["reason"]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_strict_loads_nothing_when_one_line_is_bad(
    hitl: Hitl, cases: Write, home: Path, line: str | bytes, reason: str
) -> None:
    ran = hitl("ingest", cases(GOOD, line), "--strict", "--json")
    assert ran.code == 1
    assert (ran.json["queued"], ran.json["rejected"]) == (0, 1)
    assert reason in ran.err
    assert not (home / "hitl.db").exists()


def test_strict_loads_everything_when_every_line_is_good(hitl: Hitl, cases: Write) -> None:
    assert hitl("ingest", cases(GOOD), "--strict", "--json").json["queued"] == 1


def test_strict_reads_a_pipe_twice(hitl: Hitl) -> None:
    ran = hitl("ingest", "-", "--strict", "--json", stdin=json.dumps(GOOD).encode())
    assert ran.json["queued"] == 1


def test_the_same_id_with_other_content_names_both_lines(hitl: Hitl, cases: Write) -> None:
    ran = hitl("ingest", cases(GOOD, {"id": "b", "output": "."}, {"id": "a", "output": "No."}))
    assert "line 3 and " in ran.err
    assert "cases.jsonl:1 have the id a" in ran.err


@pytest.mark.parametrize("option", [(), ("--strict",), ("--dry-run",)])
def test_an_id_in_the_queue_with_other_content_is_named_with_its_arrival(
    hitl: Hitl, cases: Write, option: tuple[str, ...]
) -> None:
    hitl("ingest", cases(GOOD))
    ran = hitl("ingest", cases({"id": "a", "output": "No."}), *option)
    assert "cases.jsonl:1: the " in ran.err
    assert " a " in ran.err
    assert "Z" in ran.err
    assert hitl("show", "a", "--json").json["case"]["output"] == "Yes."


def test_rejects_keep_the_order_of_the_lines(hitl: Hitl, cases: Write, home: Path) -> None:
    hitl("ingest", cases(GOOD, {"id": "a", "output": "2"}, "bad", {"id": "a", "output": "3"}))
    rows = (home / "cases.rejects.jsonl").read_text().splitlines()
    assert [json.loads(row)["line"] for row in rows] == [2, 3, 4]


def test_a_dry_run_counts_and_writes_nothing(hitl: Hitl, cases: Write, home: Path) -> None:
    file = cases(GOOD, GOOD, {"id": "a", "output": "other"}, "bad", {"id": "b", "output": "."})
    counts = hitl("ingest", file, "--dry-run", "--json").json
    assert (counts["queued"], counts["duplicates"], counts["rejected"]) == (2, 1, 2)
    assert counts["rejects_file"] is None
    assert sorted(path.name for path in home.iterdir()) == ["cases.jsonl"]


def test_a_dry_run_tells_what_the_real_run_does(hitl: Hitl, cases: Write) -> None:
    hitl("ingest", cases(GOOD, {"id": "b", "output": ".", "gold": {"decision": "reject"}}))
    file = cases(GOOD, {"id": "b", "output": "."}, {"id": "c", "output": "."}, "bad")
    dry = hitl("ingest", file, "--dry-run", "--json").json
    real = hitl("ingest", file, "--json").json
    del dry["rejects_file"], real["rejects_file"]
    assert dry == real


def test_unknown_fields_are_kept_under_metadata_and_named(hitl: Hitl, cases: Write) -> None:
    row = {**GOOD, "chunk": 3, "context": [{"text": "t"}, {"text": "u", "page": 7}]}
    ran = hitl("ingest", cases(row))
    assert "chunk (1), context[].page (1)" in ran.out
    case = hitl("show", "a", "--json").json["case"]
    assert case["metadata"] == {"chunk": 3, "context[1].page": 7}


def test_a_case_without_an_id_gets_one_and_the_summary_says_so(hitl: Hitl, cases: Write) -> None:
    ran = hitl("ingest", cases({"output": "."}))
    assert "1 without an id got a new one" in ran.out


def test_standard_input_is_read_with_a_dash(hitl: Hitl) -> None:
    ran = hitl("ingest", "-", "--json", stdin=b'{"id":"a","output":"x"}\nbad\n')
    assert (ran.json["queued"], ran.json["rejected"]) == (1, 1)
    assert ran.json["rejects_file"].endswith("stdin.rejects.jsonl")


def test_a_last_line_without_its_end_a_mark_and_crlf_are_all_read(hitl: Hitl, home: Path) -> None:
    file = home / "odd.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"id":"a","output":"x"}\r\n\r\n{"id":"b","output":"y"}')
    assert hitl("ingest", file, "--json").json["queued"] == 2


def test_several_files_are_read_each_in_its_own_format(hitl: Hitl, cases: Write) -> None:
    ragtruth = {"id": "r", "query": "q", "output": "o", "human_spans": [], "split": "train"}
    ran = hitl("ingest", cases(GOOD, name="1.jsonl"), cases(ragtruth, name="2.jsonl"), "--json")
    assert ran.json["queued"] == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty: there is nothing in it to read"),
        (b"\n \n", "holds no case: nothing to ingest"),
        (bytes(range(256)) * 40, "no line of "),
        (b'[\n{"id":"a","output":"x"}\n]\n', "is one JSON array, not JSON Lines"),
    ],
)
def test_a_file_without_a_case_is_refused_and_makes_no_queue(
    hitl: Hitl, home: Path, content: bytes, sentence: str
) -> None:
    (home / "in.jsonl").write_bytes(content)
    ran = hitl("ingest", "in.jsonl")
    assert ran.code == 2
    assert sentence in ran.err
    assert "Traceback" not in ran.everything
    assert [path.name for path in home.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nothere.jsonl"], 2, "nothere.jsonl is not there"),
        (["."], 2, ". is a directory"),
        (["cases.jsonl", "cases.jsonl"], 2, "the same file is named twice"),
        (["cases.jsonl", "nothere.jsonl"], 2, "nothere.jsonl is not there"),
        (["cases.jsonl", "--format", "poem"], 2, "there is no format poem; auto decides"),
        (["cases.jsonl", "--queue", "nodir/x.db"], 3, "there is no directory"),
        (["cases.jsonl", "--queue", "cases.jsonl"], 3, "is not a queue"),
        (["cases.jsonl", "--queue", "mysql://x/y"], 3, "mysql:// leads to no queue: give a path"),
        (["cases.jsonl", "--queue", "https://x"], 2, "there is no token for https://x"),
        (["cases.jsonl", "--queue", "postgresql://127.0.0.1:1/x"], 3, "cannot be reached"),
        ([], 2, "Missing argument"),
    ],
)
def test_a_wrong_call_is_one_plain_sentence(
    hitl: Hitl, cases: Write, home: Path, arguments: list[str], code: int, sentence: str
) -> None:
    cases(GOOD)
    ran = hitl("ingest", *arguments)
    assert ran.code == code
    assert sentence in ran.err
    assert ran.err.startswith("hitl: ")
    assert ran.err.count("\n") == 1
    assert not (home / "hitl.db").exists()


def test_a_list_on_one_line_is_told_how_to_become_lines(hitl: Hitl, cases: Write) -> None:
    cases('[{"output": "a"}, {"output": "b"}]')
    ran = hitl("ingest", "cases.jsonl", "--dry-run")
    assert "cases.jsonl:1: a case is a JSON object on one line, this is a list: `jq -c" in ran.err


def test_files_it_makes_belong_to_their_owner_only(hitl: Hitl, cases: Write, home: Path) -> None:
    os.umask(0)
    hitl("ingest", cases(GOOD, "bad"))
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    del made["cases.jsonl"]
    assert set(made.values()) == {0o600}


def test_an_input_is_never_overwritten_by_its_rejects(hitl: Hitl, cases: Write, home: Path) -> None:
    other = cases("bad", GOOD, name="cases.rejects.jsonl")
    before = other.read_bytes()
    hitl("ingest", cases("bad"), other)
    assert other.read_bytes() == before
    assert (home / "cases.rejects.rejects.jsonl").exists()


def test_a_huge_bad_line_is_cut_in_the_rejects_file_with_a_note(
    hitl: Hitl, cases: Write, home: Path
) -> None:
    hitl("ingest", cases(GOOD, b"x" * 200_000))
    row = json.loads((home / "cases.rejects.jsonl").read_text())
    assert len(row["raw"]) == 64 * 1024
    assert row["cut"] == "the first 65536 bytes of 200000"


def test_nothing_of_a_progress_bar_reaches_a_pipe(hitl: Hitl, cases: Write) -> None:
    assert hitl("ingest", cases(GOOD)).err == ""
