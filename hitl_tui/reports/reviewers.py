"""The report on reviewers: work, pace, agreement, quizzes, habits; as JSON, as lines, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hitl_tui.model.text import Shown, message, reveal
from hitl_tui.reports.table import interval, number, percent, table
from hitl_tui.stats.habits import TOO_FAST_MS, Habits
from hitl_tui.stats.intervals import Rate
from hitl_tui.stats.parts import ReviewerPart
from hitl_tui.stats.quizzes import Score

MOST_BARS = 20


@dataclass(frozen=True)
class ReviewersReport:
    """Everybody's habits, agreement with the others (by name), and quiz scores (quiz -> scores).

    `blind` says that the agreement is not the reader's to see.
    """

    habits: Sequence[Habits]
    agreement: Mapping[str, ReviewerPart] = field(default_factory=dict)
    quizzes: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    blind: bool = False


def as_json(report: ReviewersReport) -> dict[str, Any]:
    """The report under its stable names."""
    people = {}
    for one in report.habits:
        part = report.agreement.get(one.reviewer)
        people[one.reviewer] = {
            "verdicts": one.verdicts,
            "late": one.late,
            "decisions": dict(one.decisions),
            "seconds": one.seconds and dict(zip(("q1", "median", "q3"), one.seconds, strict=True)),
            "verdicts_per_hour": one.per_hour,
            "agreement": part
            and {"value": part.agreement, "ci": part.ci, "n": part.shared_items}
            | {"alpha_nominal_without": part.alpha_nominal_without},
            "flips": _rate(one.flips),
            "first_shown": _rate(one.first_shown),
            "too_fast": _rate(one.too_fast),
            "revealed": _rate(one.revealed),
            "quizzes": {
                quiz: {
                    "right": score.rate.x,
                    "n": score.rate.n,
                    "value": score.rate.value,
                    "ci": score.rate.ci,
                    "items": score.items,
                    "passed": score.passed,
                }
                for quiz, scores in report.quizzes.items()
                for score in scores
                if score.reviewer == one.reviewer
            },
        }
    return {"reviewers": people, "notes": list(_notes(report))}


def lines(report: ReviewersReport, width: int) -> list[Shown]:
    """The report for a terminal of so many columns."""
    if not report.habits:
        return [Shown("no verdicts yet")]
    work = [
        [
            one.reviewer,
            f"{one.verdicts:,}",
            None if one.seconds is None else f"{one.seconds[1]:.1f} s",
            None if one.seconds is None else f"{one.seconds[0]:.1f} to {one.seconds[2]:.1f}",
            number(one.per_hour, 0),
            *_agreement(report.agreement.get(one.reviewer)),
        ]
        for one in report.habits
    ]
    header = ["reviewer", "verdicts", "median", "quartiles", "per hour", "agrees", "95 % interval"]
    bias = [
        [one.reviewer, *_with(one.flips), *_with(one.first_shown), *_with(one.too_fast)]
        for one in report.habits
    ]
    columns = ["changed after reveal", "", "first shown preferred", "", "too fast", ""]
    shown = [
        *table([*header, "alpha without"], work),
        Shown(""),
        *table(["reviewer", *columns], bias),
    ]
    if report.quizzes:
        shown += [Shown(""), *_quizzes(report.quizzes)]
    shown += [Shown(""), *bars(report.habits, width)]
    return [*shown, Shown(""), *(message("- {note}", note=note) for note in _notes(report))]


def bars(people: Sequence[Habits], width: int) -> list[Shown]:
    """Verdicts by reviewer as horizontal bars, without colours."""
    import plotext  # noqa: PLC0415  (only where something is drawn)

    most = sorted(people, key=lambda one: -one.verdicts)[:MOST_BARS]
    plotext.clear_figure()
    plotext.simple_bar(
        [message("{name}", name=one.reviewer) for one in most],
        [one.verdicts for one in most],
        width=max(40, min(width, 100)),
        title="verdicts",
    )
    drawn = plotext.uncolorize(plotext.build())
    return [Shown(line.rstrip()) for line in reveal(drawn).text.rstrip("\n").split("\n")]


def _agreement(part: ReviewerPart | None) -> list[str | None]:
    if part is None:
        return [None, None, None]
    return [percent(part.agreement), interval(part.ci), number(part.alpha_nominal_without)]


def _with(rate: Rate) -> list[str | None]:
    if rate.value is None:
        return [None, None]
    return [f"{rate.x} of {rate.n}", interval(rate.ci, 2)]


def _quizzes(quizzes: Mapping[str, Sequence[Score]]) -> list[Shown]:
    rows = [
        [
            score.reviewer,
            quiz,
            f"{score.rate.x} of {score.rate.n}",
            interval(score.rate.ci),
            "passed" if score.passed else None,
        ]
        for quiz, scores in quizzes.items()
        for score in scores
    ]
    return table(["reviewer", "quiz", "right", "95 % interval", ""], rows, left=2)


def _notes(report: ReviewersReport) -> list[Shown]:
    found = [
        message(
            "intervals are 95 %, Wilson's for rates; too fast is under {s} s of active time",
            s=TOO_FAST_MS // 1000,
        )
    ]
    if report.blind:
        found.append(Shown("how far you agree with others is for leads: you judge blind"))
    for one in report.habits:
        ci = one.first_shown.ci
        if ci is not None and (ci[0] > 0.5 or ci[1] < 0.5):
            found.append(
                message(
                    "{name} leans to one side of a pair, whatever stands there", name=one.reviewer
                )
            )
    return found


def _rate(rate: Rate) -> dict[str, Any]:
    return {"x": rate.x, "n": rate.n, "value": rate.value, "ci": rate.ci}
