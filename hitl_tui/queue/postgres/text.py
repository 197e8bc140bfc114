"""Text as PostgreSQL can keep it: it has no place for U+0000, so that is written with another character.

U+001A (substitute) followed by `0` stands for U+0000, followed by `1` for itself. Equal texts stay
equal, and the JSON of cases and verdicts, where both are written with a backslash, stays as it is.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq import Format

_MARK = "\x1a"
_NUL = "\0"


def kept(text: str) -> str:
    """The text as it is stored."""
    if _MARK in text or _NUL in text:
        return text.replace(_MARK, _MARK + "1").replace(_NUL, _MARK + "0")
    return text


def given(text: str) -> str:
    """The inverse of `kept`."""
    if _MARK in text:
        return text.replace(_MARK + "0", _NUL).replace(_MARK + "1", _MARK)
    return text


class _TextDumper(Dumper):
    def dump(self, obj: Any) -> Buffer | None:
        return kept(obj).encode("utf-8")


class _TextLoader(Loader):
    def load(self, data: Buffer) -> str:
        return given(bytes(data).decode("utf-8"))


class _BinaryTextLoader(_TextLoader):
    format = Format.BINARY


def adapt(conn: Connection[Any]) -> None:
    """Let a connection keep and give text this way."""
    conn.adapters.register_dumper(str, _TextDumper)
    conn.adapters.register_loader("text", _TextLoader)
    conn.adapters.register_loader("text", _BinaryTextLoader)
