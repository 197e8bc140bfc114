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
STRESSING = frozenset(["do", "doe", "does", "did"])
"""Verbs that carry a "not", or stress what is said without one: "does not work", "does work"."""
_ASKING = frozenset(
    "what how when why where as than so to can could will would should must may might".split()
)
"""Words after which "do" asks, or is the verb itself: "how does", "to do"."""
_NO_SUBJECT = _ASKING | frozenset(
    "the a an your any some all well more most less in on at with for and or but nothing".split()
)
"""Words after which "do" may be a command, though "does" stresses: "and do rest", "and does rest"."""


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


def stressed(keys: Sequence[str]) -> int | None:
    """The place of a verb that only stresses the next word: the "does" of "it does work".

    Few sentences are written so, but it is what is left where a "not" went. None if a word denies, or
    if the claim asks.
    """
    if denies(keys) or (keys and keys[0] in STRESSING):
        return None
    for place in range(1, len(keys) - 1):
        subject, verb, after = keys[place - 1 : place + 2]
        before = _NO_SUBJECT if verb == "do" else _ASKING
        if verb in STRESSING and after not in STOP_WORDS and subject not in before:
            return place
    return None


def _cues(keys: Sequence[str], *, conditional: bool) -> Iterator[int]:
    for i, key in enumerate(keys):
        if key not in CUES or (i + 1 < len(keys) and keys[i + 1] in _NO_DENIAL_AFTER):
            continue
        if conditional or OPEN.isdisjoint(keys[max(0, i - 7) : i]):
            yield i
