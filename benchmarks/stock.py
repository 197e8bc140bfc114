"""Makes what the benchmarks work on: text, cases and queues, the same in every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.queue.open import open_queue
from hitl_tui.routing.policy import PoolRule, default_route

BATCH = 500
QUICK = "[review]\nguard_ms = 0\nrepeat_ms = 0\n"
"""A hitl.toml under which a verdict key acts at once."""

_COMMON = (
    "the of and to in a is that for it on was with as be by at from this have or are not an which "
    "but were they one has had their all there been if more when will would who so no can must may"
)
_ONSETS = "b c d f g h l m n p r s t v br cl cr dr fl gr pl pr sp st tr"
_VOWELS = "a e i o u ai ea io ou"
_ENDINGS = ("", "n", "r", "s", "t", "l", "nt", "st", "ble", "ment", "tion", "ing", "ed", "ly")
_VOCABULARY = 6000
_SENTENCES = 4000


@cache
def sentences() -> tuple[str, ...]:
    """English-like sentences: word frequencies fall as ranks rise, some words are numbers."""
    rng = random.Random(7)  # noqa: S311  (the same text in every run)
    onsets, vowels = _ONSETS.split(), _VOWELS.split()
    made = {
        "".join(rng.choice(onsets) + rng.choice(vowels) for _ in range(rng.choice((1, 2, 2, 3))))
        + rng.choice(_ENDINGS)
        for _ in range(_VOCABULARY)
    }
    rare = sorted(made)
    rng.shuffle(rare)
    words = [*_COMMON.split(), *rare]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    return tuple(_sentence(rng, words, weights) for _ in range(_SENTENCES))


def _sentence(rng: random.Random, words: list[str], weights: list[float]) -> str:
    chosen = rng.choices(words, weights, k=rng.randint(8, 20))
    if rng.random() < 0.3:
        chosen.insert(rng.randrange(1, len(chosen)), str(rng.randint(2, 900)))
    if rng.random() < 0.5:
        at = rng.randrange(3, len(chosen) - 3)
        chosen[at] += ","
    return " ".join(chosen).capitalize() + "."


def text(seed: int, size: int) -> str:
    """About `size` characters of sentences, a paragraph every six."""
    rng = random.Random(seed)  # noqa: S311
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(rng.choice(sentences()))
        length += len(parts[-1]) + 1
    return "\n\n".join(" ".join(parts[at : at + 6]) for at in range(0, len(parts), 6))


def answer(seed: int, source: str, count: int) -> str:
    """`count` sentences of an answer to `source`: taken from it, a third with a number changed."""
    rng = random.Random(seed)  # noqa: S311
    pool = source.replace("\n\n", " ").split(". ")[:-1]
    taken = []
    for _ in range(count):
        words = rng.choice(pool).split()
        if rng.random() < 0.33:
            words.insert(rng.randrange(1, len(words)), str(rng.randint(1000, 9999)))
        taken.append(" ".join(words) + ".")
    return " ".join(taken)


def tag(number: int) -> str:
    """A word of letters that names a case on the screen."""
    return "".join("qjxzkvwygf"[int(digit)] for digit in f"{number:06}")


def tagged(sentence_text: str, word: str) -> str:
    """The text with a word before the end of each sentence, so that every line or so shows it."""
    return sentence_text.replace(". ", f" {word}. ").replace(".\n", f" {word}.\n")


def long_case(number: int, context_size: int, answer_sentences: int) -> dict[str, Any]:
    """A case with `context_size` characters of sources; each sentence of its answer has two marks or so.

    `asked`, `out` and `src` with the case's tag stand all over its question, output and sources.
    """
    source = text(number, context_size)
    size = 800 if context_size < 10_000 else 4_000
    name = tag(number)
    pieces = [source[at : at + size] for at in range(0, len(source), size)]
    return {
        "id": f"case-{number:06}",
        "input": f"What do the sources say about this, asked{name}?",
        "output": tagged(answer(number, source[:4000], answer_sentences), f"out{name}"),
        "context": [
            {"title": f"Source {at}", "text": tagged(piece, f"src{name}")}
            for at, piece in enumerate(pieces, 1)
        ],
    }


def short_cases(count: int) -> Iterator[dict[str, Any]]:
    """Small cases: a question, two sentences of output, one source."""
    lines = sentences()
    for number in range(count):
        first, second = lines[number % len(lines)], lines[number * 7 % len(lines)]
        yield {
            "id": f"case-{number:07}",
            "input": f"What about asked{tag(number)}?",
            "output": f"{first} {second}",
            "context": [f"{second} {first}"],
        }


def lines_of_1_kb(path: Path, count: int) -> Path:
    """A JSON Lines file of `count` cases of about 1,000 bytes each."""
    with path.open("w", encoding="utf-8") as file:
        for number, case in enumerate(short_cases(count)):
            size = len(json.dumps(case))
            source = text(number % 997, max(40, 940 - size))
            file.write(json.dumps(case | {"context": [*case["context"], source]}) + "\n")
    return path


def make_queue(path: Path, cases: Iterable[dict[str, Any]]) -> Path:
    """A queue at `path` with these cases in this order, and a `hitl.toml` beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name("hitl.toml").write_text(QUICK, "utf-8")
    queue = open_queue(str(path), create=True)
    house = PoolRule()
    rest = iter(cases)
    while batch := list(islice(rest, BATCH)):
        submissions = [Submission.model_validate(case) for case in batch]
        queue.admit([(one, default_route(one, {}, house, utc_now())) for one in submissions])
    queue.close()
    return path
