"""Where the guideline and the constitution are read from: the configuration's files, else the shipped ones."""

from __future__ import annotations

from pathlib import Path

from hitl_tui.config.load import Configuration
from hitl_tui.config.places import shipped
from hitl_tui.config.settings import Settings
from hitl_tui.queue.protocol import Queue, Unreachable
from hitl_tui.tui import Documents


def documents_of(config: Configuration) -> Documents:
    """The readers of both documents; a named file that is missing is an error when it is wanted."""
    return Documents(
        guideline=lambda: _read(config, "guideline"),
        constitution=lambda: _read(config, "constitution"),
    )


class ServedGuideline:
    """The guideline of a server's queue: what was published there, else the reviewer's own document."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._text: str | None = None
        self._unknown = False

    def ask(self, queue: Queue) -> None:
        """Learn what was published. When the server cannot be reached it stays unknown."""
        from hitl_tui.queue.calibration import Sittings  # noqa: PLC0415  (a file asks nobody)

        if not isinstance(queue, Sittings):
            return
        try:
            found = queue.guideline()
        except Unreachable:
            self._unknown = True
        else:
            self._text = found.text if found is not None else None

    def __call__(self) -> str:
        if self._unknown:
            raise OSError("the server could not be asked for it when this began")
        return self._text if self._text is not None else _read(self._config, "guideline")


def path_of(config: Configuration, name: str) -> Path:
    """The path that the configuration gives a document; a relative one starts at its file."""
    given = Path(getattr(config.settings.review, name))
    return given if given.is_absolute() or config.path is None else config.path.parent / given


def _read(config: Configuration, name: str) -> str:
    path = path_of(config, name)
    standard = Settings().review
    if not path.exists() and getattr(config.settings.review, name) == getattr(standard, name):
        return shipped(f"{name}.md").read_text("utf-8")
    return path.read_text("utf-8")
