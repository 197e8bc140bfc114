"""The contract of a writer: a sentence, a table of fields, and a function from a case to rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hitl_tui.formats.columns import PROVENANCE, Fields
from hitl_tui.formats.samples import Row, Sample
from hitl_tui.queue.protocol import Stored

Layout = Literal["lines", "array", "table"]
"""JSON Lines; one JSON array; CSV with a header."""
Rows = Callable[[Sample], Iterable[Row | bytes]]
"""A case into its rows, none when the format has nothing to say of it. `bytes` are finished lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """One format of `hitl export`. Third parties register theirs as the entry point `hitl.writers`.

    With `splits` there is a file for each split (`train.jsonl`, ...) and only settled cases reach
    `rows`; without, one `file` with every case of the selection. `sidecar` says that the rows have
    exactly the fields of a consumer that takes no others: what `columns.PROVENANCE` names stands in a
    second file then, line by line. `gated` is whether the PII gate is shut unless it is opened; `placed`
    whether the cases are put into splits, as they are wherever a row names its split.
    """

    about: str
    fields: Fields
    rows: Rows
    standard: Fields | None = None
    """The columns under `--standard`, where they are other ones: texts instead of messages."""
    labels: Callable[[Sample], Iterable[str]] | None = None
    """The labels that a case brings into the selection, for a format whose rows say which are absent."""
    stored_row: Callable[[Stored], bytes] | None = None
    """The same rows from a case as its store keeps it, for a format that takes every case whole."""
    layout: Layout = "lines"
    splits: bool = True
    file: str = ""
    sidecar: bool = False
    gated: bool = True
    placed: bool = True
    parts: Mapping[str, Writer] = field(default_factory=dict)
    """Config -> writer, for a format that is a whole repository of them."""


def training(own: Fields) -> Fields:
    """The columns of a row of training data: its own, then where it comes from."""
    return {**own, **PROVENANCE}
