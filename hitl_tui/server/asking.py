"""One request as its handler sees it: who asks, for what, and the body, query and headers as types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from hitl_tui.model.fields import Boolean, Int, Name, Record
from hitl_tui.model.load import Refused, leaves, load_json
from hitl_tui.model.work import CaseState
from hitl_tui.queue.tokens import Identity
from hitl_tui.server.limits import read_body
from hitl_tui.server.problems import Problem, unfit
from hitl_tui.server.shapes import LARGEST_PAGE, LONGEST_LEASE_S, LONGEST_WAIT_S

T = TypeVar("T", bound=BaseModel)
Q = TypeVar("Q", bound="Query")
WIDEST = 2**63 - 1024
"""The largest number that fits in 64 bits both as an integer and as a float."""
NDJSON = "application/x-ndjson"
_DIGITS = re.compile(r"[0-9]{1,16}")
_FREE = frozenset(("metadata", "attributes", "arguments"))
_NUMBER = re.compile(r"([0-9]{1,16})(?:\.0+)?")
_NUMBERS = frozenset(("limit", "after", "wait", "lease_s"))
_FLAGS = frozenset(("mine", "withdrawn", "copies", "unplaced"))
_FLAG = {"true": True, "false": False}
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:;|,|$)", re.IGNORECASE)


class Query(Record):
    """The parameters of a query; `several` names those that may stand more than once."""

    several: ClassVar[frozenset[str]] = frozenset()


class PoolQuery(Query):
    """The pools that are meant; all of the token's without it."""

    several = frozenset(("pool",))
    pool: tuple[Name, ...] = ()


class ListQuery(Query):
    """A page of the listing; an empty `cursor` asks for the first one.

    Without `copies` those that quizzes gave to their takers are left out.
    """

    state: CaseState | None = None
    pool: Name | None = None
    cursor: Annotated[str, Field(pattern="^[0-9]{0,15}$")] | None = None
    limit: Annotated[Int, Field(ge=1, le=LARGEST_PAGE)] = 100
    copies: Boolean = True


class WithdrawnQuery(Query):
    """A withdrawn case is gone, unless it is asked for."""

    withdrawn: Boolean = False


class WaitQuery(WithdrawnQuery):
    """How many seconds an answer may be waited for."""

    wait: Annotated[Int, Field(ge=0, le=LONGEST_WAIT_S)] = 0


class AfterQuery(Query):
    """A page of the record, behind the place `after`."""

    after: Annotated[Int, Field(ge=0)] = 0
    limit: Annotated[Int, Field(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE


class MaterialsQuery(AfterQuery):
    """A page of cases for an export; with `unplaced` only those that are in no split yet."""

    unplaced: Boolean = False


class VerdictsQuery(AfterQuery):
    """A page of verdicts; `mine`: the caller's own, newest first."""

    mine: Boolean = False


class UpcomingQuery(PoolQuery):
    """How many of the next cases are wanted."""

    limit: Annotated[Int, Field(ge=1, le=100)] = 5


class StreamQuery(Query):
    """For how many seconds a stream is wanted; without end when nothing is said."""

    wait: Annotated[Int, Field(ge=0, le=LONGEST_LEASE_S)] | None = None


class LeaseQuery(Query):
    """For how long the case is wanted back."""

    lease_s: Annotated[Int, Field(ge=1, le=LONGEST_LEASE_S)] = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose caller is known and may make it. `params` are those of the path, decoded."""

    request: Request
    who: Identity
    params: Mapping[str, str]
    body_bytes: int

    @property
    def id(self) -> str:
        """The `{id}` of the path."""
        return self.params["id"]

    @property
    def token(self) -> int:
        """The `{token}` of the path; 0, which no lease has, for what is no token."""
        text = self.params["token"]
        return int(text) if _DIGITS.fullmatch(text) else 0

    async def raw(self) -> bytes:
        """The body as it came."""
        return await read_body(self.request, self.body_bytes)

    async def body(self, shape: type[T]) -> T:
        """The body as `shape`, an empty one as `{}`; Problem `invalid`."""
        return as_shape(shape, await self.raw() or b"{}")

    def query(self, shape: type[Q]) -> Q:
        """The parameters of the query as `shape`; Problem `invalid`."""
        raw: bytes = self.request.scope["query_string"]
        try:
            pairs = parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict"
            )
        except ValueError:
            raise Problem("invalid", "the query is not UTF-8") from None
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name in shape.several:
                values.setdefault(name, []).append(value)
            elif name in values:
                raise Problem("invalid", "a parameter stands twice in the query")
            else:
                values[name] = _plain(name, value)
        try:
            return shape.model_validate(values)
        except ValidationError as error:
            raise unfit(error, "/query") from None

    def if_match(self) -> int | None:
        """The version that the caller knows, None for any; Problem for what no version has."""
        tag = self.request.headers.get("if-match", "*").strip()
        digits = tag.strip('"')
        if tag == "*":
            return None
        if not _DIGITS.fullmatch(digits):
            raise Problem("version-mismatch", "If-Match takes the ETag of the case")
        return int(digits)

    def preferred_wait(self) -> int:
        """The seconds of `Prefer: wait=N` (RFC 7240), 0 without it, at most the longest wait."""
        found = _WAIT.search(",".join(self.request.headers.getlist("prefer")))
        return 0 if found is None else min(int(found[1]), LONGEST_WAIT_S)

    @property
    def wants_lines(self) -> bool:
        """Whether the caller asked for NDJSON."""
        return NDJSON in self.request.headers.get("accept", "")


def as_shape(shape: type[T], raw: bytes) -> T:
    """JSON bytes as `shape`; Problem `invalid` with pointers."""
    try:
        return shape.model_validate(_whole(load_json(raw)))
    except Refused as refused:
        raise Problem("invalid", str(refused.reason)) from None
    except ValidationError as error:
        raise unfit(error) from None


def _plain(name: str, text: str) -> Any:
    """The value of a parameter: all text in a query, but some are numbers or flags."""
    if name in _FLAGS and text in _FLAG:
        return _FLAG[text]
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found is not None and name in _NUMBERS else text


def _whole(value: Any) -> Any:
    """The value with each whole number as an integer, as JSON Schema sees 5.0; not in free-form parts."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _free(item) if key in _FREE else _whole(item) for key, item in value.items()}
    return value


def _free(value: Any) -> Any:
    """A free-form part as it is; Problem for a number beyond `WIDEST`, written as an integer or not."""
    if any(isinstance(leaf, int | float) and abs(leaf) > WIDEST for _, leaf in leaves(value)):
        raise Problem("invalid", "a number in a free-form part does not fit in 64 bits")
    return value


def json_answer(body: str, status: int = 200, **headers: str) -> Response:
    """An answer with a JSON text."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, named, "application/json")


def shaped(answer: BaseModel, status: int = 200, **headers: str) -> Response:
    """An answer; fields of its own that were not set are left out."""
    unset = set(type(answer).model_fields) - answer.model_fields_set
    return json_answer(answer.model_dump_json(exclude=unset), status, **headers)


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'
