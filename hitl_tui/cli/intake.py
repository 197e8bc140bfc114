"""The run of `hitl ingest`: lines become submissions, submissions go to the queue in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hitl_tui.cli.ledger import Ledger
from hitl_tui.cli.rejects import Rejects
from hitl_tui.cli.sources import Source
from hitl_tui.formats.readers import Reject, Taken, read_cases
from hitl_tui.model.case import Submission
from hitl_tui.model.text import Shown, message
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import Admission

BATCH = 500
BATCH_BYTES = 8 * 1024 * 1024
FIELD_NAMES = 200
"""How many different names of unknown fields are counted; a hostile file may have any number."""

Router = Callable[[Submission], Route]
Admit = Callable[[Sequence[tuple[Submission, Route]]], Sequence[Admission]]


@dataclass(slots=True)
class Tally:
    """What became of the lines. `json_lines` counts those that were JSON at all."""

    read: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    new_ids: int = 0
    json_lines: int = 0


@dataclass(frozen=True, slots=True)
class _Item:
    source: Source
    line: Taken | Reject


class Intake:
    """One pass over the inputs. `admit` takes a batch: the queue's own, or one that only looks."""

    def __init__(
        self, inputs: Sequence[Source], route: Router, admit: Admit, rejects: Rejects
    ) -> None:
        self.tally = Tally()
        self._inputs = inputs
        self._route = route
        self._admit = admit
        self._rejects = rejects
        self._ledger = Ledger()

    def run(self, name: str | None, progress: Callable[[int, int], None]) -> Tally:
        """Read everything in the format `name` (None: by content); what came of it."""
        batch: list[_Item] = []
        size = done = 0
        for item in self._items(name):
            batch.append(item)
            size += len(item.line.raw)
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                self._take(batch)
                done += size
                progress(done, self.tally.read)
                batch, size = [], 0
        self._take(batch)
        self._ledger.close()
        return self.tally

    def _items(self, name: str | None) -> Iterator[_Item]:
        for source in self._inputs:
            with source.open() as stream:
                for line in read_cases(stream, name):
                    self.tally.read += 1
                    self.tally.json_lines += line.json if isinstance(line, Reject) else 1
                    yield _Item(source, line)

    def _take(self, batch: Sequence[_Item]) -> None:
        """Admit what can be admitted; rejects keep the order of the lines."""
        new = [item.line.read.submission for item in batch if isinstance(item.line, Taken)]
        admissions = iter(self._admit([(one, self._route(one)) for one in new]) if new else ())
        for item in batch:
            if isinstance(item.line, Reject):
                self._rejects.add(item.source.name, item.line.line, item.line.reason, item.line.raw)
            else:
                self._settle(item.source, item.line, next(admissions))

    def _settle(self, source: Source, line: Taken, admission: Admission) -> None:
        case_id = line.read.submission.id
        if admission.outcome == "conflict":
            reason = self._conflict(case_id, line, admission)
            self._rejects.add(source.name, line.line, reason, line.raw)
            return
        self.tally.outcomes[admission.outcome] += 1
        self._ledger.note(case_id, f"{source.name}:{line.line}")
        self._count_fields(line)

    def _conflict(self, case_id: str, line: Taken, admission: Admission) -> Shown:
        """Why this line is not taken, naming the earlier one when it was in this run."""
        earlier = self._ledger.find(case_id)
        if earlier is None:
            return admission.reason or Shown("")
        template = "line {line} and {earlier} have the id {id}, with different content"
        return message(template, line=line.line, earlier=earlier, id=case_id)

    def _count_fields(self, taken: Taken) -> None:
        self.tally.new_ids += taken.read.new_id
        for counter, names in (
            (self.tally.kept, taken.read.kept),
            (self.tally.dropped, taken.read.dropped),
        ):
            for name in names:
                if name in counter or len(counter) < FIELD_NAMES:
                    counter[name] += 1
