"""Flags a name of the sources that stands in a claim where the linked sentence has another name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link, covered
from hitl_tui.grounding.names import NAME, starts_sentence
from hitl_tui.grounding.normalise import is_stop, placed_keys
from hitl_tui.grounding.types import Evidence, Flag, Span

_NEAR = 0.7
_BETTER_BY = 0.2
_MOST_NAMES = 8
_MOST_HOLDERS = 24
_SHORTEST = 3


def swapped_name(
    output: str, claim: Claim, number: int, links: Sequence[Link], index: Index
) -> Flag | None:
    """Flag a name that the best linked sentence lacks, and in place of which it has another.

    Both names stand beside the same word, the sentence holds most of the rest of the claim, and no sentence
    with the claim's name holds nearly as much.
    """
    if not links:
        return None
    best = links[0].sentence
    theirs: list[tuple[Span, frozenset[str], tuple[str, str]]] | None = None
    for place, words in _names(output, (claim.start, claim.end)):
        if not (words.isdisjoint(best.words) and all(word in index.counts for word in words)):
            continue
        rest = {key: weight for key, weight in claim.weights.items() if key not in words}
        near = _share(rest, best)
        if near < _NEAR or near - _held_elsewhere(rest, words, index) < _BETTER_BY:
            continue
        if theirs is None:
            theirs = [
                (span, own, _beside(best.text, span, (best.start, best.end)))
                for span, own in _names(best.text, (best.start, best.end))
                if own.isdisjoint(claim.keys)
            ]
        before, after = _beside(output, place, (claim.start, claim.end))
        for span, _, (left, right) in theirs:
            if (before and before == left) or (after and after == right):
                source = Evidence(best.passage, *span, round(near, 6))
                return Flag(*place, "name", "name differs", number, source)
    return None


def _names(text: str, span: Span) -> Iterator[tuple[Span, frozenset[str]]]:
    """The names of a part of a text with their words; a single first word of a sentence is none."""
    count = 0
    for match in NAME.finditer(text, *span):
        single = " " not in match.group()
        if len(match.group()) < _SHORTEST or (single and starts_sentence(text, match.start())):
            continue
        words, places = placed_keys(text, match.span())
        telling = frozenset(
            word
            for word, place in zip(words, places, strict=True)
            if not is_stop(text[slice(*place)]) and not word.startswith("#")
        )
        if telling:
            yield match.span(), telling
        count += 1
        if count >= _MOST_NAMES:
            return


def _beside(text: str, name: Span, span: Span) -> tuple[str, str]:
    """The words right before and after a name, "" for none and for what says nothing."""
    before = _matter(text, (max(span[0], name[0] - 40), name[0]))
    after = _matter(text, (name[1], min(span[1], name[1] + 40)))
    return (before[-1] if before else "", after[0] if after else "")


def _matter(text: str, span: Span) -> list[str]:
    words, places = placed_keys(text, span)
    return [
        word for word, place in zip(words, places, strict=True) if not is_stop(text[slice(*place)])
    ]


def _held_elsewhere(rest: dict[str, float], words: frozenset[str], index: Index) -> float:
    """The most that a sentence with all words of the name holds of the rest of the claim."""
    numbers = set.intersection(*(set(index.postings[word]) for word in words))
    near = (index.sentence(number) for number in sorted(numbers)[:_MOST_HOLDERS])
    return max((_share(rest, sentence) for sentence in near), default=0.0)


def _share(weights: dict[str, float], sentence: Sentence) -> float:
    return covered(weights, sentence) / (sum(weights.values()) or 1.0)
