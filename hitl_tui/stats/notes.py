"""What an analysis of agreement means, in plain words: why a value is low, wide or undefined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hitl_tui.model.text import Shown, message
from hitl_tui.stats.analysis import Analysis
from hitl_tui.stats.ratings import Ratings

FEW_ITEMS = 50
PREVALENT = 0.9
LOW = 0.67
"""Krippendorff's lowest bound for tentative conclusions."""
PULLS = 0.05
_SHOWN = 5

WHY: Mapping[str, Shown] = {
    "no_items": Shown("there are no ratings"),
    "one_reviewer": Shown("one reviewer alone cannot agree with anybody"),
    "no_pairable_items": Shown(
        "no item has ratings of two reviewers: give the same cases to several of them"
    ),
    "no_variation": Shown(
        "everybody chose one label throughout: nothing shows whether they could tell cases apart"
    ),
    "not_two_reviewers": Shown("it is defined for exactly two reviewers; see the pairs"),
    "not_numeric": Shown("the labels are not numbers, so they have no distances"),
    "no_order": Shown("the labels have no known order: declare it with --labels low,medium,high"),
    "negative_labels": Shown("ratios need labels that are not negative"),
    "n_items<2": Shown("one item gives a value, but says nothing of how it would vary"),
}
"""Reason code -> what it means."""


def notes(ratings: Ratings, analysis: Analysis) -> list[Shown]:
    """The sentences for this analysis, the most important first."""
    return [*_undefined(analysis), *_doubtful(ratings, analysis), *_who(ratings, analysis)]


def _undefined(analysis: Analysis) -> Iterator[Shown]:
    reasons: dict[str, list[str]] = {}
    for name, coefficient in analysis.coefficients.items():
        if coefficient.reason is not None:
            reasons.setdefault(coefficient.reason, []).append(name)
    if analysis.n_reviewers != 2:
        reasons.pop("not_two_reviewers", None)
    for reason, names in reasons.items():
        every = len(names) == len(analysis.coefficients)
        yield message(
            "{which}: {why}", which="everything" if every else ", ".join(names), why=WHY[reason]
        )


def _doubtful(ratings: Ratings, analysis: Analysis) -> Iterator[Shown]:
    if not analysis.n_ratings:
        return
    if analysis.dropped_items:
        yield message("{n} items without any rating were left out", n=analysis.dropped_items)
    if ratings.undeclared:
        yield message(
            "{labels}: not among the declared labels, counted in q all the same",
            labels=", ".join(ratings.undeclared[:_SHOWN]),
        )
    elif not ratings.declared:
        yield message(
            "q = {q} is how many labels occur: AC1, AC2 and bp need how many there are to choose "
            "from; say it with --labels",
            q=ratings.q,
        )
    if 0 < analysis.pairable_items < FEW_ITEMS:
        yield message(
            "too few items: {n} with two ratings or more; from {few} on the intervals can be relied on",
            n=analysis.pairable_items,
            few=FEW_ITEMS,
        )
    single = analysis.n_items - analysis.pairable_items
    if single and analysis.pairable_items:
        yield message(
            "{n} items have one rating: they count for the shares of the labels, not for agreement",
            n=single,
        )
    yield from _prevalent(ratings, analysis)
    if analysis.pairable_items:
        yield Shown(
            "the intervals hold for these reviewers on more such items, not for other reviewers"
        )


def _prevalent(ratings: Ratings, analysis: Analysis) -> Iterator[Shown]:
    if not analysis.pairable_items:
        return
    counts = np.bincount(ratings.label, minlength=ratings.q)
    most = int(counts.argmax())
    share = counts[most] / counts.sum()
    percent = analysis.coefficients["percent"].value
    if PREVALENT <= share < 1:
        minority = [label for at, label in enumerate(ratings.labels) if at != most and counts[at]]
        yield message(
            "{share} % of ratings are one label ({label}): alpha and kappa say little; see the "
            "minority label ({others})",
            share=f"{100 * share:.0f}" if share < 0.995 else f"{100 * share:.1f}",
            label=ratings.labels[most],
            others=", ".join(minority[:_SHOWN]),
        )
    if percent == 1.0 and share < 1:
        yield message(
            "no disagreement was seen: the intervals have no width, which is not certainty; with {n} "
            "items up to {rate} % of such items may still see one",
            n=analysis.pairable_items,
            rate=f"{min(100.0, 300 / analysis.pairable_items):.1f}",
        )


def _who(ratings: Ratings, analysis: Analysis) -> Iterator[Shown]:
    alpha = analysis.coefficients["alpha_nominal"].value
    if alpha is None:
        return
    steady = [name for name, part in analysis.reviewers.items() if not part.varied and part.n > 1]
    if steady:
        yield message(
            "{names} gave one label only: their agreement says nothing of how well they tell cases "
            "apart",
            names=", ".join(steady[:_SHOWN]),
        )
    if alpha >= LOW:
        return
    unsure = [
        (part.agreement, label)
        for label, part in analysis.per_label.items()
        if part.agreement is not None
    ]
    if unsure:
        value, label = min(unsure)
        yield message(
            "the least agreed label is {label}: when one reviewer gives it, another does in {p} % of "
            "cases",
            label=label,
            p=f"{100 * value:.0f}",
        )
    for name, part in analysis.reviewers.items():
        without = part.alpha_nominal_without
        if without is not None and analysis.n_reviewers > 2 and without - alpha > PULLS:
            yield message(
                "without {name} alpha would be {without} instead of {alpha}",
                name=name,
                without=f"{without:.2f}",
                alpha=f"{alpha:.2f}",
            )
