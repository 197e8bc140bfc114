"""The guideline as a file: where the configuration puts it, what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hitl_tui.cli import say
from hitl_tui.cli.documents import documents_of, path_of
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.model.guideline import Guideline, GuidelineError, parse

NAME = "guideline"
"""What `[review]` calls the document."""


def guideline_text(config: Configuration) -> str:
    """The text of the house's guideline, the shipped one as long as it has none; Stop when unreadable."""
    path = path_of(config, NAME)
    try:
        return documents_of(config).guideline()
    except UnicodeDecodeError as error:
        raise Stop("{path} is not UTF-8 at byte {n}", path=path, n=error.start + 1) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Stop("{path} cannot be read: {why}", path=path, why=why) from None


def read_document(path: Path) -> str:
    """The text of a document, or Stop."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Stop("{path} is not UTF-8 at byte {n}", path=path, n=error.start + 1) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Stop("{path} cannot be read: {why}", path=path, why=why) from None


def guideline_of(config: Configuration) -> Guideline:
    """The document in its sections, or Stop."""
    return sections_of(guideline_text(config), path_of(config, NAME))


def citations(config: Configuration, sections: Sequence[str]) -> tuple[str, ...]:
    """What a verdict says of the guideline: the sections it cites, else only the version it was under.

    Stop for a section that there is not. Without a document that can be read a verdict that cites
    nothing says nothing, and why is noted.
    """
    try:
        guideline = guideline_of(config)
    except Stop as trouble:
        if sections:
            raise
        say.note(trouble.sentence)
        return ()
    for section in sections:
        if guideline.section(section) is None:
            known = ", ".join(one.id for one in guideline.sections)
            raise Stop(
                "the guideline has no section {id}; there are: {known}", id=section, known=known
            )
    return tuple(guideline.cite(section) for section in sections or ("",))


def sections_of(text: str, name: object) -> Guideline:
    """A document's sections; Stop when two of them have one id."""
    try:
        return parse(text)
    except GuidelineError as error:
        raise Stop(
            "{name}:{line}: the section id {id} stands twice; give one of them another",
            name=name,
            line=error.line,
            id=error.section,
        ) from None
