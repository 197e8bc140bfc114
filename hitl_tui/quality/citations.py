"""Which section of the guideline causes the disputes: citations counted by section."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hitl_tui.model.guideline import citation
from hitl_tui.queue.protocol import Record


@dataclass(slots=True)
class Cited:
    """How often a section was cited: by verdicts, on how many cases, and on how many of dispute.

    A case of dispute is one whose standing verdicts have different decisions. `gaps` counts those
    that were settled as a gap in the guideline. `versions` is which version how often.
    """

    section: str
    verdicts: int = 0
    cases: int = 0
    disputed: int = 0
    gaps: int = 0
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def dispute_rate(self) -> float:
        """The share of its cases that were disputed."""
        return self.disputed / self.cases if self.cases else 0.0


def citations(records: Iterable[Record]) -> list[Cited]:
    """Every cited section, those with the most disputes first."""
    found: dict[str, Cited] = {}
    for record in records:
        standing = [
            stored.verdict
            for stored in record.verdicts
            if not stored.late and stored.undone_at is None
        ]
        disputed = len({verdict.decision for verdict in standing} - {"escalate"}) > 1
        gap = record.ruling is not None and record.ruling.cause == "guideline_gap"
        here = set()
        for verdict in standing:
            for text in verdict.guidelines:
                section, version = citation(text)
                if not section:
                    continue
                cited = found.setdefault(section, Cited(section))
                cited.verdicts += 1
                if version is not None:
                    cited.versions[version] = cited.versions.get(version, 0) + 1
                here.add(section)
        for section in here:
            found[section].cases += 1
            found[section].disputed += disputed
            found[section].gaps += gap
    return sorted(found.values(), key=lambda one: (-one.disputed, -one.verdicts, one.section))
