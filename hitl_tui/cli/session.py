"""What every command starts from: the configuration, the queue, the reviewer's name."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import typer

from hitl_tui.cli.options import Session
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration, configuration
from hitl_tui.queue.open import open_queue
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.rules import Rules


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
    pools = config.settings.pools.items()
    rules = Rules(
        escalates_to={name: pool.escalates_to for name, pool in pools if pool.escalates_to},
        reviewers={name: frozenset(pool.reviewers) for name, pool in pools if pool.reviewers},
    )
    return open_queue(address, create=create, rules=rules)


def reviewer_of(config: Configuration, given: str | None) -> str:
    """Who decides: the option or the environment, the configuration, or the login name."""
    name = given or config.settings.reviewer.name
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise Stop("nobody knows who you are here; say it with --reviewer NAME") from None
