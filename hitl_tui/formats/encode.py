"""Rows as bytes: one printable ASCII line of JSON each, the same for the same row."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_json


def text_of(value: Any) -> str:
    """A value as JSON text, with letters of every script as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def line_of(row: Any) -> bytes:
    """A row as a line with its end. DEL is escaped too, so that the line is fit for any terminal."""
    line = to_json(row)
    # Most rows have nothing to escape, and looking for it costs more than finding out.
    if not line.isascii():
        line = to_json(row, ensure_ascii=True)
    return line.replace(b"\x7f", b"\\u007f") + b"\n"
