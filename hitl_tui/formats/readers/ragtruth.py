"""Reads RAGTruth: a response with its question and sources on each line; human spans become gold.

Shape (ParticleMedia/RAGTruth, `response.jsonl` joined with `source_info.jsonl`): `id`, `source_id`,
`task`, `query`, `context` (strings), `output`, `model`, `temperature`, `human_spans` (`start`, `end`,
`type`, `text`, `note`, `implicit_true`, `due_to_null`), `quality`, `split`.
"""

from __future__ import annotations

from typing import Any

from hitl_tui.formats.readers.read import Read
from hitl_tui.model.case import Submission
from hitl_tui.model.load import Refused
from hitl_tui.model.text import message

_NEEDED = frozenset({"id", "query", "output", "human_spans"})
_TAKEN = _NEEDED | {"context", "model"}
_REMARKS = {
    "implicit_true": "RAGTruth: true, though the sources do not say it",
    "due_to_null": "RAGTruth: comes from a value that is missing in the source",
}


def recognise(value: Any) -> bool:
    """Whether `value` is a response with human spans."""
    return isinstance(value, dict) and value.keys() >= _NEEDED


def read(value: Any) -> Read:
    """The submission in one RAGTruth record; Refused or ValidationError when it is none."""
    if not recognise(value):
        raise Refused(
            message("a RAGTruth record is an object with {names}", names=", ".join(sorted(_NEEDED)))
        )
    spans = value["human_spans"]
    if not isinstance(spans, list) or not all(isinstance(span, dict) for span in spans):
        raise Refused(message("human_spans is a list of objects"))
    kept = tuple(name for name in value if name not in _TAKEN)
    submission = Submission.model_validate(
        {
            "id": value["id"],
            "input": value["query"],
            "output": value["output"],
            "context": value.get("context", []),
            "model": value.get("model"),
            "metadata": {name: value[name] for name in kept},
            "gold": {
                "decision": "reject" if spans else "approve",
                "labels": tuple(dict.fromkeys(str(span.get("type")) for span in spans)),
                "spans": tuple(_span(span, value["output"]) for span in spans),
            },
        }
    )
    return Read(submission, kept)


def _span(span: dict[str, Any], output: Any) -> dict[str, Any]:
    start, end, text = span.get("start"), span.get("end"), span.get("text")
    if text is not None and isinstance(output, str) and output[start:end] != text:
        raise Refused(message("a human span does not quote the output at its offsets"))
    remarks = [remark for name, remark in _REMARKS.items() if span.get(name)]
    note = "\n".join([*([span["note"]] if span.get("note") else []), *remarks])
    return {"start": start, "end": end, "label": span.get("type"), "note": note or None}
