"""What the changes and reads of a queue need of a database, and the SQL in which two engines differ.

Statements mark their values as SQLite does, `?` or `:name`, and keep to what both engines understand:
`coalesce`, `RETURNING`, `ON CONFLICT`, 0 and 1 for truth. What cannot be said to both, or what one of
them must be told to be fast, stands in a `Dialect`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

Values = Sequence[Any] | Mapping[str, Any]


class Rows(Protocol):
    """What a statement gave. Columns come as int, str, bytes, bool or None."""

    @property
    def rowcount(self) -> int:
        """How many rows a change touched."""

    def fetchone(self) -> Any:
        """The next row as a tuple, None when there is none."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """The rows that are left, one by one."""


class Dialect(NamedTuple):
    """The statements that an engine has in words of its own.

    `ready` gives the cases of a pool that are ready, in the order of claims, each with whether it is
    barred to the reviewer; `ready_after` those behind a place, as ranges that follow one another. With
    `in_pages` they take `:most` and give so many rows at a time, and `ready` begins behind the
    reviewer's cursor; without it they are read as far as they are needed. `ready_everywhere` is `ready`
    for every pool, with the name of the pool before each row; empty without `in_pages`. `rated`,
    `gold_of_item` and `mode_of_quiz` look into JSON; `arrival` is the column by which rows stand in the
    order they came; `number` is the value of a lease's number, which goes on from there by itself.
    """

    name: str
    in_pages: bool
    ready: tuple[str, ...]
    ready_everywhere: str
    ready_after: tuple[str, ...]
    skipped: str
    expired: str
    overdue: str
    any_overdue: str
    snoozed: str
    live: str
    trail: str
    rated: Mapping[str, str]
    gold_of_item: str
    mode_of_quiz: str
    arrival: str
    number: str


class Database(Protocol):
    """An open connection to the tables of a queue."""

    @property
    def dialect(self) -> Dialect:
        """The words of this engine."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def begin(self) -> None:
        """See to it that the change has begun: its moment and the end of the trail are known then."""

    def execute(self, statement: str, values: Values = ..., /) -> Rows:
        """Carry out one statement."""

    def ask(self, statement: str, values: Values = ..., /) -> Rows:
        """As `execute`, for a statement that only reads and to which the moment does not matter.

        What a change asks for before it looks at the time, or at anything else, is there as soon as the
        change may begin.
        """

    def afterwards(self, statement: str, values: Values = ..., /) -> Rows:
        """As `execute`, for what is of no matter to the change: best looked at when it is committed."""

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows; `columns` are named with commas between them."""

    def patient(self) -> None:
        """Let the transaction take its time, however long nothing is said in it."""

    def stream(self, statement: str) -> Rows:
        """The rows of a statement that may have very many, not all in memory at once."""

    def filled(self) -> None:
        """Bring what counts on after the tables were filled from outside."""

    def mark(self) -> None:
        """Begin a part of the transaction; parts do not lie within each other."""

    def keep(self) -> None:
        """End the part: what it did is carried out and stays, unless the whole is rolled back."""

    def back(self) -> None:
        """End the part: what it did is undone."""
