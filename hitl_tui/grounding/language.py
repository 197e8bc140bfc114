"""Tells by scripts and commonest words whether an output and its sources can be compared at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_SAMPLE = 1500
_SCRIPTS = {
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "indic": re.compile("[\u0900-\u0dff]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "han": re.compile("[\u3040-\u30ff\u3400-\u9fff]"),
    "hangul": re.compile("[\uac00-\ud7af]"),
}
_COMMON = {
    "en": "the of and to in is that for it with are was this be on not you have",
    "de": "der die und ist nicht das den mit ein eine zu von sich auf für dem werden sind",
    "fr": "le les et des est une du que pour dans qui sur pas au par vous sont avec",
    "es": "el los las y que es una por con para del se no su como más está son",
    "it": "il di che è per una non sono della con gli dei nel alla si più le come",
    "pt": "o os que é para uma não com dos da por mais em são ao na um se",
    "nl": "de het een en van is niet dat op te zijn voor met die worden ook aan bij",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _COMMON.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
_LETTERS = re.compile(r"[^\W\d_]+")


def scripts(texts: Sequence[str]) -> Counter[str]:
    """Count the letters of each script at the start of each of the first texts."""
    found: Counter[str] = Counter()
    sample = "".join(text[:_SAMPLE] for text in texts[:16])
    possible = {"latin": _SCRIPTS["latin"]} if sample.isascii() else _SCRIPTS
    for name, letters in possible.items():
        if count := len(letters.findall(sample)):
            found[name] = count
    return found


def language(texts: Sequence[str]) -> str:
    """Return the language by its commonest words ("en", "de", ...), or "" when that is not clear."""
    votes: Counter[str] = Counter()
    words = _LETTERS.findall(" ".join(text[:_SAMPLE] for text in texts[:16]).lower())
    for word, count in Counter(words).items():
        for name in _LANGUAGES_OF.get(word, ()):
            votes[name] += count
    first, second = ([*votes.most_common(2), ("", 0), ("", 0)])[:2]
    clear = first[1] >= 4 and first[1] >= 2 * second[1] and first[1] >= 0.12 * len(words)
    return first[0] if clear else ""


def share_script(output: Counter[str], sources: Counter[str]) -> bool:
    """Tell whether the output's main script makes up at least a twentieth of the sources' letters."""
    if not output or not sources:
        return True
    return sources[output.most_common(1)[0][0]] >= 0.05 * sources.total()
