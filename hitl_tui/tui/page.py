"""A document of our own words, put together piece by piece: what the reading panels show."""

from __future__ import annotations

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Document, Mark
from hitl_tui.tui.prose import list_entries


class Page:
    """Collects shown text with styles. Texts of others come in as `Shown`, revealed before."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._marks: list[Mark] = []
        self._hangs: list[tuple[int, int]] = []
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

    def hang(self, cells: int) -> Page:
        """The line that begins here is indented by so many cells where it has to be broken."""
        self._hangs.append((self._at, cells))
        return self

    def prose(self, text: Shown) -> Page:
        """A revealed text, with its lists."""
        self._hangs += list_entries(text, self._at)
        return self.line(text)

    def head(self, text: str) -> Page:
        """A heading, with an empty line before it unless it is the first."""
        if self._at:
            self.line()
        return self.line(text, "head")

    def document(self) -> Document:
        """What was collected."""
        text = Shown("".join(self._pieces).rstrip("\n"))
        return Document(text, (), tuple(self._marks), hangs=tuple(self._hangs))
