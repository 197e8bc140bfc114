"""What a settled case teaches, whatever its kind: texts that are good, texts that are not, and pairs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from hitl_tui.formats.encode import text_of
from hitl_tui.formats.samples import Sample, settled
from hitl_tui.model.arguments import call_within
from hitl_tui.model.case import Action, Case
from hitl_tui.model.verdict import Span, Verdict

_PLACES = {"a": 0, "b": 1}


@dataclass(frozen=True, slots=True)
class Lesson:
    """One text and whether people would let it stand. `written` when a reviewer wrote it."""

    text: str
    good: bool
    written: bool = False


def lessons(sample: Sample) -> Iterator[Lesson]:
    """Every text of the case that the answer says something about, once each.

    | kind | good | not good |
    |---|---|---|
    | response, action | approved as it is; the edited text | rejected or denied; the original of an edit |
    | preference | the preferred one, or what was made of it | the others; all of them at `neither` |
    | demonstration | what was written | the output beside it, if there is one |
    | redteam | harmless | harmful |
    | critique | the revision when the critique is right; what was written | the output then |
    """
    answer, case = settled(sample), sample.case
    if case.kind == "preference":
        yield from _preference(sample)
        return
    original = call(case.action) if case.action is not None else case.output
    written = _arguments(case.action, answer.text) if case.action is not None else answer.text
    if answer.decision in ("approve", "harmless") and original is not None:
        yield Lesson(original, good=True)
    elif answer.decision in ("reject", "deny", "harmful") and original is not None:
        yield Lesson(original, good=False)
    elif answer.decision in ("edit", "write", "revise") and written is not None:
        yield Lesson(written, good=True, written=True)
        if original is not None and original != written:
            yield Lesson(original, good=False)
    elif answer.decision == "agree" and case.revision is not None:
        yield Lesson(case.revision, good=True)
        if original is not None and original != case.revision:
            yield Lesson(original, good=False)


def pairs(sample: Sample) -> Iterator[tuple[str, str]]:
    """Each good text with each one that is not: (chosen, rejected), the two always different."""
    found = list(lessons(sample))
    for chosen in found:
        for rejected in found:
            if chosen.good and not rejected.good and chosen.text != rejected.text:
                yield chosen.text, rejected.text


def judged_text(case: Case) -> str:
    """What was judged, as one text: the output, a tool call, or every candidate under its id; else empty."""
    if case.action is not None:
        return call(case.action)
    if case.candidates:
        return "\n\n".join(f"[{one.id}] {one.text}" for one in case.candidates)
    return case.output or ""


def marks(sample: Sample, verdict: Verdict) -> tuple[Span, ...]:
    """What a verdict marked in the text that was judged: spans are offsets of the output, not of a call."""
    return () if sample.case.action is not None else verdict.spans


def call(action: Action) -> str:
    """A tool call as text: JSON with `name` and `arguments`."""
    return text_of({"name": action.name, "arguments": action.arguments})


def _preference(sample: Sample) -> Iterator[Lesson]:
    answer, candidates = settled(sample), sample.case.candidates
    winner = _PLACES.get(answer.decision)
    if answer.decision == "neither":
        yield from (Lesson(one.text, good=False) for one in candidates)
    if winner is None:
        return
    preferred = candidates[winner].text
    edited = answer.text if answer.text not in (None, preferred) else None
    yield Lesson(edited or preferred, good=True, written=edited is not None)
    for place, one in enumerate(candidates):
        if place != winner or edited:
            yield Lesson(one.text, good=False)


def _arguments(action: Action, edited: str | None) -> str | None:
    """The call with the arguments that were written; what is no JSON stays the text that it is.

    Clients may send a whole call where only its arguments were asked for: it is the call that it is.
    """
    if edited is None:
        return None
    try:
        arguments = json.loads(edited)
    except ValueError:
        return edited
    within = call_within(arguments, action) if isinstance(arguments, dict) else None
    if isinstance(within, dict):
        arguments = within
    return text_of({"name": action.name, "arguments": arguments})
