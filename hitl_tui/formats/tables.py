"""Tables as files: CSV that no spreadsheet runs, Parquet where pyarrow is there, Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hitl_tui.model.text import Shown, reveal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMERAL = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_FENCE = re.compile(r"`{3,}")


def csv_lines(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """CSV (RFC 4180) in UTF-8, a line each. None is empty; text that a spreadsheet would run as a
    formula gets an apostrophe in front.
    """
    for row in (header, *rows):
        yield csv_line(row)


def csv_line(row: Sequence[Any]) -> bytes:
    """One record of such a table."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([_cell(value) for value in row])
    return out.getvalue().encode()


def parquet(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes | None:
    """The table as a Parquet file, or None without pyarrow."""
    try:
        import pyarrow  # noqa: PLC0415  (an extra)
        from pyarrow import parquet as writer  # noqa: PLC0415
    except ImportError:
        return None
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    table = pyarrow.table(
        {name: pyarrow.array(list(column)) for name, column in zip(header, columns, strict=True)}
    )
    sink = io.BytesIO()
    writer.write_table(table, sink)
    return sink.getvalue()


def markdown(title: Shown, lines: Sequence[Shown]) -> Iterator[bytes]:
    """A Markdown document with the lines of a report in it, as they stand on a terminal.

    The fence is longer than any in the lines, so nothing in a name or label ends it.
    """
    longest = max((len(run) for line in lines for run in _FENCE.findall(line)), default=2)
    fence = "`" * (longest + 1)
    yield f"# {title}\n\n{fence}text\n".encode()
    for line in lines:
        yield f"{line}\n".encode()
    yield f"{fence}\n".encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        shown = reveal(value).text
        return (
            f"'{shown}" if shown.startswith(_FORMULA) and not _NUMERAL.fullmatch(shown) else shown
        )
    return value
