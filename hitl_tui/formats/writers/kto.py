"""Writes single judgments: a prompt, a completion, and whether people would let it stand.

TRL's unpaired preference type, for KTOTrainer and BCOTrainer.
"""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.lessons import lessons
from hitl_tui.formats.prompts import plain, prompt, reply
from hitl_tui.formats.samples import Row, Sample, provenance
from hitl_tui.formats.writers.contract import Writer, training

FIELDS = {
    "prompt": Field(MESSAGES, "what was asked"),
    "completion": Field(MESSAGES, "one answer"),
    "label": Field("flag", "whether it may stand"),
}
STANDARD = {
    "prompt": Field("text", "what was asked"),
    "completion": Field("text", "one answer"),
    "label": Field("flag", "whether it may stand"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row for each text that was judged; an edit gives two."""
    asked = prompt(sample)
    if asked is None:
        return
    for lesson in lessons(sample):
        if sample.standard:
            own = {"prompt": plain(asked), "completion": lesson.text, "label": lesson.good}
            yield {**own, **provenance(sample)}
        else:
            turn = reply(lesson.text)
            yield {
                "prompt": asked,
                "completion": turn,
                "label": lesson.good,
                **provenance(sample),
            }


WRITER = Writer(
    about="answers with yes or no (TRL KTOTrainer)",
    fields=training(FIELDS),
    standard=training(STANDARD),
    rows=rows,
)
