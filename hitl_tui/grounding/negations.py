"""Finds the negations of a clause or sentence, and the words they deny."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hitl_tui.grounding.normalise import STOP_WORDS

_REACH = 4

CUES = frozenset(
    "not never cannot no non without neither nor hardly unabl "
    "dont doesnt didnt cant couldnt wont wouldnt isnt arent wasnt werent hasnt havent hadnt "
    "shouldnt mustnt neednt "
    "nicht kein keine keinen keiner niemals jamais nunca".split()
)
_NO_DENIAL_AFTER = frozenset(
    "onli only more less later fewer matter doubt wonder just necessarili hesitat all everi everyon too".split()
)
OPEN = frozenset("if whether unless or when whenev though although why".split())
"""Words that make a sentence say nothing about what is the case, within a few words before a negation."""

SOFT = frozenset(
    "none against warn wari lose los remov avoid prevent refrain free fail lack stop except "
    "rather instead exclud unlik few littl rare unles".split()
)
"""Words that deny without a negation: beside them a missing "not" means nothing."""
TURNS = frozenset("but however although though instead rather only".split())
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
            if keys[head] not in STOP_WORDS:
                yield cue, head
                break


def _cues(keys: Sequence[str], *, conditional: bool) -> Iterator[int]:
    for i, key in enumerate(keys):
        if key not in CUES or (i + 1 < len(keys) and keys[i + 1] in _NO_DENIAL_AFTER):
            continue
        if conditional or OPEN.isdisjoint(keys[max(0, i - 7) : i]):
            yield i
