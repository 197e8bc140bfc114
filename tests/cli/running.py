"""What the tests of the command line share: the result of a call, and the types of the fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What a call of `hitl` did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def everything(self) -> str:
        return self.out + self.err


Hitl = Callable[..., Ran]
Write = Callable[..., Path]


def as_bytes(line: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(line, dict):
        return json.dumps(line).encode()
    return line.encode() if isinstance(line, str) else line
