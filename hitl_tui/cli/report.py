"""`hitl report`: what the record says of the work: today of the reviewers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.queue.calibration import Sittings
from hitl_tui.queue.protocol import Forbidden, Queue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hitl_tui.stats.parts import ReviewerPart
    from hitl_tui.stats.quizzes import Score

app = commands("Reports on the work that was done.")


@app.callback()
def _report() -> None:
    """Reports on the work that was done."""


@app.command()
def reviewers(
    ctx: typer.Context,
    queue: QueueOption = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only your own line.")] = False,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verdicts, pace, agreement with the others, quizzes, flips after a reveal, position bias, haste."""
    from hitl_tui.quality.working import candidates_of, standing  # noqa: PLC0415  (numpy)
    from hitl_tui.reports.reviewers import ReviewersReport, lines  # noqa: PLC0415
    from hitl_tui.reports.reviewers import as_json as json_of  # noqa: PLC0415
    from hitl_tui.stats.habits import habits  # noqa: PLC0415

    config = configuration_of(ctx)
    address = config.queue_address(queue)
    only = reviewer_at(address, config, reviewer) if mine else None
    with opened(address, config) as store:
        try:
            found = habits(standing(store, only), candidates_of(store))
        except Forbidden:
            if mine:
                raise
            raise Stop("this token sees your own line only: --mine prints it") from None
        blind = False
        agreement: Mapping[str, ReviewerPart] = {}
        try:
            agreement = _agreement(store)
        except Forbidden:
            blind = True
        quizzes = _quizzes(store, config.settings.quiz.mark, only)
    whole = ReviewersReport(found, agreement, quizzes, blind)
    if as_json:
        say.emit_json(json_of(whole))
    else:
        say.say(*lines(whole, say.width()))


def _agreement(store: Queue) -> Mapping[str, ReviewerPart]:
    from hitl_tui.quality.ratings import What, declared_labels, gather  # noqa: PLC0415
    from hitl_tui.stats.parts import reviewer_parts  # noqa: PLC0415

    gathered = gather(store, What())
    ratings = gathered.ratings(declared_labels(What(), gathered, None), "nominal")
    return reviewer_parts(ratings) if len(ratings) else {}


def _quizzes(store: Queue, mark: float, only: str | None) -> Mapping[str, Sequence[Score]]:
    """Every scored quiz; for those who may read them."""
    from hitl_tui.stats.quizzes import scores  # noqa: PLC0415

    if not isinstance(store, Sittings):
        return {}
    try:
        known = store.quizzes()
    except Forbidden:
        return {}
    found = {}
    for quiz in known:
        if quiz.mode == "scored":
            people = scores(store.quiz(quiz.name), mark).scores
            found[quiz.name] = [one for one in people if only in (None, one.reviewer)]
    return found
