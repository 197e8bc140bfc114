"""What a quiz says: scores with intervals, recall by label, hard and doubtful items, who has passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hitl_tui.model.case import Gold
from hitl_tui.model.quiz import QuizRecord
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import Verdict
from hitl_tui.stats.discrimination import BAD, discriminations
from hitl_tui.stats.intervals import Rate, rate
from hitl_tui.stats.planning import items_for_mark, least_right

STRONG = 0.95
"""The accuracy of a strong reviewer, for saying how many items a mark needs."""


@dataclass(frozen=True, slots=True)
class Score:
    """One reviewer's result. `passed` needs every item answered and the lower bound at the mark."""

    reviewer: str
    answered: int
    items: int
    rate: Rate
    passed: bool
    by_decision: Mapping[str, Rate]
    by_label: Mapping[str, Rate]


@dataclass(frozen=True, slots=True)
class ItemScore:
    """One item: how many of its answers are right, and how it goes with the rest of the quiz.

    `flagged` says that those who are right elsewhere are not right more often here.
    """

    item: int
    source: str
    gold: str
    rate: Rate
    discrimination: float | None
    flagged: bool
    decisions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QuizScores:
    """The whole report. `needed` right answers reach the mark, None when not even all do."""

    mark: float
    needed: int | None
    scores: Sequence[Score]
    items: Sequence[ItemScore]
    ratings: Sequence[tuple[str, str, str]]
    """`(item, reviewer, decision)` of every answer, for the group's agreement."""

    notes: Sequence[Shown]


def scores(record: QuizRecord, mark: float) -> QuizScores:
    """The report of a quiz under a mark (0 to 1)."""
    given: dict[str, dict[int, Verdict]] = {one.reviewer: {} for one in record.sittings}
    for answer in record.answers:
        if answer.verdict is not None:
            given[answer.reviewer][answer.item] = answer.verdict
    golds = {n: record.gold(n) for n in range(1, len(record.items) + 1)}
    people = [_score(name, own, golds, mark) for name, own in sorted(given.items())]
    right = {
        name: {str(n): _right(verdict, golds[n]) for n, verdict in own.items()}
        for name, own in given.items()
    }
    tells = discriminations(right)
    return QuizScores(
        mark,
        least_right(len(golds), mark),
        people,
        [_item(record, n, gold, given, tells.get(str(n))) for n, gold in golds.items()],
        [
            (str(n), name, verdict.decision)
            for name, own in given.items()
            for n, verdict in own.items()
        ],
        list(_notes(len(golds), mark, people)),
    )


def hardest(items: Sequence[ItemScore]) -> list[ItemScore]:
    """The items that were answered, those with the fewest right answers first."""
    answered = [item for item in items if item.rate.n]
    return sorted(answered, key=lambda item: (item.rate.value or 0.0, -item.rate.n, item.item))


def labels_of(verdict: Verdict) -> frozenset[str]:
    """The labels that a verdict gives, to the whole or to a span."""
    return frozenset((*verdict.labels, *(span.label for span in verdict.spans if span.label)))


def _right(verdict: Verdict, gold: Gold) -> bool:
    return verdict.decision == gold.decision


def _score(name: str, own: Mapping[int, Verdict], golds: Mapping[int, Gold], mark: float) -> Score:
    right = sum(_right(verdict, golds[n]) for n, verdict in own.items())
    total = rate(right, len(own))
    decisions: dict[str, list[bool]] = {}
    labels: dict[str, list[bool]] = {}
    for n, verdict in sorted(own.items()):
        gold = golds[n]
        decisions.setdefault(str(gold.decision), []).append(_right(verdict, gold))
        for label in gold.labels:
            labels.setdefault(label, []).append(label in labels_of(verdict))
    whole = len(own) == len(golds)
    passed = whole and total.ci is not None and total.ci[0] >= mark
    return Score(name, len(own), len(golds), total, passed, _rates(decisions), _rates(labels))


def _rates(hits: Mapping[str, Sequence[bool]]) -> dict[str, Rate]:
    return {name: rate(sum(found), len(found)) for name, found in sorted(hits.items())}


def _item(
    record: QuizRecord,
    number: int,
    gold: Gold,
    given: Mapping[str, Mapping[int, Verdict]],
    tells: float | None,
) -> ItemScore:
    verdicts = [own[number] for own in given.values() if number in own]
    item = record.items[number - 1]
    return ItemScore(
        number,
        str(item.source or item.case.id),
        str(gold.decision),
        rate(sum(_right(verdict, gold) for verdict in verdicts), len(verdicts)),
        tells,
        tells is not None and tells < BAD,
        dict(Counter(verdict.decision for verdict in verdicts).most_common()),
    )


def _notes(items: int, mark: float, people: Sequence[Score]) -> list[Shown]:
    needed = least_right(items, mark)
    at = f"{mark:.2f}"
    found = []
    if needed is None:
        found.append(
            message(
                "with {n} items not even all right reach {mark}: a reviewer who is right in {strong} % "
                "of cases needs about {more} items",
                n=items,
                mark=at,
                strong=f"{100 * STRONG:.0f}",
                more=items_for_mark(mark, STRONG) if mark < STRONG else "very many",
            )
        )
    else:
        found.append(
            message(
                "to pass, {needed} of {n} must be right: the lower end of the interval counts, not the "
                "score, and it must reach {mark}",
                needed=needed,
                n=items,
                mark=at,
            )
        )
    open_ = [one.reviewer for one in people if one.answered < one.items]
    if open_:
        found.append(message("not finished: {names}", names=", ".join(open_)))
    return found
