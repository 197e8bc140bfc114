"""What is asked of an export, what it plans, and what it has done: the values that its steps hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hitl_tui.formats.checkpoint import Tally
from hitl_tui.formats.columns import PROVENANCE, Fields
from hitl_tui.formats.files import Written
from hitl_tui.formats.outputs import ENDINGS, Sink, parquet_there, sink
from hitl_tui.formats.pii import Gate, Policy
from hitl_tui.formats.selection import Selection
from hitl_tui.formats.splits import Placement
from hitl_tui.formats.staging import Stage
from hitl_tui.formats.writers.contract import Writer

SIDECAR = "provenance"
"""The config of the rows that say where others come from, for consumers that take no further names."""


class Beside(Protocol):
    """What is made of an export's rows beside its files."""

    def see(self, row: Mapping[str, Any]) -> None:
        """Take a row in."""

    def documents(self) -> Mapping[str, bytes]:
        """The documents by their names, once all rows were seen."""


class PersonalData(Exception):
    """The gate is shut and rows hold personal data. Nothing was written."""

    def __init__(self, gate: Gate) -> None:
        super().__init__("personal data")
        self.gate = gate


class Raced(Exception):
    """Another export put cases into splits while this one was made. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    format: str
    writer: Writer
    selection: Selection
    shares: tuple[float, float, float]
    pii: Policy
    parquet: bool = False
    license: str = "other"

    @property
    def fields(self) -> Fields:
        """The columns of its rows."""
        own = self.writer.standard if self.selection.standard else None
        return own or self.writer.fields

    @property
    def columnar(self) -> bool:
        """Whether the rows go into Parquet: when it is asked for, and into a repository if it can be."""
        return self.parquet or (bool(self.writer.parts) and parquet_there())

    def file(self, config: str, split: str) -> str:
        """The file of these rows below the directory; made of our own words alone."""
        if config == SIDECAR:
            return f"{split}.provenance.jsonl"
        ending = "parquet" if self.columnar else ENDINGS[self.writer.layout]
        if self.writer.parts:
            return f"data/{config}/{split}-00000-of-00001.{ending}"
        if not self.writer.splits:
            return f"{self.writer.file.rpartition('.')[0]}.{ending}"
        return f"{split}.{ending}"

    def sink(self, stage: Stage, name: str, config: str) -> Sink:
        """A new file of that name for rows of this config."""
        if config == SIDECAR:
            return sink(stage, name, "lines", PROVENANCE, parquet=False)
        fields = self.writer.parts[config].fields if config else self.fields
        return sink(stage, name, self.writer.layout, fields, parquet=self.columnar)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export will do: how often it reads the queue, and where it puts each case."""

    labels: tuple[str, ...] = ()
    placement: Placement | None = None
    largest_group: tuple[int, int] = (0, 0)
    assigned: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What an export did. `shown` are the first rows of a dry run."""

    tally: Tally
    gate: Gate
    files: tuple[Written, ...] = ()
    manifest: str = ""
    plan: Plan = Plan()
    shown: tuple[dict[str, Any], ...] = ()
