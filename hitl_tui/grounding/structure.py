"""Reads JSON, Python literals and tables in a source as facts, `path: value`, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hitl_tui.grounding.normalise import keys, placed_keys
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.types import Span

FactKind = Literal["text", "number", "yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value with the keys that lead to it.

    `path` are the keys' texts from the outside in; `key` is the range of the innermost key where it
    stands right before the value, `value` the range of the value (of a string, without its quotes).
    """

    path: tuple[str, ...]
    key: Span
    value: Span
    kind: FactKind

    @property
    def span(self) -> Span:
        """From the key to the end of the value."""
        return min(self.key[0], self.value[0]), self.value[1]


@dataclass(frozen=True, slots=True)
class Structured:
    """The facts of a text, and the ranges of it that are prose."""

    facts: tuple[Fact, ...]
    prose: tuple[Span, ...]


_OPENS = re.compile(r"^[ \t]*(?:[\w ]{0,40}:[ \t]*)?(?=[{\[]\s*(?:[\"'{\[]|\Z))", re.MULTILINE)
_TOKEN = re.compile(
    r"""\s*+(?:(?P<mark>[{}\[\]:,])|(?P<string>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')"""
    r"""|(?P<word>[^\s{}\[\]:,"']++))""",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_YES = frozenset("true yes y ✓ ✔ ✅ available included".split())  # noqa: SIM905
_NO = frozenset("false no n none ✗ ✘ ❌ not_available unavailable excluded".split())  # noqa: SIM905
_UNKNOWN = frozenset("null nan undefined unknown n/a na - – —".split()) | {""}  # noqa: SIM905
_LITERALS = frozenset("true false null none True False None NaN nan".split())  # noqa: SIM905
_PYTHON_NONE = "None"
_DEEPEST = 64
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\W]+")
_WHOLE = frozenset({"wifi", "wi-fi"})
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)*\s*:?-{2,}:?\s*\|?\s*")
_ROW = re.compile(r"[^\n\r]*\|[^\n\r]*")


def structured(text: str) -> Structured | None:
    """Return the facts of a text that holds JSON, a Python literal or a table; None for one that does not.

    Takes linear time. What cannot be read as structure stays prose.
    """
    facts: list[Fact] = []
    prose: list[Span] = []
    at = 0
    for start, end, found in sorted(_blocks(text), key=lambda block: block[:2]):
        if start < at:
            continue
        facts += found
        prose.append((at, start))
        at = end
    if not facts:
        return None
    prose.append((at, len(text)))
    return Structured(tuple(facts), tuple(span for span in prose if span[0] < span[1]))


def split_key(name: str) -> list[str]:
    """Return the words of a key, in lower case: "RestaurantsTakeOut", "take_out" and "take out"."""
    if name.lower() in _WHOLE:
        return [name.lower().replace("-", "")]
    return [part.lower() for part in _CAMEL.split(name) if part]


def fact_words(text: str, fact: Fact) -> tuple[list[str], list[Span]]:
    """Return the keys of a fact, as of a sentence, and the range each stands for: path, then value.

    "No" and false are the key "not"; yes and unknown add nothing.
    """
    own = fact.key if fact.key != fact.value else fact.value
    found = keys([part for name in fact.path for part in split_key(name) if WORD.fullmatch(part)])
    places: list[Span] = [own] * len(found)
    if fact.kind == "no":
        return [*found, "not"], [*places, fact.value]
    if fact.kind in {"yes", "unknown"}:
        return found, places
    values, value_places = placed_keys(text, fact.value)
    return found + values, places + value_places


def _blocks(text: str) -> Iterator[tuple[int, int, list[Fact]]]:
    if "{" in text or "[" in text:
        at = 0
        while (opening := _OPENS.search(text, at)) is not None:
            start = opening.end()
            facts, end = _literal(text, start)
            if facts:
                yield start, end, facts
            at = max(end, start + 1)
    if "|" in text:
        yield from _tables(text)


# -- JSON and Python literals ---------------------------------------------------------------------------


def _literal(text: str, start: int) -> tuple[list[Fact], int]:
    """Read one value from `start`; its facts, and where it ends. No facts if it is not well formed."""
    facts: list[Fact] = []
    closers: list[str] = []
    path: list[tuple[str, Span] | None] = []
    key: tuple[str, Span] | None = None
    waiting: tuple[str, Span] | None = None
    at = start
    while (token := _TOKEN.match(text, at)) is not None:
        at = token.end()
        mark = token["mark"]
        if mark in {"{", "["}:
            if len(closers) >= _DEEPEST:
                return [], at
            closers.append("}" if mark == "{" else "]")
            path.append(key)
            key = waiting = None
        elif mark in {"}", "]"}:
            if not closers or closers.pop() != mark:
                return [], at
            path.pop()
            key = None
            if not closers:
                return facts, at
        elif mark == ":":
            if waiting is None:
                return [], at
            key, waiting = waiting, None
            if facts and facts[-1].value == key[1]:
                facts.pop()
        elif mark == ",":
            key = waiting = None
        elif closers:
            fact = _fact(text, token, [*path, key])
            if fact is None:
                return [], at
            facts.append(fact)
            waiting = (text[slice(*fact.value)], fact.value)
    return [], max(at, start + 1)


def _fact(text: str, token: re.Match[str], path: Sequence[tuple[str, Span] | None]) -> Fact | None:
    keys = [step for step in path if step is not None]
    is_string = token["string"] is not None
    start, end = token.span("string") if is_string else token.span("word")
    value = (start + 1, end - 1) if is_string else (start, end)
    if not is_string and not (
        token["word"] in _LITERALS or _NUMBER.fullmatch(token["word"].rstrip("."))
    ):
        return None
    kind = _kind(text[slice(*value)], is_string=is_string)
    own = path[-1][1] if path[-1] is not None else value
    return Fact(tuple(name for name, _ in keys), own, value, kind)


def _kind(value: str, *, is_string: bool) -> FactKind:
    word = value.strip().strip("'\"u").lower() if is_string else value.lower()
    if value == _PYTHON_NONE and not is_string:
        return "unknown"
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    if word in _UNKNOWN:
        return "unknown"
    return "number" if _NUMBER.fullmatch(word) else "text"


# -- tables ---------------------------------------------------------------------------------------------


def _tables(text: str) -> Iterator[tuple[int, int, list[Fact]]]:
    """The tables of Markdown: a row of headings, a row of dashes, then rows of values."""
    rows = list(_ROW.finditer(text))
    at = 0
    while at + 1 < len(rows):
        head, rule = rows[at], rows[at + 1]
        if not (_RULE.fullmatch(rule.group()) and _adjacent(head, rule, text)):
            at += 1
            continue
        names = [text[slice(*cell)] for cell in _cells(text, head)]
        last = rule
        facts: list[Fact] = []
        at += 2
        while at < len(rows) and _adjacent(last, rows[at], text):
            last = rows[at]
            facts += _row_facts(text, names, _cells(text, last))
            at += 1
        yield head.start(), last.end(), facts


def _adjacent(one: re.Match[str], other: re.Match[str], text: str) -> bool:
    return text[one.end() : other.start()] in {"\n", "\r\n", "\r"}


def _cells(text: str, row: re.Match[str]) -> list[Span]:
    start, end = row.span()
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    start += text[start : start + 1] == "|"
    end -= text[end - 1 : end] == "|" and end > start
    cells = []
    for part in text[start:end].split("|"):
        bare = part.strip()
        at = start + part.index(bare) if bare else start
        cells.append((at, at + len(bare)))
        start += len(part) + 1
    return cells


def _row_facts(text: str, names: Sequence[str], cells: Sequence[Span]) -> Iterator[Fact]:
    """The values of a row; its first cell names it."""
    if not cells:
        return
    label = text[slice(*cells[0])]
    for name, cell in list(zip(names, cells, strict=False))[1:]:
        if cell[0] < cell[1]:
            kind = _kind(text[slice(*cell)], is_string=True)
            yield Fact(tuple(part for part in (label, name) if part), cell, cell, kind)
