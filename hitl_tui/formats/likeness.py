"""What two cases share that must not be split between training and test: a conversation, a source, a wording.

Alike in wording is decided by rapidfuzz; which texts are compared at all, by bottom-k sketches of
their word pairs (Broder 1997): texts that share one of the eight least hashes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import nsmallest
from itertools import pairwise
from typing import Any
from zlib import crc32

from hitl_tui.model.case import Case

SKETCH = 8
LONGEST = 3000
"""Characters of a text that are compared."""
LONG = 80
"""Characters from which on fewer equal ones are enough, and other numbers are no difference."""
ALIKE, ALIKE_SHORT, ALIKE_BUT_NUMBERS, ALIKE_SORTED = 85.0, 90.0, 97.0, 95.0
"""Percent of equal characters (normalised Indel similarity) from which on texts are alike; the last one
of their words in alphabetical order."""
_REORDERED, _SHORTEST_SHARE = 50.0, 0.7
"""Below these a pair is not looked at any closer: percent as above, and the lengths' ratio."""
_SHORTEST_OUTPUT = 60
_SHORTEST_QUESTION = 20
_LONGEST_WORD = 12
_CONVERSATION = (
    "conversation_id",
    "conversation",
    "session_id",
    "session",
    "thread_id",
    "thread",
    "chat_id",
    "dialogue_id",
    "gen_ai.conversation.id",
    "session.id",
)
"""Names under which producers keep the id of a conversation in `metadata` or `attributes`."""
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_RANK = re.compile(
    r"\W*(?:p|c|s|d|ctx|doc|docs|src|source|passage|chunk|context|document)?[\W_]*\d{1,3}\W*",
    re.IGNORECASE,
)
"""An id of a passage that says its place in one case, not which text it is."""


@dataclass(frozen=True, slots=True)
class View:
    """One text of a case as it is compared: only views of the same `kind` are. `keys` are its sketch."""

    kind: str
    text: str
    keys: tuple[int, ...]


def shared(case: Case) -> Iterator[int]:
    """Keys (64 bits, signed) of what the case belongs to: equal ones belong together."""
    for name in _CONVERSATION:
        for place in (case.metadata, case.attributes):
            value = place.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                yield key(f"conversation\0{value}")
    if len(case.input) > 1 or (case.input and not case.context):
        first = next((turn for turn in case.input if turn.role == "user"), case.input[0])
        opening = normalised(first.content)
        if len(opening) >= _SHORTEST_QUESTION:
            yield key(f"opening\0{opening}")
    for passage in case.context:
        yield key(f"passage\0{normalised(passage.text)}")
        if passage.uri:
            yield key(f"uri\0{passage.uri.partition('#')[0]}")
        if passage.id and not _RANK.fullmatch(passage.id):
            yield key(f"source\0{passage.id}")


def views(case: Case) -> Iterator[View]:
    """The texts of a case that another case's may be alike to."""
    question = normalised(" ".join(turn.content for turn in case.input))
    outputs = [normalised(text) for text in _outputs(case)]
    yield _view("case", f"{question} {' '.join(outputs)}".strip())
    if len(question) >= _SHORTEST_QUESTION and not case.context:
        yield _view("question", question)
    for output in outputs:
        if len(output) >= _SHORTEST_OUTPUT:
            yield _view("output", output)


def alike(one: str, other: str) -> bool:
    """Whether two normalised texts say the same but for a few words.

    In short texts another number makes another text: templates differ in nothing else.
    """
    if one == other:
        return True
    fuzz = _fuzz()
    shorter, longer = min(len(one), len(other)), max(len(one), len(other))
    if shorter < _SHORTEST_SHARE * longer:
        return False
    score = fuzz.ratio(one, other, score_cutoff=_REORDERED)
    if score < _REORDERED:
        return False
    if _numbers(one) != _numbers(other):
        return shorter >= 2 * LONG and score >= ALIKE_BUT_NUMBERS
    least = ALIKE if shorter >= LONG else ALIKE_SHORT
    return bool(score >= least or fuzz.token_sort_ratio(one, other) >= ALIKE_SORTED)


@cache
def _fuzz() -> Any:
    """The module, imported when two texts are compared: most exports compare none."""
    from rapidfuzz import fuzz  # noqa: PLC0415

    return fuzz


def normalised(text: str) -> str:
    """The words of a text in lower case, one space between them, at most LONGEST characters."""
    return " ".join(_WORD.findall(text[: 2 * LONGEST].casefold()))[:LONGEST]


def key(text: str) -> int:
    """64 signed bits of BLAKE2b."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _view(kind: str, text: str) -> View:
    return View(kind, text, tuple(f ^ crc32(kind.encode()) for f in _sketch(text)))


def _sketch(text: str) -> list[int]:
    words = text.split(" ")
    if len(text) > _LONGEST_WORD * len(words):
        # A script without spaces: its words are found by its characters.
        pairs = {text[at : at + 3] for at in range(max(1, len(text) - 2))}
    else:
        pairs = {f"{a} {b}" for a, b in pairwise(words)} or {text}
    if len(words) <= SKETCH:
        pairs.update(words)
    return nsmallest(SKETCH, {crc32(pair.encode()) for pair in pairs})


def _outputs(case: Case) -> Iterator[str]:
    for text in (case.output, case.critique, *(one.text for one in case.candidates)):
        if text:
            yield text
    if case.action is not None:
        yield f"{case.action.name} {_flat(case.action.arguments)}"
    if case.attack is not None:
        yield case.attack.goal


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " ".join(_flat(inner) for inner in value)
    return str(value)


# A text is compared with many others.
@lru_cache(maxsize=1024)
def _numbers(text: str) -> list[str]:
    return sorted(_NUMBER.findall(text))
