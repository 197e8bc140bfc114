"""Files of rows: what a loader needs to see first stands first, and a table runs nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from hitl_tui.formats import outputs
from hitl_tui.formats.columns import SPANS, Field
from hitl_tui.formats.outputs import sink
from hitl_tui.formats.staging import staged

FIELDS = {
    "n": Field("integer", "a number"),
    "note": Field("text", "a text, or null"),
    "spans": Field(SPANS, "spans"),
}


def test_a_column_that_was_null_for_long_has_its_first_value_at_the_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "_TYPED", 500)
    rows = [{"n": n, "note": None, "spans": []} for n in range(40)]
    rows[30] = {"n": 30, "note": "here", "spans": []}
    rows[35] = {"n": 35, "note": None, "spans": [{"start": 0, "end": 1, "label": "x", "note": "y"}]}
    with staged(tmp_path / "d", replace=False) as stage:
        lines = sink(stage, "a.jsonl", "lines", FIELDS, parquet=False)
        for row in rows:
            lines.add(row)
        written = lines.close()
    found = [json.loads(line) for line in (tmp_path / "d" / "a.jsonl").read_bytes().splitlines()]
    assert [row["n"] for row in found[:2]] == [30, 35]
    assert sorted(row["n"] for row in found) == list(range(40))
    assert [row["n"] for row in found[2:]] == [n for n in range(40) if n not in (30, 35)]
    assert written.rows == 40
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["a.jsonl"]


def test_what_was_typed_in_time_keeps_its_order(tmp_path: Path) -> None:
    with staged(tmp_path / "d", replace=False) as stage:
        lines = sink(stage, "a.jsonl", "lines", FIELDS, parquet=False)
        for n in range(5):
            lines.add({"n": n, "note": "x" if n == 3 else None, "spans": []})
        lines.close()
    found = [json.loads(line) for line in (tmp_path / "d" / "a.jsonl").read_bytes().splitlines()]
    assert [row["n"] for row in found] == list(range(5))


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])
def test_no_cell_begins_like_a_formula(tmp_path: Path, text: str) -> None:
    with staged(tmp_path / "d", replace=False) as stage:
        table = sink(stage, "a.csv", "table", FIELDS, parquet=False)
        table.add({"n": -5, "note": text, "spans": None})
        table.close()
    content = (tmp_path / "d" / "a.csv").read_text("utf-8")
    [row] = csv.DictReader(io.StringIO(content, newline=""))
    assert row["n"] == "-5"
    assert row["note"].startswith("'") or row["note"][0] in "\u2409\u240d"


def test_an_array_is_one_json_value_whatever_its_length(tmp_path: Path) -> None:
    with staged(tmp_path / "d", replace=False) as stage:
        for count in (0, 1, 3):
            array = sink(stage, f"{count}.json", "array", FIELDS, parquet=False)
            for n in range(count):
                array.add({"n": n, "note": "\x7f", "spans": []})
            array.close()
    for count in (0, 1, 3):
        content = (tmp_path / "d" / f"{count}.json").read_bytes()
        assert len(json.loads(content)) == count
        assert b"\x7f" not in content
