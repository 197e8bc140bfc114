"""What an export says of itself: the manifest beside its files, and the counts that a card tells."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from hitl_tui import __version__
from hitl_tui.formats.card import Counts, Part, card
from hitl_tui.formats.checkpoint import Tally
from hitl_tui.formats.files import Written
from hitl_tui.formats.order import Order
from hitl_tui.formats.pii import Gate, Policy
from hitl_tui.formats.selection import LEFT_OUT, Who
from hitl_tui.queue.protocol import SPLITS

_GATE_WORDS: Mapping[Policy, str] = {
    "fail": "E-mail addresses, phone, card and national numbers were looked for, and none was found.",
    "redact": "E-mail addresses, phone, card and national numbers that were found are masked.",
    "allow": "Nobody looked for personal data.",
}


def manifest(
    order: Order, tally: Tally, gate: Gate, files: Mapping[Written, int], who: Who
) -> bytes:
    """The manifest as indented ASCII JSON: the same for the same selection of the same queue."""
    value = {
        "format": order.format,
        "about": order.writer.about,
        "hitl": __version__,
        "files": [
            {
                "name": one.name,
                "rows": one.rows,
                "bytes": size,
                "sha256": one.sha256,
            }
            for one, size in files.items()
        ],
        "rows": _by_name(tally.rows),
        "cases": _by_name(tally.chosen),
        "decisions": {
            split or "all": dict(sorted(c.items())) for split, c in sorted(tally.decisions.items())
        },
        "labels": {
            split or "all": dict(sorted(c.items())) for split, c in sorted(tally.labels.items())
        },
        "states": dict(sorted(tally.states.items())),
        "reviewers": sorted(tally.reviewers),
        "policies": dict(sorted(tally.policies.items())),
        "guidelines": dict(sorted(tally.guidelines.items())),
        "left_out": dict(sorted(tally.left_out.items())),
        "filters": order.selection.described(who),
        "splits": dict(zip(SPLITS, order.shares, strict=True)) if order.writer.splits else None,
        "pii": {"policy": gate.policy, "found": dict(sorted(gate.found.items()))},
        "position": {
            "cases": tally.cases,
            "verdicts": tally.verdicts,
            "latest": tally.latest,
        },
        "fields": {name: one.about for name, one in order.fields.items()},
    }
    if order.writer.layout == "table":
        value["formulas"] = "a cell that begins like a formula has an apostrophe before it"
    return json.dumps(value, indent=1).replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def repository_card(
    order: Order,
    tally: Tally,
    gate: Gate,
    files: Mapping[tuple[str, str], tuple[Written, int]],
) -> bytes:
    """The card of a repository whose files are given by config and split, each with its bytes."""
    parts = {
        config: Part(
            writer.about,
            writer.fields,
            {split: file for (of, split), file in files.items() if of == config},
        )
        for config, writer in order.writer.parts.items()
        if any(of == config for of, _ in files)
    }
    settled = tally.chosen.total()
    counts = Counts(
        left_out={LEFT_OUT[why]: count for why, count in sorted(tally.left_out.items())},
        decisions=dict(sorted(sum(tally.decisions.values(), Counter()).items())),
        guidelines=dict(sorted(tally.guidelines.items())),
        policies=dict(sorted(tally.policies.items())),
        reviewers=len(tally.reviewers),
        agreement=tally.agreed / settled if settled else None,
        pii=_GATE_WORDS[gate.policy],
    )
    return card(parts, counts, order.license)


def _by_name(counter: Counter[str]) -> dict[str, int]:
    return {name or "all": counter[name] for name in sorted(counter)}
