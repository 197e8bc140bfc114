"""`show`, `export`, `queue status`, `audit`, `init`, `demo`, `review`: what they print and exit with."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from hitl_tui.cli.documents import documents_of, path_of
from hitl_tui.config.load import configuration
from hitl_tui.queue.open import open_queue
from tests.cli.running import Hitl, Write

CASE = {
    "id": "a",
    "input": "How long?",
    "output": "Opened items can be returned within 60 days of delivery.",
    "context": [
        {
            "id": "r#3",
            "title": "Returns",
            "text": "Opened items may be returned within 30 days of delivery.",
        }
    ],
    "signals": [{"name": "grounding", "score": 0.4137, "threshold": 0.6, "label": "unfit"}],
    "gold": {"decision": "reject", "labels": ["goldlabel"]},
}


@pytest.fixture
def queued(hitl: Hitl, cases: Write) -> Hitl:
    hitl("ingest", cases(CASE, {"id": "b", "output": "No sources."}))
    return hitl


def test_show_puts_output_and_sources_side_by_side_with_signs(queued: Hitl) -> None:
    out = queued("show", "a").out
    [line] = [line for line in out.splitlines() if "Output" in line]
    assert "Source 1 of 1   Returns   r#3" in line
    assert "1!" in out
    assert "60 days" in out
    assert "30 days" in out
    assert "supported" not in out


def test_show_is_as_wide_as_columns_says(queued: Hitl, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (40, 60, 99, 100, 160):
        monkeypatch.setenv("COLUMNS", str(width))
        body = queued("show", "a").out.split("To check")[0]
        assert max(map(len, body.splitlines())) <= width
        assert any("Output" in line and "Source" in line for line in body.splitlines()) == (
            width >= 100
        )


def test_show_is_blind_unless_asked(queued: Hitl) -> None:
    queued("verdict", "a", "reject", "--reviewer", "otherperson", "--rationale", "otherwords")
    for arguments in (("show", "a"), ("show", "a", "--json")):
        blind, seen = queued(*arguments).out, queued(*arguments, "--reveal").out
        for secret in ("0.4137", "unfit", "goldlabel", "otherperson", "otherwords"):
            assert secret in seen
            assert secret not in blind


def test_show_notes_in_the_trail_who_had_a_case_revealed(queued: Hitl) -> None:
    queued("show", "a")
    assert "case.revealed" not in queued("audit", "log").out
    queued("show", "a", "--reveal", "--reviewer", "lea")
    assert queued("audit", "log").out.rstrip().endswith(" case.revealed lea a")
    assert "TAMPERED" not in queued("audit", "verify").out
    assert queued("show", "nothing", "--reveal").code != 0


def test_export_writes_rows_that_ingest_takes_again(queued: Hitl, home: Path) -> None:
    queued("verdict", "a", "reject", "--reviewer", "alice", "--label", "wrong_number")
    ran = queued("export", "jsonl", "--out", "data", "--json")
    [file] = ran.json["files"]
    content = (home / "data" / "cases.jsonl").read_bytes()
    rows = [json.loads(line) for line in content.splitlines()]
    assert ran.json["format"] == "jsonl"
    assert file == {
        "name": "cases.jsonl",
        "rows": 2,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert [row["id"] for row in rows] == ["a", "b"]
    assert [row["state"] for row in rows] == ["resolved", "pending"]
    assert rows[0]["verdicts"][0]["labels"] == ["wrong_number"]
    assert rows[0]["resolution"]["decision"] == "reject"
    assert "goldlabel" not in content.decode()
    again = queued("ingest", "data/cases.jsonl", "--queue", "other.db", "--json")
    assert again.json["queued"] == 2
    copy = queued("show", "a", "--queue", "other.db", "--json").json["case"]
    assert copy["metadata"] == {}


def test_export_gives_the_same_bytes_every_time(queued: Hitl, home: Path) -> None:
    queued("export", "jsonl", "--out", "1")
    queued("export", "jsonl", "--out", "2")
    assert (home / "1/cases.jsonl").read_bytes() == (home / "2/cases.jsonl").read_bytes()


def test_export_replaces_nothing_without_force(queued: Hitl, home: Path) -> None:
    (home / "data").mkdir()
    (home / "data/cases.jsonl").write_text("mine")
    ran = queued("export", "jsonl", "--out", "data")
    assert ran.code == 2
    assert "--force" in ran.err
    assert (home / "data/cases.jsonl").read_text() == "mine"
    assert queued("export", "jsonl", "--out", "data", "--force").code == 0
    assert {path.name for path in (home / "data").iterdir()} == {"cases.jsonl", "manifest.json"}


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["export", "poem", "--out", "d"], 2, "there is no format poem; there are: jsonl: every"),
        (["export", "jsonl"], 2, "Missing option '--out'"),
        (["export", "jsonl", "--out", "cases.jsonl"], 2, "cases.jsonl is a file"),
        (["export", "jsonl", "--out", "d", "--queue", "empty.db"], 2, "nothing to export"),
        (["export", "jsonl", "--out", "d", "--queue", "no.db"], 3, "there is no queue"),
        (["show", "nope"], 2, "there is no case nope"),
        (["queue", "status", "--queue", "no.db"], 3, "there is no queue"),
        (["queue"], 2, "Missing command"),
        (["queue", "burn"], 2, "No such command 'burn'"),
        (["audit", "verify", "--head", "xyz"], 2, "64 hexadecimal digits"),
        (["audit", "verify", "--queue", "cases.jsonl"], 3, "is not a queue"),
        (["bogus"], 2, "No such command 'bogus'"),
        (["--config", "no.toml", "queue", "status"], 2, "no.toml is not there"),
        (["ingest", "cases.jsonl", "--debug"], 2, "before the command: `hitl --debug ...`"),
        (["review"], 2, "`hitl review --plain` works line by line"),
    ],
)
def test_a_wrong_call_is_one_plain_sentence(
    queued: Hitl, home: Path, arguments: list[str], code: int, sentence: str
) -> None:
    open_queue("empty.db", create=True).close()
    ran = queued(*arguments)
    assert ran.code == code
    assert sentence in ran.err
    assert ran.err.startswith("hitl: ")
    assert ran.err.count("\n") == 1
    assert not (home / "d").exists()


def test_status_says_who_holds_cases_and_never_that_all_is_done(queued: Hitl) -> None:
    queue = open_queue("hitl.db")
    queue.claim("alice", batch=2)
    queue.close()
    ran = queued("queue", "status")
    assert "2 wait, of these 2 are held" in ran.out
    assert "alice holds 2 until " in ran.out
    counts = queued("queue", "status", "--json").json
    assert counts.pop("oldest_pending_s") >= 0
    assert counts == {
        "pending": 2,
        "leased": 2,
        "snoozed": 0,
        "disputed": 0,
        "resolved": 0,
        "verdicts": 0,
    }


def test_a_whole_trail_is_valid_but_not_anchored_without_a_head(queued: Hitl) -> None:
    ran = queued("audit", "verify", "--json")
    assert ran.code == 4
    assert (ran.json["valid"], ran.json["anchored"], ran.json["entries"]) == (True, False, 3)


def test_a_noted_head_anchors_the_trail_and_the_tail_is_counted(queued: Hitl) -> None:
    head = queued("audit", "verify", "--json").json["head"]
    queued("verdict", "a", "approve", "--reviewer", "alice")
    ran = queued("audit", "verify", "--head", head)
    assert ran.code == 0
    assert "2 entries came after the noted head" in ran.out


def test_a_head_that_is_not_in_the_trail_means_it_was_cut(queued: Hitl) -> None:
    ran = queued("audit", "verify", "--head", "0" * 63 + "1")
    assert ran.code == 1
    assert "TAMPERED" in ran.out


def test_a_verdict_removed_by_hand_is_found(queued: Hitl) -> None:
    queued("verdict", "a", "approve", "--reviewer", "alice")
    file = sqlite3.connect("hitl.db")
    file.execute("DELETE FROM verdicts")
    file.commit()
    file.close()
    ran = queued("audit", "verify", "--json")
    assert ran.code == 1
    assert ran.json["valid"] is False
    assert "removed" in " ".join(ran.json["differences"])


def test_the_log_prints_every_event_in_order(queued: Hitl) -> None:
    lines = queued("audit", "log", "--json").out.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert [event["type"] for event in events] == ["queue.created", "case.queued", "case.queued"]
    assert len(queued("audit", "log").out.splitlines()) == 3


def test_init_writes_what_the_other_commands_take(hitl: Hitl, home: Path) -> None:
    assert hitl("init", "new").code == 0
    names = {path.name for path in (home / "new").iterdir()}
    assert names >= {"hitl.toml", "guideline.md", "constitution.md", "hitl.db"}
    ran = hitl("--config", "new/hitl.toml", "queue", "status", "--json")
    assert ran.json["pending"] == 0


def test_init_writes_the_documents_that_its_configuration_names(hitl: Hitl, home: Path) -> None:
    hitl("init", "new")
    config = configuration(home / "new/hitl.toml")
    for name in ("guideline", "constitution"):
        assert path_of(config, name) == home / "new" / f"{name}.md"
    mine = "# Ours\n\n## Plain words {#honest}\n\nSay it in ours.\n"
    (home / "new/constitution.md").write_text(mine)
    assert documents_of(config).constitution() == mine


def test_init_twice_changes_nothing(hitl: Hitl, home: Path) -> None:
    hitl("init")
    (home / "constitution.md").write_text("mine")
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    ran = hitl("init")
    assert ran.code == 2
    assert "hitl.toml, guideline.md, constitution.md, hitl.db is there already" in ran.err
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


@pytest.mark.parametrize("name", ["guideline.md", "constitution.md"])
def test_init_refuses_to_overwrite_and_names_what_is_there(
    hitl: Hitl, home: Path, name: str
) -> None:
    (home / name).write_text("mine")
    ran = hitl("init")
    assert ran.code == 2
    assert f"{name} is there already" in ran.err
    assert [path.name for path in home.iterdir()] == [name]


def test_demo_without_a_terminal_prints_the_first_case_and_leaves_nothing(
    hitl: Hitl, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    ran = hitl("demo", "--reviewer", "alice")
    assert ran.code == 0
    assert "support-00017" in ran.out
    assert "hitl ingest FILE" in ran.out
    assert ran.err == ""
    assert not [*place.iterdir(), *home.iterdir()]
