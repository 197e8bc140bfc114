"""The writers and their files: deterministic ASCII lines; whole files or none."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_tui.formats.files import FileTrouble, make_directory, safe_name, write_whole
from hitl_tui.formats.writers import WRITERS
from hitl_tui.formats.writers.jsonl import row
from hitl_tui.model.case import Case
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Resolution, Route
from hitl_tui.queue.protocol import Record, StoredVerdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def verdict(
    name: str, text: str = "t", *, late: bool = False, undone: bool = False
) -> StoredVerdict:
    body = {"id": name, "case_id": "a", "reviewer": "r", "decision": "reject", "rationale": text}
    return StoredVerdict(Verdict.model_validate(body), late, False, NOON if undone else None)


def record(
    *verdicts: StoredVerdict, output: str = "o", resolution: Resolution | None = None
) -> Record:
    case = Case.model_validate({"id": "a", "output": output, "metadata": {"k": 1.5}})
    return Record(case, Route(), "pending", 1, NOON, verdicts, resolution)


def test_a_row_is_the_case_and_what_was_decided() -> None:
    resolution = Resolution.model_validate(
        {"case_id": "a", "decision": "reject", "source": "reviewer", "resolved_at": NOON}
    )
    made = record(verdict("v1"), verdict("v2", late=True), resolution=resolution)
    value = json.loads(row(made))
    assert list(value)[-4:] == ["state", "route", "verdicts", "resolution"]
    assert list(value)[:-4] == list(Case.model_fields)
    assert [(v["id"], v["late"], v["adopted"]) for v in value["verdicts"]] == [
        ("v1", False, False),
        ("v2", True, False),
    ]
    assert value["resolution"]["decision"] == "reject"


def test_an_undone_verdict_is_not_in_it() -> None:
    value = json.loads(row(record(verdict("v1", undone=True), verdict("v2"))))
    assert [v["id"] for v in value["verdicts"]] == ["v2"]


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_identical_from_one_printable_ascii_line(text: str) -> None:
    line = row(record(verdict("v", text), output=text))
    assert line.endswith(b"\n")
    assert all(0x20 <= byte < 0x7F for byte in line[:-1])
    value = json.loads(line)
    assert (value["output"], value["verdicts"][0]["rationale"]) == (text, text)
    assert line == row(record(verdict("v", text), output=text))


def test_every_writer_has_a_sentence_a_table_of_fields_and_a_safe_file_name() -> None:
    for name, writer in WRITERS.items():
        assert writer.about, name
        assert all(field.about for field in writer.fields.values()), name
        assert bool(writer.fields) != bool(writer.parts), name
        assert writer.splits or safe_name(writer.file, "") == writer.file


def test_a_file_is_whole_and_its_digest_is_that_of_its_bytes(tmp_path: Path) -> None:
    written = write_whole(tmp_path, "a.jsonl", [b"1\n", b"2\n"])
    assert (tmp_path / "a.jsonl").read_bytes() == b"1\n2\n"
    assert (written.rows, written.sha256) == (2, hashlib.sha256(b"1\n2\n").hexdigest())
    assert stat.S_IMODE((tmp_path / "a.jsonl").stat().st_mode) == 0o600


def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    def lines() -> Iterator[bytes]:
        yield b"1\n"
        raise RuntimeError

    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(RuntimeError):
        write_whole(tmp_path, "a", lines(), replace=True)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    def lines() -> Iterator[bytes]:
        raise OSError(28, "No space left on device")
        yield b""

    with pytest.raises(FileTrouble, match="No space left"):
        write_whole(tmp_path, "a", lines())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "../a", "a/b", "a b", "\u202e", "x" * 101])
def test_an_unsafe_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileTrouble):
        write_whole(tmp_path, name, [b""])


@settings(max_examples=200)
@given(st.text())
def test_a_safe_name_is_made_of_anything(wish: str) -> None:
    name = safe_name(wish, ".rejects.jsonl")
    assert len(name) <= 100
    assert name.endswith(".rejects.jsonl")
    assert not name.startswith((".", "-"))
    assert all(c.isascii() and (c.isalnum() or c in "._-") for c in name)


def test_a_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    make_directory(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(FileTrouble, match="is a file"):
        make_directory(tmp_path / "file")
