"""Modules that are imported when something of them is first asked for.

The first case stands on the screen sooner when what it does not need is not imported before it. For the
type checker the same names are imported as usual:

    if TYPE_CHECKING:
        from hitl_tui.queue import quizzes, tokens
    else:
        quizzes, tokens = later("hitl_tui.queue", "quizzes", "tokens")
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class _Later(ModuleType):
    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self.__name__), name)


def later(package: str, *names: str) -> list[ModuleType]:
    """Stand-ins for the modules `names` of a package."""
    return [_Later(f"{package}.{name}") for name in names]
