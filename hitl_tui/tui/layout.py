"""Which panes there are at which size, and how wide and high they are."""

from __future__ import annotations

from typing import NamedTuple

MIN_WIDTH, MIN_HEIGHT = 60, 15
TWO_PANES_FROM = 100
SIDE_FROM = 160
SIDE = 46
"""Cells of the column at the right of a wide screen: the batch and the guideline."""
AIRY_FROM = 30
ASKED_GUTTER = 8
MEASURE = 96
"""The longest line of text in cells: wider panes keep their right side free."""


def text_width(width: int, gutter: int) -> int:
    """Cells of a line of text in a pane of `width` cells: gutter, thumb and margin taken off."""
    return max(2, min(MEASURE, width - gutter - 2))


class Layout(NamedTuple):
    """The arrangement for one size of the terminal, in cells."""

    width: int
    height: int

    @property
    def small(self) -> bool:
        return self.width < MIN_WIDTH or self.height < MIN_HEIGHT

    @property
    def stacked(self) -> bool:
        return self.width < TWO_PANES_FROM

    @property
    def wide(self) -> bool:
        """Whether there is room for the column with the batch and the guideline."""
        return self.width >= SIDE_FROM

    @property
    def main_width(self) -> int:
        """Cells that are left for the panes of the case."""
        return self.width - SIDE - 1 if self.wide else self.width

    @property
    def airy(self) -> bool:
        """Whether there is room for empty lines between the surfaces."""
        return self.height >= AIRY_FROM and not self.stacked

    @property
    def asked_lines(self) -> int:
        """The most lines that the question may take."""
        return max(1, min(8, self.height // 8))

    def strip_lines(self, taken: int, *, even: bool = False) -> int:
        """Stacked: the lines of the smaller of the two panes, its title included; half of them if `even`.

        `taken` are the lines that neither pane has. Where they leave little, the larger pane keeps half.
        """
        left = self.height - taken
        return min(max(4, left // 2 if even else left * 2 // 5), max(2, left // 2))

    def text_widths(self, gutter: int, two: bool) -> tuple[int, int, int]:
        """Cells of a line of text in the question, the output and the right pane."""
        left = right = self.main_width
        if two and not self.stacked:
            left = (self.main_width - 1) // 2
            right = self.main_width - 1 - left
        return (
            text_width(self.width, ASKED_GUTTER),
            text_width(left, gutter),
            text_width(right, gutter),
        )
