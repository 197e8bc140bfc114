"""A terminal that draws wider and narrower than we count: it is asked, and every column stays in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pty.terminal import Terminal, exported, fill, words_of

ODD = {
    "tones": "👍🏽 fine 👋🏿 hello 👍🏽👍🏽👍🏽",
    "flags": "🇩🇪 and 🇫🇷 and 🇯🇵🇰🇷",
    "selectors": "❤️ and ☀️ and 1️⃣ 2️⃣",
    "joined": "👨‍👩‍👧 at 👩‍🚀 work 👨‍👩‍👧‍👦👨‍👩‍👧‍👦",
    "all": "👍🏽🇩🇪❤️👩‍🚀 plain 👍🏽🇩🇪❤️👨‍👩‍👧",
}
"""What the terminal gives other cells than Rich counts: 4 for 2, 4 for 2, 1 for 2, 6 for 2."""


def case(text: str) -> dict[str, object]:
    lines = [f"line {n:02} {text if n % 2 else 'plain'}" for n in range(12)]
    return {
        "id": "c1",
        "input": "Is it so?",
        "output": "\n\n".join(lines),
        "context": ["\n\n".join(f"|row {n:02}" for n in range(30))],
    }


@pytest.mark.parametrize("name", ODD)
def test_the_columns_beside_such_text_stay_where_they_are(tmp_path: Path, name: str) -> None:
    fill(tmp_path, [case(ODD[name])])
    with Terminal(tmp_path, "review", size=(120, 40), answers=True) as terminal:
        terminal.until_shows("|row 05")
        terminal.until_shows("approve")
        assert len(terminal.column_of("|row ")) >= 10
        assert len(set(terminal.column_of("|row ").values())) == 1, terminal.screen
        assert "line 01" in terminal.screen and "plain" in terminal.screen
        terminal.press("e")
        terminal.until_shows("save and decide")
        assert len(set(terminal.column_of("|row ").values())) == 1, terminal.screen
        terminal.press("X", "F2")
        terminal.until_shows("edited c1")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.as_found()
    text = exported(tmp_path, "out")["c1"]["verdicts"][0]["edited_output"]
    assert text.replace("X", "") == case(ODD[name])["output"]


def test_answers_that_come_too_late_are_neither_keys_nor_verdicts(tmp_path: Path) -> None:
    fill(tmp_path, [case("plain"), {**case("plain"), "id": "c2", "priority": 1}])
    with Terminal(tmp_path, "review", size=(120, 40), answers=True) as terminal:
        terminal.held = ""
        terminal.until_shows("|row 05")
        terminal.until_shows("approve")
        assert terminal.answered >= 10 and terminal.held.startswith("\x1b[")
        for piece in (terminal.held[:3], terminal.held[3:40], terminal.held[40:]):
            terminal.press(piece)
        terminal.press("j")
        terminal.press("?")
        terminal.until_shows("All keys")
        terminal.press("escape")
        terminal.until_gone("All keys")
        terminal.until_shows("? all keys")
        assert "does nothing here" not in words_of(terminal.sent)
        terminal.press("a")
        terminal.until_shows("approved c1")
        terminal.press("q")
        assert terminal.end() == 0
    rows = exported(tmp_path, "out")
    assert [len(rows[name]["verdicts"]) for name in ("c1", "c2")] == [1, 0]


def test_what_is_typed_before_the_screen_is_there_is_not_lost(tmp_path: Path) -> None:
    fill(tmp_path, [case("plain")])
    with Terminal(tmp_path, "review", size=(120, 40), answers=True) as terminal:
        terminal.until(lambda: terminal.answered > 0, "question")
        terminal.press("?")
        terminal.until_shows("All keys")
