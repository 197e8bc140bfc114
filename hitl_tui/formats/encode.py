"""Rows as bytes: one printable ASCII line of JSON each, the same for the same row."""

from __future__ import annotations

import json
from typing import Any

_encode = json.JSONEncoder(allow_nan=False).encode


def text_of(value: Any) -> str:
    """A value as compact JSON text, with letters of every script as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def line_of(row: Any) -> bytes:
    """A row as a line with its end. DEL is escaped too, so that the line is fit for any terminal."""
    return _encode(row).replace("\x7f", "\\u007f").encode("ascii") + b"\n"
