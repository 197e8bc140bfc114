"""Detectors: those that come with the package, and those that others register under `hitl.detectors`.

To add one here, write a module beside `prior.py` and add its line to `BUILT_IN`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

from hitl_tui.model.case import Case
from hitl_tui.routing.detectors.contract import Detection, Detector, Span, Unreadable
from hitl_tui.routing.detectors.prior import AzureGroundedness, LettuceDetect

__all__ = ["GROUP", "Detection", "Detector", "Failure", "Span", "Unreadable", "detect", "detectors"]

GROUP = "hitl.detectors"
BUILT_IN: tuple[Detector, ...] = (LettuceDetect(), AzureGroundedness())


@dataclass(frozen=True, slots=True)
class Failure:
    """A detector that could not read a case, and its reason."""

    name: str
    reason: str


@cache
def detectors() -> tuple[Detector, ...]:
    """All detectors: ours, then those of installed packages by name. What cannot be loaded raises."""
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return (*BUILT_IN, *(point.load()() for point in found))


def detect(
    case: Case, chosen: Sequence[Detector] | None = None
) -> tuple[tuple[Detection, ...], tuple[Failure, ...]]:
    """Ask every detector about a case; what each said, and which could not read it.

    Spans outside the output, from a plug-in, count as not readable.
    """
    said: list[Detection] = []
    failed: list[Failure] = []
    length = len(case.output or "")
    for detector in detectors() if chosen is None else chosen:
        try:
            found = detector.detect(case)
        except ValueError as error:
            failed.append(Failure(detector.name, str(error)))
            continue
        if found is None:
            continue
        if all(0 <= span.start < span.end <= length for span in found.spans):
            said.append(found)
        else:
            failed.append(Failure(detector.name, "a span lies outside the output"))
    return tuple(said), tuple(failed)
