"""The guide for producers: every example in it runs as printed, against a real server and reviewer."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hitl_tui import client
from tests.client.judging import Reviewer
from tests.client.served import Served

PAGE = (Path(__file__).parents[2] / "docs" / "producer.md").read_text("utf-8")
EXAMPLES = {
    name: text
    for text, name in re.findall(r"^```python\n(# (\S+\.py)\n.*?)^```$", PAGE, re.M | re.S)
}
COMMANDS: list[str] = [
    line
    for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.M | re.S)
    for line in block.splitlines()
]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(server: Served, token: str) -> Iterator[Start]:
    """Start a command of the page in the server's directory, as its reader would."""
    running: list[subprocess.Popen[str]] = []
    for name, text in EXAMPLES.items():
        (server.home / name).write_text(text, "utf-8")

    def begin(line: str, **variables: str) -> subprocess.Popen[str]:
        given = {"HITL_URL": server.url, "HITL_TOKEN": token} | variables
        known = {"python": [sys.executable], "hitl": [sys.executable, "-m", "hitl_tui"]}
        first, *rest = [
            part.replace("$HITL_URL", server.url).replace("$HITL_TOKEN", token)
            for part in shlex.split(line)
        ]
        running.append(
            subprocess.Popen(
                [*known.get(first, [first]), *rest],
                cwd=server.home,
                env=server.environment(**given),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def printed(process: subprocess.Popen[str]) -> str:
    found: tuple[str, str] = process.communicate(timeout=60)
    assert process.returncode == 0, found[1]
    return found[0]


def the_command(beginning: str) -> str:
    (found,) = [line for line in COMMANDS if line.startswith(beginning)]
    return found


def await_case(server: Served, case_id: str) -> None:
    """Return when the case can be claimed; it is given back at once."""
    lead = Reviewer(server, "somebody-else")
    claim = lead.claim()
    assert claim["case"]["id"] == case_id
    lead.give_back(claim)


def test_the_page_has_the_examples_that_are_tested_here() -> None:
    assert sorted(EXAMPLES) == ["chat.py", "graph.py", "later.py", "three_lines.py"]


def test_three_lines_are_enough(start: Start, server: Served) -> None:
    process = start("python three_lines.py")
    Reviewer(server, "alice").judge("reject")
    assert printed(process) == "reject None\n"


def test_the_chat_prints_what_a_reviewer_wrote(start: Start, server: Served) -> None:
    (server.home / "better.txt").write_text("Yes, within 30 days.", "utf-8")
    chat = start(the_command("python chat.py"))
    await_case(server, "ticket-17")
    printed(start(the_command("hitl verdict ticket-17")))
    assert printed(chat) == "Yes, within 30 days.\n"


def test_the_chat_asked_again_gives_the_same_answer_without_a_second_review(
    start: Start, server: Served
) -> None:
    assert printed(start(the_command("python chat.py"))) == "Yes, within 30 days.\n"


def test_the_chat_does_not_ask_about_what_its_sources_say(start: Start, server: Served) -> None:
    assert printed(start("python chat.py t1 'When are you open?'")) == "We are here every day.\n"
    queue = server.open()
    assert "t1" not in [row.case_id for row in queue.listing().rows]
    queue.close()


def test_the_chat_says_its_fallback_when_nobody_comes(start: Start) -> None:
    out = printed(start("python chat.py t2 'May I return this?'", CHAT_WAIT="0.5"))
    assert out == "I have to check that with a colleague. We will write to you today.\n"


def test_the_chat_has_an_answer_without_any_server(start: Start, server: Served) -> None:
    nowhere = Served(server.home / "nowhere")
    chat = start("python chat.py t3 'May I return this?'", HITL_URL=nowhere.url, CHAT_WAIT="0.5")
    out, errors = chat.communicate(timeout=60)
    assert out == "I have to check that with a colleague. We will write to you today.\n"
    assert "no answer" in errors
    assert "Traceback" not in errors


def test_later_hands_over_now_and_asks_later(start: Start, server: Served) -> None:
    out = printed(start("python later.py")).splitlines()
    assert out[:3] == [f"mail-{n} pending general" for n in range(3)]
    assert out[3] == "still waiting: mail-0"
    bob = Reviewer(server, "bob")
    assert [bob.judge() for _ in range(3)] == ["mail-0", "mail-1", "mail-2"]


def test_the_graph_gets_the_arguments_that_a_reviewer_wrote(start: Start, server: Served) -> None:
    (server.home / "arguments.json").write_text('{"order": "A-17", "amount": 24}', "utf-8")
    graph = start("python graph.py call-1")
    await_case(server, "call-1")
    printed(start(the_command("hitl verdict call-1")))
    edited = {"action": "send_refund", "args": {"order": "A-17", "amount": 24}}
    assert json.loads(printed(graph)) == {"type": "edit", "args": edited}


def test_curl_gets_the_same(start: Start, server: Served) -> None:
    process = start(the_command("curl"))
    Reviewer(server, "alice").judge()
    answer = json.loads(printed(process))
    assert answer["resolution"]["output"] == "Yes, within 60 days."


def test_every_error_that_the_client_has_is_in_the_table() -> None:
    errors = {name for name in client.__all__ if name.startswith("Hitl") and name != "Hitl"}
    assert {name for name in errors if f"`{name}`" not in PAGE} == set()
