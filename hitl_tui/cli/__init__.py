"""The command line: `main` prepares the process, and only then is the program loaded."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from hitl_tui.cli import lean

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `hitl` with `arguments` (without the program's name) and return its exit code."""
    os.umask(0o077)
    # Loading makes much and throws nothing away; whatever goes on for longer enables it again.
    gc.disable()
    try:
        return _main(list(sys.argv[1:] if arguments is None else arguments) or ["--help"])
    finally:
        gc.enable()
        if arguments is None:
            gc.freeze()  # the end of the process need not look through what goes with it


def _main(arguments: list[str]) -> int:
    # Pydantic would look through every installed distribution for plugins, at every start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    lean.without_metadata()
    if not lean.SCREENS.isdisjoint(arguments):
        lean.without_openssl()
    from hitl_tui.cli import program, say  # noqa: PLC0415  (what they load is loaded as said above)

    say.prepare()
    try:
        code = program.run(arguments)
        say.finish()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        code = program.BROKEN_PIPE
    if code == program.BROKEN_PIPE:
        say.abandon()
    return code
