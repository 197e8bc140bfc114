"""Runs in an environment with argilla: reads an export as records, writes them out again and compares.

Called with the directory of the exports. No server is asked. Prints one JSON object.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from argilla.records._io import JsonIO

QUESTIONS = {
    *("decision", "labels", "signals", "spans", "rationale", "edited_output"),
    *("strength", "harm", "severity", "confidence"),
}
"""What the settings in the guide ask."""


def main():
    path = Path(sys.argv[1]) / "argilla" / "records.json"
    records = JsonIO._records_from_json(path)
    raw = json.loads(path.read_text("utf-8"))
    wrong = []
    for record, given in zip(records, raw, strict=True):
        back = record.to_dict()
        for part in ("id", "fields", "metadata"):
            if back[part] != given[part]:
                wrong.append(f"{given['id']}: {part} changed")
        for name in (*given["responses"], *given["suggestions"]):
            if name not in QUESTIONS:
                wrong.append(f"{given['id']}: no question {name}")
        for name, answers in given["responses"].items():
            if [one["value"] for one in back["responses"][name]] != [
                one["value"] for one in answers
            ]:
                wrong.append(f"{given['id']}: {name} changed")
    found = {"ok": not wrong, "rows": len(records), "error": "; ".join(wrong[:3])}
    name = f"argilla {version('argilla')}"
    print("FOUND " + json.dumps({"format": "argilla", "consumer": name, **found}))


if __name__ == "__main__":
    main()
