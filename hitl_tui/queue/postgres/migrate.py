"""The tables in a database: numbered SQL files, applied once, by one program at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

import psycopg
from psycopg import errors

from hitl_tui.queue.postgres.line import Psycopg

_LOCK = 0x6869746C
"""`hitl` in ASCII: the advisory lock of migrations."""
_EMPTY_SCHEMA = """
  CREATE SCHEMA IF NOT EXISTS hitl;
  CREATE TABLE IF NOT EXISTS hitl.migrations (number integer PRIMARY KEY, name text NOT NULL)"""


@cache
def steps() -> tuple[tuple[int, str, str], ...]:
    """Number, name and SQL of each migration; the number is that of the file's form it leads to."""
    found = []
    for file in (files(__package__) / "migrations").iterdir():
        number, dot, _ = file.name.partition("_")
        if dot and number.isdigit() and file.name.endswith(".sql"):
            found.append((int(number), file.name.removesuffix(".sql"), file.read_text("utf-8")))
    return tuple(sorted(found))


def newest() -> int:
    """The version that this program knows."""
    return steps()[-1][0]


def version(conn: Psycopg) -> int:
    """The version of the tables that are there, 0 without any."""
    row = conn.execute("SELECT to_regclass('hitl.migrations') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return 0
    found = conn.execute("SELECT coalesce(max(number), 0) FROM hitl.migrations").fetchone()
    return 0 if found is None else int(found[0])


def migrate(conn: Psycopg, note: Callable[[int], None], *, advisory: bool) -> None:
    """Apply what is missing in one transaction; `note` is called in it with the version before.

    Where there are no advisory locks, the table of migrations is locked instead: it is made first, in
    a transaction of its own, which programs that start together may have to try twice.
    """
    if not advisory:
        _make_schema(conn)
    with conn.transaction():
        if advisory:
            conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            conn.execute(_EMPTY_SCHEMA)
        else:
            conn.execute("LOCK TABLE hitl.migrations IN EXCLUSIVE MODE")
        before = version(conn)
        conn.execute("SET LOCAL search_path TO hitl")
        applied = {number for (number,) in conn.execute("SELECT number FROM migrations")}
        missing = [step for step in steps() if step[0] not in applied]
        for number, name, sql in missing:
            conn.execute(sql.encode())
            conn.execute("INSERT INTO migrations (number, name) VALUES (%s, %s)", (number, name))
        if missing:
            note(before)


def _make_schema(conn: Psycopg) -> None:
    for _ in range(5):
        try:
            with conn.transaction():
                conn.execute(_EMPTY_SCHEMA)
        except (errors.UniqueViolation, errors.DuplicateSchema, errors.DuplicateTable):
            continue
        except psycopg.errors.SerializationFailure:
            continue
        return
    with conn.transaction():
        conn.execute(_EMPTY_SCHEMA)
