"""Which characters may reach a terminal as they are, and the picture of every other one.

Natures are read from the tables below, then from the Unicode general category of the running
Python, so that a newer Python shows newer letters plainly without a change here. The tables follow
Unicode 14 and hold code points in hexadecimal: a file about hidden characters should hold none.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cache

from hitl_tui.model.scanned import MARKS, STOPS

ZWNJ = "\u200c"
ZWJ = "\u200d"

# What a character is, before its neighbours are asked. "quiet" is escaped without an alarm. Names
# that are also alarm kinds are always escaped; the others have a rule of their own in
# `sequences.RULES`.
NATURES = {
    "tab": "0009",
    "return": "000D",
    "bidi": "061C 200E-200F 202A-202E 2066-2069",
    "zero_width": "00AD 034F 17B4-17B5 2060-2064 FEFF",
    "word_space": "200B",
    "joiner": "200C-200D",
    "mongolian": "180B-180F",
    "tag": "E0001 E0020-E007F",
    "selector": "FE00-FE0F E0100-E01EF",
    "filler": "3164 FFA0 16FE4 1D159",
    "braille_blank": "2800",
    "jamo": "1100-11FF A960-A97C D7B0-D7C6 D7CB-D7FB",
    "blank": "00A0 1680 2000-200A 202F 205F",
    "separator": "2028-2029",
    "regional": "1F1E6-1F1FF",
    "format": "FFFC",
    # The marks of our own notation, and the format characters that are visible signs in their
    # script.
    "quiet": "2039-203A 2400-2426 0600-0605 06DD 070F 0890-0891 08E2 110BD 110CD",
}
CATEGORIES = {
    "Cc": "control",
    "Cf": "format",
    "Cs": "surrogate",
    "Co": "private",
    "Cn": "unassigned",
    "Zl": "separator",
    "Zp": "separator",
    "Zs": "blank",
    "Mn": "mark",
    "Mc": "mark",
    "Me": "mark",
}
# Reserved for emoji: a code point of these that this Python does not know yet is news, not an
# attack.
EMOJI_TO_COME = ((0x1F000, 0x1FAFF), (0x1FC00, 0x1FFFD))

# Emoji=Yes of emoji-data.txt without digits, skin tones and regional indicators; 1FA70-1FAFF is
# filtered by what is assigned, for emoji are still being added there.
EMOJI = (
    "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 23CF 23E9-23F3 23F8-23FA 24C2"
    " 25AA-25AB 25B6 25C0 25FB-25FE 2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626"
    " 262A 262E-262F 2638-263A 2640 2642 2648-2653 265F-2660 2663 2665-2666 2668 267B 267E-267F"
    " 2692-2697 2699 269B-269C 26A0-26A1 26A7 26AA-26AB 26B0-26B1 26BD-26BE 26C4-26C5 26C8"
    " 26CE-26CF 26D1 26D3-26D4 26E9-26EA 26F0-26F5 26F7-26FA 26FD 2702 2705 2708-270D 270F 2712"
    " 2714 2716 271D 2721 2728 2733-2734 2744 2747 274C 274E 2753-2755 2757 2763-2764 2795-2797"
    " 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55 3030 303D 3297 3299 1F004 1F0CF"
    " 1F170-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F201-1F202 1F21A 1F22F 1F232-1F23A 1F250-1F251"
    " 1F300-1F321 1F324-1F393 1F396-1F397 1F399-1F39B 1F39E-1F3F0 1F3F3-1F3F5 1F3F7-1F3FA"
    " 1F400-1F4FD 1F4FF-1F53D 1F549-1F54E 1F550-1F567 1F56F-1F570 1F573-1F57A 1F587 1F58A-1F58D"
    " 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2 1F5BC 1F5C2-1F5C4 1F5D1-1F5D3 1F5DC-1F5DE"
    " 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2 1F6D5-1F6D7 1F6DD-1F6E5"
    " 1F6E9 1F6EB-1F6EC 1F6F0 1F6F3-1F6FC 1F7E0-1F7EB 1F7F0 1F90C-1F93A 1F93C-1F945 1F947-1F9FF"
    " 1FA70-1FAFF"
)

# Scripts whose letters carry more than two marks in ordinary writing, or take joiners or unseen
# word spaces: first and last code point, the most marks on one base, and the letters of what the
# script needs (j: ZWJ and ZWNJ, s: zero width space between words).
SCRIPTS = (
    (0x0370, 0x03FF, 3, ""),  # Greek, decomposed polytonic
    (0x0591, 0x05FF, 5, ""),  # Hebrew, points and accents
    (0x0600, 0x08FF, 4, "j"),  # Arabic, Syriac, Thaana, N'Ko, Mandaic
    (0x0900, 0x0DFF, 4, "j"),  # the Brahmic scripts of India and Sri Lanka
    (0x0E00, 0x0EFF, 3, "s"),  # Thai, Lao
    (0x0F00, 0x0FFF, 8, "js"),  # Tibetan stacks
    (0x1000, 0x109F, 8, "js"),  # Myanmar
    (0x1780, 0x17FF, 6, "js"),  # Khmer
    (0x1800, 0x18AF, 2, "j"),  # Mongolian
    (0x1900, 0x1C4F, 6, "js"),  # Tai Tham, Balinese, Sundanese, Batak, Lepcha and neighbours
    (0x1F00, 0x1FFF, 3, ""),  # Greek extended
    (0xA840, 0xABFF, 6, "js"),  # Phags-pa, Javanese, Cham, Myanmar extended, Meetei Mayek
    (0xFB1D, 0xFB4F, 5, ""),  # Hebrew presentation forms
    (0xFB50, 0xFDFF, 4, "j"),  # Arabic presentation forms
    (0xFE70, 0xFEFE, 4, "j"),
    (0x10A00, 0x10FFF, 4, "j"),  # Kharoshthi, Manichaean, Hanifi Rohingya, Sogdian
    (0x11000, 0x11FFF, 6, "j"),  # Brahmi and its descendants
    (0x1E900, 0x1E95F, 4, "j"),  # Adlam
)
_SCRIPT_STARTS = [row[0] for row in SCRIPTS]
_NO_SCRIPT = (0, 0, 2, "")

# The scan stops at everything outside the first plane but emoji and CJK blocks that are wholly
# assigned.
_ASTRAL = (
    r"\U00010000-\U0001f2ff\U0001f650-\U0001f67f\U0001f6c6-\U0001f8ff"
    r"\U0001fa00-\U0001ffff\U0002a6e0-\U0010ffff"
)


def code_points(ranges: str) -> list[int]:
    """The code points of space-separated hexadecimal ranges such as ``"200B 2060-2064"``, as
    written.
    """
    found: list[int] = []
    for item in ranges.split():
        first, _, last = item.partition("-")
        found.extend(range(int(first, 16), int(last or first, 16) + 1))
    return found


def character_class(codes: list[int]) -> str:
    """The inside of a regular expression class for the code points ``codes``."""
    return "".join(rf"\U{code:08X}" for code in codes)


def class_of_ranges(ranges: str) -> str:
    """The inside of a regular expression class for ranges written like those of `code_points`."""
    ends = (item.partition("-") for item in ranges.split())
    return "".join(rf"\u{first}-\u{last or first}" for first, _, last in ends)


_TABLED = {chr(code): name for name, codes in NATURES.items() for code in code_points(codes)}


class _Natures(dict[str, str]):
    def __missing__(self, character: str) -> str:
        nature = self[character] = _TABLED.get(character) or _by_category(character)
        return nature


def _by_category(character: str) -> str:
    if character in "\n \u3000":
        return ""
    nature = CATEGORIES.get(unicodedata.category(character), "")
    if nature == "unassigned" and any(a <= ord(character) <= b for a, b in EMOJI_TO_COME):
        return "quiet"
    return nature


NATURE = _Natures()
"""What each character is: a name of NATURES or of CATEGORIES, "" for one that is shown as it is."""


def script(character: str) -> tuple[int, int, int, str]:
    """The row of SCRIPTS that holds the character, or one of two marks and no needs; "" is in no
    script.
    """
    if not character:
        return _NO_SCRIPT
    row = SCRIPTS[bisect_right(_SCRIPT_STARTS, ord(character)) - 1]
    return row if row[0] <= ord(character) <= row[1] else _NO_SCRIPT


@cache
def suspects() -> re.Pattern[str]:
    """A pattern that finds the next character of a text that may have to be escaped.

    Plain letters cost one class look-up each; one or two marks on a base never match.
    """
    h, m = class_of_ranges(STOPS) + _ASTRAL, class_of_ranges(MARKS)
    orphan = r"(?<=[ \n\u3000].)|(?<=\A.)"
    return re.compile(f"[{h}{m}](?:(?<![{m}])|[{m}]{{2}}|{orphan})", re.DOTALL)


_PICTURED = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code != 0x0A},
    0x7F: "\u2421",
    0x202F: "\u2422",
    0xA0: "\u2423",
}
UNPICTURED = {picture: chr(code) for code, picture in _PICTURED.items()}


class _Pictures(dict[int, str]):
    def __missing__(self, code: int) -> str:
        picture = self[code] = _PICTURED.get(code) or f"\u2039U+{code:04X}\u203a"
        return picture


PICTURES = _Pictures()
"""Code point to picture, for ``str.translate``: U+2400 block for C0 and DEL, ``‹U+202E›`` for the
rest.

NO-BREAK SPACE and its narrow sister are everyday in French and in numbers: they get one-cell
pictures too (U+2423 OPEN BOX and U+2422 BLANK SYMBOL), so that such a text stays readable.
"""


@cache
def same_width() -> re.Pattern[str]:
    """A pattern that splits escaped characters into tabs, and runs whose pictures have one length."""
    return re.compile(
        "\t+|[\x00-\x08\x0b-\x1f\x7f\xa0\u202f]+|[\x80-\x9f\xa1-\u202e\u2030-\uffff]+"
        "|[\U00010000-\U000fffff]+|[\U00100000-\U0010ffff]+"
    )


class _Cells(dict[str, int]):
    def __missing__(self, character: str) -> int:
        if unicodedata.category(character) in ("Mn", "Me", "Cf"):
            cells = 0
        else:
            cells = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        self[character] = cells
        return cells


_CELLS = _Cells()


def cells(shown: str) -> int:
    """Display cells of one line: Wide and Fullwidth count 2, combining and joining characters 0,
    others 1.
    """
    return len(shown) if shown.isascii() else sum(map(_CELLS.__getitem__, shown))
