"""The guides are a contract: they name everything a user can press, type or set, and their examples run."""

from __future__ import annotations

import io
import json
import re
import runpy
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from hitl_tui.audit import replay
from hitl_tui.cli import main
from hitl_tui.cli.program import COMMANDS, app
from hitl_tui.config.settings import (
    AgreementSettings,
    Harm,
    LabelSettings,
    PoolSettings,
    QueueSettings,
    QuizSettings,
    Reason,
    ReviewerSettings,
    ReviewSettings,
    Settings,
    SlaSettings,
)
from hitl_tui.formats.readers import Taken, read_cases
from hitl_tui.formats.writers import WRITERS
from hitl_tui.formats.writers.jsonl import stored_row
from hitl_tui.model.case import Submission
from hitl_tui.model.text import ALARM_KINDS
from hitl_tui.model.verdict import DECISIONS
from hitl_tui.model.work import Route
from hitl_tui.queue.open import open_queue
from hitl_tui.tui.keymap import ACTIONS, Action
from tests.queue.world import fill, judge

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
PAGES = [
    *GUIDES,
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "benchmarks" / "README.md",
    ROOT / "sample_data" / "README.md",
]
SECTIONS: dict[str, type[BaseModel]] = {
    "[queue]": QueueSettings,
    "[reviewer]": ReviewerSettings,
    "[sla]": SlaSettings,
    "[review]": ReviewSettings,
    "[pools.NAME]": PoolSettings,
    "[agreement]": AgreementSettings,
    "[quiz]": QuizSettings,
    "[labels]": LabelSettings,
    "[[labels.reason]]": Reason,
    "[[labels.harm]]": Harm,
}


def guide(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def rows(text: str) -> dict[str, str]:
    """The rows of a guide's tables by what stands in the first column."""
    found = re.findall(r"^\| (.*?) \|(.*)\|$", text, re.MULTILINE)
    return {first.strip(): rest for first, rest in found}


def code(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command as it is called, with its long options, each with what it takes as `--help` says."""
    todo: list[tuple[str, Any]] = [("hitl", typer.main.get_command(app))]
    while todo:
        path, command = todo.pop()
        names = command.list_commands(None) if hasattr(command, "list_commands") else []
        todo += [(f"{path} {name}", command.get_command(None, name)) for name in names]
        if not names or path == "hitl":
            given = [param for param in command.params if param.param_type_name == "option"]
            options = [(option, param) for param in given for option in param.opts]
            yield (
                path,
                [
                    f"{option} {param.metavar or '?'}" if not param.is_flag else option
                    for option, param in options
                    if option.startswith("--")
                ],
            )


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_reviewer_finds_every_action_with_its_keys(action: Action) -> None:
    keys = " ".join(f"`{key}`" for key in action.keys)
    assert f"| {keys} | `{action.id}` | {action.sentence} |" in guide("reviewer")


def test_the_tables_of_keys_are_those_of_the_code() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "keys.py"))["written"]
    assert guide("reviewer") == written(guide("reviewer"))


@pytest.mark.parametrize(("path", "options"), commands(), ids=lambda value: str(value)[:20])
def test_the_lead_finds_every_command_with_its_options(path: str, options: list[str]) -> None:
    described = guide("lead").partition("## Every command")[2]
    (row,) = [
        rest
        for first, rest in rows(described).items()
        if first == f"`{path}`" or (path != "hitl" and first.startswith(f"`{path} "))
    ]
    written = {option.replace("\\|", "|") for option in re.findall(r"`(--[^`]+)`", row)}
    assert [option for option in options if option not in written] == []
    named = {option.partition(" ")[0] for option in (*options, "--help")}
    assert {option.partition(" ")[0] for option in written} <= named


def test_every_command_that_prints_json_says_what_is_in_it() -> None:
    described = rows(guide("formats").partition("## JSON of the commands")[2])
    speaking = [path for path, options in commands() if "--json" in options]
    assert len(speaking) > 20
    missing = [
        path
        for path in speaking
        if not any(
            first.startswith(f"`{path} ") and first.endswith("--json`") for first in described
        )
    ]
    assert missing == []


PRINTED = {
    "queue status": "queue status",
    "queue list": "queue list",
    "queue list --next": "queue list --next",
    "adjudicate": "adjudicate",
    "adjudicate CASE": "adjudicate disputed",
    "token create ...": "token create --role lead --name lea",
    "token list": "token list",
    "webhook add URL": "webhook add https://app.example.org/hitl",
    "webhook list": "webhook list",
    "show CASE": "show judged --reveal",
    "verdict ...": "verdict waiting approve --reviewer bob",
    "guideline show": "guideline show",
    "guideline status": "guideline status",
    "guideline citations": "guideline citations",
    "report reviewers": "report reviewers",
    "export FORMAT": "export csv --out data",
    "audit log": "audit log",
    "audit verify": "audit verify",
    "doctor": "doctor",
}
"""How a command is called in the table of JSON, and a call that prints some."""


@pytest.mark.parametrize("row", PRINTED)
def test_every_field_that_a_command_prints_is_described(
    row: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    queue = open_queue("hitl.db")
    fill(queue, "judged")
    judge(queue, "alice", guidelines=["wrong_number@d12bc252d714"])
    fill(queue, "disputed", overlap=2)
    judge(queue, "alice")
    judge(queue, "bob", "reject")
    fill(queue, "waiting")
    queue.close()
    assert main(["webhook", "add", "https://other.example.org/hitl"]) == 0
    capsys.readouterr()
    assert main([*PRINTED[row].split(), "--json"]) in {0, 4}
    described = rows(guide("formats").partition("## JSON of the commands")[2])[
        f"`hitl {row} --json`"
    ]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    objects = [one for line in lines for one in (line if isinstance(line, list) else [line])]
    lists = [entries for one in objects for entries in one.values() if isinstance(entries, list)]
    inner = [entry for entries in lists for entry in entries if isinstance(entry, dict)]
    told = objects if row in {"show CASE", "adjudicate CASE"} else objects + inner
    assert told
    assert sorted({name for one in told for name in one if f"`{name}`" not in described}) == []


def test_no_command_is_described_that_does_not_exist() -> None:
    called = re.findall(r"\bhitl ([a-z]+)\b", "\n".join(guide(path.stem) for path in GUIDES))
    shown = set(re.findall(r"^\$ hitl (?:--\S+ \S+ )?([a-z]+)", guide("lead"), re.MULTILINE))
    assert shown <= set(COMMANDS)
    assert set(COMMANDS) <= set(called)


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_lead_finds_every_setting(heading: str) -> None:
    section = guide("lead").partition(f"\n### `{heading}`\n")[2].partition("\n##")[0]
    assert [
        name for name in SECTIONS[heading].model_fields if f"`{name}`" not in rows(section)
    ] == []


def test_every_table_of_the_configuration_is_described() -> None:
    described = {heading.strip("[]").partition(".")[0] for heading in SECTIONS} | {"keys"}
    assert described == set(Settings.model_fields)
    assert set(tomllib.loads((ROOT / "hitl.toml").read_text("utf-8"))) <= described
    assert "### `[keys]`" in guide("lead")


def test_the_example_of_a_case_ingests_without_an_unknown_field() -> None:
    case = json.loads(code(guide("formats").partition("## A case")[2], "json")[0])
    (taken,) = read_cases(io.BytesIO(json.dumps(case).encode()))
    assert isinstance(taken, Taken)
    assert (taken.read.submission.id, taken.read.kept) == ("support-00017", ())


def test_the_example_of_ragtruth_is_read_as_such() -> None:
    record = json.loads(code(guide("formats").partition("## RAGTruth")[2], "json")[0])
    (taken,) = read_cases(io.BytesIO(json.dumps(record).encode()))
    assert isinstance(taken, Taken)
    assert taken.read.submission.gold is not None
    assert taken.read.submission.gold.labels == ("Evident Conflict",)


def test_every_field_of_an_export_is_described(tmp_path: Path) -> None:
    queue = open_queue(str(tmp_path / "queue.db"), create=True)
    fill(queue, "c1")
    judge(queue, "alice")
    (line,) = [stored_row(one) for one in queue.stored()]
    queue.close()
    row = json.loads(line)
    (verdict,) = row["verdicts"]
    described = guide("formats")
    fields = {*row, *row["route"], *verdict, *row["resolution"]}
    assert sorted(field for field in fields if f"`{field}`" not in described) == []


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "jsonl"])
def test_every_column_of_a_data_set_is_described(name: str) -> None:
    described = guide("formats").partition(f"### `{name}`\n")[2].partition("\n### ")[0]
    shared = guide("formats").partition("## Data sets\n")[2].partition("\n### ")[0]
    writer = WRITERS[name]
    assert f"{writer.about[1:]}. Files: " in described
    columns = {**writer.fields, **(writer.standard or {}), **dict.fromkeys(writer.parts)}
    assert [one for one in columns if f"`{one}`" not in described + shared] == []


def test_the_example_of_a_writer_is_a_format_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = guide("ml-engineer").partition("## A format of your own")[2]
    (source,), (registered,) = code(section, "python"), code(section, "toml")
    [(name, target)] = tomllib.loads(registered)["project"]["entry-points"]["hitl.writers"].items()
    module, _, attribute = target.partition(":")
    place = tmp_path / "site" / Path(*module.split("."))
    place.parent.mkdir(parents=True)
    place.with_suffix(".py").write_text(source, "utf-8")
    about = tmp_path / "site" / "my_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[hitl.writers]\n{name} = {module}:{attribute}\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    queue = open_queue(str(tmp_path / "queue.db"), create=True)
    queue.admit([(Submission(id="c1", input="Why?", output="So."), Route())])  # type: ignore[arg-type]
    judge(queue, "alice")
    queue.close()
    out = tmp_path / "out"
    assert main(["export", name, "--queue", str(tmp_path / "queue.db"), "--out", str(out)]) == 0
    row = json.loads((out / "train.jsonl").read_bytes())
    assert row["conversations"][-1] == {"from": "gpt", "value": "So."}
    assert row["case_id"] == "c1"


@pytest.mark.parametrize("kind", DECISIONS)
def test_the_decisions_of_every_kind_are_listed(kind: str) -> None:
    decisions = " ".join(f"`{decision}`" for decision in DECISIONS[kind])
    assert f"| `{kind}` | {decisions} |" in guide("formats")


@pytest.mark.parametrize("kind", ALARM_KINDS)
def test_every_alarm_is_explained(kind: str) -> None:
    assert f"| `{kind}` | {ALARM_KINDS[kind]} |" in guide("safety")


def test_every_event_of_the_trail_is_explained() -> None:
    types = re.findall(r"^\| ([a-z]+\.[a-z]+) \(", replay.__doc__ or "", re.MULTILINE)
    assert len(types) >= 10
    assert [type_ for type_ in types if f"`{type_}`" not in rows(guide("audit"))] == []


class TestTheAuditorsOwnScript:
    @pytest.fixture
    def queue(self, tmp_path: Path) -> Path:
        path = tmp_path / "queue.db"
        store = open_queue(str(path), create=True)
        fill(store, "c1", "c2")
        judge(store, "alice", rationale="it is größer")
        store.undo("alice", judge(store, "alice").id)
        store.close()
        return path

    @pytest.fixture
    def script(self, tmp_path: Path) -> Path:
        (source,) = code(guide("audit"), "python")
        assert "hitl_tui" not in source
        path = tmp_path / "check.py"
        path.write_text(source, "utf-8")
        return path

    def check(self, script: Path, *arguments: str | Path) -> int:
        command = [sys.executable, "-I", script, *arguments]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode

    def head(self, queue: Path) -> str:
        store = open_queue(str(queue))
        try:
            return store.verify().chain.head.hex()
        finally:
            store.close()

    def test_passes_a_queue_that_nobody_changed(self, script: Path, queue: Path) -> None:
        assert self.check(script, queue, self.head(queue)) == 0

    def test_says_when_no_head_was_noted(self, script: Path, queue: Path) -> None:
        assert self.check(script, queue) == 4

    def test_finds_a_head_that_is_not_in_the_chain(self, script: Path, queue: Path) -> None:
        assert self.check(script, queue, "00" * 32) == 1

    @pytest.mark.parametrize("column", ["entry", "prev", "hash"])
    def test_finds_a_flipped_byte_in_any_entry(
        self, script: Path, queue: Path, column: str
    ) -> None:
        head = self.head(queue)
        (count,) = self.edit(queue, "SELECT count(*) FROM events")
        for seq in range(1, count + 1):
            (good,) = self.edit(queue, f"SELECT {column} FROM events WHERE seq = {seq}")
            at = len(good) // 2
            bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
            change = f"UPDATE events SET {column} = ? WHERE seq = {seq}"
            self.edit(queue, "DROP TRIGGER IF EXISTS events_no_update")
            self.edit(queue, change, bad)
            assert self.check(script, queue, head) == 1
            self.edit(queue, change, good)
        assert self.check(script, queue, head) == 0

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE verdicts SET body = replace(body, 'it is', 'it was') WHERE seq = 1",
            "UPDATE verdicts SET body = CAST(x'ff' || substr(body, 2) AS TEXT) WHERE seq = 1",
            "DELETE FROM verdicts WHERE seq = 2",
        ],
    )
    def test_finds_a_verdict_that_was_changed_or_removed(
        self, script: Path, queue: Path, statement: str
    ) -> None:
        head = self.head(queue)
        self.edit(queue, statement)
        assert self.check(script, queue, head) == 1

    def test_says_when_there_is_nothing_to_read(self, script: Path, tmp_path: Path) -> None:
        assert self.check(script, tmp_path / "none.db") == 3

    def edit(self, queue: Path, statement: str, *values: bytes) -> Any:
        conn = sqlite3.connect(queue)
        with conn:
            row = conn.execute(statement, values).fetchone()
        conn.close()
        return row


def test_the_tour_of_the_front_page_ends_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("## With your own cases\n")[2]
    (case,), (tour,) = code(section, "json"), code(section, "sh")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases.jsonl").write_text(case, "utf-8")
    steps = re.findall(r"^hitl (.+?)(?:\s+#.*)?$", tour, re.MULTILINE)
    assert {"init", "review", "export"} <= {step.partition(" ")[0] for step in steps}
    judged = "verdict c1 reject --label contradicts"  # what two keys of the workstation do
    ends = {step: main((judged if step == "review" else step).split()) for step in steps}
    assert ends == {step: 4 if step == "audit verify" else 0 for step in steps}
    assert "`audit verify` ends with 4" in section


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_is_there(path: Path) -> None:
    rooms = "benchmarks|docs|hitl_tui|sample_data|tests"
    named = re.findall(rf"(?<![\w/.-])(?:{rooms})/[\w./-]*\w", path.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), f"{path.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{path.name} links to {target}"


def anchors(path: Path) -> set[str]:
    """The anchors of a guide's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return set(kept)
