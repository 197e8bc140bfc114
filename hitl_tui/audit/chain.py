"""The hash chain: how an event becomes an entry, how entries are linked, and how a chain is verified.

An entry is the RFC 8785 form of `{"seq", "at", "type", "actor", "case_id", "data"}`; `seq` and all
tokens are strings, times RFC 3339. Its hash is SHA-256("hitl-audit-v1" NUL, the previous hash, the
entry), the first previous hash is 32 zero bytes. Entries hold no content, only HMAC-SHA256 digests
under a key of the case: erasing the key makes them unlinkable and leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

import rfc8785
from pydantic import ValidationError

from hitl_tui.model.clock import rfc3339
from hitl_tui.model.load import Refused, explain, load_json
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.work import Event

DOMAIN = b"hitl-audit-v1\0"
GENESIS = bytes(32)
KEY_BYTES = 32

Wrong = Literal[
    "gap",
    "edited",
    "unlinked",
    "unreadable",
    "not-canonical",
    "misnumbered",
    "impossible",
    "anchor",
]


class Link(Protocol):
    """A row of the trail as stored."""

    @property
    def seq(self) -> int:
        """The position, from 1."""

    @property
    def entry(self) -> bytes:
        """The canonical bytes."""

    @property
    def prev(self) -> bytes:
        """The hash of the entry before, 32 bytes."""

    @property
    def hash(self) -> bytes:
        """The hash of this entry, 32 bytes."""


class Unreadable(ValueError):
    """An entry that is not an event in canonical form. `wrong` says in which way."""

    def __init__(self, wrong: Wrong, reason: Shown) -> None:
        super().__init__(reason)
        self.wrong: Wrong = wrong
        self.reason = reason


class Impossible(ValueError):
    """An event that cannot follow the ones before it, such as a verdict on a case never queued."""

    def __init__(self, reason: Shown) -> None:
        super().__init__(reason)
        self.reason = reason


class Fault(NamedTuple):
    """The first bad entry: its position, the way in which it is bad, and a sentence for people."""

    seq: int
    wrong: Wrong
    sentence: Shown


class Verification(NamedTuple):
    """What a chain proves. `entries` were good, the last of them has the hash `head`.

    `anchored` is whether a head noted outside was found in the chain, `tail` how many entries came
    after it (None when not anchored): nobody vouches for those but the chain itself.
    """

    entries: int
    head: bytes
    fault: Fault | None = None
    anchored: bool = False
    tail: int | None = None


def encode_entry(
    seq: int, at: datetime, kind: str, actor: str, case_id: str | None, data: Mapping[str, Any]
) -> bytes:
    """The canonical bytes of an event. `data` holds strings, booleans, None and small integers."""
    return rfc8785.dumps(
        {
            "seq": str(seq),
            "at": rfc3339(at),
            "type": kind,
            "actor": actor,
            "case_id": case_id,
            "data": dict(data),
        }
    )


def decode_entry(entry: bytes) -> Event:
    """The event of an entry; Unreadable when the bytes are no event or not its canonical form."""
    try:
        value = load_json(entry)
        canonical = rfc8785.dumps(value)
    except Refused as refused:
        raise Unreadable("unreadable", refused.reason) from None
    except (rfc8785.CanonicalizationError, RecursionError):
        raise Unreadable("not-canonical", Shown("it has no RFC 8785 form")) from None
    if canonical != entry:
        raise Unreadable("not-canonical", Shown("its bytes are not in RFC 8785 form"))
    if not isinstance(value, dict) or not isinstance(value.get("seq"), str):
        raise Unreadable("unreadable", Shown("it is not an event"))
    try:
        return Event.model_validate({**value, "seq": int(value["seq"])})
    except ValidationError as error:
        raise Unreadable("unreadable", explain(error)) from None
    except ValueError:
        raise Unreadable("unreadable", Shown("its seq is not a number")) from None


def link_hash(prev: bytes, entry: bytes) -> bytes:
    """SHA-256 of domain, previous hash and entry: 32 bytes."""
    return hashlib.sha256(DOMAIN + prev + entry).digest()


def content_digest(key: bytes, content: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of content under its case's key, 64 lower-case hex digits."""
    return hmac.digest(key, content, "sha256").hex()


def verify(
    entries: Iterable[Link],
    head: bytes | None = None,
    *,
    visit: Callable[[Event], None] | None = None,
) -> Verification:
    """Check a whole trail, streaming, up to its first bad entry.

    `head` is the 32-byte hash of an entry, noted outside the store at an earlier time: it must be in
    the chain. `visit` gets each good event in order and may refuse it by raising Impossible.
    """
    last, count, anchor = GENESIS, 0, 0 if head == GENESIS else None
    for link in entries:
        fault = _check(link, count + 1, last, visit)
        if fault is not None:
            return Verification(count, last, fault)
        last, count = link.hash, count + 1
        if head is not None and last == head:
            anchor = count
    if anchor is not None:
        return Verification(count, last, anchored=True, tail=count - anchor)
    return Verification(count, last, None if head is None else _unanchored(count))


def _check(
    link: Link, expected: int, last: bytes, visit: Callable[[Event], None] | None
) -> Fault | None:
    if link.seq != expected:
        return _fault(
            expected,
            "gap",
            "entry {seq} is missing: number {found} stands in its place",
            found=link.seq,
        )
    if link_hash(link.prev, link.entry) != link.hash:
        return _fault(expected, "edited", "entry {seq} was changed: it does not have its hash")
    if link.prev != last:
        return _fault(
            expected,
            "unlinked",
            "entry {seq} does not follow the entry before it: one of them was replaced",
        )
    try:
        event = decode_entry(link.entry)
        if event.seq != expected:
            return _fault(
                expected,
                "misnumbered",
                "entry {seq} says of itself that it is number {found}",
                found=event.seq,
            )
        if visit is not None:
            visit(event)
    except Unreadable as unreadable:
        return _fault(
            expected,
            unreadable.wrong,
            "entry {seq} cannot be read: {reason}",
            reason=unreadable.reason,
        )
    except Impossible as impossible:
        return _fault(
            expected,
            "impossible",
            "entry {seq} cannot have happened: {reason}",
            reason=impossible.reason,
        )
    return None


def _fault(seq: int, wrong: Wrong, template: str, **values: object) -> Fault:
    return Fault(seq, wrong, message(template, seq=seq, **values))


def _unanchored(count: int) -> Fault:
    return _fault(
        count,
        "anchor",
        "the noted head is not among the {seq} entries: the trail was cut or written anew",
    )


def shown_hash(digest: bytes) -> Shown:
    """A hash as an auditor notes it: 64 lower-case hex digits."""
    return reveal_line(digest.hex())
