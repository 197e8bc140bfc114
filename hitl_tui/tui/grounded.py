"""The grounding of a case as it is shown: ours, with what other detectors said laid over it."""

from __future__ import annotations

from hitl_tui.grounding import Grounding, Index, ground, index_case
from hitl_tui.grounding.second import Opinion, with_opinions
from hitl_tui.model.case import Case
from hitl_tui.routing.detectors import Detection, detect


def grounded(case: Case, index: Index | None = None) -> Grounding:
    """Ground the case's output in its sources and lay the detectors' spans over it.

    `index` is that of the case, where it is at hand.
    """
    found = ground(case.output or "", index or index_case(case))
    return with_opinions(found, opinions(detect(case)[0]))


def opinions(said: tuple[Detection, ...]) -> list[Opinion]:
    """The doubts of all detectors."""
    return [
        Opinion(one.name, span.start, span.end, span.score) for one in said for span in one.spans
    ]
