"""The index of one context: which words stand in which sentence, built once and asked for every output."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from hitl_tui.grounding.calendars import WEEKDAY_OF
from hitl_tui.grounding.language import language, scripts
from hitl_tui.grounding.ledger import Ledger, ledger
from hitl_tui.grounding.negations import DENYING, denies
from hitl_tui.grounding.normalise import (
    MONTHS,
    NUMBER_WORDS,
    SCALE_WORDS,
    WEEKDAYS,
    key,
    keys,
    placed_keys,
    prefix,
)
from hitl_tui.grounding.quantities import Quantity, quantities
from hitl_tui.grounding.segment import WORD, sentences
from hitl_tui.grounding.structure import Fact, fact_words, structured
from hitl_tui.grounding.synonyms import GROUPS, groups
from hitl_tui.grounding.types import Span

_MOST_POSTINGS = 256
_MOST_READ = 4096
_LONGEST_READ = 4000
_SHORT_VALUE = 80
_STOPS = re.compile(r"[.!?]\s|[。！？।]")
_ESCAPED_BREAK = re.compile(r"\\[nr]")
_FAMILY_LENGTH = 5
_NO_GROUP: frozenset[int] = frozenset()
_VALUE_KEYS = frozenset(
    map(key, [*MONTHS, *WEEKDAYS, *NUMBER_WORDS, *SCALE_WORDS, "noon", "midday", "midnight"])
) | set(WEEKDAY_OF)


@dataclass(frozen=True)
class Sentence:
    """One sentence of the sources, read closely: ``context[passage][start:end]``.

    `text` is the whole passage, `fact` what a sentence of a structured one says; `keys` are its words in
    order; `denies` tells whether it has a negation. Hundreds are read for a few that are linked: what
    only those need is made when it is asked for.
    """

    number: int
    passage: int
    start: int
    end: int
    text: str = field(repr=False)
    fact: Fact | None
    keys: tuple[str, ...]
    words: frozenset[str]
    families: frozenset[str]
    groups: frozenset[int]
    denies: bool

    @cached_property
    def places(self) -> tuple[Span, ...]:
        """The range of each of the keys in the passage."""
        if self.fact is None:
            return tuple(placed_keys(self.text, (self.start, self.end))[1])
        return tuple(fact_words(self.text, self.fact)[1])

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Its neighbouring keys."""
        return frozenset(pairwise(self.keys))

    @cached_property
    def first(self) -> dict[str, int]:
        """The first place of each key in `keys`."""
        return {word: place for place, word in reversed([*enumerate(self.keys)])}


class Spans:
    """The passage and the range of every sentence, in order; three plain arrays, as there may be many."""

    __slots__ = ("_ends", "_passages", "_starts")

    def __init__(self) -> None:
        self._passages, self._starts, self._ends = array("I"), array("I"), array("I")

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, number: int) -> tuple[int, int, int]:
        return self._passages[number], self._starts[number], self._ends[number]

    def append(self, passage: int, start: int, end: int) -> None:
        """Add the next sentence."""
        self._passages.append(passage)
        self._starts.append(start)
        self._ends.append(end)


@dataclass(frozen=True, slots=True)
class Index:
    """What is known of one context. Take it from `build_index`; `ground` only reads it.

    `postings` lists for each key the first sentences that hold it, `counts` in how many it stands;
    `families` are the five-letter beginnings of all keys, `groups` the groups of synonyms they are in;
    `denying` are sentences with a word that denies, the first ones of each kind;
    `book` holds the facts of structured sources, each of which is a sentence too.
    """

    context: tuple[str, ...]
    question: str
    question_keys: frozenset[str]
    language: str
    scripts: Counter[str]
    spans: Spans
    postings: dict[str, list[int]]
    counts: dict[str, int]
    families: frozenset[str]
    groups: frozenset[int]
    denying: frozenset[int]
    book: Ledger
    _facts: dict[int, Fact] = field(repr=False)
    _read: dict[int, Sentence] = field(default_factory=dict, repr=False, compare=False)
    _values: dict[int, tuple[Quantity, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def seen(self, word: str) -> float:
        """How surely the sources hold a key: 1 itself, 0.5 a word of its family or a synonym, else 0."""
        if word in self.counts:
            return 1.0
        kin = len(word) >= _FAMILY_LENGTH and prefix(word) in self.families
        return 0.5 if kin or not self.groups.isdisjoint(groups(word)) else 0.0

    def idf(self, word: str) -> float:
        """How much a key tells: ln(1 + (sentences + 1) / sentences with it).

        A key never seen counts as seen in half a sentence.
        """
        return math.log(1 + (len(self.spans) + 1) / (self.counts.get(word, 0) or 0.5))

    def sentence(self, number: int) -> Sentence:
        """Read one sentence closely; what was read is kept, up to a few thousand sentences."""
        if (known := self._read.get(number)) is not None:
            return known
        if len(self._read) >= _MOST_READ:
            self._read.clear()
        passage, start, end = self.spans[number]
        text = self.context[passage]
        fact = self._facts.get(number)
        found = _keys_of(text, start, end, fact)
        words = frozenset(found)
        sentence = Sentence(
            number=number,
            passage=passage,
            start=start,
            end=end,
            text=text,
            fact=fact,
            keys=tuple(found),
            words=words,
            families=frozenset(map(prefix, words)),
            groups=_groups_of(words),
            denies=denies(found),
        )
        self._read[number] = sentence
        return sentence

    def around(self, sentence: Sentence) -> frozenset[str]:
        """The keys of a sentence and of its two neighbours in the passage."""
        beside = (sentence.number - 1, sentence.number + 1)
        return sentence.words.union(
            *(
                self.sentence(number).words
                for number in beside
                if 0 <= number < len(self.spans) and self.spans[number][0] == sentence.passage
            )
        )

    def values(self, sentence: Sentence) -> tuple[Quantity, ...]:
        """Return the quantities of a sentence of this context, with ranges in its passage."""
        if (known := self._values.get(sentence.number)) is not None:
            return known
        if len(self._values) >= _MOST_READ:
            self._values.clear()
        text = self.context[sentence.passage]
        fact = sentence.fact
        span = (sentence.start, sentence.end) if fact is None else fact.value
        found = values_within(text, span) if may_hold_values(sentence.words) else ()
        self._values[sentence.number] = found
        return found


def build_index(context: Sequence[str], question: str = "") -> Index:
    """Read the passages of one context, in rank order, and the question they were fetched for.

    Work and memory are linear in the length of the context.
    """
    spans = Spans()
    postings: dict[str, list[int]] = {}
    counts: dict[str, int] = {}
    facts: dict[int, Fact] = {}
    told: list[tuple[int, str, Fact]] = []
    for passage, text in enumerate(context):
        for start, end, fact in _units(text):
            number = len(spans)
            spans.append(passage, start, end)
            if fact is not None:
                facts[number] = fact
                told.append((passage, text, fact))
            for word in set(_keys_of(text, start, end, fact)):
                if (count := counts.get(word, 0)) == 0:
                    postings[word] = [number]
                elif count < _MOST_POSTINGS:
                    postings[word].append(number)
                counts[word] = count + 1
    return Index(
        context=tuple(context),
        question=question,
        question_keys=frozenset(keys(WORD.findall(question))),
        language=language(context),
        scripts=scripts(context),
        spans=spans,
        postings=postings,
        counts=counts,
        families=frozenset(map(prefix, postings)),
        groups=_groups_of(postings),
        denying=frozenset(number for cue in DENYING for number in postings.get(cue, ())),
        book=ledger(told),
        _facts=facts,
    )


def _keys_of(text: str, start: int, end: int, fact: Fact | None) -> list[str]:
    """The keys of a sentence in order."""
    return keys(WORD.findall(text, start, end)) if fact is None else fact_words(text, fact)[0]


def _units(text: str) -> Iterator[tuple[int, int, Fact | None]]:
    """The sentences of a passage in order; a short value of a structured one is a sentence with its keys."""
    read = structured(text)
    if read is None:
        for start, end in sentences(text):
            yield start, end, None
        return
    units: list[tuple[int, int, Fact | None]] = []
    for fact in read.facts:
        if _is_label(text, fact.value):
            units.append((*fact.span, fact))
        else:
            units += ((*part, None) for part in _within(text, fact.value))
    for span in read.prose:
        units += ((*part, None) for part in _within(text, span))
    units.sort(key=lambda unit: unit[:2])
    yield from units


def _is_label(text: str, value: Span) -> bool:
    """Tell whether a value is one thing with its key, and no text of several sentences."""
    if value[1] - value[0] > _SHORT_VALUE:
        return False
    return not _STOPS.search(text, *value) or len(sentences(text[slice(*value)])) == 1


def _within(text: str, span: Span) -> Iterator[Span]:
    """The sentences of a part of a text; an escaped line break ends one too."""
    start = span[0]
    for end in [*(match.start() for match in _ESCAPED_BREAK.finditer(text, *span)), span[1]]:
        first = start + 2 if _ESCAPED_BREAK.match(text, start) else start
        for a, b in sentences(text[first:end]):
            yield first + a, first + b
        start = end


def _groups_of(words: Iterable[str]) -> frozenset[int]:
    return _NO_GROUP.union(*(GROUPS[word] for word in words if word in GROUPS))


def may_hold_values(words: Iterable[str]) -> bool:
    """Tell whether a text with these keys may have quantities; to look for them costs much more."""
    return any(word[0] == "#" or word in _VALUE_KEYS for word in words)


def values_within(text: str, span: Span) -> tuple[Quantity, ...]:
    """Return the quantities of one sentence, with ranges in the whole text."""
    start, end = span
    found = quantities(text[start : min(end, start + _LONGEST_READ)])
    return tuple(value.moved(start) for value in found)
