"""The part of a source sentence that one of its words stands in, and how much of a claim that part holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hitl_tui.grounding.bridge import alike
from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim
from hitl_tui.grounding.negations import DENYING
from hitl_tui.grounding.normalise import prefix
from hitl_tui.grounding.synonyms import groups
from hitl_tui.grounding.types import Span

_REACH = 14
_KIN = 0.7
_FAMILY_LENGTH = 5
_MOST_HOLDERS = 8
_STOPS = frozenset(".?!")
_PAUSES = frozenset(",;:()–—")
_TURNING = frozenset(
    "but while whil whereas although though unless until because becaus so sinc".split()  # noqa: SIM905
)
_OPENING = _TURNING | frozenset("if when that which who".split())  # noqa: SIM905


def scope(sentence: Sentence, at: int, index: Index) -> Span:
    """First and last key of the clause that key `at` of a sentence of the sources stands in.

    It ends at a comma, a stop or a word that turns against what was said, and begins after one, or at a word
    that opens a clause; it reaches fourteen keys to each side at most.
    """
    keys, places, text = sentence.keys, sentence.places, index.context[sentence.passage]
    first = last = at
    while first > 0 and at - first < _REACH:
        if keys[first] in _OPENING or _is_break(text[places[first - 1][1] : places[first][0]]):
            break
        first -= 1
    while last + 1 < len(keys) and last - at < _REACH:
        if keys[last + 1] in _TURNING or _is_break(text[places[last][1] : places[last + 1][0]]):
            break
        last += 1
    return first, last


def _is_break(gap: str) -> bool:
    """Tell whether what stands between two words parts them; "ca.4" does, "e-mail" and "3:2" do not."""
    if gap == " ":
        return False
    return not _STOPS.isdisjoint(gap) or (len(gap) > 1 and not _PAUSES.isdisjoint(gap))


@dataclass(frozen=True, slots=True)
class Likeness:
    """A claim made ready to be found again in other words: a word itself counts 1, a word alike 0.7."""

    weights: dict[str, float]
    total: float
    by_family: dict[str, list[str]]
    by_group: dict[int, list[str]]

    @classmethod
    def of(cls, claim: Claim) -> Likeness:
        by_family: dict[str, list[str]] = {}
        by_group: dict[int, list[str]] = {}
        for key in claim.weights:
            if len(key) >= _FAMILY_LENGTH:
                by_family.setdefault(prefix(key), []).append(key)
            for group in groups(key):
                by_group.setdefault(group, []).append(key)
        return cls(claim.weights, claim.weight or 1.0, by_family, by_group)

    def to(self, key: str) -> float:
        """How like a key is to a word of the claim: 1, 0.7 or 0."""
        if key in self.weights:
            return 1.0
        if len(key) >= _FAMILY_LENGTH and prefix(key) in self.by_family:
            return _KIN
        return _KIN if any(group in self.by_group for group in groups(key)) else 0.0

    def held_by(self, keys: Iterable[str]) -> float:
        """The share of the claim's weight that the keys hold, 0..1."""
        found: dict[str, float] = {}
        for key in keys:
            if key in self.weights:
                found[key] = 1.0
                continue
            if len(key) >= _FAMILY_LENGTH:
                for own in self.by_family.get(prefix(key), ()):
                    found.setdefault(own, _KIN)
            for group in groups(key):
                for own in self.by_group.get(group, ()):
                    found.setdefault(own, _KIN)
        return sum(self.weights[key] * share for key, share in found.items()) / self.total

    def share_of(self, keys: Sequence[str], index: Index) -> float:
        """The share of what the keys tell that the claim holds, 0..1; rare keys tell more."""
        told = held = 0.0
        for key in keys:
            weight = index.idf(key)
            told += weight
            held += weight * self.to(key)
        return held / told if told else 0.0


@dataclass(frozen=True, slots=True)
class Sides:
    """The largest shares of a claim in clauses of the sources that say a word, and in those that deny it."""

    said: float
    denied: float


def sides(likeness: Likeness, word: str, near: Sequence[Sentence], index: Index) -> Sides:
    """Look for clauses with a word, or one like it, in the sentences `near` and in the first that have it."""
    numbers = dict.fromkeys(sentence.number for sentence in near)
    numbers |= dict.fromkeys(index.postings.get(word, ())[:_MOST_HOLDERS])
    said = denied = 0.0
    for number in numbers:
        sentence = index.sentence(number)
        if not _may_hold(sentence, word):
            continue
        for at, key in enumerate(sentence.keys):
            if not alike(key, word):
                continue
            first, last = scope(sentence, at, index)
            share = likeness.held_by(sentence.keys[first : last + 1])
            if DENYING.isdisjoint(sentence.keys[first:at]):
                said = max(said, share)
            else:
                denied = max(denied, share)
    return Sides(said, denied)


def _may_hold(sentence: Sentence, word: str) -> bool:
    return (
        word in sentence.words
        or (len(word) >= _FAMILY_LENGTH and prefix(word) in sentence.families)
        or not sentence.groups.isdisjoint(groups(word))
    )
