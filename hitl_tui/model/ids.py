"""Identifiers of our own: UUID version 7, which sort by the time they were made."""

from __future__ import annotations


def new_id() -> str:
    """A fresh UUIDv7 (RFC 9562) in its canonical 36-character form."""
    from uuid_utils import uuid7  # noqa: PLC0415  (16 ms that most commands never need)

    return str(uuid7())
