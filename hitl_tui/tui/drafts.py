"""Keeps what a reviewer has typed but not yet decided, so that it survives a crash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple


class Draft(NamedTuple):
    """The unsent work on one case. `edited` is raw text, or None when the editor was not used.

    `writes` is the decision that the edited text is for; `spans` are raw offsets with a label.
    """

    case_id: str
    rationale: str = ""
    edited: str | None = None
    writes: str | None = None
    spans: tuple[tuple[int, int, str | None], ...] = ()
    strength: int | None = None

    @property
    def empty(self) -> bool:
        return self._replace(case_id="") == Draft("")


class DraftBox:
    """One small file a case in a directory of the reviewer's own; names come from hashes, never ids.

    Calls may raise OSError. A file is replaced whole, so a crash leaves the last or the one before.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def of(cls, state: Path, queue: str, reviewer: str) -> DraftBox:
        """The box of one reviewer at one queue below the state directory, made 0700."""
        name = _digest(f"{queue}\0{reviewer}")[:24]
        directory = state / "drafts" / name
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(directory)

    def save(self, draft: Draft) -> None:
        """Write the draft, or remove its file when there is nothing in it."""
        path = self._path(draft.case_id)
        if draft.empty:
            path.unlink(missing_ok=True)
            return
        temporary = path.with_suffix(".new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(draft._asdict(), file)
        temporary.replace(path)

    def load(self, case_id: str) -> Draft | None:
        """The draft of a case; None when there is none, or when its file is no draft of this case."""
        try:
            value = json.loads(self._path(case_id).read_text("ascii"))
            spans = tuple(
                (int(start), int(end), label) for start, end, label in value.pop("spans", ())
            )
            draft = Draft(**value, spans=spans)
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return None
        return draft if draft.case_id == case_id else None

    def drop(self, case_id: str) -> None:
        """Forget the draft of a case."""
        self._path(case_id).unlink(missing_ok=True)

    def _path(self, case_id: str) -> Path:
        return self.directory / f"{_digest(case_id)[:32]}.json"


class SeatLock:
    """Whether this is the only workstation of the reviewer at this queue, on this machine.

    Only then may it take over leases that an earlier run left behind.
    """

    def __init__(self, directory: Path) -> None:
        self._handle = os.open(directory / "seat.lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.alone = _lock(self._handle)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._handle)


def _lock(handle: int) -> bool:
    try:
        import fcntl  # noqa: PLC0415  (not on every system)
    except ImportError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
