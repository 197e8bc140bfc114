"""From a queue to a data set: what is chosen, where it goes, the rows, the files and the manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from hitl_tui import __version__
from hitl_tui.formats.card import NAME
from hitl_tui.formats.checkpoint import EVERY, Checkpoint, Opened, Tally, dumped, key_of, loaded
from hitl_tui.formats.likeness import shared, views
from hitl_tui.formats.manifest import manifest, repository_card
from hitl_tui.formats.order import (
    SIDECAR,
    Beside,
    Done,
    Order,
    PersonalData,
    Plan,
    Raced,
)
from hitl_tui.formats.outputs import Sink
from hitl_tui.formats.pii import Gate
from hitl_tui.formats.samples import Sample, provenance
from hitl_tui.formats.selection import choose
from hitl_tui.formats.splits import Groups, Placement, Scratch
from hitl_tui.formats.staging import MANIFEST, Stage
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.queue.protocol import SPLITS, Exported, Material, Queue, Stored

Report = Callable[[int, int], None]
"""Told how far the export is, of `Exporter.reads`, and how many cases it has read."""
_SHOWN = 5
_ASSIGNED_AT_ONCE = 500


class Exporter:
    """One export of one queue. `actor` is who makes it, for the trail; `read` counts the cases read."""

    def __init__(self, queue: Queue, order: Order, actor: str) -> None:
        """Reads the basis of the export. Raises QueueError."""
        self._queue = queue
        self._order = order
        self._actor = actor
        self.report: Report = lambda done, cases: None
        self.basis = queue.basis()
        self._names = dict(self.basis.pseudonyms)
        self.read = 0
        self._spared = 0

    @property
    def reads(self) -> int:
        """The cases that will be read, passes over the same ones added up: for a progress bar."""
        return self.basis.cases * (4 if self._order.writer.placed else 1)

    def who(self, name: str) -> str:
        """The pseudonym of a name; whoever decided since the start is asked for again."""
        if name not in self._names:
            self._names.update(self._queue.basis().pseudonyms)
        return self._names.get(name, "")

    def plan(self, scratch: Scratch) -> Plan:
        """Choose the cases and where they go. Nothing is stored yet."""
        if not self._order.writer.placed:
            return Plan()
        wanted, labels, fresh = bytearray(1), set[str](), 0
        # Where every case is that has its place already is known; its labels are not.
        whole = any(one.labels for one in self._writers())
        for material in self._materials(unplaced=not whole):
            sample = self._wanted(material)
            wanted.extend(bytes(material.seq + 1 - len(wanted)))
            if sample is not None:
                wanted[material.seq] = 1
                fresh += material.split is None
                labels |= self._labels(sample)
        self._passed(1)
        if not fresh:
            self._passed(3)
            return Plan(tuple(sorted(labels)))
        groups = Groups(scratch)
        for material in self._materials():
            if whole or material.split is None:
                is_wanted = material.seq < len(wanted) and bool(wanted[material.seq])
            else:
                is_wanted = self._wanted(material) is not None
            if is_wanted or material.split is not None:
                case = material.record.case
                groups.add(
                    material.seq,
                    str(case.id),
                    shared(case),
                    views(case),
                    material.split,
                    wanted=is_wanted,
                )
        self._passed(2)
        placement = groups.place(self._order.shares)
        return Plan(tuple(sorted(labels)), placement, groups.largest(), fresh)

    def assign(self, plan: Plan) -> None:
        """Store where the cases go, for good. Raced when another export put some elsewhere meanwhile."""
        if plan.placement is None:
            return
        new = self._new_ones(plan.placement)
        while some := dict(islice(new, _ASSIGNED_AT_ONCE)):
            if self._queue.assign_splits(self._actor, some) != some:
                raise Raced
        self._passed(3)

    def _new_ones(self, placement: Placement) -> Iterator[tuple[str, str]]:
        for material in self._materials(unplaced=True):
            split = placement.split(material.seq)
            if split is not None:
                yield str(material.record.case.id), split

    def preview(self, plan: Plan) -> Done:
        """Count what would be written, and keep the first rows. Nothing is stored or written."""
        tally, gate = Tally(), Gate(self._order.pii)
        shown: list[dict[str, Any]] = []
        for config, split, row in self._rows(plan, tally, gate):
            if len(shown) < _SHOWN and config != SIDECAR:
                shown.append({"split": split, **row} if isinstance(row, dict) else json.loads(row))
        return Done(tally, gate, plan=plan, shown=tuple(shown))

    def write(self, plan: Plan, stage: Stage, beside: Beside | None = None) -> Done:
        """Write every file into `stage`, the manifest last. PersonalData when the gate is shut.

        `beside` sees every row and adds documents of its own. What a killed export of the same order
        left is gone on with, as long as nothing in the queue has changed.
        """
        key = self._key(plan)
        begun = self._begun(stage, key, beside)
        tally, gate = begun.tally, begun.gate
        sinks = {
            name: self._order.sink(stage, name, one.config) for name, one in begun.files.items()
        }
        places = {name: (one.config, one.split) for name, one in begun.files.items()}
        for name, opened in sinks.items():
            opened.restore(begun.files[name].state)

        def mark(seq: int) -> None:
            files = {n: Opened(*places[n], one.state()) for n, one in sinks.items()}
            stage.remember(dumped(key, Checkpoint(seq, tally, gate, files)))

        stops = mark if self._resumable(beside) else None
        taking = {place: sinks[name] for name, place in places.items()}
        for config, split, row in self._rows(plan, tally, gate, begun.after, stops):
            if (config, split) not in taking:
                name = self._order.file(config, split)
                sinks[name] = self._order.sink(stage, name, config)
                places[name] = (config, split)
                taking[config, split] = sinks[name]
            taking[config, split].add(row)
            if beside is not None and isinstance(row, dict):
                beside.see(row)
        if gate.policy == "fail" and gate.found:
            raise PersonalData(gate)
        stage.forget()
        written = {name: opened.close() for name, opened in sorted(sinks.items(), key=_by_split)}
        files = list(written.values())
        if self._order.writer.parts:
            parts = {places[name]: (one, stage.size(name)) for name, one in written.items()}
            files.append(stage.document(NAME, repository_card(self._order, tally, gate, parts)))
        for name, content in beside.documents().items() if beside and written else ():
            files.append(stage.document(name, content))
        sizes = {one: stage.size(one.name) for one in files}
        told = manifest(self._order, tally, gate, sizes, self.who)
        return Done(tally, gate, tuple(files), stage.document(MANIFEST, told).sha256, plan)

    def _key(self, plan: Plan) -> str:
        marks = bytes(plan.placement.marks) if plan.placement else b""
        order = self._order
        asked = (order.format, order.selection.described(self.who), order.shares, order.pii)
        return key_of(__version__, self.basis.events, asked, plan.labels, marks.hex())

    def _resumable(self, beside: Beside | None) -> bool:
        """Parquet is finished by its end, and what is made of the rows beside them is not kept."""
        return not self._order.columnar and beside is None

    def _begun(self, stage: Stage, key: str, beside: Beside | None) -> Checkpoint:
        """Where a killed export of the same order stood; the beginning when there was none."""
        raw = stage.remembered() if self._resumable(beside) else None
        begun = None if raw is None else loaded(key, raw)
        if begun is None or not stage.keep({n: one.state for n, one in begun.files.items()}):
            stage.clear()
            return Checkpoint(0, Tally(), Gate(self._order.pii), {})
        return begun

    def note(self, done: Done) -> None:
        """Leave the export's trace in the trail."""
        files = {file.name: file.sha256 for file in done.files}
        exported = Exported(self._order.format, done.tally.rows.total(), done.manifest, files)
        self._queue.exported(self._actor, exported)

    def _rows(
        self,
        plan: Plan,
        tally: Tally,
        gate: Gate,
        after: int = 0,
        mark: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[str, str, dict[str, Any] | bytes]]:
        """Every row behind the place `after` with its config (`""` for most) and split, through the gate.

        `mark` is told from time to time up to which case all rows have been handed out.
        """
        whole = self._order.writer.stored_row
        if whole is not None and gate.policy == "allow" and not self._order.selection.changes:
            for stored in self._stored(after):
                tally.take_stored(stored)
                yield "", "", whole(stored)
                if mark is not None and tally.cases % EVERY == 0:
                    mark(stored.seq)
            return
        for material in self._materials(after):
            tally.read(material)
            sample, split, why = self._placed(material, plan)
            rows = 0
            for config, row in self._told(sample) if why is None else ():
                rows += config != SIDECAR
                yield config, split, self._gated(row, gate, sample)
            if rows:
                tally.take(sample, split, rows)
            else:
                tally.left_out[why or _silent(sample)] += 1
            if mark is not None and tally.cases % EVERY == 0:
                mark(material.seq)

    def _placed(self, material: Material, plan: Plan) -> tuple[Sample, str, str | None]:
        """The sample of a case, the file that it goes to (a split or `""`), and why it does not."""
        writer = self._order.writer
        sample, why = self._choose(material)
        placed, between = _place(material, plan.placement)
        if writer.placed and (placed, plan.labels) != (sample.split, sample.labels):
            sample = replace(sample, split=placed, labels=plan.labels)
        if not writer.splits:
            return sample, "", why if why in ("filtered", "agreement") else None
        if why is None and placed is None:
            why = "between_splits" if between else "no_rows"
        return sample, placed or "", why

    def _told(self, sample: Sample) -> Iterator[tuple[str, Mapping[str, Any] | bytes]]:
        """The rows of a case, each with its config."""
        writer = self._order.writer
        for config, one in (writer.parts or {"": writer}).items():
            for row in one.rows(sample):
                yield config, row
                if writer.sidecar:
                    yield SIDECAR, provenance(sample)

    def _gated(
        self, row: Mapping[str, Any] | bytes, gate: Gate, sample: Sample
    ) -> dict[str, Any] | bytes:
        if gate.policy == "allow":
            return row if isinstance(row, bytes) else dict(row)
        value = json.loads(row) if isinstance(row, bytes) else dict(row)
        return gate.passed(value, str(sample.case.id))

    def _wanted(self, material: Material) -> Sample | None:
        """The sample of a case that the format says something of; that a label may be absent is something."""
        sample, why = self._choose(material)
        if why is not None:
            return None
        told = replace(sample, split=SPLITS[0], labels=("",))
        return sample if any(True for one in self._writers() for _ in one.rows(told)) else None

    def _writers(self) -> Collection[Writer]:
        return self._order.writer.parts.values() or (self._order.writer,)

    def _passed(self, times: int) -> None:
        """So often every case has been read, or need not be any more."""
        self._spared = times * self.basis.cases - self.read

    def _labels(self, sample: Sample) -> set[str]:
        """The labels of a case that a format with a row for each label has rows for."""
        return {label for one in self._writers() if one.labels for label in one.labels(sample)}

    def _choose(self, material: Material) -> tuple[Sample, str | None]:
        return choose(material, self._order.selection, self.who)

    def _materials(self, after: int = 0, *, unplaced: bool = False) -> Iterator[Material]:
        for material in self._queue.materials(after, unplaced=unplaced):
            self.read += 1
            if self.read % 256 == 0:
                self.report(self._spared + self.read, self.read)
            yield material

    def _stored(self, after: int) -> Iterator[Stored]:
        for stored in self._queue.stored(after):
            self.read += 1
            if self.read % 256 == 0:
                self.report(self._spared + self.read, self.read)
            yield stored


def _silent(sample: Sample) -> str:
    """Why a format that takes every case has no row for this one (a key of LEFT_OUT)."""
    if not sample.judged:
        return "unjudged"
    return "planted" if sample.planted else "no_rows"


def _place(material: Material, placement: Placement | None) -> tuple[str | None, bool]:
    """The split of a case, as stored or as planned, and whether it is between two."""
    if material.split is not None or placement is None:
        return material.split, False
    return placement.split(material.seq), placement.between(material.seq)


def _by_split(item: tuple[str, Sink]) -> tuple[str, int]:
    """Files in the order train, validation, test, config by config."""
    head, _, last = item[0].rpartition("/")
    places = [at for at, split in enumerate(SPLITS) if last.startswith(split)]
    return head, places[0] if places else 0
