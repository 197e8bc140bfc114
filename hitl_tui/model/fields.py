"""The field types that every record shares: strict numbers, UTC times, bounded names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, Strict
from pydantic import Field as _Field
from pydantic_core import PydanticCustomError

from hitl_tui.model.clock import parse_duration, rfc3339


class Record(BaseModel):
    """A value that does not change; a field it does not know is refused, a type never coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("a time is RFC 3339, such as 2026-11-22T09:00:00Z") from None
    if not isinstance(value, datetime):
        raise ValueError("a time is a string in RFC 3339, such as 2026-11-22T09:00:00Z")  # noqa: TRY004
    if value.tzinfo is None:
        raise ValueError("a time needs its zone: write 2026-11-22T09:00:00Z for UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time lies in the years 1 to 9999, in UTC too") from None


def _duration(value: str) -> str:
    parse_duration(value)
    return value


CONTRADICTION = "contradiction"
"""The type of an error that no schema can tell: each part is right, together they are not."""


def contradiction(sentence: str, length: int = 0) -> PydanticCustomError:
    """The error of parts that do not fit each other; `{length}` in the sentence is filled in."""
    return PydanticCustomError(CONTRADICTION, sentence, {"length": length})


def encodable(value: str) -> str:
    """`value` itself; ValueError for text that UTF-8 cannot carry."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is not text: it cannot be stored") from None
    return value


Int = Annotated[int, Strict(), _Field(ge=-(2**53) + 1, le=2**53 - 1)]
Number = Annotated[float, Strict(), _Field(allow_inf_nan=False)]
Boolean = Annotated[bool, Strict()]
Offset = Annotated[int, Strict(), _Field(ge=0, le=2**31 - 1)]
Text = Annotated[str, AfterValidator(encodable)]
"""Any text that can be stored; halves of surrogate pairs are refused."""
Name = Annotated[str, _Field(min_length=1, max_length=512), AfterValidator(encodable)]
"""Identifiers and labels: 1 to 512 code points, content free."""
Time = Annotated[datetime, BeforeValidator(_time), PlainSerializer(rfc3339, when_used="json")]
"""An aware UTC time; naive times are refused. JSON: RFC 3339 with microseconds."""
Duration = Annotated[
    str,
    AfterValidator(_duration),
    _Field(json_schema_extra={"pattern": "^[1-9][0-9]{0,3}[smhd]$"}),
]
"""`90s`, `5m`, `4h`, `2d`, kept as written."""
