"""The guideline document: a Markdown text as sections with stable ids, its version, what changed in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

VERSION_LENGTH = 12
"""Hex digits of a version."""
PREAMBLE = "preamble"
"""The id of the text before the first heading."""

_HEADING = re.compile(r"[ ]{0,3}(#{1,6})(?:[ \t]+(.*?))?[ \t]*$")
_CLOSING = re.compile(r"(?:^|[ \t]+)#+$")
_ID = re.compile(r"[ \t]*\{#([A-Za-z0-9][A-Za-z0-9._/:-]{0,99})\}$")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})(.*)$")
_NOT_IN_A_SLUG = re.compile(r"[^\w]+")

What = Literal["added", "removed", "changed", "retitled"]


class GuidelineError(ValueError):
    """A document whose sections cannot be told apart. `section` is the id, `line` counts from 1."""

    def __init__(self, section: str, line: int) -> None:
        super().__init__(f"line {line}: the id {section} stands twice; each section needs its own")
        self.section = section
        self.line = line


@dataclass(frozen=True, slots=True)
class Section:
    """One section: `text` is the document's `[start:end]`, from behind the heading to the next one.

    `level` is 1 to 6, the number of signs before the title; 0 for the text before any heading.
    `start` and `end` are half-open code points of the document. A heading inside a section starts a
    section of its own, so the sections never overlap.
    """

    id: str
    title: str
    level: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Guideline:
    """A document. `version` is a hash of its text, the same whatever the line ends are."""

    version: str
    sections: tuple[Section, ...]

    def section(self, section_id: str) -> Section | None:
        """The section of this id, None when there is none."""
        return next((one for one in self.sections if one.id == section_id), None)

    def cite(self, section_id: str) -> str:
        """How a verdict names a section: `returns/opened@3f9c0a12b4de`."""
        return f"{section_id}@{self.version}"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one section between two documents; `old` and `new` are None where it is not."""

    what: What
    old: Section | None
    new: Section | None

    @property
    def id(self) -> str:
        """The section's id."""
        section = self.new or self.old
        assert section is not None
        return section.id


def parse(text: str) -> Guideline:
    """The sections of a Markdown document, total on any text without two equal explicit ids.

    A heading is `#` to `######` at the start of a line outside fenced code (CommonMark 4.2, 4.5); its
    id stands at its end as `{#id}`. One without gets an id from its title, which changes with it.
    Raises GuidelineError when an explicit id stands twice.
    """
    heads = list(_headings(text))
    explicit: dict[str, int] = {}
    for line, _, _, _, given, _ in heads:
        if given is not None:
            if given in explicit:
                raise GuidelineError(given, line)
            explicit[given] = line
    taken = set(explicit)
    ends = [*(head[1] for head in heads[1:]), len(text)][: len(heads)]
    sections = []
    first = heads[0][1] if heads else len(text)
    if text[:first].strip("\ufeff \t\r\n"):
        sections.append(Section(_free(PREAMBLE, taken), "", 0, text[:first], 0, first))
    for (_, _, level, title, given, start), end in zip(heads, ends, strict=True):
        section_id = given if given is not None else _free(_slug(title), taken)
        sections.append(Section(section_id, title, level, text[start:end], start, end))
    return Guideline(version_of(text), tuple(sections))


def version_of(text: str) -> str:
    """The version of a document: a digest of its text with the line ends of any system made one."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:VERSION_LENGTH]


def citation(text: str) -> tuple[str, str | None]:
    """The section and the version that a verdict's citation names; without `@` there is no version."""
    section, at, version = text.rpartition("@")
    return (section, version) if at else (text, None)


def diff(old: Guideline, new: Guideline) -> tuple[Change, ...]:
    """The sections that differ, in the order of `new`, then those that are gone in the order of `old`.

    Sections are the same when their ids are; moving one is no change. Line ends and blank lines around
    a section's text are not looked at.
    """
    before = {section.id: section for section in old.sections}
    changes = []
    for section in new.sections:
        was = before.pop(section.id, None)
        if was is None:
            changes.append(Change("added", None, section))
        elif _plain(was.text) != _plain(section.text):
            changes.append(Change("changed", was, section))
        elif was.title != section.title:
            changes.append(Change("retitled", was, section))
    return (*changes, *(Change("removed", section, None) for section in before.values()))


_Head = tuple[int, int, int, str, str | None, int]
"""Line from 1, where the heading starts, level, title, explicit id, where the text behind it starts."""


def _headings(text: str) -> Iterator[_Head]:
    fence = ""
    at = 1 if text.startswith("\ufeff") else 0
    line = 0
    while at < len(text):
        line += 1
        end, following = _line_end(text, at)
        words = text[at:end]
        mark = _FENCE.match(words)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark and not ("`" in mark[2] and mark[1][0] == "`"):
            fence = mark[1]
        elif (found := _HEADING.match(words)) is not None:
            title = _CLOSING.sub("", found[2] or "")
            given = _ID.search(title)
            if given:
                title = _CLOSING.sub("", title[: given.start()])
            yield line, at, len(found[1]), title, given[1] if given else None, following
        at = following


def _line_end(text: str, start: int) -> tuple[int, int]:
    """Where the line that starts here ends, and where the next one starts."""
    end = text.find("\n", start)
    if end < 0:
        end = len(text)
    bare = text.find("\r", start, end)
    if bare >= 0 and bare + 1 < end:
        return bare, bare + 1
    return (bare if bare >= 0 else end), min(end + 1, len(text))


def _slug(title: str) -> str:
    return _NOT_IN_A_SLUG.sub("-", title.casefold()).strip("-_")[:60] or "section"


def _free(wanted: str, taken: set[str]) -> str:
    found, n = wanted, 1
    while found in taken:
        n += 1
        found = f"{wanted}-{n}"
    taken.add(found)
    return found


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
