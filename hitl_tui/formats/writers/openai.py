"""Writes the two fine-tuning formats of OpenAI: chat completions, and preferred output over another.

Field names as in its published schema (openai-openapi, `FineTuneChatRequestInput` and
`FineTunePreferenceRequestInput`). A row has these and no others, since what the service does with a
name it does not know is not said; where a row comes from stands in `SPLIT.provenance.jsonl`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.lessons import lessons, pairs
from hitl_tui.formats.prompts import Messages, prompt, reply
from hitl_tui.formats.samples import Row, Sample
from hitl_tui.formats.writers.contract import Writer

_INPUT = {"messages": MESSAGES, "tools": ["text"], "parallel_tool_calls": "flag"}


def chat_rows(sample: Sample) -> Iterator[Row]:
    """One row for each good text. A tool's result becomes a user's turn: its call is not on record."""
    asked = _asked(sample)
    if asked is None or sample.case.kind == "redteam":
        return
    for lesson in lessons(sample):
        if lesson.good:
            yield {"messages": [*asked, *reply(lesson.text)]}


def preference_rows(sample: Sample) -> Iterator[Row]:
    """One row a pair, as in `dpo`."""
    asked = _asked(sample)
    if asked is None:
        return
    for chosen, rejected in pairs(sample):
        yield {
            "input": {"messages": asked, "tools": [], "parallel_tool_calls": True},
            "preferred_output": reply(chosen),
            "non_preferred_output": reply(rejected),
        }


def _asked(sample: Sample) -> Messages | None:
    asked = prompt(sample)
    if asked is None:
        return None
    return [{**turn, "role": "user"} if turn["role"] == "tool" else turn for turn in asked]


SFT = Writer(
    about="chat completions to fine-tune on, for OpenAI",
    fields={"messages": Field(MESSAGES, "the conversation; the last turn is what to learn")},
    rows=chat_rows,
    sidecar=True,
)
DPO = Writer(
    about="a preferred and another output, for OpenAI's direct preference optimization",
    fields={
        "input": Field(_INPUT, "what was asked"),
        "preferred_output": Field(MESSAGES, "the better answer"),
        "non_preferred_output": Field(MESSAGES, "the other one"),
    },
    rows=preference_rows,
    sidecar=True,
)
