"""A document of our own words, put together piece by piece: what the reading panels show."""

from __future__ import annotations

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Document, Mark


class Page:
    """Collects shown text with styles. Texts of others come in as `Shown`, revealed before."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._marks: list[Mark] = []
        self._at = 0

    @property
    def at(self) -> int:
        """The display offset of what is added next."""
        return self._at

    def add(self, text: str, style: str | None = None) -> Page:
        """Our own words, or revealed text, in a style."""
        if style and text:
            self._marks.append(Mark(self._at, self._at + len(text), style))
        self._pieces.append(text)
        self._at += len(text)
        return self

    def line(self, text: str = "", style: str | None = None) -> Page:
        """The same, and the line ends behind it."""
        return self.add(text, style).add("\n")

    def head(self, text: str) -> Page:
        """A heading, with an empty line before it unless it is the first."""
        if self._at:
            self.line()
        return self.line(text, "head")

    def document(self) -> Document:
        """What was collected."""
        return Document(Shown("".join(self._pieces).rstrip("\n")), (), tuple(self._marks))
