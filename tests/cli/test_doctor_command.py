"""`hitl doctor` names what is wrong and how to mend it, and ends with 1 only then."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hitl_tui.cli import doctor, main
from hitl_tui.tui.measure import SAMPLES, measure
from tests.tui.cases import CLEAN
from tests.tui.conftest import fill

SIZE = os.terminal_size((120, 40))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HITL_QUEUE", raising=False)
    return tmp_path


def examined(capsys, *arguments: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
    code = main(["doctor", "--json", *arguments])
    found: dict[str, list[dict[str, str]]] = {}
    for one in json.loads(capsys.readouterr().out)["findings"]:
        found.setdefault(one["area"], []).append(one)
    return code, found


def grades(found: dict[str, list[dict[str, str]]], area: str) -> set[str]:
    return {one["grade"] for one in found[area]}


def test_nothing_is_wrong_with_a_new_queue(home: Path, capsys) -> None:
    fill(home / "hitl.db", [CLEAN])
    code, found = examined(capsys)
    assert code == 0
    assert grades(found, "queue") == {"ok"}
    assert "1 waiting" in found["queue"][1]["what"]


def test_a_queue_that_is_not_there_says_how_to_make_one(home: Path, capsys) -> None:
    code, found = examined(capsys)
    assert code == 1
    assert "hitl init" in found["queue"][0]["mend"]


def test_a_file_that_is_no_queue_is_named(home: Path, capsys) -> None:
    (home / "hitl.db").write_text("no database at all, but long enough to look like one" * 40)
    code, found = examined(capsys)
    assert code == 1
    assert "bad" in grades(found, "queue")


def test_a_queue_that_others_can_read_is_noted(home: Path, capsys) -> None:
    fill(home / "hitl.db", [CLEAN])
    (home / "hitl.db").chmod(0o644)
    code, found = examined(capsys)
    assert code == 0
    assert "chmod 600" in found["queue"][0]["mend"]


@pytest.mark.parametrize(
    ("text", "area", "says"),
    [
        ("[review]\nguard = 1", "configuration", "guard_ms"),
        ('[keys]\napprove = "x"', "keys", "given to both"),
        ('[review]\nguideline = "gone.md"', "guideline", "is not there"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_named(home: Path, capsys, text, area, says) -> None:
    fill(home / "hitl.db", [CLEAN])
    (home / "hitl.toml").write_text(text)
    code, found = examined(capsys)
    assert code == 1
    assert grades(found, area) == {"bad"}
    assert says in found[area][0]["what"]


def test_a_pool_that_waits_for_a_quiz_that_is_not_there_is_named(home: Path, capsys) -> None:
    fill(home / "hitl.db", [CLEAN])
    (home / "hitl.toml").write_text('[pools.medical]\nqualified_by = ["exam"]')
    code, found = examined(capsys)
    assert code == 1
    (one,) = found["pools"]
    assert "medical wants a pass in exam" in one["what"]
    assert "hitl quiz create" in one["mend"]


def test_a_guideline_whose_sections_cannot_be_told_apart_is_named(home: Path, capsys) -> None:
    fill(home / "hitl.db", [CLEAN])
    (home / "guideline.md").write_text("# A {#x}\n# B {#x}\n")
    code, found = examined(capsys)
    assert code == 1
    assert "stands twice" in found["guideline"][0]["what"]


def test_tokens_that_others_can_read_are_bad(tmp_path: Path) -> None:
    tokens = tmp_path / "credentials.json"
    tokens.write_text("{}")
    tokens.chmod(0o640)
    assert [one.grade for one in doctor.permissions(tmp_path, tmp_path)] == ["ok", "bad"]
    tokens.chmod(0o600)
    assert [one.grade for one in doctor.permissions(tmp_path, tmp_path)] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("environ", "size", "bad"),
    [
        ({"TERM": "xterm-256color"}, (120, 40), set()),
        ({"TERM": "dumb"}, (120, 40), {"terminal"}),
        ({}, (120, 40), {"terminal"}),
        ({"TERM": "xterm"}, (59, 40), {"size"}),
        ({"TERM": "xterm"}, (60, 14), {"size"}),
    ],
)
def test_the_terminal_is_judged_by_its_environment_and_size(environ, size, bad) -> None:
    found = list(doctor.terminal(environ, True, os.terminal_size(size)))
    assert {one.area for one in found if one.grade == "bad"} - {"encoding"} == bad
    assert all(one.mend for one in found if one.grade == "bad")


def test_colours_are_told_apart() -> None:
    def words(**environ: str) -> str:
        found = doctor.terminal({"TERM": "xterm", **environ}, True, SIZE)
        return next(str(one.words) for one in found if one.area == "colours")

    assert words(COLORTERM="truecolor") == "16 million"
    assert words(TERM="xterm-256color").startswith("256")
    assert words(NO_COLOR="") == "none, as NO_COLOR asks"
    assert words() == "perhaps 16"


class Cursor:
    """A terminal that gives every text the cells of a table and answers where its cursor is."""

    def __init__(self, widths: dict[str, int], answers: bool = True) -> None:
        self.widths = widths
        self.answers = answers
        self.cell = 0

    def write(self, data: bytes) -> None:
        text = data.decode().replace("\x1b[6n", "").replace("\r\x1b[2K", "")
        self.cell = self.widths.get(text, 0)

    def read(self) -> bytes:
        return f"\x1b[7;{self.cell + 1}R".encode() if self.answers else b""


def test_a_terminal_is_asked_how_wide_its_characters_are() -> None:
    cursor = Cursor({"中": 2, "e\u0301": 1, "😀": 3})
    assert measure(cursor.write, cursor.read, ["中", "e\u0301", "😀"]) == [2, 1, 3]


def test_a_terminal_that_gives_no_answer_is_not_guessed_at() -> None:
    cursor = Cursor({}, answers=False)
    assert measure(cursor.write, cursor.read, list(SAMPLES.values())) is None
