"""A queue with every kind of case and many decisions, for the benchmarks that need verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stock import make_queue, sentences

from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.open import open_queue

CASES = 240


def cases() -> Iterator[dict[str, Any]]:
    """Cases of all six kinds in turn, each about something else."""
    lines = sentences()
    for number in range(CASES):
        asked, one, two = (lines[(number * 3 + at) % len(lines)] for at in range(3))
        case: dict[str, Any] = {"id": f"case-{number:04}", "input": f"What about this: {asked}"}
        kind = (
            "response",
            "response",
            "preference",
            "demonstration",
            "redteam",
            "critique",
            "action",
        )[number % 7]
        case["kind"] = kind
        if kind == "preference":
            case["candidates"] = [{"id": "x", "text": one}, {"id": "y", "text": two}]
        elif kind == "action":
            case["action"] = {"name": "send", "arguments": {"text": one, "times": number}}
        elif kind != "demonstration":
            case["output"] = f"{one} {two}"
        if kind == "redteam":
            case["attack"] = {"goal": asked}
        if kind == "critique":
            case |= {"critique": f"It should say: {one}", "revision": one}
        if kind == "response":
            case["context"] = [
                {"id": f"source-{number}.md", "title": "A source", "text": f"{two} {one}"}
            ]
            signal = {"name": "grounding", "score": 0.4, "label": "unsupported", "spans": [[0, 5]]}
            case["signals"] = [signal]
        yield case


def judged_queue(path: Path) -> Path:
    """A queue at `path` in which every case has been decided."""
    make_queue(path, cases())
    queue = open_queue(str(path))
    number = 0
    while claims := queue.claim("bench", batch=20):
        for claim in claims:
            number += 1
            queue.submit(_verdict(claim.case, claim.token, number))
    queue.close()
    return path


def _verdict(case: Any, token: int, number: int) -> Verdict:
    fields: dict[str, Any] = {"rationale": f"reason {number}"}
    if case.kind == "response":
        decision = ("approve", "reject", "edit")[number % 3]
        if decision != "approve":
            fields |= {
                "spans": [{"start": 0, "end": 12, "label": "unsupported"}],
                "labels": ["tone"],
            }
        if decision == "edit":
            fields["edited_output"] = f"The better answer {number}."
    elif case.kind == "preference":
        decision, fields["strength"] = ("a", "b")[number % 2], 1 + number % 3
    elif case.kind == "demonstration":
        decision, fields["edited_output"] = "write", f"The ideal answer {number}."
    elif case.kind == "redteam":
        decision = ("harmful", "harmless")[number % 2]
        if decision == "harmful":
            fields |= {"harm": ("weapons", "other")[number % 4 // 2], "severity": number % 5}
    elif case.kind == "critique":
        decision = ("agree", "disagree")[number % 2]
    else:
        decision = ("approve", "deny")[number % 2]
    given = {"id": new_id(), "case_id": case.id, "reviewer": "bench", "lease": token}
    return Verdict.model_validate({**given, "decision": decision, **fields})
