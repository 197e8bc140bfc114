"""What was learnt: weights for these features, scores that only move one way, the same on every machine."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.grounding import build_index, ground
from hitl_tui.grounding.features import SOURCE, STYLE, Features
from hitl_tui.grounding.mark import read
from hitl_tui.grounding.model import model, parsed
from hitl_tui.grounding.score import SUMMARY, clause_score, output_risk, summary

CONTEXT = [
    "The walled garden opens at 9 am from April to October. Dogs are welcome on a lead.",
    "A season ticket costs $48 and admits two adults. Tickets are not refunded.",
]
OUTPUT = (
    "Dogs are welcome on a lead. Overnight camping includes firewood. "
    "A season ticket costs $48 and is valid for helicopter landings."
)
RISING = ["unseen", "strangers", "apart", "reworded", "sentence_unseen", "gap", "numbers_unseen"]
FALLING = ["run", "longest_run", "in_runs", "sentence_run", "silent"]


def facts() -> tuple[Features, ...]:
    return read(OUTPUT, build_index(CONTEXT)).features


def shipped() -> dict[str, object]:
    text = resources.files("hitl_tui.grounding").joinpath("weights.json").read_text("utf-8")
    value: dict[str, object] = json.loads(text)
    return value


def test_the_weights_say_what_they_were_learnt_from() -> None:
    about = shipped()["about"]
    assert isinstance(about, dict)
    assert len(about["sha256"]) == 64
    assert about["responses"] > 1000
    assert "RAGTruth" in about["learnt_from"]


def test_weights_for_other_features_are_refused() -> None:
    value = shipped()
    value["features"] = [*Features._fields[1:], "novelty"]
    with pytest.raises(ValueError, match="other features"):
        parsed(value)


def test_the_score_without_style_knows_no_style() -> None:
    places = model().clause_without_style.features
    assert places
    assert max(places) < len(SOURCE)
    for found in facts():
        changed = found._replace(**dict.fromkeys(STYLE, 1.0))
        assert clause_score(changed, style=False) == clause_score(found, style=False)


@pytest.mark.parametrize("style", [True, False])
@given(
    st.sampled_from(range(3)),
    st.sampled_from([*RISING, *FALLING]),
    st.floats(0, 12),
    st.floats(0, 12),
)
def test_what_speaks_against_a_clause_never_lowers_its_score(
    style: bool, clause: int, name: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    found = facts()[clause]
    scores = [clause_score(found._replace(**{name: value}), style=style) for value in (low, high)]
    assert scores == sorted(scores, reverse=name in FALLING)


def test_every_number_of_the_features_is_rounded_or_whole() -> None:
    assert all(value == round(value, 4) for found in facts() for value in found)


def test_the_risk_without_style_knows_no_style() -> None:
    found = facts()
    changed = [one._replace(**dict.fromkeys(STYLE, 1.0)) for one in found]
    scores, lengths = [0.9, 0.2, 0.4], [30, 40, 50]
    plain = output_risk(scores, lengths, found, style=False)
    assert output_risk(scores, lengths, changed, style=False) == plain
    assert output_risk(scores, lengths, changed, style=True) != plain


@pytest.mark.parametrize("style", [True, False])
def test_the_trees_of_the_risk_read_only_what_a_summary_has(style: bool) -> None:
    values = summary([0.9, 0.2, 0.4], [30, 40, 50], facts(), style=style)
    forest = model().risk if style else model().risk_without_style
    places = forest.features
    assert len(SUMMARY) <= max(places) < len(values)
    assert values == tuple(round(value, 4) for value in values)


def test_an_output_without_clauses_has_no_risk() -> None:
    assert output_risk([], [], [], style=True) == 0.0


def test_invention_scores_above_copied_words_and_risk_follows_the_worst() -> None:
    grounding = ground(OUTPUT, build_index(CONTEXT))
    copied, invented, _ = grounding.clauses
    assert (copied.grade, invented.grade) == ("found", "not_found")
    assert copied.score < invented.score
    assert ground("Dogs are welcome on a lead.", build_index(CONTEXT)).risk < grounding.risk
