"""`hitl ground`: the grounding of a file, as JSON, side by side, and in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Hitl, Write

OUTPUT = "Opened items can be returned within 60 days of delivery. The desk 🙂 sells maps."
CASE = {
    "id": "a",
    "input": "How long?",
    "output": OUTPUT,
    "context": [
        "The station opens at six.",
        "Opened items may be returned within 30 days of delivery.",
    ],
}
FOREIGN = {"id": "b", "output": "Собак можно брать с собой.", "context": ["Dogs are welcome."]}
DOUBTED = {
    **CASE,
    "id": "c",
    "metadata": {"lettucedetect": [{"start": 57, "end": len(OUTPUT), "confidence": 0.9}]},
}


def test_json_has_one_line_a_case_with_the_names_and_ranges_of_the_contract(
    hitl: Hitl, cases: Write
) -> None:
    ran = hitl("ground", cases(CASE, FOREIGN), "--json")
    assert ran.code == 0
    first, second = map(json.loads, ran.out.splitlines())
    assert list(first) == ["id", "risk", "risk_without_style", "clauses", "flags"]
    assert [list(clause) for clause in first["clauses"]] == [
        ["start", "end", "score", "score_without_style", "grade", "reasons", "evidence"]
    ] * len(first["clauses"])
    assert [OUTPUT[c["start"] : c["end"]] for c in first["clauses"]] == [
        "Opened items can be returned within 60 days of delivery.",
        "The desk 🙂 sells maps.",
    ]
    (flag,) = first["flags"]
    assert {**flag, "start": 0, "end": 0} == {
        "start": 0,
        "end": 0,
        "kind": "number",
        "note": "number differs",
    }
    assert OUTPUT[flag["start"] : flag["end"]] == "60 days"
    evidence = first["clauses"][0]["evidence"][0]
    assert list(evidence) == ["passage", "start", "end", "score"]
    assert evidence["passage"] == 1
    assert (second["id"], second["clauses"]) == ("b", [])
    assert "language" in second["note"]


def test_the_same_file_gives_the_same_bytes(hitl: Hitl, cases: Write) -> None:
    file = cases(CASE, FOREIGN)
    assert hitl("ground", file, "--json").out == hitl("ground", file, "--json").out


def test_without_json_output_and_sources_stand_side_by_side_with_what_to_check(
    hitl: Hitl, cases: Write
) -> None:
    out = hitl("ground", cases(CASE, FOREIGN)).out
    assert any("Output" in line and "Source 1 of 2" in line for line in out.splitlines())
    assert 'number differs: output "60 days", source 2 "30 days"' in out
    assert "Nothing is marked" in out
    assert "supported" not in out


def test_explain_says_in_words_what_each_clause_was_compared_with(hitl: Hitl, cases: Write) -> None:
    out = hitl("ground", cases(FOREIGN, CASE), "--explain", "a").out
    assert "case a" in out
    assert "case b" not in out
    assert "number differs: output 60 days, source 30 days" in out
    assert "no source has: desk, sells, maps" in out
    assert "compared with source 2" in out


def test_explain_says_why_nothing_was_compared(hitl: Hitl, cases: Write) -> None:
    out = hitl("ground", cases(FOREIGN), "--explain", "b").out
    assert "Nothing is compared: the output's language differs" in out


def test_a_case_that_is_not_there_is_named(hitl: Hitl, cases: Write) -> None:
    ran = hitl("ground", cases(CASE), "--explain", "zz")
    assert (ran.code, ran.out) == (2, "")
    assert "has no case zz" in ran.err


def test_lines_that_are_no_case_are_named_and_the_rest_is_grounded(
    hitl: Hitl, cases: Write
) -> None:
    ran = hitl("ground", cases(CASE, "not json", {"output": 7}), "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["id"] == "a"
    assert "2 lines were not taken" in ran.err
    assert ":2: " in ran.err


@pytest.mark.parametrize("context", [{"stars": 4}, [1], None])
def test_a_context_that_is_no_text_is_named_with_what_to_do(
    hitl: Hitl, cases: Write, context: object
) -> None:
    ran = hitl("ground", cases({"id": "c", "output": "It has 4 stars.", "context": context}))
    assert (ran.code, ran.out) == (2, "")
    assert "context: a text, a list of texts" in ran.err


@pytest.mark.parametrize("lines", [("nonsense",), ({"output": 7},)])
def test_a_file_without_a_case_is_refused(
    hitl: Hitl, cases: Write, lines: tuple[object, ...]
) -> None:
    ran = hitl("ground", cases(*lines))
    assert (ran.code, ran.out) == (2, "")
    assert "no line of" in ran.err


def test_a_missing_file_is_named(hitl: Hitl, home: Path) -> None:
    ran = hitl("ground", str(home / "none.jsonl"))
    assert ran.code == 2
    assert "is not there" in ran.err


def test_what_another_detector_said_is_laid_over_and_named(hitl: Hitl, cases: Write) -> None:
    value = json.loads(hitl("ground", cases(DOUBTED), "--json").out)
    assert value["clauses"][1]["reasons"][0] == "lettucedetect doubts it"
    (said,) = value["detectors"]
    assert (said["name"], said["spans"][0]["score"]) == ("lettucedetect", 0.9)
    assert "lettucedetect doubts it" in hitl("ground", cases(DOUBTED)).out


def test_nothing_in_a_case_drives_the_terminal(hitl: Hitl, cases: Write) -> None:
    evil = {
        "id": "e\x1b[2J",
        "output": "It \x1b]0;x\x07costs 40 euros.",
        "context": ["It costs 30 euros."],
    }
    file = cases(evil)
    for arguments in ((), ("--json",), ("--explain", "e\x1b[2J")):
        ran = hitl("ground", file, *arguments)
        assert ran.out
        assert "\x1b" not in ran.everything
        assert "\x07" not in ran.everything
