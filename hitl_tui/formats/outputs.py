"""Rows into files: JSON Lines, one JSON array, CSV, or Parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Protocol

from hitl_tui.formats.columns import Fields, Type, arrow_schema
from hitl_tui.formats.encode import line_of
from hitl_tui.formats.files import FileTrouble, Written
from hitl_tui.formats.staging import Stage
from hitl_tui.formats.tables import csv_line
from hitl_tui.formats.writers.contract import Layout

ENDINGS: Mapping[Layout, str] = {"lines": "jsonl", "array": "json", "table": "csv"}
_TYPED = 8_000_000
"""Bytes of a file of JSON Lines that whoever loads it surely looks at before it settles the types."""
_GROUP = 2000
"""Rows of one group of a Parquet file: what is held in memory."""


class Sink(Protocol):
    """A file that takes rows."""

    def add(self, row: dict[str, Any] | bytes) -> None:
        """Append a row; bytes are a finished line."""

    def close(self) -> Written:
        """Put the file on the disk."""

    def state(self) -> Mapping[str, Any]:
        """What `restore` needs to go on, as JSON values; the rows so far are on the disk then."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the file that had this state. Called before any row."""


def sink(stage: Stage, name: str, layout: Layout, fields: Fields, *, parquet: bool) -> Sink:
    """A new file of this layout; with `parquet` a Parquet file, whatever the layout is."""
    if parquet:
        return _Parquet(stage, name, fields)
    if layout == "array":
        return _Array(stage, name)
    return _Table(stage, name, fields) if layout == "table" else _Lines(stage, name, fields)


def parquet_there() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def need_parquet() -> None:
    """FileTrouble that names the extra, unless pyarrow is installed."""
    if not parquet_there():
        raise FileTrouble("Parquet needs pyarrow: `pip install 'hitl-tui[parquet]'` brings it")


class _Lines:
    """JSON Lines. Where a column is null at first, its first value comes to the head of the file.

    `datasets` takes the types of the columns from the first 10 MB: a column that is null or empty in
    all of them could not hold a text further down (huggingface/datasets#7222).
    """

    def __init__(self, stage: Stage, name: str, fields: Fields) -> None:
        self._stage, self._output = stage, stage.open(name)
        self._open = {path for column, one in fields.items() for path in _paths(column, one.type)}
        self._ahead: list[bytes] = []

    def add(self, row: dict[str, Any] | bytes) -> None:
        line = row if isinstance(row, bytes) else line_of(row)
        if self._open and isinstance(row, dict):
            found = {path for path in self._open if _has_value(row, path)}
            if found and self._output.size > _TYPED:
                self._ahead.append(line)
            self._open -= found
        self._output.write(line)

    def state(self) -> Mapping[str, Any]:
        ahead = [line.decode("ascii") for line in self._ahead]
        return {**self._output.state(), "open": sorted(self._open), "ahead": ahead}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._output.restore(state)
        self._open = {tuple(path) for path in state["open"]}
        self._ahead = [line.encode("ascii") for line in state["ahead"]]

    def close(self) -> Written:
        if not self._ahead:
            return self._stage.close(self._output)
        return self._stage.close_with_head(self._output, self._ahead)


def _paths(column: str, type_: Type) -> Iterator[tuple[str, ...]]:
    """The ways to the values of a column: its name, then the names inside its structure."""
    inner = type_[0] if isinstance(type_, list) else type_
    if isinstance(inner, Mapping):
        for name, deeper in inner.items():
            yield from ((column, *path) for path in _paths(name, deeper))
    else:
        yield (column,)


def _has_value(value: Any, path: tuple[str, ...]) -> bool:
    if isinstance(value, list | tuple):
        return any(_has_value(one, path) for one in value)
    if path and isinstance(value, dict):
        return _has_value(value.get(path[0]), path[1:])
    return not path and value is not None


class _Array:
    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._output = stage, stage.open(name)

    def add(self, row: dict[str, Any] | bytes) -> None:
        line = row if isinstance(row, bytes) else line_of(row)
        self._output.write((b",\n" if self._output.rows else b"[\n") + line.rstrip(b"\n"))

    def state(self) -> Mapping[str, Any]:
        return self._output.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self._output.restore(state)

    def close(self) -> Written:
        self._output.write(b"\n]\n" if self._output.rows else b"[]\n", 0)
        return self._stage.close(self._output)


class _Table:
    def __init__(self, stage: Stage, name: str, fields: Fields) -> None:
        self._stage, self._output = stage, stage.open(name)
        self._output.write(csv_line(list(fields)), 0)

    def add(self, row: dict[str, Any] | bytes) -> None:
        assert not isinstance(row, bytes), "a table is made of cells"
        self._output.write(csv_line(list(row.values())))

    def state(self) -> Mapping[str, Any]:
        return self._output.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self._output.restore(state)

    def close(self) -> Written:
        return self._stage.close(self._output)


class _Parquet:
    def __init__(self, stage: Stage, name: str, fields: Fields) -> None:
        from pyarrow import parquet  # noqa: PLC0415  (an extra)

        self._stage, self._name, self._rows = stage, name, 0
        self._held: list[dict[str, Any]] = []
        self._schema = arrow_schema(fields)
        self._writer = parquet.ParquetWriter(stage.path(name), self._schema, compression="zstd")

    def add(self, row: dict[str, Any] | bytes) -> None:
        assert not isinstance(row, bytes), "a Parquet file is made of columns"
        self._held.append(row)
        self._rows += 1
        if len(self._held) == _GROUP:
            self._flush()

    def state(self) -> Mapping[str, Any]:
        raise NotImplementedError("a Parquet file is finished by its end")

    def restore(self, state: Mapping[str, Any]) -> None:
        raise NotImplementedError("a Parquet file is finished by its end")

    def close(self) -> Written:
        self._flush()
        self._writer.close()
        return self._stage.adopt(self._name, self._rows)

    def _flush(self) -> None:
        import pyarrow as pa  # noqa: PLC0415

        if self._held:
            self._writer.write_table(pa.Table.from_pylist(self._held, schema=self._schema))
            self._held = []
