"""Logs without content: one JSON object an event, with ids and numbers, never a case's text."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

from hitl_tui.model.clock import Clock, rfc3339

Log = Callable[..., None]
"""`log(event, **fields)`: the fields are ids, names of our own and numbers."""


def timed(write: Callable[[object], None], clock: Clock) -> Log:
    """A log that hands each event to `write` as one JSON object with its time."""

    def log(event: str, **fields: object) -> None:
        write({"at": rfc3339(clock()), "event": event, **fields})

    return log


def silent(event: str, **fields: object) -> None:
    """A log that goes nowhere."""


def failure(error: BaseException) -> dict[str, object]:
    """An unexpected error as fields: its type and where it happened, not what it says."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return {"error": type(error).__name__, "places": places}


class Funnel(logging.Handler):
    """Takes what uvicorn would print, and logs that it happened: by level, place and error type."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        place = f"{record.module}:{record.lineno}"
        fields = failure(error) if error is not None else {}
        self._log("http", level=record.levelname.lower(), place=place, **fields)
