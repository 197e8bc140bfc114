"""The report on a quiz: scores, hard items, the group's agreement, who may judge what; JSON and lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hitl_tui.model.clock import rfc3339
from hitl_tui.model.quiz import QuizRecord
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.qualifying import Qualified
from hitl_tui.reports.table import interval, number, percent, table
from hitl_tui.stats.analysis import Analysis
from hitl_tui.stats.intervals import Rate
from hitl_tui.stats.quizzes import ItemScore, QuizScores, hardest

SHOWN_ITEMS = 10
GROUP = ("percent", "alpha_nominal", "ac1")


@dataclass(frozen=True)
class QuizReport:
    """A quiz with its scores, the agreement of those who took it, and what it opens.

    `pools` are those that this quiz can open.
    """

    record: QuizRecord
    scores: QuizScores
    agreement: Analysis
    pools: Sequence[str]
    qualified: Sequence[Qualified]


def as_json(report: QuizReport) -> dict[str, Any]:
    """The report under its stable names."""
    scores = report.scores
    return {
        "quiz": report.record.quiz.name,
        "mode": report.record.quiz.mode,
        "closed": report.record.quiz.closed_at is not None,
        "n_items": len(scores.items),
        "mark": scores.mark,
        "needed": scores.needed,
        "reviewers": {
            one.reviewer: {
                "answered": one.answered,
                **_rate(one.rate),
                "passed": one.passed,
                "by_decision": {name: _rate(found) for name, found in one.by_decision.items()},
                "by_label": {name: _rate(found) for name, found in one.by_label.items()},
            }
            for one in scores.scores
        },
        "agreement": {
            name: {"value": one.value, "ci": one.ci, "reason": one.reason}
            for name, one in report.agreement.coefficients.items()
        },
        "items": [
            {
                "item": item.item,
                "source": item.source,
                "gold": item.gold,
                **_rate(item.rate),
                "discrimination": item.discrimination,
                "flagged": item.flagged,
                "decisions": dict(item.decisions),
            }
            for item in hardest(scores.items)
        ],
        "pools": list(report.pools),
        "qualified": [
            {
                "reviewer": one.reviewer,
                "pool": one.pool,
                "since": rfc3339(one.since),
                "until": None if one.until is None else rfc3339(one.until),
            }
            for one in report.qualified
        ],
        "notes": list(scores.notes),
    }


def lines(report: QuizReport) -> list[Shown]:
    """The report for a terminal."""
    scores, quiz = report.scores, report.record.quiz
    shown = [
        message(
            "quiz {name}, {mode}, {n} items, taken by {people}{closed}",
            name=quiz.name,
            mode=quiz.mode,
            n=len(scores.items),
            people=len(scores.scores),
            closed=", closed" if quiz.closed_at is not None else "",
        )
    ]
    parts = (
        _people(scores),
        _recall(scores),
        _group(report.agreement),
        _items(scores.items),
        list(_opened(report)),
    )
    for part in parts:
        if part:
            shown += [Shown(""), *part]
    return [*shown, Shown(""), *(message("- {note}", note=note) for note in scores.notes)]


def _people(scores: QuizScores) -> list[Shown]:
    rows = [
        [
            one.reviewer,
            f"{one.rate.x} of {one.rate.n}",
            percent(one.rate.value),
            interval(one.rate.ci),
            "passed"
            if one.passed
            else "not finished"
            if one.answered < one.items
            else "not passed",
        ]
        for one in scores.scores
    ]
    return table(["reviewer", "right", "score", "95 % interval", f"mark {scores.mark:.2f}"], rows)


def _recall(scores: QuizScores) -> list[Shown]:
    """Per decision and label of the gold: how many each reviewer found."""
    names = dict.fromkeys(
        (kind, name)
        for one in scores.scores
        for kind, rates in (("decision", one.by_decision), ("label", one.by_label))
        for name in rates
    )
    if not names:
        return []
    rows = []
    for kind, name in names:
        row: list[object] = [kind, name]
        for one in scores.scores:
            rates = one.by_decision if kind == "decision" else one.by_label
            row.append(f"{rates[name].x}/{rates[name].n}" if name in rates else None)
        rows.append(row)
    head = Shown("found of what the right answers have:")
    return [head, *table(["", "", *(one.reviewer for one in scores.scores)], rows, left=2)]


def _group(agreement: Analysis) -> list[Shown]:
    rows = [
        [name, number(one.value), interval(one.ci), one.reason]
        for name, one in ((name, agreement.coefficients[name]) for name in GROUP)
    ]
    return table(["agreement", "value", "95 % interval", "reason"], rows)


def _items(items: Sequence[ItemScore]) -> list[Shown]:
    rows = [
        [
            item.item,
            item.source,
            item.gold,
            f"{item.rate.x}/{item.rate.n}",
            number(item.discrimination, 2),
            "look at it" if item.flagged else None,
            ", ".join(f"{name} {n}" for name, n in item.decisions.items()),
        ]
        for item in hardest(items)
        if item.flagged or item.rate.x < item.rate.n
    ][:SHOWN_ITEMS]
    if not rows:
        return []
    header = ["item", "case", "gold", "right", "tells apart", "", "answers"]
    return [Shown("the hardest items:"), *table(header, rows, left=3)]


def _opened(report: QuizReport) -> Iterator[Shown]:
    for one in report.qualified:
        if one.until is None:
            yield message("{reviewer} may judge {pool}", reviewer=one.reviewer, pool=one.pool)
        else:
            yield message(
                "{reviewer} may judge {pool} until {until} UTC",
                reviewer=one.reviewer,
                pool=one.pool,
                until=f"{one.until:%Y-%m-%d %H:%M}",
            )
    open_to = {one.pool for one in report.qualified}
    for pool in report.pools:
        if pool not in open_to and any(one.passed for one in report.scores.scores):
            yield message(
                "nobody may judge {pool} any more: a pass ends after `valid_for`, and with another version "
                "of the guideline unless `lapses_with_guideline` is false",
                pool=pool,
            )
    if not report.pools:
        yield Shown("no pool asks for this quiz; `qualified_by` of a pool in hitl.toml would")


def _rate(rate: Rate) -> Mapping[str, Any]:
    return {"right": rate.x, "n": rate.n, "value": rate.value, "ci": rate.ci}
