"""The formats that `hitl export` writes: one module each, and the table that names them.

A writer turns a case into rows, with the same bytes for the same case. To add one, write a module
beside `dpo.py` and add its line to `WRITERS`; a package of its own names it as an entry point of the
group `hitl.writers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from hitl_tui.formats.writers import (
    agreement,
    argilla,
    classifier,
    critique,
    dpo,
    hf,
    hh,
    jsonl,
    kto,
    label_studio,
    openai,
    prm,
    prodigy,
    redteam,
    reward,
    sft,
    table,
    verdicts,
)
from hitl_tui.formats.writers.contract import Writer

ENTRY_POINTS = "hitl.writers"
WRITERS: Mapping[str, Writer] = {
    "jsonl": jsonl.WRITER,
    "verdicts": verdicts.WRITER,
    "sft": sft.WRITER,
    "dpo": dpo.WRITER,
    "kto": kto.WRITER,
    "reward": reward.WRITER,
    "prm": prm.WRITER,
    "classifier": classifier.WRITER,
    "redteam": redteam.WRITER,
    "critique": critique.WRITER,
    "openai-sft": openai.SFT,
    "openai-dpo": openai.DPO,
    "hh": hh.WRITER,
    "argilla": argilla.WRITER,
    "label-studio": label_studio.WRITER,
    "prodigy": prodigy.WRITER,
    "agreement": agreement.WRITER,
    "csv": table.WRITER,
    "hf": hf.WRITER,
}


class UnfitWriter(Exception):
    """An installed package offers something under `hitl.writers` that is no writer."""


def writers() -> dict[str, Writer]:
    """Every format by its name: ours, then those of installed packages, which cannot take our names.

    Raises UnfitWriter.
    """
    found = dict(WRITERS)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name in WRITERS:
            continue
        try:
            writer = point.load()
        except Exception as error:
            raise UnfitWriter(f"{point.value}: {type(error).__name__}") from error
        if not isinstance(writer, Writer):
            raise UnfitWriter(f"{point.value}: not a hitl_tui.formats.writers.contract.Writer")
        found[point.name] = writer
    return found
