"""The errors that a command expects, each one sentence and an exit code."""

from __future__ import annotations

from typing import NamedTuple

from hitl_tui.config.load import ConfigError
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.protocol import QueueError, Taken, Unreachable

BAD_INPUT = 2
UNREACHABLE = 3


class Stop(Exception):
    """A command cannot go on; the sentence says what to do. `code` is the exit code."""

    def __init__(self, template: str, /, code: int = BAD_INPUT, **values: object) -> None:
        self.sentence: Shown = message(template, **values)
        self.code = code
        super().__init__(self.sentence)

    @classmethod
    def saying(cls, sentence: Shown) -> Stop:
        """With a sentence that is fit to be shown already."""
        stop = cls("")
        stop.sentence = sentence
        return stop


class Expected(NamedTuple):
    """What to print for an error and what to exit with."""

    sentence: Shown
    code: int


def expected(error: Exception) -> Expected | None:
    """The sentence and the exit code for an error of ours; None for any other."""
    from hitl_tui.formats.files import FileTrouble  # noqa: PLC0415  (only where something failed)

    if isinstance(error, Stop):
        return Expected(error.sentence, error.code)
    if isinstance(error, Unreachable) and not isinstance(error, Taken):
        return Expected(error.sentence, UNREACHABLE)
    if isinstance(error, QueueError | ConfigError | FileTrouble):
        return Expected(error.sentence, BAD_INPUT)
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if isinstance(error.filename, str) else ""
        return Expected(message("{place}{why}", place=place, why=error.strerror), BAD_INPUT)
    return None
