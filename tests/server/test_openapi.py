"""The OpenAPI document is the contract: it is current, it is whole, and the server keeps to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hitl_tui.server.app import HANDLERS, OPEN_HANDLERS
from hitl_tui.server.openapi import document
from tests.server.processes import Server

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
EXAMPLES = int(os.environ.get("HITL_SCHEMATHESIS_EXAMPLES", "5"))


def test_the_committed_document_is_the_one_that_the_types_give() -> None:
    assert COMMITTED.read_text("utf-8") == document()


def test_every_endpoint_is_in_it() -> None:
    paths = json.loads(document())["paths"]
    described = {f"{method.upper()} {path}" for path, found in paths.items() for method in found}
    assert described == {*HANDLERS, *OPEN_HANDLERS}


@pytest.mark.parametrize("role", ["admin", "producer", "reviewer"])
def test_schemathesis_finds_no_failure(server: Server, role: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("run", COMMITTED, "--url", server.url, "--checks", "all", "--no-color"),
            *("-H", f"Authorization: Bearer {server.token(role, 'fuzzer')}"),
            *("--max-examples", str(EXAMPLES), "--seed", "1", "--suppress-health-check", "all"),
            *("--generation-database", "none"),
            *(() if role == "admin" else ("--phases", "fuzzing")),
            # A stream has no end: tests/server/test_events.py reads it.
            *("--exclude-path", "/v1/events"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
