"""Writes supervised fine-tuning data: the conversation with the answer that people let stand.

TRL's language modelling type (`messages`), or with `--standard` its prompt-completion type.
"""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.lessons import lessons
from hitl_tui.formats.prompts import plain, prompt, reply
from hitl_tui.formats.samples import Row, Sample, provenance
from hitl_tui.formats.writers.contract import Writer, training

FIELDS = {
    "messages": Field(MESSAGES, "the conversation; the last turn is what to learn"),
}
STANDARD = {
    "prompt": Field("text", "what was asked"),
    "completion": Field("text", "what to learn"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row for each good text of a case that asked something; an attack is nothing to learn from."""
    asked = prompt(sample)
    if asked is None or sample.case.kind == "redteam":
        return
    for lesson in lessons(sample):
        if not lesson.good:
            continue
        if sample.standard:
            yield {"prompt": plain(asked), "completion": lesson.text, **provenance(sample)}
        else:
            yield {"messages": [*asked, *reply(lesson.text)], **provenance(sample)}


WRITER = Writer(
    about="what people approved or wrote, as messages to fine-tune on (TRL SFTTrainer)",
    fields=training(FIELDS),
    standard=training(STANDARD),
    rows=rows,
)
