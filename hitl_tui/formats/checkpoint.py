"""Where an export stands, as JSON beside its files, so that a killed one goes on instead of beginning again.

It holds for one state of one queue and one order: its `key` is a digest of both.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from hitl_tui.formats.pii import Gate, Policy
from hitl_tui.formats.samples import Sample
from hitl_tui.model.clock import rfc3339_of, to_micros
from hitl_tui.queue.protocol import Material, Stored

EVERY = 10_000
"""Cases between two checkpoints."""
_COUNTERS = ("left_out", "chosen", "rows", "guidelines", "policies", "states")
_BY_SPLIT = ("decisions", "labels")


@dataclass(slots=True)
class Tally:
    """What was counted on the way. `newest` is when the last verdict that was read was given or taken
    back, in microseconds since 1970; 0 without any.
    """

    cases: int = 0
    verdicts: int = 0
    newest: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    chosen: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    decisions: dict[str, Counter[str]] = field(default_factory=dict)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    guidelines: Counter[str] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    reviewers: set[str] = field(default_factory=set)
    agreed: float = 0.0

    @property
    def latest(self) -> str | None:
        """The time of `newest`."""
        return rfc3339_of(self.newest) if self.newest else None

    def read(self, material: Material) -> None:
        """A case was read: the position of the queue, which an export does not change."""
        self.cases += 1
        self.verdicts += len(material.record.verdicts)
        for stored in material.record.verdicts:
            at = stored.undone_at or stored.verdict.decided_at
            if at is not None and to_micros(at) > self.newest:
                self.newest = to_micros(at)

    def take_stored(self, stored: Stored) -> None:
        """Every case whole: read and taken at once."""
        self.cases += 1
        self.verdicts += stored.taken
        if stored.latest is not None and stored.latest > self.newest:
            self.newest = stored.latest
        self.chosen[""] += 1
        self.rows[""] += 1
        self.policies[stored.route.get("rule", "default")] += 1
        self.states[stored.state] += 1

    def take(self, sample: Sample, split: str, rows: int) -> None:
        """A case went into a split with so many rows."""
        self.chosen[split] += 1
        self.rows[split] += rows
        decision = sample.answer.decision if sample.answer else sample.record.state
        self.decisions.setdefault(split, Counter())[decision] += 1
        labels = self.labels.setdefault(split, Counter())
        for one in sample.judged:
            labels.update(set(one.verdict.labels))
            self.guidelines.update(one.verdict.guidelines)
            self.reviewers.add(one.reviewer)
        self.policies[sample.record.route.rule] += 1
        self.states[sample.record.state] += 1
        self.agreed += sample.answer.agreement if sample.answer else 0.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was under way: its config and split, and the state of its sink."""

    config: str
    split: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An export up to and with the case at the place `after`."""

    after: int
    tally: Tally
    gate: Gate
    files: Mapping[str, Opened]


def key_of(*parts: object) -> str:
    """A digest of what an export rests on and of what is asked of it."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def dumped(key: str, checkpoint: Checkpoint) -> bytes:
    """A checkpoint as JSON."""
    tally, gate = checkpoint.tally, checkpoint.gate
    told = {
        **{one.name: getattr(tally, one.name) for one in fields(Tally)},
        "reviewers": sorted(tally.reviewers),
    }
    value = {
        "key": key,
        "after": checkpoint.after,
        "tally": told,
        "gate": [gate.policy, gate.found, gate.rows, gate.where],
        "files": {
            name: [one.config, one.split, one.state] for name, one in checkpoint.files.items()
        },
    }
    return json.dumps(value).encode("ascii")


def loaded(key: str, raw: bytes) -> Checkpoint | None:
    """The checkpoint of this key; None for another's, and for bytes that are none."""
    try:
        value = json.loads(raw)
        if value["key"] != key:
            return None
        policy, found, rows, where = value["gate"]
        return Checkpoint(
            value["after"],
            _tally(value["tally"]),
            _gate(policy, found, rows, where),
            {name: Opened(*one) for name, one in value["files"].items()},
        )
    except (ValueError, KeyError, TypeError):
        return None


def _tally(told: dict[str, Any]) -> Tally:
    return Tally(
        **{
            **told,
            "reviewers": set(told["reviewers"]),
            **{name: Counter(told[name]) for name in _COUNTERS},
            **{
                name: {split: Counter(counts) for split, counts in told[name].items()}
                for name in _BY_SPLIT
            },
        }
    )


def _gate(policy: Policy, found: dict[str, int], rows: int, where: list[list[str]]) -> Gate:
    return Gate(policy, Counter(found), rows, [(kind, path, case) for kind, path, case in where])
