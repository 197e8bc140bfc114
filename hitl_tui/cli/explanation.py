"""The words of `hitl ground --explain`: clause by clause, what was compared and what came of it.

Pure: a case and a width in, lines out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hitl_tui.grounding import index_case
from hitl_tui.grounding.explain import Explanation, explained
from hitl_tui.grounding.types import Evidence, Grade, Grounding, Span
from hitl_tui.model.case import Case
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.tui.wrap import wrap

_QUOTE = 240
_WORDS = 12
_GRADES: dict[Grade, str] = {"found": "found", "weak": "weak", "not_found": "not found"}


def explanation(case: Case, width: int) -> list[Shown]:
    """The lines that explain the grounding of `case` in `width` columns."""
    grounding, clauses = explained(case.output or "", index_case(case))
    lines = [message("case {id}", id=case.id), *_head(grounding), Shown("")]
    marked = set(grounding.marked(0.15))
    for number, one in enumerate(clauses):
        for line in _clause(case, number, one, number in marked):
            lines += _wrapped(line, width)
        lines.append(Shown(""))
    return lines[:-1]


def _head(grounding: Grounding) -> Iterator[Shown]:
    if grounding.note:
        yield message("Nothing is compared: {why}", why=grounding.note)
        return
    yield message(
        "risk {risk}, without style {plain} (0 low, 1 high; 0.5 is as likely bad as not)",
        risk=f"{grounding.risk:.2f}",
        plain=f"{grounding.risk_without_style:.2f}",
    )


def _clause(case: Case, number: int, one: Explanation, marked: bool) -> Iterator[Shown]:
    clause, output = one.clause, case.output or ""
    sign = "!" if one.flags else "?" if marked else ""
    yield message(
        "{n}{sign} {text}",
        n=number + 1,
        sign=sign,
        text=reveal_line(output[clause.start : clause.end], _QUOTE),
    )
    yield message(
        "    {grade}: {reasons}; score {score}, without style {plain}",
        grade=_GRADES[clause.grade],
        reasons=", ".join(clause.reasons),
        score=f"{clause.score:.2f}",
        plain=f"{clause.score_without_style:.2f}",
    )
    yield from _words(output, "no source has", one.unseen)
    yield from _words(output, "the sources have only a relative or synonym of", one.kin)
    yield from _words(output, "elsewhere in the sources", one.apart)
    for flag in one.flags:
        value = message(
            "    {note}: output {value}",
            note=flag.note,
            value=reveal_line(output[flag.start : flag.end], _QUOTE),
        )
        there = message(", source {text}", text=_quoted(case, flag.source)) if flag.source else ""
        yield Shown(value + there)
    if one.linked is None:
        yield message("    compared with nothing: no word of weight in common")
        return
    yield message(
        "    compared with source {n}, which has {share} of its weight: {text}",
        n=one.linked.passage + 1,
        share=f"{one.linked.score:.0%}",
        text=_quoted(case, one.linked),
    )
    yield message("    longest run of words in common: {n}", n=one.longest_run)


def _words(output: str, what: str, places: Sequence[Span]) -> Iterator[Shown]:
    if not places:
        return
    shown = [reveal_line(output[start:end], 40) for start, end in places[:_WORDS]]
    more = f" and {len(places) - _WORDS} more" if len(places) > _WORDS else ""
    yield message("    {what}: {words}{more}", what=what, words=message_list(shown), more=more)


def message_list(words: Sequence[Shown]) -> Shown:
    """Words that may be shown, with commas between them."""
    line = message("")
    for at, word in enumerate(words):
        template = "{line}, {word}" if at else "{line}{word}"
        line = message(template, line=line, word=word)
    return line


def _quoted(case: Case, place: Evidence) -> Shown:
    return reveal_line(case.context[place.passage].text[place.start : place.end], _QUOTE)


def _wrapped(line: Shown, width: int) -> list[Shown]:
    if len(line) <= width and line.isascii():
        return [line]
    table = wrap(line, width - 4)
    parts = [line[start:end] for start, end in zip(table.starts, table.ends, strict=True)]
    return [Shown(part if not at else f"    {part}") for at, part in enumerate(parts)]
