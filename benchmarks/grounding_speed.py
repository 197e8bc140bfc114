"""Budget: grounding and the word diff, beside difflib and rapidfuzz doing the nearest thing."""

from __future__ import annotations

import argparse
import difflib
import random
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from measure import (
    Cost,
    Row,
    Series,
    against,
    limit,
    note,
    plain,
    print_machine,
    print_table,
    timed,
)
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel
from stock import answer, text

from hitl_tui.grounding import Index, build_index, ground, word_diff

ANSWER_SENTENCES = 12
DIFF_SIZE = 50_000


@dataclass(frozen=True, slots=True)
class Size:
    """Contexts of one size, how often they are tried, and the bars in ms of CPU."""

    name: str
    characters: int
    rounds: int
    whole_bar: float | None
    again_bar: float | None
    difflib_rounds: int = 3


SIZES = (
    Size("1.5 KB", 1_500, 40, 12.0, None),
    Size("100 KB", 100_000, 7, 60.0, None),
    Size("1 MB", 1_000_000, 3, None, 40.0, difflib_rounds=0),
)


def parts(whole: str) -> list[str]:
    """The sentences of generated text."""
    return whole.replace("\n\n", " ").split(". ")


def nearest_by_difflib(output: str, context: str) -> None:
    sources = parts(context)
    for sentence in parts(output):
        difflib.get_close_matches(sentence, sources, n=1)


def nearest_by_rapidfuzz(output: str, context: str) -> None:
    sources = parts(context)
    for sentence in parts(output):
        # Three, as the search for one stops at the first perfect match and says little of the work.
        found = process.extract(sentence, sources, scorer=fuzz.token_set_ratio, limit=3)
        fuzz.partial_ratio_alignment(sentence, found[0][0])


class Round(NamedTuple):
    """A context of its own and an answer to it."""

    output: str
    context: str

    @classmethod
    def of(cls, number: int, size: Size) -> Round:
        context = text(number, size.characters)
        return cls(answer(number, context, ANSWER_SENTENCES), context)


def grounded(one: Round) -> tuple[Cost, Cost]:
    """The costs of indexing and grounding, and of grounding an edited output with the index kept."""
    context = one.context
    passages = [context[at : at + 4_000] for at in range(0, len(context), 4_000)]
    indexes: list[Index] = []

    def whole() -> None:
        indexes.append(build_index(passages))
        ground(one.output, indexes[0])

    edited = one.output.replace(". ", " 77. ", 3)
    return timed(whole), timed(lambda: ground(edited, indexes[0]))


def measure(size: Size) -> list[Row]:
    """The rows of one size."""
    costs: dict[str, list[Cost]] = {"rapidfuzz": [], "difflib": [], "whole": [], "again": []}
    tried = [Round.of(number, size) for number in range(size.rounds)]
    for one in tried:
        costs["rapidfuzz"].append(timed(partial(nearest_by_rapidfuzz, *one)))
        whole, again = grounded(one)
        costs["whole"].append(whole)
        costs["again"].append(again)
    # After the rest: it takes so long that whatever follows it starts with cold caches.
    for one in tried[: size.difflib_rounds]:
        costs["difflib"].append(timed(partial(nearest_by_difflib, *one)))
    return rows(size, {name: Series(series) for name, series in costs.items() if series})


def rows(size: Size, found: dict[str, Series]) -> list[Row]:
    """Figures and verdicts of one size."""
    floor = found["rapidfuzz"]
    done = [plain(f"{size.name}, rapidfuzz: nearest sentence, alignment (floor)", floor)]
    if "difflib" in found:
        done.append(against(f"{size.name}, difflib: close matches", found["difflib"], floor))
    done.append(against(f"{size.name}, index and ground", found["whole"], floor))
    if size.whole_bar:
        worst = percentile_95(found["whole"].costs)
        name = f"{size.name}, index and ground, 95th percentile"
        done.append(limit(name, worst * 1000, "ms", size.whole_bar, machine=floor))
    done.append(against(f"{size.name}, ground an edited output", found["again"], floor))
    if size.again_bar:
        name = f"{size.name}, ground an edited output, median"
        value = found["again"].cpu * 1000
        done.append(limit(name, value, "ms", size.again_bar, machine=floor))
    return done


def percentile_95(costs: Sequence[Cost]) -> float:
    """The CPU that 95 of 100 rounds stay within, in seconds."""
    ordered = sorted(cost.cpu for cost in costs)
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def versions(number: int) -> tuple[str, str]:
    """Two versions of a text, one word in twenty changed."""
    rng = random.Random(number)  # noqa: S311  (the same text in every run)
    old = text(number, DIFF_SIZE)
    new = " ".join(f"{word}s" if rng.random() < 0.05 else word for word in old.split(" "))
    return old, new


def measure_diff(count: int) -> list[Row]:
    """The rows of the word diff."""
    costs: dict[str, list[Cost]] = {"rapidfuzz": [], "difflib": [], "ours": []}
    for number in range(count):
        old, new = versions(number)
        before, after = old.split(), new.split()
        costs["rapidfuzz"].append(timed(partial(Indel.opcodes, before, after)))
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        costs["difflib"].append(timed(matcher.get_opcodes))
        costs["ours"].append(timed(partial(word_diff, old, new)))
    floor = Series(costs["rapidfuzz"])
    return [
        plain("rapidfuzz, Indel of words split at spaces (floor)", floor),
        against("difflib, the same words", Series(costs["difflib"]), floor),
        against("word_diff, punctuation and spaces too", Series(costs["ours"]), floor),
    ]


CLAIM = "Opened items may be returned within 30 days of delivery. "


def hostile_rows() -> list[Row]:
    """Sizes that nobody reviews, but somebody may send: what each costs once, and the memory it leaves."""
    big = text(99, 10_000_000)
    tried: dict[str, tuple[str, list[str]]] = {
        "10 MB of context": (CLAIM, [big[at : at + 4_000] for at in range(0, len(big), 4_000)]),
        "a sentence 100,000 times as context": (CLAIM, [CLAIM * 100_000]),
        "a sentence 100,000 times as output": (CLAIM * 100_000, [CLAIM]),
        "one token of 1 MB on both sides": ("a" * 1_000_000, ["a" * 1_000_000]),
        "1 MB without spaces": ("字" * 1_000, ["字" * 1_000_000]),
    }
    rows = []
    for name, (output, context) in tried.items():
        cost = timed(lambda output=output, context=context: ground(output, build_index(context)))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append(note(name, f"{cost.cpu:.2f} s, peak so far {memory:.0f} MB"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of the word diff")
    parser.add_argument("--hostile", action="store_true", help="also sizes nobody reviews (40 s)")
    options = parser.parse_args()
    print_machine()
    for size in SIZES:
        title = f"{size.name} of context, {ANSWER_SENTENCES} sentences, {size.rounds} rounds"
        print_table(title, measure(size))
    if options.hostile:
        print_table("Hostile sizes, CPU of index and ground", hostile_rows())
    print_table(f"Word diff of {DIFF_SIZE // 1000} KB", measure_diff(options.rounds))


if __name__ == "__main__":
    main()
