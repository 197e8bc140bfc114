"""Reads outputs with human spans, and what our features and the neighbours' scores say of their clauses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hitl_tui.grounding import build_index
from hitl_tui.grounding.mark import read
from hitl_tui.grounding.types import Span

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One output with its sources and the spans that people marked as not held by them."""

    id: str
    source: str
    question: str
    context: tuple[str, ...]
    output: str
    spans: tuple[tuple[int, int, str], ...]
    """Half-open code points, and the kind of error."""

    @property
    def bad(self) -> bool:
        """Whether people marked anything."""
        return bool(self.spans)

    def marked(self, kind: str = "") -> Numbers:
        """1.0 for each marked character, of one kind or of any."""
        found = np.zeros(len(self.output))
        for start, end, of in self.spans:
            if kind in {"", of}:
                found[start:end] = 1.0
        return found


def answers(path: Path) -> list[Answer]:
    """Read JSON Lines of {id, source_id, query, context, output, human_spans: [{start, end, type}]}."""
    return [_answer(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line]


def _answer(value: dict[str, Any]) -> Answer:
    return Answer(
        value["id"],
        str(value["source_id"]),
        value.get("query") or "",
        tuple(value["context"]),
        value["output"],
        tuple((span["start"], span["end"], span["type"]) for span in value["human_spans"]),
    )


def digest(path: Path) -> str:
    """SHA-256 of the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Clauses:
    """Every clause of a corpus as rows of arrays; `owner` is the place of its answer."""

    owner: Whole
    start: Whole
    end: Whole
    facts: Numbers
    """One row of features a clause."""
    bad: Numbers
    """Marked characters of the clause."""
    conflict: Numbers
    """Characters marked as evident conflict."""

    @property
    def length(self) -> Numbers:
        return (self.end - self.start).astype(float)

    @property
    def share(self) -> Numbers:
        return self.bad / self.length

    def spans_of(self) -> Iterator[tuple[int, list[Span]]]:
        """The place of each answer with clauses, and their ranges."""
        edges = np.flatnonzero(np.diff(self.owner, prepend=-1))
        for first, last in zip(edges, [*edges[1:], len(self.owner)], strict=True):
            pairs = zip(self.start[first:last].tolist(), self.end[first:last].tolist(), strict=True)
            yield int(self.owner[first]), list(pairs)


def clauses_of(corpus: Sequence[Answer]) -> Clauses:
    """Read every answer against its sources."""
    owner: list[int] = []
    ranges: list[Span] = []
    facts: list[tuple[float, ...]] = []
    bad: list[tuple[float, float]] = []
    for number, answer in enumerate(corpus):
        reading = read(answer.output, build_index(answer.context, answer.question))
        marked, conflict = answer.marked(), answer.marked("Evident Conflict")
        for claim, found in zip(reading.claims, reading.features, strict=True):
            owner.append(number)
            ranges.append((claim.start, claim.end))
            facts.append(found)
            bad.append(
                (marked[claim.start : claim.end].sum(), conflict[claim.start : claim.end].sum())
            )
    starts, ends = np.array(ranges).T
    amounts = np.array(bad)
    return Clauses(
        np.array(owner), starts, ends, np.array(facts, float), amounts[:, 0], amounts[:, 1]
    )


def folds(corpus: Sequence[Answer], count: int, salt: str = "") -> Whole:
    """Return the fold of each answer; answers to one source are never in two folds."""
    digests = [hashlib.sha256((salt + answer.source).encode()).digest() for answer in corpus]
    return np.array([digest[0] * 256 + digest[1] for digest in digests]) % count
