"""Hostile text as output and as sources: no crash, and every range inside its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hitl_tui.grounding import Grounding, build_index, ground

LINES = (Path(__file__).parents[1] / "data" / "hostile_dev.jsonl").read_text("utf-8").splitlines()
HOSTILE = [json.loads(line)["text"] for line in LINES]
CLAIM = "Opened items may be returned within 30 days of delivery."


def assert_inside(grounding: Grounding, output: str, context: list[str]) -> None:
    places = [place for clause in grounding.clauses for place in clause.evidence]
    places += [flag.source for flag in grounding.flags if flag.source]
    assert all(0 <= p.start < p.end <= len(context[p.passage]) for p in places)
    assert all(0 <= c.start < c.end <= len(output) for c in grounding.clauses)
    assert all(0 <= f.start < f.end <= len(output) for f in grounding.flags)
    for flag in grounding.flags:
        clause = grounding.clauses[flag.clause]
        assert clause.start <= flag.start < flag.end <= clause.end
    assert [c.start for c in grounding.clauses] == sorted(c.start for c in grounding.clauses)


@pytest.mark.parametrize("part", range(8))
def test_hostile_text_is_grounded_as_output_and_as_source(part: int) -> None:
    for text in HOSTILE[part::8]:
        for output, context in ((text, [text]), (text, [CLAIM]), (CLAIM, [text, CLAIM])):
            assert_inside(ground(output, build_index(context, text[:80])), output, context)


def test_a_sentence_repeated_a_hundred_thousand_times_is_one_sentence_to_a_claim() -> None:
    context = [f"{CLAIM} " * 100_000]
    grounding = ground(CLAIM, build_index(context))
    assert_inside(grounding, CLAIM, context)
    assert grounding.clauses[0].evidence[0].end <= len(CLAIM)


def test_a_giant_token_on_both_sides_keeps_its_range() -> None:
    giant = "7" * 1_000_000
    grounding = ground(giant, build_index([giant]))
    assert_inside(grounding, giant, [giant])
    assert [(c.start, c.end) for c in grounding.clauses] == [(0, len(giant))]


@pytest.mark.parametrize(
    "output", ["— … —", "[]", "没", "ไม่ ", "5月", "Dr.", "A. A.", "1⁄ 2", "no no", "4 out of 5"]
)
@pytest.mark.parametrize(
    "source", ["没 5月", "nicht nur — …", '{"no": {"Monday": "9:0-9:0"}}', "Dr. No, 4⁄5 Uhr"]
)
def test_scraps_of_values_names_and_denials_are_grounded_too(output: str, source: str) -> None:
    for context in ([source], [f"{source} {output}"]):
        assert_inside(ground(output, build_index(context)), output, context)
        assert_inside(
            ground(f"{source} {output}", build_index(context)), f"{source} {output}", context
        )
