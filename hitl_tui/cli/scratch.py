"""What an export has met so far while it looks for cases that belong together: in a temporary database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from hitl_tui.formats.likeness import View

HOT = 48
"""Texts that share a key: with more of them it tells nothing, as a phrase that everybody uses."""


_BUCKETS = (
    "SELECT buckets.key, view FROM json_each(?) CROSS JOIN buckets ON buckets.key = json_each.value"
)
_VIEWS = "SELECT seq, text FROM json_each(?) CROSS JOIN views ON views.id = json_each.value"


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
        self._found = self._buckets(view.keys)
        telling = [ids for ids in self._found.values() if len(ids) < HOT]
        shared = {i for ids in telling or self._found.values() for i in ids}
        if shared:
            yield from self._rows.execute(_VIEWS, (json.dumps(sorted(shared)),))

    def keep(self, seq: int, view: View) -> None:
        """Remember a view; a bucket that is full takes no more."""
        cursor = self._rows.execute("INSERT INTO views (seq, text) VALUES (?, ?)", (seq, view.text))
        found = self._found if self._found.keys() == set(view.keys) else self._buckets(view.keys)
        places = [(key, len(found[key]), cursor.lastrowid) for key in view.keys]
        self._rows.executemany(
            "INSERT INTO buckets VALUES (?, ?, ?)", [one for one in places if one[1] < HOT]
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

    def _buckets(self, keys: Sequence[int]) -> dict[int, list[int]]:
        """By each of these keys the views that share it."""
        found: dict[int, list[int]] = {key: [] for key in keys}
        for key, view in self._rows.execute(_BUCKETS, (json.dumps(keys),)):
            found[key].append(view)
        return found
