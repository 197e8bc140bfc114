"""What a detector is: code that says which parts of an output the sources do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hitl_tui.model.case import Case


@dataclass(frozen=True, slots=True)
class Span:
    """One part of the output, ``output[start:end]`` in code points, that the detector doubts.

    `score` is 0..1, higher is worse, or None where the detector gives none. `note` is its reason, if any:
    it is text of the case's kind and never trusted on a terminal.
    """

    start: int
    end: int
    score: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """What one detector said of one case. `risk` is 0..1 for the whole output, if it gave one."""

    name: str
    version: str
    spans: tuple[Span, ...]
    risk: float | None = None


class Unreadable(ValueError):
    """A case that a detector cannot read; the sentence says what to mend."""


class Detector(Protocol):
    """A detector. Register it under the entry point group `hitl.detectors`."""

    name: str
    """Shown beside everything that it marks."""

    def detect(self, case: Case) -> Detection | None:
        """Say what the case's sources do not hold; None when there is nothing to say of it.

        Must not change the case, and may not reach the network unless its user configured it. Raises
        Unreadable (or another ValueError) for a case it cannot read.
        """
