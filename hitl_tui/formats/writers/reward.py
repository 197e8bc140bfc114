"""Writes pairs for a reward model: two whole conversations and by how much one is better.

TRL's preference type with an implicit prompt; RewardTrainer also reads `margin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.lessons import pairs
from hitl_tui.formats.prompts import plain, prompt, reply
from hitl_tui.formats.samples import Row, Sample, provenance, settled
from hitl_tui.formats.writers.contract import Writer, training

STRONGEST = 3
FIELDS = {
    "chosen": Field(MESSAGES, "the conversation with the better answer"),
    "rejected": Field(MESSAGES, "the same with the other one"),
    "margin": Field("number", "above 0, up to 1: strength over 3, else the agreement"),
}
STANDARD = {
    "chosen": Field("text", "the conversation with the better answer, as one text"),
    "rejected": Field("text", "the same with the other one"),
    "margin": Field("number", "above 0, up to 1: strength over 3, else the agreement"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row a pair, as in `dpo`."""
    asked = prompt(sample)
    if asked is None:
        return
    for chosen, rejected in pairs(sample):
        whole = [[*asked, *reply(chosen)], [*asked, *reply(rejected)]]
        good, bad = [plain(one) for one in whole] if sample.standard else whole
        row = {"chosen": good, "rejected": bad, "margin": margin(sample)}
        yield {**row, **provenance(sample)}


def margin(sample: Sample) -> float:
    """The mean strength (1 to 3) of the verdicts that preferred the winner, over 3; else the agreement."""
    answer = settled(sample)
    strengths = [
        one.verdict.strength
        for one in sample.judged
        if one.verdict.decision == answer.decision and one.verdict.strength is not None
    ]
    return fmean(strengths) / STRONGEST if strengths else answer.agreement


WRITER = Writer(
    about="two conversations and the margin between them (TRL RewardTrainer)",
    fields=training(FIELDS),
    standard=training(STANDARD),
    rows=rows,
)
