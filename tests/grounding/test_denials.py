"""What the sources deny is flagged where a claim says it, and nothing else that only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.grounding import build_index, ground
from hitl_tui.grounding.bridge import is_matter
from hitl_tui.grounding.dropped import Dropped, dropped
from hitl_tui.grounding.index import Index
from hitl_tui.grounding.mark import claims_of
from hitl_tui.grounding.negations import CUES, FAINT, OPEN, SOFT, TURNS, stated_denials
from hitl_tui.grounding.normalise import key, keys
from hitl_tui.grounding.scope import Likeness, scope, sides

KETTLE = (
    "The lid of the Corvane kettle cannot be removed while the water boils. "
    "The filter is not washable in a dishwasher. "
    "Do not fill the tank above the line, as hot water will spill. "
    "Older bases fail to fit the new kettle. "
    "The warranty covers the base whether or not it was registered. "
    "The timer is not needed unless the altitude is above 2,000 metres. "
    "It does not mean that the handle cannot be replaced. "
    "Steel kettles do not need descaling, but glass kettles need descaling every month. "
    "If the lamp does not light, press the switch again."
)
WORDS = st.lists(
    st.sampled_from("the lid kettle not never boils fails or unless lamp if , . but".split()),  # noqa: SIM905
    max_size=30,
)


def negations(output: str, source: str = KETTLE) -> list[tuple[str, str]]:
    """The flagged words of the output, and what the source says in their place."""
    return [
        (output[flag.start : flag.end], source[flag.source.start : flag.source.end])
        for flag in ground(output, build_index([source])).flags
        if flag.kind == "negation" and flag.source
    ]


def facts(output: str) -> Dropped:
    index = build_index([KETTLE])
    claim, beside, links = next(claims_of(output, index))
    found = dropped(claim, beside, links, index)
    assert found is not None
    return Dropped._make(found.facts)


@pytest.mark.parametrize(
    ("output", "place", "denied"),
    [
        (
            "The lid of the Corvane kettle can be removed while the water boils.",
            "removed",
            "cannot be removed",
        ),
        ("The filter is washable in a dishwasher.", "washable", "not washable"),
        ("Fill the tank above the line, as hot water will spill.", "Fill", "not fill"),
        ("Older bases fit the new kettle.", "fit", "fail to fit"),
        ("Steel kettles need descaling.", "need", "not need"),
        ("If the lamp lights, press the switch again.", "lights", "not light"),
    ],
)
def test_what_the_sources_deny_is_flagged_with_their_words(
    output: str, place: str, denied: str
) -> None:
    assert negations(output) == [(place, denied)]


@pytest.mark.parametrize(
    "output",
    [
        "The warranty covers the base if it was registered.",
        "The timer is needed if the altitude is above 2,000 metres.",
        "The handle can be replaced.",
        "Glass kettles need descaling every month.",
        "Press the switch again.",
        "Avoid filling the tank above the line.",
        "Is the filter washable in a dishwasher?",
    ],
)
def test_what_they_do_not_deny_is_not_flagged(output: str) -> None:
    assert negations(output) == []


@pytest.mark.parametrize("output", ["The kettle does boil water.", "The lamp does shine red."])
def test_a_stressed_verb_alone_is_no_sign_of_a_lost_negation(output: str) -> None:
    assert negations(output) == []


def test_the_trees_read_the_same_of_a_stressed_verb_as_of_a_plain_one() -> None:
    plain = facts("Steel kettles need descaling.")
    stressed = facts("Steel kettles do need descaling.")
    assert stressed._replace(quoted=plain.quoted) == plain


def test_the_clause_that_denies_it_leads_the_one_that_says_it_of_another_thing() -> None:
    found = facts("Steel kettles need descaling.")
    assert found.lead == pytest.approx(found.coverage_clause - found.said) and found.lead > 0


def test_a_negation_in_another_clause_of_the_sentence_is_noticed() -> None:
    assert facts("Fill the tank above the line, but never above the handle.").denied_beside == 1.0
    assert facts("Fill the tank above the line.").denied_beside == 0.0


@pytest.mark.parametrize("words", [CUES, FAINT, SOFT, OPEN, TURNS])
def test_every_word_of_the_tables_is_a_key(words: frozenset[str]) -> None:
    assert {word for word in words if key(word) != word} == set()


@pytest.mark.parametrize("word", ["have", "does", "are", "because", "once", "more"])
def test_the_key_of_a_stop_word_carries_no_matter(word: str) -> None:
    assert not is_matter(key(word))


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("it does not open", ["open"]),
        ("with or without sugar", []),
        ("whether or not it opens", []),
        ("what it will and will not mean", []),
        ("keep it no longer than a week", []),
        ("that does not mean it cannot open", ["mean"]),
        ("he never said it", ["said"]),
    ],
)
def test_a_denial_is_one_only_where_its_absence_would_say_the_opposite(
    text: str, denied: list[str]
) -> None:
    found = tuple(keys(text.split()))
    after = [
        next((word for word in found[at + 1 :] if is_matter(word)), "")
        for at in stated_denials(found)
    ]
    assert after == [key(word) for word in denied]


def parts(index: Index, word: str) -> list[str]:
    """The clauses of the first sentence around each place of a word."""
    sentence = index.sentence(0)
    return [
        " ".join(sentence.keys[slice(first, last + 1)])
        for at, own in enumerate(sentence.keys)
        if own == word
        for first, last in [scope(sentence, at, index)]
    ]


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("Steel does rust, but glass lasts.", "rust", "steel doe rust"),
        ("Steel does rust, but glass lasts.", "glass", "but glass last"),
        ("Keep what it holds that is dry.", "keep", "keep what it hold that is dry"),
        ("Keep what it holds that is dry.", "dry", "that is dry"),
        ("The tail is not.Deer antlers fork.", "not", "the tail is not"),
    ],
)
def test_a_scope_ends_where_the_clause_does(text: str, word: str, found: str) -> None:
    index = build_index([text])
    assert parts(index, key(word)) == [found]


@given(WORDS, st.integers(0, 29))
def test_a_scope_holds_its_word_and_lies_inside_the_sentence(words: list[str], at: int) -> None:
    index = build_index([" ".join(words)])
    for number in range(len(index.spans)):
        sentence = index.sentence(number)
        if at < len(sentence.keys):
            first, last = scope(sentence, at, index)
            assert 0 <= first <= at <= last < len(sentence.keys)


@given(WORDS)
def test_more_words_never_hold_less_of_a_claim(words: list[str]) -> None:
    index = build_index([KETTLE])
    claim, _, links = next(claims_of("The lid of the kettle boils.", index))
    likeness = Likeness.of(claim)
    shares = [likeness.held_by(words[:count]) for count in range(len(words) + 1)]
    assert shares == sorted(shares)
    assert all(0.0 <= share <= 1.0 + 1e-9 for share in shares)
    assert 0.0 <= likeness.share_of(words, index) <= 1.0
    said = sides(likeness, "boil", [link.sentence for link in links], index)
    assert 0.0 <= said.said <= 1.0 and 0.0 <= said.denied <= 1.0
