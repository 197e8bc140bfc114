"""The one JSON loader: refuses what other readers would silently coerce, and says where and why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple, NoReturn

from pydantic import ValidationError

from hitl_tui.model.text import Shown, message, reveal_line

MAX_DEPTH = 64
MAX_RECORD = 16 * 1024 * 1024
"""Bytes of one record, its line end not counted."""

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89abAB-F]")
_INT64 = 2**63
_BOM = b"\xef\xbb\xbf"


class Refused(ValueError):
    """A record that was not taken. `reason` is our own words with any value of the input revealed."""

    def __init__(self, reason: Shown) -> None:
        super().__init__(reason)
        self.reason = reason


class Line(NamedTuple):
    """One line of a JSON Lines file: its number from 1, its bytes, and its value or the refusal."""

    number: int
    raw: bytes
    value: Any = None
    refusal: Shown | None = None


def load_json(raw: bytes | str) -> Any:
    """The value of one JSON text (RFC 8259), or Refused.

    Refused are: bytes that are not UTF-8, duplicate keys, NaN and infinities (also `1e400`), integers
    beyond 64 bits, halves of surrogate pairs, nesting deeper than 64, records over 16 MiB.
    """
    size = len(raw) if isinstance(raw, bytes) else len(raw.encode("utf-8", "surrogatepass"))
    if size > MAX_RECORD:
        raise Refused(
            message(
                "the record has {size} bytes, the limit is {limit}", size=size, limit=MAX_RECORD
            )
        )
    text = _decode(raw)
    try:
        value = _decoder.decode(text)
    except RecursionError:
        raise Refused(_too_deep()) from None
    except json.JSONDecodeError as error:
        raise Refused(
            message("not JSON: {what} at column {column}", what=error.msg, column=error.colno)
        ) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise Refused(_too_deep())
    if _ESCAPED_SURROGATE.search(text):
        _refuse_surrogates(value)
    return value


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of a JSON Lines stream, one at a time; blank lines are passed over.

    Memory is bounded by one record: a line longer than the limit is refused and read past.
    """
    number = 0
    while raw := stream.readline(MAX_RECORD + 2):
        number += 1
        if len(raw) > MAX_RECORD and not raw.endswith(b"\n"):
            _read_past(stream)
            yield Line(number, raw[:200], refusal=_too_large())
            continue
        if number == 1 and raw.startswith(_BOM):
            raw = raw[len(_BOM) :]
        raw = raw.rstrip(b"\r\n")
        if not raw.strip():
            continue
        try:
            yield Line(number, raw, value=load_json(raw))
        except Refused as refused:
            yield Line(number, raw, refusal=refused.reason)


def explain(error: ValidationError) -> Shown:
    """A pydantic error as one line: `path: what is wrong; ...`, without the input's values."""
    parts = []
    for item in error.errors(include_url=False, include_input=False)[:5]:
        path = reveal_line(".".join(str(step) for step in item["loc"]) or "record", 80)
        words = item["msg"].removeprefix("Value error, ")
        parts.append(message("{path}: {words}", path=path, words=words[:1].lower() + words[1:]))
    return Shown("; ".join(parts))


def leaves(value: Any) -> Iterator[tuple[int, Any]]:
    """Every scalar and every key in a JSON value with its depth, without recursion."""
    stack: list[tuple[int, Iterable[Any]]] = [(0, (value,))]
    while stack:
        depth, items = stack.pop()
        for item in items:
            if isinstance(item, dict):
                stack.append((depth + 1, (*item.keys(), *item.values())))
            elif isinstance(item, list):
                stack.append((depth + 1, item))
            else:
                yield depth, item


def _decode(raw: bytes | str) -> str:
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(message("not UTF-8 at byte {byte}", byte=error.start + 1)) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused(
                    message("the key {key} stands twice in one object", key=reveal_line(key, 80))
                )
            seen.add(key)
    return value


def _constant(name: str) -> NoReturn:
    raise Refused(message("{name} is not a JSON number", name=name))


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Refused(message("the number {digits} is too large", digits=reveal_line(digits, 40)))
    return value


def _int(digits: str) -> int:
    if len(digits) > 20 or not -_INT64 <= (value := int(digits)) < _INT64:
        raise Refused(
            message("the integer {digits} does not fit in 64 bits", digits=reveal_line(digits, 40))
        )
    return value


_decoder = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float, parse_int=_int
)


def _depth(value: Any) -> int:
    deepest, stack = 0, [(1, value)]
    while stack:
        depth, item = stack.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, depth)
            stack.extend(
                (depth + 1, v) for v in (item.values() if isinstance(item, dict) else item)
            )
    return deepest


def _refuse_surrogates(value: Any) -> None:
    for _, leaf in leaves(value):
        if isinstance(leaf, str):
            try:
                leaf.encode("utf-8")
            except UnicodeEncodeError:
                raise Refused(Shown("a string holds half of a surrogate pair")) from None


def _read_past(stream: BinaryIO) -> None:
    while rest := stream.readline(1024 * 1024):
        if rest.endswith(b"\n"):
            return


def _too_deep() -> Shown:
    return message("nested deeper than {limit} levels", limit=MAX_DEPTH)


def _too_large() -> Shown:
    return message("the record has more than {limit} bytes", limit=MAX_RECORD)
