"""The command line as a function: arguments in; exit code, output and errors out."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.cli import main
from tests.cli.running import Hitl, Ran, Write, as_bytes


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, no configuration of the user's, 120 columns."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in ("HITL_QUEUE", "HITL_REVIEWER", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    return work


@pytest.fixture
def hitl(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Hitl:
    """Run `hitl` with these arguments in the working directory."""

    def run(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def cases(home: Path) -> Write:
    """Write cases (dicts, or lines as they are) to a file and return its path."""

    def write(*lines: dict[str, Any] | str | bytes, name: str = "cases.jsonl") -> Path:
        path = home / name
        path.write_bytes(b"".join(as_bytes(line) + b"\n" for line in lines))
        return path

    return write
