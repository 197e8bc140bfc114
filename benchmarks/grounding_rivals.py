"""What difflib and rapidfuzz say of the same clauses: the nearest thing each of them can do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

import numpy as np
from grounding_corpus import Answer, Clauses, Numbers
from rapidfuzz import fuzz

from hitl_tui.grounding.segment import WORD, sentences

Doubts = Callable[[Answer], list[float]]
"""One doubt, 0..1, for each character of an answer's output."""


def by_difflib(answer: Answer) -> list[float]:
    """1 for the characters of words that difflib does not match with the sources, else 0."""
    context = [word.lower() for word in WORD.findall(" ".join(answer.context))]
    found = list(WORD.finditer(answer.output))
    matcher = difflib.SequenceMatcher(None, context, [m.group().lower() for m in found], False)
    doubts = [0.0] * len(answer.output)
    matched = {block.b + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    for number, match in enumerate(found):
        if number not in matched:
            doubts[match.start() : match.end()] = [1.0] * (match.end() - match.start())
    return doubts


def by_rapidfuzz(answer: Answer) -> list[float]:
    """For each sentence, how much its best alignment with the sources lacks."""
    context = " ".join(answer.context)
    doubts = [0.0] * len(answer.output)
    for start, end in sentences(answer.output):
        found = fuzz.partial_ratio_alignment(answer.output[start:end], context)
        doubt = 1 - (found.score if found else 0.0) / 100
        doubts[start:end] = [doubt] * (end - start)
    return doubts


RIVALS: dict[str, Doubts] = {
    "difflib, words": by_difflib,
    "rapidfuzz, alignment of sentences": by_rapidfuzz,
}


def rival_scores(
    corpus: Sequence[Answer], clauses: Clauses, doubts: Doubts
) -> tuple[Numbers, Numbers]:
    """A clause's score is the mean doubt of its characters, an answer's risk its worst clause with the mean."""
    score = np.zeros(len(clauses.owner))
    risk = np.zeros(len(corpus))
    at = 0
    for owner, spans in clauses.spans_of():
        found = np.array(doubts(corpus[owner]))
        own = [found[start:end].mean() for start, end in spans]
        score[at : at + len(own)] = own
        at += len(own)
        risk[owner] = max(own) + found.mean()
    return score, risk
