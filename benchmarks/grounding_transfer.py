"""How well the weights of the package do on data they were not learnt from, beside difflib and rapidfuzz.

    pip install numpy
    python benchmarks/grounding_transfer.py --faithbench DIRECTORY --wice FILE.jsonl

FaithBench (github.com/vectara/FaithBench, `data_for_release/`): summaries by ten models on which detectors
disagree, with human spans; the unwanted ones count. WiCE (github.com/ryokamoi/wice, a file of
`data/entailment_retrieval/claim/`): sentences of Wikipedia against the pages they cite; what is not wholly
supported counts as bad, without spans.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from grounding import print_rows
from grounding_corpus import Answer, Clauses, clauses_of
from grounding_metrics import FIGURES, Scored, intervals, judge
from grounding_rivals import RIVALS, rival_scores

from hitl_tui.grounding import build_index, ground

RISK = ("response AUROC",)
RISK_AND_SPANS = (*RISK, "recall at 15 %", "recall at 25 %")
OURS = {False: "hitl without style", True: "hitl"}


def faithbench(directory: Path) -> list[Answer]:
    """Its summaries; a span is what an annotator called unwanted."""
    return [
        Answer(
            f"{path.stem} {sample['sample_id']}",
            sample["source"],
            "",
            (sample["source"],),
            sample["summary"],
            tuple(
                (note["summary_start"], note["summary_end"], "unwanted")
                for note in sample["annotations"]
                if any(label.startswith("Unwanted") for label in note["label"])
            ),
        )
        for path in sorted(directory.glob("batch_*.json"))
        for sample in json.loads(path.read_text("utf-8"))["samples"]
    ]


def wice(path: Path) -> list[Answer]:
    """Its claims, each against the lines of the page it cites; all of a bad one counts as marked."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        value = json.loads(line)
        claim = value["claim"]
        spans = ((0, len(claim), value["label"]),) if value["label"] != "supported" else ()
        page = "\n".join(value["evidence"])
        found.append(Answer(str(number), page, "", (page,), claim, spans))
    return found


def ours(corpus: Sequence[Answer], clauses: Clauses, *, style: bool) -> Scored:
    """What the package says, as it is."""
    score, risk = np.zeros(len(clauses.owner)), np.zeros(len(corpus))
    at = 0
    for number, answer in enumerate(corpus):
        found = ground(answer.output, build_index(answer.context, answer.question))
        risk[number] = found.risk if style else found.risk_without_style
        own = [one.score if style else one.score_without_style for one in found.clauses]
        score[at : at + len(own)] = own
        # An output that is not compared, as its language is another, scores nothing.
        at += int((clauses.owner == number).sum())
    half = np.full(len(corpus), 0.5)
    return Scored(score, risk, half, half)


def table(name: str, corpus: Sequence[Answer], figures: Sequence[str]) -> None:
    clauses = clauses_of(corpus)
    half = np.full(len(corpus), 0.5)
    said = {
        rival: Scored(*rival_scores(corpus, clauses, doubts), half, half)
        for rival, doubts in RIVALS.items()
    } | {label: ours(corpus, clauses, style=style) for style, label in OURS.items()}
    chosen = {figure: FIGURES[figure] for figure in figures}
    rows = []
    for method, scored in said.items():
        found = intervals(judge(corpus, clauses, scored), corpus, chosen).values()
        cells = (f"{one.value:.3f} ({one.low:.3f}-{one.high:.3f})" for one in found)
        rows.append([method, *cells])
    bad = sum(answer.bad for answer in corpus)
    print(f"\n{name}: {len(corpus)} outputs, {bad} bad; 95 % bootstrap intervals over sources")
    print_rows(["", *figures], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faithbench", type=Path, help="the directory with batch_1.json and on")
    parser.add_argument("--wice", type=Path, help="JSON Lines of claims with their evidence")
    options = parser.parse_args()
    if not (options.faithbench or options.wice):
        parser.error("give --faithbench, --wice or both")
    if options.faithbench:
        table("FaithBench", faithbench(options.faithbench), RISK_AND_SPANS)
    if options.wice:
        table("WiCE", wice(options.wice), RISK)


if __name__ == "__main__":
    main()
