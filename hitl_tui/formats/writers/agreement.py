"""Writes the ratings of the selection, which `hitl agreement --ratings` reads, beside their statistics.

The ratings are one row a verdict: item, reviewer, label. The statistics are made of these rows by
whoever runs the export, since they belong to another room: CSV tables, JSON and a Markdown report.
"""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import Field
from hitl_tui.formats.samples import Row, Sample
from hitl_tui.formats.writers.contract import Writer

FIELDS = {
    "item": Field("text", "the case"),
    "reviewer": Field("text", "the reviewer's pseudonym"),
    "label": Field("text", "what they decided"),
    "kind": Field("text", "the kind of the case"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """What was said before any adjudication: no escalations, nothing that came late, no gold."""
    if sample.planted:
        return
    for one in sample.judged:
        if not one.late and one.verdict.decision != "escalate":
            yield {
                "item": sample.case.id,
                "reviewer": one.reviewer,
                "label": one.verdict.decision,
                "kind": sample.case.kind,
            }


WRITER = Writer(
    about="how far reviewers agree on the selection: ratings, tables, JSON and a report",
    fields=FIELDS,
    rows=rows,
    layout="table",
    splits=False,
    file="ratings.csv",
    gated=False,
    placed=False,
)
