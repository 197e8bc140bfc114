"""Whether trl, label-studio-sdk and argilla take our exports as they are, each in an environment of its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judged import judged_queue
from measure import print_machine
from terminal import HITL, environment

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Consumer:
    """What to install, the script that checks, and the formats that it takes."""

    packages: Sequence[str]
    script: str
    formats: Sequence[str]


CONSUMERS: Mapping[str, Consumer] = {
    "trl": Consumer(("torch", "trl==1.16.0"), "trl_check.py", ("sft", "dpo", "kto", "reward")),
    # The last minor version that has a trainer for stepwise supervision.
    "trl-prm": Consumer(("torch", "trl==1.10.0"), "trl_check.py", ("prm",)),
    "label-studio": Consumer(("label-studio-sdk>=2",), "label_studio_check.py", ("label-studio",)),
    "argilla": Consumer(("argilla>=2", "requests"), "argilla_check.py", ("argilla",)),
}


def python_of(place: Path, consumer: Consumer, torch: str) -> Path:
    """The interpreter of the consumer's environment, made when it is not there."""
    python = place / "bin" / "python"
    if not python.exists():
        print(f"making {place.name} (once; torch takes minutes)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        for package in consumer.packages:
            wanted = torch if package == "torch" else package
            subprocess.run([python, "-m", "pip", "install", "-q", wanted], check=True)
    return python


def findings(
    python: Path, script: str, exports: Path, formats: Sequence[str]
) -> list[dict[str, Any]]:
    """What the check printed; when it broke before it could say anything, that."""
    command = [str(python), str(HERE / "consumers" / script), str(exports), *formats]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    marked = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    if not marked:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return [{"format": ", ".join(formats), "consumer": script, "ok": False, "error": last}]
    return [json.loads(line.removeprefix("FOUND ")) for line in marked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=Path, default=HERE / "out" / "consumers")
    parser.add_argument("--torch", default="torch", help="such as torch==2.13.0")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home = Path(directory)
        queue = judged_queue(home / "hitl.db")
        for name in {one for consumer in CONSUMERS.values() for one in consumer.formats}:
            command = (HITL, "export", name, "--queue", str(queue), "--out", str(home / name))
            subprocess.run(command, env=environment(home), check=True, capture_output=True)
        for name, consumer in CONSUMERS.items():
            place = options.environments.absolute() / name
            python = python_of(place, consumer, options.torch)
            for found in findings(python, consumer.script, home, consumer.formats):
                word = "takes it" if found["ok"] else "REFUSES it"
                what = f"{found.get('rows', 0)} rows" if found["ok"] else found["error"]
                print(f"  {found['format']:<14} {found['consumer']:<24} {word}: {what}", flush=True)


if __name__ == "__main__":
    main()
