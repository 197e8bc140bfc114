"""What is wrong is said in one sentence that helps, with the exit code that scripts rely on."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.pty.terminal import HITL, Terminal, environment, exported, fill, hitl

BAD_INPUT, UNREACHABLE = 2, 3
CASE = {"id": "a", "output": "One sentence."}


def one_sentence(said: str) -> str:
    """What was said, which is one line under the program's name and no traceback."""
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("hitl: ")
    assert "unexpected" not in lines[0]
    return lines[0]


def refused(home: Path, code: int, *arguments: object) -> str:
    """The sentence with which a command refuses; nothing is printed besides."""
    ran = hitl(home, *arguments)
    assert (ran.returncode, ran.stdout) == (code, ""), ran.stderr
    return one_sentence(ran.stderr)


FILES = {
    "missing": (None, "is not there"),
    "directory": ("directory", "is a directory"),
    "empty": (b"", "is empty"),
    "blank": (b"\n\n \n", "holds no case"),
    "an array": (b'[\n{"output": "x"}\n]\n', "one JSON array"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_holds_no_cases_makes_no_queue(tmp_path: Path, what: str) -> None:
    content, words = FILES[what]
    file = tmp_path / "cases.jsonl"
    if content == "directory":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    assert words in refused(tmp_path, BAD_INPUT, "ingest", "cases.jsonl")
    assert not (tmp_path / "hitl.db").exists()


def test_a_binary_file_is_no_file_of_cases(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_bytes(bytes(range(256)) * 40)
    ran = hitl(tmp_path, "ingest", "cases.jsonl")
    assert (ran.returncode, ran.stdout) == (BAD_INPUT, "")
    assert "not UTF-8" in ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("hitl: no line of cases.jsonl is JSON")
    assert not (tmp_path / "hitl.db").exists()


def test_bad_lines_are_named_with_their_reasons_and_the_good_ones_are_taken(tmp_path: Path) -> None:
    lines = [
        json.dumps(CASE),
        "{'id': 'python'}",
        '{"id": 7, "output": "x"}',
        '{"id": "b", "output": ["x"]}',
        '{"id": "c", "output": "x", "priority": "high"}',
        '{"id": "d", "id": "e", "output": "x"}',
        "3",
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(lines))
    ran = hitl(tmp_path, "ingest", "cases.jsonl")
    assert ran.returncode == 0
    assert ran.stdout.startswith("7 read: 1 queued, 6 rejected")
    first, *details = ran.stderr.splitlines()
    assert first.startswith("hitl: 6 lines were not taken")
    assert [line.split(": ")[0] for line in details[:5]] == [
        f"cases.jsonl:{n}" for n in range(2, 7)
    ]
    assert "Traceback" not in ran.stderr
    kept = (tmp_path / "cases.rejects.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line)["line"] for line in kept] == [2, 3, 4, 5, 6, 7]
    assert exported(tmp_path, "d").keys() == {"a"}


def test_strict_takes_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\nbad\n")
    assert hitl(tmp_path, "ingest", "--strict", "cases.jsonl").returncode == 1
    assert not (tmp_path / "hitl.db").exists()


def test_a_verdict_that_cannot_be_says_why_and_leaves_the_case_to_others(tmp_path: Path) -> None:
    fill(tmp_path, [CASE])
    assert "approve" in refused(tmp_path, BAD_INPUT, "verdict", "a", "accept")
    assert "edit" in refused(tmp_path, BAD_INPUT, "verdict", "a", "edit")
    assert "b" in refused(tmp_path, BAD_INPUT, "verdict", "b", "approve")
    assert "5:x" in refused(tmp_path, BAD_INPUT, "verdict", "a", "reject", "--span", "5:x")
    status = json.loads(hitl(tmp_path, "queue", "status", "--json").stdout)
    assert (status["leased"], status["verdicts"], status["pending"]) == (0, 0, 1)


WRITES, READS = ("ingest", "cases.jsonl"), ("queue", "status")


def unreachable(
    home: Path, words: str, commands: Sequence[Sequence[str]] = (WRITES, READS)
) -> None:
    """The commands and `review` refuse the queue with a sentence that has these words, and exit 3."""
    (home / "cases.jsonl").write_text(json.dumps(CASE))
    for command in commands:
        assert words in refused(home, UNREACHABLE, *command), command
    with Terminal(home, "review") as terminal:
        assert terminal.end() == UNREACHABLE
        assert words in one_sentence(terminal.after_the_screen()).replace("\r\n", "")


def test_a_queue_that_is_not_there(tmp_path: Path) -> None:
    others = [READS, ("show", "a"), ("verdict", "a", "approve"), ("audit", "verify")]
    unreachable(tmp_path, "hitl init", others)
    assert not (tmp_path / "hitl.db").exists()


def test_a_queue_that_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "hitl.db").mkdir()
    unreachable(tmp_path, "is a directory")


def test_a_queue_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "hitl.db").write_bytes(b"my diary\n" * 500)
    unreachable(tmp_path, "is not a queue")
    assert (tmp_path / "hitl.db").read_bytes() == b"my diary\n" * 500


def test_a_queue_that_is_the_database_of_another_program(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "hitl.db")) as other:
        other.execute("CREATE TABLE songs (title)")
    unreachable(tmp_path, "another program")


def test_a_queue_of_a_newer_hitl_is_left_alone(tmp_path: Path) -> None:
    fill(tmp_path, [CASE])
    with closing(sqlite3.connect(tmp_path / "hitl.db")) as queue:
        queue.execute("PRAGMA user_version = 99")
    unreachable(tmp_path, "upgrade hitl")


@pytest.mark.parametrize("place", ["cases.jsonl/hitl.db", "/proc/hitl.db", "nowhere/hitl.db"])
def test_a_queue_where_nothing_can_be_written(tmp_path: Path, place: str) -> None:
    # Permissions say nothing to root, so these are places where nobody can write.
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE))
    refused(tmp_path, UNREACHABLE, "ingest", "cases.jsonl", "--queue", place)
    refused(tmp_path, UNREACHABLE, "queue", "status", "--queue", place)


def test_a_configuration_that_cannot_be(tmp_path: Path) -> None:
    for text, words in (
        ("[review]\ngard_ms = 1\n", "guard_ms"),
        ("[queue\n", "not TOML"),
        ('[keys]\napprove = "j"\n', "given to both"),
        ('[keys]\naprove = "j"\n', "not an action"),
    ):
        (tmp_path / "hitl.toml").write_text(text)
        with Terminal(tmp_path, "review") as terminal:
            assert terminal.end() == BAD_INPUT
            assert words in one_sentence(terminal.after_the_screen())


def locked(queue: Path) -> closing[sqlite3.Connection]:
    """Another program that holds the file until it is closed."""
    other = sqlite3.connect(queue, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return closing(other)


def test_a_locked_queue_is_waited_for_and_no_decision_is_lost(tmp_path: Path) -> None:
    """Ten seconds, which is how long a writer waits for another; on two queues at the same time."""
    script, desk = tmp_path / "script", tmp_path / "desk"
    for home in (script, desk):
        home.mkdir()
        fill(home, [CASE])
    with Terminal(desk, "review") as terminal, locked(script / "hitl.db"):
        terminal.until_shows("One sentence.")
        verdict = subprocess.Popen(
            [*HITL, "verdict", "a", "approve"],
            cwd=script,
            env=environment(script),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        with locked(desk / "hitl.db"):
            terminal.press("a")
            terminal.until_shows("locked by another program")
            terminal.until_shows("One sentence.")
        out, err = verdict.communicate()
        assert (verdict.returncode, out) == (UNREACHABLE, "")
        assert "locked by another program" in one_sentence(err)
        terminal.press("a")
        terminal.until_shows("approved a ")
        terminal.press("q")
        assert terminal.end() == 0
    assert [len(exported(home, "d")["a"]["verdicts"]) for home in (script, desk)] == [0, 1]


def test_a_terminal_that_is_too_small_says_what_is_needed_and_works_when_it_grows(
    tmp_path: Path,
) -> None:
    fill(tmp_path, [CASE])
    with Terminal(tmp_path, "review", size=(59, 14)) as terminal:
        terminal.until_shows("60x15")
        terminal.until_shows("59x14")
        terminal.resize(80, 24)
        terminal.until_shows("One sentence.")
        terminal.resize(59, 14)
        terminal.until_shows("60x15")
        terminal.resize(120, 40)
        terminal.until_shows("a approve")
        terminal.press("a")
        terminal.until_shows("approved a ")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.as_found()


def test_without_a_terminal_the_review_names_another_way(tmp_path: Path) -> None:
    fill(tmp_path, [CASE])
    assert "terminal" in refused(tmp_path, BAD_INPUT, "review")


def test_an_output_that_goes_nowhere_ends_the_command_quietly(tmp_path: Path) -> None:
    fill(tmp_path, [CASE])
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [*HITL, "audit", "log"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, b"")
