"""The hash chain: an honest trail verifies, and every kind of change is found at its place."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.audit.chain import (
    GENESIS,
    Impossible,
    Unreadable,
    content_digest,
    decode_entry,
    encode_entry,
    link_hash,
    verify,
)
from hitl_tui.model.text import Shown
from hitl_tui.model.work import Event

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    seq: int
    entry: bytes
    prev: bytes
    hash: bytes


def chained(entries: list[bytes]) -> list[Row]:
    rows, prev = [], GENESIS
    for seq, entry in enumerate(entries, 1):
        digest = hashlib.sha256(b"hitl-audit-v1\x00" + prev + entry).digest()
        rows.append(Row(seq, entry, prev, digest))
        prev = digest
    return rows


def entry(seq: int, actor: str = "alice") -> bytes:
    return encode_entry(seq, NINE, "lease.claimed", actor, f"c{seq}", {"token": str(seq)})


def trail(length: int = 5) -> list[Row]:
    return chained([entry(seq) for seq in range(1, length + 1)])


def test_an_entry_is_the_canonical_json_of_its_event() -> None:
    assert entry(7).decode() == (
        '{"actor":"alice","at":"2026-11-22T09:00:00.000000Z","case_id":"c7",'
        '"data":{"token":"7"},"seq":"7","type":"lease.claimed"}'
    )
    event = decode_entry(entry(7))
    assert (event.seq, event.at, event.type, event.case_id) == (7, NINE, "lease.claimed", "c7")


def test_the_hash_covers_domain_previous_hash_and_entry() -> None:
    wanted = hashlib.sha256(b"hitl-audit-v1\x00" + b"p" * 32 + b"{}").digest()
    assert link_hash(b"p" * 32, b"{}") == wanted


def test_a_content_digest_is_the_hmac_under_the_cases_key() -> None:
    assert content_digest(b"k" * 32, b"text") == hmac.new(b"k" * 32, b"text", "sha256").hexdigest()
    assert content_digest(b"k" * 32, b"text") != content_digest(b"l" * 32, b"text")


def test_an_honest_trail_verifies_up_to_its_head() -> None:
    rows = trail()
    found = verify(rows)
    assert (found.entries, found.head, found.fault) == (5, rows[-1].hash, None)
    assert (found.anchored, found.tail) == (False, None)
    assert verify([]).head == GENESIS


@pytest.mark.parametrize(("noted", "tail"), [(0, 4), (2, 2), (4, 0)])
def test_a_noted_head_anchors_all_before_it_and_leaves_a_tail(noted: int, tail: int) -> None:
    rows = trail()
    found = verify(rows, rows[noted].hash)
    assert (found.anchored, found.tail) == (True, tail)


def test_a_cut_or_rewritten_trail_lacks_the_noted_head() -> None:
    rows = trail()
    for forged in (rows[:-1], chained([entry(seq, "mallory") for seq in range(1, 6)])):
        fault = verify(forged, rows[-1].hash).fault
        assert fault is not None
        assert fault.wrong == "anchor"


def edited(rows: list[Row]) -> list[Row]:
    changed = replace(rows[2], entry=rows[2].entry.replace(b"alice", b"mally"))
    return [*rows[:2], changed, *rows[3:]]


def rehashed(rows: list[Row]) -> list[Row]:
    forged = entry(3, "mally")
    changed = replace(rows[2], entry=forged, hash=link_hash(rows[2].prev, forged))
    return [*rows[:2], changed, *rows[3:]]


def reordered(rows: list[Row]) -> list[Row]:
    third, fourth = replace(rows[2], seq=4), replace(rows[3], seq=3)
    return [*rows[:2], fourth, third, rows[4]]


def chained_with(third: bytes) -> list[Row]:
    return chained([entry(1), entry(2), third, entry(4)])


@pytest.mark.parametrize(
    ("rows", "seq", "wrong"),
    [
        (edited(trail()), 3, "edited"),
        (rehashed(trail()), 4, "unlinked"),
        (reordered(trail()), 3, "unlinked"),
        ([*trail()[:2], *trail()[3:]], 3, "gap"),
        (trail()[1:], 1, "gap"),
        ([trail()[0], *trail()], 2, "gap"),
        (chained_with(entry(9)), 3, "misnumbered"),
        (chained_with(json.dumps(json.loads(entry(3))).encode()), 3, "not-canonical"),
        (chained_with(entry(3).replace(b'"3"}', b'"3","token":"3"}')), 3, "unreadable"),
        (chained_with(b"\xff"), 3, "unreadable"),
        (chained_with(b"[1]"), 3, "unreadable"),
        (chained_with(b"[" * 5000), 3, "unreadable"),
        (chained_with(b'{"seq":"3"}'), 3, "unreadable"),
        (chained_with(entry(3).replace(b'"seq":"3"', b'"seq":"x"')), 3, "unreadable"),
        (chained_with(b"9007199254740993"), 3, "not-canonical"),
    ],
)
def test_the_first_bad_entry_is_named_with_its_fault(rows: list[Row], seq: int, wrong: str) -> None:
    found = verify(rows)
    assert found.fault is not None
    assert (found.fault.seq, found.fault.wrong) == (seq, wrong)
    assert found.entries == seq - 1
    assert str(seq) in found.fault.sentence


def test_an_event_that_cannot_have_happened_is_a_fault() -> None:
    def refuse_third(event: Event) -> None:
        if event.seq == 3:
            raise Impossible(Shown("no such case"))

    fault = verify(trail(), visit=refuse_third).fault
    assert fault is not None
    assert (fault.seq, fault.wrong) == (3, "impossible")


@given(st.integers(0, 4), st.data())
def test_no_single_flipped_bit_goes_unseen(place: int, data: st.DataObject) -> None:
    rows = trail()
    name = data.draw(st.sampled_from(["entry", "prev", "hash"]))
    value = bytearray(getattr(rows[place], name))
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    value[bit // 8] ^= 1 << bit % 8
    rows[place] = replace(rows[place], **{name: bytes(value)})
    assert verify(rows).fault is not None


@given(st.binary(max_size=200))
def test_decoding_never_raises_anything_but_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_entry(raw)
