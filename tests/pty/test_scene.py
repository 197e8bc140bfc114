"""A reviewer's quarter of an hour in a real terminal: what was pressed is exactly what stands afterwards."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.open import open_queue
from tests.pty.terminal import (
    NARROW,
    QUICK,
    SAMPLES,
    WIDE,
    Terminal,
    exported,
    fill,
    hitl,
    printed_json,
)

TYPED = "Zebra "


@cache
def samples() -> dict[str, dict[str, Any]]:
    """The sample cases by id."""
    lines = [line for file in SAMPLES for line in file.read_text("utf-8").splitlines()]
    return {case["id"]: case for case in map(json.loads, lines)}


def standing(row: dict[str, Any]) -> list[tuple[str, list[str], str | None]]:
    """What stands in an exported row: decision, labels, edited text."""
    return [(v["decision"], v["labels"], v["edited_output"]) for v in row["verdicts"]]


def filled(home: Path) -> None:
    (home / "hitl.toml").write_text(QUICK)
    ran = hitl(home, "ingest", *SAMPLES)
    assert (ran.returncode, ran.stderr) == (0, "")


class Scene:
    """The workstation on the sample cases; knows which of them must be at hand."""

    def __init__(self, home: Path, terminal: Terminal) -> None:
        self.terminal = terminal
        terminal.until_says(r" 1/10 ")
        with closing(open_queue(str(home / "hitl.db"))) as queue:
            self.order = [
                lease.case_id for lease in sorted(queue.leases(), key=lambda one: one.token)
            ]

    def at_hand(self, case_id: str) -> None:
        """Until something stands there that is in the output of this case and nowhere else."""
        phrases = phrases_of_its_own(case_id)
        self.terminal.until(lambda: any(one in self.terminal.screen for one in phrases), case_id)

    def press(self, *keys: str, on: str, says: str) -> None:
        """Press keys when a case is at hand, and wait for what the screen says to the last one."""
        self.at_hand(on)
        self.terminal.press(*keys)
        self.terminal.until_shows(says)


@cache
def phrases_of_its_own(case_id: str) -> set[str]:
    """Three words in a row of the output that no other text of the samples has."""
    found = triples(samples()[case_id]["output"])
    for other in samples().values():
        if other["id"] != case_id:
            found -= triples(json.dumps(other, ensure_ascii=False))
    return found


def triples(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}


def judged(scene: Scene) -> tuple[str, str, str, str, str]:
    """Press the scene; the cases that were approved, rejected, edited, escalated and skipped."""
    approved, rejected, edited, escalated, skipped, following, *_ = scene.order
    back = "u takes it back"
    scene.press("a", on=approved, says=f"approved {approved} · {back}")
    scene.press("x", on=rejected, says="reject, because")
    scene.press("1", on=rejected, says=f"rejected {rejected} · {back}")
    scene.press("e", on=edited, says="save and decide")
    scene.terminal.press(TYPED, "F2")
    scene.terminal.until_shows(f"edited {edited} · {back}")
    scene.press("!", on=escalated, says=f"escalated {escalated} · {back}")
    scene.press("space", on=skipped, says=f"skipped {skipped} · {back}")
    scene.press("u", on=following, says=f"took back: skipped {skipped}")
    scene.press("u", on=skipped, says=f"took back: escalated {escalated}")
    scene.at_hand(escalated)
    return approved, rejected, edited, escalated, skipped


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
def test_what_was_pressed_is_exactly_what_stands(tmp_path: Path, size: tuple[int, int]) -> None:
    cases = samples()
    filled(tmp_path)
    with Terminal(tmp_path, "review", size=size) as terminal:
        approved, rejected, edited, escalated, skipped = judged(Scene(tmp_path, terminal))
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.after_the_screen() == ""
        assert terminal.as_found()

    rows = exported(tmp_path, "first")
    assert rows.keys() == cases.keys()
    assert standing(rows[approved]) == [("approve", [], None)]
    assert standing(rows[rejected]) == [("reject", ["unsupported"], None)]
    [(decision, labels, text)] = standing(rows[edited])
    assert (decision, labels) == ("edit", [])
    assert text is not None
    assert text.count(TYPED) == 1
    assert text.replace(TYPED, "") == cases[edited]["output"]
    assert {name for name, row in rows.items() if row["verdicts"]} == {approved, rejected, edited}

    happened = [
        (event["type"], event["case_id"])
        for event in printed_json(tmp_path, "audit", "log", "--json")
        if event["type"] not in ("queue.created", "case.queued", "lease.claimed")
    ]
    pressed = [
        *(("verdict.recorded", name) for name in (approved, rejected, edited, escalated)),
        ("lease.released", skipped),
        ("skip.undone", skipped),
        ("verdict.undone", escalated),
    ]
    assert happened[: len(pressed)] == pressed
    assert {kind for kind, _ in happened[len(pressed) :]} == {"lease.released", "data.exported"}
    assert hitl(tmp_path, "audit", "verify").returncode == 4
    [status] = printed_json(tmp_path, "queue", "status", "--json")
    counts = {name: status[name] for name in ("pending", "leased", "resolved", "verdicts")}
    assert counts == {"pending": len(cases) - 3, "leased": 0, "resolved": 3, "verdicts": 3}

    with Terminal(tmp_path, "review", size=size) as terminal:
        scene = Scene(tmp_path, terminal)
        scene.press("u", on=escalated, says=f"took back: edited {edited}")
        scene.press("e", on=edited, says=TYPED.strip())
        terminal.press("escape")
        terminal.until_shows("opens it again")
        scene.press("a", on=edited, says=f"approved {edited} ·")
        scene.press("a", on=escalated, says=f"approved {escalated} ·")
        terminal.press("q")
        assert terminal.end() == 0
    rows = exported(tmp_path, "second")
    assert {name: standing(row) for name, row in rows.items() if row["verdicts"]} == {
        approved: [("approve", [], None)],
        rejected: [("reject", ["unsupported"], None)],
        edited: [("approve", [], None)],
        escalated: [("approve", [], None)],
    }
    assert rows[edited]["verdicts"][0]["first_decision"] == "edit"


def test_what_is_typed_faster_than_the_screen_follows_goes_where_it_was_meant(
    tmp_path: Path,
) -> None:
    """As over a slow line, where many keys arrive at once."""
    fill(tmp_path, [{"id": "one", "output": "Sixty days."}, {"id": "two", "output": "Nothing."}])
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("Sixty days.")
        terminal.press("iBecause of thiss\x7f.", "enter")
        terminal.until_shows("i Because of this.")
        terminal.press("eThirtx\x7fy, not ", "\x1b[D", "\x1b[D", "\x1b[C", "X", "F2", "a!q")
        terminal.until_shows("edited one ")
        terminal.until_shows("Nothing.")
        terminal.press("q")
        assert terminal.end() == 0
    rows = exported(tmp_path, "d")
    [verdict] = rows["one"]["verdicts"]
    assert verdict["rationale"] == "Because of this."
    assert verdict["edited_output"] == "Thirty, notX Sixty days."
    assert rows["two"]["verdicts"] == []


def test_a_verdict_key_pressed_before_the_case_can_be_read_does_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "hitl.toml").write_text("[review]\nguard_ms = 5000\n")
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_says(r" 1/10 ")
        terminal.press("a")
        terminal.until_shows("too soon")
        terminal.press("q")
        assert terminal.end() == 0
    assert not any(row["verdicts"] for row in exported(tmp_path, "d").values())


def test_a_hand_that_falls_on_the_keys_gives_one_verdict(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "hitl.toml").unlink()
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_says(r" 1/10 .*SLA")
        terminal.until_a_second_passed()
        terminal.press("aaa!!!")
        terminal.until_says(r"approved (\S+)")
        terminal.until_a_second_passed()
        terminal.press("q")
        assert terminal.end() == 0
    verdicts = [v for row in exported(tmp_path, "d").values() for v in row["verdicts"]]
    assert [verdict["decision"] for verdict in verdicts] == ["approve"]


def left_behind(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_the_demo_opens_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "hitl.toml").write_text(QUICK)
    with Terminal(tmp_path, "demo") as terminal:
        terminal.until_says(r" 1/10 ")
        terminal.press("a")
        terminal.until_shows("u takes it back")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.as_found()
        assert terminal.after_the_screen() == ""
    assert list((tmp_path / "tmp").iterdir()) == []
    assert left_behind(tmp_path) == ["hitl.toml"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_demo_whose_terminal_goes_away_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    with Terminal(tmp_path, "demo") as terminal:
        terminal.until_says(r" 1/10 ")
        terminal.send_signal(number)
        assert terminal.end() == 128 + number
    assert list((tmp_path / "tmp").iterdir()) == []
    assert left_behind(tmp_path) == []


def test_without_a_terminal_the_demo_prints_a_case(tmp_path: Path) -> None:
    ran = hitl(tmp_path, "demo")
    assert (ran.returncode, ran.stderr) == (0, "")
    first = max(samples().values(), key=lambda case: case.get("priority", 50))
    assert first["output"][:20] in ran.stdout
    assert "\x1b" not in ran.stdout
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("key", "foot"),
    [("", "all keys"), ("x", "escape back"), ("e", "save and decide"), ("?", "the whole screen")],
    ids=["read", "menu", "edit", "panel"],
)
def test_after_a_suspension_the_whole_screen_stands_there_again(
    tmp_path: Path, key: str, foot: str
) -> None:
    case = {"id": "c1", "output": "It takes 60 days.", "context": ["It takes 30 days."]}
    fill(tmp_path, [case])
    with Terminal(tmp_path, "review", size=NARROW) as terminal:
        terminal.until_shows("number differs")
        terminal.press(key)
        terminal.until_shows(foot)
        before = terminal.screen
        terminal.suspend()
        terminal.resume()
        terminal.until(lambda: terminal.screen == before, "what stood there before")
        if key:
            terminal.press("escape")
            terminal.until_gone(foot)
        terminal.press("a")
        terminal.until_shows("approved c1")


def test_an_empty_queue_waits_and_wakes_up_by_itself(tmp_path: Path) -> None:
    fill(tmp_path, [{"id": "only", "output": "One sentence."}])
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("One sentence.")
        terminal.press("a")
        terminal.until_shows("Nothing is waiting for you")
        fill(tmp_path, [{"id": "late", "output": "Another sentence."}])
        terminal.until_shows("Another sentence.")
        terminal.press("a")
        terminal.until_shows("approved late")
