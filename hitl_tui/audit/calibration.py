"""Calibration in the trail: quizzes, sittings, outcomes and guidelines as the events say they must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hitl_tui.audit.chain import Impossible
from hitl_tui.model.text import Shown, message
from hitl_tui.model.work import Event


@dataclass(slots=True)
class QuizFacts:
    """A quiz as the trail knows it: `digest` of its items, sittings by reviewer, outcomes in order."""

    digest: str
    items: int
    closed: bool = False
    sittings: dict[str, str] = field(default_factory=dict)
    outcomes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CalibrationFacts:
    """All quizzes by name; guideline versions with the digest of their text; who acknowledged which."""

    quizzes: dict[str, QuizFacts] = field(default_factory=dict)
    guidelines: dict[str, str] = field(default_factory=dict)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)

    def apply(self, event: Event) -> None:
        """Take one event in; Impossible when it cannot follow what came before."""
        EFFECTS[event.type](self, event, event.data)


def calibration_differences(
    expected: CalibrationFacts, actual: CalibrationFacts
) -> Iterator[Shown]:
    """A sentence for each quiz and guideline of which the tables say something else than the trail."""
    for name in sorted(expected.quizzes.keys() | actual.quizzes.keys()):
        wanted, found = expected.quizzes.get(name), actual.quizzes.get(name)
        if wanted is None or found is None:
            what = "in the store, but no entry made it" if wanted is None else "not in the store"
            yield message("quiz {name} is {what}", name=name, what=what)
        elif wanted != found:
            parts = [
                part
                for part in ("digest", "items", "closed", "sittings", "outcomes")
                if getattr(wanted, part) != getattr(found, part)
            ]
            yield message(
                "quiz {name}: {parts} changed without an entry", name=name, parts=", ".join(parts)
            )
    for version in sorted(expected.guidelines.keys() | actual.guidelines.keys()):
        if expected.guidelines.get(version) != actual.guidelines.get(version):
            yield message(
                "guideline {version} is not in the store as the trail has it", version=version
            )
    for version, reviewer in sorted(expected.acknowledged ^ actual.acknowledged):
        yield message(
            "whether {reviewer} has read guideline {version}: store and trail differ",
            reviewer=reviewer,
            version=version,
        )


def _created(facts: CalibrationFacts, event: Event, data: dict[str, Any]) -> None:
    if data["quiz"] in facts.quizzes:
        raise Impossible(Shown("the quiz was made before"))
    facts.quizzes[data["quiz"]] = QuizFacts(data["digest"], data["items"])


def _taken(facts: CalibrationFacts, event: Event, data: dict[str, Any]) -> None:
    quiz = _open(facts, data)
    if event.actor in quiz.sittings:
        raise Impossible(Shown("the reviewer had begun the quiz before"))
    quiz.sittings[event.actor] = data["digest"]


def _closed(facts: CalibrationFacts, event: Event, data: dict[str, Any]) -> None:
    _open(facts, data).closed = True


def _settled(facts: CalibrationFacts, event: Event, data: dict[str, Any]) -> None:
    quiz = facts.quizzes.get(data["quiz"])
    if quiz is None or not 1 <= data["item"] <= quiz.items:
        raise Impossible(Shown("there is no such item of a quiz"))
    quiz.outcomes.append(data["digest"])


def _published(facts: CalibrationFacts, event: Event, data: dict[str, Any]) -> None:
    if data["version"] in facts.guidelines:
        raise Impossible(Shown("the version was published before"))
    facts.guidelines[data["version"]] = data["digest"]


def _acknowledged(facts: CalibrationFacts, event: Event, data: dict[str, Any]) -> None:
    if data["version"] not in facts.guidelines:
        raise Impossible(Shown("the version was never published"))
    facts.acknowledged.add((data["version"], event.actor))


def _open(facts: CalibrationFacts, data: dict[str, Any]) -> QuizFacts:
    quiz = facts.quizzes.get(data["quiz"])
    if quiz is None or quiz.closed:
        raise Impossible(Shown("there is no such open quiz"))
    return quiz


EFFECTS: Mapping[str, Callable[[CalibrationFacts, Event, dict[str, Any]], None]] = {
    "quiz.created": _created,
    "quiz.taken": _taken,
    "quiz.closed": _closed,
    "quiz.settled": _settled,
    "guideline.published": _published,
    "guideline.acknowledged": _acknowledged,
}
"""Event type -> what it does."""
