"""Hostile text in a real terminal: it asks of the terminal what harmless text asks, and nothing else."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.pty.terminal import (
    NARROW,
    QUICK,
    ROOT,
    WIDE,
    Terminal,
    exported,
    hitl,
    shapes,
    words_of,
)

ROWS = [
    json.loads(line)
    for line in (ROOT / "tests/data/hostile_dev.jsonl").read_text("ascii").splitlines()
]


def is_text(value: str) -> bool:
    """Whether it is Unicode scalar text, which half of a surrogate pair is not."""
    return not any(0xD800 <= ord(character) < 0xE000 for character in value)


HOSTILE = [row["text"] for row in ROWS if is_text(row["text"])]
HALVES = [row["text"] for row in ROWS if not is_text(row["text"])]
ESCAPE = "\x1b[27u"
"""The key as a terminal with the kitty protocol sends it, which needs no waiting for what follows."""
HARMLESS = [f"Plain words, number {n}." for n in range(len(HOSTILE))]
COMMANDS_THE_TERMINAL = {f"ESC {letter}" for letter in "]P_^XkNOc"}
"""Titles, links, the clipboard, device control, single shifts, reset: nothing of ours sends these."""

SEVERAL_CALLS = """
import json, sys
from hitl_tui.cli import main

for code, arguments in json.load(open(sys.argv[1])):
    got = main(arguments)
    if got != code:
        sys.exit(f"{got} instead of {code}: {arguments!a}")
"""
"""Call `hitl` many times in one process: a list of the expected exit code and the arguments."""


def case(number: int, text: str) -> dict[str, Any]:
    """A case that is made of one text, wherever it may hold one."""
    name = f"{number} {text}"[:512]
    return {
        "id": name,
        "input": text,
        "output": f"It takes {number} days\n{text}",
        "context": [
            {"id": name, "title": text, "text": f"{text}\nIt takes 1000 days", "uri": text},
            text,
        ],
        "signals": [
            {"name": name, "label": text, "score": 0.5, "threshold": 0.6, "spans": [[0, 1]]}
        ],
        "model": text,
        "pool": f"pool {text}"[:512],
        "tags": [text],
        "priority": 1000 - number,
    }


def queue_of(home: Path, texts: Sequence[str], configuration: str = QUICK) -> None:
    """A queue below the new directory `home` with a case of each text."""
    home.mkdir(parents=True)
    (home / "hitl.toml").write_text(configuration, encoding="utf-8")
    lines = [json.dumps(case(number, text)) for number, text in enumerate(texts)]
    (home / "cases.jsonl").write_text("\n".join(lines))
    ran = hitl(home, "ingest", "cases.jsonl")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr


def called(home: Path, calls: Sequence[tuple[int, list[str]]]) -> bytes:
    """What a terminal gets from these calls of `hitl`; each must end with the code it stands with."""
    (home / "calls.json").write_text(json.dumps(calls))
    with Terminal(home, "calls.json", program=(sys.executable, "-c", SEVERAL_CALLS)) as terminal:
        code = terminal.end()
        assert code == 0, terminal.screen
        return bytes(terminal.sent)


def went_through(home: Path, cases: int, size: tuple[int, int], reviewer: str = "alice") -> bytes:
    """Go through all cases in the workstation with every key that shows text; what it sent."""
    with Terminal(home, "review", "--batch", 500, "--reviewer", reviewer, size=size) as terminal:

        def press(*keys: str, then: str) -> None:
            before = len(terminal.sent)
            terminal.press(*keys)
            terminal.until_sends(then, before)

        terminal.until_sends(f" 1/{cases} ", 0)
        for number in range(1, cases + 1):
            press("]", "}", "tab", "z", "i", then="keep the rationale")
            press(ESCAPE, then="u undo")
            press("z", "e", then="save and decide")
            press(ESCAPE, then="u undo")
            if number % 8 == 0:
                press("?", then="All keys")
                press(ESCAPE, then="u undo")
            press("v", "right", then=f" {number % cases + 1}/{cases} ")
        terminal.press("q")
        assert terminal.end() == 0, terminal.after_the_screen()
        assert terminal.after_the_screen() == ""
        assert terminal.as_found()
        return bytes(terminal.sent)


def asks_no_more(hostile: bytes, harmless: bytes) -> None:
    """The claim of this file, about two streams: the first asks of the terminal what the second asks."""
    assert shapes(hostile) - shapes(harmless) == set()
    assert shapes(hostile).isdisjoint(COMMANDS_THE_TERMINAL)
    assert "kept from the terminal" not in words_of(hostile)


def test_the_parser_sees_what_a_terminal_would_act_upon() -> None:
    text = "plain\x1b[2;3H\x1b[1;31m\x1b[?1049h\x1b]0;t\x07\x1bPq\x1b\\\x9b1m\x00\u202e\u2028\x7f"
    assert shapes(text.encode()) == {
        *("CSI #H", "CSI #m", "CSI ?1049h", "ESC ]", "U+0007", "ESC P", "ESC \\"),
        *("U+009B", "U+0000", "U+202E", "U+2028", "U+007F"),
    }
    with pytest.raises(UnicodeDecodeError):
        shapes(b"\x9b31m")


def test_going_through_all_of_it_in_the_workstation(tmp_path: Path) -> None:
    def at(size: tuple[int, int]) -> None:
        texts = HOSTILE[size == NARROW :: 2]  # every other text at each size: half the time
        home = tmp_path / f"{size}"
        queue_of(home / "hostile", texts)
        queue_of(home / "harmless", HARMLESS[:9])
        hostile = went_through(home / "hostile", len(texts), size)
        asks_no_more(hostile, went_through(home / "harmless", 9, size))
        assert "␛" in words_of(hostile), "it was on the screen, made visible"

    with ThreadPoolExecutor(2) as both:
        list(both.map(at, (WIDE, NARROW)))


def toml(text: str) -> str:
    """A TOML string that holds exactly this text."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def configured(queue: str, reasons: Sequence[str]) -> str:
    """A configuration with nine reasons and a queue of these names."""
    tables = (
        f"[[labels.reason]]\nid = {toml(text[:512])}\nkey = '{key}'\ntext = {toml(text)}\n"
        for key, text in enumerate(reasons, 1)
    )
    return f"{QUICK}[queue]\naddress = {toml(queue)}\n{''.join(tables)}"


def rejected(home: Path, texts: Sequence[str], reviewer: str) -> bytes:
    """Reject every case with a reason and take the last one back; what the workstation sent."""
    with Terminal(home, "review", "--batch", 500, "--reviewer", reviewer) as terminal:

        def press(key: str, then: str) -> None:
            before = len(terminal.sent)
            terminal.press(key)
            terminal.until_sends(then, before)

        terminal.until_sends("takes 0 days", 0)
        for number in range(len(texts)):
            press("x", "reject, because")
            last = number + 1 == len(texts)
            press(str(number % 9 + 1), "Nothing is waiting" if last else f"takes {number + 1} days")
        press("u", "took back:")
        terminal.press("q")
        assert terminal.end() == 0, terminal.after_the_screen()
        assert terminal.after_the_screen() == ""
        return bytes(terminal.sent)


def test_deciding_with_hostile_reasons_names_and_places(tmp_path: Path) -> None:
    sent = []
    for home, texts, name in (
        (tmp_path / "hostile", HOSTILE, "\x1b[31m\u202e\x9b2J name"),
        (tmp_path / "harmless", HARMLESS, "a name"),
    ):
        reasons, some = texts[::20][:9], texts[::15]
        queue_of(home, some, configured(f"{name}.db", reasons))
        sent.append(rejected(home, some, name))
        rows = exported(home, "d")
        assert {v["reviewer"] for row in rows.values() for v in row["verdicts"]} == {name}
        labels = {label for row in rows.values() for v in row["verdicts"] for label in v["labels"]}
        assert labels == {reason[:512] for reason in reasons}
        texts_kept = [row["context"][1]["text"] for row in rows.values()]
        assert texts_kept == list(some)
    asks_no_more(*sent)


def test_what_is_pasted_cut_or_copied_never_acts(tmp_path: Path) -> None:
    queue_of(tmp_path / "queue", HARMLESS[:3])
    # Behind an escape that begins no known sequence each character would be a key.
    pasted = "a!x1q \u202e] \x1b[9;9;9;9;9;9;9;9;9;9;9;9;9;9;9 a \x1b\x1ba \x1ba"
    with Terminal(tmp_path / "queue", "review") as terminal:
        terminal.until_says(" 1/3 ")
        terminal.press(f"\x1b[200~{pasted}\x1b[201~", "Z")
        terminal.until_shows("Z does nothing here")
        terminal.press("i")
        terminal.until_shows("keep the rationale")
        terminal.press(f"\x1b[200~{pasted}\x1b[201~", "enter")
        terminal.until_gone("keep the rationale")
        terminal.press("e")
        terminal.until_shows("save and decide")
        terminal.press("\x1b[18~", "\x03", "\x18", "\x16", "escape")
        terminal.until_gone("save and decide")
        terminal.press("a")
        terminal.until_shows("u takes it back")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.after_the_screen() == ""
        assert b"]52" not in terminal.sent
    rows = exported(tmp_path / "queue", "d").values()
    [verdict] = [verdict for row in rows for verdict in row["verdicts"]]
    assert (verdict["decision"], verdict["rationale"]) == ("approve", pasted)


def calls(texts: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Every command that prints text of a case, for a case of each text, and what it must end with."""
    listed = []
    for number, text in enumerate(texts):
        name, option = case(number, text)["id"], f"o {text}"[:512]
        reject = [
            "--label",
            option,
            "--rationale",
            text,
            "--reviewer",
            option,
            "--",
            name,
            "reject",
        ]
        listed += [
            (0, ["show", "--", name]),
            (0, ["verdict", *reject]),
            (2, ["verdict", "--", name, option]),
            (2, ["show", "--", option]),
            (2, ["ingest", "--", f"no file {text}"]),
        ]
        if number % 2:
            listed.append((0, ["show", "--reveal", "--", name]))
    return [
        *listed,
        *[(0, one) for one in (["queue", "status"], ["audit", "log"], ["audit", "log", "--json"])],
        (0, ["export", "jsonl", "--out", "d"]),
        (4, ["audit", "verify"]),
    ]


def test_every_command_that_prints_it(tmp_path: Path) -> None:
    sent = []
    for home, texts in ((tmp_path / "hostile", HOSTILE), (tmp_path / "harmless", HARMLESS[:5])):
        home.mkdir()
        lines = [json.dumps(case(number, text)) for number, text in enumerate(texts)]
        (home / "cases.jsonl").write_text("\n".join(lines))
        sent.append(called(home, [(0, ["ingest", "cases.jsonl"]), *calls(texts)]))
        rows = exported(home, "again").values()
        assert [row["verdicts"][0]["rationale"] for row in rows] == list(texts)
    asks_no_more(*sent)


def as_file_name(text: str) -> str:
    """The text as the name of a file, as far as a file system takes it."""
    name = text.replace("/", "|").replace("\0", "|").encode()[:200].decode("utf-8", "ignore")
    return f"{name}.jsonl"


def test_files_of_hostile_names_with_bad_lines(tmp_path: Path) -> None:
    sent = []
    for home, texts in ((tmp_path / "hostile", HOSTILE), (tmp_path / "harmless", HARMLESS[:5])):
        home.mkdir()
        names = sorted({as_file_name(text) for text in texts})
        for number, name in enumerate(names):
            (home / name).write_text(f'{{"id": "{number}", "output": "x"}}\nbad\n')
        ingest = [(0, ["ingest", "--", name]) for name in names]
        sent.append(called(home, [*ingest, (0, ["queue", "status"])]))
        made = {path.name for path in home.glob("*.rejects.jsonl")}
        assert all(name.isascii() and name.isprintable() for name in made)
    asks_no_more(*sent)


def test_halves_of_surrogate_pairs_are_refused_with_their_lines(tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"{number}", "output": text}) for number, text in enumerate(HALVES)]
    lines.append(json.dumps({"id": "whole", "output": "\U0001f600"}))
    (tmp_path / "cases.jsonl").write_text("\n".join(lines))
    strict, loose = ["ingest", "--strict", "cases.jsonl"], ["ingest", "cases.jsonl"]
    said = words_of(called(tmp_path, [(1, strict), (0, loose)]))
    for number in range(1, len(HALVES) + 1):
        assert re.search(rf"cases.jsonl:{number}: .*half of a surrogate pair", said)
    assert exported(tmp_path, "d").keys() == {"whole"}
