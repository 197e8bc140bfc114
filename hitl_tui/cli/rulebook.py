"""The guideline as a file: where the configuration puts it, what is in it."""

from __future__ import annotations

from pathlib import Path

from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.config.places import shipped
from hitl_tui.config.settings import Settings
from hitl_tui.model.guideline import Guideline, GuidelineError, parse


def guideline_path(config: Configuration) -> Path:
    """The document that `[review] guideline` names; a relative path starts at the configuration's file."""
    given = Path(config.settings.review.guideline)
    return given if given.is_absolute() or config.path is None else config.path.parent / given


def guideline_text(config: Configuration) -> str:
    """Its text; the shipped document's as long as the house has none. Stop when it cannot be read."""
    path = guideline_path(config)
    standard = Settings().review.guideline
    if config.settings.review.guideline == standard and not path.exists():
        return shipped(standard).read_text("utf-8")
    return read_document(path)


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
    return sections_of(guideline_text(config), guideline_path(config))


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
