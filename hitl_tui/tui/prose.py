"""Markdown as it is read here: paragraphs run on to the width of the pane, lists and code keep their lines."""

from __future__ import annotations

import re

_OWN_LINE = re.compile(r"\s*([-*+]|\d+[.)])\s|\s*[|>#]|\s{4}|\t")
_ENTRY = re.compile(r"^ *(?:[-*+]|\d+[.)]) +(?=[^ \n])", re.MULTILINE)
_FENCE = re.compile(r"\s*(```|~~~)")


def flowing(text: str) -> str:
    """`text` with the line ends inside paragraphs and list items made spaces; nothing else is changed."""
    lines: list[str] = []
    fenced = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
            lines.append(line)
            continue
        goes_on = bool(lines and lines[-1].strip()) and not _FENCE.match(lines[-1])
        if fenced or not line.strip() or not goes_on or _OWN_LINE.match(line):
            lines.append(line)
        else:
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
    return "\n".join(lines)


def list_entries(text: str, at: int = 0) -> tuple[tuple[int, int], ...]:
    """Where the entries of the lists in `text` begin, as offsets from `at`, and how wide what leads each is."""
    return tuple((at + lead.start(), lead.end() - lead.start()) for lead in _ENTRY.finditer(text))
