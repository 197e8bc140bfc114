"""Gathers the features of every clause of an output from its claims, their links and their flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hitl_tui.grounding.features import Features
from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link
from hitl_tui.grounding.measures import (
    Seen,
    SentenceFacts,
    Whole,
    mean_run,
    of_output,
    of_place,
    of_polarity,
    of_runs,
    of_values,
    of_words,
)
from hitl_tui.grounding.normalise import STOP_KEYS
from hitl_tui.grounding.runs import run_lengths
from hitl_tui.grounding.silence import is_silent, speaks_of_sources
from hitl_tui.grounding.style import Layout, style
from hitl_tui.grounding.types import Flag

_READ = 64


def gathered(
    output: str,
    read: Sequence[Sequence[Claim]],
    links: Sequence[tuple[Link, ...]],
    flags: Sequence[Flag],
    index: Index,
) -> list[Features]:
    """Return the features of all clauses, in the order of the text; `read` has the claims by sentence."""
    near = _near(links, index)
    flat = [key for claims in read for claim in claims for key in claim.keys]
    runs = run_lengths(flat, near)
    seen: list[Seen] = []
    at = 0
    for claim in (claim for claims in read for claim in claims):
        own = runs[at : at + len(claim.keys)]
        at += len(claim.keys)
        seen.append(_seen(claim, links[len(seen)], own, index))
    whole = _whole(seen, flat, near)
    kinds = _kinds(flags)
    layout = Layout.of(output, len(seen))
    return list(_features(output, read, seen, whole, kinds, layout, index))


def _near(links: Sequence[tuple[Link, ...]], index: Index) -> list[Sentence]:
    """The sentences that runs are sought in: all of a short context, of a long one those linked."""
    if len(index.spans) <= _READ:
        return [index.sentence(number) for number in range(len(index.spans))]
    found = {link.sentence.number: link.sentence for ties in links for link in ties}
    return list(found.values())[:_READ]


def _seen(claim: Claim, links: tuple[Link, ...], runs: list[int], index: Index) -> Seen:
    unseen = {
        key: weight * (1.0 - index.seen(key))
        for key, weight in claim.weights.items()
        if key not in index.counts
    }
    share = sum(unseen.values()) / (claim.weight or 1.0)
    return Seen(claim, links, links[0].sentence if links else None, unseen, share, runs)


def _whole(seen: Sequence[Seen], flat: Sequence[str], near: Sequence[Sentence]) -> Whole:
    weights: dict[str, float] = {}
    unseen: dict[str, float] = {}
    for one in seen:
        weights.update(one.claim.weights)
        unseen.update(one.unseen)
    pairs = frozenset[tuple[str, str]]().union(*(sentence.pairs for sentence in near))
    known = sum(pair in pairs for pair in pairwise(flat))
    return Whole(
        sum(unseen.values()) / (sum(weights.values()) or 1.0), 1 - known / max(1, len(flat) - 1)
    )


def _kinds(flags: Sequence[Flag]) -> dict[int, set[str]]:
    kinds: dict[int, set[str]] = {}
    for flag in flags:
        value = "differs" if flag.source else "absent"
        plain = flag.kind == "negation" or (flag.kind == "name" and flag.source is None)
        kind = flag.kind if plain else value
        kinds.setdefault(flag.clause, set()).add(kind)
    return kinds


def _features(
    output: str,
    read: Sequence[Sequence[Claim]],
    seen: Sequence[Seen],
    whole: Whole,
    kinds: dict[int, set[str]],
    layout: Layout,
    index: Index,
) -> Iterator[Features]:
    said: set[str] = set()
    said_unseen: set[str] = set()
    asked = frozenset(key for key in index.question_keys if key not in STOP_KEYS)
    number = 0
    for claims in read:
        group = seen[number : number + len(claims)]
        start = claims[0].start
        sentence = _sentence_facts(group)
        silent = is_silent(output[start : claims[-1].end])
        for one in group:
            claim = one.claim
            values = (
                *of_words(one, sentence, index),
                *of_runs(one, sentence),
                *of_place(one, asked, index),
                *of_output(one, number, seen, whole, said, said_unseen, index),
                *of_values(output, one, start, index),
                *of_polarity(one),
                float(silent),
                float(speaks_of_sources(output[claim.start : claim.end])),
                *(float(kind in kinds.get(number, ())) for kind in _KINDS),
                *style(
                    output,
                    layout,
                    number=number,
                    start=claim.start,
                    end=claim.end,
                    keys=claim.keys,
                    sentence_start=start,
                    in_sentence=len(claims),
                    last=claims is read[-1],
                ),
            )
            yield Features._make(values)
            said.update(claim.weights)
            said_unseen.update(one.unseen)
            number += 1


_KINDS = ("differs", "absent", "negation", "name")


def _sentence_facts(group: Sequence[Seen]) -> SentenceFacts:
    weights: dict[str, float] = {}
    unseen: dict[str, float] = {}
    for one in group:
        weights.update(one.claim.weights)
        unseen.update(one.unseen)
    runs = [run for one in group for run in one.runs]
    return SentenceFacts(
        weights,
        sum(unseen.values()) / (sum(weights.values()) or 1.0),
        len(unseen),
        [pair for one in group for pair in pairwise(one.claim.keys)],
        mean_run(runs),
    )
