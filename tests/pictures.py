"""The pictures of a suite that several processes share: how many were compared, and which no test used.

syrupy says both when one process runs everything, and neither when pytest-xdist shares the tests out: each
process knows its own tests only. A picture that belongs to no test fails the run either way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Pictures:
    """What the processes have told so far: counts, and paths of files."""

    matched: int = 0
    failed: int = 0
    used: set[str] = field(default_factory=set)
    unused: set[str] = field(default_factory=set)

    def add(self, told: dict[str, Any]) -> None:
        self.matched += told["matched"]
        self.failed += told["failed"]
        self.used.update(told["used"])
        self.unused.update(told["unused"])

    @property
    def left(self) -> list[str]:
        """Those that no process used; one that uses none of a file's does not speak of them."""
        return sorted(self.unused - self.used)


_PICTURES = pytest.StashKey[Pictures]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """After a process has ended: what it told."""
    told = getattr(node, "workeroutput", {}).get("pictures")
    if told is not None:
        node.config.stash.setdefault(_PICTURES, Pictures()).add(told)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        report = session.config._syrupy.report  # type: ignore[attr-defined]
        output["pictures"] = {
            "matched": report.num_matched,
            "failed": report.num_failed,
            "used": [one.location for one in report.used],
            "unused": [one.location for one in report.unused],
        }
    pictures = session.config.stash.get(_PICTURES, None)
    if pictures is not None and pictures.left:
        session.exitstatus |= pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    pictures = config.stash.get(_PICTURES, None)
    if pictures is None or not pictures.used:
        return
    terminalreporter.write_sep("-", "pictures")
    terminalreporter.write_line(f"{pictures.matched} as they were, {pictures.failed} not")
    for location in pictures.left:
        terminalreporter.write_line(
            f"no test uses {Path(location).name}: --snapshot-update removes it"
        )
