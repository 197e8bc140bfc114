"""What an export has met so far while it looks for cases that belong together: in a temporary database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from hitl_tui.formats.likeness import View

HOT = 48
"""Texts that share a key: with more of them it tells nothing, as a phrase that everybody uses."""


class Scratch:
    """A `formats.splits.Scratch` that spills to disk and vanishes with the object."""

    def __init__(self) -> None:
        # An empty name is SQLite's private temporary database: it spills to disk and deletes itself.
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.executescript(
            """
            PRAGMA cache_size = -32000;
            CREATE TABLE owners (key INTEGER PRIMARY KEY, seq INTEGER);
            CREATE TABLE views (id INTEGER PRIMARY KEY, seq INTEGER, text TEXT);
            CREATE TABLE buckets (key INTEGER, place INTEGER, view INTEGER, PRIMARY KEY (key, place))
              WITHOUT ROWID;
            CREATE TABLE names (seq INTEGER PRIMARY KEY, id TEXT);
            BEGIN"""
        )
        self._found: dict[int, list[int]] = {}

    def first(self, key: int, seq: int) -> int:
        """Who came first with this key."""
        row = self._rows.execute("SELECT seq FROM owners WHERE key = ?", (key,)).fetchone()
        if row is not None:
            return int(row[0])
        self._rows.execute("INSERT INTO owners VALUES (?, ?)", (key, seq))
        return seq

    def like(self, view: View) -> Iterator[tuple[int, str]]:
        """Places and texts that share a key; keys that very many share only when all of them do."""
        self._found = {key: self._bucket(key) for key in view.keys}
        telling = [ids for ids in self._found.values() if len(ids) < HOT]
        for view_id in dict.fromkeys(i for ids in telling or self._found.values() for i in ids):
            yield self._rows.execute(
                "SELECT seq, text FROM views WHERE id = ?", (view_id,)
            ).fetchone()

    def keep(self, seq: int, view: View) -> None:
        """Remember a view; a bucket that is full takes no more."""
        cursor = self._rows.execute("INSERT INTO views (seq, text) VALUES (?, ?)", (seq, view.text))
        for key in view.keys:
            place = len(self._found.get(key) or self._bucket(key))
            if place < HOT:
                self._rows.execute(
                    "INSERT INTO buckets VALUES (?, ?, ?)", (key, place, cursor.lastrowid)
                )

    def name(self, seq: int, case_id: str) -> None:
        """Remember whose place this is."""
        self._rows.execute("INSERT INTO names VALUES (?, ?)", (seq, case_id))

    def names(self, seqs: Sequence[int]) -> list[str]:
        """The ids of these places."""
        return [
            self._rows.execute("SELECT id FROM names WHERE seq = ?", (seq,)).fetchone()[0]
            for seq in seqs
        ]

    def close(self) -> None:
        """Forget everything."""
        self._rows.close()

    def _bucket(self, key: int) -> list[int]:
        rows = self._rows.execute("SELECT view FROM buckets WHERE key = ? ORDER BY place", (key,))
        return [row[0] for row in rows]
