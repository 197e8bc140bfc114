"""The card of a data set repository: what is in it, how much, by which guidelines, how far people agreed.

The YAML head is that of the Hugging Face hub (hub-docs `datasetcard.md`): `configs` say where the files
of each config lie, `dataset_info` which types their columns have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hitl_tui.formats.columns import Fields, features
from hitl_tui.formats.files import Written

NAME = "README.md"
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one config: split -> the file and its bytes."""

    about: str
    fields: Fields
    files: Mapping[str, tuple[Written, int]]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the card tells of the whole."""

    left_out: Mapping[str, int]
    decisions: Mapping[str, int]
    guidelines: Mapping[str, int]
    policies: Mapping[str, int]
    reviewers: int
    agreement: float | None
    pii: str


def card(parts: Mapping[str, Part], counts: Counts, license_: str) -> bytes:
    """The card, in UTF-8; the same for the same data."""
    head = _yaml(_head(parts, license_))
    return f"---\n{head}---\n\n{_body(parts, counts)}".encode()


def _head(parts: Mapping[str, Part], license_: str) -> dict[str, Any]:
    rows = sum(file.rows for part in parts.values() for file, _ in part.files.values())
    size = next((name for limit, name in _SIZES if rows < limit), "n>10M")
    return {
        "license": license_,
        "annotations_creators": ["expert-generated"],
        "tags": ["human-feedback", "llm-review"],
        "pretty_name": "Reviewed LLM outputs",
        "size_categories": [size],
        "configs": [
            {
                "config_name": config,
                "data_files": [
                    {"split": split, "path": f"data/{config}/{split}-*"} for split in part.files
                ],
                **({"default": True} if place == 0 else {}),
            }
            for place, (config, part) in enumerate(parts.items())
        ],
        "dataset_info": [
            {
                "config_name": config,
                "features": features(part.fields),
                "splits": [
                    {"name": split, "num_bytes": size, "num_examples": file.rows}
                    for split, (file, size) in part.files.items()
                ],
            }
            for config, part in parts.items()
        ],
    }


def _body(parts: Mapping[str, Part], counts: Counts) -> str:
    agreement = "not known" if counts.agreement is None else f"{counts.agreement:.1%}"
    text = [
        "# Reviewed LLM outputs\n",
        f"Outputs of language models with what {counts.reviewers} people decided about them. Cases "
        "that share a conversation, a source or a wording are never in two splits.\n",
        "## Configs\n",
        _table(
            ("config", "what", *(f"{split}" for split in ("train", "validation", "test"))),
            [
                (
                    f"`{config}`",
                    part.about,
                    *(_rows(part, split) for split in ("train", "validation", "test")),
                )
                for config, part in parts.items()
            ],
        ),
        "## Labels\n",
        _table(("decision", "cases"), list(counts.decisions.items())),
        f"On average {agreement} of the verdicts on a case say what was settled.\n",
        "## Guidelines\n",
        _table(("section and version", "citations"), list(counts.guidelines.items()))
        if counts.guidelines
        else "No verdict cites a guideline.\n",
        "## Policies\n",
        _table(("rule", "cases"), list(counts.policies.items())),
        "## What is not in it\n",
        _table(("cases", "why"), [(count, why) for why, count in counts.left_out.items()])
        if counts.left_out
        else "Every case of the queue is in it.\n",
        "## Personal data\n",
        f"{counts.pii}\n",
        "Reviewers are pseudonyms. `manifest.json` has the filters, the position of the queue and the "
        "SHA-256 of every file.\n",
    ]
    return "\n".join(text)


def _rows(part: Part, split: str) -> int:
    return part.files[split][0].rows if split in part.files else 0


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(one) for one in line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    """A value in a table of Markdown: no letter of a case can end the cell or begin markup."""
    text = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in "|<>[]*_\\" else letter for letter in text)


def _yaml(value: Mapping[str, Any]) -> str:
    """A mapping as YAML whose values are JSON, which YAML 1.2 contains: nothing needs quoting twice."""
    return "".join(f"{name}: {json.dumps(inner)}\n" for name, inner in value.items())
