"""Which gold cases make a quiz: at random, or stratified so that rare labels are in it too."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hitl_tui.model.quiz import QuizItem


def choose(
    items: Sequence[QuizItem], size: int, *, seed: int, stratified: bool = False
) -> list[QuizItem]:
    """At most `size` of the items, the same for the same seed.

    Stratified, every stratum (`stratum`) gives one in turn, the rarest first, as long as it has some:
    rare labels are oversampled, so a score by label is possible. ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError("a quiz has one item or more")
    draw = random.Random(seed)  # noqa: S311  (a reproducible choice, not a secret)
    if not stratified:
        return draw.sample(list(items), min(size, len(items)))
    strata: dict[str, list[QuizItem]] = {}
    for item in items:
        strata.setdefault(stratum(item), []).append(item)
    for group in strata.values():
        draw.shuffle(group)
    turns = sorted(strata.values(), key=len)
    chosen: list[QuizItem] = []
    while len(chosen) < size and any(turns):
        for group in turns:
            if group and len(chosen) < size:
                chosen.append(group.pop())
    return chosen


def stratum(item: QuizItem) -> str:
    """What an item is an example of: its first gold label, or its decision when it has none."""
    return item.gold.labels[0] if item.gold.labels else str(item.gold.decision)
