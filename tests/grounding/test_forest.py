"""Trees asked all at once say what walking each of them says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.grounding.forest import Forest, Trees

FEATURES = 5
VALUES = st.sampled_from([-1.0, -0.5, 0.0, 0.3333, 0.5, 1.0, 7.0])
NONE = Trees(0, 1000, [], b"", [], [], [], [])

Shape = int | tuple[int, float, "Shape", "Shape"]
SHAPES: st.SearchStrategy[Shape] = st.recursive(
    st.integers(-9000, 9000),
    lambda below: st.tuples(st.integers(0, FEATURES - 1), VALUES, below, below),
    max_leaves=40,
)


def stored(shapes: Sequence[Shape], bias: int = 0) -> Trees:
    """The shapes, an inner node or the value of a leaf, as they stand in the weights."""
    trees = replace(NONE, bias=bias, roots=[], thresholds=[], at_most=[], more=[], leaves=[])
    features: list[int] = []

    def add(shape: Shape) -> int:
        if isinstance(shape, int):
            trees.leaves.append(shape)
            return -len(trees.leaves)
        feature, threshold, low, high = shape
        at = len(features)
        features.append(feature)
        trees.thresholds.append(threshold)
        trees.at_most.append(0)
        trees.more.append(0)
        trees.at_most[at], trees.more[at] = add(low), add(high)
        return at

    trees.roots.extend(add(shape) for shape in shapes)
    return replace(trees, features=bytes(features))


def walked(shape: Shape, facts: Sequence[float]) -> int:
    while not isinstance(shape, int):
        feature, threshold, low, high = shape
        shape = low if facts[feature] <= threshold else high
    return shape


@given(st.lists(SHAPES, max_size=6), st.integers(-99, 99), st.tuples(*[VALUES] * FEATURES))
def test_a_forest_says_what_walking_its_trees_says(
    shapes: list[Shape], bias: int, facts: tuple[float, ...]
) -> None:
    total = bias + sum(walked(shape, facts) for shape in shapes)
    assert Forest(stored(shapes, bias)).odds(facts) == total / 1000


@given(st.lists(SHAPES, max_size=6), st.tuples(*[VALUES] * FEATURES))
def test_sums_do_not_depend_on_the_order_of_the_trees(
    shapes: list[Shape], facts: tuple[float, ...]
) -> None:
    turned = Forest(stored(shapes[::-1]))
    assert Forest(stored(shapes)).odds(facts) == turned.odds(facts)


def test_a_forest_without_trees_gives_its_bias() -> None:
    assert Forest(replace(NONE, bias=250)).odds([1.0]) == 0.25


def test_a_forest_knows_which_features_it_reads() -> None:
    shapes: list[Shape] = [(3, 0.5, 1, (1, 0.0, 2, 3)), 4]
    assert Forest(stored(shapes)).features == {1, 3}


def chain_of(leaves: int) -> Shape:
    shape: Shape = 0
    for number in range(1, leaves):
        shape = (0, float(-number), number, shape)
    return shape


def test_a_tree_may_have_64_leaves_and_not_more() -> None:
    whole = Forest(stored([chain_of(64)]))
    assert [whole.odds([value]) * 1000 for value in (1.0, -1.0, -62.5, -63.0)] == [0, 1, 62, 63]
    with pytest.raises(ValueError, match="a tree has 65 leaves; 64 are the most"):
        Forest(stored([chain_of(65)]))
