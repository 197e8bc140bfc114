"""The floor of the workstation's budgets: a Textual app that updates one Static on each key."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    """Shows how many keys were pressed; `q` ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.line = Static("0 keys pressed")

    def compose(self) -> ComposeResult:
        yield self.line

    def on_key(self, event: events.Key) -> None:
        """Count the key."""
        if event.key == "q":
            self.exit()
        self.count += 1
        self.line.update(f"{self.count} keys pressed")


if __name__ == "__main__":
    Minimal().run()
