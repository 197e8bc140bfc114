"""`hitl doctor`: the terminal, the configuration, the queue, the permissions; what is wrong, how to mend it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer

from hitl_tui.cli import say
from hitl_tui.cli.documents import path_of
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, Session, commands
from hitl_tui.cli.quizzing import table_of
from hitl_tui.cli.session import opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.credentials import FILE_NAME
from hitl_tui.config.load import ConfigError, Configuration, configuration
from hitl_tui.config.places import config_dir, state_dir
from hitl_tui.config.settings import Settings
from hitl_tui.model.guideline import GuidelineError, parse
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.open import is_database, is_server, queue_path
from hitl_tui.queue.protocol import NotOffered, Queue, QueueError
from hitl_tui.tui.keymap import KeymapError, build_keymap
from hitl_tui.tui.layout import MIN_HEIGHT, MIN_WIDTH

app = commands()
Grade = Literal["ok", "note", "bad"]
LITTLE_SPACE = 100 * 1024 * 1024
"""Bytes; a disk with less than this will stop a queue soon."""
_SIGNS: Mapping[Grade, str] = {"ok": "ok  ", "note": "note", "bad": "BAD "}


NOTHING = Shown("")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, how it is, and what to do when it is not right."""

    area: str
    grade: Grade
    words: Shown
    mend: Shown = NOTHING


@app.command()
def doctor(
    ctx: typer.Context,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say what is wrong with the terminal, the configuration, the queue and the permissions."""
    found = list(terminal(os.environ, say.on_terminal(), shutil.get_terminal_size((0, 0))))
    if say.on_terminal():
        found += list(_cells())
    config, of_config = _configuration(ctx)
    found += of_config
    found += _guarded("queue", lambda: _queue(config.queue_address(queue), config, reviewer))
    found += permissions(config_dir(), state_dir())
    if as_json:
        rows = [
            {"area": one.area, "grade": one.grade, "what": one.words, "mend": one.mend}
            for one in found
        ]
        say.emit_json({"ok": not _bad(found), "findings": rows})
    else:
        for one in found:
            say.say(
                message(
                    "{sign} {area}  {words}",
                    sign=_SIGNS[one.grade],
                    area=f"{one.area:<13}",
                    words=one.words,
                )
            )
            if one.mend:
                say.say(message("                    {mend}", mend=one.mend))
        say.say(
            message("Something has to be mended.")
            if _bad(found)
            else message("Nothing stands in the way.")
        )
    return 1 if _bad(found) else 0


def _bad(found: list[Finding]) -> bool:
    return any(one.grade == "bad" for one in found)


def _guarded(area: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What was found, up to the error that ended it, which is a finding too."""
    found = []
    try:
        for one in look():
            found.append(one)
    except (QueueError, ConfigError, Stop) as error:
        found.append(Finding(area, "bad", error.sentence))
    except OSError as error:
        words = message("{place}: {why}", place=error.filename or "", why=error.strerror or error)
        found.append(Finding(area, "bad", words))
    return found


# -- the terminal ---------------------------------------------------------------------------------------


def terminal(
    environ: Mapping[str, str], attached: bool, size: os.terminal_size
) -> Iterator[Finding]:
    """What the environment says of the terminal; `attached` is whether there is one."""
    name = environ.get("TERM", "")
    if not attached:
        yield Finding(
            "terminal",
            "note",
            message("this is no terminal"),
            message("`hitl review` needs one; `hitl review --plain` does not"),
        )
    elif name in {"", "dumb"}:
        yield Finding(
            "terminal",
            "bad",
            message("TERM is {name}: no screen", name=name or "not set"),
            message("use a terminal that has one, or `hitl review --plain`"),
        )
    else:
        yield Finding("terminal", "ok", message("TERM is {name}", name=name))
    if attached:
        words = message("{w}x{h}", w=size.columns, h=size.lines)
        if size.columns < MIN_WIDTH or size.lines < MIN_HEIGHT:
            yield Finding(
                "size", "bad", words, message("make it {w}x{h} or more", w=MIN_WIDTH, h=MIN_HEIGHT)
            )
        else:
            yield Finding("size", "ok", words)
    encoding = (sys.stdout.encoding or "").lower()
    if encoding.replace("-", "") == "utf8":
        yield Finding("encoding", "ok", message("UTF-8"))
    else:
        yield Finding(
            "encoding",
            "bad",
            message("{encoding}", encoding=encoding or "unknown"),
            message("set LANG to a UTF-8 locale, such as C.UTF-8"),
        )
    yield _colours(environ)
    if environ.get("TMUX"):
        yield Finding(
            "clipboard",
            "note",
            message("inside tmux"),
            message("for `y`: tmux set -g set-clipboard on"),
        )
    elif name.startswith("screen"):
        yield Finding("clipboard", "note", message("inside screen: `y` may not get through"))


def _colours(environ: Mapping[str, str]) -> Finding:
    if "NO_COLOR" in environ:
        return Finding("colours", "ok", message("none, as NO_COLOR asks"))
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return Finding("colours", "ok", message("16 million"))
    if "256" in environ.get("TERM", ""):
        return Finding("colours", "ok", message("256; shades are rounded"))
    return Finding(
        "colours",
        "note",
        message("perhaps 16"),
        message('theme = "ansi" under [review] uses the terminal\'s own colours'),
    )


def _cells() -> Iterator[Finding]:
    """Whether the terminal gives characters the cells that the screen counts with."""
    from hitl_tui.tui.measure import measured  # noqa: PLC0415  (only a terminal can be asked)

    found = measured(sys.stdout.fileno())
    if found is None:
        yield Finding("cells", "note", message("the terminal does not say where its cursor is"))
        return
    other = [f"{name} {given} for {ours}" for name, (ours, given) in found.items() if ours != given]
    if not other:
        yield Finding("cells", "ok", message("wide, joined and combining characters as counted"))
        return
    yield Finding(
        "cells",
        "note",
        message("cells given for counted: {what}", what=", ".join(other)),
        message("`hitl review` measures this too and keeps its columns; other programs may not"),
    )


# -- configuration ----------------------------------------------------------------------------------------


def _configuration(ctx: typer.Context) -> tuple[Configuration, list[Finding]]:
    session = ctx.find_root().obj
    given = session.config if isinstance(session, Session) else None
    try:
        config = configuration(given)
    except ConfigError as error:
        return Configuration(Settings(), None), [Finding("configuration", "bad", error.sentence)]
    where = (
        message("{path}", path=config.path) if config.path else message("none: the defaults hold")
    )
    found = [Finding("configuration", "ok", where)]
    try:
        build_keymap(config.settings.keys, config.settings.review.keymap)
        found.append(
            Finding("keys", "ok", message("keymap {name}", name=config.settings.review.keymap))
        )
    except KeymapError as error:
        found.append(Finding("keys", "bad", error.sentence))
    found += [_document(config, name) for name in ("guideline", "constitution")]
    return config, found


def _document(config: Configuration, name: str) -> Finding:
    path = path_of(config, name)
    if not path.exists():
        standard = getattr(config.settings.review, name) == getattr(Settings().review, name)
        if standard:
            return Finding(name, "ok", message("the one that comes with the program"))
        return Finding(
            name,
            "bad",
            message("{path} is not there", path=path),
            message("write it, or change `{name}` under [review]", name=name),
        )
    try:
        guideline = parse(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, GuidelineError) as error:
        return Finding(name, "bad", message("{path}: {why}", path=path, why=error))
    words = message(
        "{path}, {n} sections, version {v}",
        path=path,
        n=len(guideline.sections),
        v=guideline.version,
    )
    return Finding(name, "ok", words)


# -- queue and permissions --------------------------------------------------------------------------------


def _queue(address: str, config: Configuration, reviewer: str | None) -> Iterator[Finding]:
    elsewhere = is_server(address) or is_database(address)
    place = None if elsewhere else queue_path(address)
    if place is not None:
        yield from _file(place)
    with opened(address, config) as store:
        yield Finding("queue", "ok", message("{where} answers", where=store.address))
        try:
            status = store.status(config.settings.reviewer.pools)
            yield Finding(
                "queue",
                "ok",
                message("{n} waiting, {m} resolved", n=status.pending, m=status.resolved),
            )
        except NotOffered as refusal:
            yield Finding("queue", "note", refusal.sentence)
        if not is_server(address):
            yield from _closed_pools(store, config.settings)
    name = reviewer_at(address, config, reviewer, state_dir())
    claimed = (
        message("") if is_server(address) else message(" (claimed, not proven: a local queue)")
    )
    yield Finding("reviewer", "ok", message("{name}{claimed}", name=name, claimed=claimed))


def _closed_pools(store: Queue, settings: Settings) -> Iterator[Finding]:
    """Pools that ask for a quiz, and there is none of that name: nobody is given their cases."""
    asking = {name: pool.qualified_by for name, pool in settings.pools.items() if pool.qualified_by}
    scored = (quiz for quiz in table_of(store).quizzes() if quiz.mode == "scored") if asking else ()
    there = {quiz.name for quiz in scored}
    for name, quizzes in asking.items():
        if not there.intersection(quizzes):
            yield Finding(
                "pools",
                "bad",
                message(
                    "{pool} wants a pass in {names}, and there is no such scored quiz: nobody gets its "
                    "cases",
                    pool=name,
                    names=", ".join(quizzes),
                ),
                message(
                    "`hitl quiz create` makes one; `hitl quiz list` names those there are; "
                    "`qualified_by` stands in hitl.toml"
                ),
            )


def _file(place: Path) -> Iterator[Finding]:
    if not place.exists():
        yield Finding(
            "queue",
            "bad",
            message("{path} is not there", path=place),
            message("`hitl init` or `hitl ingest FILE` makes it; --queue names another"),
        )
        return
    mode = stat.S_IMODE(place.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            "queue",
            "note",
            message("others may read {path} (mode {mode})", path=place, mode=f"{mode:o}"),
            message(
                "chmod 600, unless that is meant: whoever reads the file reads gold and verdicts"
            ),
        )
    for wanted, words in ((os.R_OK, "read"), (os.W_OK, "written")):
        if not os.access(place, wanted):
            yield Finding(
                "queue", "bad", message("{path} cannot be {words}", path=place, words=words)
            )
    free = shutil.disk_usage(place.parent).free
    if free < LITTLE_SPACE:
        yield Finding(
            "disk",
            "bad",
            message("{mb} MB are free beside the queue", mb=free // 2**20),
            message("make room: a verdict that cannot be written is refused"),
        )
    else:
        yield Finding("disk", "ok", message("{mb} MB free", mb=f"{free // 2**20:,}"))


def permissions(config: Path, state: Path) -> list[Finding]:
    """Whether drafts can be kept, and whether nobody else reads the tokens."""
    found = []
    nearest = next(one for one in (state, *state.parents) if one.exists())
    if os.access(nearest, os.W_OK):
        found.append(Finding("drafts", "ok", message("{path}", path=state)))
    else:
        found.append(
            Finding(
                "drafts",
                "bad",
                message("{path} cannot be written", path=nearest),
                message("drafts would be lost: give yourself the right, or set XDG_STATE_HOME"),
            )
        )
    tokens = config / FILE_NAME
    if tokens.exists():
        mode = stat.S_IMODE(tokens.stat().st_mode)
        grade: Grade = "bad" if mode & 0o077 else "ok"
        mend = message("chmod 600 {path}", path=tokens) if grade == "bad" else Shown("")
        found.append(
            Finding(
                "tokens", grade, message("{path}, mode {mode}", path=tokens, mode=f"{mode:o}"), mend
            )
        )
    return found
