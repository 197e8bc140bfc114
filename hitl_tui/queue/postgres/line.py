"""The connection that writes: many statements in one message to the server, their answers in one read.

psycopg's own pipeline hands every statement to the network as it comes, and looks for answers each time.
A change has some thirty of them and everybody waits for it, so here they go to libpq together: prepared
once for a connection, their values in binary.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.waiting import Ready, Wait

from hitl_tui.queue.database import Values
from hitl_tui.queue.postgres import text

Psycopg = psycopg.Connection[tuple[Any, ...]]
_MARK = re.compile(r"(?<!:):([a-z_]+)|\?")


class Answer(NamedTuple):
    """What one statement gave: its rows, and how many it touched."""

    rows: list[tuple[Any, ...]]
    touched: int


class _Query(NamedTuple):
    """A statement with the types of its values: what the server prepares."""

    text: bytes
    types: tuple[int, ...]


class _Call(NamedTuple):
    """A query with its values as they travel."""

    query: _Query
    values: Sequence[Buffer | None]
    formats: Sequence[Format] | None


class Line:
    """A connection and what is prepared on it. One thread at a time."""

    def __init__(self, conn: Psycopg) -> None:
        text.adapt(conn)
        # Numbers of one size, or a statement would be prepared again for each size of its values.
        conn.adapters.register_dumper(int, Int8BinaryDumper)
        self.conn = conn
        self._adapter = Transformer.from_context(conn)
        self._names: dict[_Query, bytes] = {}
        self._numbers = count()

    @property
    def status(self) -> TransactionStatus:
        """Whether a transaction is open, and in what state; unknown once the connection is closed."""
        return self.conn.info.transaction_status

    def roll_back(self) -> None:
        """Undo what was not committed; OperationalError when the connection is lost."""
        if self.status != TransactionStatus.IDLE:
            self.conn.execute("ROLLBACK")

    def close(self) -> None:
        """Hang up."""
        self.conn.close()

    def send(self, statements: Sequence[tuple[str, Values]]) -> list[Answer]:
        """Carry out statements in one round trip; those behind one that fails are not carried out.

        Raises the error of the one that fails. When the connection is lost, that is an
        OperationalError, and nobody knows how far they came.
        """
        pgconn = self.conn.pgconn
        calls = [self._call(statement, values) for statement, values in statements]
        message = _Message(pgconn, self._names, self._numbers)
        try:
            pgconn.enter_pipeline_mode()
            for call in calls:
                message.add(call)
            pgconn.pipeline_sync()
            results = self.conn.wait(_results(pgconn))
            failed = next((one for one in results if one.status == ExecStatus.FATAL_ERROR), None)
            if failed is None or results[-1].status == ExecStatus.PIPELINE_SYNC:
                pgconn.exit_pipeline_mode()
        except BaseException:
            # Answers that are still on their way would be taken for those of what comes next.
            self.close()
            raise
        if failed is not None:
            error = errors.error_from_result(failed)
            # What libpq itself has to say of a lost connection has no code.
            raise error if error.sqlstate else psycopg.OperationalError(str(error))
        self._names.update(message.prepared)
        return [self._answer(results[place]) for place in message.places]

    def _call(self, statement: str, values: Values) -> _Call:
        text, order = numbered(statement)
        given = [values[name] for name in order] if isinstance(values, Mapping) else values
        dumped = self._adapter.dump_sequence(given, [PyFormat.AUTO] * len(given))
        query = _Query(text, self._adapter.types or ())
        return _Call(query, dumped, self._adapter.formats)

    def _answer(self, result: PGresult) -> Answer:
        self._adapter.set_pgresult(result)
        rows = self._adapter.load_rows(0, result.ntuples, tuple)
        return Answer(rows, result.command_tuples or 0)


class _Message:
    """Statements on their way out; `places` are those of their results among all that come back."""

    def __init__(self, pgconn: PGconn, names: Mapping[_Query, bytes], numbers: count[int]) -> None:
        self.prepared: dict[_Query, bytes] = {}
        self.places: list[int] = []
        self._pgconn = pgconn
        self._names = names
        self._numbers = numbers
        self._put = count()

    def add(self, call: _Call) -> None:
        """Add a statement, prepared before if this connection has not seen it yet."""
        query = call.query
        name = self._names.get(query) or self.prepared.get(query)
        if name is None:
            name = b"hitl%d" % next(self._numbers)
            self.prepared[query] = name
            self._pgconn.send_prepare(name, query.text, query.types)
            next(self._put)
        self._pgconn.send_query_prepared(name, call.values, call.formats, Format.BINARY)
        self.places.append(next(self._put))


@cache
def numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with its values marked as the server has them, and the names of these in order."""
    order: list[str] = []

    def mark(found: re.Match[str]) -> str:
        name = found[1] or f"?{len(order)}"
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    marked = _MARK.sub(mark, statement).encode()
    return marked, tuple(order)


def _results(pgconn: PGconn) -> Generator[Wait, Ready | int, list[PGresult]]:
    """Send what waits in libpq and read one result a command, up to the end of the message.

    An error that ends the connection is the last result then.
    """
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    results: list[PGresult] = []
    while not results or results[-1].status != ExecStatus.PIPELINE_SYNC:
        try:
            result = yield from _next_result(pgconn)
        except psycopg.OperationalError:
            if any(one.status == ExecStatus.FATAL_ERROR for one in results):
                return results
            raise
        if result is not None:
            results.append(result)
    return results


def _next_result(pgconn: PGconn) -> Generator[Wait, Ready | int, PGresult | None]:
    """The next result, None between those of two commands; OperationalError when none will come."""
    while pgconn.is_busy():
        yield Wait.R
        pgconn.consume_input()
    result = pgconn.get_result()
    if result is None and pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message())
    return result
