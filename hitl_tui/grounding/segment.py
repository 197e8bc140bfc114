"""Cuts raw text into words, sentences and clauses without ever rewriting it.

All ranges are half-open code points of the raw text, ordered, without overlap, and everything
between two of them is white space.
"""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

import re

from hitl_tui.grounding.calendars import MONTH_OF
from hitl_tui.grounding.types import Span

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Regex class body: scripts whose words are not set apart by spaces, and Hangul, whose particles
stick to the word, so that both are compared by pairs of characters."""

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u0711\u0730-\u074a\u0900-\u0963\u0966-\u0dff\u200c\u200d"
)
"""Regex class body: signs that belong to the letter before them."""
_LETTER = rf"[^\W_{UNSPACED}]"
_SPACED = rf"{_LETTER}+(?:[{MARKS}]+{_LETTER}*)*"
WORD = re.compile(rf"\d+(?:[.,]\d+)+|{_SPACED}(?:['’]{_SPACED})*|[{UNSPACED}]+")
"""A number with its separators, a word with its apostrophes, or a run of unspaced characters."""

_NEWLINE = "\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_LINE = re.compile(rf"[^{_NEWLINE}]+")
_CLOSERS = "\"'”’»)\\]」』）】"
_STOP = re.compile(
    rf"(?<![.!?…])(?P<dot>[.!?…]++)[{_CLOSERS}*]*+(?=\s)|[。！？｡]+[{_CLOSERS}]*|[।॥؟۔]+[{_CLOSERS}]*"
)
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st vs etc e.g i.e cf fig no nos vol pp p approx dept est inc ltd co corp "
    "gen col sgt capt lt rev hon jan feb mar apr jun jul aug sep sept oct nov dec al ca resp incl "
    "z.b d.h bzw ca usw u.a nr art abs bspw vgl a.m p.m".split()
)
_MARKER = re.compile(r"\s*(?:[-*•#>]+\s*)?\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)]")
_LONGEST_DAY = 2
_MONTH = re.compile(rf"\s(?:{'|'.join(MONTH_OF)})\b", re.IGNORECASE)
_LAST_WORD = re.compile(r"(?:[^\W\d_]+\.)*[^\W_]+\Z")

_JSON_START = re.compile(r'\s*(?:\{\s*"|\[\s*[{"\[])')
_JSON_STOP = re.compile(r'[{}\[\]]+,?|(?<=["\d\w\]}]),(?=\s*")')

_CUT = re.compile(
    r"[,;:](?=\s)|[،؛、，；：]|(?<=\s)(?=\()|(?<=\))(?=[\s,;:])|(?<=\s)[–—-](?=\s)|(?<=\w)[—](?=\w)|[（）]"
)
_FRAME = re.compile(
    r"\W*(?:based on|according to|as per|from) (?:[a-z]+ ){0,3}"
    r"(?:passages?|sources?|contexts?|documents?|texts?|information)(?: \d+)?\W*",
    re.IGNORECASE,
)
_SHORT = 4.0
_LONG = 10.0
_MAX_SENTENCE = 1200


def sentences(text: str) -> list[Span]:
    """Return the sentences. A line break always ends one; so does a key's end in JSON.

    None is longer than about 1,200 characters unless a single word is.
    """
    stop = _json_stops if _JSON_START.match(text) else _prose_stops
    found: list[Span] = []
    for line in _LINE.finditer(text):
        start, end = line.span()
        for cut in [*stop(text, start, end), end]:
            _add_trimmed(found, text, start, cut)
            start = cut
    return found


def clauses(text: str, sentence: Span) -> list[Span]:
    """Return the clauses of one sentence: parts to be checked alone, of four words or more where possible."""
    cuts = [match.end() for match in _CUT.finditer(text, *sentence)]
    parts: list[Span] = []
    start = sentence[0]
    for cut in [*cuts, sentence[1]]:
        _add_trimmed(parts, text, start, cut)
        start = cut
    if len(parts) == 1:
        return parts
    sizes = [0.0 if _FRAME.fullmatch(text, *part) else weight(text, part) for part in parts]
    return _joined(parts, sizes)


def weight(text: str, span: Span) -> float:
    """Return the number of words in the range; an unspaced character counts as half a word."""
    words = WORD.findall(text, *span)
    return sum(
        len(word) / 2 if word[0] >= "\u0e00" and is_unspaced(word) else 1.0 for word in words
    )


_IS_UNSPACED = re.compile(f"[{UNSPACED}]")


def is_unspaced(word: str) -> bool:
    """Tell whether a match of `WORD` is a run of unspaced characters."""
    return _IS_UNSPACED.match(word) is not None


def _joined(parts: list[Span], weights: list[float]) -> list[Span]:
    """Join short parts to the one before, or at the start to the one after."""
    groups: list[tuple[int, int, float]] = []
    for (start, end), words in zip(parts, weights, strict=True):
        if groups:
            first, _, size = groups[-1]
            list_goes_on = words < _SHORT and size < _LONG
            if size < _SHORT or list_goes_on:
                groups[-1] = (first, end, size + words)
                continue
        groups.append((start, end, words))
    if len(groups) > 1 and groups[-1][2] < _SHORT:
        _, end, _ = groups.pop()
        groups[-1] = (groups[-1][0], end, groups[-1][2])
    return [(start, end) for start, end, _ in groups]


def _prose_stops(text: str, start: int, end: int) -> list[int]:
    cuts = []
    begin = start
    for match in _STOP.finditer(text, start, end):
        if match.group("dot") and not _ends_sentence(text, begin, match):
            continue
        cuts += _long_cuts(text, begin, match.end())
        begin = match.end()
        cuts.append(begin)
    return cuts + _long_cuts(text, begin, end)


def _json_stops(text: str, start: int, end: int) -> list[int]:
    cuts = []
    begin = start
    for match in _JSON_STOP.finditer(text, start, end):
        cuts += _long_cuts(text, begin, match.end())
        begin = match.end()
        cuts.append(begin)
    return cuts + _long_cuts(text, begin, end)


def _long_cuts(text: str, start: int, end: int) -> list[int]:
    cuts = []
    while end - start > _MAX_SENTENCE:
        space = text.rfind(" ", start + 1, start + _MAX_SENTENCE)
        if space < 0:
            space = text.find(" ", start + _MAX_SENTENCE, end)
        if space < 0:
            break
        start = space + 1
        cuts.append(start)
    return cuts


def _ends_sentence(text: str, begin: int, stop: re.Match[str]) -> bool:
    """Tell whether this full stop ends the sentence that began at `begin`."""
    after = text[stop.end() : stop.end() + 8].lstrip()
    if after[:1].islower():
        return False
    if stop.group("dot") != ".":
        return True
    if stop.start() - begin < 12 and (marker := _MARKER.match(text, begin, stop.end())):
        return marker.end() != stop.end()
    last = _LAST_WORD.search(text, max(begin, stop.start() - 24), stop.start())
    if last is None:
        return True
    word = last.group()
    if word.isdigit() and len(word) <= _LONGEST_DAY and _MONTH.match(text, stop.end()):
        return False
    return not (
        word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper()) or _initials(word)
    )


def _initials(word: str) -> bool:
    return "." in word and all(len(part) == 1 for part in word.split("."))


def _add_trimmed(found: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append((start, end))
