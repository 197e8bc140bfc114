"""`hitl adjudicate`: lists disputes, shows verdicts without names, settles with a cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitl_tui.cli import say
from tests.cli.running import Hitl, Write


@pytest.fixture
def disputed(hitl: Hitl, cases: Write, home: Path) -> Hitl:
    """A queue in which Aaron and Zoe disagree on the case d."""
    (home / "new.txt").write_text("the new text\nin two lines")
    hitl("ingest", cases({"id": "d", "output": "the old text", "overlap": 2}))
    zoe = ["--reviewer", "Zoe", "--rationale", "it is fine", "--label", "tone"]
    hitl("verdict", "d", "approve", *zoe)
    hitl("verdict", "d", "edit", "--reviewer", "Aaron", "--edited", "new.txt")
    return hitl


def test_disputes_are_listed(disputed: Hitl) -> None:
    [row] = disputed("adjudicate", "--json").json["disputes"]
    assert (row["id"], row["pool"], row["version"]) == ("d", "general", 3)
    assert row["since"].endswith("Z")
    assert "d  general, since " in disputed("adjudicate").out


def test_verdicts_are_shown_blind_with_rationale_and_edit(disputed: Hitl) -> None:
    out = disputed("adjudicate", "d").out
    for word in ("the old text", "A  ", "B  ", "it is fine", "tone", "| in two lines"):
        assert word in out
    for name in ("Zoe", "Aaron"):
        assert name not in out
        assert name not in disputed("adjudicate", "d", "--json").out
    shown = disputed("adjudicate", "d", "--json").json
    assert [one["as"] for one in shown["verdicts"]] == ["A", "B"]
    assert {"reviewer", "decided_at", "lease", "id"}.isdisjoint(shown["verdicts"][0])


def test_it_is_settled_from_a_script(disputed: Hitl) -> None:
    ran = disputed(
        "adjudicate",
        "d",
        "edit",
        "--cause",
        "guideline_gap",
        "--note",
        "say so",
        "--output",
        "new.txt",
        "--reviewer",
        "Lea",
        "--json",
    )
    assert ran.code == 0
    assert (ran.json["source"], ran.json["decision"]) == ("adjudication", "edit")
    assert ran.json["output"] == "the new text\nin two lines"
    assert disputed("adjudicate").out == "no case is in dispute\n"
    assert "edit by Lea, cause guideline_gap say so" in disputed("show", "d", "--reveal").out
    ruling = disputed("show", "d", "--reveal", "--json").json["ruling"]
    assert (ruling["actor"], ruling["cause"]) == ("Lea", "guideline_gap")
    assert "Lea" not in disputed("show", "d", "--json").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["d", "approve"], "say why the verdicts differ: --cause ambiguous|guideline_gap"),
        (["d", "approve", "--cause", "weather"], "--cause is one of"),
        (["d", "tie", "--cause", "error"], "is settled by one of: approve, reject, edit"),
        (["d", "edit", "--cause", "error"], "a new text goes with: edit"),
        (["d", "approve", "--cause", "error", "--reviewer", "Zoe"], "somebody else must settle"),
        (["x", "approve", "--cause", "error"], "there is no case x"),
        (["x"], "there is no case x"),
    ],
)
def test_a_wrong_call_is_one_plain_sentence(
    disputed: Hitl, arguments: list[str], sentence: str
) -> None:
    ran = disputed("adjudicate", "--reviewer", "Lea", *arguments)
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
    assert disputed("queue", "status", "--json").json["disputed"] == 1


def test_on_a_terminal_it_asks_until_it_is_answered(
    disputed: Hitl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(say, "on_terminal", lambda: True)
    left = disputed("adjudicate", "d", "--reviewer", "Lea", stdin=b"\n")
    assert (left.code, "nothing was decided" in left.err) == (2, True)
    ran = disputed("adjudicate", "d", "--reviewer", "Lea", stdin=b"perhaps\nreject\nerror\n")
    assert "case d is resolved: reject" in ran.out
    assert ran.code == 0
