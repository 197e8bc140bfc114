"""The values of numbers as people write them: "1,200", "2.5", "1 1/2", "3½", "two hundred and five"."""

from __future__ import annotations

import re

from hitl_tui.grounding.normalise import NUMBER_WORDS, SCALE_WORDS

_PARTS = dict(
    zip("½¼¾⅓⅔⅛⅜⅝⅞", (1 / 2, 1 / 4, 3 / 4, 1 / 3, 2 / 3, 1 / 8, 3 / 8, 5 / 8, 7 / 8), strict=True)
)


def written_value(match: re.Match[str]) -> float:
    """The value of a number as written: "1,200", "2.5", "1 1/2", "3½", "2 and a half"."""
    if match["n"]:
        part = {"half": 0.5, "quarter": 0.25}.get((match["half"] or "").lower(), 0.0)
        return float(match["n"].replace(",", "")) + part
    whole = float(match["fw"] or 0)
    if match["fc"]:
        return whole + _PARTS[match["fc"]]
    return whole + float(match["fn"]) / (float(match["fd"]) or 1.0)


def spelt_value(words: str) -> float:
    """The value of a number in words, "two hundred and five"."""
    total, part = 0.0, 0.0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in NUMBER_WORDS:
            part += NUMBER_WORDS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in SCALE_WORDS:
            total += (part or 1) * SCALE_WORDS[word]
            part = 0.0
    return total + part
