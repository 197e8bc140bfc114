"""Where files live: the user's configuration and state, and the files that ship with the program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

CONFIG_NAME = "hitl.toml"


def config_dir() -> Path:
    """The user's configuration directory; `XDG_CONFIG_HOME` is honoured. It may not exist."""
    return platformdirs.user_config_path("hitl", appauthor=False)


def state_dir() -> Path:
    """The user's state directory (drafts, logs); `XDG_STATE_HOME` is honoured. It may not exist."""
    return platformdirs.user_state_path("hitl", appauthor=False)


def shipped(name: str) -> Traversable:
    """A file or directory that comes with the program: `hitl.toml`, `guideline.md`, `sample_data`.

    Built packages carry the first inside `hitl_tui/config` and the samples inside `hitl_tui`; a source
    tree has them at its root.
    """
    from importlib import resources  # noqa: PLC0415  (the first case needs nothing that ships)

    package = resources.files("hitl_tui")
    inside = (package.joinpath("config", name), package.joinpath(name))
    for place in inside:
        if place.is_file() or place.is_dir():
            return place
    return Path(__file__).parents[2] / name
