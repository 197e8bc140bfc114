"""Writes preference pairs: the edited text over the original, the preferred candidate over the others.

TRL's preference type with an explicit prompt; chosen and rejected hold the assistant's turn alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.lessons import pairs
from hitl_tui.formats.prompts import plain, prompt, reply
from hitl_tui.formats.samples import Row, Sample, provenance
from hitl_tui.formats.writers.contract import Writer, training

FIELDS = {
    "prompt": Field(MESSAGES, "what was asked"),
    "chosen": Field(MESSAGES, "the better answer"),
    "rejected": Field(MESSAGES, "the other one"),
}
STANDARD = {
    "prompt": Field("text", "what was asked"),
    "chosen": Field("text", "the better answer"),
    "rejected": Field("text", "the other one"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row a pair: a preference among n candidates gives n - 1 of them."""
    asked = prompt(sample)
    if asked is None:
        return
    for chosen, rejected in pairs(sample):
        if sample.standard:
            own = {"prompt": plain(asked), "chosen": chosen, "rejected": rejected}
            yield {**own, **provenance(sample)}
        else:
            pair = {"prompt": asked, "chosen": reply(chosen), "rejected": reply(rejected)}
            yield {**pair, **provenance(sample)}


WRITER = Writer(
    about="a better and a worse answer to the same prompt (TRL DPOTrainer)",
    fields=training(FIELDS),
    standard=training(STANDARD),
    rows=rows,
)
