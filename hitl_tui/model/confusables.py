"""Words that read as Latin but are not: letters of other scripts, and styled or full-width letters.

Nothing is substituted in the text; a finding is its place, a reason, and how the word reads. The
tables hold the closest look-alikes of Unicode's confusables.txt (UTS 39) for the scripts most used
to deceive. The rules stay silent where writers mix scripts honestly: TNF with an alpha, units, h
nu, full-width Japanese, maths.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from hitl_tui.model.characters import code_points

# Latin letter, and the letters that look like it: Greek, Cyrillic, Armenian, Cherokee, Lisu, Kelvin
# sign.
LOOKALIKES = """
A 0391 0410 13AA A4EE
B 0392 0412 13F4 A4D0
C 03F9 0421 13DF A4DA
D 13A0 A4D3
E 0395 0415 13AC A4F0
F A4DD
G 050C 13C0 A4D6
H 0397 041D 13BB A4E7
I 0399 0406 04C0 A4F2
J 037F 0408 13AB A4D9
K 039A 041A 13E6 A4D7
L 053C 13DE A4E1
M 039C 041C 13B7 A4DF
N 039D A4E0
O 039F 041E 0555 A4F3
P 03A1 0420 13E2 A4D1
Q 051A
R 13A1 13D2 A4E3
S 0405 054F 13DA 13D5 A4E2
T 03A4 0422 13A2 A4D4
U 054D A4F4
V 0474 13D9 A4E6
W 051C 13B3 13D4 A4EA
X 03A7 0425 A4EB
Y 03A5 0423 04AE 13A9 A4EC
Z 0396 13C3 A4DC
a 03B1 0430
c 03F2 0441
d 0501
e 0435
g 0581
h 04BB 0570
i 03B9 0456 13A5
j 03F3 0458 0575
k 03BA
l 04CF
n 03B7 0578
o 03BF 043E 0585
p 03C1 0440
q 051B 0566
s 0455
u 03C5 057D
v 03BD 0475
w 051D
x 03C7 0445
y 03B3 0443 13CD
"""
SKELETON = {
    chr(code): line.split()[0]
    for line in LOOKALIKES.strip().splitlines()
    for code in code_points(line[1:])
}

# The insides of character classes. Patterns are compiled where they are first used: most texts never
# need them.
_GREEK = "\u0370-\u03ff\u1f00-\u1fff"
_CYRILLIC = "\u0400-\u052f"
_SCRIPTS = {
    "Greek": _GREEK,
    "Cyrillic": _CYRILLIC,
    "others": "\u0531-\u0587\u13a0-\u13fd\ua4d0-\ua4f7",
}
_FOREIGN = "".join(_SCRIPTS.values())
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_MARKS = "\u0300-\u036f"
_ITALIC = "\u210e\U0001d434-\U0001d467"
_OTHER_STYLES = (
    "\u2102\u210a-\u210d\u210f-\u2113\u2115\u2119-\u211d\u2124\u212a-\u212d\u212f-\u2131"
    "\u2133-\u2134\U0001d400-\U0001d433\U0001d468-\U0001d6a5"
    "\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
)
_FULLWIDTH = "\uff21-\uff3a\uff41-\uff5a"
_STYLED = _OTHER_STYLES + _ITALIC + _FULLWIDTH
_DELIMITERS = "\u2024\u2044\u2215\u29f8"
_READ_AS = str.maketrans(_DELIMITERS, ".///")
_EAST_ASIAN = "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3"

# A product of variables is italic and short; a word of bold, circled or full-width letters is not
# maths. Beside Chinese, Japanese and Korean full-width letters are everyday.
_STYLED_WORD = f"[{_OTHER_STYLES}{_FULLWIDTH}]{{3}}|[{_STYLED}]{{5}}|[{_STYLED}][A-Za-z]{{2}}"
_STYLED_WORD_BESIDE_CJK = f"[{_OTHER_STYLES}]{{3}}|[{_OTHER_STYLES}{_ITALIC}]{{5}}"
# A Greek capital or omicron beside Latin is never notation; another small letter is, unless it
# stands where only a word would have it: "TNF" + alpha, "h" + nu and nu + "max" are terms.
_SMALL_GREEK = "[\u03ac-\u03ce]"
_GREEK_IN_WORD = (
    f"[\u0370-\u03ab\u03bf\u03f2-\u03ff]|[a-z]{_SMALL_GREEK}+[a-z]"
    f"|[a-z]{{4}}{_SMALL_GREEK}|{_SMALL_GREEK}[a-z]{{4}}"
)

_WHOLE_WORD = 4
"""A word of look-alikes alone is an alarm from this length on: many shorter ones are real words."""

_SURROUNDINGS = 80
"""Code points on each side that decide whether a word stands in Latin text."""

_TOKEN_SIDE = 64
"""Code points of a path or address that are looked at on each side of a delimiter."""


def _seen_as(first: int, last: int) -> dict[str, str]:
    """Latin letter to its look-alike in one script; of several, the lowest code point."""
    return {SKELETON[chr(c)]: chr(c) for c in range(last, first - 1, -1) if chr(c) in SKELETON}


_AS_CYRILLIC = _seen_as(0x400, 0x52F)
_AS_GREEK = _seen_as(0x370, 0x3FF)

Finding = tuple[int, int, str, str]
"""``(start, end, reason, reading)``: our own words in ASCII, and what the word seems to be."""


def confusable_words(raw: str) -> Iterator[Finding]:
    """Each deceiving word of ``raw`` in order, then each deceiving delimiter. Linear time."""
    if not re.search(f"[{_FOREIGN}{_STYLED}{_DELIMITERS}]", raw):
        return
    stretches = re.compile(f"[{_FOREIGN}{_STYLED}][{_FOREIGN}{_STYLED}]*+")
    letters = re.compile(f"[{_LATIN}{_FOREIGN}{_STYLED}{_MARKS}]")
    genuine = re.compile(f"[{_genuine_letters()}]")
    beside_cjk = bool(re.search(f"[{_STYLED}]", raw) and re.search(f"[{_EAST_ASIAN}]", raw))
    decided = 0
    for stretch in stretches.finditer(raw):
        start, end = stretch.span()
        if start < decided:
            continue
        while start > decided and letters.match(raw, start - 1):
            start -= 1
        while end < len(raw) and letters.match(raw, end):
            end += 1
        decided = end
        if (start, end) == stretch.span() and genuine.search(raw, start, end):
            continue
        finding = _judge(raw, start, end, beside_cjk)
        if finding:
            yield start, end, *finding
    yield from _delimiters(raw)


@cache
def _genuine_letters() -> str:
    """The letters of the other scripts that look like no Latin letter, with their marks off."""
    spans = re.findall("(.)-(.)", _FOREIGN)
    letters = (chr(c) for first, last in spans for c in range(ord(first), ord(last) + 1))
    return "".join(c for c in letters if unicodedata.normalize("NFD", c)[0] not in SKELETON)


def _judge(raw: str, start: int, end: int, beside_cjk: bool) -> tuple[str, str] | None:
    if re.compile(f"[{_STYLED}]").search(raw, start, end):
        pattern = re.compile(_STYLED_WORD_BESIDE_CJK if beside_cjk else _STYLED_WORD)
        if not pattern.search(raw, start, end):
            return None
        return "styled or full-width letters", "".join(map(_unstyled, raw[start:end]))
    word = unicodedata.normalize("NFD", raw[start:end])
    foreign = re.findall(f"[{_FOREIGN}]", word)
    latin = set(re.findall(f"[{_LATIN}]", word))
    if latin:
        return _judge_mixed(word, foreign, latin)
    long_enough = len(foreign) >= _WHOLE_WORD and all(letter in SKELETON for letter in foreign)
    if long_enough and _in_latin_text(raw, start, end):
        return "a word of another script that reads as Latin", _reading(word, SKELETON)
    return None


def _judge_mixed(word: str, foreign: list[str], latin: set[str]) -> tuple[str, str] | None:
    scripts = {name for name, inside in _SCRIPTS.items() if re.search(f"[{inside}]", word)}
    if all(letter in SKELETON for letter in foreign):
        if scripts == {"Greek"} and not re.search(_GREEK_IN_WORD, word):
            return None
        return "letters of another script in a Latin word", _reading(word, SKELETON)
    # Caucasian languages are typed with a Latin I for the palochka.
    if scripts == {"Cyrillic"} and len(foreign) >= 3 and latin <= _AS_CYRILLIC.keys() - {"I"}:
        return "Latin letters in a Cyrillic word", _reading(word, _AS_CYRILLIC)
    greek_word = scripts == {"Greek"} and len(re.findall(_SMALL_GREEK, word)) >= 3
    if greek_word and latin <= _AS_GREEK.keys():
        return "Latin letters in a Greek word", _reading(word, _AS_GREEK)
    return None


def _in_latin_text(raw: str, start: int, end: int) -> bool:
    around = raw[max(0, start - _SURROUNDINGS) : start] + raw[end : end + _SURROUNDINGS]
    around = unicodedata.normalize("NFD", around)
    foreign = re.findall(f"[{_FOREIGN}]", around)
    genuine = any(letter not in SKELETON for letter in foreign)
    return not genuine and len(re.findall(f"[{_LATIN}]", around)) > max(2, len(foreign))


def _unstyled(letter: str) -> str:
    folded = unicodedata.normalize("NFKC", letter)
    # NFKC leaves the negative circled and squared letters alone.
    for first in (0x1F150, 0x1F170):
        if first <= ord(letter) < first + 26:
            folded = chr(ord("A") + ord(letter) - first)
    return SKELETON.get(folded, folded)


def _reading(word: str, letters: dict[str, str]) -> str:
    return unicodedata.normalize("NFC", "".join(letters.get(letter, letter) for letter in word))


def _delimiters(raw: str) -> Iterator[Finding]:
    """Dot leaders and odd slashes that pass for the dots and slashes of a path or an address."""
    for found in re.finditer(f"[{_DELIMITERS}][{_DELIMITERS}]*+", raw):
        start, end = found.span()
        left = _last_word(raw[max(0, start - _TOKEN_SIDE) : start])
        right = _last_word(raw[end : end + _TOKEN_SIDE][::-1])[::-1]
        if _deceives(left, found.group(), right):
            reading = (left + found.group() + right).translate(_READ_AS)
            yield start, end, "a sign that reads as a dot or a slash", reading


def _last_word(text: str) -> str:
    """What follows the last white space of ``text``."""
    return re.split(r"\s", text)[-1]


def _deceives(left: str, signs: str, right: str) -> bool:
    ascii_letters = any(c.isascii() and c.isalpha() for c in left + right)
    if not ascii_letters or (left[-1:].isdigit() and right[:1].isdigit()):
        return False
    if "\u2024" in signs:
        sides = (left[-1:], right[:1])
        return len(signs) < 3 and any(c.isascii() and (c.isalpha() or c == "/") for c in sides)
    return len(signs) > 1 or any(c in "./:@" or c in signs for c in left + right)
