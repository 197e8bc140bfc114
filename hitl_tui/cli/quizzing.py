"""What the commands of a quiz share: its store, where its gold cases come from, what an outcome may say."""

from __future__ import annotations

from hitl_tui.cli import say
from hitl_tui.cli.rejects import SHOWN
from hitl_tui.cli.rulebook import guideline_of
from hitl_tui.cli.session import rules_of
from hitl_tui.cli.sources import sources
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.model.case import Gold
from hitl_tui.model.clock import utc_now
from hitl_tui.model.quiz import QuizItem, QuizRecord
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import DECISIONS
from hitl_tui.queue.calibration import CalibrationStore, Sittings
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.qualifying import Qualified


def file_of(queue: Queue) -> CalibrationStore:
    """The store in its file, for what is not done over a network; Stop."""
    if isinstance(queue, CalibrationStore):
        return queue
    raise Stop(
        "{address} does not take this over the network: run it where the queue's file is",
        address=queue.address,
    )


def table_of(queue: Queue) -> Sittings:
    """The quizzes of a queue, in a file or behind a server; Stop."""
    if isinstance(queue, Sittings):
        return queue
    raise Stop("{address} keeps no quizzes", address=queue.address)


def gold_of_queue(store: CalibrationStore, pool: str | None) -> list[QuizItem]:
    """The gold cases of a queue, of one pool or of all."""
    return [item for item in store.gold_items() if pool in (None, item.pool)]


def gold_of_file(name: str, config: Configuration, pool: str | None) -> list[QuizItem]:
    """The gold cases of a file; Stop when a line is none, since a quiz is made whole or not at all."""
    from hitl_tui.cli.routes import router  # noqa: PLC0415
    from hitl_tui.formats.readers import Reject, read_cases  # noqa: PLC0415

    route = router(config.settings, utc_now)
    (source,) = sources([name])
    items: list[QuizItem] = []
    bad: list[Shown] = []
    with source.open() as stream:
        for line in read_cases(stream):
            if isinstance(line, Reject):
                bad.append(message("{file}:{n}: {why}", file=name, n=line.line, why=line.reason))
                continue
            submission = line.read.submission
            if submission.gold is None or submission.gold.decision is None:
                bad.append(message("{file}:{n}: it has no gold decision", file=name, n=line.line))
                continue
            where = route(submission)
            items.append(
                QuizItem(
                    case=submission.case(),
                    gold=submission.gold,
                    pool=pool or where.pool,
                    priority=where.priority,
                    overlap=where.overlap,
                )
            )
    for words in bad[:SHOWN]:
        say.detail(words)
    if bad:
        raise Stop("{n} lines of {file} are no gold cases: no quiz was made", n=len(bad), file=name)
    return items


def qualified(
    queue: Queue, config: Configuration, record: QuizRecord, pools: list[str]
) -> list[Qualified]:
    """Who may judge these pools because of this quiz."""
    from hitl_tui.quality.qualification import qualified_by  # noqa: PLC0415

    latest = table_of(queue).guideline()
    version = None if latest is None else latest.version
    rules = rules_of(config.settings)
    terms = {pool: rules.qualifying[pool] for pool in pools}
    return qualified_by(record, terms, version, utc_now())


def decisions_of(record: QuizRecord) -> tuple[str, ...]:
    """Every decision that the kinds of a quiz take."""
    kinds = dict.fromkeys(item.case.kind for item in record.items)
    return tuple(dict.fromkeys(decision for kind in kinds for decision in DECISIONS[kind]))


def right_answer(
    record: QuizRecord, item: int, decision: str | None, labels: list[str]
) -> Gold | None:
    """The gold answer that was agreed on, None without a decision; Stop for one that does not fit."""
    if decision is None:
        return None
    allowed = DECISIONS[record.items[item - 1].case.kind]
    if decision not in allowed:
        raise Stop("--gold takes one of: {allowed}", allowed=", ".join(allowed))
    return Gold(decision=decision, labels=tuple(labels), spans=record.gold(item).spans)


def check_section(config: Configuration, section: str | None) -> None:
    """Stop for a section that the guideline does not have."""
    if section is None:
        return
    guideline = guideline_of(config)
    if guideline.section(section) is None:
        known = ", ".join(one.id for one in guideline.sections)
        raise Stop("the guideline has no section {id}; there are: {known}", id=section, known=known)
