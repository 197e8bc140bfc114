"""The cells that a text takes: as Rich counts them, and where the terminal was found to differ, as it draws.

Rich and Textual lay out by one table, and terminals differ from it: one draws a family of three as one
picture, another as three; one gives a vowel sign a cell, another none. A cluster gets the more of the
two. Where the terminal draws wider, `roomy` puts spaces before the cluster, so that Textual counts what
is drawn, and on the way out `aligned` takes the cursor back over them; where it draws narrower, `aligned`
fills up. So whatever stands behind it on the line stays in its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from unicodedata import category, east_asian_width

from rich.cells import cell_len, get_character_cell_size, split_graphemes

_ZWJ = "\u200d"
_SELECTOR = "\ufe0f"
_SELECTORS = "\ufe0e\ufe0f"
_TONES = "\U0001f3fb-\U0001f3ff"
_REGIONS = "\U0001f1e6-\U0001f1ff"
_PICTURES = "\u231a-\u2bff\U0001f000-\U0001faff"
_SPACING = "\u0900-\u0dff\u0f3e\u0f3f\u102b-\u109d\u17b6-\u17c8"
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u20d0-\u20f0\ufe20-\ufe2f"
)
_AMBIGUOUS = "\u00a1-\u02ff\u0370-\u04ff\u2010-\u2e7f\ufffd"
# Two clusters to Rich that a terminal may draw as one: a flag, and the ligature of lam and alef.
_PAIR = f"[{_REGIONS}]{{2}}|\u0644[\u0622\u0623\u0625\u0627]"
_MAY_SPACE = f"[{_SPACING}]"
_IS_REGION = f"[{_REGIONS}]"
_IS_TONE = f"[{_TONES}]"
# A sequence of the screen's own, or text up to the next one.
_SENT = r"(?s)\x1b(?:\[[0-9;:<=>? $]*[a-zA-Z]|.)|([^\x1b]+)"


class Widths(NamedTuple):
    """What a terminal does with what terminals differ in, in cells; the defaults are how Rich counts."""

    joined: bool = True
    """Whether emoji that are joined by U+200D are drawn as one."""
    tinted: bool = True
    """Whether a skin tone is drawn into the emoji before it."""
    flag: int = 2
    selected: int = 2
    """A narrow character with U+FE0F, which asks for its emoji."""
    emoji: int = 2
    mark: int = 0
    """A combining mark beside its base."""
    spacing: int | None = None
    """A spacing vowel sign beside its base; None when it is not known."""
    ambiguous: int = 1
    """A character that East Asian fonts draw wide."""
    ligature: int = 2
    """Lam and alef."""

    def suspects(self) -> re.Pattern[str] | None:
        """Finds a text that may be drawn otherwise than it is counted; None when none can be."""
        different = (
            (not self.joined, _ZWJ),
            (not self.tinted, _TONES),
            (self.flag != COUNTED.flag, _REGIONS),
            (self.selected != COUNTED.selected, _SELECTOR),
            (self.emoji != COUNTED.emoji, _PICTURES),
            (self.mark > 0, _MARKS),
            (bool(self.spacing), _SPACING),
            (self.ambiguous != COUNTED.ambiguous, _AMBIGUOUS),
            (self.ligature != COUNTED.ligature, "\u0644"),
        )
        found = "".join(characters for differs, characters in different if differs)
        return re.compile(f"[{found}]") if found else None

    def given(self, cluster: str, counted: int) -> int:
        """The cells that the terminal gives a cluster which is counted as so many."""
        if _ZWJ in cluster and not self.joined:
            parts = [part for part in cluster.split(_ZWJ) if part]
            return sum(self.given(part, cell_len(part)) for part in parts)
        if not self.tinted and (tones := len(re.findall(_IS_TONE, cluster))):
            plain = re.sub(_IS_TONE, "", cluster)
            beside = self.given(plain, cell_len(plain)) if plain else 0
            return beside + self.emoji * tones
        if re.fullmatch(_PAIR, cluster):
            return self.ligature if cluster[0] == "\u0644" else self.flag
        if re.match(_IS_REGION, cluster):
            return max(1, self.flag // 2)
        if _SELECTOR in cluster and get_character_cell_size(cluster[0]) == 1:
            return self.selected
        kinds = [category(char) for char in cluster if char not in _SELECTORS]
        beside = self.mark * kinds.count("Mn") + (self.spacing or 0) * kinds.count("Mc")
        return self._base(cluster[0], counted) + beside

    def _base(self, char: str, counted: int) -> int:
        if counted == 2 and self.emoji != 2 and re.match(f"[{_PICTURES}]", char):
            return self.emoji
        if counted == 1 and self.ambiguous != 1 and east_asian_width(char) == "A":
            return self.ambiguous
        return counted


COUNTED = Widths()
"""A terminal that draws as Rich counts, or that did not say."""

_in_use = COUNTED
_suspects: re.Pattern[str] | None = None
_edition = 0


def use(widths: Widths) -> None:
    """From now on lay out for a terminal with these widths."""
    global _in_use, _suspects, _edition  # noqa: PLW0603  (one terminal, one table)
    _in_use, _suspects = widths, widths.suspects()
    _edition += 1


def in_use() -> Widths:
    """The widths that are laid out for."""
    return _in_use


def edition() -> int:
    """A number that is another one once other widths are laid out for."""
    return _edition


def widths_of(found: Mapping[str, tuple[int, int]]) -> Widths:
    """The widths of a terminal from what `measure.SAMPLES` are counted as and what it gives them."""
    counted, given = ({name: pair[at] for name, pair in found.items()} for at in (0, 1))
    return Widths(
        joined=given["joined emoji"] == counted["joined emoji"],
        tinted=given["skin tone"] == counted["skin tone"],
        flag=given["flags"],
        selected=given["emoji by selector"],
        emoji=given["emoji"],
        mark=max(0, given["combining marks"] - counted["combining marks"]),
        spacing=max(0, given["Devanagari"] - counted["Devanagari"]),
        ambiguous=2 if given["ambiguous"] > counted["ambiguous"] else 1,
        ligature=given["joined Arabic"],
    )


def room_for(text: str) -> int:
    """The cells to keep free for a text, the most that it may take.

    Where it is not known whether a terminal gives spacing vowel signs a cell (category Mc), they count:
    a line that is counted too short would run under the next pane and hide its end.
    """
    cells = cell_len(text)
    if _in_use.spacing is None and re.search(_MAY_SPACE, text):
        cells += sum(category(char) == "Mc" for char in text if get_character_cell_size(char) == 0)
    if suspect(text):
        cells += sum(max(0, given - counted) for _, counted, given in _clusters(text))
    return cells


def roomy(text: str) -> str:
    """The text with spaces before what the terminal draws wider than it is counted, for as much as that is."""
    if not suspect(text):
        return text
    return "".join(" " * (given - counted) + cluster for cluster, counted, given in _clusters(text))


def aligned(sent: str) -> str:
    """What is sent to the terminal, so that a `roomy` text takes the cells that it is counted as."""
    if not suspect(sent):
        return sent
    return re.sub(_SENT, lambda piece: _fitted(piece[1]) if piece[1] else piece[0], sent)


def suspect(text: str) -> bool:
    """Whether the terminal may draw something of a text otherwise than it is counted."""
    return _suspects is not None and _suspects.search(text) is not None


def _fitted(text: str) -> str:
    if not suspect(text):
        return text
    parts = []
    for cluster, counted, given in _clusters(text):
        if given > counted:
            parts.append(f"\x1b[{given - counted}D")
        parts.append(cluster)
        if given < counted:
            parts.append(" " * (counted - given))
    return "".join(parts)


def _clusters(text: str) -> Iterator[tuple[str, int, int]]:
    """Each cluster of a text, the cells that it is counted as, and those that it is given."""
    spans = iter(split_graphemes(text)[0])
    waiting = next(spans, None)
    while waiting is not None:
        (start, end, counted), waiting = waiting, next(spans, None)
        if waiting is not None and re.fullmatch(_PAIR, text[start : waiting[1]]):
            end, counted = waiting[1], counted + waiting[2]
            waiting = next(spans, None)
        if text[start] == " " and end > start + 1:
            # The room that was made before a character which Rich counts to the one before it.
            yield " ", 1, 1
            start, counted = start + 1, counted - 1
        cluster = text[start:end]
        yield cluster, counted, counted if cluster.isascii() else _in_use.given(cluster, counted)
