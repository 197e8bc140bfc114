"""Writes the tables of keys into the reviewer's guide, from the code: `python docs/keys.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from hitl_tui.model.case import Kind
from hitl_tui.tui.keymap import ACTIONS, PRESETS
from hitl_tui.tui.keypage import FIXED, GROUPS
from hitl_tui.tui.kinds import view_of

GUIDE = Path(__file__).parent / "reviewer.md"


def main() -> None:
    """Put each table in its place, between its two markers."""
    GUIDE.write_text(written(GUIDE.read_text("utf-8")), "utf-8")


def written(guide: str) -> str:
    """The guide with the tables as the code has them now."""
    for name, lines in (
        ("keys", key_table()),
        ("kinds", kind_table()),
        ("presets", preset_table()),
    ):
        block = "\n".join(lines)
        place = re.compile(rf"(<!-- {name}: [^>]* -->\n).*?(<!-- end -->)", re.DOTALL)
        guide, count = place.subn(
            lambda found, block=block: f"{found[1]}\n{block}\n\n{found[2]}", guide
        )
        assert count == 1, f"the guide has one place for {name}"
    return guide


def key_table() -> Iterator[str]:
    """Every action with its keys, group by group, then the keys that cannot be changed."""
    yield "| keys | name in `[keys]` | does |"
    yield "|---|---|---|"
    for group, _ in GROUPS:
        for action in ACTIONS:
            if action.group == group:
                yield f"| {coded(action.keys)} | `{action.id}` | {action.sentence} |"
    for keys, sentence in FIXED:
        yield f"| `{keys}` | | {sentence} |"


def kind_table() -> Iterator[str]:
    """What the keys that decide mean in each kind of case."""
    keys = {action.id: action.keys for action in ACTIONS}
    yield "| kind | key | decides | means |"
    yield "|---|---|---|---|"
    for kind in get_args(Kind):
        for action, answer in view_of(kind).answers.items():
            asks = "".join(f", then a key for the {one}" for one in answer.asks)
            means = f"{answer.label}{asks}"
            yield f"| {kind} | {coded(keys[action])} | {means} | {answer.sentence} |"


def preset_table() -> Iterator[str]:
    """Where each preset differs from the default keys."""
    yield "| preset | action | keys |"
    yield "|---|---|---|"
    for preset, changes in PRESETS.items():
        for action, keys in changes.items():
            yield f"| `{preset}` | `{action}` | {coded(keys)} |"


def coded(keys: tuple[str, ...]) -> str:
    """Keys as code."""
    return " ".join(f"`{key}`" for key in keys)


if __name__ == "__main__":
    main()
