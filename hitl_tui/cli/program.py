"""One table of commands, each imported only when it is called, and what becomes of their errors."""

from __future__ import annotations

import gc
import importlib
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperGroup

from hitl_tui import __version__
from hitl_tui.cli import say
from hitl_tui.cli.lean import SCREENS
from hitl_tui.cli.options import Session
from hitl_tui.later import later

if TYPE_CHECKING:
    from hitl_tui.model import text
else:
    (text,) = later("hitl_tui.model", "text")

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Open the workstation on sample cases, in a throw-away queue."),
    "init": ("init", "Write hitl.toml, a guideline, a constitution and an empty queue."),
    "ingest": ("ingest", "Read cases from files and queue them."),
    "login": ("login", "Keep the token for a server."),
    "review": ("review", "Open the workstation."),
    "ground": ("ground", "Print how far outputs are found in their sources."),
    "show": ("show", "Print one case as a reviewer sees it."),
    "verdict": ("verdict", "Give a verdict without the workstation."),
    "queue": ("queue", "What waits, who holds what, what comes next."),
    "adjudicate": ("adjudicate", "Settle disputes between verdicts."),
    "agreement": ("agreement", "Say how far reviewers agree, and why not further."),
    "quiz": ("quiz", "Calibration: gold cases that everybody judges blind."),
    "guideline": ("guideline", "The guideline: its versions, who has read them, what is cited."),
    "report": ("report", "Reports on the work that was done."),
    "export": ("export", "Write data sets from cases and verdicts."),
    "token": ("token", "Who may speak to the server of a queue, and as what."),
    "webhook": ("webhook", "Who is told what became of the cases."),
    "serve": ("serve", "Serve the queue over HTTP."),
    "doctor": ("doctor", "What is wrong here, and how to mend it."),
    "audit": ("audit", "Print or verify the record of everything that happened."),
}
"""Name -> module in this package and the sentence of `hitl --help`. The module's `app` is the command."""

BROKEN_PIPE = 141
_GLOBAL = ("--config", "--debug", "--no-color")


class Commands(TyperGroup):
    """The commands of the table: their modules are imported when they are called, not before."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported now; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hitl_tui.cli.{COMMANDS[cmd_name][0]}")
        if cmd_name not in SCREENS:
            gc.enable()  # a screen does so itself, once there is something on it
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Help from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a reader who went away is no error of ours."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(BROKEN_PIPE) from None


app = typer.Typer(
    cls=Commands,
    help="A workstation for people who review LLM outputs.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        say.say(text.message("hitl {version}", version=__version__))
        raise typer.Exit


@app.callback()
def _before(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The configuration, instead of ./hitl.toml."),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an unexpected error happened.")
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    session = cast(Session, ctx.obj)
    session.config, session.debug = config, debug
    if no_color:
        os.environ["NO_COLOR"] = "1"


def run(arguments: list[str]) -> int:
    """Run `hitl` with `arguments` (without the program's name) and return its exit code."""
    session = Session()
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="hitl", standalone_mode=False, obj=session)
    except typer.TyperException as error:
        say.note(_usage(error))
        return 2
    except Exception as error:  # noqa: BLE001  (the last resort: whatever it is becomes one sentence)
        return _failed(error, session)
    return code if isinstance(code, int) else 0


def _usage(error: typer.TyperException) -> text.Shown:
    """A wrong call in one sentence. What the user typed may be in it, so it is revealed."""
    format_message = getattr(error, "format_message", None)
    words = " ".join((format_message() if format_message else str(error)).split())
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "hitl"
    if getattr(error, "option_name", None) in _GLOBAL:
        return text.message(
            "{words} It goes before the command: `hitl {option} ...`",
            words=words.rstrip(".") + ".",
            option=getattr(error, "option_name", ""),
        )
    return text.message("{words} (`{path} --help` says what it takes)", words=words, path=path)


def _failed(error: Exception, session: Session) -> int:
    from hitl_tui.cli.trouble import expected  # noqa: PLC0415  (knows the errors of every room)

    known = expected(error)
    if session.debug:
        say.trace("".join(traceback.format_exception(error)))
    if known is not None:
        say.note(known.sentence)
        return known.code
    kind = type(error).__name__
    say.note(
        text.message(
            "something unexpected went wrong ({kind}); `hitl --debug ...` shows where", kind=kind
        )
    )
    return 2
