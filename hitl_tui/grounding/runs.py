"""How long the runs of words are that an output has in common with its sources."""

from __future__ import annotations

from collections.abc import Sequence

from hitl_tui.grounding.index import Sentence

_MOST_PLACES = 8


def run_lengths(keys: Sequence[str], sentences: Sequence[Sentence]) -> list[int]:
    """Return for each key the length of the longest run it lies in that stands in one of the sentences.

    0 for a key that none of them holds. Of the places where a run may start, the first eight are tried,
    so that a sentence repeated over and over costs no more than eight of it.
    """
    starts: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, sentence in enumerate(sentences):
        words = sentence.keys
        for at in range(len(words) - 1):
            places = starts.setdefault((words[at], words[at + 1]), [])
            if len(places) < _MOST_PLACES:
                places.append((number, at))
    known = frozenset[str]().union(*(sentence.words for sentence in sentences))
    runs = [1 if key in known else 0 for key in keys]
    at = 0
    while at < len(keys) - 1:
        longest = 0
        for number, start in starts.get((keys[at], keys[at + 1]), ()):
            longest = max(longest, _common(keys, at, sentences[number].keys, start))
        if longest:
            runs[at : at + longest] = [max(longest, run) for run in runs[at : at + longest]]
        at += max(1, longest - 1)
    return runs


def _common(keys: Sequence[str], at: int, words: Sequence[str], start: int) -> int:
    most = min(len(keys) - at, len(words) - start)
    length = 2
    while length < most and keys[at + length] == words[start + length]:
        length += 1
    return length
