"""The border between text as it came and text that may reach a terminal; `reveal` is the way over.

The text of a case is hostile by definition, and what is judged is the exact text. So nothing is
stripped: `reveal` puts a picture in the place of every character that a terminal could act upon or
a reader could not see, in a notation that `unreveal` reads back without loss, keeps the offsets,
and says what it found.

The notation: LF is a line break; other C0 characters and DEL are their control pictures (U+2400
block); a tab is U+2409 and the spaces to the next multiple of 4 cells; NO-BREAK SPACE and its
narrow sister are U+2423 and U+2422; anything else that is not shown is its number, ``‹U+202E›``.
The signs of the notation are shown by their number when they occur in the text, so different texts
never get the same display.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, NewType

from hitl_tui.model.characters import NATURE, PICTURES, UNPICTURED, ZWJ, cells, same_width
from hitl_tui.model.confusables import confusable_words
from hitl_tui.model.sequences import hidden

RawText = NewType("RawText", str)
"""Text of a case as it came; never displayed as it is."""

Shown = NewType("Shown", str)
"""Text that may reach a terminal; made only here. LF is the only control character in it."""

ALARM_KINDS = {
    "control": "control character",
    "bidi": "direction control, the order of the text may deceive",
    "zero_width": "invisible character",
    "tag": "invisible TAG character",
    "variation": "invisible variation selector",
    "combining": "combining characters beyond what a script needs",
    "filler": "blank character that is not a space",
    "separator": "rare space or line separator",
    "private": "private-use character, its look depends on the font",
    "unassigned": "code point without a character",
    "surrogate": "lone surrogate, not valid text",
    "format": "invisible format character",
    "confusable": "look-alike letters",
}
"""Every kind of alarm, in our own words."""

MOST_ALARMS = 1000
"""From this many on, an alarm of a known kind widens the last of its kind instead of adding one."""

_NEAR = 3
"""Hidden characters with at most this many shown ones between them are one alarm."""

_TAB = 4
_TAB_PICTURE = PICTURES[0x09]
_LF_PICTURE = "\u240a"
_LOOK_AHEAD = 16
_PLAIN_ASCII = bytes((0x0A, *range(0x20, 0x7F)))
_TOKEN = re.compile("\u2039U\\+([0-9A-F]{4,6})\u203a|[\u2400-\u2426]")
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_JOINS = re.compile("[\u200c\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")


class Alarm(NamedTuple):
    """One finding about a text: where it is, of which of ALARM_KINDS, and what it spells.

    ``start`` and ``end`` are code points of the raw text, half-open. ``note`` is our own words in
    ASCII. ``decoded`` is hidden text made readable, or how a confusable word reads; "" when there
    is nothing to tell. It is one line.
    """

    kind: str
    start: int
    end: int
    note: str
    decoded: Shown = Shown("")


def _offsets() -> array[int]:
    return array("q")


@dataclass(frozen=True, slots=True)
class Revealed:
    """A raw text, its display text, its alarms in order of place, and the offsets both ways.

    The maps hold one entry for each stretch of characters whose pictures have one length: where it
    starts in the raw text, where in the display text, and that length. They cover the text without
    a gap.
    """

    raw: RawText
    text: Shown
    alarms: tuple[Alarm, ...] = ()
    _raw_starts: array[int] = field(default_factory=_offsets, repr=False, compare=False)
    _text_starts: array[int] = field(default_factory=_offsets, repr=False, compare=False)
    _widths: array[int] = field(default_factory=_offsets, repr=False, compare=False)

    @property
    def plain(self) -> bool:
        """True when the text is shown exactly as it came."""
        return str(self.text) == self.raw

    def to_display(self, offset: int) -> int:
        """Where the picture of the raw character at ``offset`` starts; monotone, clamped."""
        offset = min(max(offset, 0), len(self.raw))
        if not self._widths:
            return offset
        at = bisect_right(self._raw_starts, offset) - 1
        return self._text_starts[at] + (offset - self._raw_starts[at]) * self._widths[at]

    def to_raw(self, offset: int) -> int:
        """The raw character whose picture holds display ``offset``; monotone, clamped."""
        offset = min(max(offset, 0), len(self.text))
        if not self._widths:
            return offset
        at = bisect_right(self._text_starts, offset) - 1
        return self._raw_starts[at] + (offset - self._text_starts[at]) // self._widths[at]

    def span_to_display(self, start: int, end: int) -> tuple[int, int]:
        """The display span of the raw span ``start`` to ``end``, both half-open."""
        return self.to_display(start), self.to_display(end)


def reveal(raw: str) -> Revealed:
    """The text made safe to show, its offsets and alarms. Pure, total on ``str``, linear time."""
    if _is_plain(raw):
        return Revealed(RawText(raw), Shown(raw))
    canvas = _Canvas(raw)
    alarms: list[Alarm] = []
    latest: dict[str, int] = {}
    for start, end, kind in hidden(raw):
        canvas.picture(start, end)
        if kind:
            _add(alarms, latest, Alarm(kind, start, end, ""), _NEAR)
    alarms = [_told(raw, alarm) for alarm in alarms]
    if not raw.isascii():
        for start, end, reason, reading in confusable_words(raw):
            _add(alarms, latest, Alarm("confusable", start, end, reason, _line(reading)), -1)
    return canvas.revealed(tuple(sorted(alarms, key=lambda alarm: (alarm.start, alarm.end))))


def _is_plain(raw: str) -> bool:
    """Whether every character may be shown as it is: the patterns that look closer are not even made."""
    return raw.isascii() and not raw.encode().translate(None, _PLAIN_ASCII)


def unreveal(text: str) -> str:
    """The raw text of a display text: ``unreveal(reveal(raw).text) == raw``. Pure, total."""
    parts: list[str] = []
    done = stop = 0
    for token in _TOKEN.finditer(text):
        if token.start() < done:
            continue
        parts.append(text[done : token.start()])
        done = token.end()
        if token.group() == _TAB_PICTURE:
            spaces = text[done : done + _room(text[stop : token.start()])]
            done += len(spaces) - len(spaces.lstrip(" "))
            stop = done
        parts.append(_meant(token))
    parts.append(text[done:])
    return "".join(parts)


class _Line(str):
    """A `Shown` line that is known as such while the program runs, so it is not revealed again."""

    __slots__ = ()


def reveal_line(raw: object, limit: int | None = None) -> Shown:
    """``str(raw)`` revealed on one line, for titles, cells and messages.

    LF is shown as U+240A. With ``limit`` the line has at most that many code points and, when it
    was cut, ends in an ellipsis; a cut never splits a picture, a base and its marks, or a joined
    emoji. A line that `reveal_line` or `message` made is not revealed again.
    """
    if limit is None:
        return _line(raw)
    text = unreveal(raw.replace(_LF_PICTURE, "\n")) if isinstance(raw, _Line) else str(raw)
    # A picture is never shorter than its character, so the rest of the text cannot be reached.
    revealed = reveal(text[: max(limit, 0) + _LOOK_AHEAD])
    line = revealed.text.replace("\n", _LF_PICTURE)
    if len(line) <= limit:
        return Shown(_Line(line))
    if limit < 1:
        return Shown(_Line())
    cut = revealed.to_display(revealed.to_raw(limit - 1))
    while cut and (_JOINS.match(line, cut) or NATURE[line[cut]] == "mark" or line[cut - 1] == ZWJ):
        cut -= 1
    return Shown(_Line(line[:cut] + "\u2026"))


def message(template: str, /, **values: object) -> Shown:
    """Our own words with values put in, each as one line: ``message("no case {id}", id=case_id)``.

    ``template`` is a literal with plain ``{name}`` fields; nothing inside a value is a field. Raises
    KeyError for a field without a value.
    """
    return Shown(_Line(_FIELD.sub(lambda found: _line(values[found[1]]), template)))


def _line(raw: object) -> Shown:
    if isinstance(raw, _Line):
        return Shown(raw)
    text = str(raw)
    if _is_plain(text):
        return Shown(_Line(text.replace("\n", _LF_PICTURE)))
    canvas = _Canvas(text)
    for start, end, _ in hidden(text):
        canvas.picture(start, end)
    return Shown(_Line(canvas.revealed(()).text.replace("\n", _LF_PICTURE)))


class _Canvas:
    """The display text of one raw text while it is put together from left to right."""

    def __init__(self, raw: str) -> None:
        self._raw = raw
        self._done = 0
        self._parts: list[str] = []
        self._length = 0
        self._raw_starts, self._text_starts, self._widths = _offsets(), _offsets(), _offsets()
        self._stop = 0

    def picture(self, start: int, end: int) -> None:
        """Shows the text up to ``start`` as it is, and from there to ``end`` by pictures."""
        if start > self._done:
            self._put(self._raw[self._done : start], start - self._done)
        for run in same_width().finditer(self._raw, start, end):
            if run.group().startswith("\t"):
                self._tabs(run.end() - run.start())
            else:
                self._put(run.group().translate(PICTURES), run.end() - run.start())

    def _tabs(self, count: int) -> None:
        self._put(_TAB_PICTURE + " " * _room("".join(self._parts[self._stop :])), 1)
        if count > 1:
            self._put((_TAB_PICTURE + " " * _room("")) * (count - 1), count - 1)
        self._stop = len(self._parts)

    def revealed(self, alarms: tuple[Alarm, ...]) -> Revealed:
        """The finished text; without a picture it is the raw text itself and needs no maps."""
        raw = RawText(self._raw)
        if not self._parts:
            return Revealed(raw, Shown(raw), alarms)
        if self._done < len(raw):
            self._put(raw[self._done :], len(raw) - self._done)
        maps = (self._raw_starts, self._text_starts, self._widths)
        return Revealed(raw, Shown("".join(self._parts)), alarms, *maps)

    def _put(self, shown: str, characters: int) -> None:
        width = len(shown) // characters
        if not self._widths or self._widths[-1] != width:
            self._raw_starts.append(self._done)
            self._text_starts.append(self._length)
            self._widths.append(width)
        self._parts.append(shown)
        self._done += characters
        self._length += len(shown)


def _room(shown: str) -> int:
    """The spaces that a tab's picture needs after ``shown``, the display since the last tab stop."""
    return _TAB - 1 - cells(shown[shown.rfind("\n") + 1 :]) % _TAB


def _meant(token: re.Match[str]) -> str:
    if token[1] is None:
        return UNPICTURED.get(token[0], token[0])
    code = int(token[1], 16)
    return chr(code) if code <= sys.maxunicode else token[0]


def _add(alarms: list[Alarm], latest: dict[str, int], new: Alarm, near: int) -> None:
    """Adds an alarm, or widens the latest of its kind to it when that is near or when there are too
    many.
    """
    at = latest.get(new.kind)
    if at is not None and (new.start - alarms[at].end <= near or len(alarms) >= MOST_ALARMS):
        old = alarms[at]
        alarms[at] = Alarm(old.kind, old.start, max(old.end, new.end), old.note, old.decoded)
    else:
        latest[new.kind] = len(alarms)
        alarms.append(new)


def _told(raw: str, alarm: Alarm) -> Alarm:
    first = raw[alarm.start]
    name = f"U+{ord(first):04X} {unicodedata.name(first, '')}".rstrip()
    decoded = _line(_spelled(alarm.kind, raw[alarm.start : alarm.end]))
    return Alarm(alarm.kind, alarm.start, alarm.end, f"{ALARM_KINDS[alarm.kind]} ({name})", decoded)


def _spelled(kind: str, hidden_text: str) -> str:
    """What TAG characters or the bytes in variation selectors say; "" when that is no readable
    text.
    """
    codes = [ord(character) for character in hidden_text if character > "\ufdff"]
    if kind == "tag":
        return "".join(chr(code - 0xE0000) for code in codes if 0xE0020 <= code <= 0xE007E)
    if kind != "variation":
        return ""
    data = bytes(
        code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16
        for code in codes
        if code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text if text.strip() and all(c.isprintable() or c in "\n\t" for c in text) else ""
