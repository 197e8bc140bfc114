"""What every command starts from: the configuration, the queue, the reviewer's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import typer

from hitl_tui.cli.options import Session
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration, configuration
from hitl_tui.config.settings import QuizSettings, Settings
from hitl_tui.model.clock import parse_duration
from hitl_tui.queue.open import is_server, name_at, open_queue
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.rules import Qualifying, Rules


def configuration_of(ctx: typer.Context) -> Configuration:
    """The configuration that `--config`, the working directory or the user gives."""
    return configuration(cast(Session, ctx.find_root().obj).config)


@contextmanager
def opened(address: str, config: Configuration, *, create: bool = False) -> Iterator[Queue]:
    """The queue at `address`, closed at the end. Raises Unreachable."""
    queue = open_at(address, config, create=create)
    try:
        yield queue
    finally:
        queue.close()


def open_at(address: str, config: Configuration, *, create: bool = False) -> Queue:
    """The queue at `address` under the rules that `config` gives its pools. Raises Unreachable."""
    return open_queue(address, create=create, rules=rules_of(config.settings))


def rules_of(settings: Settings) -> Rules:
    """How the store decides, by the configuration."""
    pools = settings.pools.items()
    return Rules(
        consensus=settings.queue.consensus,
        consensus_by_pool={name: pool.consensus for name, pool in pools if pool.consensus},
        fallback=settings.sla.fallback,
        fallbacks={name: pool.fallback for name, pool in pools if pool.fallback is not None},
        escalates_to={name: pool.escalates_to for name, pool in pools if pool.escalates_to},
        reviewers={name: frozenset(pool.reviewers) for name, pool in pools if pool.reviewers},
        qualifying={
            name: _qualifying(pool.qualified_by, settings.quiz)
            for name, pool in pools
            if pool.qualified_by
        },
    )


def _qualifying(quizzes: tuple[str, ...], terms: QuizSettings) -> Qualifying:
    lasts = None if terms.valid_for is None else parse_duration(terms.valid_for).total_seconds()
    return Qualifying(quizzes, terms.mark, lasts, terms.lapses_with_guideline)


def reviewer_at(
    address: str, config: Configuration, given: str | None, state: Path | None = None
) -> str:
    """Who decides at this queue: behind a server whom the token stands for, else `reviewer_of`.

    With `state` also when the server is out of reach. Raises QueueError, Stop for another name.
    """
    if not is_server(address):
        return reviewer_of(config, given)
    name = name_at(address, state)
    if given not in (None, name):
        raise Stop(
            "the token is {name}'s, not {given}'s: leave --reviewer and HITL_REVIEWER away",
            name=name,
            given=given,
        )
    return name


def reviewer_of(config: Configuration, given: str | None) -> str:
    """Who decides: the option or the environment, the configuration, or the login name."""
    name = given or config.settings.reviewer.name
    if name:
        return name
    import getpass  # noqa: PLC0415  (only for who has not said it)

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise Stop("nobody knows who you are here; say it with --reviewer NAME") from None
