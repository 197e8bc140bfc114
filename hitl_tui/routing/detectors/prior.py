"""Reads what a model already said of a case: LettuceDetect's answers, and those of Azure's service.

They are looked for in the case's metadata, where a producer or a file puts what the model returned, unchanged:

- `lettucedetect`: the list that `HallucinationDetector.predict(..., output_format="spans")` returns,
  `[{"start", "end", "confidence", "text"}]`, with `category` in its later models;
- `azure_groundedness`: the response of `text:detectGroundedness`, `{"ungroundedDetected",
  "ungroundedPercentage", "ungroundedDetails": [{"text", "offset": {"codePoint"}, "length": {"codePoint"},
  "reason"}]}`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hitl_tui.model.case import Case
from hitl_tui.routing.detectors.contract import Detection, Span, Unreadable

_LONGEST_NOTE = 500


class LettuceDetect:
    """The spans that a LettuceDetect model returned."""

    name = "lettucedetect"

    def detect(self, case: Case) -> Detection | None:
        found = case.metadata.get("lettucedetect")
        if found is None or case.output is None:
            return None
        if not isinstance(found, list | tuple):
            raise Unreadable("metadata.lettucedetect is a list of spans")
        return Detection(self.name, "", tuple(self._span(one, case.output) for one in found))

    def _span(self, one: Any, output: str) -> Span:
        if not isinstance(one, Mapping):
            raise Unreadable("a span of metadata.lettucedetect is an object with start and end")
        start, end = _offset(one.get("start")), _offset(one.get("end"))
        _check(start, end, one.get("text"), output, "metadata.lettucedetect")
        return Span(start, end, _share(one.get("confidence")), _note(one.get("category")))


class AzureGroundedness:
    """What Azure AI Content Safety's groundedness detection returned."""

    name = "azure-groundedness"

    def detect(self, case: Case) -> Detection | None:
        found = case.metadata.get("azure_groundedness")
        if found is None or case.output is None:
            return None
        if not isinstance(found, Mapping) or "ungroundedDetected" not in found:
            raise Unreadable("metadata.azure_groundedness is a response with ungroundedDetected")
        details = found.get("ungroundedDetails") or ()
        if not isinstance(details, list | tuple):
            raise Unreadable("ungroundedDetails of metadata.azure_groundedness is a list")
        spans = tuple(self._span(one, case.output) for one in details)
        return Detection(self.name, "", spans, _share(found.get("ungroundedPercentage")))

    def _span(self, one: Any, output: str) -> Span:
        if not isinstance(one, Mapping):
            raise Unreadable("a part of ungroundedDetails is an object with offset and length")
        start = _offset(_points(one.get("offset")))
        end = start + _offset(_points(one.get("length")))
        _check(start, end, one.get("text"), output, "metadata.azure_groundedness")
        return Span(start, end, None, _note(one.get("reason")))


def _points(value: Any) -> Any:
    """The count in code points; the services also give UTF-8 and UTF-16."""
    return value.get("codePoint", value.get("codepoint")) if isinstance(value, Mapping) else value


def _offset(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable("an offset of a span is a whole number of code points, 0 or more")
    return value


def _check(start: int, end: int, text: Any, output: str, where: str) -> None:
    if not start < end <= len(output):
        raise Unreadable(f"a span of {where} lies outside the output")
    if isinstance(text, str) and output[start:end] != text:
        raise Unreadable(f"a span of {where} does not quote the output: offsets are code points")


def _share(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return min(1.0, max(0.0, float(value)))


def _note(value: Any) -> str:
    return value[:_LONGEST_NOTE] if isinstance(value, str) else ""
