"""Rows into files: JSON Lines, one JSON array, CSV, or Parquet where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Protocol

from hitl_tui.formats.columns import Fields, arrow_schema
from hitl_tui.formats.encode import line_of
from hitl_tui.formats.files import FileTrouble, Written
from hitl_tui.formats.staging import Stage
from hitl_tui.formats.tables import csv_line
from hitl_tui.formats.writers.contract import Layout

ENDINGS: Mapping[Layout, str] = {"lines": "jsonl", "array": "json", "table": "csv"}
_GROUP = 2000
"""Rows of one group of a Parquet file: what is held in memory."""


class Sink(Protocol):
    """A file that takes rows."""

    def add(self, row: dict[str, Any] | bytes) -> None:
        """Append a row; bytes are a finished line."""

    def close(self) -> Written:
        """Put the file on the disk."""


def sink(stage: Stage, name: str, layout: Layout, fields: Fields, *, parquet: bool) -> Sink:
    """A new file of this layout; with `parquet` a Parquet file, whatever the layout is."""
    if parquet:
        return _Parquet(stage, name, fields)
    if layout == "array":
        return _Array(stage, name)
    return _Table(stage, name, fields) if layout == "table" else _Lines(stage, name)


def parquet_there() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def need_parquet() -> None:
    """FileTrouble that names the extra, unless pyarrow is installed."""
    if not parquet_there():
        raise FileTrouble("Parquet needs pyarrow: `pip install 'hitl-tui[parquet]'` brings it")


class _Lines:
    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._output = stage, stage.open(name)

    def add(self, row: dict[str, Any] | bytes) -> None:
        self._output.write(row if isinstance(row, bytes) else line_of(row))

    def close(self) -> Written:
        return self._stage.close(self._output)


class _Array:
    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._output = stage, stage.open(name)

    def add(self, row: dict[str, Any] | bytes) -> None:
        line = row if isinstance(row, bytes) else line_of(row)
        self._output.write((b",\n" if self._output.rows else b"[\n") + line.rstrip(b"\n"))

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

    def close(self) -> Written:
        self._flush()
        self._writer.close()
        return self._stage.adopt(self._name, self._rows)

    def _flush(self) -> None:
        import pyarrow as pa  # noqa: PLC0415

        if self._held:
            self._writer.write_table(pa.Table.from_pylist(self._held, schema=self._schema))
            self._held = []
