"""Writes a whole data set repository for the Hugging Face hub: a config for each use, with a card.

Parquet where pyarrow is installed, JSON Lines otherwise: `data/CONFIG/SPLIT-00000-of-00001.parquet`.
"""

from __future__ import annotations

from hitl_tui.formats.writers import classifier, dpo, kto, prm, reward, sft, verdicts
from hitl_tui.formats.writers.contract import Writer

WRITER = Writer(
    about="a data set repository with a card and a config for each of the trainers' formats",
    fields={},
    rows=lambda sample: (),
    parts={
        "sft": sft.WRITER,
        "dpo": dpo.WRITER,
        "kto": kto.WRITER,
        "reward": reward.WRITER,
        "prm": prm.WRITER,
        "classifier": classifier.WRITER,
        "verdicts": verdicts.WRITER,
    },
)
