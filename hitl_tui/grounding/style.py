"""How a clause is written and where it stands: what its looks alone say about its likely truth."""

from __future__ import annotations

import re
from typing import NamedTuple

from hitl_tui.grounding.normalise import STOP_KEYS

_CUES = {
    "adds": r"additionally|also|in addition|furthermore|moreover|besides|another|other",
    "contrasts": r"however|although|while|whereas|on the other hand|but|instead",
    "advises": r"important|recommend\w*|consult\w*|advis\w*|should|ensure|make sure|best|consider|always|check|"
    r"professional",
    "hedges": r"may|might|could|can|possibl\w*|likely|typically|usually|generally|often|commonly|some|"
    r"sometimes|depend\w*|varies|vary",
    "closes": r"overall|in summary|in conclusion|in short|therefore|thus|so|hope|summar\w*|conclu\w*",
    "exemplifies": r"such as|e\.g|for example|including|like|for instance",
    "explains": r"making|which|allowing|leading|resulting|due to|because|as it|since|by \w+ing|ensur\w+|"
    r"help\w*|provid\w+|in order",
    "cites": r"based on|according to|as per|mentioned|stated|passages?|provided|information",
}
_CUE = re.compile(
    rf"\b(?:{'|'.join(f'(?P<{name}>{words})' for name, words in reversed(_CUES.items()))})\b",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"\s*(?:[-*•]|\(?\d{1,3}[.)]|[a-z][.)])\s")
_DIGIT = re.compile(r"\d")
_LOOK = 400
"""Code points of a clause that are searched for cues."""


class Layout(NamedTuple):
    """What all clauses of an output have in common."""

    length: int
    clauses: int
    lines: int

    @classmethod
    def of(cls, output: str, clauses: int) -> Layout:
        return cls(len(output), clauses, output.count("\n"))


def style(
    output: str,
    layout: Layout,
    *,
    number: int,
    start: int,
    end: int,
    keys: tuple[str, ...],
    sentence_start: int,
    in_sentence: int,
    last: bool,
) -> tuple[float, ...]:
    """Return the features of style of clause `number`, in the order of `features.STYLE`."""
    text = output[start : min(end, start + _LOOK)]
    cues = {match.lastgroup for match in _CUE.finditer(text)}
    line = output.rfind("\n", max(0, sentence_start - 8), sentence_start) + 1
    opens = line or (sentence_start if sentence_start > 8 else 0)
    return (
        round(start / (layout.length or 1), 4),
        float(min(layout.clauses - 1 - number, 12)),
        float(min(number, 15)),
        float(min(layout.length, 3000)),
        float(min(layout.clauses, 40)),
        float(min(end - start, 250)),
        round(sum(key in STOP_KEYS for key in keys) / (len(keys) or 1), 4),
        float(_LIST_ITEM.match(output, opens, sentence_start + 6) is not None),
        float(output[max(start, end - 3) : end].rstrip("* ").endswith(":")),
        float(min(in_sentence, 6)),
        float(last),
        *(float(name in cues) for name in _CUES),
        float(_DIGIT.search(text) is not None),
        float(min(layout.lines, 30)),
    )
