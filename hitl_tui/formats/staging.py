"""A directory of files that appears whole: everything is written beside its place, synced, then moved there.

While an export runs, its files are in `.hitl-export` below the directory. Whatever ends it early
leaves no file of it in sight; after a kill the next export there goes on from its checkpoint, or removes
what was left and begins again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

from hitl_tui.formats.files import FileTrouble, Written, make_directory, sync

STAGE = ".hitl-export"
MANIFEST = "manifest.json"
_CHECKPOINT = "checkpoint"
_BUFFER = 1 << 18
"""Bytes of a file that are written at once."""
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Output:
    """One file under way. `rows` counts what its writer says are rows."""

    def __init__(self, place: Path, name: str) -> None:
        self.name = name
        self.rows = 0
        self.size = 0
        self._place = place
        self._digest = hashlib.sha256()
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What a killed export left is there until `restore` says how much of it counts.
        mode: Literal["r+b", "xb"] = "r+b" if place.exists() else "xb"
        self._file: BinaryIO = place.open(mode)
        self._held: list[bytes] = []
        self._handed_on = 0

    def state(self) -> dict[str, Any]:
        """Bytes and rows so far, which are on the disk from now on."""
        self._hand_on()
        self._file.flush()
        os.fsync(self._file.fileno())
        return {"size": self.size, "rows": self.rows}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Cut the file to what it had in that state and go on behind it."""
        self._held.clear()
        self._file.truncate(state["size"])
        self._file.seek(0)
        self._digest = hashlib.sha256()
        while block := self._file.read(1 << 20):
            self._digest.update(block)
        self.size = self._handed_on = state["size"]
        self.rows = state["rows"]

    def write(self, data: bytes, rows: int = 1) -> None:
        """Append bytes that hold so many rows."""
        self._held.append(data)
        self.rows += rows
        self.size += len(data)
        if self.size - self._handed_on > _BUFFER:
            self._hand_on()

    def finish(self) -> Written:
        """Put it on the disk."""
        self._hand_on()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Written(self.name, self.rows, self._digest.hexdigest())

    def abandon(self) -> None:
        """Close it without a word."""
        self._file.close()

    def _hand_on(self) -> None:
        data = b"".join(self._held)
        self._held.clear()
        self._handed_on = self.size
        self._digest.update(data)
        self._file.write(data)


class Stage:
    """The files of one export on their way into a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stage = directory / STAGE
        self._outputs: list[Output] = []
        self.written: list[Written] = []

    def open(self, name: str) -> Output:
        """A new file; FileTrouble for a name that is not safe in each of its parts."""
        output = Output(self._stage / checked(name), name)
        self._outputs.append(output)
        return output

    def remember(self, checkpoint: bytes) -> None:
        """Keep a checkpoint of the files under way: whole, or the one before stays."""
        place = self._stage / _CHECKPOINT
        beside = place.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(checkpoint)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)

    def remembered(self) -> bytes | None:
        """The checkpoint that a killed export left."""
        place = self._stage / _CHECKPOINT
        return place.read_bytes() if place.exists() else None

    def forget(self) -> None:
        """Give the checkpoint up: from here on the files are finished, not continued."""
        (self._stage / _CHECKPOINT).unlink(missing_ok=True)

    def keep(self, states: Mapping[str, Mapping[str, Any]]) -> bool:
        """Remove all but these files; False when one of them has not got that far."""
        for path in [path for path in self._stage.rglob("*") if path.is_file()]:
            name = path.relative_to(self._stage).as_posix()
            if name not in (*states, _CHECKPOINT):
                path.unlink()
        return all(
            (self._stage / name).is_file() and (self._stage / name).stat().st_size >= state["size"]
            for name, state in states.items()
        )

    def clear(self) -> None:
        """Remove what a killed export left."""
        shutil.rmtree(self._stage)
        self._stage.mkdir(mode=0o700)

    def path(self, name: str) -> Path:
        """Where a file stands while it is written, for those who write it themselves."""
        place = self._stage / checked(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def adopt(self, name: str, rows: int) -> Written:
        """Take over a file that somebody else has written at `path`."""
        digest = hashlib.sha256()
        with (self._stage / name).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
            os.fsync(file.fileno())
        found = Written(name, rows, digest.hexdigest())
        self.written.append(found)
        return found

    def size(self, name: str) -> int:
        """The bytes of a finished file."""
        return (self._stage / name).stat().st_size

    def document(self, name: str, content: bytes) -> Written:
        """A small file at once."""
        output = self.open(name)
        output.write(content, 0)
        return self.close(output)

    def close(self, output: Output) -> Written:
        """Finish a file."""
        self._outputs.remove(output)
        found = output.finish()
        self.written.append(found)
        return found

    def close_with_head(self, output: Output, head: list[bytes]) -> Written:
        """Finish a file of lines with some of its lines moved to its head."""
        self.close(output)
        self.written.pop()
        source = self._stage / output.name
        aside = source.with_name("moved")
        source.rename(aside)
        whole = self.open(output.name)
        for line in head:
            whole.write(line)
        moved = list(head)
        with aside.open("rb") as lines:
            for line in lines:
                if moved and line == moved[0]:
                    del moved[0]
                else:
                    whole.write(line)
        aside.unlink()
        return self.close(whole)

    def publish(self) -> None:
        """Move everything into its place, the manifest last, and remove what an export before left."""
        names = [one.name for one in self.written]
        for stale in set(_of_before(self._directory)) - set(names):
            (self._directory / stale).unlink(missing_ok=True)
        for name in sorted(names, key=lambda name: name == MANIFEST):
            target = self._directory / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._stage / name).replace(target)
            sync(target.parent)

    def abandon(self) -> None:
        """Close what is open."""
        for output in self._outputs:
            output.abandon()


@contextmanager
def staged(directory: Path, *, replace: bool) -> Iterator[Stage]:
    """A stage for `directory`, published when the block ends well and removed however it ends.

    FileTrouble when the directory has something in it (unless `replace`, or all of it was left by an
    export that was cut off), when another export is writing there, or when the disk refuses.
    """
    check_free(directory, replace=replace)
    fresh = not directory.exists()
    make_directory(directory)
    stage = directory / STAGE
    lock = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileTrouble("another export is writing to {path}", path=directory) from None
        with _in_one_sentence(directory):
            stage.mkdir(mode=0o700, exist_ok=True)
            files = Stage(directory)
            try:
                yield files
                files.publish()
            finally:
                files.abandon()
                shutil.rmtree(stage, ignore_errors=True)
                if fresh and not any(directory.iterdir()):
                    # Nothing came of it: not even an empty directory stays that was not there before.
                    directory.rmdir()
    finally:
        os.close(lock)


def check_free(directory: Path, *, replace: bool) -> None:
    """FileTrouble when an export may not write there; nothing is touched."""
    if directory.is_file():
        raise FileTrouble("{path} is a file; name a directory", path=directory)
    if replace or not directory.exists() or (directory / STAGE).exists():
        return
    if any(directory.iterdir()):
        raise FileTrouble(
            "{path} is there already and not empty: name a new directory, or --force replaces what "
            "an export left there",
            path=directory,
        )


def checked(name: str) -> str:
    """The name itself; FileTrouble unless each part of it is of `[A-Za-z0-9._-]{1,100}`."""
    if not all(_SAFE.fullmatch(part) and part not in (".", "..") for part in name.split("/")):
        raise FileTrouble("{name} is not a safe file name", name=name)
    return name


@contextmanager
def _in_one_sentence(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileTrouble(
            "nothing was written to {path}: {why}", path=directory, why=error.strerror or "failed"
        ) from None


def _of_before(directory: Path) -> list[str]:
    """The files that the manifest of an export before names; none when there is no such manifest."""
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        names = [str(file["name"]) for file in manifest["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [
        name
        for name in names
        if all(_SAFE.fullmatch(part) and part not in (".", "..") for part in name.split("/"))
    ]
