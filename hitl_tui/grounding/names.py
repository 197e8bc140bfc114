"""Finds the names of an output that stand nowhere in its sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from hitl_tui.grounding.index import Index
from hitl_tui.grounding.normalise import FRAME_WORDS, is_stop, keys, prefix
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.types import Flag, Span

_NAME = re.compile(r"(?<!\w)[A-Z][\w’'-]*(?:\s(?:(?:of|de|la|van|von|the|&)\s)?[A-Z][\w’'-]*)*")
_REPEATED = 2


def name_flags(output: str, clauses: Sequence[Span], index: Index) -> list[Flag]:
    """Flag names of which no word is in the sources or the question: of several words, or said repeatedly.

    Headings and the first words of sentences, whose capitals mean nothing, are not names. A name is
    flagged once in each clause at most.
    """
    found = list(_names(output, clauses, index))
    times = Counter(output[start:end] for _, (start, end) in found)
    return [
        Flag(start, end, "name", "name not in the sources", number, None)
        for number, (start, end) in found
        if len(output[start:end].split()) > 1 or times[output[start:end]] >= _REPEATED
    ]


def _names(output: str, clauses: Sequence[Span], index: Index) -> Iterator[tuple[int, Span]]:
    for number, (clause_start, clause_end) in enumerate(clauses):
        if _is_heading(output[clause_start:clause_end]):
            continue
        for match in _NAME.finditer(output, clause_start, clause_end):
            start, end = match.span()
            if _starts_sentence(output, start):
                first = WORD.match(output, start)
                start = _next_capital(output, first.end() if first else end, end)
            if start < end and not _known(output[start:end], output, index):
                yield number, (start, end)
                break


def _next_capital(text: str, start: int, end: int) -> int:
    while start < end and not text[start].isupper():
        start += 1
    return start


def _starts_sentence(output: str, start: int) -> bool:
    before = output[max(0, start - 6) : start].rstrip(" *_\"'“‘(")
    return not before or not (before[-1].isalnum() or before[-1] in ",;-–—&/")


def _is_heading(text: str) -> bool:
    words = [word for word in WORD.findall(text) if not is_stop(word)]
    capitals = sum(word[0].isupper() or word[0].isdigit() for word in words)
    return text.rstrip("* _").endswith(":") or capitals > 0.6 * len(words)


def _known(name: str, output: str, index: Index) -> bool:
    """Tell whether the sources or the question hold any word of the name, or its initials.

    An abbreviation that the output explains, "mean time (MT)", counts as known too.
    """
    words = [
        word for word in WORD.findall(name) if not is_stop(word) and word.lower() not in FRAME_WORDS
    ]
    initials = "".join(word[0] for word in words).lower()
    if len(words) == 1 and words[0][:-1].isupper() and f"({words[0]}" in output:
        return True
    return not words or any(
        key in index.counts or key in index.question_keys or prefix(key) in index.families
        for key in [*keys(words), initials]
    )
