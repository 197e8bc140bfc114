"""Flags a negation on one side only in other languages than English, where a clause otherwise says the same."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hitl_tui.grounding.index import Index
from hitl_tui.grounding.link import Claim, Link
from hitl_tui.grounding.normalise import key, placed_keys
from hitl_tui.grounding.segment import UNSPACED, clauses
from hitl_tui.grounding.types import Evidence, Flag, Span

_ANY = frozenset(
    map(
        key,
        (
            "nicht kein keine keinen keinem keiner keines niemals jamais aucun aucune nunca ningún ninguna "
            "não niet geen नहीं मत لا لم لن ليس ليست غير"
        ).split(),
    )
)
_OF_LANGUAGE = {"es": frozenset(["no"]), "it": frozenset(["non"]), "fr": frozenset(["pas"])}
"""Negations that are words of English too, or stand in it."""
_AROUND = frozenset(map(key, "mehr plus mais più más कोई ne".split()))
"""Words that go with a negation and say nothing without it."""
_ONLY = frozenset(
    map(key, "nur seulement solo sólo solamente soltanto apenas somente alleen केवल فقط".split())
)
_SIGN = re.compile(
    r"(?P<idiom>不过|不過|不仅|不僅|不但|不同|不断|不斷|不少|不错|不管|无论|無論|未来|少ない|危ない|だけでなく|ไม่เพียง)"
    r"|(?P<sign>[不没沒無无未]|ない|なかった|なく|ません|ไม่|않|없|못)"
)
_CHARACTER = re.compile(f"[{UNSPACED}]")
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_SPACE = re.compile(r"\s+")
_ALIKE = 0.75
_OF_THEIRS = 0.5
_FEWEST = 2
_LEAD = 0.1
_LONGEST = 400


class _Side(NamedTuple):
    """A clause, ``text[start:end]``: what it says without its negations, and the ranges of these."""

    text: str
    span: Span
    words: frozenset[str]
    denials: tuple[Span, ...]


def foreign_denial(
    claim: Claim, number: int, output: str, links: Sequence[Link], index: Index
) -> Flag | None:
    """Flag a claim that differs from a clause of its linked sentences by a negation and hardly else.

    None where a clause without that difference is about as like it.
    """
    span = claim.start, claim.end
    if (
        index.language == "en"
        or span[1] - span[0] > _LONGEST
        or not _denies(claim, output, links, index)
    ):
        return None
    theirs = [
        (link.sentence.passage, _side(link.sentence.text, part, index))
        for link in links
        for part in _parts(link.sentence.text, (link.sentence.start, link.sentence.end))
    ]
    for part in _parts(output, span):
        ours = _side(output, part, index)
        found = _contrary(ours, theirs)
        if found is not None:
            passage, other = found
            place = ours.denials[0] if ours.denials else _denied(ours, other)
            return Flag(
                *place, "negation", "negation differs", number, Evidence(passage, *other.span, 1.0)
            )
    return None


def _cues(index: Index) -> frozenset[str]:
    return _ANY | _OF_LANGUAGE.get(index.language, frozenset())


def _denies(claim: Claim, output: str, links: Sequence[Link], index: Index) -> bool:
    """Tell whether the claim or a linked sentence has a negation at all."""
    cues = _cues(index)
    if not cues.isdisjoint(claim.keys) or _SIGN.search(output, claim.start, claim.end):
        return True
    near = (link.sentence for link in links)
    return any(
        not cues.isdisjoint(one.words) or _SIGN.search(one.text, one.start, one.end) for one in near
    )


def _contrary(ours: _Side, theirs: Sequence[tuple[int, _Side]]) -> tuple[int, _Side] | None:
    """The clause that is most like ours and differs by a negation; None if one that does not is as like."""
    if len(ours.words) < _FEWEST:
        return None
    agreeing = differing = 0.0
    best: tuple[int, _Side] | None = None
    for passage, other in theirs:
        shared = len(ours.words & other.words)
        alike = shared / len(ours.words)
        if alike < _ALIKE or shared < _OF_THEIRS * len(other.words):
            continue
        if bool(ours.denials) == bool(other.denials):
            agreeing = max(agreeing, alike)
        elif alike > differing and _denies_shared(ours, other):
            differing, best = alike, (passage, other)
    return best if agreeing < differing - _LEAD else None


def _denies_shared(one: _Side, other: _Side) -> bool:
    """Tell whether a word beside the negation of one clause stands in the other."""
    denying, plain = (one, other) if one.denials else (other, one)
    known = frozenset(_pieces(plain.text, plain.span))
    start, end = denying.denials[0]
    before = _pieces(denying.text, (denying.span[0], start))
    after = _pieces(denying.text, (end, denying.span[1]))
    return not known.isdisjoint([*before[-1:], *after[:1]])


def _pieces(text: str, span: Span) -> list[str]:
    """The words of a part of a text, or its single characters where no spaces part them."""
    if _CHARACTER.search(text, *span):
        return _CHARACTER.findall(text, *span)
    return [word for word in placed_keys(text, span)[0] if word not in _AROUND]


def _denied(ours: _Side, theirs: _Side) -> Span:
    """The word of the claim that the sources deny: the first after their negation, else all of it."""
    after, _ = placed_keys(theirs.text, (theirs.denials[0][1], theirs.span[1]))
    words, places = placed_keys(ours.text, ours.span)
    for word in after:
        if word in words and word not in _AROUND:
            return places[words.index(word)]
    return ours.span


def _parts(text: str, span: Span) -> Iterator[Span]:
    """The clauses of a sentence; where no spaces part words, a space parts clauses."""
    for start, end in clauses(text, span):
        if not _CHARACTER.search(text, start, end):
            yield start, end
            continue
        at = start
        for gap in _SPACE.finditer(text, start, end):
            yield at, gap.start()
            at = gap.end()
        yield at, end


def _side(text: str, span: Span, index: Index) -> _Side:
    if _CHARACTER.search(text, *span):
        return _unspaced_side(text, span)
    cues = _cues(index)
    words, places = placed_keys(text, span)
    denials = tuple(
        place
        for at, (word, place) in enumerate(zip(words, places, strict=True))
        if word in cues and _ONLY.isdisjoint(words[at + 1 : at + 2])
    )
    return _Side(text, span, frozenset(words) - cues - _AROUND, denials)


def _unspaced_side(text: str, span: Span) -> _Side:
    """Pairs of characters without the negations; of Japanese, whose endings change, the Chinese ones alone."""
    denials = tuple(match.span() for match in _SIGN.finditer(text, *span) if match["sign"])
    part = _SIGN.sub(lambda match: match["idiom"] or "", text[slice(*span)])
    signs = "".join(_CHARACTER.findall(part))
    if _KANA.search(signs):
        return _Side(text, span, frozenset(_HAN.findall(signs)), denials)
    return _Side(text, span, frozenset(signs[at : at + 2] for at in range(len(signs) - 1)), denials)
