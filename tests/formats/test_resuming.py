"""An export that was killed goes on where its checkpoint stands, and ends with the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hitl_tui.cli.scratch import Scratch
from hitl_tui.formats import checkpoint, export
from hitl_tui.formats.export import Exporter
from hitl_tui.formats.order import Order
from hitl_tui.formats.selection import Selection
from hitl_tui.formats.splits import DEFAULT
from hitl_tui.formats.staging import STAGE, Stage, staged
from hitl_tui.formats.writers import WRITERS
from hitl_tui.queue.sqlite import SqliteQueue
from tests.formats.judged import build
from tests.queue.world import FakeClock, fill

FORMATS = ("jsonl", "verdicts", "sft", "openai-dpo", "label-studio", "csv")


class Killed(BaseException):
    """Stands for the end of the process: nothing after it is done."""


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteQueue:
    monkeypatch.setattr(export, "EVERY", 2)
    return build(tmp_path / "hitl.db", FakeClock())


def run(
    queue: SqliteQueue, name: str, out: Path, spy: Callable[[Stage], None] | None = None
) -> int:
    """Export without its last step, the trail; how many cases were read while writing."""
    exporter = Exporter(queue, Order(name, WRITERS[name], Selection(), DEFAULT, "allow"), "lea")
    scratch = Scratch()
    plan = exporter.plan(scratch)
    scratch.close()
    before = exporter.read
    with staged(out, replace=False) as stage:
        if spy is not None:
            spy(stage)
        exporter.write(plan, stage)
    return exporter.read - before


def killed(queue: SqliteQueue, name: str, out: Path, at: int) -> None:
    """Export and end after so many checkpoints, as a kill would: what is on the disk stays there."""
    aside = out.with_name("aside")

    def spy(stage: Stage) -> None:
        remember, count = stage.remember, [0]

        def counted(raw: bytes) -> None:
            remember(raw)
            count[0] += 1
            if count[0] == at:
                shutil.copytree(out, aside)
                with next((aside / STAGE).rglob("*.*")).open("ab") as file:
                    file.write(b'{"half": "a li')
                raise Killed

        stage.remember = counted  # type: ignore[method-assign]

    with pytest.raises(Killed):
        run(queue, name, out, spy)
    aside.rename(out)


@pytest.mark.parametrize("name", FORMATS)
def test_it_goes_on_from_its_checkpoint_with_the_same_bytes(
    queue: SqliteQueue, tmp_path: Path, name: str
) -> None:
    everything = run(queue, name, tmp_path / "whole")
    killed(queue, name, tmp_path / "d", at=3)
    rest = run(queue, name, tmp_path / "d")
    assert rest == everything - 6
    whole = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()} == whole
    queue.close()


def test_after_a_change_of_the_queue_it_begins_again(queue: SqliteQueue, tmp_path: Path) -> None:
    killed(queue, "jsonl", tmp_path / "d", at=3)
    fill(queue, "new")
    read = run(queue, "jsonl", tmp_path / "d")
    lines = (tmp_path / "d" / "cases.jsonl").read_bytes().splitlines()
    assert read == len(lines)
    assert json.loads(lines[-1])["id"] == "new"
    queue.close()


def test_another_order_does_not_take_it_over(queue: SqliteQueue, tmp_path: Path) -> None:
    killed(queue, "verdicts", tmp_path / "d", at=2)
    run(queue, "jsonl", tmp_path / "d")
    assert {path.name for path in (tmp_path / "d").iterdir()} == {"cases.jsonl", "manifest.json"}
    queue.close()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"key": "k"}', b'{"key": "other"}'])
def test_what_is_no_checkpoint_of_ours_is_none(raw: bytes) -> None:
    assert checkpoint.loaded("k", raw) is None
