"""Says in words what a clause's score comes from: for `hitl ground --explain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hitl_tui.grounding.index import Index
from hitl_tui.grounding.link import Claim, Link
from hitl_tui.grounding.mark import Reading, ground, read
from hitl_tui.grounding.types import Clause, Evidence, Flag, Grounding, Span


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one clause has its score. Ranges are half-open code points of the output."""

    clause: Clause
    unseen: tuple[Span, ...]
    """Words that no source has, nor a relative or synonym of them."""
    kin: tuple[Span, ...]
    """Words of which the sources have only a relative or a synonym."""
    apart: tuple[Span, ...]
    """Words that the sources have, but not in the linked sentence."""
    linked: Evidence | None
    """The whole sentence of the sources that the clause was compared with first."""
    flags: tuple[Flag, ...]
    longest_run: int
    """The most words in a row that it has in common with the sources."""
    style: float
    """What its wording and place add to the score."""


def explained(output: str, index: Index) -> tuple[Grounding, tuple[Explanation, ...]]:
    """Ground the output, and say of each clause what its score comes from."""
    grounding = ground(output, index)
    if grounding.note:
        return grounding, ()
    reading = read(output, index)
    return grounding, tuple(
        _of(number, clause, reading, grounding, index)
        for number, clause in enumerate(grounding.clauses)
    )


def _of(
    number: int, clause: Clause, reading: Reading, grounding: Grounding, index: Index
) -> Explanation:
    claim, links = reading.claims[number], reading.links[number]
    return Explanation(
        clause=clause,
        unseen=_places(claim, lambda key: index.seen(key) == 0.0),
        kin=_places(claim, lambda key: index.seen(key) == 0.5),
        apart=_places(claim, lambda key: _is_apart(key, links, index)),
        linked=_whole(links),
        flags=tuple(flag for flag in grounding.flags if flag.clause == number),
        longest_run=int(reading.features[number].longest_run),
        style=round(clause.score - clause.score_without_style, 6),
    )


def _places(claim: Claim, wanted: Callable[[str], bool]) -> tuple[Span, ...]:
    found: dict[str, Span] = {}
    for key, place in zip(claim.keys, claim.places, strict=True):
        if key in claim.weights and key not in found and wanted(key):
            found[key] = place
    return tuple(found.values())


def _is_apart(key: str, links: tuple[Link, ...], index: Index) -> bool:
    return key in index.counts and bool(links) and key not in links[0].sentence.words


def _whole(links: tuple[Link, ...]) -> Evidence | None:
    if not links:
        return None
    sentence = links[0].sentence
    return Evidence(sentence.passage, sentence.start, sentence.end, min(1.0, links[0].coverage))
