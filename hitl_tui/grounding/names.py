"""Finds the names of an output that its sources do not hold, or hold otherwise."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from hitl_tui.grounding.index import Index
from hitl_tui.grounding.normalise import FRAME_WORDS, MONTHS, WEEKDAYS, is_stop, key, keys, prefix
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.types import Evidence, Flag, Span

_TITLES = "Dr|Mr|Mrs|Ms|Prof|Rev|Sen|Rep|Gov|Gen|Capt|Lt|Sgt|Col|Hon"
_PART = rf"(?:(?:{_TITLES}|St|Mt|Ft|[A-Z])\.|[A-Z][\w’'-]*)"
NAME = re.compile(rf"(?<!\w){_PART}(?:\s(?:(?:of|de|la|van|von|the|&)\s)?{_PART})*")
_WORD_OF_NAME = re.compile(_PART)
_INITIAL = re.compile(r"[A-Z]\.?")
_TITLE = re.compile(rf"(?:{_TITLES})\b\.?")
_RANKS = frozenset(
    "president chef doctor professor senator governor judge justice sheriff officer coach captain king queen "
    "sir lady lord pope saint chairman director minister mayor coach uncle aunt".split()
)
"""Titles written out: an output may add them to a name."""
_IDLE = FRAME_WORDS | {"am", "pm", "fahrenheit", "celsius"}
_NO_NAMES = _RANKS | {*MONTHS, *WEEKDAYS}
_REPEATED = 2
_SHORTEST = 3
_MOST_HOLDERS = 24
_HEADING = 4


class _Word(NamedTuple):
    """One word of a name, ``output[start:end]``, and whether the sources or the question hold it."""

    start: int
    end: int
    text: str
    known: bool


def name_flags(output: str, clauses: Sequence[Span], index: Index) -> list[Flag]:
    """Flag names that the sources do not hold, and those of which they hold one word beside another name.

    Two unknown words in a row, one after a title, or one said repeatedly are not in the sources; "Port Angeles"
    differs from their "Port Callan". No names are headings, the first words of sentences, whose capitals
    mean nothing, and blanks to fill in, "[Your Name]". A name is flagged once in each clause at most.
    """
    found = list(_names(output, clauses, index))
    times = Counter(word.text for _, words in found for word in words if not word.known)
    flags: list[Flag] = []
    done: set[int] = set()
    for number, words in found:
        if number in done:
            continue
        flag = _unknown(number, words, times) or _otherwise(number, words, index)
        if flag is not None:
            flags.append(flag)
            done.add(number)
    return flags


def _unknown(number: int, words: Sequence[_Word], times: Counter[str]) -> Flag | None:
    """A name of which the sources hold nothing, or nothing of two words of it in a row."""
    for run in _unknown_runs(words):
        titled = run[0].start > words[0].start and _TITLE.fullmatch(
            words[words.index(run[0]) - 1].text
        )
        alone = len(run) == len(words) and times[run[0].text] >= _REPEATED
        if len(run) > 1 or titled or alone:
            return Flag(run[0].start, run[-1].end, "name", "name not in the sources", number, None)
    return None


def _unknown_runs(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    run: list[_Word] = []
    for word in words:
        if not word.known:
            run.append(word)
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _otherwise(number: int, words: Sequence[_Word], index: Index) -> Flag | None:
    """A name of two words of which the sources hold one, beside another word in place of the other."""
    for first, second in pairwise(words):
        if first.known and second.known and not _is_apart(first.text, second.text, index):
            continue
        for shared, new in ((first, second), (second, first)):
            if shared.known and _is_name(new.text) and not _says_nothing(shared.text):
                place = _rival(shared.text, index, after=shared is first)
                if place is not None:
                    return Flag(first.start, second.end, "name", "name differs", number, place)
    return None


def _is_name(word: str) -> bool:
    return len(word) >= _SHORTEST and word.lower() not in _NO_NAMES and not is_stop(word)


def _says_nothing(word: str) -> bool:
    return is_stop(word) or _INITIAL.fullmatch(word) is not None


def _is_apart(one: str, other: str, index: Index) -> bool:
    """Tell whether no sentence of the sources, nor the question, has both words of a name."""
    first, second = (frozenset(keys(WORD.findall(word))) for word in (one, other))
    if not (first | second).isdisjoint(index.question_keys) or first & second:
        return False
    where = [{n for word in part for n in index.postings.get(word, ())} for part in (first, second)]
    return where[0].isdisjoint(where[1])


def _rival(shared: str, index: Index, *, after: bool) -> Evidence | None:
    """Where the sources have another name after (or before) a word of a name."""
    word = re.escape(shared)
    pattern = (
        rf"(?<!\w){word} [A-Z][\w’'-]+"
        if after
        else rf"(?<!\w)(?<![.!?]\s)[A-Z][\w’'-]+ {word}(?!\w)"
    )
    for at in index.postings.get(key(shared.rstrip(".")), ())[:_MOST_HOLDERS]:
        passage, start, end = index.spans[at]
        match = re.compile(pattern).search(index.context[passage], start, end)
        if match is not None:
            return Evidence(passage, match.start(), match.end(), 1.0)
    return None


def _names(output: str, clauses: Sequence[Span], index: Index) -> Iterator[tuple[int, list[_Word]]]:
    """The names of each clause that have an unknown word, the number of the clause first."""
    for number, (clause_start, clause_end) in enumerate(clauses):
        if _is_heading(output[clause_start:clause_end]):
            continue
        for match in NAME.finditer(output, clause_start, clause_end):
            start, end = match.span()
            if starts_sentence(output, start) and not _TITLE.match(output, start, end):
                first = WORD.match(output, start)
                second = _next_capital(output, first.end() if first else end, end)
                if not _begins_with_name(output, start, second, end, index):
                    start = second
            if output[max(0, match.start() - 1) : match.start()] == "[":
                continue
            words = list(_words(output, start, end, index))
            if len(words) > 1 or any(not word.known for word in words):
                yield number, words


def _words(output: str, start: int, end: int, index: Index) -> Iterator[_Word]:
    initials = "".join(match.group()[0] for match in _WORD_OF_NAME.finditer(output, start, end))
    short = initials.lower()
    abbreviated = short in index.counts or short in index.question_keys
    all_known = len(short) > 1 and abbreviated and not is_stop(short)
    for match in _WORD_OF_NAME.finditer(output, start, end):
        word = match.group()
        idle = is_stop(word) or word.lower() in _IDLE or len(word.rstrip(".")) == 1
        known = all_known or idle or bool(_TITLE.fullmatch(word)) or _is_known(word, output, index)
        yield _Word(*match.span(), word, known)


def _is_known(word: str, output: str, index: Index) -> bool:
    """Tell whether the sources or the question hold a word of a name, or a part of it.

    An abbreviation that the output explains, "mean time (MT)", counts as known too.
    """
    if word[:-1].isupper() and f"({word}" in output:
        return True
    return any(
        one in index.counts or one in index.question_keys or prefix(one) in index.families
        for one in keys(WORD.findall(word))
    )


def _begins_with_name(output: str, start: int, second: int, end: int, index: Index) -> bool:
    """Tell whether the first word of a sentence belongs to the name after it: both are known, or neither is."""
    if second != output.find(" ", start, end) + 1 or second >= end:
        return False
    words = list(_words(output, start, end, index))
    return len(words) > 1 and words[0].known == words[1].known


def _next_capital(text: str, start: int, end: int) -> int:
    while start < end and not text[start].isupper():
        start += 1
    return start


def starts_sentence(output: str, start: int) -> bool:
    """Tell whether the word at `start` begins a sentence, where its capital means nothing."""
    before = output[max(0, start - 6) : start].rstrip(" *_\"'“‘(")
    return not before or not (before[-1].isalnum() or before[-1] in ",;-–—&/")


def _is_heading(text: str) -> bool:
    """Tell whether a clause is a heading: short, with hardly a word in lower case after the first."""
    text = text.rstrip("* _")
    words = [word for word in WORD.findall(text) if not is_stop(word) and not word[0].isdigit()]
    if text.endswith(":") and len(words) <= _HEADING:
        return True
    capitals = sum(word[0].isupper() for word in words[1:])
    return not text.endswith((".", ",", ";")) and capitals > 0.7 * len(words[1:])
