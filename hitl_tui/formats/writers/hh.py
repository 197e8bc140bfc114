"""Writes pairs of transcripts in the form of Anthropic's HH data (anthropics/hh-rlhf)."""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import Field
from hitl_tui.formats.lessons import pairs
from hitl_tui.formats.prompts import prompt, transcript
from hitl_tui.formats.samples import Row, Sample, provenance
from hitl_tui.formats.writers.contract import Writer, training

FIELDS = {
    "chosen": Field("text", "the transcript with the better answer"),
    "rejected": Field("text", "the same with the other one"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row a pair, as in `dpo`."""
    asked = prompt(sample)
    if asked is None:
        return
    for chosen, rejected in pairs(sample):
        both = {"chosen": transcript(asked, chosen), "rejected": transcript(asked, rejected)}
        yield {**both, **provenance(sample)}


WRITER = Writer(
    about="pairs of transcripts with turns of Human and Assistant, as in Anthropic's HH",
    fields=training(FIELDS),
    rows=rows,
)
