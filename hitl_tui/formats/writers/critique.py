"""Writes critiques with whether people find them right, and the revision as it should be."""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import MESSAGES, Field
from hitl_tui.formats.encode import text_of
from hitl_tui.formats.prompts import prompt
from hitl_tui.formats.samples import Row, Sample, provenance, settled
from hitl_tui.formats.writers.contract import Writer, training

FIELDS = {
    "prompt": Field(MESSAGES, "what was asked"),
    "response": Field("text", "the output that is criticised"),
    "critique": Field("text", "the model's critique of it"),
    "revision": Field("text", "the model's revision, or empty"),
    "principles": Field("text", "the principles that it cites, as a JSON text"),
    "right": Field("flag", "whether the critique is right; a revision by people says so too"),
    "revised": Field("text", "the revision as people wrote it, or empty"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row for a critique case."""
    case, answer = sample.case, settled(sample)
    if case.critique is None:
        return
    yield {
        "prompt": prompt(sample) or [{"role": "user", "content": ""}],
        "response": case.output or "",
        "critique": case.critique,
        "revision": case.revision or "",
        "principles": text_of(list(case.principles)),
        "right": answer.decision in ("agree", "revise"),
        "revised": answer.text or "",
        **provenance(sample),
    }


WRITER = Writer(
    about="a model's critiques of itself with whether people agree",
    fields=training(FIELDS),
    rows=rows,
)
