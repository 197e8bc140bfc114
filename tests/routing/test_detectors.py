"""Detectors read what a model said of a case, keep to code points, and say so when they cannot."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from hitl_tui.model.case import Case
from hitl_tui.routing import detectors as room
from hitl_tui.routing.detectors import Detection, Detector, Span, detect
from hitl_tui.routing.detectors.prior import AzureGroundedness, LettuceDetect
from hitl_tui.tui.grounded import grounded

OUTPUT = "Die Gebühr 🙂 beträgt 12 Euro. Kinder zahlen nichts."
PART = "beträgt 12 Euro"
START = OUTPUT.index(PART)
SPAN = {"start": START, "end": START + len(PART), "confidence": 0.97, "text": PART}
AZURE = {
    "ungroundedDetected": True,
    "ungroundedPercentage": 0.4,
    "ungroundedDetails": [
        {
            "text": PART,
            "offset": {"utf8": START + 4, "utf16": START + 1, "codePoint": START},
            "length": {"utf8": len(PART) + 1, "utf16": len(PART), "codePoint": len(PART)},
            "reason": "The source says 10 euros.",
        }
    ],
}


def case(**metadata: object) -> Case:
    return Case.model_validate(
        {
            "id": "c1",
            "output": OUTPUT,
            "context": ["Die Gebühr 🙂 beträgt 12 Euro. Kinder zahlen nichts."],
            "metadata": metadata,
        }
    )


def test_the_spans_of_lettucedetect_are_read_in_code_points() -> None:
    assert LettuceDetect().detect(case(lettucedetect=[SPAN])) == Detection(
        "lettucedetect", "", (Span(START, START + len(PART), 0.97),)
    )


def test_the_details_of_azure_are_read_by_their_code_points_with_reason_and_risk() -> None:
    assert AzureGroundedness().detect(case(azure_groundedness=AZURE)) == Detection(
        "azure-groundedness",
        "",
        (Span(START, START + len(PART), None, "The source says 10 euros."),),
        0.4,
    )


def test_a_case_that_no_model_was_asked_about_has_no_detection() -> None:
    assert detect(case(), room.BUILT_IN) == ((), ())


@pytest.mark.parametrize(
    "found",
    [
        "spans",
        [7],
        [{"start": -1, "end": 3}],
        [{"start": 3, "end": 3}],
        [{"start": 0, "end": 10_000}],
        [{"start": True, "end": 3}],
        [{**SPAN, "start": START + 1}],
    ],
)
def test_spans_that_do_not_fit_the_output_are_refused_with_a_reason(found: object) -> None:
    said, failed = detect(case(lettucedetect=found), room.BUILT_IN)
    assert said == ()
    assert [(one.name, bool(one.reason)) for one in failed] == [("lettucedetect", True)]


@pytest.mark.parametrize("found", ["no", {}, {"ungroundedDetected": True, "ungroundedDetails": 3}])
def test_a_response_of_another_shape_is_refused_with_a_reason(found: object) -> None:
    said, failed = detect(case(azure_groundedness=found), room.BUILT_IN)
    assert (said, [one.name for one in failed]) == ((), ["azure-groundedness"])


def test_a_doubted_clause_is_marked_and_names_who_doubts_it() -> None:
    before, after = grounded(case()), grounded(case(lettucedetect=[SPAN]))
    assert before.clauses[0].grade == "found"
    assert after.clauses[0].grade == "not_found"
    assert after.clauses[0].score == 0.97
    assert after.clauses[0].reasons[0] == "lettucedetect doubts it"
    assert after.clauses[1:] == before.clauses[1:]
    assert after.marked(0.15) == (0,)


class Astray:
    name = "astray"

    def detect(self, case: Case) -> Detection | None:
        return Detection(self.name, "1", (Span(0, len(case.output or "") + 1, 0.5),))


def test_a_plug_in_that_points_outside_the_output_is_not_believed() -> None:
    plug_in: Detector = Astray()
    assert detect(case(), [plug_in])[0] == ()


def test_a_detector_of_another_package_is_found_by_its_entry_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = EntryPoint("astray", f"{__name__}:Astray", room.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: Astray)
    monkeypatch.setattr(room, "entry_points", lambda group: [point] if group == room.GROUP else [])
    room.detectors.cache_clear()
    try:
        assert [one.name for one in room.detectors()][-1] == "astray"
    finally:
        room.detectors.cache_clear()
