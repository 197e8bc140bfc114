"""`hitl review --plain`: the review line by line, for screen readers, dumb terminals and pipes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from hitl_tui.cli import say
from hitl_tui.cli.sheet import sheet
from hitl_tui.config.settings import LabelSettings, Settings
from hitl_tui.model.case import Kind, RawText
from hitl_tui.model.clock import utc_now
from hitl_tui.model.quiz import Lesson
from hitl_tui.model.text import RawText as Raw
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.verdict import MAY_WRITE
from hitl_tui.queue.protocol import LeaseLost, Queue, UndoRefused
from hitl_tui.tui.deciding import Choice, past_here, past_of, verdict_of
from hitl_tui.tui.desk import Item, store_time
from hitl_tui.tui.document import Document
from hitl_tui.tui.face import folds
from hitl_tui.tui.kinds import ESCALATE, Answer, Question, Seat
from hitl_tui.tui.menu import SNOOZES, STRENGTHS, question_menu
from hitl_tui.tui.pages import lesson_page
from hitl_tui.tui.prepare import Prepared, prepare
from hitl_tui.tui.wrap import wrap

STACKED = 99
"""The widest that a case is printed: its parts one below the other, as a screen reader reads them."""
_ORDERS = ("rationale", "skip", "snooze", "undo", "reveal", "show", "quit")
"""What can be asked for besides a decision."""
_WORDS = {"first": "1", "second": "2"}
"""Actions whose decision is called otherwise here: the answers of a preference have numbers."""


class Left(Exception):
    """The reviewer ends the review, or there is nothing more to read."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who reviews what, and where the answers come from."""

    queue: Queue
    settings: Settings
    seat: Seat
    pools: tuple[str, ...]
    lease_s: float
    ask: Callable[[Shown], str | None]
    """Says a question and gives the line that answers it; None at the end of the input."""

    cited: tuple[str, ...] = ()
    """What a verdict that cites no section says of the guideline: its version."""


def review_plain(sitting: Sitting) -> None:
    """Judge case after case until the reviewer leaves or nothing is left; leases are given back."""
    done: list[str] = []
    try:
        while (item := _next(sitting)) is not None:
            _judge(sitting, item, done)
    except Left:
        return
    say.say(message("Nothing is waiting for you."))


def _next(sitting: Sitting) -> Item | None:
    queue, seat = sitting.queue, sitting.seat
    claims = queue.claim(seat.reviewer, pools=sitting.pools, lease_s=sitting.lease_s)
    return Item(claims[0], monotonic()) if claims else None


def _judge(sitting: Sitting, item: Item, done: list[str]) -> None:
    """Show one case and take orders until it is off the desk."""
    prepared = prepare(item.claim, seat=sitting.seat)
    item.opened(utc_now())
    _show(sitting, item, prepared)
    answers = _answers(prepared)
    with _kept(sitting, item):
        try:
            while not _order(sitting, item, prepared, answers, done):
                pass
        except Left:
            _give_back(sitting, item)
            raise


def _order(
    sitting: Sitting, item: Item, prepared: Prepared, answers: Mapping[str, Answer], done: list[str]
) -> bool:
    """Take one order; True when the case is off the desk."""
    others = ", ".join(_ORDERS)
    asked = _asked(
        sitting, message("Decision: {all}; or {others}?", all=", ".join(answers), others=others)
    )
    meant = _meant(asked, [*answers, *_ORDERS])
    word = meant[0] if len(meant) == 1 else asked
    item.active()
    if word in answers:
        return _decide(sitting, item, prepared, answers[word], done)
    if word == "rationale":
        item.rationale = _line(sitting, message("Why? One line; empty takes it away."))
    elif word in {"skip", "snooze"}:
        return _put_back(sitting, item, word)
    elif word == "undo":
        return _undo(sitting, item, done)
    elif word == "reveal":
        if not item.revealed:
            sitting.queue.reveal(sitting.seat.reviewer, item.claim.token)
        item.revealed = True
        _show(sitting, item, prepared)
    elif word == "show":
        _show(sitting, item, prepared)
    elif word == "quit":
        raise Left
    elif meant:
        say.say(
            message("{word} can be {all}; nothing was decided", word=asked, all=" or ".join(meant))
        )
    else:
        say.say(
            message("{word} is none of these; nothing was decided", word=word or "an empty line")
        )
    return False


def _meant(asked: str, words: Sequence[str]) -> list[str]:
    """The words that begin like this, or the one that it is; none for an empty line."""
    if asked in words:
        return [asked]
    return [word for word in words if asked and word.startswith(asked)]


def _answers(prepared: Prepared) -> dict[str, Answer]:
    """The words of the decisions of this kind of case, in their order."""
    answers: dict[str, Answer] = {}
    for action, answer in prepared.view.answers.items():
        if answer.writes and not answer.decision:
            for place, writable in enumerate(prepared.writables, 1):
                answers[f"correct-{place}"] = answer._replace(decision=writable.decision)
        else:
            answers[_WORDS.get(action, answer.decision)] = answer
    return {**answers, "escalate": ESCALATE}


# -- deciding -----------------------------------------------------------------------------------------


def _folded(sitting: Sitting, item: Item, prepared: Prepared) -> bool:
    return not item.revealed and bool(
        folds(item.claim.case, sitting.settings.review.fold, prepared.left)
    )


def _decide(
    sitting: Sitting, item: Item, prepared: Prepared, answer: Answer, done: list[str]
) -> bool:
    choice: Choice | None = Choice(answer.decision)
    if answer.writes and _folded(sitting, item, prepared):
        say.say(message("The text is folded: `reveal` shows it before it is edited."))
        return False
    if answer.writes:
        choice = _written(sitting, prepared, answer.decision)
    for question in answer.asks:
        if choice is not None:
            kind = item.claim.case.kind
            choice = _answered(sitting, question, kind, choice, item)
    if choice is None:
        say.say(message("Nothing was decided."))
        return False
    decision = prepared.decisions.get(choice.decision, choice.decision)
    if prepared.view.strength and decision in MAY_WRITE:
        item.strength = _strength(sitting)
    if not choice.cited:
        choice = choice._replace(cited=sitting.cited)
    verdict = verdict_of(item, prepared, sitting.seat.reviewer, choice)
    try:
        receipt = sitting.queue.submit(verdict)
    except LeaseLost as lost:
        say.say(lost.sentence)
        return True
    done.append(receipt.id)
    say.say(
        message(
            "{what} {id}",
            what=past_here(item, verdict.decision, verdict),
            id=reveal_line(item.case_id),
        ),
        *_lesson(sitting),
        Shown(""),
    )
    return True


def _lesson(sitting: Sitting) -> list[Shown]:
    """What a training quiz says of the verdict, for any other queue nothing."""
    teaches = getattr(sitting.queue, "take_lesson", None)
    lesson: Lesson | None = teaches() if teaches is not None else None
    return [] if lesson is None else list(_lines(lesson_page(lesson).text))


def _written(sitting: Sitting, prepared: Prepared, decision: str) -> Choice | None:
    writable = prepared.writable(decision, "output")
    assert writable is not None, "the answer writes a text"
    if writable.base.text:
        say.say(message("The text as it is:"), *_lines(writable.base.text))
    say.say(
        message(
            "The new text, line by line; a line with only a dot ends it, no line at all leaves:"
        )
    )
    lines: list[str] = []
    while (line := sitting.ask(Shown(""))) not in {None, "."}:
        lines.append(line or "")
    text = "\n".join(lines)
    if not lines or text == writable.base.raw:
        return None
    refusal = prepared.view.refused(text, prepared.claim.case)
    if refusal is not None:
        say.say(refusal)
        return None
    return Choice(decision, edited=RawText(Raw(text)))


def _answered(
    sitting: Sitting, question: Question, kind: Kind, choice: Choice, item: Item
) -> Choice | None:
    labels: LabelSettings = sitting.settings.labels
    menu = question_menu(question, labels, kind, choice.decision, None)
    for one in menu.options:
        say.say(message("  {key}  {text}", key=one.key, text=one.text))
    words = (
        "a key; an empty line leaves"
        if not menu.note
        else "a key; `note` for words; an empty line leaves"
    )
    word = _asked(sitting, message("{verb}? {how}", verb=menu.verb.capitalize(), how=words))
    option = menu.chosen(word)
    if option is None and word == "note" and menu.note:
        item.rationale = _line(sitting, message("The note:"))
        return choice if item.rationale else None
    if option is None:
        return None
    if question == "reason":
        return choice._replace(labels=(option.value,))
    if question == "harm":
        return choice._replace(harm=option.value)
    return choice._replace(severity=int(option.value))


def _strength(sitting: Sitting) -> int | None:
    names = ", ".join(f"{number} {words}" for number, words in STRENGTHS.items())
    word = _asked(sitting, message("How clear? {names}; an empty line does not say", names=names))
    return int(word) if word in {"1", "2", "3"} else None


def _put_back(sitting: Sitting, item: Item, word: str) -> bool:
    until = None
    if word == "snooze":
        for key, words, _ in SNOOZES:
            say.say(message("  {key}  {words}", key=key, words=words))
        given = _asked(sitting, message("For how long? an empty line leaves"))
        away = next((away for key, _, away in SNOOZES if key == given), None)
        if away is None:
            return False
        until = store_time(item) + away
    try:
        sitting.queue.release(
            sitting.seat.reviewer,
            item.claim.token,
            reason="skip" if until is None else "snooze",
            note=item.rationale,
            until=until,
        )
    except LeaseLost as lost:
        say.say(lost.sentence, Shown(""))
    else:
        say.say(message("{what} {id}", what=past_of(word), id=reveal_line(item.case_id)), Shown(""))
    return True


def _undo(sitting: Sitting, item: Item, done: list[str]) -> bool:
    """Take the last verdict of this sitting back and judge its case again, before the present one."""
    if not done:
        say.say(
            message("Nothing to undo in this sitting; `hitl review` undoes earlier verdicts too.")
        )
        return False
    try:
        claim = sitting.queue.undo(sitting.seat.reviewer, done[-1], lease_s=sitting.lease_s)
    except UndoRefused as refused:
        say.say(refused.sentence)
        return False
    finally:
        done.pop()
    say.say(message("Taken back; the case comes again."), Shown(""))
    _judge(sitting, Item(claim, monotonic(), again=True), done)
    say.say(message("Back to the case before."))
    _show(sitting, item, prepare(item.claim, seat=sitting.seat))
    return False


def _give_back(sitting: Sitting, item: Item) -> None:
    try:
        sitting.queue.release(sitting.seat.reviewer, item.claim.token, reason="quit")
    except LeaseLost as lost:
        say.say(lost.sentence)


@contextmanager
def _kept(sitting: Sitting, item: Item) -> Iterator[None]:
    """Prolong the lease while the reviewer thinks; they type, so nothing else shows that they are there."""
    over = threading.Event()

    def prolong() -> None:
        while not over.wait(sitting.lease_s / 3):
            sitting.queue.heartbeat(
                sitting.seat.reviewer, [item.claim.token], lease_s=sitting.lease_s
            )

    thread = threading.Thread(target=prolong, name="hitl-plain", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# -- showing ------------------------------------------------------------------------------------------


def _show(sitting: Sitting, item: Item, prepared: Prepared) -> None:
    review = sitting.settings.review
    case = item.claim.case
    if _folded(sitting, item, prepared):
        say.say(message("case {id}", id=case.id), Shown(""))
        _part("Asked", prepared.asked)
        say.say(message("The text is folded; `reveal` shows it, and that you looked is recorded."))
        return
    width = min(STACKED, say.width())
    if case.kind == "response":
        scores = item.revealed or not review.scores_hidden
        say.say(*sheet(case, width, budget=review.mark_budget, scores=scores), Shown(""))
        clauses = prepared.grounding.clauses
        marked = prepared.marked(review.mark_budget).places
        item.showed(*(place for number in marked for place in clauses[number].evidence[:1]))
        return
    say.say(message("case {id}   {kind}", id=case.id, kind=case.kind), Shown(""))
    _part("Asked", prepared.asked)
    if not prepared.view.drafts:
        _part(prepared.titles[0], prepared.left)
    if prepared.right_is:
        _part(prepared.titles[1], prepared.right)
    if words := prepared.warning:
        say.say(message("Hidden or deceptive characters: {words}", words=words), Shown(""))


def _part(title: str, document: Document) -> None:
    if document.text:
        say.say(message("{title}", title=title), *_lines(document.text), Shown(""))


def _lines(text: Shown) -> Iterator[Shown]:
    table = wrap(text, min(STACKED, say.width()) - 2)
    for start, end in zip(table.starts, table.ends, strict=True):
        yield Shown(f"  {text[start:end]}")


# -- asking -------------------------------------------------------------------------------------------


def _asked(sitting: Sitting, question: Shown) -> str:
    """One word of the reviewer's in small letters."""
    return _line(sitting, question).lower()


def _line(sitting: Sitting, question: Shown) -> str:
    given = sitting.ask(question)
    if given is None:
        raise Left
    return given.strip()
