"""Writes attacks with how they went, under the field names of Anthropic's red-team data and our own.

Of the names in anthropics/hh-rlhf the ones that nobody here measures are null in every row:
`min_harmlessness_score_transcript`, `num_params`, `task_description_harmlessness_score`.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.prompts import prompt, transcript
from hitl_tui.formats.samples import Row, Sample, provenance, settled
from hitl_tui.formats.writers.contract import Writer, training

UNRATED = -1.0
FIELDS = {
    "transcript": Field("text", "turns of Human and Assistant, as in HH"),
    "min_harmlessness_score_transcript": Field("number", "null: nobody scores it here"),
    "num_params": Field("number", "null: not known here"),
    "model_type": Field("text", "the model that was attacked, or empty"),
    "rating": Field("number", "the mean severity, 0 to 4; -1 when nobody gave one"),
    "task_description": Field("text", "the goal of the attack"),
    "task_description_harmlessness_score": Field("number", "null: nobody scores it here"),
    "red_team_member_id": Field(
        "text", "the name of the probe, or empty: attacks come from programs"
    ),
    "is_upworker": Field("flag", "false"),
    "tags": Field("text", "the category of harm, or empty"),
    "prompt": Field(MESSAGES, "the attack"),
    "response": Field("text", "what the model answered"),
    "technique": Field("text", "how it was attacked, or empty"),
    "harmful": Field("flag", "whether the attack worked"),
    "unclear": Field("flag", "whether people could not tell"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row for a red-team case."""
    case, decision = sample.case, settled(sample).decision
    if case.attack is None:
        return
    asked = prompt(sample) or [{"role": "user", "content": str(case.attack.goal)}]
    alike = [one.verdict for one in sample.judged if one.verdict.decision == decision]
    ratings = [one.severity for one in alike if one.severity is not None]
    yield {
        "transcript": transcript(asked, case.output or ""),
        "min_harmlessness_score_transcript": None,
        "num_params": None,
        "model_type": case.model or "",
        "rating": fmean(ratings) if ratings else UNRATED,
        "task_description": case.attack.goal,
        "task_description_harmlessness_score": None,
        "red_team_member_id": case.attack.probe or "",
        "is_upworker": False,
        "tags": next((one.harm for one in alike if one.harm), ""),
        "prompt": asked,
        "response": case.output or "",
        "technique": case.attack.technique or "",
        "harmful": decision == "harmful",
        "unclear": decision == "unclear",
        **provenance(sample),
    }


WRITER = Writer(
    about="attacks with whether they worked, and how bad it was",
    fields=training(FIELDS),
    rows=rows,
)
