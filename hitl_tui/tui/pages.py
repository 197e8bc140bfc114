"""What the panels say: the guideline, the queue, my day, a dispute. Values in, documents out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from statistics import median
from string import ascii_uppercase
from typing import TYPE_CHECKING

from hitl_tui.model.case import Case, RawText, Signal
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import Shown, message, reveal, reveal_line
from hitl_tui.model.verdict import MAY_WRITE, Verdict
from hitl_tui.queue.protocol import Holder, Record, Status, StoredVerdict, Upcoming
from hitl_tui.tui.document import Document
from hitl_tui.tui.page import Page
from hitl_tui.tui.prose import flowing

if TYPE_CHECKING:
    from hitl_tui.model.guideline import Guideline
    from hitl_tui.model.quiz import Lesson

_COUNT = 12
"""Cells of the column of counts."""


def guideline_page(
    guideline: Guideline, unread: Collection[str]
) -> tuple[Document, dict[str, int], Shown]:
    """The document, where each section starts in it, and the words of its title."""
    page = Page()
    starts: dict[str, int] = {}
    for section in guideline.sections:
        if page.at:
            page.line()
        starts[section.id] = page.at
        if section.title:
            page.hang(2).add(reveal_line(section.title, 200), "head")
            page.add(message("  {id}", id=section.id), "faint")
        if section.id in unread:
            page.add("  changed since you last read it", "look-strong")
        page.line()
        text = reveal(flowing(section.text)).text
        if text:
            page.prose(text)
    title = message("Guideline  version {version}", version=guideline.version)
    if unread:
        title = message("{title}  {n} changed", title=title, n=len(unread))
    return page.document(), starts, title


def scores_page(signals: Sequence[Signal]) -> Document:
    """What each guardrail found: its score and threshold, its name and label, where it comes from."""
    page = Page()
    for signal in signals:
        score = "no score" if signal.score is None else f"{signal.score:g}"
        limit = "" if signal.threshold is None else f" of {signal.threshold:g}"
        page.hang(_COUNT + 4).add(f"{score + limit:>{_COUNT}}    ", "strong")
        page.add(reveal_line(signal.name, 80))
        if signal.label:
            page.add(message("  {label}", label=reveal_line(signal.label, 80)), "look")
        where = " ".join(reveal_line(one, 40) for one in (signal.source, signal.version) if one)
        page.line(f"  {where}" if where else "", "dim")
    return page.document()


def lesson_page(lesson: Lesson) -> Document:
    """What training says of a verdict: right or not, the right answer, the guideline's words."""
    page = Page()
    page.line(lesson.verdict, "strong" if lesson.right else "look-strong")
    if lesson.section is not None:
        page.head(reveal_line(lesson.section.title, 200))
        page.prose(reveal(flowing(lesson.section.text)).text)
    return page.document()


def overview_page(
    status: Status, holders: Sequence[Holder], coming: Sequence[Upcoming] | Shown, reviewer: str
) -> Document:
    """The queue: its counts, who holds what, what comes next and why, or why that is not told."""
    page = Page().head("Counts")
    for name, count in (
        ("waiting", status.pending),
        ("held by somebody", status.leased),
        ("put away until a time", status.snoozed),
        ("in dispute", status.disputed),
        ("resolved", status.resolved),
        ("verdicts", status.verdicts),
    ):
        page.add(f"{count:>10,}  ", "strong").line(name)
    if status.oldest_pending_s is not None:
        page.add(f"{duration(status.oldest_pending_s):>10}  ", "strong").line("the oldest waits")
    page.head("Who holds what")
    for holder in holders:
        mine = "  you" if holder.reviewer == reviewer else ""
        page.add(f"{holder.cases:>10,}  ", "strong")
        page.add(reveal_line(holder.reviewer, 40)).add(mine, "link")
        page.line(f"  until {clock(holder.until)}", "dim")
    if not holders:
        page.line("            nobody holds a case", "dim")
    page.head("What comes next, and why")
    if not isinstance(coming, Sequence) or isinstance(coming, str):
        page.hang(_COUNT).line(f"{'':{_COUNT}}{coming}", "dim")
        return page.document()
    for place, one in enumerate(coming, 1):
        page.hang(_COUNT).add(f"{place:>10}  ", "strong").add(reveal_line(one.case_id, 40))
        page.add(message("  {pool}  ", pool=reveal_line(one.pool, 24)), "dim").line(one.why)
    if not coming:
        page.line("            nothing waits for you", "dim")
    return page.document()


def day_page(verdicts: Sequence[StoredVerdict], now: datetime, since: datetime) -> Document:
    """My day: what was decided since midnight UTC, how fast, how long a case took, by kind of decision."""
    today = [
        one.verdict
        for one in verdicts
        if one.verdict.decided_at is not None and one.verdict.decided_at.date() == now.date()
    ]
    here = [one for one in today if one.decided_at and one.decided_at >= since]
    page = Page()
    for heading, judged in (("Since you started", here), ("Today, in UTC", today)):
        page.head(heading)
        page.add(f"{len(judged):>10,}  ", "strong").line("verdicts")
        _times(page, judged)
        for decision, count in Counter(map(_counted, judged)).most_common():
            page.add(f"{count:>10,}  ", "strong").line(reveal_line(decision, 40))
        changed = [one for one in judged if one.first_decision not in (None, one.decision)]
        if changed:
            page.add(f"{len(changed):>10,}  ", "strong").line("decided otherwise at first")
        if revealed := [one for one in judged if one.revealed]:
            page.add(f"{len(revealed):>10,}  ", "strong").line("after looking at the scores")
    page.line().line("Only what stands is counted. Your lead sees the same numbers.", "dim")
    return page.document()


def _times(page: Page, judged: Sequence[Verdict]) -> None:
    times = sorted(one.active_ms / 1000 for one in judged if one.active_ms is not None)
    if not times:
        return
    page.add(f"{duration(median(times)):>10}  ", "strong").line("a case, the middle one")
    page.add(f"{duration(times[-1]):>10}  ", "strong").line("the longest")
    page.add(f"{duration(sum(times)):>10}  ", "strong").line("of work in all, pauses not counted")
    if sum(times) >= 60:
        page.add(f"{len(times) / (sum(times) / 3600):>10.0f}  ", "strong").line(
            "cases in an hour of work"
        )


def summary_words(verdicts: Sequence[Verdict]) -> Shown:
    """A batch that is done, in one line: which decisions how often, the middle time of a case."""
    counts = Counter(map(_counted, verdicts)).most_common()
    parts = [message("{n} {what}", n=n, what=reveal_line(what, 20)) for what, n in counts]
    times = [one.active_ms / 1000 for one in verdicts if one.active_ms is not None]
    if times:
        parts.append(message("{time} a case", time=duration(median(times))))
    return message("batch done: {parts}", parts=" · ".join(parts))


def _counted(verdict: Verdict) -> str:
    """A decision as it is counted: which of two answers was preferred says nothing of several cases."""
    return "preferred" if verdict.decision in MAY_WRITE else verdict.decision


def blind(record: Record) -> list[tuple[str, Verdict]]:
    """The verdicts that disagree as A, B, C: in an order that tells neither who nor when."""
    counting = [
        stored.verdict
        for stored in record.verdicts
        if not stored.late and stored.undone_at is None and stored.verdict.decision != "escalate"
    ]
    counting.sort(key=lambda verdict: hashlib.sha256(verdict.id.encode()).digest())
    return list(zip(ascii_uppercase, counting, strict=False))


def dispute_page(record: Record) -> tuple[Document, tuple[int, ...]]:
    """A case whose verdicts disagree: its texts, the verdicts without names, its sources; where each begins."""
    page = Page()
    stops: list[int] = []

    def head(words: str) -> Page:
        stops.append(page.at + 1 if page.at else 0)
        return page.head(words)

    for name, text in _texts(record.case):
        head(name).line(reveal(text).text)
    for letter, verdict in blind(record):
        head(f"Verdict {letter}")
        _verdict(page, verdict, record.case.output or "")
    for passage in record.case.context:
        head(f"Source: {reveal_line(passage.title or passage.id or '', 60)}")
        page.line(reveal(passage.text).text)
    return page.document(), tuple(stops)


def _texts(case: Case) -> Iterator[tuple[str, RawText]]:
    """What was asked and answered, each under its name."""
    yield from ((f"Asked: {turn.role}", turn.content) for turn in case.input)
    if case.output is not None:
        yield "Output", case.output
    for name, candidate in zip("ab", case.candidates, strict=False):
        yield f"Answer {name}", candidate.text
    if case.critique is not None:
        yield "Critique", case.critique
    if case.revision is not None:
        yield "Revision", case.revision


def _verdict(page: Page, verdict: Verdict, output: str) -> None:
    page.add(reveal_line(verdict.decision, 40), "look-strong")
    page.line(message("  {labels}", labels=", ".join(verdict.labels)), "dim")
    for span in verdict.spans:
        page.hang(2).add("▪ ", "look").add(
            reveal_line(output[span.start : span.end], 120), "strong"
        )
        page.line(message("  {label}", label=span.label or ""), "dim")
    if verdict.rationale:
        page.add("because ", "dim").line(reveal(verdict.rationale).text)
    if verdict.edited_output is not None:
        page.line("new text", "dim").line(reveal(verdict.edited_output).text)


def duration(seconds: float) -> str:
    """`12 s`, `3 min`, `2 h 05`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02}"


def when(moment: datetime, now: datetime) -> str:
    """The time of day in UTC, behind the date when that is another: `15:04 UTC`, `2026-11-21 15:04 UTC`."""
    day = rfc3339(moment)[:10]
    return clock(moment) if day == rfc3339(now)[:10] else f"{day} {clock(moment)}"


def clock(moment: datetime) -> str:
    """The time of day in UTC, as `15:04 UTC`."""
    return f"{rfc3339(moment)[11:16]} UTC"
