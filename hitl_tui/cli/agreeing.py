"""The statistics that `hitl export agreement` puts beside its ratings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hitl_tui.config.load import Configuration
from hitl_tui.formats.tables import csv_lines, markdown
from hitl_tui.model.text import message
from hitl_tui.model.verdict import DECISIONS
from hitl_tui.stats.ratings import Collector


class Agreeing:
    """Collects the ratings that pass by, and reports on them: a `formats.export.Beside`."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._collector = Collector()
        self._kinds: dict[str, None] = {}

    def see(self, row: Mapping[str, Any]) -> None:
        """Take one rating in."""
        self._collector.add(row["item"], row["reviewer"], row["label"])
        self._kinds[row["kind"]] = None

    def documents(self) -> dict[str, bytes]:
        """`agreement.json`, `report.md` and a CSV for each table of `hitl agreement --export`."""
        from hitl_tui.cli.agreement import report_of  # noqa: PLC0415  (numpy)
        from hitl_tui.reports.agreement import as_json, tables  # noqa: PLC0415
        from hitl_tui.reports.agreement_lines import lines  # noqa: PLC0415

        declared = dict.fromkeys(
            decision
            for kind, decisions in DECISIONS.items()
            for decision in decisions
            if kind in self._kinds and decision != "escalate"
        )
        extra = []
        if len(self._kinds) > 1:
            kinds = ", ".join(self._kinds)
            extra = [message("cases of several kinds ({kinds}) are taken together", kinds=kinds)]
        ratings = self._collector.ratings(tuple(declared), "nominal")
        report = report_of(ratings, "nominal", self._config, extra)
        found = {
            f"{name}.csv": b"".join(csv_lines(header, rows))
            for name, (header, rows) in tables(report).items()
        }
        found["agreement.json"] = json.dumps(as_json(report)).encode("ascii") + b"\n"
        found["report.md"] = b"".join(markdown(message("Agreement"), lines(report, "label")))
        return found
