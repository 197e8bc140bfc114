"""The types of columns: what a table of fields says, as Arrow types and as a data set card names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

Type = str | list[Any] | Mapping[str, Any]
"""`text`, `integer`, `number`, `flag`; `[type]` for a list; a mapping for a structure; `free` for a
shape that differs from row to row."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its type and a sentence about it."""

    type: Type
    about: str


Fields = Mapping[str, Field]

MESSAGES: Type = [{"role": "text", "content": "text"}]
SPANS: Type = [{"start": "integer", "end": "integer", "label": "text", "note": "text"}]
EVIDENCE: Type = [{"passage": "integer", "start": "integer", "end": "integer"}]
_VERDICTS: Type = [
    {
        "id": "text",
        "reviewer": "text",
        "decision": "text",
        "labels": "text",
        "spans": "text",
        "edited_output": "text",
        "rationale": "text",
        "late": "flag",
        "decided_at": "text",
    }
]

PROVENANCE: Fields = {
    "case_id": Field("text", "the case, as its producer named it"),
    "verdict_ids": Field(["text"], "the verdicts that the row rests on"),
    "reviewers": Field(["text"], "the pseudonyms of those who gave them, in the same order"),
    "split": Field("text", "train, validation or test: for good"),
    "policy": Field("text", "the rule that sent the case to people"),
    "guidelines": Field("text", "the guidelines that were cited, each with its version, by spaces"),
    "decision": Field("text", "what was settled"),
    "source": Field("text", "reviewer, consensus, adjudication, or late"),
    "agreement": Field("number", "the share of the verdicts that say the same, 0 to 1"),
    "late": Field("flag", "whether a verdict came after the application had been answered"),
    "verdicts": Field(_VERDICTS, "each verdict; its labels and spans are JSON texts"),
}
"""What every row of training data carries beside its own columns."""

_DTYPES = {"text": "string", "integer": "int64", "number": "float64", "flag": "bool"}


def arrow_schema(fields: Fields) -> pyarrow.Schema:
    """The schema of a Parquet file with these columns."""
    import pyarrow as pa  # noqa: PLC0415  (an extra: only where Parquet is written)

    return pa.schema([(name, _arrow(field.type)) for name, field in fields.items()])


def _arrow(type_: Type) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(type_, str):
        plain = {"text": pa.string, "integer": pa.int64, "number": pa.float64, "flag": pa.bool_}
        return plain[type_]()
    if isinstance(type_, list):
        return pa.list_(_arrow(type_[0]))
    return pa.struct([(name, _arrow(inner)) for name, inner in type_.items()])


def features(fields: Fields) -> list[dict[str, Any]]:
    """The same as `dataset_info.features` of a data set card (hub-docs `datasetcard.md`)."""
    return [{"name": name, **_feature(field.type)} for name, field in fields.items()]


def _feature(type_: Type) -> dict[str, Any]:
    if isinstance(type_, str):
        return {"dtype": _DTYPES[type_]}
    if isinstance(type_, list):
        inner = _feature(type_[0])
        return {"list": inner["dtype"] if "dtype" in inner else inner.get("struct", inner)}
    return {"struct": [{"name": name, **_feature(inner)} for name, inner in type_.items()]}
