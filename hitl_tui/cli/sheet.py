"""One case on paper: question, output and sources side by side, doubtful clauses marked by signs.

Pure: a case and a width in, lines out. `2!` in the gutter says that clause 2 carries a flag, `6?` that
clause 6 is worth checking; the same number beside a source is where its evidence stands.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from hitl_tui.grounding import Flag, Grounding
from hitl_tui.model.case import Case
from hitl_tui.model.characters import cells
from hitl_tui.model.text import Revealed, Shown, message, reveal
from hitl_tui.tui.grounded import grounded
from hitl_tui.tui.wrap import wrap

SIDE_BY_SIDE = 100
"""Columns from which output and sources stand side by side."""

_GUTTER = 5
_GAP = 2
_ALARMS = 10
_QUOTE = 60


@dataclass(frozen=True, slots=True)
class _Block:
    """A text under a heading; `signs` are what stands in the gutter at display offsets of the text."""

    heading: Shown
    text: Revealed
    breaks: tuple[int, ...] = ()
    signs: Mapping[int, str] = field(default_factory=dict)


def sheet(case: Case, width: int, *, budget: float = 0.15, scores: bool = False) -> list[Shown]:
    """The lines that show `case` in `width` columns (40 or more).

    `budget` is the share of the output that is marked; `scores` shows what the guardrails found.
    """
    grounding = grounded(case)
    numbers = _signs(grounding, budget)
    lines = [_head(case), Shown("")]
    lines += _stacked(
        [_Block(_turn(turn.role), reveal(turn.content)) for turn in case.input], width
    )
    left = list(_judged(case, grounding, numbers, budget))
    right = list(_sources(case, grounding))
    if width >= SIDE_BY_SIDE and left and right:
        lines += _beside(left, right, width)
    else:
        lines += _stacked([*left, *right], width)
    lines += _to_check(case, grounding, numbers, budget)
    lines += _alarms(case)
    lines += _signals(case, scores=scores)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _head(case: Case) -> Shown:
    parts = [f"case {case.id}", case.kind, case.model, case.domain, case.language]
    return message("{line}", line="   ".join(part for part in parts if part))


def _turn(role: str) -> Shown:
    return message("Asked") if role == "user" else message("{role}", role=role.capitalize())


def _signs(grounding: Grounding, budget: float) -> dict[int, str]:
    """What stands beside each clause: its number, and `!` or `?` when it is to be checked."""
    flagged = {flag.clause for flag in grounding.flags}
    marked = set(grounding.marked(budget))
    return {
        i: f"{i + 1}{'!' if i in flagged else '?' if i in marked else ''}"
        for i in range(len(grounding.clauses))
    }


def _judged(
    case: Case, grounding: Grounding, numbers: Mapping[int, str], budget: float
) -> Iterator[_Block]:
    if case.output is not None:
        text = reveal(case.output)
        places = [text.to_display(clause.start) for clause in grounding.clauses]
        count = len(grounding.marked(budget))
        heading = message("Output   {n} to check", n=count) if places else message("Output")
        signs = {place: numbers[i] for i, place in enumerate(places)}
        yield _Block(heading, text, tuple(place for place in places if place), signs)
    for candidate, decision in zip_longest(case.candidates, "ab"[: len(case.candidates)]):
        chosen = f"{decision} prefers it" if decision else "not asked about"
        heading = message("Candidate {id}   {chosen}", id=candidate.id, chosen=chosen)
        yield _Block(heading, reveal(candidate.text))
    if case.critique is not None:
        yield _Block(message("Critique"), reveal(case.critique))
    if case.revision is not None:
        yield _Block(message("Revision"), reveal(case.revision))
    if case.attack is not None:
        yield _Block(message("Attack, its goal"), reveal(case.attack.goal))
    if case.action is not None:
        arguments = json.dumps(case.action.arguments, ensure_ascii=False, indent=2)
        yield _Block(message("Action {name}", name=case.action.name), reveal(arguments))


def _sources(case: Case, grounding: Grounding) -> Iterator[_Block]:
    evidence: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, clause in enumerate(grounding.clauses, 1):
        for place in clause.evidence[:1]:
            evidence[place.passage][place.start].append(number)
    for i, passage in enumerate(case.context):
        text = reveal(passage.text)
        name = "   ".join(part for part in (passage.title, passage.id) if part)
        signs = {text.to_display(at): _joined(found) for at, found in evidence[i].items()}
        heading = message("Source {n} of {all}   {name}", n=i + 1, all=len(case.context), name=name)
        yield _Block(heading, text, signs=signs)


def _joined(numbers: Sequence[int]) -> str:
    """Clause numbers that fit the gutter; a plus sign stands for the rest."""
    shown = ",".join(str(number) for number in numbers)
    return shown if len(shown) < _GUTTER else f"{numbers[0]}+"


def _stacked(blocks: Iterable[_Block], width: int) -> list[Shown]:
    return [line for block in blocks for line in (*_lines(block, width), Shown(""))]


def _beside(left: Sequence[_Block], right: Sequence[_Block], width: int) -> list[Shown]:
    room = (width - _GAP) // 2
    pairs = zip_longest(_stacked(left, room), _stacked(right, room), fillvalue=Shown(""))
    return [Shown((a + " " * (room - cells(a) + _GAP) + b).rstrip() if b else a) for a, b in pairs]


def _lines(block: _Block, width: int) -> Iterator[Shown]:
    """The heading, then the text with its gutter; every line fits `width` cells."""
    for start, end in _cut(block.heading, width):
        yield Shown(block.heading[start:end])
    text = block.text.text
    table = wrap(text, width - _GUTTER, block.breaks)
    gutter: dict[int, list[str]] = defaultdict(list)
    for offset, sign in sorted(block.signs.items()):
        gutter[table.line_of(offset)].append(sign)
    for number, (start, end) in enumerate(zip(table.starts, table.ends, strict=True)):
        signs = gutter.get(number, [""])
        sign = signs[0] if len(signs) == 1 else _joined_signs(signs)
        yield Shown(f"{sign:<{_GUTTER}}{text[start:end]}".rstrip(" "))


def _joined_signs(signs: Sequence[str]) -> str:
    shown = ",".join(signs)
    return shown if len(shown) < _GUTTER else f"{signs[0][: _GUTTER - 2]}+"


def _cut(text: str, width: int) -> Iterator[tuple[int, int]]:
    table = wrap(text, width)
    return zip(table.starts, table.ends, strict=True)


def _to_check(
    case: Case, grounding: Grounding, numbers: Mapping[int, str], budget: float
) -> list[Shown]:
    if grounding.note:
        return [message("Nothing is marked: {why}", why=grounding.note), Shown("")]
    lines = [_flag(case, flag, numbers[flag.clause]) for flag in grounding.flags]
    flagged = {flag.clause for flag in grounding.flags}
    for i in grounding.marked(budget):
        if i not in flagged:
            why = ", ".join(grounding.clauses[i].reasons)
            lines.append(message("{sign} {why}", sign=numbers[i], why=why))
    return [message("To check"), *lines, Shown("")] if lines else []


def _flag(case: Case, flag: Flag, sign: str) -> Shown:
    value = (case.output or "")[flag.start : flag.end][:_QUOTE]
    if flag.source is None:
        return message('{sign} {note}: output "{value}"', sign=sign, note=flag.note, value=value)
    place = flag.source
    other = case.context[place.passage].text[place.start : place.end][:_QUOTE]
    return message(
        '{sign} {note}: output "{value}", source {n} "{other}"',
        sign=sign,
        note=flag.note,
        value=value,
        n=place.passage + 1,
        other=other,
    )


def texts(case: Case) -> Iterator[tuple[str, str]]:
    """Every text of the case that a reviewer reads, with a name for its place."""
    for turn in case.input:
        yield "question", turn.content
    if case.output is not None:
        yield "output", case.output
    for candidate in case.candidates:
        yield "candidate", candidate.text
    if case.critique is not None:
        yield "critique", case.critique
    if case.revision is not None:
        yield "revision", case.revision
    if case.attack is not None:
        yield "attack", case.attack.goal
    if case.action is not None:
        yield "action", json.dumps(case.action.arguments, ensure_ascii=False, indent=2)
    for number, passage in enumerate(case.context, 1):
        yield f"source {number}", passage.text


def _alarms(case: Case) -> list[Shown]:
    found = [(where, alarm) for where, text in texts(case) for alarm in reveal(text).alarms]
    if not found:
        return []
    lines = [message("Hidden or deceptive characters")]
    for where, alarm in found[:_ALARMS]:
        words = message(
            "  {where}, characters {start} to {end}: {note}",
            where=where,
            start=alarm.start,
            end=alarm.end,
            note=alarm.note,
        )
        reads = (
            Shown(f"; it reads: {alarm.decoded}".replace("\n", " ")) if alarm.decoded else Shown("")
        )
        lines.append(Shown(words + reads))
    if len(found) > _ALARMS:
        lines.append(message("  and {n} more", n=len(found) - _ALARMS))
    return [*lines, Shown("")]


def _signals(case: Case, *, scores: bool) -> list[Shown]:
    if not case.signals:
        return []
    if not scores:
        names = ", ".join(dict.fromkeys(signal.name for signal in case.signals))
        return [
            message(
                "Guardrails: {names} (what they found is hidden; --reveal shows it)", names=names
            )
        ]
    lines = [message("Guardrails")]
    for signal in case.signals:
        parts = [signal.name, signal.label or ""]
        if signal.score is not None:
            parts.append(f"score {signal.score:g}")
        if signal.threshold is not None:
            parts.append(f"threshold {signal.threshold:g}")
        lines.append(message("  {what}", what="   ".join(part for part in parts if part)))
    return lines
