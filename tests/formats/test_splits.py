"""Splits: cases that share something stay together, sizes come near to the wish, nothing moves later."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_tui.cli.scratch import Scratch
from hitl_tui.formats.likeness import alike, normalised, shared, views
from hitl_tui.formats.splits import DEFAULT, BadSplit, Groups, Placement, shares
from hitl_tui.model.case import Case

WORDS = [
    "river",
    "mountain",
    "coffee",
    "bicycle",
    "garden",
    "piano",
    "letter",
    "window",
    "bridge",
    "candle",
    "forest",
    "harbour",
    "engine",
    "orchard",
    "pocket",
    "quarter",
    "ribbon",
    "saddle",
    "tunnel",
    "umbrella",
    "valley",
    "whistle",
    "yellow",
    "zebra",
    "anchor",
    "basket",
]


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    made = Scratch()
    yield made
    made.close()


def case(case_id: str, **fields: Any) -> Case:
    return Case.model_validate({"id": case_id, **fields})


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def place(
    scratch: Scratch, cases: list[Case], known: dict[str, str] | None = None, **options: Any
) -> Placement:
    groups = Groups(scratch)
    for seq, one in enumerate(cases, 1):
        split = (known or {}).get(str(one.id))
        groups.add(seq, str(one.id), shared(one), views(one), split, wanted=True)
    return groups.place(options.get("wish", DEFAULT))


def together(scratch: Scratch, *cases: Case) -> bool:
    """Whether all of them are in one split among many others, whatever the shares."""
    rng = random.Random(5)  # noqa: S311
    others = [case(f"o{n}", input=sentence(rng, 12), output=sentence(rng, 15)) for n in range(40)]
    placed = place(scratch, [*others, *cases], wish=(0.34, 0.33, 0.33))
    return len({placed.split(len(others) + at + 1) for at in range(len(cases))}) == 1


PLANTED: dict[str, list[dict[str, Any]]] = {
    "the same source": [
        {"output": "Yes, it is.", "context": ["Opened items may be returned within 30 days."]},
        {"output": "No, never.", "context": ["opened items may be returned  within 30 days"]},
    ],
    "the same source by its address": [
        {"output": "Yes, it is.", "context": [{"text": "one", "uri": "https://a.example/x#1"}]},
        {"output": "No, never.", "context": [{"text": "two", "uri": "https://a.example/x#2"}]},
    ],
    "the same source by its name": [
        {"output": "Yes, it is.", "context": [{"text": "one", "id": "returns.md#3"}]},
        {"output": "No, never.", "context": [{"text": "two", "id": "returns.md#3"}]},
    ],
    "the same conversation by its id": [
        {"output": "Yes, it is.", "metadata": {"conversation_id": "k7"}},
        {"output": "No, never.", "attributes": {"conversation_id": "k7"}},
    ],
    "one conversation, a turn later": [
        {"input": "How do I return my headphones?", "output": "By mail."},
        {
            "input": [
                {"role": "user", "content": "How do I return my headphones?"},
                {"role": "assistant", "content": "By mail."},
                {"role": "user", "content": "And what does it cost?"},
            ],
            "output": "Nothing.",
        },
    ],
    "a question with another word": [
        {"input": "How can I return the opened headphones that I bought?", "output": "Yes."},
        {"input": "How can I return those opened headphones that I bought?", "output": "No."},
    ],
    "an output with a few words changed": [
        {
            "input": "a",
            "output": "The parcel was handed to the carrier on Monday and should be with you soon, "
            "at the latest on Thursday evening.",
        },
        {
            "input": "b",
            "output": "The parcel was given to the carrier on Monday and should be with you soon, "
            "at the latest by Thursday evening!",
        },
    ],
    "another number in a long text": [
        {"input": "a", "output": f"{'The policy of the house says many things. ' * 5} 30 days."},
        {"input": "b", "output": f"{'The policy of the house says many things. ' * 5} 60 days."},
    ],
    "candidates that are the same": [
        {
            "kind": "preference",
            "candidates": [{"id": "x", "text": "one"}, {"id": "y", "text": "two"}],
        },
        {
            "kind": "preference",
            "candidates": [{"id": "x", "text": "one"}, {"id": "y", "text": "two"}],
        },
    ],
    "a text without spaces": [
        {
            "output": "商品は開封後三十日以内であれば返品することができます。送料はお客様の負担です。"
        },
        {
            "output": "商品は開封後六十日以内であれば返品することができます。送料はお客様の負担です。"
        },
    ],
}


@pytest.mark.parametrize("name", PLANTED)
def test_cases_that_share_something_stay_together(scratch: Scratch, name: str) -> None:
    cases = [case(f"planted{n}", **fields) for n, fields in enumerate(PLANTED[name])]
    assert together(scratch, *cases)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the capital of France?", "What is the capital of Germany?"),
        ("question number 17", "question number 18"),
        ("Yes.", "No."),
        ("The order 4711 has left the house", "The order 4712 has left the house"),
    ],
)
def test_templates_are_not_alike(one: str, other: str) -> None:
    assert not alike(normalised(one), normalised(other))


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(8, 40))
def test_a_text_with_one_word_changed_is_found_again(seed: int, length: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    words = sentence(rng, length).split()
    changed = list(words)
    changed[rng.randrange(length)] = "something"
    scratch = Scratch()
    asked = [
        case(name, input=" ".join(said), output="Yes.")
        for name, said in (("a", words), ("b", changed))
    ]
    found = alike(normalised(" ".join(words)), normalised(" ".join(changed)))
    assert together(scratch, *asked) or not found
    scratch.close()


def test_none_of_many_planted_copies_straddles(scratch: Scratch) -> None:
    rng = random.Random(11)  # noqa: S311
    cases = []
    for number in range(300):
        asked, output = sentence(rng, 14), sentence(rng, 30)
        cases.append(case(f"a{number}", input=asked, output=output))
        words = output.split()
        words[rng.randrange(30)] = "changed"
        cases.append(case(f"b{number}", input=f"{asked} please", output=" ".join(words)))
    rng.shuffle(cases)
    placed = place(scratch, cases)
    where = {str(one.id): placed.split(seq) for seq, one in enumerate(cases, 1)}
    assert [n for n in range(300) if where[f"a{n}"] != where[f"b{n}"]] == []
    sizes = Counter(where.values())
    assert sizes["train"] / 600 == pytest.approx(0.8, abs=0.02)
    assert sizes["test"] / 600 == pytest.approx(0.1, abs=0.02)


def test_sizes_come_near_to_the_wish_and_the_first_case_is_for_training(scratch: Scratch) -> None:
    rng = random.Random(3)  # noqa: S311
    cases = [case(f"c{n}", input=sentence(rng, 12), output=sentence(rng, 9)) for n in range(100)]
    placed = place(scratch, cases)
    sizes = Counter(placed.split(seq) for seq in range(1, 101))
    assert sizes == {"train": 80, "validation": 10, "test": 10}
    alone = Scratch()
    assert place(alone, cases[:1]).split(1) == "train"
    alone.close()


def test_who_was_placed_before_stays_and_draws_its_like_to_it(scratch: Scratch) -> None:
    like = {"input": "How can I return the opened headphones that I bought?", "output": "Yes."}
    cases = [case("old", **like), case("new", **like)]
    placed = place(scratch, cases, {"old": "test"})
    assert (placed.split(1), placed.split(2)) == ("test", "test")


def test_what_is_alike_to_cases_of_two_splits_is_in_neither(scratch: Scratch) -> None:
    first, second = {"context": ["A source."]}, {"context": ["Another one."]}
    both = {"context": ["A source.", "Another one."]}
    cases = [
        case("a", output="1", **first),
        case("b", output="2", **second),
        case("between", output="3", **both),
    ]
    placed = place(scratch, cases, {"a": "train", "b": "test"})
    assert placed.split(3) is None
    assert placed.between(3)
    assert (placed.split(1), placed.split(2)) == ("train", "test")


@pytest.mark.parametrize("text", ["", "0.8", "0.8/0.3/0.1", "a/b/c", "1.5/-0.5/0", "0.5/0.5/0/0"])
def test_a_split_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadSplit):
        shares(text)


def test_two_shares_leave_validation_out() -> None:
    assert shares("0.9/0.1") == (0.9, 0.0, 0.1)
    scratch = Scratch()
    cases = [case(f"c{n}", output=f"{WORDS[n]} {WORDS[-n - 1]}") for n in range(10)]
    placed = place(scratch, cases, wish=shares("0.9/0.1"))
    assert Counter(placed.split(seq) for seq in range(1, 11)) == {"train": 9, "test": 1}
    scratch.close()
