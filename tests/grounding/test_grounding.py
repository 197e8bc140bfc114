"""What `ground` promises to those who show it: grades, evidence, marks, and the same answer every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.grounding import Clause, Flag, Grounding, build_index, ground, index_case
from hitl_tui.model.case import Case

GARDEN = [
    "The walled garden opens at 9 am from April to October. Dogs are welcome on a lead.",
    "The tea room serves soup and cakes. Groups of more than ten should book a table a week ahead.",
    "A season ticket costs $48 and admits two adults.",
]
ANY_TEXT = st.text(
    alphabet=st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=80
)
REASONS = {
    "number differs", "number not in the sources", "date differs", "date not in the sources", "unit differs",
    "negation differs", "name not in the sources", "too few words to compare", "wording found",
    "most of its words are in one place", "its words are in the sources", "few of its words are in the sources",
    "some of its words are not in the sources", "its words are scattered over the sources", "reworded",
    "says that the sources do not tell", "the sources leave it open", "the same value is in the sources",
    "value differs",
}  # fmt: skip


def grades(output: str) -> list[str]:
    return [clause.grade for clause in ground(output, build_index(GARDEN)).clauses]


def test_copied_wording_is_found_and_invention_is_not() -> None:
    assert grades(
        "Dogs are welcome on a lead. Overnight camping includes firewood and breakfast hampers."
    ) == [
        "found",
        "not_found",
    ]


def test_evidence_is_the_part_of_the_source_that_holds_the_words() -> None:
    grounding = ground("The tea room serves cakes.", build_index(GARDEN))
    best = grounding.clauses[0].evidence[0]
    assert GARDEN[best.passage][best.start : best.end] == "tea room serves soup and cakes"


def test_of_two_equal_passages_the_earlier_is_the_evidence() -> None:
    grounding = ground(
        "Dogs are welcome.", build_index(["Cats sleep.", "Dogs are welcome.", "Dogs are welcome."])
    )
    assert grounding.clauses[0].evidence[0].passage == 1


def test_list_markers_and_passage_numbers_are_no_part_of_a_claim() -> None:
    assert grades("7. Season ticket (passage 9)") == ["found"]


@pytest.mark.parametrize(
    "output",
    [
        "The sources do not mention any parking arrangements for caravans.",
        "I cannot answer that question from the documents provided.",
        "There is no information about wheelchair hire in the given passages.",
    ],
)
def test_saying_that_the_sources_are_silent_is_never_graded_not_found(output: str) -> None:
    assert "not_found" not in grades(output)


def test_an_edit_that_removes_the_invention_lowers_the_risk() -> None:
    index = build_index(GARDEN)
    invented = ground(
        "Dogs are welcome on a lead. Helicopter landings need written permission.", index
    )
    assert ground("Dogs are welcome on a lead.", index).risk < invented.risk


def test_without_sources_nothing_is_marked_and_the_note_says_why() -> None:
    for context in ([], ["", " \n"]):
        grounding = ground("Dogs are welcome.", build_index(context))
        assert (grounding.clauses, grounding.flags, grounding.note) == ((), (), "no sources")


@pytest.mark.parametrize(
    "output",
    [
        "Собак можно брать с собой, если они на поводке.",
        "Hunde sind willkommen, wenn sie an der Leine sind, und der Garten ist von April bis Oktober auch für "
        "Gruppen auf Anfrage nicht geschlossen.",
    ],
)
def test_an_output_in_another_language_is_not_marked_and_the_note_says_why(output: str) -> None:
    grounding = ground(output, build_index(GARDEN))
    assert (grounding.clauses, grounding.note) == (
        (),
        "the output's language differs from the sources'",
    )


@pytest.mark.parametrize(
    ("output", "source"),
    [
        ("犬はリードをつければ入園できます。", "犬はリードをつけている場合に限り入園できます。"),
        ("कुत्तों का बगीचे में स्वागत है।", "पट्टे पर बंधे कुत्तों का बगीचे में स्वागत है।"),
        ("Hunde sind an der Leine willkommen.", "Hunde sind im Garten an der Leine willkommen."),
    ],
)
def test_other_languages_find_their_own_wording(output: str, source: str) -> None:
    grounding = ground(output, build_index(["Nothing of the kind.", source]))
    assert grounding.note == ""
    assert grounding.clauses
    assert all(
        clause.grade == "found" and clause.evidence[0].passage == 1 for clause in grounding.clauses
    )


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=3), ANY_TEXT)
def test_every_offset_lies_inside_its_text(output: str, context: list[str], question: str) -> None:
    grounding = ground(output, build_index(context, question))
    places = [e for clause in grounding.clauses for e in clause.evidence]
    places += [flag.source for flag in grounding.flags if flag.source]
    assert all(
        0 <= e.start < e.end <= len(context[e.passage]) and 0 <= e.score <= 1 for e in places
    )
    for clause in grounding.clauses:
        assert 0 <= clause.start < clause.end <= len(output)
        assert 0 <= clause.score <= 1 and 0 <= clause.score_without_style <= 1
        assert len(clause.evidence) <= 3
        assert [e.score for e in clause.evidence] == sorted(
            (e.score for e in clause.evidence), reverse=True
        )
        assert set(clause.reasons) <= REASONS
    assert 0 <= grounding.risk <= 1 and 0 <= grounding.risk_without_style <= 1


@given(ANY_TEXT)
def test_the_same_text_gives_the_same_grounding_from_a_used_and_a_new_index(output: str) -> None:
    used = build_index(GARDEN)
    ground("A season ticket costs $40.", used)
    assert ground(output, used) == ground(output, build_index(GARDEN))


def marked(scores: list[float], budget: float, flagged: int | None = None) -> tuple[int, ...]:
    clauses = tuple(
        Clause(10 * i, 10 * i + 10, score, score, "weak" if score >= 0.5 else "found", (), ())
        for i, score in enumerate(scores)
    )
    flags = () if flagged is None else (Flag(0, 1, "number", "number differs", flagged, None),)
    return Grounding(0.5, 0.5, clauses, flags, "").marked(budget)


def test_the_worst_clauses_are_marked_up_to_the_budget_in_the_order_of_the_text() -> None:
    assert marked([0.6, 0.1, 0.9, 0.7], 0.5) == (2, 3)


def test_the_worst_clause_is_marked_even_if_it_is_larger_than_the_budget() -> None:
    assert marked([0.1, 0.9, 0.1, 0.1], 0.15) == (1,)


def test_a_clause_graded_found_is_not_marked() -> None:
    assert marked([0.1, 0.2, 0.3, 0.4], 1.0) == ()


def test_a_flagged_clause_is_marked_whatever_the_budget() -> None:
    assert marked([0.1, 0.9, 0.8, 0.7], 0.0, flagged=0) == (0, 1)


def test_a_flag_uses_nothing_of_the_budget() -> None:
    assert marked([0.9, 0.6, 0.1, 0.7], 0.25, flagged=0) == (0, 3)


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_budget_never_drops_a_mark(scores: list[float], one: float, other: float) -> None:
    assert set(marked(scores, min(one, other))) <= set(marked(scores, max(one, other)))


@pytest.mark.parametrize("name", ["query", "question"])
def test_a_question_of_another_name_counts_as_asked(name: str) -> None:
    fields = {"id": "c", "output": "The Marlow Hall has no stairs.", "context": GARDEN}
    asked = {"metadata": {name: "Has the Marlow Hall stairs?"}}
    plain, beside = (Case.model_validate({**fields, **more}) for more in ({}, asked))
    assert "marlow" in index_case(beside).question_keys
    assert index_case(plain).question_keys == frozenset()
