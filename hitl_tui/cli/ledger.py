"""What this run has met under each id: on disk, so that memory does not grow with the input."""

from __future__ import annotations

import sqlite3


class Ledger:
    """A temporary table from id to a short text; it vanishes with the object."""

    def __init__(self) -> None:
        # An empty name is SQLite's private temporary database: it spills to disk and deletes itself.
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        self._rows.execute("BEGIN")

    def note(self, case_id: str, value: str) -> None:
        """Remember `value` for `case_id`; the first one stays."""
        self._rows.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (case_id, value))

    def find(self, case_id: str) -> str | None:
        """What was noted for `case_id`, or None."""
        row = self._rows.execute("SELECT value FROM seen WHERE id = ?", (case_id,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Forget everything."""
        self._rows.close()
