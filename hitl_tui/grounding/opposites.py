"""Words that deny each other: opened and unopened, included and excluded."""

from __future__ import annotations

from functools import lru_cache

_NEGATING = ("un", "non", "in", "im", "dis")
_SHORTEST = 4
_PAIRS = (
    "includ exclud", "allow prohibit", "allow forbid", "allow forbidden", "allow ban", "allow disallow",
    "permitt prohibit", "permitt forbidden", "accept reject", "accept refus", "accept declin",
    "increas decreas", "increas reduc", "alway never", "approv reject", "approv deni", "enabl disabl",
    "requir optional", "mandatori optional", "maximum minimum", "true fals", "open close",
)  # fmt: skip
_TABLE: dict[str, set[str]] = {}
for _one, _other in (pair.split() for pair in _PAIRS):
    _TABLE.setdefault(_one, set()).add(_other)
    _TABLE.setdefault(_other, set()).add(_one)


@lru_cache(maxsize=8192)
def opposites(word: str) -> frozenset[str]:
    """The keys that say the opposite of a key: from the table, and with or without a negating prefix."""
    found = set(_TABLE.get(word, ()))
    if len(word) >= _SHORTEST:
        found.update(prefix + word for prefix in _NEGATING)
    for prefix in _NEGATING:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST:
            found.add(word[len(prefix) :])
    return frozenset(found)
