"""Errors made on purpose in answers without marks, and how many of them a flag finds."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from grounding_corpus import Answer

from hitl_tui.grounding import Flag, Grounding, Index, build_index, ground
from hitl_tui.grounding.quantities import quantities
from hitl_tui.grounding.segment import sentences
from hitl_tui.grounding.silence import is_silent


@dataclass(frozen=True, slots=True)
class Edit:
    """An output with one error put in, and the range of the edited words in it."""

    output: str
    start: int
    end: int


_NUMBER = re.compile(r"(?<![\w.,/:$-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w/:-]|[.,]\d)")
_VERB = re.compile(
    r"\b(?:is|are|was|were|can|should|will|may|must|does|do|has|have|could|would)\b(?! not\b|n['’]t)"
)
_NEGATION = re.compile(
    r"\b(?P<verb>can)not\b|(?P<not> not\b)|(?P<short>n['’]t\b)|(?P<never> never\b)"
)
_CARRIED = re.compile(r"\b(?:do|do(?P<does>es))(?: not|n['’]t) (?P<verb>[a-z]{2,})\b")
_DENIED = re.compile(r"\b(?:not|no|never|cannot|nor|neither|without)\b|n['’]t\b", re.IGNORECASE)
_UNITS = re.compile(
    r"(?<=\d)(?P<gap>\s?-?)(?P<unit>seconds?|minutes?|hours?|days?|weeks?|months?|years?|mg|g|kg|ml|mm|cm|inch(?:es)?|"
    r"feet|miles?|cups?|tablespoons?|teaspoons?|pounds?|ounces?|percent|%|degrees)\b"
)
_OTHER_UNIT = {
    "second": "minutes", "minute": "hours", "hour": "days", "day": "weeks", "week": "months", "month": "years",
    "year": "months", "mg": "g", "g": "mg", "kg": "g", "ml": "l", "mm": "cm", "cm": "mm", "inch": "feet",
    "feet": "inches", "mile": "feet", "cup": "tablespoons", "tablespoon": "cups", "teaspoon": "cups",
    "pound": "ounces", "ounce": "pounds", "percent": "dollars", "%": " dollars", "degree": "percent",
}  # fmt: skip
_MONTHS = "January February March April May June July August September October November December"
_MONTH = re.compile(rf"\b(?:{_MONTHS.replace(' ', '|')})\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
_INVENTED = ("Velora Thistlewood", "Quentin Abernathy", "Marwick Holdane", "Isolde Farquharson")


def _sentences_of_claims(output: str) -> Iterator[tuple[int, int]]:
    for start, end in sentences(output):
        if not is_silent(output[start:end]):
            yield start, end


def _numbers(answer: Answer) -> list[re.Match[str]]:
    """The numbers of claims in the output that its sources hold too."""
    known = set(_NUMBER.findall(" ".join(answer.context)))
    values = {(value.start, value.end) for value in quantities(answer.output)}
    return [
        match
        for start, end in _sentences_of_claims(answer.output)
        for match in _NUMBER.finditer(answer.output, start, end)
        if match.group() in known
        and any(a <= match.start() and match.end() <= b for a, b in values)
    ]


def number_swapped(answer: Answer, rng: random.Random) -> Edit | None:
    """One number in place of another; both stand in the sources."""
    found = _numbers(answer)
    if not found:
        return None
    match = rng.choice(found)
    sentence = next(s for s in sentences(answer.output) if s[0] <= match.start() < s[1])
    said = set(_NUMBER.findall(answer.output[slice(*sentence)]))
    others = sorted(set(_NUMBER.findall(" ".join(answer.context))) - said)
    return _replaced(answer.output, match.span(), rng.choice(others)) if others else None


def number_invented(answer: Answer, rng: random.Random) -> Edit | None:
    """A number of the sources in place of which stands one that they do not hold."""
    found = _numbers(answer)
    if not found:
        return None
    match = rng.choice(found)
    known = set(_NUMBER.findall(" ".join(answer.context)))
    new = next(n for n in (str(rng.randint(13, 997)) for _ in range(1000)) if n not in known)
    return _replaced(answer.output, match.span(), new)


def negation_inserted(answer: Answer, rng: random.Random) -> Edit | None:
    """A "not" after the verb of a sentence that denies nothing."""
    places = [
        match.end()
        for start, end in _sentences_of_claims(answer.output)
        if not _DENIED.search(answer.output, start, end)
        and (match := _VERB.search(answer.output, start, end))
    ]
    if not places:
        return None
    at = rng.choice(places)
    return Edit(answer.output[:at] + " not" + answer.output[at:], at, at + 4)


def negations_removed(answer: Answer) -> list[Edit]:
    """Every way to take the only "not" out of a sentence."""
    return [
        _replaced(answer.output, match.span(), match["verb"] or "", loose=True)
        for match in _denials(answer, _NEGATION)
    ]


def negations_mended(answer: Answer) -> list[Edit]:
    """Every way to take the only "does not" or "do not" out of a sentence and mend its verb: "works"."""
    edits = []
    for match in _denials(answer, _CARRIED):
        verb = match["verb"]
        if match["does"]:
            verb = "has" if verb == "have" else f"{verb}es" if verb[-1] in "hosx" else f"{verb}s"
        edits.append(_replaced(answer.output, match.span(), verb))
    return edits


def _denials(answer: Answer, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Matches in the sentences of claims that have one negation."""
    for start, end in _sentences_of_claims(answer.output):
        if len(_DENIED.findall(answer.output[start:end])) == 1:
            yield from pattern.finditer(answer.output, start, end)


def negation_removed(answer: Answer, rng: random.Random) -> Edit | None:
    """A sentence without its "not"."""
    edits = negations_removed(answer)
    return rng.choice(edits) if edits else None


def negation_mended(answer: Answer, rng: random.Random) -> Edit | None:
    """A sentence without its "does not" or "do not", its verb mended: "works" for "does not work"."""
    edits = negations_mended(answer)
    return rng.choice(edits) if edits else None


def unit_changed(answer: Answer, rng: random.Random) -> Edit | None:
    """Another unit after a number that the sources hold."""
    ends = {match.end() for match in _numbers(answer)}
    found = [match for match in _UNITS.finditer(answer.output) if match.start() in ends]
    if not found:
        return None
    match = rng.choice(found)
    unit = match["unit"]
    other = (
        _OTHER_UNIT.get(unit) or _OTHER_UNIT.get(unit.removesuffix("es")) or _OTHER_UNIT[unit[:-1]]
    )
    return _replaced(answer.output, match.span("unit"), other)


def month_changed(answer: Answer, rng: random.Random) -> Edit | None:
    """Another month where the sources have the same one."""
    context = " ".join(answer.context)
    found = [m for m in _MONTH.finditer(answer.output) if m.group() in context]
    if not found:
        return None
    match = rng.choice(found)
    others = [month for month in _MONTHS.split() if month not in context]
    return _replaced(answer.output, match.span(), rng.choice(others)) if others else None


def name_changed(answer: Answer, rng: random.Random) -> Edit | None:
    """An invented name in place of one of the sources'."""
    context = " ".join(answer.context)
    found = [m for m in _NAME.finditer(answer.output) if m.group() in context]
    return (
        _replaced(answer.output, rng.choice(found).span(), rng.choice(_INVENTED)) if found else None
    )


def _replaced(output: str, span: tuple[int, int], new: str, *, loose: bool = False) -> Edit:
    start, end = span
    text = output[:start] + new + output[end:]
    return Edit(
        text, start - 1 if loose else start, start + len(new) + 1 if loose else start + len(new)
    )


EDITS: dict[str, tuple[Callable[[Answer, random.Random], Edit | None], float | None]] = {
    "number swapped for another of the sources": (number_swapped, 0.5),
    "number not in the sources": (number_invented, None),
    "negation inserted": (negation_inserted, 0.6),
    "negation removed": (negation_removed, 0.5),
    "negation removed, verb mended": (negation_mended, None),
    "unit changed": (unit_changed, None),
    "month changed": (month_changed, None),
    "name invented": (name_changed, None),
}
"""Kind of edit -> how it is made, and the share of them that is to be found."""


def found_by(before: Grounding, after: Grounding, edit: Edit) -> bool:
    """Whether the edited output has a flag in the edited clause that the clause had not before."""
    old = Counter(flag.note for flag in before.flags)
    new = Counter(flag.note for flag in after.flags)
    return any(
        new[flag.note] > old[flag.note] and _within(after, flag, edit) for flag in after.flags
    )


def _within(grounding: Grounding, flag: Flag, edit: Edit) -> bool:
    clause = grounding.clauses[flag.clause]
    return clause.start < edit.end and edit.start < clause.end


def marked_by(after: Grounding, edit: Edit) -> bool:
    """Whether the edited clause is among those marked at 25 %."""
    return any(
        after.clauses[i].start < edit.end and edit.start < after.clauses[i].end
        for i in after.marked(0.25)
    )


def edit_rows(corpus: Sequence[Answer]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of edits, and the flags that clean answers carry."""
    clean = [answer for answer in corpus if not answer.bad]
    indexes: list[Index] = [build_index(answer.context, answer.question) for answer in clean]
    before = [ground(a.output, index) for a, index in zip(clean, indexes, strict=True)]
    rows = []
    for name, (make, bar) in EDITS.items():
        tried = found = marked = 0
        for answer, index, was in zip(clean, indexes, before, strict=True):
            edit = make(answer, random.Random(f"{name} {answer.id}"))  # noqa: S311
            if edit is None:
                continue
            after = ground(edit.output, index)
            tried += 1
            found += found_by(was, after, edit)
            marked += marked_by(after, edit)
        share = found / max(1, tried)
        rows.append(
            [
                name,
                str(tried),
                f"{share:.3f}",
                f"{marked / max(1, tried):.3f}",
                f">= {bar:.2f}" if bar else "",
            ]
        )
    flags = Counter(flag.kind for was in before for flag in was.flags)
    per_clean = sum(flags.values()) / max(1, len(clean))
    rows.append(
        ["false flags for each clean answer", str(len(clean)), f"{per_clean:.3f}", "", "<= 0.10"]
    )
    kinds = ", ".join(f"{kind} {count / len(clean):.3f}" for kind, count in sorted(flags.items()))
    rows.append([f"  of these: {kinds}", "", "", "", ""])
    return ["", "tried", "flagged", "marked at 25 %", "bar"], rows
