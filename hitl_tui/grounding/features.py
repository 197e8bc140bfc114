"""What is known of each clause of an output: how it stands to its sources, and how it is written."""

from __future__ import annotations

from typing import NamedTuple


class Features(NamedTuple):
    """The facts of one clause that its score is made of; shares are 0..1, counts are capped.

    "Unseen" words stand nowhere in the sources; a word of which only a relative or a synonym does
    counts half. "Apart" words stand in the sources, but not in the sentence linked to the clause.
    """

    unseen: float
    """Share of its weight that is unseen."""
    strangers: float
    """Number of words of weight that are unseen."""
    apart: float
    """Share of its weight that the best linked sentence lacks."""
    apart_near: float
    """The same for that sentence and its two neighbours."""
    apart_union: float
    """The same for all linked sentences together."""
    sentence_unseen: float
    """Share of the weight of its whole sentence that is unseen."""
    sentence_strangers: float
    """Number of unseen words of weight in its sentence."""
    sentence_apart: float
    """Share of the weight of its sentence that the best linked sentence lacks."""
    reworded: float
    """Share of its pairs of neighbouring words that the linked sentences lack."""
    sentence_reworded: float
    """The same for its sentence."""
    run: float
    """Mean length of the runs its words have in common with the sources, of eight."""
    longest_run: float
    """Length of its longest common run."""
    in_runs: float
    """Share of its words that stand in a common run of two or more."""
    sentence_run: float
    """Mean length of the common runs of its sentence, of eight."""
    gap: float
    """The most words in a row outside any common run."""
    pairs_apart: float
    """Share of its pairs of neighbouring words of weight that never stand in one sentence of the sources."""
    spread: float
    """How much of the best linked sentence its words are spread over."""
    disorder: float
    """Share of its words that stand in the linked sentence in another order."""
    density: float
    """Its words for each word of the linked sentence between the first and the last of them."""
    linked_length: float
    """Words of the best linked sentence."""
    linked_asked: float
    """Share of the question's words that the best linked sentence holds."""
    asked: float
    """Share of its weight that the question holds."""
    content: float
    """Number of its words of weight."""
    new: float
    """Share of its weight that the output did not say before."""
    unseen_again: float
    """Number of its unseen words that the output said before."""
    output_unseen: float
    """Share of the whole output's weight that is unseen."""
    output_reworded: float
    """Share of the whole output's pairs of neighbouring words that the sources lack."""
    relative: float
    """`unseen` less `output_unseen`."""
    before: float
    """`unseen` of the clause before."""
    after: float
    """`unseen` of the clause after."""
    after_three: float
    """Mean `unseen` of the three clauses after."""
    numbers_unseen: float
    """Number of its numbers that are unseen."""
    numbers_apart: float
    """Number of its numbers that are apart."""
    numbers_here: float
    """Number of its numbers that the best linked sentence holds."""
    numbers_unbound: float
    """How little the words around its least likely number are those around it in the sources."""
    names_unseen: float
    """Number of its capitalised words, the first of its sentence aside, that are unseen."""
    names_apart: float
    """Number of them that are apart."""
    names_here: float
    """Number of them that the best linked sentence holds."""
    denies: float
    """1 if it has a negation."""
    denial_differs: float
    """1 if it has a negation and the best linked sentence has none, or the other way round."""
    denial_added: float
    """1 if it has a negation and the best linked sentence has none."""
    silent: float
    """1 if it says that the sources do not tell, or refuses to answer."""
    framed: float
    """1 if it speaks of the sources."""
    differs: float
    """1 if it carries a flag that a value differs from the sources'."""
    absent: float
    """1 if it carries a flag that a value is not in the sources."""
    contrary: float
    """1 if it carries a flag of negation."""
    unknown_name: float
    """1 if it carries a flag of a name."""

    # Style: what the place and the wording alone suggest.
    late: float
    """Its place in the output, 0 first, 1 last."""
    from_end: float
    """Number of clauses after it."""
    position: float
    """Number of clauses before it."""
    output_length: float
    """Code points of the output."""
    clauses: float
    """Clauses of the output."""
    length: float
    """Its own code points."""
    stop_share: float
    """Share of its words that carry no matter."""
    list_item: float
    """1 if its line begins with a list mark."""
    heading: float
    """1 if it ends in a colon."""
    in_sentence: float
    """Clauses of its sentence."""
    last_sentence: float
    """1 in the last sentence."""
    adds: float
    """1 with words such as "additionally"."""
    contrasts: float
    """1 with words such as "however"."""
    advises: float
    """1 with words such as "important" or "should"."""
    hedges: float
    """1 with words such as "may" or "typically"."""
    closes: float
    """1 with words such as "overall" or "therefore"."""
    exemplifies: float
    """1 with words such as "such as"."""
    explains: float
    """1 with words such as "which" or "because"."""
    cites: float
    """1 with words such as "based on" or "passage"."""
    digits: float
    """1 if it has a digit."""
    lines: float
    """Line breaks of the output."""


STYLE = Features._fields[Features._fields.index("late") :]
"""The features of style: the score without style does without them."""
SOURCE = Features._fields[: Features._fields.index("late")]
"""The features that compare with the sources."""
