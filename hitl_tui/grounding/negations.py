"""Finds the negations of a clause or sentence, and the words they deny."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hitl_tui.grounding.normalise import STOP_KEYS

_REACH = 4

CUES = frozenset(
    "not never cannot no non without neither nor unabl aint "
    "dont doesnt didnt cant couldnt wont wouldnt isnt arent wasnt werent hasnt havent hadnt "
    "shouldnt mustnt neednt "
    "nicht kein keinen keiner niemal jamai nunca".split()
)
_NO_DENIAL_AFTER = frozenset(
    "onli only more less later fewer matter doubt wonder just necessarili hesitat all everi everyon too "
    "nur seulement".split()
)
OPEN = frozenset("if whether unless or when whenev though although why".split())
"""Words that make a sentence say nothing about what is the case, within a few words before a negation."""

FAINT = frozenset(
    "fail lack avoid prevent hinder refrain refus rar seldom unlik noth nobodi impossibl".split()
)
"""Words with which the sources deny what follows, without a negation."""
DENYING = CUES | FAINT
SOFT = FAINT | frozenset(
    "against warn wari los loss remov fre stop except rather instead exclud few fewer littl unless "
    "absenc differ exempt".split()
)
"""Words that deny without a negation: beside them a missing "not" means nothing."""
TURNS = frozenset("but however although though instead rather".split())
"""Words that set one thing against another."""
OF_NOUNS = frozenset("no non without neither nor".split())
"""Negations of things: their noun may well stand elsewhere in the claim without them."""


def denies(keys: Sequence[str]) -> bool:
    """Tell whether a word of the keys is a negation."""
    return not CUES.isdisjoint(keys)


def denials(keys: Sequence[str], *, conditional: bool = False) -> Iterator[tuple[int, int]]:
    """Yield (place of a negation, place of the first word of matter after it).

    Negations within a condition only with `conditional`.
    """
    for cue in _cues(keys, conditional=conditional):
        for head in range(cue + 1, min(cue + 1 + _REACH, len(keys))):
            if keys[head] not in STOP_KEYS:
                yield cue, head
                break


def _cues(keys: Sequence[str], *, conditional: bool) -> Iterator[int]:
    for i, key in enumerate(keys):
        if key not in CUES or (i + 1 < len(keys) and keys[i + 1] in _NO_DENIAL_AFTER):
            continue
        if conditional or OPEN.isdisjoint(keys[max(0, i - 7) : i]):
            yield i


_IDIOMS = (("longer", "than"), ("to", "mention"))
_EXCEPTING = frozenset(["unless", "until"])
_EXCEPTED_WITHIN = 6
_NESTED_WITHIN = 8


def stated_denials(keys: tuple[str, ...]) -> Iterator[int]:
    """Yield the places of what denies the words after it, where a claim without it would say the opposite.

    Not "whether or not", "will and will not", "no longer than", "not to mention"; nor one that another
    denies ("does not mean that it cannot").
    """
    for at, key in enumerate(keys):
        if key not in DENYING or at + 1 == len(keys) or keys[at + 1] in _NO_DENIAL_AFTER:
            continue
        either = "or" in (keys[at + 1], keys[at - 1] if at else "")
        both = at > 2 and keys[at - 2] == "and" and keys[at - 1] == keys[at - 3]
        idiom = keys[at + 1 : at + 3] in _IDIOMS
        nested = not DENYING.isdisjoint(keys[max(0, at - _NESTED_WITHIN) : at])
        if not (either or both or idiom or nested):
            yield at


def is_excepted(keys: Sequence[str], at: int, last: int) -> bool:
    """Tell whether an exception, "unless", follows within a few words on a denial at `at`, scope to `last`."""
    return not _EXCEPTING.isdisjoint(keys[at + 1 : last + 1 + _EXCEPTED_WITHIN])


def is_conditional(keys: Sequence[str], at: int) -> bool:
    """Tell whether a condition, a question or a concession opens within a few words before `at`."""
    return not OPEN.isdisjoint(keys[max(0, at - 8) : at])
