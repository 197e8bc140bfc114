"""Which characters of a text are hidden where they stand, by rules that look at the neighbours.

An emoji's joiner is part of the emoji, the same joiner between Latin letters is hidden text. Every
rule takes the text and the place of a character of its nature, and says how far it decides and what
it decided. Sources: Unicode 14 chapters 3.13 (Hangul), 23 (special areas and format characters),
UTS 51 (emoji).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from hitl_tui.model.characters import (
    EMOJI,
    NATURE,
    ZWJ,
    ZWNJ,
    character_class,
    code_points,
    script,
    suspects,
)

Ruling = tuple[int, str | None]
"""Where the decided stretch ends, and an alarm kind, "" for escaped without an alarm, None for
shown.
"""

SHOWN = None
QUIET = ""

_HEH = "\u0647\u06be\u06c1"  # abbreviations end in heh and a joiner that keeps its medial form
_SUBDIVISION_FLAG = re.compile(
    "\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)"
    "\U000e007f"
)
_LEAD = "\u1100-\u115e\ua960-\ua97c"
_VOWEL = "\u1161-\u11a7\ud7b0-\ud7c6"
_TAIL = "\u11a8-\u11ff\ud7cb-\ud7fb"
_SYLLABLE = re.compile(
    f"[{_LEAD}\u115f][{_VOWEL}][{_TAIL}]?|[{_LEAD}]\u1160[{_TAIL}]?|\u115f\u1160[{_TAIL}]"
)
_IDEOGRAPHS = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U000323af"))


def hidden(raw: str) -> Iterator[tuple[int, int, str]]:
    """The stretches ``(start, end, kind)`` of ``raw`` that must be shown as pictures, in order,
    apart.

    Kind "" is escaped without an alarm. The time is linear in the length of the text.
    """
    at = escaped_to = 0
    while suspect := suspects().search(raw, at):
        at = suspect.start()
        while at < len(raw) and (nature := NATURE[raw[at]]):
            end, kind = RULES.get(nature, _always)(raw, at, escaped_to)
            if kind is not None:
                yield at, end, kind
                escaped_to = end
            at = end
        at = max(at, suspect.end())


def _run_end(raw: str, at: int, nature: str) -> int:
    end = at + 1
    while end < len(raw) and NATURE[raw[end]] == nature:
        end += 1
    return end


def _always(raw: str, at: int, escaped_to: int) -> Ruling:
    nature = NATURE[raw[at]]
    return _run_end(raw, at, nature), QUIET if nature == "quiet" else nature


def _tab(raw: str, at: int, escaped_to: int) -> Ruling:
    return _run_end(raw, at, "tab"), QUIET


def _return(raw: str, at: int, escaped_to: int) -> Ruling:
    """A carriage return is half of a line break before LF, and elsewhere overwrites the line."""
    return at + 1, QUIET if raw.startswith("\n", at + 1) else "control"


@cache
def _emoji_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = [code for code in code_points(EMOJI) if unicodedata.category(chr(code)) != "Cn"]
    element = f"[{character_class(known)}][\U0001f3fb-\U0001f3ff]?[\ufe0e\ufe0f]?"
    return re.compile(element), re.compile(f"{element}(?:{ZWJ}{element}){{1,3}}+(?!{ZWJ})")


def _emoji_end(raw: str, at: int) -> int:
    """The end of the emoji that the selector or joiner at ``at`` is part of, else ``at``.

    Up to 3 joins, as in the longest recommended sequences; a longer chain is no emoji.
    """
    start = at - 1
    if start > 0 and "\U0001f3fb" <= raw[start] <= "\U0001f3ff":
        start -= 1
    if start < 0:
        return at
    element, chain = _emoji_patterns()
    found = None if raw.startswith(ZWJ, start - 1) and start else chain.match(raw, start)
    found = found or element.match(raw, start)
    return max(at, found.end()) if found else at


def _joiner(raw: str, at: int, escaped_to: int) -> Ruling:
    """ZWJ and ZWNJ belong in emoji, and between the letters of the scripts that write with them."""
    end = _emoji_end(raw, at)
    if end > at:
        return end, SHOWN
    before, after = raw[at - 1 : at], raw[at + 1 : at + 2]
    if not before or escaped_to == at or before.isspace() or NATURE[before] not in ("", "mark"):
        return at + 1, "zero_width"
    needs_before, needs_after = ("j" in script(side)[3] for side in (before, after))
    ends_well = not after or after.isspace() or NATURE[after] in ("", "mark")
    if needs_after and NATURE[after] in ("", "mark") and (needs_before or raw[at] == ZWNJ):
        return at + 1, SHOWN
    if needs_before and ends_well and unicodedata.combining(before) == 9:
        return at + 1, SHOWN
    if raw[at] == ZWJ and before in _HEH and ends_well:
        return at + 1, SHOWN
    return at + 1, "zero_width"


def _word_space(raw: str, at: int, escaped_to: int) -> Ruling:
    """ZERO WIDTH SPACE parts the words of scripts that write no space: escaped, but no alarm."""
    parts_words = any("s" in script(side)[3] for side in (raw[at - 1 : at], raw[at + 1 : at + 2]))
    if parts_words and not raw.startswith("\u200b", at + 1):
        return at + 1, QUIET
    return _run_end(raw, at, "word_space"), "zero_width"


def _selector(raw: str, at: int, escaped_to: int) -> Ruling:
    """Variation selectors belong after emoji; one after an ideograph is a registered glyph, shown
    quietly.

    The ideographic ones stop at VS48: beyond that no collection is registered, and ASCII would
    begin.
    """
    end = _emoji_end(raw, at)
    if end > at:
        return end, SHOWN
    before = raw[at - 1 : at]
    if (
        raw[at] == "\ufe0f"
        and before
        and before in "0123456789#*"
        and raw.startswith("\u20e3", at + 1)
    ):
        return at + 2, SHOWN
    end = _run_end(raw, at, "selector")
    registered = "\ufe00" <= raw[at] <= "\ufe02" or "\U000e0100" <= raw[at] <= "\U000e011f"
    ideograph = any(first <= before <= last for first, last in _IDEOGRAPHS)
    if end == at + 1 and registered and ideograph:
        return end, QUIET
    return end, "variation"


def _tag(raw: str, at: int, escaped_to: int) -> Ruling:
    """TAG characters spell the flags of England, Scotland and Wales; anything else they spell is
    hidden.
    """
    if raw[at - 1 : at] == "\U0001f3f4" and (flag := _SUBDIVISION_FLAG.match(raw, at)):
        return flag.end(), SHOWN
    return _run_end(raw, at, "tag"), "tag"


def _mongolian(raw: str, at: int, escaped_to: int) -> Ruling:
    """Mongolian selectors and the vowel separator choose a letter's form, one after a Mongolian
    letter.
    """
    if (
        "\u1820" <= raw[at - 1 : at] <= "\u18aa"
        and NATURE[raw[at + 1 : at + 2] or " "] != "mongolian"
    ):
        return at + 1, QUIET
    return at + 1, "zero_width" if raw[at] == "\u180e" else "variation"


def _mark(raw: str, at: int, escaped_to: int) -> Ruling:
    """Combining marks need a base, and a base bears as many as its script ever puts on it."""
    end = _run_end(raw, at, "mark")
    if at in (0, escaped_to) or raw[at - 1] in "\n \u3000":
        stray_vowel = end == at + 1 and script(raw[at])[3]
        return end, QUIET if stray_vowel else "combining"
    base, borne = at - 1, 0
    while base > max(0, at - 16) and NATURE[raw[base]] in ("mark", "joiner", "selector"):
        borne += NATURE[raw[base]] == "mark"
        base -= 1
    room = script(raw[base])[2] - borne
    return (min(end, at + room), SHOWN) if room > 0 else (end, "combining")


def _jamo(raw: str, at: int, escaped_to: int) -> Ruling:
    """Conjoining jamo are shown in syllables of at most one lead, vowel and tail; a lone one is
    quiet.
    """
    if syllable := _SYLLABLE.match(raw, at):
        return syllable.end(), SHOWN
    before = raw[at - 1 : at]
    open_syllable = "\uac00" <= before <= "\ud7a3" and (ord(before) - 0xAC00) % 28 == 0
    if open_syllable and re.match(f"[{_TAIL}]", raw[at]):
        return at + 1, SHOWN
    if raw[at] in "\u115f\u1160":
        return at + 1, "filler"
    beside_loose = escaped_to == at and before and NATURE[before] == "jamo"
    follows_loose = NATURE[raw[at + 1 : at + 2] or " "] == "jamo" and not _SYLLABLE.match(
        raw, at + 1
    )
    return at + 1, "combining" if beside_loose or follows_loose else QUIET


def _regional(raw: str, at: int, escaped_to: int) -> Ruling:
    """Regional indicators make flags in pairs; an odd last one is shown by its number."""
    pairs = (_run_end(raw, at, "regional") - at) // 2
    return (at + 2 * pairs, SHOWN) if pairs else (at + 1, QUIET)


def _braille_blank(raw: str, at: int, escaped_to: int) -> Ruling:
    """The empty braille cell is a word space beside other cells, an invisible filler elsewhere."""
    end = _run_end(raw, at, "braille_blank")
    beside = any("\u2801" <= side <= "\u28ff" for side in (raw[at - 1 : at], raw[end : end + 1]))
    return end, QUIET if beside else "filler"


def _blank(raw: str, at: int, escaped_to: int) -> Ruling:
    """Odd spaces are typography; only one rarer than NO-BREAK SPACE right between letters is an
    alarm.
    """
    end = _run_end(raw, at, "blank")
    between = all(
        side.isalpha() and side < "\u0530" for side in (raw[at - 1 : at], raw[end : end + 1])
    )
    rare = bool(raw[at:end].strip("\u00a0\u202f"))
    return end, "separator" if between and rare else QUIET


RULES: dict[str, Callable[[str, int, int], Ruling]] = {
    "tab": _tab,
    "return": _return,
    "joiner": _joiner,
    "word_space": _word_space,
    "selector": _selector,
    "tag": _tag,
    "mongolian": _mongolian,
    "mark": _mark,
    "jamo": _jamo,
    "regional": _regional,
    "braille_blank": _braille_blank,
    "blank": _blank,
}
"""Nature to rule ``(raw, at, end of the last escape)``; a nature without a rule is always escaped.
"""
