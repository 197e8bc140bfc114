"""The documents a reviewer works by: the guideline and the constitution, read when first wanted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from hitl_tui.later import later
from hitl_tui.model.case import Case

if TYPE_CHECKING:
    from hitl_tui.model import guideline as documents
    from hitl_tui.model.guideline import Guideline, Section
else:
    [documents] = later("hitl_tui.model", "guideline")

Read = Callable[[], str]
"""Reads a document. May raise OSError, UnicodeDecodeError."""

_ABOUT: Mapping[str, str] = {
    "grounding": "unsupported",
    "faithfulness": "unsupported",
    "hallucination": "unsupported",
    "toxicity": "tone",
    "topic": "off_topic",
    "relevance": "off_topic",
    "prompt_injection": "injection",
    "jailbreak": "injection",
    "harm": "unsafe",
    "safety": "unsafe",
}
"""Names of signals whose section of the shipped guideline has another name."""


def _nothing() -> str:
    return ""


class Handbook:
    """The guideline and the constitution. `seen` is the file that notes what this reviewer has read."""

    def __init__(
        self,
        read_guideline: Read = _nothing,
        read_constitution: Read = _nothing,
        seen: Path | None = None,
    ) -> None:
        self.read_guideline = read_guideline
        self.read_constitution = read_constitution
        self.seen = seen

    @cached_property
    def guideline(self) -> Guideline:
        """The guideline. May raise OSError, UnicodeDecodeError, GuidelineError."""
        return documents.parse(self.read_guideline())

    @cached_property
    def _principles(self) -> Mapping[str, tuple[str, str]]:
        try:
            sections = documents.parse(self.read_constitution()).sections
        except (OSError, ValueError):
            return {}
        return {section.id: (section.title, section.text) for section in sections}

    def principles(self) -> Mapping[str, tuple[str, str]]:
        """Id of a principle to its title and text; empty when the constitution cannot be read."""
        return self._principles

    def cite(self, section_id: str) -> str | None:
        """The section with its version as verdicts cite it; None when there is no such section."""
        try:
            found = self.guideline.section(section_id)
        except (OSError, ValueError):
            return None
        return self.guideline.cite(section_id) if found else None

    @cached_property
    def under(self) -> tuple[str, ...]:
        """What a verdict that cites no section says of the guideline: its version, if there is one."""
        try:
            guideline = self.guideline
        except (OSError, ValueError):
            return ()
        return (guideline.cite(""),) if guideline.sections else ()

    def section_for(self, case: Case) -> Section | None:
        """The section that a case's signals are about, else the one of its kind, else the first."""
        wanted = [name for signal in case.signals for name in (signal.label, signal.name) if name]
        wanted += [_ABOUT[name] for name in wanted if name in _ABOUT]
        for name in (*wanted, case.kind):
            found = self.guideline.section(name)
            if found is not None:
                return found
        return next(iter(self.guideline.sections), None)

    def unread(self) -> frozenset[str]:
        """Ids of the sections that are new or other than when this reviewer last read the guideline.

        Empty for somebody who never opened it: then all of it is new, and saying so helps nobody.
        """
        known = self._known()
        if known is None:
            return frozenset()
        return frozenset(
            section.id
            for section in self.guideline.sections
            if known.get(section.id) != _digest(section)
        )

    def note_read(self) -> None:
        """Note that the reviewer has this version open. May raise OSError."""
        if self.seen is None:
            return
        value = {section.id: _digest(section) for section in self.guideline.sections}
        temporary = self.seen.with_suffix(".new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(value, file)
        temporary.replace(self.seen)

    def _known(self) -> Mapping[str, str] | None:
        if self.seen is None:
            return None
        try:
            value = json.loads(self.seen.read_text("ascii"))
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None


def _digest(section: Section) -> str:
    return sha256(
        f"{section.title}\n{section.text.strip()}".encode("utf-8", "surrogatepass")
    ).hexdigest()
