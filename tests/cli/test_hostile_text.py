"""Hostile text as id, output, label, rationale, file name and argument: nothing of it acts on a terminal."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from tests.cli.running import Hitl, Write

_FILE = Path(__file__).parent.parent / "data" / "hostile_dev.jsonl"
_ROWS = [json.loads(line) for line in _FILE.read_text().splitlines()]
HOSTILE = [row["text"] for row in _ROWS if row.get("text")]
STORABLE = [
    text
    for text in HOSTILE
    if text.encode("utf-8", "replace") == text.encode("utf-8", "surrogatepass")
]
BY_CATEGORY = list(
    {row["category"]: row["text"] for row in _ROWS if row["text"] in STORABLE}.values()
)


def acting(printed: str) -> set[str]:
    """The characters in `printed` that a terminal could act upon or a reader could not see."""
    return {
        f"U+{ord(character):04X}"
        for character in set(printed)
        if character != "\n"
        and (
            unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")
            or unicodedata.bidirectional(character)
            in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        )
    }


def test_the_check_itself_sees_what_acts() -> None:
    assert acting("a\x1b\x9b\u202e\ud800\n") == {"U+001B", "U+009B", "U+202E", "U+D800"}


def test_cases_full_of_it_are_ingested_exported_and_logged_quietly(
    hitl: Hitl, cases: Write, home: Path
) -> None:
    rows = [
        {
            "id": f"{n} {text}"[:512],
            "input": text,
            "output": text,
            "context": [{"text": text, "title": text}],
        }
        for n, text in enumerate(STORABLE)
    ]
    ran = [
        hitl("ingest", cases(*rows)),
        hitl("ingest", cases(*({**row, "output": "other"} for row in rows))),
        hitl("audit", "log"),
        hitl("audit", "log", "--json"),
        hitl("export", "jsonl", "--out", "d"),
    ]
    assert acting("".join(one.everything for one in ran)) == set()
    assert (home / "d/cases.jsonl").read_bytes().isascii()
    kept = [json.loads(line) for line in (home / "d/cases.jsonl").read_bytes().splitlines()]
    assert [row["output"] for row in kept] == [row["output"] for row in rows]


@pytest.mark.parametrize("text", BY_CATEGORY)
def test_showing_and_judging_such_a_case_prints_nothing_that_acts(
    hitl: Hitl, cases: Write, text: str
) -> None:
    name = f"case {text}"[:512]
    hitl("ingest", cases({"id": name, "input": text, "output": text, "context": [text, "other"]}))
    judged = hitl(
        *("verdict", "--label", f"label {text}"[:512], "--rationale", text, "--reviewer"),
        *(f"who {text}"[:512], "--", name, "reject"),
    )
    ran = [
        judged,
        hitl("show", "--reveal", "--", name),
        hitl("show", "--reveal", "--json", "--", name),
        hitl("queue", "status"),
    ]
    assert judged.code == 0
    assert acting("".join(one.everything for one in ran)) == set()


def test_as_arguments_and_file_names_it_is_revealed(hitl: Hitl) -> None:
    printed = ""
    for text in HOSTILE:
        printed += hitl(text).everything
        printed += hitl("show", "--", text).everything
        printed += hitl("ingest", "--", text).everything
        printed += hitl("queue", "status", "--queue", text).everything
        printed += hitl("export", "--out", "d", "--", text).everything
        printed += hitl("verdict", "a", "approve", "--confidence", text).everything
    assert acting(printed) == set()
    assert "Traceback" not in printed
    assert "something unexpected" not in printed


def test_a_hostile_file_name_reaches_neither_the_terminal_nor_the_name_of_the_rejects(
    hitl: Hitl, cases: Write, home: Path
) -> None:
    ran = hitl("ingest", cases("bad", {"id": "a", "output": "x"}, name="-\x1b[31m\u202e$(x).jsonl"))
    assert acting(ran.everything) == set()
    made = [path.name for path in home.iterdir() if path.name.endswith(".rejects.jsonl")]
    assert made == ["__31m___x_.rejects.jsonl"]


def test_hostile_field_names_and_configuration_keys_are_revealed(
    hitl: Hitl, cases: Write, home: Path
) -> None:
    ran = hitl("ingest", cases({"id": "a", "output": "x", "\x1b]0;title\x07": 1}))
    assert acting(ran.everything) == set()
    (home / "hitl.toml").write_text('[queue]\n"\\u001b[31m" = 1\n')
    ran = hitl("queue", "status")
    assert ran.code == 2
    assert acting(ran.everything) == set()
