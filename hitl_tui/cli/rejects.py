"""The lines that were not taken: kept with file, line and reason, written as one file at the end."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from hitl_tui.formats.files import safe_name, write_whole
from hitl_tui.model.text import Shown, message

SHOWN = 5
_RAW = 64 * 1024


class Rejects:
    """Collects rejected lines on disk; memory does not grow with their number."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Shown] = []
        self.stem = ""
        # Closed by `close`: it lives as long as the run.
        self._lines = tempfile.TemporaryFile()  # noqa: SIM115

    def add(self, file: str, line: int, reason: Shown, raw: bytes) -> None:
        """Keep one rejected line. What stood there is kept up to 64 KiB, and says so when cut."""
        self.count += 1
        self.stem = self.stem or Path(file).stem
        if len(self.first) < SHOWN:
            self.first.append(Shown(message("{file}:{line}: ", file=file, line=line) + reason))
        text = raw[:_RAW].decode("utf-8", "backslashreplace")
        row = {"file": file, "line": line, "reason": reason, "raw": text}
        if len(raw) > _RAW:
            row["cut"] = f"the first {_RAW} bytes of {len(raw)}"
        self._lines.write(json.dumps(row).replace("\x7f", "\\u007f").encode("ascii") + b"\n")

    def write(self, directory: Path, inputs: Collection[Path]) -> Path:
        """Write them to `directory`, never over one of the `inputs`; the path of the file."""
        taken = {path.resolve() for path in inputs}
        ending = ".rejects.jsonl"
        while (directory / safe_name(self.stem, ending)).resolve() in taken:
            ending = ".rejects" + ending
        written = write_whole(directory, safe_name(self.stem, ending), self._rows(), replace=True)
        return directory / written.name

    def close(self) -> None:
        """Forget what was not written."""
        self._lines.close()

    def _rows(self) -> Iterator[bytes]:
        self._lines.seek(0)
        yield from self._lines
