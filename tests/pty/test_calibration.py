"""A whole calibration session: a lead, a server, three reviewers at three terminals, and what comes of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.client.served import Served
from tests.pty.terminal import DEADLINE_S, HITL, QUICK, Terminal, environment

ITEMS = 10
GOLD_RULES = """
[pools.returns]
qualified_by = ["march"]

[quiz]
mark = 0.7
"""


def gold_case(number: int) -> dict[str, Any]:
    """Every second one gives the days wrongly, so that a reviewer can see it on the screen."""
    wrong = number % 2 == 0
    return {
        "id": f"returns-{number:04d}",
        "input": "Can I return it?",
        "output": f"Within {60 if wrong else 30} days, item {number}.",
        "context": ["Opened items may be returned within 30 days."],
        "pool": "returns",
        "gold": {
            "decision": "reject" if wrong else "approve",
            "labels": ["wrong_number"] if wrong else [],
        },
    }


class Person:
    """Somebody with a home directory, and a token for the server or the queue's own directory."""

    def __init__(self, home: Path, queue: str) -> None:
        self.home = home
        self.queue = queue
        home.mkdir(exist_ok=True)

    def run(self, *arguments: object, stdin: str = "") -> str:
        ran = subprocess.run(
            [*HITL, *map(str, arguments)],
            cwd=self.home,
            env={**environment(self.home), "HITL_QUEUE": self.queue},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=DEADLINE_S,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path / "server")
    (server.home / "hitl.toml").write_text(QUICK + GOLD_RULES)
    yield server
    server.close()


def take(terminal: Terminal, judge: dict[str, str]) -> None:
    """Judge every case by what stands in its output: the decision of 60 days, and of 30."""
    done: list[str] = []
    for _ in range(ITEMS):
        others = "".join(f"(?!{number}\\.)" for number in done)
        found = terminal.until_says(rf"Within (60|30) days, item {others}(\d+)\.")
        terminal.press(*(("a",) if judge[found[1]] == "approve" else ("x", "3")))
        done.append(found[2])
    terminal.until_shows("the quiz march is done")
    terminal.press("q")
    assert terminal.end() == 0
    assert f"quiz march: {ITEMS} of {ITEMS} answered" in terminal.after_the_screen()


def test_three_reviewers_and_a_lead_hold_a_calibration_session(
    tmp_path: Path, served: Served
) -> None:
    lead = Person(served.home, str(served.path))
    cases = "".join(json.dumps(gold_case(number)) + "\n" for number in range(20))
    (lead.home / "gold.jsonl").write_text(cases)
    lead.run("ingest", "gold.jsonl")
    (version,) = [
        line.split()[1]
        for line in lead.run("guideline", "publish").splitlines()
        if "version" in line
    ]
    lead.run("quiz", "create", "march", "--size", ITEMS, "--stratify", "label")
    served.start()

    people = {name: Person(tmp_path / name, served.url) for name in ("ann", "bob", "cy")}
    for name, person in people.items():
        (person.home / "hitl.toml").write_text(QUICK)
        person.run("login", served.url, stdin=served.token("reviewer", name) + "\n")
        assert version in person.run("guideline", "acknowledge")
        assert person.json("queue", "list", "--next")["next"] == []

    with ExitStack() as held:
        terminals = {
            name: held.enter_context(
                Terminal(person.home, "quiz", "take", "march", "--queue", served.url)
            )
            for name, person in people.items()
        }
        take(terminals["ann"], {"60": "reject", "30": "approve"})
        take(terminals["bob"], {"60": "reject", "30": "approve"})
        take(terminals["cy"], {"60": "approve", "30": "approve"})

    report = lead.json("quiz", "report", "march")
    right = {name: one["right"] for name, one in report["reviewers"].items()}
    assert right == {"ann": ITEMS, "bob": ITEMS, "cy": ITEMS // 2}
    assert [one["reviewer"] for one in report["qualified"]] == ["ann", "bob"]
    assert report["reviewers"]["cy"]["by_label"]["wrong_number"]["value"] == 0
    assert report["agreement"]["percent"]["value"] == pytest.approx(2 / 3)

    agenda = lead.json("quiz", "session", "march")
    assert {answer["reviewer"] for answer in agenda[0]["answers"]} == set(people)
    disputed = agenda[0]["item"]
    shown = lead.run("quiz", "session", "march", disputed)
    assert "Within 60 days" in shown and shown.count("reject") >= 2
    lead.run(
        "quiz", "session", "march", disputed, "--section", "wrong_number", "--note", "say 60/30"
    )
    outcome = lead.json("quiz", "session", "march", disputed)["outcomes"]
    assert [(one["section"], one["note"]) for one in outcome] == [("wrong_number", "say 60/30")]

    assert people["ann"].json("queue", "list", "--next")["next"] != []
    assert people["cy"].json("queue", "list", "--next")["next"] == []
    status = lead.json("guideline", "status")
    assert {one["reviewer"] for one in status["acknowledged"]} == set(people)
    work = lead.json("report", "reviewers")["reviewers"]
    assert work["cy"]["quizzes"]["march"]["passed"] is False
    assert served.stop() == 0
    assert lead.json("audit", "verify", "--head", head_of(lead))["valid"] is True


def head_of(lead: Person) -> str:
    last = lead.run("audit", "log", "--json").splitlines()[-1]
    return str(json.loads(last)["hash"])
