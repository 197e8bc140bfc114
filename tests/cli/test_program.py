"""The program as a process: what it imports, its exit codes, pipes, and the way an error looks."""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hitl_tui.cli.program import COMMANDS
from tests.cli.running import Hitl, Write

ROOT = Path(__file__).parents[2]
HEAVY = ("textual", "rich", "numpy", "pydantic", "sqlite_utils", "sqlite3", "rapidfuzz")
CALL = "import sys; from hitl_tui.cli import main; code = main(); {after}; sys.exit(code)"


def process(*arguments: str, after: str = "pass", cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, "-c", CALL.format(after=after), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ()])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    after = f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    ran = process(*arguments, after=after, cwd=tmp_path)
    assert ran.stderr.splitlines()[-1] == "[]"


def test_a_queue_is_judged_without_the_numbers_being_loaded(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"id": "c1", "output": "x"}\n')
    assert process("ingest", "c.jsonl", cwd=tmp_path).returncode == 0
    numbers = ("numpy", "scipy", "plotext", "pyarrow")
    after = f"print([m for m in {numbers!r} if m in sys.modules], file=sys.stderr)"
    for arguments in (("verdict", "c1", "approve", "--reviewer", "a"), ("queue", "status")):
        ran = process(*arguments, after=after, cwd=tmp_path)
        assert (ran.returncode, ran.stderr.splitlines()[-1]) == (0, "[]")


def test_the_workstation_imports_what_the_first_case_does_not_need_when_it_is_asked_for() -> None:
    modules = ("cli.review", "tui.app", "tui.kinds.response", "queue.sqlite")
    parts = ("grounding.mark", "grounding.segment", "audit.replay", "stats", "queue.quizzes")
    parts += ("queue.tokens", "tui.widgets.editor", "tui.pages", "tui.search", "tui.widgets.side")
    later = [f"hitl_tui.{part}" for part in parts]
    load = "".join(f"import hitl_tui.{module}\n" for module in modules)
    code = f"{load}import sys\nprint([name for name in {later!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert ran.stdout == "[]\n"
    for name in later:
        importlib.import_module(name)  # a name that is none would never be loaded


def test_the_workstation_does_without_openssl_until_a_server_is_spoken_to(tmp_path: Path) -> None:
    after = (
        "import hitl_tui.tui.app; openssl = ('_ssl', '_hashlib');"
        "print([m for m in openssl if m in sys.modules], file=sys.stderr);"
        "import httpx; httpx.Client().close();"
        "print([m for m in openssl if m in sys.modules], file=sys.stderr)"
    )
    ran = process("review", "--help", after=after, cwd=tmp_path)
    assert ran.stderr.splitlines() == ["[]", "['_ssl']"]


def test_the_start_does_without_what_libraries_load_and_do_not_need(tmp_path: Path) -> None:
    spared = (
        "email",
        "zipfile",
        "csv",
        "sqlite_utils",
        "httpx",
        "rapidfuzz",
        "getpass",
    )
    after = (
        f"import hitl_tui.tui.app; print([m for m in {spared!r} if m in sys.modules], file=sys.stderr);"
        "import importlib, importlib.metadata as metadata;"
        "from importlib.metadata import entry_points, version;print(type(metadata).__name__, file=sys.stderr);"
        "scripts = entry_points(group='console_scripts');"
        "print(version('textual') == metadata.version('textual'), file=sys.stderr);"
        "print(bool(scripts), sys.modules['importlib.metadata'] is importlib.metadata, file=sys.stderr);"
        "print('entry_points' in vars(importlib.metadata), 'email' in sys.modules, file=sys.stderr)"
    )
    ran = process("review", "--help", after=after, cwd=tmp_path)
    assert ran.stderr.splitlines() == ["[]", "_Metadata", "True", "True True", "True True"]


def test_the_collector_rests_while_the_program_is_loaded_and_works_afterwards(
    hitl: Hitl, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr("hitl_tui.cli.say.prepare", lambda: seen.append(gc.isenabled()))
    monkeypatch.setattr("hitl_tui.cli.say.finish", lambda: seen.append(gc.isenabled()))
    assert hitl("queue", "status").code == 3
    assert seen == [False, True]
    assert gc.isenabled()


def test_help_names_every_command_with_a_sentence(hitl: Hitl) -> None:
    out = hitl("--help").out
    for name, (_, sentence) in COMMANDS.items():
        assert f"  {name} " in out
        assert sentence in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(hitl: Hitl, name: str) -> None:
    ran = hitl(name, "--help")
    assert ran.code == 0
    assert f"Usage: hitl {name}" in ran.out


def test_without_arguments_it_helps(hitl: Hitl) -> None:
    assert hitl().out == hitl("--help").out


def test_a_reader_who_goes_away_is_no_error(hitl: Hitl, cases: Write, home: Path) -> None:
    hitl("ingest", cases(*({"id": f"{n}", "output": "x"} for n in range(5000))))
    call = subprocess.Popen(
        [sys.executable, "-c", CALL.format(after="pass"), "audit", "log"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert call.stdout is not None
    assert call.stderr is not None
    call.stdout.readline()
    call.stdout.close()
    errors = call.stderr.read()
    call.stderr.close()
    assert call.wait() == 141
    assert errors == b""


def test_an_unexpected_error_is_one_sentence_and_shows_no_text_of_a_case(
    hitl: Hitl, cases: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    hitl("ingest", cases({"id": "a", "output": "secret words"}))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret words\x1b[31m")

    monkeypatch.setattr("hitl_tui.cli.show.sheet", broken)
    plain = hitl("show", "a")
    assert plain.code == 2
    assert plain.err == (
        "hitl: something unexpected went wrong (RuntimeError); `hitl --debug ...` shows where\n"
    )
    assert "in broken" in hitl("--debug", "show", "a").err
    assert "\x1b" not in hitl("--debug", "show", "a").err


def test_an_interrupt_ends_quietly(hitl: Hitl, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hitl_tui.cli.show.configuration_of", interrupted)
    ran = hitl("show", "a")
    assert (ran.code, ran.everything) == (130, "")


def test_the_queue_comes_from_the_option_the_environment_the_file_or_hitl_db(
    hitl: Hitl, cases: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = cases({"id": "a", "output": "x"})
    hitl("ingest", file)
    (home / "hitl.toml").write_text('[queue]\naddress = "file.db"\n')
    hitl("ingest", file)
    monkeypatch.setenv("HITL_QUEUE", "environment.db")
    hitl("ingest", file)
    hitl("ingest", file, "--queue", "sqlite:///option.db")
    made = {path.name for path in home.iterdir() if path.suffix == ".db"}
    assert made == {"hitl.db", "file.db", "environment.db", "option.db"}


def test_a_relative_queue_in_a_file_starts_at_the_file(hitl: Hitl, home: Path) -> None:
    hitl("init", "project")
    ran = hitl("--config", "project/hitl.toml", "queue", "status", "--json")
    assert ran.json["pending"] == 0


def test_no_color_reaches_everything_below(hitl: Hitl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    hitl("--no-color", "queue", "status")
    assert os.environ["NO_COLOR"] == "1"
